/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/rname.h"

#include <idn2.h>
#include <arpa/inet.h>

/* Lower-case form of each byte a host list may hold; 0: none. */
static const uint8_t lower[256] = {
	['-'] = '-',
	['.'] = '.',
	['_'] = '_',
	['0'] = '0',
	['1'] = '1',
	['2'] = '2',
	['3'] = '3',
	['4'] = '4',
	['5'] = '5',
	['6'] = '6',
	['7'] = '7',
	['8'] = '8',
	['9'] = '9',
	['a'] = 'a',
	['b'] = 'b',
	['c'] = 'c',
	['d'] = 'd',
	['e'] = 'e',
	['f'] = 'f',
	['g'] = 'g',
	['h'] = 'h',
	['i'] = 'i',
	['j'] = 'j',
	['k'] = 'k',
	['l'] = 'l',
	['m'] = 'm',
	['n'] = 'n',
	['o'] = 'o',
	['p'] = 'p',
	['q'] = 'q',
	['r'] = 'r',
	['s'] = 's',
	['t'] = 't',
	['u'] = 'u',
	['v'] = 'v',
	['w'] = 'w',
	['x'] = 'x',
	['y'] = 'y',
	['z'] = 'z',
	['A'] = 'a',
	['B'] = 'b',
	['C'] = 'c',
	['D'] = 'd',
	['E'] = 'e',
	['F'] = 'f',
	['G'] = 'g',
	['H'] = 'h',
	['I'] = 'i',
	['J'] = 'j',
	['K'] = 'k',
	['L'] = 'l',
	['M'] = 'm',
	['N'] = 'n',
	['O'] = 'o',
	['P'] = 'p',
	['Q'] = 'q',
	['R'] = 'r',
	['S'] = 's',
	['T'] = 't',
	['U'] = 'u',
	['V'] = 'v',
	['W'] = 'w',
	['X'] = 'x',
	['Y'] = 'y',
	['Z'] = 'z',
};

/* Copies labels from the right, checking each. s: lower case, only bytes of `lower`. */
static enum reason turn(const char *s, size_t n, struct rname *ret)
{
	size_t end = n, at = 0;
	unsigned labels = 0;
	for (;;) {
		size_t start = end;
		while (start > 0 && s[start - 1] != '.')
			start--;
		size_t len = end - start;
		if (len == 0 || len > DNS_LABEL_MAX)
			return BAD_LABEL;
		if (s[end - 1] == '-')
			return BAD_HYPHEN;
		if (at)
			ret->b[at++] = RNAME_SEP;
		memcpy(ret->b + at, s + start, len);
		at += len;
		labels++;
		if (start == 0)
			break;
		end = start - 1;
	}
	memset(ret->b + at, 0, 8);
	ret->len = (uint8_t)at;
	ret->labels = (uint8_t)MIN(labels, 255u);
	return TAKEN;
}

/* A top-level domain has letters and at least two bytes; "1.2.3.4" is an address. */
static enum reason check_top(const struct rname *r, const char *text)
{
	size_t n = 0, digits = 0;
	while (n < r->len && r->b[n] != RNAME_SEP) {
		digits += r->b[n] >= '0' && r->b[n] <= '9';
		n++;
	}
	if (digits == n) {
		struct in_addr a;
		return inet_pton(AF_INET, text, &a) == 1 ? NOT_A_NAME_ADDRESS : BAD_TLD;
	}
	return n < 2 && r->labels > 1 ? BAD_TLD : TAKEN;
}

static enum reason parse_ascii(const char *s, size_t n, struct rname *ret)
{
	char text[RNAME_MAX + 2];
	if (n && s[n - 1] == '.')
		n--;
	if (n == 0)
		return BAD_LABEL;
	if (n > RNAME_MAX)
		return BAD_LENGTH;
	uint8_t bad = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = lower[(uint8_t)s[i]];
		bad |= c == 0;
		text[i] = (char)c;
	}
	if (bad)
		return BAD_CHARACTER;
	text[n] = 0;
	enum reason r = turn(text, n, ret);
	if (r == TAKEN)
		r = check_top(ret, text);
	if (r != TAKEN)
		return r;
	if (ret->labels > RNAME_LABELS_MAX)
		return TOO_DEEP;
	return ret->labels == 1 ? SINGLE_LABEL : TAKEN;
}

static enum reason parse_idn(const char *s, size_t n, struct rname *ret)
{
	char in[4 * RNAME_MAX + 1];
	char *out = NULL;
	if (n >= sizeof in)
		return BAD_LENGTH;
	memcpy(in, s, n);
	in[n] = 0;
	if (strlen(in) != n ||
		idn2_to_ascii_8z(in, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return BAD_IDN;
	enum reason r = parse_ascii(out, strlen(out), ret);
	idn2_free(out);
	return r;
}

enum reason rname_parse(const char *s, size_t n, struct rname *ret)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)s[i] >= 0x80)
			return parse_idn(s, n, ret);
	return parse_ascii(s, n, ret);
}

size_t rname_text(const uint8_t *b, size_t n, char *buf)
{
	size_t end = n, at = 0;
	while (end > 0) {
		size_t start = end;
		while (start > 0 && b[start - 1] != RNAME_SEP)
			start--;
		memcpy(buf + at, b + start, end - start);
		at += end - start;
		if (start == 0)
			break;
		buf[at++] = '.';
		end = start - 1;
	}
	buf[at] = 0;
	return at;
}

void rname_wire(const uint8_t *b, size_t n, struct dns_name *ret)
{
	size_t end = n, at = 0;
	unsigned labels = 0;
	while (end > 0) {
		size_t start = end;
		while (start > 0 && b[start - 1] != RNAME_SEP)
			start--;
		ret->at[labels++] = (uint8_t)at;
		ret->wire[at++] = (uint8_t)(end - start);
		memcpy(ret->wire + at, b + start, end - start);
		at += end - start;
		if (start == 0)
			break;
		end = start - 1;
	}
	ret->at[labels] = (uint8_t)at;
	ret->wire[at] = 0;
	memset(ret->wire + at + 1, 0, 8);
	ret->len = (uint8_t)(at + 1);
	ret->labels = (uint8_t)labels;
}
