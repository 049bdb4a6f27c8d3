/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that ship, every row, and how an operator's own replace them. */
#include "base/csv.h"
#include "base/file.h"
#include "desk/data.h"

#include "base/clock.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char shipped[PATH_MAX];
static struct desk_data *data;

static int open_shipped(void **state)
{
	struct err_note note = { "" };
	(void)snprintf(shipped, sizeof shipped, "%s/desk", getenv("HISN_DATA") ? getenv("HISN_DATA") : "data");
	int err = desk_data_open(shipped, &data, &note);
	if (err)
		print_error("%s\n", err_say(&note, err));
	return err;
}

static int close_shipped(void **state)
{
	desk_data_free(data);
	return 0;
}

static void data_has_every_territory(void **state)
{
	assert_int_equal(data->territory_n, 87);
	unsigned regions = 0;
	for (size_t i = 0; i < data->territory_n; i++)
		regions += data->territory[i].is_region;
	assert_int_equal(regions, 12);
}


static void data_puts_regions_before_their_own(void **state)
{
	const char *region = "";
	for (size_t i = 0; i < data->territory_n; i++) {
		const struct desk_territory *t = &data->territory[i];
		if (t->is_region)
			region = t->code;
		assert_string_equal(t->region, region);
	}
	/* iso-codes gives these two the parents 04 and 06. */
	assert_string_equal(desk_territory(data, "MA-NOU")->region, "MA-06");
	assert_string_equal(desk_territory(data, "MA-CHT")->region, "MA-09");
	assert_null(desk_territory(data, "MA-15"));
}

static void data_writes_compound_names_with_hyphens(void **state)
{
	for (size_t i = 0; i < data->territory_n; i++)
		for (unsigned l = 0; l < LANG_COUNT; l++)
			if (strstr(data->territory[i].name[l], " -") || strstr(data->territory[i].name[l], "- "))
				fail_msg("%s: %s", data->territory[i].code, data->territory[i].name[l]);
}

/* FACTS-policy section 8: words that are not used of children. */
static void data_keeps_to_the_terms(void **state)
{
	static const char *const avoid[] = { "porn", "sex tourism", "tourisme sexuel", "prostitute", "prostituée", "sex worker",
		"seduction", "séduction", "webcam", "selfie", "revenge", "paedophile", "pédophile", "إباحي", "سياحة جنسية" };
	for (size_t i = 0; i < data->offence_n; i++)
		for (unsigned l = 0; l < LANG_COUNT; l++)
			for (size_t k = 0; k < ARRAY_LEN(avoid); k++)
				if (strcasestr(data->offence[i].name[l], avoid[k]))
					fail_msg("%s: %s", data->offence[i].code, avoid[k]);
}

static void data_shows_help_for_a_child_first(void **state)
{
	assert_true(data->helpline_n >= 25);
	assert_true(data->helpline[0].for_whom & HELP_CHILD);
	assert_string_equal(data->helpline[0].phone, "2511");
	bool police = false, gendarmerie = false, online = false;
	for (size_t i = 0; i < data->helpline_n; i++) {
		const struct desk_helpline *h = &data->helpline[i];
		assert_true(!i || h->order > h[-1].order);
		police |= h->phone && !strcmp(h->phone, "19") && h->for_whom & HELP_EMERGENCY;
		gendarmerie |= h->phone && !strcmp(h->phone, "177") && h->for_whom & HELP_EMERGENCY;
		online |= h->url && !strcmp(h->url, "https://www.e-blagh.ma") && h->for_whom & HELP_POLICE_ONLINE;
		assert_true(h->for_whom & (HELP_CHILD | HELP_ADULT));
		assert_null(h->checked); /* nobody has called them on an operator's behalf */
	}
	assert_true(police && gendarmerie && online);
}

static void data_calls_no_duty_law_that_is_not(void **state)
{
	assert_int_equal(data->sector_n, 24);
	for (size_t i = 0; i < data->sector_n; i++)
		assert_null(data->sector[i].legal_basis);
	assert_int_equal(data->offence_n, 22);
}

/* The tables that no code reads yet are rows like the others. */
static void data_other_tables_are_whole(void **state)
{
	static const struct { const char *file; unsigned rows; const char *must[5]; } tables[] = {
		{ "measures.csv", 20, { "id", "title_fr", "title_ar", "title_en", "indicator_en" } },
		{ "code_criteria.csv", 6, { "criterion", "name_fr", "name_ar", "name_en", "evidence_expected" } },
	};
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		struct arena a;
		struct csv c;
		struct err_note note = { "" };
		arena_init(&a, 0);
		if (csv_open(&a, shipped, tables[t].file, &c, &note))
			fail_msg("%s", note.text);
		assert_int_equal(c.rows, tables[t].rows);
		for (unsigned i = 0; i < c.rows; i++) {
			unsigned column;
			struct civil day;
			for (size_t k = 0; k < 5; k++) {
				assert_int_equal(csv_column(&c, tables[t].must[k], &column, &note), 0);
				assert_true(*csv_cell(&c, i, column));
			}
			assert_int_equal(csv_column(&c, "certainty", &column, &note), 0);
			assert_true(*csv_cell(&c, i, column));
			assert_int_equal(csv_column(&c, "recheck", &column, &note), 0);
			assert_int_equal(civil_parse_date(csv_cell(&c, i, column), &day), 0);
		}
		arena_done(&a);
	}
}

/* --- an operator's own table --- */

static char own[64];

static void with_own(const char *file, const char *text)
{
	char path[128];
	(void)snprintf(own, sizeof own, "/tmp/hisn-desk-data-XXXXXX");
	assert_non_null(mkdtemp(own));
	(void)snprintf(path, sizeof path, "%s/%s", own, file);
	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
}

static int open_own(const char *file, const char *text, struct desk_data **ret, struct err_note *note)
{
	char path[128];
	*note = (struct err_note){ "" };
	with_own(file, text);
	int err = desk_data_open_with(shipped, own, ret, note);
	(void)snprintf(path, sizeof path, "%s/%s", own, file);
	(void)unlink(path);
	(void)rmdir(own);
	return err;
}

#define HELP_HEADER "id,order,country,kind,for_whom,name_fr,name_ar,name_en,phone,url,hours_fr,hours_ar,hours_en,certainty,checked,recheck,note\n"
#define SNIPPET_HEADER "id,title_fr,title_ar,title_en,body_fr,body_ar,body_en,certainty,recheck\n"
#define SECTOR_HEADER "code,parent,name_fr,name_ar,name_en,legal_basis,in_force_from,duty_report,certainty,recheck\n"

static void data_of_the_operator_replaces_a_table(void **state)
{
	struct desk_data *d;
	struct err_note note;
	assert_int_equal(open_own("helplines.csv", HELP_HEADER
		"b,20,MA,line,adult,B,B,B,,https://help.example/,,,,called (2026-11-23),2026-11-23,2027-05-23,\n"
		"a,10,MA,line,child emergency,A,A,A,+212 5 00,,h,h,h,called (2026-11-23),2026-11-23,2027-05-23,\n", &d, &note), 0);
	assert_int_equal(d->helpline_n, 2);
	assert_string_equal(d->helpline[0].name[LANG_FR], "A");
	assert_int_equal(d->helpline[0].for_whom, HELP_CHILD | HELP_EMERGENCY);
	assert_string_equal(d->helpline[1].checked, "2026-11-23");
	assert_null(d->helpline[1].phone);
	assert_int_equal(d->territory_n, 87);
	desk_data_free(d);
}

static void data_of_the_operator_never_replaces_the_words(void **state)
{
	struct desk_data *d;
	struct err_note note;
	assert_int_equal(open_own("words-fr.txt", "un\ndeux\n", &d, &note), 0);
	assert_string_equal(d->word[LANG_FR][7], data->word[LANG_FR][7]);
	desk_data_free(d);
}

static void data_wrong_is_refused_with_its_place(void **state)
{
	static const struct { const char *file, *text, *why; } wrong[] = {
		{ "helplines.csv", HELP_HEADER, "helplines.csv: it has no rows" },
		{ "helplines.csv", HELP_HEADER "a,1,MA,l,child,A,A,A,,,,,,k,,2027-05-23,\n",
			"helplines.csv:2: column 'phone': neither phone nor url is given: ''" },
		{ "helplines.csv", HELP_HEADER "a,1,MA,l,child,A,A,A,call me,,,,,k,,2027-05-23,\n",
			"helplines.csv:2: column 'phone': not a telephone number (+, digits, blanks, hyphens): 'call me'" },
		{ "helplines.csv", HELP_HEADER "a,1,MA,l,child,A,A,A,,http://help.example,,,,k,,2027-05-23,\n",
			"helplines.csv:2: column 'url': not an https address: 'http://help.example'" },
		{ "helplines.csv", HELP_HEADER "a,1,MA,l,child,A,A,A,19,,h,,h,k,,2027-05-23,\n",
			"helplines.csv:2: column 'hours_ar': given in some languages only: ''" },
		{ "helplines.csv", HELP_HEADER "a,1,MA,l,dog,A,A,A,19,,,,,k,,2027-05-23,\n",
			"helplines.csv:2: column 'for_whom': not a list of child, adult, emergency, police_online, hotline, prevention, data, prosecutor: 'dog'" },
		{ "helplines.csv", HELP_HEADER "a,1,MA,l,child,A,A,A,19,,,,,,,2027-05-23,\n",
			"helplines.csv:2: column 'certainty': it is empty: ''" },
		{ "helplines.csv", HELP_HEADER "a,1,MA,l,child,A,A,A,19,,,,,k,soon,2027-05-23,\n",
			"helplines.csv:2: column 'checked': not a date (YYYY-MM-DD): 'soon'" },
		{ "helplines.csv", "id\na\n", "helplines.csv:1: there is no column 'order'" },
		{ "snippets.csv", SNIPPET_HEADER "when,a,a,a,b,,b,k,2027-05-23\n",
			"snippets.csv:2: column 'body_ar': it is empty: ''" },
		{ "snippets.csv", SNIPPET_HEADER "when,a,a,a,b,b,b,k,2027-05-23\nwhen,a,a,a,b,b,b,k,2027-05-23\n",
			"snippets.csv:3: column 'id': the same as in a row before: 'when'" },
		{ "sectors.csv", SECTOR_HEADER "A,,a,a,a,,,maybe,k,2027-05-23\n",
			"sectors.csv:2: column 'duty_report': not Y or N: 'maybe'" },
		{ "sectors.csv", SECTOR_HEADER "A,,a,a,a,law 1,,Y,k,2027-05-23\n",
			"sectors.csv:2: column 'in_force_from': it is empty: ''" },
		{ "sectors.csv", SECTOR_HEADER "A,B,a,a,a,,,Y,k,2027-05-23\n",
			"sectors.csv:2: column 'parent': no row above has this code: 'B'" },
		{ "sectors.csv", SECTOR_HEADER "A,,a,a,a,,,Y,k,2027-05-23\nA,,a,a,a,,,Y,k,2027-05-23\n",
			"sectors.csv:3: column 'code': the same as in a row before: 'A'" },
		{ "territories.csv", "code,level,parent,name_fr,name_ar,name_en,certainty,recheck\nMA-X,province,MA-99,x,x,x,k,2027-05-23\n",
			"territories.csv:2: column 'parent': no such region: 'MA-99'" },
	};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct desk_data *d;
		struct err_note note;
		char want[512];
		assert_int_equal(open_own(wrong[i].file, wrong[i].text, &d, &note), ERR_CONFIG);
		(void)snprintf(want, sizeof want, "%s/%s", own, wrong[i].why);
		assert_string_equal(note.text, want);
	}
}

static void data_folder_that_is_not_there_is_said(void **state)
{
	struct desk_data *d;
	struct err_note note = { "" };
	assert_int_equal(desk_data_open("/nowhere", &d, &note), -2);
	assert_non_null(strstr(note.text, "/nowhere/territories.csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_has_every_territory),
		cmocka_unit_test(data_puts_regions_before_their_own),
		cmocka_unit_test(data_writes_compound_names_with_hyphens),
		cmocka_unit_test(data_keeps_to_the_terms),
		cmocka_unit_test(data_shows_help_for_a_child_first),
		cmocka_unit_test(data_calls_no_duty_law_that_is_not),
		cmocka_unit_test(data_other_tables_are_whole),
		cmocka_unit_test(data_of_the_operator_replaces_a_table),
		cmocka_unit_test(data_of_the_operator_never_replaces_the_words),
		cmocka_unit_test(data_wrong_is_refused_with_its_place),
		cmocka_unit_test(data_folder_that_is_not_there_is_said),
	};
	return cmocka_run_group_tests(tests, open_shipped, close_shipped);
}
