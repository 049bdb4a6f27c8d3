/* SPDX-License-Identifier: Apache-2.0 */
/* The receipt's words. Nothing here is constant-time: which words exist is public, and whether nine
 * of them are somebody's receipt is decided in the key process, by an HMAC over their numbers; the
 * time taken here tells an onlooker nothing that the length of the page would not. What was typed is
 * wiped from the stack all the same. */
#include "desk/data_inside.h"

#include "base/file.h"
#include "base/utf8.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>

enum { WORDS_FILE_MAX = 1 << 20, TYPED_LETTERS = 40 };

struct entry {
	struct normal word;
	uint16_t number;
};
struct desk_word_index {
	struct entry entry[LANG_COUNT][SEAL_WORD_COUNT]; /* each sorted by word */
};

/* --- the lists --- */

static int by_word(const void *a, const void *b)
{
	return normal_compare(&((const struct entry *)a)->word, &((const struct entry *)b)->word);
}

/* False: something that is no letter. */
static bool normal_of(struct bytes text, struct normal *ret)
{
	*ret = (struct normal){ .n = 0 };
	while (text.n) {
		uint32_t letter[2], c = utf8_next(&text);
		unsigned n;
		if (c == UTF8_BAD || normal_letter(c, letter, &n) != LETTER_WORD)
			return false;
		for (unsigned i = 0; i < n; i++)
			normal_add(ret, letter[i]);
	}
	return ret->n > 1 && !ret->too_long;
}

static int read_list(struct desk_data *d, unsigned l, const char *path, struct bytes text, struct err_note *note)
{
	struct entry *entry = d->index->entry[l];
	unsigned count = 0;
	while (text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		if (count == SEAL_WORD_COUNT)
			return err_set(note, ERR_CONFIG, "%s:%u: more than %d words", path, count + 1, SEAL_WORD_COUNT);
		if (!normal_of(bytes_of(text.p, n), &entry[count].word))
			return err_set(note, ERR_CONFIG, "%s:%u: not one word of 2 to %d letters", path, count + 1, NORMAL_MAX);
		entry[count].number = (uint16_t)count;
		d->word[l][count] = arena_text(&d->arena, (const char *)text.p, n);
		if (!d->word[l][count++])
			return -ENOMEM;
		text.p += n + (end != NULL);
		text.n -= n + (end != NULL);
	}
	if (count < SEAL_WORD_COUNT)
		return err_set(note, ERR_CONFIG, "%s:%u: only %u words, not %d", path, count, count, SEAL_WORD_COUNT);
	qsort(entry, count, sizeof *entry, by_word);
	for (unsigned i = 1; i < count; i++)
		if (!by_word(&entry[i - 1], &entry[i]))
			return err_set(note, ERR_CONFIG, "%s:%u: the same as the word in line %u, once accents and hamzas are off",
				path, MAX(entry[i].number, entry[i - 1].number) + 1,
				MIN(entry[i].number, entry[i - 1].number) + 1);
	return 0;
}

int data_read_words(struct desk_data *d, const char *folder, struct err_note *note)
{
	d->index = arena_alloc(&d->arena, sizeof *d->index);
	if (!d->index)
		return -ENOMEM;
	for (unsigned l = 0; l < LANG_COUNT; l++) {
		char path[PATH_MAX];
		struct bytes file;
		if (snprintf(path, sizeof path, "%s/words-%s.txt", folder, data_lang[l]) >= (int)sizeof path)
			return -ENAMETOOLONG;
		int err = file_read(path, WORDS_FILE_MAX, &file);
		if (err)
			return err_set(note, err, "%s: %s", path, err_text(err));
		err = read_list(d, l, path, file, note);
		free((void *)file.p);
		if (err)
			return err;
	}
	return 0;
}

static const struct entry *look_up(const struct desk_data *d, unsigned l, const struct normal *w)
{
	unsigned from = 0, to = SEAL_WORD_COUNT;
	while (from < to) {
		unsigned mid = (from + to) / 2;
		int c = normal_compare(w, &d->index->entry[l][mid].word);
		if (!c)
			return &d->index->entry[l][mid];
		if (c < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

/* --- what was typed --- */

struct typed {
	struct normal word;
	uint32_t raw[TYPED_LETTERS];
	uint8_t raw_n;
};
struct words {
	struct typed word[SEAL_WORDS];
	unsigned count;  /* may pass SEAL_WORDS; those are not kept */
	struct typed now;
};

static void end_word(struct words *w)
{
	if (w->now.word.n || w->now.word.too_long) {
		if (w->count < SEAL_WORDS)
			w->word[w->count] = w->now;
		w->count++;
	}
	w->now = (struct typed){ .raw_n = 0 };
}

/* L'arbre, d'eau, qu'un: the article before an apostrophe is no word of its own. */
static void drop_article(struct words *w)
{
	const struct normal *n = &w->now.word;
	if (n->n == 1 || (n->n == 2 && n->letter[0] == 'q' && n->letter[1] == 'u'))
		w->now = (struct typed){ .raw_n = 0 };
}

static void cut_words(struct bytes text, struct words *w)
{
	while (text.n) {
		uint32_t letter[2], c = utf8_next(&text);
		unsigned n = 0;
		if (c == UTF8_BAD)
			c = 0xfffd;
		switch (normal_letter(c, letter, &n)) {
		case LETTER_BREAK:
			end_word(w);
			continue;
		case LETTER_APOSTROPHE:
			drop_article(w);
			continue;
		case LETTER_SILENT:
			continue;
		case LETTER_WORD:
			break;
		}
		for (unsigned i = 0; i < n; i++)
			normal_add(&w->now.word, letter[i]);
		if (w->now.raw_n < TYPED_LETTERS)
			w->now.raw[w->now.raw_n++] = c;
	}
	end_word(w);
}

/* As it stands in the list, or with the Arabic article before it. */
static const struct entry *find(const struct desk_data *d, unsigned l, const struct typed *t)
{
	if (t->word.too_long)
		return NULL;
	const struct entry *e = look_up(d, l, &t->word);
	if (e || t->word.n < 4 || t->word.letter[0] != 0x627 || t->word.letter[1] != 0x644)
		return e;
	struct normal bare = { .n = (uint8_t)(t->word.n - 2) };
	memcpy(bare.letter, t->word.letter + 2, bare.n * sizeof *bare.letter);
	e = look_up(d, l, &bare);
	sodium_memzero(&bare, sizeof bare);
	return e;
}

/* --- close words --- */

/* Letters to add, drop, change or swap with their neighbour to get from a to b. */
static unsigned distance(const struct normal *a, const struct normal *b)
{
	uint8_t row[NORMAL_MAX + 1][NORMAL_MAX + 1];
	for (unsigned i = 0; i <= a->n; i++)
		row[i][0] = (uint8_t)i;
	for (unsigned j = 0; j <= b->n; j++)
		row[0][j] = (uint8_t)j;
	for (unsigned i = 1; i <= a->n; i++)
		for (unsigned j = 1; j <= b->n; j++) {
			unsigned best = row[i - 1][j - 1] + (a->letter[i - 1] != b->letter[j - 1]);
			best = MIN(best, MIN(row[i - 1][j], row[i][j - 1]) + 1u);
			if (i > 1 && j > 1 && a->letter[i - 1] == b->letter[j - 2] && a->letter[i - 2] == b->letter[j - 1])
				best = MIN(best, row[i - 2][j - 2] + 1u);
			row[i][j] = (uint8_t)best;
		}
	return row[a->n][b->n];
}

/* Distance 1 and 2 only; among equals the same first letter first. */
static void find_close(const struct desk_data *d, unsigned l, const struct normal *w, const char *ret[3])
{
	unsigned rank[3] = { UINT_MAX, UINT_MAX, UINT_MAX };
	for (unsigned i = 0; i < SEAL_WORD_COUNT && w->n; i++) {
		const struct entry *e = &d->index->entry[l][i];
		unsigned far = (unsigned)abs((int)e->word.n - w->n) > 2 ? 3 : distance(w, &e->word);
		if (far > 2 || far >= w->n)
			continue;
		unsigned r = 2 * far + (e->word.letter[0] != w->letter[0]), at = 3;
		while (at > 0 && r < rank[at - 1])
			at--;
		for (unsigned k = 2; k > at; k--) {
			rank[k] = rank[k - 1];
			ret[k] = ret[k - 1];
		}
		if (at < 3) {
			rank[at] = r;
			ret[at] = d->word[l][e->number];
		}
	}
}

static int as_typed(struct arena *a, const struct typed *t, const char **ret)
{
	uint8_t text[4 * TYPED_LETTERS];
	size_t n = 0;
	for (unsigned i = 0; i < t->raw_n; i++)
		n += utf8_put(text + n, t->raw[i]);
	*ret = arena_text(a, (const char *)text, n);
	sodium_memzero(text, sizeof text);
	return *ret ? 0 : -ENOMEM;
}

/* --- all nine --- */

static unsigned known(const struct desk_data *d, unsigned l, const struct words *w, uint16_t ret[SEAL_WORDS])
{
	unsigned n = 0;
	for (unsigned i = 0; i < SEAL_WORDS; i++) {
		const struct entry *e = find(d, l, &w->word[i]);
		ret[i] = e ? e->number : UINT16_MAX;
		n += e != NULL;
	}
	return n;
}

static int read_words(const struct desk_data *d, struct arena *a, const struct words *w, enum lang prefer,
	uint16_t ret[SEAL_WORDS], struct words_problem *bad)
{
	uint16_t number[SEAL_WORDS], best[SEAL_WORDS];
	unsigned best_n = known(d, prefer, w, best), best_l = prefer;
	for (unsigned l = 0; l < LANG_COUNT; l++) {
		unsigned n = known(d, l, w, number);
		if (n > best_n) {
			best_n = n;
			best_l = l;
			memcpy(best, number, sizeof best);
		}
	}
	int err = 0;
	if (best_n == SEAL_WORDS) {
		memcpy(ret, best, sizeof best);
	} else {
		while (best[bad->place] != UINT16_MAX)
			bad->place++;
		find_close(d, best_l, &w->word[bad->place].word, bad->close);
		err = as_typed(a, &w->word[bad->place], &bad->typed);
	}
	sodium_memzero(number, sizeof number);
	sodium_memzero(best, sizeof best);
	return err ? err : best_n == SEAL_WORDS ? 0 : ERR_MALFORMED;
}

int desk_words_read(const struct desk_data *d, struct arena *a, const char *typed, enum lang prefer,
	uint16_t ret[SEAL_WORDS], struct words_problem *ret_bad)
{
	struct words_problem bad = { .place = 0 };
	struct words w = { .count = 0 };
	size_t n = strnlen(typed, DESK_WORDS_MAX + 1);
	if (n > DESK_WORDS_MAX) {
		*ret_bad = bad;
		return ERR_LIMIT;
	}
	cut_words(bytes_of(typed, n), &w);
	bad.count = w.count;
	int err = w.count < SEAL_WORDS ? ERR_TRUNCATED : w.count > SEAL_WORDS ? ERR_LIMIT : 0;
	if (!err)
		err = read_words(d, a, &w, prefer, ret, &bad);
	sodium_memzero(&w, sizeof w);
	*ret_bad = bad;
	return err;
}
