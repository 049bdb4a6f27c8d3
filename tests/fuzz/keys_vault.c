/* SPDX-License-Identifier: Apache-2.0 */
/* The content of S, as if it stood under the right key: read or refused, and what is read is written
 * back byte for byte and can be used: looked up, copied, shown, expired. */
#include "fuzz.h"

#include "keys/vault_private.h"

static void use(const struct state *s)
{
	char all[KEYS_UNIT] = KEYS_NATIONAL;
	check(state_unit_size(s, all) <= s->members.n);
	for (uint32_t id = 1; id <= s->members.n; id++) {
		struct keys_member m = vault_member_show(s, id);
		check(m.id == id && strnlen(m.unit, KEYS_UNIT) < KEYS_UNIT);
		check(m.confirmed_by[0] <= s->members.n && m.confirmed_by[1] <= s->members.n);
		check(state_role_holds_keys(m.role) == (m.unit[0] != 0));
	}
	for (size_t i = 0; i < s->epochs.n; i++) {
		const struct state_epoch *e = state_epochs(s) + i;
		check(state_epoch(s, e->id) == e && e->id < s->next_epoch);
		check(e->from == vault_week(e->from) && strnlen(e->unit, KEYS_UNIT) < KEYS_UNIT);
		check(!e->founding || !s->founded);
		(void)vault_retention_days(e->class);
	}
	for (size_t i = 0; i < s->wraps.n; i++) {
		const struct state_wrap *w = state_wraps(s) + i;
		check(state_wrap(s, w->epoch, w->member) == w && state_epoch(s, w->epoch));
		check(state_member_opens(state_member(s, w->member)));
	}
	for (size_t i = 0; i < s->nests.n; i++)
		check(state_nest(s, state_nests(s)[i].epoch) == state_nests(s) + i);
	for (size_t i = 0; i < s->recoveries.n; i++)
		check(state_member(s, state_recoveries(s)[i].member) && state_recoveries(s)[i].triple < SEAL_TRIPLES);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct state *s, *copy;
	check(seal_start() == 0);
	int err = state_read(bytes_of(p, n), &s);
	if (err) {
		check(err == ERR_CHECKSUM);
		return 0;
	}
	check(state_size(s) == n);
	uint8_t *back = malloc(n);
	check(back);
	state_write(s, back);
	check(memcmp(back, p, n) == 0);
	use(s);
	check(state_copy(s, &copy) == 0);
	state_free(s);
	state_write(copy, back);
	check(memcmp(back, p, n) == 0);
	state_free(copy);
	free(back);
	return 0;
}
