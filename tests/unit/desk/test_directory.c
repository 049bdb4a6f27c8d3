/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in the directory, and that each change stands in the audit trail. */
#include "desk/directory/directory.h"

#include "../store/testdb.h"
#include "desk/schema.h"
#include "seal/packet.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1795000000 };
static const char key_hex[] = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
static struct desk desk;
static struct arena arena;
static const struct audit_entry karim = { .member = 7, .role = KEYS_SUPERVISOR };

static void mail_is_as_nearly_all_are(void **state)
{
	static const char *const good[] = { "abuse@host.example", "a@b.co", "first.last+tag@mail.host-1.example", "A_b-9@x.example" };
	static const char *const bad[] = { "", "abuse", "@host.example", "abuse@", "abuse@host", "-fx@host.example", ".a@host.example",
		"a.@host.example", "a..b@host.example", "a b@host.example", "a@b@host.example", "a@host.example,b@host.example",
		"a@-host.example", "a@host-.example", "a@host..example", "a@host.example.", "a@[127.0.0.1]", "a@127.0.0.1",
		"a@host.example\nBcc: b@host.example", "\"a b\"@host.example", "a@h\xc3\xb4te.example", "<a@host.example>", "a%b@host.example",
		"a'b@host.example", "a|b@host.example",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@host.example" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!directory_mail_good(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (directory_mail_good(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

static struct directory_recipient recipient(void)
{
	return (struct directory_recipient){ .kind = RECIPIENT_HOSTING, .name = "Host of the test", .language = "fr",
		.mail = "abuse@host.example", .confirmed = NOW - 86400, .active = true };
}

static const char *fault(struct directory_recipient r)
{
	const struct directory_fault f = directory_recipient_check(&r, NOW);
	return f.why ? f.field : "";
}

static void recipient_is_checked_field_by_field(void **state)
{
	struct directory_recipient r = recipient();
	assert_string_equal(fault(r), "");
	r.name = NULL;
	assert_string_equal(fault(r), "name");
	r.name = "two\nlines";
	assert_string_equal(fault(r), "name");
	r.name = "turned \xe2\x80\xae round"; /* U+202E */
	assert_string_equal(fault(r), "name");
	r = recipient();
	r.language = "xx";
	assert_string_equal(fault(r), "language");
	r = recipient();
	r.mail = "x";
	assert_string_equal(fault(r), "mail");
	r.mail = NULL;
	assert_string_equal(fault(r), "mail"); /* no way to reach them */
	r.postal = "1 Street\nTown";
	assert_string_equal(fault(r), "");
	r.postal = "1 Street\tTown";
	assert_string_equal(fault(r), "postal");
	r.postal = NULL;
	static const char *const form[] = { "http://host.example/", "https://", "https:///x", "javascript:x", "https://host.example/a b",
		"https://host.example/\"" };
	for (size_t i = 0; i < ARRAY_LEN(form); i++) {
		r.form = form[i];
		assert_string_equal(fault(r), "form");
	}
	r.form = "https://host.example/abuse?lang=fr#form";
	assert_string_equal(fault(r), "");
	r.confirmed = NOW + 2 * 86400;
	assert_string_equal(fault(r), "confirmed");
	r.confirmed = 0;
	assert_string_equal(fault(r), "confirmed");
}

static void confirmation_is_good_for_half_a_year(void **state)
{
	assert_true(directory_fresh(NOW - 183 * 86400, NOW));
	assert_false(directory_fresh(NOW - 184 * 86400, NOW));
}

static void key_is_one_that_can_be_sealed_to(void **state)
{
	uint8_t k[SEAL_PUBLIC];
	assert_true(directory_key_read(key_hex, k));
	assert_true(directory_key_read("8520f0098930a754 748b7ddcb43ef75a\n0dbf3a0d26381af4eba4a98eaa9b4e6a ", k));
	assert_false(directory_key_read(key_hex + 1, k));
	assert_false(directory_key_read("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a0", k));
	assert_false(directory_key_read("g520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", k));
	assert_false(directory_key_read("0000000000000000000000000000000000000000000000000000000000000000", k));
	assert_false(directory_key_read("0100000000000000000000000000000000000000000000000000000000000000", k));
}

static void fingerprint_is_typed_as_heard(void **state)
{
	uint8_t k[SEAL_PUBLIC];
	char f[SEAL_FINGERPRINT], other[40];
	assert_true(directory_key_read(key_hex, k));
	packet_fingerprint(k, f);
	assert_true(directory_fingerprint_is(k, f));
	(void)snprintf(other, sizeof other, "%.5s%.5s-%.5s. %.5s", f, f + 6, f + 12, f + 18);
	assert_true(directory_fingerprint_is(k, other));
	(void)snprintf(other, sizeof other, "%s0", f);
	assert_false(directory_fingerprint_is(k, other));
	f[22] = f[22] == '1' ? '2' : '1';
	assert_false(directory_fingerprint_is(k, f));
	f[22] = 0;
	assert_false(directory_fingerprint_is(k, f));
	assert_false(directory_fingerprint_is(k, ""));
	assert_false(directory_fingerprint_is(k, NULL));
}

/* --- in the database --- */

static void recipient_is_kept_and_audited(void **state)
{
	struct directory_recipient r = recipient(), *list;
	struct directory_count count[RECIPIENT_KIND_COUNT];
	size_t n;
	r.confirmed_by = 7;
	assert_int_equal(directory_recipient_put(&desk, &karim, &r), 0);
	assert_int_equal(directory_recipients(&desk, &arena, RECIPIENT_HOSTING, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].mail, "abuse@host.example");
	assert_null(list[0].postal);
	assert_int_equal(list[0].version, 1);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM audit WHERE action = 'recipient.put' AND member = 7"), 1);
	assert_int_equal(directory_recipients(&desk, &arena, RECIPIENT_POLICE, &list, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(directory_count(&desk, NOW, count), 0);
	assert_int_equal(count[RECIPIENT_HOSTING].all, 1);
	assert_int_equal(count[RECIPIENT_HOSTING].good, 1);
	assert_int_equal(directory_count(&desk, NOW + DIRECTORY_FRESH, count), 0);
	assert_int_equal(count[RECIPIENT_HOSTING].good, 0);
}

static void recipient_changed_meanwhile_is_told(void **state)
{
	struct directory_recipient r = recipient(), again;
	r.confirmed_by = 7;
	r.kind = RECIPIENT_POLICE;
	r.has_key = directory_key_read(key_hex, r.key);
	assert_int_equal(directory_recipient_put(&desk, &karim, &r), 0);
	assert_int_equal(directory_recipient(&desk, &arena, r.id, &again), 0);
	assert_true(again.has_key);
	assert_memory_equal(again.key, r.key, SEAL_PUBLIC);
	again.name = "Another name";
	assert_int_equal(directory_recipient_put(&desk, &karim, &again), 0);
	again.name = "A third";
	assert_int_equal(directory_recipient_put(&desk, &karim, &again), -EAGAIN);
	assert_int_equal(directory_recipient(&desk, &arena, r.id, &r), 0);
	assert_string_equal(r.name, "Another name");
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM audit WHERE action = 'recipient.put' AND detail LIKE 'key %'"), 3); /* one of the test before */
	r.active = false;
	assert_int_equal(directory_recipient_put(&desk, &karim, &r), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM audit WHERE action = 'recipient.rest'"), 1);
	uint8_t none[SEAL_ID] = { 0 };
	assert_int_equal(directory_recipient(&desk, &arena, none, &r), -ENOENT);
}

static void unit_is_kept_and_audited(void **state)
{
	struct directory_unit u = { .code = "MA-CAS", .name = "CAPE of the test", .phone = "+212 5 22 00 00 00", .confirmed = NOW,
		.confirmed_by = 7, .active = true }, got, *list;
	size_t n;
	assert_null(directory_unit_check(desk.data, &u, NOW).why);
	assert_int_equal(directory_unit_put(&desk, &karim, &u), 0);
	assert_int_equal(directory_unit_put(&desk, &karim, &u), -EAGAIN); /* two who add it at once */
	assert_int_equal(directory_unit(&desk, &arena, "MA-CAS", &got), 0);
	assert_null(got.mail);
	assert_int_equal(got.version, 1);
	got.mail = "cape@unit.example";
	assert_int_equal(directory_unit_put(&desk, &karim, &got), 0);
	assert_int_equal(directory_units(&desk, &arena, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].mail, "cape@unit.example");
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM audit WHERE action = 'unit.put' AND object = 'MA-CAS'"), 2);
	assert_int_equal(directory_unit(&desk, &arena, "MA-RAB", &got), -ENOENT);
}

static void unit_is_checked(void **state)
{
	struct directory_unit u = { .code = "MA-XXX", .name = "x", .phone = "19", .confirmed = NOW };
	assert_string_equal(directory_unit_check(desk.data, &u, NOW).field, "code");
	u.code = "MA-CAS";
	assert_null(directory_unit_check(desk.data, &u, NOW).why);
	u.phone = "5 22+1";
	assert_string_equal(directory_unit_check(desk.data, &u, NOW).field, "phone");
	u.phone = NULL;
	assert_string_equal(directory_unit_check(desk.data, &u, NOW).field, "phone");
}

static int start(void **state)
{
	char folder[PATH_MAX];
	struct err_note note = { "" };
	(void)snprintf(folder, sizeof folder, "%s/desk", getenv("HISN_DATA") ? getenv("HISN_DATA") : "data");
	int err = seal_start();
	if (!err)
		err = desk_data_open(folder, (struct desk_data **)(uintptr_t)&desk.data, &note);
	if (!err)
		err = testdb_begin(state);
	if (!err)
		err = store_open(testdb_where(), &desk.store, &note);
	if (!err)
		err = store_migrate(desk.store, desk_schema, desk_schema_n, &note);
	if (err)
		print_error("%s\n", err_say(&note, err));
	arena_init(&arena, 0);
	return err;
}

static int stop(void **state)
{
	store_close(desk.store);
	desk_data_free((struct desk_data *)(uintptr_t)desk.data);
	arena_done(&arena);
	return testdb_finish(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_is_as_nearly_all_are),
		cmocka_unit_test(recipient_is_checked_field_by_field),
		cmocka_unit_test(confirmation_is_good_for_half_a_year),
		cmocka_unit_test(key_is_one_that_can_be_sealed_to),
		cmocka_unit_test(fingerprint_is_typed_as_heard),
		cmocka_unit_test(recipient_is_kept_and_audited),
		cmocka_unit_test(recipient_changed_meanwhile_is_told),
		cmocka_unit_test(unit_is_kept_and_audited),
		cmocka_unit_test(unit_is_checked),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
