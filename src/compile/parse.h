/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Lines of lists, each format's parser. Total on any bytes: what is not taken has a reason.
 *
 * A parser calls the sink for every name, answer and range it finds, and returns what became of the
 * line. Only RPZ keeps state from line to line. */

#include "base/bytes.h"
#include "compile/rname.h"

enum list_format {
	FORMAT_GUESS,
	FORMAT_PLAIN,    /* x: both (or as the reader's match says); .x: both; *.x: below */
	FORMAT_HOSTS,    /* 0.0.0.0 x: exact; with a meaningful address: an answer */
	FORMAT_ADBLOCK,  /* ||x^: both; |x^: exact; @@: an exception; $dnsrewrite: an answer */
	FORMAT_DNSMASQ,  /* address=/x/: both; server=/x/#: an exception */
	FORMAT_WILDCARD, /* as plain; all lines seen were *.x */
	FORMAT_RPZ,
	FORMAT_UNBOUND, /* local-zone, local-data */
	FORMAT_SQUID,   /* .x: both; x: exact */
	FORMAT_V2FLY,   /* domain:x and x: both; full:x: exact */
	FORMAT_ADDRESS, /* addresses, CIDR ranges, first-last */
	FORMATS,
};
const char *format_name(enum list_format f);
/* FORMATS if there is none of that name; "domains" and "addresses" are plain and address. */
enum list_format format_find(const char *name, size_t n);
/* The most fitting format for the first bytes of a list (whole lines and a rest). */
enum list_format format_guess(const char *s, size_t n);

/* What an entry does, bit by bit: enum values of an op. */
enum op {
	ADD_EXACT = 1,
	ADD_BELOW = 2,
	ADD_BOTH = 3,
	CLEAR_EXACT = 4,
	CLEAR_BELOW = 8,
	CLEAR_BOTH = 12,
	STRONG = 16, /* a clear that also removes entries of its category below it (adblock's @@) */
	OPS = 32,
};

/* A record to answer with. type 0: NODATA. rdata: 4, 16 bytes, or a name in wire form. */
struct answer {
	uint16_t type, n;
	uint32_t ttl;
	uint8_t rdata[DNS_NAME_MAX];
};

/* Addresses first to last of one family: 4 or 16 bytes in network order. */
struct range {
	uint8_t family; /* 4 or 6 */
	uint8_t first[16], last[16];
};

struct reader {
	enum list_format format;
	unsigned match; /* ops of a plain name; 0: as the format means it */
	/* The sink. answer may be NULL. */
	enum reason (*name)(struct reader *r, const struct rname *name, unsigned ops,
		const struct answer *answer);
	enum reason (*range)(struct reader *r, const struct range *range, unsigned ops);
	/* A single label that the operator accepts by name. */
	bool (*accepts)(struct reader *r, const struct rname *name);
	/* One of several names of a line that is not taken. */
	void (*refuse)(struct reader *r, enum reason why, const char *s, size_t n);
	/* RPZ's state, all zero at the start of a list. */
	struct rpz_state {
		uint8_t nested; /* inside parentheses that opened on a line before */
		bool has_origin;
		uint8_t owner_n, origin_n;
		uint32_t ttl;
		char owner[255], origin[255];
	} rpz;
};

enum { LINE_MAX_BYTES = 4096 };

/* One line without its line end. TAKEN, BLANK or why not. */
enum reason parse_line(struct reader *r, const char *s, size_t n);
/* True if lines cannot be parsed apart from those before them. */
bool format_in_order(enum list_format f);

/* For parsers. */
enum reason parse_name(
	struct reader *r, const char *s, size_t n, unsigned ops, const struct answer *a);
enum reason parse_plain(struct reader *r, const char *s, size_t n);
enum reason parse_squid(struct reader *r, const char *s, size_t n);
enum reason parse_v2fly(struct reader *r, const char *s, size_t n);
enum reason parse_hosts(struct reader *r, const char *s, size_t n);
enum reason parse_adblock(struct reader *r, const char *s, size_t n);
enum reason parse_dnsmasq(struct reader *r, const char *s, size_t n);
enum reason parse_unbound(struct reader *r, const char *s, size_t n);
enum reason parse_rpz(struct reader *r, const char *s, size_t n);
enum reason parse_address(struct reader *r, const char *s, size_t n);

/* A run of bytes without blanks, at or after *at; false at the end of the line. */
bool parse_word(const char *s, size_t n, size_t *at, struct bytes *ret);
/* An IPv4 or IPv6 address (a scope after % is cut off): 4, 6, or 0 if it is none. */
int parse_ip(const char *s, size_t n, uint8_t ret[16]);
/* The addresses that lists write for "nowhere": unspecified, loopback, link-local, broadcast. */
bool ip_is_null(int family, const uint8_t *a);
/* The range a/prefix; ADDRESS_TOO_WIDE, ADDRESS_SPECIAL. */
enum reason range_from_prefix(int family, const uint8_t *a, unsigned prefix, struct range *ret);
/* An answer of this address. */
struct answer answer_ip(int family, const uint8_t *a, uint32_t ttl);
/* An answer CNAME to this host name; false if it is no host name. */
bool answer_cname(const char *s, size_t n, uint32_t ttl, struct answer *ret);

static inline bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static inline bool starts(const char *s, size_t n, const char *with)
{
	size_t w = strlen(with);
	return n >= w && memcmp(s, with, w) == 0;
}
