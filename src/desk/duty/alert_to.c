/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/duty/alert_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>

enum { KEEP = 180 * 86400 };

/* Named in it, or stepped aside: for them it is as if it were not there. */
static int excluded(struct store_tx *t, const uint8_t *report, uint32_t member, bool *ret)
{
	struct store_rows *r;
	int err = STORE_QUERY(t, &r, "SELECT 1 FROM excluded WHERE report = $1 AND member = $2", S_BLOB(report, SEAL_ID), S_INT(member));
	if (err)
		return err;
	err = store_next(r);
	*ret = err == 1;
	store_end(r);
	return err < 0 ? err : 0;
}

static struct alert_to *place_for(struct alert_list *l, uint32_t member, enum post_kind kind)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->to[i].member == member && l->to[i].kind == kind)
			return &l->to[i];
	if (l->n == ALERT_PEOPLE)
		return NULL;
	struct alert_to *to = &l->to[l->n++];
	*to = (struct alert_to){ .member = member, .kind = kind };
	return to;
}

/* Its first eight digits, once. */
static void mention(struct alert_to *to, const uint8_t *report)
{
	char number[9];
	for (int i = 0; i < 4; i++)
		(void)snprintf(number + 2 * i, 3, "%02x", report[i]);
	if (strstr(to->about, number))
		return;
	if (to->about_n + 10 > ALERT_ABOUT) {
		to->more++;
		return;
	}
	to->about_n += (size_t)snprintf(to->about + to->about_n, sizeof to->about - to->about_n, "%s%s", to->about_n ? " " : "", number);
}

struct found { uint32_t member; int role; char address[255], language[8]; };

static bool read_found(struct store_rows *r, const struct alert_about *about, struct found *ret)
{
	const char *mail = store_text(r, 2), *pager = store_text(r, 3);
	const char *address = about->pager && pager ? pager : mail ? mail : about->pager ? pager : NULL;
	*ret = (struct found){ .member = (uint32_t)store_int(r, 0), .role = (int)store_int(r, 1) };
	(void)snprintf(ret->address, sizeof ret->address, "%s", address ? address : "");
	(void)snprintf(ret->language, sizeof ret->language, "%s", store_text(r, 4));
	return address && (!about->restricted || ret->role == KEYS_SUPERVISOR);
}

int alert_add(struct store_tx *t, struct alert_list *l, const struct alert_about *about, const char *sql, const struct store_value *v,
	size_t v_n, size_t *ret_n)
{
	struct store_rows *r;
	struct found f[ALERT_PEOPLE];
	size_t n = 0;
	int err = store_query(t, sql, v, v_n, &r);
	if (err)
		return err;
	while (n < ALERT_PEOPLE && (err = store_next(r)) == 1)
		n += read_found(r, about, &f[n]);
	store_end(r);
	*ret_n = 0;
	for (size_t i = 0; i < n && err >= 0; i++) {
		bool no = false;
		err = excluded(t, about->report, f[i].member, &no);
		struct alert_to *to = err || no ? NULL : place_for(l, f[i].member, about->kind);
		if (!to)
			continue;
		memcpy(to->address, f[i].address, sizeof to->address);
		memcpy(to->language, f[i].language, sizeof to->language);
		mention(to, about->report);
		(*ret_n)++;
	}
	return err < 0 ? err : 0;
}

int alert_supervisors(struct store_tx *t, struct alert_list *l, const struct alert_about *about, const char *unit, size_t *ret_n)
{
	return ALERT_ADD(t, l, about, ret_n, ALERT_WHO "WHERE s.unit = $1 AND s.role = $2 AND s.gone IS NULL", S_TEXT(unit),
		S_INT(KEYS_SUPERVISOR));
}

int alert_on_duty(struct store_tx *t, struct alert_list *l, const struct alert_about *about, const char *unit, const char *duty,
	int64_t now, size_t *ret_n)
{
	return ALERT_ADD(t, l, about, ret_n, ALERT_WHO "WHERE s.unit = $1 AND s.gone IS NULL AND EXISTS (SELECT 1 FROM shift h "
		"WHERE h.member = s.member AND h.duty = $2 AND h.starts <= $3 AND h.ends > $3)", S_TEXT(unit), S_TEXT(duty), S_INT(now));
}

int alert_put(struct store_tx *t, const struct alert_list *l)
{
	int err = 0;
	for (size_t i = 0; i < l->n && !err; i++) {
		char about[sizeof l->to[i].about + 24];
		const struct alert_to *to = &l->to[i];
		(void)snprintf(about, sizeof about, "%s", to->about);
		if (to->more)
			(void)snprintf(about, sizeof about, "%s +%zu", to->about, to->more);
		err = post_put(t, to->kind, to->address, to->language, about);
		err = err == ERR_MALFORMED ? 0 : err; /* somebody's address is none: the others are told all the same */
	}
	return err;
}

int alert_first(struct store_tx *t, const uint8_t thing[SEAL_ID], const char *kind, int64_t step, bool *ret)
{
	int64_t n;
	int err = store_run(t, "INSERT INTO told (thing, kind, step, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		(struct store_value[]){ S_BLOB(thing, SEAL_ID), S_TEXT(kind), S_INT(step), S_INT(clock_unix()) }, 4, &n);
	*ret = n == 1;
	return err;
}

static int drop_old(struct store_tx *t, void *ctx)
{
	return STORE_RUN(t, "DELETE FROM told WHERE at < $1", S_INT(*(int64_t *)ctx - KEEP));
}

int alert_tend(struct desk *d)
{
	int64_t now = clock_unix();
	int err = alert_p0(d, now);
	if (!err)
		err = alert_late(d, now);
	return err ? err : store_write(d->store, drop_old, &now);
}
