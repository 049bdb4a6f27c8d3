/* SPDX-License-Identifier: Apache-2.0 */
/* Published figures against somebody who tries every table there could be. */
#include "desk/figures/protect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>

static uint64_t seed = 4711;
static unsigned draw(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* Mostly small, sometimes none, sometimes many: what a desk's tables are like. */
static int64_t some(void)
{
	switch (draw(4)) {
	case 0:
		return 0;
	case 1:
		return draw(5);
	case 2:
		return draw(12);
	default:
		return draw(40);
	}
}

/* --- tables as networks --- */

struct net {
	struct figure_arc arc[64];
	size_t n;
	unsigned nodes;
};

static size_t add(struct net *w, unsigned from, unsigned to, bool total, int64_t v)
{
	w->arc[w->n] = (struct figure_arc){ (uint8_t)from, (uint8_t)to, total, v, 0 };
	w->nodes = MAX(w->nodes, MAX(from, to) + 1);
	return w->n++;
}

/* Rows r, columns k, both margins, the grand total. Nodes: 0 all rows, then rows, then columns, then all. */
static struct net table(unsigned rows, unsigned columns, const int64_t *v)
{
	struct net w = { .n = 0 };
	unsigned end = 1 + rows + columns;
	int64_t all = 0;
	for (unsigned r = 0; r < rows; r++)
		for (unsigned k = 0; k < columns; k++)
			(void)add(&w, 1 + r, 1 + rows + k, false, v[r * columns + k]);
	for (unsigned r = 0; r < rows; r++) {
		int64_t sum = 0;
		for (unsigned k = 0; k < columns; k++)
			sum += v[r * columns + k];
		(void)add(&w, 0, 1 + r, true, sum);
		all += sum;
	}
	for (unsigned k = 0; k < columns; k++) {
		int64_t sum = 0;
		for (unsigned r = 0; r < rows; r++)
			sum += v[r * columns + k];
		(void)add(&w, 1 + rows + k, end, true, sum);
	}
	(void)add(&w, end, 0, true, all);
	return w;
}

/* Two tables that share their column totals, and months that share the grand total:
 * regions x kinds, kinds x priorities. */
static struct net linked(const int64_t v[2][2][2], const int64_t month[2])
{
	struct net w = { .n = 0 };
	enum { ALL, REGION, KIND = REGION + 2, KINDS = KIND + 2, PRIORITY = KINDS + 2, SUM = PRIORITY + 2, MONTHS };
	int64_t all = 0;
	for (unsigned r = 0; r < 2; r++)
		for (unsigned k = 0; k < 2; k++)
			(void)add(&w, REGION + r, KIND + k, false, v[r][k][0] + v[r][k][1]);
	for (unsigned r = 0; r < 2; r++)
		(void)add(&w, ALL, REGION + r, true, v[r][0][0] + v[r][0][1] + v[r][1][0] + v[r][1][1]);
	for (unsigned k = 0; k < 2; k++)
		(void)add(&w, KIND + k, KINDS + k, true, v[0][k][0] + v[0][k][1] + v[1][k][0] + v[1][k][1]);
	for (unsigned k = 0; k < 2; k++)
		for (unsigned p = 0; p < 2; p++)
			(void)add(&w, KINDS + k, PRIORITY + p, false, v[0][k][p] + v[1][k][p]);
	for (unsigned p = 0; p < 2; p++) {
		int64_t sum = v[0][0][p] + v[0][1][p] + v[1][0][p] + v[1][1][p];
		(void)add(&w, PRIORITY + p, SUM, true, sum);
		all += sum;
	}
	(void)add(&w, SUM, MONTHS, true, all);
	for (unsigned m = 0; m < 2; m++)
		(void)add(&w, MONTHS, ALL, false, month[m]);
	return w;
}

/* --- the attacker: knows every number that is shown, exactly; tries every value of the others --- */

struct attack {
	const struct net *net;
	int64_t value[64];
	bool known[64];
};

static bool adds_up(const struct attack *t, unsigned node, bool *ret_open)
{
	int64_t sum = 0;
	*ret_open = false;
	for (size_t i = 0; i < t->net->n; i++) {
		const struct figure_arc *a = &t->net->arc[i];
		if (a->from != node && a->to != node)
			continue;
		*ret_open |= !t->known[i];
		if (t->known[i])
			sum += a->to == node ? t->value[i] : -t->value[i];
	}
	return *ret_open || !sum;
}

/* A number that its node's others decide; else the first that is not known. -1: all are. */
static int next_unknown(const struct attack *t, bool *ret_forced, int64_t *ret_value)
{
	int first = -1;
	for (unsigned node = 0; node < t->net->nodes; node++) {
		int unknown = 0, at = -1;
		int64_t sum = 0;
		for (size_t i = 0; i < t->net->n; i++) {
			const struct figure_arc *a = &t->net->arc[i];
			if (a->from != node && a->to != node)
				continue;
			if (!t->known[i])
				unknown++, at = (int)i;
			else
				sum += a->to == node ? t->value[i] : -t->value[i];
		}
		if (unknown && first < 0)
			first = at;
		if (unknown == 1) {
			*ret_forced = true;
			*ret_value = t->net->arc[at].to == node ? -sum : sum;
			return at;
		}
	}
	*ret_forced = false;
	return first;
}

static bool consistent(struct attack *t)
{
	bool forced, open;
	int64_t v = 0;
	int at = next_unknown(t, &forced, &v);
	if (at < 0) {
		for (unsigned node = 0; node < t->net->nodes; node++)
			if (!adds_up(t, node, &open))
				return false;
		return true;
	}
	t->known[at] = true;
	/* The truth first, then farther and farther from it: whoever moves one number by less than FIGURE_WIDTH
	 * need not move another by more. */
	for (int64_t d = 0; d <= 2 * FIGURE_WIDTH; d++) {
		t->value[at] = forced ? v : t->net->arc[at].exact + (d % 2 ? -(d + 1) / 2 : d / 2);
		if (t->value[at] >= 0 && consistent(t))
			return true;
		if (forced)
			break;
	}
	t->known[at] = false;
	return false;
}

static bool could_be(const struct net *w, size_t hidden, int64_t v)
{
	struct attack t = { .net = w };
	if (v < 0)
		return false;
	for (size_t i = 0; i < w->n; i++) {
		t.known[i] = w->arc[i].shown != FIGURE_HIDDEN;
		t.value[i] = w->arc[i].exact;
	}
	t.known[hidden] = true;
	t.value[hidden] = v;
	bool open, good = consistent(&t);
	for (unsigned node = 0; good && node < w->nodes; node++)
		good = adds_up(&t, node, &open) && !open;
	return good;
}

/* From the least to the most the number could be, as far as FIGURE_WIDTH. */
static int64_t known_to_within(const struct net *w, size_t hidden)
{
	int64_t low = w->arc[hidden].exact, high = low;
	while (high - low < FIGURE_WIDTH && could_be(w, hidden, high + 1))
		high++;
	while (high - low < FIGURE_WIDTH && could_be(w, hidden, low - 1))
		low--;
	return high - low;
}

static unsigned attacked;

static void withstands(struct net *w)
{
	assert_int_equal(figure_protect(w->arc, w->n, w->nodes), 0);
	for (size_t i = 0; i < w->n; i++) {
		const struct figure_arc *a = &w->arc[i];
		if (a->shown == FIGURE_HIDDEN) {
			attacked++;
			assert_true(known_to_within(w, i) >= FIGURE_WIDTH);
		} else {
			assert_true(a->exact >= FIGURE_LEAST);
			assert_int_equal(a->shown % FIGURE_ROUND, 0);
			assert_true(a->shown - a->exact <= 2 && a->exact - a->shown <= 2);
		}
	}
}

/* --- tests --- */

static void protect_withstands_trying_every_table(void **state)
{
	for (int i = 0; i < 400; i++) {
		int64_t v[6];
		unsigned rows = 1 + draw(2), columns = 1 + draw(3);
		for (size_t k = 0; k < ARRAY_LEN(v); k++)
			v[k] = some();
		struct net w = table(rows, columns, v);
		withstands(&w);
	}
	assert_true(attacked > 1000);
}

static void protect_withstands_comparing_linked_tables(void **state)
{
	for (int i = 0; i < 150; i++) {
		int64_t v[2][2][2], all = 0;
		for (int k = 0; k < 8; k++)
			all += v[k / 4][k / 2 % 2][k % 2] = some();
		int64_t first = all ? draw((unsigned)all + 1) : 0;
		struct net w = linked(v, (const int64_t[]){ first, all - first });
		withstands(&w);
	}
}

/* What is resisted, so that the attacker above is known to be one: only small numbers hidden. */
static void attacker_breaks_what_hides_small_numbers_only(void **state)
{
	const int64_t v[] = { 3, 20, 30, 40 };
	struct net w = table(2, 2, v);
	for (size_t i = 0; i < w.n; i++)
		w.arc[i].shown = w.arc[i].exact < FIGURE_LEAST ? FIGURE_HIDDEN : w.arc[i].exact;
	assert_int_equal(w.arc[0].shown, FIGURE_HIDDEN);
	assert_int_equal(known_to_within(&w, 0), 0);
	/* And of two tables that share a margin: each safe alone. */
	const int64_t both[2][2][2] = { { { 3, 0 }, { 9, 30 } }, { { 50, 12 }, { 25, 31 } } };
	struct net l = linked(both, (const int64_t[]){ 100, 60 });
	for (size_t i = 0; i < l.n; i++)
		l.arc[i].shown = l.arc[i].exact;
	l.arc[0].shown = l.arc[2].shown = FIGURE_HIDDEN; /* a cell and its neighbour in the column, but the row tells */
	assert_int_equal(known_to_within(&l, 0), 0);
}

static void protect_hides_a_second_number_in_a_line(void **state)
{
	const int64_t v[] = { 3, 20, 30, 40 };
	struct net w = table(2, 2, v);
	assert_int_equal(figure_protect(w.arc, w.n, w.nodes), 0);
	unsigned hidden = 0;
	for (size_t i = 0; i < 4; i++)
		hidden += w.arc[i].shown == FIGURE_HIDDEN;
	assert_true(hidden >= 2 && w.arc[0].shown == FIGURE_HIDDEN);
	assert_int_equal(w.arc[w.n - 1].shown, 95); /* 93 */
}

static void protect_hides_nothing_where_all_is_large(void **state)
{
	const int64_t v[] = { 23, 120, 300, 47 };
	struct net w = table(2, 2, v);
	assert_int_equal(figure_protect(w.arc, w.n, w.nodes), 0);
	for (size_t i = 0; i < w.n; i++)
		assert_int_equal(w.arc[i].shown, figure_round(w.arc[i].exact));
}

static void protect_hides_all_of_an_empty_table(void **state)
{
	const int64_t v[4] = { 0 };
	struct net w = table(2, 2, v);
	assert_int_equal(figure_protect(w.arc, w.n, w.nodes), 0);
	for (size_t i = 0; i < w.n; i++)
		assert_int_equal(w.arc[i].shown, FIGURE_HIDDEN);
}

static void protect_refuses_sums_that_are_not(void **state)
{
	const int64_t v[] = { 3, 20, 30, 40 };
	struct net w = table(2, 2, v);
	w.arc[0].exact++;
	assert_int_equal(figure_protect(w.arc, w.n, w.nodes), ERR_MALFORMED);
	w = table(2, 2, v);
	assert_int_equal(figure_protect(w.arc, w.n, w.nodes - 1), ERR_MALFORMED);
	assert_int_equal(figure_protect(w.arc, FIGURE_ARCS + 1, w.nodes), ERR_LIMIT);
	assert_int_equal(figure_protect(w.arc, w.n, FIGURE_NODES + 1), ERR_LIMIT);
	const int64_t minus[] = { -3, 3 };
	w = table(1, 2, minus);
	assert_int_equal(figure_protect(w.arc, w.n, w.nodes), ERR_MALFORMED);
}

static void figure_rounds_to_the_nearest_five(void **state)
{
	static const int64_t to[] = { 0, 0, 0, 5, 5, 5, 5, 5, 10, 10, 10, 10, 10, 15 };
	for (int64_t i = 0; i < (int64_t)ARRAY_LEN(to); i++)
		assert_int_equal(figure_round(i), to[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protect_withstands_trying_every_table),
		cmocka_unit_test(protect_withstands_comparing_linked_tables),
		cmocka_unit_test(attacker_breaks_what_hides_small_numbers_only),
		cmocka_unit_test(protect_hides_a_second_number_in_a_line),
		cmocka_unit_test(protect_hides_nothing_where_all_is_large),
		cmocka_unit_test(protect_hides_all_of_an_empty_table),
		cmocka_unit_test(protect_refuses_sums_that_are_not),
		cmocka_unit_test(figure_rounds_to_the_nearest_five),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
