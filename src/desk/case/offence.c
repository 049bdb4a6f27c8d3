/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/case/offence.h"

#include "web/text.h"

#include <errno.h>

static bool is(const struct desk_offence *o, const char *status)
{
	return strcmp(o->status, status) == 0;
}

static bool offence(const struct desk_offence *o)
{
	return is(o, "crime") || is(o, "crime_pending_confirmation");
}

const struct desk_offence *case_offence(const struct desk_data *d, const char *code)
{
	for (size_t i = 0; code && i < d->offence_n; i++)
		if (strcmp(d->offence[i].code, code) == 0)
			return &d->offence[i];
	return NULL;
}

bool case_offence_fits(const struct desk_offence *o, enum report_kind kind)
{
	switch (kind) {
	case REPORT_ADDRESS:
	case REPORT_SOLICITATION:
		return o->online;
	case REPORT_TRAVEL:
		return o->travel;
	case REPORT_OTHER:
		return true;
	default:
		return false;
	}
}

int case_offences(struct arena *a, const struct desk_data *d, enum report_kind kind,
	const struct desk_offence ***ret, size_t *ret_n)
{
	const struct desk_offence **list = arena_array(a, d->offence_n, sizeof(const struct desk_offence *));
	size_t n = 0;
	if (!list && d->offence_n)
		return -ENOMEM;
	for (int other = 0; other < 2; other++)
		for (size_t i = 0; i < d->offence_n; i++)
			if (case_offence_fits(&d->offence[i], kind) && offence(&d->offence[i]) == !other)
				list[n++] = &d->offence[i];
	*ret = list;
	*ret_n = n;
	return 0;
}

bool case_offence_agrees(const struct desk_offence *o, enum case_classification c)
{
	switch (c) {
	case CASE_BASELINE:
		return is(o, "crime");
	case CASE_NATIONAL:
		return offence(o);
	case CASE_DOUBTFUL:
	case CASE_NOT_ILLEGAL:
		return true;
	default:
		return false;
	}
}

bool case_offence_blocks(const struct desk_offence *o)
{
	return is(o, "crime") && o->online && o->address;
}

const char *case_offence_status_label(const struct desk_offence *o)
{
	static const struct {
		const char *status, *label;
	} labels[] = {
		{ "crime", N_("An offence") },
		{ "crime_pending_confirmation", N_("An offence, if counsel confirms it for current law") },
		{ "support", N_("No block: support and advice") },
		{ "filter_feedback", N_("No block: a matter for household filters") },
		{ "redress", N_("No offence: a complaint against a block or filter") },
	};
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (is(o, labels[i].status))
			return labels[i].label;
	return labels[2].label;
}
