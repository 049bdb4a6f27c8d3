/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Sending a notice by mail, so that nothing is lost or sent twice, whatever dies when.
 *
 *   1  the letter is opened with the sender's keys       nothing has happened
 *   2  "handed", with its audit entry, on disk           from here on: perhaps sent
 *   3  the MTA is given the letter
 *   4a it refused: "handed" is taken back                nothing has happened
 *   4b it took it: CA_SEND                               sent
 *
 * A process that ends between 2 and 4, an MTA that dies or never ends, a database that fails at 4: the notice stays
 * drafted and handed. It is shown as perhaps sent, is not sent again by itself, and a person who has looked into the
 * MTA's log says which it was. Two who press at once: one gets through 2, the other is told -EAGAIN. */

#include "desk/notices/letter.h"
#include "desk/work/work.h"

enum { NOTICE_PERHAPS = 1 };
/* 0: sent. NOTICE_PERHAPS: it may have gone, and is not marked as sent. ERR_CHILD: the MTA refused; nothing is
 * marked. ERR_CONFIG: no mail in desk.yaml. -EINVAL: not a letter for mail. ERR_REFUSED and *why, -EAGAIN (changed
 * meanwhile, or another sends it), -EACCES, -EBUSY, errors of store and keys. */
must_use int notice_send(struct desk *d, const struct actor *who, const struct work_case *c, const struct work_notice *n,
	enum case_refusal *why, struct err_note *note);
/* Somebody looked: it did not go out. -EAGAIN: it is not handed, or was changed. */
must_use int notice_not_sent(struct desk *d, const struct actor *who, const uint8_t report[SEAL_ID], const struct work_notice *n);
/* The sealed letter of a notice, opened; audited. The caller wipes m with notice_wipe. */
must_use int notice_open(struct desk *d, struct arena *a, const struct actor *who, const uint8_t report[SEAL_ID],
	const struct work_notice *n, struct notice_letter *ret, struct reading_message *m);
void notice_wipe(struct reading_message *m);
