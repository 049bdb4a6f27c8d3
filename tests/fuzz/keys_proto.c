/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what comes over the key process's socket. First byte 0: frames (u16 length each), one
 * after the other, into a server over a vault of its own that two signed-in members have founded; a
 * session of 'A's or 'B's stands for theirs. Else: one frame as the reply to that op.
 * What can be read must be written back as the same bytes, and each answer must be readable. */
#include "keys/answer.h"

#include "base/file.h"
#include "fuzz.h"

#include <sodium.h>
#include <unistd.h>

enum { NOW = 1795478645, FRAMES = 32, SLOW = 1 /* Argon2id is not what is fuzzed */ };

static char path[64];
static uint8_t host_key[SEAL_KEY];
static struct bytes image;             /* the store's file after founding */
static uint8_t seeds[2][SEAL_KEY];
static uint8_t sessions[2][KEYS_SESSION];

static struct vault *open_vault(void)
{
	struct vault *v = NULL;
	struct err_note note = { "" };
	check(vault_open(path, host_key, &v, &note) == 0);
	return v;
}

static void sign_in(struct vault *v, unsigned i)
{
	struct vault_login login;
	check(vault_sign_in_begin(v, NOW, i + 1, &login) == 0);
	if (sodium_is_zero(seeds[i], SEAL_KEY))
		check(vault_login_unlock(&login, bytes_str("a long password"), seeds[i]) == 0);
	check(vault_sign_in_end(v, NOW, i + 1, &login, seeds[i], sessions[i]) == 0);
}

static void found(struct vault *v)
{
	struct keys_member m[2];
	struct keys_epoch e;
	for (unsigned i = 0; i < 2; i++) {
		struct vault_fresh fresh;
		check(vault_fresh_make(bytes_str("a long password"), SEAL_COST_TEST, &fresh) == 0);
		check(vault_member_new(v, NOW, KEYS_NATIONAL, KEYS_SUPERVISOR, &fresh, &m[i]) == 0);
		check(m[i].id == i + 1);
	}
	for (unsigned i = 0; i < 2; i++)
		sign_in(v, i);
	for (unsigned i = 0; i < 2; i++)
		check(vault_member_confirm(v, NOW, sessions[i], 2 - i, m[1 - i].fingerprint) == 0);
	check(vault_epoch(v, NOW, KEYS_NATIONAL, KEYS_TRIAGE, NOW, &e) == 0);
}

static void remove_store(void)
{
	char lock[96], head[96];
	(void)snprintf(lock, sizeof lock, "%s.lock", path);
	unlink(path);
	unlink(lock);
	(void)snprintf(head, sizeof head, "%s.head", path);
	unlink(head);
}

static void prepare(void)
{
	if (image.p)
		return;
	check(seal_start() == 0);
	const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* each change is synced */
	(void)snprintf(path, sizeof path, "%s/hisn-fuzz-keys.%d", top, (int)getpid());
	remove_store();
	check(vault_create(path, host_key, NULL) == 0);
	struct vault *v = open_vault();
	found(v);
	vault_close(v);
	check(file_read(path, 1 << 20, &image) == 0);
	atexit(remove_store);
}

/* Sessions are random: what stands for one becomes it. */
static void lend_session(struct keys_request *q)
{
	for (unsigned i = 0; i < 2; i++)
		if (q->session[0] == 'A' + i && q->session[KEYS_SESSION - 1] == 'A' + i)
			memcpy(q->session, sessions[i], KEYS_SESSION);
}

static bool answer(struct keys_server *s, struct keys_desk *d, struct bytes frame)
{
	static struct keys_epoch epochs[KEYS_PAGE];
	static struct keys_member members[KEYS_MEMBER_MAX];
	struct keys_request q = { .op = 0 };
	struct keys_event event;
	size_t n = 0;
	bool good = frame.n <= KEYS_FRAME_MAX && keys_request_read(frame, &q) == 0;
	if (frame.n)
		memcpy(d->in + 4, frame.p, frame.n);
	if (good) {
		check(keys_request_write(&q, d->out, &n) == 0);
		check(n == frame.n + 4 && !memcmp(d->out + 4, frame.p, frame.n));
		lend_session(&q);
		check(keys_request_write(&q, d->in, &n) == 0);
	}
	int err = keys_answer(s, d, bytes_of(d->in + 4, frame.n), NOW, &n, &event);
	check(good ? err == 0 : err < 0);
	check(n >= 9 && n <= sizeof d->out && le32_get(d->out) == n - 4);
	struct keys_head h;
	struct keys_reply r = { .epochs = q.op == KEYS_OP_MEMBERS ? NULL : epochs, .members = members, .head = &h };
	r.cap = q.op == KEYS_OP_MEMBERS ? KEYS_MEMBER_MAX : KEYS_PAGE;
	check(keys_reply_read(bytes_of(d->out + 4, n - 4), d->out[4], &r) == 0);
	check(good || r.status == ERR_MALFORMED);
	keys_desk_wipe(d);
	return good;
}

static void requests(const uint8_t *p, size_t n)
{
	struct keys_server s;
	unsigned slow = 0;
	remove_store();
	check(file_replace(path, image.p, image.n, 0600) == 0);
	struct vault *v = open_vault();
	static struct keys_desk *d; /* a new one costs more than the requests */
	if (!d)
		d = keys_desk_new();
	check(d);
	sign_in(v, 0);
	sign_in(v, 1);
	keys_server_init(&s, v, SEAL_COST_TEST);
	for (unsigned i = 0; i < FRAMES && n >= 2; i++) {
		size_t len = MIN((size_t)p[0] | (size_t)p[1] << 8, n - 2);
		slow += len && keys_op_slow(p[2]);
		if (slow > SLOW || !answer(&s, d, bytes_of(p + 2, len)))
			break;
		p += 2 + len;
		n -= 2 + len;
	}
	keys_server_done(&s);
	vault_close(v);
}

static void reply(enum keys_op op, struct bytes frame)
{
	static uint8_t back[4 + KEYS_FRAME_MAX];
	struct keys_epoch *epochs = calloc(8, sizeof *epochs);
	struct keys_member *members = calloc(8, sizeof *members);
	struct keys_head h;
	struct keys_reply r = { .epochs = epochs, .members = members, .head = &h, .cap = 8 };
	size_t n;
	check(epochs && members);
	if (keys_reply_read(frame, op, &r) == 0) {
		check(r.status <= 0 && r.n <= (op == KEYS_OP_SHARE ? UINT32_MAX : 8));
		check(keys_reply_write(&r, back, &n) == 0);
		check(n == frame.n + 4 && !memcmp(back + 4, frame.p, frame.n));
	}
	free(epochs);
	free(members);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (!n || n > KEYS_FRAME_MAX)
		return 0;
	prepare();
	if (p[0] == 0) {
		requests(p + 1, n - 1);
		return 0;
	}
	uint8_t *exact = malloc(n); /* so that a byte too far is seen */
	check(exact);
	memcpy(exact, p + 1, n - 1);
	reply(p[0], bytes_of(exact, n - 1));
	free(exact);
	return 0;
}
