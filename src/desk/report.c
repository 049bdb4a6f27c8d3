/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/report.h"

#include "base/clock.h"
#include "web/text.h"

#include <errno.h>

static const struct {
	const char *name, *label;
} kinds[REPORT_KIND_COUNT] = {
	[REPORT_ADDRESS] = { "address", N_("A page, a picture, a video or a group") },
	[REPORT_SOLICITATION] = { "solicitation", N_("Somebody approaches a child online") },
	[REPORT_TRAVEL] = { "travel", N_("A child exploited in travel or tourism") },
	[REPORT_OTHER] = { "other", N_("Something else, or I am not sure") },
};

const char *report_kind_name(enum report_kind kind)
{
	return kinds[kind].name;
}

const char *report_kind_label(enum report_kind kind)
{
	return kinds[kind].label;
}

bool report_kind_parse(const char *name, enum report_kind *ret)
{
	for (unsigned k = 0; k < REPORT_KIND_COUNT; k++)
		if (strcmp(kinds[k].name, name) == 0) {
			*ret = (enum report_kind)k;
			return true;
		}
	return false;
}

const struct field *report_field(const char *name)
{
	for (size_t i = 0; i < report_field_count; i++)
		if (strcmp(report_fields[i].name, name) == 0)
			return &report_fields[i];
	return NULL;
}

const char *report_get(const struct report *r, const char *name)
{
	const struct field *f = report_field(name);
	return f ? r->value[f - report_fields] : NULL;
}

bool report_entry(const char **at, struct bytes *ret)
{
	if (!*at || !**at)
		return false;
	size_t n = strcspn(*at, "\n");
	*ret = bytes_of(*at, n);
	*at += n + ((*at)[n] == '\n');
	return true;
}

bool report_has(const struct report *r, const char *name, const char *entry)
{
	const char *at = report_get(r, name);
	for (struct bytes one; report_entry(&at, &one);)
		if (bytes_equal(one, bytes_str(entry)))
			return true;
	return false;
}

const char *report_choice_label(const struct field *f, struct bytes code)
{
	for (size_t i = 0; i < f->choice_n; i++)
		if (bytes_equal(code, bytes_str(f->choice[i].code)))
			return f->choice[i].label;
	return NULL;
}

/* --- values --- */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes of the UTF-8 sequence at s (RFC 3629), 0: none. */
static size_t utf8_one(const uint8_t *s)
{
	uint8_t c = s[0];
	if (c < 0x80)
		return 1;
	size_t n = c >= 0xC2 && c <= 0xDF   ? 2
		   : (c & 0xF0) == 0xE0     ? 3
		   : c >= 0xF0 && c <= 0xF4 ? 4
					    : 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F) ||
		(c == 0xF0 && s[1] < 0x90) || (c == 0xF4 && s[1] > 0x8F))
		return 0;
	return n;
}

/* Valid UTF-8, no controls but line ends and tabs. */
static bool is_text(const char *s)
{
	for (size_t n; *s; s += n) {
		uint8_t c = (uint8_t)*s;
		n = utf8_one((const uint8_t *)s);
		if (!n || c == 0x7F || (c < 0x20 && c != '\n' && c != '\t'))
			return false;
	}
	return true;
}

/* A unit's or territory's code (keys/client.h). */
static bool is_code(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		char c = (char)b.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '-'))
			return false;
	}
	return b.n >= 1 && b.n <= 15;
}

static int set_choices(struct arena *a, const struct field *f, const char *value, const char **ret)
{
	bool chosen[32] = { false };
	assert(f->choice_n <= ARRAY_LEN(chosen));
	size_t n = 0;
	const char *at = value;
	for (struct bytes one; report_entry(&at, &one);) {
		size_t i = 0;
		while (i < f->choice_n && !bytes_equal(one, bytes_str(f->choice[i].code)))
			i++;
		if (i == f->choice_n)
			return ERR_MALFORMED;
		n += chosen[i] ? 0 : one.n + 1;
		chosen[i] = true;
	}
	char *out = arena_alloc(a, n + 1), *p = out;
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < f->choice_n; i++)
		if (chosen[i]) {
			if (p != out)
				*p++ = '\n';
			p = mempcpy(p, f->choice[i].code, strlen(f->choice[i].code));
		}
	*ret = out;
	return 0;
}

static int check_units(const struct field *f, const char *value)
{
	size_t n = 0;
	for (struct bytes one; report_entry(&value, &one);) {
		if (!is_code(one))
			return ERR_MALFORMED;
		if (++n > f->max)
			return ERR_LIMIT;
	}
	return 0;
}

static int check_one(const struct field *f, const char *value)
{
	switch (f->type) {
	case FIELD_CHOICE:
		return report_choice_label(f, bytes_str(value)) ? 0 : ERR_MALFORMED;
	case FIELD_TERRITORY:
		return is_code(bytes_str(value)) ? 0 : ERR_MALFORMED;
	case FIELD_UNITS:
		return check_units(f, value);
	case FIELD_DATE:
		return civil_parse_date(value, &(struct civil){ 0 }) ? ERR_MALFORMED : 0;
	case FIELD_LINE:
		return strchr(value, '\n') ? ERR_MALFORMED : 0;
	case FIELD_URL:
	case FIELD_TEXT:
	case FIELD_CHOICES:
		break;
	}
	return 0;
}

/* An address is kept as it was written; that it can be understood is checked. */
static int check_url(const char *value)
{
	struct arena scratch;
	arena_init(&scratch, 1 << 20);
	const char *canonical;
	int err = report_canonical_url(&scratch, value, &canonical);
	arena_wipe(&scratch);
	return err;
}

int report_set(struct arena *a, struct report *r, const char *name, const char *value)
{
	const struct field *f = report_field(name);
	if (!f || !(f->kinds & 1u << r->kind))
		return -ENOENT;
	while (blank(*value))
		value++;
	size_t n = strlen(value);
	while (n && blank(value[n - 1]))
		n--;
	const char **place = &r->value[f - report_fields];
	if (!n) {
		*place = NULL;
		return 0;
	}
	bool list = f->type == FIELD_CHOICES || f->type == FIELD_UNITS;
	if (n > (list ? (size_t)f->max * 40 : f->max))
		return ERR_LIMIT;
	char *copy = arena_text(a, value, n);
	if (!copy)
		return -ENOMEM;
	if (!is_text(copy))
		return ERR_MALFORMED;
	int err = f->type == FIELD_URL ? check_url(copy) : check_one(f, copy);
	const char *kept = copy;
	if (!err && f->type == FIELD_CHOICES)
		err = set_choices(a, f, copy, &kept);
	if (!err)
		*place = kept;
	return err;
}
