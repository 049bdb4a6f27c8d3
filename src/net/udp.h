/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* UDP in batches: one recvmmsg, up to NET_BATCH queries, one sendmmsg. One socket and one batch per
 * worker and address (SO_REUSEPORT spreads clients over the workers).
 *
 * What costs: system calls and the kernel's copying of headers. So addresses are as small as the
 * family allows, control data exist only where a socket is bound to a wildcard address (the answer
 * must then leave from the address that was asked), buffers are never cleared, and only what the
 * kernel has overwritten is set again. Rows are an odd number of cache lines apart: with a power of
 * two the first lines of all rows would share a few sets of the first-level cache. */

#include "net/address.h"

enum {
	NET_BATCH = 64,
	NET_QUERY_MAX = 1500,        /* a longer datagram is not given to the caller */
	NET_ANSWER_MAX = 1280,
	NET_QUERY_ROW = 25 * 64,
	NET_ANSWER_ROW = 21 * 64,
	NET_CONTROL = 64,            /* holds IPV6_PKTINFO */
};

struct net_udp {
	int fd;
	bool wildcard;               /* bound to 0.0.0.0 or :: */
	struct net_address local;    /* as bound; the port the kernel chose if it was 0 */
};

/* Bind a socket: SO_REUSEPORT, IPV6_V6ONLY, IP_PMTUDISC_OMIT (no forged ICMP makes us send
 * fragments, RFC 9715), buffers of buffer_bytes (0: 4 MiB; more than the kernel's limit is cut).
 * Blocking to receive; sending never waits. Errors: errno values; the note names the address. */
must_use int net_udp_open(const struct net_address *a, unsigned buffer_bytes, struct net_udp *ret,
	struct err_note *note);
void net_udp_close(struct net_udp *u);
/* Any thread: a net_batch_receive that waits on u returns -ECANCELED, and each one after. */
void net_udp_stop(struct net_udp *u);

/* One datagram outside a batch, for answers that had to wait. Any thread. local: the client's idea of
 * us as net_batch_local told it; family 0 when the socket is no wildcard. Never blocks: -EAGAIN. */
must_use int net_udp_send(const struct net_udp *u, const struct net_address *client,
	const struct net_address *local, const uint8_t *msg, size_t n);

/* About 200 kB: allocate it once per worker, aligned as the type says (net_batch_new does). */
struct net_batch {
	unsigned n;                       /* queries received: slots 0..n-1 */
	uint16_t out_len[NET_BATCH];      /* set by the caller; 0: no answer. Zero after receive */
	/* private from here; read through the functions below */
	int fd;
	uint8_t alen;                     /* 4 or 16: of addresses */
	bool wildcard;
	uint64_t sent, drops;             /* answers given to the kernel, and refused by it */
	struct mmsghdr rx[NET_BATCH], tx[NET_BATCH];
	struct iovec rx_iov[NET_BATCH], tx_iov[NET_BATCH];
	union {
		struct sockaddr_in v4[NET_BATCH];
		struct sockaddr_in6 v6[NET_BATCH];
	} from;
	uint8_t control[NET_BATCH][NET_CONTROL] cache_aligned;
	uint8_t in[NET_BATCH][NET_QUERY_ROW] cache_aligned;
	uint8_t out[NET_BATCH][NET_ANSWER_ROW] cache_aligned;
} cache_aligned;

must_use int net_batch_new(const struct net_udp *u, struct net_batch **ret); /* -ENOMEM */
void net_batch_free(struct net_batch *b);                                    /* NULL is fine */
void net_batch_init(struct net_batch *b, const struct net_udp *u);

/* Wait for one query, then take what is there. wait false: -EAGAIN when there is nothing. Returns n.
 * -EINTR and -ECANCELED (net_udp_stop) are for the caller; n may be 0 when only oversized datagrams
 * came. */
must_use int net_batch_receive(struct net_batch *b, bool wait);
/* Send the slots whose out_len is set, in order. What the kernel refuses is dropped and counted. */
void net_batch_send(struct net_batch *b);

static inline const uint8_t *net_batch_query(const struct net_batch *b, unsigned i, size_t *ret_n)
{
	*ret_n = b->rx[i].msg_len;
	return b->in[i];
}

/* Where the answer goes: NET_ANSWER_MAX bytes. */
static inline uint8_t *net_batch_answer(struct net_batch *b, unsigned i)
{
	return b->out[i];
}

/* The client's address bytes (network order), *ret_n 4 or 16. */
static inline const uint8_t *net_batch_client_bytes(const struct net_batch *b, unsigned i, size_t *ret_n)
{
	*ret_n = b->alen;
	return b->alen == 4 ? (const uint8_t *)&b->from.v4[i].sin_addr :
		(const uint8_t *)&b->from.v6[i].sin6_addr;
}

/* For an answer that has to wait. local gets family 0 unless the socket is a wildcard. */
void net_batch_client(const struct net_batch *b, unsigned i, struct net_address *ret);
void net_batch_local(const struct net_batch *b, unsigned i, struct net_address *ret);
