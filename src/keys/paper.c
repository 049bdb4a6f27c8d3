/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/paper.h"

#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>

enum { PASSES_MAX = 16, MEMORY_MAX_KIB = 4 << 20 };

/* The rest of a text that is being read; err stays at the first mistake. */
struct reader {
	struct bytes rest;
	int err;
};

static bool skip(struct reader *r, const char *s)
{
	size_t n = strlen(s);
	if (r->err)
		return false;
	if (r->rest.n < n || memcmp(r->rest.p, s, n) != 0) {
		r->err = ERR_MALFORMED;
		return false;
	}
	r->rest = bytes_of(r->rest.p + n, r->rest.n - n);
	return true;
}

static uint64_t number(struct reader *r, uint64_t min, uint64_t max)
{
	uint64_t v = 0;
	size_t n = 0;
	while (!r->err && n < r->rest.n && n < 19 && r->rest.p[n] >= '0' && r->rest.p[n] <= '9')
		v = v * 10 + (uint64_t)(r->rest.p[n++] - '0');
	/* No leading zeros: one number, one text. */
	if (!r->err && (!n || v < min || v > max || (n > 1 && r->rest.p[0] == '0')))
		r->err = ERR_MALFORMED;
	r->rest = bytes_of(r->rest.p + n, r->rest.n - n);
	return v;
}

static void hex(struct reader *r, uint8_t *ret, size_t n)
{
	if (r->err)
		return;
	if (r->rest.n < 2 * n || !hex_read(bytes_of(r->rest.p, 2 * n), ret, n)) {
		r->err = ERR_MALFORMED;
		return;
	}
	r->rest = bytes_of(r->rest.p + 2 * n, r->rest.n - 2 * n);
}

static void heading(struct reader *r, const char *kind)
{
	if (!skip(r, kind))
		r->err = ERR_FORMAT;
	else if (!skip(r, " 1\n"))
		r->err = ERR_VERSION;
}

static int finish(const struct reader *r)
{
	return r->err ? r->err : r->rest.n ? ERR_MALFORMED : 0;
}

static int pair_read(struct bytes text, const char *kind, struct keys_paper_holder *ret)
{
	struct reader r = { text, 0 };
	heading(&r, kind);
	skip(&r, "public ");
	hex(&r, ret->pub, sizeof ret->pub);
	skip(&r, "\ncost ");
	ret->cost.passes = (uint32_t)number(&r, 1, PASSES_MAX);
	skip(&r, " ");
	ret->cost.memory_kib = (uint32_t)number(&r, 8, MEMORY_MAX_KIB);
	skip(&r, "\nsalt ");
	hex(&r, ret->salt, sizeof ret->salt);
	skip(&r, "\nbox ");
	hex(&r, ret->box, sizeof ret->box);
	skip(&r, "\n");
	return finish(&r);
}

int keys_paper_holder_read(struct bytes text, struct keys_paper_holder *ret)
{
	return pair_read(text, "hisn-holder", ret);
}

int keys_paper_packet_read(struct bytes text, struct keys_paper_holder *ret)
{
	return pair_read(text, "hisn-packet-key", ret);
}

int keys_paper_recovery_read(struct bytes text, struct keys_paper_recovery *ret)
{
	struct reader r = { text, 0 };
	heading(&r, "hisn-recovery");
	skip(&r, "epoch ");
	ret->epoch = number(&r, 0, INT64_MAX);
	skip(&r, "\ntriple ");
	ret->triple = (unsigned)number(&r, 0, SEAL_TRIPLES - 1);
	skip(&r, "\nlayers ");
	ret->layers = (unsigned)number(&r, 1, 3);
	skip(&r, "\ndata ");
	if (!r.err)
		hex(&r, ret->data, keys_paper_size(ret));
	skip(&r, "\n");
	return finish(&r);
}

static size_t put_hex(char *ret, size_t at, const char *lead, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	at += (size_t)snprintf(ret + at, KEYS_PAPER_MAX - at, "%s", lead);
	for (size_t i = 0; i < n; i++) {
		ret[at++] = digits[p[i] >> 4];
		ret[at++] = digits[p[i] & 15];
	}
	ret[at++] = '\n';
	ret[at] = 0;
	return at;
}

static size_t pair_write(const struct keys_paper_holder *h, const char *lead, char ret[KEYS_PAPER_MAX])
{
	size_t at = put_hex(ret, 0, lead, h->pub, sizeof h->pub);
	at += (size_t)snprintf(ret + at, KEYS_PAPER_MAX - at, "cost %u %u\n", h->cost.passes, h->cost.memory_kib);
	at = put_hex(ret, at, "salt ", h->salt, sizeof h->salt);
	return put_hex(ret, at, "box ", h->box, sizeof h->box);
}

size_t keys_paper_holder_write(const struct keys_paper_holder *h, char ret[KEYS_PAPER_MAX])
{
	return pair_write(h, "hisn-holder 1\npublic ", ret);
}

size_t keys_paper_packet_write(const struct keys_paper_holder *h, char ret[KEYS_PAPER_MAX])
{
	return pair_write(h, "hisn-packet-key 1\npublic ", ret);
}

size_t keys_paper_recovery_write(const struct keys_paper_recovery *r, char ret[KEYS_PAPER_MAX])
{
	size_t at = (size_t)snprintf(ret, KEYS_PAPER_MAX, "hisn-recovery 1\nepoch %" PRIu64 "\ntriple %u\nlayers %u\n",
		r->epoch, r->triple, r->layers);
	return put_hex(ret, at, "data ", r->data, keys_paper_size(r));
}
