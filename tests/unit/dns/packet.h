/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Packets by hand: a byte buffer that tests fill, right or wrong, independent of the writer. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dns/reply.h"

struct packet {
	size_t n;
	uint8_t b[DNS_MAX_MESSAGE + 64];
};

static inline void put8(struct packet *p, unsigned v)
{
	assert_true(p->n < sizeof p->b);
	p->b[p->n++] = (uint8_t)v;
}

static inline void put16(struct packet *p, unsigned v)
{
	put8(p, v >> 8 & 255);
	put8(p, v & 255);
}

static inline void put32(struct packet *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p, v & 0xffff);
}

static inline void put_bytes(struct packet *p, const void *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put8(p, ((const uint8_t *)b)[i]);
}

/* Labels of "www.Example" without the root, as they are spelt; no escapes. */
static inline void put_labels(struct packet *p, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, ".");
		put8(p, (unsigned)n);
		put_bytes(p, s, n);
		s += n + (s[n] == '.');
	}
}

static inline void put_name(struct packet *p, const char *s)
{
	put_labels(p, s);
	put8(p, 0);
}

static inline void put_header(
	struct packet *p, unsigned flags, unsigned qd, unsigned an, unsigned ns, unsigned ar)
{
	p->n = 0;
	put16(p, 0x1234);
	put16(p, flags);
	put16(p, qd);
	put16(p, an);
	put16(p, ns);
	put16(p, ar);
}

static inline void put_question(struct packet *p, const char *name, unsigned type)
{
	put_name(p, name);
	put16(p, type);
	put16(p, DNS_IN);
}

/* Fixed part of a record; returns where RDLENGTH stands, for end_rdata. */
static inline size_t put_fixed(struct packet *p, unsigned type, unsigned class, uint32_t ttl)
{
	put16(p, type);
	put16(p, class);
	put32(p, ttl);
	put16(p, 0);
	return p->n - 2;
}

static inline void end_rdata(struct packet *p, size_t at)
{
	size_t n = p->n - at - 2;
	p->b[at] = (uint8_t)(n >> 8);
	p->b[at + 1] = (uint8_t)n;
}

/* A record whose owner is the question's name. */
static inline void put_rr(
	struct packet *p, unsigned type, uint32_t ttl, const void *rdata, size_t n)
{
	put16(p, 0xc00c);
	size_t at = put_fixed(p, type, DNS_IN, ttl);
	put_bytes(p, rdata, n);
	end_rdata(p, at);
}

static inline void put_cname(struct packet *p, unsigned type, uint32_t ttl, const char *target)
{
	put16(p, 0xc00c);
	size_t at = put_fixed(p, type, DNS_IN, ttl);
	put_name(p, target);
	end_rdata(p, at);
}

static inline void put_soa(struct packet *p, uint32_t ttl, uint32_t minimum)
{
	put16(p, 0xc00c);
	size_t at = put_fixed(p, DNS_SOA, DNS_IN, ttl);
	put_name(p, "ns.example");
	put_name(p, "admin.example");
	for (uint32_t i = 1; i <= 4; i++)
		put32(p, i);
	put32(p, minimum);
	end_rdata(p, at);
}

static inline void put_opt(
	struct packet *p, unsigned size, uint32_t ttl, const void *options, size_t n)
{
	put8(p, 0);
	size_t at = put_fixed(p, DNS_OPT, size, ttl);
	put_bytes(p, options, n);
	end_rdata(p, at);
}

/* A packet's bytes in heap memory of exactly that size, so that ASan sees one byte too many. */
static inline uint8_t *exact(const struct packet *p)
{
	uint8_t *copy = malloc(p->n ? p->n : 1);
	assert_non_null(copy);
	memcpy(copy, p->b, p->n);
	return copy;
}

static inline struct dns_name name_of(const char *s)
{
	struct dns_name n;
	assert_int_equal(dns_name_from_text(s, strlen(s), &n), 0);
	return n;
}

static inline void assert_name(const struct dns_name *n, const char *text)
{
	char buf[DNS_NAME_TEXT_MAX];
	size_t len = dns_name_text(n, buf);
	assert_int_equal(len, strlen(buf));
	assert_string_equal(buf, text);
}

/* Everything that dns/name.h promises of a name's bytes. */
static inline void assert_sound(const struct dns_name *n)
{
	unsigned at = 0;
	assert_true(n->len >= 1);
	for (unsigned i = 0; i < n->labels; i++) {
		assert_int_equal(n->at[i], at);
		assert_in_range(n->wire[at], 1, DNS_LABEL_MAX);
		at += n->wire[at] + 1u;
	}
	assert_int_equal(n->at[n->labels], at);
	assert_int_equal(n->wire[at], 0);
	assert_int_equal(n->len, at + 1);
	for (unsigned i = 0; i < n->len; i++)
		assert_false(n->wire[i] >= 'A' && n->wire[i] <= 'Z');
	unsigned zeros = ((n->len + 7u) & ~7u) + 8 - n->len;
	for (unsigned i = 0; i < MAX(zeros, 8u) && n->len + i < sizeof n->wire; i++)
		assert_int_equal(n->wire[n->len + i], 0);
}

/* splitmix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere. */
static inline uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline unsigned below(uint64_t *state, unsigned n)
{
	return (unsigned)(next_random(state) % n);
}
