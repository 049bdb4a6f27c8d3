/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/serve.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/notify.h"
#include "guard/control.h"
#include "guard/files.h"
#include "guard/privileges.h"
#include "guard/resolver.h"
#include "guard/unbound.h"
#include "guard/watch.h"
#include "guard/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <limits.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
	const struct guard_config *config;
	struct guard guard;
	struct guard_files files;
	struct event_base *base;
	struct event *signals[4];
	struct control *control;
	struct watch *watch;
	struct unbound *unbound;
	struct tcp_front *tcp_front;
	int64_t started_ms, ready_ms, reloaded;
	char state[PATH_MAX];
	char error[512]; /* why the last reload was refused; empty: it was not */
};

/* Files -> view -> published. The old view stays when anything is wrong with the new files. */
static int take_files(struct server *s, struct err_note *note)
{
	struct view *v;
	int err = guard_files_open(&s->files, &v, note);
	if (err) {
		(void)snprintf(s->error, sizeof s->error, "%s", err_say(note, err));
		return err;
	}
	err = guard_publish(&s->guard, v);
	if (err) {
		view_unref(v);
		return err;
	}
	s->error[0] = 0;
	s->reloaded = clock_unix();
	if (!s->ready_ms)
		s->ready_ms = clock_mono_ms();
	return 0;
}

static void reload(struct server *s, const char *why)
{
	struct err_note note = { "" };
	bool before = s->guard.current != NULL;
	int err = take_files(s, &note);
	if (!err)
		log_info("%s: generation %llu, %u names", why, (unsigned long long)s->files.generation,
			s->files.image.policy->h->names);
	else if (before)
		log_error("%s refused, what was there stays: %s", why, err_say(&note, err));
	else
		log_error("%s refused, answering SERVFAIL until it is mended: %s", why, err_say(&note, err));
}

static void on_files(void *ctx)
{
	reload(ctx, "files changed");
}

static uint64_t counted(const struct server *s, unsigned what)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < s->guard.nreaders; i++)
		n += __atomic_load_n(&s->guard.reader[i].count[what], __ATOMIC_RELAXED);
	return n;
}

static void tell_counts(const struct server *s, struct json *j)
{
	static const struct {
		unsigned what;
		const char *name;
	} names[] = {
		{ COUNT_UDP, "udp" }, { COUNT_TCP, "tcp" }, { COUNT_HIT, "hits" }, { COUNT_STALE, "stale" },
		{ COUNT_MISS, "misses" }, { COUNT_REWRITE, "rewrites" }, { COUNT_SPECIAL, "special" },
		{ COUNT_REBINDING, "rebinding" }, { COUNT_FORMERR, "malformed" }, { COUNT_REFUSED, "refused" },
		{ COUNT_LIMITED, "limited" }, { COUNT_SERVFAIL, "failed" }, { COUNT_NOT_READY, "not_ready" },
		{ COUNT_OVERFLOW, "overflow" }, { COUNT_PREFETCH, "prefetched" },
	};
	json_begin_object(j, "counts");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_int(j, names[i].name, (int64_t)counted(s, names[i].what));
	json_begin_array(j, "blocked_by_rule");
	for (unsigned rule = 1; rule <= 11; rule++)
		json_int(j, NULL, (int64_t)counted(s, COUNT_BLOCKED + rule));
	json_end(j);
	json_end(j);
}

static void tell_upstream(const struct server *s, struct json *j)
{
	struct upstream_stats u;
	unsigned pending;
	resolver_stats(s->guard.resolver, &u, &pending);
	json_begin_object(j, "upstream");
	json_int(j, "asked", (int64_t)u.asked);
	json_int(j, "answered", (int64_t)u.answered);
	json_int(j, "timeouts", (int64_t)u.timeouts);
	json_int(j, "retries", (int64_t)u.retries);
	json_int(j, "mismatched", (int64_t)u.mismatched);
	json_int(j, "pending", pending);
	if (s->unbound) {
		json_int(j, "unbound_pid", unbound_pid(s->unbound));
		json_int(j, "unbound_restarts", unbound_restarts(s->unbound));
	}
	json_end(j);
}

static void tell_status(struct server *s, struct json *j)
{
	struct cache_stats c;
	cache_stats(s->guard.cache, &c);
	json_bool(j, "ready", s->guard.current != NULL);
	json_int(j, "pid", getpid());
	json_int(j, "generation", (int64_t)s->files.generation);
	json_int(j, "names", s->files.image.policy ? s->files.image.policy->h->names : 0);
	json_int(j, "overlay_names", s->files.overlay.policy ? s->files.overlay.policy->h->names : 0);
	json_int(j, "ready_after_ms", s->ready_ms ? s->ready_ms - s->started_ms : -1);
	json_int(j, "up_seconds", (clock_mono_ms() - s->started_ms) / 1000);
	json_int(j, "loaded_at", s->reloaded);
	json_text(j, "error", s->error[0] ? s->error : NULL);
	json_begin_object(j, "cache");
	json_int(j, "bytes", (int64_t)c.bytes);
	json_int(j, "used", (int64_t)c.used);
	json_int(j, "entries", (int64_t)c.entries);
	json_end(j);
	tell_counts(s, j);
	tell_upstream(s, j);
}

static void on_verb(void *ctx, const char *verb, FILE *f)
{
	struct server *s = ctx;
	struct json j;
	struct err_note note = { "" };
	int64_t start = clock_mono_ms();
	json_open(&j, f, false);
	json_begin_object(&j, NULL);
	if (!strcmp(verb, "reload")) {
		int err = take_files(s, &note);
		json_bool(&j, "ok", !err);
		if (err)
			json_text(&j, "error", err_say(&note, err));
		json_int(&j, "generation", (int64_t)s->files.generation);
		json_int(&j, "ms", clock_mono_ms() - start);
	} else if (!strcmp(verb, "status")) {
		json_bool(&j, "ok", true);
		tell_status(s, &j);
	} else if (!strcmp(verb, "ping")) {
		json_bool(&j, "ok", true);
	} else {
		json_bool(&j, "ok", false);
		json_text(&j, "error", "unknown verb; there are: reload, status, ping");
	}
	json_end(&j);
}

static void on_signal(evutil_socket_t sig, short what, void *ctx)
{
	struct server *s = ctx;
	int status;
	pid_t pid;
	switch (sig) {
	case SIGHUP:
		reload(s, "SIGHUP");
		break;
	case SIGCHLD:
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (s->unbound)
				(void)unbound_reap(s->unbound, pid, status);
		break;
	default:
		event_base_loopbreak(s->base);
	}
}

static int make_signals(struct server *s)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		s->signals[i] = evsignal_new(s->base, signals[i], on_signal, s);
		if (!s->signals[i] || event_add(s->signals[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

static int make_cookies(struct server *s, struct err_note *note)
{
	uint8_t secret[COOKIE_SECRET];
	const char *path = s->config->cookie_secret_file;
	if (!path)
		return getrandom(secret, sizeof secret, 0) == sizeof secret ?
			(cookie_keys_init(&s->guard.cookies, secret), 0) : -EIO;
	struct bytes file;
	int err = file_read(path, 256, &file);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	bool good = cookie_secret_read(file, secret);
	explicit_bzero((void *)file.p, file.n);
	free((void *)file.p);
	if (good)
		cookie_keys_init(&s->guard.cookies, secret);
	explicit_bzero(secret, sizeof secret);
	return good ? 0 : err_set(note, ERR_CONFIG, "%s: 32 hexadecimal digits and no more are expected", path);
}

static int make_rebinding(struct server *s, struct err_note *note)
{
	const struct guard_config *c = s->config;
	if (!c->rebinding.nallow)
		return 0;
	s->guard.rebinding_allow = calloc(c->rebinding.nallow, sizeof *s->guard.rebinding_allow);
	if (!s->guard.rebinding_allow)
		return -ENOMEM;
	for (unsigned i = 0; i < c->rebinding.nallow; i++)
		if (dns_name_from_text(c->rebinding.allow[i], strlen(c->rebinding.allow[i]),
			    &s->guard.rebinding_allow[i]))
			return err_set(note, ERR_CONFIG, "rebinding.allow: '%s' is not a domain name",
				c->rebinding.allow[i]);
	return 0;
}

static int make_shared(struct server *s, struct err_note *note)
{
	const struct guard_config *c = s->config;
	struct guard *g = &s->guard;
	const struct acl_config acl = { c->acl.private_networks, c->acl.allow, c->acl.deny, c->acl.nallow,
		c->acl.ndeny };
	g->config = c;
	g->nworkers = c->workers * c->nlisten;
	g->nreaders = g->nworkers + 2;
	g->worker = calloc(g->nworkers, sizeof *g->worker);
	g->reader = aligned_alloc(64, g->nreaders * sizeof *g->reader);
	if (!g->worker || !g->reader)
		return -ENOMEM;
	memset(g->reader, 0, g->nreaders * sizeof *g->reader);
	int err = cache_new((size_t)c->cache.size_mb << 20, &g->cache);
	if (!err)
		err = acl_new(&acl, &g->acl);
	if (!err)
		err = special_new(c->forward_special, c->nforward_special, &g->special, note);
	if (!err)
		err = make_cookies(s, note);
	return err ? err : make_rebinding(s, note);
}

static int make_fronts(struct server *s, struct err_note *note)
{
	const struct guard_config *c = s->config;
	struct guard *g = &s->guard;
	int err = tcp_front_new(g, g->nworkers, &s->tcp_front);
	const struct net_tcp_config tcp = {
		.listen = c->listen,
		.nlisten = c->nlisten,
		.connections = c->tcp.connections,
		.per_client = c->tcp.per_client,
		.idle_ms = c->tcp.idle_ms,
		.receive_ms = c->tcp.receive_ms,
		.total_ms = c->tcp.total_ms,
		.query = tcp_front_query,
		.ctx = s->tcp_front,
	};
	/* TCP first: its port cannot be shared, so a second guard started by mistake ends here. With its
	 * UDP sockets open it would have taken queries from the first. */
	if (!err)
		err = net_tcp_new(&tcp, &g->tcp, note);
	for (unsigned i = 0; i < g->nworkers && !err; i++)
		err = worker_new(g, i, &c->listen[i % c->nlisten], &g->worker[i], note);
	return err;
}

static int make_resolver(struct server *s, uint16_t unbound_port)
{
	const struct guard_config *c = s->config;
	struct guard *g = &s->guard;
	struct upstream_config u = { .first_timeout_ms = c->upstream.timeout_ms, .tries = c->upstream.tries };
	if (c->upstream.mode == GUARD_UNBOUND) {
		u.nservers = 1;
		u.server[0] = (struct upstream_server){ { 127, 0, 0, 1 }, 4, unbound_port, true };
	} else {
		u.nservers = c->upstream.nservers;
		for (unsigned i = 0; i < u.nservers; i++) {
			const struct net_address *a = &c->upstream.server[i].address;
			u.server[i] = (struct upstream_server){ .len = a->len, .port = a->port,
				.trusted = c->upstream.trust_ad || net_is_loopback(a->b, a->len) };
			memcpy(u.server[i].address, a->b, 16);
		}
	}
	struct job_ring **rings = calloc(g->nworkers + 1, sizeof(*rings));
	if (!rings)
		return -ENOMEM;
	for (unsigned i = 0; i < g->nworkers; i++)
		rings[i] = worker_jobs(g->worker[i]);
	rings[g->nworkers] = tcp_front_jobs(s->tcp_front);
	int err = resolver_new(g, g->nworkers + 1, rings, g->nworkers + 1, &u, &g->resolver);
	free(rings);
	return err;
}

static int start_unbound(struct server *s, struct unbound_hold *hold, struct err_note *note)
{
	const struct guard_config *c = s->config;
	const char *forward[GUARD_SERVERS_MAX];
	for (unsigned i = 0; i < c->upstream.nservers; i++)
		forward[i] = c->upstream.server[i].text;
	char folder[PATH_MAX + 16];
	(void)snprintf(folder, sizeof folder, "%s/unbound", s->state);
	const struct unbound_config u = {
		.program = c->upstream.unbound_program,
		.folder = folder,
		.port = hold->port,
		.include = c->upstream.unbound_include,
		.trust_anchor = c->upstream.trust_anchor,
		.nforward = c->upstream.nservers,
		.forward = forward,
		.forward_tls = c->upstream.tls,
	};
	unbound_release_port(hold);
	return unbound_new(s->base, &u, &s->unbound, note);
}

static int start_threads(struct server *s)
{
	struct guard *g = &s->guard;
	int err = resolver_start(g->resolver);
	for (unsigned i = 0; i < g->nworkers && !err; i++)
		err = worker_start(g->worker[i]);
	return err ? err : net_tcp_start(g->tcp);
}

/* A descriptor for each question under way to an upstream that is not on this machine. */
static void raise_limits(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
		l.rlim_cur = MIN(l.rlim_max, (rlim_t)65536);
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
}

static int start_with(struct server *s, struct unbound_hold *hold, struct err_note *note)
{
	const struct guard_config *c = s->config;
	raise_limits();
	int err = evthread_use_pthreads() < 0 ? -ENOMEM : 0;
	s->base = event_base_new();
	if (!s->base || err)
		return -ENOMEM;
	(void)snprintf(s->state, sizeof s->state, "%s", c->state);
	err = file_make_folder(s->state);
	if (err)
		return err_set(note, err, "state folder %s: %s", s->state, err_text(err));
	if (c->upstream.mode == GUARD_UNBOUND)
		err = unbound_hold_port(hold);
	if (err)
		return err_set(note, err, "a port for the private unbound: %s", err_text(err));
	err = make_signals(s);
	if (!err)
		err = make_shared(s, note);
	if (!err)
		err = make_fronts(s, note);
	if (!err)
		err = make_resolver(s, hold->port);
	if (!err)
		err = start_threads(s);
	if (err)
		return err;
	s->files.config = c;
	reload(s, "opened");
	if (c->control)
		err = control_new(s->base, c->control, on_verb, s, &s->control, note);
	if (!err && c->upstream.mode == GUARD_UNBOUND)
		err = start_unbound(s, hold, note);
	const char *const files[] = { c->image, c->overlay, c->household };
	if (!err)
		err = watch_new(s->base, files, ARRAY_LEN(files), on_files, s, &s->watch);
	if (!err)
		err = privileges_drop(c, s->state, note);
	return err;
}

static int start(struct server *s, struct err_note *note)
{
	struct unbound_hold hold = { 0, { -1, -1 } };
	int err = start_with(s, &hold, note);
	unbound_release_port(&hold);
	return err;
}

static void stop(struct server *s)
{
	struct guard *g = &s->guard;
	for (unsigned i = 0; g->worker && i < g->nworkers; i++)
		if (g->worker[i])
			worker_stop(g->worker[i]);
	if (g->tcp)
		net_tcp_stop(g->tcp);
	resolver_free(g->resolver);
	net_tcp_free(g->tcp);
	for (unsigned i = 0; g->worker && i < g->nworkers; i++)
		worker_free(g->worker[i]);
	tcp_front_free(s->tcp_front);
	unbound_free(s->unbound);
	watch_free(s->watch);
	control_free(s->control);
	for (size_t i = 0; i < ARRAY_LEN(s->signals); i++)
		if (s->signals[i])
			event_free(s->signals[i]);
	guard_retire(g);
	guard_files_done(&s->files);
	cache_free(g->cache);
	acl_free(g->acl);
	special_free(g->special);
	free(g->rebinding_allow);
	free(g->worker);
	free(g->reader);
	if (s->base)
		event_base_free(s->base);
}

int guard_serve(const struct guard_config *config, struct err_note *note)
{
	struct server *s = aligned_alloc(64, (sizeof *s + 63) & ~(size_t)63);
	if (!s)
		return -ENOMEM;
	memset(s, 0, sizeof *s);
	s->config = config;
	s->started_ms = clock_mono_ms();
	int err = start(s, note);
	if (!err) {
		char text[NET_ADDRESS_TEXT];
		for (unsigned i = 0; i < config->nlisten; i++)
			log_info("listening on %s, UDP and TCP",
				net_address_text(&worker_udp(s->guard.worker[i])->local, text));
		notify_send("READY=1");
		event_base_dispatch(s->base);
		log_info("ending");
	}
	stop(s);
	free(s);
	return err;
}
