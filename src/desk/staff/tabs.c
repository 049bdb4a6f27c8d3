/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/tabs.h"

#define ANALYST STAFF_ROLE(KEYS_ANALYST)
#define SUPERVISOR STAFF_ROLE(KEYS_SUPERVISOR)
#define OFFICER STAFF_ROLE(KEYS_OFFICER)
#define ADMINISTRATOR STAFF_ROLE(KEYS_ADMINISTRATOR)
#define READERS (ANALYST | SUPERVISOR | OFFICER)
#define EVERYBODY (READERS | ADMINISTRATOR | STAFF_ROLE(KEYS_AUDITOR))

/* As they stand on the page. Those of a working day come first, the others are under "More". */
const struct staff_tab staff_tabs[] = {
	{ "~/staff", N_("The desk"), EVERYBODY, TAB_EVERYWHERE, false },
	{ "~/staff/reports", N_("Queue"), READERS, TAB_NATIONAL, false },
	{ "~/staff/reports", N_("Referrals"), READERS, TAB_UNITS, false },
	{ "~/staff/search", N_("Search"), READERS, TAB_EVERYWHERE, false },
	{ "~/staff/tasks", N_("My tasks"), READERS, TAB_EVERYWHERE, false },
	{ "~/staff/report", N_("Enter a report for someone"), READERS, TAB_EVERYWHERE, true },
	{ "~/staff/wall", N_("Wall"), READERS, TAB_EVERYWHERE, true },
	{ "~/staff/roster", N_("Roster"), READERS, TAB_EVERYWHERE, true },
	{ "~/staff/handover", N_("Handing over a shift"), READERS, TAB_EVERYWHERE, true },
	{ "~/staff/me", N_("Your own page"), EVERYBODY, TAB_EVERYWHERE, true },
	{ "~/staff/notices", N_("Removal notices"), ANALYST | SUPERVISOR, TAB_NATIONAL, false },
	{ "~/staff/directory", N_("Directory"), ANALYST | SUPERVISOR, TAB_NATIONAL, true },
	{ "~/staff/figures", N_("Figures"), ANALYST | SUPERVISOR, TAB_NATIONAL, true },
	{ "~/staff/figures", N_("Figures"), ADMINISTRATOR | STAFF_ROLE(KEYS_AUDITOR), TAB_EVERYWHERE, true },
	{ "~/staff/requests", N_("Data requests"), ANALYST | SUPERVISOR, TAB_NATIONAL, true },
	{ "~/staff/members", N_("Members and keys"), EVERYBODY, TAB_EVERYWHERE, true },
	{ "~/staff/settings", N_("Settings"), ADMINISTRATOR, TAB_EVERYWHERE, false },
	{ "~/staff/partners", N_("Partners’ systems"), ADMINISTRATOR, TAB_EVERYWHERE, false },
};
const size_t staff_tab_count = ARRAY_LEN(staff_tabs);

bool staff_tab_open(const struct staff_tab *t, const struct staff *me)
{
	if (!me || !(t->roles & STAFF_ROLE(me->role)))
		return false;
	bool national = !me->unit[0] || !strcmp(me->unit, KEYS_NATIONAL);
	return t->where == TAB_EVERYWHERE || (t->where == TAB_NATIONAL) == national;
}

static bool leads_to(const struct staff_tab *t, const char *path)
{
	const char *to = t->path + 1; /* without the language's place */
	size_t n = strlen(to);
	if (strncmp(to, path, n) != 0)
		return false;
	return !path[n] || (path[n] == '/' && strcmp(to, "/staff") != 0);
}

const struct staff_tab *staff_tab_of(const struct staff *me, const char *path)
{
	for (size_t i = 0; i < staff_tab_count; i++)
		if (staff_tab_open(&staff_tabs[i], me) && leads_to(&staff_tabs[i], path))
			return &staff_tabs[i];
	return NULL;
}
