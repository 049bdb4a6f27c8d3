/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/entry.h"

enum { FAILURE_TTL = 5 }; /* RFC 9520: failures are kept, and briefly */

static void judge_reply(const struct view *v, struct bytes msg, const struct dns_reply *r, struct cache_meta *meta)
{
	struct dns_name name;
	meta->chain = meta->addresses = meta->statutory = cats_none();
	for (unsigned i = 0; i < r->nchain; i++) {
		size_t at = r->chain_at[i];
		if (dns_name_read(msg, &at, &name) == 0)
			policy_chain_cats(v, &name, &meta->chain, &meta->statutory);
	}
	for (unsigned i = 0; i < r->naddress; i++)
		meta->addresses = cats_or(meta->addresses,
			policy_address_cats(v, r->address[i].b, r->address[i].len));
	meta->generation = v->generation;
}

void entry_categories(const struct view *v, struct bytes message, struct cache_meta *meta)
{
	struct dns_reply r;
	if (dns_reply_parse(message, &r) == 0)
		judge_reply(v, message, &r, meta);
}

/* Loopback, private and link-local networks: no public name has an address there. */
static bool inside(const struct dns_address *a)
{
	const uint8_t *b = a->b;
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	if (a->len == 16 && !memcmp(b, mapped, 12))
		b += 12;
	else if (a->len == 16)
		return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) || net_is_loopback(b, 16);
	return b[0] == 127 || b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
		(b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) || b[0] == 0;
}

static uint32_t keep_for(const struct guard_config *c, const struct dns_reply *r)
{
	if (r->rcode == DNS_SERVFAIL)
		return FAILURE_TTL;
	if ((r->rcode != DNS_NOERROR && r->rcode != DNS_NXDOMAIN) || (r->flags & DNS_TC))
		return 0;
	if (r->negative)
		return MIN(r->ttl, c->cache.max_negative_ttl);
	return MIN(MAX(r->ttl, c->cache.min_ttl), c->cache.max_ttl);
}

int entry_read(const struct view *v, const struct guard_config *config, struct bytes msg, int64_t now,
	struct entry_room *room, struct cache_copy *ret)
{
	struct dns_reply *r = &room->reply;
	if (msg.n > DNS_MAX_MESSAGE)
		return ERR_MALFORMED;
	memcpy(room->msg, msg.p, msg.n);
	int err = dns_reply_parse(bytes_of(room->msg, msg.n), r);
	if (err)
		return err;
	if (r->overfull)
		return ERR_LIMIT;
	size_t n = r->opt_at ? dns_reply_strip_opt(room->msg, r) : r->body_end;
	struct cache_meta *m = &ret->meta;
	*m = (struct cache_meta){
		.stored = (uint32_t)now,
		.ttl = keep_for(config, r),
		.rcode = r->rcode & DNS_RCODE_MASK,
		.ancount = r->ancount,
		.nscount = r->nscount,
		.arcount = r->arcount,
		.body = (uint16_t)(n - r->question_end),
		.nttl = (uint16_t)r->nttl,
		.ede = (int8_t)r->ede,
		.ede_text = r->ede_text_len,
		.authentic = r->flags & DNS_AD,
		.negative = r->negative,
	};
	for (unsigned i = 0; i < r->naddress; i++)
		m->private_address |= inside(&r->address[i]);
	unsigned kept = 0; /* those of records that went with the OPT are behind the end */
	for (unsigned i = 0; i < r->nttl; i++)
		if (r->ttl_at[i] + 4u <= n)
			room->ttl_at[kept++] = (uint16_t)(r->ttl_at[i] - r->question_end);
	m->nttl = (uint16_t)kept;
	judge_reply(v, bytes_of(room->msg, n), r, m);
	ret->ttl_at = room->ttl_at;
	ret->ede_text = r->ede_text;
	ret->body = room->msg + r->question_end;
	return 0;
}
