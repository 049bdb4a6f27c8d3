/* SPDX-License-Identifier: Apache-2.0 */
/* Start and stop. libmicrohttpd reads and writes on a few threads of its own (epoll); handlers run on
 * ours. */
#include "web/int.h"

#include "base/clock.h"
#include "base/file.h"
#include "web/listen.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	IO_THREADS = 2,
	MEMORY = 64 * 1024, /* of a connection: headers, one piece of body, our own headers */
	PEM_MAX = 1 << 20,
	PART_MS = 2000,     /* for those who only could still ask */
	STOP_MS = 10000, /* what is being answered when we stop has this long to leave */
};

static const char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

/* libmicrohttpd's messages reach a person while we start, and nobody afterwards: they may say what a
 * client did. */
static _Thread_local struct err_note *starting;

static void on_message(void *cls, const char *format, va_list ap)
{
	if (!starting || starting->text[0])
		return;
	vsnprintf(starting->text, sizeof starting->text, format, ap);
	starting->text[strcspn(starting->text, "\n")] = 0;
}

/* Targets are decoded by web_path_clean, once. */
static size_t on_unescape(void *cls, struct MHD_Connection *m, char *s)
{
	return strlen(s);
}

static void defaults(struct web_config *c)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = cores > 0 ? 2 * (unsigned)cores : 4;
	c->threads = c->threads ? c->threads : MAX(threads, 4u);
	c->threads = MIN(c->threads, 64u);
	c->connections = c->connections ? c->connections : 2000;
	c->per_address = c->per_address ? c->per_address : 64;
	c->total_ms = c->total_ms ? c->total_ms : 15000;
}

/* As many descriptors as connections, where the system allows. */
static void raise_descriptors(unsigned connections)
{
	struct rlimit l;
	rlim_t want = connections + 256;
	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= want)
		return;
	l.rlim_cur = MIN(want, l.rlim_max);
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

static int start_listener(
	struct web *w, const char *where, const char *cert, const char *key, struct err_note *note)
{
	struct web_listener *at = &w->at[w->at_n];
	struct web_socket s;
	int err = web_listen(where, &s, note);
	if (err)
		return err;
	*at = (struct web_listener){ .web = w, .fd = s.fd, .port = s.port, .path = s.path };
	w->at_n++;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_versions },
		{ MHD_OPTION_END, 0, NULL },
	};
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ERROR_LOG |
			 (w->tls ? MHD_USE_TLS : 0);
	/* The limit of connections is ours: this one is divided among its threads, and only a backstop. */
	unsigned most = 2 * w->c.connections + 64;
	starting = note;
	at->mhd = MHD_start_daemon(flags, 0, web_on_accept, at, web_on_request, at,
		MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL, MHD_OPTION_LISTEN_SOCKET, at->fd,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)IO_THREADS, MHD_OPTION_CONNECTION_LIMIT,
		most, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, web_on_line, at,
		MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		web_on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, web_on_connection, at,
		w->tls ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls, MHD_OPTION_END);
	starting = NULL;
	return at->mhd ? 0
		       : err_set(note, ERR_CONFIG, "%s: the HTTP server could not be started",
				 where);
}

static int read_pem(const char *path, char **ret, size_t *ret_n, struct err_note *note)
{
	struct bytes b;
	int err = file_read(path, PEM_MAX, &b);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	*ret = (char *)(uintptr_t)b.p;
	*ret_n = b.n;
	return 0;
}

static int start_listeners(struct web *w, struct err_note *note)
{
	char *cert = NULL, *key = NULL;
	size_t cert_n = 0, key_n = 0;
	int err = 0;
	if (!w->c.cert != !w->c.key)
		return err_set(note, ERR_CONFIG,
			"a certificate and a key belong together: only one was given");
	w->tls = w->c.cert;
	if (w->tls)
		err = read_pem(w->c.cert, &cert, &cert_n, note);
	if (!err && w->tls)
		err = read_pem(w->c.key, &key, &key_n, note);
	for (unsigned i = 0; !err && i < WEB_LISTEN && w->c.listen[i]; i++)
		err = start_listener(w, w->c.listen[i], cert, key, note);
	if (!err && w->at_n == 0)
		err = err_set(note, ERR_CONFIG, "no address to listen on");
	if (key)
		sodium_memzero(key, key_n);
	free(cert);
	free(key);
	return err;
}

static void init(struct web *w, const struct web_config *c)
{
	pthread_condattr_t mono;
	w->c = *c;
	defaults(&w->c);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->quiet, &mono);
	pthread_mutex_init(&w->queue_lock, NULL);
	pthread_cond_init(&w->queue_more, NULL);
	pthread_mutex_init(&w->sweep_lock, NULL);
	pthread_cond_init(&w->sweep_more, &mono);
	pthread_mutex_init(&w->etag_lock, NULL);
	pthread_condattr_destroy(&mono);
}

int web_start(const struct web_config *c, struct web **ret, struct err_note *note)
{
	if (sodium_init() < 0)
		return err_set(note, -ENOSYS, "libsodium could not be started");
	struct web *w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	init(w, c);
	raise_descriptors(w->c.connections);
	int err = web_limit_new(w->c.connections, &w->limit);
	if (!err)
		err = web_work_start(w);
	if (!err)
		err = web_slow_start(w);
	if (!err)
		err = start_listeners(w, note);
	if (err) {
		web_stop(w);
		return err_set(note, err, "the web server: %s", err_text(err));
	}
	*ret = w;
	return 0;
}

unsigned web_port(const struct web *w)
{
	return w->at_n ? w->at[0].port : 0;
}

static bool is_busy(const struct web *w)
{
	for (const struct web_conn *c = w->conns; c; c = c->next)
		if (c->state != CONN_IDLE && c->state != CONN_ARRIVING)
			return true;
	return false;
}

/* Until a connection is idle or gone, at most so long; under the lock. */
static void await_quiet(struct web *w, unsigned ms)
{
	struct timespec t = web_in(ms);
	pthread_cond_timedwait(&w->quiet, &w->lock, &t);
}

/* Whole requests are answered; who reads too slowly is cut. libmicrohttpd must not be stopped while a
 * connection is suspended, and handlers are waited for however long they take. */
static void drain(struct web *w)
{
	int64_t end = clock_mono_ms() + STOP_MS;
	pthread_mutex_lock(&w->lock);
	while (is_busy(w)) {
		await_quiet(w, 1000);
		for (struct web_conn *c = w->conns; c && clock_mono_ms() >= end; c = c->next)
			if (c->state == CONN_ANSWERING)
				web_conn_cut(c, 0);
	}
	pthread_mutex_unlock(&w->lock);
}

/* libmicrohttpd 0.9.75 falls over a request that it refuses by itself while it is being stopped: it says then
 * that the refusal is queued, and is not. So nobody may be left by then who could still send one. Shut down
 * again is noticed again, where its edge-triggered epoll has missed the first. */
static void part(struct web *w)
{
	int64_t end = clock_mono_ms() + PART_MS;
	pthread_mutex_lock(&w->lock);
	while (w->conns && clock_mono_ms() < end) {
		for (struct web_conn *c = w->conns; c; c = c->next) {
			if (c->state == CONN_ANSWERING)
				continue;
			web_conn_cut(c, 0);
			shutdown(c->fd, SHUT_RDWR);
		}
		await_quiet(w, WEB_TICK_MS);
	}
	pthread_mutex_unlock(&w->lock);
}

void web_stop(struct web *w)
{
	if (!w)
		return;
	atomic_store(&w->stopping, true);
	for (unsigned i = 0; i < w->at_n; i++)
		if (w->at[i].mhd)
			(void)MHD_quiesce_daemon(w->at[i].mhd);
	drain(w);
	part(w);
	for (unsigned i = 0; i < w->at_n; i++) {
		if (w->at[i].mhd)
			MHD_stop_daemon(w->at[i].mhd);
		close(w->at[i].fd);
		if (w->at[i].path)
			unlink(w->at[i].path);
		free(w->at[i].path);
	}
	web_slow_stop(w);
	web_work_stop(w);
	web_limit_free(w->limit);
	pthread_mutex_destroy(&w->lock);
	pthread_mutex_destroy(&w->queue_lock);
	pthread_mutex_destroy(&w->sweep_lock);
	pthread_mutex_destroy(&w->etag_lock);
	pthread_cond_destroy(&w->quiet);
	pthread_cond_destroy(&w->queue_more);
	pthread_cond_destroy(&w->sweep_more);
	free(w);
}

void web_counters(const struct web *w, struct web_counters *ret)
{
	*ret = (struct web_counters){
		.requests = atomic_load(&w->requests),
		.answered_2xx = atomic_load(&w->answered[2]),
		.answered_3xx = atomic_load(&w->answered[3]),
		.answered_4xx = atomic_load(&w->answered[4]),
		.answered_5xx = atomic_load(&w->answered[5]),
		.cut_slow = atomic_load(&w->cut_slow),
		.delayed = atomic_load(&w->delayed),
		.open = atomic_load(&w->open),
	};
}
