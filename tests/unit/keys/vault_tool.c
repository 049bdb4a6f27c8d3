/* SPDX-License-Identifier: Apache-2.0 */
#include "vault_tool.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct vault *v;
int64_t now;
uint8_t host_key[SEAL_KEY];
uint8_t holder_pub[SEAL_HOLDERS][SEAL_PUBLIC], holder_sec[SEAL_HOLDERS][SEAL_KEY];
static char folder[64];

const char *vault_at(const char *name)
{
	static char path[4][PATH_MAX];
	static int turn;
	char *p = path[turn = (turn + 1) % 4];
	(void)snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static int setup(bool recovery)
{
	now = NOW;
	(void)snprintf(folder, sizeof folder, "/tmp/hisn-vault-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	randombytes_buf(host_key, sizeof host_key);
	for (int h = 0; h < SEAL_HOLDERS; h++)
		crypto_box_keypair(holder_pub[h], holder_sec[h]);
	int err = vault_create(vault_at("S"), host_key, recovery ? (const void *)holder_pub : NULL);
	return err ? err : vault_open(vault_at("S"), host_key, &v, NULL);
}

int vault_setup(void **state)
{
	return setup(false);
}

int vault_setup_recovery(void **state)
{
	return setup(true);
}

int vault_teardown(void **state)
{
	vault_close(v);
	v = NULL;
	DIR *d = opendir(folder);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			(void)unlink(vault_at(e->d_name));
	if (d)
		(void)closedir(d);
	return rmdir(folder);
}

void vault_reopen(void)
{
	vault_close(v);
	v = NULL;
	assert_int_equal(vault_open(vault_at("S"), host_key, &v, NULL), 0);
}

int vault_tool_main(const struct CMUnitTest *tests, size_t n)
{
	return seal_start() ? 1 : _cmocka_run_group_tests("vault", tests, n, NULL, NULL);
}

struct vault_fresh fresh(const char *password)
{
	struct vault_fresh f;
	assert_int_equal(vault_fresh_make(bytes_str(password), SEAL_COST_TEST, &f), 0);
	return f;
}

int try_sign_in(uint32_t id, const char *password, uint8_t ret_session[KEYS_SESSION])
{
	struct vault_login login;
	uint8_t seed[SEAL_KEY];
	int err = vault_sign_in_begin(v, now, id, &login);
	if (err)
		return err;
	bool right = vault_login_unlock(&login, bytes_str(password), seed) == 0;
	return vault_sign_in_end(v, now, id, &login, right ? seed : NULL, ret_session);
}

void sign_in(struct who *who, const char *password)
{
	assert_int_equal(try_sign_in(who->id, password, who->session), 0);
}

struct who person(const char *unit, enum keys_role role)
{
	struct vault_fresh f = fresh(PASSWORD);
	struct keys_member m;
	assert_int_equal(vault_member_new(v, now, unit, role, &f, &m), 0);
	struct who w = { .id = m.id };
	sign_in(&w, PASSWORD);
	return w;
}

struct keys_member member(uint32_t id)
{
	static struct keys_member all[KEYS_MEMBER_MAX];
	size_t n;
	assert_int_equal(vault_members(v, all, KEYS_MEMBER_MAX, &n), 0);
	assert_true(id && id <= n);
	assert_int_equal(all[id - 1].id, id);
	return all[id - 1];
}

int confirm(const struct who *by, const struct who *whom)
{
	return vault_member_confirm(v, now, by->session, whom->id, member(whom->id).fingerprint);
}

void found(struct who ret[2])
{
	ret[0] = person(KEYS_NATIONAL, KEYS_SUPERVISOR);
	ret[1] = person(KEYS_NATIONAL, KEYS_SUPERVISOR);
	assert_int_equal(confirm(&ret[0], &ret[1]), 0);
	assert_int_equal(confirm(&ret[1], &ret[0]), 0);
}

struct who colleague(const char *unit, enum keys_role role, const struct who *by, const struct who *also)
{
	struct who w = person(unit, role);
	assert_int_equal(confirm(by, &w), 0);
	assert_int_equal(confirm(also, &w), 0);
	assert_int_equal(member(w.id).state, KEYS_ACTIVE);
	return w;
}

struct keys_epoch epoch(const char *unit, enum keys_class class)
{
	struct keys_epoch e;
	assert_int_equal(vault_epoch(v, now, unit, class, 0, &e), 0);
	return e;
}

static const char happened[] = "it happened there";

void report(const struct keys_epoch *to, struct sealed_report *ret)
{
	uint8_t key[SEAL_KEY];
	ret->at = (struct seal_place){ .type = SEAL_REPORT, .schema = SEAL_SCHEMA };
	randombytes_buf(ret->at.report, SEAL_ID);
	randombytes_buf(key, sizeof key);
	assert_int_equal(seal_wrap(to->pub, key, ret->at.report, 0, ret->wrap), 0);
	assert_int_equal(seal_message(key, &ret->at, bytes_str(happened), ret->text), 0);
	ret->w = (struct keys_wrapped){ .epoch = to->id, .number = 0, .wrap = ret->wrap };
}

int opens(const struct who *who, const struct sealed_report *r)
{
	uint8_t room[sizeof r->text];
	size_t n;
	struct keys_wrapped w = r->w;
	w.wrap = r->wrap;
	int err = vault_message_open(v, now, who->session, &w, &r->at, bytes_of(r->text, sizeof r->text), room, &n);
	if (!err) {
		assert_int_equal(n, sizeof happened - 1);
		assert_memory_equal(room, happened, n);
	}
	return err;
}

struct bytes content(void)
{
	size_t n = state_size(v->s);
	uint8_t *p = malloc(n);
	assert_non_null(p);
	state_write(v->s, p);
	return bytes_of(p, n);
}
