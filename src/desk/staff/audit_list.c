/* SPDX-License-Identifier: Apache-2.0 */
/* The audit trail as a list, the newest first. Auditors and the national desk's supervisors see all of it but
 * reports that are hidden from them; administrators what is about accounts, settings and the desk itself. */
#include "desk/audit/hidden.h"
#include "desk/pages.h"
#include "desk/staff/audit_pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/show.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

enum { PAGE = 50 };
#define MAY (STAFF_ROLE(KEYS_AUDITOR) | STAFF_ROLE(KEYS_SUPERVISOR) | STAFF_ROLE(KEYS_ADMINISTRATOR))

/* --- words --- */

static const struct { const char *action, *label; } words[] = {
	{ "sign-in", N_("Signed in") }, { "sign-out", N_("Signed out") }, { "refused", N_("Was refused") },
	{ "session.end", N_("Ended a session") }, { "session.end-others", N_("Ended all other sessions") },
	{ "factor.recovery", N_("Used a recovery code") }, { "password", N_("Changed the password") }, { "me", N_("Changed their own page") },
	{ "message.open", N_("Opened a message") }, { "case.view", N_("Looked at a case") }, { "case.like", N_("Looked for reports like it") },
	{ "search", N_("Searched") }, { "report.enter", N_("Entered a report for someone") }, { "report.erase", N_("A report was erased") },
	{ "access.end", N_("Access for a time ended") }, { "member.join", N_("Joined the desk") }, { "member.invite", N_("Invited somebody") },
	{ "member.confirm", N_("Confirmed somebody’s keys") }, { "member.confirm.failed", N_("Keys were not confirmed") },
	{ "member.leave", N_("Somebody left") }, { "member.reset", N_("Somebody’s keys were made anew") },
	{ "member.share", N_("Shared keys of the unit") }, { "setting.change", N_("Changed a setting") },
	{ "partner.key", N_("Made a key for a partner") }, { "partner.revoke", N_("Revoked a partner’s key") },
	{ "api.report", N_("A partner’s system sent a report") }, { "api.refused", N_("A partner’s system was refused") },
	{ "roster.add", N_("Put somebody on the roster") }, { "roster.remove", N_("Took somebody off the roster") },
	{ "figures.view", N_("Looked at figures") }, { "audit.read", N_("Read the audit trail") }, { "audit.export", N_("Exported the audit trail") },
	{ "desk.init", N_("The desk was set up") }, { "desk.start", N_("The desk started") }, { "desk.stop", N_("The desk stopped") },
	{ "desk.open", N_("Opened the desk to the public") }, { "desk.backup", N_("A backup was made") },
	{ "desk.restore", N_("A backup was put back") },
};

static const char *what_of(enum lang l, const char *action)
{
	enum case_action a;
	if (!strncmp(action, "case.", 5) && case_action_parse(action + 5, &a))
		return text(l, case_action_label(a));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i].action, action))
			return text(l, words[i].label);
	return NULL;
}

static const struct { const char *value, *label; bool accounts; } groups[] = {
	{ "", N_("Any action"), true }, { "refused", N_("Was refused"), false }, { "message.open", N_("Opened a message"), false },
	{ "case.", N_("Cases"), false }, { "notice.", N_("Removal notices"), false }, { "report.", N_("Reports entered or erased"), false },
	{ "search", N_("Searched"), false }, { "sign-in", N_("Signed in"), true }, { "sign-out", N_("Signed out"), true },
	{ "member.", N_("Members and keys"), true }, { "setting.", N_("Settings"), true }, { "partner.", N_("Partners’ systems"), true },
	{ "audit.", N_("Reading of this trail"), false }, { "desk.", N_("The desk itself"), true },
};

/* --- what is asked --- */

struct asked {
	struct audit_filter filter;
	uint8_t id[SEAL_ID];
	const char *member, *action, *report; /* as they stand in the address; NULL */
	int64_t before;
};

static const char *given(struct web_request *r, const char *name)
{
	const char *s = web_query(r, name);
	return s && *s ? s : NULL;
}

static const char *group(const struct staff *me, const char *value)
{
	for (size_t i = 1; value && i < ARRAY_LEN(groups); i++)
		if (!strcmp(groups[i].value, value) && (groups[i].accounts || me->role != KEYS_ADMINISTRATOR))
			return groups[i].value;
	return NULL;
}

/* False: the report's number is none. */
static bool read_asked(struct web_request *r, struct asked *ret)
{
	const struct staff *me = staff_of(r);
	const char *before = given(r, "before");
	*ret = (struct asked){ .member = given(r, "member"), .action = group(me, given(r, "action")), .report = given(r, "report"),
		.before = INT64_MAX };
	ret->filter = (struct audit_filter){ .member = -1, .action = ret->action, .accounts = me->role == KEYS_ADMINISTRATOR };
	if (ret->member && strlen(ret->member) <= 10 && strspn(ret->member, "0123456789") == strlen(ret->member))
		ret->filter.member = strtoll(ret->member, NULL, 10);
	else
		ret->member = NULL;
	if (before && strlen(before) <= 18 && strspn(before, "0123456789") == strlen(before))
		ret->before = strtoll(before, NULL, 10);
	if (!ret->report)
		return true;
	ret->filter.report = ret->id;
	return staff_id(ret->report, ret->id);
}

static const char *address(struct arena *a, const struct asked *q, const char *report, int64_t before)
{
	char page[32] = "";
	if (before)
		(void)snprintf(page, sizeof page, "&before=%lld", (long long)before);
	return arena_printf(a, "~/staff/audit?member=%s&action=%s&report=%s%s", q->member ? q->member : "", q->action ? q->action : "",
		report ? report : "", page);
}

/* --- lines --- */

static const char *shown(struct arena *a, struct bytes b)
{
	return b.p ? arena_text(a, (const char *)b.p, b.n) : NULL;
}

static struct audit_line line_of(struct web_request *r, const struct staff_people *p, const struct audit_row *row)
{
	enum lang l = web_lang(r);
	struct arena *a = web_arena(r);
	struct audit_line x = { .seq = arena_printf(a, "%lld", (long long)row->seq), .at = staff_hour(r, row->at),
		.who = row->member ? staff_name(p, l, (uint32_t)row->member) : text(l, "The desk itself"),
		.role = staff_role_name(l, (int)row->role), .code = shown(a, row->action), .object = shown(a, row->object),
		.detail = shown(a, row->detail) };
	char hex[2 * SEAL_ID + 1];
	const struct asked none = { .before = 0 };
	x.what = x.code ? what_of(l, x.code) : NULL;
	if (row->report.n == SEAL_ID) {
		sodium_bin2hex(hex, sizeof hex, row->report.p, SEAL_ID);
		x.report = arena_text(a, hex, 8);
		x.href = address(a, &none, hex, 0);
	}
	return x;
}

struct reading {
	struct web_request *r;
	const struct staff_people *people;
	struct audit_hidden hidden;
	struct audit_line *line;
	size_t n;
	int64_t last;   /* the number of the last one shown */
	bool more;      /* one more that is not hidden */
};

/* The next PAGE of those before *before, which moves on. 1: there may be more. */
static int read_some(struct store_tx *t, struct reading *x, const struct audit_filter *f, int64_t *before)
{
	struct arena a;
	struct audit_row *row;
	size_t n = 0;
	arena_init(&a, 0);
	int err = audit_latest(t, &a, f, *before, PAGE, &row, &n);
	for (size_t i = 0; !err && i < n && !x->more; i++) {
		*before = row[i].seq;
		if (audit_hidden_has(&x->hidden, &row[i]))
			continue;
		x->more = x->n == PAGE;
		if (!x->more) {
			x->line[x->n++] = line_of(x->r, x->people, &row[i]);
			x->last = row[i].seq;
		}
	}
	arena_done(&a);
	return err ? err : n == PAGE && !x->more;
}

/* Hidden ones are passed over, not left out of a page: a short page, or one that leads on to nothing, would tell how
 * many of them were of that member, action or report. */
static int read_lines(struct web_request *r, const struct asked *q, const struct staff_people *people, struct staff_audit_page *p)
{
	struct store_tx *t;
	struct arena *a = web_arena(r);
	struct reading x = { .r = r, .people = people, .line = arena_array(a, PAGE, sizeof *x.line) };
	int64_t before = q->before;
	int err = x.line ? store_begin(DESK(r)->store, STORE_READ, &t) : -ENOMEM;
	if (err)
		return err;
	err = audit_hidden_read(t, a, staff_of(r)->member, &x.hidden);
	if (!err)
		do
			err = read_some(t, &x, &q->filter, &before);
		while (err == 1);
	store_rollback(t);
	if (err)
		return err;
	p->line = x.line;
	p->line_n = x.n;
	p->before = x.more ? address(a, q, q->report, x.last) : NULL;
	p->first = q->before == INT64_MAX ? NULL : address(a, q, q->report, 0);
	return 0;
}

/* --- the form --- */

static void options(struct web_request *r, const struct asked *q, const struct staff_people *people, struct staff_audit_page *p)
{
	enum lang l = web_lang(r);
	struct arena *a = web_arena(r);
	struct audit_option *m = arena_array(a, people->n + 2, sizeof *m), *g = arena_array(a, ARRAY_LEN(groups), sizeof *g);
	if (!m || !g)
		return;
	m[p->member_n++] = (struct audit_option){ "", text(l, "Anybody"), !q->member };
	m[p->member_n++] = (struct audit_option){ "0", text(l, "The desk itself"), q->filter.member == 0 };
	for (size_t i = 0; i < people->n; i++)
		m[p->member_n++] = (struct audit_option){ arena_printf(a, "%u", people->of[i].member), people->of[i].name,
			q->filter.member == people->of[i].member };
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (groups[i].accounts || !p->accounts)
			g[p->action_n++] = (struct audit_option){ groups[i].value, text(l, groups[i].label),
				q->action ? !strcmp(q->action, groups[i].value) : !i };
	p->member = m;
	p->action = g;
}

static int count_parts(struct desk *d, struct arena *a, int64_t *ret)
{
	struct store_tx *t;
	struct audit_end end;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = audit_end_read(t, a, &end);
	store_rollback(t);
	*ret = err || end.size <= 0 ? 0 : (end.size + AUDIT_PART - 1) / AUDIT_PART;
	return err;
}

/* Who read, and what was chosen: before anything is shown. */
static int tell(struct web_request *r, const struct asked *q)
{
	const struct staff *me = staff_of(r);
	char object[100] = "";
	if (q->member || q->action)
		(void)snprintf(object, sizeof object, "%s%s%s%s", q->member ? "member " : "", q->member ? q->member : "",
			q->member && q->action ? ", " : "", q->action ? q->action : "");
	return audit_now(DESK(r), &(struct audit_entry){ .member = me->member, .role = me->role, .action = "audit.read",
		.report = q->filter.report, .object = *object ? object : NULL });
}

void staff_audit(struct web_request *r)
{
	struct asked q;
	struct staff_people people;
	if (!staff_may(r, MAY))
		return;
	const struct staff *me = staff_of(r);
	if (me->role == KEYS_SUPERVISOR && !staff_is_national(me)) {
		staff_refuse(r, "unit");
		return;
	}
	bool good = read_asked(r, &q);
	struct staff_audit_page p = { .layout = staff_layout(r, N_("Audit trail")), .report = q.report ? q.report : "",
		.filtered = q.member || q.action || q.report, .accounts = me->role == KEYS_ADMINISTRATOR, .heads = me->role != KEYS_ADMINISTRATOR,
		.exports = me->role == KEYS_AUDITOR, .part_size = AUDIT_PART };
	int err = staff_people(r, &people);
	if (!err && good)
		err = read_lines(r, &q, &people, &p);
	if (!err && p.exports)
		err = count_parts(DESK(r), web_arena(r), &p.part_n);
	if (!err && good)
		err = tell(r, &q);
	if (err) {
		web_status(r, 500);
		return;
	}
	p.error = good ? NULL : text(web_lang(r), N_("A report’s number has 32 digits and letters from a to f."));
	options(r, &q, &people, &p);
	page_staff_audit(web_out(r), &p);
	web_page(r, good ? 200 : 422);
}
