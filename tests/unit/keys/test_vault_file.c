/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "vault_tool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct bytes file(const char *name)
{
	struct bytes b;
	assert_int_equal(file_read(vault_at(name), 1 << 26, &b), 0);
	return b;
}

static void put_file(const char *name, struct bytes b)
{
	assert_int_equal(file_replace(vault_at(name), b.p, b.n, 0600), 0);
}

static int open_error(const char *name, const uint8_t key[SEAL_KEY])
{
	struct vault *other = NULL;
	struct err_note note = { "" };
	int err = vault_open(vault_at(name), key, &other, &note);
	if (err) {
		assert_null(other);
		assert_true(note.text[0]);
	}
	vault_close(other);
	return err;
}

static void create_does_not_replace(void **state)
{
	struct bytes before = file("S"), after;
	vault_close(v);
	v = NULL;
	assert_int_equal(vault_create(vault_at("S"), host_key, NULL), -EEXIST);
	after = file("S");
	assert_true(bytes_equal(before, after));
	assert_int_equal(vault_create(vault_at("none/S"), host_key, NULL), -ENOENT);
	free((void *)before.p);
	free((void *)after.p);
}

static void file_is_for_its_owner_only(void **state)
{
	struct stat st;
	assert_int_equal(stat(vault_at("S"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(vault_at("S.lock"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void open_is_for_one_process(void **state)
{
	assert_int_equal(open_error("S", host_key), -EBUSY);
	assert_int_equal(vault_create(vault_at("S"), host_key, NULL), -EBUSY);
	vault_reopen(); /* closing gives it back */
}

static void open_refuses_what_is_not_there(void **state)
{
	struct stat st;
	assert_int_equal(open_error("absent", host_key), -ENOENT);
	assert_int_equal(stat(vault_at("absent.lock"), &st), -1);
}

static void open_refuses_another_hosts_key(void **state)
{
	vault_close(v);
	v = NULL;
	for (int bit = 0; bit < 8 * SEAL_KEY; bit += 5) {
		uint8_t key[SEAL_KEY];
		memcpy(key, host_key, sizeof key);
		key[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(open_error("S", key), ERR_KEY);
	}
	assert_int_equal(open_error("S", host_key), 0);
}

static void open_refuses_any_bit_changed(void **state)
{
	struct bytes b = file("S");
	uint8_t *p = (uint8_t *)b.p;
	for (size_t bit = 0; bit < 8 * b.n; bit += bit < 8 * 40 ? 1 : 37) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		put_file("T", b);
		assert_int_equal(open_error("T", host_key), bit < 8 * 7 ? ERR_FORMAT : bit < 8 * 8 ? ERR_VERSION : ERR_KEY);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	put_file("T", b);
	assert_int_equal(open_error("T", host_key), 0);
	free(p);
}

static void open_refuses_a_cut_file(void **state)
{
	struct bytes b = file("S");
	for (size_t n = 0; n < b.n; n += 9) {
		put_file("T", bytes_of(b.p, n));
		assert_int_equal(open_error("T", host_key), n < 8 + SEAL_BOX_MORE ? ERR_FORMAT : ERR_KEY);
	}
	free((void *)b.p);
}

/* Under the right key, but its content is not ours. */
static void open_refuses_foreign_content(void **state)
{
	static const uint8_t magic[8] = { 'h', 'i', 's', 'n', '-', 'S', '\n', 1 };
	uint8_t text[8 + 10 + SEAL_BOX_MORE];
	memcpy(text, magic, 8);
	assert_int_equal(seal_box(host_key, bytes_of(magic, 8), bytes_str("not S here"), text + 8), 0);
	put_file("T", bytes_of(text, sizeof text));
	assert_int_equal(open_error("T", host_key), ERR_CHECKSUM);
}

static void a_busy_vault(struct who w[2])
{
	found(w);
	struct who local = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	(void)person("", KEYS_AUDITOR);
	(void)person("rabat", KEYS_OFFICER);
	for (int c = 0; c < KEYS_CLASS_COUNT; c++) {
		(void)epoch(KEYS_NATIONAL, (enum keys_class)c);
		(void)epoch("rabat", (enum keys_class)c);
	}
	assert_int_equal(vault_member_confirm(v, now, local.session, 5, member(5).fingerprint), 0);
}

static void everything_is_there_after_a_restart(void **state)
{
	struct who w[2];
	a_busy_vault(w);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	struct sealed_report r;
	report(&e, &r);
	struct bytes before = content(), after;
	vault_reopen();
	after = content();
	assert_true(bytes_equal(before, after));
	assert_int_equal(opens(&w[0], &r), -EACCES); /* sessions are not kept */
	sign_in(&w[0], PASSWORD);
	assert_int_equal(opens(&w[0], &r), 0);
	free((void *)before.p);
	free((void *)after.p);
}

/* Every prefix, every longer one and a sample of changed bytes of a rich content: refused, or another
 * content that is written back just as it was read. */
static void content_is_read_strictly(void **state)
{
	struct who w[2];
	struct state *s;
	a_busy_vault(w);
	struct bytes b = content();
	uint8_t *p = malloc(b.n + 1), *back = malloc(b.n);
	for (size_t n = 0; n < b.n; n += n < 1000 ? 1 : 97)
		assert_int_equal(state_read(bytes_of(b.p, n), &s), ERR_CHECKSUM);
	memcpy(p, b.p, b.n);
	p[b.n] = 0;
	assert_int_equal(state_read(bytes_of(p, b.n + 1), &s), ERR_CHECKSUM);
	size_t refused = 0;
	for (size_t bit = 0; bit < 8 * b.n; bit += 3) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		int err = state_read(bytes_of(p, b.n), &s);
		if (!err) {
			state_write(s, back);
			assert_memory_equal(back, p, b.n);
			state_free(s);
		} else {
			assert_int_equal(err, ERR_CHECKSUM);
			refused++;
		}
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(refused > 100);
	free((void *)b.p);
	free(p);
	free(back);
}

/* --- content that breaks one rule each --- */

static void swap_wraps(struct state *s)
{
	struct state_wrap w = state_wraps(s)[0];
	state_wraps(s)[0] = state_wraps(s)[1];
	state_wraps(s)[1] = w;
}

static void same_wrap_twice(struct state *s) { state_wraps(s)[1] = state_wraps(s)[0]; }
static void wrap_of_no_epoch(struct state *s) { state_wraps(s)[s->wraps.n - 1].epoch += 1000; }
static void wrap_of_no_member(struct state *s) { state_wraps(s)[0].member = 0; }
static void wrap_of_a_candidate(struct state *s) { state_members(s)[0].state = KEYS_CANDIDATE; }
static void wrap_of_who_left(struct state *s) { state_members(s)[0].state = KEYS_LEFT; }
static void wrap_of_an_auditor(struct state *s)
{
	state_members(s)[0].role = KEYS_AUDITOR;
	memset(state_members(s)[0].unit, 0, KEYS_UNIT);
}
static void same_epoch_twice(struct state *s) { state_epochs(s)[1].id = state_epochs(s)[0].id; }
static void epoch_of_the_future(struct state *s) { s->next_epoch = state_epochs(s)[s->epochs.n - 1].id; }
static void epoch_of_no_week(struct state *s) { state_epochs(s)[0].from += 1; }
static void epoch_before_time(struct state *s) { state_epochs(s)[0].from -= 10000 * (int64_t)WEEK; }
static void epoch_of_no_class(struct state *s) { state_epochs(s)[0].class = KEYS_CLASS_COUNT; }
static void epoch_of_no_unit(struct state *s) { memset(state_epochs(s)[0].unit, 0, KEYS_UNIT); }
static void unit_without_end(struct state *s) { memset(state_epochs(s)[0].unit, 'x', KEYS_UNIT); }
static void unit_with_a_tail(struct state *s) { state_epochs(s)[0].unit[KEYS_UNIT - 1] = 'x'; }
static void founding_wrap_after_the_founding(struct state *s) { state_epochs(s)[0].founding = true; }
static void member_of_no_role(struct state *s) { state_members(s)[3].role = (enum keys_role)6; }
static void member_of_no_state(struct state *s) { state_members(s)[2].state = (enum keys_state)0; }
static void auditor_of_a_unit(struct state *s) { state_members(s)[3].unit[0] = 'x'; }
static void auditor_as_candidate(struct state *s) { state_members(s)[3].state = KEYS_CANDIDATE; }
static void confirmed_by_nobody_there(struct state *s) { state_members(s)[2].confirmed_by[1] = 99; }
static void same_nest_twice(struct state *s) { state_nests(s)[1].epoch = state_nests(s)[0].epoch; }
static void nest_of_no_epoch(struct state *s) { state_nests(s)[s->nests.n - 1].epoch = 9999; }
static void backup_before_time(struct state *s) { s->backup_at = -1; }
static void recovery_by_no_triple(struct state *s) { state_recoveries(s)[0].triple = SEAL_TRIPLES; }
static void recovery_of_no_epoch(struct state *s) { state_recoveries(s)[0].epoch = 0; }
static void recovery_to_nobody(struct state *s) { state_recoveries(s)[0].member = 77; }

static void content_that_breaks_a_rule_is_refused(void **state)
{
	static void (*const breaks[])(struct state *) = { swap_wraps, same_wrap_twice, wrap_of_no_epoch, wrap_of_no_member,
		wrap_of_a_candidate, wrap_of_who_left, wrap_of_an_auditor, same_epoch_twice, epoch_of_the_future,
		epoch_of_no_week, epoch_before_time, epoch_of_no_class, epoch_of_no_unit, unit_without_end, unit_with_a_tail,
		founding_wrap_after_the_founding, member_of_no_role, member_of_no_state, auditor_of_a_unit,
		auditor_as_candidate, confirmed_by_nobody_there, same_nest_twice, nest_of_no_epoch, backup_before_time,
		recovery_by_no_triple, recovery_of_no_epoch, recovery_to_nobody };
	struct who w[2];
	struct state *s, *back;
	a_busy_vault(w);
	for (size_t i = 0; i <= ARRAY_LEN(breaks); i++) {
		assert_int_equal(state_copy(v->s, &s), 0);
		struct vault_recovery *r = state_add(&s->recoveries);
		*r = (struct vault_recovery){ .at = now, .epoch = 1, .member = 1, .triple = 9 };
		if (i < ARRAY_LEN(breaks))
			breaks[i](s);
		size_t n = state_size(s);
		uint8_t *p = malloc(n);
		state_write(s, p);
		int err = state_read(bytes_of(p, n), &back);
		if (err != (i < ARRAY_LEN(breaks) ? ERR_CHECKSUM : 0))
			fail_msg("rule %zu: %d", i, err);
		if (!err)
			state_free(back);
		free(p);
		state_free(s);
	}
}

static void backup_is_another_S_and_its_time_is_kept(void **state)
{
	struct keys_status st;
	struct who w[2];
	found(w);
	vault_status(v, now, &st);
	assert_int_equal(st.backup_at, 0);
	assert_int_equal(vault_backup(v, now + 5, vault_at("copy")), 0);
	vault_status(v, now, &st);
	assert_int_equal(st.backup_at, now + 5);
	struct bytes before = content(), after;
	vault_close(v);
	assert_int_equal(vault_open(vault_at("copy"), host_key, &v, NULL), 0);
	after = content();
	assert_true(bytes_equal(before, after));
	free((void *)before.p);
	free((void *)after.p);
}

static void backup_has_one_generation(void **state)
{
	assert_int_equal(vault_backup(v, now, vault_at("copy")), 0);
	struct bytes one = file("copy");
	assert_int_equal(vault_backup(v, now, vault_at("copy")), 0);
	struct bytes two = file("copy");
	assert_false(bytes_equal(one, two)); /* another nonce at least */
	free((void *)one.p);
	free((void *)two.p);
}

static void backup_refuses_its_own_file(void **state)
{
	assert_int_equal(vault_backup(v, now, vault_at("S")), -EINVAL);
	assert_int_equal(link(vault_at("S"), vault_at("other-name")), 0);
	assert_int_equal(vault_backup(v, now, vault_at("other-name")), -EINVAL);
	assert_int_equal(vault_backup(v, -1, vault_at("copy")), -EINVAL);
}

static void rekey_makes_older_copies_useless(void **state)
{
	uint8_t next[SEAL_KEY] = "the next key of this host, 32 by";
	struct bytes old = file("S");
	put_file("old", old);
	assert_int_equal(vault_rekey(v, next), 0);
	vault_close(v);
	v = NULL;
	assert_int_equal(open_error("S", host_key), ERR_KEY);
	assert_int_equal(open_error("S", next), 0);
	assert_int_equal(open_error("old", next), ERR_KEY);
	assert_int_equal(vault_open(vault_at("S"), next, &v, NULL), 0);
	(void)person(KEYS_NATIONAL, KEYS_ANALYST); /* later changes are under the new one too */
	vault_close(v);
	v = NULL;
	assert_int_equal(open_error("S", next), 0);
	free((void *)old.p);
}

static bool holds(const char *name, const void *what, size_t n)
{
	struct bytes b = file(name);
	bool found_it = memmem(b.p, b.n, what, n) != NULL;
	free((void *)b.p);
	return found_it;
}

static void nothing_stands_in_clear(void **state)
{
	struct who w[2];
	a_busy_vault(w);
	struct keys_epoch e = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	assert_false(holds("S", "rabat", 5));
	assert_false(holds("S", e.pub, sizeof e.pub));
	assert_false(holds("S", v->s->roots->pepper, SEAL_KEY));
	assert_false(holds("S", host_key, SEAL_KEY));
	struct bytes b = content(); /* the search itself finds things */
	assert_non_null(memmem(b.p, b.n, "rabat", 5));
	free((void *)b.p);
}

int main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, vault_setup, vault_teardown)
#define RECOVERY(f) cmocka_unit_test_setup_teardown(f, vault_setup_recovery, vault_teardown)
	const struct CMUnitTest tests[] = {
		WITH(create_does_not_replace),
		WITH(file_is_for_its_owner_only),
		WITH(open_is_for_one_process),
		WITH(open_refuses_what_is_not_there),
		WITH(open_refuses_another_hosts_key),
		WITH(open_refuses_any_bit_changed),
		WITH(open_refuses_a_cut_file),
		WITH(open_refuses_foreign_content),
		WITH(everything_is_there_after_a_restart),
		WITH(content_is_read_strictly),
		RECOVERY(content_that_breaks_a_rule_is_refused),
		WITH(backup_is_another_S_and_its_time_is_kept),
		WITH(backup_has_one_generation),
		WITH(backup_refuses_its_own_file),
		WITH(rekey_makes_older_copies_useless),
		WITH(nothing_stands_in_clear),
	};
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
