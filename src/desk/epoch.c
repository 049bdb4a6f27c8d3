/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/epoch.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum { REMEMBER_MS = 60 * 1000, EPOCHS_MAX = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	const struct keys *of; /* whose; NULL: nobody's */
	int64_t epoch_until, form_until;
	struct keys_epoch triage;
	struct desk_form_keys form;
} kept;

/* Under the lock. */
static void kept_by(const struct keys *k)
{
	if (kept.of == k)
		return;
	sodium_memzero(&kept, sizeof kept);
	kept.of = k;
}

void desk_keys_forget(void)
{
	pthread_mutex_lock(&lock);
	sodium_memzero(&kept, sizeof kept);
	pthread_mutex_unlock(&lock);
}

int desk_epoch_triage(struct desk *d, struct keys_epoch *ret)
{
	int64_t now = clock_mono_ms();
	pthread_mutex_lock(&lock);
	kept_by(d->keys);
	bool have = now < kept.epoch_until && clock_unix() < kept.triage.to;
	if (have)
		*ret = kept.triage;
	pthread_mutex_unlock(&lock);
	if (have)
		return 0;
	struct keys_epoch e;
	int err = keys_epoch(d->keys, KEYS_NATIONAL, KEYS_TRIAGE, 0, &e);
	if (err)
		return err;
	pthread_mutex_lock(&lock);
	kept_by(d->keys);
	kept.triage = e;
	kept.epoch_until = now + REMEMBER_MS;
	pthread_mutex_unlock(&lock);
	*ret = e;
	return 0;
}

/* Every epoch there is; *ret for the caller to free. */
static int all_epochs(struct desk *d, struct keys_epoch **ret, size_t *ret_n)
{
	struct keys_epoch *all = NULL;
	size_t n = 0, cap = 512;
	int err;
	do {
		cap *= 4;
		free(all);
		all = malloc(cap * sizeof *all);
		err = all ? keys_epochs(d->keys, all, cap, &n) : -ENOMEM;
	} while ((err == ERR_LIMIT || (!err && n == cap)) && cap < EPOCHS_MAX);
	if (err) {
		free(all);
		return err;
	}
	*ret = all;
	*ret_n = n;
	return 0;
}

static void pick(const struct keys_epoch *all, size_t all_n, uint64_t id, struct keys_epoch *ret, size_t *n)
{
	for (size_t i = 0; i < all_n; i++)
		if (all[i].id == id) {
			ret[(*n)++] = all[i];
			return;
		}
}

int desk_epochs_by_id(struct desk *d, const uint64_t *id, size_t n, struct keys_epoch *ret, size_t *ret_n)
{
	struct keys_epoch triage, *all;
	size_t all_n;
	*ret_n = 0;
	int err = desk_epoch_triage(d, &triage);
	if (!err && n == 1 && triage.id == *id) { /* nearly always */
		ret[(*ret_n)++] = triage;
		return 0;
	}
	if (!err)
		err = all_epochs(d, &all, &all_n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		pick(all, all_n, id[i], ret, ret_n);
	free(all);
	return 0;
}

int desk_form_keys(struct desk *d, bool fresh, struct desk_form_keys *ret)
{
	int64_t now = clock_mono_ms();
	pthread_mutex_lock(&lock);
	kept_by(d->keys);
	bool have = !fresh && now < kept.form_until;
	if (have)
		*ret = kept.form;
	pthread_mutex_unlock(&lock);
	if (have)
		return 0;
	struct desk_form_keys f;
	int err = keys_form(d->keys, f.now, f.before);
	if (err)
		return err;
	pthread_mutex_lock(&lock);
	kept_by(d->keys);
	kept.form = f;
	kept.form_until = now + REMEMBER_MS;
	pthread_mutex_unlock(&lock);
	*ret = f;
	sodium_memzero(&f, sizeof f);
	return 0;
}
