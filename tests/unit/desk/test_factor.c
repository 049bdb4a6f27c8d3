/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/schema.h"
#include "desk/staff/factor.h"
#include "desk/staff/qr.h"
#include "base/clock.h"
#include "fake_keys.h"
#include "../store/testdb.h"

#include <errno.h>
#include <liboath/oath.h>
#include <pthread.h>
#include <sodium.h>

static struct fake_keys keys;
static struct desk desk = { .keys = (struct keys *)&keys };
static struct arena arena;

/* RFC 6238's key; its eight digits end in our six. */
static const uint8_t rfc_key[TOTP_SECRET + 1] = "12345678901234567890";

static int begin(void **state)
{
	assert_int_equal(seal_start(), 0);
	assert_int_equal(totp_start(), 0);
	return testdb_begin(state);
}

static int fresh(void **state)
{
	struct err_note note = { "" };
	fake_keys_init(&keys);
	arena_init(&arena, 0);
	int err = store_open(testdb_where(), &desk.store, &note);
	if (!err)
		err = store_migrate(desk.store, desk_schema, desk_schema_n, &note);
	if (err)
		fail_msg("%s", note.text);
	return 0;
}

static int gone(void **state)
{
	store_close(desk.store);
	arena_done(&arena);
	return 0;
}

static void code_at(const uint8_t secret[TOTP_SECRET], int64_t when, char ret[7])
{
	assert_int_equal(oath_totp_generate((const char *)secret, TOTP_SECRET, (time_t)when, TOTP_STEP, 0, 6, ret), OATH_OK);
}

/* --- pure --- */

static void totp_knows_the_vectors_of_rfc_6238(void **state)
{
	static const struct { int64_t at; const char *code; } vector[] = { { 59, "287082" }, { 1111111109, "081804" },
		{ 1111111111, "050471" }, { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" } };
	int64_t step;
	for (size_t i = 0; i < ARRAY_LEN(vector); i++) {
		assert_true(totp_good(rfc_key, vector[i].at, vector[i].code, &step));
		assert_int_equal(step, vector[i].at / 30);
	}
}

static void totp_lets_one_step_pass_on_either_side(void **state)
{
	int64_t step, now = 2000000000;
	for (int64_t off = -3; off <= 3; off++) {
		char code[7];
		code_at(rfc_key, now + off * TOTP_STEP, code);
		bool near = off >= -1 && off <= 1;
		assert_int_equal(totp_good(rfc_key, now, code, &step), near);
		if (near)
			assert_int_equal(step, now / TOTP_STEP + off);
	}
	assert_false(totp_good(rfc_key, now, "", &step));
	assert_false(totp_good(rfc_key, now, "27903", &step));
	assert_false(totp_good(rfc_key, now, "2790370", &step));
}

static void totp_reads_what_people_type(void **state)
{
	char typed[TOTP_TYPED + 1];
	static const struct { const char *said, *is; } good[] = { { "279 037", "279037" }, { " 279-037 ", "279037" },
		{ "٢٧٩٠٣٧", "279037" }, { "۲۷۹۰۳۷", "279037" }, { "abcde-fghjk", "ABCDEFGHJK" }, { "abcde fghjk", "ABCDEFGHJK" } };
	static const char *const bad[] = { "", "27903", "2790371", "27903a", "abcde-fghj", "abcde-fghjkm", "279\n037", "\xff\xff", "ABCDE-FGHJ'" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(totp_typed(good[i].said, typed));
		assert_string_equal(typed, good[i].is);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(totp_typed(bad[i], typed));
	assert_false(totp_typed(NULL, typed));
}

static void totp_shows_the_secret_in_both_forms(void **state)
{
	assert_string_equal(totp_secret_text(&arena, rfc_key), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
	assert_string_equal(totp_uri(&arena, rfc_key, "Cellule d’écoute & co", "amal.b"),
		"otpauth://totp/Cellule%20d%E2%80%99%C3%A9coute%20%26%20co:amal.b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		"&issuer=Cellule%20d%E2%80%99%C3%A9coute%20%26%20co");
}

static void recovery_hash_is_of_one_member_and_secret(void **state)
{
	uint8_t a[RECOVERY_HASH], b[RECOVERY_HASH], other[TOTP_SECRET] = { 1 };
	recovery_hash(rfc_key, 7, "ABCDEFGHJK", a);
	recovery_hash(rfc_key, 8, "ABCDEFGHJK", b);
	assert_memory_not_equal(a, b, sizeof a);
	recovery_hash(other, 7, "ABCDEFGHJK", b);
	assert_memory_not_equal(a, b, sizeof a);
	recovery_hash(rfc_key, 7, "0123456719", a);
	recovery_hash(rfc_key, 7, "O1234567L9", b); /* as they are misread */
	assert_memory_equal(a, b, sizeof a);
}

static void qr_is_square_and_titled(void **state)
{
	struct html_out o;
	html_init(&o, LANG_FR, &arena);
	qr_put(&o, "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "a <picture>");
	const char *s = arena_text(&arena, o.p, o.n);
	assert_non_null(strstr(s, "<svg class=\"qr\" role=\"img\" aria-label=\"a &lt;picture&gt;\" viewBox=\"0 0 41 41\""));
	assert_non_null(strstr(s, "d=\"M4 4h7v1h-7z")); /* the finder's upper edge, after the quiet zone */
	html_done(&o);
	html_init(&o, LANG_FR, &arena);
	qr_put(&o, arena_printf(&arena, "%0500d", 1), "long");
	assert_int_equal(o.n, 0);
	html_done(&o);
}

/* --- stored --- */

static void enrolled(uint32_t member, uint8_t secret[TOTP_SECRET], struct factor_codes *codes)
{
	struct factor_new n;
	char code[7];
	assert_int_equal(factor_new(&desk, member, &n), 0);
	code_at(n.secret, clock_unix() - TOTP_STEP, code);
	assert_int_equal(factor_enrol(&desk, member, &n, code, codes), 0);
	memcpy(secret, n.secret, TOTP_SECRET);
}

static void enrolling_needs_a_code_of_the_new_secret(void **state)
{
	struct factor_new n, again;
	struct factor_codes codes;
	struct factor_state s;
	uint8_t secret[TOTP_SECRET];
	assert_int_equal(factor_new(&desk, 7, &n), 0);
	assert_int_equal(factor_enrol(&desk, 7, &n, "000000", &codes), -EACCES);
	assert_int_equal(factor_state(&desk, 7, &s), 0);
	assert_false(s.has);
	assert_int_equal(factor_again(&desk, 7, n.field, &again), 0);
	assert_memory_equal(again.secret, n.secret, TOTP_SECRET);
	assert_int_equal(factor_again(&desk, 8, n.field, &again), ERR_MALFORMED); /* of another member */
	assert_int_equal(factor_again(&desk, 7, "AAAA", &again), ERR_MALFORMED);
	assert_int_equal(factor_again(&desk, 7, NULL, &again), ERR_MALFORMED);
	enrolled(7, secret, &codes);
	assert_int_equal(factor_state(&desk, 7, &s), 0);
	assert_true(s.has);
	assert_int_equal(s.left, RECOVERY_CODES);
}

static void the_database_alone_holds_no_secret(void **state)
{
	struct store_tx *t;
	struct store_rows *r;
	struct factor_codes codes;
	uint8_t secret[TOTP_SECRET];
	enrolled(7, secret, &codes);
	assert_int_equal(store_begin(desk.store, STORE_READ, &t), 0);
	assert_int_equal(store_query(t, "SELECT secret FROM factor", NULL, 0, &r), 0);
	assert_int_equal(store_next(r), 1);
	assert_null(memmem(store_blob(r, 0).p, store_blob(r, 0).n, secret, 8));
	store_end(r);
	store_rollback(t);
}

static void a_code_serves_once(void **state)
{
	struct factor_codes codes;
	uint8_t secret[TOTP_SECRET];
	char code[7], before[7];
	bool recovery = true;
	enrolled(7, secret, &codes);
	code_at(secret, clock_unix() - TOTP_STEP, before);
	assert_int_equal(factor_check(&desk, 7, before, &recovery), -EACCES); /* used at enrolling */
	code_at(secret, clock_unix() + TOTP_STEP, code);
	assert_int_equal(factor_check(&desk, 7, code, &recovery), 0);
	assert_false(recovery);
	assert_int_equal(factor_check(&desk, 7, code, &recovery), -EACCES);
	code_at(secret, clock_unix(), code); /* an earlier step than one that was used */
	assert_int_equal(factor_check(&desk, 7, code, &recovery), -EACCES);
	assert_int_equal(factor_check(&desk, 8, code, &recovery), -ENOENT);
}

static void a_recovery_code_serves_once(void **state)
{
	struct factor_codes codes, more;
	struct factor_state s;
	uint8_t secret[TOTP_SECRET];
	bool recovery = false;
	enrolled(7, secret, &codes);
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		assert_int_equal(factor_check(&desk, 7, codes.code[i], &recovery), 0);
		assert_true(recovery);
	}
	assert_int_equal(factor_check(&desk, 7, codes.code[3], &recovery), -EACCES);
	assert_int_equal(factor_state(&desk, 7, &s), 0);
	assert_int_equal(s.left, 0);
	assert_int_equal(factor_fresh_codes(&desk, 7, &more), 0);
	assert_int_equal(factor_check(&desk, 7, more.code[9], &recovery), 0);
	assert_int_equal(factor_fresh_codes(&desk, 8, &more), -ENOENT);
}

static void wrong_codes_have_to_wait(void **state)
{
	static const int64_t wait[] = { 15, 30, 60, 120, 240, 480, 900, 900 };
	struct factor_codes codes;
	uint8_t secret[TOTP_SECRET];
	char code[7];
	bool recovery;
	enrolled(7, secret, &codes);
	for (int i = 0; i < 3; i++)
		assert_int_equal(factor_check(&desk, 7, "00000a", &recovery), -EACCES); /* what can be no code counts too */
	for (size_t i = 0; i < ARRAY_LEN(wait); i++) {
		char sql[100];
		code_at(secret, clock_unix() + TOTP_STEP, code);
		assert_int_equal(factor_check(&desk, 7, code, &recovery), -EAGAIN); /* even the right one */
		(void)snprintf(sql, sizeof sql, "UPDATE factor SET tried = tried - %d", (int)wait[i] - 3);
		assert_int_equal(testdb_run(desk.store, sql), 0);
		assert_int_equal(factor_check(&desk, 7, codes.code[0], &recovery), -EAGAIN);
		(void)snprintf(sql, sizeof sql, "UPDATE factor SET tried = tried - 3");
		assert_int_equal(testdb_run(desk.store, sql), 0);
		assert_int_equal(factor_check(&desk, 7, "000000", &recovery), -EACCES);
	}
	assert_int_equal(testdb_run(desk.store, "UPDATE factor SET tried = tried - 901"), 0);
	code_at(secret, clock_unix() + TOTP_STEP, code);
	assert_int_equal(factor_check(&desk, 7, code, &recovery), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT wrong FROM factor"), 0);
}

struct thread { char code[7]; int err; };

static void *try(void *ctx)
{
	struct thread *x = ctx;
	bool recovery;
	x->err = factor_check(&desk, 7, x->code, &recovery);
	return NULL;
}

static void many_at_once_gain_nothing(void **state)
{
	enum { N = 12 };
	struct factor_codes codes;
	uint8_t secret[TOTP_SECRET];
	struct thread x[N] = { 0 };
	pthread_t t[N];
	int good = 0;
	enrolled(7, secret, &codes);
	for (int i = 0; i < N; i++) {
		code_at(secret, clock_unix() + TOTP_STEP, x[i].code);
		assert_int_equal(pthread_create(&t[i], NULL, try, &x[i]), 0);
	}
	for (int i = 0; i < N; i++) {
		pthread_join(t[i], NULL);
		good += x[i].err == 0;
		assert_true(x[i].err == 0 || x[i].err == -EACCES || x[i].err == -EAGAIN);
	}
	assert_int_equal(good, 1);
}

static void missing_counts_who_works_here(void **state)
{
	struct factor_codes codes;
	uint8_t secret[TOTP_SECRET];
	int64_t n;
	static const char *const people[] = { "7, 'a', 1, 'national', 'fr', 'a', 0, NULL", "8, 'b', 1, 'national', 'fr', 'b', 0, NULL",
		"9, 'c', 1, 'national', 'fr', 'c', 0, 5" };
	for (size_t i = 0; i < ARRAY_LEN(people); i++)
		assert_int_equal(testdb_run(desk.store, arena_printf(&arena,
			"INSERT INTO staff (member, name, role, unit, language, sign_in, created, gone) VALUES (%s)", people[i])), 0);
	enrolled(7, secret, &codes);
	assert_int_equal(factor_missing(&desk, &n), 0);
	assert_int_equal(n, 1);
}

#define ON_A_STORE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_STORE(totp_knows_the_vectors_of_rfc_6238),
		ON_A_STORE(totp_lets_one_step_pass_on_either_side),
		ON_A_STORE(totp_reads_what_people_type),
		ON_A_STORE(totp_shows_the_secret_in_both_forms),
		ON_A_STORE(recovery_hash_is_of_one_member_and_secret),
		ON_A_STORE(qr_is_square_and_titled),
		ON_A_STORE(enrolling_needs_a_code_of_the_new_secret),
		ON_A_STORE(the_database_alone_holds_no_secret),
		ON_A_STORE(a_code_serves_once),
		ON_A_STORE(a_recovery_code_serves_once),
		ON_A_STORE(wrong_codes_have_to_wait),
		ON_A_STORE(many_at_once_gain_nothing),
		ON_A_STORE(missing_counts_who_works_here),
	};
	return cmocka_run_group_tests(tests, begin, testdb_finish);
}
