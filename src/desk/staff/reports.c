/* SPDX-License-Identifier: Apache-2.0 */
/* The list of reports and one report, opened. */
#include "desk/reading.h"
#include "desk/staff/pages.h"
#include "desk/staff/routes.h"

#include "base/hex.h"

#include <errno.h>

enum { LIST_MAX = 200 };
#define READERS (STAFF_ROLE(KEYS_ANALYST) | STAFF_ROLE(KEYS_SUPERVISOR) | STAFF_ROLE(KEYS_OFFICER))

static const char *id_text(struct arena *a, const uint8_t id[SEAL_ID])
{
	char s[2 * SEAL_ID + 1];
	for (int i = 0; i < SEAL_ID; i++)
		(void)snprintf(s + 2 * i, 3, "%02x", id[i]);
	return arena_text(a, s, sizeof s - 1);
}

static struct staff_report_row show_row(struct web_request *r, const struct reading_row *row)
{
	enum lang l = web_lang(r);
	struct arena *a = web_arena(r);
	return (struct staff_report_row){ id_text(a, row->id), text(l, report_kind_label(row->kind)),
		arena_printf(a, "P%d", (int)row->priority), row->state,
		text_date(a, l, DESK(r)->zone, row->received, TEXT_DAY_TIME) };
}

void staff_reports(struct web_request *r)
{
	if (!staff_may(r, READERS))
		return;
	const struct staff *s = staff_of(r);
	struct reading_row *list;
	size_t n;
	int err = reading_list(DESK(r), web_arena(r), s->unit, s->role == KEYS_SUPERVISOR, LIST_MAX, &list, &n);
	struct staff_report_row *row = err ? NULL : arena_array(web_arena(r), n ? n : 1, sizeof *row);
	if (!row) {
		web_status(r, 500);
		return;
	}
	for (size_t i = 0; i < n; i++)
		row[i] = show_row(r, &list[i]);
	const struct staff_reports_page p = { staff_layout(r, N_("Reports")), row, n };
	page_staff_reports(web_out(r), &p);
	web_page(r, 200);
}

/* A choice's label, several of them joined; other values as they were said. */
static const char *value_text(struct web_request *r, const struct field *f, const char *value)
{
	struct bytes entry;
	const char *out = "", *at = value;
	if (f->type != FIELD_CHOICE && f->type != FIELD_CHOICES)
		return value;
	while (report_entry(&at, &entry)) {
		const char *label = report_choice_label(f, entry);
		out = arena_printf(web_arena(r), "%s%s%.*s", out, *out ? ", " : "",
			label ? (int)strlen(text(web_lang(r), label)) : (int)entry.n,
			label ? text(web_lang(r), label) : (const char *)entry.p);
		if (!out)
			return value;
	}
	return out;
}

static int report_lines(struct web_request *r, struct bytes json, struct staff_message *m)
{
	struct report said;
	struct arena *a = web_arena(r);
	int err = report_read(a, json, &said, NULL);
	struct staff_line *line = arena_array(a, report_field_count, sizeof *line);
	if (err || !line)
		return err ? err : -ENOMEM;
	for (size_t i = 0; i < report_field_count; i++)
		if (said.value[i])
			line[m->line_n++] = (struct staff_line){ text(web_lang(r), report_fields[i].label),
				value_text(r, &report_fields[i], said.value[i]) };
	m->line = line;
	return 0;
}

static const char *type_name(enum lang l, uint8_t type)
{
	switch (type) {
	case SEAL_REPORT:
		return text(l, "What was reported");
	case SEAL_QUESTION:
		return text(l, "Question to the reporter");
	case SEAL_ANSWER:
		return text(l, "The reporter’s answer");
	case SEAL_WITHDRAWAL:
		return text(l, "The reporter asks to withdraw");
	default:
		return text(l, "Note");
	}
}

static struct staff_message show_message(struct web_request *r, const struct reading_message *from)
{
	enum lang l = web_lang(r);
	struct staff_message m = { .title = type_name(l, from->type),
		.at = text_date(web_arena(r), l, DESK(r)->zone, from->at, TEXT_DAY_TIME) };
	if (from->error)
		m.text = text(l, "This message cannot be opened with your keys.");
	else if (from->type != SEAL_REPORT || report_lines(r, from->plain, &m))
		m.text = arena_text(web_arena(r), (const char *)from->plain.p, from->plain.n);
	return m;
}

static void show(struct web_request *r, const uint8_t *id, const char *error, int status)
{
	const struct staff *s = staff_of(r);
	struct reading reading;
	int err = reading_open(DESK(r), web_arena(r), s->keys, s->unit, s->role == KEYS_SUPERVISOR, id, &reading);
	if (err == -EACCES) {
		web_status(r, 403);
		return;
	}
	struct staff_message *m = err ? NULL : arena_array(web_arena(r), reading.message_n + 1, sizeof *m);
	if (!m) {
		web_status(r, err == -ENOENT ? 404 : err == -EAGAIN ? 429 : 500);
		return;
	}
	for (size_t i = 0; i < reading.message_n; i++)
		m[i] = show_message(r, &reading.message[i]);
	const struct staff_report_row row = show_row(r, &reading.row);
	const struct staff_report_page p = {
		.layout = staff_layout(r, N_("Report")),
		.row = &row,
		.message = m,
		.message_n = reading.message_n,
		.error = error ? text(web_lang(r), error) : NULL,
		.action = arena_printf(web_arena(r), "~/staff/reports/%s", row.id),
		.csrf = staff_csrf(r, arena_printf(web_arena(r), "/staff/reports/%s", row.id)),
		.may_ask = reading.row.mailbox,
	};
	page_staff_report(web_out(r), &p);
	reading_done(&reading);
	web_page(r, status);
}

void staff_report(struct web_request *r)
{
	uint8_t id[SEAL_ID];
	if (!staff_may(r, READERS))
		return;
	if (!hex_read(bytes_str(web_param(r, "id")), id, SEAL_ID))
		web_status(r, 404);
	else
		show(r, id, NULL, 200);
}

void staff_report_ask(struct web_request *r)
{
	uint8_t id[SEAL_ID];
	const char *question = web_field(r, "question");
	if (!staff_may(r, READERS))
		return;
	if (!hex_read(bytes_str(web_param(r, "id")), id, SEAL_ID)) {
		web_status(r, 404);
		return;
	}
	const struct staff *s = staff_of(r);
	int err = reading_ask(DESK(r), s->keys, s->unit, s->role == KEYS_SUPERVISOR, id, question ? question : "");
	if (!err)
		web_redirect(r, arena_printf(web_arena(r), "~/staff/reports/%s", web_param(r, "id")));
	else if (err == -EINVAL)
		show(r, id, N_("Write a question first."), 422);
	else if (err == -EAGAIN)
		show(r, id, N_("Somebody wrote at the same moment. Please send it again."), 409);
	else
		web_status(r, err == -ENOENT ? 404 : err == -EACCES ? 403 : 500);
}
