/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A removal notice's letter, as it is sealed: whom it goes to, what it says, on which basis. Pure but for the
 * desk's settings and tables.
 *
 *   {"v":1,"recipient":{"kind":"hosting","name":"...","mail":"...",...},"language":"fr","channel":"mail",
 *    "addresses":["https://..."],"offence":"CSAM_DIST","law":"...","template":"hosting-fr-1","subject":"...","body":"..."}
 *
 * A notice's reference is made of its number, so that an answer finds it: "N-3F2A9-1BC07". */

#include "desk/case/offence.h"
#include "desk/desk.h"

enum {
	LETTER_ADDRESSES_MAX = 50, LETTER_ADDRESS_BYTES = 2000, LETTER_ADDRESSES_BYTES = 6 * 1024,
	LETTER_SUBJECT_BYTES = 200, LETTER_BODY_BYTES = 20 * 1024, LETTER_BYTES = 32 * 1024 /* of the JSON */,
	LETTER_NUMBER = 5, /* bytes of a notice's number in its reference */
};
enum notice_channel { CHANNEL_MAIL, CHANNEL_PAPER, CHANNEL_FORM, CHANNEL_COUNT };
const char *notice_channel_name(enum notice_channel c);  /* "mail" */
const char *notice_channel_label(enum notice_channel c); /* msgid */
must_use bool notice_channel_parse(const char *name, enum notice_channel *ret);

struct notice_letter {
	enum recipient_kind kind;
	enum notice_channel channel;
	const char *language;
	const char *name, *mail, *postal, *form; /* of the recipient, as it was then; NULL: none */
	const char *addresses;                   /* one on each line */
	const char *offence;                     /* code of offences.csv */
	const char *law, *template, *subject, *body; /* written by letter_compose; subject and body may be edited */
};
must_use int letter_write(struct arena *a, const struct notice_letter *l, const char **ret); /* ERR_LIMIT, -ENOMEM */
must_use int letter_read(struct arena *a, struct bytes json, struct notice_letter *ret);     /* ERR_MALFORMED, -ENOMEM */

/* A field that is not as it should be, and a sentence (msgid); why NULL: all are. text: subject and body too. */
struct letter_fault { const char *field, *why; };
struct letter_fault letter_check(const struct desk_data *d, const struct notice_letter *l, bool text);
/* Addresses as people type them, one a line: blanks around each and empty lines go. ERR_LIMIT, -ENOMEM. */
must_use int letter_addresses(struct arena *a, const char *typed, const char **ret);

const char *notice_reference(struct arena *a, const uint8_t id[SEAL_ID]);
/* "N-3F2A9-1BC07" in any case, with or without its hyphens and N. */
must_use bool notice_reference_read(const char *typed, uint8_t ret[LETTER_NUMBER]);

/* Whether the table says that the articles of this offence were looked up, all of them. */
bool offence_certain(const struct desk_offence *o);
/* May stand in a notice: an offence, or one that is to be. */
bool offence_for_notice(const struct desk_offence *o);

/* Writes law, template, subject and body into *l, in its language. own_law: SETTING_LAW, NULL where it is not set;
 * then nothing is said of it. deadline: until when it asks. */
must_use int letter_compose(struct desk *d, struct arena *a, const uint8_t id[SEAL_ID], const char *own_law, int64_t deadline,
	struct notice_letter *l);
