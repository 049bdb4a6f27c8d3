/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/svcb.h"

enum { RR_FIXED = 10, SOA_NUMBERS = 20 };

struct record {
	size_t at;    /* the owner's name */
	size_t fixed; /* type, class, TTL, RDLENGTH */
	size_t rdata, end;
	uint16_t type, class;
	uint32_t ttl;
};

/* RFC 2181 section 8: a TTL with the top bit set is zero. */
static uint32_t sane_ttl(uint32_t ttl)
{
	return ttl >> 31 ? 0 : ttl;
}

static int read_record(struct bytes msg, size_t *pos, struct record *rr)
{
	struct dns_name owner;
	rr->at = *pos;
	int err = dns_name_read(msg, pos, &owner);
	if (err < 0)
		return err;
	if (msg.n - *pos < RR_FIXED)
		return ERR_TRUNCATED;
	const uint8_t *p = msg.p + *pos;
	size_t rdlen = be16_get(p + 8);
	if (msg.n - *pos - RR_FIXED < rdlen)
		return ERR_TRUNCATED;
	rr->type = be16_get(p);
	rr->class = be16_get(p + 2);
	rr->ttl = sane_ttl(be32_get(p + 4));
	rr->fixed = *pos;
	rr->rdata = *pos + RR_FIXED;
	rr->end = *pos = rr->rdata + rdlen;
	return 0;
}

void dns_reply_add_chain(struct dns_reply *r, size_t at)
{
	if (r->nchain == DNS_REPLY_CHAIN)
		r->overfull = true;
	else
		r->chain_at[r->nchain++] = (uint16_t)at;
}

void dns_reply_add_address(struct dns_reply *r, const uint8_t *p, unsigned len)
{
	if (r->naddress == DNS_REPLY_ADDRESSES) {
		r->overfull = true;
		return;
	}
	struct dns_address *a = &r->address[r->naddress++];
	a->len = (uint8_t)len;
	memcpy(a->b, p, len);
}

static void add_ttl(struct dns_reply *r, const struct record *rr)
{
	r->ttl = MIN(r->ttl, rr->ttl);
	if (r->nttl == DNS_REPLY_TTLS)
		r->overfull = true;
	else
		r->ttl_at[r->nttl++] = (uint16_t)(rr->fixed + 4);
}

static int read_address(
	struct bytes msg, const struct record *rr, unsigned len, struct dns_reply *r)
{
	if (rr->end - rr->rdata != len)
		return ERR_MALFORMED;
	dns_reply_add_address(r, msg.p + rr->rdata, len);
	return 0;
}

/* CNAME, DNAME: rdata is one name. A name that leads out of the rdata is no name of it. */
static int read_target(struct bytes msg, const struct record *rr, struct dns_reply *r)
{
	struct dns_name target;
	size_t pos = rr->rdata;
	if (dns_name_read(bytes_of(msg.p, rr->end), &pos, &target) < 0 || pos != rr->end)
		return ERR_MALFORMED;
	dns_reply_add_chain(r, rr->rdata);
	return 0;
}

static int read_answer(struct bytes msg, const struct record *rr, struct dns_reply *r)
{
	if (rr->class != DNS_IN)
		return 0;
	switch (rr->type) {
	case DNS_A:
		return read_address(msg, rr, 4, r);
	case DNS_AAAA:
		return read_address(msg, rr, 16, r);
	case DNS_CNAME:
	case DNS_DNAME:
		return read_target(msg, rr, r);
	case DNS_SVCB:
	case DNS_HTTPS:
		return dns_svcb_read(msg, rr->rdata, rr->end, r);
	default:
		return 0;
	}
}

/* RFC 2308 section 5: a negative answer lives for the lesser of the SOA's TTL and its MINIMUM. */
static int read_soa(struct bytes msg, const struct record *rr, uint32_t *ret_ttl)
{
	struct dns_name name;
	struct bytes within = bytes_of(msg.p, rr->end);
	size_t pos = rr->rdata;
	if (dns_name_read(within, &pos, &name) < 0 || dns_name_read(within, &pos, &name) < 0 ||
		rr->end - pos != SOA_NUMBERS)
		return ERR_MALFORMED;
	*ret_ttl = MIN(rr->ttl, sane_ttl(be32_get(msg.p + rr->end - 4)));
	return 0;
}

/* As much of the text as is kept, without the NUL that RFC 8914 section 2 allows and without half a
 * UTF-8 sequence. */
static void read_ede(const uint8_t *p, size_t n, struct dns_reply *r)
{
	r->ede = be16_get(p);
	const uint8_t *text = p + 2;
	n -= 2;
	if (n > 0 && text[n - 1] == 0)
		n--;
	if (n > DNS_REPLY_EDE_TEXT)
		for (n = DNS_REPLY_EDE_TEXT; n > 0 && (text[n] & 0xc0) == 0x80;)
			n--;
	memcpy(r->ede_text, text, n);
	r->ede_text_len = (uint8_t)n;
}

/* RFC 6891 section 6.1: one, of the root, in the additional section. */
static int read_opt(struct bytes msg, const struct record *rr, struct dns_reply *r)
{
	if (r->opt_end || msg.p[rr->at] != 0)
		return ERR_MALFORMED;
	r->opt_at = (uint16_t)rr->at;
	r->opt_end = (uint16_t)rr->end;
	r->rcode |= (uint16_t)(msg.p[rr->fixed + 4] << 4);
	const uint8_t *p = msg.p + rr->rdata;
	for (size_t n = rr->end - rr->rdata; n > 0;) {
		if (n < 4 || n - 4 < be16_get(p + 2))
			return ERR_MALFORMED;
		size_t len = be16_get(p + 2);
		if (be16_get(p) == DNS_OPTION_EDE && len >= 2 && r->ede == DNS_EDE_NONE)
			read_ede(p + 4, len, r);
		p += 4 + len;
		n -= 4 + len;
	}
	return 0;
}

/* What the walk over the records finds out. */
struct walk {
	size_t pos;
	uint16_t qtype;
	bool answered; /* a record of the type asked */
	bool soa;
	uint32_t soa_ttl;
};

static int read_one(struct bytes msg, unsigned section, struct dns_reply *r, struct walk *w)
{
	struct record rr;
	int err = read_record(msg, &w->pos, &rr);
	if (err < 0)
		return err;
	if (rr.type == DNS_OPT)
		return section == 2 ? read_opt(msg, &rr, r) : ERR_MALFORMED;
	add_ttl(r, &rr);
	if (section == 0) {
		r->ancount++;
		w->answered |= rr.type == w->qtype || w->qtype == DNS_ANY;
		return read_answer(msg, &rr, r);
	}
	if (section == 2) {
		r->arcount++;
		return 0;
	}
	r->nscount++;
	if (rr.type != DNS_SOA || rr.class != DNS_IN)
		return 0;
	uint32_t ttl = 0;
	err = read_soa(msg, &rr, &ttl);
	w->soa_ttl = w->soa ? MIN(w->soa_ttl, ttl) : ttl;
	w->soa = true;
	return err;
}

static int read_sections(struct bytes msg, struct dns_reply *r, struct walk *w)
{
	for (unsigned section = 0; section < 3; section++) {
		unsigned count = be16_get(msg.p + 6 + 2 * section);
		for (unsigned i = 0; i < count; i++) {
			r->body_end = (uint16_t)w->pos;
			int err = read_one(msg, section, r, w);
			/* RFC 2181 section 9: a server may cut where it likes once TC is set. */
			if (err == ERR_TRUNCATED && r->flags & DNS_TC)
				return 0;
			if (err < 0)
				return err;
		}
	}
	r->body_end = (uint16_t)w->pos;
	return w->pos == msg.n ? 0 : ERR_MALFORMED;
}

/* Never compressed, for nothing stands before it. Servers answer some errors without one. */
static int read_question(struct bytes msg, struct dns_reply *r, struct walk *w)
{
	struct dns_name name;
	unsigned count = be16_get(msg.p + 4);
	if (count > 1)
		return ERR_MALFORMED;
	w->pos = DNS_HEADER;
	w->qtype = 0;
	if (count) {
		int err = dns_name_read_plain(msg, &w->pos, &name);
		if (err < 0)
			return err;
		if (msg.n - w->pos < 4)
			return ERR_TRUNCATED;
		w->qtype = be16_get(msg.p + w->pos);
		w->pos += 4;
	}
	r->question_end = (uint16_t)w->pos;
	return 0;
}

static void clear(struct dns_reply *r)
{
	r->ancount = r->nscount = r->arcount = 0;
	r->ttl = UINT32_MAX;
	r->negative = r->overfull = false;
	r->ede = DNS_EDE_NONE;
	r->ede_text_len = 0;
	r->opt_at = r->opt_end = 0;
	r->nttl = r->nchain = r->naddress = 0;
}

int dns_reply_parse(struct bytes msg, struct dns_reply *ret)
{
	struct walk w = { 0 };
	if (msg.n < DNS_HEADER)
		return ERR_TRUNCATED;
	if (msg.n > DNS_MAX_MESSAGE)
		return ERR_MALFORMED;
	clear(ret);
	ret->flags = be16_get(msg.p + 2);
	ret->rcode = ret->flags & DNS_RCODE_MASK;
	if (!(ret->flags & DNS_QR))
		return ERR_MALFORMED;
	int err = read_question(msg, ret, &w);
	if (err == 0)
		err = read_sections(msg, ret, &w);
	if (err < 0)
		return err;
	ret->negative = ret->rcode == DNS_NXDOMAIN || (ret->rcode == DNS_NOERROR && !w.answered);
	if (ret->negative)
		ret->ttl = w.soa ? MIN(ret->ttl, w.soa_ttl) : 0;
	if (ret->nttl == 0)
		ret->ttl = 0;
	return 0;
}

bool dns_reply_matches(
	struct bytes msg, const struct dns_reply *r, const struct dns_name *qname, uint16_t qtype)
{
	struct dns_name name;
	size_t pos = DNS_HEADER;
	if (r->question_end == DNS_HEADER || r->flags & DNS_OPCODE_MASK)
		return false;
	if (dns_name_read_plain(msg, &pos, &name) < 0 || !dns_name_equal(&name, qname))
		return false;
	return be16_get(msg.p + pos) == qtype && be16_get(msg.p + pos + 2) == DNS_IN;
}

/* Additional records that stand before the OPT. The reply was parsed, so every step succeeds. */
static uint16_t additional_before(struct bytes msg, const struct dns_reply *r)
{
	size_t pos = r->question_end;
	unsigned seen = 0;
	while (pos < r->opt_at && dns_name_skip(msg, &pos) == 0) {
		pos += RR_FIXED + be16_get(msg.p + pos + 8);
		seen++;
	}
	return (uint16_t)(seen - r->ancount - r->nscount);
}

size_t dns_reply_strip_opt(uint8_t *msg, struct dns_reply *r)
{
	if (!r->opt_end)
		return r->body_end;
	r->arcount = additional_before(bytes_of(msg, r->body_end), r);
	be16_put(msg + 10, r->arcount);
	while (r->nttl > 0 && r->ttl_at[r->nttl - 1] > r->opt_at)
		r->nttl--;
	r->body_end = r->opt_at;
	r->opt_at = r->opt_end = 0;
	return r->body_end;
}

void dns_ttls_age(
	uint8_t *msg, const uint16_t *at, unsigned n, uint32_t age, uint32_t floor, uint32_t cap)
{
	for (unsigned i = 0; i < n; i++) {
		uint32_t ttl = sane_ttl(be32_get(msg + at[i]));
		ttl = ttl > age ? ttl - age : 0;
		ttl = MAX(ttl, floor);
		be32_put(msg + at[i], MIN(ttl, cap));
	}
}
