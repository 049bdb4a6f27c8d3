/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/attr.h"

#include <stdio.h>

/* A JSON writer: commas, nesting and escapes (RFC 8259). Invalid UTF-8 becomes U+FFFD. */
struct json {
	FILE *f;
	unsigned depth;
	bool more[16]; /* something stands before at this level */
	char close[16]; /* what ends this level */
	bool pretty;
};
void json_open(struct json *j, FILE *f, bool pretty);
void json_close(struct json *j); /* a final line end */
void json_begin_object(struct json *j, const char *key); /* key NULL inside arrays and at the top */
void json_begin_array(struct json *j, const char *key);
void json_end(struct json *j);   /* of the innermost object or array */
void json_text(struct json *j, const char *key, const char *value); /* NULL: null */
void json_int(struct json *j, const char *key, int64_t value);
void json_number(struct json *j, const char *key, double value);
void json_bool(struct json *j, const char *key, bool value);
