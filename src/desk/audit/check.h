/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whether a trail is what was written, and where it is not. Rows come in one after the other; memory does not
 * grow with them. Pure.
 *
 * Three things say what an entry was, and somebody who changes one has to change the others:
 *   its row's own hash         leaf: of the content
 *   the chain                  each link holds all that stands before it; the head row holds the last
 *   signed heads               the tree's root at a size, under a key the desk does not have; also kept elsewhere
 * What differs from its hash is told as such; what was rewritten with hashes and chain is found by the
 * neighbours or, if all that follows was rewritten too, between two heads. */

#include "desk/audit/trail.h"

enum audit_fault {
	FAULT_MISSING,    /* entries from..to are not there */
	FAULT_NUMBER,     /* a row whose number no entry can have */
	FAULT_CONTENT,    /* content is not what its hash says */
	FAULT_HASH,       /* the stored hash was changed; content and chain agree */
	FAULT_LINK,       /* the stored link of the chain was changed */
	FAULT_REPLACED,   /* content and hash agree, but the chain knows another entry here */
	FAULT_SWAPPED,    /* from and to changed places */
	FAULT_MOVED,      /* entries from..to stand at other... */
	FAULT_END_GONE,   /* the head row is missing or cannot be one */
	FAULT_END_CUT,    /* the head row knows more: from..to are missing at the end */
	FAULT_END_SHORT,  /* the trail has more entries than its head row: from..to */
	FAULT_END_CHAIN,  /* the head row's chain is not the trail's */
	FAULT_END_EDGE,   /* nor its edge */
	FAULT_HEAD_CUT,   /* a signed head knows more: from..to are missing at the end */
	FAULT_REWRITTEN,  /* entries from..to are not what was signed */
	FAULT_NOTE,       /* the stored head of size `from` cannot be read, or is not under our key */
	FAULT_NOTE_GONE,  /* the head of size `from` was signed, and is not among those stored */
	FAULT_COUNT,
};
struct audit_finding {
	enum audit_fault fault;
	int64_t from, to, other;
	const char *where; /* the head that says so: "of the key process", a file's path; NULL */
};
enum { AUDIT_FINDING_TEXT = 600 };
/* A sentence: "entry 117: its content differs from its hash". */
void audit_finding_text(const struct audit_finding *f, char ret[AUDIT_FINDING_TEXT]);
const char *audit_fault_name(enum audit_fault f); /* "content", for JSON */

/* A head to hold the trail against. */
struct audit_known {
	uint64_t size;
	uint8_t root[MERKLE_HASH];
	const char *where;
};

enum { AUDIT_FINDINGS_MAX = 500, AUDIT_ODD_MAX = 64 };
struct audit_odd { /* a row that is not what it says, kept to see whether it is another */
	int64_t place;
	struct bytes action, report, object, detail; /* in the arena */
	int64_t at, member, role;
	uint8_t leaf[MERKLE_HASH];
};

struct audit_check { /* filled by audit_check_begin; results below */
	const struct audit_known *known; /* by size */
	size_t known_n, known_at;
	struct arena *arena;
	struct merkle tree;
	bool tree_whole;                 /* no leaf is unknown so far */
	int64_t next;                    /* the number that comes next */
	enum audit_link { LINK_SURE, LINK_SHAKY, LINK_DOUBT } link; /* what stands in `chain` */
	uint8_t chain[MERKLE_HASH], other[MERKLE_HASH]; /* as stored before; DOUBT: as it should have been */
	int64_t doubt;                   /* whose link that was */
	struct audit_odd *odd;
	size_t odd_n;
	int64_t good_head;               /* size of the last head that fitted; 0 */
	bool rewritten;

	/* results */
	struct audit_finding *finding;   /* by place */
	size_t finding_n;
	int64_t findings;                /* all, also those past AUDIT_FINDINGS_MAX */
	int64_t entries, heads_good, heads_skipped; /* skipped: the tree before them is not whole */
	uint8_t root[MERKLE_HASH];       /* of the whole trail; zeros where it is not whole */
};
must_use int audit_check_begin(struct audit_check *c, struct arena *a, const struct audit_known *known, size_t n); /* -ENOMEM */
/* In order of their numbers. -ENOMEM. */
must_use int audit_check_row(struct audit_check *c, const struct audit_row *r);
void audit_check_end(struct audit_check *c, const struct audit_end *end);
/* For what is found outside: notes that cannot be read. */
void audit_check_add(struct audit_check *c, const struct audit_finding *f);
