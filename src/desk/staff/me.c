/* SPDX-License-Identifier: Apache-2.0 */
/* A member's own page: where alerts reach them, and the ways to what guards their sign-in. */
#include "desk/audit/audit.h"
#include "desk/pages.h"
#include "desk/post/post.h"
#include "desk/post/write.h"
#include "desk/staff/pages.h"
#include "desk/staff/people.h"
#include "desk/staff/people_pages.h"

#include <errno.h>

static const char *keep(struct arena *a, const char *s)
{
	return s ? arena_text(a, s, strlen(s)) : NULL;
}

static int read_me(struct web_request *r, struct staff_me_page *p)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = STORE_QUERY(t, &rows, "SELECT mail, pager, language FROM staff WHERE member = $1", S_INT(p->me->member));
	if (!err) {
		err = store_next(rows) == 1 ? 0 : -ENOENT;
		if (!err) {
			const char *code = store_text(rows, 2);
			p->mail = keep(web_arena(r), store_text(rows, 0));
			p->pager = keep(web_arena(r), store_text(rows, 1));
			if (!lang_parse(code, strlen(code), &p->language))
				p->language = web_lang(r);
		}
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

static void show(struct web_request *r, const char *error, bool saved, int status)
{
	const struct staff *s = staff_of(r);
	struct factor_state factor;
	struct staff_me_page p = {
		.layout = staff_layout(r, N_("Your own page")),
		.me = s,
		.role = staff_role_name(web_lang(r), s->role),
		.unit = staff_unit_name(DESK(r), web_lang(r), s->unit),
		.csrf = staff_csrf(r, "/staff/me"),
		.error = error,
		.saved = saved,
		.mail_works = post_configured(DESK(r)),
		.factor = &factor,
	};
	int err = read_me(r, &p);
	if (!err)
		err = factor_state(DESK(r), s->member, &factor);
	if (err) {
		web_status(r, 500);
		return;
	}
	if (error) { /* what was typed stays */
		p.mail = web_field(r, "mail");
		p.pager = web_field(r, "pager");
	}
	page_staff_me(web_out(r), &p);
	web_page(r, status);
}

void staff_me(struct web_request *r)
{
	if (staff_may(r, STAFF_ANYBODY))
		show(r, NULL, web_query(r, "saved") != NULL, 200);
}

struct saving { const struct staff *me; const char *mail, *pager, *language; };

static int save(struct store_tx *t, void *ctx)
{
	const struct saving *s = ctx;
	const struct audit_entry e = { .member = s->me->member, .role = s->me->role, .action = "me" };
	int err = STORE_RUN(t, "UPDATE staff SET mail = $1, pager = $2, language = $3 WHERE member = $4", S_TEXT(s->mail),
		S_TEXT(s->pager), S_TEXT(s->language), S_INT(s->me->member));
	return err ? err : audit_put(t, &e);
}

/* An address or nothing. False: something else. */
static bool address(struct web_request *r, const char *field, const char **ret)
{
	const char *v = web_field(r, field);
	*ret = v && *v ? v : NULL;
	return !*ret || post_address_good(*ret);
}

void staff_me_post(struct web_request *r)
{
	enum lang l;
	if (!staff_may(r, STAFF_ANYBODY))
		return;
	struct saving s = { .me = staff_of(r), .language = web_field(r, "language") };
	if (!address(r, "mail", &s.mail) || !address(r, "pager", &s.pager))
		show(r, N_("This is not an address of electronic mail."), false, 422);
	else if (!s.language || !lang_parse(s.language, strlen(s.language), &l))
		show(r, N_("Choose a language."), false, 422);
	else if (store_write(DESK(r)->store, save, &s))
		web_status(r, 500);
	else
		web_redirect(r, "~/staff/me?saved=1");
}
