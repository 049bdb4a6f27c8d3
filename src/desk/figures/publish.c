/* SPDX-License-Identifier: Apache-2.0 */
/* What is published of a year is one network (protect.h):
 *
 *     all --region totals--> region --cells--> kind --kind totals--> kind' --cells--> priority --totals--> sum
 *      ^                                                                                                    |
 *      '------------- months ------------- year <----------------------- grand total -----------------------'
 *
 * States entered are lines of their own: a report enters several, so they add up to nothing. */
#include "desk/figures/tables.h"

enum { KINDS = REPORT_KIND_COUNT, ALL = 0, YEAR, SUM, KIND, KIND2 = KIND + KINDS, PRIORITY = KIND2 + KINDS,
	REGION = PRIORITY + PRIORITY_COUNT };

struct plan {
	struct figure_arc arc[FIGURE_ARCS];
	int64_t *at[FIGURE_ARCS]; /* the number that the arc stands for */
	size_t n;
};

static void add(struct plan *p, size_t from, size_t to, bool total, int64_t *v)
{
	p->arc[p->n] = (struct figure_arc){ (uint8_t)from, (uint8_t)to, total, *v, 0 };
	p->at[p->n++] = v;
}

static int protect(struct plan *p, unsigned nodes)
{
	int err = figure_protect(p->arc, p->n, nodes);
	for (size_t i = 0; !err && i < p->n; i++)
		*p->at[i] = p->arc[i].shown;
	return err;
}

static void plan_received(struct plan *p, struct figure_numbers *n)
{
	static_assert(REGION + FIGURE_REGIONS <= FIGURE_NODES, "a node for each");
	static_assert((FIGURE_REGIONS + PRIORITY_COUNT + 2) * (KINDS + 1) + FIGURE_MONTHS <= FIGURE_ARCS, "an arc for each");
	for (size_t r = 0; r < n->region_n; r++) {
		add(p, ALL, REGION + r, true, &n->region[r][KINDS]);
		for (size_t k = 0; k < KINDS; k++)
			add(p, REGION + r, KIND + k, false, &n->region[r][k]);
	}
	for (size_t k = 0; k < KINDS; k++)
		add(p, KIND + k, KIND2 + k, true, &n->region[n->region_n][k]);
	for (size_t i = 0; i < PRIORITY_COUNT; i++) {
		for (size_t k = 0; k < KINDS; k++)
			add(p, KIND2 + k, PRIORITY + i, false, &n->priority[i][k]);
		add(p, PRIORITY + i, SUM, true, &n->priority[i][KINDS]);
	}
	add(p, SUM, YEAR, true, &n->region[n->region_n][KINDS]);
	for (size_t m = 0; m < FIGURE_MONTHS; m++)
		add(p, YEAR, ALL, false, &n->month[m][KINDS]);
}

/* Sums that stand in several tables are one number. */
static void copy_sums(struct figure_numbers *n)
{
	for (size_t k = 0; k <= KINDS; k++)
		n->priority[PRIORITY_COUNT][k] = n->region[n->region_n][k];
	n->month[FIGURE_MONTHS][KINDS] = n->region[n->region_n][KINDS];
}

static int publish_outcome(int64_t line[KINDS + 1])
{
	struct plan p = { .n = 0 };
	for (size_t k = 0; k < KINDS; k++)
		add(&p, 0, 1, false, &line[k]);
	add(&p, 1, 0, true, &line[KINDS]);
	return protect(&p, 2);
}

int figure_publish(struct figure_numbers *n, size_t state_n)
{
	struct plan p = { .n = 0 };
	plan_received(&p, n);
	int err = protect(&p, (unsigned)(REGION + n->region_n));
	copy_sums(n);
	for (size_t i = 0; !err && i < state_n; i++)
		err = publish_outcome(n->outcome[i]);
	return err;
}

/* --- sums --- */

static void add_received(const struct figures *f, struct figure_numbers *n, size_t m, size_t k, size_t p, size_t r)
{
	int64_t v = f->received[m][k][p][r];
	n->region[r][k] += v;
	n->region[r][KINDS] += v;
	n->region[n->region_n][k] += v;
	n->region[n->region_n][KINDS] += v;
	n->priority[p][k] += v;
	n->priority[p][KINDS] += v;
	n->priority[PRIORITY_COUNT][k] += v;
	n->priority[PRIORITY_COUNT][KINDS] += v;
	n->month[m][k] += v;
	n->month[m][KINDS] += v;
	n->month[FIGURE_MONTHS][k] += v;
	n->month[FIGURE_MONTHS][KINDS] += v;
}

void figure_add_up(const struct figures *f, struct figure_numbers *n)
{
	*n = (struct figure_numbers){ .region_n = f->region_n };
	for (size_t m = 0; m < FIGURE_MONTHS; m++)
		for (size_t k = 0; k < KINDS; k++) {
			for (size_t p = 0; p < PRIORITY_COUNT; p++)
				for (size_t r = 0; r < f->region_n; r++)
					add_received(f, n, m, k, p, r);
			for (size_t s = 0; s < f->state_n; s++) {
				n->outcome[s][k] += f->state[s].n[m][k];
				n->outcome[s][KINDS] += f->state[s].n[m][k];
			}
		}
	for (size_t s = 0; s < STEP_COUNT; s++)
		for (size_t p = 0; p < PRIORITY_COUNT; p++)
			for (size_t b = 0; b < CASE_BUCKETS; b++) {
				n->step[s][p][b] += f->step[s][p][b];
				n->step[s][PRIORITY_COUNT][b] += f->step[s][p][b];
			}
}

unsigned figure_median(const int64_t n[CASE_BUCKETS], int64_t least)
{
	int64_t all = 0, up_to = 0;
	for (unsigned b = 0; b < CASE_BUCKETS; b++)
		all += n[b];
	if (all < least)
		return CASE_BUCKETS;
	unsigned b = 0;
	while (b + 1 < CASE_BUCKETS && 2 * (up_to + n[b]) < all)
		up_to += n[b++];
	return b;
}
