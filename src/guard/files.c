/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/files.h"

#include <errno.h>

static bool unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static const char *const kind_word[] = { [POLICY_IMAGE] = "image", [POLICY_OVERLAY] = "overlay" };

/* A new reference to the file's image, read only if it is another file than before. The old one is
 * kept until the caller has a view of the new. */
static int open_policy(const char *path, enum policy_kind kind, const struct guard_file *old,
	struct guard_file *ret, struct err_note *note)
{
	struct guard_file f = { NULL };
	bool optional = kind != POLICY_IMAGE;
	if (!path || (stat(path, &f.seen) < 0 && errno == ENOENT && optional)) {
		*ret = f;
		return 0;
	}
	if (old->policy && unchanged(&old->seen, &f.seen)) {
		f.policy = policy_ref(old->policy);
	} else {
		int err = policy_open(path, &f.policy, note);
		if (err)
			return err;
		if (f.policy->h->kind != kind) { /* view_new says so too, but not which file it was */
			policy_unref(f.policy);
			return err_set(note, ERR_FORMAT, "%s: another kind of file, where an %s was expected", path,
				kind_word[kind]);
		}
	}
	*ret = f;
	return 0;
}

static int open_household(const struct guard_config *c, struct household **ret, struct err_note *note)
{
	/* A household that is configured and gone is an error: without it every child would be an adult. */
	return c->household ? household_load(c->household, c->data, ret, note) :
		household_bands(c->data, ret, note);
}

static void keep(struct guard_file *at, struct guard_file *now)
{
	policy_unref(at->policy);
	*at = *now;
	(void)policy_ref(at->policy);
}

int guard_files_open(struct guard_files *f, struct view **ret, struct err_note *note)
{
	const struct guard_config *c = f->config;
	struct guard_file image = { NULL }, overlay = { NULL };
	struct household *household = NULL;
	int err = open_policy(c->image, POLICY_IMAGE, &f->image, &image, note);
	if (!err)
		err = open_policy(c->overlay, POLICY_OVERLAY, &f->overlay, &overlay, note);
	if (!err)
		err = open_household(c, &household, note);
	if (!err)
		err = view_new(image.policy, overlay.policy, NULL, household, NULL, f->generation + 1, ret, note);
	if (err) {
		policy_unref(image.policy);
		policy_unref(overlay.policy);
		household_free(household);
		return err;
	}
	f->generation++;
	keep(&f->image, &image);
	keep(&f->overlay, &overlay);
	return 0;
}

void guard_files_done(struct guard_files *f)
{
	policy_unref(f->image.policy);
	policy_unref(f->overlay.policy);
}
