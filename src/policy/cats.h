/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A set of categories: at most 128 in one view. A category's number is its place in the view's
 * category table; numbers mean nothing outside it. */

#include "base/attr.h"

enum { CATS_MAX = 128, CAT_NAME_MAX = 31, CAT_NONE = 255 };

struct cats {
	uint64_t w[2];
};

static inline struct cats cats_none(void)
{
	return (struct cats){ { 0, 0 } };
}

static inline struct cats cats_one(unsigned id)
{
	struct cats c = cats_none();
	if (id < CATS_MAX)
		c.w[id >> 6] = 1ull << (id & 63);
	return c;
}

static inline struct cats cats_or(struct cats a, struct cats b)
{
	return (struct cats){ { a.w[0] | b.w[0], a.w[1] | b.w[1] } };
}

static inline struct cats cats_and(struct cats a, struct cats b)
{
	return (struct cats){ { a.w[0] & b.w[0], a.w[1] & b.w[1] } };
}

static inline struct cats cats_minus(struct cats a, struct cats b)
{
	return (struct cats){ { a.w[0] & ~b.w[0], a.w[1] & ~b.w[1] } };
}

static inline bool cats_any(struct cats a)
{
	return (a.w[0] | a.w[1]) != 0;
}

static inline bool cats_meet(struct cats a, struct cats b)
{
	return ((a.w[0] & b.w[0]) | (a.w[1] & b.w[1])) != 0;
}

static inline bool cats_equal(struct cats a, struct cats b)
{
	return a.w[0] == b.w[0] && a.w[1] == b.w[1];
}

static inline bool cats_has(struct cats a, unsigned id)
{
	return id < CATS_MAX && (a.w[id >> 6] >> (id & 63) & 1);
}

/* The lowest category in it, CAT_NONE if empty: what is told as "the" reason. */
static inline unsigned cats_first(struct cats a)
{
	if (a.w[0])
		return (unsigned)__builtin_ctzll(a.w[0]);
	return a.w[1] ? 64u + (unsigned)__builtin_ctzll(a.w[1]) : CAT_NONE;
}
