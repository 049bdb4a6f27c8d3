/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What ships in data/desk and the operator may amend: territories, offences, helplines, sectors, letters of
 * removal notices, the receipt's words. Read once at the start; immutable; all threads. Each row keeps its certainty. */

#include "desk/directory/kind.h"
#include "desk/notices/template.h"
#include "seal/seal.h"
#include "web/text.h"

struct desk_territory {
	const char *code;          /* "MA-CAS" (ISO 3166-2) */
	const char *region;        /* "MA-06"; its own code for a region */
	const char *name[LANG_COUNT];
	bool is_region;
};
struct desk_offence {
	const char *code, *parent, *name[LANG_COUNT];
	const char *lanzarote, *opsc, *penal_code, *basis; /* basis: how sure, in words */
	const char *status;        /* "crime", "crime_pending_confirmation", "support", "filter_feedback", "redress" */
	bool online, travel;       /* applies_to: what it can be about */
	bool address;              /* material_rule: an address can be the matter itself */
	unsigned priority;         /* 0-4 */
};
enum helpline_for { HELP_CHILD = 1, HELP_ADULT = 2, HELP_EMERGENCY = 4, HELP_POLICE_ONLINE = 8, HELP_HOTLINE = 16, HELP_PREVENTION = 32, HELP_DATA = 64, HELP_PROSECUTOR = 128 };
struct desk_helpline {
	const char *name[LANG_COUNT], *country;
	const char *phone;         /* as dialled, or NULL */
	const char *url;           /* or NULL */
	const char *hours[LANG_COUNT]; /* or NULL: not known */
	unsigned for_whom;         /* HELP_* bits */
	const char *certainty;     /* "verified ... (date)", "from knowledge" */
	const char *checked;       /* "2026-11-23" or NULL: never by this operator */
	unsigned order;            /* as shown */
};
struct desk_sector { const char *code, *parent, *name[LANG_COUNT], *legal_basis, *in_force_from; bool duty_report; };
/* Ready words for a question or an answer to the reporter. */
struct desk_snippet { const char *id, *title[LANG_COUNT], *body[LANG_COUNT]; };

struct desk_data {
	struct desk_territory *territory; size_t territory_n; /* regions first, each followed by its own */
	struct desk_offence *offence; size_t offence_n;
	struct desk_helpline *helpline; size_t helpline_n;
	struct desk_sector *sector; size_t sector_n;
	struct desk_snippet *snippet; size_t snippet_n;
	/* Of kinds that take notices; others have version 0. */
	struct notice_template notice[RECIPIENT_KIND_COUNT][LANG_COUNT];
	const char *word[LANG_COUNT][SEAL_WORD_COUNT];
	struct desk_word_index *index; /* of desk_words_read */
	struct arena arena;
};

/* folder: data/desk. own: the operator's folder, or NULL: a table or letter there is read instead of the
 * shipped one of the same name; never the word lists, since another list would make every receipt
 * already handed out unreadable. ERR_CONFIG; the note says file, line and column name. */
must_use int desk_data_open_with(const char *folder, const char *own, struct desk_data **ret, struct err_note *note);
static inline must_use int desk_data_open(const char *folder, struct desk_data **ret, struct err_note *note)
{
	return desk_data_open_with(folder, NULL, ret, note);
}
void desk_data_free(struct desk_data *d);
const struct desk_territory *desk_territory(const struct desk_data *d, const char *code);

/* --- the receipt's words --- */
/* Nine words typed by a person, in any of the languages, in any case, with or without accents,
 * hamzas, tatweel, harakat, hyphens, commas, line ends, numbers ("1. ..."), articles (l', ال). All
 * nine come from one list: `prefer`'s where several fit. ret_bad: the place (0-8) of the first word
 * nobody knows, as typed (at most 40 letters), with up to three close ones of the list that most of
 * the words are from; NULL after the last. count: how many words were typed, whatever is returned.
 * ERR_MALFORMED (unknown word), ERR_TRUNCATED (fewer than nine), ERR_LIMIT (more, or more than
 * DESK_WORDS_MAX bytes), -ENOMEM. Only with ERR_MALFORMED are typed and close set. */
enum { DESK_WORDS_MAX = 4096 };
struct words_problem { unsigned place, count; const char *typed; const char *close[3]; };
must_use int desk_words_read(const struct desk_data *d, struct arena *a, const char *typed, enum lang prefer,
	uint16_t ret[SEAL_WORDS], struct words_problem *ret_bad);
static inline const char *desk_word(const struct desk_data *d, enum lang l, uint16_t number)
{
	return d->word[l][number];
}
