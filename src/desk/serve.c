/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/app.h"

#include "base/clock.h"
#include "base/log.h"
#include "desk/audit/audit.h"
#include "desk/audit/heads.h"
#include "desk/config.h"
#include "desk/duty/alert.h"
#include "desk/duty/handover.h"
#include "desk/duty/roster.h"
#include "desk/layout.h"
#include "desk/post/post.h"
#include "desk/settings.h"
#include "desk/staff/exposure.h"
#include "desk/staff/member.h"
#include "desk/staff/session.h"
#include "desk/work/work.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { TEND_MS = 60 * 1000, WAIT_MS = 100 };

static const struct web_route_table *const tables[] = {
	&desk_static_routes,
	&desk_public_routes,
	&desk_intake_routes,
	&desk_child_routes,
	&desk_staff_routes,
	&desk_people_routes,
	&desk_api_routes,
};

struct web_route *desk_routes(size_t *ret_n)
{
	size_t n = 0, at = 0;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		n += tables[i]->n;
	struct web_route *all = calloc(n, sizeof *all);
	for (size_t i = 0; all && i < ARRAY_LEN(tables); i++) {
		memcpy(all + at, tables[i]->route, tables[i]->n * sizeof *all);
		at += tables[i]->n;
	}
	*ret_n = n;
	return all;
}

/* What is past its time goes: links, sessions, submissions' numbers. */
static int tend(struct store_tx *t, void *ctx)
{
	int64_t now = clock_unix();
	int err = STORE_RUN(t, "DELETE FROM invite WHERE expires < $1", S_INT(now));
	if (!err)
		err = STORE_RUN(t, "DELETE FROM staff_session WHERE seen < $1 OR created < $2",
			S_INT(now - STAFF_IDLE), S_INT(now - STAFF_LONGEST));
	if (!err)
		err = STORE_RUN(t, "DELETE FROM partner_request WHERE at < $1", S_INT(now - 2 * 86400));
	return err ? err : STORE_RUN(t, "DELETE FROM once WHERE at < $1", S_INT(now - 2 * 86400));
}

static int tend_rows(struct desk *d)
{
	return store_write(d->store, tend, NULL);
}

/* What is done each minute, whatever becomes of the others. */
static const struct { int (*tend)(struct desk *d); const char *what; } tending[] = {
	{ tend_rows, "the database could not be tended" },
	{ staff_tend, "refusals could not be put into the audit trail" },
	{ member_tend, "who has left could not be taken off the lists" },
	{ roster_tend, "the roster could not be tended" },
	{ handover_tend, "handovers could not be tended" },
	{ exposure_tend, "counts of opened messages could not be tended" },
	{ work_tend, "what ends by time could not be ended" },
	{ alert_tend, "who must be told of what waits could not be found" },
	{ post_tend, "alerts could not be sent" },
	{ audit_tend, "heads of the audit trail could not be signed or sent" },
};

static void wait_for_end(struct desk *d, const volatile int *stop)
{
	const struct timespec nap = { 0, WAIT_MS * 1000000L };
	int64_t next = 0;
	while (!*stop) {
		nanosleep(&nap, NULL);
		if (clock_mono_ms() < next)
			continue;
		for (size_t i = 0; i < ARRAY_LEN(tending) && !*stop; i++) {
			int err = tending[i].tend(d);
			if (err)
				log_warning("%s: %s", tending[i].what, err_text(err));
		}
		next = clock_mono_ms() + TEND_MS;
	}
	int err = staff_tend(d); /* what was counted since */
	if (err)
		log_warning("refusals could not be put into the audit trail: %s", err_text(err));
}

/* Reports are taken even then; what must be audited is not done. */
static void tell_trail(struct desk *d, const char *action)
{
	int err = audit_now(d, &(struct audit_entry){ .action = action });
	if (err == ERR_CHECKSUM || err == -EEXIST)
		log_error("the audit trail's end is damaged: staff can do nothing that must stand in it. See 'hisn desk audit verify'");
	else if (err)
		log_error("the audit trail could not be written: %s", err_text(err));
}

static void configure(const struct desk *d, struct web_config *w)
{
	const struct desk_config *c = d->config;
	for (unsigned i = 0; i < c->listen_n && i < ARRAY_LEN(w->listen); i++)
		w->listen[i] = c->listen[i];
	if (!c->listen_n)
		w->listen[0] = "127.0.0.1@8080";
	w->cert = c->tls.certificate;
	w->key = c->tls.key;
	w->trust_forwarded = c->tls.behind_proxy;
	w->onion = c->onion;
	if (!c->language || !lang_parse(c->language, strlen(c->language), &w->fallback))
		w->fallback = LANG_FR;
}

int desk_serve(struct desk *d, const volatile int *stop, void (*ready)(void *ctx, unsigned port), void *ctx,
	struct err_note *note)
{
	struct web_config w = { .before = staff_arrive, .status_page = layout_status_page, .ctx = d };
	configure(d, &w);
	struct web_route *routes = desk_routes(&w.route_n);
	if (!routes)
		return -ENOMEM;
	w.routes = routes;
	struct keys_status keys;
	int err = keys_status(d->keys, &keys);
	if (err)
		log_warning("%s: the key process does not answer (%s); visitors keep their forms until it does",
			d->config->keys_socket, err_text(err));
	if (!post_configured(d))
		log_info("desk.yaml has no 'mail': nobody is told of what is late");
	if (!desk_live(d))
		log_info("a demonstration: every page says so, until an administrator opens the desk");
	tell_trail(d, "desk.start");
	err = web_start(&w, &d->web, note);
	if (!err) {
		ready(ctx, web_port(d->web));
		wait_for_end(d, stop);
		web_stop(d->web);
	}
	tell_trail(d, "desk.stop");
	if (audit_tend_last(d))
		log_warning("the last head of the audit trail could not be signed; the next start signs it");
	free(routes);
	return err;
}
