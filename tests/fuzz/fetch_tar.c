/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a tar archive, in pieces of any size (the first byte): each file offered gets exactly
 * the bytes it announced or an error, names stay within bounds, and none leads out of its folder. */
#include "fetch/tar.h"
#include "fetch/unpack.h"

#include <assert.h>

struct state {
	uint64_t size, got, total;
	bool open;
};

static int on_file(void *ctx, const char *name, uint64_t size)
{
	struct state *s = ctx;
	char category[64], file[16];
	assert(!s->open && strlen(name) < TAR_NAME_MAX);
	if (unpack_ut1_member(name, category, file)) {
		assert(category[0] && strlen(category) < 64 && !strpbrk(category, "/.\\"));
		assert(!strcmp(file, "domains") || !strcmp(file, "urls") || !strcmp(file, "usage"));
	}
	*s = (struct state){ .size = size, .open = true, .total = s->total };
	return name[0] == 'n' ? (s->open = false) : 1;
}

static int on_data(void *ctx, const uint8_t *p, size_t n)
{
	struct state *s = ctx;
	uint8_t last[16];
	memcpy(last, p + n - MIN(n, sizeof last), MIN(n, sizeof last)); /* the bytes are there */
	s->got += n;
	s->total += n;
	assert(s->open && n > 0 && s->got <= s->size);
	return last[0] == 0xff && s->size == 77 ? ERR_REFUSED : 0;
}

static int on_end(void *ctx)
{
	struct state *s = ctx;
	assert(s->open && s->got == s->size);
	s->open = false;
	return 0;
}

/* Rights the checksums of the headers, which chance never would. */
static void seal(uint8_t *p, size_t n)
{
	for (size_t at = 0; at + 512 <= n;) {
		uint8_t *h = p + at;
		unsigned sum = 0;
		memset(h + 148, ' ', 8);
		for (int i = 0; i < 512; i++)
			sum += h[i];
		if (sum == 8 * ' ') { /* a zero block stays one */
			memset(h + 148, 0, 8);
			at += 512;
			continue;
		}
		(void)snprintf((char *)h + 148, 8, "%06o", sum);
		size_t size = 0;
		for (int i = 124; i < 136 && h[i] >= '0' && h[i] <= '7' && size < n; i++)
			size = size << 3 | (size_t)(h[i] - '0');
		bool data = h[156] < '1' || h[156] > '6';
		at += 512 + (data ? (size + 511) / 512 * 512 : 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t sealed[16384];
	static const struct tar_sink sink = { on_file, on_data, on_end };
	struct state s = { 0 };
	struct tar t;
	int err = 0;
	if (n < 1)
		return 0;
	size_t step = (size_t)p[0] + 1;
	if (p[0] & 1 && n <= sizeof sealed) {
		memcpy(sealed, p, n);
		seal(sealed + 1, n - 1);
		p = sealed;
	}
	tar_init(&t, &sink, &s, 65536);
	for (size_t i = 1; i < n && !err; i += step)
		err = tar_feed(&t, p + i, MIN(step, n - i));
	assert(s.total <= 65536);
	if (!err && tar_finish(&t) == 0)
		assert(!s.open);
	return 0;
}
