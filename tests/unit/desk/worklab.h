/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A desk inside the test with people in it and reports on its table. */

#include "base/clock.h"
#include "desk/submit.h"
#include "desk/work/work.h"
#include "fake_keys.h"
#include "../store/testdb.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

extern struct fake_keys lab_keys;
extern struct desk lab;
extern struct arena lab_arena;
extern const char *lab_where; /* the database of this test */

/* Of the national desk, and of two units. */
enum { AMINA = 1, BRAHIM, SALMA /* supervisor */, TARIK /* supervisor */, OMAR = 11 /* MA-CAS, officer */, ZINEB /* its supervisor */,
	YOUNES = 21 /* MA-AGD */, AUDITOR = 31, ADMIN };
extern struct actor amina, brahim, salma, tarik, omar, zineb, younes, auditor, admin;

int lab_begin(void **state);
int lab_end(void **state);
int lab_fresh(void **state); /* setup of each test, and */
int lab_gone(void **state);  /* teardown */
#define IN_LAB(f) cmocka_unit_test_setup_teardown(f, lab_fresh, lab_gone)

int64_t lab_number(const char *sql);
void lab_run(const char *sql);

struct lab_report {
	struct report report;
	uint16_t words[SEAL_WORDS];
	uint8_t once[16], id[SEAL_ID];
};
/* pairs: field, value ... NULL */
void lab_submit(struct lab_report *r, enum report_kind kind, ...);
void lab_answer(struct lab_report *r, const char *text);

/* The version as `who` sees it now, in what the action is about; and the action. */
int lab_act(const struct actor *who, const uint8_t *id, struct act *act);
#define ACT(who, id, ...) lab_act(&(who), (id), &(struct act){ __VA_ARGS__ })
#define DONE(who, id, ...) assert_int_equal(ACT(who, id, __VA_ARGS__), 0)
void lab_case(const struct actor *who, const uint8_t *id, struct work_case *ret);
enum case_refusal lab_why(const struct actor *who, const uint8_t *id, struct act act);

/* Taken, assessed, confirmed. */
void lab_confirmed(const uint8_t *id);
/* The text of message seq as this person opens it; NULL: they cannot, and *ret_err says why. */
const char *lab_open(const struct actor *who, const uint8_t *id, uint32_t seq, int *ret_err);
uint32_t lab_last(const uint8_t *id); /* seq of the last message */
int64_t lab_of(const char *sql, const uint8_t *id); /* a number of a statement with $1 = id */
