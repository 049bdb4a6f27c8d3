/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines, rechecks, steps and retention, as tables. Sources and reasons: docs/cases.md. */
#include "desk/case/case.h"

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* From entering the state, for P0, P1, P2, P3; what is not listed has no deadline. P0 is four quarters of an
 * hour from arrival to police. */
static const struct due {
	enum case_machine machine;
	int state;
	int64_t seconds[PRIORITY_COUNT];
} dues[] = {
	{ CASE_REPORT, CR_RECEIVED, { 15 * MINUTE, 4 * HOUR, 24 * HOUR, 72 * HOUR } },
	{ CASE_REPORT, CR_TRIAGE, { 15 * MINUTE, 1 * HOUR, 12 * HOUR, 72 * HOUR } },
	{ CASE_REPORT, CR_ASSESSING, { 15 * MINUTE, 4 * HOUR, 12 * HOUR, 72 * HOUR } },
	{ CASE_REPORT, CR_NEED_INFO, { 1 * HOUR, 24 * HOUR, 7 * DAY, 14 * DAY } },
	{ CASE_REPORT, CR_CONFIRMED, { 15 * MINUTE, 4 * HOUR, 8 * HOUR, 72 * HOUR } },
	{ CASE_REPORT, CR_UNCONFIRMED, { 4 * HOUR, 24 * HOUR, 72 * HOUR, 7 * DAY } },
	{ CASE_REFERRAL, CF_PROPOSED, { 15 * MINUTE, 1 * HOUR, 8 * HOUR, 24 * HOUR } },
	{ CASE_REFERRAL, CF_REFERRED, { 1 * HOUR, 4 * HOUR, 24 * HOUR, 72 * HOUR } },
	{ CASE_REFERRAL, CF_ACCEPTED, { 24 * HOUR, 72 * HOUR, 14 * DAY, 30 * DAY } },
	{ CASE_NOTICE, CN_DRAFTED, { 1 * HOUR, 4 * HOUR, 8 * HOUR, 72 * HOUR } },
	{ CASE_NOTICE, CN_SENT, { 24 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR } },
	{ CASE_NOTICE, CN_MONITORING, { 24 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR } },
	{ CASE_NOTICE, CN_STILL_UP, { 24 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR } },
	{ CASE_NOTICE, CN_OFFLINE, { 24 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR } },
	{ CASE_NOTICE, CN_MOVED, { 1 * HOUR, 4 * HOUR, 8 * HOUR, 72 * HOUR } },
	{ CASE_BLOCK, CB_PROPOSED, { 4 * HOUR, 24 * HOUR, 24 * HOUR, 72 * HOUR } },
	{ CASE_BLOCK, CB_APPROVED, { 24 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR } },
	{ CASE_BLOCK, CB_LISTED, { 30 * DAY, 30 * DAY, 30 * DAY, 30 * DAY } },
};

int64_t case_due(enum case_machine m, int state, enum priority p)
{
	if ((unsigned)p >= PRIORITY_COUNT)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(dues); i++)
		if (dues[i].machine == m && dues[i].state == state)
			return dues[i].seconds[p];
	return 0;
}

int64_t case_recheck_seconds(unsigned n)
{
	return n <= 3 ? n * DAY : 3 * DAY + (n - 3) * 7 * DAY;
}

/* Times about reports are whole hours, so less than a quarter of one between them says nothing. */
unsigned case_escalation(int64_t since, int64_t due, int64_t now)
{
	if (!due || now < due)
		return 0;
	double allowed = (double)due - (double)since, late = (double)now - (double)due;
	if (allowed < 15 * MINUTE)
		allowed = 15 * MINUTE;
	return late >= 3 * allowed ? 3 : late >= allowed ? 2 : 1;
}

enum case_step case_step_of(enum case_action a)
{
	switch (a) {
	case CA_TAKE:
		return STEP_FIRST_LOOK;
	case CA_CONFIRM:
	case CA_UNCONFIRM:
		return STEP_ASSESSED;
	case CA_REFER:
	case CA_SIGN:
		return STEP_REFERRED;
	case CA_ACCEPT:
		return STEP_ACCEPTED;
	case CA_DONE:
		return STEP_UNIT_DONE;
	case CA_SEND:
		return STEP_NOTICE_SENT;
	case CA_RECHECK_OFFLINE:
		return STEP_OFFLINE;
	case CA_CLOSE:
		return STEP_CLOSED;
	default:
		return STEP_COUNT;
	}
}

const int64_t case_bucket_end[CASE_BUCKETS] = { 15 * MINUTE, 1 * HOUR, 4 * HOUR, 24 * HOUR, 48 * HOUR,
	72 * HOUR, 7 * DAY, 30 * DAY, INT64_MAX };

unsigned case_bucket(int64_t seconds)
{
	unsigned i = 0;
	while (seconds > case_bucket_end[i])
		i++;
	return i;
}

enum { DAYS_SPAM = 7, DAYS_UNFOUNDED = 90, BY_LAW = 0, WHILE_OPEN = -1 };

int case_keep_days(int state, enum keys_class class)
{
	if (class == KEYS_HOLD || state < 0 || state >= CR_COUNT)
		return BY_LAW;
	switch (state) {
	case CR_SPAM:
		return DAYS_SPAM;
	case CR_OUT_OF_REMIT:
		return DAYS_UNFOUNDED;
	case CR_CLOSED:
		return class == KEYS_UNFOUNDED ? DAYS_UNFOUNDED : BY_LAW;
	default:
		return WHILE_OPEN;
	}
}
