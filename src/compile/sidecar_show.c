/* SPDX-License-Identifier: Apache-2.0 */
/* Sidecars for people: every name, or what two of them do not share. */
#include "compile/sidecar.h"

#include "compile/rname.h"

#include <errno.h>

/* The categories of a mask, +a,+b; false if there is none. */
static bool put_cats(FILE *f, const struct sidecar *s, struct cats c, char sign, bool more)
{
	for (unsigned i = 0; i < CATS_MAX; i++)
		if (cats_has(c, i)) {
			fprintf(f, "%s%c%s", more ? "," : "", sign, sidecar_cat(s, i));
			more = true;
		}
	return more;
}

static void put_line(FILE *f, const struct sidecar *s, const char *lead, const char *name,
	const char *match, struct cats add, struct cats clear)
{
	if (!cats_any(add) && !cats_any(clear))
		return;
	fprintf(f, "%s%s\t%s\t", lead, name, match);
	bool more = put_cats(f, s, add, '+', false);
	(void)put_cats(f, s, clear, '-', more);
	fputc('\n', f);
}

static void put_name(
	FILE *f, const struct sidecar *s, const char *lead, const struct sidecar_name *n)
{
	char text[RNAME_MAX + 1];
	const struct policy_set *x = n->set;
	rname_text(n->name, n->len, text);
	struct cats add = cats_and(x->add_exact, x->add_below),
		    clear = cats_and(x->clear_exact, x->clear_below);
	put_line(f, s, lead, text, "both", add, clear);
	put_line(f, s, lead, text, "exact", cats_minus(x->add_exact, add),
		cats_minus(x->clear_exact, clear));
	put_line(f, s, lead, text, "below", cats_minus(x->add_below, add),
		cats_minus(x->clear_below, clear));
}

int sidecar_dump(struct sidecar *s, FILE *f)
{
	struct sidecar_name n;
	int r;
	while ((r = sidecar_next(s, &n)) > 0)
		put_name(f, s, "", &n);
	return r ? r : ferror(f) ? -EIO : 0;
}

/* Categories of a mask of b in a's numbers; those that a has not are kept apart by *ret_unknown. */
static struct cats translate(
	const struct sidecar *a, const struct sidecar *b, struct cats c, bool *ret_unknown)
{
	struct cats out = cats_none();
	for (unsigned i = 0; i < CATS_MAX; i++) {
		unsigned k = 0, n = sidecar_header(a)->cats;
		if (!cats_has(c, i))
			continue;
		while (k < n && strcmp(sidecar_cat(a, k), sidecar_cat(b, i)))
			k++;
		if (k < n)
			out = cats_or(out, cats_one(k));
		else
			*ret_unknown = true;
	}
	return out;
}

static bool same_set(const struct sidecar *a, const struct policy_set *x, const struct sidecar *b,
	const struct policy_set *y)
{
	bool unknown = false;
	struct policy_set t = {
		translate(a, b, y->add_exact, &unknown),
		translate(a, b, y->add_below, &unknown),
		translate(a, b, y->clear_exact, &unknown),
		translate(a, b, y->clear_below, &unknown),
	};
	return !unknown && !memcmp(&t, x, sizeof t);
}

static int order(const struct sidecar_name *x, const struct sidecar_name *y)
{
	int c = memcmp(x->name, y->name, MIN(x->len, y->len));
	return c ? c : (int)x->len - (int)y->len;
}

/* Sets repeat: the last pair that was compared is remembered. */
struct pair {
	const struct policy_set *x, *y;
	bool same;
};

int sidecar_diff(
	struct sidecar *a, struct sidecar *b, FILE *f, uint64_t *ret_added, uint64_t *ret_removed)
{
	struct sidecar_name x, y;
	struct pair known = { 0 };
	int ra = sidecar_next(a, &x), rb = sidecar_next(b, &y);
	*ret_added = *ret_removed = 0;
	while (ra > 0 || rb > 0) {
		if (ra < 0 || rb < 0)
			break;
		int c = ra == 0 ? 1 : rb == 0 ? -1 : order(&x, &y);
		bool equal = false;
		if (c == 0) {
			if (known.x != x.set || known.y != y.set)
				known = (struct pair){ x.set, y.set, same_set(a, x.set, b, y.set) };
			equal = known.same;
		}
		if (c <= 0 && !equal) {
			++*ret_removed;
			if (f)
				put_name(f, a, "-", &x);
		}
		if (c >= 0 && !equal) {
			++*ret_added;
			if (f)
				put_name(f, b, "+", &y);
		}
		if (c <= 0)
			ra = sidecar_next(a, &x);
		if (c >= 0)
			rb = sidecar_next(b, &y);
	}
	int err = ra < 0 ? ra : rb < 0 ? rb : 0;
	return err ? err : f && ferror(f) ? -EIO : 0;
}
