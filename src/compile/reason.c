/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/reason.h"

static const struct {
	const char *key, *text;
} reasons[REASONS] = {
	[TAKEN] = { "taken", "taken" },
	[BLANK] = { "comment", "comment or empty" },
	[NOT_THIS_FORMAT] = { "format", "not a line of this format" },
	[NOT_A_HOST_URL] = { "url", "an address of a page: never reduced to its host" },
	[NOT_A_NAME_ADDRESS] = { "address", "an IP address in a list of names" },
	[BAD_CHARACTER] = { "character", "a character that no host name has" },
	[BAD_LABEL] = { "label", "a label that is empty or too long" },
	[BAD_HYPHEN] = { "hyphen", "a label that ends with a hyphen" },
	[BAD_LENGTH] = { "length", "longer than a name can be" },
	[BAD_IDN] = { "idn", "not a valid international name" },
	[BAD_TLD] = { "tld", "no such top-level domain" },
	[SINGLE_LABEL] = { "single-label", "a single label: a whole top-level domain" },
	[TOO_DEEP] = { "deep", "more than 32 labels" },
	[LINE_TOO_LONG] = { "long-line", "a line that is too long" },
	[PATTERN] = { "pattern", "a pattern, not a name" },
	[OPTION] = { "option", "an option that a resolver cannot honour" },
	[ACTION] = { "action", "an RPZ action that hisn does not take" },
	[TRIGGER] = { "trigger", "an RPZ trigger that hisn does not take" },
	[DIRECTIVE] = { "directive", "a directive of another program" },
	[BOILERPLATE] = { "boilerplate", "a system's own host line" },
	[FORWARDING] = { "forwarding", "a forwarding rule, not a block" },
	[BAD_ADDRESS] = { "bad-address", "not an address or range" },
	[ADDRESS_TOO_WIDE] = { "wide", "a range too wide to be meant" },
	[ADDRESS_SPECIAL] = { "special-address", "a private or special-purpose address" },
	[TWO_ANSWERS] = { "two-answers", "a second, different answer for one name" },
	[PUBLIC_SUFFIX] = { "public-suffix", "a public suffix, or above one" },
	[PROTECTED] = { "protected", "a protected name, or above one" },
	[POPULAR] = { "popular", "a popular name, or above one" },
	[EXCEPTED] = { "excepted", "cleared by an exception of its category" },
};

const char *reason_text(enum reason r)
{
	return (unsigned)r < REASONS ? reasons[r].text : "?";
}

const char *reason_key(enum reason r)
{
	return (unsigned)r < REASONS ? reasons[r].key : "?";
}
