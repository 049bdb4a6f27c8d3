/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lists.h"

#include "base/clock.h"
#include "base/file.h"
#include "fetch/fetch.h"
#include "fetch/unpack.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

enum { SILENCES_MAX = 4 };

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = 1;
}

/* One run: the lists it is about, in one order everywhere. */
struct job {
	const struct lists *l;
	const struct lists_update *u;
	const struct lists_entry **entries;
	struct fetch_item *items;
	struct fetch_result *results;
	struct unpack_ctx {
		const struct lists *l;
		const struct lists_entry *e;
	} *ctx;
	char (*paths)[LISTS_PATH_MAX];
	size_t n, answers, silences;
	bool offline;
	struct lists_bars bars;
};

/* ---- which ---- */

static bool due(const struct lists *l, const struct lists_entry *e)
{
	struct lists_have h = lists_look(l, e);
	int64_t hours = e->interval_hours ? e->interval_hours : 24;
	return !h.there || clock_unix() - MAX(h.checked, h.fetched) >= hours * 3600;
}

/* Without names: what was chosen or fetched before; the recommended ones where there is nothing. */
static bool anything(const struct lists *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->all[i]->chosen || lists_look(l, l->all[i]).downloaded)
			return true;
	return false;
}

static void choose(struct job *j, bool some)
{
	for (unsigned i = 0; i < j->l->n; i++) {
		const struct lists_entry *e = j->l->all[i];
		bool want = j->u->all || (e->recommended && (j->u->recommended || !some));
		if (!j->u->all && !j->u->recommended && some)
			want = e->chosen || lists_look(j->l, e).downloaded;
		if (want && (!j->u->due || due(j->l, e)))
			j->entries[j->n++] = e;
	}
}

static int choose_names(const struct cli_program *p, struct job *j)
{
	for (unsigned i = 0; i < j->u->nnames; i++) {
		const struct lists_entry *e = lists_find(j->l, j->u->names[i]);
		bool twice = false;
		if (!e)
			return cli_fail(p, "no list '%s'; '%s list' shows what there is", j->u->names[i], p->name);
		for (size_t k = 0; k < j->n; k++)
			twice = twice || j->entries[k] == e;
		if (!twice)
			j->entries[j->n++] = e;
	}
	return EXIT_OK;
}

/* ---- fetching ---- */

static int accept_archive(void *ctx, const char *part, struct err_note *note)
{
	const struct unpack_ctx *c = ctx;
	char path[LISTS_PATH_MAX + 8];
	if (c->e->format == LISTS_RANKING) {
		struct unpack_limits limits = { .max_lines = c->e->rows };
		lists_use_path(c->l, c->e, path);
		return unpack_popular(part, path, &limits, note);
	}
	(void)snprintf(path, sizeof path, "%s/ut1", c->l->folder);
	return unpack_ut1(part, path, NULL, NULL, note);
}

static enum fetch_expect expect(const struct lists_entry *e, const char *path)
{
	size_t n = strlen(path);
	if (e->format == LISTS_RANKING)
		return FETCH_ZIP;
	if (n > 3 && !strcmp(path + n - 3, ".gz"))
		return FETCH_GZIP;
	if ((n > 3 && !strcmp(path + n - 3, ".xz")) || (n > 4 && !strcmp(path + n - 4, ".zst")))
		return FETCH_ANY;
	return FETCH_TEXT;
}

static void fill_item(struct job *j, size_t i)
{
	const struct lists_entry *e = j->entries[i];
	struct fetch_item *it = &j->items[i];
	lists_download_path(j->l, e, j->paths[i]);
	j->ctx[i] = (struct unpack_ctx){ j->l, e };
	*it = (struct fetch_item){
		.path = j->paths[i],
		.max_bytes = (uint64_t)e->max_mib << 20,
		.http = e->http,
		/* What an archive became may be gone while the archive is not. */
		.force = j->u->force || !lists_look(j->l, e).there,
		.expect = expect(e, j->paths[i]),
		.accept = e->format == LISTS_UT1 || e->format == LISTS_RANKING ? accept_archive : NULL,
		.ctx = &j->ctx[i],
	};
	for (unsigned k = 0; k < e->nurls && k < FETCH_URLS_MAX; k++)
		it->urls[k] = e->urls[k];
}

static int on_progress(void *ctx, size_t i, uint64_t done, uint64_t total)
{
	struct job *j = ctx;
	lists_bars_set(&j->bars, i, done, total);
	return stopped || j->offline;
}

/* Where the first several addresses gave no answer at all, the rest will not either; without this
 * a machine that is offline would wait for each of them. */
static void on_finished(void *ctx, size_t i, const struct fetch_result *r)
{
	struct job *j = ctx;
	lists_bars_finished(&j->bars, i);
	j->answers += r->http != 0;
	j->silences += r->http == 0 && r->tries > 0 && r->err != -EBUSY;
	j->offline = !j->answers && j->silences >= SILENCES_MAX;
}

/* ---- what became of it ---- */

static const char *outcome(const struct fetch_result *r)
{
	return r->outcome == FETCH_NEW ? "new" : r->outcome == FETCH_SAME ? "same" : "failed";
}

static const char *why(const struct fetch_result *r)
{
	return r->err == -ECANCELED ? "given up" : err_say(&r->note, r->err);
}

static void print_table(const struct job *j)
{
	printf("%-28s %-7s %10s %10s  %s\n", "LIST", "RESULT", "SIZE", "RECEIVED", "");
	for (size_t i = 0; i < j->n; i++) {
		const struct fetch_result *r = &j->results[i];
		bool kept = r->outcome == FETCH_FAILED && lists_look(j->l, j->entries[i]).there;
		char size[16], got[16];
		printf("%-28s %-7s %10s %10s  %s%s\n", j->entries[i]->name, outcome(r),
			r->outcome == FETCH_FAILED ? "-" : lists_size(r->size, size), lists_size(r->received, got),
			r->outcome == FETCH_FAILED ? why(r) : r->resumed ? "continued" : "",
			kept ? " (the old one stays)" : "");
	}
}

static void print_json(const struct job *j)
{
	struct json o;
	json_open(&o, stdout, true);
	json_begin_object(&o, NULL);
	json_text(&o, "folder", j->l->folder);
	json_begin_array(&o, "lists");
	for (size_t i = 0; i < j->n; i++) {
		const struct fetch_result *r = &j->results[i];
		json_begin_object(&o, NULL);
		json_text(&o, "name", j->entries[i]->name);
		json_text(&o, "result", outcome(r));
		json_int(&o, "status", r->http);
		json_int(&o, "size", (int64_t)r->size);
		json_int(&o, "received", (int64_t)r->received);
		json_int(&o, "resumed", (int64_t)r->resumed);
		json_int(&o, "tries", r->tries);
		json_bool(&o, "there", lists_look(j->l, j->entries[i]).there);
		if (r->outcome == FETCH_FAILED)
			json_text(&o, "error", why(r));
		json_end(&o);
	}
	json_end(&o);
	json_end(&o);
	json_close(&o);
}

static int fetch(const struct cli_program *p, struct job *j)
{
	char folder[LISTS_PATH_MAX];
	(void)snprintf(folder, sizeof folder, "%s/fetched", j->l->folder);
	int err = file_make_folder(folder);
	if (err)
		return cli_fail(p, "%s: %s", folder, err_text(err));
	for (size_t i = 0; i < j->n; i++)
		fill_item(j, i);
	if (lists_bars_start(&j->bars, j->entries, j->n, j->u->quiet || j->u->json))
		return cli_fail(p, "%s", err_text(-ENOMEM));
	struct fetch_options o = {
		.user_agent = "hisn/" HISN_VERSION " (+lists)",
		.ca_file = j->u->ca_file,
		.tries = j->u->tries,
		.stall_s = j->u->stall_s,
		.progress = on_progress,
		.finished = on_finished,
		.ctx = j,
	};
	struct sigaction stop = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	err = fetch_run(&o, j->items, j->n, j->results);
	lists_bars_end(&j->bars);
	if (err && err != -ECANCELED)
		return cli_fail(p, "%s", err_text(err));
	if (j->u->json)
		print_json(j);
	else
		print_table(j);
	return EXIT_OK;
}

static int verdict(const struct cli_program *p, const struct job *j)
{
	size_t failed = 0;
	for (size_t i = 0; i < j->n; i++)
		failed += j->results[i].outcome == FETCH_FAILED;
	if (!failed)
		return EXIT_OK;
	return cli_fail(p, "%zu of %zu lists could not be fetched%s", failed, j->n,
		stopped ? ": interrupted" : j->offline ? ": nobody answers; is this machine online?" : "");
}

int lists_update(const struct cli_program *p, const struct lists *l, const struct lists_update *u)
{
	size_t room = (size_t)l->n + 1;
	struct job j = { .l = l, .u = u };
	int code = EXIT_FAILED;
	j.entries = calloc(room, sizeof(*j.entries));
	j.items = calloc(room, sizeof *j.items);
	j.results = calloc(room, sizeof *j.results);
	j.ctx = calloc(room, sizeof *j.ctx);
	j.paths = calloc(room, sizeof *j.paths);
	if (!j.entries || !j.items || !j.results || !j.ctx || !j.paths) {
		(void)cli_fail(p, "%s", err_text(-ENOMEM));
		goto out;
	}
	if (u->nnames) {
		if (choose_names(p, &j) != EXIT_OK)
			goto out;
	} else {
		choose(&j, anything(l));
	}
	if (!j.n && !u->json) {
		printf("Nothing to fetch.\n");
		code = EXIT_OK;
		goto out;
	}
	code = fetch(p, &j);
	if (code == EXIT_OK)
		code = verdict(p, &j);
out:
	free(j.paths);
	free(j.ctx);
	free(j.results);
	free(j.items);
	free(j.entries);
	return code;
}
