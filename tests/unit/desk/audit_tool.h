/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A trail in a database of its own, and ways to damage it. */

#include "desk/audit/verify.h"
#include "desk/schema.h"
#include "fake_keys.h"
#include "../store/testdb.h"

#include <errno.h>
#include <stdio.h>

enum { LONG = 121, FIRST_HEAD = 80 }; /* of long_trail: signed at 80 and at 120 */

extern struct fake_keys keys;
extern struct desk desk;
extern struct arena arena;
extern const uint8_t some_report[SEAL_ID];

int begin(void **state);
int fresh(void **state); /* an empty trail */
int gone(void **state);
int long_trail(void **state);
int long_gone(void **state);
void grow_to(int n);

int64_t number(const char *sql);
void change(const char *sql);
int note(const char *action); /* one entry */

/* As somebody would who knows how it is made: rows, tree, chain and head row again, from entry `from` on, which
 * becomes `instead` (NULL: as it was); those from `until` are cut. */
void again(int64_t from, int64_t until, const char *instead);

/* What verifying says: how many faults, and each as a line. */
extern struct audit_verified got;
extern struct audit_given given; /* a head kept elsewhere; where NULL: none */
int64_t verify(void);
const char *told(void);
void assert_told(const char *want);
void assert_told_only(const char *want);
