/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A message as a mail program takes it (RFC 5322, MIME): pure, no I/O, no clock. Lines end in \n, as on the
 * standard input of sendmail. No value can become a header of its own: addresses are a small set of letters,
 * subject and name have no control character, the text is behind the headers and encoded. */

#include "desk/post/post.h"

enum {
	POST_ADDRESS_MAX = 254,         /* RFC 5321 */
	POST_SUBJECT_MAX = 400,         /* bytes */
	POST_TEXT_MAX = 256 * 1024,
	POST_ATTACHED_MAX = 8 << 20,
	POST_ID = 16,
};
/* One address, "local@domain", in ASCII (RFC 5321 without quoted strings and address literals). */
must_use bool post_address_good(const char *address);

struct post_letter {
	const char *from, *name;        /* name: of who sends, UTF-8; NULL: none */
	const char *to, *subject, *text;
	const struct post_attachment *attached; /* NULL */
	int64_t at;                     /* Unix seconds */
	uint8_t id[POST_ID];            /* random: for Message-ID and the parts' boundary */
	bool automatic;                 /* Auto-Submitted (RFC 3834): nobody answers it with a holiday note */
};
/* In the arena. ERR_MALFORMED: an address, a control character in subject or name, not UTF-8, an attachment's
 * name or type that is more than letters, digits and ._- (type: one slash); ERR_LIMIT; -ENOMEM. */
must_use int post_write(struct arena *a, const struct post_letter *l, struct bytes *ret);
