/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who is told, and when. Never a word of a report: a kind and short numbers. What was told stands in `told`, so
 * that nothing is told twice, by however many front ends; alerts go to the outbox in the same transaction.
 *
 * Imminent danger (P0) that nobody has opened, counted from its arrival:
 *   at once          who is on call; nobody is: who is at the desk; nobody: the supervisors
 *   5 minutes        who is on call next; nobody is: as at once
 *   10 minutes, then each 15 minutes for a day: on call and all supervisors
 * Late things (case_escalation): 1 who has it; 2 supervisors; 3 both again.
 *
 * Nobody is told of a report they must not find (`excluded`), and of a restricted one supervisors only. */

#include "desk/desk.h"

must_use int alert_tend(struct desk *d);
