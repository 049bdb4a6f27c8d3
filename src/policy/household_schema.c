/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in a household file, in data/bands.yaml and in data/categories.yaml. */
#include "policy/household_raw.h"

enum { TEXT_MAX = 300 };
#define MAY  CYAML_FLAG_OPTIONAL
#define LIST (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER)

#define TEXT(key, flags, type, member) CYAML_FIELD_STRING_PTR(key, (flags) | CYAML_FLAG_POINTER, type, member, 1, TEXT_MAX)
#define TEXTS(key, type, member, count, max) \
	CYAML_FIELD_SEQUENCE_COUNT(key, LIST, type, member, count, &text, 0, max)

static const cyaml_strval_t modes[] = { { "off", SAFE_OFF }, { "moderate", SAFE_MODERATE },
	{ "strict", SAFE_STRICT } };
static const cyaml_strval_t doors[] = { { "open", 0 }, { "closed", 1 } };
static const cyaml_strval_t forms[] = { { "nxdomain", FORM_NXDOMAIN }, { "nodata", FORM_NODATA },
	{ "help", FORM_HELP } };
static const cyaml_strval_t kinds[] = { { "bedtime", SCHEDULE_BEDTIME }, { "school", SCHEDULE_SCHOOL },
	{ "close", SCHEDULE_CLOSE }, { "open", SCHEDULE_OPEN } };
static const cyaml_strval_t holidays[] = { { "same", HOLIDAYS_SAME }, { "skip", HOLIDAYS_SKIP },
	{ "only", HOLIDAYS_ONLY } };
static const cyaml_strval_t days[] = { { "mon", 1 }, { "tue", 2 }, { "wed", 4 }, { "thu", 8 }, { "fri", 16 },
	{ "sat", 32 }, { "sun", 64 }, { "weekdays", 31 }, { "weekend", 96 } };
static const cyaml_strval_t languages[] = { { "en", 0 }, { "fr", 1 }, { "ar", 2 } };
const char *const household_languages[] = { "en", "fr", "ar" };
static const cyaml_strval_t category_kinds[] = { { "content", CATEGORY_CONTENT }, { "security", CATEGORY_SECURITY },
	{ "bypass", CATEGORY_BYPASS }, { "allow", CATEGORY_ALLOW }, { "system", CATEGORY_SYSTEM } };

static const cyaml_schema_value_t text = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_MAX) };

static const cyaml_schema_field_t schedule_fields[] = {
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_DEFAULT, struct raw_schedule, kind, kinds, ARRAY_LEN(kinds)),
	CYAML_FIELD_FLAGS_PTR("days", LIST, struct raw_schedule, days, days, ARRAY_LEN(days)),
	TEXT("from", CYAML_FLAG_DEFAULT, struct raw_schedule, from),
	TEXT("to", CYAML_FLAG_DEFAULT, struct raw_schedule, to),
	CYAML_FIELD_ENUM("holidays", MAY, struct raw_schedule, holidays, holidays, ARRAY_LEN(holidays)),
	TEXTS("categories", struct raw_schedule, categories, ncategories, 128),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schedule = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_schedule, schedule_fields),
};

static const cyaml_schema_field_t grant_fields[] = {
	TEXT("name", CYAML_FLAG_DEFAULT, struct raw_grant, name),
	TEXT("until", CYAML_FLAG_DEFAULT, struct raw_grant, until),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t grant = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_grant, grant_fields),
};

#define MODE(key, member, words) \
	CYAML_FIELD_ENUM_PTR(key, LIST, struct raw_profile, member, words, ARRAY_LEN(words))
static const cyaml_schema_field_t profile_fields[] = {
	TEXT("name", CYAML_FLAG_DEFAULT, struct raw_profile, name),
	TEXT("band", MAY, struct raw_profile, band),
	TEXTS("close", struct raw_profile, close, nclose, 128),
	TEXTS("open", struct raw_profile, open, nopen, 128),
	TEXTS("deny", struct raw_profile, deny, ndeny, HOUSEHOLD_NAMES_MAX),
	TEXTS("allow", struct raw_profile, allow, nallow, HOUSEHOLD_NAMES_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("grants", LIST, struct raw_profile, grants, ngrants, &grant, 0,
		HOUSEHOLD_NAMES_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("schedules", LIST, struct raw_profile, schedules, nschedules, &schedule, 0,
		HOUSEHOLD_SCHEDULES_MAX),
	TEXT("pause_until", MAY, struct raw_profile, pause_until),
	MODE("safe_search", safe_search, modes),
	MODE("restricted_video", restricted_video, modes),
	MODE("bypass", bypass, doors),
	MODE("block", block, forms),
	CYAML_FIELD_BOOL_PTR("allow_only", LIST, struct raw_profile, allow_only),
	CYAML_FIELD_BOOL_PTR("security", LIST, struct raw_profile, security),
	TEXTS("operator_close", struct raw_profile, operator_close, noperator_close, 128),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t profile = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_profile, profile_fields),
};

static const cyaml_schema_field_t client_fields[] = {
	TEXT("address", CYAML_FLAG_DEFAULT, struct raw_client, address),
	TEXT("profile", CYAML_FLAG_DEFAULT, struct raw_client, profile),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t client = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_client, client_fields),
};

static const cyaml_schema_field_t help_fields[] = {
	TEXT("address4", MAY, struct raw_help, address4),
	TEXT("address6", MAY, struct raw_help, address6),
	TEXT("text", MAY, struct raw_help, text),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t household_fields[] = {
	TEXT("time_zone", MAY, struct raw_household, time_zone),
	CYAML_FIELD_ENUM("language", MAY, struct raw_household, language, languages, ARRAY_LEN(languages)),
	TEXT("default", CYAML_FLAG_DEFAULT, struct raw_household, default_profile),
	CYAML_FIELD_SEQUENCE_COUNT("profiles", CYAML_FLAG_POINTER, struct raw_household, profiles, nprofiles, &profile,
		1, HOUSEHOLD_PROFILES_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("clients", LIST, struct raw_household, clients, nclients, &client, 0, 1000000),
	TEXT("clients_file", MAY, struct raw_household, clients_file),
	TEXTS("holidays", struct raw_household, holidays, nholidays, 1000),
	CYAML_FIELD_MAPPING_PTR("help", LIST, struct raw_household, help, help_fields),
	CYAML_FIELD_END,
};
const cyaml_schema_value_t household_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_household, household_fields),
};

static const cyaml_schema_field_t bands_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("bands", CYAML_FLAG_POINTER, struct raw_bands, bands, nbands, &profile, 1, 64),
	CYAML_FIELD_END,
};
const cyaml_schema_value_t household_bands_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_bands, bands_fields),
};

static const cyaml_schema_field_t category_fields[] = {
	TEXT("name", CYAML_FLAG_DEFAULT, struct raw_category, name),
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_DEFAULT, struct raw_category, kind, category_kinds,
		ARRAY_LEN(category_kinds)),
	CYAML_FIELD_BOOL("popular", MAY, struct raw_category, popular),
	TEXT("en", CYAML_FLAG_DEFAULT, struct raw_category, en),
	TEXT("fr", CYAML_FLAG_DEFAULT, struct raw_category, fr),
	TEXT("ar", CYAML_FLAG_DEFAULT, struct raw_category, ar),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t category = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_category, category_fields),
};
static const cyaml_schema_field_t categories_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("categories", CYAML_FLAG_POINTER, struct raw_categories, categories, ncategories,
		&category, 1, 120),
	CYAML_FIELD_END,
};
const cyaml_schema_value_t household_categories_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_categories, categories_fields),
};
