/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/tree.h"

#include <errno.h>
#include <stdarg.h>

struct check {
	const struct conf_tree *tree;
	const struct conf_source *src;
	struct err_note *note;
};

enum { SHOWN_MAX = 40, FIELDS_MAX = 128 };

struct shown {
	char text[SHOWN_MAX + 8];
};

/* What stands there, for a person: short, and without control characters. */
static struct shown show(const struct conf_node *n)
{
	static const char *const words[] = { [CONF_SEQUENCE] = "a list", [CONF_MAPPING] = "a mapping" };
	struct shown s = { 0 };
	if (n->kind != CONF_SCALAR || n->n == 0) {
		(void)snprintf(s.text, sizeof s.text, "%s", n->kind != CONF_SCALAR ? words[n->kind] : "nothing");
		return s;
	}
	size_t len = n->n;
	if (len > SHOWN_MAX)
		for (len = SHOWN_MAX; len && (n->text[len] & 0xc0) == 0x80;)
			len--;
	(void)snprintf(s.text, sizeof s.text, "'%.*s%s'", (int)len, n->text, len < n->n ? "..." : "");
	for (char *c = s.text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return s;
}

static int refuse(const struct check *c, const struct conf_node *n, const char *format, ...)
	printf_like(3, 4);
static int refuse(const struct check *c, const struct conf_node *n, const char *format, ...)
{
	char what[400];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	return err_set(c->note, ERR_CONFIG, "%s:%u:%u: %s", c->src->name, n->line, n->column, what);
}

static int expected(const struct check *c, const struct conf_node *n, const char *what)
{
	return refuse(c, n, "expected %s, found %s", what, show(n).text);
}

/* Appends ", word"; silently ends where the buffer does. */
static size_t list_word(char *buf, size_t cap, size_t at, const char *word)
{
	int n = snprintf(buf + at, cap - at, "%s%s", at ? ", " : "", word);
	return n > 0 && (size_t)n < cap - at ? at + (size_t)n : at;
}

static bool is_word(const struct conf_node *n, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(n->text, words[i]) == 0)
			return true;
	return false;
}

static bool is_null(const cyaml_schema_value_t *s, const struct conf_node *n)
{
	static const char *const words[] = { "null", "Null", "NULL", "~" };
	unsigned null = CYAML_FLAG_POINTER_NULL & ~(unsigned)CYAML_FLAG_POINTER;
	if (!(s->flags & null) || n->kind != CONF_SCALAR || !n->plain)
		return false;
	unsigned word = CYAML_FLAG_POINTER_NULL_STR & ~(unsigned)CYAML_FLAG_POINTER_NULL;
	return n->n == 0 || ((s->flags & word) && is_word(n, words, ARRAY_LEN(words)));
}

/* Decimal only: libcyaml reads "010" as eight and takes "12abc" for twelve. */
static bool is_decimal(const char *s)
{
	s += *s == '-';
	if (*s == '0' && s[1])
		return false;
	size_t n = strspn(s, "0123456789");
	return n && n < 21 && !s[n];
}

static int check_int(const struct check *c, const cyaml_schema_value_t *s, const struct conf_node *n)
{
	unsigned bits = s->data_size * 8;
	int64_t max = INT64_MAX >> (64 - bits), min = -max - 1;
	errno = 0;
	long long v = n->kind == CONF_SCALAR && is_decimal(n->text) ? strtoll(n->text, NULL, 10) : 0;
	if (n->kind == CONF_SCALAR && is_decimal(n->text) && !errno && v >= min && v <= max)
		return 0;
	return refuse(c, n, "expected a whole number from %lld to %lld, found %s", (long long)min,
		(long long)max, show(n).text);
}

static int check_uint(const struct check *c, const cyaml_schema_value_t *s, const struct conf_node *n)
{
	uint64_t max = UINT64_MAX >> (64 - s->data_size * 8);
	bool ok = n->kind == CONF_SCALAR && is_decimal(n->text) && n->text[0] != '-';
	errno = 0;
	unsigned long long v = ok ? strtoull(n->text, NULL, 10) : 0;
	if (ok && !errno && v <= max)
		return 0;
	return refuse(c, n, "expected a whole number from 0 to %llu, found %s", (unsigned long long)max,
		show(n).text);
}

/* libcyaml takes every word that it does not know for true. */
static int check_bool(const struct check *c, const struct conf_node *n)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off" };
	if (n->kind == CONF_SCALAR && is_word(n, words, ARRAY_LEN(words)))
		return 0;
	return expected(c, n, "true or false");
}

static int check_float(const struct check *c, const struct conf_node *n)
{
	char *end = NULL;
	errno = 0;
	if (n->kind == CONF_SCALAR)
		(void)strtod(n->text, &end);
	return end && end != n->text && !*end && !errno ? 0 : expected(c, n, "a number");
}

static int check_enum(const struct check *c, const cyaml_schema_value_t *s, const struct conf_node *n)
{
	char known[300] = "";
	size_t at = 0;
	for (uint32_t i = 0; i < s->enumeration.count; i++) {
		const char *word = s->enumeration.strings[i].str;
		if (n->kind == CONF_SCALAR && strcmp(n->text, word) == 0)
			return 0;
		at = list_word(known, sizeof known, at, word);
	}
	return refuse(c, n, "expected one of: %s; found %s", known, show(n).text);
}

static int check_string(const struct check *c, const cyaml_schema_value_t *s, const struct conf_node *n)
{
	if (n->kind != CONF_SCALAR || (n->n == 0 && s->string.min))
		return expected(c, n, "text");
	if (n->n < s->string.min)
		return refuse(c, n, "%s is too short (at least %u bytes)", show(n).text, s->string.min);
	if (n->n > s->string.max)
		return refuse(c, n, "%s is too long (at most %u bytes)", show(n).text, s->string.max);
	return 0;
}

static int check_value(const struct check *c, const cyaml_schema_value_t *s, const struct conf_node *n);

static int check_sequence(const struct check *c, const cyaml_schema_value_t *s,
	const struct conf_node *n)
{
	if (n->kind != CONF_SEQUENCE)
		return expected(c, n, "a list");
	if (n->n < s->sequence.min)
		return refuse(c, n, "the list has %u entries, at least %u are needed", n->n, s->sequence.min);
	uint32_t count = 0;
	for (uint32_t i = n->child; i; i = c->tree->node[i].next) {
		if (count++ >= s->sequence.max)
			return refuse(c, &c->tree->node[i], "the list is too long (at most %u entries)",
				s->sequence.max);
		int err = check_value(c, s->sequence.entry, &c->tree->node[i]);
		if (err)
			return err;
	}
	return 0;
}

static int check_flags(const struct check *c, const cyaml_schema_value_t *s, const struct conf_node *n)
{
	if (n->kind != CONF_SEQUENCE)
		return expected(c, n, "a list");
	for (uint32_t i = n->child; i; i = c->tree->node[i].next) {
		int err = check_enum(c, s, &c->tree->node[i]);
		if (err)
			return err;
	}
	return 0;
}

static int unknown_key(const struct check *c, const cyaml_schema_field_t *fields,
	const struct conf_node *key)
{
	char known[300] = "";
	size_t at = 0;
	for (const cyaml_schema_field_t *f = fields; f->key; f++)
		at = list_word(known, sizeof known, at, f->key);
	return refuse(c, key, "unknown key %s (known here: %s)", show(key).text, known);
}

static int check_mapping(const struct check *c, const cyaml_schema_value_t *s,
	const struct conf_node *n)
{
	const cyaml_schema_field_t *fields = s->mapping.fields;
	bool seen[FIELDS_MAX] = { false };
	if (n->kind != CONF_MAPPING)
		return expected(c, n, "a mapping (key: value)");
	for (uint32_t i = n->child; i; i = c->tree->node[c->tree->node[i].next].next) {
		const struct conf_node *key = &c->tree->node[i];
		unsigned f = 0;
		while (fields[f].key && strcmp(fields[f].key, key->text) != 0)
			f++;
		if (!fields[f].key || f >= FIELDS_MAX)
			return unknown_key(c, fields, key);
		if (seen[f])
			return refuse(c, key, "key '%s' stands here twice", fields[f].key);
		seen[f] = true;
		int err = check_value(c, &fields[f].value, &c->tree->node[key->next]);
		if (err)
			return err;
	}
	for (unsigned f = 0; fields[f].key; f++)
		if (f < FIELDS_MAX && !seen[f] && !(fields[f].value.flags & CYAML_FLAG_OPTIONAL))
			return refuse(c, n, "key '%s' is missing", fields[f].key);
	return 0;
}

/* Recursion is bounded by CONF_DEPTH_MAX, which the tree cannot exceed. */
static int check_value(const struct check *c, const cyaml_schema_value_t *s, const struct conf_node *n)
{
	if (is_null(s, n))
		return 0;
	switch (s->type) {
	case CYAML_INT:
		return check_int(c, s, n);
	case CYAML_UINT:
		return check_uint(c, s, n);
	case CYAML_BOOL:
		return check_bool(c, n);
	case CYAML_FLOAT:
		return check_float(c, n);
	case CYAML_ENUM:
		return check_enum(c, s, n);
	case CYAML_FLAGS:
		return check_flags(c, s, n);
	case CYAML_STRING:
		return check_string(c, s, n);
	case CYAML_MAPPING:
		return check_mapping(c, s, n);
	case CYAML_SEQUENCE:
	case CYAML_SEQUENCE_FIXED:
		return check_sequence(c, s, n);
	default:
		return 0;
	}
}

int conf_tree_check(const struct conf_tree *t, const struct conf_source *src,
	const cyaml_schema_value_t *schema, struct err_note *note)
{
	struct check c = { t, src, note };
	return check_value(&c, schema, &t->node[0]);
}
