/* SPDX-License-Identifier: Apache-2.0 */
/* Household files: what they mean, the examples of the manual, and each thing that is refused. */
#include "base/file.h"
#include "policy/calendar.h"
#include "policy/cats.h"
#include "policy/household.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static const char *data(void)
{
	const char *folder = getenv("HISN_DATA");
	return folder ? folder : "data";
}

static struct household *parsed(const char *text)
{
	struct household *h;
	struct err_note note = { "" };
	if (household_parse("h", (const uint8_t *)text, strlen(text), data(), &h, &note))
		fail_msg("%s", note.text);
	return h;
}

static struct household *example(const char *name)
{
	char path[PATH_MAX];
	struct household *h;
	struct err_note note = { "" };
	(void)snprintf(path, sizeof path, "%s/docs/examples/%s", getenv("HISN_SOURCE"), name);
	if (household_load(path, data(), &h, &note))
		fail_msg("%s", note.text);
	return h;
}

static const struct household_profile *profile(const struct household *h, const char *name)
{
	int i = household_profile_find(h, name);
	assert_true(i >= 0);
	return &h->profiles[i];
}

static bool has(const char *const *names, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

#define assert_closed(p, name)     assert_true(has((p)->closed, (p)->nclosed, name))
#define assert_not_closed(p, name) assert_false(has((p)->closed, (p)->nclosed, name))

static void refused(const char *text, const char *wanted)
{
	struct household *untouched = (struct household *)&wanted, *h = untouched;
	struct err_note note = { "" };
	int err = household_parse("h", (const uint8_t *)text, strlen(text), data(), &h, &note);
	assert_string_equal(note.text, wanted);
	assert_int_equal(err, ERR_CONFIG);
	assert_ptr_equal(h, untouched);
}

/* A profile with these lines, for which the refusal is at LINE:COLUMN of the whole. */
#define HEAD "default: p\nprofiles:\n- name: p\n"
static void refused_line(const char *lines, const char *wanted)
{
	char text[4096];
	(void)snprintf(text, sizeof text, HEAD "%s", lines);
	refused(text, wanted);
}

static void bands_as_the_design_says(void **state)
{
	struct household *h;
	struct err_note note = { "" };
	assert_int_equal(household_bands(data(), &h, &note), 0);
	static const char *const names[] = { "0-5", "6-9", "10-12", "13-15", "16-17", "adult" };
	assert_int_equal(h->nprofiles, ARRAY_LEN(names));
	for (unsigned i = 0; i < h->nprofiles; i++) {
		const struct household_profile *p = &h->profiles[i];
		assert_string_equal(p->name, names[i]);
		assert_true(p->security);
		assert_int_equal(p->allow_only, i < 2);
		assert_int_equal(p->nopen > 0, i < 2);
		assert_int_equal(p->bypass_floor, i < 4);
		assert_int_equal(p->safe_search, i < 3 ? SAFE_STRICT : i < 5 ? SAFE_MODERATE : SAFE_OFF);
		assert_int_equal(p->restricted_video, i < 3 ? SAFE_STRICT : i < 4 ? SAFE_MODERATE : SAFE_OFF);
		if (i)
			assert_true(p->nclosed <= h->profiles[i - 1].nclosed);
		if (i < 5)
			assert_closed(p, "adult");
	}
	assert_int_equal(h->profiles[5].nclosed, 0);
	assert_int_equal(h->default_profile, 5);
	assert_true(h->ncategories > 60 && h->ncategories < CATS_MAX);
	household_free(h);
}

static void categories_have_labels_and_kinds(void **state)
{
	static const struct {
		const char *name;
		int kind;
	} wanted[] = { { "adult", CATEGORY_CONTENT }, { "tiktok", CATEGORY_CONTENT }, { "malware", CATEGORY_SECURITY },
		{ "doh", CATEGORY_BYPASS }, { "child", CATEGORY_ALLOW }, { "sexual_education", CATEGORY_ALLOW },
		{ "lifeline", CATEGORY_SYSTEM }, { "infrastructure", CATEGORY_SYSTEM }, { "canary", CATEGORY_SYSTEM },
		{ "engine", CATEGORY_SYSTEM }, { "unsafe-search", CATEGORY_SYSTEM }, { "statutory", CATEGORY_SYSTEM } };
	struct household *h;
	assert_int_equal(household_bands(data(), &h, NULL), 0);
	for (size_t k = 0; k < ARRAY_LEN(wanted); k++) {
		int found = -1;
		for (unsigned i = 0; i < h->ncategories; i++)
			if (strcmp(h->categories[i].name, wanted[k].name) == 0)
				found = h->categories[i].kind;
		assert_int_equal(found, wanted[k].kind);
	}
	for (unsigned i = 0; i < h->ncategories; i++) {
		assert_true(h->categories[i].label_en[0] && h->categories[i].label_fr[0]);
		assert_true(h->categories[i].label_ar[0]);
		/* popular names are an operator's to close in content, never a mistake to let pass elsewhere */
		assert_true(!h->categories[i].popular || h->categories[i].kind == CATEGORY_CONTENT);
		assert_true(h->categories[i].popular || strcmp(h->categories[i].name, "social_networks") != 0);
		assert_true(!h->categories[i].popular || strcmp(h->categories[i].name, "adult") != 0);
	}
	household_free(h);
}

static void band_and_own_keys_merge(void **state)
{
	struct household *h = parsed("default: p\nprofiles:\n"
				     "- {name: p, band: 10-12, close: [games, x-mine], open: [forums, child], safe_search: off,\n"
				     "   operator_close: [news], block: nodata, security: no}\n"
				     "- {name: q, band: 6-9, close: [child], open: [x-lessons, tiktok], allow_only: false}\n"
				     "- {name: r}\n");
	const struct household_profile *p = profile(h, "p"), *q = profile(h, "q"), *r = profile(h, "r");
	assert_string_equal(p->band, "10-12");
	assert_closed(p, "games");
	assert_closed(p, "x-mine");
	assert_closed(p, "adult");
	assert_closed(p, "news");
	assert_not_closed(p, "forums");
	assert_int_equal(p->noperator, 1);
	assert_string_equal(p->operator_closed[0], "news");
	assert_true(has(p->open, p->nopen, "child"));
	assert_int_equal(p->safe_search, SAFE_OFF);
	assert_int_equal(p->restricted_video, SAFE_STRICT);
	assert_int_equal(p->form, FORM_NODATA);
	assert_false(p->security);
	assert_false(has(q->open, q->nopen, "child"));
	assert_true(has(q->open, q->nopen, "educational"));
	assert_not_closed(q, "tiktok");
	assert_false(q->allow_only);
	assert_null(r->band);
	assert_true(r->security && !r->bypass_floor && !r->allow_only && !r->nclosed);
	household_free(h);
}

static void names_and_grants(void **state)
{
	struct household *h = parsed("time_zone: Europe/Paris\ndefault: p\nprofiles:\n- name: p\n"
				     "  deny: [A.Example, =b.example., xn--mgbh0fb.example]\n  allow: [_x.c.example]\n"
				     "  grants:\n  - {name: d.example, until: 2026-07-01T18:00}\n"
				     "  - {name: =e.example, until: 2026-07-01T18:00:00+00:00}\n"
				     "  - {name: f.example, until: '@1000'}\n"
				     "  pause_until: 2026-12-01T08:30\n"
				     "- {name: q, pause_until: indefinitely}\n");
	const struct household_profile *p = profile(h, "p");
	struct dns_name want;
	assert_int_equal(dns_name_from_text("a.example", 9, &want), 0);
	assert_true(dns_name_equal(&p->deny[0].name, &want));
	assert_false(p->deny[0].exact);
	assert_true(p->deny[1].exact);
	assert_int_equal(p->ndeny, 3);
	assert_int_equal(p->nallow, 1);
	assert_int_equal(p->grants[0].until, 1782921600); /* 16:00Z: summer time */
	assert_int_equal(p->grants[1].until, 1782928800);
	assert_true(p->grants[1].exact);
	assert_int_equal(p->grants[2].until, 1000);
	assert_int_equal(p->pause_until, 1796110200); /* 07:30Z */
	assert_true(profile(h, "q")->pause_until == INT64_MAX);
	household_free(h);
}

static void schedules_and_holidays(void **state)
{
	struct household *h = parsed("holidays: [2027-01-02, 2026-12-30 to 2027-01-02, 2026-02-28 to 2026-03-01]\n"
				     "default: p\nprofiles:\n- name: p\n  schedules:\n"
				     "  - {kind: bedtime, from: '21:00', to: '07:00'}\n"
				     "  - {kind: school, days: [mon, fri], from: 08:00, to: 24:00, holidays: skip}\n"
				     "  - {kind: close, days: [weekdays, sat], from: 23:59, to: 00:00, holidays: only, categories: [x-a, games]}\n"
				     "  - {kind: open, days: [weekend], from: 00:00, to: 00:01, categories: [games]}\n");
	const struct schedule *s = h->profiles[0].schedules;
	assert_int_equal(h->profiles[0].nschedules, 4);
	assert_int_equal(s[0].kind, SCHEDULE_BEDTIME);
	assert_int_equal(s[0].days, 0x7f);
	assert_int_equal(s[0].from, 21 * 60);
	assert_int_equal(s[0].to, 7 * 60);
	assert_int_equal(s[1].days, 0x11);
	assert_int_equal(s[1].to, 1440);
	assert_int_equal(s[1].holidays, HOLIDAYS_SKIP);
	assert_int_equal(s[2].days, 0x3f);
	assert_int_equal(s[2].from, 1439);
	assert_int_equal(s[2].to, 0);
	assert_int_equal(s[2].holidays, HOLIDAYS_ONLY);
	assert_string_equal(s[2].categories[1], "games");
	assert_int_equal(s[3].days, 0x60);
	int64_t first = civil_days(2026, 2, 28), new_year = civil_days(2026, 12, 30);
	const int64_t want[] = { first, first + 1, new_year, new_year + 1, new_year + 2, new_year + 3 };
	assert_int_equal(h->nholidays, ARRAY_LEN(want));
	assert_memory_equal(h->holidays, want, sizeof want);
	household_free(h);
}

static void clients_in_the_file(void **state)
{
	struct household *h = parsed("default: q\nprofiles: [{name: p}, {name: q}]\nclients:\n"
				     "- {address: '2001:db8::/32', profile: p}\n- {address: 192.0.2.7, profile: q}\n"
				     "- {address: 192.0.2.0/24, profile: p}\n- {address: 0.0.0.0/0, profile: p}\n");
	assert_int_equal(h->default_profile, 1);
	assert_int_equal(h->nclients, 4);
	assert_int_equal(h->clients[0].prefix, 96);
	assert_int_equal(h->clients[1].prefix, 120);
	assert_int_equal(h->clients[2].prefix, 128);
	assert_int_equal(h->clients[2].profile, 1);
	assert_memory_equal(h->clients[2].address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x07", 16);
	assert_int_equal(h->clients[3].prefix, 32);
	household_free(h);
}

static void example_family(void **state)
{
	struct household *h = example("family.yaml");
	assert_string_equal(h->time_zone, "Africa/Casablanca");
	assert_string_equal(h->language, "fr");
	assert_true(h->has_help4 && !h->has_help6);
	assert_memory_equal(h->help4, "\xc0\xa8\x01\x02", 4);
	assert_string_equal(h->help_text, "http://hisn.home/");
	assert_int_equal(h->default_profile, household_profile_find(h, "guests"));
	assert_int_equal(h->nprofiles, 5);
	assert_int_equal(h->nclients, 6);
	assert_int_equal(h->nholidays, 11);
	assert_true(profile(h, "lina")->allow_only);
	assert_closed(profile(h, "yassine"), "games");
	assert_not_closed(profile(h, "yassine"), "youtube");
	assert_int_equal(profile(h, "yassine")->nschedules, 4);
	assert_closed(profile(h, "salma"), "ads");
	household_free(h);
}

/* Which of a profile's schedules hold at a local time. */
static uint64_t active(const struct household *h, const char *name, const char *local_time)
{
	struct calendar_state st;
	struct tz *z;
	int64_t t;
	bool local;
	assert_int_equal(clock_parse_rfc3339(local_time, &t, &local), 0);
	assert_int_equal(tz_open(NULL, h->time_zone, &z, NULL), 0);
	calendar_now(h, profile(h, name), z, tz_to_utc(z, t), &st);
	tz_free(z);
	return st.active;
}

/* The manual's table. Yassine: bedtime, weekend bedtime, games, holiday games. Salma: bedtime, networks. */
static void example_family_keeps_its_hours(void **state)
{
	static const struct {
		const char *at;
		uint64_t lina, yassine, salma;
	} table[] = { { "2026-11-25T15:00", 0, 4, 0 }, { "2026-11-25T17:30", 0, 0, 2 }, { "2026-11-25T22:00", 1, 1, 0 },
		{ "2026-11-27T22:00", 1, 0, 0 }, { "2027-01-25T11:00", 0, 8, 0 }, { "2027-01-25T17:30", 0, 0, 0 },
		{ "2026-11-28T07:30", 0, 2, 0 }, { "2026-11-26T06:29", 1, 1, 1 } };
	struct household *h = example("family.yaml");
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_int_equal(active(h, "lina", table[i].at), table[i].lina);
		assert_int_equal(active(h, "yassine", table[i].at), table[i].yassine);
		assert_int_equal(active(h, "salma", table[i].at), table[i].salma);
	}
	household_free(h);
}

static void example_school(void **state)
{
	struct household *h = example("school.yaml");
	assert_string_equal(h->language, "ar");
	assert_true(has(profile(h, "lower")->open, profile(h, "lower")->nopen, "x-our-lessons"));
	assert_true(profile(h, "staff")->bypass_floor);
	assert_int_equal(profile(h, "upper")->nschedules, 3);
	assert_int_equal(h->nclients, 5);
	/* Library: nights, weekends, holidays. Monday morning belongs to Sunday's night. */
	assert_int_equal(active(h, "library", "2026-11-23T07:59"), 1);
	assert_int_equal(active(h, "library", "2026-11-23T08:00"), 0);
	assert_int_equal(active(h, "library", "2026-11-21T12:00"), 2);
	assert_int_equal(active(h, "library", "2026-12-07T12:00"), 4);
	/* Upper classes: three lessons, not in the breaks, not in the holidays. */
	assert_int_equal(active(h, "upper", "2026-11-23T09:59"), 1);
	assert_int_equal(active(h, "upper", "2026-11-23T10:10"), 0);
	assert_int_equal(active(h, "upper", "2026-11-23T10:15"), 2);
	assert_int_equal(active(h, "upper", "2026-11-25T15:00"), 0);
	assert_int_equal(active(h, "upper", "2026-11-26T15:00"), 4);
	assert_int_equal(active(h, "upper", "2026-12-07T09:00"), 0);
	household_free(h);
}

static void example_provider(void **state)
{
	struct household *h = example("provider.yaml");
	assert_int_equal(h->nclients, 6);
	assert_int_equal(h->default_profile, household_profile_find(h, "unfiltered"));
	assert_int_equal(profile(h, "family")->noperator, 1);
	household_free(h);
}

static void refuses_structure(void **state)
{
	refused("", "h:1:1: the file is empty");
	refused("profiles: [{name: p}]\n", "h:1:1: key 'default' is missing");
	refused("default: p\nprofiles: []\n", "h:2:11: the list has 0 entries, at least 1 are needed");
	refused_line("  bedtme: 1\n", "h:4:3: unknown key 'bedtme' (known here: name, band, close, open, deny, allow, "
				      "grants, schedules, pause_until, safe_search, restricted_video, bypass, block, "
				      "allow_only, security, operator_close)");
	refused_line("  safe_search: on\n", "h:4:16: expected one of: off, moderate, strict; found 'on'");
	refused_line("  security: maybe\n", "h:4:13: expected true or false, found 'maybe'");
	refused_line("  schedules: [{kind: nap, from: a, to: b}]\n",
		"h:4:22: expected one of: bedtime, school, close, open; found 'nap'");
	refused_line("  schedules: [{kind: school, days: [mo], from: a, to: b}]\n",
		"h:4:37: expected one of: mon, tue, wed, thu, fri, sat, sun, weekdays, weekend; found 'mo'");
}

static void refuses_profiles(void **state)
{
	refused("default: q\nprofiles: [{name: p}]\n", "h:1:10: there is no profile 'q'");
	refused("default: p\nprofiles:\n- name: p\n- name: o\n- name: p\n", "h:5:9: profile 'p' stands here twice");
	refused("default: p\nprofiles:\n- name: p q\n",
		"h:3:9: 'p q' is not a profile's name: up to 64 bytes of letters, digits, _ and -");
	refused_line("  band: 10-13\n",
		"h:4:9: there is no band '10-13' (bands: 0-5, 6-9, 10-12, 13-15, 16-17, adult)");
	refused_line("  block: help\n", "h:4:10: block: help needs help: with address4 or address6");
}

static void refuses_categories(void **state)
{
	refused_line("  close: [adult, gmaes]\n", "h:4:18: unknown category 'gmaes', did you mean 'games'? "
						  "(categories.yaml has them all; your own lists start with x-)");
	refused_line("  close: [somethingelse]\n", "h:4:11: unknown category 'somethingelse' "
						   "(categories.yaml has them all; your own lists start with x-)");
	refused_line("  close: [x-]\n", "h:4:11: unknown category 'x-', did you mean 'x'? "
					"(categories.yaml has them all; your own lists start with x-)");
	refused_line("  open: [malware]\n", "h:4:10: category 'malware' cannot stand here: security stays closed for "
					    "everybody; 'security: false' is the operator's switch");
	refused_line("  close: [doh]\n", "h:4:11: category 'doh' cannot stand here: ways around the filter are closed with "
					 "'bypass: closed'");
	refused_line("  close: [lifeline]\n",
		"h:4:11: category 'lifeline' cannot stand here: it is hisn's own and no profile changes it");
	refused_line("  operator_close: [child]\n", "h:4:20: category 'child' cannot stand here: it opens allow-list "
						    "profiles and closes nothing here");
	refused_line("  close: [games]\n  open: [games]\n", "h:5:10: 'games' is both closed and opened");
	refused_line("  operator_close: [games]\n  open: [games]\n", "h:5:10: 'games' is both closed and opened");
}

static void refuses_more_categories_than_a_view_holds(void **state)
{
	char text[2000] = "default: p\nprofiles:\n- name: p\n  band: 16-17\n  close:\n";
	for (unsigned i = 0; i < CATS_MAX - 1; i++) {
		size_t at = strlen(text);
		(void)snprintf(text + at, sizeof text - at, "  - x-%u\n", i);
	}
	refused(text, "h:132:5: too many categories (at most 128)"); /* the band has two */
}

static void refuses_names_and_times(void **state)
{
	static const char *const bad[] = { "http://a.example/", "*.example", "a b", ".", "=", "-", "a..b" };
	for (size_t i = 0; i < ARRAY_LEN(bad) - 2; i++) {
		char line[100], want[300];
		(void)snprintf(line, sizeof line, "  deny: [ok.example, '%s']\n", bad[i]);
		(void)snprintf(want, sizeof want,
			"h:4:22: '%s' is not a domain name (as www.example, with all names below it; '=www.example' for "
			"that one alone; international names as xn--...)", bad[i]);
		refused_line(line, want);
	}
	refused_line("  grants: [{name: a.example, until: tomorrow}]\n",
		"h:4:37: 'tomorrow' is not a time (as 2026-11-23T18:00, or with a zone: 2026-11-23T18:00:00+01:00)");
	refused_line("  grants: [{name: a.example, until: 2026-02-30T18:00}]\n",
		"h:4:37: '2026-02-30T18:00' is not a time (as 2026-11-23T18:00, or with a zone: 2026-11-23T18:00:00+01:00)");
	refused_line("  pause_until: never\n",
		"h:4:16: 'never' is not a time (as 2026-11-23T18:00, or with a zone: 2026-11-23T18:00:00+01:00)");
	refused_line("  deny: ['1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26.27.28.29.30.31.32.33']\n",
		"h:4:10: '1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26.27.28.29.30' has more than 32 "
		"labels");
}

static void refuses_schedules(void **state)
{
	refused_line("  schedules: [{kind: school, from: '8:00', to: '12:00'}]\n",
		"h:4:36: '8:00' is not a time of day (00:00 to 23:59)");
	refused_line("  schedules: [{kind: school, from: '24:00', to: '12:00'}]\n",
		"h:4:36: '24:00' is not a time of day (00:00 to 23:59)");
	refused_line("  schedules: [{kind: school, from: '08:00', to: '24:01'}]\n",
		"h:4:49: '24:01' is not a time of day (00:00 to 24:00)");
	refused_line("  schedules: [{kind: school, from: '08:60', to: '12:00'}]\n",
		"h:4:36: '08:60' is not a time of day (00:00 to 23:59)");
	refused_line("  schedules: [{kind: school, from: '08:00', to: '08:00'}]\n",
		"h:4:49: 'from' and 'to' are the same (a whole day is 00:00 to 24:00)");
	refused_line("  schedules: [{kind: school, days: [], from: '08:00', to: '09:00'}]\n",
		"h:4:36: no day (leave 'days' out for every day)");
	refused_line("  schedules: [{kind: school, from: '08:00', to: '09:00', holidays: skip}]\n",
		"h:4:68: the household has no 'holidays' to go by");
	refused_line("  schedules: [{kind: close, from: '08:00', to: '09:00'}]\n",
		"h:4:15: a schedule that closes or opens needs 'categories'");
	refused_line("  schedules: [{kind: bedtime, from: '08:00', to: '09:00', categories: [games]}]\n",
		"h:4:71: bedtime and school close everything: no 'categories' here");
	refused_line("  schedules: [{kind: close, from: '08:00', to: '09:00', categories: [games, child]}]\n",
		"h:4:77: 'child' is not a category of content, which a schedule could close or open");
	refused("holidays: [2026-13-01]\n" HEAD,
		"h:1:12: '2026-13-01' is neither a date (2026-11-06) nor a range (2026-12-20 to 2027-01-03)");
	refused("holidays: [2026-11-02 to 2026-11-01]\n" HEAD,
		"h:1:12: '2026-11-02 to 2026-11-01' is neither a date (2026-11-06) nor a range (2026-12-20 to 2027-01-03)");
	refused("holidays: [1900-01-01 to 2100-01-01]\n" HEAD, "h:1:12: more than 20000 days of holidays");
}

static void refuses_the_rest(void **state)
{
	refused("time_zone: Africa/Atlantis\n" HEAD,
		"h:1:12: no time zone 'Africa/Atlantis' (looked for /usr/share/zoneinfo/Africa/Atlantis)");
	refused("time_zone: ../passwd\n" HEAD, "h:1:12: '../passwd' is not the name of a time zone");
	refused("help: {address4: 1.2.3}\n" HEAD, "h:1:18: '1.2.3' is not an IPv4 address");
	refused("help: {address4: '::1'}\n" HEAD, "h:1:18: '::1' is not an IPv4 address");
	refused("help: {address6: 1.2.3.4}\n" HEAD, "h:1:18: '1.2.3.4' is not an IPv6 address");
	refused("language: de\n" HEAD, "h:1:11: expected one of: en, fr, ar; found 'de'");
	refused(HEAD "clients_file: a.txt\n", "h:4:15: only a household that is a file may name another");
	refused(HEAD "clients: [{address: 1.2.3.4, profile: x}]\n", "h:4:39: there is no profile 'x'");
	refused(HEAD "clients: [{address: 1.2.3.4/33, profile: p}]\n",
		"h:4:21: '1.2.3.4/33': the prefix's length must be 0 to 32");
	refused(HEAD "clients: [{address: 1.2.3.4/, profile: p}]\n",
		"h:4:21: '1.2.3.4/': the prefix's length must be 0 to 32");
	refused(HEAD "clients: [{address: '::/129', profile: p}]\n",
		"h:4:21: '::/129': the prefix's length must be 0 to 128");
	refused(HEAD "clients: [{address: 1.2.3.4/24, profile: p}]\n",
		"h:4:21: '1.2.3.4/24': the address has bits beyond its prefix");
	refused(HEAD "clients: [{address: host, profile: p}]\n",
		"h:4:21: 'host': not an address (as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/48)");
	refused(HEAD "clients: [{address: 1.2.3.4, profile: p}, {address: 1.2.3.4/32, profile: p}]\n",
		"h:4:53: '1.2.3.4/32' stands here twice");
}

struct folder {
	char path[64], household[80], clients[80];
};

static struct folder folder_with(const char *clients)
{
	struct folder f = { "/tmp/hisn-household-XXXXXX" };
	static const char text[] = "default: p\nprofiles: [{name: p}, {name: qq}]\nclients: [{address: 9.9.9.9, profile: p}]\n"
				   "clients_file: c.txt\n";
	assert_non_null(mkdtemp(f.path));
	(void)snprintf(f.household, sizeof f.household, "%s/h.yaml", f.path);
	(void)snprintf(f.clients, sizeof f.clients, "%s/c.txt", f.path);
	assert_int_equal(file_replace(f.household, text, sizeof text - 1, 0600), 0);
	if (clients)
		assert_int_equal(file_replace(f.clients, clients, strlen(clients), 0600), 0);
	return f;
}

static int load_with(const char *clients, struct household **ret, char note_text[512])
{
	struct folder f = folder_with(clients);
	struct err_note note = { "" };
	int err = household_load(f.household, data(), ret, &note);
	const char *at = strstr(note.text, f.path);
	(void)snprintf(note_text, 512, "%s", at ? at + strlen(f.path) + 1 : note.text);
	(void)unlink(f.household);
	(void)unlink(f.clients);
	(void)rmdir(f.path);
	return err;
}

static void clients_file_reads_all(void **state)
{
	struct household *h;
	char note[512];
	int err = load_with("1.2.3.4 p\n\n# comment\n  10.0.0.0/8\t qq  # why\r\n2001:db8::/32 qq\n1.2.3.0/24 qq", &h, note);
	if (err)
		fail_msg("%s", note);
	assert_int_equal(h->nclients, 5);
	assert_int_equal(h->clients[0].prefix, 120);
	assert_int_equal(h->clients[0].profile, 1);
	assert_int_equal(h->clients[1].prefix, 128);
	assert_int_equal(h->clients[1].profile, 0);
	assert_int_equal(h->clients[4].prefix, 32);
	household_free(h);
}

static void clients_file_refusals_name_the_line(void **state)
{
	static const char *const bad[][2] = {
		{ "1.2.3.4 p\n1.2.3.5 x\n", "c.txt:2: 'x': there is no such profile" },
		{ "1.2.3.4 q\n", "c.txt:1: 'q': there is no such profile" },
		{ "1.2.3.4 ppp\n", "c.txt:1: 'ppp': there is no such profile" },
		{ "\n1.2.3.4\n", "c.txt:2: '1.2.3.4': a profile's name is missing after it" },
		{ "1.2.3.4 p q\n", "c.txt:1: 'q': nothing may follow PREFIX PROFILE" },
		{ "1.2.3.456 p\n", "c.txt:1: '1.2.3.456': not an address (as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/48)" },
		{ "01.2.3.4 p\n", "c.txt:1: '01.2.3.4': not an address (as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/48)" },
		{ "1.2.3 p\n", "c.txt:1: '1.2.3': not an address (as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/48)" },
		{ "1.2.3.4/8 p\n", "c.txt:1: '1.2.3.4/8': the address has bits beyond its prefix" },
		{ "5.5.5.5 p\n1.1.1.1 p\n5.5.5.5 qq\n",
			"c.txt:3: this prefix stands there twice, or in the household file too" },
		{ "5.5.5.5 p\n9.9.9.9 p\n", "c.txt:2: this prefix stands there twice, or in the household file too" },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct household *h = NULL;
		char note[512];
		assert_int_equal(load_with(bad[i][0], &h, note), ERR_CONFIG);
		assert_string_equal(note, bad[i][1]);
		assert_null(h);
	}
	struct household *h = NULL;
	char note[512];
	assert_int_equal(load_with(NULL, &h, note), ERR_CONFIG);
	assert_memory_equal(note, "h.yaml:4:15: /", 14);
	assert_non_null(strstr(note, "/c.txt: No such file or directory"));
}

static void missing_files(void **state)
{
	struct household *h = NULL;
	struct err_note note = { "" };
	assert_int_equal(household_load("/nowhere/h.yaml", data(), &h, &note), -ENOENT);
	assert_string_equal(note.text, "/nowhere/h.yaml: No such file or directory");
	note.text[0] = 0;
	assert_int_equal(household_bands("/nowhere", &h, &note), -ENOENT);
	assert_string_equal(note.text, "/nowhere/categories.yaml: No such file or directory");
	assert_null(h);
	household_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bands_as_the_design_says),
		cmocka_unit_test(categories_have_labels_and_kinds),
		cmocka_unit_test(band_and_own_keys_merge),
		cmocka_unit_test(names_and_grants),
		cmocka_unit_test(schedules_and_holidays),
		cmocka_unit_test(clients_in_the_file),
		cmocka_unit_test(example_family),
		cmocka_unit_test(example_family_keeps_its_hours),
		cmocka_unit_test(example_school),
		cmocka_unit_test(example_provider),
		cmocka_unit_test(refuses_structure),
		cmocka_unit_test(refuses_profiles),
		cmocka_unit_test(refuses_categories),
		cmocka_unit_test(refuses_more_categories_than_a_view_holds),
		cmocka_unit_test(refuses_names_and_times),
		cmocka_unit_test(refuses_schedules),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(clients_file_reads_all),
		cmocka_unit_test(clients_file_refusals_name_the_line),
		cmocka_unit_test(missing_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
