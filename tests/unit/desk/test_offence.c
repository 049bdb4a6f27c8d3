/* SPDX-License-Identifier: Apache-2.0 */
/* What a report can be filed under, with the table that ships. */
#include "desk/case/offence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>

static struct desk_data *data;
static struct arena arena;

static int begin(void **state)
{
	char path[1024];
	struct err_note note = { "" };
	(void)snprintf(path, sizeof path, "%s/desk", getenv("HISN_DATA"));
	arena_init(&arena, 0);
	return desk_data_open(path, &data, &note);
}

static int end(void **state)
{
	desk_data_free(data);
	arena_done(&arena);
	return 0;
}

static const struct desk_offence *row(const char *code)
{
	const struct desk_offence *o = case_offence(data, code);
	assert_non_null(o);
	return o;
}

static void case_offence_knows_its_codes_only(void **state)
{
	for (size_t i = 0; i < data->offence_n; i++)
		assert_ptr_equal(case_offence(data, data->offence[i].code), &data->offence[i]);
	assert_null(case_offence(data, NULL));
	assert_null(case_offence(data, ""));
	assert_null(case_offence(data, "csam"));
	assert_null(case_offence(data, "NOTHING"));
}

static bool offered(enum report_kind kind, const char *code)
{
	const struct desk_offence **list;
	size_t n;
	assert_int_equal(case_offences(&arena, data, kind, &list, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i]->code, code))
			return true;
	return false;
}

static void case_offences_are_offered_by_kind(void **state)
{
	assert_true(offered(REPORT_ADDRESS, "CSAM_DIST"));
	assert_true(offered(REPORT_SOLICITATION, "GROOMING"));
	assert_true(offered(REPORT_TRAVEL, "SECTT"));
	assert_true(offered(REPORT_TRAVEL, "SEX_ABUSE"));
	assert_true(offered(REPORT_ADDRESS, "SEX_ABUSE"));
	assert_false(offered(REPORT_ADDRESS, "SECTT"));
	assert_false(offered(REPORT_TRAVEL, "CSAM_DIST"));
	for (size_t i = 0; i < data->offence_n; i++)
		assert_true(offered(REPORT_OTHER, data->offence[i].code));
	assert_false(case_offence_fits(row("CSAM"), REPORT_KIND_COUNT));
	assert_false(case_offence_fits(row("CSAM"), (enum report_kind)-1));
}

static void case_offences_come_before_what_is_none(void **state)
{
	for (int k = 0; k < REPORT_KIND_COUNT; k++) {
		const struct desk_offence **list;
		size_t n;
		bool others = false;
		assert_int_equal(case_offences(&arena, data, (enum report_kind)k, &list, &n), 0);
		assert_true(n);
		for (size_t i = 0; i < n; i++) {
			bool is = !strncmp(list[i]->status, "crime", 5);
			assert_false(is && others);
			others |= !is;
			assert_true(list[i]->basis && *list[i]->basis);
			assert_non_null(case_offence_status_label(list[i]));
		}
	}
}

static void case_offence_that_is_none_never_blocks(void **state)
{
	static const char *const never[] = { "HARMFUL_EXPO", "OVERBLOCK", "PRIVACY", "CYBERBULLY", "GROOMING", "SEX_ABUSE", "SECTT" };
	static const char *const may[] = { "CSAM", "CSAM_DIST", "CSAM_SYNTH", "LIVE_PERF", "AD_OFFER" };
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		assert_false(case_offence_blocks(row(never[i])));
	for (size_t i = 0; i < ARRAY_LEN(may); i++)
		assert_true(case_offence_blocks(row(may[i])));
	/* Of any row, by what it says and not by its name. */
	for (size_t i = 0; i < data->offence_n; i++)
		if (strcmp(data->offence[i].status, "crime") != 0 || !data->offence[i].address)
			assert_false(case_offence_blocks(&data->offence[i]));
}

static void case_offence_agrees_with_a_classification(void **state)
{
	assert_true(case_offence_agrees(row("CSAM"), CASE_BASELINE));
	assert_true(case_offence_agrees(row("GROOMING"), CASE_NATIONAL));
	assert_false(case_offence_agrees(row("GROOMING"), CASE_BASELINE));
	assert_false(case_offence_agrees(row("HARMFUL_EXPO"), CASE_NATIONAL));
	assert_false(case_offence_agrees(row("HARMFUL_EXPO"), CASE_BASELINE));
	assert_true(case_offence_agrees(row("HARMFUL_EXPO"), CASE_NOT_ILLEGAL));
	assert_true(case_offence_agrees(row("CSAM"), CASE_DOUBTFUL));
	for (size_t i = 0; i < data->offence_n; i++) {
		assert_false(case_offence_agrees(&data->offence[i], 0));
		assert_false(case_offence_agrees(&data->offence[i], (enum case_classification)9));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_offence_knows_its_codes_only),
		cmocka_unit_test(case_offences_are_offered_by_kind),
		cmocka_unit_test(case_offences_come_before_what_is_none),
		cmocka_unit_test(case_offence_that_is_none_never_blocks),
		cmocka_unit_test(case_offence_agrees_with_a_classification),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
