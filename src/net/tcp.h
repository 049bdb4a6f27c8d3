/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* DNS over TCP, server side (RFC 7766): messages with a two-byte length, many at a time on one
 * connection, answers in any order. Carries bytes and knows nothing of what they mean.
 *
 * One thread of its own runs everything but net_tcp_reply, which any thread may call. Every resource
 * a client can hold is bounded: connections (overall and per client: an IPv4 address or an IPv6 /64),
 * open queries, bytes of output, and the time of each phase:
 *
 *   idle     nothing open, nothing arrives
 *   receive  from the first byte of a message to its last: who sends slowly is cut off
 *   send     output waits and none of it is taken: counts as idle
 *   total    age of the connection; nothing extends it
 *
 * When all connections are taken, the one that has been idle longest makes room (RFC 7766 6.2.3). */

#include "net/address.h"

enum {
	NET_TCP_QUERY_MAX = 4096,    /* a longer query ends its connection */
	NET_TCP_OPEN_MAX = 64,       /* queries of one connection without an answer yet */
	NET_TCP_OUT_HIGH = 32 << 10, /* bytes of output waiting at which reading stops */
	NET_TCP_OUT_MAX = 512 << 10, /* and at which the connection is ended */
};

struct net_tcp;

/* One query on one connection. Plain data; a stale one is recognised and ignored. */
struct net_tcp_id {
	uint32_t slot, generation, query;
};

struct net_tcp_config {
	const struct net_address *listen; /* copied */
	unsigned nlisten;
	unsigned backlog;        /* 0: 256 */
	unsigned connections;    /* 0: 1024 */
	unsigned per_client;     /* 0: 64 */
	unsigned idle_ms;        /* 0: 10000 */
	unsigned receive_ms;     /* 0: 5000 */
	unsigned total_ms;       /* 0: 120000 */
	/* On the TCP thread, for each message. Answer now or later, once, with net_tcp_reply; a query
	 * that gets no answer keeps its place until the connection ends, so reply with n = 0 to say
	 * that there will be none. client, local and msg are valid during the call only. */
	void (*query)(void *ctx, struct net_tcp_id id, const struct net_address *client,
		const struct net_address *local, const uint8_t *msg, size_t n);
	void *ctx;
};

struct net_tcp_stats {
	uint64_t accepted, refused, queries, answers, dropped; /* dropped: answers that came too late */
	uint64_t timeouts, overruns;                           /* connections ended: time, size limits */
	unsigned connections;
};

/* Binds and listens; nothing is accepted yet, so that a program can drop its privileges before.
 * Errors: errno values; the note names the address. On error *ret is untouched. */
must_use int net_tcp_new(const struct net_tcp_config *c, struct net_tcp **ret, struct err_note *note);
must_use int net_tcp_start(struct net_tcp *t);
/* Ends all connections and joins the thread; replies are ignored from then on. Again: does nothing.
 * Never from the callback. */
void net_tcp_stop(struct net_tcp *t);
/* Stops. Nobody may call net_tcp_reply any more. NULL is fine. */
void net_tcp_free(struct net_tcp *t);

/* Any thread; msg (n <= 65535) is copied. From inside the callback it costs no wake-up. */
void net_tcp_reply(struct net_tcp *t, struct net_tcp_id id, const uint8_t *msg, size_t n);

/* The address of listening socket i, with the port the kernel chose if it was 0. */
const struct net_address *net_tcp_local(const struct net_tcp *t, unsigned i);
/* What RFC 7828 may promise now, in units of 100 ms: the idle limit, 0 when places run short. Any
 * thread. */
unsigned net_tcp_keepalive(const struct net_tcp *t);
void net_tcp_stats(const struct net_tcp *t, struct net_tcp_stats *ret); /* any thread */
