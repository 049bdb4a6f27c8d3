/* SPDX-License-Identifier: Apache-2.0 */
/* One case on the desk: seen, opened, acted on. */
#include "worklab.h"

static int err;

static void take_gives_it_to_whoever_takes_it(void **state)
{
	struct lab_report r;
	struct work_case c;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	lab_case(&amina, r.id, &c);
	assert_int_equal(c.row.state, CR_RECEIVED);
	assert_int_equal(c.message_n, 1);
	assert_true(c.may & UINT64_C(1) << CA_TAKE);
	DONE(amina, r.id, .action = CA_TAKE);
	lab_case(&brahim, r.id, &c);
	assert_int_equal(c.row.state, CR_TRIAGE);
	assert_int_equal(c.row.assigned, AMINA);
	assert_int_equal(c.row.version, 1);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'case.take' AND member = 1"), 1);
	assert_int_equal(lab_number("SELECT n FROM figure WHERE state = 'triage'"), 1);
	assert_int_equal(lab_number("SELECT status FROM report"), COARSE_REVIEW);
}

static void what_changed_meanwhile_is_told(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	struct act first = { .action = CA_TAKE }, second = { .action = CA_TAKE };
	assert_int_equal(work_act(&lab, &amina, r.id, &first), 0);
	assert_int_equal(work_act(&lab, &brahim, r.id, &second), -EAGAIN);
	assert_int_equal(lab_number("SELECT assigned FROM report"), AMINA);
	assert_int_equal(lab_number("SELECT n FROM figure WHERE state = 'triage'"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action LIKE 'case.t%'"), 1);
}

static void what_the_rules_refuse_is_audited_and_changes_nothing(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	assert_int_equal(lab_why(&amina, r.id, (struct act){ .action = CA_CLOSE }), CASE_NOT_NOW);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'refused' AND object = 'close'"), 1);
	assert_int_equal(lab_number("SELECT version FROM report"), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM message"), 1);
}

static void confirming_moves_every_key_and_the_index(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", "excluded_units", "MA-AGD", NULL);
	lab_answer(&r, "one more thing");
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(amina, r.id, .action = CA_NOTE, .text = "a note of the desk");
	DONE(amina, r.id, .action = CA_ASSESS);
	assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE epoch = 7"), 3);
	assert_int_equal(lab_number("SELECT count(*) FROM blind WHERE epoch = 7"), 3);
	DONE(amina, r.id, .action = CA_CONFIRM, .classification = CASE_BASELINE, .offence = "CSAM", .text = "why");
	assert_int_equal(lab_number("SELECT class FROM report"), KEYS_CONFIRMED);
	assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE epoch = 7"), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM wrap"), 4);
	assert_int_equal(lab_number("SELECT count(DISTINCT epoch) FROM wrap"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM blind WHERE epoch = 7"), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM blind"), 3);
	fake_keys_erase(&lab_keys, 7); /* the triage epoch is not needed any more */
	for (uint32_t seq = 0; seq < 4; seq++)
		assert_non_null(lab_open(&brahim, r.id, seq, &err));
	assert_string_equal(lab_open(&brahim, r.id, 1, &err), "one more thing");
	assert_string_equal(lab_open(&brahim, r.id, 2, &err), "a note of the desk");
}

static void an_assessment_says_what_it_was(void **state)
{
	struct lab_report r;
	struct work_assessment as;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	lab_confirmed(r.id);
	const char *text = lab_open(&amina, r.id, lab_last(r.id), &err);
	assert_int_equal(work_assessment_read(&lab_arena, bytes_str(text), &as), 0);
	assert_int_equal(as.classification, CASE_NATIONAL);
	assert_string_equal(as.offence, "CSAM");
	assert_string_equal(as.text, "seen on the page");
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'case.confirm'"
		" AND detail = 'classification=national offence=CSAM'"), 1);
}

static void what_is_not_known_is_an_error(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(amina, r.id, .action = CA_ASSESS);
	assert_int_equal(lab_why(&amina, r.id, (struct act){ .action = CA_CONFIRM }), CASE_NEEDS_CLASSIFICATION);
	assert_int_equal(ACT(amina, r.id, .action = CA_CONFIRM, .classification = CASE_BASELINE, .offence = "NOT_ONE"), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_CONFIRM, .classification = 9), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_COUNT), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_ASSIGN, .member = 99), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_BLOCK_PROPOSE), -EINVAL);
}

static void a_question_reaches_the_reporter_and_the_answer_the_desk(void **state)
{
	struct lab_report r;
	struct returning back;
	struct work_case c;
	lab_submit(&r, REPORT_OTHER, "words", "something", NULL);
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(amina, r.id, .action = CA_ASK, .text = "Which town?");
	lab_case(&amina, r.id, &c);
	assert_int_equal(c.row.state, CR_NEED_INFO);
	assert_int_equal(desk_return(&lab, &lab_arena, r.words, &back), 0);
	assert_int_equal(back.status, COARSE_QUESTION);
	assert_string_equal(back.mail[0].text, "Which town?");
	lab_answer(&r, "Tangier");
	lab_case(&amina, r.id, &c);
	assert_int_equal(c.row.state, CR_TRIAGE);
	assert_true(c.row.work);
	assert_int_equal(c.message_n, 3);
	assert_string_equal(lab_open(&amina, r.id, 2, &err), "Tangier");
}

static void nobody_is_asked_who_has_no_receipt(void **state)
{
	struct lab_report r;
	uint8_t id[SEAL_ID];
	lab_submit(&r, REPORT_OTHER, "words", "something", NULL);
	const struct submission s = { .report = &r.report };
	assert_int_equal(desk_submit(&lab, &s, id), 0);
	DONE(amina, id, .action = CA_TAKE);
	assert_int_equal(lab_why(&amina, id, (struct act){ .action = CA_ASK, .text = "?" }), CASE_NOT_NOW);
}

static void spam_is_wrapped_to_keys_that_end_soon(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_OTHER, "words", "buy now", NULL);
	lab_run("UPDATE report SET priority = 3");
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(amina, r.id, .action = CA_SPAM);
	assert_int_equal(lab_number("SELECT class FROM report"), KEYS_SPAM);
	assert_int_equal(lab_number("SELECT work FROM report"), 0);
	int64_t keep = lab_number("SELECT keep_until FROM report") - seal_round_time(clock_unix());
	assert_in_range(keep, 7 * 86400, 7 * 86400 + 3600);
	assert_int_equal(lab_number("SELECT keep_until % 3600 FROM report"), 0);
	DONE(salma, r.id, .action = CA_REOPEN, .text = "it is not");
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE keep_until IS NULL AND class = 0"), 1);
}

static void opening_is_on_record_before_it_is_read(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_OTHER, "words", "something", NULL);
	lab_run("UPDATE report SET received = 7205");
	lab_run("ALTER TABLE audit RENAME TO away");
	struct reading_message m = { .plain = { NULL, 0 } };
	assert_true(work_open(&lab, &lab_arena, &amina, r.id, 0, &m) < 0);
	assert_null(m.plain.p);
	struct work_case c;
	assert_true(work_case(&lab, &lab_arena, &amina, r.id, &c) < 0);
	lab_run("ALTER TABLE away RENAME TO audit");
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE opened IS NULL AND received = 7205"), 1);
	assert_non_null(lab_open(&amina, r.id, 0, &err));
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'message.open' AND object = 'message 0'"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE opened > 0 AND received = 7200"), 1);
}

static void the_desk_says_wait_when_the_key_process_does(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_OTHER, "words", "something", NULL);
	DONE(amina, r.id, .action = CA_TAKE);
	lab_keys.fail = -EAGAIN;
	assert_int_equal(ACT(amina, r.id, .action = CA_NOTE, .text = "x"), -EBUSY);
	lab_keys.fail = 0;
	assert_int_equal(lab_number("SELECT count(*) FROM message"), 1);
}

/* Whatever of the key process fails, and whenever: all or nothing. */
static void keys_that_fail_leave_nothing(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	lab_answer(&r, "more");
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(amina, r.id, .action = CA_ASSESS);
	struct act act = { .action = CA_CONFIRM, .classification = CASE_BASELINE, .text = "why", .version = 3 };
	act.version = (uint64_t)lab_number("SELECT version FROM report");
	size_t after = 0;
	for (int e = -1; e; after++) {
		lab_keys.calls = 0;
		lab_keys.fail = -ECONNREFUSED;
		lab_keys.fail_after = after;
		e = work_act(&lab, &amina, r.id, &act);
		lab_keys.fail = 0;
		if (!e)
			break;
		assert_int_equal(e, -ECONNREFUSED);
		assert_int_equal(lab_number("SELECT count(*) FROM message"), 2);
		assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE epoch = 7"), 2);
		assert_int_equal(lab_number("SELECT count(*) FROM blind WHERE epoch = 7"), 2);
		assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'case.confirm'"), 0);
	}
	assert_true(after >= 6);
	assert_int_equal(lab_number("SELECT class FROM report"), KEYS_CONFIRMED);
}

static void a_store_that_fails_leaves_nothing(void **state)
{
	struct lab_report r;
	char sql[80];
	static const char *const missing[] = { "audit", "figure", "blind", "wrap", "message" };
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(amina, r.id, .action = CA_ASSESS);
	uint64_t version = (uint64_t)lab_number("SELECT version FROM report");
	for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
		struct act act = { .action = CA_CONFIRM, .classification = CASE_BASELINE, .text = "why", .version = version };
		(void)snprintf(sql, sizeof sql, "ALTER TABLE %s RENAME TO away", missing[i]);
		lab_run(sql);
		assert_true(work_act(&lab, &amina, r.id, &act) < 0);
		(void)snprintf(sql, sizeof sql, "ALTER TABLE away RENAME TO %s", missing[i]);
		lab_run(sql);
		assert_int_equal(lab_number("SELECT class FROM report"), KEYS_TRIAGE);
		assert_int_equal(lab_number("SELECT version FROM report"), (int64_t)version);
		assert_int_equal(lab_number("SELECT count(*) FROM message"), 1);
		assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE epoch = 7"), 1);
		assert_int_equal(lab_number("SELECT count(*) FROM blind WHERE epoch = 7"), 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(take_gives_it_to_whoever_takes_it),
		IN_LAB(what_changed_meanwhile_is_told),
		IN_LAB(what_the_rules_refuse_is_audited_and_changes_nothing),
		IN_LAB(confirming_moves_every_key_and_the_index),
		IN_LAB(an_assessment_says_what_it_was),
		IN_LAB(what_is_not_known_is_an_error),
		IN_LAB(a_question_reaches_the_reporter_and_the_answer_the_desk),
		IN_LAB(nobody_is_asked_who_has_no_receipt),
		IN_LAB(spam_is_wrapped_to_keys_that_end_soon),
		IN_LAB(opening_is_on_record_before_it_is_read),
		IN_LAB(the_desk_says_wait_when_the_key_process_does),
		IN_LAB(keys_that_fail_leave_nothing),
		IN_LAB(a_store_that_fails_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
