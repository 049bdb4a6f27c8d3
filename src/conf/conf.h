/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Configuration files: YAML into structs through libcyaml, with errors that name file, line and
 * column of the very key or value that is wrong (libcyaml alone tells the place before it). */

#include "base/err.h"

#include <cyaml/cyaml.h>

struct conf_source {
	const char *name;  /* stands in notes: the path */
	const uint8_t *p;
	size_t n;
};

/* Load against a schema. An unknown key's note lists the keys that exist in its mapping. Limits:
 * nesting of 32, no aliases or anchors, one document. ERR_CONFIG, -ENOMEM. An empty document is
 * refused. On error *ret is untouched. Free with conf_free. */
must_use int conf_load(const struct conf_source *src, const cyaml_schema_value_t *schema, void **ret,
	struct err_note *note);
void conf_free(const cyaml_schema_value_t *schema, void *data); /* NULL data is fine */

/* For checks after loading: the place of a value by its path, "profiles[2].schedules[0].from".
 * Falls back to the deepest part of the path that exists. */
void conf_where(const struct conf_source *src, const char *path, unsigned *ret_line, unsigned *ret_column);

/* "FILE:LINE:COLUMN: message" for the value at path; returns ERR_CONFIG. */
int conf_refuse(const struct conf_source *src, struct err_note *note, const char *path, const char *format,
	...) printf_like(4, 5);
