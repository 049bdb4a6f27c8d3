/* SPDX-License-Identifier: Apache-2.0 */
/* The input is a programme for the writer: a capacity, a question, then records. What was written
 * is read back record by record and compared. */
#include "fuzz.h"
#include "dns/reply.h"
#include "dns/writer.h"

enum { RECORDS = 64 };

struct input {
	const uint8_t *p;
	size_t n;
};

static unsigned next(struct input *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->p++;
}

/* A name of few different labels, so that ends are often shared; now and then a long one. */
static struct dns_name next_name(struct input *in)
{
	uint8_t wire[DNS_NAME_MAX];
	struct dns_name n;
	unsigned len = 0, labels = next(in) % 6;
	for (unsigned i = 0; i < labels; i++) {
		unsigned c = next(in), size = c >= 224 ? c - 192 : 1 + c % 3;
		if (len + size + 2 > sizeof wire)
			break;
		wire[len++] = (uint8_t)size;
		memset(wire + len, (int)(c >> 2 & 1 ? 'A' + c % 5 : '@' + c % 64), size);
		len += size;
	}
	wire[len++] = 0;
	check(dns_name_from_wire(wire, len, &n) == 0);
	return n;
}

struct written {
	struct dns_name owner, target;
	uint16_t type;
	uint32_t ttl;
	uint16_t filler;
};

static struct written written[RECORDS];
static uint8_t filler[0x4000];

static unsigned write_records(struct dns_writer *w, struct input *in, const struct dns_name *qname)
{
	unsigned count = 0, section = DNS_ANSWER;
	while (in->n > 0 && count < RECORDS) {
		struct written *r = &written[count++];
		unsigned op = next(in);
		r->ttl = op * 77;
		r->owner = op & 1 ? next_name(in) : *qname;
		const struct dns_name *owner = op & 1 ? &r->owner : NULL;
		if (op & 2)
			section = MIN(section + 1, (unsigned)DNS_ADDITIONAL);
		if (section == DNS_ANSWER && op & 4) {
			r->type = DNS_CNAME;
			r->target = next_name(in);
			dns_writer_cname(w, owner, r->ttl, &r->target);
		} else if (section == DNS_AUTHORITY && op & 4) {
			r->type = DNS_SOA;
			dns_writer_negative_soa(w, owner, r->ttl);
		} else {
			r->type = DNS_TXT;
			r->filler = (uint16_t)(op & 8 ? next(in) << 6 : next(in) >> 4);
			dns_writer_rr(w, (enum dns_section)section, owner, DNS_TXT, r->ttl, filler,
				r->filler);
		}
	}
	return count;
}

static void check_record(struct bytes msg, size_t *pos, const struct written *want)
{
	struct dns_name n;
	check(dns_name_read(msg, pos, &n) == 0);
	check(dns_name_equal(&n, &want->owner) && n.labels == want->owner.labels);
	check(be16_get(msg.p + *pos) == want->type && be32_get(msg.p + *pos + 4) == want->ttl);
	size_t rdlen = be16_get(msg.p + *pos + 8), end = *pos + 10 + rdlen;
	*pos += 10;
	if (want->type == DNS_TXT) {
		check(rdlen == want->filler);
	} else if (want->type == DNS_CNAME) {
		check(dns_name_read(msg, pos, &n) == 0 && *pos == end);
		check(dns_name_equal(&n, &want->target));
	} else {
		struct dns_name m;
		check(dns_name_from_text("guard.invalid", 13, &m) == 0);
		check(dns_name_read(msg, pos, &n) == 0 && dns_name_equal(&n, &m));
		check(dns_name_from_text("nobody.invalid", 14, &m) == 0);
		check(dns_name_read(msg, pos, &n) == 0 && dns_name_equal(&n, &m));
		check(be32_get(msg.p + *pos + 16) == want->ttl && *pos + 20 == end);
	}
	*pos = end;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	struct dns_writer w;
	struct dns_query q;
	struct dns_reply r;
	uint8_t asked[300];
	size_t cap = next(&in) << 8;
	cap |= next(&in);
	struct dns_name qname = next_name(&in);
	dns_writer_query(&w, asked, sizeof asked, 1, DNS_RD, &qname, DNS_A);
	check(dns_query_parse(asked, dns_writer_finish(&w), &q) == DNS_QUERY_OK);
	/* The client's case: flip letters of the copy that the reply repeats. */
	for (unsigned i = 0; i + 1 < qname.len; i++)
		if (qname.wire[i] >= 'a' && qname.wire[i] <= 'z' && i % 3 == 0)
			asked[DNS_HEADER + i] ^= 32;

	uint8_t *buf = malloc(cap ? cap : 1);
	check(buf);
	struct dns_opt o = { .udp_size = DNS_MAX_UDP, .ede = (int)next(&in) - 1, .keepalive = -1 };
	o.ede_text = bytes_of(filler, next(&in));
	bool opt = next(&in) & 1;
	dns_writer_reply(&w, buf, cap, &q, DNS_NOERROR);
	unsigned count = write_records(&w, &in, &qname);
	if (opt)
		dns_writer_opt(&w, &o);
	size_t size = dns_writer_finish(&w);
	check(size <= cap && (size > 0) == (cap >= DNS_HEADER));
	if (size > 0) {
		check(dns_reply_parse(bytes_of(buf, size), &r) == 0);
		check(!!(r.flags & DNS_TC) == w.overflow);
		check(r.ancount + r.nscount + r.arcount == (w.overflow ? 0 : count));
		size_t pos = r.question_end;
		for (unsigned i = 0; i < count && !w.overflow; i++)
			check_record(bytes_of(buf, size), &pos, &written[i]);
		check(!opt || w.overflow || r.opt_end == size);
		check(!r.opt_end || r.ede == o.ede || w.overflow);
	}
	free(buf);
	return 0;
}
