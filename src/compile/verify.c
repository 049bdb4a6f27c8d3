/* SPDX-License-Identifier: Apache-2.0 */
/* The finished image is opened with the guard's own reader, and every guarded name is looked up in it:
 * what the passes before must have left out is seen to be out. */
#include "compile/job.h"

#include "policy/image.h"

static bool is_accepted(const struct job *j, unsigned cat, const uint8_t *name, unsigned len)
{
	for (unsigned n = len; n > 0;) {
		if (job_accepts(j, cat, name, n))
			return true;
		do
			n--;
		while (n > 0 && name[n] != RNAME_SEP);
	}
	return false;
}

static int check_name(struct job *j, const struct policy *p, const struct record *r)
{
	const uint8_t *name = job_name(j, r->at);
	unsigned len = record_len(r);
	struct dns_name wire;
	struct name_hash h[POLICY_MAX_DEPTH];
	rname_wire(name, len, &wire);
	unsigned n = name_hash_suffixes(p->h->key, &wire, h, POLICY_MAX_DEPTH);
	struct cats hit = policy_lookup(p, h, n, wire.labels, cats_none());
	if (j->lists[record_list(r)].guard == GUARD_POPULAR)
		hit = cats_minus(hit, j->expected);
	for (unsigned c = 0; c < j->ncats && cats_any(hit); c++) {
		if (!cats_has(hit, c) || (j->cats[c].flags & POLICY_CAT_ALLOW) ||
			is_accepted(j, c, name, len))
			continue;
		char text[RNAME_MAX + 1];
		rname_text(name, len, text);
		return err_set(j->note, ERR_REFUSED,
			"the finished image has '%s' in category %s: not written", text,
			j->cats[c].name);
	}
	return 0;
}

int verify_image(struct job *j, const char *path)
{
	struct policy *p;
	int err = policy_open(path, &p, j->note);
	if (err)
		return err;
	for (size_t i = 0; i < j->records.n && !err; i++) {
		unsigned guard = j->lists[record_list(&j->records.p[i])].guard;
		if (guard == GUARD_NONE || guard == GUARD_EXCEPT)
			continue;
		err = check_name(j, p, &j->records.p[i]);
		j->report->checked++;
	}
	policy_unref(p);
	return err;
}
