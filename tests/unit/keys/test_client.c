/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a server that behaves as it is told. */
#include "base/clock.h"
#include "keys/pool.h"
#include "keys/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum step { ANSWER, ANSWER_AND_CLOSE, CLOSE, HALF, WRONG_OP, SHORT, LONG, SAME_PAGE, OLD_VERSION, HUGE, TWICE };
enum { LINES = 64 };

static char path[] = "/tmp/hisn-keys-client-XXXXXX";
static int listener;
static _Atomic int script[8];            /* for the first requests after the hellos; then ANSWER */
static _Atomic unsigned requests, lines, open_lines, most_lines;

static void reply_to(const struct keys_request *q, enum step step, uint8_t *out, size_t *ret_n)
{
	static _Thread_local struct keys_epoch page[KEYS_PAGE]; /* a line's own: each has a thread */
	static struct keys_member member = { .id = 5, .role = KEYS_ANALYST, .state = KEYS_CANDIDATE };
	static uint8_t plain[4096];
	static struct keys_head head = { .size = 7 };
	struct keys_reply r = { .op = q->op, .epochs = page, .members = &member, .head = &head };
	if (step == OLD_VERSION)
		r.status = ERR_VERSION;
	if (step == WRONG_OP)
		r.op = KEYS_OP_LEAVE;
	if (step == SAME_PAGE)
		r.n = KEYS_PAGE;
	for (size_t i = 0; i < r.n; i++)
		page[i].id = i + 1;
	if (q->op == KEYS_OP_MAIL_OPEN || q->op == KEYS_OP_MAIL)
		r.a = bytes_of(plain, step == LONG ? q->a.n + 1 : step == SHORT ? 1 : q->a.n);
	assert_int_equal(keys_reply_write(&r, out, ret_n), 0);
	if (step == HUGE)
		memset(out, 0xff, 4);
}

/* One request: false ends the line. */
static bool serve_one(int fd, uint8_t *in, uint8_t *out)
{
	struct keys_request q;
	struct bytes frame;
	bool begun;
	size_t n, done;
	if (wire_frame(fd, in, clock_mono_ms() + 20000, 5000, &frame, &begun) || keys_request_read(frame, &q))
		return false;
	enum step step = ANSWER;
	if (q.op != KEYS_OP_HELLO || script[0] == OLD_VERSION) {
		unsigned i = requests++;
		step = i < ARRAY_LEN(script) ? script[i] : ANSWER;
	}
	if (step == CLOSE)
		return false;
	reply_to(&q, step, out, &n);
	if (wire_send(fd, out, step == HALF ? 3 : n, clock_mono_ms() + 5000, &done))
		return false;
	if (step == TWICE && wire_send(fd, out, n, clock_mono_ms() + 5000, &done))
		return false;
	return step != HALF && step != ANSWER_AND_CLOSE;
}

static void *serve_line(void *arg)
{
	int fd = (int)(intptr_t)arg;
	uint8_t *in = malloc(4 + KEYS_FRAME_MAX), *out = malloc(4 + KEYS_FRAME_MAX);
	unsigned now = ++open_lines, most = most_lines;
	while (now > most && !atomic_compare_exchange_weak(&most_lines, &most, now))
		;
	while (serve_one(fd, in, out))
		;
	open_lines--;
	close(fd);
	free(in);
	free(out);
	return NULL;
}

static void *serve(void *arg)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t t;
		if (fd < 0)
			return NULL;
		lines++;
		if (pthread_create(&t, NULL, serve_line, (void *)(intptr_t)fd))
			abort();
		pthread_detach(t);
	}
}

static struct keys *client(unsigned n, const enum step *steps)
{
	struct keys *k = NULL;
	for (size_t i = 0; i < ARRAY_LEN(script); i++)
		script[i] = i < n ? steps[i] : ANSWER;
	requests = lines = 0;
	assert_int_equal(keys_open(path, &k), 0);
	return k;
}
#define CLIENT(...) client(sizeof((enum step[]){ __VA_ARGS__ }) / sizeof(enum step), (enum step[]){ __VA_ARGS__ })

static int form(struct keys *k)
{
	uint8_t now[SEAL_KEY], before[SEAL_KEY];
	return keys_form(k, now, before);
}

static int new_member(struct keys *k)
{
	struct keys_member m;
	return keys_member_new(k, "north", KEYS_ANALYST, bytes_str("password"), &m);
}

static void settle(void)
{
	for (unsigned i = 0; open_lines && i < 1000; i++)
		usleep(1000);
}

static void line_is_kept_between_calls(void **state)
{
	struct keys *k = CLIENT(ANSWER);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(form(k), 0);
	assert_int_equal(lines, 1);
	assert_int_equal(requests, 5);
	keys_close(k);
}

static void line_closed_while_idle_is_replaced_before_anything_is_sent(void **state)
{
	struct keys *k = CLIENT(ANSWER_AND_CLOSE, ANSWER, ANSWER_AND_CLOSE);
	assert_int_equal(form(k), 0);
	settle();
	assert_int_equal(new_member(k), 0); /* also what may not be repeated */
	assert_int_equal(form(k), 0);
	settle();
	assert_int_equal(new_member(k), 0);
	assert_int_equal(requests, 4);
	assert_int_equal(lines, 3);
	keys_close(k);
}

static void kept_line_that_ends_unanswered_is_repeated_once(void **state)
{
	struct keys *k = CLIENT(ANSWER, CLOSE, ANSWER);
	assert_int_equal(form(k), 0);
	assert_int_equal(form(k), 0);
	assert_int_equal(requests, 3);
	keys_close(k);
	k = CLIENT(ANSWER, CLOSE, CLOSE, ANSWER);
	assert_int_equal(form(k), 0);
	assert_int_equal(form(k), -EPIPE);
	assert_int_equal(requests, 3);
	assert_int_equal(form(k), 0);
	keys_close(k);
}

static void what_would_act_twice_is_never_repeated(void **state)
{
	struct keys *k = CLIENT(ANSWER, CLOSE, ANSWER);
	assert_int_equal(new_member(k), 0);
	assert_int_equal(new_member(k), -EPIPE);
	assert_int_equal(requests, 2);
	assert_int_equal(new_member(k), 0);
	keys_close(k);
}

static void new_line_that_ends_is_not_repeated(void **state)
{
	struct keys *k = CLIENT(CLOSE, ANSWER);
	assert_int_equal(form(k), -EPIPE);
	assert_int_equal(requests, 1);
	keys_close(k);
}

static void answer_that_has_begun_is_not_asked_for_again(void **state)
{
	struct keys *k = CLIENT(ANSWER, HALF, ANSWER);
	assert_int_equal(form(k), 0);
	assert_int_equal(form(k), -EPIPE);
	assert_int_equal(requests, 2);
	keys_close(k);
}

static void answer_that_cannot_be_right_is_malformed_and_ends_the_line(void **state)
{
	struct keys *k = CLIENT(WRONG_OP, HUGE, ANSWER);
	assert_int_equal(form(k), ERR_MALFORMED);
	assert_int_equal(form(k), ERR_MALFORMED);
	assert_int_equal(form(k), 0);
	assert_int_equal(lines, 3);
	keys_close(k);
}

/* It would be taken for the answer to the next request, of another member perhaps. */
static void answer_nobody_asked_for_is_not_given_to_the_next(void **state)
{
	struct keys *k = CLIENT(TWICE, ANSWER);
	assert_int_equal(form(k), 0);
	usleep(50000);
	assert_int_equal(form(k), 0);
	assert_int_equal(lines, 2);
	assert_int_equal(requests, 2);
	keys_close(k);
}

static void bytes_never_exceed_the_callers_room(void **state)
{
	const uint16_t words[SEAL_WORDS] = { 0 };
	uint8_t sealed[100] = { 0 }, ret[101], mailbox[SEAL_PUBLIC] = { 0 };
	uint8_t *mail = malloc(keys_mail_size(10));
	size_t n = 0;
	struct keys *k = CLIENT(LONG, ANSWER, SHORT);
	ret[100] = 0x77;
	assert_int_equal(keys_mail_open(k, words, bytes_of(sealed, 100), ret, &n), ERR_MALFORMED);
	assert_int_equal(keys_mail_open(k, words, bytes_of(sealed, 100), ret, &n), 0);
	assert_int_equal(n, 100);
	assert_int_equal(ret[100], 0x77);
	assert_int_equal(keys_mail(k, mailbox, bytes_of(sealed, 10), mail), ERR_MALFORMED);
	free(mail);
	keys_close(k);
}

static void pages_that_do_not_get_on_end(void **state)
{
	static struct keys_epoch e[4 * KEYS_PAGE];
	size_t n = 0;
	struct keys *k = CLIENT(SAME_PAGE, SAME_PAGE, SAME_PAGE);
	assert_int_equal(keys_epochs(k, e, ARRAY_LEN(e), &n), ERR_MALFORMED);
	assert_int_equal(requests, 2);
	assert_int_equal(keys_epochs(k, e, KEYS_PAGE - 1, &n), ERR_LIMIT);
	keys_close(k);
}

static void another_version_is_said(void **state)
{
	struct keys *k = CLIENT(OLD_VERSION);
	assert_int_equal(form(k), ERR_VERSION);
	keys_close(k);
}

static void nobody_there_is_connection_refused(void **state)
{
	struct keys *k = NULL;
	char long_path[256];
	memset(long_path, 'x', sizeof long_path - 1);
	long_path[255] = 0;
	assert_int_equal(keys_open(long_path, &k), -ENAMETOOLONG);
	assert_int_equal(keys_open("", &k), -EINVAL);
	assert_int_equal(keys_open("/tmp/hisn-keys-no-such-socket", &k), 0);
	assert_int_equal(form(k), -ECONNREFUSED);
	keys_close(k);
	keys_close(NULL);
}

static void too_long_is_refused_before_it_is_sent(void **state)
{
	static uint8_t large[KEYS_BLOB_MAX + 1];
	struct keys_epoch e;
	uint8_t session[KEYS_SESSION] = { 1 }, ret[SEAL_BLIND];
	struct keys *k = CLIENT(ANSWER);
	assert_int_equal(keys_epoch(k, "a-name-of-sixteen", KEYS_TRIAGE, 0, &e), -EINVAL);
	assert_int_equal(keys_epoch(k, "north", KEYS_CLASS_COUNT, 0, &e), -EINVAL);
	assert_int_equal(keys_sign_in(k, 1, bytes_of(large, KEYS_PASSWORD_MAX + 1), session), -EACCES);
	assert_int_equal(keys_blind(k, session, 1, SEAL_BLIND_HOST, bytes_of(large, sizeof large), ret), ERR_LIMIT);
	assert_int_equal(keys_box(k, "totp 1", bytes_of(large, KEYS_BOX_MAX + 1), large), ERR_LIMIT);
	size_t n;
	assert_int_equal(keys_unbox(k, "totp 1", bytes_of(large, KEYS_BOX_MAX + SEAL_BOX_MORE + 1), large, &n), ERR_MALFORMED);
	assert_int_equal(requests, 0);
	assert_int_equal(form(k), 0);
	keys_close(k);
}

static _Atomic unsigned bad;

static void *many(void *arg)
{
	for (unsigned i = 0; i < 50; i++)
		bad += form(arg) != 0;
	bad += new_member(arg) != 0; /* slow ones have fewer lines */
	return NULL;
}

static void threads_share_a_bounded_number_of_lines(void **state)
{
	struct keys *k = CLIENT(ANSWER);
	pthread_t t[LINES];
	settle();
	most_lines = bad = 0;
	for (unsigned i = 0; i < LINES; i++)
		assert_int_equal(pthread_create(&t[i], NULL, many, k), 0);
	for (unsigned i = 0; i < LINES; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(bad, 0);
	assert_int_equal(requests, LINES * 51);
	assert_in_range(most_lines, 1, KEYS_POOL);
	keys_close(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_is_kept_between_calls),
		cmocka_unit_test(line_closed_while_idle_is_replaced_before_anything_is_sent),
		cmocka_unit_test(kept_line_that_ends_unanswered_is_repeated_once),
		cmocka_unit_test(what_would_act_twice_is_never_repeated),
		cmocka_unit_test(new_line_that_ends_is_not_repeated),
		cmocka_unit_test(answer_that_has_begun_is_not_asked_for_again),
		cmocka_unit_test(answer_that_cannot_be_right_is_malformed_and_ends_the_line),
		cmocka_unit_test(answer_nobody_asked_for_is_not_given_to_the_next),
		cmocka_unit_test(bytes_never_exceed_the_callers_room),
		cmocka_unit_test(pages_that_do_not_get_on_end),
		cmocka_unit_test(another_version_is_said),
		cmocka_unit_test(nobody_there_is_connection_refused),
		cmocka_unit_test(too_long_is_refused_before_it_is_sent),
		cmocka_unit_test(threads_share_a_bounded_number_of_lines),
	};
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	pthread_t t;
	int fd = mkstemp(path);
	if (fd < 0 || close(fd) || unlink(path))
		return 2;
	memcpy(sa.sun_path, path, sizeof path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sa, sizeof sa) || listen(listener, 128) ||
		pthread_create(&t, NULL, serve, NULL))
		return 2;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	shutdown(listener, SHUT_RDWR);
	pthread_join(t, NULL);
	close(listener);
	settle();
	unlink(path);
	return failed;
}
