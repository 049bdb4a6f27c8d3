/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a packet: the document that people read, and packet.json with the exact words of each message. */
#include "desk/dossier/dossier.h"

#include "base/clock.h"
#include "desk/case/offence.h"
#include "desk/config.h"
#include "desk/notices/letter.h"
#include "desk/settings.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>

enum { BLOCKS = 1200 };

/* Everything one writing works with; the first error stays. */
struct writing {
	struct desk *d;
	struct arena *a;
	const struct actor *who;
	const struct work_case *c;
	const struct dossier *h;
	const struct directory_recipient *to;
	enum lang l;
	struct dossier_document *doc;
	json_t *top, *messages, *urls, *persons;
	char *sheet; size_t sheet_n, sheet_cap;
	int err;
};

/* --- pieces --- */

static void block(struct writing *w, int kind, const char *label, const char *text)
{
	struct dossier_document *doc = w->doc;
	if (w->err || !text || !*text)
		return;
	if (doc->block_n == doc->block_cap)
		w->err = ERR_LIMIT;
	else
		doc->block[doc->block_n++] = (struct dossier_block){ kind, label, text };
}

static void set(struct writing *w, json_t *o, const char *name, json_t *value)
{
	if (json_object_set_new(o, name, value) && !w->err)
		w->err = -ENOMEM;
}

static void set_text(struct writing *w, json_t *o, const char *name, const char *value)
{
	set(w, o, name, value ? json_string(value) : json_null());
}

static const char *words(struct writing *w, const char *msgid)
{
	return text(w->l, msgid);
}

static const char *rfc3339(struct arena *a, int64_t at)
{
	const struct civil c = civil_from_seconds(at);
	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)c.year, c.month, c.day, c.hour, c.minute, c.second);
}

static const char *hour(struct writing *w, int64_t at)
{
	return at ? text_date(w->a, w->l, w->d->zone, at, TEXT_DAY_TIME) : NULL;
}

static const char *hex(struct writing *w, const uint8_t *p, size_t n)
{
	char *s = arena_alloc(w->a, 2 * n + 1);
	if (!s && !w->err)
		w->err = -ENOMEM;
	return s ? sodium_bin2hex(s, 2 * n + 1, p, n) : "";
}

static const char *name_of(struct writing *w, uint32_t member)
{
	struct store_tx *t;
	struct store_rows *rows;
	const char *name = NULL;
	if (store_begin(w->d->store, STORE_READ, &t))
		return "?";
	if (!STORE_QUERY(t, &rows, "SELECT name FROM staff WHERE member = $1", S_INT(member))) {
		if (store_next(rows) == 1)
			name = arena_text(w->a, store_text(rows, 0), strlen(store_text(rows, 0)));
		store_end(rows);
	}
	store_rollback(t);
	return name ? name : "?";
}

static void sheet_add(struct writing *w, const char *line)
{
	size_t n = line ? strlen(line) : 0;
	if (!line && !w->err)
		w->err = -ENOMEM;
	if (!line)
		return;
	if (w->sheet_n + n + 2 > w->sheet_cap) {
		w->err = w->err ? w->err : ERR_LIMIT;
		return;
	}
	memcpy(w->sheet + w->sheet_n, line, n);
	w->sheet_n += n;
	w->sheet[w->sheet_n++] = '\n';
	w->sheet[w->sheet_n] = 0;
}

/* --- one message --- */

static const char *entry_words(struct writing *w, const struct field *f, struct bytes entry)
{
	const char *label = report_choice_label(f, entry), *code = arena_text(w->a, (const char *)entry.p, entry.n);
	const struct desk_territory *t = code && (f->type == FIELD_TERRITORY || f->type == FIELD_UNITS) ? desk_territory(w->d->data, code) : NULL;
	return label ? words(w, label) : t ? t->name[w->l] : code;
}

static const char *value_words(struct writing *w, const struct field *f, const char *value)
{
	struct bytes entry;
	const char *out = "", *at = value;
	if (f->type == FIELD_LINE || f->type == FIELD_TEXT || f->type == FIELD_URL || f->type == FIELD_DATE)
		return value;
	while (out && report_entry(&at, &entry))
		out = arena_printf(w->a, "%s%s%s", out, *out ? "\n" : "", entry_words(w, f, entry));
	return out ? out : value;
}

static void add_url(struct writing *w, const char *raw)
{
	json_t *o = json_object();
	set_text(w, o, "url", raw);
	if (json_array_append_new(w->urls, o) && !w->err)
		w->err = -ENOMEM;
}

/* As the public formats of providers have it: addresses, and the account that is reported. */
static void exchange(struct writing *w, const struct report *said)
{
	const char *urls[] = { report_get(said, "url"), report_get(said, "more_urls"), report_get(said, "referrer") };
	static const char *const from[] = { "platform", "suspect_account", "suspect_name", "suspect_profile" };
	static const char *const as[] = { "serviceName", "screenName", "displayName", "profileUrl" };
	json_t *person = json_object();
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		const char *at = urls[i];
		struct bytes line;
		while (at && report_entry(&at, &line))
			if (line.n)
				add_url(w, arena_text(w->a, (const char *)line.p, line.n));
	}
	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		if (report_get(said, from[i]))
			set_text(w, person, as[i], report_get(said, from[i]));
	if (json_object_size(person))
		(void)!json_array_append(w->persons, person);
	json_decref(person);
}

static void report_blocks(struct writing *w, struct bytes json)
{
	struct report said;
	int err = report_read(w->a, json, &said, NULL);
	if (err) {
		block(w, BLOCK_TEXT, NULL, arena_text(w->a, (const char *)json.p, json.n));
		return;
	}
	for (size_t i = 0; i < report_field_count; i++)
		if (said.value[i])
			block(w, BLOCK_FACT, words(w, report_fields[i].label), value_words(w, &report_fields[i], said.value[i]));
	exchange(w, &said);
}

static void assessment_blocks(struct writing *w, struct bytes json)
{
	struct work_assessment as;
	json_t *o = json_object();
	if (!work_assessment_read(w->a, json, &as)) {
		const struct desk_offence *f = as.offence ? case_offence(w->d->data, as.offence) : NULL;
		block(w, BLOCK_FACT, words(w, N_("Classification")), as.classification ? words(w, case_classification_label(as.classification)) : NULL);
		block(w, BLOCK_FACT, words(w, N_("Filed under")), f ? f->name[w->l] : NULL);
		block(w, BLOCK_FACT, words(w, N_("Articles, as far as known here")), f ? f->penal_code : NULL);
		block(w, BLOCK_FACT, words(w, N_("How sure that is")), f ? f->basis : NULL);
		block(w, BLOCK_TEXT, NULL, as.text); /* packet.json has it too: both say the same */
		set_text(w, o, "classification", as.classification ? case_classification_name(as.classification) : NULL);
		set_text(w, o, "offence", as.offence);
		set_text(w, o, "penalCode", f ? f->penal_code : NULL);
		set_text(w, o, "certainty", f ? f->basis : NULL);
	}
	set(w, w->top, "assessment", o);
}

static const char *type_name(uint8_t type)
{
	return type == SEAL_REPORT ? "report" : type == SEAL_QUESTION ? "question" : type == SEAL_ANSWER ? "answer"
		: type == SEAL_WITHDRAWAL ? "withdrawal" : type == SEAL_ASSESSMENT ? "assessment" : NULL;
}

static const char *type_title(struct writing *w, uint8_t type)
{
	return type == SEAL_REPORT ? words(w, N_("What was reported")) : type == SEAL_QUESTION ? words(w, N_("Question to the reporter"))
		: type == SEAL_ANSWER ? words(w, N_("The reporter’s answer")) : type == SEAL_WITHDRAWAL ? words(w, N_("The reporter asks to withdraw"))
		: words(w, N_("Assessment of the desk"));
}

static void message_json(struct writing *w, const struct reading_message *m, const char *exact, const char *hash)
{
	json_t *o = json_object();
	set(w, o, "number", json_integer(m->seq));
	set_text(w, o, "type", type_name(m->type));
	set_text(w, o, "at", rfc3339(w->a, seal_round_time(m->at)));
	set_text(w, o, "sha256", hash);
	set_text(w, o, "text", exact);
	if (json_array_append_new(w->messages, o) && !w->err)
		w->err = -ENOMEM;
}

static void message_of(struct writing *w, const struct reading_message *m)
{
	uint8_t hash[SHEET_HASH];
	if (!type_name(m->type)) /* notes and tasks are the desk's own: they never leave it */
		return;
	const char *exact = arena_text(w->a, (const char *)m->plain.p, m->plain.n);
	if (!exact && !w->err)
		w->err = -ENOMEM;
	sheet_hash(m->plain, hash);
	block(w, BLOCK_HEADING, NULL, type_title(w, m->type));
	block(w, BLOCK_FACT, words(w, N_("Hour")), hour(w, seal_round_time(m->at)));
	if (m->type == SEAL_REPORT)
		report_blocks(w, m->plain);
	else if (m->type == SEAL_ASSESSMENT)
		assessment_blocks(w, m->plain);
	else
		block(w, BLOCK_TEXT, NULL, exact);
	message_json(w, m, exact, hex(w, hash, sizeof hash));
	sheet_add(w, arena_printf(w->a, "SHA256 (message %u) = %s", m->seq, hex(w, hash, sizeof hash)));
}

/* Opened apart: reading a long case once for each of its messages is more than a request has room for. */
static void message(struct writing *w, uint32_t seq)
{
	struct reading_message m;
	struct arena apart;
	if (w->err)
		return;
	arena_init(&apart, 0);
	w->err = work_open(w->d, &apart, w->who, w->c->row.id, seq, &m);
	if (!w->err)
		message_of(w, &m);
	arena_wipe(&apart);
}

/* --- around the messages --- */

static int audit_head(struct writing *w, int64_t *size, const char **chain)
{
	struct store_tx *t;
	struct store_rows *rows;
	int err = store_begin(w->d->store, STORE_READ, &t);
	*chain = "";
	if (err)
		return err;
	err = store_query(t, "SELECT size, chain FROM audit_head WHERE id = 1", NULL, 0, &rows);
	if (!err) {
		err = store_next(rows);
		if (err == 1) {
			*size = store_int(rows, 0);
			*chain = hex(w, store_blob(rows, 1).p, store_blob(rows, 1).n);
		}
		store_end(rows);
	}
	store_rollback(t);
	return MIN(err, 0);
}

static void top(struct writing *w, const char *law, const char *letter)
{
	const struct desk_config *g = w->d->config;
	const char *prepared = name_of(w, w->h->prepared_by), *released = name_of(w, w->h->decided_by);
	json_t *desk = json_object(), *to = json_object(), *of = json_object();
	block(w, BLOCK_NOTICE, NULL, words(w, N_("Confidential. For the recipient named here only. It holds words of people who may be in danger: keep it, copy it and speak of it no more than the procedure needs.")));
	block(w, BLOCK_FACT, words(w, N_("From")), arena_printf(w->a, "%s%s%s", g->name, g->contact ? "\n" : "", g->contact ? g->contact : ""));
	block(w, BLOCK_FACT, words(w, N_("To")), w->to->name);
	block(w, BLOCK_FACT, words(w, N_("Case")), arena_printf(w->a, "%.8s", hex(w, w->c->row.id, SEAL_ID)));
	block(w, BLOCK_FACT, words(w, N_("Priority")), arena_printf(w->a, "P%d", (int)w->c->row.priority));
	block(w, BLOCK_FACT, words(w, N_("Received")), hour(w, seal_round_time(w->c->row.received)));
	block(w, BLOCK_FACT, words(w, N_("Prepared by")), prepared);
	block(w, BLOCK_FACT, words(w, N_("Released by")), released);
	block(w, BLOCK_FACT, words(w, N_("Basis this desk works on")), law);
	if (*letter)
		block(w, BLOCK_HEADING, NULL, words(w, N_("Covering letter")));
	block(w, BLOCK_TEXT, NULL, letter);
	set_text(w, w->top, "format", "hisn-packet");
	set(w, w->top, "version", json_integer(1));
	set_text(w, w->top, "reference", w->doc->reference);
	set_text(w, w->top, "made", rfc3339(w->a, w->doc->made));
	set_text(w, w->top, "language", w->h->language);
	set_text(w, desk, "name", g->name);
	set_text(w, desk, "contact", g->contact);
	set_text(w, desk, "basis", law);
	set(w, w->top, "desk", desk);
	set_text(w, to, "kind", recipient_kind_name(w->to->kind));
	set_text(w, to, "name", w->to->name);
	set(w, w->top, "recipient", to);
	set_text(w, w->top, "preparedBy", prepared);
	set_text(w, w->top, "releasedBy", released);
	set_text(w, w->top, "letter", letter);
	set_text(w, of, "number", hex(w, w->c->row.id, SEAL_ID));
	set_text(w, of, "kind", report_kind_name(w->c->row.kind));
	set(w, of, "priority", json_integer(w->c->row.priority));
	set_text(w, of, "state", case_state_name(CASE_REPORT, w->c->row.state));
	set_text(w, of, "region", w->c->row.region);
	set_text(w, of, "received", rfc3339(w->a, seal_round_time(w->c->row.received)));
	set(w, w->top, "case", of);
	sheet_add(w, arena_printf(w->a, "reference %s", w->doc->reference));
	sheet_add(w, arena_printf(w->a, "made %s", rfc3339(w->a, w->doc->made)));
	sheet_add(w, arena_printf(w->a, "prepared by %s (member %u)", prepared, w->h->prepared_by));
	sheet_add(w, arena_printf(w->a, "released by %s (member %u)", released, w->h->decided_by));
	sheet_add(w, arena_printf(w->a, "for %s", w->to->name));
}

static void notices(struct writing *w)
{
	json_t *list = json_array();
	for (size_t i = 0; i < w->c->notice_n; i++) {
		const struct work_notice *n = &w->c->notice[i];
		json_t *o = json_object();
		if (!i)
			block(w, BLOCK_HEADING, NULL, words(w, N_("Removal notices sent by the desk")));
		block(w, BLOCK_FACT, notice_reference(w->a, n->id), arena_printf(w->a, "%s · %s", words(w, case_state_label(CASE_NOTICE, n->state)),
			n->sent ? hour(w, n->sent) : "–"));
		set_text(w, o, "reference", notice_reference(w->a, n->id));
		set_text(w, o, "state", case_state_name(CASE_NOTICE, n->state));
		set_text(w, o, "sent", n->sent ? rfc3339(w->a, n->sent) : NULL);
		(void)!json_array_append_new(list, o);
	}
	set(w, w->top, "notices", list);
}

static void finish(struct writing *w)
{
	int64_t size = 0;
	const char *chain;
	uint8_t hash[SHEET_HASH];
	if (!w->err)
		w->err = audit_head(w, &size, &chain);
	if (w->err)
		return;
	sheet_add(w, arena_printf(w->a, "audit trail %lld entries, chain %s", (long long)size, chain));
	set(w, w->top, "webPages", json_incref(w->urls));
	set(w, w->top, "reportedAccounts", json_incref(w->persons));
	set(w, w->top, "messages", json_incref(w->messages));
	set(w, w->top, "auditEntries", json_integer(size));
	set_text(w, w->top, "auditChain", chain);
	size_t n = json_dumpb(w->top, NULL, 0, JSON_INDENT(1));
	char *p = n ? arena_alloc(w->a, n) : NULL;
	if (!p) {
		w->err = -ENOMEM;
		return;
	}
	w->doc->json = bytes_of(p, json_dumpb(w->top, p, n, JSON_INDENT(1)));
	sheet_hash(w->doc->json, hash);
	block(w, BLOCK_HEADING, NULL, words(w, N_("Integrity")));
	block(w, BLOCK_TEXT, NULL, words(w, N_("The exact words of each message stand in packet.json. Its checksum is below; the sheet integrity.txt in the packet has all of them. Compare the packet’s own checksum with the desk by telephone.")));
	block(w, BLOCK_CODE, "packet.json", hex(w, hash, sizeof hash));
	block(w, BLOCK_CODE, words(w, N_("Audit trail")), arena_printf(w->a, "%lld · %s", (long long)size, chain));
}

static int own_law(struct desk *d, struct arena *a, const char **ret)
{
	struct store_tx *t;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = desk_setting_get(t, a, SETTING_LAW, ret);
	store_rollback(t);
	return err;
}

int dossier_write(struct desk *d, struct arena *a, const struct actor *who, const struct work_case *c, const struct dossier *h,
	const struct directory_recipient *to, struct dossier_document *ret)
{
	const char *law = NULL;
	struct dossier_wish wish;
	struct writing w = { .d = d, .a = a, .who = who, .c = c, .h = h, .to = to, .doc = ret, .sheet_cap = SHEET_MAX / 2 };
	*ret = (struct dossier_document){ .reference = dossier_reference(a, h->id), .lang = h->language, .made = seal_round_time(clock_unix()),
		.block = arena_array(a, BLOCKS, sizeof *ret->block), .block_cap = BLOCKS };
	w.sheet = arena_alloc(a, w.sheet_cap);
	if (!ret->block || !w.sheet || !lang_parse(h->language, strlen(h->language), &w.l))
		return -ENOMEM;
	int err = dossier_open(d, a, who, h, &wish);
	if (!err)
		err = own_law(d, a, &law);
	if (err)
		return err;
	const char *const by[] = { name_of(&w, who->member), NULL };
	ret->title = text(w.l, "Handover packet");
	ret->printed = text_fill(a, w.l, "Made by {0}", by);
	ret->rtl = !strcmp(lang_info(w.l)->dir, "rtl");
	w.top = json_object();
	w.messages = json_array();
	w.urls = json_array();
	w.persons = json_array();
	w.err = w.top && w.messages && w.urls && w.persons ? 0 : -ENOMEM;
	top(&w, law, wish.letter);
	for (size_t i = 0; i < wish.message_n; i++)
		message(&w, wish.message[i]);
	notices(&w);
	finish(&w);
	json_decref(w.messages);
	json_decref(w.urls);
	json_decref(w.persons);
	json_decref(w.top);
	ret->sheet = w.sheet;
	return w.err;
}
