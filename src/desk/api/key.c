/* SPDX-License-Identifier: Apache-2.0 */
/* Who calls: bearer keys, their scopes, and a rate for each. */
#include "desk/api/api.h"

#include "base/clock.h"
#include "base/log.h"
#include "desk/audit/audit.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <strings.h>

enum { RATE_SLOTS = 256, RATE_BURST = 120, RATE_PER_MINUTE = 600 };
enum { RECEIPT_BURST = 80, RECEIPT_PER_MINUTE = 180 }; /* all keys together; of RATE_RECEIPT_RETURNING in keys/vault_rate.h */

void api_key_hash(const char *token, uint8_t ret[32])
{
	static const uint8_t context[] = "hisn partner key";
	(void)crypto_generichash(ret, 32, (const uint8_t *)token, strlen(token), context, sizeof context - 1);
}

static void keyed(const char *token, const char *what, const char *idempotency, struct bytes body, uint8_t *ret, size_t n)
{
	crypto_generichash_state s;
	uint8_t key[32];
	api_key_hash(token, key);
	(void)crypto_generichash(key, sizeof key, key, sizeof key, (const uint8_t *)token, MIN(strlen(token), (size_t)64));
	(void)crypto_generichash_init(&s, key, sizeof key, n);
	(void)crypto_generichash_update(&s, (const uint8_t *)what, strlen(what) + 1);
	(void)crypto_generichash_update(&s, (const uint8_t *)idempotency, strlen(idempotency) + 1);
	(void)crypto_generichash_update(&s, body.p, body.n);
	(void)crypto_generichash_final(&s, ret, n);
	sodium_memzero(key, sizeof key);
}

void api_once_derive(const char *token, const char *idempotency, struct bytes body, struct api_once *ret)
{
	uint8_t bits[32];
	keyed(token, "claim", idempotency, bytes_of(NULL, 0), ret->claim, sizeof ret->claim);
	keyed(token, "request", "", body, ret->fingerprint, sizeof ret->fingerprint);
	keyed(token, "once", idempotency, body, ret->once, sizeof ret->once);
	keyed(token, "words", idempotency, body, bits, sizeof bits);
	for (int i = 0; i < SEAL_WORDS; i++)
		ret->words[i] = be16_get(bits + 2 * i) & (SEAL_WORD_COUNT - 1);
	sodium_memzero(bits, sizeof bits);
}

/* --- rates: by key, in memory; the table holds a few hundred partners, the rest share --- */

static pthread_mutex_t rate_lock = PTHREAD_MUTEX_INITIALIZER;
static struct { uint64_t key; int64_t at; double left; } rates[RATE_SLOTS];

static bool within_rate(const uint8_t hash[32])
{
	uint64_t key = le64_get(hash);
	size_t slot = key % RATE_SLOTS;
	int64_t now = clock_mono_ms();
	pthread_mutex_lock(&rate_lock);
	if (rates[slot].key != key) {
		rates[slot].key = key;
		rates[slot].left = RATE_BURST;
		rates[slot].at = now;
	}
	double left = rates[slot].left + (double)(now - rates[slot].at) * RATE_PER_MINUTE / 60000.0;
	rates[slot].left = MIN(left, (double)RATE_BURST);
	rates[slot].at = now;
	bool good = rates[slot].left >= 1;
	rates[slot].left -= good;
	pthread_mutex_unlock(&rate_lock);
	return good;
}

static pthread_mutex_t receipt_lock = PTHREAD_MUTEX_INITIALIZER;
static struct { int64_t at; double used; } receipts;

/* Below zero it is owed: what a receipt brings is known afterwards. */
static bool receipt_take(double n, bool ask)
{
	int64_t now = clock_mono_ms();
	pthread_mutex_lock(&receipt_lock);
	double used = receipts.used - (double)(now - receipts.at) * RECEIPT_PER_MINUTE / 60000.0;
	receipts.used = MAX(used, 0.0);
	receipts.at = now;
	bool good = !ask || receipts.used + n <= RECEIPT_BURST;
	receipts.used += good ? n : 0;
	pthread_mutex_unlock(&receipt_lock);
	return good;
}

bool api_receipt_allow(struct web_request *r)
{
	if (receipt_take(1, true))
		return true;
	web_header_set(r, "Retry-After", "20");
	web_problem(r, 429, API_TYPE "rate", "Too many requests", "Receipts are asked for too often. Send again after Retry-After seconds.", NULL);
	return false;
}

void api_receipt_used(size_t more)
{
	(void)receipt_take((double)more, false);
}

/* --- who --- */

static const char *bearer(struct web_request *r)
{
	const char *h = web_header(r, "Authorization");
	if (!h || strncasecmp(h, "Bearer ", 7) != 0 || strlen(h + 7) > API_TOKEN_MAX || !h[7])
		return NULL;
	return h + 7;
}

static const char *copy(struct arena *a, const char *s)
{
	return s ? arena_text(a, s, strlen(s)) : NULL;
}

static int find(struct web_request *r, const uint8_t hash[32], struct api_caller *ret)
{
	struct store_tx *t;
	struct store_rows *rows;
	struct arena *a = web_arena(r);
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT organisation, sector, scopes FROM partner_key WHERE hash = $1 "
		"AND revoked IS NULL", S_BLOB(hash, 32));
	if (!err) {
		err = store_next(rows);
		if (err == 1) {
			*ret = (struct api_caller){ copy(a, store_text(rows, 0)), copy(a, store_text(rows, 1)),
				copy(a, store_text(rows, 2)), NULL, "" };
			sodium_bin2hex(ret->id, sizeof ret->id, hash, 8);
			err = ret->organisation && ret->sector && ret->scopes ? 0 : -ENOMEM;
		} else if (!err) {
			err = -ENOENT;
		}
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

/* A key that is known and may not: in the trail. One that is not known is anybody's guess, and is not. */
static void refuse(struct web_request *r, const char *id, const char *scope)
{
	int err = audit_now(DESK(r), &(struct audit_entry){ .action = "api.refused", .object = id, .detail = scope });
	if (err) /* it is refused all the same */
		log_warning("a partner's refused call is not in the audit trail: %s", err_text(err));
}

bool api_allow(struct web_request *r, const char *scope, struct api_caller *ret)
{
	uint8_t hash[32];
	const char *token = bearer(r);
	if (!token) {
		web_header_set(r, "WWW-Authenticate", "Bearer");
		web_problem(r, 401, API_TYPE "no-key", "No key", "Send Authorization: Bearer KEY.", NULL);
		return false;
	}
	api_key_hash(token, hash);
	if (!within_rate(hash)) {
		web_header_set(r, "Retry-After", "10");
		web_problem(r, 429, API_TYPE "rate", "Too many requests", "Send again after Retry-After seconds.", NULL);
		return false;
	}
	int err = find(r, hash, ret);
	ret->token = token;
	if (err == -ENOENT) {
		web_header_set(r, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
		web_problem(r, 401, API_TYPE "key", "Key not known", "The key is wrong or has been revoked.", NULL);
	} else if (err) {
		web_problem(r, 500, NULL, "Internal error", NULL, NULL);
	} else if (!api_scope_has(ret->scopes, scope)) {
		refuse(r, ret->id, scope);
		web_problem(r, 403, API_TYPE "scope", "Not permitted", "This key lacks the scope for this call.", NULL);
		err = -EACCES;
	}
	return !err;
}
