/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/exclude.h"

#include "desk/named.h"

struct found { uint32_t member[KEYS_MEMBER_MAX]; size_t n; };

static int find(struct store_tx *t, const char *words, struct found *ret)
{
	struct store_rows *rows;
	int err = store_query(t, "SELECT member, name FROM staff ORDER BY member", NULL, 0, &rows);
	if (err)
		return err;
	while ((err = store_next(rows)) == 1 && ret->n < KEYS_MEMBER_MAX)
		if (named_in(words, store_text(rows, 1)))
			ret->member[ret->n++] = (uint32_t)store_int(rows, 0);
	store_end(rows);
	return MIN(err, 0);
}

int desk_exclude(struct store_tx *t, const uint8_t report[SEAL_ID], const char *words, uint32_t member, bool *ret_self)
{
	struct found f = { .n = 0 };
	*ret_self = false;
	int err = words ? find(t, words, &f) : 0;
	for (size_t i = 0; !err && i < f.n; i++) {
		*ret_self |= f.member[i] == member;
		err = STORE_RUN(t, "INSERT INTO excluded (report, member, why) VALUES ($1, $2, 'reporter') ON CONFLICT DO NOTHING",
			S_BLOB(report, SEAL_ID), S_INT(f.member[i]));
	}
	return err;
}
