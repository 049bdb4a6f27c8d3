/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/v1/reports, /api/v1/status, /api/v1/answers; GET /api/v1/status. */
#include "desk/api/api.h"
#include "desk/audit/audit.h"
#include "desk/submit.h"

#include "base/clock.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>

static void send_json(struct web_request *r, int status, json_t *body)
{
	size_t n = body ? json_dumpb(body, NULL, 0, JSON_COMPACT) : 0;
	char *text = n ? arena_alloc(web_arena(r), n) : NULL;
	if (text) {
		(void)json_dumpb(body, text, n, JSON_COMPACT);
		web_send(r, status, "application/json", bytes_of(text, n));
	} else {
		web_problem(r, 500, NULL, "Internal error", NULL, NULL);
	}
	json_decref(body);
}

static void failed(struct web_request *r, int err)
{
	if (err == -EAGAIN || err == -ECONNREFUSED || err == -ETIMEDOUT || err == -EPIPE || err == -ENOSPC) {
		web_header_set(r, "Retry-After", "30");
		web_problem(r, 503, API_TYPE "later", "Not now",
			"Nothing was stored. Send the same again, with the same Idempotency-Key.", NULL);
	} else {
		web_problem(r, 500, NULL, "Internal error", "Nothing was stored.", NULL);
	}
}

static const char *idempotency_key(struct web_request *r)
{
	const char *key = web_header(r, "Idempotency-Key");
	size_t n = key ? strlen(key) : 0;
	if (n >= 8 && n <= API_IDEMPOTENCY_MAX)
		return key;
	web_problem(r, 400, API_TYPE "idempotency-key", "No Idempotency-Key",
		"Send a header Idempotency-Key of 8 to 255 characters, new for each report.", NULL);
	return NULL;
}

/* --- one request, one meaning --- */

struct claim {
	const struct api_once *once;
	bool other;
};

static int claim(struct store_tx *t, void *ctx)
{
	struct claim *c = ctx;
	struct store_rows *rows;
	int64_t now = clock_unix();
	int err = STORE_RUN(t, "DELETE FROM partner_request WHERE at < $1", S_INT(now - 2 * 86400));
	if (!err)
		err = STORE_RUN(t, "INSERT INTO partner_request (once, fingerprint, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			S_BLOB(c->once->claim, 16), S_BLOB(c->once->fingerprint, 16), S_INT(seal_round_time(now)));
	if (!err)
		err = STORE_QUERY(t, &rows, "SELECT fingerprint FROM partner_request WHERE once = $1", S_BLOB(c->once->claim, 16));
	if (err)
		return err;
	err = store_next(rows);
	struct bytes have = err == 1 ? store_blob(rows, 0) : bytes_of(NULL, 0);
	c->other = !bytes_equal(have, bytes_of(c->once->fingerprint, 16));
	store_end(rows);
	return err < 0 ? err : 0;
}

/* Taken for a repetition, the report or answer would be lost. */
static void used_before(struct web_request *r)
{
	web_problem(r, 422, API_TYPE "idempotency-key-reused", "Idempotency-Key used before",
		"The same key came with something else. Use a new key for each report and each answer.", NULL);
}

static json_t *words_json(const struct desk *d, enum lang l, const uint16_t words[SEAL_WORDS])
{
	json_t *list = json_array();
	for (int i = 0; i < SEAL_WORDS && list; i++)
		json_array_append_new(list, json_string(desk_word(d->data, l, words[i])));
	return list;
}

static void accepted(struct web_request *r, const struct api_report *in, const struct api_once *once,
	const uint8_t *id, bool again)
{
	char hex[2 * SEAL_ID + 1];
	sodium_bin2hex(hex, sizeof hex, id, SEAL_ID);
	json_t *body = json_pack("{s:s, s:s, s:b}", "id", hex, "status", "received", "repeated", again);
	if (body && in->receipt) {
		json_object_set_new(body, "receipt", words_json(DESK(r), in->language, once->words));
		json_object_set_new(body, "receipt_language", json_string(lang_info(in->language)->code));
	}
	send_json(r, again ? 200 : 201, body);
}

static void api_reports(struct web_request *r)
{
	struct api_caller who;
	struct api_report in;
	struct api_once once;
	uint8_t id[SEAL_ID];
	const char *errors;
	if (!api_allow(r, "reports:write", &who))
		return;
	const char *key = idempotency_key(r);
	if (!key)
		return;
	if (api_report_read(web_arena(r), web_body(r), &in, &errors)) {
		web_problem(r, 422, API_TYPE "report", "Not a report", "Nothing was stored; 'errors' says what to mend.",
			arena_printf(web_arena(r), "\"errors\":%s", errors));
		return;
	}
	api_once_derive(who.token, key, web_body(r), &once);
	struct claim c = { .once = &once };
	int err = store_write(DESK(r)->store, claim, &c);
	if (!err && c.other) {
		used_before(r);
		sodium_memzero(&once, sizeof once);
		return;
	}
	const struct audit_entry e = { .action = "api.report", .object = who.id };
	const struct submission s = { &in.report, in.receipt ? once.words : NULL, once.once,
		lang_info(in.language)->code, who.organisation, &e };
	if (!err)
		err = desk_submit(DESK(r), &s, id);
	if (err == 0 || err == SUBMIT_AGAIN)
		accepted(r, &in, &once, id, err == SUBMIT_AGAIN);
	else
		failed(r, err);
	sodium_memzero(&once, sizeof once);
}

/* --- coming back --- */

static const char *const status_name[COARSE_COUNT] = { [COARSE_RECEIVED] = "received",
	[COARSE_REVIEW] = "under_review", [COARSE_PASSED_ON] = "passed_on", [COARSE_GONE] = "content_gone",
	[COARSE_OUTSIDE] = "outside_remit", [COARSE_QUESTION] = "question", [COARSE_WITHDRAWN] = "withdrawn",
	[COARSE_CLOSED] = "closed" };

/* {"receipt": "nine words" | [nine words], ...} */
static int read_receipt(struct web_request *r, json_t **ret_top, uint16_t words[SEAL_WORDS])
{
	struct words_problem bad;
	json_error_t where;
	struct bytes body = web_body(r);
	json_t *top = json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &where);
	const json_t *v = json_object_get(top, "receipt");
	const char *typed = json_string_value(v);
	if (json_array_size(v) == SEAL_WORDS) {
		typed = "";
		for (size_t i = 0; i < SEAL_WORDS && typed; i++) {
			const char *w = json_string_value(json_array_get(v, i));
			typed = w ? arena_printf(web_arena(r), "%s %s", typed, w) : NULL;
		}
	}
	if (typed && !desk_words_read(DESK(r)->data, web_arena(r), typed, LANG_FR, words, &bad)) {
		*ret_top = top;
		return 0;
	}
	json_decref(top);
	web_problem(r, 422, API_TYPE "receipt", "Not a receipt", "'receipt' is nine words, as one text or a list.", NULL);
	return ERR_MALFORMED;
}

static json_t *messages_json(const struct returning *back)
{
	json_t *list = json_array();
	for (size_t i = 0; i < back->mail_n && list; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:b}", "from",
			back->mail[i].from_reporter ? "reporter" : "desk", "hour", (json_int_t)back->mail[i].hour, "text",
			back->mail[i].text ? back->mail[i].text : "", "withdrawal", back->mail[i].withdrawal));
	return list;
}

static json_t *status_json(const struct returning *back)
{
	return json_pack("{s:s, s:b, s:o}", "status", status_name[back->status], "can_answer", back->can_answer, "messages",
		messages_json(back));
}

/* False: it was answered. */
static bool find_status(struct web_request *r, const uint16_t words[SEAL_WORDS], struct returning *ret)
{
	if (!api_receipt_allow(r))
		return false;
	int err = desk_return(DESK(r), web_arena(r), words, ret);
	if (!err)
		api_receipt_used(ret->mail_n);
	if (err == -ENOENT)
		web_problem(r, 404, API_TYPE "receipt-unknown", "No such receipt", NULL, NULL);
	else if (err)
		failed(r, err);
	return !err;
}

static void api_status(struct web_request *r)
{
	struct api_caller who;
	struct returning back;
	uint16_t words[SEAL_WORDS];
	json_t *top;
	if (!api_allow(r, "reports:read", &who) || read_receipt(r, &top, words))
		return;
	json_decref(top);
	if (find_status(r, words, &back))
		send_json(r, 200, status_json(&back));
	sodium_memzero(words, sizeof words);
}

/* The same bytes have the same tag; when the partner has them already, none are sent. */
static void send_tagged(struct web_request *r, const char *token, const uint16_t words[SEAL_WORDS], json_t *body)
{
	char etag[API_ETAG];
	size_t n = body ? json_dumpb(body, NULL, 0, JSON_COMPACT) : 0;
	char *text = n ? arena_alloc(web_arena(r), n) : NULL;
	if (!text) {
		json_decref(body);
		web_problem(r, 500, NULL, "Internal error", NULL, NULL);
		return;
	}
	(void)json_dumpb(body, text, n, JSON_COMPACT);
	json_decref(body);
	api_etag(token, words, bytes_of(text, n), etag);
	web_header_set(r, "ETag", etag);
	if (api_etag_given(web_header(r, "If-None-Match"), etag))
		web_send(r, 304, NULL, bytes_of("", 0));
	else
		web_send(r, 200, "application/json", bytes_of(text, n));
}

static void api_status_get(struct web_request *r)
{
	struct api_caller who;
	struct returning back;
	struct words_problem bad;
	uint16_t words[SEAL_WORDS];
	const char *typed;
	if (!api_allow(r, "reports:read", &who))
		return;
	if (api_receipt_header(web_arena(r), web_header(r, "Hisn-Receipt"), &typed) ||
		desk_words_read(DESK(r)->data, web_arena(r), typed, LANG_FR, words, &bad)) {
		web_problem(r, 422, API_TYPE "receipt", "Not a receipt", "The header Hisn-Receipt is nine words, percent-encoded UTF-8.", NULL);
		return;
	}
	if (find_status(r, words, &back))
		send_tagged(r, who.token, words, status_json(&back));
	sodium_memzero(words, sizeof words);
}

static int answer_fits(const char *said, bool withdraw)
{
	if (!withdraw && (!said || !*said))
		return ERR_MALFORMED;
	return said && strlen(said) > ANSWER_MAX ? ERR_LIMIT : 0;
}

enum { ANSWERED = SUBMIT_AGAIN + 1 };

static int answer(struct web_request *r, const uint16_t words[SEAL_WORDS], const char *said, bool withdraw, const struct api_once *once)
{
	struct claim c = { .once = once };
	int err = answer_fits(said, withdraw);
	if (!err)
		err = store_write(DESK(r)->store, claim, &c);
	if (err)
		return err;
	if (c.other) {
		used_before(r);
		return ANSWERED;
	}
	return api_receipt_allow(r) ? desk_answer(DESK(r), words, said ? said : "", withdraw, once->once) : ANSWERED;
}

static void say_answer(struct web_request *r, int err)
{
	if (err == 0 || err == SUBMIT_AGAIN)
		send_json(r, err ? 200 : 201, json_pack("{s:b}", "repeated", err == SUBMIT_AGAIN));
	else if (err == -ENOENT)
		web_problem(r, 404, API_TYPE "receipt-unknown", "No such receipt", NULL, NULL);
	else if (err == ERR_MALFORMED || err == ERR_LIMIT)
		web_problem(r, 422, API_TYPE "answer", "Not an answer", "'text' of at most 6,000 bytes, or 'withdraw'.", NULL);
	else if (err == ERR_REFUSED)
		web_problem(r, 409, API_TYPE "closed", "Closed", "This report takes no more answers.", NULL);
	else if (err != ANSWERED)
		failed(r, err);
}

static void api_answers(struct web_request *r)
{
	struct api_caller who;
	struct api_once once;
	uint16_t words[SEAL_WORDS];
	json_t *top;
	if (!api_allow(r, "reports:write", &who))
		return;
	const char *key = idempotency_key(r);
	if (!key || read_receipt(r, &top, words))
		return;
	const char *said = json_string_value(json_object_get(top, "text"));
	bool withdraw = json_is_true(json_object_get(top, "withdraw"));
	api_once_derive(who.token, key, web_body(r), &once);
	say_answer(r, answer(r, words, said, withdraw, &once));
	json_decref(top);
	sodium_memzero(&once, sizeof once);
	sodium_memzero(words, sizeof words);
}

static void api_description(struct web_request *r)
{
	struct bytes doc;
	if (api_openapi(web_arena(r), "/", &doc))
		web_problem(r, 500, NULL, "Internal error", NULL, NULL);
	else
		web_send(r, 200, "application/vnd.oai.openapi+json;version=3.1", doc);
}

static const struct web_route routes[] = {
	{ "GET", "/api/v1/openapi.json", api_description, 0, 0 },
	{ "POST", "/api/v1/reports", api_reports, WEB_JSON, API_BODY_MAX },
	{ "GET", "/api/v1/status", api_status_get, 0, 0 },
	{ "POST", "/api/v1/status", api_status, WEB_JSON, API_BODY_MAX },
	{ "POST", "/api/v1/answers", api_answers, WEB_JSON, API_BODY_MAX },
};
const struct web_route_table desk_api_routes = { routes, ARRAY_LEN(routes) };
