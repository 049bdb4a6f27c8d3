/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/file.h"
#include "base/tz.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static char golden[PATH_MAX];

static struct tz *fixture(const char *name)
{
	struct tz *z;
	struct err_note note = { "" };
	if (tz_open(golden, name, &z, &note))
		fail_msg("%s", note.text);
	return z;
}

/* A version-2 file with these transitions (time, offset, ...) and footer. */
struct made {
	uint8_t p[4096];
	size_t n;
};

static void put(struct made *m, const void *p, size_t n)
{
	memcpy(m->p + m->n, p, n);
	m->n += n;
}

static void put32(struct made *m, uint32_t v)
{
	uint8_t b[4];
	be32_put(b, v);
	put(m, b, 4);
}

static void put_header(struct made *m, char version, uint32_t times, uint32_t types)
{
	put(m, "TZif", 4);
	put(m, &version, 1);
	put(m, (uint8_t[15]){ 0 }, 15);
	uint32_t counts[] = { 0, 0, 0, times, types, 4 };
	for (int i = 0; i < 6; i++)
		put32(m, counts[i]);
}

static struct made made(char version, const int64_t (*change)[2], uint32_t n, int32_t first,
	const char *footer)
{
	struct made m = { .n = 0 };
	put_header(&m, version, 0, 1);
	put(&m, (uint8_t[6]){ 0 }, 6);
	put(&m, "AAA", 4);
	put_header(&m, version, n, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		put32(&m, (uint32_t)((uint64_t)change[i][0] >> 32));
		put32(&m, (uint32_t)change[i][0]);
	}
	for (uint32_t i = 0; i < n; i++)
		put(&m, &(uint8_t){ (uint8_t)(i + 1) }, 1);
	for (uint32_t i = 0; i <= n; i++) {
		put32(&m, (uint32_t)(i ? (int32_t)change[i - 1][1] : first));
		put(&m, (uint8_t[2]){ 0 }, 2);
	}
	put(&m, "AAA", 4);
	put(&m, "\n", 1);
	put(&m, footer, strlen(footer));
	put(&m, "\n", 1);
	return m;
}

static int parse_footer(const char *footer, struct tz **ret)
{
	struct made m = made('3', NULL, 0, 0, footer);
	return tz_parse(m.p, m.n, ret);
}

static void golden_offsets_and_local_times(void **state)
{
	char path[PATH_MAX + 20], zone[64], what[16], open[64] = "";
	struct tz *z = NULL;
	long long in, want;
	unsigned rows = 0;
	(void)snprintf(path, sizeof path, "%s/../tz.tsv", golden);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while (fscanf(f, "%63s %15s %lld %lld", zone, what, &in, &want) == 4) {
		if (strcmp(zone, open) != 0) {
			tz_free(z);
			z = fixture(zone);
			memcpy(open, zone, sizeof open);
		}
		long long got = what[0] == 'o' ? tz_offset(z, in) : tz_to_utc(z, in);
		if (got != want)
			fail_msg("%s %s %lld: %lld, not %lld", zone, what, in, got, want);
		rows++;
	}
	(void)fclose(f);
	tz_free(z);
	assert_true(rows > 1500);
}

static void next_change_agrees_with_offsets(void **state)
{
	static const char *const zones[] = { "Africa/Casablanca", "America/Nuuk", "Asia/Gaza",
		"Australia/Lord_Howe", "Europe/Dublin" };
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct tz *z = fixture(zones[i]);
		int64_t t = -3000000000, step = 900, next = tz_next_change(z, t - 1);
		for (; t < 7000000000; t += step * 7) {
			while (next <= t) {
				assert_int_not_equal(tz_offset(z, next - 1), tz_offset(z, next));
				int64_t later = tz_next_change(z, next);
				assert_true(later > next);
				assert_int_equal(tz_next_change(z, later - 1), later);
				next = later;
			}
			assert_int_equal(tz_next_change(z, t), next);
			int32_t from = tz_offset(z, t), to = tz_offset(z, t + step * 7);
			if (from != to)
				assert_true(next <= t + step * 7);
		}
		tz_free(z);
	}
}

static void casablanca_in_ramadan(void **state)
{
	struct tz *z = fixture("Africa/Casablanca");
	int64_t start = 1771120800, end = 1774144800; /* 2026-02-15T02:00Z, 2026-03-22T02:00Z */
	assert_int_equal(tz_offset(z, start - 1), 3600);
	assert_int_equal(tz_offset(z, start), 0);
	assert_int_equal(tz_offset(z, end - 1), 0);
	assert_int_equal(tz_offset(z, end), 3600);
	assert_int_equal(tz_next_change(z, start), end);
	/* 02:30 comes twice as Ramadan starts, and is skipped as it ends. */
	assert_int_equal(tz_to_utc(z, start + 1800), start - 1800);
	assert_int_equal(tz_to_utc(z, end + 1800), end);
	tz_free(z);
}

static void apia_skipped_a_day(void **state)
{
	struct tz *z = fixture("Pacific/Apia");
	struct civil noon = { 2011, 12, 30, 12, 0, 0 };
	int64_t jump = 1325239200; /* 2011-12-30T10:00Z: midnight of the 30th became the 31st */
	assert_int_equal(tz_to_utc(z, civil_to_seconds(noon)), jump);
	assert_int_equal(tz_next_change(z, jump - 1), jump);
	tz_free(z);
}

/* The definition in tz.h, tried second by second around changes. */
static void to_utc_is_the_first_instant(void **state)
{
	static const char *const zones[] = { "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Gaza" };
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct tz *z = fixture(zones[i]);
		int64_t change = tz_next_change(z, 4102444800);
		for (int k = 0; k < 2; k++, change = tz_next_change(z, change)) {
			int64_t utc = change - 15000;
			for (int64_t l = change - 15000 + tz_offset(z, change - 1) + 7300; l < change + tz_offset(z, change) + 7300; l += 7) {
				while (utc + tz_offset(z, utc) < l)
					utc++;
				assert_int_equal(tz_to_utc(z, l), utc);
			}
		}
		tz_free(z);
	}
}

/* glibc as the oracle for POSIX rules: all three kinds of day, odd hours, both hemispheres. */
static void rules_agree_with_glibc(void **state)
{
	static const char *const rules[] = { "AAA-1BBB,M3.5.0,M10.5.0/3", "AAA5BBB,J60/0,J300/2:30",
		"<+01>-1<-02>2:30:15,59/1,299", "AAA-10BBB,M10.1.0,M4.1.0/3", "IST-1GMT0,M10.5.0,M3.5.0/1",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "EET-2EEST,M3.4.4/50,M10.4.4/50", "AAA0BBB,J59,J61/-100",
		"AAA3BBB,58/167,M11.4.6/-167", "AAA12", "<-0330>3:30" };
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct tz *z;
		assert_int_equal(parse_footer(rules[i], &z), 0);
		setenv("TZ", rules[i], 1);
		tzset();
		for (int64_t t = 63072000; t < 12000000000; t += 86399 * 3 + 1) {
			time_t at = t;
			struct tm tm;
			localtime_r(&at, &tm);
			if (tm.tm_gmtoff != tz_offset(z, t))
				fail_msg("%s at %lld: %d, not %ld", rules[i], (long long)t, tz_offset(z, t),
					tm.tm_gmtoff);
		}
		tz_free(z);
	}
}

static unsigned compared;

static int compare_zone(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *top = "/usr/share/zoneinfo/", *name = path + strlen(top);
	if (type == FTW_D && (strncmp(name, "right", 5) == 0 || strncmp(name, "posix", 5) == 0))
		return FTW_SKIP_SUBTREE;
	struct tz *z;
	if (type != FTW_F || strchr(name, '.') || tz_open(NULL, name, &z, NULL))
		return FTW_CONTINUE;
	setenv("TZ", name, 1);
	tzset();
	uint64_t x = 1;
	for (int i = 0; i < 400; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		int64_t t = (int64_t)(x >> 31) % 20000000000 - 1500000000;
		struct tm tm;
		localtime_r(&(time_t){ t }, &tm);
		if (tm.tm_gmtoff != tz_offset(z, t))
			fail_msg("%s at %lld: %d, not %ld", name, (long long)t, tz_offset(z, t), tm.tm_gmtoff);
	}
	tz_free(z);
	compared++;
	return FTW_CONTINUE;
}

static void every_zone_agrees_with_glibc(void **state)
{
	if (access("/usr/share/zoneinfo/Africa/Casablanca", R_OK))
		skip();
	assert_int_equal(nftw("/usr/share/zoneinfo", compare_zone, 8, FTW_PHYS | FTW_ACTIONRETVAL), 0);
	assert_true(compared > 300);
}

static void dst_all_year(void **state)
{
	struct tz *z;
	/* RFC 8536 section 3.3.1: "XXX3EDT4,0/0,J365/23" */
	assert_int_equal(parse_footer("XXX3EDT4,0/0,J365/23", &z), 0);
	for (int64_t t = -9000000000; t < 30000000000; t += 86400 * 13 + 5)
		assert_int_equal(tz_offset(z, t), -4 * 3600);
	assert_int_equal(tz_next_change(z, 0), INT64_MAX);
	tz_free(z);
	struct made m = made('3', (int64_t[][2]){ { 1000000000, -14400 } }, 1, -10800, "XXX3EDT4,0/0,J365/23");
	assert_int_equal(tz_parse(m.p, m.n, &z), 0);
	assert_int_equal(tz_offset(z, 999999999), -10800);
	assert_int_equal(tz_offset(z, 1000000000), -14400);
	assert_int_equal(tz_next_change(z, 1000000000), INT64_MAX);
	tz_free(z);
}

static void far_away_is_total(void **state)
{
	struct tz *z = fixture("Europe/Paris");
	static const int64_t t[] = { INT64_MIN, INT64_MIN + 1, -(1ll << 60), 1ll << 60, INT64_MAX - 1, INT64_MAX };
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		int32_t o = tz_offset(z, t[i]);
		assert_true(o >= 0 && o <= 7200);
		assert_true(tz_next_change(z, t[i]) > t[i] || tz_next_change(z, t[i]) == INT64_MAX);
		(void)tz_to_utc(z, t[i]);
	}
	/* 400 years later, the same day. */
	int64_t cycle = 146097ll * 86400, change = tz_next_change(z, 1764000000);
	assert_int_equal(tz_next_change(z, 1764000000 + 1000 * cycle), change + 1000 * cycle);
	tz_free(z);
	assert_int_equal(parse_footer("CET-1CEST,M3.5.0,M10.5.0/3", &z), 0);
	assert_int_equal(tz_next_change(z, 1764000000 - 20 * cycle), change - 20 * cycle);
	assert_int_equal(tz_offset(z, change - 20 * cycle), 7200);
	tz_free(z);
}

static void bad_footers(void **state)
{
	static const char *const bad[] = { "A", "AA1", "AAA", "AAA25", "AAA-25", "AAA1BBB", "AAA1BBB,", "<AA1",
		"<AA>1", "AAA1BBB,M1.1.1", "AAA1BBB,M1.1.1,", "AAA1BBB,M13.1.1,M1.1.1", "AAA1BBB,M0.1.1,M1.1.1",
		"AAA1BBB,M1.6.1,M1.1.1", "AAA1BBB,M1.0.1,M1.1.1", "AAA1BBB,M1.1.7,M1.1.1", "AAA1BBB,J0,J1",
		"AAA1BBB,J366,J1", "AAA1BBB,366,1", "AAA1BBB,1,2,", "AAA1BBB,1/168,2", "AAA1BBB,1/-168,2",
		"AAA1BBB,1/1:60,2", "AAA1:60", "AAA1:1:60", "AAA1BBB,1/,2", "AAA1BBB2x,1,2", "AAA1 ",
		"AAA0001", "AAA99999999999999999999" };
	struct tz *z = NULL;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (parse_footer(bad[i], &z) != ERR_FORMAT)
			fail_msg("taken: %s", bad[i]);
	char longest[300] = "AAA1BBB,1/";
	memset(longest + strlen(longest), '0', 280);
	assert_int_equal(parse_footer(longest, &z), ERR_LIMIT);
	assert_null(z);
}

static void bad_files(void **state)
{
	static const int64_t two[][2] = { { 100, 3600 }, { 200, 0 } };
	struct made m = made('2', two, 2, 0, "AAA0");
	struct tz *z = NULL;
	assert_int_equal(tz_parse(m.p, m.n, &z), 0);
	assert_int_equal(tz_offset(z, 99), 0);
	assert_int_equal(tz_offset(z, 100), 3600);
	assert_int_equal(tz_offset(z, 200), 0);
	tz_free(z);
	z = NULL;
	for (size_t n = 0; n < m.n; n++)
		assert_int_equal(tz_parse(m.p, n, &z), ERR_TRUNCATED);
	struct made bad = m;
	bad.p[0] = 'X';
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	bad = made('2', (int64_t[][2]){ { 200, 3600 }, { 200, 0 } }, 2, 0, "AAA0");
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	bad = made('2', (int64_t[][2]){ { 100, 26 * 3600 } }, 1, 0, "AAA0");
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	bad = made('2', (int64_t[][2]){ { 100, INT32_MIN } }, 1, 0, "AAA0");
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	bad = made('2', (int64_t[][2]){ { 1ll << 41, 0 } }, 1, 0, "AAA0");
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	size_t second = 44 + 10;
	bad = m;
	be32_put(bad.p + second + 32, 0x10000000);
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_LIMIT);
	bad = m;
	bad.p[second + 44 + 16] = 9; /* a type that is not there */
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	bad = m;
	be32_put(bad.p + second + 36, 0);
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	bad = m;
	be32_put(bad.p + second + 20, 1); /* neither none nor one a type */
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	bad = m;
	be32_put(bad.p + second + 28, 1); /* leap seconds */
	assert_int_equal(tz_parse(bad.p, bad.n, &z), ERR_FORMAT);
	assert_null(z);
}

static void version_1_has_32_bits_and_no_footer(void **state)
{
	struct made m = { .n = 0 };
	put_header(&m, 0, 1, 2);
	put32(&m, (uint32_t)-1000);
	put(&m, &(uint8_t){ 1 }, 1);
	put32(&m, 60);
	put(&m, (uint8_t[2]){ 0 }, 2);
	put32(&m, (uint32_t)-3600);
	put(&m, (uint8_t[2]){ 0 }, 2);
	put(&m, "AAA", 4);
	struct tz *z;
	assert_int_equal(tz_parse(m.p, m.n, &z), 0);
	assert_int_equal(tz_offset(z, -1001), 60);
	assert_int_equal(tz_offset(z, -1000), -3600);
	assert_int_equal(tz_next_change(z, -1001), -1000);
	assert_int_equal(tz_next_change(z, -1000), INT64_MAX);
	tz_free(z);
}

static void names_are_checked(void **state)
{
	static const char *const bad[] = { "", "/etc/passwd", "../../etc/passwd", "Africa/..", "a b", "Nowhere/Land",
		"Africa", "UTC/x" };
	struct tz *z = NULL;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err_note note = { "" };
		assert_int_equal(tz_open(golden, bad[i], &z, &note), ERR_TIME);
		assert_non_null(strstr(note.text, "time zone"));
	}
	assert_null(z);
	tz_free(NULL);
}

int main(void)
{
	(void)snprintf(golden, sizeof golden, "%s/tests/golden/zoneinfo", getenv("HISN_SOURCE"));
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_offsets_and_local_times),
		cmocka_unit_test(next_change_agrees_with_offsets),
		cmocka_unit_test(casablanca_in_ramadan),
		cmocka_unit_test(apia_skipped_a_day),
		cmocka_unit_test(to_utc_is_the_first_instant),
		cmocka_unit_test(rules_agree_with_glibc),
		cmocka_unit_test(every_zone_agrees_with_glibc),
		cmocka_unit_test(dst_all_year),
		cmocka_unit_test(far_away_is_total),
		cmocka_unit_test(bad_footers),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(version_1_has_32_bits_and_no_footer),
		cmocka_unit_test(names_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
