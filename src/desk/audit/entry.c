/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/entry.h"

#include <sodium.h>
#include <stdio.h>

struct line {
	char *p;
	size_t n;
};

static void put(struct line *l, const char *s, size_t n)
{
	assert(n <= AUDIT_LINE_MAX - l->n); /* the fields' limits add up to less */
	memcpy(l->p + l->n, s, n);
	l->n += n;
}

static void put_number(struct line *l, const char *key, int64_t v)
{
	char s[48];
	int n = snprintf(s, sizeof s, "%s\"%s\":%lld", l->n == 1 ? "" : ",", key, (long long)v);
	put(l, s, (size_t)n);
}

/* Only what JSON asks for is escaped, and always the same way: one text, one line. */
static void put_escaped(struct line *l, unsigned char c)
{
	char s[8] = { (char)c };
	if (c == '"' || c == '\\')
		(void)snprintf(s, sizeof s, "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		(void)snprintf(s, sizeof s, "\\u%04x", c);
	put(l, s, strlen(s));
}

static void put_text(struct line *l, const char *key, const char *v)
{
	if (!v)
		return;
	put(l, ",\"", 2);
	put(l, key, strlen(key));
	put(l, "\":\"", 3);
	for (; *v; v++)
		put_escaped(l, (unsigned char)*v);
	put(l, "\"", 1);
}

static bool is_action(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	return n && n <= AUDIT_ACTION_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

int audit_line(int64_t seq, int64_t at, const struct audit_entry *e, char ret[AUDIT_LINE_MAX], size_t *ret_n)
{
	struct line l = { ret, 0 };
	char report[2 * SEAL_ID + 1];
	if (!is_action(e->action))
		return ERR_MALFORMED;
	if ((e->object && strlen(e->object) > AUDIT_OBJECT_MAX) || (e->detail && strlen(e->detail) > AUDIT_DETAIL_MAX))
		return ERR_LIMIT;
	put(&l, "{", 1);
	put_number(&l, "seq", seq);
	put_number(&l, "at", at);
	put_number(&l, "member", e->member);
	put_number(&l, "role", e->role);
	put_text(&l, "action", e->action);
	if (e->report)
		put_text(&l, "report", sodium_bin2hex(report, sizeof report, e->report, SEAL_ID));
	put_text(&l, "object", e->object);
	put_text(&l, "detail", e->detail);
	put(&l, "}", 1);
	*ret_n = l.n;
	return 0;
}

void audit_chain(const uint8_t before[MERKLE_HASH], const uint8_t leaf[MERKLE_HASH], uint8_t ret[MERKLE_HASH])
{
	uint8_t all[1 + 2 * MERKLE_HASH] = { 0x02 };
	memcpy(all + 1, before, MERKLE_HASH);
	memcpy(all + 1 + MERKLE_HASH, leaf, MERKLE_HASH);
	crypto_hash_sha256(ret, all, sizeof all);
}
