/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/hidden.h"

#include <errno.h>
#include <sodium.h>
#include <strings.h>

enum { HIDDEN_MAX = 100000 };

static int count(struct store_tx *t, uint32_t member, int64_t *ret)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT count(*) FROM excluded WHERE member = $1", S_INT(member));
	if (err)
		return err;
	err = store_next(rows);
	*ret = err == 1 ? store_int(rows, 0) : 0;
	store_end(rows);
	return err < 0 ? err : 0;
}

int audit_hidden_read(struct store_tx *t, struct arena *a, uint32_t member, struct audit_hidden *ret)
{
	struct store_rows *rows;
	int64_t most;
	int row, err = count(t, member, &most);
	*ret = (struct audit_hidden){ NULL, 0 };
	if (err || !most)
		return err;
	ret->id = most <= HIDDEN_MAX ? arena_array(a, (size_t)most, sizeof *ret->id) : NULL;
	err = ret->id ? STORE_QUERY(t, &rows, "SELECT report FROM excluded WHERE member = $1", S_INT(member)) : -ENOMEM;
	if (err)
		return err;
	while (!err && ret->n < (size_t)most && (row = store_next(rows))) {
		struct bytes id = row == 1 ? store_blob(rows, 0) : bytes_of(NULL, 0);
		err = row < 0 ? row : id.n == SEAL_ID ? 0 : ERR_FORMAT;
		if (!err)
			memcpy(ret->id[ret->n++], id.p, SEAL_ID);
	}
	store_end(rows);
	return err;
}

/* In a path somebody typed, the digits may be large letters too. */
static bool names(struct bytes text, const char digits[8])
{
	for (size_t i = 0; i + 8 <= text.n; i++)
		if (!strncasecmp((const char *)text.p + i, digits, 8))
			return true;
	return false;
}

bool audit_hidden_has(const struct audit_hidden *h, const struct audit_row *r)
{
	char hex[2 * SEAL_ID + 1];
	for (size_t i = 0; i < h->n; i++) {
		if (bytes_equal(r->report, bytes_of(h->id[i], SEAL_ID)))
			return true;
		sodium_bin2hex(hex, sizeof hex, h->id[i], SEAL_ID);
		/* Paths carry the number; eight digits are how people write it. */
		if (names(r->object, hex))
			return true;
	}
	return false;
}
