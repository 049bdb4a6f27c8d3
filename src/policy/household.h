/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The household file: who is protected, how, and when. YAML through libcyaml; unknown keys and
 * wrong types are refused with file, line and column. docs/household.md is its manual.
 *
 * Parsing gives plain data, all of it in one arena. Names of categories stay names here; the view
 * gives them numbers. Also read by: data/bands.yaml, whose entries are profiles too. */

#include "base/arena.h"
#include "base/err.h"
#include "base/clock.h"
#include "dns/name.h"

enum {
	HOUSEHOLD_PROFILES_MAX = 65535,
	HOUSEHOLD_SCHEDULES_MAX = 64,  /* a profile */
	HOUSEHOLD_NAMES_MAX = 100000,  /* a profile's deny, allow and grants together */
	HOUSEHOLD_FILE_MAX = 64 << 20, /* bytes */
};

enum safe_mode { SAFE_OFF = 0, SAFE_MODERATE = 1, SAFE_STRICT = 2 };  /* = enum policy_rewrite_mode */
enum block_form { FORM_NXDOMAIN = 0, FORM_NODATA = 1, FORM_HELP = 2 }; /* FORM_HELP: the help page's address */

enum schedule_kind {
	SCHEDULE_BEDTIME, /* rule 7: everything but lifelines and grants is closed */
	SCHEDULE_SCHOOL,  /* rule 7, another reason */
	SCHEDULE_CLOSE,   /* rule 10: these categories are closed in it */
	SCHEDULE_OPEN,    /* rule 10: these categories, else closed, are open in it */
};

enum schedule_holidays { HOLIDAYS_SAME = 0, HOLIDAYS_SKIP, HOLIDAYS_ONLY };

/* From `from` to `to` (minutes of the local day, 0..1440) on each day of `days` (bit 0 = Monday).
 * to <= from: past midnight, into the next day; it belongs to the day on which it starts, for
 * weekdays and holidays alike. Edges follow the wall clock through daylight-saving changes. */
struct schedule {
	uint8_t kind, days, holidays;
	uint16_t from, to;
	unsigned ncategories;
	const char *const *categories;
};

/* A name and all below it; `exact` ("=host.example" in the file): the name alone. */
struct household_name {
	struct dns_name name;
	bool exact;
	int64_t until; /* grants: Unix seconds, the first second in which it no longer holds; else 0 */
};

struct household_profile {
	const char *name;  /* a-z 0-9 _ - and letters; unique */
	const char *band;  /* the band it started from; NULL for none */
	bool allow_only;   /* rule 9 */
	bool bypass_floor; /* rule 4 */
	bool security;     /* rule 3; true unless the operator's file says otherwise */
	uint8_t safe_search, restricted_video; /* enum safe_mode */
	uint8_t form;      /* enum block_form, for rules 5, 7, 9, 10 */
	unsigned nclosed, nopen;
	const char *const *closed; /* categories and services closed, bands already applied */
	const char *const *open;   /* allow categories that count for rule 9. An own category (x-...) may
				    * stand in `closed` or `open` whatever it is: only the image knows */
	unsigned noperator;
	const char *const *operator_closed; /* those of `closed` that the operator chose: EDE 15, not 17 */
	unsigned nschedules;
	const struct schedule *schedules;
	int64_t pause_until; /* 0: none; INT64_MAX: until somebody ends it */
	unsigned ndeny, nallow, ngrants;
	const struct household_name *deny, *allow, *grants;
};

struct household_client {
	uint8_t address[16]; /* network order; IPv4 as ::ffff:a.b.c.d */
	uint8_t prefix;      /* 0..128 in that form */
	uint16_t profile;
};

/* data/categories.yaml: what a category is called, and what it is for. */
enum category_kind {
	CATEGORY_CONTENT,  /* a profile may close it: adult, gambling, games, a service */
	CATEGORY_SECURITY, /* rule 3: malware, phishing */
	CATEGORY_BYPASS,   /* rule 4: DoH, VPN and proxy hosts */
	CATEGORY_ALLOW,    /* good places: rule 9 counts them, nothing closes them */
	CATEGORY_SYSTEM,   /* lifeline, infrastructure, canary, engine, unsafe-search, statutory */
};

struct household_category {
	const char *name;
	uint8_t kind;
	const char *label_en, *label_fr, *label_ar;
	bool popular; /* the best known names are meant: lists may close them unconfirmed */
};

struct household {
	struct arena arena;
	unsigned ncategories;
	const struct household_category *categories;
	const char *time_zone;       /* "Africa/Casablanca"; "UTC" when not given */
	unsigned nprofiles;
	const struct household_profile *profiles;
	uint16_t default_profile;    /* for clients of no entry */
	unsigned nclients;
	const struct household_client *clients; /* ascending by (address, prefix), none twice */
	unsigned nholidays;
	const int64_t *holidays;     /* days since 1970-01-01, ascending */
	bool has_help4, has_help6;
	uint8_t help4[4], help6[16]; /* of the help page, for FORM_HELP */
	const char *help_text;       /* how to ask, shown in EDE text: "http://hisn.home/"; may be NULL */
	const char *language;        /* "fr", "ar", "en": of EDE text */
};

/* path: a household file; data_folder has bands.yaml and categories.yaml. Categories beyond those of
 * the file start with "x-" (an operator's own lists). Errors: errno values, ERR_CONFIG and ERR_TIME
 * with a note "FILE:LINE:COLUMN: what, and what would be right". On error *ret is untouched. */
must_use int household_load(const char *path, const char *data_folder, struct household **ret,
	struct err_note *note);
/* The bands alone, as profiles, adult as default: what explains without a household. */
must_use int household_bands(const char *data_folder, struct household **ret, struct err_note *note);
/* From memory, for tests and fuzzing: `name` stands in notes. */
must_use int household_parse(const char *name, const uint8_t *p, size_t n, const char *data_folder,
	struct household **ret, struct err_note *note);
void household_free(struct household *h);

/* A profile's number by name, -1 if there is none. */
int household_profile_find(const struct household *h, const char *name);
