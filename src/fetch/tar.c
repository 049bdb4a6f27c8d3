/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/tar.h"

enum { BLOCK = 512, NAME = 0, SIZE = 124, CHECKSUM = 148, TYPE = 156, MAGIC = 257, PREFIX = 345 };

void tar_init(struct tar *t, const struct tar_sink *sink, void *ctx, uint64_t max_total)
{
	*t = (struct tar){ .sink = sink, .ctx = ctx, .max_total = max_total };
}

/* Octal digits, blanks before, a blank or NUL after. The base-256 form is for files past 8 GiB. */
static int number(const uint8_t *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0, digits = 0;
	if (p[0] & 0x80)
		return ERR_LIMIT;
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++, digits++)
		v = v << 3 | (uint64_t)(p[i] - '0'); /* at most 12 digits: 36 bits */
	if (!digits || (i < n && p[i] != ' ' && p[i] != 0))
		return ERR_FORMAT;
	*ret = v;
	return 0;
}

static int check(const uint8_t *b)
{
	uint64_t want, sum = 0;
	int err = number(b + CHECKSUM, 8, &want);
	if (err)
		return err;
	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : b[i];
	return sum == want ? 0 : ERR_CHECKSUM;
}

/* "prefix/name"; both fields are terminated only where shorter than their room. */
static void member_name(const uint8_t *b, char *ret)
{
	size_t n = 0;
	if (!memcmp(b + MAGIC, "ustar\0", 6)) /* GNU's "ustar  " has times where the prefix is */
		n = strnlen((const char *)b + PREFIX, 155);
	memcpy(ret, b + PREFIX, n);
	if (n)
		ret[n++] = '/';
	size_t m = strnlen((const char *)b + NAME, 100);
	memcpy(ret + n, b + NAME, m);
	ret[n + m] = 0;
}

static bool all_zero(const uint8_t *b)
{
	for (size_t i = 0; i < BLOCK; i++)
		if (b[i])
			return false;
	return true;
}

static int member(struct tar *t, const uint8_t *b, uint64_t size)
{
	uint8_t type = b[TYPE];
	bool regular = type == '0' || type == 0 || type == '7';
	bool extension = type == 'x' || type == 'L' || type == 'K' || type == 'g';
	bool named = !t->skip_next;
	/* Links, devices, folders and FIFOs have no data, whatever their size field says. */
	t->left = type >= '1' && type <= '6' ? 0 : size;
	t->pad = (unsigned)((BLOCK - t->left % BLOCK) % BLOCK);
	t->skip_next = extension && type != 'g';
	t->wanted = false;
	if (!regular || !named)
		return 0;
	char name[TAR_NAME_MAX];
	member_name(b, name);
	int got = t->sink->file(t->ctx, name, size);
	t->wanted = got > 0;
	if (got <= 0)
		return got;
	return t->left ? 0 : t->sink->end(t->ctx);
}

static int header(struct tar *t)
{
	const uint8_t *b = t->block;
	uint64_t size;
	t->nblock = 0;
	if (all_zero(b)) {
		t->done = ++t->zero_blocks == 2;
		return 0;
	}
	int err = t->zero_blocks ? ERR_FORMAT : check(b);
	if (!err)
		err = number(b + SIZE, 12, &size);
	if (err)
		return err;
	if (++t->members > TAR_MEMBERS_MAX || size > t->max_total - t->total)
		return ERR_LIMIT;
	t->total += size;
	return member(t, b, size);
}

static int body(struct tar *t, const uint8_t *p, size_t n)
{
	t->left -= n;
	if (!t->wanted)
		return 0;
	int err = t->sink->data(t->ctx, p, n);
	if (!err && !t->left)
		err = t->sink->end(t->ctx);
	return err;
}

int tar_feed(struct tar *t, const uint8_t *p, size_t n)
{
	int err = 0;
	while (n && !err && !t->done) {
		size_t take;
		if (t->left) {
			take = (size_t)MIN((uint64_t)n, t->left);
			err = body(t, p, take);
		} else if (t->pad) {
			take = MIN(n, t->pad);
			t->pad -= (unsigned)take;
		} else {
			take = MIN(n, BLOCK - t->nblock);
			memcpy(t->block + t->nblock, p, take);
			t->nblock += take;
			if (t->nblock == BLOCK)
				err = header(t);
		}
		p += take;
		n -= take;
	}
	return err;
}

int tar_finish(const struct tar *t)
{
	return t->done ? 0 : ERR_TRUNCATED;
}
