/* SPDX-License-Identifier: Apache-2.0 */
/* The register of data subjects' requests. */
#include "desk/requests/requests.h"
#include "worklab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ASKED "Planted: a mother asks what is held about her son"
#define REASON "Planted: told by telephone that nothing can be looked up"

static const struct civil first = { .year = 2026, .month = 11, .day = 2 };

static void put(enum request_kind kind, struct civil day, uint8_t id[SEAL_ID])
{
	assert_int_equal(request_put(&lab, &amina, kind, day, ASKED, id), 0);
}

/* Neither the first day nor the last counts. */
static void request_is_due_after_ten_clear_days(void **state)
{
	static const struct {
		struct civil came, last;
	} of[] = {
		{ { .year = 2026, .month = 11, .day = 1 }, { .year = 2026, .month = 11, .day = 12 } },
		{ { .year = 2026, .month = 2, .day = 20 }, { .year = 2026, .month = 3, .day = 3 } },
		{ { .year = 2028, .month = 2, .day = 20 }, { .year = 2028, .month = 3, .day = 2 } },
		{ { .year = 2026, .month = 12, .day = 25 }, { .year = 2027, .month = 1, .day = 5 } },
	};
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct civil last = of[i].last;
		int64_t due = request_due(NULL, of[i].came), day = civil_days(last.year, last.month, last.day) * 86400;
		assert_int_equal(due, day + 86400); /* the whole of it is in time */
	}
}

static void request_is_due_at_the_end_of_a_day_here(void **state)
{
	struct tz *zone;
	struct err_note note = { "" };
	assert_int_equal(tz_open(NULL, "Africa/Casablanca", &zone, &note), 0);
	int64_t due = request_due(zone, first);
	struct civil here = civil_from_seconds(due + tz_offset(zone, due));
	assert_true(here.day == 14 && here.hour == 0 && here.minute == 0);
	tz_free(zone);
}

static void request_is_sealed_and_comes_back(void **state)
{
	uint8_t id[SEAL_ID];
	struct request_text got;
	put(REQUEST_ACCESS, first, id);
	assert_int_equal(request_open(&lab, &lab_arena, &salma, id, &got), 0);
	assert_string_equal((const char *)got.asked.plain.p, ASKED);
	assert_int_equal(got.reason.plain.n, 0);
	const uint8_t *p = got.asked.plain.p;
	reading_done(&got.asked);
	assert_int_equal(*p, 0);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'request.new' AND detail = 'access' AND member = 1"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'request.open' AND member = 3"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM sealed WHERE kind = 'request' AND unit = 'national' AND at % 3600 = 0"), 1);
	/* Nothing of the words outside of the seal. */
	struct store_tx *t;
	struct store_rows *rows;
	assert_int_equal(store_begin(lab.store, STORE_READ, &t), 0);
	assert_int_equal(store_query(t, "SELECT blob FROM sealed", NULL, 0, &rows), 0);
	assert_int_equal(store_next(rows), 1);
	assert_null(memmem(store_blob(rows, 0).p, store_blob(rows, 0).n, "Planted", 7));
	store_end(rows);
	store_rollback(t);
}

static void request_opens_to_nobody_else(void **state)
{
	uint8_t id[SEAL_ID], other[SEAL_ID] = { 1 };
	struct request_text got;
	put(REQUEST_ACCESS, first, id);
	assert_int_equal(request_open(&lab, &lab_arena, &omar, id, &got), -EACCES);
	assert_null(got.asked.plain.p);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'refused' AND member = 11 AND detail = 'request.open: not with their keys'"), 1);
	assert_int_equal(request_open(&lab, &lab_arena, &amina, other, &got), -ENOENT);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'request.open'"), 0);
	fake_keys_erase(&lab_keys, (uint64_t)lab_number("SELECT epoch FROM sealed"));
	assert_int_equal(request_open(&lab, &lab_arena, &amina, id, &got), -ENOENT);
	assert_null(got.asked.plain.p);
}

static void request_ends_once_with_words(void **state)
{
	uint8_t id[SEAL_ID], other[SEAL_ID] = { 1 };
	struct request_text got;
	struct request_row row;
	put(REQUEST_OBJECTION, first, id);
	assert_int_equal(request_end(&lab, &salma, id, REQUEST_REFUSED, ""), ERR_MALFORMED);
	assert_int_equal(request_end(&lab, &salma, id, REQUEST_REFUSED, NULL), ERR_MALFORMED);
	assert_int_equal(request_end(&lab, &salma, id, REQUEST_OPEN, REASON), -EINVAL);
	assert_int_equal(request_end(&lab, &salma, other, REQUEST_REFUSED, REASON), -EAGAIN);
	assert_int_equal(request_end(&lab, &salma, id, REQUEST_REFUSED, REASON), 0);
	assert_int_equal(request_end(&lab, &amina, id, REQUEST_ANSWERED, REASON), -EAGAIN);
	assert_int_equal(request_get(&lab, id, 0, &row), 0);
	assert_int_equal(row.state, REQUEST_REFUSED);
	assert_true(row.ended && row.ended % 3600 == 0);
	assert_int_equal(lab_number("SELECT count(*) FROM sealed"), 2); /* what was refused left nothing */
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'request.refused'"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'request.answered'"), 0);
	assert_int_equal(request_open(&lab, &lab_arena, &amina, id, &got), 0);
	assert_string_equal((const char *)got.reason.plain.p, REASON);
}

static void request_texts_are_bounded(void **state)
{
	uint8_t id[SEAL_ID];
	char *text = arena_alloc(&lab_arena, REQUEST_TEXT_MAX + 2);
	memset(text, 'x', REQUEST_TEXT_MAX + 1);
	assert_int_equal(request_put(&lab, &amina, REQUEST_ACCESS, first, text, id), ERR_LIMIT);
	assert_int_equal(request_put(&lab, &amina, REQUEST_ACCESS, first, "", id), ERR_MALFORMED);
	text[REQUEST_TEXT_MAX] = 0;
	assert_int_equal(request_put(&lab, &amina, REQUEST_ACCESS, first, text, id), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM request"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM sealed"), 1);
}

static void requests_are_listed_by_what_is_due(void **state)
{
	uint8_t late[SEAL_ID], later[SEAL_ID], done[SEAL_ID];
	struct request_row *row;
	size_t n;
	const struct civil day = { .year = 2026, .month = 11, .day = 20 };
	int64_t now = request_due(lab.zone, first);
	put(REQUEST_RECTIFICATION, day, later);
	put(REQUEST_ACCESS, first, late);
	put(REQUEST_ACCESS, first, done);
	assert_int_equal(request_end(&lab, &amina, done, REQUEST_ANSWERED, REASON), 0);
	assert_int_equal(request_list(&lab, &lab_arena, false, now, &row, &n), 0);
	assert_int_equal(n, 2);
	assert_memory_equal(row[0].id, late, SEAL_ID);
	assert_true(row[0].late && !row[1].late);
	assert_int_equal(row[1].kind, REQUEST_RECTIFICATION);
	assert_int_equal(request_list(&lab, &lab_arena, false, now - 1, &row, &n), 0);
	assert_false(row[0].late);
	assert_int_equal(request_list(&lab, &lab_arena, true, now, &row, &n), 0);
	assert_int_equal(n, 1);
	assert_memory_equal(row[0].id, done, SEAL_ID);
	assert_false(row[0].late); /* what has ended is not late */
	assert_int_equal(request_get(&lab, (const uint8_t[SEAL_ID]){ 9 }, now, row), -ENOENT);
}

static void request_names_are_read_back(void **state)
{
	enum request_kind k;
	for (int i = 0; i < REQUEST_KIND_COUNT; i++) {
		assert_true(request_kind_parse(request_kind_name((enum request_kind)i), &k));
		assert_int_equal(k, i);
		assert_non_null(request_kind_label((enum request_kind)i));
	}
	for (int i = 0; i < REQUEST_STATE_COUNT; i++)
		assert_true(request_state_name((enum request_state)i) && request_state_label((enum request_state)i));
	assert_false(request_kind_parse("", &k) || request_kind_parse(NULL, &k) || request_kind_parse("Access", &k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_due_after_ten_clear_days),
		cmocka_unit_test(request_is_due_at_the_end_of_a_day_here),
		IN_LAB(request_is_sealed_and_comes_back),
		IN_LAB(request_opens_to_nobody_else),
		IN_LAB(request_ends_once_with_words),
		IN_LAB(request_texts_are_bounded),
		IN_LAB(requests_are_listed_by_what_is_due),
		cmocka_unit_test(request_names_are_read_back),
	};
	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
