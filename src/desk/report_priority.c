/* SPDX-License-Identifier: Apache-2.0 */
/* How urgent a report is, from what was answered. A human sees every report and may change it; the
 * rules only raise, so that one worrying answer is never outweighed by others. A child's age that is
 * not known counts as a child's (Lanzarote Convention, article 11(2)). */
#include "desk/report.h"

static const enum priority floor_of[REPORT_KIND_COUNT] = {
	[REPORT_ADDRESS] = PRIORITY_P2,
	[REPORT_SOLICITATION] = PRIORITY_P1, /* a contact that is over may be going on with another child */
	[REPORT_TRAVEL] = PRIORITY_P1,
	[REPORT_OTHER] = PRIORITY_P3,
};

static const struct rule {
	enum priority raises_to;
	const char *field, *code;
} rules[] = {
	/* Imminent danger: a human in 15 minutes, police in an hour. */
	{ PRIORITY_P0, "danger_now", "yes" },
	{ PRIORITY_P0, "meeting_planned", "soon" },
	{ PRIORITY_P0, "departure", "now" },
	{ PRIORITY_P0, "departure", "today" },
	{ PRIORITY_P0, "threat", "violence" },
	{ PRIORITY_P0, "shows", "live" },
	/* A child who can be found, or ongoing contact. */
	{ PRIORITY_P1, "child_known", "yes" },
	{ PRIORITY_P1, "contact_ongoing", "yes" },
	{ PRIORITY_P1, "meeting_planned", "talked" },
	{ PRIORITY_P1, "meeting_planned", "later" },
	{ PRIORITY_P1, "meeting_planned", "met" },
	{ PRIORITY_P1, "threat", "images" },
	{ PRIORITY_P1, "threat", "money" },
	{ PRIORITY_P1, "threat", "other" },
	{ PRIORITY_P1, "when", "now" },
	{ PRIORITY_P1, "reporter", "self" },
	{ PRIORITY_P1, "shows", "offer" },
	{ PRIORITY_P1, "concern", "abuse" },
	{ PRIORITY_P1, "concern", "trafficking" },
	{ PRIORITY_P1, "concern", "prostitution" },
	/* To be assessed within a day. */
	{ PRIORITY_P2, "concern", "intimate" },
	{ PRIORITY_P2, "concern", "unknown" },
};

static const int64_t seconds[PRIORITY_COUNT] = { 15 * 60, 4 * 3600, 24 * 3600, 72 * 3600 };

int64_t priority_seconds(enum priority p)
{
	return seconds[p];
}

/* What deceives but shows no child is for the other hours of the week. */
static bool only_misleading(const struct report *r)
{
	const char *at = report_get(r, "shows");
	bool any = false;
	for (struct bytes one; report_entry(&at, &one); any = true)
		if (!bytes_equal(one, bytes_str("misleading_domain")) && !bytes_equal(one, bytes_str("misleading_content")))
			return false;
	return any;
}

enum priority report_priority(const struct report *r)
{
	enum priority p = floor_of[r->kind];
	if (r->kind == REPORT_ADDRESS && only_misleading(r))
		p = PRIORITY_P3;
	if (r->by == REPORT_BY_CHILD)
		p = MIN(p, PRIORITY_P1);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i].raises_to < p && report_has(r, rules[i].field, rules[i].code))
			p = rules[i].raises_to;
	return p;
}
