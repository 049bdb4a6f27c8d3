/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The private unbound: its configuration written, the process started, watched and started again.
 * One thread: the one that runs `base` (which must also see SIGCHLD through `unbound_reap`). */

#include "base/err.h"

struct event_base;

struct unbound_config {
	const char *program;      /* "/usr/sbin/unbound"; searched in PATH and /usr/sbin when NULL */
	const char *folder;       /* private: unbound.conf, root.key, pid; made with mode 0700 */
	uint16_t port;            /* on 127.0.0.1; 0: a free one is chosen, and kept over restarts */
	const char *trust_anchor; /* NULL: /usr/share/dns/root.key, copied so that RFC 5011 can follow */
	const char *root_hints;   /* NULL: /usr/share/dns/root.hints */
	const char *include;      /* a file of the operator's own settings, taken last; NULL: none */
	unsigned nforward;        /* forward all to these instead of recursing, "9.9.9.9@853#name" forms */
	const char *const *forward;
	bool forward_tls;
	unsigned cache_mb;        /* 0: 16; the guard has the large cache */
};

struct unbound;

/* A port of 127.0.0.1 that is free for UDP and TCP, kept from everybody else until it is released: for who
 * must name it before unbound starts. Nothing is answered there meanwhile. Errors: errno values. */
struct unbound_hold { uint16_t port; int fds[2]; };
must_use int unbound_hold_port(struct unbound_hold *ret);
void unbound_release_port(struct unbound_hold *h); /* keeps the number; again is nothing */

/* Writes the configuration and starts it; a wrong configuration is found by unbound-checkconf
 * where installed and told in the note. Errors: ERR_CHILD, errno values. */
must_use int unbound_new(struct event_base *base, const struct unbound_config *c, struct unbound **ret,
	struct err_note *note);
void unbound_free(struct unbound *u); /* ends the process by pid and waits for it, at most 2 s */

uint16_t unbound_port(const struct unbound *u);
int unbound_pid(const struct unbound *u); /* 0 while it is not running */
/* Tell it of a dead child; true if it was ours (it is then started again: at once the first time,
 * with growing pauses up to 1 s when it keeps dying). */
bool unbound_reap(struct unbound *u, int pid, int status);
unsigned unbound_restarts(const struct unbound *u);
