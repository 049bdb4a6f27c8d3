/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <math.h>

void json_open(struct json *j, FILE *f, bool pretty)
{
	*j = (struct json){ .f = f, .pretty = pretty };
}

void json_close(struct json *j)
{
	fputc('\n', j->f);
}

static void json_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (const uint8_t *p = (const uint8_t *)s; *p;) {
		unsigned n = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : (*p & 0xf0) == 0xe0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;
		bool good = n > 0;
		for (unsigned i = 1; i < n && good; i++)
			good = (p[i] & 0xc0) == 0x80;
		if (!good) {
			fputs("\\ufffd", f);
			p++;
			continue;
		}
		if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			fprintf(f, "\\u%04x", *p);
		else
			fwrite(p, 1, n, f);
		p += n;
	}
	fputc('"', f);
}

static void json_lead(struct json *j, const char *key)
{
	if (j->more[j->depth])
		fputc(',', j->f);
	j->more[j->depth] = true;
	if (j->pretty && j->depth)
		fprintf(j->f, "\n%*s", (int)j->depth * 2, "");
	if (key) {
		json_string(j->f, key);
		fputs(j->pretty ? ": " : ":", j->f);
	}
}

static void json_down(struct json *j, const char *key, char open)
{
	json_lead(j, key);
	fputc(open, j->f);
	if (j->depth + 1 < ARRAY_LEN(j->more))
		j->depth++;
	j->more[j->depth] = false;
}

void json_begin_object(struct json *j, const char *key)
{
	json_down(j, key, '{');
	j->close[j->depth] = '}';
}

void json_begin_array(struct json *j, const char *key)
{
	json_down(j, key, '[');
	j->close[j->depth] = ']';
}

void json_end(struct json *j)
{
	bool had = j->more[j->depth];
	char close = j->close[j->depth];
	j->depth--;
	if (j->pretty && had)
		fprintf(j->f, "\n%*s", (int)j->depth * 2, "");
	fputc(close, j->f);
}

void json_text(struct json *j, const char *key, const char *value)
{
	json_lead(j, key);
	if (value)
		json_string(j->f, value);
	else
		fputs("null", j->f);
}

void json_int(struct json *j, const char *key, int64_t value)
{
	json_lead(j, key);
	fprintf(j->f, "%lld", (long long)value);
}

void json_number(struct json *j, const char *key, double value)
{
	json_lead(j, key);
	if (isfinite(value))
		fprintf(j->f, "%.6g", value);
	else
		fputs("null", j->f);
}

void json_bool(struct json *j, const char *key, bool value)
{
	json_lead(j, key);
	fputs(value ? "true" : "false", j->f);
}
