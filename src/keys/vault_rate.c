/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/vault_rate.h"

#include <errno.h>

int rate_take(struct rate *r, struct rate_limit limit, int64_t now)
{
	int64_t full = (int64_t)limit.burst * 3600;
	if (now > r->at) {
		/* Beyond a full refill more time changes nothing, and would overflow. */
		int64_t seconds = MIN(now - r->at, full / limit.an_hour + 1);
		r->owed = MAX(r->owed - seconds * limit.an_hour, 0);
	}
	r->at = now; /* also after the clock went back */
	if (r->owed + 3600 > full)
		return -EAGAIN;
	r->owed += 3600;
	return 0;
}

int rate_password_attempt(struct rate_password *r, int64_t now)
{
	r->until = MIN(r->until, now + RATE_PASSWORD_LONGEST); /* the clock may have gone back */
	if (now < r->until)
		return -EAGAIN;
	if (now - r->last >= RATE_PASSWORD_LONGEST && now - r->until >= RATE_PASSWORD_LONGEST)
		r->attempts = 0;
	r->last = now;
	if (++r->attempts >= RATE_PASSWORD_FREE) {
		uint32_t doubled = MIN(r->attempts - RATE_PASSWORD_FREE, 10);
		r->until = now + MIN(RATE_PASSWORD_FIRST << doubled, RATE_PASSWORD_LONGEST);
	}
	return 0;
}

void rate_password_right(struct rate_password *r)
{
	*r = (struct rate_password){ 0 };
}
