/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whom the desk writes to and refers to: territorial units and other recipients, as a person has confirmed
 * them on a day. What is older than half a year counts as not confirmed, and pages say so in words.
 *
 * Read by everybody of the national desk, changed by its supervisors; each change is in the audit trail, in
 * the same transaction. Nothing here is of a report. */

#include "desk/audit/audit.h"
#include "desk/desk.h"
#include "desk/directory/kind.h"

struct directory_unit {
	const char *code;          /* of territories.csv */
	const char *name;          /* as it calls itself */
	const char *phone, *mail;  /* NULL: not known */
	int64_t confirmed;         /* the day, Unix seconds */
	uint32_t confirmed_by;     /* member */
	bool active;
	uint64_t version;          /* as last read; 0: a new one */
};
struct directory_recipient {
	uint8_t id[SEAL_ID];
	enum recipient_kind kind;
	const char *name, *language;
	const char *mail, *postal, *form; /* form: an address that people open by hand; NULL: none */
	uint8_t key[SEAL_PUBLIC];         /* for sealed packets */
	bool has_key;
	int64_t confirmed;
	uint32_t confirmed_by;
	bool active;
	uint64_t version;
};

enum { DIRECTORY_FRESH = 183 * 86400, DIRECTORY_MAX = 1000 /* of each kind */ };
static inline bool directory_fresh(int64_t confirmed, int64_t now)
{
	return now - confirmed <= DIRECTORY_FRESH;
}

/* --- checks, pure --- */
/* A field of a form and what is wrong with it (msgid); why NULL: nothing. */
struct directory_fault { const char *field, *why; };
struct directory_fault directory_unit_check(const struct desk_data *d, const struct directory_unit *u, int64_t now);
struct directory_fault directory_recipient_check(const struct directory_recipient *r, int64_t now);
/* One address of mail as nearly all are: letters, digits and ._+- before the @, a name of two labels or more
 * behind it. Nothing that a mail program could take for an option, a header or a second address. */
must_use bool directory_mail_good(const char *s);
/* 64 hexadecimal digits, blanks between them as people write them; a key that somebody can have. */
must_use bool directory_key_read(const char *s, uint8_t ret[SEAL_PUBLIC]);
/* Twenty digits as a person types what they hear, against the key's own. */
must_use bool directory_fingerprint_is(const uint8_t key[SEAL_PUBLIC], const char *typed);

/* --- reading --- */
/* All units there are, by code; all recipients of a kind, by name. At most DIRECTORY_MAX. */
must_use int directory_units(struct desk *d, struct arena *a, struct directory_unit **ret, size_t *ret_n);
must_use int directory_unit(struct desk *d, struct arena *a, const char *code, struct directory_unit *ret); /* -ENOENT */
must_use int directory_recipients(struct desk *d, struct arena *a, enum recipient_kind kind, struct directory_recipient **ret,
	size_t *ret_n);
must_use int directory_recipient(struct desk *d, struct arena *a, const uint8_t id[SEAL_ID], struct directory_recipient *ret);
/* How many there are of each kind, and how many of these are active and fresh. */
struct directory_count { int64_t all, good; };
must_use int directory_count(struct desk *d, int64_t now, struct directory_count ret[RECIPIENT_KIND_COUNT]);
/* Everybody who holds keys, to count a unit's: how many could open what is referred to it. */
must_use int directory_holders(struct desk *d, struct arena *a, struct keys_member **ret, size_t *ret_n);
unsigned directory_holders_of(const struct keys_member *m, size_t n, const char *unit);

/* --- changing: checked by the caller with the functions above --- */
/* by: member and role; the rest of the entry is written here. -EAGAIN: somebody changed it meanwhile. A new
 * recipient (version 0) gets its id here. */
must_use int directory_unit_put(struct desk *d, const struct audit_entry *by, const struct directory_unit *u);
must_use int directory_recipient_put(struct desk *d, const struct audit_entry *by, struct directory_recipient *r);
