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
enum { REPORT_FIELD_MAX = 96, REPORT_JSON_MAX = 160 * 1024 };
struct report {
	enum report_kind kind;
	enum report_by by;
	const char *value[REPORT_FIELD_MAX]; /* index = place in report_fields */
};

/* "address", "solicitation", "travel", "other": in addresses of pages, JSON and the database. */
const char *report_kind_name(enum report_kind kind);
must_use bool report_kind_parse(const char *name, enum report_kind *ret);
const char *report_kind_label(enum report_kind kind); /* msgid */
/* The label of a choice's code (msgid), or NULL. */
const char *report_choice_label(const struct field *f, struct bytes code);

/* Put one value; trimmed, checked against the field's type and size; "" unsays it. ERR_MALFORMED,
 * ERR_LIMIT, -ENOENT (no such field of this kind), -ENOMEM. On error nothing changes. */
must_use int report_set(struct arena *a, struct report *r, const char *name, const char *value);
const char *report_get(const struct report *r, const char *name); /* NULL: not said */

/* Walk a list's entries: *at starts as the value; false at the end. */
must_use bool report_entry(const char **at, struct bytes *ret);
/* Whether the entry is one of the list's. */
must_use bool report_has(const struct report *r, const char *name, const char *entry);

/* To and from the JSON that is sealed: {"schema":1,"kind":...,"by":...,"fields":{...}}, lists as
 * arrays. Reading refuses unknown members and wrong types: ERR_MALFORMED; the note names the member.
 * Canonical: fields in table order. ERR_LIMIT: longer than REPORT_JSON_MAX. */
must_use int report_write(struct arena *a, const struct report *r, struct bytes *ret);
must_use int report_read(struct arena *a, struct bytes json, struct report *ret, struct err_note *note);

/* What stands in clear. Pure: a floor by kind, and a table of answers that raise it (a child who can
 * be found, ongoing contact, a planned meeting, threats, an imminent departure). */
enum priority { PRIORITY_P0, PRIORITY_P1, PRIORITY_P2, PRIORITY_P3, PRIORITY_COUNT };
enum priority report_priority(const struct report *r);
/* Seconds within which a human acts: P0 15 minutes, P1 4 h, P2 24 h, P3 72 h (FACTS-desk). */
int64_t priority_seconds(enum priority p);

/* The canonical form of a URL or an account, for the blind index: scheme and host in lower case, no
 * user information, no default port, no fragment, dot segments resolved, percent-encoding normal
 * (RFC 3986 section 6.2.2), host as A-labels. `hxxp`, `[.]`, `(dot)` and spaces that people write to
 * defuse an address are understood; without a scheme it is https. Canonical forms stay as they are.
 * ERR_MALFORMED, ERR_LIMIT, -ENOMEM. */
must_use int report_canonical_url(struct arena *a, const char *raw, const char **ret);
/* The host of a canonical URL; ERR_MALFORMED where it has none (magnet: and the like). */
must_use int report_canonical_host(struct arena *a, const char *canonical, const char **ret);
/* "instagram/some.name": platform and account in lower case, common short names of platforms known,
 * without @; a telephone number as +digits; the link to a profile as its platform and name. */
must_use int report_canonical_account(struct arena *a, const char *platform, const char *raw, const char **ret);
