/* SPDX-License-Identifier: Apache-2.0 */
/* A name is written as it is heard: "Benkirane", "Ben Kirane", "بنكيران". Words are compared in their normal
 * form, without what may be glued to them, and between scripts by their consonants. */
#include "desk/named.h"

#include "base/utf8.h"
#include "desk/data_inside.h"

enum { LETTERS_MIN = 3, SOUNDS_MIN = 3, SOUNDS_SHORT = 2, LETTERS_SHORT = 4 };

/* The next word of *at, in its normal form; false: there is none. */
static bool next_word(struct bytes *at, struct normal *ret)
{
	*ret = (struct normal){ .n = 0 };
	while (at->n) {
		uint32_t letter[2];
		unsigned n = 0;
		uint32_t c = utf8_next(at);
		enum letter_kind kind = c == UTF8_BAD ? LETTER_BREAK : normal_letter(c, letter, &n);
		if (kind == LETTER_WORD)
			for (unsigned i = 0; i < n; i++)
				normal_add(ret, letter[i]);
		else if (kind != LETTER_SILENT && ret->n)
			return true;
	}
	return ret->n > 0;
}

static struct normal normal_of(const char *s)
{
	struct normal w;
	struct bytes at = bytes_str(s);
	(void)next_word(&at, &w);
	return w;
}

static bool is(const struct normal *w, const char *s)
{
	const struct normal other = normal_of(s);
	return normal_compare(w, &other) == 0;
}

/* Parts of many names, which tell nobody apart. */
static bool is_common(const struct normal *w)
{
	static const char *const common[] = { "ben", "bin", "ibn", "bint", "bent", "abd", "abdel", "abou", "abu", "bou", "ait",
		"ould", "moulay", "sidi", "lalla", "mme", "mrs", "the", "les", "des", "del", "von", "van", "der", "ابن", "بنت",
		"عبد", "ابو", "ايت", "ولد", "مولاي", "سيدي", "السيد", "السيدة" };
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (is(w, common[i]))
			return true;
	return false;
}

/* Without an article or the like before it, if enough is left. */
static struct normal bare(const struct normal *w)
{
	static const char *const before[] = { "abdel", "abdul", "abd", "ben", "bou", "el", "al", "عبدال", "عبد", "بن", "بو", "ال" };
	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		struct normal p = normal_of(before[i]), rest = { .too_long = w->too_long };
		if (w->n < p.n + LETTERS_MIN || memcmp(w->letter, p.letter, p.n * sizeof *p.letter) != 0)
			continue;
		rest.n = (uint8_t)(w->n - p.n);
		memcpy(rest.letter, w->letter + p.n, rest.n * sizeof *rest.letter);
		return rest;
	}
	return *w;
}

/* --- by ear --- */

static bool is_arabic(const struct normal *w)
{
	return w->n && w->letter[0] >= 0x600 && w->letter[0] < 0x780;
}

/* Consonants that both scripts write; 0: not heard, or not written in one of them. */
static char sound_arabic(uint32_t c)
{
	static const struct { uint16_t letter; char sound; } of[] = { { 0x628, 'b' }, { 0x62a, 't' }, { 0x62b, 't' },
		{ 0x62c, 'j' }, { 0x62e, 'k' }, { 0x62f, 'd' }, { 0x630, 'd' }, { 0x631, 'r' }, { 0x632, 'z' }, { 0x633, 's' },
		{ 0x634, 's' }, { 0x635, 's' }, { 0x636, 'd' }, { 0x637, 't' }, { 0x638, 'd' }, { 0x63a, 'g' }, { 0x641, 'f' },
		{ 0x642, 'k' }, { 0x643, 'k' }, { 0x644, 'l' }, { 0x645, 'm' }, { 0x646, 'n' } };
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (of[i].letter == c)
			return of[i].sound;
	return 0;
}

static char sound_latin(uint32_t c, uint32_t next)
{
	if (c < 'a' || c > 'z' || strchr("aeiouyhw", (int)c))
		return 0;
	if (c == 'c')
		return next == 'h' ? 's' : 'k';
	if (c == 'p')
		return next == 'h' ? 'f' : 'b';
	return c == 'q' ? 'k' : c == 'v' ? 'f' : (char)c;
}

static size_t sounds(const struct normal *w, char ret[NORMAL_MAX])
{
	size_t n = 0;
	const bool arabic = is_arabic(w);
	for (unsigned i = 0; i < w->n; i++) {
		uint32_t c = w->letter[i], next = i + 1u < w->n ? w->letter[i + 1] : 0;
		char s = arabic ? sound_arabic(c) : c == next ? 0 : sound_latin(c, next);
		if (s)
			ret[n++] = s;
	}
	return n;
}

static bool sounds_alike(const struct normal *a, const struct normal *b)
{
	char x[NORMAL_MAX], y[NORMAL_MAX];
	if (is_arabic(a) == is_arabic(b))
		return false;
	size_t n = sounds(a, x), m = sounds(b, y);
	bool enough = n >= SOUNDS_MIN || (n >= SOUNDS_SHORT && a->n >= LETTERS_SHORT && b->n >= LETTERS_SHORT);
	return enough && n == m && memcmp(x, y, n) == 0;
}

/* --- one name --- */

static bool same(const struct normal *a, const struct normal *b)
{
	const struct normal x = bare(a), y = bare(b);
	return normal_compare(a, b) == 0 || normal_compare(&x, &y) == 0 || normal_compare(&x, b) == 0 ||
		normal_compare(a, &y) == 0 || sounds_alike(a, b) || sounds_alike(&x, &y);
}

static bool stands_in(const struct normal *part, const char *words)
{
	struct normal w;
	struct bytes at = bytes_str(words);
	while (next_word(&at, &w))
		if (same(part, &w))
			return true;
	return false;
}

/* all: of a name that has only short or common parts, each counts. */
static bool any_part(const char *words, const char *name, bool all, bool *ret_telling)
{
	struct normal part;
	struct bytes at = bytes_str(name);
	while (next_word(&at, &part)) {
		bool telling = part.n >= LETTERS_MIN && !is_common(&part);
		*ret_telling |= telling;
		if ((telling || all) && stands_in(&part, words))
			return true;
	}
	return false;
}

bool named_in(const char *words, const char *name)
{
	bool telling = false;
	if (!words || !name)
		return false;
	return any_part(words, name, false, &telling) || (!telling && any_part(words, name, true, &telling));
}
