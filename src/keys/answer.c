/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/answer.h"

#include <errno.h>
#include <sodium.h>

/* One request on its way: what every op below works on. */
struct ask {
	struct keys_server *s;
	struct keys_desk *d;
	struct keys_request q;
	struct keys_reply r;
	int64_t now;
};

void keys_server_init(struct keys_server *s, struct vault *v, struct seal_cost cost)
{
	*s = (struct keys_server){ .vault = v, .cost = cost };
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->slots, NULL);
	pthread_cond_init(&s->slot_freed, NULL);
}

void keys_server_done(struct keys_server *s)
{
	pthread_cond_destroy(&s->slot_freed);
	pthread_mutex_destroy(&s->slots);
	pthread_mutex_destroy(&s->lock);
}

struct keys_desk *keys_desk_new(void)
{
	struct keys_desk *d = sodium_malloc(sizeof *d);
	if (d)
		d->used = 0;
	return d;
}

void keys_desk_free(struct keys_desk *d)
{
	sodium_free(d); /* wipes; NULL is fine */
}

void keys_desk_wipe(struct keys_desk *d)
{
	sodium_memzero(d->in, MIN(d->used, sizeof d->in));
	sodium_memzero(d->out, MIN(d->used, sizeof d->out));
	sodium_memzero(d->made.bytes, MIN(d->used, sizeof d->made.bytes));
	d->used = 0;
}

/* --- Argon2id: two at once, a few waiting, the rest sent away --- */

static int slot_take(struct keys_server *s)
{
	int err = 0;
	pthread_mutex_lock(&s->slots);
	if (s->running == KEYS_ARGON_AT_ONCE && s->waiting == KEYS_ARGON_WAITING) {
		err = -EAGAIN;
	} else {
		s->waiting++;
		while (s->running == KEYS_ARGON_AT_ONCE)
			pthread_cond_wait(&s->slot_freed, &s->slots);
		s->waiting--;
		s->running++;
	}
	pthread_mutex_unlock(&s->slots);
	return err;
}

static void slot_give(struct keys_server *s)
{
	pthread_mutex_lock(&s->slots);
	s->running--;
	pthread_cond_signal(&s->slot_freed);
	pthread_mutex_unlock(&s->slots);
}

static int member_new(struct ask *a)
{
	struct vault_fresh fresh;
	int err = vault_fresh_make(a->q.a, a->s->cost, &fresh);
	if (err)
		return err;
	pthread_mutex_lock(&a->s->lock);
	if (a->q.op == KEYS_OP_RESET)
		err = vault_member_reset(a->s->vault, a->now, a->q.session, a->q.number, &fresh, a->r.members);
	else
		err = vault_member_new(a->s->vault, a->now, a->q.unit, a->q.kind, &fresh, a->r.members);
	pthread_mutex_unlock(&a->s->lock);
	sodium_memzero(&fresh, sizeof fresh);
	return err;
}

/* A reset must not make somebody without a session cost us a second of Argon2id. */
static int member_reset(struct ask *a)
{
	pthread_mutex_lock(&a->s->lock);
	int err = vault_session(a->s->vault, a->now, a->q.session, a->r.members);
	pthread_mutex_unlock(&a->s->lock);
	return err ? err : member_new(a);
}

/* Nobody has this number: as long and as often as for a member, so that neither tells who works here. */
static int sign_in_decoy(struct ask *a)
{
	const struct vault_login none = { .cost = a->s->cost };
	uint8_t seed[SEAL_KEY];
	pthread_mutex_lock(&a->s->lock);
	int err = rate_password_attempt(&a->s->decoy[a->q.number % KEYS_DECOYS], a->now);
	pthread_mutex_unlock(&a->s->lock);
	if (err)
		return err;
	err = vault_login_unlock(&none, a->q.a, seed);
	sodium_memzero(seed, sizeof seed);
	return err == -ENOMEM ? err : -ENOENT;
}

static int sign_in(struct ask *a)
{
	struct vault_login login;
	uint8_t seed[SEAL_KEY];
	pthread_mutex_lock(&a->s->lock);
	int err = vault_sign_in_begin(a->s->vault, a->now, a->q.number, &login);
	pthread_mutex_unlock(&a->s->lock);
	if (err)
		return err == -ENOENT ? sign_in_decoy(a) : err;
	int wrong = vault_login_unlock(&login, a->q.a, seed);
	pthread_mutex_lock(&a->s->lock);
	err = vault_sign_in_end(a->s->vault, a->now, a->q.number, &login, wrong ? NULL : seed, a->r.session);
	pthread_mutex_unlock(&a->s->lock);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(&login, sizeof login);
	return wrong == -ENOMEM ? -ENOMEM : err;
}

static int password(struct ask *a)
{
	struct vault_login old, new;
	uint8_t seed[SEAL_KEY];
	pthread_mutex_lock(&a->s->lock);
	int err = vault_password_begin(a->s->vault, a->now, a->q.session, &old);
	pthread_mutex_unlock(&a->s->lock);
	if (err)
		return err;
	int wrong = vault_login_unlock(&old, a->q.a, seed);
	int refused = wrong ? 0 : vault_login_make(seed, a->q.b, a->s->cost, &new);
	pthread_mutex_lock(&a->s->lock);
	err = vault_password_end(a->s->vault, a->now, a->q.session, &old, wrong || refused ? NULL : seed,
		wrong || refused ? NULL : &new);
	pthread_mutex_unlock(&a->s->lock);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(&old, sizeof old);
	sodium_memzero(&new, sizeof new);
	return wrong == -ENOMEM ? -ENOMEM : refused ? refused : err;
}

static int slow(struct ask *a)
{
	int err = slot_take(a->s);
	if (err)
		return err;
	switch (a->q.op) {
	case KEYS_OP_SIGN_IN:
		err = sign_in(a);
		break;
	case KEYS_OP_PASSWORD:
		err = password(a);
		break;
	case KEYS_OP_RESET:
		err = member_reset(a);
		break;
	default:
		err = member_new(a);
	}
	slot_give(a->s);
	return err;
}

/* --- the rest, under the lock --- */

static int by_id(const void *x, const void *y)
{
	const struct keys_epoch *a = x, *b = y;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Those after q.epoch, a page of them. */
static int epochs(struct ask *a)
{
	struct keys_status status;
	vault_status(a->s->vault, a->now, &status);
	size_t n = 0, cap = (size_t)status.epochs;
	struct keys_epoch *all = calloc(cap + 1, sizeof *all);
	if (!all)
		return -ENOMEM;
	int err = vault_epochs(a->s->vault, all, cap, &n);
	if (!err)
		qsort(all, n, sizeof *all, by_id);
	for (size_t i = 0; !err && i < n && a->r.n < KEYS_PAGE; i++)
		if (all[i].id > a->q.epoch)
			a->r.epochs[a->r.n++] = all[i];
	free(all);
	return err;
}

static const uint8_t *session_or_none(const struct ask *a)
{
	return sodium_is_zero(a->q.session, sizeof a->q.session) ? NULL : a->q.session;
}

static int mail(struct ask *a)
{
	size_t n = vault_mail_size(a->q.a.n);
	if (!n || n > sizeof a->d->made.bytes)
		return ERR_LIMIT;
	a->r.a = bytes_of(a->d->made.bytes, n);
	return vault_mail(a->s->vault, a->q.key, a->q.a, a->d->made.bytes);
}

static int opened(struct ask *a)
{
	const struct keys_wrapped w = { a->q.epoch, a->q.number, a->q.wrap };
	size_t n = 0;
	int err = a->q.op == KEYS_OP_MAIL_OPEN
		? vault_mail_open(a->s->vault, a->now, a->q.words, a->q.a, a->d->made.bytes, &n)
		: vault_message_open(a->s->vault, a->now, a->q.session, &w, &a->q.at, a->q.a, a->d->made.bytes, &n);
	a->r.a = bytes_of(a->d->made.bytes, n);
	return err;
}

static int sealed(struct ask *a)
{
	const struct keys_wrapped w = { a->q.epoch, a->q.number, a->q.wrap };
	size_t n = seal_message_size(a->q.a.n);
	if (!n || n > sizeof a->d->made.bytes)
		return ERR_LIMIT;
	a->r.a = bytes_of(a->d->made.bytes, n);
	return vault_message_seal(a->s->vault, a->now, a->q.session, &w, &a->q.at, a->q.a, a->d->made.bytes);
}

static int blind_all(struct ask *a)
{
	_Static_assert(KEYS_BLIND_ALL_MAX * SEAL_BLIND <= KEYS_BLOB_MAX, "one reply");
	size_t n = 0;
	int err = vault_blind_all(a->s->vault, a->now, a->q.session, a->q.kind, a->q.a,
		(uint8_t (*)[SEAL_BLIND])a->d->made.bytes, KEYS_BLIND_ALL_MAX, &n);
	a->r.a = bytes_of(a->d->made.bytes, n * SEAL_BLIND);
	return err;
}

static int boxed(struct ask *a)
{
	size_t n = a->q.a.n + SEAL_BOX_MORE;
	int err = a->q.op == KEYS_OP_BOX ? vault_box(a->s->vault, a->q.b, a->q.a, a->d->made.bytes)
					 : vault_unbox(a->s->vault, a->q.b, a->q.a, a->d->made.bytes, &n);
	a->r.a = bytes_of(a->d->made.bytes, n);
	return err;
}

static int head(struct ask *a)
{
	vault_head(a->s->vault, a->r.head);
	a->r.a = bytes_str(a->r.head->note);
	return 0;
}

static int head_signed(struct ask *a)
{
	char *note = (char *)a->d->made.bytes;
	size_t n = 0;
	int err = vault_head_sign(a->s->vault, a->q.epoch, a->q.key, a->q.a, note, &n);
	a->r.a = bytes_of(note, n);
	return err;
}

static int quick(struct ask *a)
{
	struct vault *v = a->s->vault;
	const struct keys_request *q = &a->q;
	struct keys_reply *r = &a->r;
	const struct keys_wrapped w = { q->epoch, q->number, q->wrap };
	switch (q->op) {
	case KEYS_OP_HELLO:
		return q->kind == KEYS_VERSION ? 0 : ERR_VERSION;
	case KEYS_OP_STATUS:
		vault_status(v, a->now, &r->process);
		return 0;
	case KEYS_OP_EPOCH:
		return vault_epoch(v, a->now, q->unit, q->kind, q->when ? q->when : a->now, r->epochs);
	case KEYS_OP_EPOCHS:
		return epochs(a);
	case KEYS_OP_ERASE:
		return vault_epoch_erase(v, a->now, session_or_none(a), q->epoch);
	case KEYS_OP_RECEIPT:
		return vault_receipt(v, a->now, q->words, q->kind, &r->receipt);
	case KEYS_OP_MAIL:
		return mail(a);
	case KEYS_OP_MAIL_OPEN:
	case KEYS_OP_OPEN:
		return opened(a);
	case KEYS_OP_BLIND:
		return vault_blind(v, a->now, session_or_none(a), q->epoch, q->kind, q->a, r->blind);
	case KEYS_OP_BLIND_ALL:
		return blind_all(a);
	case KEYS_OP_FORM:
		vault_form(v, a->now, r->key[0], r->key[1]);
		return 0;
	case KEYS_OP_CONFIRM:
		return vault_member_confirm(v, a->now, q->session, q->number, q->fingerprint);
	case KEYS_OP_LEAVE:
		return vault_member_leave(v, a->now, q->session, q->number);
	case KEYS_OP_SHARE:
		return vault_member_share(v, a->now, q->session, q->number, &r->n);
	case KEYS_OP_MEMBERS:
		return vault_members(v, r->members, KEYS_MEMBER_MAX, &r->n);
	case KEYS_OP_SESSION:
		return vault_session(v, a->now, q->session, r->members);
	case KEYS_OP_SIGN_OUT:
		return vault_sign_out(v, a->now, q->session);
	case KEYS_OP_SEAL:
		return sealed(a);
	case KEYS_OP_BOX:
	case KEYS_OP_UNBOX:
		return boxed(a);
	case KEYS_OP_HEAD:
		return head(a);
	case KEYS_OP_HEAD_SIGN:
		return head_signed(a);
	case KEYS_OP_REWRAP:
		return vault_rewrap(v, a->now, q->session, &w, q->at.report, q->to_epoch, r->wrap);
	default:
		return ERR_MALFORMED;
	}
}

int keys_answer(struct keys_server *s, struct keys_desk *d, struct bytes frame, int64_t now, size_t *ret_n,
	struct keys_event *ret_event)
{
	struct ask a = { .s = s, .d = d, .now = now };
	int unread = keys_request_read(frame, &a.q);
	a.r = (struct keys_reply){ .op = a.q.op, .epochs = d->made.epochs, .members = d->made.members,
		.head = &d->made.head };
	if (unread) {
		a.r.op = KEYS_OP_HELLO;
		a.r.status = unread;
	} else if (keys_op_slow(a.q.op)) {
		a.r.status = slow(&a);
	} else {
		pthread_mutex_lock(&s->lock);
		a.r.status = quick(&a);
		pthread_mutex_unlock(&s->lock);
	}
	int err = keys_reply_write(&a.r, d->out, ret_n);
	if (err) { /* what we made does not fit: a mistake of ours, told as an error */
		a.r.status = err;
		err = keys_reply_write(&a.r, d->out, ret_n);
		assert(!err);
	}
	/* Plain text is in one of: the request, what was made of it (no longer), the reply. */
	d->used = MAX(frame.n + 4, *ret_n);
	*ret_event = (struct keys_event){ a.r.op, a.r.status, a.q.number, a.q.epoch };
	sodium_memzero(&a.q, sizeof a.q);
	sodium_memzero(&a.r, sizeof a.r);
	return unread;
}
