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

int desk_epoch_by_id(struct desk *d, uint64_t id, struct keys_epoch *ret)
{
	struct keys_epoch *all = NULL;
	size_t n = 0, cap = 512;
	int err = desk_epoch_triage(d, ret);
	if (err || ret->id == id)
		return err;
	do {
		cap *= 4;
		free(all);
		all = malloc(cap * sizeof *all);
		if (!all)
			return -ENOMEM;
		err = keys_epochs(d->keys, all, cap, &n);
	} while (!err && n == cap && cap < EPOCHS_MAX);
	size_t i = 0;
	while (!err && i < n && all[i].id != id)
		i++;
	if (!err && i == n)
		err = -ENOENT;
	if (!err)
		*ret = all[i];
	free(all);
	return err;
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
