/* SPDX-License-Identifier: Apache-2.0 */
/* A partner's JSON into a report. */
#include "desk/api/api.h"

#include <errno.h>
#include <jansson.h>

enum { ERRORS_MAX = 50 };

struct reader {
	struct arena *a;
	struct api_report *to;
	json_t *errors;
};

/* JSON pointer (RFC 6901) and what is wrong. Never the value: it may end in somebody's log. */
static void wrong(struct reader *d, const char *parent, const char *member, const char *detail)
{
	char pointer[256];
	size_t n = (size_t)snprintf(pointer, sizeof pointer, "%s%s", parent, *member ? "/" : "");
	for (const char *c = member; *c && n + 3 < sizeof pointer; c++) {
		if (*c == '~' || *c == '/') {
			pointer[n++] = '~';
			pointer[n++] = *c == '~' ? '0' : '1';
		} else {
			pointer[n++] = *c;
		}
	}
	/* Cut within a character it would be no text, and the whole error be lost. */
	for (bool cut = n + 3 >= sizeof pointer; cut && n; cut = ((uint8_t)pointer[n] & 0xc0) == 0x80)
		n--;
	pointer[n] = 0;
	if (json_array_size(d->errors) < ERRORS_MAX)
		json_array_append_new(d->errors, json_pack("{s:s+, s:s}", "pointer", "#", pointer, "detail", detail));
}

/* Entries joined by line ends, as report_set takes them. */
static const char *joined(struct reader *d, const json_t *list)
{
	const char *out = "";
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		if (!s || !*s || strchr(s, '\n'))
			return NULL;
		out = arena_printf(d->a, "%s%s%s", out, i ? "\n" : "", s);
		if (!out)
			return NULL;
	}
	return out;
}

static void read_field(struct reader *d, const char *name, const json_t *v)
{
	const struct field *f = report_field(name);
	if (!f || !(f->kinds & 1u << d->to->report.kind) || !strcmp(name, "partner") || !strcmp(name, "language")) {
		wrong(d, "/fields", name, "no such field for this kind of report");
		return;
	}
	bool list = f->type == FIELD_CHOICES || f->type == FIELD_UNITS;
	const char *value = list && json_is_array(v) && json_array_size(v) <= 256 ? joined(d, v) :
		!list ? json_string_value(v) : NULL;
	if (!value) {
		wrong(d, "/fields", name, list ? "a list of texts is expected" : "a text is expected");
		return;
	}
	int err = report_set(d->a, &d->to->report, name, value);
	if (err == ERR_LIMIT)
		wrong(d, "/fields", name, "too long");
	else if (err)
		wrong(d, "/fields", name, "not a value of this field");
}

static void read_members(struct reader *d, const json_t *top)
{
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)top, name, v) {
		if (!strcmp(name, "kind") || !strcmp(name, "fields"))
			continue;
		if (!strcmp(name, "receipt") && json_is_boolean(v))
			d->to->receipt = json_is_true(v);
		else if (!strcmp(name, "language") && json_is_string(v) &&
			lang_parse(json_string_value(v), json_string_length(v), &d->to->language))
			continue;
		else
			wrong(d, "", name, "not known, or not of this type");
	}
}

static void read_top(struct reader *d, const json_t *top)
{
	const char *name, *kind = json_string_value(json_object_get(top, "kind"));
	const json_t *fields = json_object_get(top, "fields");
	json_t *v;
	if (!json_is_object(top)) {
		wrong(d, "", "", "an object is expected");
		return;
	}
	if (!kind || !report_kind_parse(kind, &d->to->report.kind)) {
		wrong(d, "", "kind", "address, solicitation, travel or other");
		return;
	}
	read_members(d, top);
	if (!json_is_object(fields) || !json_object_size(fields)) {
		wrong(d, "", "fields", "an object with at least one field is expected");
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)fields, name, v)
		read_field(d, name, v);
}

int api_report_read(struct arena *a, struct bytes body, struct api_report *ret, const char **ret_errors)
{
	json_error_t where;
	struct reader d = { a, ret, json_array() };
	*ret = (struct api_report){ .report.by = REPORT_BY_PARTNER, .language = LANG_FR, .receipt = true };
	*ret_errors = "[]";
	if (!d.errors)
		return -ENOMEM;
	json_t *top = json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &where);
	if (top)
		read_top(&d, top);
	else
		wrong(&d, "", "", "this is not JSON, or a name stands twice");
	int err = json_array_size(d.errors) ? ERR_MALFORMED : 0;
	if (err) {
		size_t n = json_dumpb(d.errors, NULL, 0, JSON_COMPACT);
		char *text = arena_alloc(a, n + 1);
		if (text) {
			(void)json_dumpb(d.errors, text, n, JSON_COMPACT);
			*ret_errors = text;
		}
	}
	json_decref(top);
	json_decref(d.errors);
	return err;
}
