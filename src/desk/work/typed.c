/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/work/typed.h"

#include "base/hex.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MIN = 6 };

void typed_cursor_write(const struct typed_cursor *c, char ret[TYPED_CURSOR])
{
	int n = snprintf(ret, TYPED_CURSOR, "%lld.%lld.", (long long)c->priority, (long long)c->due);
	for (int i = 0; i < SEAL_ID; i++)
		n += snprintf(ret + n, (size_t)(TYPED_CURSOR - n), "%02x", c->id[i]);
}

/* Digits and the dot after them. */
static bool count(const char **s, int64_t *ret)
{
	char *end;
	errno = 0;
	if (!isdigit((unsigned char)**s))
		return false;
	*ret = strtoll(*s, &end, 10);
	if (errno || *end != '.')
		return false;
	*s = end + 1;
	return true;
}

int typed_cursor_read(const char *s, struct typed_cursor *ret)
{
	return count(&s, &ret->priority) && count(&s, &ret->due) && hex_read(bytes_str(s), ret->id, SEAL_ID) ? 0 : ERR_MALFORMED;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool typed_number(const char *s, uint8_t ret_first[SEAL_ID], uint8_t ret_last[SEAL_ID])
{
	size_t n = 0;
	memset(ret_first, 0, SEAL_ID);
	memset(ret_last, 0xff, SEAL_ID);
	for (; *s; s++) {
		int v = digit(*s);
		if (v < 0 && strchr(" -.#", *s))
			continue;
		if (v < 0 || n == 2 * SEAL_ID)
			return false;
		unsigned shift = n % 2 ? 0 : 4;
		ret_first[n / 2] = (uint8_t)(ret_first[n / 2] | v << shift);
		ret_last[n / 2] = (uint8_t)((ret_last[n / 2] & ~(0xfu << shift)) | (unsigned)v << shift);
		n++;
	}
	return n >= DIGITS_MIN;
}
