/* SPDX-License-Identifier: Apache-2.0 */
/* hisn desk audit: verify, export, head. */
#include "cli/desk.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "desk/audit/export.h"
#include "desk/audit/verify.h"
#include "desk/config.h"
#include "keys/client.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { FOUND = 1, NOT_DONE = 2, HEAD_FILE_MAX = 64 << 20, STORED_MS = 3000 };

static int fail(const char *what, const char *why)
{
	(void)desk_cli_fail("audit: %s%s%s", what ? what : "", what ? ": " : "", why);
	return NOT_DONE;
}

/* --- what is verified, and against what --- */

struct verifying {
	const struct desk_args *a;
	struct desk *desk;          /* NULL: --database */
	struct store *store;
	struct arena arena;
	struct keys_head last;
	struct note_key key;
	bool has_last, has_key;
	struct audit_given given[DESK_HEADS_MAX + 1];
	size_t given_n;
	struct progress progress;
};

static int open_database(struct verifying *v)
{
	struct err_note note = { "" };
	const char *where = v->a->database;
	if (seal_start())
		return fail(NULL, err_text(-ENOSYS));
	/* A file that is not there would be made. */
	if (strncmp(where, "postgresql://", 13) != 0 && !strchr(where, '=') && access(where, R_OK) < 0)
		return fail(where, err_text(-errno));
	int err = store_open(where, &v->store, &note);
	return err ? fail(where, err_say(&note, err)) : 0;
}

static bool last_is_stored(struct verifying *v)
{
	struct store_tx *t;
	struct audit_note *note;
	size_t n = 0;
	if (store_begin(v->store, STORE_READ, &t))
		return true; /* what is read next says why not */
	int err = audit_notes(t, &v->arena, (int64_t)v->last.size + 1, 1, &note, &n);
	store_rollback(t);
	return err || (n && note[0].size == (int64_t)v->last.size);
}

/* The key process signs a head and keeps it, then the desk stores it: who asks between the two waits a moment, and
 * does not say that somebody took it away. */
static void wait_for_last(struct verifying *v)
{
	const int64_t end = clock_mono_ms() + STORED_MS;
	while (v->has_last && v->last.size && !last_is_stored(v) && clock_mono_ms() < end) {
		(void)nanosleep(&(struct timespec){ 0, 50 * 1000000L }, NULL);
		v->has_last = keys_head(v->desk->keys, &v->last) == 0; /* of a desk that was killed there, the next one counts */
	}
}

static int open_all(struct verifying *v)
{
	if (v->a->database)
		return open_database(v);
	if (desk_cli_open(v->a, (struct desk_open){ .keys = true }, &v->desk))
		return NOT_DONE;
	v->store = v->desk->store;
	v->has_last = keys_head(v->desk->keys, &v->last) == 0;
	wait_for_last(v);
	if (!v->has_last)
		fprintf(stderr, "hisn desk: the key process does not answer: the head it signed last is not looked at\n");
	else if (v->last.state == KEYS_HEAD_DAMAGED)
		fprintf(stderr, "hisn desk: the key process's last head is damaged; see 'hisn keys status'\n");
	return 0;
}

/* From the key process, or as it was given; both must be the same. */
static int find_key(struct verifying *v)
{
	if (v->has_last) {
		v->key = v->last.key;
		v->has_key = true;
	}
	if (!v->a->key)
		return 0;
	struct note_key given;
	if (note_key_read(bytes_str(v->a->key), &given))
		return fail("--key", "not a key as 'hisn keys status' prints it");
	if (v->has_key && memcmp(given.pub, v->key.pub, NOTE_PUBLIC) != 0)
		return fail("--key", "the key process has another one: this is not the desk that the key is of");
	v->key = given;
	v->has_key = true;
	return 0;
}

static int read_file(struct verifying *v, const char *path, bool must)
{
	struct bytes text;
	int err = file_read(path, HEAD_FILE_MAX, &text);
	if (err == -ENOENT && !must)
		return 0;
	if (err)
		return fail(path, err_text(err));
	const char *kept = arena_text(&v->arena, (const char *)text.p, text.n), *where = arena_printf(&v->arena, "in %s", path);
	size_t n = text.n;
	free((void *)(uintptr_t)text.p);
	if (!kept || !where)
		return fail(path, err_text(-ENOMEM));
	struct bytes rest = bytes_of(kept, n);
	struct checkpoint c;
	if (must && audit_head_find(&rest, &v->key, &c) == -ENOENT)
		return fail(path, "no head of this trail is in it");
	v->given[v->given_n++] = (struct audit_given){ bytes_of(kept, n), where };
	return 0;
}

static int read_given(struct verifying *v)
{
	if (v->a->nheads && !v->has_key)
		return fail("--head", "whose key? Start the key process, or say --key KEY");
	int code = 0;
	for (unsigned i = 0; i < v->a->nheads && !code; i++)
		code = read_file(v, v->a->heads[i], true);
	const char *own = v->desk && v->has_key ? v->desk->config->audit.heads_file : NULL;
	return code || !own ? code : read_file(v, own, false);
}

/* --- what is said --- */

static void finding_json(struct json *j, const struct audit_finding *f)
{
	char text[AUDIT_FINDING_TEXT];
	audit_finding_text(f, text);
	json_begin_object(j, NULL);
	json_text(j, "fault", audit_fault_name(f->fault));
	json_int(j, "from", f->from);
	json_int(j, "to", f->to);
	json_text(j, "head", f->where);
	json_text(j, "text", text);
	json_end(j);
}

static void show_json(const struct verifying *v, const struct audit_verified *r)
{
	struct json j;
	char key[NOTE_KEY_TEXT] = "", root[45];
	const struct audit_check *c = &r->check;
	if (v->has_key)
		note_key_write(&v->key, key);
	sodium_bin2base64(root, sizeof root, c->root, MERKLE_HASH, sodium_base64_VARIANT_ORIGINAL);
	json_open(&j, stdout, true);
	json_begin_object(&j, NULL);
	json_bool(&j, "good", !c->findings && v->has_key);
	json_int(&j, "entries", c->entries);
	json_text(&j, "root", c->tree_whole ? root : NULL);
	json_text(&j, "key", v->has_key ? key : NULL);
	json_bool(&j, "signatures_checked", v->has_key);
	json_int(&j, "heads_stored", r->notes);
	json_int(&j, "heads_elsewhere", (int64_t)r->given_heads + (v->has_last && v->last.size));
	json_int(&j, "heads_good", c->heads_good);
	json_int(&j, "heads_skipped", c->heads_skipped);
	json_int(&j, "found", c->findings);
	json_begin_array(&j, "findings");
	for (size_t i = 0; i < c->finding_n; i++)
		finding_json(&j, &c->finding[i]);
	json_end(&j);
	json_end(&j);
	json_close(&j);
}

static void show_text(const struct verifying *v, const struct audit_verified *r)
{
	char text[AUDIT_FINDING_TEXT];
	const struct audit_check *c = &r->check;
	for (size_t i = 0; i < c->finding_n; i++) {
		audit_finding_text(&c->finding[i], text);
		printf("%s\n", text);
	}
	if ((int64_t)c->finding_n < c->findings)
		printf("... and %lld more\n", (long long)(c->findings - (int64_t)c->finding_n));
	printf("%lld entries; %lld heads fit", (long long)c->entries, (long long)c->heads_good);
	if (c->heads_skipped)
		printf(", %lld could not be compared, since what stands before them is not known", (long long)c->heads_skipped);
	printf(". %s\n", c->findings ? "Something was changed." : "Nothing is missing, nothing was changed.");
	if (!c->heads_good && !c->findings && c->entries)
		printf("There is no signed head to hold it against: a trail rewritten as a whole would not be seen.\n");
	if (!v->has_key)
		printf("Signatures were not checked: start the key process, or say --key KEY.\n");
}

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	progress_set(ctx, done, total, NULL);
}

static int verify(struct verifying *v)
{
	struct err_note note = { "" };
	struct audit_verified r;
	const struct audit_verify how = { .key = v->has_key ? &v->key : NULL, .last = v->has_last ? &v->last : NULL, .given = v->given,
		.given_n = v->given_n, .progress = v->a->quiet ? NULL : show_progress, .ctx = &v->progress };
	progress_start(&v->progress, "audit trail");
	int err = audit_verify(v->store, &v->arena, &how, &r, &note);
	progress_end(&v->progress);
	if (err)
		return fail(NULL, err_say(&note, err));
	v->a->json ? show_json(v, &r) : show_text(v, &r);
	return r.check.findings ? FOUND : v->has_key ? EXIT_OK : NOT_DONE;
}

static int do_verify(const struct desk_args *a)
{
	struct verifying *v = calloc(1, sizeof *v);
	if (!v)
		return fail(NULL, err_text(-ENOMEM));
	v->a = a;
	arena_init(&v->arena, 0);
	int code = open_all(v);
	if (!code)
		code = find_key(v);
	if (!code)
		code = read_given(v);
	if (!code)
		code = verify(v);
	if (v->desk)
		desk_close(v->desk);
	else
		store_close(v->store);
	arena_done(&v->arena);
	free(v);
	return code;
}

/* --- export --- */

/* A day, or a moment with its zone. */
static bool read_time(const char *s, int64_t *ret)
{
	struct civil day;
	bool local;
	if (civil_parse_date(s, &day) == 0) {
		*ret = civil_to_seconds(day);
		return true;
	}
	return clock_parse_rfc3339(s, ret, &local) == 0;
}

static int read_filter(const struct desk_args *a, uint8_t report[SEAL_ID], struct audit_filter *ret)
{
	char *end = NULL;
	*ret = (struct audit_filter){ .member = -1, .action = a->action };
	if (a->report && !hex_read(bytes_str(a->report), report, SEAL_ID))
		return fail("--report", "a report's number has 32 hexadecimal digits");
	ret->report = a->report ? report : NULL;
	if (a->member)
		ret->member = (int64_t)strtoul(a->member, &end, 10);
	if (a->member && (!*a->member || *end || ret->member < 0 || ret->member > UINT32_MAX))
		return fail("--member", "a member's number ('hisn keys members'); 0 is the desk itself");
	if ((a->since && !read_time(a->since, &ret->from)) || (a->until && !read_time(a->until, &ret->until)))
		return fail("--since, --until", "a day, 2026-11-27, or a time, 2026-11-27T18:00:00+01:00");
	if (a->since && !a->until)
		ret->until = INT64_MAX;
	return 0;
}

static int export(struct desk *d, const struct desk_args *a)
{
	uint8_t report[SEAL_ID];
	struct audit_exported r;
	struct audit_export e = { .csv = a->csv, .out = stdout };
	struct store_tx *t;
	int code = read_filter(a, report, &e.filter);
	if (code)
		return code;
	/* Reading it stands in it. Whoever gives this command has the database: a damaged trail is shown all the same. */
	int err = audit_now(d, &(struct audit_entry){ .action = "audit.export" });
	if (err)
		fprintf(stderr, "hisn desk: this reading is not in the trail (%s); see 'hisn desk audit verify'\n", err_text(err));
	err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return fail(NULL, err_text(err));
	err = audit_export(t, &e, &r);
	store_rollback(t);
	if (err)
		return fail(NULL, err_text(err));
	if (r.damaged)
		fprintf(stderr, "hisn desk: %lld entries are damaged; see 'hisn desk audit verify'\n", (long long)r.damaged);
	return r.damaged ? FOUND : EXIT_OK;
}

/* --- head --- */

static int print_head(struct desk *d, const struct desk_args *a)
{
	struct store_tx *t;
	struct arena arena;
	struct audit_note *n;
	size_t count = 0;
	arena_init(&arena, 64 * 1024);
	int err = store_begin(d->store, STORE_READ, &t);
	if (!err) {
		err = audit_notes(t, &arena, INT64_MAX, 1, &n, &count);
		store_rollback(t);
	}
	if (err || !count) {
		arena_done(&arena);
		return err ? fail(NULL, err_text(err)) : fail(NULL, "no head has been signed yet; --sign signs one");
	}
	if (!a->json) {
		fputs(n->note, stdout);
	} else {
		struct json j;
		json_open(&j, stdout, true);
		json_begin_object(&j, NULL);
		json_int(&j, "size", n->size);
		json_text(&j, "note", n->note);
		json_end(&j);
		json_close(&j);
	}
	arena_done(&arena);
	return EXIT_OK;
}

static int head(struct desk *d, const struct desk_args *a)
{
	int err = a->sign ? audit_sign(d, NULL) : 0;
	if (err == ERR_REFUSED) {
		(void)desk_cli_fail("audit: the key process does not sign it: the trail is not what was signed before. See 'hisn desk audit verify'");
		return FOUND;
	}
	return err ? fail("signing", err_text(err)) : print_head(d, a);
}

static int with_desk(const struct desk_args *a, bool keys, int (*run)(struct desk *d, const struct desk_args *a))
{
	struct desk *d;
	if (desk_cli_open(a, (struct desk_open){ .keys = keys }, &d))
		return NOT_DONE;
	int code = run(d, a);
	desk_close(d);
	return code;
}

int desk_do_audit(const struct desk_args *a)
{
	if (a->what && !strcmp(a->what, "verify"))
		return do_verify(a);
	if (a->what && !strcmp(a->what, "export"))
		return with_desk(a, false, export);
	if (a->what && !strcmp(a->what, "head"))
		return with_desk(a, a->sign, head);
	return fail(NULL, "say verify, export or head. Try 'hisn desk --help'");
}
