/* SPDX-License-Identifier: Apache-2.0 */
/* All that can fail or wait (keys, sealing) is done first; then one transaction. Until it is on disk
 * there is nothing, and after it everything. */
#include "desk/submit.h"

#include "base/clock.h"
#include "desk/audit/audit.h"
#include "desk/epoch.h"
#include "desk/exclude.h"
#include "desk/submit_blind.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

enum { ONCE_SECONDS = 48 * 3600 };

/* What one transaction puts in; computed before it. */
struct prepared {
	const struct submission *from;
	uint8_t id[SEAL_ID], wrap[SEAL_WRAP];
	struct keys_epoch epoch;
	struct keys_receipt receipt;
	uint8_t *blob;
	size_t blob_n;
	struct submit_blind blind[SUBMIT_BLIND_MAX];
	size_t blind_n;
	const char *kind, *region;
	enum priority priority;
	bool restricted;
	int64_t now, due;
	uint8_t *ret_id;
	bool again;
};

/* --- before the transaction --- */

static int sealed_text(struct arena *a, const struct submission *s, struct bytes *ret)
{
	struct report r = *s->report;
	int err = s->language ? report_set(a, &r, "language", s->language) : 0;
	if (!err && s->partner)
		err = report_set(a, &r, "partner", s->partner);
	return err ? err : report_write(a, &r, ret);
}

static int seal_and_wrap(struct arena *a, struct prepared *p, struct bytes text)
{
	const struct seal_place at = { .sequence = 0, .type = SEAL_REPORT, .schema = SEAL_SCHEMA };
	struct seal_place place = at;
	memcpy(place.report, p->id, SEAL_ID);
	p->blob_n = seal_message_size(text.n);
	if (!p->blob_n)
		return ERR_LIMIT;
	p->blob = arena_alloc(a, p->blob_n);
	if (!p->blob)
		return -ENOMEM;
	uint8_t key[SEAL_KEY];
	randombytes_buf(key, sizeof key);
	int err = seal_message(key, &place, text, p->blob);
	if (!err)
		err = seal_wrap(p->epoch.pub, key, p->id, 0, p->wrap);
	sodium_memzero(key, sizeof key);
	return err;
}

static const char *region_of(const struct desk *d, const struct report *r)
{
	const char *code = report_get(r, "territory");
	const struct desk_territory *t = code ? desk_territory(d->data, code) : NULL;
	return t ? t->region : NULL;
}

static void describe(struct desk *d, struct prepared *p)
{
	const struct report *r = p->from->report;
	p->kind = report_kind_name(r->kind);
	p->region = region_of(d, r);
	p->priority = report_priority(r);
	p->restricted = report_has(r, "desk_person", "yes");
	p->now = clock_unix();
	p->due = seal_round_time(p->now + priority_seconds(p->priority) + 3599);
}

static int prepare(struct desk *d, struct arena *a, struct prepared *p)
{
	struct bytes text;
	randombytes_buf(p->id, sizeof p->id);
	describe(d, p);
	int err = desk_epoch_triage(d, &p->epoch);
	if (!err && p->from->words)
		err = keys_receipt(d->keys, p->from->words, false, &p->receipt);
	if (!err)
		err = submit_blind(d, a, NULL, p->from->report, p->epoch.id, p->blind, &p->blind_n);
	if (!err)
		err = sealed_text(a, p->from, &text);
	if (err)
		return err;
	err = seal_and_wrap(a, p, text);
	sodium_memzero((void *)(uintptr_t)text.p, text.n);
	return err;
}

/* --- the transaction --- */

/* 1 and ret_id: the query's row is the report of an earlier sending. */
static int find(struct store_tx *t, const char *sql, const void *key, size_t n, uint8_t *ret_id)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, sql, S_BLOB(key, n));
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1 && store_blob(rows, 0).n != SEAL_ID)
		err = ERR_FORMAT;
	if (err == 1)
		memcpy(ret_id, store_blob(rows, 0).p, SEAL_ID);
	store_end(rows);
	return err;
}

static int found(struct store_tx *t, const struct prepared *p)
{
	int err = 0;
	if (p->from->once)
		err = find(t, "SELECT report FROM once WHERE value = $1", p->from->once, 16,
			p->ret_id);
	if (!err && p->from->words)
		err = find(t, "SELECT id FROM report WHERE lookup = $1", p->receipt.lookup,
			SEAL_LOOKUP, p->ret_id);
	return err;
}

static int put_report(struct store_tx *t, const struct prepared *p)
{
	bool receipt = p->from->words;
	return STORE_RUN(t,
		"INSERT INTO report (id, state, unit, priority, kind, region, class, due, received,"
		" status, restricted, lookup, mailbox)"
		" VALUES ($1, 'received', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		S_BLOB(p->id, SEAL_ID), S_TEXT(KEYS_NATIONAL), S_INT(p->priority), S_TEXT(p->kind),
		S_TEXT(p->region), S_INT(KEYS_TRIAGE), S_INT(p->due), S_INT(p->now),
		S_INT(COARSE_RECEIVED), S_INT(p->restricted),
		receipt ? S_BLOB(p->receipt.lookup, SEAL_LOOKUP) : S_NULL,
		receipt ? S_BLOB(p->receipt.mailbox_public, SEAL_PUBLIC) : S_NULL);
}

static int put_sealed(struct store_tx *t, const struct prepared *p)
{
	int err = STORE_RUN(t,
		"INSERT INTO message (report, seq, type, number, blob, at)"
		" VALUES ($1, 0, $2, 0, $3, $4)",
		S_BLOB(p->id, SEAL_ID), S_INT(SEAL_REPORT), S_BLOB(p->blob, p->blob_n),
		S_INT(p->now));
	if (!err)
		err = STORE_RUN(t,
			"INSERT INTO wrap (report, number, epoch, sealed) VALUES ($1, 0, $2, $3)",
			S_BLOB(p->id, SEAL_ID), S_INT((int64_t)p->epoch.id),
			S_BLOB(p->wrap, SEAL_WRAP));
	for (size_t i = 0; !err && i < p->blind_n; i++)
		err = STORE_RUN(t,
			"INSERT INTO blind (report, epoch, kind, value) VALUES ($1, $2, $3, $4)"
			" ON CONFLICT DO NOTHING",
			S_BLOB(p->id, SEAL_ID), S_INT((int64_t)p->epoch.id),
			S_INT(p->blind[i].kind), S_BLOB(p->blind[i].value, SEAL_BLIND));
	return err;
}

int desk_once_put(
	struct store_tx *t, const uint8_t once[16], const uint8_t report[SEAL_ID], int64_t now)
{
	int err = STORE_RUN(t, "DELETE FROM once WHERE at < $1", S_INT(now - ONCE_SECONDS));
	if (err)
		return err;
	return STORE_RUN(t, "INSERT INTO once (value, report, at) VALUES ($1, $2, $3)",
		S_BLOB(once, 16), S_BLOB(report, SEAL_ID), S_INT(seal_round_time(now)));
}

int desk_count(struct store_tx *t, const struct desk_counted *c)
{
	struct civil now = civil_from_seconds(c->now);
	return STORE_RUN(t,
		"INSERT INTO figure (month, kind, priority, region, state, n)"
		" VALUES ($1, $2, $3, $4, $5, 1)"
		" ON CONFLICT (month, kind, priority, region, state) DO UPDATE"
		" SET n = figure.n + 1",
		S_INT(now.year * 100 + now.month), S_TEXT(c->kind), S_INT(c->priority),
		S_TEXT(c->region ? c->region : ""), S_TEXT(c->state));
}

static int put(struct store_tx *t, void *ctx)
{
	struct prepared *p = ctx;
	int err = found(t, p);
	p->again = err == 1;
	if (err)
		return p->again ? 0 : err;
	bool nobody;
	err = put_report(t, p);
	if (!err)
		err = put_sealed(t, p);
	if (!err)
		err = desk_exclude(t, p->id, report_get(p->from->report, "excluded_persons"), 0, &nobody);
	if (!err && p->from->once)
		err = desk_once_put(t, p->from->once, p->id, p->now);
	if (!err)
		err = desk_count(t, &(struct desk_counted){
					    p->now, p->kind, p->priority, p->region, "received" });
	if (!err && p->from->entered) {
		struct audit_entry e = *p->from->entered;
		e.report = p->id;
		err = audit_put(t, &e);
	}
	memcpy(p->ret_id, p->id, SEAL_ID);
	return err;
}

int desk_submit(struct desk *d, const struct submission *s, uint8_t *ret_id)
{
	struct prepared *p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	struct arena a;
	uint8_t id[SEAL_ID];
	arena_init(&a, 4 << 20);
	*p = (struct prepared){ .from = s, .ret_id = id };
	int err = prepare(d, &a, p);
	if (!err)
		err = store_write(d->store, put, p);
	if (err == -EEXIST) /* the same submission on another connection, a moment before */
		err = store_write(d->store, put, p);
	if (!err) {
		memcpy(ret_id, id, SEAL_ID);
		err = p->again ? SUBMIT_AGAIN : 0;
	}
	arena_wipe(&a);
	free(p);
	return err;
}

int desk_round_times(struct store_tx *t, const uint8_t report[SEAL_ID], int64_t now)
{
	int64_t changed;
	const struct store_value opened[] = { S_BLOB(report, SEAL_ID),
		S_INT(seal_round_time(now)) };
	int err = store_run(t,
		"UPDATE report SET opened = $2, received = received - received % 3600"
		" WHERE id = $1 AND opened IS NULL",
		opened, 2, &changed);
	if (err || !changed)
		return err;
	return STORE_RUN(t, "UPDATE message SET at = at - at % 3600 WHERE report = $1",
		S_BLOB(report, SEAL_ID));
}
