/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/state.h"

#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const char first_line[] = "hisn-fetch 1\n";

static bool printable(struct bytes v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < 0x20 || v.p[i] > 0x7e)
			return false;
	return true;
}

static int take_text(struct bytes v, char *ret, size_t cap)
{
	if (v.n >= cap)
		return ERR_LIMIT;
	if (!printable(v))
		return ERR_FORMAT;
	memcpy(ret, v.p, v.n);
	ret[v.n] = 0;
	return 0;
}

static int take_number(struct bytes v, uint64_t *ret)
{
	uint64_t n = 0;
	if (v.n == 0 || v.n > 18)
		return ERR_FORMAT;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return ERR_FORMAT;
		n = n * 10 + (uint64_t)(v.p[i] - '0');
	}
	*ret = n;
	return 0;
}

static int take(struct fetch_state *s, struct bytes key, struct bytes v)
{
	uint64_t n = 0;
	int err = 0;
	if (bytes_equal(key, bytes_str("url")))
		return take_text(v, s->url, sizeof s->url);
	if (bytes_equal(key, bytes_str("etag"))) {
		err = take_text(v, s->etag, sizeof s->etag);
		return err ? err : fetch_etag_valid(s->etag) ? 0 : ERR_FORMAT;
	}
	if (bytes_equal(key, bytes_str("modified")))
		return take_text(v, s->modified, sizeof s->modified);
	if (bytes_equal(key, bytes_str("checked"))) {
		err = take_number(v, &n);
		s->checked = (int64_t)n;
	} else if (bytes_equal(key, bytes_str("fetched"))) {
		err = take_number(v, &n);
		s->fetched = (int64_t)n;
	} else if (bytes_equal(key, bytes_str("size"))) {
		err = take_number(v, &n);
		s->size = n;
	}
	return err;
}

int fetch_state_parse(struct bytes text, struct fetch_state *ret)
{
	size_t lead = sizeof first_line - 1;
	if (text.n > FETCH_STATE_MAX)
		return ERR_LIMIT;
	if (text.n < lead || memcmp(text.p, first_line, lead) != 0)
		return ERR_FORMAT;
	struct fetch_state s = { 0 };
	for (size_t at = lead; at < text.n;) {
		const uint8_t *line = text.p + at;
		const uint8_t *end = memchr(line, '\n', text.n - at);
		if (!end) /* a line without its end was cut */
			return ERR_FORMAT;
		const uint8_t *space = memchr(line, ' ', (size_t)(end - line));
		if (!space)
			return ERR_FORMAT;
		int err = take(&s, bytes_of(line, (size_t)(space - line)),
			bytes_of(space + 1, (size_t)(end - space - 1)));
		if (err)
			return err;
		at += (size_t)(end - line) + 1;
	}
	if (!s.url[0])
		return ERR_FORMAT;
	*ret = s;
	return 0;
}

size_t fetch_state_format(const struct fetch_state *s, char *buf, size_t cap)
{
	int n = snprintf(buf, cap, "%surl %s\n%s%s%s%s%s%schecked %lld\nfetched %lld\nsize %llu\n", first_line,
		s->url, s->etag[0] ? "etag " : "", s->etag, s->etag[0] ? "\n" : "",
		s->modified[0] ? "modified " : "", s->modified, s->modified[0] ? "\n" : "",
		(long long)s->checked, (long long)s->fetched, (unsigned long long)s->size);
	return n < 0 ? 0 : MIN((size_t)n, cap ? cap - 1 : 0);
}

int fetch_state_read(const char *path, struct fetch_state *ret)
{
	char name[PATH_MAX];
	if (snprintf(name, sizeof name, "%s.state", path) >= (int)sizeof name)
		return -ENAMETOOLONG;
	struct bytes text;
	int err = file_read(name, FETCH_STATE_MAX, &text);
	if (err)
		return err;
	err = fetch_state_parse(text, ret);
	free((void *)(uintptr_t)text.p);
	return err;
}

int fetch_state_write(const char *path, const struct fetch_state *s)
{
	char name[PATH_MAX], text[FETCH_STATE_MAX];
	if (snprintf(name, sizeof name, "%s.state", path) >= (int)sizeof name)
		return -ENAMETOOLONG;
	return file_replace(name, text, fetch_state_format(s, text, sizeof text), 0644);
}

/* RFC 9110 section 8.8.3: [W/] DQUOTE *etagc DQUOTE */
bool fetch_etag_valid(const char *s)
{
	if (s[0] == 'W' && s[1] == '/')
		s += 2;
	size_t n = strlen(s);
	if (n < 2 || n >= FETCH_VALIDATOR_MAX - 2 || s[0] != '"' || s[n - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < n; i++)
		if ((uint8_t)s[i] <= 0x20 || (uint8_t)s[i] > 0x7e || s[i] == '"')
			return false;
	return true;
}

bool fetch_etag_strong(const char *s)
{
	return s[0] == '"' && fetch_etag_valid(s);
}
