/* SPDX-License-Identifier: Apache-2.0 */
/* Two front ends on one database, two people at the same case at the same moment: one wins, the other is told,
 * nothing is there twice. With PostgreSQL each front end has a store of its own; an SQLite file belongs to one. */
#include "desk/config.h"
#include "desk/dossier/dossier.h"
#include "worklab.h"

#include <pthread.h>

enum { ROUNDS = 12 };

struct front { struct desk desk; const struct actor *who; const uint8_t *id; struct act act; pthread_barrier_t *at_once; int err; };

static struct store *second;

static void *act_on(void *arg)
{
	struct front *f = arg;
	(void)pthread_barrier_wait(f->at_once);
	f->err = work_act(&f->desk, f->who, f->id, &f->act);
	return NULL;
}

static int begin_second(void **state)
{
	struct err_note note = { "" };
	int err = lab_fresh(state);
	second = lab.store;
	if (!err && testdb_is_postgres())
		err = store_open(lab_where, &second, &note);
	return err;
}

static int end_second(void **state)
{
	if (second != lab.store)
		store_close(second);
	return lab_gone(state);
}
#define ON_TWO(f) cmocka_unit_test_setup_teardown(f, begin_second, end_second)

/* Both at once, each having seen the same version; how many were done. */
static int both(struct front f[2], const uint8_t *id)
{
	pthread_t t[2];
	pthread_barrier_t at_once;
	assert_int_equal(pthread_barrier_init(&at_once, NULL, 2), 0);
	for (int i = 0; i < 2; i++) {
		f[i].desk = lab;
		f[i].desk.store = i ? second : lab.store;
		f[i].id = id;
		f[i].at_once = &at_once;
		f[i].act.version = (uint64_t)lab_of("SELECT version FROM report WHERE id = $1", id);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, act_on, &f[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	pthread_barrier_destroy(&at_once);
	return (f[0].err == 0) + (f[1].err == 0);
}

/* The other was told to look again, or came so late that the rules say no. */
static void told(const struct front f[2])
{
	for (int i = 0; i < 2; i++)
		assert_true(f[i].err == 0 || f[i].err == -EAGAIN || f[i].err == ERR_REFUSED);
}

static void epochs_are_there(void)
{
	struct keys_epoch e;
	for (enum keys_class c = 0; c < KEYS_CLASS_COUNT; c++)
		assert_int_equal(keys_epoch(lab.keys, KEYS_NATIONAL, c, 0, &e), 0);
	assert_int_equal(keys_epoch(lab.keys, "MA-CAS", KEYS_CONFIRMED, 0, &e), 0);
}

static void two_who_take_it_are_one(void **state)
{
	epochs_are_there();
	for (int i = 0; i < ROUNDS; i++) {
		struct lab_report r;
		lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
		struct front f[2] = { { .who = &amina, .act = { .action = CA_TAKE } }, { .who = &brahim, .act = { .action = CA_TAKE } } };
		assert_int_equal(both(f, r.id), 1);
		told(f);
		assert_int_equal(lab_of("SELECT assigned FROM report WHERE id = $1", r.id), f[0].err ? BRAHIM : AMINA);
		assert_int_equal(lab_of("SELECT version FROM report WHERE id = $1", r.id), 1);
		assert_int_equal(lab_of("SELECT count(*) FROM audit WHERE action = 'case.take' AND report = $1", r.id), 1);
	}
	assert_int_equal(lab_number("SELECT sum(n) FROM figure WHERE state = 'triage'"), ROUNDS);
}

/* Opposite ends, other keys: whichever it is, all of it is of one. */
static void confirmed_or_not_but_not_both(void **state)
{
	epochs_are_there();
	for (int i = 0; i < ROUNDS; i++) {
		struct lab_report r;
		lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
		DONE(amina, r.id, .action = CA_TAKE);
		DONE(amina, r.id, .action = CA_ASSESS);
		struct front f[2] = { { .who = &amina, .act = { .action = CA_CONFIRM, .classification = CASE_NATIONAL, .text = "yes" } },
			{ .who = &brahim, .act = { .action = CA_UNCONFIRM, .classification = CASE_DOUBTFUL, .text = "no" } } };
		assert_int_equal(both(f, r.id), 1);
		told(f);
		int64_t class = f[0].err ? KEYS_TRIAGE : KEYS_CONFIRMED;
		assert_int_equal(lab_of("SELECT class FROM report WHERE id = $1", r.id), class);
		assert_int_equal(lab_of("SELECT count(*) FROM message WHERE report = $1", r.id), 2);
		assert_int_equal(lab_of("SELECT count(*) FROM wrap WHERE report = $1", r.id), 2);
		assert_int_equal(lab_of("SELECT count(DISTINCT epoch) FROM wrap WHERE report = $1", r.id), 1);
		assert_int_equal(lab_of("SELECT count(*) FROM blind WHERE report = $1", r.id), 2);
	}
	assert_int_equal(lab_number("SELECT sum(n) FROM figure WHERE state IN ('confirmed', 'unconfirmed')"), ROUNDS);
}

static void a_unit_is_given_it_once(void **state)
{
	epochs_are_there();
	for (int i = 0; i < ROUNDS; i++) {
		struct lab_report r;
		lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
		lab_confirmed(r.id);
		const struct act refer = { .action = CA_REFER, .unit = "MA-CAS", .names_seen = true, .text = "please" };
		struct front f[2] = { { .who = &amina, .act = refer }, { .who = &brahim, .act = refer } };
		assert_int_equal(both(f, r.id), 1);
		told(f);
		assert_int_equal(lab_of("SELECT count(*) FROM referral WHERE report = $1", r.id), 1);
		assert_int_equal(lab_of("SELECT count(*) FROM wrap WHERE unit = 'MA-CAS' AND report = $1", r.id), 1);
	}
}

/* An answer that comes while the keys move must be readable where the report then is. */
struct answering { struct front f; struct lab_report *r; };

static void *answer_on(void *arg)
{
	struct answering *a = arg;
	uint8_t once[16];
	randombytes_buf(once, sizeof once);
	(void)pthread_barrier_wait(a->f.at_once);
	a->f.err = desk_answer(&a->f.desk, a->r->words, "meanwhile", false, once);
	return NULL;
}

static void an_answer_meanwhile_moves_along(void **state)
{
	epochs_are_there();
	for (int i = 0; i < ROUNDS; i++) {
		struct lab_report r;
		pthread_t t[2];
		pthread_barrier_t at_once;
		int err;
		lab_submit(&r, REPORT_OTHER, "words", "x", NULL);
		DONE(amina, r.id, .action = CA_TAKE);
		DONE(amina, r.id, .action = CA_ASSESS);
		assert_int_equal(pthread_barrier_init(&at_once, NULL, 2), 0);
		struct front f = { .desk = lab, .who = &amina, .id = r.id, .at_once = &at_once, .act = { .action = CA_CONFIRM,
			.classification = CASE_NATIONAL, .text = "yes", .version = (uint64_t)lab_of("SELECT version FROM report WHERE id = $1", r.id) } };
		struct answering a = { { .desk = lab, .at_once = &at_once }, &r };
		a.f.desk.store = second;
		assert_int_equal(pthread_create(&t[0], NULL, act_on, &f), 0);
		assert_int_equal(pthread_create(&t[1], NULL, answer_on, &a), 0);
		for (int k = 0; k < 2; k++)
			assert_int_equal(pthread_join(t[k], NULL), 0);
		pthread_barrier_destroy(&at_once);
		assert_int_equal(a.f.err, 0);
		assert_true(f.err == 0 || f.err == -EAGAIN);
		if (f.err)
			DONE(amina, r.id, .action = CA_CONFIRM, .classification = CASE_NATIONAL, .text = "yes");
		assert_int_equal(lab_of("SELECT count(*) FROM wrap WHERE epoch = 7 AND report = $1", r.id), 0);
		assert_int_equal(lab_of("SELECT count(*) FROM message WHERE report = $1", r.id), 3);
		for (uint32_t seq = 0; seq < 3; seq++)
			assert_non_null(lab_open(&brahim, r.id, seq, &err));
	}
}

/* --- handover packets --- */

static void a_packet_of(struct dossier *h, const struct lab_report *r, uint8_t number, uint32_t messages)
{
	struct dossier_wish wish = { .letter = "letter", .message_n = 0 };
	while (wish.message_n < messages) {
		wish.message[wish.message_n] = (uint32_t)wish.message_n;
		wish.message_n++;
	}
	*h = (struct dossier){ .language = "fr" };
	memset(h->id, number, SEAL_ID);
	memset(h->recipient, 7, SEAL_ID);
	memcpy(h->report, r->id, SEAL_ID);
	assert_int_equal(dossier_prepare(&lab, &amina, h, &wish), 0);
	assert_int_equal(dossier_get(&lab, &lab_arena, h->id, h), 0);
}

static void a_packet(struct dossier *h, const struct lab_report *r, uint8_t number)
{
	a_packet_of(h, r, number, 1);
}

static struct directory_recipient brigade(uint8_t key)
{
	struct directory_recipient to = { .kind = RECIPIENT_POLICE, .name = "Brigade", .has_key = true, .language = "fr", .active = true };
	const struct audit_entry by = { .member = TARIK, .role = KEYS_SUPERVISOR };
	memset(to.key, key, SEAL_PUBLIC);
	assert_int_equal(directory_recipient_put(&lab, &by, &to), 0);
	lab_run("UPDATE recipient SET id = (SELECT recipient FROM packet LIMIT 1)");
	memset(to.id, 7, SEAL_ID);
	return to;
}

/* What the page looked at is asked again where the release is written. */
static void a_packet_is_released_as_it_was_seen(void **state)
{
	struct lab_report r;
	struct dossier h, late;
	epochs_are_there();
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	lab_confirmed(r.id);
	a_packet(&h, &r, 1);
	struct directory_recipient to = brigade(9), other = to;
	other.key[0] ^= 1;
	assert_int_equal(dossier_decide(&lab, &salma, &h, &other, true), -EAGAIN); /* another key than the directory's */
	other.has_key = false;
	assert_int_equal(dossier_decide(&lab, &salma, &h, &other, true), -EAGAIN);
	assert_int_equal(dossier_decide(&lab, &amina, &h, &to, true), -EPERM);
	assert_int_equal(dossier_decide(&lab, &salma, &h, &to, true), 0);
	assert_int_equal(dossier_decide(&lab, &tarik, &h, &to, true), -EAGAIN); /* once */
	assert_int_equal(dossier_get(&lab, &lab_arena, h.id, &h), 0);
	assert_true(h.state == DOSSIER_RELEASED && h.decided_by == SALMA && dossier_key_same(&h, &to) && !dossier_key_same(&h, &other));
	a_packet(&late, &r, 2);
	DONE(salma, r.id, .action = CA_REOPEN, .text = "it was another page");
	assert_int_equal(dossier_decide(&lab, &salma, &late, &to, true), -EAGAIN); /* no case to be handed over any more */
	struct dossier again = late;
	again.id[0] = 3;
	assert_int_equal(dossier_prepare(&lab, &amina, &again, &(struct dossier_wish){ .letter = "", .message_n = 1 }), -EAGAIN);
	lab_run("INSERT INTO excluded (report, member, why) SELECT id, 3, 'reporter' FROM report");
	assert_int_equal(dossier_decide(&lab, &salma, &late, &to, false), -EAGAIN); /* not there for them */
	assert_int_equal(dossier_decide(&lab, &tarik, &late, &to, false), 0);
	assert_int_equal(lab_number("SELECT count(*) FROM packet"), 2);
	assert_int_equal(lab_number("SELECT count(*) FROM audit WHERE action IN ('packet.prepare', 'packet.release', 'packet.refuse')"), 4);
}

/* Wherever the memory of a request ends, it is an error. */
static void a_packet_in_too_little_memory_is_an_error(void **state)
{
	static char name[] = "Desk of the test";
	const struct desk_config config = { .name = name };
	struct lab_report r;
	struct dossier h;
	struct work_case c;
	size_t limit = 90 * 1024, tried = 0;
	int err = -ENOMEM;
	epochs_are_there();
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", "words", "some", NULL);
	lab_confirmed(r.id);
	a_packet(&h, &r, 1);
	const struct directory_recipient to = brigade(9);
	lab_case(&amina, r.id, &c);
	lab.config = &config;
	for (; err; limit += 128, tried++) {
		struct arena a;
		struct dossier_document doc;
		arena_init(&a, limit);
		err = dossier_write(&lab, &a, &amina, &c, &h, &to, &doc);
		arena_done(&a);
		assert_true(!err || err == -ENOMEM);
	}
	lab.config = NULL;
	assert_true(tried > 20);
}

/* A request's memory holds the words of a long case once, and not all that opening each of them takes. */
static void a_packet_of_many_messages_fits(void **state)
{
	enum { ANSWERS = 40 };
	static char name[] = "Desk of the test", words[5001];
	const struct desk_config config = { .name = name };
	struct lab_report r;
	struct dossier h;
	struct dossier_document doc;
	struct work_case c;
	struct arena a;
	epochs_are_there();
	lab_submit(&r, REPORT_ADDRESS, "url", "https://page.example/x", NULL);
	memset(words, 'w', sizeof words - 1);
	for (int i = 0; i < ANSWERS; i++)
		lab_answer(&r, words);
	lab_confirmed(r.id);
	a_packet_of(&h, &r, 1, 1 + ANSWERS);
	const struct directory_recipient to = brigade(9);
	lab_case(&amina, r.id, &c);
	lab.config = &config;
	arena_init(&a, 1 << 20);
	assert_int_equal(dossier_write(&lab, &a, &amina, &c, &h, &to, &doc), 0);
	arena_done(&a);
	lab.config = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TWO(two_who_take_it_are_one),
		ON_TWO(confirmed_or_not_but_not_both),
		ON_TWO(a_unit_is_given_it_once),
		ON_TWO(an_answer_meanwhile_moves_along),
		IN_LAB(a_packet_is_released_as_it_was_seen),
		IN_LAB(a_packet_in_too_little_memory_is_an_error),
		IN_LAB(a_packet_of_many_messages_fits),
	};
	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
