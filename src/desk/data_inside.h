/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by data*.c and named.c only. */

#include "base/csv.h"
#include "desk/data.h"

/* The rows of each table, into d. */
must_use int data_read_territories(struct desk_data *d, const struct csv *c, struct err_note *note);
must_use int data_read_offences(struct desk_data *d, const struct csv *c, struct err_note *note);
must_use int data_read_helplines(struct desk_data *d, const struct csv *c, struct err_note *note);
must_use int data_read_sectors(struct desk_data *d, const struct csv *c, struct err_note *note);
must_use int data_read_snippets(struct desk_data *d, const struct csv *c, struct err_note *note);

/* notices/KIND.LANG.txt of the operator's folder (NULL: none) or of `folder`: all there must be. */
must_use int data_read_notices(struct desk_data *d, const char *folder, const char *own, struct err_note *note);

/* words-LANG.txt of the folder, and the index over them. */
must_use int data_read_words(struct desk_data *d, const char *folder, struct err_note *note);

/* The code of a language in column names and file names. */
extern const char *const data_lang[LANG_COUNT];

/* --- the normal form of a word: what is left when case, accents, vowel signs and the seats of hamzas
 * are not heard. Latin: a-z. Arabic: the 28 letters less hamza, taa marbuta as haa, alif maqsura as
 * yaa. Two spellings of one word have one normal form, and no two words of the lists share one. --- */
enum { NORMAL_MAX = 24 }; /* letters; longer is no word of ours */
struct normal { uint32_t letter[NORMAL_MAX]; uint8_t n; bool too_long; };

enum letter_kind { LETTER_BREAK, LETTER_SILENT, LETTER_APOSTROPHE, LETTER_WORD };
/* What a character is within a word; for LETTER_WORD one or two letters go to ret, ret_n says how many
 * (0: a hamza on its own, which belongs to a word but is not heard). */
enum letter_kind normal_letter(uint32_t c, uint32_t ret[2], unsigned *ret_n);
void normal_add(struct normal *w, uint32_t letter);
int normal_compare(const struct normal *a, const struct normal *b);
