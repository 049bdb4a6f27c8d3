/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/checkpoint.h"

#include "decision/base64.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

enum { ROOT_TEXT = 44 };

void checkpoint_write(const struct checkpoint *c, char ret[CHECKPOINT_MAX], size_t *ret_n)
{
	char root[ROOT_TEXT + 1];
	sodium_bin2base64(root, sizeof root, c->root, MERKLE_HASH, sodium_base64_VARIANT_ORIGINAL);
	*ret_n = (size_t)snprintf(ret, CHECKPOINT_MAX, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size, root);
}

/* The next line, which is not empty, without its newline. */
static bool line(struct bytes *text, struct bytes *ret)
{
	const uint8_t *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
	if (!end || end == text->p)
		return false;
	*ret = bytes_of(text->p, (size_t)(end - text->p));
	*text = bytes_of(end + 1, text->n - ret->n - 1);
	return true;
}

/* Decimal, as nobody would write it in two ways. */
static bool number(struct bytes s, uint64_t *ret)
{
	uint64_t v = 0;
	if (!s.n || s.n > 19 || (s.p[0] == '0' && s.n > 1))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*ret = v;
	return v <= MERKLE_SIZE_MAX;
}

static bool hash(struct bytes s, uint8_t ret[MERKLE_HASH])
{
	size_t n = 0;
	return s.n == ROOT_TEXT && base64_read(s, ret, MERKLE_HASH, &n) && n == MERKLE_HASH;
}

int checkpoint_read(struct bytes text, struct checkpoint *ret)
{
	struct bytes origin, size, root, more;
	struct checkpoint c;
	if (!line(&text, &origin) || origin.n >= sizeof c.origin || memchr(origin.p, 0, origin.n) || !line(&text, &size) ||
		!number(size, &c.size) || !line(&text, &root) || !hash(root, c.root))
		return ERR_MALFORMED;
	while (text.n)
		if (!line(&text, &more))
			return ERR_MALFORMED;
	memcpy(c.origin, origin.p, origin.n);
	c.origin[origin.n] = 0;
	*ret = c;
	return 0;
}

int checkpoint_sign(uint64_t size, const uint8_t root[MERKLE_HASH], const struct note_key *k,
	const uint8_t secret[NOTE_SECRET], char ret[CHECKPOINT_NOTE_MAX], size_t *ret_n)
{
	struct checkpoint c = { .size = size };
	char text[CHECKPOINT_MAX];
	size_t n;
	static_assert(sizeof c.origin == sizeof k->name, "one name");
	memcpy(c.origin, k->name, sizeof c.origin);
	memcpy(c.root, root, MERKLE_HASH);
	checkpoint_write(&c, text, &n);
	return note_sign(bytes_of(text, n), k, secret, ret, ret_n);
}

int checkpoint_open(struct bytes bytes, const struct note_key *k, struct checkpoint *ret)
{
	struct note n;
	struct checkpoint c;
	int err = note_read(bytes, &n);
	if (!err)
		err = note_verify(&n, k);
	if (!err)
		err = checkpoint_read(n.text, &c);
	if (!err && strcmp(c.origin, k->name) != 0)
		err = ERR_KEY;
	if (!err)
		*ret = c;
	return err;
}
