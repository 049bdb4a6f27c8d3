/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/pad.h"
#include "seal/seal.h"

#include <sodium.h>

static const size_t buckets[] = { 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072,
	SEAL_PLAIN_MAX + 1 };

size_t pad_bucket(size_t n)
{
	if (n > SEAL_PLAIN_MAX)
		return 0;
	size_t i = 0;
	while (buckets[i] < n + 1)
		i++;
	return buckets[i];
}

void pad_put(struct bytes plain, uint8_t *ret)
{
	size_t all = pad_bucket(plain.n);
	if (plain.n)
		memmove(ret, plain.p, plain.n);
	ret[plain.n] = 0x80;
	memset(ret + plain.n + 1, 0, all - plain.n - 1);
}

/* Only after an AEAD has passed, so time tells nobody anything. */
int pad_strip(struct bytes padded, size_t *ret_n)
{
	size_t n = padded.n;
	while (n && padded.p[n - 1] == 0)
		n--;
	if (!n || padded.p[n - 1] != 0x80 || pad_bucket(n - 1) != padded.n)
		return ERR_MALFORMED;
	*ret_n = n - 1;
	return 0;
}
