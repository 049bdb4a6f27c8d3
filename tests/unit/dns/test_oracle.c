/* SPDX-License-Identifier: Apache-2.0 */
/* Messages beside libknot: for thousands of random and damaged packets both accept or both refuse,
 * and read the same. libknot is GPL: it is linked to this test and to no program.
 *
 * Where the two differ by intent is the table `differences` below. A disagreement that no row
 * explains fails, and so does a row that never occurred. */
#include "packet.h"
#include "dns/writer.h"

#include <libknot/libknot.h>

enum { ROUNDS = 40000 };

struct sample {
	struct packet *p;
	knot_pkt_t *k; /* NULL: libknot refuses it */
	bool is_reply, ours;
	enum dns_query_status status;
	struct dns_query q;
	struct dns_reply r;
	unsigned changed; /* what `neutral` had to change */
};

/* ---- making packets ---- */

static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_CNAME, DNS_DNAME, DNS_SOA, DNS_NS, DNS_MX,
	DNS_TXT, DNS_SRV, DNS_SVCB, DNS_HTTPS, DNS_RRSIG, DNS_TSIG, 65000 };
static const char *const texts[] = { "", "example", "Www.Example", "cdn.test", "a.b.c.d.e.test",
	"_443._tcp.x.example" };

static struct {
	unsigned n;
	size_t at[64];
} spots; /* where names start, for pointers */

static void random_name(struct packet *p, uint64_t *seed)
{
	if (spots.n < ARRAY_LEN(spots.at) && p->n < 0x4000)
		spots.at[spots.n++] = p->n;
	if (below(seed, 3) == 0) {
		put_name(p, texts[below(seed, ARRAY_LEN(texts))]);
		return;
	}
	if (below(seed, 100) == 0) { /* ends in a pointer to "a" inside its own label */
		put_bytes(p, "\3\1a\0", 4);
		put16(p, 0xc000 | (unsigned)(p->n - 3));
		return;
	}
	if (below(seed, 2))
		put_labels(p, texts[below(seed, ARRAY_LEN(texts))]);
	/* Rarely into the header, to itself or forward. */
	unsigned to = (unsigned)spots.at[below(seed, spots.n)];
	if (below(seed, 50) == 0)
		to = below(seed, 0x40);
	put16(p, 0xc000 | to);
}

static void random_svcb(struct packet *p, uint64_t *seed)
{
	put16(p, below(seed, 3));
	if (below(seed, 10) == 0)
		random_name(p, seed);
	else
		put_name(p, texts[below(seed, ARRAY_LEN(texts))]);
	unsigned key = 0;
	for (unsigned i = below(seed, 3); i > 0; i--) {
		key += below(seed, 8);
		unsigned len = key == 4 ? 8 : key == 6 ? 16 : below(seed, 6);
		put16(p, key);
		put16(p, len);
		for (; len > 0; len--)
			put8(p, below(seed, 256));
	}
}

static void random_rdata(struct packet *p, unsigned type, uint64_t *seed)
{
	unsigned fixed = 0;
	switch (type) {
	case DNS_A:
		fixed = 4;
		break;
	case DNS_AAAA:
		fixed = 16;
		break;
	case DNS_TXT:
		put8(p, 2);
		fixed = 2;
		break;
	case DNS_CNAME:
	case DNS_DNAME:
	case DNS_NS:
		random_name(p, seed);
		break;
	case DNS_MX:
		put16(p, 10);
		random_name(p, seed);
		break;
	case DNS_SRV:
		put32(p, 0);
		put16(p, 443);
		random_name(p, seed);
		break;
	case DNS_SOA:
		random_name(p, seed);
		random_name(p, seed);
		fixed = 20;
		break;
	case DNS_SVCB:
	case DNS_HTTPS:
		random_svcb(p, seed);
		break;
	default:
		fixed = below(seed, 30);
		break;
	}
	for (; fixed > 0; fixed--)
		put8(p, below(seed, 256));
}

static void random_record(struct packet *p, uint64_t *seed)
{
	static const uint32_t ttls[] = { 0, 1, 60, 3600, 0x7fffffff, 0x80000000, 0xffffffff };
	unsigned type = types[below(seed, ARRAY_LEN(types))];
	random_name(p, seed);
	size_t at = put_fixed(
		p, type, below(seed, 20) ? DNS_IN : DNS_CH, ttls[below(seed, ARRAY_LEN(ttls))]);
	random_rdata(p, type, seed);
	if (below(seed, 20) == 0)
		put8(p, 0);
	end_rdata(p, at);
}

static void random_opt(struct packet *p, uint64_t *seed)
{
	static const uint8_t codes[] = { DNS_OPTION_COOKIE, DNS_OPTION_EDE, DNS_OPTION_ECS,
		DNS_OPTION_PADDING };
	if (below(seed, 50) == 0)
		random_name(p, seed);
	else
		put8(p, 0);
	size_t at = put_fixed(p, DNS_OPT, below(seed, 50) ? below(seed, 5000) : 1,
		(below(seed, 8) == 0) << 16 | (below(seed, 10) == 0) << 24 | below(seed, 2) << 15);
	for (unsigned i = below(seed, 3); i > 0; i--) {
		unsigned len = below(seed, 8) ? 8 + 8 * below(seed, 4) : below(seed, 44);
		put16(p, codes[below(seed, ARRAY_LEN(codes))]);
		put16(p, below(seed, 40) ? len : len + 1); /* out of bounds, if it is the last */
		for (; len > 0; len--)
			put8(p, below(seed, 256));
	}
	end_rdata(p, at);
}

static void random_packet(struct packet *p, bool reply, uint64_t *seed)
{
	unsigned counts[3], opt = below(seed, 2);
	for (unsigned i = 0; i < 3; i++)
		counts[i] = reply || below(seed, 20) == 0 ? below(seed, 4) : 0;
	unsigned flags = (unsigned)next_random(seed) & 0x07b0;
	if (below(seed, 10))
		flags &= ~(unsigned)DNS_TC;
	if (below(seed, 20) == 0)
		flags |= below(seed, 16) << 11;
	flags |= (reply ? DNS_QR : 0) | below(seed, 4);
	unsigned questions = below(seed, 50) ? 1 : below(seed, 3);
	put_header(p, flags, questions, counts[0], counts[1], counts[2] + opt);
	spots.n = 1;
	spots.at[0] = 12;
	for (; questions > 0; questions--)
		put_question(p, texts[below(seed, ARRAY_LEN(texts))],
			types[below(seed, ARRAY_LEN(types))]);
	for (unsigned s = 0; s < 3; s++) {
		unsigned opt_at = s == 2 && opt ? below(seed, counts[2] + 1) : ~0u;
		for (unsigned i = 0; i <= counts[s]; i++) {
			if (i == opt_at)
				random_opt(p, seed);
			if (i < counts[s])
				random_record(p, seed);
		}
	}
}

static void damage(struct packet *p, uint64_t *seed)
{
	uint8_t kind = p->b[2] & 0x80;
	for (unsigned i = 1 + below(seed, 3); i > 0; i--)
		switch (below(seed, 5)) {
		case 0:
			p->b[below(seed, (unsigned)p->n)] ^= (uint8_t)(1u << below(seed, 8));
			break;
		case 1:
			p->b[below(seed, (unsigned)p->n)] = (uint8_t)next_random(seed);
			break;
		case 2:
			p->n = 12 + below(seed, (unsigned)p->n - 11);
			break;
		case 3:
			put8(p, below(seed, 256));
			break;
		default:
			p->b[4 + below(seed, 8)] = (uint8_t)below(seed, 4);
			break;
		}
	p->b[2] = (uint8_t)((p->b[2] & 0x7f) | kind);
}

/* ---- what both say ---- */

/* A packet that libknot has parsed, or NULL. Its bytes are the packet's: keep those. */
static knot_pkt_t *knot_reads(uint8_t *b, size_t n)
{
	knot_pkt_t *k = knot_pkt_new(b, (uint16_t)n, NULL);
	assert_non_null(k);
	if (knot_pkt_parse(k, KNOT_PF_KEEPWIRE) == KNOT_EOK)
		return k;
	knot_pkt_free(k);
	return NULL;
}

static void both_read(struct sample *s)
{
	s->changed = 0;
	s->k = knot_reads(s->p->b, s->p->n);
	s->is_reply = s->p->b[2] & 0x80;
	if (s->is_reply) {
		s->ours = dns_reply_parse(bytes_of(s->p->b, s->p->n), &s->r) == 0;
	} else {
		s->status = dns_query_parse(s->p->b, s->p->n, &s->q);
		s->ours = s->status == DNS_QUERY_OK || s->status == DNS_QUERY_BADVERS;
	}
}

/* ---- where they differ ---- */

enum {
	CHANGED_TYPE = 1,
	CHANGED_OWNER = 2,
	CHANGED_CUT = 4,
	CHANGED_OPTIONS = 8,
	CHANGED_ROOT = 16,
	CHANGED_SIZE = 32
};

static bool we_look_into(unsigned section, unsigned type, unsigned class)
{
	static const uint16_t in_answer[] = { DNS_A, DNS_AAAA, DNS_CNAME, DNS_DNAME, DNS_SVCB,
		DNS_HTTPS };
	for (size_t i = 0; i < ARRAY_LEN(in_answer); i++)
		if (type == in_answer[i])
			return section == 0 && class == DNS_IN;
	return type == DNS_OPT || (type == DNS_SOA && section == 1 && class == DNS_IN);
}

static bool options_break_bounds(const uint8_t *p, size_t n)
{
	while (n >= 4 && n - 4 >= be16_get(p + 2)) {
		size_t step = 4u + be16_get(p + 2);
		p += step;
		n -= step;
	}
	return n > 0;
}

/* Names in rdata that are shorter than the pointers to them: only the root's is. */
static bool shrinks(struct bytes msg, unsigned type, size_t rdata, size_t rdlen)
{
	struct dns_name n;
	size_t pos = rdata, len = 0;
	if (type != DNS_CNAME && type != DNS_DNAME && type != DNS_SOA)
		return false;
	for (unsigned i = type == DNS_SOA ? 2 : 1; i > 0; i--) {
		if (dns_name_read(msg, &pos, &n) < 0)
			return false;
		len += n.len;
	}
	return len + (type == DNS_SOA ? 20 : 0) < rdlen;
}

static void neutral_record(
	struct sample *s, struct packet *c, unsigned section, size_t at, size_t fixed)
{
	uint8_t *f = c->b + fixed;
	unsigned type = be16_get(f), rdlen = be16_get(f + 8);
	while (c->b[at] && c->b[at] < 0xc0)
		at += c->b[at] + 1u;
	if (!s->is_reply && type != DNS_OPT && c->b[at]) {
		be16_put(c->b + at, 0xc00c);
		s->changed |= CHANGED_OWNER;
	}
	if (s->is_reply ? !we_look_into(section, type, be16_get(f + 2)) : type != DNS_OPT) {
		be16_put(f, 65280);
		s->changed |= CHANGED_TYPE;
	} else if (shrinks(bytes_of(c->b, c->n), type, fixed + 10, rdlen)) {
		be16_put(f, 65280);
		s->changed |= CHANGED_ROOT;
	}
	if (type == DNS_OPT && rdlen == 0 && be16_get(f + 2) == DNS_IN) {
		be16_put(f + 2, 512);
		s->changed |= CHANGED_SIZE;
	}
	if (type == DNS_OPT && f[5] > 0 && options_break_bounds(f + 10, rdlen)) {
		be16_put(f, 65280);
		s->changed |= CHANGED_OPTIONS;
	}
}

static void neutral_records(struct sample *s, struct packet *c, bool cut, uint16_t seen[3])
{
	size_t pos = s->is_reply ? s->r.question_end : s->q.question_end;
	for (unsigned section = 0; section < 3; section++) {
		seen[section] = 0;
		for (unsigned i = be16_get(c->b + 6 + 2 * section); i > 0; i--) {
			size_t at = pos;
			if (cut && at >= s->r.body_end)
				break;
			assert_int_equal(dns_name_skip(bytes_of(c->b, c->n), &pos), 0);
			neutral_record(s, c, section, at, pos);
			pos += 10u + be16_get(c->b + pos + 8);
			seen[section]++;
		}
	}
}

/* A copy of a packet that we accept and libknot refuses, with all that we do not look into made
 * harmless: libknot must accept that, else the refusal is one that we should have shared. */
static bool neutral_is_accepted(struct sample *s)
{
	static struct packet c;
	memcpy(&c, s->p, offsetof(struct packet, b) + s->p->n);
	bool cut = s->is_reply && s->r.flags & DNS_TC;
	uint16_t seen[3];
	/* Twice, for a name may run through a type that the first time changes. */
	neutral_records(s, &c, cut, seen);
	neutral_records(s, &c, cut, seen);
	if (cut) {
		for (unsigned section = 0; section < 3; section++)
			be16_put(c.b + 6 + 2 * section, seen[section]);
		c.n = s->r.body_end;
		s->changed |= CHANGED_CUT;
	}
	/* Such a name may also have become none: then neither reads the copy. */
	static struct dns_reply r;
	if (s->is_reply && dns_reply_parse(bytes_of(c.b, c.n), &r) < 0)
		return true;
	knot_pkt_t *k = knot_reads(c.b, c.n);
	knot_pkt_free(k);
	return k != NULL;
}

static bool another_opcode(struct sample *s)
{
	return !s->is_reply && s->status == DNS_QUERY_NOTIMP;
}

static bool no_question(struct sample *s)
{
	return !s->is_reply && be16_get(s->p->b + 4) == 0;
}

static bool cookie_length_is_right(unsigned n)
{
	return n == 8 || (n >= 16 && n <= 40);
}

static bool cookie_of_wrong_length(struct sample *s)
{
	const uint8_t *o =
		s->k->opt_rr ? knot_edns_get_option(s->k->opt_rr, KNOT_EDNS_OPTION_COOKIE, NULL)
			     : NULL;
	return !s->is_reply && o && !cookie_length_is_right(knot_edns_opt_get_length(o));
}

static bool pointer_into_the_header(struct sample *s)
{
	for (size_t i = 12; i + 1 < s->p->n; i++)
		if (s->p->b[i] == 0xc0 && s->p->b[i + 1] < 12)
			return s->is_reply;
	return false;
}

/* The record's rdata as it stands in the packet. */
static struct bytes raw_rdata(struct sample *s, unsigned i)
{
	const uint8_t *at = s->p->b + s->k->rr_info[i].pos;
	int n = knot_dname_wire_check(at, s->p->b + s->p->n, s->p->b);
	assert_true(n > 0);
	return bytes_of(at + n + 10, be16_get(at + n + 8));
}

/* A name that a pointer leads to must end before the labels that led there. */
static bool is_no_prior_name(struct bytes msg, size_t pos)
{
	size_t start = pos, limit = msg.n;
	while (pos < limit && msg.p[pos]) {
		if (msg.p[pos] < 0xc0) {
			pos += msg.p[pos] + 1u;
			continue;
		}
		size_t to = be16_get(msg.p + pos) & 0x3fff;
		if (to >= start || pos + 1 >= limit)
			return true;
		limit = start;
		start = pos = to;
	}
	return pos >= limit;
}

static bool pointer_to_no_prior_name(struct sample *s)
{
	for (unsigned i = 0; i < s->k->rrset_count; i++) {
		struct bytes msg = bytes_of(s->p->b, s->p->n), rd = raw_rdata(s, i);
		unsigned type = s->k->rr[i].type;
		if (is_no_prior_name(msg, s->k->rr_info[i].pos))
			return s->is_reply;
		if (type != DNS_CNAME && type != DNS_DNAME && type != DNS_SOA)
			continue;
		size_t second = (size_t)(rd.p - msg.p);
		if (is_no_prior_name(msg, second))
			return s->is_reply;
		if (type == DNS_SOA && dns_name_skip(msg, &second) == 0 &&
			is_no_prior_name(msg, second))
			return s->is_reply;
	}
	return false;
}

static bool opt_owned_by_a_pointer(struct sample *s)
{
	for (unsigned i = 0; i < s->k->rrset_count; i++)
		if (s->k->rr[i].type == DNS_OPT)
			return s->p->b[s->k->rr_info[i].pos] != 0;
	return false;
}

static bool service_binding_is_wrong(struct bytes rd, const uint8_t *msg)
{
	if (rd.n < 3)
		return true;
	int n = knot_dname_wire_check(rd.p + 2, rd.p + rd.n, NULL); /* NULL: no pointers */
	if (n <= 0)
		return true;
	const uint8_t *p = rd.p + 2 + n, *end = rd.p + rd.n;
	int last = -1;
	while (end - p >= 4) {
		int key = be16_get(p), len = be16_get(p + 2);
		p += 4;
		if (key <= last || len > end - p)
			return true;
		if ((key == 4 && (len == 0 || len % 4)) || (key == 6 && (len == 0 || len % 16)))
			return true;
		last = key;
		p += len;
	}
	return p != end;
}

static bool in_answer(struct sample *s, unsigned i)
{
	return s->is_reply && i < s->k->sections[KNOT_ANSWER].count && s->k->rr[i].rclass == DNS_IN;
}

static bool service_binding(struct sample *s)
{
	for (unsigned i = 0; i < s->k->rrset_count; i++)
		if ((s->k->rr[i].type == DNS_SVCB || s->k->rr[i].type == DNS_HTTPS) &&
			in_answer(s, i) && service_binding_is_wrong(raw_rdata(s, i), s->p->b))
			return true;
	return false;
}

/* libknot compares the length after decompression: a few bytes can hide behind a pointer. */
static bool bytes_after_a_compressed_name(struct sample *s)
{
	for (unsigned i = 0; i < s->k->rrset_count; i++) {
		struct bytes rd = raw_rdata(s, i);
		unsigned type = s->k->rr[i].type;
		bool target = (type == DNS_CNAME || type == DNS_DNAME) && in_answer(s, i);
		if (!s->is_reply || (!target && type != DNS_SOA) || rd.n == 0)
			continue;
		int n = knot_dname_wire_check(rd.p, rd.p + rd.n, s->p->b), m = 0;
		if (type == DNS_SOA && n > 0)
			m = 20 + knot_dname_wire_check(rd.p + n, rd.p + rd.n, s->p->b);
		if (n + m != (int)rd.n)
			return true;
	}
	return false;
}

static bool changed_type(struct sample *s)
{
	return s->changed & CHANGED_TYPE;
}

static bool changed_owner(struct sample *s)
{
	return s->changed & CHANGED_OWNER;
}

static bool changed_cut(struct sample *s)
{
	return s->changed & CHANGED_CUT;
}

static bool changed_options(struct sample *s)
{
	return s->changed & CHANGED_OPTIONS;
}

static bool changed_root(struct sample *s)
{
	return s->changed & CHANGED_ROOT;
}

static bool changed_size(struct sample *s)
{
	return s->changed & CHANGED_SIZE;
}

static struct difference {
	bool ours; /* we accept what libknot refuses */
	bool (*holds)(struct sample *s);
	const char *what, *why;
	unsigned seen;
} differences[] = {
	{ false, another_opcode, "a query of another opcode", "answered NOTIMP unread" },
	{ false, no_question, "a query without a question", "RFC 9619: nobody asked anything" },
	{ false, cookie_of_wrong_length, "a cookie of a wrong length",
		"RFC 7873 section 5.2.2: FORMERR" },
	{ false, pointer_into_the_header, "a name inside the header",
		"id and counts of a cached message change, and with them the name" },
	{ false, pointer_to_no_prior_name, "a pointer to what does not end before the labels it stands with",
		"RFC 1035 section 4.1.4: a prior occurrence; BIND refuses it too" },
	{ false, opt_owned_by_a_pointer, "an OPT owned by a pointer to a root",
		"RFC 6891 section 6.1.2: a zero byte" },
	{ false, service_binding, "SVCB, HTTPS: compressed target, keys or hints out of order",
		"RFC 9460 sections 2.2, 7.3; libknot takes the rest as it is" },
	{ false, bytes_after_a_compressed_name,
		"bytes after a compressed name in CNAME, DNAME, SOA",
		"libknot checks the decompressed length only" },
	{ true, changed_type, "wrong rdata of a type we do not look into",
		"carried, not judged: RFC 3597" },
	{ true, changed_owner, "a query's record with a wrong pointer as owner",
		"walked over for bounds only" },
	{ true, changed_cut, "a reply cut short with TC set",
		"RFC 2181 section 9; asked again over TCP" },
	{ true, changed_root, "a pointer to the root in CNAME, DNAME, SOA",
		"libknot takes a name shorter than its pointer for bytes left over" },
	{ true, changed_size, "an OPT without options and a payload size of 1",
		"libknot takes the size for class IN, which may not have empty rdata" },
	{ true, changed_options, "options of a later EDNS version", "the answer is BADVERS" },
};

static void explain(struct sample *s, unsigned round)
{
	bool found = false;
	if (s->ours && !neutral_is_accepted(s))
		s->changed = 0;
	for (size_t i = 0; i < ARRAY_LEN(differences); i++)
		if (differences[i].ours == s->ours && differences[i].holds(s)) {
			differences[i].seen++;
			found = true;
		}
	if (found)
		return;
	print_message("# round %u: only %s accepts:", round, s->ours ? "hisn" : "libknot");
	for (size_t i = 0; i < s->p->n; i++)
		print_message(" %02x", s->p->b[i]);
	print_message("\n");
	fail();
}

/* ---- what both read ---- */

static void same_name(const struct dns_name *ours, const knot_dname_t *theirs)
{
	knot_dname_storage_t lower;
	assert_int_equal(ours->len, knot_dname_size(theirs));
	assert_int_equal(ours->labels, knot_dname_labels(theirs, NULL));
	knot_dname_copy_lower(lower, theirs);
	assert_memory_equal(ours->wire, lower, ours->len);
}

static void same_query(struct sample *s)
{
	const struct dns_query *q = &s->q;
	const knot_rrset_t *opt = s->k->opt_rr;
	same_name(&q->qname, knot_pkt_qname(s->k));
	assert_int_equal(q->qtype, knot_pkt_qtype(s->k));
	assert_int_equal(q->qclass, knot_pkt_qclass(s->k));
	assert_int_equal(q->edns, opt != NULL);
	if (!opt)
		return;
	assert_int_equal(q->udp_size, MAX(knot_edns_get_payload(opt), 512));
	assert_int_equal(q->edns_version, knot_edns_get_version(opt));
	assert_int_equal(q->dnssec_ok, knot_edns_do(opt));
	uint8_t *cookie = knot_edns_get_option(opt, KNOT_EDNS_OPTION_COOKIE, NULL);
	if (cookie && !cookie_length_is_right(knot_edns_opt_get_length(cookie))) {
		assert_int_equal(s->status, DNS_QUERY_BADVERS); /* else FORMERR */
		cookie = NULL;
	}
	assert_int_equal(q->cookie != NULL, cookie != NULL);
	if (cookie) {
		assert_int_equal(q->cookie_len, knot_edns_opt_get_length(cookie));
		assert_memory_equal(q->cookie, knot_edns_opt_get_data(cookie), q->cookie_len);
	}
}

static void same_opt(struct sample *s)
{
	const struct dns_reply *r = &s->r;
	const knot_rrset_t *opt = s->k->opt_rr;
	unsigned rcode = knot_wire_get_rcode(s->p->b);
	int ede = DNS_EDE_NONE;
	uint8_t *o = NULL;
	assert_int_equal(r->opt_end > 0, opt != NULL);
	while (opt && ede < 0 && (o = knot_edns_get_option(opt, KNOT_EDNS_OPTION_EDE, o)))
		if (knot_edns_opt_get_length(o) >= 2)
			ede = be16_get(knot_edns_opt_get_data(o));
	if (opt)
		rcode |= knot_edns_get_ext_rcode(opt) << 4;
	assert_int_equal(r->ede, ede);
	assert_int_equal(r->rcode, rcode);
}

static uint32_t sane(uint32_t ttl)
{
	return ttl > INT32_MAX ? 0 : ttl;
}

/* What one record adds, told by libknot's reading of it. */
struct told {
	unsigned nttl, nchain, naddress;
	uint32_t ttl, soa_ttl;
	bool answered, soa;
};

static void same_answer(struct sample *s, const knot_rrset_t *rr, struct told *t)
{
	const struct dns_reply *r = &s->r;
	unsigned type = rr->type;
	uint16_t qtype = knot_pkt_qtype(s->k);
	t->answered |= type == qtype || qtype == DNS_ANY;
	if (rr->rclass != DNS_IN)
		return;
	if (type == DNS_CNAME || type == DNS_DNAME) {
		struct dns_name n;
		size_t pos = r->chain_at[t->nchain++];
		assert_int_equal(dns_name_read(bytes_of(s->p->b, s->p->n), &pos, &n), 0);
		same_name(&n, knot_cname_name(rr->rrs.rdata));
	} else if (type == DNS_A || type == DNS_AAAA) {
		const struct dns_address *a = &r->address[t->naddress++];
		assert_int_equal(a->len, rr->rrs.rdata->len);
		assert_memory_equal(a->b, rr->rrs.rdata->data, a->len);
	} else if (type == DNS_SVCB || type == DNS_HTTPS) {
		const uint8_t *p = rr->rrs.rdata->data + 2,
			      *end = rr->rrs.rdata->data + rr->rrs.rdata->len;
		t->nchain += *p != 0;
		for (p += knot_dname_size(p); p < end; p += 4 + be16_get(p + 2)) {
			unsigned key = be16_get(p), len = be16_get(p + 2), size = key == 4 ? 4 : 16;
			if (key != 4 && key != 6)
				continue;
			for (unsigned i = 0; i < len; i += size)
				assert_memory_equal(r->address[t->naddress++].b, p + 4 + i, size);
		}
	}
}

static void same_reply(struct sample *s)
{
	const struct dns_reply *r = &s->r;
	struct told t = { .ttl = UINT32_MAX };
	assert_int_equal(r->ancount, s->k->sections[KNOT_ANSWER].count);
	assert_int_equal(r->nscount, s->k->sections[KNOT_AUTHORITY].count);
	assert_int_equal(r->arcount + !!s->k->opt_rr, s->k->sections[KNOT_ADDITIONAL].count);
	for (unsigned i = 0; i < s->k->rrset_count; i++) {
		const knot_rrset_t *rr = &s->k->rr[i];
		struct dns_name owner;
		size_t pos = s->k->rr_info[i].pos;
		if (rr->type == DNS_OPT) {
			assert_int_equal(r->opt_at, pos);
			continue;
		}
		assert_int_equal(dns_name_read(bytes_of(s->p->b, s->p->n), &pos, &owner), 0);
		same_name(&owner, rr->owner);
		assert_int_equal(r->ttl_at[t.nttl++], pos + 4);
		assert_int_equal(be16_get(s->p->b + pos), rr->type);
		assert_int_equal(be32_get(s->p->b + pos + 4), rr->ttl);
		t.ttl = MIN(t.ttl, sane(rr->ttl));
		if (i < r->ancount) {
			same_answer(s, rr, &t);
		} else if (i < r->ancount + r->nscount && rr->type == DNS_SOA &&
			   rr->rclass == DNS_IN) {
			uint32_t ttl = MIN(sane(rr->ttl), sane(knot_soa_minimum(rr->rrs.rdata)));
			t.soa_ttl = t.soa ? MIN(t.soa_ttl, ttl) : ttl;
			t.soa = true;
		}
	}
	assert_int_equal(r->nttl, t.nttl);
	assert_int_equal(r->nchain, t.nchain);
	assert_int_equal(r->naddress, t.naddress);
	same_opt(s);
	assert_int_equal(r->negative, r->rcode == DNS_NXDOMAIN || (r->rcode == 0 && !t.answered));
	if (r->negative)
		t.ttl = t.soa ? MIN(t.ttl, t.soa_ttl) : 0;
	assert_int_equal(r->ttl, t.nttl ? t.ttl : 0);
	if (s->k->qname_size == 0)
		return;
	struct dns_name q;
	size_t pos = 12;
	assert_int_equal(dns_name_read(bytes_of(s->p->b, s->p->n), &pos, &q), 0);
	same_name(&q, knot_pkt_qname(s->k));
	assert_int_equal(r->question_end, 12 + s->k->qname_size + 4);
}

static void libknot_reads_what_we_read(void **state)
{
	static struct packet p;
	const char *other = getenv("HISN_SEED"); /* to look further than one run does */
	uint64_t seed = other ? strtoull(other, NULL, 10) : 20261123;
	unsigned both = 0, neither = 0, differ = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		static struct sample s;
		s.p = &p;
		random_packet(&p, round & 1, &seed);
		if (below(&seed, 2))
			damage(&p, &seed);
		both_read(&s);
		if (s.ours != (s.k != NULL)) {
			explain(&s, round);
			differ++;
		} else if (s.k && s.is_reply) {
			same_reply(&s);
			both++;
		} else if (s.k) {
			same_query(&s);
			both++;
		} else {
			neither++;
		}
		knot_pkt_free(s.k);
	}
	print_message("# %u accepted by both, %u by neither, %u by one:\n", both, neither, differ);
	assert_true(both > ROUNDS / 4);
	assert_true(neither > ROUNDS / 10);
	for (size_t i = 0; i < ARRAY_LEN(differences); i++) {
		const struct difference *d = &differences[i];
		print_message("# %6u %s: %s (%s)\n", d->seen,
			d->ours ? "only hisn" : "only libknot", d->what, d->why);
		assert_true(d->seen > 0);
	}
}

/* ---- what we write ---- */

static struct dns_name short_name(uint64_t *seed)
{
	char text[64] = ".";
	size_t at = 0;
	for (unsigned k = below(seed, 6); k > 0; k--)
		at += (size_t)snprintf(text + at, sizeof text - at, "%c%c.", 'a' + below(seed, 3),
			'a' + below(seed, 2));
	return name_of(text);
}

static void libknot_reads_what_we_write(void **state)
{
	uint64_t seed = 7;
	for (unsigned round = 0; round < 5000; round++) {
		uint8_t asked[300], buf[1500];
		struct dns_name owner[20], target[20], qname = short_name(&seed);
		struct dns_writer w;
		struct dns_query q;
		dns_writer_query(&w, asked, sizeof asked, (uint16_t)round, DNS_RD, &qname, DNS_A);
		assert_int_equal(dns_query_parse(asked, dns_writer_finish(&w), &q), DNS_QUERY_OK);
		unsigned count = below(&seed, 20), rcode = below(&seed, 16);
		size_t cap = below(&seed, 4) ? sizeof buf : 50 + below(&seed, 300);
		dns_writer_reply(&w, buf, cap, &q, rcode);
		for (unsigned i = 0; i < count; i++) {
			owner[i] = short_name(&seed);
			target[i] = short_name(&seed);
			dns_writer_cname(&w, &owner[i], i, &target[i]);
		}
		dns_writer_negative_soa(&w, &qname, 77);
		struct dns_opt o = { .udp_size = 1232,
			.ext_rcode = 1,
			.dnssec_ok = round & 1,
			.ede = 17,
			.ede_text = bytes_str("text"),
			.cookie = bytes_str("abcdefgh"),
			.keepalive = (int)(round & 2) - 1 };
		dns_writer_opt(&w, &o);
		size_t n = dns_writer_finish(&w);
		knot_pkt_t *k = knot_reads(buf, n);
		assert_non_null(k);
		same_name(&qname, knot_pkt_qname(k));
		assert_int_equal(knot_wire_get_id(buf), round);
		assert_int_equal(!!knot_wire_get_tc(buf), w.overflow);
		assert_int_equal(k->sections[KNOT_ANSWER].count, w.overflow ? 0 : count);
		assert_int_equal(k->sections[KNOT_AUTHORITY].count, !w.overflow);
		for (unsigned i = 0; i < k->sections[KNOT_ANSWER].count; i++) {
			same_name(&owner[i], k->rr[i].owner);
			same_name(&target[i], knot_cname_name(k->rr[i].rrs.rdata));
			assert_int_equal(k->rr[i].ttl, i);
		}
		if (!w.overflow)
			assert_int_equal(knot_soa_minimum(k->rr[count].rrs.rdata), 77);
		if (k->opt_rr) {
			assert_int_equal(knot_pkt_ext_rcode(k), 16 + rcode);
			assert_int_equal(knot_edns_do(k->opt_rr), round & 1);
			assert_int_equal(knot_edns_get_payload(k->opt_rr), 1232);
		} else {
			assert_true(w.overflow);
		}
		knot_pkt_free(k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libknot_reads_what_we_read),
		cmocka_unit_test(libknot_reads_what_we_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
