/* SPDX-License-Identifier: Apache-2.0 */
#include "worklab.h"

#include "desk/epoch.h"
#include "desk/schema.h"

#include <stdarg.h>

struct fake_keys lab_keys;
static struct desk_data data;
static struct desk_territory places[] = { { .code = "MA-06", .region = "MA-06", .is_region = true },
	{ .code = "MA-CAS", .region = "MA-06" }, { .code = "MA-NOU", .region = "MA-06" },
	{ .code = "MA-09", .region = "MA-09", .is_region = true }, { .code = "MA-AGD", .region = "MA-09" } };
static struct desk_offence offences[] = { { .code = "CSAM", .status = "crime" }, { .code = "GROOMING", .status = "crime" } };
struct desk lab = { .keys = (struct keys *)&lab_keys, .data = &data };
struct arena lab_arena;
const char *lab_where;

static const uint8_t national[KEYS_SESSION] = KEYS_NATIONAL, casablanca[KEYS_SESSION] = "MA-CAS", agadir[KEYS_SESSION] = "MA-AGD",
	nobody[KEYS_SESSION] = "";
struct actor amina = { AMINA, KEYS_ANALYST, KEYS_NATIONAL, national }, brahim = { BRAHIM, KEYS_ANALYST, KEYS_NATIONAL, national },
	salma = { SALMA, KEYS_SUPERVISOR, KEYS_NATIONAL, national }, tarik = { TARIK, KEYS_SUPERVISOR, KEYS_NATIONAL, national },
	omar = { OMAR, KEYS_OFFICER, "MA-CAS", casablanca }, zineb = { ZINEB, KEYS_SUPERVISOR, "MA-CAS", casablanca },
	younes = { YOUNES, KEYS_OFFICER, "MA-AGD", agadir }, auditor = { AUDITOR, KEYS_AUDITOR, "", nobody },
	admin = { ADMIN, KEYS_ADMINISTRATOR, "", nobody };

int lab_begin(void **state)
{
	assert_int_equal(seal_start(), 0);
	data.territory = places;
	data.territory_n = ARRAY_LEN(places);
	data.offence = offences;
	data.offence_n = ARRAY_LEN(offences);
	arena_init(&lab_arena, 0);
	return testdb_begin(state);
}

int lab_end(void **state)
{
	arena_done(&lab_arena);
	return testdb_finish(state);
}

static void staff(const struct actor *who, const char *name)
{
	char sql[300];
	(void)snprintf(sql, sizeof sql, "INSERT INTO staff (member, name, role, unit, language, sign_in, created, mail) VALUES"
		" (%u, '%s', %d, '%s', 'fr', 'm%u', 0, 'm%u@desk.example')", who->member, name, (int)who->role, who->unit,
		who->member, who->member);
	lab_run(sql);
}

int lab_fresh(void **state)
{
	struct err_note note = { "" };
	fake_keys_init(&lab_keys);
	lab_keys.staffed[0] = "MA-CAS";
	lab_keys.staffed[1] = "MA-AGD";
	desk_keys_forget();
	lab_where = testdb_where();
	int err = store_open(lab_where, &lab.store, &note);
	if (!err)
		err = store_migrate(lab.store, desk_schema, desk_schema_n, &note);
	if (err)
		fail_msg("%s", note.text);
	staff(&amina, "Amina El Fassi");
	staff(&brahim, "Brahim Oukacha");
	staff(&salma, "Salma Bennani");
	staff(&tarik, "Tarik Zemmouri");
	staff(&omar, "Omar Chraibi");
	staff(&zineb, "Zineb Lahlou");
	staff(&younes, "Younes Idrissi");
	staff(&auditor, "Karima Auditor");
	staff(&admin, "Hind Administrator");
	return 0;
}

int lab_gone(void **state)
{
	store_close(lab.store);
	return 0;
}

int64_t lab_number(const char *sql)
{
	return testdb_int(lab.store, sql);
}

void lab_run(const char *sql)
{
	if (testdb_run(lab.store, sql))
		fail_msg("%s: %s", sql, store_note(lab.store));
}

int64_t lab_of(const char *sql, const uint8_t *id)
{
	struct store_tx *t;
	struct store_rows *rows;
	assert_int_equal(store_begin(lab.store, STORE_READ, &t), 0);
	assert_int_equal(STORE_QUERY(t, &rows, sql, S_BLOB(id, SEAL_ID)), 0);
	assert_int_equal(store_next(rows), 1);
	int64_t n = store_int(rows, 0);
	store_end(rows);
	store_rollback(t);
	return n;
}

void lab_submit(struct lab_report *r, enum report_kind kind, ...)
{
	va_list more;
	memset(r, 0, sizeof *r);
	r->report.kind = kind;
	seal_words_random(r->words);
	randombytes_buf(r->once, sizeof r->once);
	va_start(more, kind);
	for (const char *name; (name = va_arg(more, const char *));)
		assert_int_equal(report_set(&lab_arena, &r->report, name, va_arg(more, const char *)), 0);
	va_end(more);
	const struct submission s = { .report = &r->report, .words = r->words, .once = r->once, .language = "fr" };
	assert_int_equal(desk_submit(&lab, &s, r->id), 0);
}

void lab_answer(struct lab_report *r, const char *text)
{
	r->once[15]++;
	assert_int_equal(desk_answer(&lab, r->words, text, false, r->once), 0);
}

void lab_case(const struct actor *who, const uint8_t *id, struct work_case *ret)
{
	assert_int_equal(work_case(&lab, &lab_arena, who, id, ret), 0);
}

static uint64_t version_of(const struct actor *who, const uint8_t *id, const struct act *act)
{
	struct work_case c;
	if (work_case(&lab, &lab_arena, who, id, &c))
		return 0;
	for (size_t i = 0; act->about && i < c.referral_n; i++)
		if (!memcmp(c.referral[i].id, act->about, SEAL_ID))
			return c.referral[i].version;
	for (size_t i = 0; act->about && i < c.notice_n; i++)
		if (!memcmp(c.notice[i].id, act->about, SEAL_ID))
			return c.notice[i].version;
	return c.row.version;
}

int lab_act(const struct actor *who, const uint8_t *id, struct act *act)
{
	act->version = version_of(who, id, act);
	return work_act(&lab, who, id, act);
}

enum case_refusal lab_why(const struct actor *who, const uint8_t *id, struct act act)
{
	int err = lab_act(who, id, &act);
	if (err != ERR_REFUSED)
		fail_msg("not refused: %d", err);
	return act.why;
}

void lab_confirmed(const uint8_t *id)
{
	DONE(amina, id, .action = CA_TAKE);
	DONE(amina, id, .action = CA_ASSESS);
	DONE(amina, id, .action = CA_CONFIRM, .classification = CASE_NATIONAL, .offence = "CSAM", .text = "seen on the page");
}

const char *lab_open(const struct actor *who, const uint8_t *id, uint32_t seq, int *ret_err)
{
	struct reading_message m;
	*ret_err = work_open(&lab, &lab_arena, who, id, seq, &m);
	return *ret_err ? NULL : arena_text(&lab_arena, (const char *)m.plain.p, m.plain.n);
}

uint32_t lab_last(const uint8_t *id)
{
	return (uint32_t)lab_of("SELECT max(seq) FROM message WHERE report = $1", id);
}
