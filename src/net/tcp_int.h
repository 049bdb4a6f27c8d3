/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The TCP server, inside: tcp.c (outside, and replies of other threads), tcp_accept.c (newcomers),
 * tcp_connection.c (one connection's output, input and time), tcp_frame.c (messages in a stream). All
 * but what is said to be for any thread runs on the TCP thread alone. */

#include "net/tcp.h"
#include "net/tcp_frame.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>

enum { TCP_CLIENT_BUCKETS = 1024 };

struct tcp_connection {
	struct net_tcp *t;
	int fd;
	uint32_t slot, generation;
	bool reading, writing; /* events that are armed */
	bool eof, dirty, busy, dead;
	struct net_address client, local;
	struct tcp_connection *same_client, *next_dirty;
	uint32_t bucket;
	struct event *read_event, *write_event, *timer;
	int64_t opened, active, message; /* ms; message: when the first byte of a partial one came, 0: none */
	int64_t timer_at;
	uint64_t open_mask;               /* queries without an answer, by place */
	uint32_t open_id[NET_TCP_OPEN_MAX];
	uint32_t counter;
	uint8_t *out;
	size_t out_at, out_n, out_cap;    /* to send: out[out_at .. out_n) */
	struct tcp_input in;
};

struct tcp_listener {
	int fd;
	struct net_address local;
	struct event *event;
	struct net_tcp *t;
};

struct tcp_slot {
	uint32_t generation;
	uint32_t next_free;
	struct tcp_connection *c;
};

struct net_tcp {
	struct net_tcp_config config;
	struct event_base *base;
	struct event *wake_event, *accept_timer;
	struct tcp_listener *listener;
	struct tcp_slot *slot;
	uint32_t free_slot, nconnection;
	struct tcp_connection *bucket[TCP_CLIENT_BUCKETS];
	uint64_t key[2];
	struct tcp_connection *dirty;
	pthread_t thread;
	bool started;
	int wake_fd;

	/* What other threads touch. The counters: tcp_count. */
	pthread_mutex_t lock;
	struct tcp_reply *first, **last; /* under lock */
	bool stopped;                    /* under lock */
	atomic_bool stopping;
	atomic_uint connections;
	atomic_uint_fast64_t accepted, refused, queries, answers, dropped, timeouts, overruns;
};

static inline void tcp_count(atomic_uint_fast64_t *n) /* any thread */
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

/* tcp_connection.c */

/* With its events, not yet armed, and no place: fd stays the caller's until tcp_connection_go. */
struct tcp_connection *tcp_connection_new(struct net_tcp *t, int fd);
/* It has its place (slot, bucket): read, and keep time. */
void tcp_connection_go(struct tcp_connection *c);
/* Gives up its place and closes; later, if its own code further up the stack
 * still holds it (that is what `busy` and `dead` are for). */
void tcp_connection_end(struct tcp_connection *c);
/* Queue an answer; tcp_flush_dirty sends all that came together. */
void tcp_answer(struct net_tcp *t, struct net_tcp_id id, const uint8_t *msg, size_t n);
void tcp_flush_dirty(struct net_tcp *t);

/* tcp_accept.c */

must_use int tcp_listen_all(struct net_tcp *t, const struct net_address *list, struct err_note *note);
void tcp_listen_close(struct net_tcp *t);
/* For accept_timer: the pause is over. */
void tcp_on_accept_again(evutil_socket_t fd, short what, void *arg);
