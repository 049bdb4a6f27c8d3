/* SPDX-License-Identifier: Apache-2.0 */
/* Mail at a transition: a kind and a short number, to who works on it. */
#include "desk/work/act.h"

#include "desk/post/post.h"

#include <errno.h>
#include <stdio.h>

struct mailbox { char address[256], language[8]; };
enum { TOLD_MAX = 32 };

const char *act_hex(struct arena *a, const uint8_t id[SEAL_ID])
{
	char s[2 * SEAL_ID + 1];
	for (int i = 0; i < SEAL_ID; i++)
		(void)snprintf(s + 2 * i, 3, "%02x", id[i]);
	return arena_text(a, s, sizeof s - 1);
}

static bool copy(char *to, size_t cap, const char *from)
{
	int n = from ? snprintf(to, cap, "%s", from) : -1;
	return n > 0 && (size_t)n < cap;
}

/* member 0: everybody of the unit; never who is kept from the report, to whom it is not there. */
static int find(struct store_tx *t, const uint8_t *report, const char *unit, uint32_t member, struct mailbox *to, size_t *ret_n)
{
	struct store_rows *rows;
	size_t n = 0;
	int err = STORE_QUERY(t, &rows, "SELECT mail, language FROM staff WHERE gone IS NULL AND mail IS NOT NULL AND unit = $1"
		" AND $2 IN (0, member) AND member NOT IN (SELECT e.member FROM excluded e WHERE e.report = $3) ORDER BY member",
		S_TEXT(unit), S_INT(member), S_BLOB(report, SEAL_ID));
	if (err)
		return err;
	while (n < TOLD_MAX && (err = store_next(rows)) == 1)
		n += copy(to[n].address, sizeof to[n].address, store_text(rows, 0)) &&
			copy(to[n].language, sizeof to[n].language, store_text(rows, 1));
	store_end(rows);
	*ret_n = n;
	return MIN(err, 0);
}

int act_tell(struct store_tx *t, struct doing *w, enum post_kind kind, const char *unit, uint32_t member)
{
	struct mailbox to[TOLD_MAX];
	size_t n = 0;
	char about[9];
	int err = find(t, w->id, unit, member, to, &n);
	for (int i = 0; i < 4; i++)
		(void)snprintf(about + 2 * i, 3, "%02x", w->id[i]);
	for (size_t i = 0; !err && i < n; i++) {
		err = post_put(t, kind, to[i].address, to[i].language, about);
		if (err == ERR_MALFORMED) /* somebody's address is none: nothing was put, the case goes on */
			err = 0;
	}
	return err;
}
