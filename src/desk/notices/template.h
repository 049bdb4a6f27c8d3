/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A removal notice's letter: data/desk/notices/KIND.LANG.txt. Pure.
 *
 *   version: 1
 *   certainty: our own wording, not yet read by a lawyer
 *   recheck: 2027-05-31
 *   subject: Request to remove content, {reference}
 *
 *   The letter, in lines as they will stand, with the placeholders below.
 *
 * These four lines in this order, an empty one, the letter. UTF-8, line ends LF or CR LF, no control characters, a
 * line at most 1,000 bytes (RFC 5322's limit), all of it at most 16 KiB. A brace that is no placeholder is refused, a
 * placeholder that the letter does not have, too: it would go out without what it must say. */

#include "base/arena.h"
#include "base/err.h"

enum notice_place { PLACE_ADDRESS, PLACE_DESK, PLACE_REFERENCE, PLACE_LAW, PLACE_DEADLINE, PLACE_CONTACT, PLACE_COUNT };

enum { NOTICE_TEMPLATE_MAX = 16 * 1024, NOTICE_LINE_MAX = 998, NOTICE_VERSION_MAX = 9999 };
struct notice_template {
	unsigned version;                 /* from 1; 0: there is none */
	const char *certainty, *recheck;
	const char *subject, *body;       /* with placeholders */
};

/* file: as it stands in notes. All strings are copied to the arena. ERR_CONFIG (the note says file, line and why),
 * ERR_LIMIT, -ENOMEM. On error *ret is untouched. */
must_use int notice_template_parse(struct arena *a, const char *file, struct bytes text, struct notice_template *ret,
	struct err_note *note);

/* text with each placeholder replaced by its value, once: what a value holds is never looked into. A brace that is
 * no placeholder stays. -ENOMEM. */
must_use int notice_template_fill(struct arena *a, const char *text, const char *const value[PLACE_COUNT], const char **ret);
