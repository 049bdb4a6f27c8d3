/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A vault in a folder of its own, its people and their days, for the vault's tests. Fails the test on
 * any error that is not asked for. */

#include "keys/vault_private.h"

#include <errno.h>
#include <sodium.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define NOW 1795478400 /* Tuesday 2026-11-24 00:00 UTC */
#define MONDAY (NOW - 86400)
enum { DAY = 86400, WEEK = 7 * DAY };
#define PASSWORD "a long enough password"

extern struct vault *v;
extern int64_t now;
extern uint8_t host_key[SEAL_KEY];
extern uint8_t holder_pub[SEAL_HOLDERS][SEAL_PUBLIC], holder_sec[SEAL_HOLDERS][SEAL_KEY];

struct who { uint32_t id; uint8_t session[KEYS_SESSION]; };

int vault_setup(void **state);          /* an empty vault, without holders */
int vault_setup_recovery(void **state); /* with five */
int vault_teardown(void **state);
const char *vault_at(const char *name); /* a path in its folder */
void vault_reopen(void);                /* as after a restart */
int vault_tool_main(const struct CMUnitTest *tests, size_t n);

struct vault_fresh fresh(const char *password);
struct who person(const char *unit, enum keys_role role); /* new, and signed in */
void sign_in(struct who *who, const char *password);
int try_sign_in(uint32_t id, const char *password, uint8_t ret_session[KEYS_SESSION]);
int confirm(const struct who *by, const struct who *whom);
struct keys_member member(uint32_t id);
void found(struct who ret[2]); /* two supervisors of the national desk, active */
struct who colleague(const char *unit, enum keys_role role, const struct who *by, const struct who *also);

struct keys_epoch epoch(const char *unit, enum keys_class class);
struct sealed_report { /* one message of one report */
	struct keys_wrapped w;
	uint8_t wrap[SEAL_WRAP];
	struct seal_place at;
	uint8_t text[1024 + SEAL_BOX_MORE];
};
void report(const struct keys_epoch *to, struct sealed_report *ret); /* "it happened there" */
int opens(const struct who *who, const struct sealed_report *r);    /* and holds just that */

/* The content as bytes; the caller frees it. For "nothing has changed". */
struct bytes content(void);
