/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/upstream_int.h"

#include "base/clock.h"

enum {
	FAILURES_DOWN = 5,      /* timeouts in a row, with no answer between, that mean "down" */
	BACKOFF_FIRST_MS = 1000,
	BACKOFF_LAST_MS = 30000,
	SRTT_MAX_US = 5000000,
	PENALTY_MAX_US = 5000000,
};

/* Lower is better. A question avoids the server that failed it last, then those that failed it at
 * all; servers that are down come after all others, but are still used when nothing else is left:
 * what looks like a dead server may be one slow zone behind a resolver that works. */
static uint64_t cost(const struct health *h, unsigned s, const struct pending *p)
{
	uint64_t c = h->srtt_us + h->penalty_us;
	if (p->tries && s == p->server)
		c += 10000000;
	if (p->tried & 1u << s)
		c += 100000000;
	if (h->down)
		c += 1000000000 + (uint64_t)MIN(h->failures, 1000u) * 10000000;
	return c;
}

/* A server that is down gets one question at a time, once its pause is over; a first try only, so
 * that the question's other tries go to servers that work. */
static bool wants_probe(const struct health *h, const struct pending *p, int64_t now)
{
	return h->down && !h->probing && now >= h->down_until_ms && p->tries == 0;
}

unsigned upstream_health_pick(struct upstream *u, const struct pending *p)
{
	unsigned best = 0;
	if (u->config.nservers == 1)
		return 0;
	int64_t now = clock_mono_ms();
	for (unsigned s = 0; s < u->config.nservers; s++) {
		if (wants_probe(&u->health[s], p, now))
			return s;
		if (cost(&u->health[s], s, p) < cost(&u->health[best], best, p))
			best = s;
	}
	/* Servers not chosen slowly look better again, so that they get measured now and then. */
	for (unsigned s = 0; s < u->config.nservers; s++) {
		struct health *h = &u->health[s];
		if (s == best)
			continue;
		h->srtt_us -= h->srtt_us / 512;
		h->penalty_us -= (h->penalty_us + 511) / 512;
	}
	return best;
}

bool upstream_health_other(const struct upstream *u, const struct pending *p)
{
	for (unsigned s = 0; s < u->config.nservers; s++)
		if (!(p->tried & 1u << s) && !u->health[s].down)
			return true;
	return false;
}

/* RFC 6298 section 2 with the configured time as the floor: a resolver's answers from its cache
 * are quick, which says little about names that it must look up. */
unsigned upstream_health_timeout(const struct upstream *u, const struct pending *p)
{
	const struct health *h = &u->health[p->server];
	unsigned ms = MAX(u->config.first_timeout_ms, (h->srtt_us + 4 * h->rttvar_us) / 1000);
	for (unsigned i = 1; i < p->tries && ms < UPSTREAM_LONGEST_MS; i++)
		ms *= 2;
	if (p->tcp) /* a handshake more, and large answers take longer */
		ms *= 2;
	return MIN(ms, UPSTREAM_LONGEST_MS);
}

void upstream_health_good(struct upstream *u, struct pending *p)
{
	struct health *h = &u->health[p->server];
	h->failures = 0;
	h->penalty_us = 0;
	h->down = h->probing = false;
	if (p->sends != 1 || p->tcp) /* Karn: which of several was answered is not known */
		return;
	int64_t took = (clock_mono_ns() - p->sent_ns) / 1000;
	uint32_t us = (uint32_t)MIN(MAX(took, 1), SRTT_MAX_US);
	if (!h->srtt_us) {
		h->srtt_us = us;
		h->rttvar_us = us / 2;
		return;
	}
	uint32_t off = us > h->srtt_us ? us - h->srtt_us : h->srtt_us - us;
	h->rttvar_us = (3 * h->rttvar_us + off) / 4;
	h->srtt_us = MAX((7 * h->srtt_us + us) / 8, 1u);
}

void upstream_health_bad(struct upstream *u, unsigned server, bool refused)
{
	struct health *h = &u->health[server];
	h->failures++;
	/* Not into srtt: that would make the next losses, too, be noticed later. */
	h->penalty_us = MIN(2 * h->penalty_us + u->config.first_timeout_ms * 1000, PENALTY_MAX_US);
	if (!refused && h->failures < FAILURES_DOWN)
		return;
	int64_t now = clock_mono_ms();
	if (h->down && now < h->down_until_ms)
		return; /* questions of the same outage do not lengthen the pause */
	unsigned pause = BACKOFF_FIRST_MS;
	for (unsigned i = FAILURES_DOWN; i < h->failures && pause < BACKOFF_LAST_MS; i++)
		pause *= 2;
	h->down = true;
	h->down_until_ms = now + MIN(pause, BACKOFF_LAST_MS);
}
