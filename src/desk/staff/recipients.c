/* SPDX-License-Identifier: Apache-2.0 */
/* The directory's recipients: a kind's list, one at a time. */
#include "desk/staff/directory.h"

#include "base/clock.h"
#include "base/hex.h"
#include "desk/staff/field.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"
#include "seal/packet.h"

#include <errno.h>

#define READERS (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR))

static const char *fingerprint(struct arena *a, const struct directory_recipient *r)
{
	char s[SEAL_FINGERPRINT];
	if (!r->has_key)
		return NULL;
	packet_fingerprint(r->key, s);
	return arena_text(a, s, strlen(s));
}

/* "E-mail, post, form": what is there. */
static const char *ways(struct web_request *r, const struct directory_recipient *e)
{
	enum lang l = web_lang(r);
	const char *const part[] = { e->mail ? text(l, "e-mail") : NULL, e->postal ? text(l, "post") : NULL,
		e->form ? text(l, "form") : NULL };
	const char *out = "";
	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		if (part[i] && out)
			out = arena_printf(web_arena(r), "%s%s%s", out, *out ? text(l, ", ") : "", part[i]);
	return out ? out : "";
}

static const char *language_name(const char *code)
{
	enum lang l;
	return lang_parse(code, strlen(code), &l) ? lang_info(l)->name : code;
}

void staff_directory_kind(struct web_request *r)
{
	struct arena *a = web_arena(r);
	struct directory_recipient *e = NULL;
	enum recipient_kind kind;
	size_t n = 0;
	if (!staff_may_national(r, READERS))
		return;
	if (!recipient_kind_parse(web_param(r, "kind"), &kind)) {
		web_status(r, 404);
		return;
	}
	int err = directory_recipients(DESK(r), a, kind, &e, &n);
	struct directory_recipient_row *row = err ? NULL : arena_array(a, n ? n : 1, sizeof *row);
	if (!row) {
		web_status(r, 500);
		return;
	}
	for (size_t i = 0; i < n; i++)
		row[i] = (struct directory_recipient_row){ staff_hex(a, e[i].id, SEAL_ID), e[i].name, language_name(e[i].language),
			ways(r, &e[i]), fingerprint(a, &e[i]), directory_state_words(r, e[i].confirmed, e[i].confirmed_by, e[i].active) };
	const struct directory_kind_page p = { staff_layout(r, recipient_kind_label(kind)), recipient_kind_name(kind), row, n,
		!recipient_takes_notices(kind), staff_of(r)->role == KEYS_SUPERVISOR };
	page_directory_kind(web_out(r), &p);
	web_page(r, 200);
}

/* --- one --- */

static size_t fields(struct web_request *r, const struct directory_recipient *e, struct directory_fault f,
	struct staff_field field[7])
{
	enum lang l = web_lang(r);
	struct arena *a = web_arena(r);
	const char *key = web_field(r, "key"), *day = web_field(r, "confirmed");
	const struct staff_field all[7] = {
		{ "name", STAFF_FIELD_LINE, text(l, "Name"), .value = e->name },
		{ "mail", STAFF_FIELD_CODE, text(l, "E-mail"), .value = e->mail },
		{ "postal", STAFF_FIELD_AREA, text(l, "Postal address"), .value = e->postal },
		{ "form", STAFF_FIELD_CODE, text(l, "Address of their web form"),
			text(l, "A person opens it; hisn never does."), .value = e->form },
		{ "confirmed", STAFF_FIELD_DAY, text(l, "Confirmed on"), text(l, "The day you reached them and they confirmed this."),
			.value = day ? day : e->confirmed ? staff_day_field(a, e->confirmed) : NULL },
		{ "key", STAFF_FIELD_CODE, text(l, "Public key for sealed packets"),
			text(l, "64 digits. Without it packets for them can only be printed."),
			.value = key ? key : e->has_key ? staff_hex(a, e->key, SEAL_PUBLIC) : NULL },
		{ "fingerprint", STAFF_FIELD_CODE, text(l, "For a new key: the number they read to you by telephone"),
			text(l, "Call the number you already know, not one that came with the key."), .value = web_field(r, "fingerprint") },
	};
	memcpy(field, all, sizeof all);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		field[i].error = f.field && !strcmp(f.field, all[i].name) ? text(l, f.why) : NULL;
	return recipient_takes_notices(e->kind) ? 5 : 7;
}

static void show(struct web_request *r, const struct directory_recipient *e, const char *stored, struct directory_fault f, int status)
{
	struct arena *a = web_arena(r);
	struct directory_recipient_page p = {
		.layout = staff_layout(r, recipient_kind_label(e->kind)),
		.action = arena_printf(a, "~%s", web_path(r)),
		.csrf = staff_csrf(r, web_path(r)),
		.back = arena_printf(a, "~/staff/directory/kind/%s", recipient_kind_name(e->kind)),
		.language = e->language,
		.fingerprint = stored,
		.packets = !recipient_takes_notices(e->kind),
		.active = e->active,
		.version = e->version,
		.error = f.why ? text(web_lang(r), f.why) : NULL,
	};
	p.field_n = fields(r, e, f, p.field);
	p.language_error = f.field && !strcmp(f.field, "language") ? p.error : NULL;
	page_directory_recipient(web_out(r), &p);
	web_page(r, status);
}

/* What the page's address names, for who may edit: an entry, or a new one of a kind. False: answered. */
static bool editing(struct web_request *r, struct directory_recipient *ret)
{
	uint8_t id[SEAL_ID];
	const char *hex = web_param(r, "id"), *kind = web_param(r, "kind");
	int err = -ENOENT;
	if (!staff_may_national(r, STAFF_ROLE(KEYS_SUPERVISOR)))
		return false;
	*ret = (struct directory_recipient){ .active = true };
	if (kind)
		err = recipient_kind_parse(kind, &ret->kind) ? 0 : -ENOENT;
	else if (hex && hex_read(bytes_str(hex), id, SEAL_ID))
		err = directory_recipient(DESK(r), web_arena(r), id, ret);
	if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	return !err;
}

void staff_directory_recipient(struct web_request *r)
{
	struct directory_recipient e;
	if (editing(r, &e))
		show(r, &e, fingerprint(web_arena(r), &e), (struct directory_fault){ NULL, NULL }, 200);
}

/* The key of the form into *e; `before` is what was stored. A key that is new here counts only with the number its
 * owner read aloud: otherwise whoever sent it could be anybody. */
static struct directory_fault take_key(struct web_request *r, const struct directory_recipient *before, struct directory_recipient *e)
{
	const char *typed = staff_given(r, "key");
	e->has_key = typed != NULL;
	if (!typed)
		return (struct directory_fault){ NULL, NULL };
	if (!directory_key_read(typed, e->key))
		return (struct directory_fault){ "key", N_("A key has 64 digits from 0 to 9 and a to f, as 'hisn packet keygen' prints them.") };
	if (before->has_key && !memcmp(before->key, e->key, SEAL_PUBLIC))
		return (struct directory_fault){ NULL, NULL };
	if (!staff_given(r, "fingerprint"))
		return (struct directory_fault){ "fingerprint", N_("Call the recipient, and type the twenty digits they read to you.") };
	if (!directory_fingerprint_is(e->key, staff_given(r, "fingerprint")))
		return (struct directory_fault){ "fingerprint",
			N_("The number differs from this key’s: do not use it before you know why.") };
	return (struct directory_fault){ NULL, NULL };
}

static void take(struct web_request *r, struct directory_recipient *e)
{
	struct civil day;
	const char *version = web_field(r, "version"), *confirmed = staff_given(r, "confirmed");
	e->name = staff_given(r, "name");
	e->language = staff_given(r, "language");
	e->mail = staff_given(r, "mail");
	e->postal = staff_given(r, "postal");
	e->form = staff_given(r, "form");
	e->active = staff_given(r, "active") != NULL;
	e->confirmed = confirmed && !civil_parse_date(confirmed, &day) ? civil_to_seconds(day) : 0;
	e->confirmed_by = staff_of(r)->member;
	e->version = version ? strtoull(version, NULL, 10) : 0;
}

void staff_directory_recipient_post(struct web_request *r)
{
	struct directory_recipient before, e;
	if (!editing(r, &before))
		return;
	const char *stored = fingerprint(web_arena(r), &before);
	e = before;
	take(r, &e);
	if (!before.version != !e.version) /* a form of another page */
		e.version = before.version;
	struct directory_fault f = directory_recipient_check(&e, clock_unix());
	if (!f.why && !recipient_takes_notices(e.kind))
		f = take_key(r, &before, &e);
	if (f.why) {
		show(r, &e, stored, f, 422);
		return;
	}
	const struct audit_entry by = { .member = e.confirmed_by, .role = staff_of(r)->role };
	int err = directory_recipient_put(DESK(r), &by, &e);
	if (err == -EAGAIN)
		show(r, &e, stored, (struct directory_fault){ NULL,
			N_("A colleague changed this entry meanwhile. Look at it again, then enter yours.") }, 409);
	else if (err)
		show(r, &e, stored, (struct directory_fault){ NULL, staff_not_kept }, 503);
	else
		web_redirect(r, arena_printf(web_arena(r), "~/staff/directory/kind/%s", recipient_kind_name(e.kind)));
}
