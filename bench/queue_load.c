/* SPDX-License-Identifier: Apache-2.0 */
/* The queue at many reports: queue-load WHERE REPORTS PART_OPEN. WHERE is a SQLite file or PostgreSQL
 * database without reports; it is filled with made-up rows, PART_OPEN (per cent) of the reports still open, and every way of
 * asking is timed. A line each: "name: p50 N p95 N ms, CPU N, R rows" (the CPU is this process's: all there is with
 * SQLite). Keys are the tests' (no key process): what is
 * measured is the database and what is around it. */
#include "base/clock.h"
#include "desk/schema.h"
#include "desk/work/work.h"
#include "fake_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 41, WEEKS = 200, PAGES = 40 };

static struct fake_keys keys;
static struct desk_data data;
static struct desk desk = { .keys = (struct keys *)&keys, .data = &data };
static struct arena arena;
static int64_t reports, open_part;

static void stop(const char *what, int err)
{
	fprintf(stderr, "queue-load: %s: %s (%s)\n", what, err_text(err), store_note(desk.store));
	exit(1);
}

static void run(const char *sql)
{
	struct store_tx *t;
	int err = store_begin(desk.store, STORE_WRITE, &t);
	if (!err && (err = store_run(t, sql, NULL, 0, NULL)))
		stop(sql, err);
	if (!err)
		err = store_commit(t);
	if (err)
		stop(sql, err);
}

/* --- filling --- */

/* Numbers that look random and are the same in both: i * a prime, modulo. {R}: 16 random bytes. */
static void fill(const char *sql)
{
	const char *random = store_is_postgres(desk.store) ? "decode(md5(CAST(random() AS text) || i), 'hex')" : "randomblob(16)";
	char *text = arena_alloc(&arena, strlen(sql) + 1000), *to = text;
	for (; *sql; sql++)
		if (!strncmp(sql, "{R}", 3)) {
			to = stpcpy(to, random);
			sql += 2;
		} else {
			*to++ = *sql;
		}
	*to = 0;
	run(text);
}

/* PostgreSQL ends a statement after 30 s: a tenth at a time. */
enum { PARTS = 10 };
static const char *numbers(int part)
{
	int64_t from = reports * part / PARTS + 1, to = reports * (part + 1) / PARTS;
	return arena_printf(&arena, "WITH RECURSIVE s(i) AS (SELECT CAST(%lld AS BIGINT) UNION ALL SELECT i + 1 FROM s WHERE i < %lld) ",
		(long long)from, (long long)to);
}

/* sql ends with a condition on `received`. */
static void fill_parts(const char *sql)
{
	for (int part = 0; part < PARTS; part++)
		fill(arena_printf(&arena, "%s AND received / 3600 %% %d = %d", sql, PARTS, part));
}

static void fill_reports(int part, int64_t now)
{
	fill(arena_printf(&arena,
		"%sINSERT INTO report (id, state, unit, priority, kind, region, class, due, received, opened, status, restricted, work, since, assigned)"
		" SELECT {R}, CASE WHEN i * 7919 %% 100 < %lld THEN CASE i %% 5 WHEN 0 THEN 'received' WHEN 1 THEN 'triage' WHEN 2 THEN 'assessing'"
		" WHEN 3 THEN 'confirmed' ELSE 'unconfirmed' END ELSE CASE i %% 3 WHEN 0 THEN 'closed' WHEN 1 THEN 'out_of_remit' ELSE 'duplicate' END END,"
		" 'national', CASE WHEN i %% 1000 = 0 THEN 0 WHEN i %% 20 = 0 THEN 1 ELSE 2 + i %% 2 END,"
		" CASE i %% 4 WHEN 0 THEN 'address' WHEN 1 THEN 'solicitation' WHEN 2 THEN 'travel' ELSE 'other' END,"
		" CASE i %% 13 WHEN 12 THEN NULL WHEN 11 THEN 'MA-12' WHEN 10 THEN 'MA-11' WHEN 9 THEN 'MA-10' ELSE 'MA-0' || (1 + i %% 13) END,"
		" i %% 5, CASE WHEN i * 7919 %% 100 < %lld THEN %lld + 3600 * (i * 104729 %% 400 - 150) ELSE 253402300800 END,"
		" %lld - 3600 * (i * 104729 %% 17520), CASE WHEN i %% 5 = 0 AND i * 7919 %% 100 < %lld THEN NULL ELSE %lld END, 1,"
		" CASE WHEN i %% 500 = 0 THEN 1 ELSE 0 END, CASE WHEN i * 7919 %% 100 < %lld THEN 1 ELSE 0 END, %lld - 3600 * (i * 104729 %% 720),"
		" CASE WHEN i %% 3 = 0 THEN NULL ELSE 1 + i %% 20 END FROM s", numbers(part), (long long)open_part, (long long)open_part,
		(long long)now, (long long)now, (long long)open_part, (long long)now, (long long)open_part, (long long)now));
}

/* Three values a report: an address of its own, one of 20,000 hosts, and one large platform for three in ten. */
static void fill_index(void)
{
	static const char *const values[] = {
		"SELECT id, 7 + received / 604800 % 200, 1, {R} FROM report, (SELECT 1 AS i) one WHERE 1 = 1",
		"SELECT id, 7 + received / 604800 % 200, 2, {R} FROM report, (SELECT 1 AS i) one WHERE received / 3600 % 10 > 2",
		"SELECT id, 7 + received / 604800 % 200, 3, {R} FROM report, (SELECT 1 AS i) one WHERE kind = 'solicitation'",
	};
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		fill_parts(arena_printf(&arena, "INSERT INTO blind (report, epoch, kind, value) %s", values[i]));
}

/* What is really looked for: one address twice, a host that is everywhere, as the key process says it in each week. */
static void fill_known(void)
{
	struct store_tx *t;
	uint8_t value[SEAL_BLIND];
	int err = store_begin(desk.store, STORE_WRITE, &t);
	for (size_t i = 0; !err && i < keys.epoch_n; i++) {
		err = keys_blind(desk.keys, fake_session(KEYS_NATIONAL), keys.epoch[i].id, SEAL_BLIND_HOST, bytes_str("large.example"), value);
		if (!err)
			err = STORE_RUN(t, "INSERT INTO blind (report, epoch, kind, value) SELECT id, CAST($1 AS BIGINT), 2, $2 FROM report"
				" WHERE received / 3600 % 10 <= 2 AND 7 + received / 604800 % 200 = $1",
				S_INT((int64_t)keys.epoch[i].id), S_BLOB(value, SEAL_BLIND));
	}
	for (size_t i = 0; !err && i < 2; i++) {
		err = keys_blind(desk.keys, fake_session(KEYS_NATIONAL), keys.epoch[i * 90].id, SEAL_BLIND_ADDRESS, bytes_str("https://rare.example/x"), value);
		if (!err)
			err = STORE_RUN(t, "INSERT INTO blind (report, epoch, kind, value) SELECT id, CAST($1 AS BIGINT), 1, $2 FROM report"
				" WHERE restricted = 0 ORDER BY id LIMIT 1", S_INT((int64_t)keys.epoch[i * 90].id), S_BLOB(value, SEAL_BLIND));
	}
	if (!err)
		err = store_commit(t);
	if (err)
		stop("index", err);
}

static void fill_rest(int64_t now)
{
	fill_parts("INSERT INTO message (report, seq, type, number, blob, at) SELECT id, 0, 1, 0, {R}, received FROM report, (SELECT 1 AS i) one WHERE 1 = 1");
	fill_parts("INSERT INTO wrap (report, number, epoch, sealed) SELECT id, 0, 7, {R} FROM report, (SELECT 1 AS i) one WHERE 1 = 1");
	fill(arena_printf(&arena, "INSERT INTO referral (id, report, unit, state, version, epoch, text, proposed_by, created, referred, since, due, shown)"
		" SELECT {R}, id, CASE received / 3600 / 20 %% 20 WHEN 0 THEN 'MA-CAS' ELSE 'MA-' || (received / 3600 / 20 %% 20) END,"
		" CASE received / 3600 / 400 %% 5 WHEN 0 THEN 'referred' WHEN 1 THEN 'accepted' WHEN 2 THEN 'rejected' ELSE 'done' END, 0, 8, 1, 1, %lld, %lld, %lld, %lld, CASE received / 3600 / 400 %% 5 WHEN 2 THEN 0 ELSE 1 END"
		" FROM report, (SELECT 1 AS i) one WHERE received / 3600 %% 20 = 0", (long long)now, (long long)now, (long long)now, (long long)now));
	fill(arena_printf(&arena, "INSERT INTO notice (id, report, state, version, kind, channel, template, text, drafted_by, since, due)"
		" SELECT {R}, id, 'monitoring', 0, 'hosting', 'mail', 'hosting-fr-1', 1, 1, %lld, %lld + 3600 * (received / 3600 %% 100 - 50)"
		" FROM report, (SELECT 1 AS i) one WHERE received / 3600 %% 160 = 1", (long long)now, (long long)now));
	fill(arena_printf(&arena, "INSERT INTO task (id, report, kind, member, unit, text, asked_by, due)"
		" SELECT {R}, id, 'task', 1 + received / 3600 %% 20, 'national', 1, 1, %lld FROM report, (SELECT 1 AS i) one WHERE received / 3600 %% 100 = 2",
		(long long)now));
	fill("INSERT INTO excluded (report, member, why) SELECT id, 1, 'reporter' FROM report WHERE received / 3600 % 200 = 3");
	fill(arena_printf(&arena, "INSERT INTO access (report, unit, member, epoch, until, granted_by) SELECT id, 'national', 1, 0, %lld, 2 FROM report"
		" WHERE restricted = 1 AND received / 3600 %% 4 = 0", (long long)now + 86400));
	for (int i = 1; i <= 20; i++)
		run(arena_printf(&arena, "INSERT INTO staff (member, name, role, unit, language, sign_in, created) VALUES (%d, 'Member %d', %d, 'national', 'fr', 'm%d', 0)"
			" ON CONFLICT (member) DO NOTHING",
			i, i, i < 16 ? 1 : 2, i));
}

/* A database of an earlier run is used again; only what this run's keys make is new. */
static bool filled(void)
{
	struct store_tx *t;
	struct store_rows *rows = NULL;
	int err = store_begin(desk.store, STORE_READ, &t);
	if (!err)
		err = store_query(t, "SELECT 1 FROM report LIMIT 1", NULL, 0, &rows);
	if (!err)
		err = store_next(rows);
	if (err < 0)
		stop("report", err);
	store_end(rows);
	store_rollback(t);
	return err == 1;
}

/* --- timing --- */

static int64_t cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

typedef size_t asking(const struct actor *who, const void *arg);

static void timed(const char *name, const struct actor *who, asking *ask, const void *arg)
{
	int64_t took[RUNS], cpu[RUNS];
	size_t n = 0;
	for (int i = -2; i < RUNS; i++) { /* two to warm */
		int64_t began = clock_mono_ns(), used = cpu_ns();
		n = ask(who, arg);
		if (i >= 0) {
			took[i] = clock_mono_ns() - began;
			cpu[i] = cpu_ns() - used;
		}
		arena_done(&arena);
		arena_init(&arena, 0);
	}
	qsort(took, RUNS, sizeof *took, by_time);
	qsort(cpu, RUNS, sizeof *cpu, by_time);
	printf("%s: p50 %.1f p95 %.1f ms, CPU %.1f, %zu rows\n", name, (double)took[RUNS / 2] / 1e6, (double)took[RUNS * 95 / 100] / 1e6,
		(double)cpu[RUNS / 2] / 1e6, n);
	fflush(stdout);
}

static size_t nothing(const struct actor *who, const void *arg)
{
	struct store_tx *t;
	struct store_rows *rows = NULL;
	int err = store_begin(desk.store, STORE_READ, &t);
	if (!err)
		err = store_query(t, "SELECT value FROM setting WHERE name = 'x'", NULL, 0, &rows);
	if (!err)
		err = store_next(rows);
	if (err < 0)
		stop("floor", err);
	store_end(rows);
	store_rollback(t);
	return 0;
}

static size_t list(const struct actor *who, const void *arg)
{
	struct work_row *row;
	size_t n;
	const char *after;
	int err = work_list(&desk, &arena, who, arg, &row, &n, &after);
	if (err)
		stop("list", err);
	return n;
}

static size_t walk(const struct actor *who, const void *arg)
{
	struct work_row *row;
	struct work_filter f = *(const struct work_filter *)arg;
	size_t n, all = 0;
	for (int i = 0; i < PAGES; i++) {
		int err = work_list(&desk, &arena, who, &f, &row, &n, &f.after);
		if (err)
			stop("walk", err);
		all += n;
		if (!f.after)
			break;
	}
	return all;
}

static size_t count(const struct actor *who, const void *arg)
{
	struct work_counts c;
	int err = work_count(&desk, who, &c);
	if (err)
		stop("count", err);
	return (size_t)(c.open + c.nobody);
}

static size_t search(const struct actor *who, const void *arg)
{
	struct work_row *row;
	size_t n;
	int err = work_search(&desk, &arena, who, arg, &row, &n);
	if (err)
		stop("search", err);
	return n;
}

static const struct { const char *name; struct work_filter f; } lists[] = {
	{ "open", { -1, -1, -1, NULL, WORK_OPEN, NULL } },
	{ "all", { -1, -1, -1, NULL, WORK_ALL, NULL } },
	{ "mine", { -1, -1, -1, NULL, WORK_MINE, NULL } },
	{ "unassigned", { -1, -1, -1, NULL, WORK_UNASSIGNED, NULL } },
	{ "late", { -1, -1, -1, NULL, WORK_LATE, NULL } },
	{ "open, P3", { -1, 3, -1, NULL, WORK_OPEN, NULL } },
	{ "open, confirmed", { CR_CONFIRMED, -1, -1, NULL, WORK_OPEN, NULL } },
	{ "open, travel", { -1, -1, REPORT_TRAVEL, NULL, WORK_OPEN, NULL } },
	{ "open, one region", { -1, -1, -1, "MA-05", WORK_OPEN, NULL } },
	{ "open, no region", { -1, -1, -1, "", WORK_OPEN, NULL } },
	{ "open, nothing fits", { CR_NEED_INFO, -1, REPORT_TRAVEL, "MA-05", WORK_OPEN, NULL } },
	{ "all, P1 in a region", { -1, 1, REPORT_ADDRESS, "MA-12", WORK_ALL, NULL } },
	{ "all, closed", { CR_CLOSED, -1, -1, NULL, WORK_ALL, NULL } },
	{ "all, nothing fits", { CR_SPAM, -1, REPORT_TRAVEL, "MA-05", WORK_ALL, NULL } },
};

static void ask_all(const char *role, const struct actor *who)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char name[80];
		(void)snprintf(name, sizeof name, "%s, %s", role, lists[i].name);
		timed(name, who, list, &lists[i].f);
	}
	char name[80];
	(void)snprintf(name, sizeof name, "%s, counts", role);
	timed(name, who, count, NULL);
}

int main(int argc, char **argv)
{
	struct err_note note = { "" };
	if (argc != 4 || seal_start())
		return fprintf(stderr, "queue-load WHERE REPORTS PART_OPEN\n"), 2;
	reports = atoll(argv[2]);
	open_part = atoll(argv[3]);
	arena_init(&arena, 0);
	fake_keys_init(&keys);
	for (int i = 2; i < WEEKS; i++) { /* as many epochs as four years of confirmed reports */
		struct keys_epoch e;
		fake_keys_next_week(&keys);
		if (keys_epoch(desk.keys, KEYS_NATIONAL, KEYS_TRIAGE, 0, &e))
			return 1;
	}
	int err = store_open(argv[1], &desk.store, &note);
	if (!err)
		err = store_migrate(desk.store, desk_schema, desk_schema_n, &note);
	if (err)
		return fprintf(stderr, "queue-load: %s\n", note.text), 1;
	int64_t now = clock_unix() / 3600 * 3600, began = clock_mono_ms();
	if (!filled()) {
		for (int part = 0; part < PARTS; part++)
			fill_reports(part, now);
		fill_index();
		fill_rest(now);
	}
	fill_known();
	if (store_is_postgres(desk.store))
		run("ANALYZE");
	printf("filled: %lld reports in %.1f s\n", (long long)reports, (double)(clock_mono_ms() - began) / 1e3);
	const uint8_t *session = fake_session(KEYS_NATIONAL);
	const struct actor analyst = { 1, KEYS_ANALYST, KEYS_NATIONAL, session }, supervisor = { 17, KEYS_SUPERVISOR, KEYS_NATIONAL, session },
			   officer = { 40, KEYS_OFFICER, "MA-CAS", fake_session("MA-CAS") }, admin = { 50, KEYS_ADMINISTRATOR, "", session };
	timed("floor: one row by its key", &analyst, nothing, NULL);
	ask_all("analyst", &analyst);
	ask_all("unit", &officer);
	timed("supervisor, open", &supervisor, list, &lists[0].f);
	timed("supervisor, counts", &supervisor, count, NULL);
	timed("administrator, counts", &admin, count, NULL);
	timed("analyst, 40 pages on end", &analyst, walk, &lists[0].f);
	timed("search, number", &analyst, search, "00a1b2");
	timed("search, address", &analyst, search, "https://rare.example/x");
	timed("search, account", &analyst, search, "instagram some.name");
	timed("search, a host of a third of all", &analyst, search, "large.example");
	store_close(desk.store);
	arena_done(&arena);
	return 0;
}
