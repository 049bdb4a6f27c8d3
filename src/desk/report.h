/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a report says, before it is sealed: one flat, typed table of fields, the same for the public's
 * forms, staff who write for someone, and partners' systems. Stored as JSON (schema 1) inside the
 * sealed message; nothing of it is ever in clear but `kind`, `priority` and the region.
 *
 * Fields as in FACTS-desk ("What a report holds"). Nothing is required but what is known. */

#include "base/arena.h"
#include "base/err.h"

enum report_kind { REPORT_ADDRESS, REPORT_SOLICITATION, REPORT_TRAVEL, REPORT_OTHER, REPORT_KIND_COUNT };
enum report_by { REPORT_BY_ADULT, REPORT_BY_CHILD, REPORT_BY_CARER, REPORT_BY_PROFESSIONAL, REPORT_BY_STAFF, REPORT_BY_PARTNER, REPORT_BY_COUNT };

/* The kinds of value a field may hold. */
enum field_type { FIELD_LINE, FIELD_TEXT, FIELD_URL, FIELD_DATE, FIELD_CHOICE, FIELD_CHOICES, FIELD_TERRITORY, FIELD_UNITS };

struct field_choice { const char *code; const char *label; }; /* label: msgid */
struct field {
	const char *name;      /* "contact_ongoing": form field, JSON member, API member */
	enum field_type type;
	const char *label;     /* msgid, as an adult is asked */
	const char *hint;      /* msgid or NULL */
	uint16_t kinds;        /* bit per report_kind that has it */
	uint16_t max;          /* bytes; of lists: entries */
	const struct field_choice *choice; size_t choice_n;
};
extern const struct field report_fields[];
extern const size_t report_field_count;
const struct field *report_field(const char *name); /* NULL: none */

/* Values by field; a list's entries are joined by '\n'. NULL: not said. Strings live in the arena. */
struct report {
	enum report_kind kind;
	enum report_by by;
	const char *value[96];      /* index = place in report_fields */
};

/* Put one value; trimmed, checked against the field's type and size. ERR_MALFORMED, ERR_LIMIT,
 * -ENOENT (no such field of this kind). On error nothing changes. */
must_use int report_set(struct arena *a, struct report *r, const char *name, const char *value);
const char *report_get(const struct report *r, const char *name); /* NULL: not said */

/* To and from the JSON that is sealed. Reading refuses unknown members and wrong types: ERR_MALFORMED;
 * the note names the member. Canonical: fields in table order. */
must_use int report_write(struct arena *a, const struct report *r, struct bytes *ret);
must_use int report_read(struct arena *a, struct bytes json, struct report *ret, struct err_note *note);

/* What stands in clear. Pure rules over the table in data/desk: a child, ongoing contact, a planned
 * meeting, threats or an imminent departure raise it. */
enum priority { PRIORITY_P0, PRIORITY_P1, PRIORITY_P2, PRIORITY_P3 };
enum priority report_priority(const struct report *r);

/* The canonical form of a URL or an account, for the blind index: scheme and host in lower case, no
 * default port, no fragment, dot segments resolved, percent-encoding normal (RFC 3986 section 6).
 * ERR_MALFORMED. `hxxp`, `[.]` and spaces that people write to defuse an address are understood. */
must_use int report_canonical_url(struct arena *a, const char *raw, const char **ret);
must_use int report_canonical_account(struct arena *a, const char *platform, const char *raw, const char **ret);
