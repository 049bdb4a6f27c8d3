/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/config.h"
#include "desk/post/write.h"
#include "desk/schema.h"
#include "base/clock.h"
#include "base/file.h"
#include "../store/testdb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

static char desk_name[] = "Cellule d’écoute", desk_from[] = "desk@desk.example", desk_base[] = "https://desk.example";
static struct desk_config config = { .name = desk_name, .mail = { .from = desk_from, .base = desk_base, .seconds = 5 } };
static struct desk desk = { .config = &config };
static struct arena arena;

static const struct post_letter plain = { .from = "desk@desk.example", .to = "amal@unit.example", .subject = "A word",
	.text = "One line.\nAnd = another.\n", .at = 1795000000, .id = { 0xab }, .automatic = true };

static int begin(void **state)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	assert_int_equal(sigaction(SIGPIPE, &ignore, NULL), 0);
	assert_int_equal(seal_start(), 0);
	return testdb_begin(state);
}

static int fresh(void **state)
{
	struct err_note note = { "" };
	arena_init(&arena, 0);
	(void)unlink(testdb_path("got"));
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

/* A program in the place of sendmail. */
static void mta(const char *script)
{
	static char path[PATH_MAX];
	char text[1024];
	(void)snprintf(path, sizeof path, "%s", testdb_path("mta"));
	int n = snprintf(text, sizeof text, "#!/bin/sh\nDIR=%s\n%s\n", testdb_folder(), script);
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, (size_t)n), n);
	assert_int_equal(close(fd), 0);
	config.mail.sendmail = path;
}

#define RECORDS "echo \"$@\" >>$DIR/got; ls /proc/self/fd | tr '\\n' ' ' >>$DIR/got; cat >>$DIR/got; env >>$DIR/got"

static const char *got(const char *name)
{
	struct bytes b;
	if (file_read(testdb_path(name), 1 << 20, &b))
		return "";
	const char *s = arena_text(&arena, (const char *)b.p, b.n);
	free((void *)(uintptr_t)b.p);
	return s;
}

static const char *written(const struct post_letter *l)
{
	struct bytes b = { NULL, 0 };
	assert_int_equal(post_write(&arena, l, &b), 0);
	return arena_text(&arena, (const char *)b.p, b.n);
}

#define has(text, part) assert_non_null(strstr(text, part))
#define has_not(text, part) assert_null(strstr(text, part))

/* --- the message --- */

static void write_says_what_it_was_given(void **state)
{
	assert_string_equal(written(&plain),
		"From: desk@desk.example\n"
		"To: amal@unit.example\n"
		"Subject: A word\n"
		"Date: Wed, 18 Nov 2026 11:06:40 +0000\n"
		"Message-ID: <ab000000000000000000000000000000@desk.example>\n"
		"MIME-Version: 1.0\n"
		"Auto-Submitted: auto-generated\n"
		"Content-Type: text/plain; charset=UTF-8\n"
		"Content-Transfer-Encoding: quoted-printable\n"
		"\n"
		"One line.\n"
		"And =3D another.\n");
}

static void write_encodes_a_subject_in_whole_characters(void **state)
{
	struct post_letter l = plain;
	l.subject = "يجب أن ينظر أحد الآن في هذا التبليغ الجديد قبل أن يفوت الأوان";
	const char *m = written(&l), *line = strstr(m, "Subject: ");
	has(line, "Subject: =?UTF-8?B?");
	for (; strncmp(line, "Date: ", 6) != 0; line = strchr(line, '\n') + 1) {
		assert_true(strcspn(line, "\n") <= 87);
		uint8_t raw[64];
		size_t n;
		const char *from = strstr(line, "?B?") + 3, *stop;
		assert_int_equal(sodium_base642bin(raw, sizeof raw, from, strcspn(from, "?"), NULL, &n, &stop, sodium_base64_VARIANT_ORIGINAL), 0);
		assert_true((raw[0] & 0xc0) != 0x80); /* begins with a character's first byte */
	}
	l.subject = "=?UTF-8?B?QQ==?= looks encoded";
	has(written(&l), "Subject: =?UTF-8?B?PT9VVEYtOD9CP1FRPT0/PSBsb29rcyBlbmNvZGVk?=\n");
	l.subject = "A word";
	l.name = "Desk, \"national\"";
	has(written(&l), "From: =?UTF-8?B?RGVzaywgIm5hdGlvbmFsIg==?=\n <desk@desk.example>\n");
}

static void write_lets_nothing_become_a_header(void **state)
{
	struct bytes b = { NULL, 7 };
	static const char *const bad[] = { "a\nBcc: x@y.example", "a\rBcc: x@y.example", "a\tb", "a\x01", "\xc2\x85", "\xe2\x80\xa8", "\xff" };
	static const char *const address[] = { "", "a", "a@", "@b.example", "a b@c.example", "a@b.example\n", "a@b.example,c@d.example",
		"-oQ/tmp@b.example", "a@-b.example", "a@b..example", ".a@b.example", "<a@b.example>", "a@b.example (x)", "\"a\"@b.example",
		"a@[127.0.0.1]", "é@b.example", "a@b@c.example" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct post_letter l = plain, n = plain;
		l.subject = n.name = bad[i];
		assert_int_equal(post_write(&arena, &l, &b), ERR_MALFORMED);
		assert_int_equal(post_write(&arena, &n, &b), ERR_MALFORMED);
	}
	for (size_t i = 0; i < ARRAY_LEN(address); i++) {
		struct post_letter l = plain, f = plain;
		l.to = f.from = address[i];
		assert_int_equal(post_write(&arena, &l, &b), ERR_MALFORMED);
		assert_int_equal(post_write(&arena, &f, &b), ERR_MALFORMED);
	}
	assert_true(post_address_good("a.b+c@sub-1.unit.example"));
	assert_int_equal(b.n, 7);
}

static void write_keeps_the_body_out_of_the_way(void **state)
{
	struct post_letter l = plain;
	l.text = ".\nFrom here\n..x \n\r\nBcc: x@y.example\nعربية ends with a blank ";
	const char *m = strstr(written(&l), "\n\n");
	has(m, "\n=2E\n=46rom here\n=2E.x=20\n=0D\nBcc: x@y.example\n=D8=B9");
	has(m, "blank=20\n");
	char *many = arena_alloc(&arena, 5001);
	memset(many, 'x', 5000);
	l.text = many;
	for (const char *line = written(&l); *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 76);
}

static void write_attaches_a_file(void **state)
{
	struct post_letter l = plain;
	uint8_t body[200];
	memset(body, 0xfb, sizeof body);
	struct post_attachment x = { "packet-1.bin", "application/octet-stream", bytes_of(body, sizeof body) };
	l.attached = &x;
	const char *m = written(&l);
	has(m, "Content-Type: multipart/mixed; boundary=\"=_ab000000000000000000000000000000\"\n\n--=_ab0");
	has(m, "Content-Disposition: attachment; filename=\"packet-1.bin\"\n\n+/v7+/v7");
	has(m, "+/s=\n\n--=_ab000000000000000000000000000000--\n");
	for (const char *line = m; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 76);
	struct bytes b;
	static const char *const bad[] = { "", "a b", "../x", "a\"", "a\n", ".x", "é" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		x.name = bad[i];
		assert_int_equal(post_write(&arena, &l, &b), ERR_MALFORMED);
	}
	x.name = "a";
	static const char *const type[] = { "", "text", "/x", "x/", "a/b/c", "a/b; c", "a/b\n" };
	for (size_t i = 0; i < ARRAY_LEN(type); i++) {
		x.type = type[i];
		assert_int_equal(post_write(&arena, &l, &b), ERR_MALFORMED);
	}
}

static void write_has_limits(void **state)
{
	struct bytes b;
	struct post_letter l = plain;
	char *big = arena_alloc(&arena, POST_TEXT_MAX + 2);
	memset(big, 0x01, POST_TEXT_MAX + 1);
	l.text = big;
	assert_int_equal(post_write(&arena, &l, &b), ERR_LIMIT);
	big[POST_TEXT_MAX] = 0;
	assert_int_equal(post_write(&arena, &l, &b), 0); /* the most it can become fits its buffer */
	memset(big, 'x', POST_SUBJECT_MAX + 1);
	big[POST_SUBJECT_MAX + 1] = 0;
	l.text = "";
	l.subject = big;
	assert_int_equal(post_write(&arena, &l, &b), ERR_LIMIT);
}

/* --- handing over --- */

static void now_gives_the_mta_all_of_it_and_nothing_else(void **state)
{
	struct err_note note = { "" };
	int extra = open("/dev/null", O_RDONLY); /* without CLOEXEC, as a careless library would */
	mta(RECORDS);
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", "A text", NULL, &note), 0);
	const char *s = got("got");
	has(s, "-i -f desk@desk.example -- amal@unit.example\n0 1 2 3 From: ");
	has(s, "\nA text\n");
	has(s, "LC_ALL=C");
	has_not(s, "HISN_DATA");
	has_not(s, "HOME=");
	close(extra);
}

static void now_gives_a_large_one_to_a_slow_reader(void **state)
{
	struct err_note note = { "" };
	static uint8_t body[3 << 20];
	const struct post_attachment x = { "a.bin", "application/octet-stream", bytes_of(body, sizeof body) };
	mta("sleep 0.2; wc -c >$DIR/got");
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", "A text", &x, &note), 0);
	assert_true(strtoul(got("got"), NULL, 10) > sizeof body / 3 * 4);
}

static void now_says_why_not(void **state)
{
	struct err_note note = { "" };
	mta("echo no such user; echo 'a second line' >&2; exit 67");
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", "A text", NULL, &note), ERR_CHILD);
	has(note.text, "no such user a second line");
	note.text[0] = 0;
	mta("exec 0<&-; exit 1"); /* reads nothing: the message is longer than a pipe holds */
	static char text[200000];
	memset(text, 'x', sizeof text - 1);
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", text, NULL, &note), ERR_CHILD);
	note.text[0] = 0;
	config.mail.sendmail = (char[]){ "/nonexistent/sendmail" };
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", "A text", NULL, &note), ERR_CHILD);
	has(note.text, "/nonexistent/sendmail");
	config.mail.sendmail = NULL;
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", "A text", NULL, &note), ERR_CONFIG);
}

/* Nobody can say whether it has the message. */
static void now_tells_who_died_from_who_refused(void **state)
{
	struct err_note note = { "" };
	mta("cat >$DIR/got; kill -9 $$");
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", "A text", NULL, &note), -EIO);
}

static void now_waits_no_longer_than_it_was_told(void **state)
{
	struct err_note note = { "" };
	mta("sleep 300 & echo $! >$DIR/pid; wait");
	config.mail.seconds = 1;
	assert_int_equal(post_now(&desk, "amal@unit.example", "A word", "A text", NULL, &note), -EIO);
	config.mail.seconds = 5;
	has(note.text, "killed");
	/* What it had started is ended, too; it may be a zombie until its new parent looks. */
	char path[64], stat[512] = "";
	(void)snprintf(path, sizeof path, "/proc/%ld/stat", strtol(got("pid"), NULL, 10));
	for (int i = 0; i < 50; i++) {
		FILE *f = fopen(path, "r");
		if (!f)
			return;
		bool read = fgets(stat, sizeof stat, f);
		fclose(f);
		if (!read || strstr(stat, ") Z "))
			return;
		usleep(20000);
	}
	fail_msg("still there: %s", stat);
}

/* --- the outbox --- */

struct putting { enum post_kind kind; const char *address, *language, *about; };

static int put(struct store_tx *t, void *ctx)
{
	const struct putting *p = ctx;
	return post_put(t, p->kind, p->address, p->language, p->about);
}

static int put_one(enum post_kind kind, const char *address, const char *language, const char *about)
{
	struct putting p = { kind, address, language, about };
	return store_write(desk.store, put, &p);
}

static void outbox_sends_in_three_languages(void **state)
{
	mta("cat >>$DIR/got");
	assert_int_equal(put_one(POST_LATE, "b@unit.example", "en", "2 late"), 0);
	assert_int_equal(put_one(POST_LATE, "c@unit.example", "fr", NULL), 0);
	assert_int_equal(put_one(POST_P0, "a@unit.example", "ar", "4f1c02"), 0);
	assert_int_equal(post_tend(&desk), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM outbox"), 0);
	const char *s = got("got");
	has(s, "To: a@unit.example\nSubject: =?UTF-8?B?");
	has(s, "Subject: Something of yours is late\n");
	has(s, "\n2 late\n\nhttps://desk.example/en/staff\n");
	has(s, "https://desk.example/fr/staff\n");
	has(s, "\n4f1c02\n\nhttps://desk.example/ar/staff\n");
	has(s, "Auto-Submitted: auto-generated\n");
	assert_true(strstr(s, "a@unit") < strstr(s, "b@unit")); /* danger first */
}

static void outbox_refuses_what_is_no_address(void **state)
{
	assert_int_equal(put_one(POST_P0, "a@unit.example\nBcc: b@c.example", "fr", NULL), ERR_MALFORMED);
	assert_int_equal(put_one(POST_P0, "a@unit.example", "xx", NULL), ERR_MALFORMED);
	assert_int_equal(put_one(POST_P0, "a@unit.example", "fr", "\xff"), ERR_MALFORMED);
	char about[202] = "";
	memset(about, 'x', 201);
	assert_int_equal(put_one(POST_P0, "a@unit.example", "fr", about), ERR_LIMIT);
	assert_int_equal(put_one(POST_P0, NULL, "fr", NULL), 0);
	assert_int_equal(put_one(POST_P0, "", "fr", NULL), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM outbox"), 0);
}

static void outbox_tries_again_later_and_later(void **state)
{
	static const int64_t wait[] = { 60, 120, 300, 900, 3600, 3600 };
	mta("echo $@ >>$DIR/got; exit 75");
	assert_int_equal(put_one(POST_P0, "a@unit.example", "fr", NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(wait); i++) {
		int64_t now = clock_unix();
		assert_int_equal(post_tend(&desk), 0);
		assert_int_equal(post_tend(&desk), 0); /* not yet again */
		assert_in_range(testdb_int(desk.store, "SELECT due FROM outbox") - now, wait[i], wait[i] + 2);
		assert_int_equal(testdb_int(desk.store, "SELECT tries FROM outbox"), i + 1);
		assert_int_equal(testdb_run(desk.store, "UPDATE outbox SET due = 0"), 0);
	}
	size_t tried = 0;
	for (const char *s = got("got"); (s = strchr(s, '\n')); s++)
		tried++;
	assert_int_equal(tried, ARRAY_LEN(wait));
	mta("cat >>$DIR/got");
	assert_int_equal(post_tend(&desk), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM outbox"), 0);
}

static void outbox_one_that_fails_holds_up_no_other(void **state)
{
	mta("case \"$*\" in *bad@*) exit 67;; esac; echo \"$@\" >>$DIR/got; cat >/dev/null");
	assert_int_equal(put_one(POST_P0, "bad@unit.example", "fr", NULL), 0);
	assert_int_equal(put_one(POST_LATE, "good@unit.example", "fr", NULL), 0);
	assert_int_equal(testdb_run(desk.store, "UPDATE outbox SET kind = 'of another version', due = 0 WHERE kind = 'p0'"), 0);
	assert_int_equal(put_one(POST_P0, "bad@unit.example", "fr", NULL), 0);
	assert_int_equal(post_tend(&desk), 0);
	has(got("got"), "good@unit.example");
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM outbox WHERE tries = 1"), 2);
}

static void outbox_forgets_after_two_days_and_without_mail(void **state)
{
	config.mail.sendmail = NULL;
	assert_int_equal(put_one(POST_P0, "a@unit.example", "fr", NULL), 0);
	assert_int_equal(post_tend(&desk), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM outbox"), 1);
	assert_int_equal(testdb_run(desk.store, "UPDATE outbox SET made = made - 2 * 86400 - 1"), 0);
	assert_int_equal(post_tend(&desk), 0);
	assert_int_equal(testdb_int(desk.store, "SELECT count(*) FROM outbox"), 0);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, fresh, gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_STORE(write_says_what_it_was_given),
		ON_A_STORE(write_encodes_a_subject_in_whole_characters),
		ON_A_STORE(write_lets_nothing_become_a_header),
		ON_A_STORE(write_keeps_the_body_out_of_the_way),
		ON_A_STORE(write_attaches_a_file),
		ON_A_STORE(write_has_limits),
		ON_A_STORE(now_gives_the_mta_all_of_it_and_nothing_else),
		ON_A_STORE(now_gives_a_large_one_to_a_slow_reader),
		ON_A_STORE(now_says_why_not),
		ON_A_STORE(now_tells_who_died_from_who_refused),
		ON_A_STORE(now_waits_no_longer_than_it_was_told),
		ON_A_STORE(outbox_sends_in_three_languages),
		ON_A_STORE(outbox_refuses_what_is_no_address),
		ON_A_STORE(outbox_tries_again_later_and_later),
		ON_A_STORE(outbox_one_that_fails_holds_up_no_other),
		ON_A_STORE(outbox_forgets_after_two_days_and_without_mail),
	};
	return cmocka_run_group_tests(tests, begin, testdb_finish);
}
