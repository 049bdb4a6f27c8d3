/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of work/: one case as it lies in the database, in one reading. */

#include "desk/work/see.h"

struct stored { /* a message, without its blob */
	uint32_t seq, number, author; /* author 0: the reporter */
	uint8_t type;
	int64_t at;
	size_t size;
	const char *unit; /* whose side's it is; NULL: of all who have the report */
};
struct wrapped {
	uint64_t epoch;
	uint32_t number;
	const char *unit;
	uint8_t wrap[SEAL_WRAP];
};
struct loaded {
	struct work_case c; /* for this person */
	enum keys_class class;
	uint32_t assigned; /* at the national desk, whoever looks */
	bool has_mailbox;
	uint8_t mailbox[SEAL_PUBLIC];
	struct stored *message; size_t message_n; /* all of them */
	struct wrapped *wrap; size_t wrap_n;
	uint64_t *referral_epoch, *access_epoch; /* beside c.referral and c.access */
};

/* -ENOENT: not there, or not for them. c.may stays 0: act.h. */
must_use int load_case(struct store_tx *t, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], int64_t now,
	struct loaded *ret);
must_use int load_case_now(struct desk *d, struct arena *a, const struct actor *who, const uint8_t id[SEAL_ID], struct loaded *ret);
bool load_may_read(const struct actor *who, const struct stored *m);
const struct stored *load_message(const struct loaded *l, uint32_t seq); /* NULL: none */
/* The reporter's own words: the report and the answers. Their keys go to a unit with the report. */
bool load_of_reporter(const struct loaded *l, uint32_t number);

/* Opens with any wrap of its key that the session can use. plain: in the arena, for the caller to wipe.
 * -EACCES: none, or what could was erased. */
must_use int load_open(struct desk *d, struct arena *a, const struct actor *who, const struct loaded *l, uint32_t seq,
	struct bytes *ret);
struct seal_place load_place(const struct loaded *l, uint32_t seq, uint8_t type);

/* n + 1 elements of size: the array itself, or a copy twice as large. NULL: no memory. */
void *load_grow(struct arena *a, void *array, size_t n, size_t size);
