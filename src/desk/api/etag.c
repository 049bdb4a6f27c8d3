/* SPDX-License-Identifier: Apache-2.0 */
/* What a partner's GET brings in headers, and the ETag it gets. Pure. */
#include "desk/api/api.h"

#include <errno.h>
#include <sodium.h>

static int nibble(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
	return at ? (int)(at - digits) : -1;
}

int api_receipt_header(struct arena *a, const char *header, const char **ret)
{
	size_t n = header ? strlen(header) : 0, out = 0;
	char *text = arena_alloc(a, n + 1);
	if (!n || n > API_RECEIPT_MAX)
		return ERR_MALFORMED;
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int high = header[i] == '%' ? nibble(header[i + 1]) : -1, low = high < 0 ? -1 : nibble(header[i + 2]);
		if (header[i] != '%') {
			text[out++] = header[i];
			continue;
		}
		if (low < 0 || !(high | low))
			return ERR_MALFORMED;
		text[out++] = (char)(high << 4 | low);
		i += 2;
	}
	*ret = text;
	return 0;
}

void api_etag(const char *token, const uint16_t words[SEAL_WORDS], struct bytes body, char ret[API_ETAG])
{
	crypto_generichash_state s;
	uint8_t key[32], tag[16], number[2];
	static const uint8_t what[] = "etag";
	api_key_hash(token, key);
	(void)crypto_generichash(key, sizeof key, (const uint8_t *)token, MIN(strlen(token), (size_t)64), key, sizeof key);
	(void)crypto_generichash_init(&s, key, sizeof key, sizeof tag);
	(void)crypto_generichash_update(&s, what, sizeof what);
	for (int i = 0; i < SEAL_WORDS; i++) {
		be16_put(number, words[i]);
		(void)crypto_generichash_update(&s, number, sizeof number);
	}
	(void)crypto_generichash_update(&s, body.p, body.n);
	(void)crypto_generichash_final(&s, tag, sizeof tag);
	ret[0] = '"';
	sodium_bin2hex(ret + 1, 2 * sizeof tag + 1, tag, sizeof tag);
	ret[API_ETAG - 2] = '"';
	ret[API_ETAG - 1] = 0;
	sodium_memzero(key, sizeof key);
	sodium_memzero(number, sizeof number);
}

/* RFC 9110 section 13.1.2: "*", or a list of entity tags; compared weakly (section 8.8.3.2). */
bool api_etag_given(const char *header, const char *etag)
{
	const char *p = header ? header : "";
	while (*p == ' ' || *p == '\t')
		p++;
	if (!strcmp(p, "*"))
		return true;
	while (*p) {
		p += strspn(p, ", \t");
		if (p[0] == 'W' && p[1] == '/')
			p += 2;
		const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
		if (!end)
			return false;
		size_t n = (size_t)(end + 1 - p);
		if (n == strlen(etag) && !memcmp(p, etag, n))
			return true;
		p = end + 1;
	}
	return false;
}
