/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that changes S, on a disk that takes nothing: it fails, and nothing has changed, in memory
 * or in the file; then on one that does: it works. */
#include "base/file.h"
#include "vault_tool.h"

#include <signal.h>
#include <sys/resource.h>

static struct who w[2], a, cand;
static struct keys_epoch confirmed, spam;
static uint8_t secret[SEAL_KEY];

static int call_epoch(void)
{
	struct keys_epoch e;
	return vault_epoch(v, now, KEYS_NATIONAL, KEYS_HOLD, 0, &e);
}

static int call_erase(void)
{
	return vault_epoch_erase(v, now, w[0].session, spam.id);
}

static int call_expire(void)
{
	size_t n;
	return vault_expire(v, now + 400 * (int64_t)DAY, &n);
}

static int call_member_new(void)
{
	struct vault_fresh f = fresh(PASSWORD);
	struct keys_member m;
	return vault_member_new(v, now, "rabat", KEYS_ANALYST, &f, &m);
}

static int call_confirm_first(void)
{
	return confirm(&w[0], &cand);
}

static int call_confirm_last(void)
{
	return confirm(&w[1], &cand); /* not of the unit: sharing is left to a */
}

static int call_share(void)
{
	size_t n;
	return vault_member_share(v, now, a.session, cand.id, &n);
}

static int call_reset(void)
{
	struct vault_fresh f = fresh(PASSWORD);
	struct keys_member m;
	return vault_member_reset(v, now, w[0].session, cand.id, &f, &m);
}

static int call_leave(void)
{
	return vault_member_leave(v, now, w[0].session, cand.id);
}

static int call_password(void)
{
	struct vault_login login, next;
	uint8_t seed[SEAL_KEY];
	int err = vault_password_begin(v, now, w[0].session, &login);
	if (err)
		return err;
	assert_int_equal(vault_login_unlock(&login, bytes_str(PASSWORD), seed), 0);
	assert_int_equal(vault_login_make(seed, bytes_str(PASSWORD), SEAL_COST_TEST, &next), 0);
	return vault_password_end(v, now, w[0].session, &login, seed, &next);
}

static int call_holders(void)
{
	return vault_holders(v, holder_pub);
}

static int call_recovery(void)
{
	return vault_recovery_import(v, now, confirmed.id, 0, secret, a.id);
}

static int call_backup(void)
{
	return vault_backup(v, now, vault_at("copy"));
}

static int call_rekey(void)
{
	uint8_t next[SEAL_KEY];
	memcpy(next, host_key, sizeof next);
	next[0] ^= 1;
	int err = vault_rekey(v, next);
	if (!err)
		memcpy(host_key, next, sizeof next);
	return err;
}

static void disk_takes(rlim_t n)
{
	struct rlimit l;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static struct bytes file(const char *name)
{
	struct bytes b;
	assert_int_equal(file_read(vault_at(name), 1 << 26, &b), 0);
	return b;
}

static void fails_whole_then_works(int (*call)(void), rlim_t room)
{
	struct bytes memory = content(), disk = file("S"), after;
	disk_takes(room);
	int err = call();
	disk_takes(RLIM_INFINITY);
	assert_int_equal(err, -EFBIG);
	after = content();
	assert_true(bytes_equal(memory, after));
	free((void *)after.p);
	after = file("S");
	assert_true(bytes_equal(disk, after));
	free((void *)after.p);
	assert_int_equal(call(), 0);
	free((void *)memory.p);
	free((void *)disk.p);
	/* What is in memory now is what is in the file. */
	struct bytes now_memory = content();
	vault_reopen();
	after = content();
	assert_true(bytes_equal(now_memory, after));
	free((void *)now_memory.p);
	free((void *)after.p);
}

static void a_full_disk_changes_nothing(void **state)
{
	static int (*const calls[])(void) = { call_epoch, call_member_new, call_confirm_first, call_confirm_last, call_share,
		call_password, call_recovery, call_leave, call_erase, call_expire, call_holders, call_backup, call_rekey };
	static const rlim_t rooms[] = { 0, 1, 500 };
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		sign_in(&w[0], PASSWORD);
		sign_in(&w[1], PASSWORD);
		sign_in(&a, PASSWORD);
		fails_whole_then_works(calls[i], rooms[i % ARRAY_LEN(rooms)]);
		if (calls[i] == call_confirm_first)
			assert_int_equal(member(cand.id).state, KEYS_CANDIDATE);
		if (calls[i] == call_confirm_last)
			assert_int_equal(member(cand.id).state, KEYS_ACTIVE);
		if (calls[i] == call_share) {
			sign_in(&w[0], PASSWORD);
			uint8_t layer[SEAL_NEST], next[SEAL_NEST];
			assert_int_equal(vault_recovery_export(v, confirmed.id, 0, layer), 0);
			for (size_t h = 0, n = SEAL_NEST; h < 3; h++, n -= 48) {
				assert_int_equal(seal_peel(holder_pub[h], holder_sec[h], bytes_of(layer, n), next), 0);
				memcpy(layer, next, n - 48);
			}
			memcpy(secret, layer, SEAL_KEY);
		}
	}
}

static void a_full_disk_resets_nobody(void **state)
{
	fails_whole_then_works(call_reset, 100);
}

/* A refused session keeps its keys; a wiped one would be a second failure. */
static void a_failed_change_ends_no_session(void **state)
{
	struct sealed_report r;
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	report(&e, &r);
	disk_takes(0);
	assert_int_equal(vault_member_leave(v, now, w[0].session, w[1].id), -EFBIG);
	assert_int_equal(vault_epoch_erase(v, now, w[0].session, e.id), -EFBIG);
	disk_takes(RLIM_INFINITY);
	assert_int_equal(opens(&w[1], &r), 0);
}

static void a_full_disk_founds_nothing(void **state)
{
	struct who x = person(KEYS_NATIONAL, KEYS_SUPERVISOR), y = person(KEYS_NATIONAL, KEYS_SUPERVISOR);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	struct keys_status st;
	assert_int_equal(confirm(&x, &y), 0);
	disk_takes(64);
	assert_int_equal(confirm(&y, &x), -EFBIG);
	disk_takes(RLIM_INFINITY);
	vault_status(v, now, &st);
	assert_false(st.founded);
	assert_false(sodium_is_zero(v->s->roots->founding, SEAL_KEY));
	assert_true(state_epoch(v->s, e.id)->founding);
	assert_int_equal(confirm(&y, &x), 0);
	struct sealed_report r;
	report(&e, &r);
	assert_int_equal(opens(&x, &r), 0);
}

static void a_folder_that_has_gone_changes_nothing(void **state)
{
	struct bytes before = content(), after;
	assert_int_equal(vault_backup(v, now, "/dev/full/copy"), -ENOTDIR);
	assert_int_equal(vault_backup(v, now, vault_at("none/copy")), -ENOENT);
	after = content();
	assert_true(bytes_equal(before, after)); /* no time of a copy that is not there */
	free((void *)before.p);
	free((void *)after.p);
}

static int setup_desk(void **state)
{
	int err = vault_setup_recovery(state);
	if (err)
		return err;
	found(w);
	a = colleague("rabat", KEYS_SUPERVISOR, &w[0], &w[1]);
	cand = person("rabat", KEYS_ANALYST);
	confirmed = epoch("rabat", KEYS_CONFIRMED);
	spam = epoch(KEYS_NATIONAL, KEYS_SPAM);
	(void)epoch(KEYS_NATIONAL, KEYS_UNFOUNDED);
	return 0;
}

int main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, setup_desk, vault_teardown)
	const struct CMUnitTest tests[] = {
		WITH(a_full_disk_changes_nothing),
		WITH(a_full_disk_resets_nobody),
		WITH(a_failed_change_ends_no_session),
		cmocka_unit_test_setup_teardown(a_full_disk_founds_nothing, vault_setup, vault_teardown),
		WITH(a_folder_that_has_gone_changes_nothing),
	};
	(void)signal(SIGXFSZ, SIG_IGN);
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
