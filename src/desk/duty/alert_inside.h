/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by alert_p0.c, alert_late.c (what is to be told) and alert_to.c (to whom). */

#include "desk/duty/alert.h"
#include "desk/post/post.h"

enum { ALERT_ITEMS = 200, ALERT_PEOPLE = 128, ALERT_ABOUT = 160 };

struct alert_to { /* one person and kind, in a transaction */
	uint32_t member;
	enum post_kind kind;
	char address[255], language[8], about[ALERT_ABOUT + 24];
	size_t about_n, more;
};
struct alert_list { struct alert_to to[ALERT_PEOPLE]; size_t n; };

/* The report it is about, for exclusion and the short number. */
struct alert_about { const uint8_t *report; bool restricted, pager; enum post_kind kind; };

/* Those of a statement `SELECT member, role, mail, pager, language ...` who may be told, added to the list;
 * *ret_n: how many it were (on the list before or not). */
must_use int alert_add(struct store_tx *t, struct alert_list *l, const struct alert_about *about, const char *sql,
	const struct store_value *v, size_t v_n, size_t *ret_n);
#define ALERT_ADD(t, l, about, ret_n, sql, ...) alert_add((t), (l), (about), (sql), (struct store_value[]){ __VA_ARGS__ }, \
	sizeof((struct store_value[]){ __VA_ARGS__ }) / sizeof(struct store_value), (ret_n))
#define ALERT_WHO "SELECT s.member, s.role, s.mail, s.pager, s.language FROM staff s "

must_use int alert_supervisors(struct store_tx *t, struct alert_list *l, const struct alert_about *about, const char *unit, size_t *ret_n);
must_use int alert_on_duty(struct store_tx *t, struct alert_list *l, const struct alert_about *about, const char *unit, const char *duty,
	int64_t now, size_t *ret_n);
must_use int alert_put(struct store_tx *t, const struct alert_list *l);
/* True once for a thing, kind and step. */
must_use int alert_first(struct store_tx *t, const uint8_t thing[SEAL_ID], const char *kind, int64_t step, bool *ret);

must_use int alert_p0(struct desk *d, int64_t now);
must_use int alert_late(struct desk *d, int64_t now);
