/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The rules of a case: what may be done, by whom, on which condition, what follows. One table, pure:
 * no HTTP, no SQL, no clock, no text for people. Everything that changes a case asks here first.
 *
 * Four machines, since a case can be with a unit, with a host and before a decision at once:
 *
 *   report    received -> triage -> { need_info, duplicate, out_of_remit, spam } | assessing
 *             assessing -> { confirmed, unconfirmed } -> closed; reopen -> triage
 *   referral  (none) -> proposed -> referred -> { accepted, rejected, revoked } -> { done, transferred, revoked }
 *   notice    (none) -> drafted -> sent -> monitoring -> { offline, moved, still_up } -> ended
 *   block     (none) -> proposed -> approved -> listed -> { expired, removed }   (decisions: later; the rules are here)
 *
 * No path leads from `received` to a referral, a notice, a block or `closed` without a person's action:
 * tests walk the whole table. Machine names, state names and action names are stored and audited: never
 * rename one. Drawn, with its tables of times: docs/cases.md. */

#include "base/err.h"
#include "keys/client.h"
#include "desk/report.h"

enum case_machine { CASE_REPORT, CASE_REFERRAL, CASE_NOTICE, CASE_BLOCK, CASE_MACHINE_COUNT };

enum case_report { CR_RECEIVED, CR_TRIAGE, CR_NEED_INFO, CR_DUPLICATE, CR_OUT_OF_REMIT, CR_SPAM, CR_ASSESSING, CR_CONFIRMED, CR_UNCONFIRMED, CR_CLOSED, CR_COUNT };
enum case_referral { CF_NONE, CF_PROPOSED, CF_REFERRED, CF_ACCEPTED, CF_REJECTED, CF_REVOKED, CF_TRANSFERRED, CF_DONE, CF_COUNT };
enum case_notice { CN_NONE, CN_DRAFTED, CN_SENT, CN_MONITORING, CN_OFFLINE, CN_MOVED, CN_STILL_UP, CN_ENDED, CN_COUNT };
enum case_block { CB_NONE, CB_PROPOSED, CB_APPROVED, CB_LISTED, CB_EXPIRED, CB_REMOVED, CB_REFUSED, CB_COUNT };

/* "triage", "need_info": in the database, the audit trail and the API. NULL: not a state of the machine. */
const char *case_state_name(enum case_machine m, int state);
must_use bool case_state_parse(enum case_machine m, const char *name, int *ret);
const char *case_machine_name(enum case_machine m); /* "report" */
/* Nothing more is expected of it. A report can still be reopened, a referral that is done revoked. */
bool case_ended(enum case_machine m, int state);
/* msgid for people. */
const char *case_state_label(enum case_machine m, int state);

enum case_action {
	/* report */
	CA_TAKE, CA_ASK, CA_ANSWERED /* by the reporter */, CA_DUPLICATE, CA_SPLIT, CA_OUT_OF_REMIT, CA_SPAM, CA_ASSESS,
	CA_CONFIRM, CA_UNCONFIRM, CA_CLOSE, CA_WITHDRAW /* granted to the reporter who asked */, CA_REOPEN,
	/* referral */
	CA_PROPOSE, CA_REFER, CA_SIGN, CA_DECLINE, CA_ACCEPT, CA_REJECT, CA_REVOKE, CA_TRANSFER, CA_DONE,
	/* notice */
	CA_DRAFT, CA_SEND, CA_ACKNOWLEDGE, CA_RECHECK_UP, CA_RECHECK_OFFLINE, CA_RECHECK_MOVED,
	CA_RECHECK_UNCLEAR, CA_END_NOTICE,
	/* block (rules only, until decisions exist) */
	CA_BLOCK_PROPOSE, CA_BLOCK_APPROVE, CA_BLOCK_REFUSE, CA_BLOCK_LIST, CA_BLOCK_EXPIRE, CA_BLOCK_REMOVE,
	/* any state of the report, which stays: */
	CA_NOTE, CA_PRIORITY, CA_ASSIGN, CA_TASK, CA_TASK_DONE, CA_OPINION, CA_GRANT, CA_UNGRANT, CA_RECUSE, CA_EXCLUDE,
	CA_HOLD, CA_UNHOLD,
	CA_COUNT,
};
const char *case_action_name(enum case_action a);  /* "confirm"; audited as "case.confirm" */
const char *case_action_label(enum case_action a); /* msgid: what a button says */
must_use bool case_action_parse(const char *name, enum case_action *ret);

/* Who acts, as far as the rules ask. */
enum case_who {
	BY_ANALYST = 1,          /* of the national desk */
	BY_SUPERVISOR = 2,       /* of the national desk */
	BY_UNIT_OFFICER = 4,     /* of the unit that the referral names: officer or analyst there */
	BY_UNIT_SUPERVISOR = 8,
	BY_REPORTER = 16,
	BY_DESK = 32,            /* the program itself: only what ends by time */
};
/* The bit of a member; 0: a role that acts on no case (auditor, administrator). */
unsigned case_who(enum keys_role role, const char *unit);

/* Classification, as in FACTS-desk. There is no default: what is not one of these is an error. */
enum case_classification { CASE_BASELINE = 1, CASE_NATIONAL, CASE_DOUBTFUL, CASE_NOT_ILLEGAL };
const char *case_classification_name(enum case_classification c);
const char *case_classification_label(enum case_classification c); /* msgid */
must_use int case_classification_parse(const char *name, enum case_classification *ret); /* ERR_MALFORMED, NULL and "" too */

/* What an action is asked with. */
struct case_ask {
	enum case_action action;
	unsigned who;                      /* one bit */
	uint32_t member;
	int state[CASE_MACHINE_COUNT];     /* of the report, and of the referral, notice or block it is about (…_NONE: a new one) */
	enum priority priority;
	enum case_classification classification; /* 0: not given */
	bool reason;                       /* words were given */
	bool names_seen;                   /* somebody looked at who is named */
	bool identifies_child, among_minors; /* a supervisor must sign the referral off */
	bool unit_excluded;                /* by the reporter */
	bool held;                         /* police hold */
	enum keys_class class;             /* where the report's keys are now */
	bool work;                         /* as it is now */
	bool withdrawal_asked;             /* by the reporter */
	bool open_referral, open_notice;   /* others of the case that have not ended */
	bool more_work;                    /* something else of it waits for the national desk: a proposal to sign, a draft
	                                      to send, an address report that no notice was made for yet */
	uint32_t proposed_by;              /* sign, approve: by somebody else */
	bool removal_tried;                /* block: a notice was sent, or a P0 waiver is in the audit trail */
	bool blockable;                    /* block: case_offence_blocks (offence.h) of what it is filed under */
	enum priority new_priority;        /* CA_PRIORITY: lowering is a supervisor's */
};
/* Why not; each has a sentence (msgid) for the person. */
enum case_refusal { CASE_MAY, CASE_NOT_NOW, CASE_NOT_YOU, CASE_NEEDS_REASON, CASE_NEEDS_CLASSIFICATION, CASE_NEEDS_NAMES_SEEN,
	CASE_UNIT_EXCLUDED, CASE_HELD, CASE_NEEDS_SIGN_OFF, CASE_SAME_PERSON, CASE_STILL_OPEN, CASE_REMOVAL_FIRST, CASE_NO_BLOCK, CASE_REFUSAL_COUNT };
const char *case_refusal_label(enum case_refusal r);

struct case_result {
	enum case_machine machine;   /* whose state changes */
	int state;                   /* the new one (the same where it stays) */
	enum keys_class class;       /* where the report's keys belong now (national desk's epochs) */
	bool held;                   /* police hold, after this */
	bool work;                   /* somebody at the national desk has still to act */
	int64_t due_seconds;         /* from now, for the thing that changed; 0: nothing is due; -1: as it was */
	int64_t report_due_seconds;  /* of the report: due_seconds, or, where a referral or notice or an answer brings it
	                                back to the national desk, from now; -1: as it was */
	int status;                  /* enum coarse of submit.h, for the reporter; -1: as it was */
};
/* CASE_MAY and *ret, or why not. Total on any input. */
enum case_refusal case_next(const struct case_ask *ask, struct case_result *ret);
/* What this person may do now, as bits 1 << action: for the page's buttons. What a form would still bring
 * counts as given: words, classification, a look at the names, another priority. What begins a new referral,
 * notice or block is judged as such, whatever state[] says of the one at hand. */
uint64_t case_actions(const struct case_ask *ask);

/* --- time --- */
/* Seconds from entering the state until a person must have acted; 0: none. FACTS-desk, Deadlines: P0 15 min
 * (and police within 1 h), P1 4 h, P2 24 h, P3 72 h to the first look; assessment, referral (accept within
 * 1 h, 4 h, 24 h, 72 h), notice (P0-P2 the same day), rechecks at 24, 48, 72 h after sending. */
int64_t case_due(enum case_machine m, int state, enum priority p);
int64_t case_recheck_seconds(unsigned n); /* 1, 2, 3: 24, 48, 72 h; then every 7 days */
/* How late: 0 in time, 1 late, 2 late by as much again (a supervisor is told), 3 by three times (all are). */
unsigned case_escalation(int64_t since, int64_t due, int64_t now);

/* --- steps measured, for the figures --- */
enum case_step { STEP_FIRST_LOOK, STEP_ASSESSED, STEP_REFERRED, STEP_ACCEPTED, STEP_UNIT_DONE, STEP_NOTICE_SENT, STEP_OFFLINE, STEP_CLOSED, STEP_COUNT };
const char *case_step_name(enum case_step s);
const char *case_step_label(enum case_step s); /* msgid */
/* The step an action completes; STEP_COUNT: none. Measured from the report's arrival, but ACCEPTED and
 * UNIT_DONE from referral, OFFLINE from sending. */
enum case_step case_step_of(enum case_action a);
enum { CASE_BUCKETS = 9 }; /* up to 15 min, 1 h, 4 h, 24 h, 48 h, 72 h, 7 days, 30 days, longer */
unsigned case_bucket(int64_t seconds);
extern const int64_t case_bucket_end[CASE_BUCKETS]; /* seconds; the last: INT64_MAX */

/* --- retention --- */
/* Days a report is kept after it entered the state; -1: as long as it is open (a duplicate: as its main
 * report), 0: as the law says (not erased by itself). Spam 7, out of remit 90, closed by its class: unfounded
 * 90, confirmed as the law says. Whatever is held: 0. No state with a time has anything open. */
int case_keep_days(int report_state, enum keys_class class);

/* --- the table, for tests, documents and the page that draws it --- */
enum { CASE_FROM_OPEN = -1 /* any state but the end ones */, CASE_FROM_ANY = -2, CASE_STAYS = -1 };
enum case_need {
	/* what the case must be like */
	NEEDS_REFERABLE = 1 << 0,     /* the report is confirmed, or P0 or P1 and being assessed */
	NEEDS_PROPOSABLE = 1 << 1,    /* that, or unconfirmed: help without an offence */
	NEEDS_CONFIRMED = 1 << 2,     /* the report is */
	NEEDS_WITH_UNIT = 1 << 3,     /* a unit's member: the referral is before them, accepted or done */
	NEEDS_ACCEPTED = 1 << 4,      /* a unit's member: it is accepted */
	NEEDS_HELD = 1 << 5,
	NEEDS_WITHDRAWAL = 1 << 6,    /* the reporter asked for it */
	NEEDS_OTHER_PRIORITY = 1 << 7,
	/* whom it is left to */
	NEEDS_SENIOR_IF_URGENT = 1 << 8,  /* P0 and P1: a supervisor */
	NEEDS_SENIOR_TO_LOWER = 1 << 9,   /* of the priority: a supervisor, with words */
	NEEDS_OTHER_PERSON = 1 << 10,     /* not who proposed */
	/* what forbids it */
	NEEDS_NOT_HELD = 1 << 11,
	NEEDS_NOTHING_OPEN = 1 << 12, /* no referral, no notice */
	NEEDS_UNIT_OK = 1 << 13,      /* not excluded by the reporter */
	NEEDS_NO_SIGN_OFF = 1 << 14,  /* no child identified, not among minors */
	NEEDS_REMOVAL_TRIED = 1 << 15,
	NEEDS_BLOCKABLE = 1 << 16,    /* the offence can lead to a block at all */
	/* what the form brings */
	NEEDS_NAMES_SEEN = 1 << 17,
	NEEDS_ILLEGAL = 1 << 18,      /* a classification: baseline or national */
	NEEDS_NOT_ILLEGAL = 1 << 19,  /* doubtful or not illegal */
	NEEDS_WORDS = 1 << 20,
};
enum case_then {
	THEN_KEEP, /* `work` stays as it was */
	THEN_WAIT, /* nothing to do while a unit or a host has it; else as the report's state says */
	THEN_WORK, /* back on the national desk's table */
};
struct case_rule { /* the first that fits action, state and person applies */
	enum case_machine machine;
	enum case_action action;
	int from, to;
	unsigned who;              /* BY_* */
	unsigned needs;            /* NEEDS_* */
	enum case_then then;
	int status;                /* enum coarse; -1: as it was */
};
extern const struct case_rule case_rules[];
extern const size_t case_rule_count;
