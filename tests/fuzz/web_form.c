/* SPDX-License-Identifier: Apache-2.0 */
/* Any body as a form: what comes out is text within the limits, and says the same when written again. */
#include "fuzz.h"

#include "web/form.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void check_value(const char *v)
{
	size_t n = strlen(v);
	check(n <= FORM_FIELD && web_utf8_good(bytes_of(v, n)) && !strchr(v, '\r'));
	check(n == 0 || (!is_blank(v[0]) && !is_blank(v[n - 1])));
}

/* Every byte as %XX. */
static char *write_out(char *to, const char *s)
{
	for (; *s; s++)
		to += snprintf(to, 4, "%%%02X", (unsigned)(uint8_t)*s);
	return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	struct web_pairs f, again;
	char *text = malloc(n + 1);
	arena_init(&a, 0);
	if (text && web_form_parse(&a, bytes_of(p, n), text, &f) == 0) {
		check(f.n <= FORM_FIELDS);
		char *out = malloc(3 * n + 2 * FORM_FIELDS + 1), *to = out, *text2 = malloc(3 * n + 2 * FORM_FIELDS + 1);
		for (unsigned i = 0; out && i < f.n; i++) {
			check(strlen(f.p[i].name) <= FORM_NAME && web_utf8_good(bytes_str(f.p[i].name)));
			check_value(f.p[i].value);
			check(f.p[i].value == web_pairs_get(&f, f.p[i].name, 0) || i > 0);
			to = write_out(to, f.p[i].name);
			*to++ = '=';
			to = write_out(to, f.p[i].value);
			*to++ = '&';
		}
		if (out && text2) {
			check(web_form_parse(&a, bytes_of(out, (size_t)(to - out)), text2, &again) == 0 && again.n == f.n);
			for (unsigned i = 0; i < f.n; i++)
				check(strcmp(f.p[i].name, again.p[i].name) == 0 && strcmp(f.p[i].value, again.p[i].value) == 0);
		}
		free(out);
		free(text2);
	}
	free(text);
	arena_done(&a);
	return 0;
}
