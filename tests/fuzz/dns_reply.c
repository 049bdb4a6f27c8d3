/* SPDX-License-Identifier: Apache-2.0 */
/* Responses from upstream: all that is noted of one is in it, and stays true when its OPT is cut
 * out and its TTLs grow old, as the cache does. */
#include "fuzz.h"
#include "dns/reply.h"

static void check_fields(struct bytes msg, const struct dns_reply *r)
{
	check(r->question_end >= DNS_HEADER && r->question_end <= r->body_end &&
		r->body_end <= msg.n);
	check(r->opt_at <= r->opt_end && r->opt_end <= r->body_end);
	check(r->nttl <= DNS_REPLY_TTLS && r->nchain <= DNS_REPLY_CHAIN);
	check(r->naddress <= DNS_REPLY_ADDRESSES && r->ede_text_len <= DNS_REPLY_EDE_TEXT);
	unsigned records = r->ancount + r->nscount + r->arcount;
	check(r->nttl == records || (r->overfull && r->nttl == DNS_REPLY_TTLS));
	for (unsigned i = 0; i < r->nttl; i++) {
		check(r->ttl_at[i] > (i ? r->ttl_at[i - 1] : r->question_end));
		check(r->ttl_at[i] + 6u <= r->body_end);
		uint32_t ttl = be32_get(msg.p + r->ttl_at[i]);
		check(r->ttl <= (ttl >> 31 ? 0 : ttl));
	}
	for (unsigned i = 0; i < r->nchain; i++) {
		struct dns_name n;
		size_t pos = r->chain_at[i];
		check(dns_name_read(msg, &pos, &n) == 0);
	}
	for (unsigned i = 0; i < r->naddress; i++)
		check(r->address[i].len == 4 || r->address[i].len == 16);
}

static void check_question(struct bytes msg, const struct dns_reply *r)
{
	struct dns_name n;
	size_t pos = DNS_HEADER;
	if (r->question_end == DNS_HEADER)
		return;
	check(dns_name_read(msg, &pos, &n) == 0);
	uint16_t type = be16_get(msg.p + pos);
	bool query_in = be16_get(msg.p + pos + 2) == DNS_IN && !(r->flags & DNS_OPCODE_MASK);
	check(dns_reply_matches(msg, r, &n, type) == query_in);
	check(!dns_reply_matches(msg, r, &n, (uint16_t)(type + 1)));
	if (n.len < 2)
		return;
	n.wire[1] ^= 1;
	check(!dns_reply_matches(msg, r, &n, type));
}

/* What a cache does with it: cut, kept, grown old, read again. */
static void check_kept(struct bytes msg, struct dns_reply *r)
{
	uint8_t *copy = malloc(msg.n);
	struct dns_reply back;
	check(copy);
	memcpy(copy, msg.p, msg.n);
	bool had_opt = r->opt_end;
	size_t n = dns_reply_strip_opt(copy, r);
	check(n == r->body_end && n <= msg.n && r->opt_end == 0);
	/* No name reaches forward, so none reached into what was cut away. */
	check(dns_reply_parse(bytes_of(copy, n), &back) == 0);
	check(back.ancount == r->ancount && back.nscount == r->nscount &&
		back.arcount == r->arcount);
	check(back.nchain == r->nchain && back.naddress == r->naddress && back.nttl == r->nttl);
	check(back.negative == r->negative || had_opt);
	dns_ttls_age(copy, r->ttl_at, r->nttl, 1, 2, 3);
	for (unsigned i = 0; i < r->nttl; i++)
		check(be32_get(copy + r->ttl_at[i]) == 2 || be32_get(copy + r->ttl_at[i]) == 3);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes msg = bytes_of(p, n);
	struct dns_reply r;
	memset(&r, 0xa5, sizeof r); /* nothing may depend on what was there */
	int err = dns_reply_parse(msg, &r);
	if (err < 0) {
		check(err == ERR_TRUNCATED || err == ERR_MALFORMED);
		return 0;
	}
	check(r.flags & DNS_QR);
	check_fields(msg, &r);
	check_question(msg, &r);
	if (!(r.flags & DNS_TC)) {
		check(r.body_end == n);
		check_kept(msg, &r);
	}
	return 0;
}
