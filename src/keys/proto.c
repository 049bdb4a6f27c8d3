/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/proto.h"

/* A walk goes over a message's fields in order and either reads or writes each: what one end writes
 * is what the other reads, because it is the same line of code. After the first mistake it does
 * nothing more. */
struct walk {
	uint8_t *out;       /* NULL: reading */
	const uint8_t *in;
	size_t at, n;
	int err;
};

static void fixed(struct walk *w, void *p, size_t n)
{
	if (w->err)
		return;
	if (n > w->n - w->at) {
		w->err = w->out ? ERR_LIMIT : ERR_MALFORMED;
		return;
	}
	if (w->out)
		memcpy(w->out + w->at, p, n);
	else
		memcpy(p, w->in + w->at, n);
	w->at += n;
}

/* One byte, from min to max. */
static uint8_t small(struct walk *w, unsigned value, unsigned min, unsigned max)
{
	uint8_t v = (uint8_t)value;
	fixed(w, &v, 1);
	if (!w->err && (v < min || v > max))
		w->err = ERR_MALFORMED;
	return v;
}

/* The same for a field. Writing never touches what is written from: it may be another thread's, too. */
#define SMALL(w, field, min, max)                                    \
	do {                                                             \
		uint8_t small_ = small((w), (field), (min), (max));          \
		if (!(w)->out)                                               \
			(field) = small_;                                        \
	} while (0)

static void text(struct walk *w, char *p, size_t n)
{
	char t[64] = { 0 };
	assert(n <= sizeof t);
	size_t used = w->out ? strnlen(p, n) : 0;
	memcpy(t, p, used);
	fixed(w, t, n);
	if (w->err)
		return;
	/* Ends within its room, and nothing hides behind the end. */
	used = strnlen(t, n);
	for (size_t i = used; i < n; i++)
		if (t[i])
			w->err = ERR_MALFORMED;
	if (used == n)
		w->err = ERR_MALFORMED;
	else if (!w->err && !w->out)
		memcpy(p, t, n);
}

static void blob(struct walk *w, struct bytes *b, size_t max)
{
	uint32_t n = (uint32_t)b->n;
	if (!w->err && w->out && b->n > max)
		w->err = ERR_LIMIT;
	fixed(w, &n, sizeof n);
	if (w->err)
		return;
	if (n > max || n > w->n - w->at) {
		w->err = w->out ? ERR_LIMIT : ERR_MALFORMED;
		return;
	}
	if (w->out && n)
		memcpy(w->out + w->at, b->p, n);
	else if (!w->out)
		*b = bytes_of(w->in + w->at, n);
	w->at += n;
}

static void words(struct walk *w, uint16_t p[SEAL_WORDS])
{
	fixed(w, p, SEAL_WORDS * sizeof *p);
	for (size_t i = 0; !w->err && i < SEAL_WORDS; i++)
		if (p[i] >= SEAL_WORD_COUNT)
			w->err = w->out ? ERR_LIMIT : ERR_MALFORMED;
}

static void place(struct walk *w, struct seal_place *p)
{
	fixed(w, p->report, sizeof p->report);
	fixed(w, &p->sequence, sizeof p->sequence);
	fixed(w, &p->type, 1);
	fixed(w, &p->schema, 1);
}

static void wrapped(struct walk *w, struct keys_request *q)
{
	fixed(w, q->session, sizeof q->session);
	fixed(w, &q->epoch, sizeof q->epoch);
	fixed(w, &q->number, sizeof q->number);
	fixed(w, q->wrap, sizeof q->wrap);
}

/* The fields of each request. */
static void walk_request(struct walk *w, struct keys_request *q)
{
	switch (q->op) {
	case KEYS_OP_HELLO:
		SMALL(w, q->kind, 0, UINT8_MAX);
		break;
	case KEYS_OP_EPOCH:
		text(w, q->unit, sizeof q->unit);
		SMALL(w, q->kind, 0, KEYS_CLASS_COUNT - 1);
		fixed(w, &q->when, sizeof q->when);
		break;
	case KEYS_OP_EPOCHS:
		fixed(w, &q->epoch, sizeof q->epoch);
		break;
	case KEYS_OP_ERASE:
		fixed(w, q->session, sizeof q->session);
		fixed(w, &q->epoch, sizeof q->epoch);
		break;
	case KEYS_OP_RECEIPT:
		words(w, q->words);
		SMALL(w, q->kind, 0, 1);
		break;
	case KEYS_OP_MAIL:
		fixed(w, q->key, sizeof q->key);
		blob(w, &q->a, SEAL_PLAIN_MAX);
		break;
	case KEYS_OP_MAIL_OPEN:
		words(w, q->words);
		blob(w, &q->a, KEYS_BLOB_MAX);
		break;
	case KEYS_OP_BLIND:
		fixed(w, q->session, sizeof q->session);
		fixed(w, &q->epoch, sizeof q->epoch);
		SMALL(w, q->kind, SEAL_BLIND_ADDRESS, SEAL_BLIND_EXCLUDED);
		blob(w, &q->a, KEYS_BLOB_MAX);
		break;
	case KEYS_OP_BLIND_ALL:
		fixed(w, q->session, sizeof q->session);
		SMALL(w, q->kind, SEAL_BLIND_ADDRESS, SEAL_BLIND_EXCLUDED);
		blob(w, &q->a, KEYS_BLOB_MAX);
		break;
	case KEYS_OP_MEMBER_NEW:
		text(w, q->unit, sizeof q->unit);
		SMALL(w, q->kind, KEYS_ANALYST, KEYS_ADMINISTRATOR);
		blob(w, &q->a, KEYS_PASSWORD_MAX);
		break;
	case KEYS_OP_CONFIRM:
		fixed(w, q->session, sizeof q->session);
		fixed(w, &q->number, sizeof q->number);
		text(w, q->fingerprint, sizeof q->fingerprint);
		break;
	case KEYS_OP_LEAVE:
	case KEYS_OP_SHARE:
		fixed(w, q->session, sizeof q->session);
		fixed(w, &q->number, sizeof q->number);
		break;
	case KEYS_OP_RESET:
		fixed(w, q->session, sizeof q->session);
		fixed(w, &q->number, sizeof q->number);
		blob(w, &q->a, KEYS_PASSWORD_MAX);
		break;
	case KEYS_OP_SIGN_IN:
		fixed(w, &q->number, sizeof q->number);
		blob(w, &q->a, KEYS_PASSWORD_MAX);
		break;
	case KEYS_OP_SIGN_OUT:
	case KEYS_OP_SESSION:
		fixed(w, q->session, sizeof q->session);
		break;
	case KEYS_OP_PASSWORD:
		fixed(w, q->session, sizeof q->session);
		blob(w, &q->a, KEYS_PASSWORD_MAX);
		blob(w, &q->b, KEYS_PASSWORD_MAX);
		break;
	case KEYS_OP_OPEN:
	case KEYS_OP_SEAL:
		wrapped(w, q);
		place(w, &q->at);
		blob(w, &q->a, KEYS_BLOB_MAX);
		break;
	case KEYS_OP_REWRAP:
		wrapped(w, q);
		fixed(w, q->at.report, sizeof q->at.report);
		fixed(w, &q->to_epoch, sizeof q->to_epoch);
		break;
	case KEYS_OP_BOX:
		blob(w, &q->b, KEYS_CONTEXT_MAX);
		blob(w, &q->a, KEYS_BOX_MAX);
		break;
	case KEYS_OP_UNBOX:
		blob(w, &q->b, KEYS_CONTEXT_MAX);
		blob(w, &q->a, KEYS_BOX_MAX + SEAL_BOX_MORE);
		break;
	case KEYS_OP_HEAD_SIGN:
		fixed(w, &q->epoch, sizeof q->epoch);
		fixed(w, q->key, sizeof q->key);
		blob(w, &q->a, KEYS_PROOF_MAX);
		break;
	case KEYS_OP_STATUS:
	case KEYS_OP_FORM:
	case KEYS_OP_MEMBERS:
	case KEYS_OP_HEAD:
		break;
	default:
		w->err = ERR_MALFORMED;
	}
}

static void epoch(struct walk *w, struct keys_epoch *e)
{
	fixed(w, &e->id, sizeof e->id);
	text(w, e->unit, sizeof e->unit);
	SMALL(w, e->class, 0, KEYS_CLASS_COUNT - 1);
	fixed(w, &e->from, sizeof e->from);
	fixed(w, &e->to, sizeof e->to);
	fixed(w, e->pub, sizeof e->pub);
}

static void member(struct walk *w, struct keys_member *m)
{
	fixed(w, &m->id, sizeof m->id);
	SMALL(w, m->role, KEYS_ANALYST, KEYS_ADMINISTRATOR);
	SMALL(w, m->state, KEYS_CANDIDATE, KEYS_LEFT);
	text(w, m->unit, sizeof m->unit);
	text(w, m->fingerprint, sizeof m->fingerprint);
	fixed(w, m->sign, sizeof m->sign);
	fixed(w, m->confirmed_by, sizeof m->confirmed_by);
}

static void head(struct walk *w, struct keys_head *h)
{
	fixed(w, h->key.pub, sizeof h->key.pub);
	SMALL(w, h->state, KEYS_HEAD_NONE, KEYS_HEAD_DAMAGED);
	fixed(w, &h->size, sizeof h->size);
}

static void process(struct walk *w, struct keys_status *s)
{
	fixed(w, &s->epochs, sizeof s->epochs);
	fixed(w, &s->sessions, sizeof s->sessions);
	fixed(w, &s->members_active, sizeof s->members_active);
	fixed(w, &s->founders, sizeof s->founders);
	SMALL(w, s->founded, 0, 1);
	SMALL(w, s->recovery_set, 0, 1);
	fixed(w, &s->backup_at, sizeof s->backup_at);
	fixed(w, &s->recoveries, sizeof s->recoveries);
}

static void count(struct walk *w, struct keys_reply *r, size_t cap)
{
	uint32_t n = (uint32_t)r->n;
	fixed(w, &n, sizeof n);
	if (!w->err && !w->out && n > cap)
		w->err = ERR_LIMIT;
	if (!w->out)
		r->n = w->err ? 0 : n;
}

/* The fields of each reply. */
static void walk_reply(struct walk *w, struct keys_reply *r)
{
	switch (r->op) {
	case KEYS_OP_HELLO:
	case KEYS_OP_ERASE:
	case KEYS_OP_CONFIRM:
	case KEYS_OP_LEAVE:
	case KEYS_OP_SIGN_OUT:
	case KEYS_OP_PASSWORD:
		break;
	case KEYS_OP_STATUS:
		process(w, &r->process);
		break;
	case KEYS_OP_EPOCH:
		epoch(w, r->epochs);
		break;
	case KEYS_OP_EPOCHS:
		count(w, r, r->cap);
		for (size_t i = 0; i < r->n && !w->err; i++)
			epoch(w, &r->epochs[i]);
		break;
	case KEYS_OP_RECEIPT:
		fixed(w, r->receipt.lookup, sizeof r->receipt.lookup);
		fixed(w, r->receipt.mailbox_public, sizeof r->receipt.mailbox_public);
		break;
	case KEYS_OP_MAIL:
	case KEYS_OP_MAIL_OPEN:
	case KEYS_OP_OPEN:
	case KEYS_OP_SEAL:
	case KEYS_OP_BOX:
	case KEYS_OP_UNBOX:
	case KEYS_OP_BLIND_ALL:
	case KEYS_OP_HEAD_SIGN:
		blob(w, &r->a, KEYS_BLOB_MAX);
		break;
	case KEYS_OP_HEAD:
		head(w, r->head);
		blob(w, &r->a, CHECKPOINT_NOTE_MAX - 1);
		break;
	case KEYS_OP_BLIND:
		fixed(w, r->blind, sizeof r->blind);
		break;
	case KEYS_OP_FORM:
		fixed(w, r->key, sizeof r->key);
		break;
	case KEYS_OP_MEMBER_NEW:
	case KEYS_OP_RESET:
	case KEYS_OP_SESSION:
		member(w, r->members);
		break;
	case KEYS_OP_SHARE:
		count(w, r, SIZE_MAX);
		break;
	case KEYS_OP_MEMBERS:
		count(w, r, r->cap);
		for (size_t i = 0; i < r->n && !w->err; i++)
			member(w, &r->members[i]);
		break;
	case KEYS_OP_SIGN_IN:
		fixed(w, r->session, sizeof r->session);
		break;
	case KEYS_OP_REWRAP:
		fixed(w, r->wrap, sizeof r->wrap);
		break;
	default:
		w->err = ERR_MALFORMED;
	}
}

static int finish(const struct walk *w, uint8_t *buf, size_t *ret_n)
{
	if (w->err)
		return w->err;
	uint32_t n = (uint32_t)w->at;
	memcpy(buf, &n, sizeof n);
	*ret_n = sizeof n + w->at;
	return 0;
}

int keys_request_write(const struct keys_request *q, uint8_t *buf, size_t *ret_n)
{
	struct walk w = { .out = buf + 4, .n = KEYS_FRAME_MAX };
	small(&w, q->op, KEYS_OP_HELLO, KEYS_OP_END - 1);
	walk_request(&w, (struct keys_request *)q); /* writing leaves it as it is */
	return finish(&w, buf, ret_n);
}

int keys_request_read(struct bytes frame, struct keys_request *ret)
{
	struct walk w = { .in = frame.p, .n = frame.n };
	ret->op = small(&w, 0, KEYS_OP_HELLO, KEYS_OP_END - 1);
	if (!w.err)
		walk_request(&w, ret);
	return w.err ? w.err : w.at == w.n ? 0 : ERR_MALFORMED;
}

int keys_reply_write(const struct keys_reply *r, uint8_t *buf, size_t *ret_n)
{
	struct walk w = { .out = buf + 4, .n = KEYS_FRAME_MAX };
	int32_t status = r->status;
	small(&w, r->op, KEYS_OP_HELLO, KEYS_OP_END - 1);
	fixed(&w, &status, sizeof status);
	if (!status)
		walk_reply(&w, (struct keys_reply *)r);
	return finish(&w, buf, ret_n);
}

int keys_reply_read(struct bytes frame, enum keys_op op, struct keys_reply *ret)
{
	struct walk w = { .in = frame.p, .n = frame.n };
	int32_t status = 0;
	ret->op = small(&w, 0, KEYS_OP_HELLO, KEYS_OP_END - 1);
	fixed(&w, &status, sizeof status);
	if (w.err || ret->op != op || status > 0)
		return ERR_MALFORMED;
	ret->status = status;
	if (!status)
		walk_reply(&w, ret);
	return w.err ? w.err : w.at == w.n ? 0 : ERR_MALFORMED;
}

bool keys_op_repeatable(enum keys_op op)
{
	switch (op) {
	case KEYS_OP_MEMBER_NEW: /* a second candidate */
	case KEYS_OP_CONFIRM:    /* "twice": -EPERM although it was done */
	case KEYS_OP_LEAVE:
	case KEYS_OP_RESET:
	case KEYS_OP_ERASE:      /* -ENOENT although it was done */
	case KEYS_OP_PASSWORD:   /* the old password is wrong by then */
	case KEYS_OP_SIGN_OUT:   /* -EACCES although it was done */
		return false;
	default: /* a second session, receipt or blob is as good as the first; nothing else changes */
		return true;
	}
}

bool keys_op_slow(enum keys_op op)
{
	return op == KEYS_OP_MEMBER_NEW || op == KEYS_OP_SIGN_IN || op == KEYS_OP_PASSWORD || op == KEYS_OP_RESET;
}
