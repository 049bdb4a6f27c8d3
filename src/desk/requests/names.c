/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/requests/requests.h"

static const struct {
	const char *name, *label;
} kinds[REQUEST_KIND_COUNT] = {
	[REQUEST_ACCESS] = { "access", N_("Access: what do you hold about me?") },
	[REQUEST_RECTIFICATION] = { "rectification", N_("Rectification: correct or erase it") },
	[REQUEST_OBJECTION] = { "objection", N_("Objection: do not process it") },
}, states[REQUEST_STATE_COUNT] = {
	[REQUEST_OPEN] = { "open", N_("To be answered") },
	[REQUEST_ANSWERED] = { "answered", N_("Answered") },
	[REQUEST_REFUSED] = { "refused", N_("Refused, with the reason") },
};

const char *request_kind_name(enum request_kind k)
{
	return kinds[k].name;
}

const char *request_kind_label(enum request_kind k)
{
	return kinds[k].label;
}

bool request_kind_parse(const char *name, enum request_kind *ret)
{
	for (int i = 0; name && i < REQUEST_KIND_COUNT; i++)
		if (!strcmp(kinds[i].name, name)) {
			*ret = (enum request_kind)i;
			return true;
		}
	return false;
}

const char *request_state_name(enum request_state s)
{
	return states[s].name;
}

const char *request_state_label(enum request_state s)
{
	return states[s].label;
}

int64_t request_due(const struct tz *zone, struct civil received)
{
	/* The day it came, ten that count, and the one on which the term ends; over with that day. */
	int64_t local = (civil_days(received.year, received.month, received.day) + 1 + REQUEST_CLEAR_DAYS + 1) * 86400;
	return zone ? tz_to_utc(zone, local) : local;
}
