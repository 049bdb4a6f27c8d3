/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/epoch.h"
#include "desk/mail.h"
#include "desk/schema.h"
#include "desk/submit.h"
#include "base/clock.h"
#include "fake_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

static struct fake_keys keys;
static struct desk_data data;
static struct desk_territory places[] = { { .code = "MA-06", .region = "MA-06", .is_region = true }, { .code = "MA-CAS", .region = "MA-06" } };
static struct desk desk = { .keys = (struct keys *)&keys, .data = &data };
static struct arena arena;
static char folder[] = "/tmp/hisn-submit-XXXXXX", path[64];

static int begin(void **state)
{
	assert_int_equal(seal_start(), 0);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/db", folder);
	data.territory = places;
	data.territory_n = 2;
	arena_init(&arena, 0);
	return 0;
}

static int end(void **state)
{
	arena_done(&arena);
	return rmdir(folder);
}

static int fresh(void **state)
{
	struct err_note note = { "" };
	fake_keys_init(&keys);
	desk_keys_forget();
	int err = store_open(path, &desk.store, &note);
	if (!err)
		err = store_migrate(desk.store, desk_schema, desk_schema_n, &note);
	if (err)
		fail_msg("%s", note.text);
	return 0;
}

static int gone(void **state)
{
	char beside[80];
	static const char *const ends[] = { "", "-wal", "-shm" };
	store_close(desk.store);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		(void)snprintf(beside, sizeof beside, "%s%s", path, ends[i]);
		(void)unlink(beside);
	}
	return 0;
}

static int64_t number(const char *sql)
{
	struct store_tx *t;
	struct store_rows *rows;
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(store_query(t, sql, NULL, 0, &rows), 0);
	assert_int_equal(store_next(rows), 1);
	int64_t n = store_int(rows, 0);
	store_end(rows);
	store_rollback(t);
	return n;
}

struct sample { struct report report; uint16_t words[SEAL_WORDS]; uint8_t once[16]; struct submission s; };

static void make(struct sample *x, enum report_kind kind)
{
	memset(x, 0, sizeof *x);
	x->report.kind = kind;
	seal_words_random(x->words);
	randombytes_buf(x->once, 16);
	x->s = (struct submission){ .report = &x->report, .words = x->words, .once = x->once, .language = "fr" };
}

static void say(struct sample *x, const char *name, const char *value)
{
	assert_int_equal(report_set(&arena, &x->report, name, value), 0);
}

static const char *tables[] = { "report", "message", "wrap", "mailbox", "blind", "once", "figure" };

static void nothing_is_stored(void)
{
	char sql[64];
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
		assert_int_equal(number(sql), 0);
	}
}

/* What a member with the epoch's key reads of message `seq`. */
static struct bytes opened(uint32_t seq, const uint8_t id[SEAL_ID])
{
	struct store_tx *t;
	struct store_rows *rows;
	uint8_t key[SEAL_KEY];
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(STORE_QUERY(t, &rows, "SELECT m.type, m.number, m.blob, w.sealed FROM message m JOIN wrap w"
		" ON w.report = m.report AND w.number = m.number WHERE m.report = $1 AND m.seq = $2 AND w.epoch = 7",
		S_BLOB(id, SEAL_ID), S_INT(seq)), 0);
	assert_int_equal(store_next(rows), 1);
	struct seal_place at = { .sequence = seq, .type = (uint8_t)store_int(rows, 0), .schema = SEAL_SCHEMA };
	memcpy(at.report, id, SEAL_ID);
	struct bytes blob = store_blob(rows, 2);
	assert_int_equal(store_blob(rows, 3).n, SEAL_WRAP);
	assert_int_equal(seal_wrap_open(keys.epoch[0].pub, keys.secret[0], id, (uint32_t)store_int(rows, 1), store_blob(rows, 3).p, key), 0);
	uint8_t *plain = arena_alloc(&arena, blob.n);
	size_t n;
	assert_int_equal(seal_message_open(key, &at, blob, plain, &n), 0);
	store_end(rows);
	store_rollback(t);
	return bytes_of(plain, n);
}

static void submit_stores_a_report_that_opens(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID];
	struct report back;
	make(&x, REPORT_ADDRESS);
	say(&x, "url", "hxxps://page[.]example/x");
	say(&x, "territory", "MA-CAS");
	say(&x, "excluded_units", "MA-CAS\nMA-06");
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(report_read(&arena, opened(0, id), &back, NULL), 0);
	assert_string_equal(report_get(&back, "url"), "hxxps://page[.]example/x");
	assert_string_equal(report_get(&back, "language"), "fr");
	assert_string_equal(report_get(&back, "excluded_units"), "MA-CAS\nMA-06");
	assert_int_equal(number("SELECT count(*) FROM report WHERE state = 'received' AND unit = 'national' AND priority = 2"
		" AND kind = 'address' AND region = 'MA-06' AND restricted = 0 AND opened IS NULL"), 1);
	assert_int_equal(number("SELECT due % 3600 FROM report"), 0);
	assert_int_equal(number("SELECT count(*) FROM blind WHERE kind = 1"), 1);
	assert_int_equal(number("SELECT count(*) FROM blind WHERE kind = 2"), 1);
	assert_int_equal(number("SELECT count(*) FROM blind WHERE kind = 4"), 2);
	assert_int_equal(number("SELECT n FROM figure WHERE kind = 'address' AND region = 'MA-06' AND state = 'received'"), 1);
}

static void submit_indexes_one_page_as_one_however_written(void **state)
{
	struct sample x, y;
	uint8_t id[SEAL_ID];
	make(&x, REPORT_ADDRESS);
	say(&x, "url", "https://page.example/a/../b");
	make(&y, REPORT_OTHER);
	say(&y, "more_urls", "no address\nHXXPS://Page[.]Example:443/b");
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(desk_submit(&desk, &y.s, id), 0);
	assert_int_equal(number("SELECT count(DISTINCT value) FROM blind WHERE kind = 1"), 1);
	assert_int_equal(number("SELECT count(*) FROM blind WHERE kind = 1"), 2);
}

static void submit_never_indexes_the_child(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID];
	make(&x, REPORT_SOLICITATION);
	say(&x, "platform", "insta");
	say(&x, "child_account", "a.child");
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(number("SELECT count(*) FROM blind"), 0);
}

static void submit_twice_is_one_report(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID], again[SEAL_ID];
	make(&x, REPORT_OTHER);
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(desk_submit(&desk, &x.s, again), SUBMIT_AGAIN);
	assert_memory_equal(id, again, SEAL_ID);
	x.s.words = NULL; /* by its number alone */
	assert_int_equal(desk_submit(&desk, &x.s, again), SUBMIT_AGAIN);
	x.s.words = x.words;
	x.s.once = NULL; /* by its receipt alone */
	assert_int_equal(desk_submit(&desk, &x.s, again), SUBMIT_AGAIN);
	assert_memory_equal(id, again, SEAL_ID);
	assert_int_equal(number("SELECT count(*) FROM report"), 1);
	assert_int_equal(number("SELECT n FROM figure"), 1);
}

static void *submit_of(void *ctx)
{
	uint8_t id[SEAL_ID];
	return (void *)(intptr_t)desk_submit(&desk, ctx, id);
}

static void submit_from_many_threads_is_one_report(void **state)
{
	struct sample x;
	pthread_t t[8];
	size_t first = 0;
	make(&x, REPORT_OTHER);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, submit_of, &x.s), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		void *err;
		assert_int_equal(pthread_join(t[i], &err), 0);
		assert_true((intptr_t)err == 0 || (intptr_t)err == SUBMIT_AGAIN);
		first += (intptr_t)err == 0;
	}
	assert_int_equal(first, 1);
	assert_int_equal(number("SELECT count(*) FROM report"), 1);
}

static void submit_leaves_nothing_when_keys_fail(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID];
	make(&x, REPORT_ADDRESS);
	say(&x, "url", "https://page.example/");
	for (size_t after = 0; after < 4; after++) {
		desk_keys_forget();
		keys.calls = 0;
		keys.fail = -ECONNREFUSED;
		keys.fail_after = after;
		assert_int_equal(desk_submit(&desk, &x.s, id), -ECONNREFUSED);
		nothing_is_stored();
	}
	keys.fail = 0;
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
}

static void submit_leaves_nothing_when_the_store_fails(void **state)
{
	char sql[64];
	struct sample x;
	uint8_t id[SEAL_ID];
	make(&x, REPORT_ADDRESS);
	say(&x, "url", "https://page.example/");
	/* The last table written is missing: everything before it goes, too. */
	static const char *const missing[] = { "figure", "once", "blind", "wrap", "message" };
	for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
		struct store_tx *t;
		(void)snprintf(sql, sizeof sql, "ALTER TABLE %s RENAME TO away", missing[i]);
		assert_int_equal(store_begin(desk.store, STORE_WRITE, &t), 0);
		assert_int_equal(store_run(t, sql, NULL, 0, NULL), 0);
		assert_int_equal(store_commit(t), 0);
		assert_true(desk_submit(&desk, &x.s, id) < 0);
		(void)snprintf(sql, sizeof sql, "ALTER TABLE away RENAME TO %s", missing[i]);
		assert_int_equal(store_begin(desk.store, STORE_WRITE, &t), 0);
		assert_int_equal(store_run(t, sql, NULL, 0, NULL), 0);
		assert_int_equal(store_commit(t), 0);
		nothing_is_stored();
	}
}

static void submit_restricts_when_the_desk_is_concerned(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID];
	make(&x, REPORT_OTHER);
	say(&x, "desk_person", "yes");
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(number("SELECT restricted FROM report"), 1);
}

static void submit_works_without_a_receipt(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID];
	struct returning back;
	make(&x, REPORT_OTHER);
	x.s.words = NULL;
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(number("SELECT count(*) FROM report WHERE lookup IS NULL AND mailbox IS NULL"), 1);
	assert_int_equal(desk_return(&desk, &arena, x.words, &back), -ENOENT);
}

static void return_shows_status_and_talk(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID], once[16] = { 1 };
	struct returning back;
	make(&x, REPORT_OTHER);
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(desk_return(&desk, &arena, x.words, &back), 0);
	assert_int_equal(back.status, COARSE_RECEIVED);
	assert_int_equal(back.mail_n, 0);
	assert_true(back.can_answer);
	assert_memory_equal(back.id, id, SEAL_ID);
	assert_int_equal(desk_answer(&desk, x.words, "one more thing", false, once), 0);
	assert_int_equal(desk_answer(&desk, x.words, "one more thing", false, once), SUBMIT_AGAIN);
	once[0] = 2;
	assert_int_equal(desk_answer(&desk, x.words, "", true, once), 0);
	assert_int_equal(desk_return(&desk, &arena, x.words, &back), 0);
	assert_int_equal(back.mail_n, 2);
	assert_string_equal(back.mail[0].text, "one more thing");
	assert_true(back.mail[0].from_reporter);
	assert_true(back.mail[1].withdrawal);
	assert_true(back.withdrawal_asked);
	assert_int_equal(back.mail[0].hour % 3600, 0);
	struct bytes seen = opened(1, id);
	assert_true(bytes_equal(seen, bytes_str("one more thing")));
	assert_int_equal(number("SELECT type FROM message WHERE seq = 2"), SEAL_WITHDRAWAL);
	assert_int_equal(number("SELECT count(*) FROM wrap WHERE number > 0"), 2);
}

static void return_does_not_know_other_words(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID];
	struct returning back;
	make(&x, REPORT_OTHER);
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	x.words[8] ^= 1;
	assert_int_equal(desk_return(&desk, &arena, x.words, &back), -ENOENT);
	assert_int_equal(desk_answer(&desk, x.words, "x", false, x.once), -ENOENT);
}

static void run(const char *sql)
{
	struct store_tx *t;
	assert_int_equal(store_begin(desk.store, STORE_WRITE, &t), 0);
	assert_int_equal(store_run(t, sql, NULL, 0, NULL), 0);
	assert_int_equal(store_commit(t), 0);
}

static void answer_is_wrapped_to_each_epoch_that_holds_the_report(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID], once[16] = { 3 };
	make(&x, REPORT_OTHER);
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	run("INSERT INTO wrap (report, number, epoch, sealed) SELECT report, 0, 8, sealed FROM wrap");
	assert_int_equal(desk_answer(&desk, x.words, "x", false, once), 0);
	assert_int_equal(number("SELECT count(*) FROM wrap WHERE number = 1 AND epoch IN (7, 8)"), 2);
}

static void answer_is_refused_when_closed_or_erased(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID], once[16] = { 4 };
	struct returning back;
	make(&x, REPORT_OTHER);
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	assert_int_equal(desk_answer(&desk, x.words, "", false, once), ERR_MALFORMED);
	run("UPDATE wrap SET epoch = 99");
	assert_int_equal(desk_answer(&desk, x.words, "x", false, once), ERR_REFUSED);
	run("UPDATE wrap SET epoch = 7");
	run("UPDATE report SET state = 'closed'");
	assert_int_equal(desk_answer(&desk, x.words, "x", false, once), ERR_REFUSED);
	assert_int_equal(desk_return(&desk, &arena, x.words, &back), 0);
	assert_false(back.can_answer);
	assert_int_equal(number("SELECT count(*) FROM message"), 1);
}

static void answer_to_a_question_puts_it_under_review(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID], once[16] = { 5 };
	struct returning back;
	make(&x, REPORT_OTHER);
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	run("UPDATE report SET status = 5");
	assert_int_equal(desk_answer(&desk, x.words, "x", false, once), 0);
	assert_int_equal(desk_return(&desk, &arena, x.words, &back), 0);
	assert_int_equal(back.status, COARSE_REVIEW);
}

static int round_it(struct store_tx *t, void *ctx)
{
	return desk_round_times(t, ctx, clock_unix());
}

static void times_are_the_hour_once_opened(void **state)
{
	struct sample x;
	uint8_t id[SEAL_ID];
	make(&x, REPORT_OTHER);
	assert_int_equal(desk_submit(&desk, &x.s, id), 0);
	run("UPDATE report SET received = 7205");
	run("UPDATE message SET at = 7205");
	assert_int_equal(store_write(desk.store, round_it, id), 0);
	assert_int_equal(number("SELECT received FROM report"), 7200);
	assert_int_equal(number("SELECT at FROM message"), 7200);
	assert_int_equal(number("SELECT opened % 3600 FROM report"), 0);
	run("UPDATE report SET opened = 3600");
	assert_int_equal(store_write(desk.store, round_it, id), 0);
	assert_int_equal(number("SELECT opened FROM report"), 3600);
}

static void mail_comes_back_and_refuses_the_rest(void **state)
{
	const struct mail m = { .from_reporter = true, .text = "سطر\n\"x\"", .withdrawal = true };
	struct mail back = { 0 };
	struct bytes json;
	assert_int_equal(mail_write(&arena, &m, &json), 0);
	assert_int_equal(mail_read(&arena, json, &back), 0);
	assert_string_equal(back.text, m.text);
	assert_true(back.from_reporter && back.withdrawal);
	static const char *const bad[] = { "", "[]", "{}", "{\"v\":2,\"from\":\"desk\",\"text\":\"\"}", "{\"v\":1,\"from\":\"desk\"}" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(mail_read(&arena, bytes_str(bad[i]), &back), ERR_MALFORMED);
}

int main(void)
{
#define ON_A_STORE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
	const struct CMUnitTest tests[] = {
		ON_A_STORE(submit_stores_a_report_that_opens),
		ON_A_STORE(submit_indexes_one_page_as_one_however_written),
		ON_A_STORE(submit_never_indexes_the_child),
		ON_A_STORE(submit_twice_is_one_report),
		ON_A_STORE(submit_from_many_threads_is_one_report),
		ON_A_STORE(submit_leaves_nothing_when_keys_fail),
		ON_A_STORE(submit_leaves_nothing_when_the_store_fails),
		ON_A_STORE(submit_restricts_when_the_desk_is_concerned),
		ON_A_STORE(submit_works_without_a_receipt),
		ON_A_STORE(return_shows_status_and_talk),
		ON_A_STORE(return_does_not_know_other_words),
		ON_A_STORE(answer_is_wrapped_to_each_epoch_that_holds_the_report),
		ON_A_STORE(answer_is_refused_when_closed_or_erased),
		ON_A_STORE(answer_to_a_question_puts_it_under_review),
		ON_A_STORE(times_are_the_hour_once_opened),
		cmocka_unit_test(mail_comes_back_and_refuses_the_rest),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
