/* SPDX-License-Identifier: Apache-2.0 */
/* The attacker's knowledge is a flow: the true numbers are one, and every other that agrees with what is shown
 * differs from it by a circulation through hidden arcs. So how far a hidden number can move is a maximum flow
 * between its two ends, found by augmenting paths; no more than FIGURE_WIDTH is ever looked for. */
#include "desk/figures/protect.h"

struct net {
	struct figure_arc *arc;
	size_t n;
	unsigned nodes;
	int64_t moved[FIGURE_ARCS]; /* of the hidden ones: where they are in this attempt */
};

int64_t figure_round(int64_t exact)
{
	return (exact + FIGURE_ROUND / 2) / FIGURE_ROUND * FIGURE_ROUND;
}

static bool hidden(const struct figure_arc *a)
{
	return a->shown == FIGURE_HIDDEN;
}

/* One more unit from node `from` to node `to` through hidden arcs other than `not`: forward always, backward
 * while there is something to take away. */
static bool push(struct net *w, uint8_t from, uint8_t to, size_t not)
{
	uint16_t by[FIGURE_NODES]; /* arc + 1 that led here, */
	bool back[FIGURE_NODES];   /* and against its direction */
	uint8_t queue[FIGURE_NODES];
	unsigned head = 0, tail = 0;
	memset(by, 0, sizeof by);
	queue[tail++] = from;
	while (head < tail && (from == to || !by[to])) {
		uint8_t at = queue[head++];
		for (size_t i = 0; i < w->n; i++) {
			const struct figure_arc *a = &w->arc[i];
			bool forward = a->from == at;
			uint8_t next = forward ? a->to : a->from;
			if (i == not || !hidden(a) || (!forward && a->to != at) || next == from || by[next] ||
				(!forward && !w->moved[i]))
				continue;
			by[next] = (uint16_t)(i + 1);
			back[next] = !forward;
			queue[tail++] = next;
		}
	}
	if (!by[to])
		return false;
	for (uint8_t at = to; at != from;) {
		size_t i = by[at] - 1u;
		w->moved[i] += back[at] ? -1 : 1;
		at = back[at] ? w->arc[i].to : w->arc[i].from;
	}
	return true;
}

static void from_truth(struct net *w)
{
	for (size_t i = 0; i < w->n; i++)
		w->moved[i] = w->arc[i].exact;
}

/* Between the least and the most this number can be, at most FIGURE_WIDTH. */
static int64_t width(struct net *w, size_t i)
{
	const struct figure_arc *a = &w->arc[i];
	int64_t up = 0, down = 0;
	from_truth(w);
	while (up < FIGURE_WIDTH && push(w, a->to, a->from, i))
		up++;
	from_truth(w);
	while (up + down < FIGURE_WIDTH && down < a->exact && push(w, a->from, a->to, i))
		down++;
	return up + down;
}

/* --- hiding more --- */

static bool touches(const struct figure_arc *a, const struct figure_arc *b)
{
	return a->from == b->from || a->from == b->to || a->to == b->from || a->to == b->to;
}

/* The one whose loss costs least: beside the weak one before elsewhere, a part before a total, a small one
 * before a large one. By what is shown, so that the choice tells no more than the numbers do. */
static bool better(const struct figure_arc *a, const struct figure_arc *b, const struct figure_arc *weak)
{
	if (touches(a, weak) != touches(b, weak))
		return touches(a, weak);
	if (a->total != b->total)
		return b->total;
	return a->shown < b->shown;
}

static bool hide_for(struct net *w, const struct figure_arc *weak)
{
	struct figure_arc *best = NULL;
	for (size_t i = 0; i < w->n; i++)
		if (!hidden(&w->arc[i]) && (!best || better(&w->arc[i], best, weak)))
			best = &w->arc[i];
	if (best)
		best->shown = FIGURE_HIDDEN;
	return best;
}

static bool hide_more(struct net *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (hidden(&w->arc[i]) && width(w, i) < FIGURE_WIDTH)
			return hide_for(w, &w->arc[i]);
	return false;
}

static int check(const struct net *w)
{
	int64_t sum[FIGURE_NODES] = { 0 };
	if (w->n > FIGURE_ARCS || w->nodes > FIGURE_NODES)
		return ERR_LIMIT;
	for (size_t i = 0; i < w->n; i++) {
		const struct figure_arc *a = &w->arc[i];
		if (a->exact < 0 || a->exact > INT64_MAX / FIGURE_ARCS || a->from >= w->nodes || a->to >= w->nodes)
			return ERR_MALFORMED;
		sum[a->from] -= a->exact;
		sum[a->to] += a->exact;
	}
	for (unsigned i = 0; i < w->nodes; i++)
		if (sum[i])
			return ERR_MALFORMED;
	return 0;
}

int figure_protect(struct figure_arc *arc, size_t n, unsigned nodes)
{
	struct net w = { .arc = arc, .n = n, .nodes = nodes };
	int err = check(&w);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		arc[i].shown = arc[i].exact < FIGURE_LEAST ? FIGURE_HIDDEN : figure_round(arc[i].exact);
	while (hide_more(&w))
		;
	return 0;
}
