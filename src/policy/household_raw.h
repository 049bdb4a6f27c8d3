/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The household file as libcyaml gives it, and the steps from there to struct household. Private to
 * the household*.c files. A pointer that is NULL means: not in the file. */

#include "base/tz.h"
#include "conf/conf.h"
#include "policy/household.h"

struct raw_schedule {
	int kind, holidays;
	uint32_t *days;
	char *from, *to;
	char **categories;
	unsigned ncategories;
};

struct raw_grant {
	char *name, *until;
};

struct raw_profile {
	char *name, *band;
	bool *allow_only, *security;
	int *safe_search, *restricted_video, *bypass, *block;
	char **close, **open, **operator_close, **deny, **allow;
	unsigned nclose, nopen, noperator_close, ndeny, nallow;
	struct raw_schedule *schedules;
	unsigned nschedules;
	struct raw_grant *grants;
	unsigned ngrants;
	char *pause_until;
};

struct raw_client {
	char *address, *profile;
};

struct raw_help {
	char *address4, *address6, *text;
};

struct raw_household {
	char *time_zone, *default_profile, *clients_file;
	int language;
	char **holidays;
	unsigned nholidays;
	struct raw_help *help;
	struct raw_profile *profiles;
	unsigned nprofiles;
	struct raw_client *clients;
	unsigned nclients;
};

struct raw_bands {
	struct raw_profile *bands;
	unsigned nbands;
};

struct raw_category {
	char *name, *en, *fr, *ar;
	int kind;
	bool popular;
};

struct raw_categories {
	struct raw_category *categories;
	unsigned ncategories;
};

extern const cyaml_schema_value_t household_schema, household_bands_schema, household_categories_schema;
extern const char *const household_languages[];

/* One file being turned into plain data. */
struct household_builder {
	const struct conf_source *src;
	const char *folder; /* of the file; NULL: in memory, where no other file may be named */
	struct household *h;
	const struct household_profile *bands;
	unsigned nbands;
	const struct tz *zone;
	struct err_note *note;
	uint16_t *by_name;  /* profiles in the order of their names */
};

/* "profiles[2].close[0]": where something stands, for notes. */
struct household_path {
	char text[120];
};
struct household_path household_path(const char *format, ...) printf_like(1, 2);

/* Each takes raw data and fills its part of b->h. ERR_CONFIG with a note, -ENOMEM. */
must_use int household_fill_profiles(struct household_builder *b, const char *key, const struct raw_profile *raw,
	unsigned n, const struct household_profile **ret);
must_use int household_fill_schedules(struct household_builder *b, const char *at, const struct raw_profile *raw,
	struct household_profile *p);
must_use int household_fill_holidays(struct household_builder *b, const struct raw_household *raw);
must_use int household_fill_clients(struct household_builder *b, const struct raw_household *raw);

/* "2026-11-23T18:00" (in the household's zone), or with its own, to Unix seconds. */
must_use int household_time(struct household_builder *b, const char *path, const char *text, int64_t *ret);
/* An address, "a.b.c.d" or IPv6, to 16 bytes (IPv4-mapped); *ret_4: it was IPv4. */
must_use int household_address(const char *s, uint8_t ret[16], bool *ret_4);
/* The kind of a category: an own one (x-...) is content; -1 if there is none of that name. */
int household_category_kind(const struct household *h, const char *name);
must_use int household_copy_text(struct household *h, const char *s, const char **ret); /* NULL stays NULL */
/* Through b->by_name; -1. */
int household_profile_search(const struct household_builder *b, const char *name, size_t n);
