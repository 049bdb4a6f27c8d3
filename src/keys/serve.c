/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/serve.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/notify.h"
#include "keys/confine.h"
#include "keys/host.h"
#include "keys/listen.h"
#include "keys/worker.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

struct process {
	const struct keys_serve_config *c;
	struct keys_server server;
	struct keys_workers workers;
	struct vault *vault;
	char store_folder[PATH_MAX], backup_folder[PATH_MAX], socket_folder[PATH_MAX];
	int64_t swept, expired, limited_told, refused_told; /* when, Unix seconds */
	bool backup_gone; /* too old, and removed */
};

/* --- once in a while --- */

static void tell_counters(struct process *p, int64_t now)
{
	uint64_t n = 0;
	if (now - p->limited_told >= MINUTE && (n = atomic_exchange(&p->workers.limited, 0))) {
		log_warning("rate limit reached: %llu requests told to wait", (unsigned long long)n);
		p->limited_told = now;
	}
	if (now - p->refused_told >= MINUTE && (n = atomic_exchange(&p->workers.refused, 0))) {
		log_warning("%llu connections refused, the last of user %u: not allowed here (--peer-user)",
			(unsigned long long)n, p->workers.refused_uid);
		p->refused_told = now;
	}
}

/* What has been erased must not outlive its week in the backup: one that cannot be overwritten goes. */
static void backup_failed(struct process *p, int64_t now, int64_t last, int err)
{
	log_error("the key store's backup could not be written: %s", err_text(err));
	if (!last || now - last < 7 * DAY || p->backup_gone)
		return;
	p->backup_gone = unlink(p->c->backup) == 0;
	if (p->backup_gone)
		log_error("the key store's backup was seven days old and has been removed: it held erased keys");
}

static void back_up(struct process *p, int64_t now)
{
	struct keys_status s;
	vault_status(p->vault, now, &s);
	/* A clock that was put back must not stop backups. */
	if (!p->c->backup || (s.backup_at && s.backup_at <= now && now - s.backup_at < DAY))
		return;
	int err = vault_backup(p->vault, now, p->c->backup);
	if (err)
		backup_failed(p, now, s.backup_at, err);
	else
		p->backup_gone = false;
}

static void look_after(struct process *p)
{
	int64_t now = clock_unix();
	tell_counters(p, now);
	if (now - p->swept < MINUTE && now >= p->swept)
		return;
	pthread_mutex_lock(&p->server.lock);
	vault_sweep(p->vault, now);
	p->swept = now;
	if (now - p->expired >= HOUR || now < p->expired) {
		size_t n = 0;
		int err = vault_expire(p->vault, now, &n);
		if (err)
			log_error("epochs at the end of their retention could not be erased: %s", err_text(err));
		else if (n)
			log_info("%zu epochs erased at the end of their retention", n);
		back_up(p, now); /* after expiry, so that it holds nothing that is gone */
		p->expired = now;
	}
	pthread_mutex_unlock(&p->server.lock);
}

static void loop(struct process *p, const sigset_t *signals)
{
	const struct timespec second = { .tv_sec = 1 };
	for (;;) {
		int n = sigtimedwait(signals, NULL, &second);
		if (n == SIGTERM || n == SIGINT)
			return;
		look_after(p);
	}
}

/* --- from start to confined --- */

static int find_peers(struct process *p, struct err_note *note)
{
	struct keys_workers *w = &p->workers;
	w->peers[w->npeers++] = 0;
	for (unsigned i = 0; i < p->c->npeers; i++) {
		const struct passwd *pw = getpwnam(p->c->peers[i]);
		if (!pw)
			return err_set(note, ERR_CONFIG, "--peer-user %s: no such user", p->c->peers[i]);
		w->peers[w->npeers++] = pw->pw_uid;
	}
	return 0;
}

static void tell_head(struct vault *v)
{
	struct keys_head h;
	vault_head(v, &h);
	if (h.state == KEYS_HEAD_NONE)
		log_info("no head of an audit trail is remembered: the next one is signed whatever it is");
	else if (h.state == KEYS_HEAD_DAMAGED)
		log_error("the last head of the audit trail cannot be read: none is signed until its file is removed (docs/audit.md)");
}

static int open_vault(struct process *p, const uint8_t *host_key, struct err_note *note)
{
	int err = vault_open(p->c->store, host_key, &p->vault, note);
	if (err)
		return err_set(note, err, "%s: %s", p->c->store, err_text(err));
	unsigned left = keys_host_remove_temps(p->c->store);
	char head[PATH_MAX];
	left += vault_head_path(p->c->store, head) ? 0 : keys_host_remove_temps(head);
	left += p->c->backup ? keys_host_remove_temps(p->c->backup) : 0;
	if (left)
		log_info("removed %u unfinished copies of the key store, left by a sudden end", left);
	tell_head(p->vault);
	if (access(p->store_folder, W_OK) < 0)
		return err_set(note, -errno, "%s: user %u must be able to write here, the store is replaced at each change",
			p->store_folder, (unsigned)geteuid());
	if (p->c->backup && access(p->backup_folder, W_OK) < 0)
		return err_set(note, -errno, "%s: user %u must be able to write the backup here", p->backup_folder,
			(unsigned)geteuid());
	return 0;
}

static int find_folders(struct process *p)
{
	int err = keys_host_folder_of(p->c->store, p->store_folder);
	if (!err)
		err = keys_host_folder_of(p->c->socket, p->socket_folder);
	if (!err && p->c->backup)
		err = keys_host_folder_of(p->c->backup, p->backup_folder);
	return err;
}

/* The key is read as who we are now, the store opened as who we become. */
static int open_all(struct process *p, struct err_note *note)
{
	uint8_t *host_key = sodium_malloc(SEAL_KEY);
	if (!host_key)
		return -ENOMEM;
	int err = find_folders(p);
	if (!err)
		err = find_peers(p, note);
	if (!err)
		err = keys_host_key_read(p->c->host_key, host_key, note);
	if (!err)
		err = keys_listen(p->c, &p->workers.listener, note);
	if (!err)
		err = keys_confine_user(p->c->user, note);
	if (!err) {
		p->workers.peers[p->workers.npeers++] = geteuid();
		err = open_vault(p, host_key, note);
	}
	sodium_free(host_key);
	return err;
}

static int confine(struct process *p, struct err_note *note)
{
	const char *const folders[] = { p->store_folder, p->c->backup ? p->backup_folder : NULL, NULL };
	if (!keys_confine_lock())
		log_warning("memory cannot be locked, so it could be swapped out; start as root, or with "
			    "LimitMEMLOCK=infinity (systemd), ulimit -l unlimited (a shell)");
	int err = keys_confine_files(folders, p->socket_folder, note);
	if (err == -EOPNOTSUPP)
		log_warning("this kernel has no Landlock: files are kept apart by their modes alone");
	else if (err)
		return err;
	err = keys_workers_start(&p->workers);
	if (err)
		return err_set(note, err, "threads: %s", err_text(err));
	notify_send("READY=1"); /* connections queue from here; afterwards there is no socket() */
	err = keys_confine_calls();
	if (err == -EOPNOTSUPP)
		log_warning("this kernel has no seccomp: system calls are not confined");
	else if (err > 0)
		log_warning("a build with a sanitizer: system calls are not confined");
	else if (err) {
		keys_workers_stop(&p->workers);
		return err_set(note, err, "seccomp: %s", err_text(err));
	}
	return 0;
}

static void block_signals(sigset_t *ret)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* a limit of size is an error of write(), not the end */
	sigaction(SIGHUP, &ignore, NULL);
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	pthread_sigmask(SIG_BLOCK, ret, NULL);
}

int keys_serve(const struct keys_serve_config *c, struct err_note *note)
{
	struct process *p = calloc(1, sizeof *p);
	sigset_t signals;
	if (!p)
		return -ENOMEM;
	p->c = c;
	p->workers.listener = -1;
	block_signals(&signals);
	int err = keys_confine_memory(note);
	if (!err)
		err = seal_start();
	if (!err)
		keys_host_warn();
	if (!err)
		err = open_all(p, note);
	if (!err) {
		keys_server_init(&p->server, p->vault, c->cost);
		p->workers.server = &p->server;
		err = confine(p, note);
		if (!err) {
			look_after(p); /* what fell due while we were down */
			keys_workers_open(&p->workers);
			log_info("started");
			loop(p, &signals);
			keys_workers_stop(&p->workers);
			log_info("stopped");
		}
		keys_server_done(&p->server);
	}
	vault_close(p->vault);
	if (p->workers.listener >= 0) {
		unlink(c->socket);
		close(p->workers.listener);
	}
	free(p);
	return err;
}
