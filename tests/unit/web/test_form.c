/* SPDX-License-Identifier: Apache-2.0 */
#include "web/form.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct got {
	struct arena a;
	struct web_pairs f;
	char *text;
	int err;
};

static struct got parse_n(const char *s, size_t n)
{
	struct got g = { .text = malloc(n + 1) };
	arena_init(&g.a, 0);
	g.err = web_form_parse(&g.a, bytes_of(s, n), g.text, &g.f);
	return g;
}

static struct got parse(const char *s)
{
	return parse_n(s, strlen(s));
}

static void done(struct got *g)
{
	free(g->text);
	arena_done(&g->a);
}

static void gives(const char *s, const char *name, const char *value)
{
	struct got g = parse(s);
	assert_int_equal(g.err, 0);
	const char *have = web_pairs_get(&g.f, name, 0);
	if (value)
		assert_string_equal(have, value);
	else
		assert_null(have);
	done(&g);
}

static void fails(const char *s, size_t n, int err)
{
	struct got g = parse_n(s, n);
	assert_int_equal(g.err, err);
	done(&g);
}

static void form_gives_fields(void **state)
{
	gives("a=1&b=2", "b", "2");
	gives("a=1&b=2", "c", NULL);
	gives("a=x=y", "a", "x=y");
	gives("a%3Db=1", "a=b", "1");
	gives("&&a=1&", "a", "1");
	gives("a", "a", "");
	gives("=1", "", "1");
	gives("", "a", NULL);
}

static void form_decodes_once(void **state)
{
	gives("a=b+c%2B%25%32%35", "a", "b c+%25");
	gives("a=%C3%A9\xc3\xa9", "a", "éé");
}

static void form_folds_line_ends_and_trims(void **state)
{
	gives("a=+%0D%0A+x%0D%0Ay%0Dz%0A%09w+%0D%0A", "a", "x\ny\nz\n\tw");
	gives("a=+%0A%0D+", "a", "");
}

static void form_gives_repeated_fields(void **state)
{
	struct got g = parse("a=1&b=x&a=2");
	assert_string_equal(web_pairs_get(&g.f, "a", 0), "1");
	assert_string_equal(web_pairs_get(&g.f, "a", 1), "2");
	assert_null(web_pairs_get(&g.f, "a", 2));
	done(&g);
}

static void form_refuses_what_is_no_text(void **state)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%4g", "%=1", "a=%00", "a=%ff", "a=\xff", "a=%C0%80", "a=%ED%A0%80",
		"a=%F4%90%80%80", "a=%E2%82", "%80=1", "a=%F0%80%80%80" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		fails(bad[i], strlen(bad[i]), ERR_MALFORMED);
	fails("a=\0b", 4, ERR_MALFORMED);
}

static void form_has_limits(void **state)
{
	char s[FORM_FIELD + 200];
	size_t n = 0;
	for (unsigned i = 0; i < FORM_FIELDS; i++)
		n += (size_t)snprintf(s + n, sizeof s - n, "a&");
	fails(s, n, 0);
	s[n++] = 'a';
	fails(s, n, ERR_LIMIT);
	memset(s, 'x', sizeof s);
	s[1] = '=';
	fails(s, 2 + FORM_FIELD, 0);
	fails(s, 2 + FORM_FIELD + 1, ERR_LIMIT);
	s[1] = 'x';
	fails(s, FORM_NAME, 0);
	fails(s, FORM_NAME + 1, ERR_LIMIT);
}

static void form_reports_a_full_arena(void **state)
{
	struct arena a;
	struct web_pairs f;
	char text[8];
	arena_init(&a, 16);
	assert_int_equal(web_form_parse(&a, bytes_str("a=1"), text, &f), -ENOMEM);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_gives_fields),
		cmocka_unit_test(form_decodes_once),
		cmocka_unit_test(form_folds_line_ends_and_trims),
		cmocka_unit_test(form_gives_repeated_fields),
		cmocka_unit_test(form_refuses_what_is_no_text),
		cmocka_unit_test(form_has_limits),
		cmocka_unit_test(form_reports_a_full_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
