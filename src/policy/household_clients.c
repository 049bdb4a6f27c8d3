/* SPDX-License-Identifier: Apache-2.0 */
/* Clients: the few of the household file, and the many of a provider's clients_file. */
#include "policy/household_raw.h"

#include "base/file.h"

#include <errno.h>
#include <limits.h>

enum { CLIENTS_MAX = 16 << 20, CLIENTS_FILE_MAX = 512 << 20, PREFIX_TEXT_MAX = 64 };

/* "192.0.2.0/24", "2001:db8::/48", or an address alone. Sentences say what is wrong. */
static const char *parse_prefix(const char *s, size_t n, struct household_client *ret)
{
	char text[PREFIX_TEXT_MAX];
	unsigned bits = 0;
	bool is4;
	if (n >= sizeof text)
		return "not an address";
	memcpy(text, s, n);
	text[n] = 0;
	char *slash = strchr(text, '/');
	if (slash)
		*slash++ = 0;
	if (household_address(text, ret->address, &is4))
		return "not an address (as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/48)";
	unsigned most = is4 ? 32 : 128;
	if (slash) {
		size_t digits = strspn(slash, "0123456789");
		for (size_t i = 0; i < digits && digits <= 3; i++)
			bits = bits * 10 + (unsigned)(slash[i] - '0');
		if (!digits || digits > 3 || slash[digits] || bits > most)
			return is4 ? "the prefix's length must be 0 to 32" : "the prefix's length must be 0 to 128";
	}
	ret->prefix = (uint8_t)((slash ? bits : most) + 128 - most);
	for (unsigned i = ret->prefix; i < 128; i++)
		if (ret->address[i / 8] & 0x80 >> i % 8)
			return "the address has bits beyond its prefix";
	return NULL;
}

/* An IPv4 address alone: by far the most common line, at a third of inet_pton's price. */
static bool quick_ipv4(const char *s, size_t n, struct household_client *ret)
{
	uint8_t part[4];
	size_t i = 0;
	for (int k = 0; k < 4; k++) {
		unsigned v = 0, digits = 0;
		for (; i < n && s[i] >= '0' && s[i] <= '9' && digits < 4; i++, digits++)
			v = v * 10 + (unsigned)(s[i] - '0');
		if (!digits || v > 255 || (digits > 1 && s[i - digits] == '0') || (k < 3 && (i >= n || s[i++] != '.')))
			return false;
		part[k] = (uint8_t)v;
	}
	if (i != n)
		return false;
	memset(ret->address, 0, 10);
	memset(ret->address + 10, 0xff, 2);
	memcpy(ret->address + 12, part, 4);
	ret->prefix = 128;
	return true;
}

static int order(const struct household_client *a, const struct household_client *b)
{
	int o = memcmp(a->address, b->address, 16);
	return o ? o : a->prefix - b->prefix;
}

static int by_prefix(const void *a, const void *b)
{
	return order(a, b);
}

struct map {
	struct household_client *client;
	size_t n, cap;
	bool sorted;
};

static int map_add(struct map *m, const struct household_client *c)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 64;
		struct household_client *more = reallocarray(m->client, cap, sizeof *more);
		if (!more)
			return -ENOMEM;
		m->client = more;
		m->cap = cap;
	}
	m->sorted = m->sorted && (!m->n || order(&m->client[m->n - 1], c) < 0);
	m->client[m->n++] = *c;
	return 0;
}

static int take_listed(struct household_builder *b, const struct raw_household *raw, struct map *m)
{
	for (unsigned i = 0; i < raw->nclients; i++) {
		struct household_client c;
		const struct raw_client *r = &raw->clients[i];
		const char *wrong = parse_prefix(r->address, strlen(r->address), &c);
		if (wrong)
			return conf_refuse(b->src, b->note, household_path("clients[%u].address", i).text, "'%.60s': %s",
				r->address, wrong);
		int profile = household_profile_search(b, r->profile, strlen(r->profile));
		if (profile < 0)
			return conf_refuse(b->src, b->note, household_path("clients[%u].profile", i).text,
				"there is no profile '%.64s'", r->profile);
		c.profile = (uint16_t)profile;
		int err = map_add(m, &c);
		if (err)
			return err;
	}
	return 0;
}

/* A provider's file, line by line. */
struct lines {
	const char *path, *p, *end;
	size_t number;
	struct bytes last_name; /* its profile is most often the next line's too */
	int last_profile;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool next_word(const char **p, const char *end, struct bytes *ret)
{
	while (*p < end && blank(**p))
		(*p)++;
	const char *start = *p;
	while (*p < end && !blank(**p))
		(*p)++;
	*ret = bytes_of(start, (size_t)(*p - start));
	return ret->n && *start != '#';
}

static int refuse_line(const struct household_builder *b, const struct lines *l, struct bytes word, const char *what)
{
	return err_set(b->note, ERR_CONFIG, "%s:%zu: '%.*s': %s", l->path, l->number, (int)MIN(word.n, 60u),
		(const char *)word.p, what);
}

static int line_profile(const struct household_builder *b, struct lines *l, struct bytes name)
{
	if (!l->last_name.n || !bytes_equal(l->last_name, name)) {
		l->last_profile = memchr(name.p, 0, name.n) ? -1 :
			household_profile_search(b, (const char *)name.p, name.n);
		l->last_name = name;
	}
	return l->last_profile;
}

/* 1: a client, 0: an empty line or a comment. */
static int take_line(const struct household_builder *b, struct lines *l, const char *line, const char *end,
	struct household_client *ret)
{
	struct bytes prefix, name, more;
	if (!next_word(&line, end, &prefix))
		return 0;
	if (!next_word(&line, end, &name))
		return refuse_line(b, l, prefix, "a profile's name is missing after it");
	if (next_word(&line, end, &more))
		return refuse_line(b, l, more, "nothing may follow PREFIX PROFILE");
	const char *text = (const char *)prefix.p, *wrong = NULL;
	if (!quick_ipv4(text, prefix.n, ret))
		wrong = parse_prefix(text, prefix.n, ret);
	if (wrong)
		return refuse_line(b, l, prefix, wrong);
	int profile = line_profile(b, l, name);
	if (profile < 0)
		return refuse_line(b, l, name, "there is no such profile");
	ret->profile = (uint16_t)profile;
	return 1;
}

static int next_client(const struct household_builder *b, struct lines *l, struct household_client *ret)
{
	while (l->p < l->end) {
		const char *line = l->p, *end = memchr(line, '\n', (size_t)(l->end - line));
		end = end ? end : l->end;
		l->p = end + 1;
		l->number++;
		int r = take_line(b, l, line, end, ret);
		if (r)
			return r;
	}
	return 0;
}

static struct lines lines_of(const char *path, struct bytes file)
{
	const char *p = (const char *)file.p;
	return (struct lines){ .path = path, .p = p, .end = p ? p + file.n : NULL };
}

static int take_lines(struct household_builder *b, const char *path, struct bytes file, struct map *m)
{
	struct lines l = lines_of(path, file);
	struct household_client c;
	int r;
	while ((r = next_client(b, &l, &c)) > 0) {
		if (m->n == CLIENTS_MAX)
			return err_set(b->note, ERR_CONFIG, "%s:%zu: more than %d clients", path, l.number, CLIENTS_MAX);
		int err = map_add(m, &c);
		if (err)
			return err;
	}
	return r;
}

/* The line on which a prefix stands for the last time, or 0: for a note. */
static size_t line_of(struct household_builder *b, const char *path, struct bytes file,
	const struct household_client *wanted)
{
	struct lines l = lines_of(path, file);
	struct household_client c;
	size_t found = 0;
	while (next_client(b, &l, &c) > 0)
		if (order(&c, wanted) == 0)
			found = l.number;
	return found;
}

static int refuse_twice(struct household_builder *b, const struct raw_household *raw, const char *path,
	struct bytes file, const struct household_client *twice)
{
	size_t line = line_of(b, path, file, twice);
	if (line)
		return err_set(b->note, ERR_CONFIG, "%s:%zu: this prefix stands there twice, or in the household file too",
			path, line);
	unsigned last = 0;
	for (unsigned i = 0; i < raw->nclients; i++) {
		struct household_client c;
		if (!parse_prefix(raw->clients[i].address, strlen(raw->clients[i].address), &c) && order(&c, twice) == 0)
			last = i;
	}
	return conf_refuse(b->src, b->note, household_path("clients[%u].address", last).text,
		"'%.60s' stands here twice", raw->clients[last].address);
}

static int keep(struct household_builder *b, const struct raw_household *raw, const char *path, struct bytes file,
	struct map *m)
{
	if (!m->sorted && m->n)
		qsort(m->client, m->n, sizeof *m->client, by_prefix);
	for (size_t i = 1; i < m->n; i++)
		if (order(&m->client[i - 1], &m->client[i]) == 0)
			return refuse_twice(b, raw, path, file, &m->client[i]);
	struct household_client *own = arena_array(&b->h->arena, m->n + 1, sizeof *own);
	if (!own)
		return -ENOMEM;
	if (m->n)
		memcpy(own, m->client, m->n * sizeof *own);
	b->h->clients = own;
	b->h->nclients = (unsigned)m->n;
	return 0;
}

static int read_clients_file(struct household_builder *b, const char *name, char path[PATH_MAX], struct bytes *ret)
{
	if (!b->folder)
		return conf_refuse(b->src, b->note, "clients_file", "only a household that is a file may name another");
	int n = snprintf(path, PATH_MAX, "%s%s", name[0] == '/' ? "" : b->folder, name);
	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	int err = file_read(path, CLIENTS_FILE_MAX, ret);
	return err ? conf_refuse(b->src, b->note, "clients_file", "%s: %s", path, err_text(err)) : 0;
}

int household_fill_clients(struct household_builder *b, const struct raw_household *raw)
{
	struct map m = { .sorted = true };
	struct bytes file = { 0 };
	char path[PATH_MAX] = "";
	int err = take_listed(b, raw, &m);
	if (!err && raw->clients_file)
		err = read_clients_file(b, raw->clients_file, path, &file);
	if (!err && file.p)
		err = take_lines(b, path, file, &m);
	err = err ? err : keep(b, raw, path, file, &m);
	free(m.client);
	free((void *)file.p);
	return err;
}
