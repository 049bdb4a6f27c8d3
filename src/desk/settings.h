/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the administrator sets in the database, and the way from demonstration to a live desk.
 *
 * A desk starts in demonstration mode and says so on every page. It leaves it only when the legal
 * basis and the filing with the data-protection authority (law 09-08: CNDP) are set, two people hold
 * the keys, recovery holders exist, and so on: desk_live_checks tells each, and what to do. */

#include "desk/desk.h"

/* One setting's value in the arena; NULL: not set. */
must_use int desk_setting_get(struct store_tx *t, struct arena *a, const char *name, const char **ret);
must_use int desk_setting_set(struct store_tx *t, const char *name, const char *value); /* NULL: unset */

#define SETTING_MODE "mode"              /* "live"; anything else is demonstration */
#define SETTING_LAW "law_basis"          /* under which law or decision the desk works */
#define SETTING_FILING "filing_status"   /* "declared", "authorised", "own_text" (art. 2(4)) */
#define SETTING_FILING_REF "filing_reference"
#define SETTING_FILING_DATE "filing_date" /* "2026-11-23" */
#define SETTING_PASSED_ON "passed_on"    /* what must be passed to authorities, in the desk's own words; optional */
#define SETTING_EXPOSURE "exposure_limit"  /* messages opened in a shift before a pause is offered */
#define SETTING_EXPOSURE_TALK "exposure_talk" /* whom to talk to, in the desk's own words */

/* Whether this desk is live; looked up at most every five seconds. An error reads as demonstration. */
bool desk_live(struct desk *d);
void desk_live_forget(struct desk *d); /* after a change */

struct live_check {
	bool good;
	const char *what; /* msgid */
	const char *how;  /* msgid: what to do while it is not good */
};
enum { LIVE_CHECKS = 9 };
/* All of them, in the order to do them. Errors of store or keys. */
must_use int desk_live_checks(struct desk *d, struct live_check ret[LIVE_CHECKS]);
/* by: the administrator who says so. ERR_REFUSED while any check is not good. */
must_use int desk_go_live(struct desk *d, uint32_t by);
