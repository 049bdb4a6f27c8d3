/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Working on cases: rules (case/) meet database and key process. Everything a page or a call does to a
 * report goes through here. All that can fail or wait (keys) is done first, then one transaction with the
 * audit entry in it; a case that changed meanwhile is told as -EAGAIN and nothing is changed.
 *
 * Who sees a report:
 *   national analyst, supervisor   unit = "national", or `access`; restricted: supervisors, or `access`
 *   member of a unit               a referral to it in referred, accepted or done; or `access`
 *   nobody named in `excluded`, whatever else; to whom it is as if it were not there (-ENOENT)
 * An auditor and an administrator see none.
 *
 * Keys: report, questions and letters of referrals are under the report's key (number 0), which the unit
 * gets at referral with the keys of the reporter's answers. Notes, assessments, tasks and notices have keys
 * of their own, wrapped to the author's unit only: a unit never gets the national desk's notes. */

#include "desk/case/case.h"
#include "desk/desk.h"
#include "desk/reading.h"

struct actor {
	uint32_t member;
	enum keys_role role;
	const char *unit;
	const uint8_t *session; /* KEYS_SESSION */
};

/* --- lists --- */
struct work_row {
	uint8_t id[SEAL_ID];
	enum report_kind kind;
	enum priority priority;
	int state;                 /* enum case_report */
	const char *region;        /* NULL: not known */
	int64_t received, due, since;  /* due 0: nothing is; a unit sees those of its referral */
	uint32_t assigned;
	bool restricted, opened, held, work, mailbox;
	int referral;              /* of this unit, or the latest; enum case_referral, CF_NONE: none */
	unsigned late;             /* case_escalation */
	uint64_t version;
};
struct work_filter {
	int state;                 /* -1: any */
	int priority;              /* -1 */
	int kind;                  /* -1 */
	const char *region;        /* NULL: any; "": not known */
	/* WORK_WAITING: a referral to be signed (national desk), to be accepted (unit). */
	enum { WORK_OPEN, WORK_ALL, WORK_MINE, WORK_UNASSIGNED, WORK_LATE, WORK_WAITING } which;
	const char *after;         /* cursor of the page before; NULL: the first */
};
enum { WORK_PAGE = 50 };
/* Most urgent first (priority, due, id). ret_after: cursor of the next page, NULL: the last one.
 * Under 100 ms at 200,000 reports (make bench BENCH=queue). ERR_MALFORMED: the cursor. */
must_use int work_list(struct desk *d, struct arena *a, const struct actor *who, const struct work_filter *f,
	struct work_row **ret, size_t *ret_n, const char **ret_after);
/* How many by state and lateness, for the first page and the wall. referrals_waiting: for a signature (national
 * desk), to be accepted (unit). nobody: reports that no member of the national desk may open, since all are
 * named or have stepped aside: somebody must be invited; told to administrators only. */
struct work_counts { int64_t unopened, open, mine, late[4], referrals_waiting, notices_due, tasks, nobody; };
must_use int work_count(struct desk *d, const struct actor *who, struct work_counts *ret);
/* By the number as people write it (at least 6 hex digits of its beginning), or an address or account typed
 * in (through the blind index of every epoch this member can open). At most WORK_PAGE. */
must_use int work_search(struct desk *d, struct arena *a, const struct actor *who, const char *typed,
	struct work_row **ret, size_t *ret_n);

/* --- one case, in clear --- */
struct work_message { uint32_t seq; uint8_t type; int64_t at; uint32_t author; size_t size; };
struct work_referral {
	uint8_t id[SEAL_ID];
	const char *unit;
	int state;
	uint32_t text, proposed_by, signed_by;
	int64_t created, referred, since, due; /* referred 0: it has not come before the unit */
	uint64_t version;
	uint64_t may;              /* case_actions on it */
};
struct work_recheck { unsigned n; int64_t due, at; const char *outcome; uint32_t member; };
struct work_notice { uint8_t id[SEAL_ID]; int state; const char *kind, *channel, *template; uint32_t text, drafted_by; int64_t sent, acknowledged, ended, since, due, handed; uint64_t version; struct work_recheck recheck[8]; unsigned recheck_n; uint64_t may; };
struct work_task { uint8_t id[SEAL_ID]; const char *kind; uint32_t member, asked_by, text; int64_t due, done; };
struct work_access { const char *unit; uint32_t member; int64_t until; };
struct work_case {
	struct work_row row;
	uint8_t main[SEAL_ID]; bool is_duplicate;
	struct work_row *duplicate; size_t duplicate_n;        /* those that say they are of this one */
	struct work_message *message; size_t message_n;
	struct work_referral *referral; size_t referral_n;     /* a unit sees its own */
	struct work_notice *notice; size_t notice_n;           /* national desk only */
	struct work_task *task; size_t task_n;
	struct work_access *access; size_t access_n;
	uint32_t *excluded; size_t excluded_n;                 /* stepped aside or named; supervisors only */
	uint64_t may;                                          /* case_actions for this person, on the report and for new referrals and notices */
};
/* Tasks and opinions that are asked of this person, or of anybody in their unit, and not done; soonest due
 * first. At most WORK_PAGE. */
struct work_task_row { struct work_row row; struct work_task task; };
must_use int work_tasks(struct desk *d, struct arena *a, const struct actor *who, struct work_task_row **ret, size_t *ret_n);

/* Audited ("case.view"). -ENOENT: not there, or not for them. */
must_use int work_case(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], struct work_case *ret);
/* Reports that share an address, host or account with this one: by blind values; at most cap. */
struct work_like { struct work_row row; unsigned addresses, hosts, accounts; };
must_use int work_like(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], size_t cap,
	struct work_like **ret, size_t *ret_n);
/* Whether it is there for them, for lists of other tables; not audited. 0, -ENOENT. */
must_use int work_sees(struct desk *d, const struct actor *who, const uint8_t id[SEAL_ID]);
/* Opens one message; the audit entry ("message.open") is on disk before this returns 0. The caller wipes
 * ret->plain with reading_done. -EACCES: not with their keys. -EAGAIN: the key process's rate. */
must_use int work_open(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], uint32_t seq,
	struct reading_message *ret);

/* Units a report may be put before: its territory's, then region's, then the rest, none that the reporter
 * excluded. territory: from the opened report, typed by the person; NULL: not known. */
struct work_unit { const char *code, *name; int64_t confirmed; bool fresh; /* within 183 days */ bool has_keys; enum { UNIT_TERRITORY, UNIT_REGION, UNIT_OTHER } how; };
must_use int work_units(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], const char *territory,
	struct work_unit **ret, size_t *ret_n);

/* What a message of type SEAL_ASSESSMENT says. */
struct work_assessment { enum case_classification classification; const char *offence, *text; }; /* 0, NULL, "": not said */
must_use int work_assessment_read(struct arena *a, struct bytes plain, struct work_assessment *ret); /* ERR_MALFORMED */
must_use int work_assessment_write(struct arena *a, const struct work_assessment *as, struct bytes *ret);

/* --- acting --- */
struct act {
	enum case_action action;
	uint64_t version;          /* of the report, or of the referral or notice it is about, as the person saw it */
	const char *text;          /* note, question, reason, letter; NULL or "": none */
	const uint8_t *about;      /* SEAL_ID: referral, notice, task; for CA_DUPLICATE the main report; else NULL */
	const char *unit;          /* propose, refer, grant */
	uint32_t member;           /* assign (0: nobody), task, opinion, grant (0: the unit), exclude */
	enum case_classification classification;
	const char *offence;       /* code of data/desk/offences.csv; -EINVAL: not one */
	enum priority priority;
	int64_t until;             /* grant, task; acknowledge, recheck: when it came or was seen, 0: this hour */
	bool names_seen, identifies_child, among_minors;
	const char *kind, *channel, *template; /* draft */
	enum case_refusal why;     /* out: with ERR_REFUSED */
	uint8_t made[SEAL_ID];     /* out: of a new referral, notice or task; in, draft: the number it is to have (zeros: any) */
};
/* -ENOENT, -EAGAIN (changed meanwhile: look again), ERR_REFUSED and act->why (audited as refused), -EACCES
 * (their keys do not open it), -EINVAL (a field; a unit that nobody works in yet), -EEXIST (act->made is taken), -EBUSY (the key process's
 * rate: wait a moment), ERR_LIMIT (256 messages, 32 units that have it), errors of store and keys. */
must_use int work_act(struct desk *d, const struct actor *who, const uint8_t id[SEAL_ID], struct act *act);

/* Notices of all cases this person sees, by when something is to be done: those that have not ended, or those whose
 * number begins with `number` (NULL). National desk; at most cap. */
struct work_notice_row { uint8_t id[SEAL_ID], report[SEAL_ID]; enum priority priority; int state; const char *kind, *channel; int64_t sent, acknowledged, due, handed; unsigned late; bool held; };
must_use int work_notices(struct desk *d, struct arena *a, const struct actor *who, struct bytes number, size_t cap,
	struct work_notice_row **ret, size_t *ret_n);

/* What ends by time: access, reports past keep_until, rechecks that fall due. Called by desk_serve's tending. */
must_use int work_tend(struct desk *d);
/* A member leaves or is away: their open cases and tasks to another (0: to nobody; nobody also where that one may
 * not see it). By a supervisor of the unit, by oneself, or by the desk (member 0): else ERR_REFUSED; -EINVAL: nobody
 * who works there. *ret_n: cases. */
must_use int work_reassign(struct desk *d, const struct actor *who, uint32_t from, uint32_t to, size_t *ret_n);
