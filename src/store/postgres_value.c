/* SPDX-License-Identifier: Apache-2.0 */
/* Binary fields of results, as the send functions of PostgreSQL's types write them. */
#include "store/postgres_int.h"

static int64_t clamp(__int128 v)
{
	return v > INT64_MAX ? INT64_MAX : v < INT64_MIN ? INT64_MIN : (int64_t)v;
}

/* numeric_send, big endian, of which sum() of BIGINT is made:
 *   | digits: 2 | weight: 2 | sign: 2 | scale: 2 | digit: 2, each 0..9999, base 10000 | ...
 * The first digit counts 10000^weight. A fraction is cut; what does not fit becomes the limit. */
static int64_t numeric(const uint8_t *p, size_t n)
{
	enum { NEGATIVE = 0x4000, ENOUGH = 6 }; /* 10000^6 > 2^64 */
	if (n < 8)
		return 0;
	int digits = be16_get(p), weight = (int16_t)be16_get(p + 2), sign = be16_get(p + 4);
	if (sign & ~NEGATIVE) /* NaN, infinite */
		return 0;
	if (weight > ENOUGH && digits)
		return sign ? INT64_MIN : INT64_MAX;
	__int128 v = 0;
	for (int i = 0; i <= weight; i++) {
		bool there = i < digits && 8 + 2 * (size_t)i + 2 <= n;
		v = v * 10000 + (there ? be16_get(p + 8 + 2 * (size_t)i) : 0);
	}
	return clamp(sign ? -v : v);
}

static int64_t float8(const uint8_t *p)
{
	uint64_t bits = be64_get(p);
	double d;
	memcpy(&d, &bits, sizeof d);
	if (!(d > -9.2e18))
		return d <= -9.2e18 ? INT64_MIN : 0;
	return d >= 9.2e18 ? INT64_MAX : (int64_t)d;
}

static bool integer(unsigned type, const uint8_t *p, size_t n, int64_t *ret)
{
	if (type == PG_INT8 && n == 8)
		*ret = (int64_t)be64_get(p);
	else if (type == PG_INT4 && n == 4)
		*ret = (int32_t)be32_get(p);
	else if (type == PG_INT2 && n == 2)
		*ret = (int16_t)be16_get(p);
	else if (type == PG_BOOL && n == 1)
		*ret = p[0] != 0;
	else if (type == PG_NUMERIC)
		*ret = numeric(p, n);
	else if (type == PG_FLOAT8 && n == 8)
		*ret = float8(p);
	else
		return false;
	return true;
}

static bool is_text(unsigned type)
{
	switch (type) {
	case PG_TEXT:
	case PG_VARCHAR:
	case PG_BPCHAR:
	case PG_NAME:
	case PG_CHAR:
	case PG_JSON:
	case PG_UNKNOWN:
		return true;
	default:
		return false;
	}
}

enum store_kind postgres_value(unsigned type, const uint8_t *p, size_t n, struct store_value *ret)
{
	if (integer(type, p, n, &ret->i))
		return STORE_INT;
	ret->b = bytes_of(p, n);
	return is_text(type) ? STORE_TEXT : STORE_BLOB;
}
