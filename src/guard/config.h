/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* guard.yaml: every key, its default and its limits are in docs/guard.md. Plain fields: a program may
 * overwrite any of them after loading (command line over file), then calls guard_config_check. */

#include "base/arena.h"
#include "guard/acl.h"
#include "guard/limit.h"

enum {
	GUARD_LISTEN_MAX = 64,
	GUARD_SERVERS_MAX = 16,
	GUARD_NAMES_MAX = 256,
	GUARD_WORKERS_MAX = 256,
};

enum guard_upstream_mode { GUARD_UNBOUND, GUARD_FORWARD };

struct guard_server {
	struct net_address address;
	const char *tls_name; /* "9.9.9.9@853#dns.quad9.net"; NULL: none given */
	const char *text;     /* "9.9.9.9@853#dns.quad9.net", whatever form was written */
};

struct guard_config {
	struct arena arena;
	/* Paths: relative ones are made relative to the folder of the file they stand in. NULL: none. */
	const char *image, *overlay, *household, *state, *control, *data;
	unsigned nlisten;
	struct net_address listen[GUARD_LISTEN_MAX];
	unsigned workers;              /* never 0 after guard_config_check: one per core */

	struct {
		enum guard_upstream_mode mode;
		unsigned nservers;     /* GUARD_UNBOUND: unbound forwards to them; 0: it recurses */
		struct guard_server server[GUARD_SERVERS_MAX];
		bool tls, trust_ad;
		const char *unbound_program, *unbound_include, *trust_anchor;
		unsigned timeout_ms, tries; /* 0: the forwarder's own */
	} upstream;

	struct {
		unsigned size_mb, max_ttl, min_ttl, max_negative_ttl, stale_seconds;
		bool prefetch;
	} cache;

	struct {
		bool private_networks;
		unsigned nallow, ndeny;
		struct net_prefix *allow, *deny;
	} acl;

	struct limit_config rate_limit;
	bool cookies;
	const char *cookie_secret_file; /* 32 hex digits, shared with other servers; NULL: random */

	struct {
		unsigned connections, per_client, idle_ms, receive_ms, total_ms;
	} tcp;

	unsigned nforward_special;
	const char **forward_special;

	struct {
		bool on;
		unsigned nallow;
		const char **allow;    /* names whose answers may hold private addresses */
	} rebinding;

	const char *user;              /* to become after binding; NULL: stay */
	bool sandbox;
};

/* Fills *ret with the defaults. */
void guard_config_init(struct guard_config *ret);
void guard_config_done(struct guard_config *c);

/* Over what *c holds (the defaults, that is). Errors: errno values, ERR_CONFIG with a note
 * "FILE:LINE:COLUMN: ...". On error *c holds the defaults again. */
must_use int guard_config_load(struct guard_config *c, const char *path, struct err_note *note);
/* From memory, for tests and fuzzing: `name` stands in notes, and its folder before relative paths. */
must_use int guard_config_parse(struct guard_config *c, const char *name, const uint8_t *p, size_t n,
	struct err_note *note);

/* One more address to listen on ("127.0.0.1@5300"; port 53 when it has none). ERR_CONFIG. */
must_use int guard_config_listen(struct guard_config *c, const char *text, struct err_note *note);
/* Asks these n servers ("192.0.2.1@53", borrowed) itself instead of doing what *c says. What *c said of
 * TLS, trust and the private unbound was about others and is cleared. ERR_CONFIG. */
must_use int guard_config_forward(struct guard_config *c, const char *const *text, unsigned n,
	struct err_note *note);
/* What no single key tells: image and data are named, the upstream's keys fit each other, and no server
 * to ask is the guard itself. After the last change to *c. Sets workers, listen (127.0.0.1@53) and
 * control (STATE/control) where they were left out. ERR_CONFIG, -ENOMEM. */
must_use int guard_config_check(struct guard_config *c, struct err_note *note);
