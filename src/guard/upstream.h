/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The forwarder: asks the private unbound, or resolvers the operator named, and gives back one
 * matching response. One thread: the one that runs `base`.
 *
 * Against forgery (RFC 5452): random id and random source port for each query to a server that is
 * not on loopback, a connected socket each, the question compared, late and wrong packets counted.
 * Retries go to the best other server; TC is asked again over TCP; a server's health is a smoothed
 * round-trip time with back-off after failures, and one probe at a time while it is down. */

#include "base/err.h"
#include "dns/query.h"

struct event_base;

enum { UPSTREAM_MAX = 16, UPSTREAM_IN_FLIGHT = 16384 };

struct upstream_server {
	uint8_t address[16]; /* network order */
	uint8_t len;         /* 4 or 16 */
	uint16_t port;
	bool trusted;        /* its AD bit may be believed (loopback, or said so by the operator) */
};

struct upstream_config {
	unsigned nservers;
	struct upstream_server server[UPSTREAM_MAX];
	unsigned first_timeout_ms; /* 0: 400; doubled on each try, adapted to the round-trip time */
	unsigned tries;            /* 0: 4 */
};

struct upstream_stats {
	uint64_t asked, answered, timeouts, retries, tcp, mismatched;
	struct {
		unsigned srtt_ms;
		bool down;
	} server[UPSTREAM_MAX];
};

struct upstream;

must_use int upstream_new(struct event_base *base, const struct upstream_config *c, struct upstream **ret);
/* Every open question ends with -ECANCELED before this returns. Not from inside `done`. */
void upstream_free(struct upstream *u);

/* err 0: msg is a whole response to the question, its id is not the client's, AD is cleared unless
 * the server is trusted. Else -ETIMEDOUT, -ECONNREFUSED, -ECANCELED, -EBUSY (too many in flight) and
 * msg is empty. msg is valid during the call only. Never called from inside upstream_ask. */
typedef void upstream_done(void *ctx, int err, struct bytes msg);

/* RD set, AD set (RFC 6840 5.7: we understand AD), CD and DO as told, EDNS with DNS_MAX_UDP.
 * Errors: -EBUSY, -ENOMEM; then `done` is not called. */
must_use int upstream_ask(struct upstream *u, const struct dns_name *qname, uint16_t qtype,
	bool dnssec_ok, bool checking_disabled, upstream_done *done, void *ctx);

void upstream_stats(const struct upstream *u, struct upstream_stats *ret);
