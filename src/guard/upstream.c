/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/upstream_int.h"

#include "base/clock.h"
#include "dns/writer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

enum { FIRST_TIMEOUT_MS = 400, TRIES = 4 };

static bool is_loopback(const struct upstream_server *s)
{
	static const uint8_t one[16] = { [15] = 1 };
	return s->len == 4 ? s->address[0] == 127 : memcmp(s->address, one, 16) == 0;
}

unsigned upstream_sockaddr(const struct upstream_server *s, struct sockaddr *ret)
{
	memset(ret, 0, sizeof(struct sockaddr_storage));
	if (s->len == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)ret;
		in->sin_family = AF_INET;
		in->sin_port = htons(s->port);
		memcpy(&in->sin_addr, s->address, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(s->port);
	memcpy(&in6->sin6_addr, s->address, 16);
	return sizeof *in6;
}

/* Stop waiting for the server it was sent to: whatever still comes from there is late. */
static void leave(struct upstream *u, struct pending *p)
{
	if (p->state == UPSTREAM_SENT_TCP)
		upstream_tcp_leave(u, p);
	upstream_udp_close(p);
	upstream_table_unid(u, p);
	if (p->probe)
		u->health[p->server].probing = false;
	p->probe = false;
}

static void finish(struct upstream *u, struct pending *p, int err, struct bytes msg)
{
	upstream_done *done = p->done;
	void *ctx = p->ctx;
	leave(u, p);
	upstream_table_free(u, p);
	if (!u->in_flight)
		event_del(u->tick);
	if (!err)
		u->stats.answered++;
	done(ctx, err, msg);
}

static void queue(struct upstream *u, struct pending *p)
{
	p->state = UPSTREAM_QUEUED;
	upstream_wheel_put(u, p, upstream_health_timeout(u, p));
	if (p->queued)
		return;
	p->queued = true;
	u->unsent[(u->unsent_first + u->nunsent++) % UPSTREAM_IN_FLIGHT] = (uint16_t)(p - u->slot);
	event_active(u->flush, EV_TIMEOUT, 0);
}

static void start_try(struct upstream *u, struct pending *p)
{
	unsigned s = upstream_health_pick(u, p);
	/* Once more to the same server goes out with the same id and port: a late answer to the
	 * first packet is as good, and a forger has one target instead of two. */
	if (s != p->server || p->state == UPSTREAM_SENT_TCP)
		leave(u, p);
	p->server = (uint8_t)s;
	p->tried |= (uint16_t)(1u << s);
	if (u->health[s].down && !p->tries)
		u->health[s].probing = p->probe = true;
	if (p->tries++)
		u->stats.retries++;
	if (!p->has_id)
		upstream_table_id(u, p);
	queue(u, p);
}

static void next_try(struct upstream *u, struct pending *p)
{
	if (p->tries >= u->config.tries)
		finish(u, p, p->err, (struct bytes){ 0 });
	else
		start_try(u, p);
}

static void timed_out(struct upstream *u, struct pending *p)
{
	u->stats.timeouts++;
	if (p->err != -ECONNREFUSED || p->state != UPSTREAM_QUEUED) {
		p->err = -ETIMEDOUT;
		upstream_health_bad(u, p->server, false);
	}
	if (p->state == UPSTREAM_SENT_TCP)
		upstream_tcp_silent(u, p);
	next_try(u, p);
}

void upstream_lost(struct upstream *u, struct pending *p)
{
	p->err = -ECONNREFUSED;
	next_try(u, p);
}

void upstream_refused(struct upstream *u, struct pending *p, bool gone)
{
	upstream_health_bad(u, p->server, gone);
	p->err = -ECONNREFUSED;
	if (p->tries < u->config.tries && upstream_health_other(u, p)) {
		start_try(u, p);
		return;
	}
	/* Nobody else to ask: half the time of this try is left for a restart. */
	leave(u, p);
	p->state = UPSTREAM_QUEUED;
	upstream_wheel_put(u, p, upstream_health_timeout(u, p) / 2);
}

/* Asked again at the same server, in another way; not a failure of its own. */
static void ask_differently(struct upstream *u, struct pending *p)
{
	unsigned server = p->server;
	leave(u, p);
	p->server = (uint8_t)server;
	upstream_table_id(u, p);
	queue(u, p);
}

/* RFC 5452 section 9.1: the question must come back as it was sent. We send lower case, and ask
 * servers that keep it. */
static bool question_is_ours(const struct pending *p, const uint8_t *m, size_t n)
{
	return n >= p->question_end && be16_get(m + 4) == 1 &&
		memcmp(m + DNS_HEADER, p->packet + DNS_HEADER, p->question_end - DNS_HEADER) == 0;
}

/* RFC 6891 section 7: a server that does not know EDNS says FORMERR, some NOTIMP, and may leave the
 * question out. */
static bool refuses_edns(const struct pending *p, const uint8_t *m, size_t n)
{
	unsigned rcode = m[3] & DNS_RCODE_MASK;
	return p->edns && (rcode == DNS_FORMERR || rcode == DNS_NOTIMP) &&
		((n == DNS_HEADER && be16_get(m + 4) == 0) || question_is_ours(p, m, n));
}

static bool is_mismatch(struct upstream *u)
{
	u->stats.mismatched++;
	return false;
}

bool upstream_take(struct upstream *u, unsigned server, enum upstream_state via, struct pending *own,
	uint8_t *m, size_t n)
{
	if (n < DNS_HEADER)
		return is_mismatch(u);
	struct pending *p = upstream_table_find(u, be16_get(m));
	uint16_t flags = be16_get(m + 2);
	if (!p || (own && p != own) || p->server != server || !(flags & DNS_QR) ||
		(flags & DNS_OPCODE_MASK) || !p->sends)
		return is_mismatch(u);
	/* A late answer to a packet that is being sent again is still one. */
	if (p->state != via && p->state != UPSTREAM_QUEUED)
		return is_mismatch(u);
	if (refuses_edns(p, m, n)) {
		p->edns = false;
		ask_differently(u, p);
		return true;
	}
	if (!question_is_ours(p, m, n))
		return is_mismatch(u);
	if ((flags & DNS_TC) && !p->tcp) { /* RFC 7766 section 5 */
		p->tcp = true;
		u->stats.tcp++;
		ask_differently(u, p);
		return true;
	}
	if (flags & DNS_TC)
		return is_mismatch(u);
	/* One that does not serve us may stand beside one that does. */
	if ((flags & DNS_RCODE_MASK) == DNS_REFUSED && p->tries < u->config.tries &&
		upstream_health_other(u, p)) {
		upstream_refused(u, p, false);
		return true;
	}
	upstream_health_good(u, p);
	if (!u->config.server[server].trusted)
		be16_put(m + 2, flags & (uint16_t)~DNS_AD);
	finish(u, p, 0, bytes_of(m, n));
	return true;
}

static void flush(int fd, short what, void *ctx)
{
	struct upstream *u = ctx;
	for (unsigned n = u->nunsent; n; n--) { /* those that come meanwhile: the next time */
		struct pending *p = &u->slot[u->unsent[u->unsent_first]];
		u->unsent_first = (u->unsent_first + 1) % UPSTREAM_IN_FLIGHT;
		u->nunsent--;
		p->queued = false;
		if (p->state != UPSTREAM_QUEUED || !p->has_id)
			continue;
		p->sent_ns = clock_mono_ns();
		p->sends++;
		if (p->tcp)
			upstream_tcp_send(u, p);
		else
			upstream_udp_send(u, p);
	}
	upstream_udp_flush(u);
}

static void tick(int fd, short what, void *ctx)
{
	upstream_wheel_turn(ctx, timed_out);
}

int upstream_ask(struct upstream *u, const struct dns_name *qname, uint16_t qtype, bool dnssec_ok,
	bool checking_disabled, upstream_done *done, void *ctx)
{
	if (u->closing)
		return -EBUSY;
	struct pending *p = upstream_table_new(u);
	if (!p)
		return -EBUSY;
	p->done = done;
	p->ctx = ctx;
	p->edns = true;
	struct dns_writer w;
	uint16_t flags = (uint16_t)(DNS_RD | DNS_AD | (checking_disabled ? DNS_CD : 0));
	dns_writer_query(&w, p->packet, sizeof p->packet, 0, flags, qname, qtype);
	const struct dns_opt opt = { .udp_size = DNS_MAX_UDP, .dnssec_ok = dnssec_ok,
		.ede = DNS_EDE_NONE, .keepalive = -1 };
	dns_writer_opt(&w, &opt);
	p->packet_len = (uint16_t)dns_writer_finish(&w);
	p->question_end = (uint16_t)(DNS_HEADER + qname->len + 4);
	if (u->in_flight == 1) {
		const struct timeval every = { .tv_usec = UPSTREAM_TICK_MS * 1000 };
		u->ticked = clock_mono_ms() / UPSTREAM_TICK_MS;
		event_add(u->tick, &every);
	}
	u->stats.asked++;
	start_try(u, p);
	return 0;
}

int upstream_new(struct event_base *base, const struct upstream_config *c, struct upstream **ret)
{
	if (c->nservers == 0 || c->nservers > UPSTREAM_MAX)
		return -EINVAL;
	struct upstream *u = calloc(1, sizeof *u);
	if (!u)
		return -ENOMEM;
	u->base = base;
	u->config = *c;
	if (!u->config.first_timeout_ms)
		u->config.first_timeout_ms = FIRST_TIMEOUT_MS;
	if (!u->config.tries)
		u->config.tries = TRIES;
	for (unsigned s = 0; s < c->nservers; s++)
		u->loopback[s] = is_loopback(&c->server[s]);
	int err = -ENOMEM;
	u->flush = event_new(base, -1, 0, flush, u);
	u->tick = event_new(base, -1, EV_PERSIST, tick, u);
	if (u->flush && u->tick)
		err = upstream_table_init(u);
	if (!err)
		err = upstream_udp_init(u);
	if (!err)
		err = upstream_tcp_init(u);
	if (err) {
		upstream_free(u);
		return err;
	}
	*ret = u;
	return 0;
}

void upstream_free(struct upstream *u)
{
	if (!u)
		return;
	u->closing = true;
	for (unsigned i = 0; i < u->used; i++)
		if (u->slot[i].state != UPSTREAM_FREE)
			finish(u, &u->slot[i], -ECANCELED, (struct bytes){ 0 });
	upstream_tcp_done(u);
	upstream_udp_done(u);
	if (u->flush)
		event_free(u->flush);
	if (u->tick)
		event_free(u->tick);
	free(u->slot);
	free(u);
}

void upstream_stats(const struct upstream *u, struct upstream_stats *ret)
{
	*ret = u->stats;
	for (unsigned s = 0; s < u->config.nservers; s++) {
		ret->server[s].srtt_ms = (u->health[s].srtt_us + 999) / 1000;
		ret->server[s].down = u->health[s].down;
	}
}
