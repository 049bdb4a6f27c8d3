/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed file: PDF by another process, sheet, container. All of it in memory. */
#include "desk/dossier/dossier.h"

#include "base/child.h"
#include "base/clock.h"
#include "desk/audit/audit.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>

enum { PDF_MAX = 12 << 20, PDF_SECONDS = 60 };

static int put(json_t *o, const char *name, const char *value)
{
	return json_object_set_new(o, name, json_string(value ? value : "")) ? -ENOMEM : 0;
}

static json_t *block_json(const struct dossier_block *b)
{
	static const char *const kinds[] = { "heading", "text", "notice", "fact", "code" };
	json_t *o = json_object();
	int err = put(o, "kind", kinds[b->kind]);
	if (!err && (b->kind == BLOCK_FACT || b->kind == BLOCK_CODE))
		err = put(o, "label", b->label);
	if (!err)
		err = put(o, "text", b->text);
	if (err) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* As src/paper/document.h wants it. */
static int document_json(const struct dossier_document *doc, char **ret)
{
	enum lang l = LANG_EN;
	json_t *top = json_object(), *list = json_array();
	const struct civil c = civil_from_seconds(doc->made);
	char made[40];
	(void)!lang_parse(doc->lang, strlen(doc->lang), &l);
	(void)snprintf(made, sizeof made, "%04d-%02d-%02dT%02d:00:00Z", (int)c.year, c.month, c.day, c.hour);
	int err = top && list ? 0 : -ENOMEM;
	for (size_t i = 0; i < doc->block_n && !err; i++)
		err = json_array_append_new(list, block_json(&doc->block[i])) ? -ENOMEM : 0;
	const struct { const char *name, *value; } text_of[] = { { "lang", doc->lang }, { "title", doc->title }, { "reference", doc->reference },
		{ "made", made }, { "printed", doc->printed }, { "page", text(l, "Page {0} of {1}") } };
	for (size_t i = 0; i < ARRAY_LEN(text_of) && !err; i++)
		err = put(top, text_of[i].name, text_of[i].value);
	if (!err && (json_object_set_new(top, "v", json_integer(1)) || json_object_set_new(top, "rtl", json_boolean(doc->rtl)) ||
		json_object_set(top, "blocks", list)))
		err = -ENOMEM;
	*ret = err ? NULL : json_dumps(top, JSON_COMPACT);
	json_decref(list);
	json_decref(top);
	return *ret ? 0 : -ENOMEM;
}

static int print(struct desk *d, const struct dossier_document *doc, uint8_t *room, size_t *ret_n)
{
	char *json;
	if (!d->paper)
		return ERR_CHILD;
	const char *const argv[] = { d->paper, NULL };
	int err = document_json(doc, &json);
	if (err)
		return err;
	size_t n = strlen(json);
	err = child_run(argv, bytes_of(json, n), room, PDF_MAX, ret_n, PDF_SECONDS);
	sodium_memzero(json, n);
	free(json);
	return err;
}

static const char how[] =
	"\nTo verify: hisn packet verify FILE --key KEYFILE\n"
	"or, after hisn packet open: sha256sum --check --ignore-missing integrity.txt\n"
	"Compare the SHA-256 of the sealed file with the desk, by telephone.\n";

static const char *sheet_text(struct arena *a, const char *lines, struct bytes json, struct bytes pdf)
{
	uint8_t hash[2][SHEET_HASH];
	char hex[2][2 * SHEET_HASH + 1];
	sheet_hash(json, hash[0]);
	sheet_hash(pdf, hash[1]);
	for (int i = 0; i < 2; i++)
		sodium_bin2hex(hex[i], sizeof hex[i], hash[i], SHEET_HASH);
	return arena_printf(a, SHEET_FIRST "%sSHA256 (packet.json) = %s\nSHA256 (packet.pdf) = %s\n%s", lines, hex[0], hex[1], how);
}

/* --- that it was made --- */

struct making { const struct actor *who; const struct dossier *h; uint8_t hash[SHEET_HASH]; const char *action; };

static int record(struct store_tx *t, void *ctx)
{
	const struct making *m = ctx;
	char object[64], hex[2 * SHEET_HASH + 1] = "";
	bool made = m->action[0] != 0 && !strcmp(m->action, "packet.make");
	int err = made ? STORE_RUN(t, "UPDATE packet SET made = made + 1, hash = $2 WHERE id = $1", S_BLOB(m->h->id, SEAL_ID),
		S_BLOB(m->hash, SHEET_HASH)) : 0;
	sodium_bin2hex(hex, sizeof hex, m->h->id, SEAL_ID);
	(void)snprintf(object, sizeof object, "packet %s", hex);
	if (made)
		sodium_bin2hex(hex, sizeof hex, m->hash, SHEET_HASH);
	const struct audit_entry e = { m->who->member, (int)m->who->role, m->action, m->h->report, object, made ? hex : NULL };
	return err ? err : audit_put(t, &e);
}

int dossier_shown(struct desk *d, const struct actor *who, const struct dossier *h)
{
	struct making m = { .who = who, .h = h, .action = "packet.show" };
	return store_write(d->store, record, &m);
}

static int seal(struct arena *a, const struct dossier *h, const struct directory_recipient *to, const struct packet_file *file, size_t n,
	struct bytes *ret)
{
	size_t size = packet_size(file, n);
	uint8_t *p = size ? arena_alloc(a, size) : NULL;
	if (!p)
		return size ? -ENOMEM : ERR_LIMIT;
	*ret = bytes_of(p, size);
	return packet_seal(to->key, h->id, file, n, p);
}

int dossier_seal(struct desk *d, struct arena *a, const struct actor *who, const struct dossier *h,
	const struct directory_recipient *to, const struct dossier_document *doc, struct bytes *ret)
{
	struct packet_file file[] = { { "packet.json", doc->json }, { "packet.pdf", { NULL, 0 } }, { "integrity.txt", { NULL, 0 } } };
	struct making m = { .who = who, .h = h, .action = "packet.make" };
	size_t n = 0;
	if (!to->has_key || !dossier_key_same(h, to))
		return -EINVAL;
	uint8_t *pdf = malloc(PDF_MAX);
	int err = pdf ? print(d, doc, pdf, &n) : -ENOMEM;
	if (!err) {
		file[1].body = bytes_of(pdf, n);
		const char *sheet = sheet_text(a, doc->sheet, doc->json, file[1].body);
		file[2].body = sheet ? bytes_str(sheet) : bytes_of(NULL, 0);
		err = sheet ? seal(a, h, to, file, ARRAY_LEN(file), ret) : -ENOMEM;
	}
	if (pdf)
		sodium_memzero(pdf, n ? n : PDF_MAX); /* half of one, where its process failed */
	free(pdf);
	if (err)
		return err;
	sheet_hash(*ret, m.hash);
	return store_write(d->store, record, &m);
}
