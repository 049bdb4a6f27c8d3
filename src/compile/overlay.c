/* SPDX-License-Identifier: Apache-2.0 */
/* An overlay: its base's key and category numbers, read from the base's header alone, and what an
 * operator says on the command line. */
#include "compile/job.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int read_at(int fd, void *p, size_t n, uint64_t at)
{
	ssize_t r = pread(fd, p, n, (off_t)at);
	return r < 0 ? -errno : (size_t)r == n ? 0 : ERR_TRUNCATED;
}

static int read_base(int fd, struct job *j)
{
	struct policy_header h;
	int err = read_at(fd, &h, sizeof h, 0);
	if (err)
		return err;
	if (memcmp(h.magic, POLICY_MAGIC, sizeof h.magic) || h.kind != POLICY_IMAGE)
		return ERR_FORMAT;
	if (h.version != POLICY_VERSION)
		return ERR_VERSION;
	if (h.cats > CATS_MAX || h.section[POLICY_CATS].n != h.cats * sizeof(struct policy_cat) ||
		h.section[POLICY_CATS].at > h.size)
		return ERR_FORMAT;
	err = read_at(fd, j->cats, h.cats * sizeof(struct policy_cat), h.section[POLICY_CATS].at);
	if (err)
		return err;
	for (unsigned i = 0; i < h.cats; i++) {
		if (j->cats[i].name[CAT_NAME_MAX])
			return ERR_FORMAT;
		j->cats[i].names = 0;
	}
	j->ncats = j->base_cats = h.cats;
	j->key = h.key;
	return 0;
}

int overlay_base(struct job *j)
{
	int fd = open(j->o->base, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : read_base(fd, j);
	if (fd >= 0)
		close(fd);
	return err ? err_set(j->note, err, "%s: %s", j->o->base, err_text(err)) : 0;
}

/* Categories that no --unblock without a category touches: they open or serve, and close nothing. */
static bool closes(const struct policy_cat *c)
{
	static const char *const system[] = { "lifeline", "infrastructure", "engine", "canary" };
	for (size_t i = 0; i < ARRAY_LEN(system); i++)
		if (!strcmp(c->name, system[i]))
			return false;
	return !(c->flags & POLICY_CAT_ALLOW);
}

static int edit(struct job *j, const char *category, const char *name, size_t n, unsigned ops)
{
	struct compile_list from = { .path = ops == ADD_BOTH ? "--block" : "--unblock",
		.category = category };
	struct rname r;
	unsigned list;
	enum reason why = rname_parse(name, n, &r);
	if (why != TAKEN && !(why == SINGLE_LABEL && ops == CLEAR_BOTH))
		return err_set(j->note, ERR_NAME, "%s '%.*s': %s", from.path,
			(int)MIN(n, (size_t)100), name, reason_text(why));
	int err = job_list(j, &from, &list);
	if (err)
		return err;
	struct list *l = &j->lists[list];
	l->from = NULL;
	l->r.format = FORMAT_PLAIN;
	l->r.lines = l->r.names = 1;
	/* The operator has said it by name: nothing guards against that. */
	err = ops == ADD_BOTH ? job_accept(j, l->cat, &r) : 0;
	return err ? err : job_add(j, list, &r, ops);
}

static int split_edit(struct job *j, const char *s, bool block)
{
	const char *colon = strchr(s, ':');
	char category[CAT_NAME_MAX + 2] = "";
	if (!colon)
		return block ? err_set(j->note, ERR_CONFIG, "--block '%.100s': CATEGORY:NAME", s)
			     : edit(j, NULL, s, strlen(s), CLEAR_BOTH);
	const char *cat = block ? s : colon + 1;
	size_t n = block ? (size_t)(colon - s) : strlen(cat);
	if (n > CAT_NAME_MAX)
		return err_set(j->note, ERR_NAME, "'%.100s': no such category", s);
	memcpy(category, cat, n);
	return block ? edit(j, category, colon + 1, strlen(colon + 1), ADD_BOTH)
		     : edit(j, category, s, (size_t)(colon - s), CLEAR_BOTH);
}

int overlay_edits(struct job *j)
{
	const struct compile_options *o = j->o;
	int err = 0;
	for (unsigned i = 0; i < j->ncats; i++)
		if (closes(&j->cats[i]))
			j->unblocked = cats_or(j->unblocked, cats_one(i));
	for (unsigned i = 0; i < o->nblock && !err; i++)
		err = split_edit(j, o->block[i], true);
	for (unsigned i = 0; i < o->nunblock && !err; i++)
		err = split_edit(j, o->unblock[i], false);
	return err;
}
