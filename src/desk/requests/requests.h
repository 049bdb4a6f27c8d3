/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The register of data subjects' requests under law 09-08: who asked is sealed to the national desk's triage
 * epoch; that somebody asked, what kind of request it is, and until when it must be answered stands in clear.
 * The text goes with its epoch (180 days after the week), what stands in clear stays: the desk can show that it
 * answered, and to whom no longer.
 *
 * The term: ten clear days, as the law has it for rectification, kept here for all three kinds. Neither the day on
 * which the request came nor the day on which the term ends counts: what came on the 1st must be answered before
 * the 12th is over. It is never prolonged by a day of rest. */

#include "desk/desk.h"
#include "desk/work/work.h"

enum request_kind { REQUEST_ACCESS, REQUEST_RECTIFICATION, REQUEST_OBJECTION, REQUEST_KIND_COUNT };
enum request_state { REQUEST_OPEN, REQUEST_ANSWERED, REQUEST_REFUSED, REQUEST_STATE_COUNT };
enum { REQUEST_CLEAR_DAYS = 10, REQUEST_TEXT_MAX = 4000, REQUEST_LIST_MAX = 200 };

const char *request_kind_name(enum request_kind k);  /* stored; never renamed */
const char *request_kind_label(enum request_kind k); /* msgid */
must_use bool request_kind_parse(const char *name, enum request_kind *ret);
const char *request_state_name(enum request_state s);
const char *request_state_label(enum request_state s);

/* Instants: the end of the term of what came on that day; pure. zone NULL: UTC. */
int64_t request_due(const struct tz *zone, struct civil received);

struct request_row {
	uint8_t id[SEAL_ID];
	enum request_kind kind;
	enum request_state state;
	int64_t received, due, ended;  /* ended 0: not yet */
	bool late;                     /* open, and due has passed */
};
/* Open ones by due, or ended ones, the latest first; at most REQUEST_LIST_MAX. */
must_use int request_list(struct desk *d, struct arena *a, bool ended, int64_t now, struct request_row **ret, size_t *ret_n);
must_use int request_get(struct desk *d, const uint8_t id[SEAL_ID], int64_t now, struct request_row *ret); /* -ENOENT */

/* ERR_LIMIT: longer than REQUEST_TEXT_MAX. ERR_MALFORMED: empty. Errors of keys and store. */
must_use int request_put(struct desk *d, const struct actor *by, enum request_kind kind, struct civil received,
	const char *text, uint8_t ret_id[SEAL_ID]);
/* The entry of the audit trail is on disk before anything is given back. The caller wipes both (reading_done).
 * -EACCES: not with their keys; -ENOENT: no such request, or its epoch is gone; -EAGAIN: the key process's rate. */
struct request_text { struct reading_message asked, reason; };
must_use int request_open(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID],
	struct request_text *ret);
/* Answered or refused, with words in both cases. -EAGAIN: it was ended before. */
must_use int request_end(struct desk *d, const struct actor *by, const uint8_t id[SEAL_ID], enum request_state how,
	const char *reason);
