/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static char folder[] = "/tmp/hisn-file-XXXXXX";

static const char *in(const char *name)
{
	static char path[2][PATH_MAX];
	static int turn;
	char *p = path[turn ^= 1];
	(void)snprintf(p, PATH_MAX, "%s/%s", folder, name);
	return p;
}

static void holds(const char *path, const char *text)
{
	struct bytes b;
	assert_int_equal(file_read(path, 1 << 20, &b), 0);
	assert_int_equal(b.n, strlen(text));
	assert_string_equal((const char *)b.p, text); /* a NUL follows */
	free((void *)b.p);
}

static unsigned files_there(void)
{
	unsigned n = 0;
	DIR *d = opendir(folder);
	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static void replaces_whole_with_its_mode(void **state)
{
	struct stat st;
	assert_int_equal(file_replace(in("a"), "one", 3, 0640), 0);
	holds(in("a"), "one");
	assert_int_equal(file_replace(in("a"), "", 0, 0600), 0);
	holds(in("a"), "");
	assert_int_equal(stat(in("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files_there(), 1);
	(void)unlink(in("a"));
}

/* Its size is 0, and it is over after the first read, however little that took. */
static void settings_of_the_kernel_are_read_whole(void **state)
{
	char line[64] = "";
	FILE *f = fopen("/proc/sys/net/core/rmem_max", "r");
	if (!f)
		skip();
	assert_non_null(fgets(line, sizeof line, f));
	fclose(f);
	assert_true(strlen(line) > 2);
	holds("/proc/sys/net/core/rmem_max", line);
}

static void a_failed_replacement_leaves_the_old_file(void **state)
{
	assert_int_equal(file_make_folder(in("sub")), 0);
	assert_int_equal(file_replace(in("sub"), "x", 1, 0600), -EISDIR);
	assert_int_equal(file_replace(in("none/a"), "x", 1, 0600), -ENOENT);
	assert_int_equal(files_there(), 1); /* no temporary file is left */
	(void)rmdir(in("sub"));
	char longer[PATH_MAX + 10];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = 0;
	assert_int_equal(file_replace(longer, "x", 1, 0600), -ENAMETOOLONG);
	assert_int_equal(file_make_folder(longer), -ENAMETOOLONG);
}

static void streaming_replacement(void **state)
{
	char temp[PATH_MAX];
	int fd;
	assert_int_equal(file_replace(in("b"), "old", 3, 0600), 0);
	assert_int_equal(file_temp(in("b"), 0600, temp, &fd), 0);
	assert_int_equal(file_write_all(fd, "new", 3), 0);
	holds(in("b"), "old");
	assert_int_equal(file_commit(fd, temp, in("b")), 0);
	holds(in("b"), "new");
	assert_int_equal(file_temp(in("b"), 0600, temp, &fd), 0);
	(void)unlink(temp);
	assert_int_equal(file_commit(fd, temp, in("b")), -ENOENT);
	holds(in("b"), "new");
	(void)unlink(in("b"));
}

static void full_disk_is_told(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, "x", 1), -ENOSPC);
	assert_int_equal(file_write_all(fd, "", 0), 0);
	(void)close(fd);
	assert_int_equal(file_write_all(fd, "x", 1), -EBADF);
}

static void reading_has_limits(void **state)
{
	struct bytes untouched = { (const uint8_t *)"u", 1 }, b = untouched;
	assert_int_equal(file_replace(in("c"), "12345", 5, 0600), 0);
	assert_int_equal(file_read(in("c"), 4, &b), -EFBIG);
	assert_int_equal(file_read(in("none"), 4, &b), -ENOENT);
	assert_int_equal(file_read(folder, 4, &b), -EISDIR);
	assert_int_equal(file_read("/dev/zero", 100000, &b), -EFBIG); /* no size, no end */
	assert_ptr_equal(b.p, untouched.p);
	assert_int_equal(file_read(in("c"), 5, &b), 0);
	assert_int_equal(b.n, 5);
	free((void *)b.p);
	assert_int_equal(file_read("/proc/self/status", 1 << 20, &b), 0); /* size 0, yet not empty */
	assert_true(b.n > 100);
	free((void *)b.p);
	(void)unlink(in("c"));
}

static void folders_are_made_with_their_parents(void **state)
{
	assert_int_equal(file_make_folder(in("x/y//z/")), 0);
	assert_int_equal(file_make_folder(in("x/y/z")), 0);
	assert_int_equal(file_replace(in("x/y/z/f"), "1", 1, 0600), 0);
	assert_int_equal(file_make_folder(in("x/y/z/f/g")), -ENOTDIR);
	assert_int_equal(file_make_folder(""), -ENOENT);
	(void)unlink(in("x/y/z/f"));
	(void)rmdir(in("x/y/z"));
	(void)rmdir(in("x/y"));
	(void)rmdir(in("x"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_whole_with_its_mode),
		cmocka_unit_test(a_failed_replacement_leaves_the_old_file),
		cmocka_unit_test(streaming_replacement),
		cmocka_unit_test(full_disk_is_told),
		cmocka_unit_test(reading_has_limits),
		cmocka_unit_test(settings_of_the_kernel_are_read_whole),
		cmocka_unit_test(folders_are_made_with_their_parents),
	};
	if (!mkdtemp(folder))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(folder);
	return failed;
}
