/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A sink for list parsers that holds them to their word: every name is one that parses to itself and
 * goes to wire form; every answer fits its type; every range has an order. */

#include "compile/parse.h"
#include "dns/proto.h"
#include "fuzz.h"

static void check_answer(const struct answer *a)
{
	struct dns_name n;
	check(a->n <= DNS_NAME_MAX);
	check(a->type == 0         ? a->n == 0
		: a->type == DNS_A ? a->n == 4
		: a->type == DNS_AAAA
			? a->n == 16
			: a->type == DNS_CNAME && dns_name_from_wire(a->rdata, a->n, &n) == 0);
}

static enum reason sink_name(
	struct reader *r, const struct rname *name, unsigned ops, const struct answer *a)
{
	char text[RNAME_MAX + 1];
	struct rname again;
	struct dns_name wire, other;
	size_t n = rname_text(name->b, name->len, text);
	check(n == name->len && n <= RNAME_MAX && name->b[n] == 0);
	enum reason why = rname_parse(text, n, &again);
	check(why == TAKEN || why == SINGLE_LABEL);
	check(again.len == name->len && !memcmp(again.b, name->b, n) &&
		again.labels == name->labels);
	rname_wire(name->b, name->len, &wire);
	check(dns_name_from_text(text, n, &other) == 0 && dns_name_equal(&wire, &other));
	check(wire.labels == name->labels && wire.labels <= RNAME_LABELS_MAX);
	check(ops && ops < OPS && ((ops & ADD_BOTH) != 0) != ((ops & CLEAR_BOTH) != 0));
	if (a)
		check_answer(a);
	return TAKEN;
}

static enum reason sink_range(struct reader *r, const struct range *g, unsigned ops)
{
	check(g->family == 4 || g->family == 6);
	check(memcmp(g->first, g->last, g->family == 4 ? 4 : 16) <= 0);
	check(ops == ADD_EXACT || ops == CLEAR_EXACT);
	return TAKEN;
}

static bool sink_accepts(struct reader *r, const struct rname *name)
{
	return name->b[0] & 1;
}

static void sink_refuse(struct reader *r, enum reason why, const char *s, size_t n)
{
	check(why > BLANK && why < REASONS);
}

static void read_lines(enum list_format format, const char *s, size_t n)
{
	struct reader r = {
		.format = format,
		.name = sink_name,
		.range = sink_range,
		.accepts = sink_accepts,
		.refuse = sink_refuse,
	};
	while (n) {
		const char *end = memchr(s, '\n', n);
		size_t len = end ? (size_t)(end - s) : n;
		/* A copy of just this line: a read past its end is seen. */
		char *line = malloc(len + !len);
		check(line);
		memcpy(line, s, len);
		check(parse_line(&r, line, len) < REASONS);
		free(line);
		len += end != NULL;
		s += len;
		n -= len;
	}
}
