/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a household file: refused with a place, or a household that keeps its promises, whose
 * calendar and client map answer for any instant and address. */
#include "base/tz.h"
#include "policy/calendar.h"
#include "policy/clients.h"

#include <assert.h>

static void check_profile(const struct household *h, const struct household_profile *p, const struct tz *z)
{
	struct calendar_state st;
	assert(p->name[0] && strlen(p->name) <= 64);
	assert(p->nschedules <= HOUSEHOLD_SCHEDULES_MAX);
	for (unsigned i = 0; i < p->nschedules; i++)
		assert(p->schedules[i].from < 1440 && p->schedules[i].to <= 1440 && p->schedules[i].days);
	for (unsigned i = 0; i < p->ndeny; i++)
		assert(p->deny[i].name.labels && dns_name_is_hostlike(&p->deny[i].name));
	for (unsigned i = 0; i < p->noperator; i++)
		assert(p->operator_closed[i][0]);
	for (int64_t t = -86400; t < 4000000000; t += 399999999) {
		calendar_now(h, p, z, t, &st);
		assert(st.edge > t);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err_note note = { "" };
	struct household *h = NULL;
	char data[1024];
	const char *source = getenv("HISN_SOURCE");
	(void)snprintf(data, sizeof data, "%s/tests/fuzz/data", source ? source : ".");
	int err = household_parse("f", p, n, data, &h, &note);
	if (err) {
		assert(err == ERR_CONFIG && strncmp(note.text, "f:", 2) == 0 && !h);
		return 0;
	}
	assert(h->default_profile < h->nprofiles);
	struct tz *z;
	struct view_clients *c;
	assert(tz_open(NULL, h->time_zone, &z, NULL) == 0);
	for (unsigned i = 0; i < h->nprofiles; i++)
		check_profile(h, &h->profiles[i], z);
	assert(clients_new(h, &c) == 0);
	for (unsigned i = 0; i < h->nclients; i++)
		assert(clients_find(c, h->clients[i].address, 16) < h->nprofiles);
	clients_free(c);
	tz_free(z);
	household_free(h);
	return 0;
}
