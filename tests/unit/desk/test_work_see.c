/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, counts, search, likeness; who does not find what; what ends by time. */
#include "worklab.h"

static int err;
static const struct work_filter every = { .state = -1, .priority = -1, .kind = -1, .which = WORK_ALL };
/* One thing asked for, the others any. */
#define WITH(field, value) ({ struct work_filter f_ = every; f_.field = (value); f_; })

static size_t listed(const struct actor *who, struct work_filter f, struct work_row **ret)
{
	size_t n;
	const char *after;
	struct work_row *row;
	assert_int_equal(work_list(&lab, &lab_arena, who, &f, &row, &n, &after), 0);
	if (ret)
		*ret = row;
	return n;
}

static size_t found(const struct actor *who, const char *typed)
{
	size_t n;
	struct work_row *row;
	assert_int_equal(work_search(&lab, &lab_arena, who, typed, &row, &n), 0);
	return n;
}

static const char *number_of(const uint8_t *id, int digits)
{
	static char s[33];
	for (int i = 0; i < SEAL_ID; i++)
		(void)snprintf(s + 2 * i, 3, "%02x", id[i]);
	s[digits] = 0;
	return s;
}

static void many(int n)
{
	struct lab_report r;
	lab_submit(&r, REPORT_OTHER, "words", "one of many", NULL);
	for (int i = 1; i < n; i++) {
		char sql[400];
		(void)snprintf(sql, sizeof sql, "INSERT INTO report (id, state, unit, priority, kind, region, class, due, received, status, restricted)"
			" VALUES (%s, 'received', 'national', %d, 'other', %s, 0, %d, 1000, 0, 0)",
			testdb_is_postgres() ? "decode(md5(CAST(random() AS text)), 'hex')" : "randomblob(16)", i % 4, i % 3 ? "'MA-06'" : "NULL",
			3600 * (i / 8));
		lab_run(sql);
	}
}

static void the_queue_is_walked_once_and_whole(void **state)
{
	const char *after = NULL;
	size_t n, seen = 0;
	struct work_row *row, last = { .priority = 0 };
	many(130);
	do {
		struct work_filter f = every;
		f.after = after;
		assert_int_equal(work_list(&lab, &lab_arena, &amina, &f, &row, &n, &after), 0);
		assert_true(n == WORK_PAGE || !after);
		for (size_t i = 0; i < n; i++) {
			assert_true(!seen || row[i].priority > last.priority || (row[i].priority == last.priority && (row[i].due > last.due ||
				(row[i].due == last.due && memcmp(row[i].id, last.id, SEAL_ID) > 0))));
			last = row[i];
			seen++;
		}
	} while (after);
	assert_int_equal(seen, 130);
	static const char *const bad[] = { "", "1", "1.2", "1.2.", "1.2.00", "x.2.00112233445566778899aabbccddeeff", "1.2.00112233445566778899aabbccddeeffx",
		"1.2.00112233445566778899aabbccddee'f", "99999999999999999999.1.00112233445566778899aabbccddeeff" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct work_filter f = every;
		f.after = bad[i];
		assert_int_equal(work_list(&lab, &lab_arena, &amina, &f, &row, &n, &after), ERR_MALFORMED);
	}
}

static void filters_filter(void **state)
{
	struct lab_report r, s;
	struct work_counts c;
	struct work_row *row;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/", "territory", "MA-CAS", NULL);
	lab_submit(&s, REPORT_SOLICITATION, "platform", "chat.example", "contact_ongoing", "yes", NULL);
	DONE(amina, r.id, .action = CA_TAKE);
	assert_int_equal(listed(&amina, every, NULL), 2);
	assert_int_equal(listed(&amina, WITH(kind, REPORT_ADDRESS), NULL), 1);
	assert_int_equal(listed(&amina, WITH(state, CR_TRIAGE), NULL), 1);
	assert_int_equal(listed(&amina, WITH(priority, PRIORITY_P1), NULL), 1);
	assert_int_equal(listed(&amina, WITH(region, "MA-06"), NULL), 1);
	assert_int_equal(listed(&amina, WITH(region, ""), NULL), 1);
	assert_int_equal(listed(&amina, WITH(region, "MA-09"), NULL), 0);
	assert_int_equal(listed(&amina, WITH(which, WORK_MINE), &row), 1);
	assert_memory_equal(row[0].id, r.id, SEAL_ID);
	assert_int_equal(listed(&brahim, WITH(which, WORK_MINE), NULL), 0);
	assert_int_equal(listed(&amina, WITH(which, WORK_UNASSIGNED), &row), 1);
	assert_memory_equal(row[0].id, s.id, SEAL_ID);
	assert_int_equal(listed(&amina, WITH(which, WORK_LATE), NULL), 0);
	lab_run("UPDATE report SET due = 7200, since = 3600 WHERE kind = 'solicitation'");
	assert_int_equal(listed(&amina, WITH(which, WORK_LATE), &row), 1);
	assert_int_equal(row[0].late, 3);
	assert_int_equal(work_count(&lab, &amina, &c), 0);
	assert_int_equal(c.open, 2);
	assert_int_equal(c.unopened, 2);
	assert_int_equal(c.mine, 1);
	assert_int_equal(c.late[0], 1);
	assert_int_equal(c.late[3], 1);
	assert_int_equal(c.nobody, 0);
}

static void neither_auditor_nor_administrator_sees_any(void **state)
{
	struct lab_report r;
	struct work_case c;
	lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
	const struct actor *const none[] = { &auditor, &admin };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(listed(none[i], every, NULL), 0);
		assert_int_equal(found(none[i], number_of(r.id, 32)), 0);
		assert_int_equal(work_case(&lab, &lab_arena, none[i], r.id, &c), -ENOENT);
		assert_null(lab_open(none[i], r.id, 0, &err));
		assert_int_equal(err, -ENOENT);
		assert_int_equal(ACT(*none[i], r.id, .action = CA_TAKE), -ENOENT);
	}
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'refused' AND member IN (31, 32)"), 8);
}

static void a_restricted_report_is_the_supervisors_until_access_is_granted(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_OTHER, "words", "x", "desk_person", "yes", NULL);
	assert_int_equal(listed(&amina, every, NULL), 0);
	assert_int_equal(listed(&salma, every, NULL), 1);
	assert_int_equal(ACT(salma, r.id, .action = CA_ASSIGN, .member = AMINA), -EINVAL);
	DONE(salma, r.id, .action = CA_GRANT, .unit = "national", .member = AMINA, .until = clock_unix() + 7200, .text = "she knows the platform");
	assert_int_equal(listed(&amina, every, NULL), 1);
	assert_int_equal(listed(&brahim, every, NULL), 0);
	assert_non_null(lab_open(&amina, r.id, 0, &err));
	DONE(salma, r.id, .action = CA_UNGRANT, .unit = "national", .member = AMINA);
	assert_int_equal(listed(&amina, every, NULL), 0);
}

static void whom_the_reporter_named_finds_nothing(void **state)
{
	struct lab_report r;
	struct work_case c;
	struct work_counts counts;
	struct work_like *like;
	size_t n;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/", "excluded_persons", "Mme BENNANI\nM. Chraïbi de la cellule", NULL);
	assert_int_equal(lab_number("SELECT count(*) FROM excluded WHERE why = 'reporter'"), 2);
	assert_int_equal(listed(&salma, every, NULL), 0);
	assert_int_equal(found(&salma, number_of(r.id, 8)), 0);
	assert_int_equal(found(&salma, "page.example"), 0);
	assert_int_equal(work_case(&lab, &lab_arena, &salma, r.id, &c), -ENOENT);
	assert_null(lab_open(&salma, r.id, 0, &err));
	assert_int_equal(err, -ENOENT);
	assert_int_equal(work_like(&lab, &lab_arena, &salma, r.id, 10, &like, &n), -ENOENT);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'refused' AND object = 'case.like'"), 1);
	assert_int_equal(ACT(salma, r.id, .action = CA_NOTE, .text = "x"), -ENOENT);
	assert_int_equal(work_count(&lab, &salma, &counts), 0);
	assert_int_equal(counts.open, 0);
	assert_int_equal(listed(&tarik, every, NULL), 1);
	assert_int_equal(found(&amina, "page.example"), 1);
	/* Named at a unit: not even when the unit has it. */
	lab_confirmed(r.id);
	DONE(amina, r.id, .action = CA_REFER, .unit = "MA-CAS", .names_seen = true, .text = "x");
	assert_int_equal(listed(&zineb, every, NULL), 1);
	assert_int_equal(listed(&omar, every, NULL), 0);
	assert_null(lab_open(&omar, r.id, 0, &err));
	/* Nor does mail tell them that there is one. */
	assert_int_equal(lab_number("SELECT count(*) FROM outbox WHERE kind = 'referred'"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM outbox o JOIN staff s ON s.mail = o.address WHERE s.member = 11"), 0);
}

static void who_came_later_and_is_named_opens_nothing(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_OTHER, "words", "x", "excluded_persons", "نعيمة الصقلي", NULL);
	lab_run("INSERT INTO staff (member, name, role, unit, language, sign_in, created) VALUES (50, 'Naima Skalli', 1, 'national', 'fr', 'naima', 0)");
	const struct actor naima = { 50, KEYS_ANALYST, KEYS_NATIONAL, amina.session };
	assert_int_equal(listed(&naima, every, NULL), 1);
	assert_null(lab_open(&naima, r.id, 0, &err));
	assert_int_equal(err, -ENOENT);
	assert_int_equal(listed(&naima, every, NULL), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'refused' AND detail = 'named by the reporter'"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE opened IS NULL"), 1);
}

static void what_nobody_may_open_is_not_lost(void **state)
{
	struct lab_report r;
	struct work_counts c;
	lab_submit(&r, REPORT_OTHER, "words", "x", "excluded_persons", "Amina, Brahim, Salma et Tarik", NULL);
	assert_int_equal(work_count(&lab, &admin, &c), 0);
	assert_int_equal(c.nobody, 1);
	assert_int_equal(c.open, 0);
	lab_run("INSERT INTO staff (member, name, role, unit, language, sign_in, created) VALUES (51, 'Rachid Tazi', 1, 'national', 'fr', 'rachid', 0)");
	assert_int_equal(work_count(&lab, &admin, &c), 0);
	assert_int_equal(c.nobody, 0);
	lab_run("UPDATE report SET restricted = 1");
	assert_int_equal(work_count(&lab, &admin, &c), 0);
	assert_int_equal(c.nobody, 1);
}

static void who_steps_aside_is_out(void **state)
{
	struct lab_report r;
	struct work_case c;
	lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(amina, r.id, .action = CA_RECUSE, .text = "I know the family");
	assert_int_equal(listed(&amina, every, NULL), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE assigned IS NULL"), 1);
	DONE(salma, r.id, .action = CA_EXCLUDE, .member = BRAHIM, .text = "a cousin");
	assert_int_equal(listed(&brahim, every, NULL), 0);
	lab_case(&salma, r.id, &c);
	assert_int_equal(c.excluded_n, 2);
	assert_int_equal(ACT(salma, r.id, .action = CA_EXCLUDE, .member = 99, .text = "x"), -EINVAL);
}

/* --- search and likeness --- */

static void a_number_is_found_as_people_write_it(void **state)
{
	struct lab_report r;
	char written[64];
	lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
	lab_run("UPDATE report SET restricted = 0");
	assert_int_equal(found(&amina, number_of(r.id, 6)), 1);
	assert_int_equal(found(&amina, number_of(r.id, 7)), 1);
	assert_int_equal(found(&amina, number_of(r.id, 32)), 1);
	assert_int_equal(found(&amina, number_of(r.id, 5)), 0);
	(void)snprintf(written, sizeof written, " # %02X%02x-%02x ", r.id[0], r.id[1], r.id[2]);
	assert_int_equal(found(&amina, written), 1);
	assert_int_equal(found(&amina, "zz"), 0);
	assert_int_equal(found(&amina, ""), 0);
	assert_int_equal(found(&amina, "%"), 0);
}

static void an_address_is_found_in_every_epoch(void **state)
{
	struct lab_report r, s, u;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/a", NULL);
	lab_confirmed(r.id);
	fake_keys_next_week(&lab_keys);
	lab_submit(&s, REPORT_ADDRESS, "url", "https://page.example/a", NULL);
	lab_submit(&u, REPORT_SOLICITATION, "platform", "insta", "suspect_account", "@Some.Name", NULL);
	assert_int_equal(found(&amina, "hxxps://page[.]example/a"), 2);
	assert_int_equal(found(&amina, "page.example"), 2);
	assert_int_equal(found(&amina, "page.example/b"), 2); /* by the host */
	assert_int_equal(found(&amina, "other.example"), 0);
	assert_int_equal(found(&amina, "instagram some.name"), 1);
	assert_int_equal(found(&amina, "https://instagram.com/some.name/"), 1);
	assert_int_equal(found(&omar, "page.example"), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'search' AND object IS NOT NULL"), 0);
}

static void alike_is_found_across_epochs_and_classes(void **state)
{
	struct lab_report r[4];
	struct work_like *like;
	size_t n;
	lab_submit(&r[0], REPORT_ADDRESS, "url", "https://page.example/a", NULL);
	lab_confirmed(r[0].id);
	fake_keys_next_week(&lab_keys);
	lab_submit(&r[1], REPORT_ADDRESS, "url", "https://page.example/b", NULL);
	lab_submit(&r[2], REPORT_ADDRESS, "url", "https://page.example/a", "more_urls", "https://else.example/", NULL);
	lab_submit(&r[3], REPORT_ADDRESS, "url", "https://else.example/z", NULL);
	assert_int_equal(work_like(&lab, &lab_arena, &amina, r[2].id, 10, &like, &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(like[0].row.id, r[0].id, SEAL_ID);
	assert_int_equal(like[0].addresses, 1);
	assert_int_equal(like[0].hosts, 1);
	assert_int_equal(like[1].addresses, 0);
	assert_int_equal(work_like(&lab, &lab_arena, &amina, r[0].id, 10, &like, &n), 0);
	assert_int_equal(n, 2);
	lab_run("UPDATE report SET restricted = 1 WHERE class > 0");
	assert_int_equal(work_like(&lab, &lab_arena, &amina, r[2].id, 10, &like, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(work_like(&lab, &lab_arena, &salma, r[2].id, 1, &like, &n), 0);
	assert_int_equal(n, 1);
}

static void duplicates_are_a_group_with_one_main_report(void **state)
{
	struct lab_report r[3];
	struct work_case c;
	for (int i = 0; i < 3; i++) {
		lab_submit(&r[i], REPORT_ADDRESS, "url", "https://page.example/a", NULL);
		DONE(amina, r[i].id, .action = CA_TAKE);
	}
	assert_int_equal(ACT(amina, r[0].id, .action = CA_DUPLICATE, .about = r[0].id), -EINVAL);
	assert_int_equal(ACT(amina, r[0].id, .action = CA_DUPLICATE), -EINVAL);
	DONE(amina, r[0].id, .action = CA_DUPLICATE, .about = r[1].id);
	assert_int_equal(ACT(amina, r[1].id, .action = CA_DUPLICATE, .about = r[0].id), -EINVAL); /* no ring */
	DONE(amina, r[1].id, .action = CA_DUPLICATE, .about = r[2].id);
	lab_case(&amina, r[2].id, &c);
	assert_int_equal(c.duplicate_n, 2); /* what was its own came along */
	lab_case(&amina, r[0].id, &c);
	assert_true(c.is_duplicate);
	assert_memory_equal(c.main, r[2].id, SEAL_ID);
	/* Who is kept from the main report is not told its number. */
	DONE(salma, r[2].id, .action = CA_EXCLUDE, .member = BRAHIM, .text = "a cousin");
	lab_case(&brahim, r[0].id, &c);
	assert_false(c.is_duplicate);
	assert_int_equal(c.main[0] | c.main[7] | c.main[15], 0);
	lab_case(&amina, r[0].id, &c);
	assert_true(c.is_duplicate);
	assert_non_null(lab_open(&amina, r[0].id, 0, &err));
	DONE(amina, r[0].id, .action = CA_SPLIT);
	lab_case(&amina, r[2].id, &c);
	assert_int_equal(c.duplicate_n, 1);
	lab_case(&amina, r[0].id, &c);
	assert_false(c.is_duplicate);
	assert_int_equal(c.row.state, CR_TRIAGE);
	assert_int_equal(lab_number("SELECT count(*) FROM report r WHERE r.state = 'duplicate' AND r.main IS NULL"), 0);
}

/* --- tasks, reassigning --- */

static void tasks_are_for_somebody(void **state)
{
	struct lab_report r;
	struct work_counts c;
	lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
	DONE(amina, r.id, .action = CA_TAKE);
	struct act task = { .action = CA_TASK, .member = BRAHIM, .until = clock_unix() + 7200, .text = "call the school" },
		   opinion = { .action = CA_OPINION, .member = SALMA, .until = clock_unix() + 7200, .text = "is this art. 20?" };
	assert_int_equal(lab_act(&amina, r.id, &task), 0);
	assert_int_equal(lab_act(&amina, r.id, &opinion), 0);
	assert_int_equal(ACT(amina, r.id, .action = CA_OPINION, .member = AMINA, .until = clock_unix() + 7200, .text = "x"), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_TASK, .member = OMAR, .until = clock_unix() + 7200, .text = "x"), -EINVAL);
	assert_int_equal(ACT(amina, r.id, .action = CA_TASK, .member = BRAHIM, .until = 5, .text = "x"), -EINVAL);
	assert_int_equal(work_count(&lab, &brahim, &c), 0);
	assert_int_equal(c.tasks, 1);
	assert_string_equal(lab_open(&brahim, r.id, 1, &err), "call the school");
	assert_int_equal(lab_why(&brahim, r.id, (struct act){ .action = CA_TASK_DONE, .about = opinion.made }), CASE_NOT_YOU);
	DONE(brahim, r.id, .action = CA_TASK_DONE, .about = task.made, .text = "they know");
	DONE(salma, r.id, .action = CA_TASK_DONE, .about = opinion.made, .text = "it is");
	assert_int_equal(ACT(salma, r.id, .action = CA_TASK_DONE, .about = opinion.made), -EINVAL); /* once */
	assert_int_equal(work_count(&lab, &brahim, &c), 0);
	assert_int_equal(c.tasks, 0);
}

static void a_leavers_cases_go_to_another(void **state)
{
	struct lab_report r[3];
	size_t n;
	for (int i = 0; i < 3; i++) {
		lab_submit(&r[i], REPORT_OTHER, "words", "x", i == 2 ? "excluded_persons" : NULL, "Brahim", NULL);
		DONE(amina, r[i].id, .action = CA_TAKE);
	}
	struct act task = { .action = CA_TASK, .member = AMINA, .until = clock_unix() + 7200, .text = "x" };
	assert_int_equal(lab_act(&salma, r[0].id, &task), 0);
	assert_int_equal(work_reassign(&lab, &brahim, AMINA, BRAHIM, &n), ERR_REFUSED); /* another's */
	assert_int_equal(work_reassign(&lab, &salma, AMINA, OMAR, &n), -EINVAL);
	assert_int_equal(work_reassign(&lab, &salma, AMINA, BRAHIM, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE assigned = 2"), 2);
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE assigned IS NULL"), 1); /* he may not see it */
	assert_int_equal(lab_number("SELECT count(*) FROM task WHERE member = 2"), 1);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'case.assign'"), 3);
	assert_int_equal(work_reassign(&lab, &salma, BRAHIM, 0, &n), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM report WHERE assigned IS NULL"), 3);
}

/* --- what ends by time --- */

static void access_ends_and_its_keys_go(void **state)
{
	struct lab_report r;
	lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
	lab_answer(&r, "more");
	DONE(amina, r.id, .action = CA_TAKE);
	DONE(salma, r.id, .action = CA_GRANT, .unit = "MA-CAS", .until = clock_unix() + 7200, .text = "their specialist");
	assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE unit = 'MA-CAS'"), 2);
	assert_int_equal(listed(&omar, every, NULL), 1);
	assert_string_equal(lab_open(&omar, r.id, 1, &err), "more");
	assert_int_equal(work_tend(&lab), 0);
	assert_int_equal(listed(&omar, every, NULL), 1);
	lab_run("UPDATE access SET until = 7200");
	assert_int_equal(listed(&omar, every, NULL), 0); /* also before it is tended */
	assert_int_equal(work_tend(&lab), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM access"), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM wrap WHERE unit = 'MA-CAS'"), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'access.end' AND member = 0"), 1);
	assert_int_equal(work_tend(&lab), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'access.end'"), 1);
}

static void what_is_kept_no_longer_is_gone_with_everything(void **state)
{
	struct lab_report r[3];
	static const char *const tables[] = { "message", "wrap", "blind", "mailbox", "once", "task" };
	char sql[100];
	for (int i = 0; i < 3; i++) {
		lab_submit(&r[i], REPORT_ADDRESS, "url", "https://page.example/a", NULL);
		DONE(amina, r[i].id, .action = CA_TAKE);
	}
	DONE(amina, r[0].id, .action = CA_TASK, .until = clock_unix() + 7200, .text = "x");
	DONE(amina, r[1].id, .action = CA_DUPLICATE, .about = r[0].id);
	DONE(amina, r[0].id, .action = CA_OUT_OF_REMIT, .text = "x");
	DONE(amina, r[2].id, .action = CA_OUT_OF_REMIT, .text = "x");
	DONE(amina, r[2].id, .action = CA_HOLD, .text = "the police ask");
	assert_int_equal(work_tend(&lab), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM report"), 3);
	lab_run("UPDATE report SET keep_until = 7200 WHERE main IS NULL");
	assert_int_equal(work_tend(&lab), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM report"), 1);
	assert_int_equal(lab_number("SELECT held FROM report"), 1);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE report NOT IN (SELECT id FROM report)", tables[i]);
		assert_int_equal(lab_number(sql), 0);
	}
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action = 'report.erase'"), 2); /* and its duplicate */
	assert_int_equal(lab_number("SELECT count(DISTINCT report) FROM audit WHERE action = 'report.erase'"), 2);
	assert_int_equal(lab_number("SELECT sum(n) FROM figure WHERE state = 'received'"), 3); /* figures stay */
}

static void notices_are_looked_at_again_when_it_is_time(void **state)
{
	struct lab_report r;
	struct work_case c;
	struct work_counts counts;
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/a", NULL);
	lab_confirmed(r.id);
	struct act draft = { .action = CA_DRAFT, .kind = "hosting", .channel = "mail", .template = "hosting-fr-1", .text = "Please remove" };
	assert_int_equal(ACT(amina, r.id, .action = CA_DRAFT, .kind = "Hosting'", .channel = "mail", .template = "t", .text = "x"), -EINVAL);
	assert_int_equal(lab_act(&amina, r.id, &draft), 0);
	DONE(amina, r.id, .action = CA_SEND, .about = draft.made);
	lab_case(&amina, r.id, &c);
	assert_int_equal(c.notice[0].state, CN_SENT);
	assert_int_equal(c.notice[0].recheck_n, 3);
	assert_int_equal(c.notice[0].recheck[0].due - c.notice[0].sent, 24 * 3600);
	assert_int_equal(c.notice[0].recheck[2].due - c.notice[0].sent, 72 * 3600);
	assert_int_equal(c.notice[0].due, c.notice[0].recheck[0].due);
	assert_false(c.row.work);
	assert_true(c.notice[0].may & UINT64_C(1) << CA_RECHECK_UP);
	DONE(amina, r.id, .action = CA_ACKNOWLEDGE, .about = draft.made);
	lab_run("UPDATE notice SET due = 7200");
	assert_int_equal(work_tend(&lab), 0);
	assert_int_equal(work_count(&lab, &amina, &counts), 0);
	assert_int_equal(counts.notices_due, 1);
	assert_int_equal(counts.open, 1);
	for (int i = 0; i < 3; i++)
		DONE(amina, r.id, .action = CA_RECHECK_UP, .about = draft.made);
	lab_case(&amina, r.id, &c);
	assert_int_equal(c.notice[0].recheck_n, 4); /* still up: once more in a week */
	assert_int_equal(c.notice[0].recheck[3].due - c.notice[0].sent, 10 * 86400);
	assert_string_equal(c.notice[0].recheck[2].outcome, "still_up");
	DONE(amina, r.id, .action = CA_RECHECK_OFFLINE, .about = draft.made);
	lab_case(&amina, r.id, &c);
	assert_int_equal(c.notice[0].recheck_n, 4);
	assert_int_equal(c.notice[0].state, CN_OFFLINE);
	DONE(amina, r.id, .action = CA_END_NOTICE, .about = draft.made);
	DONE(amina, r.id, .action = CA_CLOSE);
	assert_int_equal(lab_number("SELECT status FROM report"), COARSE_CLOSED);
	DONE(salma, r.id, .action = CA_REOPEN, .text = "it is back");
}

static void a_unit_that_is_late_comes_back_to_the_table(void **state)
{
	struct lab_report r;
	struct work_counts c;
	lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
	lab_confirmed(r.id);
	DONE(amina, r.id, .action = CA_REFER, .unit = "MA-CAS", .names_seen = true, .text = "x");
	assert_int_equal(work_count(&lab, &amina, &c), 0);
	assert_int_equal(c.open, 0);
	assert_int_equal(work_count(&lab, &omar, &c), 0);
	assert_int_equal(c.open, 1);
	assert_int_equal(c.referrals_waiting, 1);
	assert_int_equal(c.late[0], 1);
	lab_run("UPDATE referral SET due = 7200, since = 3600");
	assert_int_equal(work_tend(&lab), 0);
	assert_int_equal(work_count(&lab, &amina, &c), 0);
	assert_int_equal(c.open, 1);
	assert_int_equal(work_count(&lab, &omar, &c), 0);
	assert_int_equal(c.late[3], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_LAB(the_queue_is_walked_once_and_whole),
		IN_LAB(filters_filter),
		IN_LAB(neither_auditor_nor_administrator_sees_any),
		IN_LAB(a_restricted_report_is_the_supervisors_until_access_is_granted),
		IN_LAB(whom_the_reporter_named_finds_nothing),
		IN_LAB(who_came_later_and_is_named_opens_nothing),
		IN_LAB(what_nobody_may_open_is_not_lost),
		IN_LAB(who_steps_aside_is_out),
		IN_LAB(a_number_is_found_as_people_write_it),
		IN_LAB(an_address_is_found_in_every_epoch),
		IN_LAB(alike_is_found_across_epochs_and_classes),
		IN_LAB(duplicates_are_a_group_with_one_main_report),
		IN_LAB(tasks_are_for_somebody),
		IN_LAB(a_leavers_cases_go_to_another),
		IN_LAB(access_ends_and_its_keys_go),
		IN_LAB(what_is_kept_no_longer_is_gone_with_everything),
		IN_LAB(notices_are_looked_at_again_when_it_is_time),
		IN_LAB(a_unit_that_is_late_comes_back_to_the_table),
	};
	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
