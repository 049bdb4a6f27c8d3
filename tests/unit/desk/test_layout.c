/* SPDX-License-Identifier: Apache-2.0 */
/* The frame and the fields, as HTML. How they look and sound: tests/web. */
#include "desk/config.h"
#include "desk/layout_inside.h"
#include "desk/static_file.h"

#include <limits.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct desk_data *data;
static char name[] = "Bureau <&> essai", country[] = "MA", exit_url[] = "https://exit.example/";
static struct desk_config config = { .name = name, .country = country, .exit_url = exit_url };
static struct desk desk = { .config = &config };

static int open_data(void **state)
{
	static char folder[PATH_MAX];
	struct err_note note = { "" };
	(void)snprintf(folder, sizeof folder, "%s/desk", getenv("HISN_DATA") ? getenv("HISN_DATA") : "data");
	int err = desk_data_open(folder, &data, &note);
	desk.data = data;
	return err;
}

static int close_data(void **state)
{
	desk_data_free(data);
	return 0;
}

/* One page's HTML, in memory of its own. */
struct written { struct arena arena; struct html_out out; };

static struct written *begin(enum lang lang)
{
	struct written *w = calloc(1, sizeof *w);
	assert_non_null(w);
	arena_init(&w->arena, 0);
	html_init(&w->out, lang, &w->arena);
	w->out.base = lang == LANG_AR ? "/ar" : lang == LANG_EN ? "/en" : "/fr";
	return w;
}

static const char *html(struct written *w)
{
	assert_false(w->out.failed);
	const char *s = arena_text(&w->arena, w->out.p, w->out.n);
	assert_non_null(s);
	return s;
}

static void end(struct written *w)
{
	html_done(&w->out);
	arena_done(&w->arena);
	free(w);
}

static const struct layout plain = { .desk = &desk, .title = "T", .path = "/report/address" };

#define HAS(page, part) assert_non_null(strstr(page, part))
#define LACKS(page, part) assert_null(strstr(page, part))

static unsigned count(const char *page, const char *part)
{
	unsigned n = 0;
	for (const char *p = page; (p = strstr(p, part)); p++)
		n++;
	return n;
}

static void layout_quick_exit_is_the_first_link(void **state)
{
	struct written *w = begin(LANG_EN);
	layout_head(&w->out, &plain);
	const char *body = strstr(html(w), "<body>"), *link = body ? strstr(body, "<a ") : NULL;
	assert_non_null(link);
	assert_memory_equal(link, "<a class=\"exit\" href=\"/en/exit\"", 31);
	LACKS(body, "exit.example"); /* the address is the route's business */
	end(w);
}

static void layout_writes_the_language_and_direction(void **state)
{
	struct written *w = begin(LANG_AR);
	layout_head(&w->out, &plain);
	HAS(html(w), "<html lang=\"ar\" dir=\"rtl\">");
	end(w);
}

static void layout_links_to_the_same_page_in_the_other_languages(void **state)
{
	struct written *w = begin(LANG_AR);
	layout_head(&w->out, &plain);
	const char *page = html(w);
	HAS(page, "href=\"/fr/report/address\">Français</a>");
	HAS(page, "href=\"/en/report/address\">English</a>");
	LACKS(page, "href=\"/ar/report/address\"");
	LACKS(page, "In another language");
	end(w);
}

static void layout_says_that_another_language_begins_again(void **state)
{
	struct layout l = plain;
	struct written *w = begin(LANG_EN);
	l.post = true;
	layout_head(&w->out, &l);
	HAS(html(w), "In another language this begins again.");
	end(w);
}

static void layout_escapes_the_name(void **state)
{
	struct written *w = begin(LANG_FR);
	layout_head(&w->out, &plain);
	layout_foot(&w->out, &plain);
	const char *page = html(w);
	HAS(page, "Bureau &lt;&amp;&gt; essai");
	LACKS(page, "<&>");
	end(w);
}

static void layout_puts_the_childrens_line_before_the_police(void **state)
{
	struct written *w = begin(LANG_FR);
	layout_head(&w->out, &plain);
	const char *page = html(w);
	const char *child = strstr(page, "href=\"tel:2511\""), *police = strstr(page, "href=\"tel:19\"");
	const char *main = strstr(page, "<main");
	assert_non_null(child);
	assert_non_null(police);
	HAS(page, "href=\"tel:177\"");
	HAS(page, "e-blagh.ma");
	assert_true(child < police && police < main);
	HAS(page, "<bdi dir=\"ltr\">2511</bdi>");
	end(w);
}

static void layout_shows_no_other_countrys_line(void **state)
{
	struct written *w = begin(LANG_FR);
	layout_help(&w->out, &plain, ~0u, false);
	const char *page = html(w);
	LACKS(page, "tel:119\"");
	HAS(page, "tel:2511\"");
	HAS(page, "inhope.org");
	end(w);
}

static void layout_keeps_portals_and_learning_apart(void **state)
{
	struct written *w = begin(LANG_FR);
	layout_help(&w->out, &plain, HELP_CHILD, false);
	const char *page = html(w);
	HAS(page, "tel:2511\"");
	LACKS(page, "e-himaya");
	end(w);
	w = begin(LANG_FR);
	layout_help(&w->out, &plain, HELP_PREVENTION, false);
	HAS(html(w), "e-himaya");
	end(w);
}

static void layout_staff_pages_have_neither_exit_nor_helplines(void **state)
{
	struct layout l = plain;
	struct written *w = begin(LANG_EN);
	l.staff = true;
	layout_head(&w->out, &l);
	const char *page = html(w);
	LACKS(page, "class=\"exit\"");
	LACKS(page, "tel:");
	HAS(page, "<body class=\"staff\">");
	end(w);
}

static void layout_files_carry_a_hash(void **state)
{
	const struct static_file *css = static_file("hisn.css");
	assert_string_equal(css->path, layout_style());
	assert_int_equal(strlen(css->path), strlen("/s/hisn-0123456789.css"));
	assert_int_equal(strspn(css->path + strlen("/s/hisn-"), "0123456789abcdef"), 10);
	assert_true(css->body.n > 1000 && css->body.n < 24000);
	assert_string_equal(static_file("logo.svg")->type, "image/svg+xml");
}

/* --- fields --- */

static const struct field_choice choice[] = { { "a", "Yes" }, { "ab", "No" } };
static const struct field line = { "l", FIELD_LINE, "Label", "Hint", 1, 100, NULL, 0 };
static const struct field link_field = { "u", FIELD_URL, "Label", NULL, 1, 100, NULL, 0 };
static const struct field story = { "t", FIELD_TEXT, "Label", NULL, 1, 100, NULL, 0 };
static const struct field many = { "m", FIELD_CHOICES, "Label", NULL, 1, 100, choice, 2 };
static const struct field where = { "w", FIELD_TERRITORY, "Label", NULL, 1, 100, NULL, 0 };
static const struct field units = { "n", FIELD_UNITS, "Label", NULL, 1, 100, NULL, 0 };

static void layout_field_is_tied_to_its_label_hint_and_error(void **state)
{
	struct written *w = begin(LANG_EN);
	layout_field(&w->out, &plain, &line, "x\"y", "Wrong");
	const char *page = html(w);
	HAS(page, "<label for=\"f-l\">Label</label>");
	HAS(page, "<p class=\"hint\" id=\"f-l-hint\">Hint</p>");
	HAS(page, "<p class=\"error\" id=\"f-l-error\">Wrong</p>");
	HAS(page, "aria-describedby=\"f-l-hint f-l-error\"");
	HAS(page, "aria-invalid=\"true\"");
	HAS(page, "value=\"x&quot;y\"");
	LACKS(page, "required");
	end(w);
}

static void layout_field_without_error_says_none(void **state)
{
	struct written *w = begin(LANG_EN);
	layout_field(&w->out, &plain, &link_field, NULL, NULL);
	const char *page = html(w);
	LACKS(page, "aria-invalid");
	LACKS(page, "aria-describedby");
	HAS(page, "dir=\"ltr\"");
	HAS(page, "autocomplete=\"off\"");
	end(w);
}

static void layout_field_text_cannot_end_its_area(void **state)
{
	struct written *w = begin(LANG_EN);
	layout_field(&w->out, &plain, &story, "a\n</textarea><script>", NULL);
	const char *page = html(w);
	assert_int_equal(count(page, "</textarea>"), 1);
	LACKS(page, "<script>");
	HAS(page, "dir=\"auto\"");
	end(w);
}

static void layout_field_checks_what_was_chosen_and_only_that(void **state)
{
	struct written *w = begin(LANG_EN);
	layout_field(&w->out, &plain, &many, "ab", NULL);
	const char *page = html(w), *first = strstr(page, "value=\"a\""), *second = strstr(page, "value=\"ab\"");
	assert_non_null(first);
	assert_non_null(second);
	assert_int_equal(count(page, " checked"), 1);
	assert_true(strstr(page, " checked") > second);
	assert_int_equal(count(page, "type=\"checkbox\""), 2);
	end(w);
}

static void layout_field_territory_begins_with_not_knowing(void **state)
{
	struct written *w = begin(LANG_FR);
	layout_field(&w->out, &plain, &where, "MA-CAS", NULL);
	const char *page = html(w);
	assert_memory_equal(strstr(page, "<option"), "<option value=\"\">Je ne sais pas</option>", 40);
	assert_int_equal(count(page, "<option"), data->territory_n + 1);
	assert_int_equal(count(page, "<optgroup"), 12);
	assert_int_equal(count(page, " selected"), 1);
	HAS(page, "value=\"MA-CAS\" selected");
	end(w);
}

static void layout_field_units_has_each_territory_once(void **state)
{
	struct written *w = begin(LANG_AR);
	layout_field(&w->out, &plain, &units, "MA-CAS\nMA-06", NULL);
	const char *page = html(w);
	assert_int_equal(count(page, "type=\"checkbox\""), data->territory_n);
	assert_int_equal(count(page, " checked"), 2);
	assert_int_equal(count(page, "<details"), 12);
	end(w);
}

static void layout_chosen_compares_whole_lines(void **state)
{
	assert_true(layout_chosen("x\ny", "y"));
	assert_false(layout_chosen("xy\nyy", "y"));
	assert_false(layout_chosen("", "y"));
	assert_false(layout_chosen(NULL, "y"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_quick_exit_is_the_first_link),
		cmocka_unit_test(layout_writes_the_language_and_direction),
		cmocka_unit_test(layout_links_to_the_same_page_in_the_other_languages),
		cmocka_unit_test(layout_says_that_another_language_begins_again),
		cmocka_unit_test(layout_escapes_the_name),
		cmocka_unit_test(layout_puts_the_childrens_line_before_the_police),
		cmocka_unit_test(layout_shows_no_other_countrys_line),
		cmocka_unit_test(layout_keeps_portals_and_learning_apart),
		cmocka_unit_test(layout_staff_pages_have_neither_exit_nor_helplines),
		cmocka_unit_test(layout_files_carry_a_hash),
		cmocka_unit_test(layout_field_is_tied_to_its_label_hint_and_error),
		cmocka_unit_test(layout_field_without_error_says_none),
		cmocka_unit_test(layout_field_text_cannot_end_its_area),
		cmocka_unit_test(layout_field_checks_what_was_chosen_and_only_that),
		cmocka_unit_test(layout_field_territory_begins_with_not_knowing),
		cmocka_unit_test(layout_field_units_has_each_territory_once),
		cmocka_unit_test(layout_chosen_compares_whole_lines),
	};
	return cmocka_run_group_tests(tests, open_data, close_data);
}
