/* SPDX-License-Identifier: Apache-2.0 */
/* A report as the JSON that is sealed. */
#include "desk/report.h"

#include <errno.h>
#include <jansson.h>

static const char *const by_name[REPORT_BY_COUNT] = { "adult", "child", "carer", "professional", "staff", "partner" };

static bool is_list(const struct field *f)
{
	return f->type == FIELD_CHOICES || f->type == FIELD_UNITS;
}

/* --- writing --- */

static json_t *list_json(const char *value)
{
	json_t *list = json_array();
	for (struct bytes one; list && report_entry(&value, &one);)
		if (json_array_append_new(list, json_stringn((const char *)one.p, one.n))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *fields_json(const struct report *r)
{
	json_t *fields = json_object();
	for (size_t i = 0; fields && i < report_field_count; i++) {
		const struct field *f = &report_fields[i];
		if (!r->value[i])
			continue;
		json_t *v = is_list(f) ? list_json(r->value[i]) : json_string(r->value[i]);
		if (json_object_set_new(fields, f->name, v)) {
			json_decref(fields);
			return NULL;
		}
	}
	return fields;
}

static int dump(struct arena *a, const json_t *top, struct bytes *ret)
{
	enum { FLAGS = JSON_COMPACT | JSON_PRESERVE_ORDER };
	size_t n = json_dumpb(top, NULL, 0, FLAGS);
	if (!n)
		return -ENOMEM;
	if (n > REPORT_JSON_MAX)
		return ERR_LIMIT;
	char *p = arena_alloc(a, n + 1);
	if (!p)
		return -ENOMEM;
	*ret = bytes_of(p, json_dumpb(top, p, n, FLAGS));
	return 0;
}

int report_write(struct arena *a, const struct report *r, struct bytes *ret)
{
	json_t *top = json_object();
	int err = -ENOMEM;
	if (top && !json_object_set_new(top, "schema", json_integer(1)) &&
		!json_object_set_new(top, "kind", json_string(report_kind_name(r->kind))) &&
		!json_object_set_new(top, "by", json_string(by_name[r->by])) &&
		!json_object_set_new(top, "fields", fields_json(r)))
		err = dump(a, top, ret);
	json_decref(top);
	return err;
}

/* --- reading --- */

static int read_list(struct arena *a, const json_t *v, const char **ret)
{
	size_t n = 1;
	for (size_t i = 0; i < json_array_size(v); i++) {
		const char *s = json_string_value(json_array_get(v, i));
		if (!s || !*s || strchr(s, '\n'))
			return ERR_MALFORMED;
		n += strlen(s) + 1;
	}
	char *out = arena_alloc(a, n), *p = out;
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(v); i++) {
		if (i)
			*p++ = '\n';
		p = stpcpy(p, json_string_value(json_array_get(v, i)));
	}
	*ret = out;
	return 0;
}

static int read_field(struct arena *a, const char *name, const json_t *v, struct report *r, struct err_note *note)
{
	const struct field *f = report_field(name);
	if (!f || !(f->kinds & 1u << r->kind))
		return err_set(note, ERR_MALFORMED, "fields.%.40s: no such field of a report of kind %s", name,
			report_kind_name(r->kind));
	bool list = is_list(f);
	if (list ? !json_is_array(v) : !json_is_string(v))
		return err_set(note, ERR_MALFORMED, "fields.%s: not a %s", name, list ? "list" : "text");
	const char *value = json_string_value(v);
	int err = list ? read_list(a, v, &value) : 0;
	if (!err)
		err = report_set(a, r, name, value);
	if (err == ERR_LIMIT)
		return err_set(note, ERR_MALFORMED, "fields.%s: longer than %u", name, f->max);
	return err == ERR_MALFORMED ? err_set(note, err, "fields.%s: not a value of this field", name) : err;
}

static int read_kind(const json_t *top, struct report *r, struct err_note *note)
{
	if (json_integer_value(json_object_get(top, "schema")) != 1)
		return err_set(note, ERR_MALFORMED, "schema: not 1");
	const char *kind = json_string_value(json_object_get(top, "kind"));
	if (!kind || !report_kind_parse(kind, &r->kind))
		return err_set(note, ERR_MALFORMED, "kind: not address, solicitation, travel or other");
	const char *by = json_string_value(json_object_get(top, "by"));
	for (unsigned i = 0; by && i < REPORT_BY_COUNT; i++)
		if (strcmp(by, by_name[i]) == 0) {
			r->by = (enum report_by)i;
			return 0;
		}
	return err_set(note, ERR_MALFORMED, "by: not one of adult, child, carer, professional, staff, partner");
}

static int read_top(struct arena *a, json_t *top, struct report *r, struct err_note *note)
{
	const char *key;
	json_t *v;
	json_object_foreach(top, key, v)
		if (strcmp(key, "schema") != 0 && strcmp(key, "kind") != 0 && strcmp(key, "by") != 0 && strcmp(key, "fields") != 0)
			return err_set(note, ERR_MALFORMED, "%.40s: unknown member", key);
	int err = read_kind(top, r, note);
	json_t *fields = json_object_get(top, "fields");
	if (!err && !json_is_object(fields))
		err = err_set(note, ERR_MALFORMED, "fields: not an object");
	if (!err)
		json_object_foreach(fields, key, v)
			if ((err = read_field(a, key, v, r, note)))
				break;
	return err;
}

int report_read(struct arena *a, struct bytes json, struct report *ret, struct err_note *note)
{
	if (json.n > REPORT_JSON_MAX)
		return err_set(note, ERR_MALFORMED, "longer than %d bytes", REPORT_JSON_MAX);
	json_error_t where;
	json_t *top = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(top)) {
		json_decref(top);
		return err_set(note, ERR_MALFORMED, "not a JSON object");
	}
	struct report r = { 0 };
	int err = read_top(a, top, &r, note);
	json_decref(top);
	if (!err)
		*ret = r;
	return err;
}
