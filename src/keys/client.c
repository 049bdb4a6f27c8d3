/* SPDX-License-Identifier: Apache-2.0 */
/* client.h over the pool: each call fills a request, asks, and copies what came back. */
#include "keys/pool.h"
#include "keys/vault.h"

#include <errno.h>
#include <sodium.h>

/* For a reply without bytes. */
static int ask(struct keys *k, const struct keys_request *q, struct keys_reply *r)
{
	struct keys_line *l = NULL;
	int err = keys_ask(k, q, r, &l);
	keys_pool_put(k, err ? NULL : l);
	return err;
}

/* A reply of bytes: exactly `want` of them, or with ret_n up to `want`. */
static int ask_bytes_of(struct keys *k, const struct keys_request *q, struct keys_reply *r, uint8_t *ret, size_t want,
	size_t *ret_n)
{
	struct keys_line *l = NULL;
	int err = keys_ask(k, q, r, &l);
	if (err)
		return err;
	if (ret_n ? r->a.n > want : r->a.n != want) {
		err = ERR_MALFORMED;
	} else {
		if (r->a.n)
			memcpy(ret, r->a.p, r->a.n);
		if (ret_n)
			*ret_n = r->a.n;
	}
	keys_pool_put(k, l);
	return err;
}

static int ask_bytes(struct keys *k, const struct keys_request *q, uint8_t *ret, size_t want, size_t *ret_n)
{
	struct keys_reply r = { .n = 0 };
	return ask_bytes_of(k, q, &r, ret, want, ret_n);
}

static int set_name(const char *s, char *ret, size_t cap)
{
	size_t n = strlen(s);
	if (n >= cap)
		return -EINVAL;
	memcpy(ret, s, n + 1);
	return 0;
}

static void set_session(struct keys_request *q, const uint8_t session[KEYS_SESSION])
{
	if (session)
		memcpy(q->session, session, KEYS_SESSION);
}

static void set_wrapped(struct keys_request *q, const struct keys_wrapped *w)
{
	q->epoch = w->epoch;
	q->number = w->number;
	memcpy(q->wrap, w->wrap, SEAL_WRAP);
}

/* What a caller's struct held of secrets goes with it. */
static int ask_secret(struct keys *k, struct keys_request *q, struct keys_reply *r)
{
	int err = ask(k, q, r);
	sodium_memzero(q->session, sizeof q->session);
	sodium_memzero(q->words, sizeof q->words);
	return err;
}

static int ask_member(struct keys *k, struct keys_request *q, struct keys_member *ret)
{
	struct keys_member m;
	struct keys_reply r = { .members = &m };
	int err = ask_secret(k, q, &r);
	if (!err)
		*ret = m;
	return err;
}

static int ask_session(struct keys *k, enum keys_op op, const uint8_t session[KEYS_SESSION], uint32_t number)
{
	struct keys_request q = { .op = op, .number = number };
	struct keys_reply r = { .n = 0 };
	set_session(&q, session);
	return ask_secret(k, &q, &r);
}

/* --- epochs --- */

int keys_epoch(struct keys *k, const char *unit, enum keys_class class, int64_t when, struct keys_epoch *ret)
{
	struct keys_request q = { .op = KEYS_OP_EPOCH, .kind = (uint8_t)class, .when = when };
	struct keys_epoch e;
	struct keys_reply r = { .epochs = &e };
	if (set_name(unit, q.unit, sizeof q.unit) || class < 0 || class >= KEYS_CLASS_COUNT)
		return -EINVAL;
	int err = ask(k, &q, &r);
	if (!err)
		*ret = e;
	return err;
}

int keys_epochs(struct keys *k, struct keys_epoch *ret, size_t cap, size_t *ret_n)
{
	struct keys_request q = { .op = KEYS_OP_EPOCHS };
	size_t n = 0;
	for (;;) {
		struct keys_reply r = { .epochs = ret + n, .cap = cap - n };
		int err = ask(k, &q, &r);
		if (err)
			return err;
		n += r.n;
		if (r.n < KEYS_PAGE)
			break;
		if (ret[n - 1].id <= q.epoch) /* it must get on */
			return ERR_MALFORMED;
		q.epoch = ret[n - 1].id;
	}
	*ret_n = n;
	return 0;
}

int keys_epoch_erase(struct keys *k, const uint8_t session[KEYS_SESSION], uint64_t epoch)
{
	struct keys_request q = { .op = KEYS_OP_ERASE, .epoch = epoch };
	struct keys_reply r = { .n = 0 };
	set_session(&q, session);
	return ask_secret(k, &q, &r);
}

/* --- for anybody --- */

int keys_receipt(struct keys *k, const uint16_t words[SEAL_WORDS], bool returning, struct keys_receipt *ret)
{
	struct keys_request q = { .op = KEYS_OP_RECEIPT, .kind = returning };
	struct keys_reply r = { .n = 0 };
	memcpy(q.words, words, sizeof q.words);
	int err = ask_secret(k, &q, &r);
	if (!err)
		*ret = r.receipt;
	return err;
}

size_t keys_mail_size(size_t n)
{
	return vault_mail_size(n);
}

int keys_mail(struct keys *k, const uint8_t mailbox_public[SEAL_PUBLIC], struct bytes plain, uint8_t *ret)
{
	struct keys_request q = { .op = KEYS_OP_MAIL, .a = plain };
	size_t size = keys_mail_size(plain.n);
	memcpy(q.key, mailbox_public, sizeof q.key);
	return size ? ask_bytes(k, &q, ret, size, NULL) : ERR_LIMIT;
}

int keys_mail_open(struct keys *k, const uint16_t words[SEAL_WORDS], struct bytes sealed, uint8_t *ret, size_t *ret_n)
{
	struct keys_request q = { .op = KEYS_OP_MAIL_OPEN, .a = sealed };
	memcpy(q.words, words, sizeof q.words);
	int err = ask_bytes(k, &q, ret, sealed.n, ret_n);
	sodium_memzero(q.words, sizeof q.words);
	return err;
}

int keys_blind(struct keys *k, const uint8_t session[KEYS_SESSION], uint64_t epoch, enum seal_blind_kind kind,
	struct bytes text, uint8_t ret[SEAL_BLIND])
{
	struct keys_request q = { .op = KEYS_OP_BLIND, .epoch = epoch, .kind = (uint8_t)kind, .a = text };
	struct keys_reply r = { .n = 0 };
	set_session(&q, session);
	int err = ask_secret(k, &q, &r);
	if (!err)
		memcpy(ret, r.blind, SEAL_BLIND);
	return err;
}

int keys_blind_all(struct keys *k, const uint8_t session[KEYS_SESSION], enum seal_blind_kind kind, struct bytes text,
	uint8_t (*ret)[SEAL_BLIND], size_t cap, size_t *ret_n)
{
	struct keys_request q = { .op = KEYS_OP_BLIND_ALL, .kind = (uint8_t)kind, .a = text };
	struct keys_reply r = { .n = 0 };
	struct keys_line *l = NULL;
	set_session(&q, session);
	int err = keys_ask(k, &q, &r, &l);
	sodium_memzero(q.session, sizeof q.session);
	if (err)
		return err;
	err = r.a.n % SEAL_BLIND ? ERR_MALFORMED : r.a.n / SEAL_BLIND > cap ? ERR_LIMIT : 0;
	if (!err && r.a.n)
		memcpy(ret, r.a.p, r.a.n);
	if (!err)
		*ret_n = r.a.n / SEAL_BLIND;
	keys_pool_put(k, l);
	return err;
}

int keys_form(struct keys *k, uint8_t ret_now[SEAL_KEY], uint8_t ret_before[SEAL_KEY])
{
	struct keys_request q = { .op = KEYS_OP_FORM };
	struct keys_reply r = { .n = 0 };
	int err = ask(k, &q, &r);
	if (!err) {
		memcpy(ret_now, r.key[0], SEAL_KEY);
		memcpy(ret_before, r.key[1], SEAL_KEY);
	}
	sodium_memzero(r.key, sizeof r.key);
	return err;
}

/* --- members --- */

int keys_member_new(struct keys *k, const char *unit, enum keys_role role, struct bytes password, struct keys_member *ret)
{
	struct keys_request q = { .op = KEYS_OP_MEMBER_NEW, .kind = (uint8_t)role, .a = password };
	if (set_name(unit, q.unit, sizeof q.unit) || role < KEYS_ANALYST || role > KEYS_ADMINISTRATOR ||
		password.n > KEYS_PASSWORD_MAX)
		return -EINVAL;
	return ask_member(k, &q, ret);
}

int keys_member_confirm(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t candidate, const char *fingerprint)
{
	struct keys_request q = { .op = KEYS_OP_CONFIRM, .number = candidate };
	struct keys_reply r = { .n = 0 };
	if (set_name(fingerprint, q.fingerprint, sizeof q.fingerprint))
		return ERR_REFUSED; /* none is that long */
	set_session(&q, session);
	return ask_secret(k, &q, &r);
}

int keys_member_share(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t member, size_t *ret_epochs)
{
	struct keys_request q = { .op = KEYS_OP_SHARE, .number = member };
	struct keys_reply r = { .n = 0 };
	set_session(&q, session);
	int err = ask_secret(k, &q, &r);
	if (!err && ret_epochs)
		*ret_epochs = r.n;
	return err;
}

int keys_member_reset(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t member, struct bytes password,
	struct keys_member *ret)
{
	struct keys_request q = { .op = KEYS_OP_RESET, .number = member, .a = password };
	if (password.n > KEYS_PASSWORD_MAX)
		return -EINVAL;
	set_session(&q, session);
	return ask_member(k, &q, ret);
}

int keys_session(struct keys *k, const uint8_t session[KEYS_SESSION], struct keys_member *ret)
{
	struct keys_request q = { .op = KEYS_OP_SESSION };
	set_session(&q, session);
	return ask_member(k, &q, ret);
}

int keys_member_leave(struct keys *k, const uint8_t session[KEYS_SESSION], uint32_t member)
{
	return ask_session(k, KEYS_OP_LEAVE, session, member);
}

int keys_members(struct keys *k, struct keys_member *ret, size_t cap, size_t *ret_n)
{
	struct keys_request q = { .op = KEYS_OP_MEMBERS };
	struct keys_reply r = { .members = ret, .cap = cap };
	int err = ask(k, &q, &r);
	if (!err)
		*ret_n = r.n;
	return err;
}

int keys_sign_in(struct keys *k, uint32_t member, struct bytes password, uint8_t ret_session[KEYS_SESSION])
{
	struct keys_request q = { .op = KEYS_OP_SIGN_IN, .number = member, .a = password };
	struct keys_reply r = { .n = 0 };
	if (password.n > KEYS_PASSWORD_MAX)
		return -EACCES; /* nobody's */
	int err = ask(k, &q, &r);
	if (!err)
		memcpy(ret_session, r.session, KEYS_SESSION);
	sodium_memzero(r.session, sizeof r.session);
	return err;
}

int keys_sign_out(struct keys *k, const uint8_t session[KEYS_SESSION])
{
	return ask_session(k, KEYS_OP_SIGN_OUT, session, 0);
}

int keys_password(struct keys *k, const uint8_t session[KEYS_SESSION], struct bytes old, struct bytes new)
{
	struct keys_request q = { .op = KEYS_OP_PASSWORD, .a = old, .b = new };
	struct keys_reply r = { .n = 0 };
	if (old.n > KEYS_PASSWORD_MAX)
		return -EACCES;
	if (new.n > KEYS_PASSWORD_MAX)
		return -EINVAL;
	set_session(&q, session);
	return ask_secret(k, &q, &r);
}

/* --- opening --- */

int keys_message_open(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const struct seal_place *at, struct bytes sealed, uint8_t *ret, size_t *ret_n)
{
	struct keys_request q = { .op = KEYS_OP_OPEN, .at = *at, .a = sealed };
	set_session(&q, session);
	set_wrapped(&q, w);
	int err = ask_bytes(k, &q, ret, sealed.n, ret_n);
	sodium_memzero(q.session, sizeof q.session);
	return err;
}

int keys_message_seal(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const struct seal_place *at, struct bytes plain, uint8_t *ret)
{
	struct keys_request q = { .op = KEYS_OP_SEAL, .at = *at, .a = plain };
	size_t size = seal_message_size(plain.n);
	set_session(&q, session);
	set_wrapped(&q, w);
	int err = size ? ask_bytes(k, &q, ret, size, NULL) : ERR_LIMIT;
	sodium_memzero(q.session, sizeof q.session);
	return err;
}

int keys_rewrap(struct keys *k, const uint8_t session[KEYS_SESSION], const struct keys_wrapped *w,
	const uint8_t report[SEAL_ID], uint64_t to_epoch, uint8_t ret[SEAL_WRAP])
{
	struct keys_request q = { .op = KEYS_OP_REWRAP, .to_epoch = to_epoch };
	struct keys_reply r = { .n = 0 };
	memcpy(q.at.report, report, SEAL_ID);
	set_session(&q, session);
	set_wrapped(&q, w);
	int err = ask_secret(k, &q, &r);
	if (!err)
		memcpy(ret, r.wrap, SEAL_WRAP);
	return err;
}

/* --- small secrets --- */

int keys_box(struct keys *k, const char *context, struct bytes plain, uint8_t *ret)
{
	struct keys_request q = { .op = KEYS_OP_BOX, .b = bytes_str(context), .a = plain };
	return ask_bytes(k, &q, ret, plain.n + SEAL_BOX_MORE, NULL);
}

int keys_unbox(struct keys *k, const char *context, struct bytes box, uint8_t *ret, size_t *ret_n)
{
	struct keys_request q = { .op = KEYS_OP_UNBOX, .b = bytes_str(context), .a = box };
	if (box.n > KEYS_BOX_MAX + SEAL_BOX_MORE)
		return ERR_MALFORMED; /* none is that long */
	return ask_bytes(k, &q, ret, box.n, ret_n);
}

/* --- heads of the audit trail --- */

int keys_head(struct keys *k, struct keys_head *ret)
{
	struct keys_request q = { .op = KEYS_OP_HEAD };
	struct keys_head h, named;
	struct keys_reply r = { .head = &h };
	size_t n = 0;
	int err = ask_bytes_of(k, &q, &r, (uint8_t *)h.note, sizeof h.note - 1, &n);
	if (err)
		return err;
	h.note[n] = 0;
	named = h;
	vault_head_key(h.key.pub, &named.key); /* what is sent is the key; its name follows from it */
	*ret = named;
	return 0;
}

int keys_head_sign(struct keys *k, uint64_t size, const uint8_t root[MERKLE_HASH], const struct merkle_proof *proof,
	char ret[CHECKPOINT_NOTE_MAX])
{
	struct keys_request q = { .op = KEYS_OP_HEAD_SIGN, .epoch = size,
		.a = bytes_of(proof->hash, (size_t)MIN(proof->n, (unsigned)MERKLE_PROOF) * MERKLE_HASH) };
	size_t n = 0;
	memcpy(q.key, root, MERKLE_HASH);
	int err = ask_bytes(k, &q, (uint8_t *)ret, CHECKPOINT_NOTE_MAX - 1, &n);
	if (!err)
		ret[n] = 0;
	return err;
}

int keys_status(struct keys *k, struct keys_status *ret)
{
	struct keys_request q = { .op = KEYS_OP_STATUS };
	struct keys_reply r = { .n = 0 };
	int err = ask(k, &q, &r);
	if (!err)
		*ret = r.process;
	return err;
}
