/* SPDX-License-Identifier: Apache-2.0 */
/* The description of the API: openapi.json, with the fields of a report from their own table. */
#include "desk/api/api.h"

#include <errno.h>
#include <jansson.h>

extern const char desk_openapi[];
extern const size_t desk_openapi_n;

static json_t *choices(const struct field *f)
{
	json_t *list = json_array();
	for (size_t i = 0; i < f->choice_n; i++)
		json_array_append_new(list, json_string(f->choice[i].code));
	return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *schema(const struct field *f)
{
	switch (f->type) {
	case FIELD_CHOICE:
		return choices(f);
	case FIELD_CHOICES:
		return json_pack("{s:s, s:o, s:i}", "type", "array", "items", choices(f), "maxItems", (int)f->max);
	case FIELD_UNITS:
		return json_pack("{s:s, s:{s:s, s:s}, s:i}", "type", "array", "items", "type", "string", "pattern",
			"^[A-Za-z0-9-]{1,15}$", "maxItems", (int)f->max);
	case FIELD_DATE:
		return json_pack("{s:s, s:s}", "type", "string", "format", "date");
	case FIELD_TERRITORY:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", "^MA-[A-Z0-9]{2,3}$");
	case FIELD_URL:
		return json_pack("{s:s, s:i, s:[s, s]}", "type", "string", "maxLength", (int)f->max, "examples",
			"https://forum.example/thread/17", "hxxps://forum[.]example/thread/17");
	default:
		return json_pack("{s:s, s:i}", "type", "string", "maxLength", (int)f->max);
	}
}

static json_t *described(const struct field *f)
{
	json_t *s = schema(f), *kinds = json_array();
	for (int k = 0; k < REPORT_KIND_COUNT; k++)
		if (f->kinds & 1u << k)
			json_array_append_new(kinds, json_string(report_kind_name((enum report_kind)k)));
	json_object_set_new(s, "title", json_string(f->label));
	if (f->hint)
		json_object_set_new(s, "description", json_string(f->hint));
	json_object_set_new(s, "x-kinds", kinds);
	return s;
}

int api_openapi(struct arena *a, const char *server, struct bytes *ret)
{
	json_error_t where;
	json_t *doc = json_loadb(desk_openapi, desk_openapi_n, 0, &where);
	json_t *fields = NULL, *url = json_string(server);
	if (!doc || json_unpack(doc, "{s:{s:{s:{s:o}}}}", "components", "schemas", "Fields", "properties", &fields)) {
		json_decref(doc);
		json_decref(url);
		return -ENOMEM;
	}
	for (size_t i = 0; i < report_field_count; i++)
		if (strcmp(report_fields[i].name, "partner") != 0 && strcmp(report_fields[i].name, "language") != 0)
			json_object_set_new(fields, report_fields[i].name, described(&report_fields[i]));
	json_object_set_new(json_array_get(json_object_get(doc, "servers"), 0), "url", url);
	size_t n = json_dumpb(doc, NULL, 0, JSON_COMPACT);
	char *text = arena_alloc(a, n + 1);
	if (text)
		*ret = bytes_of(text, json_dumpb(doc, text, n, JSON_COMPACT));
	json_decref(doc);
	return text ? 0 : -ENOMEM;
}
