/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Conditional, resumable downloads into files. The only room with libcurl.
 *
 * Beside each file PATH stand PATH.state (validators of what is there), PATH.part and
 * PATH.part.state (a download that was cut, to be continued). PATH itself is replaced only by a
 * whole, plausible download, atomically: whatever fails, the old file stays.
 *
 * Only https is spoken, redirects included. Plain http only where the item says so, or to a
 * loopback address. Certificates are always verified. No cookies, no credentials, no referrer. */

#include "base/bytes.h"
#include "base/err.h"

enum {
	FETCH_PARALLEL_MAX = 4,
	FETCH_REDIRECTS_MAX = 5,
	FETCH_URLS_MAX = 4,      /* mirrors of one item */
};

enum fetch_expect {
	FETCH_TEXT, /* refused: an HTML or XML page, or bytes with a NUL at the beginning */
	FETCH_GZIP, /* refused: anything without the signature */
	FETCH_ZIP,
	FETCH_ANY,
};

struct fetch_item {
	const char *urls[FETCH_URLS_MAX]; /* tried in order; NULL after the last */
	const char *path;
	uint64_t max_bytes; /* more is refused; 0: 256 MiB */
	bool http;          /* plain http is acceptable */
	bool force;         /* unconditional: fetch even what has not changed */
	enum fetch_expect expect;
	/* Looks at the whole download before it replaces the old file; a negative value refuses it.
	 * NULL: none. */
	int (*accept)(void *ctx, const char *part, struct err_note *note);
	void *ctx;
};

enum fetch_outcome {
	FETCH_FAILED, /* err and note say why; the old file, if any, stays */
	FETCH_SAME,   /* 304: the file is current */
	FETCH_NEW,    /* replaced */
};

struct fetch_result {
	enum fetch_outcome outcome;
	int err;
	struct err_note note;
	long http;         /* the last status, 0: none came */
	unsigned tries;    /* requests begun, redirects not counted */
	uint64_t received; /* body bytes over the network */
	uint64_t resumed;  /* bytes taken from an earlier, cut download */
	uint64_t size;     /* of the file, FETCH_NEW and FETCH_SAME */
};

struct fetch_options {
	const char *user_agent;
	const char *ca_file;   /* NULL: the system's certificates */
	unsigned parallel;     /* 0: FETCH_PARALLEL_MAX */
	unsigned tries;        /* an address; 0: 3 */
	unsigned backoff_ms;   /* before the second try, doubled each time; 0: 1000 */
	unsigned connect_s;    /* 0: 15 */
	unsigned stall_s;      /* at less than 16 bytes a second; 0: 30 */
	unsigned total_s;      /* one try; 0: 900 */
	/* Called often, from the same thread; total 0: unknown. Non-zero ends all of it. */
	int (*progress)(void *ctx, size_t item, uint64_t done, uint64_t total);
	/* An item is finished. */
	void (*finished)(void *ctx, size_t item, const struct fetch_result *result);
	void *ctx;
};

/* Fetch n items; ret has room for n results. Blocks; not for two threads at once. Returns 0 when
 * every item has its result (look there), -ECANCELED when progress asked to stop, -ENOMEM.
 * Two processes may share a folder: an item another one is at is -EBUSY. */
must_use int fetch_run(const struct fetch_options *o, const struct fetch_item *items, size_t n,
	struct fetch_result *ret);

/* What an address may be, for catalogues: absolute, https, or http with the flag or to a loopback
 * address; no user name, no fragment. 0, ERR_REFUSED (the note says why), ERR_MALFORMED. */
must_use int fetch_check_url(const char *url, bool http, struct err_note *note);
