/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/settings.h"

#include "base/clock.h"

#include "desk/audit/audit.h"
#include "desk/config.h"
#include "desk/staff/factor.h"

#include <errno.h>
#include <pthread.h>

enum { LIVE_TTL_MS = 5000, KEYS_BACKUP_MAX = 7 * 86400 };

int desk_setting_get(struct store_tx *t, struct arena *a, const char *name, const char **ret)
{
	struct store_rows *r;
	int err = STORE_QUERY(t, &r, "SELECT value FROM setting WHERE name = $1", S_TEXT(name));
	if (err)
		return err;
	err = store_next(r);
	*ret = NULL;
	if (err == 1) {
		const char *value = store_text(r, 0);
		*ret = arena_text(a, value, strlen(value));
		err = *ret ? 0 : -ENOMEM;
	}
	store_end(r);
	return err;
}

int desk_setting_set(struct store_tx *t, const char *name, const char *value)
{
	if (!value)
		return STORE_RUN(t, "DELETE FROM setting WHERE name = $1", S_TEXT(name));
	return STORE_RUN(t, "INSERT INTO setting (name, value) VALUES ($1, $2) "
			    "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		S_TEXT(name), S_TEXT(value));
}

/* A process serves one desk, so one remembered answer is enough. */
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static bool live_known, live_is;
static int64_t live_at;

static int read_mode(struct desk *d, bool *ret)
{
	struct store_tx *t;
	struct arena a;
	const char *mode = NULL;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	arena_init(&a, 4096);
	err = desk_setting_get(t, &a, SETTING_MODE, &mode);
	store_rollback(t);
	*ret = !err && mode && !strcmp(mode, "live");
	arena_done(&a);
	return err;
}

bool desk_live(struct desk *d)
{
	int64_t now = clock_mono_ms();
	if (!d->store)
		return false;
	pthread_mutex_lock(&live_lock);
	bool known = live_known && now - live_at < LIVE_TTL_MS, is = live_is;
	pthread_mutex_unlock(&live_lock);
	if (known)
		return is;
	if (read_mode(d, &is))
		return live_is; /* an open desk must not call itself a demonstration because its database is busy */
	pthread_mutex_lock(&live_lock);
	live_known = true;
	live_is = is;
	live_at = now;
	pthread_mutex_unlock(&live_lock);
	return is;
}

void desk_live_forget(struct desk *d)
{
	pthread_mutex_lock(&live_lock);
	live_known = false;
	pthread_mutex_unlock(&live_lock);
}

/* The three that stand in the database. */
static int check_settings(struct desk *d, struct live_check *law, struct live_check *filing)
{
	struct store_tx *t;
	struct arena a;
	struct civil day;
	const char *text[4] = { 0 };
	static const char *const name[4] = { SETTING_LAW, SETTING_FILING, SETTING_FILING_REF, SETTING_FILING_DATE };
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	arena_init(&a, 64 * 1024);
	for (int i = 0; i < 4 && !err; i++)
		err = desk_setting_get(t, &a, name[i], &text[i]);
	store_rollback(t);
	law->good = text[0] && *text[0];
	filing->good = text[1] && text[2] && *text[2] && text[3] && !civil_parse_date(text[3], &day);
	arena_done(&a);
	return err;
}

int desk_live_checks(struct desk *d, struct live_check ret[LIVE_CHECKS])
{
	const struct desk_config *c = d->config;
	struct keys_status s;
	int64_t without = 0;
	struct live_check check[LIVE_CHECKS] = {
		{ false, N_("The legal basis of this desk is set"), N_("Name the law or decision above.") },
		{ false, N_("The filing with the data-protection authority is set"),
			N_("Declaration or authorisation under law 09-08: status, reference and date, above.") },
		{ false, N_("Two people hold the national desk's keys"),
			N_("Invite two colleagues; each compares the other's fingerprint and confirms it.") },
		{ false, N_("Everybody who works here has a second step at sign-in"),
			N_("Each sets it up on their own page; the list of members says who has not.") },
		{ false, N_("Five recovery holders are named"),
			N_("Each runs: hisn keys holder new, on a machine of their own; then on the server: hisn keys holder set.") },
		{ false, N_("The key store has a backup of the last seven days"),
			N_("Start the key process with --backup, on another disk.") },
		{ c->contact && *c->contact, N_("The desk can be reached by other means"),
			N_("Set 'contact' in desk.yaml.") },
		{ c->tls.certificate || c->tls.behind_proxy || c->onion, N_("Visitors' connections are encrypted"),
			N_("Set 'tls' (a certificate, or behind_proxy) or 'onion' in desk.yaml.") },
		{ false, N_("It is said when people are there"), N_("Set 'hours' in desk.yaml.") },
	};
	int err = check_settings(d, &check[0], &check[1]);
	if (!err)
		err = keys_status(d->keys, &s);
	if (!err)
		err = factor_missing(d, &without);
	if (err)
		return err;
	check[2].good = s.founded;
	check[3].good = without == 0;
	check[4].good = s.recovery_set;
	check[5].good = s.backup_at && clock_unix() - s.backup_at < KEYS_BACKUP_MAX;
	check[8].good = desk_staffed(c, d->zone, clock_unix()).from != 0;
	memcpy(ret, check, sizeof check);
	return 0;
}

static int write_live(struct store_tx *t, void *ctx)
{
	const uint32_t *by = ctx;
	int err = desk_setting_set(t, SETTING_MODE, "live");
	return err ? err : audit_put(t, &(struct audit_entry){ .member = *by, .role = KEYS_ADMINISTRATOR, .action = "desk.open" });
}

int desk_go_live(struct desk *d, uint32_t by)
{
	struct live_check check[LIVE_CHECKS];
	int err = desk_live_checks(d, check);
	for (int i = 0; i < LIVE_CHECKS && !err; i++)
		err = check[i].good ? 0 : ERR_REFUSED;
	if (!err)
		err = store_write(d->store, write_live, &by);
	desk_live_forget(d);
	return err;
}
