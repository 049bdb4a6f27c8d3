/* SPDX-License-Identifier: Apache-2.0 */
/* Signed heads of the trail, to copy and to print; and the trail as a file. */
#include "desk/audit/export.h"
#include "desk/audit/heads.h"
#include "desk/config.h"
#include "desk/pages.h"
#include "desk/staff/audit_pages.h"
#include "desk/staff/pages.h"
#include "desk/staff/show.h"

#include <errno.h>
#include <stdlib.h>

enum { HEADS = 24 };

static bool national(struct web_request *r)
{
	const struct staff *me = staff_of(r);
	if (me->role == KEYS_AUDITOR || staff_is_national(me))
		return true;
	staff_refuse(r, "unit");
	return false;
}

/* --- heads --- */

/* The hour of the last entry that a head knows. */
static int hour_of(struct store_tx *t, int64_t size, int64_t *ret)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT at FROM audit WHERE seq = $1", S_INT(size - 1));
	if (err)
		return err;
	err = store_next(rows);
	*ret = err == 1 ? store_int(rows, 0) : 0;
	store_end(rows);
	return err < 0 ? err : 0;
}

static int read_heads(struct web_request *r, struct staff_audit_heads_page *p)
{
	struct store_tx *t;
	struct arena *a = web_arena(r);
	struct audit_end end;
	struct audit_note *note;
	size_t n = 0;
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = audit_end_read(t, a, &end);
	if (!err)
		err = audit_notes(t, a, INT64_MAX, HEADS, &note, &n);
	struct audit_head_line *line = err ? NULL : arena_array(a, n + 1, sizeof *line);
	for (size_t i = 0; !err && line && i < n; i++) {
		int64_t at;
		err = hour_of(t, note[i].size, &at);
		line[i] = (struct audit_head_line){ note[i].size, err ? "" : staff_hour(r, at), note[i].note };
	}
	store_rollback(t);
	p->line = line;
	p->line_n = n;
	p->entries = end.size;
	return err ? err : line ? 0 : -ENOMEM;
}

static int state_of(struct web_request *r, struct staff_audit_heads_page *p)
{
	struct keys_head h;
	char key[NOTE_KEY_TEXT];
	if (keys_head(DESK(r)->keys, &h))
		return HEADS_SILENT;
	note_key_write(&h.key, key);
	p->key = arena_text(web_arena(r), key, strlen(key));
	p->key_id = arena_printf(web_arena(r), "%02x%02x%02x%02x", h.key.id[0], h.key.id[1], h.key.id[2], h.key.id[3]);
	p->signed_at = (int64_t)h.size;
	if (h.state == KEYS_HEAD_DAMAGED)
		return HEADS_DAMAGED;
	if (p->signed_at > p->entries)
		return HEADS_CUT;
	return h.state == KEYS_HEAD_KEPT ? HEADS_GOOD : p->line_n ? HEADS_FORGOTTEN : HEADS_NONE;
}

void staff_audit_heads(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_AUDITOR) | STAFF_ROLE(KEYS_SUPERVISOR)) || !national(r))
		return;
	const struct desk_config *c = DESK(r)->config;
	struct staff_audit_heads_page p = { .layout = staff_layout(r, N_("Signed heads of the audit trail")),
		.mailed = c->mail.from ? c->audit.heads_to_n : 0, .file = c->audit.heads_file };
	const struct staff *me = staff_of(r);
	int err = read_heads(r, &p);
	if (!err)
		err = audit_now(DESK(r), &(struct audit_entry){ .member = me->member, .role = me->role, .action = "audit.read", .object = "heads" });
	if (err) {
		web_status(r, 500);
		return;
	}
	p.state = state_of(r, &p);
	page_staff_audit_heads(web_out(r), &p);
	web_page(r, 200);
}

/* --- export: in parts, so that no answer is larger than memory --- */

static int64_t from_of(struct web_request *r)
{
	const char *s = web_query(r, "from");
	return s && *s && strlen(s) <= 18 && strspn(s, "0123456789") == strlen(s) ? strtoll(s, NULL, 10) : 0;
}

static int write_part(struct web_request *r, int64_t from, FILE *out)
{
	struct store_tx *t;
	struct audit_hidden hidden;
	struct audit_exported done;
	int err = store_begin(DESK(r)->store, STORE_READ, &t);
	if (err)
		return err;
	err = audit_hidden_read(t, web_arena(r), staff_of(r)->member, &hidden);
	const struct audit_export e = { .filter = AUDIT_ALL, .from = from, .cap = AUDIT_PART, .out = out, .hidden = &hidden };
	if (!err)
		err = audit_export(t, &e, &done);
	store_rollback(t);
	return err;
}

static int tell(struct web_request *r, int64_t from)
{
	const struct staff *me = staff_of(r);
	char object[40];
	(void)snprintf(object, sizeof object, "from %lld", (long long)from);
	return audit_now(DESK(r), &(struct audit_entry){ .member = me->member, .role = me->role, .action = "audit.export", .object = object });
}

void staff_audit_export(struct web_request *r)
{
	if (!staff_may(r, STAFF_ROLE(KEYS_AUDITOR)))
		return;
	const int64_t from = from_of(r);
	char *p = NULL, name[80];
	size_t n = 0;
	FILE *out = open_memstream(&p, &n);
	int err = out ? write_part(r, from, out) : -ENOMEM;
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	if (!err)
		err = tell(r, from);
	if (err) {
		web_status(r, 500);
	} else {
		(void)snprintf(name, sizeof name, "attachment; filename=\"audit-%lld.jsonl\"", (long long)from);
		web_header_set(r, "Content-Disposition", name);
		web_send(r, 200, "application/jsonl", bytes_of(p, n));
	}
	free(p);
}
