/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of the audit trail: what is signed, what is not, and what a file that is gone or changed does. */
#include "base/file.h"
#include "vault_tool.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST = 40 };
static uint8_t leaves[2][MOST][MERKLE_HASH]; /* [1]: the same history, rewritten at entry 5 */
static char note[CHECKPOINT_NOTE_MAX];

static int setup_trail(void **state)
{
	for (uint8_t i = 0; i < MOST; i++) {
		const uint8_t entry[2] = { i, 0 }, other[2] = { i, i == 5 };
		merkle_leaf(bytes_of(entry, 2), leaves[0][i]);
		merkle_leaf(bytes_of(other, 2), leaves[1][i]);
	}
	memset(note, 0, sizeof note);
	return vault_setup(state);
}

static int source(void *ctx, uint64_t first, unsigned level, uint8_t ret[MERKLE_HASH])
{
	uint8_t l[MERKLE_HASH], r[MERKLE_HASH];
	uint8_t (*of)[MERKLE_HASH] = ctx;
	if (!level) {
		memcpy(ret, of[first], MERKLE_HASH);
		return 0;
	}
	assert_int_equal(source(ctx, first, level - 1, l), 0);
	assert_int_equal(source(ctx, first + ((uint64_t)1 << (level - 1)), level - 1, r), 0);
	merkle_node(l, r, ret);
	return 0;
}

/* The head of history `of` at `size`, with the proof from `old` that its holder can make. */
static int sign(int of, uint64_t old, uint64_t size)
{
	struct merkle_proof p;
	uint8_t root[MERKLE_HASH];
	size_t n = 0;
	assert_int_equal(merkle_range(source, leaves[of], 0, size, root), 0);
	assert_int_equal(merkle_consistency(source, leaves[of], old, size, &p), 0);
	note[0] = 0;
	int err = vault_head_sign(v, size, root, bytes_of(p.hash, (size_t)p.n * MERKLE_HASH), note, &n);
	assert_int_equal(strlen(note), err ? 0 : n);
	return err;
}

static struct keys_head head(void)
{
	struct keys_head h;
	vault_head(v, &h);
	return h;
}

static void first_head_is_signed_and_remembered(void **state)
{
	struct checkpoint c;
	struct keys_head h = head();
	assert_int_equal(h.state, KEYS_HEAD_NONE);
	assert_int_equal(h.size, 0);
	assert_string_equal(h.note, "");
	assert_int_equal(sign(0, 0, 7), 0);
	assert_int_equal(checkpoint_open(bytes_str(note), &h.key, &c), 0);
	assert_int_equal(c.size, 7);
	assert_string_equal(c.origin, h.key.name);
	assert_int_equal(strncmp(h.key.name, "hisn-audit/", 11), 0);
	vault_reopen();
	struct keys_head again = head();
	assert_int_equal(again.state, KEYS_HEAD_KEPT);
	assert_int_equal(again.size, 7);
	assert_string_equal(again.note, note);
	assert_memory_equal(again.key.pub, h.key.pub, sizeof h.key.pub); /* S's own, the same for ever */
	assert_string_equal(again.key.name, h.key.name);
}

static void trail_that_grows_is_signed_at_every_size(void **state)
{
	uint64_t last = 0;
	for (uint64_t size = 1; size <= MOST; size += 1 + size / 3) {
		assert_int_equal(sign(0, last, size), 0);
		assert_int_equal(head().size, size);
		last = size;
		if (size % 2)
			vault_reopen();
	}
}

static void same_head_again_is_the_same_note(void **state)
{
	char before[CHECKPOINT_NOTE_MAX];
	assert_int_equal(sign(0, 0, 12), 0);
	memcpy(before, note, sizeof before);
	assert_int_equal(sign(0, 12, 12), 0);
	assert_string_equal(note, before);
	assert_int_equal(sign(1, 12, 12), ERR_REFUSED);
	assert_string_equal(note, "");
}

static void rewritten_history_is_not_signed(void **state)
{
	assert_int_equal(sign(0, 0, 12), 0);
	for (uint64_t size = 12; size <= MOST; size++)
		for (uint64_t old = 0; old <= 12; old++) /* whatever proof it comes with */
			assert_int_equal(sign(1, old, size), ERR_REFUSED);
	assert_int_equal(head().size, 12);
	assert_int_equal(sign(0, 12, 20), 0);
}

static void shorter_trail_is_not_signed(void **state)
{
	struct merkle_proof none = { .n = 0 };
	uint8_t root[MERKLE_HASH];
	size_t n;
	assert_int_equal(sign(0, 0, 12), 0);
	for (uint64_t size = 0; size < 12; size++) {
		assert_int_equal(merkle_range(source, leaves[0], 0, size, root), 0);
		assert_int_equal(vault_head_sign(v, size, root, bytes_of(none.hash, 0), note, &n), ERR_REFUSED);
	}
	vault_reopen();
	assert_int_equal(sign(0, 11, 11), ERR_REFUSED);
}

static void proof_of_a_bad_form_is_refused(void **state)
{
	static const uint8_t bytes[(MERKLE_PROOF + 1) * MERKLE_HASH];
	size_t n;
	assert_int_equal(sign(0, 0, 12), 0);
	const size_t sizes[] = { 0, 1, MERKLE_HASH, MERKLE_HASH * 4 + 1, sizeof bytes };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		assert_int_equal(vault_head_sign(v, 20, bytes, bytes_of(bytes, sizes[i]), note, &n), ERR_REFUSED);
	assert_int_equal(vault_head_sign(v, UINT64_MAX, bytes, bytes_of(bytes, 0), note, &n), ERR_REFUSED);
}

static void head_file_that_is_gone_is_told(void **state)
{
	assert_int_equal(sign(0, 0, 12), 0);
	assert_int_equal(unlink(vault_at("S.head")), 0);
	vault_reopen();
	assert_int_equal(head().state, KEYS_HEAD_NONE);
	assert_int_equal(sign(1, 0, 9), 0); /* the keeper of the host said so */
}

static void head_file_with_a_bit_changed_stops_signing(void **state)
{
	struct bytes file;
	assert_int_equal(sign(0, 0, 12), 0);
	assert_int_equal(file_read(vault_at("S.head"), CHECKPOINT_NOTE_MAX, &file), 0);
	uint8_t *p = (uint8_t *)(uintptr_t)file.p;
	for (size_t i = 0; i < file.n; i += 5) {
		p[i] ^= 1;
		assert_int_equal(file_replace(vault_at("S.head"), p, file.n, 0600), 0);
		vault_reopen();
		assert_int_equal(head().state, KEYS_HEAD_DAMAGED);
		assert_int_equal(head().size, 0);
		assert_int_equal(sign(0, 0, 12), ERR_CHECKSUM);
		assert_int_equal(sign(0, 12, 13), ERR_CHECKSUM);
		p[i] ^= 1;
	}
	assert_int_equal(file_replace(vault_at("S.head"), p, file.n - 1, 0600), 0);
	vault_reopen();
	assert_int_equal(head().state, KEYS_HEAD_DAMAGED);
	assert_int_equal(file_replace(vault_at("S.head"), p, file.n, 0600), 0);
	vault_reopen();
	assert_int_equal(sign(0, 12, 13), 0);
	free(p);
}

/* Put there by somebody who has another store: its key is not this one's. */
static void head_of_another_store_is_damage(void **state)
{
	struct bytes file;
	struct keys_head before = head();
	assert_int_equal(sign(0, 0, 12), 0);
	assert_int_equal(file_read(vault_at("S.head"), CHECKPOINT_NOTE_MAX, &file), 0);
	vault_close(v);
	v = NULL;
	assert_int_equal(unlink(vault_at("S")), 0);
	assert_int_equal(vault_create(vault_at("S"), host_key, NULL), 0);
	vault_reopen();
	assert_int_equal(head().state, KEYS_HEAD_DAMAGED);
	assert_memory_not_equal(head().key.pub, before.key.pub, NOTE_PUBLIC);
	free((void *)(uintptr_t)file.p);
}

static void full_disk_signs_nothing(void **state)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	assert_int_equal(sign(0, 0, 12), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	int err = sign(0, 12, 13);
	char left[CHECKPOINT_NOTE_MAX];
	memcpy(left, note, sizeof left);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_int_equal(err, -EFBIG);
	assert_string_equal(left, "");
	assert_int_equal(head().size, 12);
	vault_reopen();
	assert_int_equal(head().size, 12);
	assert_int_equal(sign(0, 12, 13), 0);
}

int main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, setup_trail, vault_teardown)
	const struct CMUnitTest tests[] = {
		WITH(first_head_is_signed_and_remembered),
		WITH(trail_that_grows_is_signed_at_every_size),
		WITH(same_head_again_is_the_same_note),
		WITH(rewritten_history_is_not_signed),
		WITH(shorter_trail_is_not_signed),
		WITH(proof_of_a_bad_form_is_refused),
		WITH(head_file_that_is_gone_is_told),
		WITH(head_file_with_a_bit_changed_stops_signing),
		WITH(head_of_another_store_is_damage),
		WITH(full_disk_signs_nothing),
	};
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
