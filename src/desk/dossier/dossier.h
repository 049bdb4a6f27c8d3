/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Handing a case to police or a prosecutor: a packet of JSON, PDF and an integrity sheet, sealed to the recipient's
 * key. docs/packet.md has its bytes and its schema.
 *
 *   somebody of the national desk prepares   which messages, a covering letter (sealed), to whom
 *   a supervisor, another person, releases   or refuses
 *   then it can be made                      by either; anew each time, with today's audit head; never kept
 *
 * A case is handed over when it is confirmed, or a unit has it. All of it is in the audit trail. */

#include "desk/directory/directory.h"
#include "desk/work/work.h"
#include "seal/packet.h"
#include "seal/sheet.h"

enum dossier_state { DOSSIER_PREPARED, DOSSIER_RELEASED, DOSSIER_REFUSED, DOSSIER_STATE_COUNT };
const char *dossier_state_name(enum dossier_state s);
const char *dossier_state_label(enum dossier_state s); /* msgid */

/* Messages: fewer than a member may open at once (keys/vault_rate.h), or a packet could be prepared and never made. */
enum { DOSSIER_MESSAGES_MAX = 100, DOSSIER_LETTER_BYTES = 12 * 1024, DOSSIER_MAX = 500 };
struct dossier { /* what stands in clear */
	uint8_t id[SEAL_ID], report[SEAL_ID], recipient[SEAL_ID];
	enum dossier_state state;
	const char *language;
	uint32_t prepared_by, decided_by;
	int64_t prepared, decided, made;
	uint8_t hash[SHEET_HASH]; bool has_hash;
	uint8_t key[SEAL_PUBLIC]; bool has_key; /* of the recipient, as it was released for; none: for paper */
	uint64_t version;
};
struct dossier_wish { /* sealed */
	const char *letter;
	uint32_t message[DOSSIER_MESSAGES_MAX]; size_t message_n;
};
/* Confirmed, or before a unit or with it. */
bool dossier_fits(const struct work_case *c);
const char *dossier_reference(struct arena *a, const uint8_t id[SEAL_ID]); /* "P-3F2A9-1BC07" */

/* Those of one report (NULL: of all that this person sees), the newest first. */
must_use int dossier_list(struct desk *d, struct arena *a, const struct actor *who, const uint8_t *report, struct dossier **ret, size_t *ret_n);
must_use int dossier_get(struct desk *d, struct arena *a, const uint8_t id[SEAL_ID], struct dossier *ret); /* -ENOENT */
/* h: id, report, recipient, language. -EEXIST: sent twice; -EAGAIN: the case does not fit, or is not there for them, any more. */
must_use int dossier_prepare(struct desk *d, const struct actor *who, const struct dossier *h, const struct dossier_wish *w);
/* to: the recipient as this person saw it; the packet is released for its key. -EPERM: the one who prepared it, or no
 * supervisor of the national desk (audited as refused); -EAGAIN: packet, case or key are not what they were. */
must_use int dossier_decide(struct desk *d, const struct actor *who, const struct dossier *h, const struct directory_recipient *to,
	bool release);
/* The recipient has the key that two people released it for. */
bool dossier_key_same(const struct dossier *h, const struct directory_recipient *to);
/* With this person's keys. -EACCES. */
must_use int dossier_open(struct desk *d, struct arena *a, const struct actor *who, const struct dossier *h, struct dossier_wish *ret);

/* One piece of the document, as paper and page show it. */
struct dossier_block { enum { BLOCK_HEADING, BLOCK_TEXT, BLOCK_NOTICE, BLOCK_FACT, BLOCK_CODE } kind; const char *label, *text; };
struct dossier_document {
	const char *title, *reference, *printed, *lang;
	int64_t made;
	bool rtl;
	struct dossier_block *block; size_t block_n, block_cap;
	struct bytes json;               /* packet.json */
	const char *sheet;               /* of messages and audit head; files are added by dossier_seal */
};
/* Opens the messages (each audited) and writes document, packet.json and sheet. -EACCES, -EAGAIN, ... of work_open. */
must_use int dossier_write(struct desk *d, struct arena *a, const struct actor *who, const struct work_case *c, const struct dossier *h,
	const struct directory_recipient *to, struct dossier_document *ret);
/* The sealed file, in the arena; its hash and that it was made are on disk and in the trail before this returns 0.
 * ERR_CHILD, -ETIMEDOUT: hisn-paper failed; -EINVAL: the recipient has no key, or another than it was released for. */
must_use int dossier_seal(struct desk *d, struct arena *a, const struct actor *who, const struct dossier *h,
	const struct directory_recipient *to, const struct dossier_document *doc, struct bytes *ret);
/* Shown to be printed, audited. */
must_use int dossier_shown(struct desk *d, const struct actor *who, const struct dossier *h);
