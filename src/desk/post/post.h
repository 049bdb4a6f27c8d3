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
	POST_KIND_COUNT,
};
/* "p0", "late": in the outbox. */
const char *post_kind_name(enum post_kind kind);
/* Into the outbox, in the caller's transaction. about: at most 200 bytes, no words of a report; NULL.
 * address: NULL or "": nobody to tell, nothing is put. ERR_MALFORMED: no address, about not UTF-8; ERR_LIMIT. */
must_use int post_put(struct store_tx *t, enum post_kind kind, const char *address, const char *language, const char *about);
/* A whole message now: `to` one address, subject and text UTF-8 (limits: post/write.h); attachment may be NULL.
 * Takes as long as the MTA does, at most desk.yaml's mail.seconds. 0: the MTA took it. ERR_MALFORMED: an address,
 * a control character in the subject; ERR_CHILD: it refused, or is not there; -EIO: it had no end in time, or was killed,
 * and may have the message all the same; ERR_CONFIG: no mail in desk.yaml. */
struct post_attachment { const char *name, *type; struct bytes body; }; /* name: letters, digits, ._- */
must_use int post_now(struct desk *d, const char *to, const char *subject, const char *text,
	const struct post_attachment *attached, struct err_note *note);
/* Send what is due; called by desk_serve's tending. What the MTA refuses is tried again after 1, 2, 5, 15, 60
 * minutes and then each hour, and dropped after two days. Several front ends may do it at once. */
must_use int post_tend(struct desk *d);
/* desk.yaml has `mail`. Without it nothing is sent, and settings and first page say so. */
bool post_configured(const struct desk *d);
