/* SPDX-License-Identifier: Apache-2.0 */
/* One handover packet: released by a second person, then made, printed or mailed. */
#include "desk/staff/packets.h"

#include "base/clock.h"
#include "base/hex.h"
#include "desk/post/post.h"
#include "desk/staff/directory.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>
#include <sodium.h>

#define NATIONAL (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR))

struct doing {
	struct web_request *r;
	struct dossier h;
	struct work_case c;
	struct directory_recipient to;
};

/* The packet of the address, for who may see its case; false: answered. */
static bool begin(struct doing *d)
{
	uint8_t id[SEAL_ID];
	struct web_request *r = d->r;
	const struct actor who = staff_actor(staff_of(r));
	int err = hex_read(bytes_str(web_param(r, "id")), id, SEAL_ID) ? dossier_get(DESK(r), web_arena(r), id, &d->h) : -ENOENT;
	if (err == -ENOENT) { /* as one of a case that is not there for them: an entry, and the same answer */
		staff_unseen(r);
		return false;
	}
	if (!err)
		err = work_case(DESK(r), web_arena(r), &who, d->h.report, &d->c);
	if (!err)
		err = directory_recipient(DESK(r), web_arena(r), d->h.recipient, &d->to);
	if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	return !err;
}

static void add(struct packet_page *p, const char *label, const char *value, bool ltr)
{
	if (value && *value && p->fact_n < ARRAY_LEN(p->fact))
		p->fact[p->fact_n++] = (struct packet_fact){ label, value, ltr };
}

static void facts(struct doing *d, struct packet_page *p)
{
	char fingerprint[SEAL_FINGERPRINT];
	struct web_request *r = d->r;
	enum lang l = web_lang(r);
	add(p, text(l, "State"), text(l, dossier_state_label(d->h.state)), false);
	add(p, text(l, "To"), d->to.name, false);
	if (d->to.has_key) {
		packet_fingerprint(d->to.key, fingerprint);
		add(p, text(l, "Key’s number"), arena_text(web_arena(r), fingerprint, strlen(fingerprint)), true);
	}
	add(p, text(l, "Entry in the directory"), directory_state_words(r, d->to.confirmed, d->to.confirmed_by, d->to.active).words, false);
	add(p, text(l, "Prepared by"), staff_member_name(r, d->h.prepared_by), false);
	add(p, text(l, "Prepared"), staff_hour(r, d->h.prepared), false);
	add(p, text(l, "Decided by"), d->h.decided_by ? staff_member_name(r, d->h.decided_by) : NULL, false);
	add(p, text(l, "Decided"), staff_hour(r, d->h.decided), false);
	if (d->h.has_hash)
		add(p, text(l, "SHA-256 of the file made last"), staff_hex(web_arena(r), d->h.hash, SHEET_HASH), true);
}

static const char *key_words(struct doing *d)
{
	const char *s = d->to.has_key ? staff_hex(web_arena(d->r), d->to.key, SEAL_PUBLIC) : "";
	return s ? s : "";
}

static void show(struct doing *d, const char *error, const struct dossier_wish *wish, int status)
{
	struct arena *a = web_arena(d->r);
	const struct staff *me = staff_of(d->r);
	const struct packet_line line = packet_line_of(d->r, &d->h);
	const bool released = d->h.state == DOSSIER_RELEASED, changed = released && !dossier_key_same(&d->h, &d->to);
	struct packet_page p = {
		.layout = staff_layout(d->r, N_("Handover packet")),
		.action = line.href,
		.csrf = staff_csrf(d->r, line.href + 1),
		.reference = line.reference,
		.report_href = line.report_href,
		.report = line.report,
		.error = error ? text(web_lang(d->r), error) : NULL,
		.may_decide = d->h.state == DOSSIER_PREPARED && me->role == KEYS_SUPERVISOR && me->member != d->h.prepared_by,
		.released = released,
		.has_key = d->to.has_key && !changed,
		.by_mail = d->to.has_key && !changed && d->to.mail && post_configured(DESK(d->r)),
		.key_changed = changed,
		.key = key_words(d),
		.letter = wish ? wish->letter : NULL,
	};
	const char **names = arena_array(a, DOSSIER_MESSAGES_MAX, sizeof *names);
	for (size_t i = 0; names && wish && i < wish->message_n; i++)
		for (size_t k = 0; k < d->c.message_n; k++)
			if (d->c.message[k].seq == wish->message[i])
				names[p.message_n++] = packet_message_title(web_lang(d->r), d->c.message[k].type);
	p.message = names;
	facts(d, &p);
	page_packet(web_out(d->r), &p);
	web_page(d->r, status);
}

void staff_packet(struct web_request *r)
{
	struct doing d = { .r = r };
	if (staff_may_national(r, NATIONAL) && begin(&d))
		show(&d, NULL, NULL, 200);
}

/* --- what is done --- */

static void failed(struct doing *d, int err)
{
	const char *why = err == -EACCES ? N_("This message cannot be opened with your keys.")
		: err == -EBUSY || err == -EAGAIN ? N_("Too many messages were opened in a short time. Wait a minute, then try again.")
		: err == -EPERM ? N_("A second person, a supervisor of the national desk, decides.")
		: err == ERR_CHILD || err == -ETIMEDOUT ? N_("The PDF could not be made. Nothing has left the desk.") : NULL;
	if (why)
		show(d, why, NULL, err == -EPERM ? 403 : err == -EACCES ? 403 : 422);
	else
		web_status(d->r, 500);
}

static void do_open(struct doing *d)
{
	struct dossier_wish wish;
	const struct actor who = staff_actor(staff_of(d->r));
	int err = dossier_shown(DESK(d->r), &who, &d->h);
	if (!err)
		err = dossier_open(DESK(d->r), web_arena(d->r), &who, &d->h, &wish);
	if (err)
		failed(d, err);
	else
		show(d, NULL, &wish, 200);
}

static void decide(struct doing *d, bool release)
{
	const struct actor who = staff_actor(staff_of(d->r));
	struct directory_recipient seen = d->to;
	const char *key = web_field(d->r, "key");
	seen.has_key = key && hex_read(bytes_str(key), seen.key, SEAL_PUBLIC); /* as their page showed it */
	int err = dossier_decide(DESK(d->r), &who, &d->h, &seen, release);
	if (err == -EAGAIN)
		show(d, N_("Somebody changed this meanwhile. Look at it as it is now, then decide again."), NULL, 409);
	else if (err)
		failed(d, err);
	else
		web_redirect(d->r, packet_line_of(d->r, &d->h).href);
}

static void do_release(struct doing *d)
{
	if (dossier_fits(&d->c))
		decide(d, true);
	else
		show(d, N_("A case is handed over once it is confirmed, or a unit has it."), NULL, 422);
}

static void do_refuse(struct doing *d)
{
	decide(d, false);
}

/* What only a released packet does; the police's hold does not matter here: it goes to them. */
static bool released(struct doing *d)
{
	if (d->h.state == DOSSIER_RELEASED && d->to.active)
		return true;
	show(d, N_("It has not been released."), NULL, 422);
	return false;
}

static bool for_its_key(struct doing *d)
{
	bool same = dossier_key_same(&d->h, &d->to);
	if (same && d->to.has_key)
		return true;
	show(d, same ? N_("This recipient has no key in the directory: print the packet and hand it over on paper.")
		: N_("The recipient has another key than the one this packet was released for. Prepare it anew."), NULL, 422);
	return false;
}

static int make(struct doing *d, struct bytes *ret)
{
	struct dossier_document doc;
	const struct actor who = staff_actor(staff_of(d->r));
	int err = dossier_write(DESK(d->r), web_arena(d->r), &who, &d->c, &d->h, &d->to, &doc);
	return err ? err : dossier_seal(DESK(d->r), web_arena(d->r), &who, &d->h, &d->to, &doc, ret);
}

static void do_download(struct doing *d)
{
	struct bytes file;
	if (!released(d) || !for_its_key(d))
		return;
	int err = make(d, &file);
	const char *disposition = arena_printf(web_arena(d->r), "attachment; filename=\"%s.hisn-packet\"", dossier_reference(web_arena(d->r), d->h.id));
	if (err || !disposition) {
		failed(d, err ? err : -ENOMEM);
		return;
	}
	web_header_set(d->r, "Content-Disposition", disposition);
	web_send(d->r, 200, "application/octet-stream", file);
}

static void do_mail(struct doing *d)
{
	enum lang l = web_lang(d->r);
	struct bytes file;
	struct err_note note = { "" };
	if (!released(d) || !for_its_key(d))
		return;
	int err = d->to.mail ? make(d, &file) : -EINVAL;
	if (err) {
		failed(d, err);
		return;
	}
	(void)!lang_parse(d->h.language, strlen(d->h.language), &l);
	const char *reference = dossier_reference(web_arena(d->r), d->h.id);
	const char *const args[] = { reference, NULL };
	const struct post_attachment file_of = { arena_printf(web_arena(d->r), "%s.hisn-packet", reference), "application/octet-stream", file };
	err = post_now(DESK(d->r), d->to.mail, text_fill(web_arena(d->r), l, "Sealed packet {0}", args),
		text_fill(web_arena(d->r), l, "A sealed packet is attached, {0}. Open it with: hisn packet open. If you did not expect it, call the desk.", args),
		&file_of, &note);
	if (err == ERR_CHILD || err == ERR_MALFORMED || err == ERR_CONFIG)
		show(d, N_("The mail program refused it. Nothing was sent."), NULL, 502);
	else if (err)
		show(d, N_("Perhaps it was sent, perhaps not. Sent again, it does no harm: only the recipient opens it."), NULL, 502);
	else
		web_redirect(d->r, packet_line_of(d->r, &d->h).href);
}

static void do_print(struct doing *d)
{
	struct dossier_document doc;
	enum lang l = web_lang(d->r);
	const struct actor who = staff_actor(staff_of(d->r));
	if (!released(d))
		return;
	int err = dossier_write(DESK(d->r), web_arena(d->r), &who, &d->c, &d->h, &d->to, &doc);
	if (!err)
		err = dossier_shown(DESK(d->r), &who, &d->h);
	if (err) {
		failed(d, err);
		return;
	}
	(void)!lang_parse(doc.lang, strlen(doc.lang), &l);
	const struct packet_print_page p = { staff_layout(d->r, N_("Packet to print")), &doc, packet_line_of(d->r, &d->h).href, lang_info(l)->dir,
		text_date(web_arena(d->r), l, DESK(d->r)->zone, doc.made, TEXT_DAY_TIME) };
	page_packet_print(web_out(d->r), &p);
	web_page(d->r, 200);
}

void staff_packet_post(struct web_request *r)
{
	static const struct { const char *go; void (*run)(struct doing *d); } ways[] = { { "open", do_open }, { "release", do_release },
		{ "refuse", do_refuse }, { "download", do_download }, { "mail", do_mail }, { "print", do_print } };
	struct doing d = { .r = r };
	const char *go = staff_given(r, "go");
	if (!staff_may_national(r, NATIONAL) || !begin(&d))
		return;
	for (size_t i = 0; go && i < ARRAY_LEN(ways); i++) {
		if (!strcmp(ways[i].go, go)) {
			ways[i].run(&d);
			return;
		}
	}
	web_status(r, 400);
}
