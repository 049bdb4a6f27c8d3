/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A scripted DNS server on 127.0.0.1, UDP and TCP at one port, on the test's own event loop: each
 * test gives it a function that decides what comes back. */

#include "dns/query.h"

#include <netinet/in.h>

struct event_base;
struct script;

/* One question as it came. */
struct asked {
	struct script *script;
	const uint8_t *p;
	size_t n;
	struct sockaddr_in from;
	void *connection; /* NULL: UDP */
	unsigned number;  /* 1: the first this server got */
};

typedef void script_play(struct asked *a);

struct script {
	struct event_base *base;
	script_play *play;
	uint16_t port;
	int udp, tcp;
	unsigned got_udp, got_tcp, connections;
	struct event *udp_event, *tcp_event;
	void *links[64]; /* connections */
	/* of the last question */
	uint16_t id, from_port;
	bool had_opt;
	uint8_t last[512];
	size_t last_len;
};

void script_open(struct script *s, struct event_base *base, script_play *play);
void script_close(struct script *s); /* its port refuses from now on */

/* Send bytes as they are. */
void script_send(struct asked *a, const void *p, size_t n);
/* A right answer to the question: one A record, with `more` bytes of TXT after it, changed by
 * flags (ored), then sent. */
size_t script_answer(const struct asked *a, uint8_t *buf, size_t cap, unsigned flags, size_t more);
void script_good(struct asked *a);
void script_hang_up(struct asked *a); /* close the TCP connection once everything is written */
