/* SPDX-License-Identifier: Apache-2.0 */
/* Charts against tests/golden/web. `test-web-chart write` writes these anew: look at them in a browser. */
#include "base/file.h"
#include "web/chart.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static bool write_golden;

static const int64_t week[] = { 12, 40, 7, 1234, 870, -1, 0, -1, 33, 410, 512, 600 };
static const int64_t other[] = { 5, 6, 70, 80, 300, 210, 90, -1, -1, 14, 22, 31 };
static const char *const words[LANG_COUNT][18] = {
	[LANG_FR] = { "Signalements par mois", "Le plus haut en avril.", "Adresses", "Sollicitations", "Casablanca-Settat",
		"Rabat-Salé-Kénitra", "Tanger-Tétouan-Al Hoceïma", "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.",
		"août", "sept.", "oct.", "nov." },
	[LANG_AR] = { "البلاغات في كل شهر", "الأعلى في أبريل.", "عناوين", "استدراج", "الدار البيضاء-سطات",
		"الرباط-سلا-القنيطرة", "طنجة-تطوان-الحسيمة", "يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز",
		"غشت", "شتنبر", "أكتوبر", "نونبر" },
	[LANG_EN] = { "Reports a month", "Highest in April.", "Addresses", "Solicitations", "Casablanca-Settat",
		"Rabat-Salé-Kénitra", "Tanger-Tétouan-Al Hoceïma", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov" },
};

static const char *drawn(struct arena *a, enum lang l, const struct chart *c)
{
	struct html_out o;
	html_init(&o, l, a);
	chart_put(&o, c);
	assert_false(o.failed);
	const char *s = arena_text(a, o.p, o.n);
	html_done(&o);
	assert_non_null(s);
	assert_null(strstr(s, "style="));
	return s;
}

static void compare(const char *name, enum lang l, const char *html)
{
	static const char head[] = "<!doctype html><html lang=\"%s\" dir=\"%s\"><meta charset=\"utf-8\"><title>%s</title>\n";
	char path[PATH_MAX], text[32768];
	snprintf(path, sizeof path, "%s/tests/golden/web/%s.%s.html", getenv("HISN_SOURCE"), name, lang_info(l)->code);
	int n = snprintf(text, sizeof text, head, lang_info(l)->code, lang_info(l)->dir, name);
	n += snprintf(text + n, sizeof text - (size_t)n, "%s\n", html);
	if (write_golden) {
		assert_int_equal(file_replace(path, text, (size_t)n, 0644), 0);
		return;
	}
	struct bytes have;
	assert_int_equal(file_read(path, sizeof text, &have), 0);
	assert_string_equal((const char *)have.p, text);
	free((void *)have.p);
}

static void golden(const char *name, const struct chart *like, size_t first_label)
{
	for (enum lang l = 0; l < LANG_COUNT; l++) {
		if (!words[l][0])
			continue; /* a language added later */
		struct arena a;
		arena_init(&a, 0);
		struct chart c = *like;
		struct chart_series series[] = { { words[l][2], week }, { words[l][3], other } };
		c.title = words[l][0];
		c.about = words[l][1];
		c.label = &words[l][first_label];
		c.series = series;
		const char *html = drawn(&a, l, &c);
		assert_true(strlen(html) < 6144);
		compare(name, l, html);
		arena_done(&a);
	}
}

static void chart_line_is_as_it_was(void **state)
{
	(void)state;
	golden("chart-line", &(struct chart){ .kind = CHART_LINE, .id = "m", .label_n = 11, .series_n = 2 }, 7);
}

static void chart_bars_are_as_they_were(void **state)
{
	(void)state;
	golden("chart-bars", &(struct chart){ .kind = CHART_BARS, .id = "b", .label_n = 6, .series_n = 2 }, 7);
}

static void chart_with_long_names_lies(void **state)
{
	(void)state;
	golden("chart-lying", &(struct chart){ .kind = CHART_BARS, .id = "r", .label_n = 3, .series_n = 1 }, 4);
}

static void chart_without_figures_says_so(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	const char *s = drawn(&a, LANG_EN, &(struct chart){ .title = "<none>", .id = "e" });
	assert_non_null(strstr(s, "There are no figures yet."));
	assert_non_null(strstr(s, "&lt;none&gt;"));
	assert_null(strstr(s, "<svg"));
	arena_done(&a);
}

static void chart_hides_suppressed_values(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	static const int64_t v[] = { -1, 3, -1, 0 };
	static const char *const label[] = { "a", "b", "c", "d" };
	struct chart c = { .title = "t", .id = "h", .label = label, .label_n = 4, .series_n = 1,
		.series = &(struct chart_series){ "s", v } };
	const char *s = drawn(&a, LANG_EN, &c);
	assert_non_null(strstr(s, "<th scope=\"row\">a</th><td>fewer than 5</td>"));
	unsigned bars = 0;
	for (const char *p = s; (p = strstr(p, "class=\"chart-s0\"")); p++)
		bars++;
	assert_int_equal(bars, 2);
	c.kind = CHART_LINE;
	s = drawn(&a, LANG_EN, &c);
	assert_non_null(strstr(s, "m-2 0h4M")); /* two dots, no line between them */
	c.kind = CHART_BARS;
	c.gap = "not <told>";
	s = drawn(&a, LANG_EN, &c);
	assert_non_null(strstr(s, "<th scope=\"row\">a</th><td>not &lt;told&gt;</td>"));
	assert_null(strstr(s, "fewer than 5"));
	c.bare = true;
	s = drawn(&a, LANG_EN, &c);
	assert_null(strstr(s, "<table"));
	assert_non_null(strstr(s, "<svg"));
	arena_done(&a);
}

/* The most a chart may hold, and more; and values no report will reach. */
static void chart_is_bounded(void **state)
{
	(void)state;
	static int64_t v[200];
	static const char *label[200];
	static struct chart_series series[9];
	for (int i = 0; i < 200; i++) {
		v[i] = i % 3 ? INT64_MAX - i : INT64_MIN + i;
		label[i] = "2026-11-23";
	}
	for (int i = 0; i < 9; i++)
		series[i] = (struct chart_series){ "s", v };
	for (int kind = 0; kind < 2; kind++) {
		struct arena a;
		arena_init(&a, 0);
		const char *s = drawn(&a, LANG_AR, &(struct chart){ .title = "t", .id = "x", .kind = kind, .label = label,
			.label_n = 200, .series = series, .series_n = 9 });
		assert_null(strstr(s, "chart-s6"));
		unsigned rows = 0;
		for (const char *p = s; (p = strstr(p, "<tr><th scope")); p++)
			rows++;
		assert_int_equal(rows, 120);
		arena_done(&a);
	}
}

int main(int argc, char **argv)
{
	write_golden = argc > 1 && strcmp(argv[1], "write") == 0;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chart_line_is_as_it_was),
		cmocka_unit_test(chart_bars_are_as_they_were),
		cmocka_unit_test(chart_with_long_names_lies),
		cmocka_unit_test(chart_without_figures_says_so),
		cmocka_unit_test(chart_hides_suppressed_values),
		cmocka_unit_test(chart_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
