/* SPDX-License-Identifier: Apache-2.0 */
/* The whole compile, in order. Read job.h first. */
#include "compile/job.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(const struct job *j, const char *phase, uint64_t done, uint64_t total)
{
	if (j->o->progress)
		j->o->progress(j->o->progress_ctx, phase, done, total);
}

/* UT1: a folder with `domains` and `usage`; "white" alone makes it a list of good places. */
static int take_usage(void *ctx, unsigned line, char *s, size_t n)
{
	unsigned *seen = ctx;
	*seen |= !strcmp(s, "black") ? 1 : !strcmp(s, "white") ? 2 : 0;
	return 0;
}

static int open_folder(struct job *j, struct list *l)
{
	char path[PATH_MAX];
	unsigned usage = 0;
	if (snprintf(path, sizeof path, "%s/usage", l->r.path) >= (int)sizeof path)
		return -ENAMETOOLONG;
	int err = access(path, F_OK) ? 0 : lines_each(path, take_usage, &usage, j->note);
	if (err)
		return err;
	l->allow = l->r.allow = l->allow || usage == 2;
	(void)snprintf(path, sizeof path, "%s/domains", l->r.path);
	if (access(path, R_OK))
		return err_set(j->note, -errno, "%s: a folder without a readable file 'domains'",
			l->r.path);
	free(l->r.path);
	l->r.path = strdup(path);
	if (l->r.format == FORMAT_GUESS)
		l->r.format = FORMAT_PLAIN;
	return l->r.path ? 0 : -ENOMEM;
}

/* A category opens or closes; lists that disagree are a mistake to be told. */
static int set_kind(struct job *j, const struct list *l, bool *seen)
{
	struct policy_cat *c = &j->cats[l->cat];
	bool allow = (c->flags & POLICY_CAT_ALLOW) != 0;
	if ((seen[l->cat] || l->cat < j->base_cats) && allow != l->allow)
		return err_set(j->note, ERR_CONFIG,
			"category %s has both block and allow lists (%s): use two categories",
			c->name, l->r.path);
	seen[l->cat] = true;
	if (l->allow)
		c->flags |= POLICY_CAT_ALLOW;
	return 0;
}

static int add_lists(struct job *j, unsigned *ret_first)
{
	bool seen[CATS_MAX] = { false };
	int err = 0;
	*ret_first = j->nlists;
	for (unsigned i = 0; i < j->o->nlists && !err; i++) {
		unsigned list;
		struct stat st;
		err = job_list(j, &j->o->lists[i], &list);
		if (!err && stat(j->o->lists[i].path, &st) == 0 && S_ISDIR(st.st_mode))
			err = open_folder(j, &j->lists[list]);
		if (!err)
			err = set_kind(j, &j->lists[list], seen);
	}
	return err;
}

static int accept_one(struct job *j, const char *s, const char *where)
{
	const char *colon = strchr(s, ':');
	size_t n = colon ? (size_t)(colon - s) : 0;
	struct rname name;
	enum reason why =
		colon ? rname_parse(colon + 1, strlen(colon + 1), &name) : NOT_THIS_FORMAT;
	if (!colon || (why != TAKEN && why != SINGLE_LABEL))
		return err_set(j->note, ERR_CONFIG, "%s: '%.100s' is not CATEGORY:NAME", where, s);
	for (unsigned i = 0; i < j->ncats; i++)
		if (strlen(j->cats[i].name) == n && !memcmp(j->cats[i].name, s, n))
			return job_accept(j, i, &name);
	return 0; /* a category that no list has */
}

struct accept_file {
	struct job *j;
	const char *path;
};

static int take_accept(void *ctx, unsigned line, char *s, size_t n)
{
	struct accept_file *a = ctx;
	char where[PATH_MAX + 16];
	(void)snprintf(where, sizeof where, "%s:%u", a->path, line);
	s[strcspn(s, " \t")] = 0;
	return accept_one(a->j, s, where);
}

static int add_accepted(struct job *j)
{
	int err = 0;
	for (unsigned i = 0; i < j->o->naccept && !err; i++)
		err = accept_one(j, j->o->accept[i], "--accept");
	for (unsigned i = 0; i < j->o->naccept_files && !err; i++) {
		struct accept_file a = { j, j->o->accept_files[i] };
		err = lines_each(a.path, take_accept, &a, j->note);
	}
	return err;
}

/* A category that no list has is no mistake: one configuration serves many folders of lists. */
static void add_expected(struct job *j)
{
	for (unsigned i = 0; i < j->o->nexpected; i++)
		for (unsigned c = 0; c < j->ncats; c++)
			if (!strcmp(j->cats[c].name, j->o->expected[i]))
				j->expected = cats_or(j->expected, cats_one(c));
}

static int read_all(struct job *j)
{
	const struct compile_options *o = j->o;
	unsigned first = 0;
	int err = 0;
	if (o->overlay)
		err = overlay_base(j);
	if (!err && o->shipped && !o->overlay)
		err = shipped_load(j);
	if (!err)
		err = add_lists(j, &first);
	unsigned n = j->nlists - first;
	if (!err)
		add_expected(j);
	if (!err)
		err = add_accepted(j);
	if (!err)
		err = overlay_edits(j);
	if (!err)
		err = guards_load(j);
	if (!err)
		err = load_lists(j, first, n);
	if (!err)
		err = records_join(&j->records, &j->cursor.records);
	return err;
}

static int judge(struct job *j)
{
	tell(j, "sorting", 0, 0);
	sort_records(j);
	tell(j, "judging", 0, 0);
	int err = judge_guards(j);
	if (!err)
		err = judge_sets(j);
	if (!err)
		err = count_fates(j);
	return err ? err : rewrites_settle(j);
}

/* The image stands beside its place until all of it has been seen to be right. */
static int write_image(struct job *j, char *temp, int *ret_fd)
{
	char *meta = NULL;
	uint8_t *image = NULL;
	size_t meta_n = 0, n = 0;
	int err = meta_write(j, &meta, &meta_n);
	if (!err)
		err = build_image(j, bytes_of(meta, meta_n), &image, &n);
	free(meta);
	if (!err)
		err = file_temp(j->o->out, 0644, temp, ret_fd);
	if (!err) {
		err = file_write_all(*ret_fd, image, n);
		j->report->image_bytes = n;
		if (n >= sizeof(struct policy_header))
			memcpy(j->checksum,
				((const struct policy_header *)(const void *)image)->checksum, 16);
	}
	free(image);
	return err ? err_set(j->note, err, "%s: %s", j->o->out, err_text(err)) : 0;
}

/* A file beside its place, not yet in it. */
struct pending {
	char temp[PATH_MAX], path[PATH_MAX];
	int fd; /* -1: none */
};

static void pending_drop(struct pending *p)
{
	if (p->fd < 0)
		return;
	close(p->fd);
	unlink(p->temp);
	p->fd = -1;
}

static int pending_commit(struct pending *p)
{
	int fd = p->fd;
	p->fd = -1;
	return fd < 0 ? 0 : file_commit(fd, p->temp, p->path);
}

static int write_names(struct job *j, struct pending *p)
{
	uint8_t *b = NULL;
	size_t n = 0;
	if (!j->o->names)
		return 0;
	if (snprintf(p->path, sizeof p->path, "%s.names", j->o->out) >= (int)sizeof p->path)
		return -ENAMETOOLONG;
	int err = sidecar_write(j, &b, &n);
	if (!err)
		err = change_check(j, b, n);
	if (!err)
		err = file_temp(p->path, 0644, p->temp, &p->fd);
	if (!err)
		err = file_write_all(p->fd, b, n);
	j->report->sidecar_bytes = n;
	free(b);
	return err ? err_set(j->note, err, "%s: %s", p->path, err_text(err)) : 0;
}

static double lap(int64_t *clock)
{
	int64_t now = clock_mono_ms(), was = *clock;
	*clock = now;
	return (double)(now - was) / 1000;
}

static int write_all(struct job *j, int64_t *clock)
{
	struct pending image = { .fd = -1 }, names = { .fd = -1 };
	(void)snprintf(image.path, sizeof image.path, "%s", j->o->out);
	tell(j, "writing", 0, 0);
	int err = write_image(j, image.temp, &image.fd);
	if (!err)
		err = write_names(j, &names);
	j->report->seconds[2] = lap(clock);
	tell(j, "checking", 0, 0);
	if (!err)
		err = verify_image(j, image.temp);
	if (!err) {
		err = pending_commit(&image);
		j->report->written = !err;
		if (!err)
			err = pending_commit(&names);
		if (err)
			(void)err_set(j->note, err, "%s: %s", j->o->out, err_text(err));
	}
	j->report->seconds[3] = lap(clock);
	pending_drop(&image);
	pending_drop(&names);
	return err;
}

/* The report takes over what lists have to tell. */
static int fill_report(struct job *j)
{
	struct compile_report *r = j->report;
	r->lists = calloc(j->nlists + 1, sizeof *r->lists);
	if (!r->lists)
		return -ENOMEM;
	for (unsigned i = 0; i < j->nlists; i++)
		if (!j->lists[i].guard) {
			r->lists[r->nlists++] = j->lists[i].r;
			j->lists[i].r.path = NULL;
			j->lists[i].r.examples = NULL;
		}
	r->ncats = j->ncats;
	for (unsigned i = 0; i < j->ncats; i++) {
		memcpy(r->cats[i].name, j->cats[i].name, sizeof r->cats[i].name);
		r->cats[i].names = j->cats[i].names;
	}
	r->names = j->nsurvivors;
	return 0;
}

static void job_free(struct job *j)
{
	if (!j)
		return;
	for (unsigned i = 0; i < j->nlists; i++) {
		free(j->lists[i].r.path);
		free(j->lists[i].r.examples);
	}
	for (unsigned i = 0; i < j->nchunks; i++)
		free(j->chunks[i]);
	free(j->cursor.records.p);
	free(j->records.p);
	free(j->rewrites.p);
	free(j->ranges.p);
	free(j->accepted);
	free(j->accept_index);
	free(j->survivors);
	free(j->sets);
	free(j);
}

static int check_options(const struct compile_options *o, struct err_note *note)
{
	if (!o->out)
		return err_set(note, ERR_CONFIG, "no --out: where to write the image");
	if (o->overlay && !o->base)
		return err_set(note, ERR_CONFIG, "an overlay needs --base IMAGE");
	if (!o->overlay && (o->nunblock || o->base))
		return err_set(note, ERR_CONFIG, "--unblock and --base are for --overlay");
	if (o->max_change >= 0 && !o->names)
		return err_set(
			note, ERR_CONFIG, "a change cap needs the names file to compare with");
	if (o->overlay && o->has_key)
		return err_set(note, ERR_CONFIG, "an overlay has the key of its base");
	return 0;
}

static int run(struct job *j)
{
	int64_t clock = clock_mono_ms();
	int err = read_all(j);
	j->report->seconds[0] = lap(&clock);
	if (!err)
		err = judge(j);
	j->report->seconds[1] = lap(&clock);
	return err ? err : write_all(j, &clock);
}

static int close_rejected(struct job *j, int err)
{
	if (j->rejected && (ferror(j->rejected) | fclose(j->rejected)) && !err)
		err = err_set(j->note, -EIO, "%s: could not be written whole", j->o->rejected);
	return err;
}

int compile_run(const struct compile_options *o, struct compile_report **ret, struct err_note *note)
{
	struct job *j = NULL;
	int err = check_options(o, note);
	if (err)
		return err;
	j = calloc(1, sizeof *j);
	struct compile_report *report = calloc(1, sizeof *report);
	if (!j || !report) {
		free(j);
		free(report);
		return -ENOMEM;
	}
	j->o = o;
	j->note = note;
	j->report = report;
	j->key = o->has_key ? o->key : COMPILE_KEY;
	if (o->rejected) {
		j->rejected = fopen(o->rejected, "we");
		if (!j->rejected)
			err = err_set(note, -errno, "%s: %s", o->rejected, strerror(errno));
	}
	if (!err)
		err = run(j);
	err = close_rejected(j, err);
	if (!err || err == ERR_REFUSED) {
		int e = fill_report(j);
		if (!err)
			err = e;
	}
	job_free(j);
	if (err && err != ERR_REFUSED)
		compile_report_free(report);
	else
		*ret = report;
	return err;
}

void compile_report_free(struct compile_report *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < r->nlists; i++) {
		free(r->lists[i].path);
		free(r->lists[i].examples);
	}
	free(r->lists);
	free(r);
}
