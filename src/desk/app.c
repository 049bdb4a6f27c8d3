/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/app.h"

#include "base/clock.h"
#include "base/log.h"
#include "desk/schema.h"
#include "desk/staff/totp.h"

#include <errno.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Reports pass through this process in clear: no core files, no debugger of the same user. */
static void keep_memory_private(void)
{
	const struct rlimit none = { 0, 0 };
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* What is read and written as JSON is words of reports, and its library frees them as they are. */
static void forget(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static int open_parts(struct desk *d, const char *data, struct desk_open want, struct err_note *note)
{
	const struct desk_config *c = d->config;
	struct desk_data *read = NULL;
	int err = tz_open(NULL, c->zone ? c->zone : "Africa/Casablanca", (struct tz **)(uintptr_t)&d->zone, note);
	if (err)
		return err;
	err = desk_data_open_with(data, c->data, &read, note);
	if (err)
		return err;
	d->data = read;
	err = store_open(c->database, &d->store, note);
	if (!err && want.migrate)
		err = store_migrate(d->store, desk_schema, desk_schema_n, note);
	if (err || !want.keys)
		return err;
	err = keys_open(c->keys_socket, &d->keys);
	return err ? err_set(note, err, "%s: %s; is 'hisn keys serve' running?", c->keys_socket, err_text(err)) : 0;
}

int desk_open(const char *config, const char *data, struct desk_open want, struct desk **ret, struct err_note *note)
{
	struct desk_config *c;
	keep_memory_private();
	json_set_alloc_funcs(malloc, forget);
	int err = seal_start();
	if (!err)
		err = totp_start();
	if (!err)
		err = desk_config_load(config, &c, note);
	if (err)
		return err;
	struct desk *d = calloc(1, sizeof *d);
	if (!d) {
		desk_config_free(c);
		return -ENOMEM;
	}
	d->config = c;
	err = open_parts(d, data, want, note);
	if (err)
		desk_close(d);
	else
		*ret = d;
	return err;
}

void desk_close(struct desk *d)
{
	if (!d)
		return;
	free(d->paper);
	keys_close(d->keys);
	store_close(d->store);
	desk_data_free((struct desk_data *)(uintptr_t)d->data);
	tz_free((struct tz *)(uintptr_t)d->zone);
	desk_config_free((struct desk_config *)(uintptr_t)d->config);
	free(d);
}
