/* SPDX-License-Identifier: Apache-2.0 */
/* The table of packets: who prepared, who released. Two people, asked again in the transaction. */
#include "desk/dossier/dossier.h"

#include "base/clock.h"
#include "desk/audit/audit.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>

static const char *const names[DOSSIER_STATE_COUNT] = { "prepared", "released", "refused" };
static const char *const labels[DOSSIER_STATE_COUNT] = { N_("Prepared: a supervisor has to release it"), N_("Released"), N_("Refused") };
#define COLUMNS "id, report, recipient, state, language, prepared_by, prepared, decided_by, decided, made, hash, version, released_key"

const char *dossier_state_name(enum dossier_state s)
{
	return names[s];
}

const char *dossier_state_label(enum dossier_state s)
{
	return labels[s];
}

bool dossier_fits(const struct work_case *c)
{
	bool with_unit = false;
	for (size_t i = 0; i < c->referral_n; i++)
		with_unit |= c->referral[i].state == CF_REFERRED || c->referral[i].state == CF_ACCEPTED || c->referral[i].state == CF_DONE;
	return c->row.state == CR_CONFIRMED || with_unit;
}

const char *dossier_reference(struct arena *a, const uint8_t id[SEAL_ID])
{
	const char *s = arena_printf(a, "P-%02X%02X%X-%X%02X%02X", id[0], id[1], id[2] >> 4, id[2] & 15, id[3], id[4]);
	return s ? s : "";
}

/* --- reading --- */

static int read_one(struct store_rows *rows, struct arena *a, struct dossier *ret)
{
	const char *state = store_text(rows, 3), *language = store_text(rows, 4);
	struct dossier h = { .prepared_by = (uint32_t)store_int(rows, 5), .prepared = store_int(rows, 6),
		.decided_by = (uint32_t)store_int(rows, 7), .decided = store_int(rows, 8), .made = store_int(rows, 9),
		.version = (uint64_t)store_int(rows, 11) };
	uint8_t *const id[] = { h.id, h.report, h.recipient };
	unsigned s = 0;
	for (unsigned i = 0; i < 3; i++) {
		struct bytes b = store_blob(rows, i);
		if (b.n != SEAL_ID)
			return ERR_FORMAT;
		memcpy(id[i], b.p, SEAL_ID);
	}
	while (s < DOSSIER_STATE_COUNT && strcmp(names[s], state) != 0)
		s++;
	struct bytes hash = store_blob(rows, 10);
	h.has_hash = hash.n == SHEET_HASH;
	if (h.has_hash)
		memcpy(h.hash, hash.p, SHEET_HASH);
	struct bytes key = store_blob(rows, 12);
	h.has_key = key.n == SEAL_PUBLIC;
	if (h.has_key)
		memcpy(h.key, key.p, SEAL_PUBLIC);
	h.state = (enum dossier_state)s;
	h.language = arena_text(a, language, strlen(language));
	*ret = h;
	return s == DOSSIER_STATE_COUNT ? ERR_FORMAT : h.language ? 0 : -ENOMEM;
}

static int load(struct desk *d, struct arena *a, const char *sql, const uint8_t *id, struct dossier *row, size_t cap, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	size_t n = 0;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = id ? STORE_QUERY(t, &rows, sql, S_BLOB(id, SEAL_ID)) : store_query(t, sql, NULL, 0, &rows);
	if (!err) {
		while (n < cap && (err = store_next(rows)) == 1 && !(err = read_one(rows, a, &row[n])))
			n++;
		store_end(rows);
	}
	store_rollback(t);
	*ret_n = n;
	return MIN(err, 0);
}

int dossier_get(struct desk *d, struct arena *a, const uint8_t id[SEAL_ID], struct dossier *ret)
{
	size_t n;
	int err = load(d, a, "SELECT " COLUMNS " FROM packet WHERE id = $1", id, ret, 1, &n);
	return err ? err : n ? 0 : -ENOENT;
}

int dossier_list(struct desk *d, struct arena *a, const struct actor *who, const uint8_t *report, struct dossier **ret, size_t *ret_n)
{
	size_t n = 0, kept = 0;
	struct dossier *row = arena_array(a, DOSSIER_MAX, sizeof *row);
	*ret = row;
	int err = row ? load(d, a, report ? "SELECT " COLUMNS " FROM packet WHERE report = $1 ORDER BY prepared DESC, id"
		: "SELECT " COLUMNS " FROM packet WHERE state = 'prepared' ORDER BY prepared DESC, id", report, row, DOSSIER_MAX, &n) : -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		int sees = work_sees(d, who, row[i].report);
		if (!sees)
			row[kept++] = row[i];
		else if (sees != -ENOENT)
			err = sees;
	}
	*ret_n = kept;
	return err;
}

/* --- the wish --- */

static int wish_write(struct arena *a, const struct dossier_wish *w, struct bytes *ret)
{
	json_t *top = json_object(), *list = json_array();
	int err = top && list && !json_object_set_new(top, "v", json_integer(1)) && !json_object_set_new(top, "letter", json_string(w->letter))
		? 0 : -ENOMEM;
	for (size_t i = 0; !err && i < w->message_n; i++)
		err = json_array_append_new(list, json_integer(w->message[i])) ? -ENOMEM : 0;
	err = err || json_object_set(top, "messages", list) ? -ENOMEM : 0;
	size_t n = err ? 0 : json_dumpb(top, NULL, 0, JSON_COMPACT);
	char *p = n ? arena_alloc(a, n) : NULL;
	if (p)
		*ret = bytes_of(p, json_dumpb(top, p, n, JSON_COMPACT));
	json_decref(list);
	json_decref(top);
	return p ? 0 : -ENOMEM;
}

static int wish_read(struct arena *a, struct bytes json, struct dossier_wish *ret)
{
	json_t *top = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL), *v;
	const char *letter = json_string_value(json_object_get(top, "letter"));
	const json_t *list = json_object_get(top, "messages");
	int err = letter && json_is_array(list) && json_array_size(list) <= DOSSIER_MESSAGES_MAX ? 0 : ERR_MALFORMED;
	size_t i;
	*ret = (struct dossier_wish){ .letter = err ? NULL : arena_text(a, letter, strlen(letter)) };
	json_array_foreach(list, i, v)
		if (!err)
			ret->message[ret->message_n++] = (uint32_t)json_integer_value(v);
	json_decref(top);
	return err ? err : ret->letter ? 0 : -ENOMEM;
}

static struct seal_place place_of(const struct dossier *h)
{
	struct seal_place at = { .sequence = 0, .type = SEAL_NOTE, .schema = SEAL_SCHEMA };
	memcpy(at.report, h->id, SEAL_ID);
	return at;
}

struct sealed { const uint8_t *id; struct bytes blob; uint8_t wrap[SEAL_WRAP]; uint64_t epoch; };

static int load_sealed(struct desk *d, struct arena *a, struct sealed *s)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT epoch, wrap, blob FROM packet WHERE id = $1", S_BLOB(s->id, SEAL_ID));
	if (!err) {
		err = store_next(rows);
		err = err == 1 ? 0 : err ? err : -ENOENT;
		struct bytes wrap = err ? bytes_of(NULL, 0) : store_blob(rows, 1), blob = err ? wrap : store_blob(rows, 2);
		uint8_t *copy = arena_alloc(a, blob.n + 1);
		if (!err && (!copy || wrap.n != SEAL_WRAP))
			err = copy ? ERR_FORMAT : -ENOMEM;
		if (!err) {
			s->epoch = (uint64_t)store_int(rows, 0);
			memcpy(s->wrap, wrap.p, SEAL_WRAP);
			memcpy(copy, blob.p, blob.n);
			s->blob = bytes_of(copy, blob.n);
		}
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

int dossier_open(struct desk *d, struct arena *a, const struct actor *who, const struct dossier *h, struct dossier_wish *ret)
{
	const struct seal_place at = place_of(h);
	struct sealed s = { .id = h->id };
	size_t n = 0;
	int err = load_sealed(d, a, &s);
	uint8_t *plain = err ? NULL : arena_alloc(a, s.blob.n + 1);
	if (!plain)
		return err ? err : -ENOMEM;
	const struct keys_wrapped w = { s.epoch, 0, s.wrap };
	err = keys_message_open(d->keys, who->session, &w, &at, s.blob, plain, &n);
	if (!err)
		err = wish_read(a, bytes_of(plain, n), ret);
	sodium_memzero(plain, s.blob.n);
	return err;
}

/* --- preparing and deciding --- */

struct putting {
	const struct actor *who;
	const struct dossier *h;
	struct keys_epoch epoch;
	uint8_t wrap[SEAL_WRAP];
	struct bytes blob;
	const struct directory_recipient *to;
	bool release;
};

/* Where nobody can be in between: the case is still one to be handed over, and there for this person. */
static int ask_again(struct store_tx *t, const struct putting *p, bool fits)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, fits
		? "SELECT 1 FROM report r WHERE r.id = $1 AND r.id NOT IN (SELECT e.report FROM excluded e WHERE e.member = $2)"
		  " AND (r.state = 'confirmed' OR r.id IN (SELECT f.report FROM referral f WHERE f.state IN ('referred', 'accepted', 'done')))"
		: "SELECT 1 FROM report r WHERE r.id = $1 AND r.id NOT IN (SELECT e.report FROM excluded e WHERE e.member = $2)",
		S_BLOB(p->h->report, SEAL_ID), S_INT(p->who->member));
	if (err)
		return err;
	err = store_next(rows);
	store_end(rows);
	return err == 1 ? 0 : err ? err : -EAGAIN;
}

static int audit(struct store_tx *t, const struct putting *p, const char *action)
{
	char object[64], hex[2 * SEAL_ID + 1];
	sodium_bin2hex(hex, sizeof hex, p->h->id, SEAL_ID);
	(void)snprintf(object, sizeof object, "packet %s", hex);
	sodium_bin2hex(hex, sizeof hex, p->h->recipient, SEAL_ID);
	const struct audit_entry e = { p->who->member, (int)p->who->role, action, p->h->report, object, hex };
	return audit_put(t, &e);
}

static int put_new(struct store_tx *t, void *ctx)
{
	const struct putting *p = ctx;
	int err = ask_again(t, p, true);
	if (err)
		return err;
	err = STORE_RUN(t, "INSERT INTO packet (id, report, recipient, state, version, language, epoch, wrap, blob, prepared_by, prepared)"
		" VALUES ($1, $2, $3, 'prepared', 1, $4, $5, $6, $7, $8, $9)", S_BLOB(p->h->id, SEAL_ID), S_BLOB(p->h->report, SEAL_ID),
		S_BLOB(p->h->recipient, SEAL_ID), S_TEXT(p->h->language), S_INT((int64_t)p->epoch.id), S_BLOB(p->wrap, SEAL_WRAP),
		S_BLOB(p->blob.p, p->blob.n), S_INT(p->who->member), S_INT(seal_round_time(clock_unix())));
	return err ? err : audit(t, p, "packet.prepare");
}

int dossier_prepare(struct desk *d, const struct actor *who, const struct dossier *h, const struct dossier_wish *w)
{
	struct arena a;
	struct bytes plain;
	uint8_t key[SEAL_KEY];
	struct putting p = { .who = who, .h = h };
	const struct seal_place at = place_of(h);
	arena_init(&a, 0);
	int err = keys_epoch(d->keys, KEYS_NATIONAL, KEYS_CONFIRMED, 0, &p.epoch);
	if (!err)
		err = wish_write(&a, w, &plain);
	uint8_t *blob = err ? NULL : arena_alloc(&a, seal_message_size(plain.n));
	if (!err && !blob)
		err = -ENOMEM;
	if (!err) {
		randombytes_buf(key, sizeof key);
		err = seal_message(key, &at, plain, blob);
		if (!err)
			err = seal_wrap(p.epoch.pub, key, h->id, 0, p.wrap);
		p.blob = bytes_of(blob, seal_message_size(plain.n));
		sodium_memzero(key, sizeof key);
		sodium_memzero((void *)(uintptr_t)plain.p, plain.n);
	}
	if (!err)
		err = store_write(d->store, put_new, &p);
	arena_done(&a);
	return err;
}

bool dossier_key_same(const struct dossier *h, const struct directory_recipient *to)
{
	return h->has_key == to->has_key && (!h->has_key || !memcmp(h->key, to->key, SEAL_PUBLIC));
}

/* The key that was looked at, if it is still the directory's. */
static int put_key(struct store_tx *t, const struct putting *p)
{
	const struct store_value v[] = { S_BLOB(p->h->id, SEAL_ID), S_BLOB(p->to->id, SEAL_ID), S_BLOB(p->to->key, SEAL_PUBLIC) };
	int64_t changed = 0;
	int err = p->to->has_key
		? store_run(t, "UPDATE packet SET released_key = $3 WHERE id = $1 AND EXISTS (SELECT 1 FROM recipient x WHERE x.id = $2 AND x.key = $3)",
			  v, 3, &changed)
		: store_run(t, "UPDATE packet SET released_key = NULL WHERE id = $1 AND EXISTS (SELECT 1 FROM recipient x WHERE x.id = $2 AND x.key IS NULL)",
			  v, 2, &changed);
	return err ? err : changed ? 0 : -EAGAIN;
}

static int put_decision(struct store_tx *t, void *ctx)
{
	const struct putting *p = ctx;
	const struct store_value v[] = { S_BLOB(p->h->id, SEAL_ID), S_INT((int64_t)p->h->version), S_INT(p->who->member),
		S_INT(seal_round_time(clock_unix())), S_TEXT(names[p->release ? DOSSIER_RELEASED : DOSSIER_REFUSED]) };
	int64_t changed = 0;
	int err = ask_again(t, p, p->release);
	if (!err && p->release)
		err = put_key(t, p);
	if (err)
		return err;
	err = store_run(t, "UPDATE packet SET state = $5, decided_by = $3, decided = $4, version = version + 1"
		" WHERE id = $1 AND version = $2 AND state = 'prepared' AND prepared_by <> $3", v, ARRAY_LEN(v), &changed);
	if (!err && !changed)
		return -EAGAIN;
	return err ? err : audit(t, p, p->release ? "packet.release" : "packet.refuse");
}

int dossier_decide(struct desk *d, const struct actor *who, const struct dossier *h, const struct directory_recipient *to, bool release)
{
	struct putting p = { .who = who, .h = h, .to = to, .release = release };
	if (who->role == KEYS_SUPERVISOR && !strcmp(who->unit, KEYS_NATIONAL) && who->member != h->prepared_by)
		return store_write(d->store, put_decision, &p);
	const struct audit_entry e = { who->member, (int)who->role, "refused", h->report, "packet.release", "a second person, a supervisor, releases" };
	int err = audit_now(d, &e);
	return err ? err : -EPERM;
}
