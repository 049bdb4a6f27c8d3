/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Why a line, or a name of it, is not taken. Every one is counted; none is silent. */

enum reason {
	TAKEN, /* not a refusal: it is in */
	BLANK, /* not a refusal: a comment, a header, an empty line */
	NOT_THIS_FORMAT,
	NOT_A_HOST_URL, /* host/path or scheme://host: reduced to its host it would block innocents */
	NOT_A_NAME_ADDRESS, /* an address in a list of names */
	BAD_CHARACTER,
	BAD_LABEL,  /* empty, or longer than 63 */
	BAD_HYPHEN, /* a label that ends with a hyphen */
	BAD_LENGTH,
	BAD_IDN,
	BAD_TLD, /* the last label is a number or one letter */
	SINGLE_LABEL,
	TOO_DEEP,
	LINE_TOO_LONG,
	PATTERN,     /* wildcards inside, regular expressions, keywords */
	OPTION,      /* an option that cannot be honoured by name alone */
	ACTION,      /* RPZ drop, tcp-only and the like */
	TRIGGER,     /* RPZ nsdname, nsip, client-ip */
	DIRECTIVE,   /* include and the like */
	BOILERPLATE, /* localhost, broadcasthost */
	FORWARDING,  /* dnsmasq server=/x/1.2.3.4: a forwarding, no block */
	BAD_ADDRESS,
	ADDRESS_TOO_WIDE,
	ADDRESS_SPECIAL, /* private, loopback, multicast */
	TWO_ANSWERS,     /* a second, different answer for one name */
	PUBLIC_SUFFIX,
	PROTECTED,
	POPULAR,
	EXCEPTED, /* an exception of the same category clears it */
	REASONS,
};

/* A few words for the table and --rejected; and the same as a key for JSON. */
const char *reason_text(enum reason r);
const char *reason_key(enum reason r);
