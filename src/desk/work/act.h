/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of work/: one action on one case. In this order:
 *
 *   load      the case as it is, for this person
 *   check     what the action is about, fields, what the rules ask
 *   rules     case_next
 *   prepare   all that needs the key process: sealing, rewrapping, blind values
 *   put       one transaction: the report's version as it was loaded, or nothing
 *
 * A deed is what one action has of its own in these steps. */

#include "desk/post/post.h"
#include "desk/submit_blind.h"
#include "desk/work/load.h"

enum {
	ACT_MESSAGES_MAX = 256, /* of one report: the key process moves 300 keys at once for one member */
	ACT_EPOCHS_MAX = 32,    /* that hold one report's key: as many as an answer is wrapped to */
	ACT_TEXT_MAX = 32 * 1024,
	ACT_DAYS_MAX = 90,      /* of access for a time, of a task */
};

struct fresh { /* a message that is written */
	bool is;
	uint32_t seq, number;
	uint8_t type;
	struct bytes blob, mail;  /* mail.n: the reporter's copy */
	const char *unit;         /* of the message; NULL: of all who have the report */
	struct keys_epoch epoch;  /* its key is wrapped to; number 0: none */
	uint8_t wrap[SEAL_WRAP];
};
struct moved { uint32_t number; uint8_t wrap[SEAL_WRAP]; };
struct move { /* keys of the report to another epoch */
	bool is;
	struct keys_epoch to;
	struct moved *key; size_t n;
};
struct doing {
	struct desk *d;
	struct arena a;
	const struct actor *who;
	const uint8_t *id;
	struct act *act;
	struct loaded l;
	int64_t now, hour;
	/* what it is about */
	struct work_referral *referral; uint64_t referral_epoch;
	struct work_notice *notice;
	struct work_task *task;
	struct loaded *main;
	const char *unit;      /* the unit it goes to or is with; NULL */
	struct case_ask ask;
	struct case_result next;
	/* what was prepared */
	struct fresh message;
	struct move class;     /* to the national epoch of the new class */
	struct move share;     /* to a unit's epoch */
	struct submit_blind *blind; size_t blind_n;
	const char *object, *detail; /* of the audit entry */
};

enum act_text { TEXT_NOTE, TEXT_QUESTION, TEXT_ASSESSMENT, TEXT_LETTER, TEXT_TASK, TEXT_NOTICE };
struct deed {
	enum act_text text;
	int (*check)(struct doing *w);                     /* NULL: nothing */
	int (*prepare)(struct doing *w);
	int (*put)(struct store_tx *t, struct doing *w);
};
const struct deed *act_deed(enum case_action a); /* NULL: not one of work_act */

/* act_keys.c */
must_use int act_seal(struct doing *w, enum act_text text);
must_use int act_put_message(struct store_tx *t, const struct doing *w);
must_use int act_move_class(struct doing *w);
must_use int act_put_class(struct store_tx *t, const struct doing *w);
/* The report's and its answers' keys to an epoch of the unit. -ENOENT: the unit has nobody. */
must_use int act_share(struct doing *w, const char *unit, enum keys_class class);
must_use int act_put_share(struct store_tx *t, const struct doing *w);
/* ... and back: unless another referral or access of the unit still needs them. */
must_use int act_unshare(struct store_tx *t, const uint8_t report[SEAL_ID], const char *unit, uint64_t epoch);
must_use int act_rewrap(struct desk *d, const struct actor *who, const struct loaded *l, uint32_t number, uint64_t epoch,
	uint8_t ret[SEAL_WRAP]);

/* units.c: the units that the reporter excluded, as blind values. */
struct exclusion { uint64_t epoch; uint8_t value[SEAL_BLIND]; };
struct exclusions { struct exclusion *of; size_t n; };
must_use int act_exclusions(struct desk *d, struct arena *a, const uint8_t report[SEAL_ID], struct exclusions *ret);
must_use int act_is_excluded(struct desk *d, const struct actor *who, const struct exclusions *e, const char *unit, bool *ret);

/* What the rules are asked, of the report and one referral and notice of it (NULL: none, a new one). */
void act_ask(const struct actor *who, const struct loaded *l, const struct work_referral *f, const struct work_notice *n,
	struct case_ask *ret);
/* A unit acts as the one its referral names: the open one, else the last. NULL: none. */
struct work_referral *act_own_referral(struct loaded *l);
/* So many seconds from now, as a whole hour, rounded up. */
int64_t act_until(int64_t now, int64_t seconds);
/* The case is still as it was loaded, and is counted on by one; -ESTALE: it is not. */
must_use int act_lock(struct store_tx *t, const struct loaded *l);
/* What the rules said of the report, and its figures and audit entry. */
must_use int act_put_report(struct store_tx *t, const struct doing *w);
must_use int act_put_trace(struct store_tx *t, struct doing *w);
/* act_people.c: works in the unit and sees the report, else -EINVAL. */
must_use int act_check_member(struct doing *w, uint32_t member, const char *unit);
/* act_referral.c: the unit, and whether the reporter excluded it, for the rules. */
must_use int act_check_unit(struct doing *w, const char *unit);
/* act_tell.c: mail to a member of the unit (0: to all), with a short number. */
must_use int act_tell(struct store_tx *t, struct doing *w, enum post_kind kind, const char *unit, uint32_t member);
const char *act_hex(struct arena *a, const uint8_t id[SEAL_ID]); /* NULL: no memory */

extern const struct deed act_note, act_take, act_question, act_duplicate, act_split, act_assessment, act_priority, act_assign;
extern const struct deed act_propose, act_refer, act_sign, act_decline, act_by_unit, act_end_unit;
extern const struct deed act_draft, act_send, act_acknowledge, act_recheck, act_end_notice;
extern const struct deed act_task, act_task_done, act_grant, act_ungrant, act_recuse, act_exclude;
