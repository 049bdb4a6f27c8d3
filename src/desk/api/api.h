/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The API for partners' systems, /api/v1/: JSON, a bearer key, problem details (RFC 9457), and an
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) that makes sending again safe for as long
 * as two days. The receipt's words are derived from key and Idempotency-Key, so that nothing of an
 * answer has to be stored to be given again.
 *
 *   bearer key T, idempotency key I:
 *     claim       = BLAKE2b-128(T, "claim" I)                      of what fingerprint I is, for two days
 *     fingerprint = BLAKE2b-128(T, "request" body)
 *     once        = BLAKE2b-128(T, "once" I body)
 *     words       = 9 x 11 bits of BLAKE2b-256(T, "words" I body)
 *
 * Once and words are of the body too: what comes under I when the claim is forgotten is never taken for what came before.
 *
 * The status can be asked for with GET, the receipt in the header Hisn-Receipt: it stands in no address, and no
 * header is logged. Its ETag is BLAKE2b-128 under T of the words and of the answer's bytes: whoever sees one can
 * neither tell the status nor whether two receipts have the same, and cannot try receipts with it.
 */

#include "desk/desk.h"
#include "desk/report.h"

enum { API_TOKEN_MAX = 80, API_IDEMPOTENCY_MAX = 255, API_BODY_MAX = 128 * 1024 };
#define API_TYPE "https://hisn.example/problems/"

struct api_caller {
	const char *organisation, *sector, *scopes;
	const char *token;
	char id[17];               /* the key's name in the audit trail: the beginning of its hash */
};
/* Answers by itself (401, 403, 429) and returns false, or fills *ret (in the request's arena). */
must_use bool api_allow(struct web_request *r, const char *scope, struct api_caller *ret);
/* The key process opens so many receipts for everybody together (docs/sealing.md). Programs that ask again and again get
 * less than that, so that there is always some left for people who come back with nine words. False: answered (429). */
must_use bool api_receipt_allow(struct web_request *r);
void api_receipt_used(size_t more); /* mail that was opened with it counts, too */
void api_key_hash(const char *token, uint8_t ret[32]);

/* What a key may do; stored joined by blanks. */
struct api_scope { const char *name, *label; /* msgid */ };
extern const struct api_scope api_scopes[];
extern const size_t api_scope_count;
bool api_scope_has(const char *scopes, const char *scope); /* one word of the list */

struct api_once {
	uint8_t claim[16], fingerprint[16], once[16];
	uint16_t words[SEAL_WORDS];
};
/* Pure. */
void api_once_derive(const char *token, const char *idempotency, struct bytes body, struct api_once *ret);

/* The nine words as a header holds them: any of their bytes may be percent-encoded (Arabic must be, as UTF-8).
 * ERR_MALFORMED: none, too long, a broken encoding, or an encoded NUL. Fuzzed, as is api_etag_given. */
enum { API_RECEIPT_MAX = 2048, API_ETAG = 35 };
must_use int api_receipt_header(struct arena *a, const char *header, const char **ret);
void api_etag(const char *token, const uint16_t words[SEAL_WORDS], struct bytes body, char ret[API_ETAG]);
/* Whether If-None-Match names it. header NULL: no. */
bool api_etag_given(const char *header, const char *etag);

/* A report from the request's JSON: kind, fields, and whether a receipt is wanted. Every wrong member is
 * told: *ret_errors is JSON ("[{\"pointer\":...,\"detail\":...}]") when this returns ERR_MALFORMED.
 * Total and bounded; fuzzed. */
struct api_report {
	struct report report;
	enum lang language;
	bool receipt;
};
must_use int api_report_read(struct arena *a, struct bytes body, struct api_report *ret, const char **ret_errors);

/* The OpenAPI 3.1 document, with the fields of report_fields. In the arena. */
must_use int api_openapi(struct arena *a, const char *server, struct bytes *ret);
