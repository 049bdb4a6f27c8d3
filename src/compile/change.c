/* SPDX-License-Identifier: Apache-2.0 */
/* The change cap: an update that adds or removes too large a part of what was blocked before is not taken
 * unless the operator says so. One officer's file once put 8,000 sites on a nation's list. */
#include "compile/job.h"
#include "compile/sidecar.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

int change_check(struct job *j, const uint8_t *names, size_t n)
{
	char path[PATH_MAX];
	struct sidecar *before = NULL, *now = NULL;
	if (snprintf(path, sizeof path, "%s.names", j->o->out) >= (int)sizeof path ||
		access(path, F_OK))
		return 0; /* nothing to compare with */
	struct compile_report *r = j->report;
	struct err_note why = { "" };
	int err = sidecar_open(path, &before, &why);
	if (err && j->o->max_change < 0)
		return 0; /* it is replaced anyway */
	if (err)
		return err_set(
			j->note, err, "%s (remove it, or compile with --yes)", err_say(&why, err));
	err = sidecar_parse(names, n, &now, j->note);
	if (!err)
		err = sidecar_diff(before, now, NULL, &r->added, &r->removed);
	uint64_t old = sidecar_header(before)->names;
	/* Other lists than before: the operator has changed what is meant, not an author by mistake. */
	bool same_lists = sidecar_header(before)->lists == lists_hash(j);
	sidecar_close(before);
	sidecar_close(now);
	if (err)
		return err_set(j->note, err, "%s: %s", path, err_text(err));
	r->compared = true;
	double part = old ? 100.0 * (double)(r->added + r->removed) / (double)old : 0;
	if (j->o->max_change < 0 || !same_lists || part <= j->o->max_change)
		return 0;
	return err_set(j->note, ERR_REFUSED,
		"%llu names added and %llu removed of %llu: %.1f %% is more than the %.1f %% that "
		"one update may change. "
		"Look at the lists; if the change is meant, compile with --yes",
		(unsigned long long)r->added, (unsigned long long)r->removed,
		(unsigned long long)old, part, j->o->max_change);
}
