/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a member of staff does with a sealed report: list, open, ask. Opening goes through the key
 * process, message by message, with the member's session; there it is rate-limited. */

#include "desk/desk.h"
#include "desk/report.h"

struct reading_row { /* what stands in clear */
	uint8_t id[SEAL_ID];
	const char *state, *unit, *region; /* region: NULL when not known */
	enum report_kind kind;
	enum priority priority;
	int64_t received, opened;          /* opened 0: nobody has */
	bool restricted, mailbox;
};
/* The unit's reports, most urgent first; restricted ones only for `supervisor`. At most cap. */
must_use int reading_list(struct desk *d, struct arena *a, const char *unit, bool supervisor, size_t cap,
	struct reading_row **ret, size_t *ret_n);

struct reading_message {
	uint32_t seq;
	uint8_t type;           /* enum seal_type */
	int64_t at;
	int error;              /* 0: opened */
	struct bytes plain;     /* in the arena; wiped by reading_done */
};
struct reading {
	struct reading_row row;
	struct reading_message *message; size_t message_n;
};
/* -ENOENT: no such report for this unit (or restricted); -EACCES: not signed in, or not a member.
 * The first opening rounds the report's times to the hour. */
must_use int reading_open(struct desk *d, struct arena *a, const uint8_t session[KEYS_SESSION], const char *unit,
	bool supervisor, const uint8_t id[SEAL_ID], struct reading *ret);
void reading_done(struct reading *r);

/* Append a question: sealed under the report's key, and to the reporter's mailbox.
 * ERR_REFUSED: the reporter has no receipt. */
must_use int reading_ask(struct desk *d, const uint8_t session[KEYS_SESSION], const char *unit, bool supervisor,
	const uint8_t id[SEAL_ID], const char *question);
