/* SPDX-License-Identifier: Apache-2.0 */
/* S as a file: made, opened, changed as a whole, copied. */
#include "base/file.h"
#include "keys/vault_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*   "hisn-S\n" 7 | version 1 | nonce 24 | encrypted content | tag 16      AD = the first 8 */
enum { MAGIC = 8 };
static const uint8_t magic[MAGIC] = { 'h', 'i', 's', 'n', '-', 'S', '\n', 1 };

static int write_state(const char *path, const uint8_t *host_key, const struct state *s)
{
	size_t n = state_size(s), all = MAGIC + n + SEAL_BOX_MORE;
	if (n > VAULT_CONTENT_MAX)
		return ERR_LIMIT;
	uint8_t *content = sodium_malloc(n), *file = malloc(all);
	int err = -ENOMEM;
	if (content && file) {
		state_write(s, content);
		memcpy(file, magic, MAGIC);
		err = seal_box(host_key, bytes_of(magic, MAGIC), bytes_of(content, n), file + MAGIC);
	}
	if (!err)
		err = file_replace(path, file, all, 0600);
	sodium_free(content);
	free(file);
	return err;
}

static int read_box(struct bytes file, const uint8_t *host_key, struct state **ret)
{
	if (file.n < MAGIC + SEAL_BOX_MORE || memcmp(file.p, magic, MAGIC - 1) != 0)
		return ERR_FORMAT;
	if (file.p[MAGIC - 1] != magic[MAGIC - 1])
		return ERR_VERSION;
	size_t n = file.n - MAGIC - SEAL_BOX_MORE;
	uint8_t *content = sodium_malloc(n);
	if (!content)
		return -ENOMEM;
	struct bytes box = bytes_of(file.p + MAGIC, file.n - MAGIC);
	int err = seal_box_open(host_key, bytes_of(magic, MAGIC), box, content, &n);
	err = err ? ERR_KEY : state_read(bytes_of(content, n), ret);
	sodium_free(content);
	return err;
}

static int read_state(const char *path, const uint8_t *host_key, struct state **ret)
{
	struct bytes file;
	int err = file_read(path, (size_t)VAULT_CONTENT_MAX + MAGIC + SEAL_BOX_MORE, &file);
	if (err)
		return err;
	err = read_box(file, host_key, ret);
	free((void *)file.p);
	return err;
}

/* A file of its own: S itself is another file after each change. */
static int take_lock(const char *path, int *ret)
{
	char lock[PATH_MAX];
	int n = snprintf(lock, sizeof lock, "%s.lock", path);
	if (n < 0 || n >= (int)sizeof lock)
		return -ENAMETOOLONG;
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return err;
	}
	*ret = fd;
	return 0;
}

static int fresh_state(const uint8_t (*holders)[SEAL_PUBLIC], struct state **ret)
{
	struct state *s;
	int err = state_new(&s);
	if (err)
		return err;
	randombytes_buf(s->roots->pepper, SEAL_KEY);
	randombytes_buf(s->roots->blind, SEAL_KEY);
	randombytes_buf(s->roots->form, SEAL_KEY);
	randombytes_buf(s->roots->mail, SEAL_KEY);
	crypto_box_keypair(s->founding_public, s->roots->founding);
	if (holders) {
		memcpy(s->holders, holders, sizeof s->holders);
		s->holders_set = true;
	}
	*ret = s;
	return 0;
}

int vault_create(const char *path, const uint8_t host_key[SEAL_KEY], const uint8_t (*holders)[SEAL_PUBLIC])
{
	struct state *s = NULL;
	struct stat st;
	int lock, err = take_lock(path, &lock);
	if (err)
		return err;
	if (lstat(path, &st) == 0)
		err = -EEXIST;
	else if (errno != ENOENT)
		err = -errno;
	if (!err)
		err = fresh_state(holders, &s);
	if (!err)
		err = write_state(path, host_key, s);
	state_free(s);
	close(lock);
	return err;
}

int vault_open(const char *path, const uint8_t host_key[SEAL_KEY], struct vault **ret, struct err_note *note)
{
	if (access(path, F_OK) < 0) /* before a lock is left beside nothing */
		return err_set(note, -errno, "%s: %s", path, err_text(-errno));
	struct vault *v = calloc(1, sizeof *v);
	if (!v)
		return -ENOMEM;
	v->lock = -1;
	v->path = strdup(path);
	v->host_key = sodium_malloc(SEAL_KEY);
	v->sessions = sodium_allocarray(VAULT_SESSIONS_MAX, sizeof *v->sessions);
	int err = v->path && v->host_key && v->sessions ? take_lock(path, &v->lock) : -ENOMEM;
	if (!err) {
		memcpy(v->host_key, host_key, SEAL_KEY);
		memset(v->sessions, 0, VAULT_SESSIONS_MAX * sizeof *v->sessions);
		err = read_state(path, v->host_key, &v->s);
	}
	if (err) {
		vault_close(v);
		return err_set(note, err, "%s: %s", path, err == ERR_KEY ?
			"does not open under this host's key (another host's, or damaged)" : err_text(err));
	}
	vault_head_load(v);
	*ret = v;
	return 0;
}

void vault_close(struct vault *v)
{
	if (!v)
		return;
	state_free(v->s);
	sodium_free(v->sessions);
	sodium_free(v->host_key);
	if (v->lock >= 0)
		close(v->lock);
	free(v->path);
	free(v);
}

int vault_change(const struct vault *v, struct state **ret)
{
	return state_copy(v->s, ret);
}

int vault_commit(struct vault *v, struct state *next, int err)
{
	if (!err)
		err = write_state(v->path, v->host_key, next);
	if (err) {
		state_free(next);
		return err;
	}
	state_free(v->s);
	v->s = next;
	return 0;
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The copy first: a time that names a copy which was never made would be worse than the opposite. */
int vault_backup(struct vault *v, int64_t now, const char *path)
{
	struct state *next;
	if (now < 0 || now > VAULT_TIME_MAX || same_file(path, v->path))
		return -EINVAL;
	int err = vault_change(v, &next);
	if (err)
		return err;
	next->backup_at = now;
	return vault_commit(v, next, write_state(path, v->host_key, next));
}

int vault_holders(struct vault *v, const uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC])
{
	struct state *next;
	uint8_t secret[SEAL_KEY] = { 0 }, trial[SEAL_TRIPLES][SEAL_NEST];
	int err = seal_nest(holders, secret, trial); /* a key that takes no box would stop every epoch */
	if (!err)
		err = vault_change(v, &next);
	if (err)
		return err;
	memcpy(next->holders, holders, sizeof next->holders);
	next->holders_set = true;
	return vault_commit(v, next, 0);
}

int vault_rekey(struct vault *v, const uint8_t host_key[SEAL_KEY])
{
	int err = write_state(v->path, host_key, v->s);
	if (!err)
		memcpy(v->host_key, host_key, SEAL_KEY);
	return err;
}
