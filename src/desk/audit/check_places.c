/* SPDX-License-Identifier: Apache-2.0 */
/* A row's number is part of what is hashed: a row that is not itself may be another that was put in its
 * place, and then its hash says which. And the sentences for all that is found. */
#include "desk/audit/check_inside.h"

#include <stdio.h>

enum { MISSING_TRIED = 256 };

static bool is_entry(const struct audit_odd *o, int64_t seq)
{
	const struct audit_row r = { seq, o->at, o->member, o->role, o->action, o->report, o->object, o->detail,
		bytes_of(NULL, 0), bytes_of(NULL, 0) };
	char line[AUDIT_LINE_MAX];
	uint8_t leaf[MERKLE_HASH];
	size_t n;
	if (!audit_row_line(&r, seq, line, &n))
		return false;
	merkle_leaf(bytes_of(line, n), leaf);
	return memcmp(leaf, o->leaf, MERKLE_HASH) == 0;
}

/* Its number among the places of other odd rows and the numbers that are missing; -1: it is none of them. */
static int64_t number_of(const struct audit_check *c, const struct audit_odd *o)
{
	int tried = 0;
	for (size_t i = 0; i < c->odd_n; i++)
		if (is_entry(o, c->odd[i].place))
			return c->odd[i].place;
	for (size_t i = 0; i < c->finding_n; i++) {
		const struct audit_finding *f = &c->finding[i];
		if (f->fault != FAULT_MISSING && f->fault != FAULT_END_CUT && f->fault != FAULT_HEAD_CUT)
			continue;
		for (int64_t seq = f->from; seq <= f->to && tried < MISSING_TRIED; seq++, tried++)
			if (is_entry(o, seq))
				return seq;
	}
	return -1;
}

void audit_check_places(struct audit_check *c)
{
	int64_t number[AUDIT_ODD_MAX];
	for (size_t i = 0; i < c->odd_n; i++)
		number[i] = number_of(c, &c->odd[i]);
	for (size_t i = 0; i < c->odd_n; i++) {
		const int64_t place = c->odd[i].place;
		size_t k = 0;
		while (k < c->odd_n && !(c->odd[k].place == number[i] && number[k] == place))
			k++;
		if (number[i] < 0)
			audit_check_add(c, &(struct audit_finding){ FAULT_CONTENT, place, place, 0, NULL });
		else if (k == c->odd_n)
			audit_check_add(c, &(struct audit_finding){ FAULT_MOVED, number[i], number[i], place, NULL });
		else if (place < number[i])
			audit_check_add(c, &(struct audit_finding){ FAULT_SWAPPED, place, number[i], 0, NULL });
	}
}

/* --- sentences --- */

static const struct { const char *name, *one, *many; } faults[FAULT_COUNT] = {
	[FAULT_MISSING] = { "missing", "entry %lld is missing", "entries %lld to %lld are missing" },
	[FAULT_NUMBER] = { "number", "a row has the number %lld, which no entry has", NULL },
	[FAULT_CONTENT] = { "content", "entry %lld: its content differs from its hash", "entries %lld to %lld: their content differs from their hashes" },
	[FAULT_HASH] = { "hash", "entry %lld: its hash was changed; its content is what the chain knows",
		"entries %lld to %lld: their hashes were changed; their content is what the chain knows" },
	[FAULT_LINK] = { "link", "entry %lld: its link of the chain was changed; its content is what the chain knows",
		"entries %lld to %lld: their links of the chain were changed" },
	[FAULT_REPLACED] = { "replaced", "entry %lld: it was replaced; the chain knows another one here",
		"entries %lld to %lld were replaced; the chain knows others here" },
	[FAULT_SWAPPED] = { "swapped", NULL, "entries %lld and %lld changed places" },
	[FAULT_END_GONE] = { "end-gone", "the head row, which says how long the trail is, is missing or damaged (%lld entries are there)", NULL },
	[FAULT_END_EDGE] = { "end-edge", "the head row: its edge of the tree is not that of the %lld entries", NULL },
	[FAULT_END_CHAIN] = { "end-chain", "the head row: its chain does not end with entry %lld", NULL },
	[FAULT_NOTE] = { "note", "the stored head of size %lld is not a head of this trail under the desk's key, or was changed", NULL },
	[FAULT_NOTE_GONE] = { "note-gone", "the head of size %lld was signed, and is not among those in the database", NULL },
	[FAULT_MOVED] = { "moved", NULL, NULL },
	[FAULT_END_CUT] = { "end-cut", NULL, NULL },
	[FAULT_END_SHORT] = { "end-short", NULL, NULL },
	[FAULT_HEAD_CUT] = { "head-cut", NULL, NULL },
	[FAULT_REWRITTEN] = { "rewritten", NULL, NULL },
};

const char *audit_fault_name(enum audit_fault f)
{
	return faults[f].name;
}

static void cut_text(const struct audit_finding *f, const char *what, const char *where, char *ret)
{
	int64_t gone = f->to - f->from + 1;
	char number[32] = "one is";
	if (gone > 1)
		(void)snprintf(number, sizeof number, "%lld are", (long long)gone);
	(void)snprintf(ret, AUDIT_FINDING_TEXT, "the %s%s%s knows %lld entries, the trail has %lld: the last %s missing", what,
		where ? " " : "", where ? where : "", (long long)f->to + 1, (long long)f->from, number);
}

static void moved_text(const struct audit_finding *f, char *ret)
{
	if (f->from == f->to)
		(void)snprintf(ret, AUDIT_FINDING_TEXT, "entry %lld stands in the place of entry %lld", (long long)f->from,
			(long long)f->other);
	else
		(void)snprintf(ret, AUDIT_FINDING_TEXT, "entries %lld to %lld stand in the places of entries %lld to %lld",
			(long long)f->from, (long long)f->to, (long long)f->other, (long long)(f->other + f->to - f->from));
}

static void rewritten_text(const struct audit_finding *f, char *ret)
{
	if (!f->from)
		(void)snprintf(ret, AUDIT_FINDING_TEXT, "the trail was rewritten before the head of size %lld (%s): entries 0 to %lld are not those "
			"that were signed", (long long)f->to + 1, f->where, (long long)f->to);
	else
		(void)snprintf(ret, AUDIT_FINDING_TEXT, "the trail was rewritten between the heads of size %lld and %lld (%s): entries %lld to %lld "
			"are not those that were signed", (long long)f->from, (long long)f->to + 1, f->where, (long long)f->from,
			(long long)f->to);
}

void audit_finding_text(const struct audit_finding *f, char ret[AUDIT_FINDING_TEXT])
{
	const char *form = f->from == f->to ? faults[f->fault].one : faults[f->fault].many;
	switch (f->fault) {
	case FAULT_MOVED:
		moved_text(f, ret);
		return;
	case FAULT_END_CUT:
		cut_text(f, "head row", NULL, ret);
		return;
	case FAULT_HEAD_CUT:
		cut_text(f, "signed head", f->where, ret);
		return;
	case FAULT_REWRITTEN:
		rewritten_text(f, ret);
		return;
	case FAULT_END_SHORT:
		(void)snprintf(ret, AUDIT_FINDING_TEXT, "the head row knows %lld entries, the trail has %lld", (long long)f->from,
			(long long)f->to + 1);
		return;
	default:
		(void)snprintf(ret, AUDIT_FINDING_TEXT, form, (long long)f->from, (long long)f->to);
	}
}
