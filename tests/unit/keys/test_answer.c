/* SPDX-License-Identifier: Apache-2.0 */
/* The key process without its sockets: frames in, frames out, over a vault in a folder of its own. */
#include "keys/answer.h"

#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { NOW = 1795478645, THREADS = 24 };

static char folder[] = "/tmp/hisn-answer-XXXXXX";
static char store[64], lock_file[80], head_file[80];
static struct vault *vault;
static struct keys_server server;

static int ask(struct keys_desk *d, const struct keys_request *q, struct keys_reply *ret)
{
	static struct keys_member m[KEYS_MEMBER_MAX];
	static struct keys_head h;
	struct keys_event event;
	size_t n;
	assert_int_equal(keys_request_write(q, d->in, &n), 0);
	int err = keys_answer(&server, d, bytes_of(d->in + 4, n - 4), NOW, &n, &event);
	assert_int_equal(err, 0);
	assert_int_equal(event.op, q->op);
	ret->members = m;
	ret->head = &h;
	ret->cap = KEYS_MEMBER_MAX;
	assert_int_equal(keys_reply_read(bytes_of(d->out + 4, n - 4), q->op, ret), 0);
	assert_int_equal(event.status, ret->status);
	return ret->status;
}

static void hello_of_another_version_is_refused(void **state)
{
	struct keys_desk *d = keys_desk_new();
	struct keys_reply r = { .n = 0 };
	assert_int_equal(ask(d, &(struct keys_request){ .op = KEYS_OP_HELLO, .kind = KEYS_VERSION }, &r), 0);
	assert_int_equal(ask(d, &(struct keys_request){ .op = KEYS_OP_HELLO, .kind = KEYS_VERSION + 1 }, &r), ERR_VERSION);
	keys_desk_free(d);
}

static void frame_that_cannot_be_read_is_answered_malformed(void **state)
{
	static const uint8_t bad[] = { KEYS_OP_SIGN_IN, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	struct keys_desk *d = keys_desk_new();
	struct keys_reply r = { .n = 0 };
	struct keys_event event;
	for (size_t n = 0; n <= sizeof bad; n++) {
		size_t got;
		memcpy(d->in + 4, bad, n);
		assert_int_equal(keys_answer(&server, d, bytes_of(d->in + 4, n), NOW, &got, &event), ERR_MALFORMED);
		assert_int_equal(keys_reply_read(bytes_of(d->out + 4, got - 4), d->out[4], &r), 0);
		assert_int_equal(r.status, ERR_MALFORMED);
	}
	keys_desk_free(d);
}

static bool holds(const struct keys_desk *d, const char *s)
{
	return memmem(d->in, sizeof d->in, s, strlen(s)) || memmem(d->out, sizeof d->out, s, strlen(s)) ||
		memmem(d->made.bytes, sizeof d->made.bytes, s, strlen(s));
}

static void small_secret_goes_round(void **state)
{
	struct keys_desk *d = keys_desk_new();
	struct keys_reply r = { .n = 0 };
	uint8_t box[5 + SEAL_BOX_MORE];
	struct keys_request q = { .op = KEYS_OP_BOX, .b = bytes_str("totp 7"), .a = bytes_str("seeds") };
	assert_int_equal(ask(d, &q, &r), 0);
	assert_int_equal(r.a.n, sizeof box);
	memcpy(box, r.a.p, sizeof box);
	q = (struct keys_request){ .op = KEYS_OP_UNBOX, .b = bytes_str("totp 7"), .a = bytes_of(box, sizeof box) };
	assert_int_equal(ask(d, &q, &r), 0);
	assert_true(bytes_equal(r.a, bytes_str("seeds")));
	q.b = bytes_str("totp 70");
	assert_int_equal(ask(d, &q, &r), ERR_MALFORMED);
	keys_desk_free(d);
}

static void head_goes_round(void **state)
{
	struct keys_desk *d = keys_desk_new();
	struct keys_reply r = { .n = 0 };
	struct keys_request q = { .op = KEYS_OP_HEAD_SIGN, .epoch = 1, .key = { 1 } };
	struct checkpoint c;
	struct note_key k;
	assert_int_equal(ask(d, &q, &r), 0);
	char note[CHECKPOINT_NOTE_MAX];
	size_t n = r.a.n;
	memcpy(note, r.a.p, n);
	assert_int_equal(ask(d, &(struct keys_request){ .op = KEYS_OP_HEAD }, &r), 0);
	vault_head_key(r.head->key.pub, &k);
	assert_int_equal(r.head->size, 1);
	assert_true(bytes_equal(r.a, bytes_of(note, n)));
	assert_int_equal(checkpoint_open(bytes_of(note, n), &k, &c), 0);
	assert_true(c.size == 1 && c.root[0] == 1);
	q.key[0] = 2;
	assert_int_equal(ask(d, &q, &r), ERR_REFUSED);
	keys_desk_free(d);
}

static void buffers_are_wiped_after_each_request(void **state)
{
	struct keys_desk *d = keys_desk_new();
	struct keys_reply r = { .n = 0 };
	const struct keys_request q = { .op = KEYS_OP_SIGN_IN, .number = 99, .a = bytes_str("a password to be wiped") };
	assert_int_equal(ask(d, &q, &r), -ENOENT);
	assert_true(holds(d, "a password to be wiped"));
	keys_desk_wipe(d);
	assert_false(holds(d, "a password to be wiped"));
	keys_desk_free(d);
}

static _Atomic unsigned good, told_to_wait, other, most;
static _Atomic bool watching;

static void *new_member(void *arg)
{
	struct keys_desk *d = keys_desk_new();
	struct keys_event event;
	struct keys_request q = { .op = KEYS_OP_MEMBER_NEW, .kind = KEYS_ANALYST, .unit = "north",
		.a = bytes_str("a long password") };
	size_t n;
	if (!d || keys_request_write(&q, d->in, &n) ||
		keys_answer(&server, d, bytes_of(d->in + 4, n - 4), NOW, &n, &event))
		abort();
	event.status == 0 ? good++ : event.status == -EAGAIN ? told_to_wait++ : other++;
	keys_desk_free(d);
	return NULL;
}

static void *watch(void *arg)
{
	while (watching) {
		pthread_mutex_lock(&server.slots);
		most = MAX(most, server.running);
		pthread_mutex_unlock(&server.slots);
		usleep(200);
	}
	return NULL;
}

/* 256 MiB each: more at once would take the machine's memory. */
static void argon2id_runs_twice_at_once_and_few_wait(void **state)
{
	pthread_t t[THREADS], w;
	watching = true;
	assert_int_equal(pthread_create(&w, NULL, watch, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, new_member, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	watching = false;
	pthread_join(w, NULL);
	assert_int_equal(other, 0);
	assert_int_equal(good + told_to_wait, THREADS);
	assert_in_range(most, 1, KEYS_ARGON_AT_ONCE);
	assert_in_range(good, KEYS_ARGON_AT_ONCE + KEYS_ARGON_WAITING, THREADS - 1);
	assert_int_equal(server.running + server.waiting, 0);
}

static void members_are_all_in_one_reply(void **state)
{
	struct keys_desk *d = keys_desk_new();
	struct keys_reply r = { .n = 0 };
	assert_int_equal(ask(d, &(struct keys_request){ .op = KEYS_OP_MEMBERS }, &r), 0);
	assert_int_equal(r.n, good);
	keys_desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_of_another_version_is_refused),
		cmocka_unit_test(frame_that_cannot_be_read_is_answered_malformed),
		cmocka_unit_test(small_secret_goes_round),
		cmocka_unit_test(head_goes_round),
		cmocka_unit_test(buffers_are_wiped_after_each_request),
		cmocka_unit_test(argon2id_runs_twice_at_once_and_few_wait),
		cmocka_unit_test(members_are_all_in_one_reply),
	};
	const uint8_t host_key[SEAL_KEY] = { 1 };
	struct err_note note = { "" };
	if (seal_start() || !mkdtemp(folder))
		return 2;
	(void)snprintf(store, sizeof store, "%s/S", folder);
	(void)snprintf(lock_file, sizeof lock_file, "%s.lock", store);
	(void)snprintf(head_file, sizeof head_file, "%s.head", store);
	if (vault_create(store, host_key, NULL) || vault_open(store, host_key, &vault, &note))
		return 2;
	keys_server_init(&server, vault, (struct seal_cost){ 2, 32 * 1024 });
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	keys_server_done(&server);
	vault_close(vault);
	unlink(store);
	unlink(lock_file);
	unlink(head_file);
	rmdir(folder);
	return failed;
}
