/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The forwarder's inside, shared by upstream*.c only.
 *
 *   upstream.c         life of a question: ask, try, take an answer, finish
 *   upstream_table.c   the in-flight table, ids, and the wheel of deadlines
 *   upstream_health.c  which server next, and how long to wait for it
 *   upstream_udp.c     sockets and batches
 *   upstream_tcp.c     one pipelined connection per server
 *
 * A question goes:  ask -> QUEUED -> (flush) -> POOL | OWN | TCP -> answer, or its deadline -> QUEUED
 * or finished. It is on the wheel all the time, and holds one id unique over all servers, so that
 * an id finds its question without a search. Only flush sends; thus nothing can fail inside ask. */

#include "guard/upstream.h"

#include <event2/event.h>
#include <event2/event_struct.h>

enum {
	UPSTREAM_POOL = 16,         /* sockets kept to a server on loopback */
	UPSTREAM_BATCH = 32,        /* packets per system call */
	UPSTREAM_UDP_ROOM = 4096,   /* bytes of one received packet; we ask for DNS_MAX_UDP */
	UPSTREAM_QUERY_ROOM = DNS_HEADER + DNS_NAME_MAX + 4 + 11, /* question and an empty OPT */
	UPSTREAM_WHEEL = 512,
	UPSTREAM_TICK_MS = 16,
	UPSTREAM_LONGEST_MS = 5000, /* of one try; must fit the wheel */
	UPSTREAM_NONE = 0xffff,     /* no slot of the table */
};
_Static_assert(UPSTREAM_LONGEST_MS / UPSTREAM_TICK_MS + 2 < UPSTREAM_WHEEL, "a try fits the wheel");
_Static_assert(UPSTREAM_IN_FLIGHT <= 16384, "at most a quarter of the ids is taken");

enum upstream_state { UPSTREAM_FREE, UPSTREAM_QUEUED, UPSTREAM_SENT_POOL, UPSTREAM_SENT_OWN,
	UPSTREAM_SENT_TCP };

struct pending {
	upstream_done *done;
	void *ctx;
	struct upstream *u;
	int64_t sent_ns;
	struct event event;           /* of the own socket */
	int fd;                       /* the own socket, or -1 */
	int err;                      /* what the last try ended with */
	uint16_t id;
	uint16_t prev, next, spoke;   /* in the wheel */
	uint16_t tried;               /* one bit per server */
	uint8_t state;
	uint8_t server;
	uint8_t pool;                 /* socket of the pool it went out on last */
	uint8_t tries;
	uint8_t sends;                /* with this id */
	bool queued;                  /* stands in u->unsent */
	bool has_id, edns, tcp, probe;
	uint16_t question_end, packet_len;
	uint8_t packet[UPSTREAM_QUERY_ROOM];
};

struct health {
	uint32_t srtt_us, rttvar_us;  /* 0: never measured */
	uint32_t penalty_us;          /* after losses; only for choosing */
	unsigned failures;            /* in a row */
	bool down, probing;
	int64_t down_until_ms;
};

struct pool_socket {
	struct upstream *u;
	struct event *event;
	int fd;
	uint8_t server, index;
};

struct tcp_link {
	struct upstream *u;
	struct bufferevent *bev;      /* NULL: not connected */
	struct event *idle;
	int64_t heard_ns;             /* last bytes received; 0: none yet */
	unsigned in_flight;
	uint8_t server;
};

struct batch;

struct upstream {
	struct event_base *base;
	struct upstream_config config;
	struct upstream_stats stats;
	struct event *flush, *tick;
	bool closing;

	/* upstream_table.c */
	struct pending *slot;         /* UPSTREAM_IN_FLIGHT of them, touched as needed */
	unsigned used, in_flight;     /* slots ever used; questions now */
	uint16_t free_head;           /* chained by next */
	uint16_t by_id[65536];
	uint16_t wheel[UPSTREAM_WHEEL + 1]; /* the last: those whose time is over right now */
	int64_t ticked;               /* last tick that was worked off */
	uint16_t unsent[UPSTREAM_IN_FLIGHT];
	unsigned unsent_first, nunsent; /* a ring; each question stands in it once at most */
	uint8_t random[512];
	unsigned random_left;

	struct health health[UPSTREAM_MAX];
	bool loopback[UPSTREAM_MAX];
	struct pool_socket pool[UPSTREAM_MAX][UPSTREAM_POOL];
	struct tcp_link tcp[UPSTREAM_MAX];
	struct batch *batch;
};

/* Life of a question. */
/* A packet from this server in that state: `own` is the socket's question, or NULL for shared
 * ones. m is changed. True if a question ended or moved on because of it. */
bool upstream_take(struct upstream *u, unsigned server, enum upstream_state via, struct pending *own,
	uint8_t *m, size_t n);
/* The try is known to be lost: another server at once if there is one that it has not seen, else
 * again after a pause. gone: the whole server is, not just its TCP. Never finishes it. */
void upstream_refused(struct upstream *u, struct pending *p, bool gone);
/* The try is lost through no fault of the server. May finish it. */
void upstream_lost(struct upstream *u, struct pending *p);

/* Table. */
must_use int upstream_table_init(struct upstream *u);
struct pending *upstream_table_new(struct upstream *u); /* NULL: full */
void upstream_table_free(struct upstream *u, struct pending *p);
void upstream_table_id(struct upstream *u, struct pending *p); /* a fresh random id */
void upstream_table_unid(struct upstream *u, struct pending *p);
struct pending *upstream_table_find(struct upstream *u, uint16_t id); /* NULL: nobody's */
void upstream_wheel_put(struct upstream *u, struct pending *p, unsigned ms); /* moves it */
void upstream_wheel_out(struct upstream *u, struct pending *p);
/* Each question whose time is over, once. */
void upstream_wheel_turn(struct upstream *u, void (*over)(struct upstream *, struct pending *));
uint16_t upstream_random(struct upstream *u);

/* Health. */
unsigned upstream_health_pick(struct upstream *u, const struct pending *p);
bool upstream_health_other(const struct upstream *u, const struct pending *p);
unsigned upstream_health_timeout(const struct upstream *u, const struct pending *p); /* ms */
void upstream_health_good(struct upstream *u, struct pending *p);
void upstream_health_bad(struct upstream *u, unsigned server, bool refused);

/* UDP. */
must_use int upstream_udp_init(struct upstream *u);
void upstream_udp_done(struct upstream *u);
void upstream_udp_send(struct upstream *u, struct pending *p); /* may wait in the batch */
void upstream_udp_flush(struct upstream *u);
void upstream_udp_close(struct pending *p);

/* TCP. */
must_use int upstream_tcp_init(struct upstream *u);
void upstream_tcp_done(struct upstream *u);
void upstream_tcp_send(struct upstream *u, struct pending *p);
void upstream_tcp_leave(struct upstream *u, struct pending *p); /* no longer waits for this server */
/* p waited in vain: give the connection up if nothing at all has come since. */
void upstream_tcp_silent(struct upstream *u, struct pending *p);

struct sockaddr;
/* The server's socket address; returns its length. ret holds a sockaddr_storage. */
unsigned upstream_sockaddr(const struct upstream_server *s, struct sockaddr *ret);
