/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/check.h"

#include "desk/audit/check_inside.h"

#include <errno.h>
#include <stdlib.h>

int audit_check_begin(struct audit_check *c, struct arena *a, const struct audit_known *known, size_t n)
{
	*c = (struct audit_check){ .known = known, .known_n = n, .arena = a, .tree_whole = true };
	c->odd = arena_array(a, AUDIT_ODD_MAX, sizeof *c->odd);
	c->finding = arena_array(a, AUDIT_FINDINGS_MAX, sizeof *c->finding);
	return c->odd && c->finding ? 0 : -ENOMEM;
}

/* The same fault of neighbours is one finding: "entries 40 to 57". */
static bool joins(struct audit_finding *last, const struct audit_finding *f)
{
	static const unsigned joined = 1u << FAULT_CONTENT | 1u << FAULT_HASH | 1u << FAULT_LINK | 1u << FAULT_REPLACED | 1u << FAULT_MOVED;
	if (last->fault != f->fault || !(joined >> f->fault & 1) || last->to + 1 != f->from)
		return false;
	if (f->fault == FAULT_MOVED && f->other - f->from != last->other - last->from)
		return false;
	last->to = f->to;
	return true;
}

void audit_check_add(struct audit_check *c, const struct audit_finding *f)
{
	if (c->finding_n && joins(&c->finding[c->finding_n - 1], f))
		return;
	c->findings++;
	if (c->finding_n < AUDIT_FINDINGS_MAX)
		c->finding[c->finding_n++] = *f;
}

static void found(struct audit_check *c, enum audit_fault fault, int64_t from, int64_t to)
{
	audit_check_add(c, &(struct audit_finding){ .fault = fault, .from = from, .to = to });
}

/* --- heads --- */

/* The tree has just become as large as some of the heads. */
static void compare_heads(struct audit_check *c)
{
	uint8_t root[MERKLE_HASH];
	while (c->known_at < c->known_n && c->known[c->known_at].size <= (uint64_t)c->next) {
		const struct audit_known *k = &c->known[c->known_at++];
		if (!c->tree_whole || k->size != (uint64_t)c->next) {
			c->heads_skipped++;
			continue;
		}
		merkle_root(&c->tree, root);
		if (memcmp(root, k->root, MERKLE_HASH) == 0) {
			c->heads_good++;
			c->good_head = c->next;
		} else if (!c->rewritten) {
			c->rewritten = true; /* those that follow cannot fit either */
			audit_check_add(c, &(struct audit_finding){ FAULT_REWRITTEN, c->good_head, c->next - 1, 0, k->where });
		}
	}
}

/* leaf NULL: what stood here is not known. */
static void grow(struct audit_check *c, const uint8_t *leaf)
{
	if (!leaf || merkle_append(&c->tree, leaf))
		c->tree_whole = false;
	c->next++;
	compare_heads(c);
}

/* --- one row --- */

/* What a row says of itself. */
struct said {
	bool has_line, has_leaf, has_chain, same;
	uint8_t line[MERKLE_HASH]; /* leaf of the content as it stands */
	const uint8_t *leaf, *chain;
};

static void read_said(const struct audit_row *r, struct said *ret)
{
	char line[AUDIT_LINE_MAX];
	size_t n;
	static const uint8_t none[MERKLE_HASH];
	*ret = (struct said){ .has_line = audit_row_line(r, r->seq, line, &n) };
	if (ret->has_line)
		merkle_leaf(bytes_of(line, n), ret->line);
	ret->has_leaf = r->leaf.n == MERKLE_HASH;
	ret->has_chain = r->chain.n == MERKLE_HASH;
	ret->leaf = ret->has_leaf ? r->leaf.p : none;
	ret->chain = ret->has_chain ? r->chain.p : none;
	ret->same = ret->has_line && ret->has_leaf && memcmp(ret->line, ret->leaf, MERKLE_HASH) == 0;
}

static bool links(const uint8_t *before, const uint8_t *leaf, const struct said *s)
{
	uint8_t chain[MERKLE_HASH];
	audit_chain(before, leaf, chain);
	return s->has_chain && memcmp(chain, s->chain, MERKLE_HASH) == 0;
}

/* The link before was one of two: this row's own link tells which. True: its content or hash fits one. */
static bool settle(struct audit_check *c, const struct said *s)
{
	bool by_other = links(c->other, s->leaf, s) || (s->has_line && links(c->other, s->line, s));
	bool by_stored = links(c->chain, s->leaf, s) || (s->has_line && links(c->chain, s->line, s));
	found(c, by_other ? FAULT_LINK : FAULT_REPLACED, c->doubt, c->doubt);
	if (by_other)
		memcpy(c->chain, c->other, MERKLE_HASH);
	else
		c->tree_whole = false; /* a leaf that is not the one the chain knows stands in it */
	c->link = by_other || by_stored ? LINK_SURE : LINK_SHAKY;
	return by_other || by_stored;
}

static void continue_with(struct audit_check *c, const struct said *s, enum audit_link link)
{
	memcpy(c->chain, s->chain, MERKLE_HASH);
	c->link = link;
}

/* Content and hash agree. */
static void row_whole(struct audit_check *c, const struct audit_row *r, const struct said *s)
{
	if (links(c->chain, s->leaf, s) || c->link == LINK_SHAKY) {
		continue_with(c, s, s->has_chain ? LINK_SURE : LINK_SHAKY);
	} else { /* either its link or the entry itself was changed: the next row knows */
		audit_chain(c->chain, s->leaf, c->other);
		continue_with(c, s, LINK_DOUBT);
		c->doubt = r->seq;
	}
	grow(c, s->leaf);
}

static int keep_odd(struct audit_check *c, const struct audit_row *r, const struct said *s)
{
	struct audit_odd *o = &c->odd[c->odd_n];
	*o = (struct audit_odd){ r->seq, r->action, r->report, r->object, r->detail, r->at, r->member, r->role, { 0 } };
	struct bytes *const b[] = { &o->action, &o->report, &o->object, &o->detail };
	for (size_t i = 0; i < ARRAY_LEN(b); i++) {
		if (!b[i]->p)
			continue;
		b[i]->n = MIN(b[i]->n, (size_t)AUDIT_DETAIL_MAX + 1); /* longer than any is as good as too long */
		char *p = arena_text(c->arena, (const char *)b[i]->p, b[i]->n);
		if (!p)
			return -ENOMEM;
		b[i]->p = (const uint8_t *)p;
	}
	memcpy(o->leaf, s->leaf, MERKLE_HASH);
	c->odd_n++;
	return 0;
}

/* They do not: the chain knows which of the two was changed, or neither fits and it is another row. */
static int row_odd(struct audit_check *c, const struct audit_row *r, const struct said *s)
{
	bool leaf = s->has_leaf && links(c->chain, s->leaf, s), line = s->has_line && links(c->chain, s->line, s);
	if (!leaf && line) {
		found(c, FAULT_HASH, r->seq, r->seq);
		continue_with(c, s, LINK_SURE);
		grow(c, s->line);
		return 0;
	}
	int err = 0;
	if (s->has_leaf && c->odd_n < AUDIT_ODD_MAX)
		err = keep_odd(c, r, s);
	else
		found(c, FAULT_CONTENT, r->seq, r->seq);
	continue_with(c, s, leaf ? LINK_SURE : LINK_SHAKY);
	grow(c, leaf ? s->leaf : NULL);
	return err;
}

static void gap(struct audit_check *c, int64_t to)
{
	found(c, FAULT_MISSING, c->next, to);
	c->tree_whole = false;
	c->link = LINK_SHAKY;
	c->next = to + 1;
	compare_heads(c);
}

int audit_check_row(struct audit_check *c, const struct audit_row *r)
{
	struct said s;
	if (r->seq < 0 || r->seq == INT64_MAX) {
		found(c, FAULT_NUMBER, r->seq, r->seq);
		return 0;
	}
	c->entries++;
	if (r->seq > c->next) {
		if (c->link == LINK_DOUBT)
			found(c, FAULT_REPLACED, c->doubt, c->doubt);
		gap(c, r->seq - 1);
	}
	read_said(r, &s);
	if (c->link == LINK_DOUBT && !settle(c, &s))
		c->link = LINK_SHAKY;
	if (!s.same)
		return row_odd(c, r, &s);
	row_whole(c, r, &s);
	return 0;
}

/* --- the end --- */

static void end_of_chain(struct audit_check *c, const struct audit_end *end)
{
	static const uint8_t none[MERKLE_HASH];
	struct bytes chain = end->chain;
	if (!c->next) {
		if (chain.n)
			found(c, FAULT_END_CHAIN, 0, 0);
		return;
	}
	const uint8_t *stored = chain.n == MERKLE_HASH ? chain.p : none;
	if (c->link == LINK_DOUBT) {
		bool by_other = memcmp(stored, c->other, MERKLE_HASH) == 0;
		found(c, by_other ? FAULT_LINK : FAULT_REPLACED, c->doubt, c->doubt);
		if (by_other)
			memcpy(c->chain, c->other, MERKLE_HASH);
		else
			c->tree_whole = false;
	}
	if (c->link != LINK_SHAKY && memcmp(stored, c->chain, MERKLE_HASH) != 0)
		found(c, FAULT_END_CHAIN, c->next - 1, c->next - 1);
}

static void compare_end(struct audit_check *c, const struct audit_end *end)
{
	struct merkle m;
	if (!end->there || end->size < 0)
		found(c, FAULT_END_GONE, c->next, c->next);
	else if (end->size > c->next)
		found(c, FAULT_END_CUT, c->next, end->size - 1);
	else if (end->size < c->next)
		found(c, FAULT_END_SHORT, end->size, c->next - 1);
	else
		end_of_chain(c, end);
	if (!end->there || end->size != c->next || !c->tree_whole)
		return;
	if (merkle_load(&m, (uint64_t)end->size, end->edge) || memcmp(m.edge, c->tree.edge, merkle_edge(&m).n) != 0)
		found(c, FAULT_END_EDGE, c->next, c->next);
}

/* Of the heads that know more, the one that knows most. */
static void compare_last_heads(struct audit_check *c)
{
	if (c->known_at == c->known_n)
		return;
	const struct audit_known *k = &c->known[c->known_n - 1];
	c->heads_skipped += (int64_t)(c->known_n - c->known_at);
	audit_check_add(c, &(struct audit_finding){ FAULT_HEAD_CUT, c->next, (int64_t)k->size - 1, 0, k->where });
}

static int by_place(const void *a, const void *b)
{
	const struct audit_finding *x = a, *y = b;
	return x->from != y->from ? (x->from < y->from ? -1 : 1) : (int)x->fault - (int)y->fault;
}

void audit_check_end(struct audit_check *c, const struct audit_end *end)
{
	compare_end(c, end);
	compare_last_heads(c);
	audit_check_places(c);
	if (c->tree_whole)
		merkle_root(&c->tree, c->root);
	qsort(c->finding, c->finding_n, sizeof *c->finding, by_place);
}
