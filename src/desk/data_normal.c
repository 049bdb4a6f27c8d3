/* SPDX-License-Identifier: Apache-2.0 */
/* Own tables, as the few letters a Latin or Arabic keyboard types are all that is needed: what else
 * is typed stays as it is and is then no word of ours. */
#include "desk/data_inside.h"

/* U+00C0 to U+017F without their accents; "": no letter. */
static const char latin[0x180 - 0xc0][3] = {
	"a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "ss",
	"a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "y",
	"a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d",
	"d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",
	"g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i",
	"i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l",
	"l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",
	"o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",
	"s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u",
	"u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",
};

/* U+FE80 to U+FEF4: the forms letters take within a word, as old keyboards and PDF files give them. */
static const uint16_t forms[0xfef5 - 0xfe80] = {
	0x621, 0x622, 0x622, 0x623, 0x623, 0x624, 0x624, 0x625, 0x625, 0x626, 0x626, 0x626, 0x626,
	0x627, 0x627, 0x628, 0x628, 0x628, 0x628, 0x629, 0x629, 0x62a, 0x62a, 0x62a, 0x62a, 0x62b,
	0x62b, 0x62b, 0x62b, 0x62c, 0x62c, 0x62c, 0x62c, 0x62d, 0x62d, 0x62d, 0x62d, 0x62e, 0x62e,
	0x62e, 0x62e, 0x62f, 0x62f, 0x630, 0x630, 0x631, 0x631, 0x632, 0x632, 0x633, 0x633, 0x633,
	0x633, 0x634, 0x634, 0x634, 0x634, 0x635, 0x635, 0x635, 0x635, 0x636, 0x636, 0x636, 0x636,
	0x637, 0x637, 0x637, 0x637, 0x638, 0x638, 0x638, 0x638, 0x639, 0x639, 0x639, 0x639, 0x63a,
	0x63a, 0x63a, 0x63a, 0x641, 0x641, 0x641, 0x641, 0x642, 0x642, 0x642, 0x642, 0x643, 0x643,
	0x643, 0x643, 0x644, 0x644, 0x644, 0x644, 0x645, 0x645, 0x645, 0x645, 0x646, 0x646, 0x646,
	0x646, 0x647, 0x647, 0x647, 0x647, 0x648, 0x648, 0x649, 0x649, 0x64a, 0x64a, 0x64a, 0x64a,
};

/* Letters that one ear or one keyboard does not tell apart. Arabic only; 0: a hamza on its own. */
static const uint16_t same[][2] = {
	{ 0x621, 0 },                                                     /* hamza */
	{ 0x622, 0x627 }, { 0x623, 0x627 }, { 0x625, 0x627 }, { 0x671, 0x627 }, /* alifs */
	{ 0x672, 0x627 }, { 0x673, 0x627 },
	{ 0x624, 0x648 }, { 0x626, 0x64a }, { 0x649, 0x64a },             /* seats; alif maqsura */
	{ 0x629, 0x647 },                                                 /* taa marbuta */
	{ 0x6cc, 0x64a }, { 0x6d2, 0x64a }, { 0x6a9, 0x643 }, { 0x6ad, 0x643 }, { 0x6af, 0x643 }, /* other keyboards */
	{ 0x763, 0x643 }, { 0x6be, 0x647 }, { 0x6c0, 0x647 }, { 0x6c1, 0x647 }, { 0x6d5, 0x647 },
	{ 0x67e, 0x628 }, { 0x686, 0x62c }, { 0x6a4, 0x641 }, { 0x6a5, 0x641 }, { 0x6a8, 0x642 },
};

static bool within(uint32_t c, const uint32_t (*range)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= range[i][0] && c <= range[i][1])
			return true;
	return false;
}

/* Combining marks, harakat, tatweel, and what steers direction and joining. */
static bool silent(uint32_t c)
{
	static const uint32_t range[][2] = { { 0xad, 0xad }, { 0x300, 0x36f }, { 0x610, 0x61a }, { 0x61c, 0x61c },
		{ 0x640, 0x640 }, { 0x64b, 0x65f }, { 0x670, 0x670 }, { 0x6d6, 0x6ed }, { 0x200c, 0x200f },
		{ 0x202a, 0x202e }, { 0x2060, 0x2069 }, { 0xfe00, 0xfe0f }, { 0xfe70, 0xfe7f }, { 0xfeff, 0xfeff } };
	return within(c, range, ARRAY_LEN(range));
}

/* Blanks, digits of both scripts, punctuation, symbols. */
static bool separates(uint32_t c)
{
	static const uint32_t range[][2] = { { 0, 0x40 }, { 0x5b, 0x60 }, { 0x7b, 0xbf }, { 0xd7, 0xd7 }, { 0xf7, 0xf7 },
		{ 0x600, 0x60f }, { 0x61b, 0x61f }, { 0x660, 0x66d }, { 0x6d4, 0x6d4 }, { 0x6f0, 0x6f9 },
		{ 0x2000, 0x2bff }, { 0x3000, 0x303f }, { 0xfd3e, 0xfd3f }, { 0xff00, 0xff20 }, { 0xff3b, 0xff40 },
		{ 0xff5b, 0xff65 }, { 0x1f000, 0x1faff } };
	return within(c, range, ARRAY_LEN(range));
}

static bool apostrophe(uint32_t c)
{
	return c == '\'' || c == '`' || c == 0xb4 || c == 0x2bc || c == 0x2018 || c == 0x2019 || c == 0x2032 || c == 0xff07;
}

static uint32_t lower_ascii(uint32_t c)
{
	if (c >= 0xff21 && c <= 0xff5a)
		c -= 0xff21 - 'A';
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static uint32_t plain_arabic(uint32_t c)
{
	if (c >= 0xfe80 && c <= 0xfef4)
		c = forms[c - 0xfe80];
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		if (same[i][0] == c)
			return same[i][1];
	return c;
}

enum letter_kind normal_letter(uint32_t c, uint32_t ret[2], unsigned *ret_n)
{
	if (apostrophe(c))
		return LETTER_APOSTROPHE;
	if (silent(c))
		return LETTER_SILENT;
	if (separates(c))
		return LETTER_BREAK;
	*ret_n = 1;
	if (c >= 0xc0 && c < 0x180) {
		const char *s = latin[c - 0xc0];
		*ret_n = (unsigned)strlen(s);
		for (unsigned i = 0; i < *ret_n; i++)
			ret[i] = (uint8_t)s[i];
	} else if (c >= 0xfef5 && c <= 0xfefc) { /* lam and alif in one */
		ret[0] = 0x644;
		ret[1] = 0x627;
		*ret_n = 2;
	} else if (c == 0x218 || c == 0x219) {
		ret[0] = 's';
	} else if (c == 0x21a || c == 0x21b) {
		ret[0] = 't';
	} else {
		ret[0] = c < 0x600 || c >= 0xff00 ? lower_ascii(c) : plain_arabic(c);
		*ret_n = ret[0] != 0;
	}
	return LETTER_WORD;
}

void normal_add(struct normal *w, uint32_t letter)
{
	if (w->n == NORMAL_MAX)
		w->too_long = true;
	else
		w->letter[w->n++] = letter;
}

int normal_compare(const struct normal *a, const struct normal *b)
{
	for (unsigned i = 0; i < a->n && i < b->n; i++)
		if (a->letter[i] != b->letter[i])
			return a->letter[i] < b->letter[i] ? -1 : 1;
	return (int)a->n - b->n;
}
