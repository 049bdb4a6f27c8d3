/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A document to be printed, as JSON on standard input:
 *
 *   {"v": 1, "lang": "ar", "rtl": true, "title": "...", "reference": "...", "made": "2026-11-24T10:00:00Z",
 *    "printed": "Printed by ...", "page": "Page {0} of {1}",
 *    "blocks": [{"kind": "heading", "text": "..."}, {"kind": "text", "text": "..."}, {"kind": "notice", "text": "..."},
 *               {"kind": "fact", "label": "...", "text": "..."}, {"kind": "code", "label": "...", "text": "..."}]}
 *
 * All texts are already in the document's language. Every member is needed, nothing else is taken. Reading is
 * total on hostile input. */

#include "base/arena.h"
#include "base/err.h"

enum {
	PAPER_INPUT_MAX = 4 << 20,
	PAPER_BLOCKS_MAX = 4000,
	PAPER_TEXT_MAX = 192 * 1024, /* of a block */
	PAPER_SHORT_MAX = 512,       /* title, reference, printed, page, label */
};
enum paper_kind { PAPER_HEADING, PAPER_TEXT, PAPER_NOTICE, PAPER_FACT, PAPER_CODE, PAPER_KIND_COUNT };
struct paper_block {
	enum paper_kind kind;
	const char *label; /* of facts and codes; else NULL */
	const char *text;
};
struct paper_document {
	const char *lang, *title, *reference, *made, *printed, *page;
	bool rtl;
	struct paper_block *block; size_t block_n;
};
/* Texts are copied to the arena; control characters but line ends become blanks. ERR_LIMIT, ERR_MALFORMED, -ENOMEM. */
must_use int paper_document_read(struct arena *a, struct bytes json, struct paper_document *ret);
