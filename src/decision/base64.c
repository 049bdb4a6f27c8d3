/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/base64.h"

#include <sodium.h>

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

bool base64_read(struct bytes text, uint8_t *ret, size_t cap, size_t *ret_n)
{
	const char *end = NULL, *p = (const char *)text.p;
	if (!text.n)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_letter(text.p[i]))
			return false;
	return sodium_base642bin(ret, cap, p, text.n, NULL, ret_n, &end, sodium_base64_VARIANT_ORIGINAL) == 0 && end == p + text.n;
}
