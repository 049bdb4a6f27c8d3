/* SPDX-License-Identifier: Apache-2.0 */
/* What an alert says: that something waits, and where. Nothing of a report. */
#include "desk/post/words.h"

static const struct kind { const char *name, *subject, *text; } kinds[POST_KIND_COUNT] = {
	[POST_P0] = { "p0", N_("Somebody must look now"), N_("A report of imminent danger waits, and nobody has opened it yet.") },
	[POST_LATE] = { "late", N_("Something of yours is late"), N_("What is assigned to you at the desk is past its time.") },
	[POST_ESCALATED] = { "escalated", N_("Something is late, and a supervisor should know"),
		N_("Something at the desk has been late for a while. Please see who can take it.") },
	[POST_REFERRED] = { "referred", N_("A case was put before your unit"), N_("The national desk has put a case before your unit.") },
	[POST_REFERRAL] = { "referral", N_("A unit has answered"), N_("A unit has answered a referral.") },
	[POST_ANSWERED] = { "answered", N_("A reporter has answered"), N_("A reporter has written to the desk again.") },
};

const char *post_kind_name(enum post_kind kind)
{
	return kinds[kind].name;
}

bool post_kind_parse(const char *name, enum post_kind *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		*ret = (enum post_kind)i;
		return true;
	}
	return false;
}

const char *post_subject(enum lang l, enum post_kind kind)
{
	return text(l, kinds[kind].subject);
}

const char *post_text(struct arena *a, enum lang l, enum post_kind kind, const char *about, const char *base)
{
	return arena_printf(a, "%s\n%s%s%s\n%s/%s/staff\n\n%s\n", text(l, kinds[kind].text), about ? "\n" : "",
		about ? about : "", about ? "\n" : "", base, lang_info(l)->code,
		text(l, N_("This message says nothing of a report: sign in to read. Nobody reads answers to this address.")));
}
