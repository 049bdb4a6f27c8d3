/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/host.h"

#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static char folder[] = "/tmp/hisn-host-XXXXXX";

static const char *in(const char *name)
{
	static char path[2][PATH_MAX];
	static unsigned i;
	i ^= 1;
	(void)snprintf(path[i], sizeof path[i], "%s/%s", folder, name);
	return path[i];
}

#define HEADING "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static void swap_none_is_fine(void **state)
{
	assert_false(keys_host_swap_open("", folder));
	assert_false(keys_host_swap_open(HEADING, folder));
}

static void swap_on_a_plain_device_or_file_is_open(void **state)
{
	assert_int_equal(file_replace(in("swapfile"), "x", 1, 0600), 0);
	char swaps[512];
	(void)snprintf(swaps, sizeof swaps, HEADING "%s file\t2097148\t0\t-2\n", in("swapfile"));
	assert_true(keys_host_swap_open(swaps, folder));
	assert_true(keys_host_swap_open(HEADING "/dev/no-such-device partition\t1\t0\t-2\n", folder));
}

/* dm-crypt is told apart from other mappings by what sysfs says. */
static void swap_under_dm_crypt_is_not_open(void **state)
{
	char swaps[512];
	assert_int_equal(file_make_folder(in("block/dm-3/dm")), 0);
	assert_int_equal(file_make_folder(in("block/dm-4/dm")), 0);
	assert_int_equal(file_replace(in("block/dm-3/dm/uuid"), "CRYPT-PLAIN-swap\n", 17, 0644), 0);
	assert_int_equal(file_replace(in("block/dm-4/dm/uuid"), "LVM-abc\n", 8, 0644), 0);
	assert_int_equal(file_replace(in("dm-3"), "", 0, 0644), 0);
	assert_int_equal(file_replace(in("dm-4"), "", 0, 0644), 0);
	(void)snprintf(swaps, sizeof swaps, HEADING "%s partition\t1\t0\t-2\n", in("dm-3"));
	assert_false(keys_host_swap_open(swaps, folder));
	size_t n = strlen(swaps);
	(void)snprintf(swaps + n, sizeof swaps - n, "%s partition\t1\t0\t-3\n", in("dm-4"));
	assert_true(keys_host_swap_open(swaps, folder)); /* one of two is enough */
}

static void cores_go_to_a_program_when_the_pattern_is_a_pipe(void **state)
{
	assert_true(keys_host_cores_taken("|/usr/lib/systemd/systemd-coredump %P\n"));
	assert_false(keys_host_cores_taken("core\n") || keys_host_cores_taken(""));
}

static void host_key_is_made_once_and_read_back(void **state)
{
	uint8_t a[SEAL_KEY], b[SEAL_KEY];
	struct err_note note = { "" };
	struct stat st;
	assert_int_equal(keys_host_key_make(in("key"), &note), 0);
	assert_int_equal(stat(in("key"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	assert_int_equal(keys_host_key_read(in("key"), a, &note), 0);
	assert_int_equal(keys_host_key_make(in("key"), &note), -EEXIST);
	assert_int_equal(keys_host_key_read(in("key"), b, &note), 0);
	assert_memory_equal(a, b, sizeof a);
}

static void host_key_of_another_length_is_refused(void **state)
{
	uint8_t key[SEAL_KEY], file[SEAL_KEY + 1] = { 1 };
	struct err_note note = { "" };
	for (size_t n = 0; n <= sizeof file; n++) {
		assert_int_equal(file_replace(in("length"), file, n, 0600), 0);
		assert_int_equal(keys_host_key_read(in("length"), key, &note), n == SEAL_KEY ? 0 : ERR_FORMAT);
	}
	assert_int_equal(keys_host_key_read(in("missing"), key, &note), -ENOENT);
}

static void host_key_others_may_read_or_the_group_change_is_refused(void **state)
{
	uint8_t key[SEAL_KEY] = { 1 };
	struct err_note note = { "" };
	static const mode_t bad[] = { 0404, 0402, 0401, 0420, 0444 }, good[] = { 0400, 0440, 0600 };
	assert_int_equal(file_replace(in("mode"), key, sizeof key, 0400), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod(in("mode"), bad[i]), 0);
		assert_int_equal(keys_host_key_read(in("mode"), key, &note), -EPERM);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(chmod(in("mode"), good[i]), 0);
		assert_int_equal(keys_host_key_read(in("mode"), key, &note), 0);
	}
}

static void unfinished_copies_are_removed_and_nothing_else(void **state)
{
	static const char *const stay[] = { "S", "S.lock", "S.backup", "S.newest", "S.new.abcde", "S.new.abcdefg",
		"T.new.abcdef", "xS.new.abcdef", "S.old.abcdef" };
	for (size_t i = 0; i < ARRAY_LEN(stay); i++)
		assert_int_equal(file_replace(in(stay[i]), "x", 1, 0600), 0);
	assert_int_equal(file_replace(in("S.new.abcdef"), "x", 1, 0600), 0);
	assert_int_equal(file_replace(in("S.new.Z09zzz"), "x", 1, 0600), 0);
	assert_int_equal(keys_host_remove_temps(in("S")), 2);
	assert_int_equal(keys_host_remove_temps(in("S")), 0);
	for (size_t i = 0; i < ARRAY_LEN(stay); i++)
		assert_int_equal(unlink(in(stay[i])), 0);
	assert_int_equal(keys_host_remove_temps("/no/such/folder/S"), 0);
}

/* What file_temp leaves is what is looked for: the two must not drift apart. */
static void unfinished_copies_are_those_of_file_temp(void **state)
{
	char temp[PATH_MAX];
	int fd;
	assert_int_equal(file_temp(in("S"), 0600, temp, &fd), 0);
	close(fd);
	assert_int_equal(keys_host_remove_temps(in("S")), 1);
	assert_int_equal(access(temp, F_OK), -1);
}

static void folder_of_every_kind_of_path(void **state)
{
	static const char *const want[][2] = { { "/a/b/c", "/a/b" }, { "/a", "/" }, { "a", "." }, { "a/b", "a" } };
	char got[PATH_MAX];
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_int_equal(keys_host_folder_of(want[i][0], got), 0);
		assert_string_equal(got, want[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swap_none_is_fine),
		cmocka_unit_test(swap_on_a_plain_device_or_file_is_open),
		cmocka_unit_test(swap_under_dm_crypt_is_not_open),
		cmocka_unit_test(cores_go_to_a_program_when_the_pattern_is_a_pipe),
		cmocka_unit_test(host_key_is_made_once_and_read_back),
		cmocka_unit_test(host_key_of_another_length_is_refused),
		cmocka_unit_test(host_key_others_may_read_or_the_group_change_is_refused),
		cmocka_unit_test(unfinished_copies_are_removed_and_nothing_else),
		cmocka_unit_test(unfinished_copies_are_those_of_file_temp),
		cmocka_unit_test(folder_of_every_kind_of_path),
	};
	static const char *const made[] = { "swapfile", "block/dm-3/dm/uuid", "block/dm-4/dm/uuid", "block/dm-3/dm",
		"block/dm-4/dm", "block/dm-3", "block/dm-4", "block", "dm-3", "dm-4", "key", "length", "mode", "" };
	if (seal_start() || !mkdtemp(folder))
		return 2;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		(void)!remove(in(made[i]));
	return failed;
}
