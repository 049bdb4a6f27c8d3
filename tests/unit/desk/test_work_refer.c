/* SPDX-License-Identifier: Apache-2.0 */
/* Before a unit and back: who sees what, and whose keys open it. */
#include "worklab.h"

static int err;
static uint8_t referral[SEAL_ID];

static int64_t unit_wraps(const char *unit)
{
	char sql[100];
	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM wrap WHERE unit = '%s'", unit);
	return lab_number(sql);
}

static void refer(const uint8_t *id, const char *unit)
{
	struct act act = { .action = CA_REFER, .unit = unit, .names_seen = true, .text = "please look at the family" };
	assert_int_equal(lab_act(&amina, id, &act), 0);
	memcpy(referral, act.made, SEAL_ID);
}

static void confirmed(struct lab_report *r)
{
	lab_submit(r, REPORT_SOLICITATION, "platform", "chat.example", "suspect_account", "player1", NULL);
	lab_answer(r, "a first answer");
	lab_confirmed(r->id);
}

static bool sees(const struct actor *who, const uint8_t *id)
{
	struct work_case c;
	struct work_row *row;
	size_t n;
	const char *after;
	const struct work_filter all = { .state = -1, .priority = -1, .kind = -1, .which = WORK_ALL };
	int e = work_case(&lab, &lab_arena, who, id, &c);
	assert_true(e == 0 || e == -ENOENT);
	assert_int_equal(work_list(&lab, &lab_arena, who, &all, &row, &n, &after), 0);
	assert_int_equal(n, !e); /* the list and the case say the same */
	return !e;
}

static void a_unit_sees_what_was_sent_to_it_and_nothing_else(void **state)
{
	struct lab_report r;
	struct work_case c;
	confirmed(&r);
	assert_false(sees(&omar, r.id));
	refer(r.id, "MA-CAS");
	assert_true(sees(&omar, r.id));
	assert_false(sees(&younes, r.id));
	lab_case(&omar, r.id, &c);
	assert_int_equal(c.row.referral, CF_REFERRED);
	assert_int_equal(c.referral_n, 1);
	assert_int_equal(c.message_n, 3); /* report, answer, letter: not the desk's assessment */
	assert_string_equal(lab_open(&omar, r.id, 1, &err), "a first answer");
	assert_string_equal(lab_open(&omar, r.id, c.referral[0].text, &err), "please look at the family");
	assert_null(lab_open(&omar, r.id, 2, &err));
	assert_int_equal(err, -ENOENT);
	assert_null(lab_open(&younes, r.id, 0, &err));
	assert_int_equal(err, -ENOENT);
	assert_int_equal(lab_number("SELECT count(*) FROM outbox WHERE kind = 'referred'"), 2); /* both who work there */
	assert_int_equal(lab_number("SELECT count(*) FROM outbox WHERE length(about) = 8"), 2);
}

/* By the keys alone, whatever the desk's program does. */
static void a_unit_holds_keys_of_the_reporters_words_only(void **state)
{
	struct lab_report r;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE unit = 'MA-CAS'"), 2);
	assert_int_equal(lab_number("SELECT count(*) FROM wrap w JOIN message m ON m.report = w.report AND m.number = w.number"
		" WHERE w.unit = 'MA-CAS' AND m.author IS NOT NULL AND w.number > 0"), 0);
	DONE(amina, r.id, .action = CA_NOTE, .text = "what the desk thinks of the unit");
	assert_int_equal(unit_wraps("MA-CAS"), 2);
}

static void what_the_reporter_adds_reaches_both_sides(void **state)
{
	struct lab_report r;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	lab_answer(&r, "and one more");
	uint32_t last = lab_last(r.id);
	assert_string_equal(lab_open(&omar, r.id, last, &err), "and one more");
	assert_string_equal(lab_open(&amina, r.id, last, &err), "and one more");
}

static void the_unit_accepts_asks_and_is_done(void **state)
{
	struct lab_report r;
	struct work_case c;
	struct returning back;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	DONE(omar, r.id, .action = CA_ACCEPT, .about = referral);
	DONE(omar, r.id, .action = CA_ASK, .text = "Which school?");
	assert_int_equal(desk_return(&lab, &lab_arena, r.words, &back), 0);
	assert_string_equal(back.mail[1].text, "Which school?");
	DONE(omar, r.id, .action = CA_NOTE, .text = "the unit's own note");
	uint32_t note = lab_last(r.id);
	assert_string_equal(lab_open(&zineb, r.id, note, &err), "the unit's own note");
	assert_null(lab_open(&amina, r.id, note, &err)); /* nor does the desk get theirs */
	assert_int_equal(err, -ENOENT);
	DONE(omar, r.id, .action = CA_DONE, .about = referral, .text = "the family has help");
	assert_string_equal(lab_open(&amina, r.id, lab_last(r.id), &err), "the family has help");
	lab_case(&amina, r.id, &c);
	assert_int_equal(c.referral[0].state, CF_DONE);
	assert_true(c.row.work);
	assert_true(sees(&omar, r.id));
	assert_int_equal(lab_number("SELECT count(*) FROM outbox WHERE kind = 'referral'"), 2);
	assert_int_equal(lab_number("SELECT count(*) FROM figure WHERE state IN ('referred', 'accepted', 'done') AND n = 1"), 3);
	assert_int_equal(lab_number("SELECT sum(n) FROM figure_step WHERE step IN ('referred', 'accepted', 'unit_done')"), 3);
}

static void keys_go_when_the_unit_says_no(void **state)
{
	struct lab_report r;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	assert_int_equal(unit_wraps("MA-CAS"), 2);
	DONE(omar, r.id, .action = CA_REJECT, .about = referral, .text = "not our town");
	assert_int_equal(unit_wraps("MA-CAS"), 0);
	assert_false(sees(&omar, r.id));
	assert_string_equal(lab_open(&amina, r.id, lab_last(r.id), &err), "not our town");
	lab_answer(&r, "later");
	assert_int_equal(unit_wraps("MA-CAS"), 0);
	refer(r.id, "MA-CAS"); /* again: and then everything */
	assert_string_equal(lab_open(&omar, r.id, 1, &err), "a first answer");
}

static void keys_go_when_it_is_revoked_and_notes_of_the_unit_stay_closed(void **state)
{
	struct lab_report r;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	DONE(omar, r.id, .action = CA_ACCEPT, .about = referral);
	DONE(omar, r.id, .action = CA_NOTE, .text = "the unit's own note");
	assert_int_equal(lab_why(&amina, r.id, (struct act){ .action = CA_REVOKE, .about = referral, .text = "x" }), CASE_NOT_YOU);
	DONE(salma, r.id, .action = CA_REVOKE, .about = referral, .text = "it went to the wrong town");
	assert_int_equal(unit_wraps("MA-CAS"), 1); /* of its own note, which was never the report's */
	assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE unit = 'MA-CAS' AND number = 0"), 0);
	assert_false(sees(&omar, r.id));
	assert_null(lab_open(&omar, r.id, 0, &err));
	assert_int_equal(ACT(omar, r.id, .action = CA_NOTE, .text = "x"), -ENOENT);
}

static void keys_go_when_it_is_passed_on(void **state)
{
	struct lab_report r;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	DONE(omar, r.id, .action = CA_ACCEPT, .about = referral);
	DONE(omar, r.id, .action = CA_TRANSFER, .about = referral, .text = "they moved to Agadir");
	assert_int_equal(unit_wraps("MA-CAS"), 0);
	refer(r.id, "MA-AGD");
	assert_true(sees(&younes, r.id));
	assert_null(lab_open(&younes, r.id, lab_last(r.id) - 1, &err)); /* what Casablanca wrote to the desk */
	assert_int_equal(err, -ENOENT);
}

static void two_units_at_once_each_have_their_own(void **state)
{
	struct lab_report r;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	refer(r.id, "MA-AGD");
	assert_int_equal(lab_why(&amina, r.id, (struct act){ .action = CA_REFER, .unit = "MA-AGD", .names_seen = true, .text = "x" }),
		CASE_STILL_OPEN);
	DONE(younes, r.id, .action = CA_REJECT, .about = referral, .text = "no");
	assert_true(sees(&omar, r.id));
	assert_int_equal(unit_wraps("MA-CAS"), 2);
	assert_int_equal(unit_wraps("MA-AGD"), 0);
	assert_int_equal(ACT(omar, r.id, .action = CA_ACCEPT, .about = referral), -EINVAL); /* Agadir's */
}

static void an_excluded_unit_is_neither_offered_nor_taken_by_hand(void **state)
{
	struct lab_report r;
	struct work_unit *unit;
	size_t n;
	lab_submit(&r, REPORT_OTHER, "words", "something", "excluded_units", "MA-CAS", NULL);
	lab_confirmed(r.id);
	assert_int_equal(work_units(&lab, &lab_arena, &amina, r.id, "MA-NOU", &unit, &n), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_string_not_equal(unit[i].code, "MA-CAS");
	assert_string_equal(unit[0].code, "MA-NOU");
	assert_int_equal(unit[0].how, UNIT_TERRITORY);
	assert_int_equal(unit[1].how, UNIT_REGION);
	assert_string_equal(unit[2].code, "MA-AGD"); /* somebody works there */
	assert_true(unit[2].has_keys && !unit[3].has_keys);
	static const enum case_action by_hand[] = { CA_REFER, CA_PROPOSE };
	for (size_t i = 0; i < ARRAY_LEN(by_hand); i++)
		assert_int_equal(lab_why(&amina, r.id, (struct act){ .action = by_hand[i], .unit = "MA-CAS", .names_seen = true, .text = "x" }),
			CASE_UNIT_EXCLUDED);
	assert_int_equal(lab_why(&salma, r.id, (struct act){ .action = CA_GRANT, .unit = "MA-CAS", .text = "x", .until = clock_unix() + 999 }),
		CASE_UNIT_EXCLUDED);
	assert_int_equal(unit_wraps("MA-CAS"), 0);
}

static void a_unit_without_people_is_told_as_such(void **state)
{
	struct lab_report r;
	confirmed(&r);
	assert_int_equal(ACT(amina, r.id, .action = CA_REFER, .unit = "MA-NOU", .names_seen = true, .text = "x"), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_REFER, .unit = "XX-XXX", .names_seen = true, .text = "x"), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_REFER, .unit = "national", .names_seen = true, .text = "x"), -EINVAL);
	assert_int_equal(lab_why(&amina, r.id, (struct act){ .action = CA_REFER, .unit = "MA-CAS", .text = "x" }), CASE_NEEDS_NAMES_SEEN);
}

static void a_child_identified_needs_two_people(void **state)
{
	struct lab_report r;
	struct work_case c;
	confirmed(&r);
	assert_int_equal(lab_why(&salma, r.id, (struct act){ .action = CA_REFER, .unit = "MA-CAS", .names_seen = true,
		.identifies_child = true, .text = "x" }), CASE_NEEDS_SIGN_OFF);
	struct act propose = { .action = CA_PROPOSE, .unit = "MA-CAS", .names_seen = true, .identifies_child = true, .text = "please" };
	assert_int_equal(lab_act(&salma, r.id, &propose), 0);
	assert_int_equal(unit_wraps("MA-CAS"), 0);
	assert_false(sees(&omar, r.id));
	assert_int_equal(lab_why(&salma, r.id, (struct act){ .action = CA_SIGN, .about = propose.made, .names_seen = true }), CASE_SAME_PERSON);
	assert_int_equal(lab_why(&amina, r.id, (struct act){ .action = CA_SIGN, .about = propose.made, .names_seen = true }), CASE_NOT_YOU);
	DONE(tarik, r.id, .action = CA_SIGN, .about = propose.made, .names_seen = true);
	assert_int_equal(unit_wraps("MA-CAS"), 2);
	lab_case(&omar, r.id, &c);
	assert_string_equal(lab_open(&omar, r.id, c.referral[0].text, &err), "please");
	assert_int_equal(lab_number("SELECT signed_by FROM referral"), TARIK);
}

static void what_was_declined_the_unit_never_learns(void **state)
{
	struct lab_report r;
	struct work_case c;
	confirmed(&r);
	struct act propose = { .action = CA_PROPOSE, .unit = "MA-CAS", .names_seen = true, .text = "the uncle is a colleague of theirs" };
	assert_int_equal(lab_act(&amina, r.id, &propose), 0);
	DONE(salma, r.id, .action = CA_DECLINE, .about = propose.made, .text = "not to them");
	assert_false(sees(&omar, r.id));
	refer(r.id, "MA-CAS");
	lab_case(&omar, r.id, &c);
	assert_int_equal(c.referral_n, 1);
	assert_int_equal(c.message_n, 3);
	for (size_t i = 0; i < c.message_n; i++)
		assert_string_not_equal(lab_open(&omar, r.id, c.message[i].seq, &err), "the uncle is a colleague of theirs");
}

static void the_class_moves_while_a_unit_has_it(void **state)
{
	struct lab_report r;
	confirmed(&r);
	refer(r.id, "MA-CAS");
	DONE(amina, r.id, .action = CA_HOLD, .text = "the police ask");
	assert_int_equal(lab_number("SELECT class FROM report"), KEYS_HOLD);
	assert_int_equal(unit_wraps("MA-CAS"), 2);
	assert_string_equal(lab_open(&omar, r.id, 1, &err), "a first answer");
	assert_string_equal(lab_open(&amina, r.id, 1, &err), "a first answer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(a_unit_sees_what_was_sent_to_it_and_nothing_else),
		IN_LAB(a_unit_holds_keys_of_the_reporters_words_only),
		IN_LAB(what_the_reporter_adds_reaches_both_sides),
		IN_LAB(the_unit_accepts_asks_and_is_done),
		IN_LAB(keys_go_when_the_unit_says_no),
		IN_LAB(keys_go_when_it_is_revoked_and_notes_of_the_unit_stay_closed),
		IN_LAB(keys_go_when_it_is_passed_on),
		IN_LAB(two_units_at_once_each_have_their_own),
		IN_LAB(an_excluded_unit_is_neither_offered_nor_taken_by_hand),
		IN_LAB(a_unit_without_people_is_told_as_such),
		IN_LAB(a_child_identified_needs_two_people),
		IN_LAB(what_was_declined_the_unit_never_learns),
		IN_LAB(the_class_moves_while_a_unit_has_it),
	};
	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
