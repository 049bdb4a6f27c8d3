/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as nine words: an answer that agrees with itself, and the words it understood, written
 * out in any language, are understood again. */
#include "base/utf8.h"
#include "desk/data.h"
#include "fuzz.h"

#include <limits.h>
#include <string.h>

static struct desk_data *data;

static void open_once(void)
{
	char folder[PATH_MAX];
	struct err_note note = { "" };
	const char *shipped = getenv("HISN_DATA");
	(void)snprintf(folder, sizeof folder, "%s/desk", shipped ? shipped : "data");
	if (!data && desk_data_open(folder, &data, &note)) {
		fprintf(stderr, "%s: set HISN_DATA to the folder data\n", note.text);
		exit(2);
	}
}

static void understood(const uint16_t number[SEAL_WORDS])
{
	for (unsigned l = 0; l < LANG_COUNT; l++) {
		char text[1024];
		size_t n = 0;
		uint16_t again[SEAL_WORDS];
		struct words_problem bad;
		for (unsigned i = 0; i < SEAL_WORDS; i++) {
			check(number[i] < SEAL_WORD_COUNT);
			n += (size_t)snprintf(text + n, sizeof text - n, "%s ", desk_word(data, (enum lang)l, number[i]));
		}
		check(!desk_words_read(data, NULL, text, LANG_FR, again, &bad));
		check(!memcmp(again, number, sizeof again));
	}
}

static void not_understood(const struct words_problem *bad)
{
	check(bad->place < SEAL_WORDS && bad->count == SEAL_WORDS && bad->typed && *bad->typed);
	unsigned letters = 0;
	for (struct bytes rest = bytes_str(bad->typed); rest.n; letters++)
		check(utf8_next(&rest) != UTF8_BAD);
	check(letters <= 40);
	for (unsigned i = 0; i < 3; i++)
		check(!bad->close[i] || !i || bad->close[i - 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	open_once();
	if (!n)
		return 0;
	struct arena a;
	uint16_t number[SEAL_WORDS];
	struct words_problem bad;
	char *text = malloc(n);
	memcpy(text, p + 1, n - 1);
	text[n - 1] = 0;
	arena_init(&a, 0);
	int err = desk_words_read(data, &a, text, (enum lang)(p[0] % LANG_COUNT), number, &bad);
	if (!err)
		understood(number);
	else if (err == ERR_MALFORMED)
		not_understood(&bad);
	else
		check((err == ERR_TRUNCATED && bad.count < SEAL_WORDS) ||
			(err == ERR_LIMIT && (bad.count > SEAL_WORDS || strlen(text) > DESK_WORDS_MAX)));
	arena_done(&a);
	free(text);
	return 0;
}
