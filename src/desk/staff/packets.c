/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing a handover packet, and the list of those that wait to be released. */
#include "desk/staff/field.h"
#include "desk/staff/packets.h"

#include "base/clock.h"
#include "base/hex.h"
#include "desk/staff/case.h"
#include "desk/staff/directory.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include <errno.h>
#include <sodium.h>

#define NATIONAL (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR))

struct packet_line packet_line_of(struct web_request *r, const struct dossier *h)
{
	struct arena *a = web_arena(r);
	struct directory_recipient to;
	const char *id = staff_hex(a, h->id, SEAL_ID), *report = staff_hex(a, h->report, SEAL_ID);
	return (struct packet_line){ arena_printf(a, "~/staff/packets/%s", id ? id : ""), dossier_reference(a, h->id),
		arena_printf(a, "~/staff/reports/%s", report ? report : ""), arena_printf(a, "%.8s", report ? report : ""),
		directory_recipient(DESK(r), a, h->recipient, &to) ? "?" : to.name, text(web_lang(r), dossier_state_label(h->state)),
		staff_hour(r, h->prepared) };
}

static int lines(struct web_request *r, const uint8_t *report, const struct packet_line **ret, size_t *ret_n)
{
	struct dossier *h;
	size_t n = 0;
	const struct actor who = staff_actor(staff_of(r));
	int err = dossier_list(DESK(r), web_arena(r), &who, report, &h, &n);
	struct packet_line *line = err ? NULL : arena_array(web_arena(r), n ? n : 1, sizeof *line);
	for (size_t i = 0; line && i < n; i++)
		line[i] = packet_line_of(r, &h[i]);
	*ret = line;
	*ret_n = line ? n : 0;
	return err ? err : line ? 0 : -ENOMEM;
}

void staff_packets(struct web_request *r)
{
	if (!staff_may_national(r, NATIONAL))
		return;
	struct packets_page p = { .layout = staff_layout(r, N_("Handover packets")) };
	if (lines(r, NULL, &p.line, &p.n)) {
		web_status(r, 500);
		return;
	}
	page_packets(web_out(r), &p);
	web_page(r, 200);
}

/* --- preparing one --- */

struct preparing { struct web_request *r; struct work_case c; uint8_t id[SEAL_ID]; };

const char *packet_message_title(enum lang l, uint8_t type)
{
	switch (type) {
	case SEAL_REPORT:
	case SEAL_QUESTION:
	case SEAL_ANSWER:
	case SEAL_WITHDRAWAL:
		return case_message_title(l, type);
	case SEAL_ASSESSMENT:
		return text(l, "Assessment of the desk");
	default:
		return NULL;
	}
}

static int recipients(struct preparing *p, struct packet_new_page *page)
{
	struct packet_choice *c = arena_array(web_arena(p->r), 2 * DIRECTORY_MAX, sizeof *c);
	const char *chosen = staff_given(p->r, "recipient");
	int err = c ? 0 : -ENOMEM;
	for (int k = RECIPIENT_POLICE; k <= RECIPIENT_PROSECUTOR && !err; k++) {
		struct directory_recipient *e;
		size_t n = 0;
		err = directory_recipients(DESK(p->r), web_arena(p->r), (enum recipient_kind)k, &e, &n);
		for (size_t i = 0; i < n && !err; i++) {
			const char *id = staff_hex(web_arena(p->r), e[i].id, SEAL_ID);
			if (id && e[i].active)
				c[page->recipient_n++] = (struct packet_choice){ id, e[i].name, !e[i].has_key ? text(web_lang(p->r), "No key: paper only")
					: directory_fresh(e[i].confirmed, clock_unix()) ? NULL : text(web_lang(p->r), "not confirmed for six months"),
					chosen && !strcmp(chosen, id) };
		}
	}
	page->recipient = c;
	return err;
}

static int messages(struct preparing *p, struct packet_new_page *page)
{
	bool asked = !strcmp(web_method(p->r), "POST");
	struct packet_choice *c = arena_array(web_arena(p->r), p->c.message_n + 1, sizeof *c);
	for (size_t i = 0; c && i < p->c.message_n; i++) {
		const struct work_message *m = &p->c.message[i];
		const char *title = packet_message_title(web_lang(p->r), m->type), *seq = arena_printf(web_arena(p->r), "%u", m->seq);
		if (title && seq)
			c[page->message_n++] = (struct packet_choice){ seq, title, staff_hour(p->r, seal_round_time(m->at)),
				asked ? staff_ticked(p->r, "message", seq) : m->type != SEAL_ASSESSMENT };
	}
	page->message = c;
	return c ? 0 : -ENOMEM;
}

static void show(struct preparing *p, const char *error, int status)
{
	struct arena *a = web_arena(p->r);
	enum lang l = web_lang(p->r);
	const char *path = arena_printf(a, "/staff/packets/new/%s", web_param(p->r, "report")), *language = staff_given(p->r, "language");
	struct packet_new_page page = {
		.layout = staff_layout(p->r, N_("Hand the case to police or a prosecutor")),
		.action = arena_printf(a, "~%s", path ? path : ""),
		.csrf = staff_csrf(p->r, path ? path : ""),
		.report_href = arena_printf(a, "~/staff/reports/%s", web_param(p->r, "report")),
		.report = arena_printf(a, "%.8s", web_param(p->r, "report")),
		.error = error ? text(l, error) : NULL,
		.id = staff_hex(a, p->id, SEAL_ID),
		.fits = dossier_fits(&p->c),
		.names_seen = staff_given(p->r, "names_seen") != NULL,
		.letter = { "letter", STAFF_FIELD_AREA, text(l, "Covering letter"), text(l, "Why it is passed on, what is urgent, how to reach you. Sealed until it is released."),
			.value = staff_given(p->r, "letter"), .rows = 6 },
	};
	for (enum lang i = 0; i < LANG_COUNT; i++)
		page.language[i] = (struct packet_choice){ lang_info(i)->code, lang_info(i)->name, NULL, language ? !strcmp(language, lang_info(i)->code) : i == l };
	int err = path ? recipients(p, &page) : -ENOMEM;
	if (!err)
		err = messages(p, &page);
	if (!err)
		err = lines(p->r, p->c.row.id, &page.line, &page.n);
	if (err) {
		web_status(p->r, 500);
		return;
	}
	page_packet_new(web_out(p->r), &page);
	web_page(p->r, status);
}

static bool begin(struct web_request *r, struct preparing *p)
{
	uint8_t report[SEAL_ID];
	const struct actor who = staff_actor(staff_of(r));
	p->r = r;
	int err = hex_read(bytes_str(web_param(r, "report")), report, SEAL_ID) ? work_case(DESK(r), web_arena(r), &who, report, &p->c) : -ENOENT;
	if (err)
		web_status(r, err == -ENOENT ? 404 : 500);
	return !err;
}

void staff_packet_new(struct web_request *r)
{
	struct preparing p;
	if (!staff_may_national(r, NATIONAL) || !begin(r, &p))
		return;
	randombytes_buf(p.id, SEAL_ID);
	show(&p, NULL, 200);
}

/* What was chosen, and a sentence where it does not fit. */
static const char *take(struct preparing *p, struct dossier *h, struct dossier_wish *w)
{
	struct web_request *r = p->r;
	struct directory_recipient to;
	enum lang l;
	const char *recipient = staff_given(r, "recipient"), *letter = staff_given(r, "letter");
	h->language = staff_given(r, "language");
	w->letter = letter ? letter : "";
	memcpy(h->report, p->c.row.id, SEAL_ID);
	if (!dossier_fits(&p->c))
		return N_("A case is handed over once it is confirmed, or a unit has it.");
	if (!recipient || !hex_read(bytes_str(recipient), h->recipient, SEAL_ID) || directory_recipient(DESK(r), web_arena(r), h->recipient, &to) ||
		recipient_takes_notices(to.kind) || !to.active)
		return N_("Choose who gets the packet.");
	if (!h->language || !lang_parse(h->language, strlen(h->language), &l))
		return N_("Choose the language to write in.");
	if (strlen(w->letter) > DOSSIER_LETTER_BYTES)
		return N_("The letter is too long.");
	for (size_t i = 0; i < p->c.message_n; i++) {
		const char *seq = arena_printf(web_arena(r), "%u", p->c.message[i].seq);
		if (!seq || !packet_message_title(LANG_EN, p->c.message[i].type) || !staff_ticked(r, "message", seq))
			continue;
		static_assert(DOSSIER_MESSAGES_MAX == 100, "said in words");
		if (w->message_n == DOSSIER_MESSAGES_MAX)
			return N_("These are too many for one packet: choose at most 100, and prepare another one for the rest.");
		w->message[w->message_n++] = p->c.message[i].seq;
	}
	if (!w->message_n)
		return N_("Choose at least one message.");
	return staff_given(r, "names_seen") ? NULL : N_("Look first at who is named: nobody named may get the packet.");
}

void staff_packet_new_post(struct web_request *r)
{
	struct preparing p;
	struct dossier h = { .version = 0 };
	struct dossier_wish w = { .letter = NULL };
	const char *id = staff_given(r, "id");
	if (!staff_may_national(r, NATIONAL) || !begin(r, &p))
		return;
	if (!id || !hex_read(bytes_str(id), p.id, SEAL_ID))
		randombytes_buf(p.id, SEAL_ID);
	memcpy(h.id, p.id, SEAL_ID);
	const char *why = take(&p, &h, &w);
	if (why) {
		show(&p, why, 422);
		return;
	}
	const struct actor who = staff_actor(staff_of(r));
	int err = dossier_prepare(DESK(r), &who, &h, &w);
	if (err == -EAGAIN)
		show(&p, N_("Somebody changed this meanwhile. Look at it as it is now, then decide again."), 409);
	else if (err && err != -EEXIST)
		show(&p, staff_not_kept, 503);
	else
		web_redirect(r, arena_printf(web_arena(r), "~/staff/packets/%s", staff_hex(web_arena(r), p.id, SEAL_ID)));
}
