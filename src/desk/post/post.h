/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Mail through the local MTA (sendmail's command line; desk.yaml: mail.sendmail, mail.from). Alerts carry no
 * content: a kind, a number, a link to the desk. They wait in the outbox and are tried again; removal notices
 * are handed over at once and never lie in the database in clear. */

#include "desk/desk.h"

enum post_kind {
	POST_P0,          /* imminent danger: somebody must look now */
	POST_LATE,        /* something assigned is late */
	POST_ESCALATED,   /* to supervisors */
	POST_REFERRED,    /* to a unit: something was referred */
	POST_REFERRAL,    /* to the national desk: accepted, rejected, done */
	POST_ANSWERED,    /* the reporter answered */
	POST_HEAD,        /* a signed head of the audit trail, for keeping elsewhere */
	POST_KIND_COUNT,
};
/* Into the outbox, in the caller's transaction. about: at most 200 bytes, no words of a report; NULL. */
must_use int post_put(struct store_tx *t, enum post_kind kind, const char *address, const char *language, const char *about);
/* A whole message now: `to` one address, subject and text UTF-8 without header injection (ERR_MALFORMED);
 * attachment may be NULL. 0: the MTA took it. ERR_CHILD: it refused, or is not there; the note says. */
struct post_attachment { const char *name, *type; struct bytes body; };
must_use int post_now(struct desk *d, const char *to, const char *subject, const char *text,
	const struct post_attachment *attached, struct err_note *note);
/* Send what is due; called by desk_serve's tending. */
must_use int post_tend(struct desk *d);
