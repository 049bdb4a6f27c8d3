/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/lower.h"
#include "dns/writer.h"

#include <assert.h>

enum {
	RR_FIXED = 10,
	POINTER = 0xc000,
	POINTER_MAX = 0x3fff, /* RFC 1035 section 4.1.4: 14 bits */
};

/* n bytes to write to, or NULL when they do not fit. */
static uint8_t *grow(struct dns_writer *w, size_t n)
{
	if (w->overflow || w->cap - w->n < n) {
		w->overflow = true;
		return NULL;
	}
	uint8_t *p = w->p + w->n;
	w->n += n;
	return p;
}

/* A label of a name that was written: the writer's own bytes, so pointers are sound. */
static size_t label_at(const struct dns_writer *w, size_t pos)
{
	while (w->p[pos] >= POINTER >> 8)
		pos = be16_get(w->p + pos) & POINTER_MAX;
	return pos;
}

/* The longest end that `name` shares with the name remembered at index k: both are walked once,
 * label by label, the longer first. Returns how many of `name`'s labels come before it. */
static unsigned shared_end(
	const struct dns_writer *w, unsigned k, const struct dns_name *name, size_t *ret)
{
	size_t pos = label_at(w, w->name_at[k]);
	unsigned left = w->name_len[k], i = 0, from = name->labels;
	while (left > 1 && i < name->labels) {
		unsigned mine = name->len - name->at[i], c = w->p[pos];
		if (left == mine) {
			bool same = equal_lower(w->p + pos, name->wire + name->at[i], c + 1);
			if (!same) {
				from = name->labels;
			} else if (from == name->labels && pos <= POINTER_MAX) {
				from = i;
				*ret = pos;
			}
		}
		if (left <= mine)
			i++;
		if (left >= mine) {
			left -= c + 1;
			pos = label_at(w, pos + c + 1);
		}
	}
	return from;
}

static void remember(struct dns_writer *w, size_t at, unsigned len)
{
	if (w->names < DNS_WRITER_NAMES && at <= POINTER_MAX && len > 1) {
		w->name_at[w->names] = (uint16_t)at;
		w->name_len[w->names++] = (uint8_t)len;
	}
}

static void put_name(struct dns_writer *w, const struct dns_name *name)
{
	unsigned labels = name->labels;
	size_t target = 0, at = w->n;
	if (w->overflow)
		return;
	for (unsigned k = 0; k < w->names && labels > 0; k++) {
		size_t pos = 0;
		unsigned before = shared_end(w, k, name, &pos);
		if (before < labels) {
			labels = before;
			target = pos;
		}
	}
	unsigned own = name->at[labels];
	uint8_t *p = grow(w, own + (target ? 2u : 1u));
	if (!p)
		return;
	memcpy(p, name->wire, own);
	if (target)
		be16_put(p + own, (uint16_t)(POINTER | target));
	else
		p[own] = 0;
	if (own > 0)
		remember(w, at, name->len);
}

static void start(struct dns_writer *w, uint8_t *p, size_t cap, uint16_t id, unsigned flags)
{
	w->p = p;
	w->cap = MIN(cap, (size_t)DNS_MAX_MESSAGE);
	w->n = 0;
	w->overflow = false;
	w->section = 0;
	memset(w->counts, 0, sizeof w->counts);
	w->names = 0;
	uint8_t *h = grow(w, DNS_HEADER);
	if (!h)
		return;
	memset(h, 0, DNS_HEADER);
	be16_put(h, id);
	be16_put(h + 2, (uint16_t)flags);
}

void dns_writer_reply(
	struct dns_writer *w, uint8_t *p, size_t cap, const struct dns_query *q, unsigned rcode)
{
	unsigned kept = q->flags & (DNS_OPCODE_MASK | DNS_RD | DNS_CD);
	start(w, p, cap, q->id, DNS_QR | DNS_RA | kept | (rcode & DNS_RCODE_MASK));
	size_t n = q->question_end - DNS_HEADER;
	uint8_t *to = n ? grow(w, n) : NULL;
	if (!to)
		return;
	memcpy(to, q->packet.p + DNS_HEADER, n);
	w->counts[0] = 1;
	remember(w, DNS_HEADER, (unsigned)n - 4);
}

void dns_writer_query(struct dns_writer *w, uint8_t *p, size_t cap, uint16_t id, uint16_t flags,
	const struct dns_name *qname, uint16_t qtype)
{
	start(w, p, cap, id, flags & (DNS_RD | DNS_AD | DNS_CD));
	uint8_t *to = grow(w, qname->len + 4u);
	if (!to)
		return;
	memcpy(to, qname->wire, qname->len);
	be16_put(to + qname->len, qtype);
	be16_put(to + qname->len + 2, DNS_IN);
	w->counts[0] = 1;
	remember(w, DNS_HEADER, qname->len);
}

static void put_owner(struct dns_writer *w, const struct dns_name *owner)
{
	if (owner) {
		put_name(w, owner);
		return;
	}
	/* The root is shorter than a pointer to it, and all there is without a question. */
	bool root = w->counts[0] == 0 || w->p[DNS_HEADER] == 0;
	uint8_t *p = grow(w, root ? 1 : 2);
	if (!p)
		return;
	if (root)
		p[0] = 0;
	else
		be16_put(p, POINTER | DNS_HEADER);
}

/* Owner and fixed part; RDLENGTH is what fix_rdlength will set. NULL when it does not fit. */
static uint8_t *put_fixed(struct dns_writer *w, enum dns_section s, const struct dns_name *owner,
	uint16_t type, uint32_t ttl)
{
	assert(s >= w->section && s <= DNS_ADDITIONAL);
	w->section = (uint8_t)s;
	put_owner(w, owner);
	uint8_t *p = grow(w, RR_FIXED);
	if (!p)
		return NULL;
	be16_put(p, type);
	be16_put(p + 2, DNS_IN);
	be32_put(p + 4, ttl);
	w->counts[s]++;
	return p;
}

static void fix_rdlength(struct dns_writer *w, uint8_t *fixed)
{
	be16_put(fixed + 8, (uint16_t)(w->p + w->n - fixed - RR_FIXED));
}

void dns_writer_rr(struct dns_writer *w, enum dns_section s, const struct dns_name *owner,
	uint16_t type, uint32_t ttl, const void *rdata, size_t n)
{
	uint8_t *fixed = put_fixed(w, s, owner, type, ttl);
	uint8_t *p = grow(w, n);
	if (!fixed || !p)
		return;
	if (n)
		memcpy(p, rdata, n);
	fix_rdlength(w, fixed);
}

void dns_writer_cname(struct dns_writer *w, const struct dns_name *owner, uint32_t ttl,
	const struct dns_name *target)
{
	uint8_t *fixed = put_fixed(w, DNS_ANSWER, owner, DNS_CNAME, ttl);
	put_name(w, target);
	if (fixed)
		fix_rdlength(w, fixed);
}

void dns_writer_negative_soa(struct dns_writer *w, const struct dns_name *zone, uint32_t ttl)
{
	/* guard.invalid nobody.invalid 1 3600 900 604800 ttl. Refresh, retry and expire mean
	 * nothing to a resolver; the second "invalid" is a pointer where one can reach. */
	static const uint8_t names[] = "\5guard\7invalid\0\6nobody";
	static const uint8_t invalid[] = "\7invalid";
	enum { NAMES = sizeof names - 1, INVALID_AT = 6 };
	uint8_t *fixed = put_fixed(w, DNS_AUTHORITY, zone, DNS_SOA, ttl);
	size_t at = w->n + INVALID_AT;
	bool reach = at <= POINTER_MAX;
	uint8_t *p = grow(w, NAMES + (reach ? 2 : sizeof invalid) + 20);
	if (!fixed || !p)
		return;
	memcpy(p, names, NAMES);
	p += NAMES;
	if (reach) {
		be16_put(p, (uint16_t)(POINTER | at));
		p += 2;
	} else {
		memcpy(p, invalid, sizeof invalid);
		p += sizeof invalid;
	}
	const uint32_t numbers[5] = { 1, 3600, 900, 604800, ttl };
	for (unsigned i = 0; i < 5; i++)
		be32_put(p + 4 * i, numbers[i]);
	fix_rdlength(w, fixed);
}

/* Back to header and question, with TC: RFC 2181 section 9. TC in the header tells that this was
 * done, for nothing else sets it. */
static void cut(struct dns_writer *w)
{
	if (w->cap < DNS_HEADER) {
		w->n = 0;
		return;
	}
	if (w->p[2] & DNS_TC >> 8)
		return;
	size_t end = DNS_HEADER;
	if (w->counts[0] && dns_name_skip(bytes_of(w->p, w->n), &end) == 0)
		end += 4;
	w->n = end;
	w->p[2] |= DNS_TC >> 8;
	memset(w->counts + 1, 0, 3 * sizeof w->counts[0]);
}

static uint8_t *put_option(uint8_t *p, uint16_t code, size_t n)
{
	be16_put(p, code);
	be16_put(p + 2, (uint16_t)n);
	return p + 4;
}

/* False, and nothing written, if it does not fit. Overflow is the caller's affair. */
static bool put_opt(struct dns_writer *w, const struct dns_opt *o)
{
	size_t text = o->ede_text.n;
	size_t rdlen = (o->cookie.n ? 4 + o->cookie.n : 0) + (o->keepalive >= 0 ? 6 : 0) +
		       (o->ede >= 0 ? 6 + text : 0);
	if (w->cap - w->n < 1 + RR_FIXED + rdlen)
		return false;
	uint8_t *p = w->p + w->n;
	w->n += 1 + RR_FIXED + rdlen;
	p[0] = 0;
	be16_put(p + 1, DNS_OPT);
	be16_put(p + 3, o->udp_size);
	p[5] = o->ext_rcode;
	p[6] = 0; /* EDNS version */
	be16_put(p + 7, o->dnssec_ok ? DNS_EDNS_DO : 0);
	be16_put(p + 9, (uint16_t)rdlen);
	p += 1 + RR_FIXED;
	if (o->cookie.n) {
		p = put_option(p, DNS_OPTION_COOKIE, o->cookie.n);
		memcpy(p, o->cookie.p, o->cookie.n);
		p += o->cookie.n;
	}
	if (o->keepalive >= 0) { /* RFC 7828 section 3.1 */
		p = put_option(p, DNS_OPTION_KEEPALIVE, 2);
		be16_put(p, (uint16_t)o->keepalive);
		p += 2;
	}
	if (o->ede >= 0) { /* RFC 8914 section 2 */
		p = put_option(p, DNS_OPTION_EDE, 2 + text);
		be16_put(p, (uint16_t)o->ede);
		if (text)
			memcpy(p + 2, o->ede_text.p, text);
	}
	w->counts[DNS_ADDITIONAL]++;
	w->section = DNS_ADDITIONAL;
	return true;
}

void dns_writer_opt(struct dns_writer *w, const struct dns_opt *opt)
{
	struct dns_opt brief = *opt, bare = *opt;
	brief.ede_text.n = 0;
	bare.ede = DNS_EDE_NONE;
	bare.keepalive = -1;
	bare.cookie.n = 0;
	if (!w->overflow && (put_opt(w, opt) || put_opt(w, &brief)))
		return;
	w->overflow = true;
	cut(w);
	if (w->n == 0 || put_opt(w, opt) || put_opt(w, &brief))
		return;
	(void)put_opt(w, &bare);
}

size_t dns_writer_finish(struct dns_writer *w)
{
	if (w->overflow)
		cut(w);
	if (w->n == 0)
		return 0;
	for (unsigned i = 0; i < 4; i++)
		be16_put(w->p + 4 + 2 * i, w->counts[i]);
	return w->n;
}
