/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The small file beside a download: which address gave it, and the validators of RFC 9110 for
 * asking "still the same?" and "may I continue?".
 *
 *     hisn-fetch 1
 *     url https://lists.example/adult.txt
 *     etag "5f2c"
 *     modified Mon, 23 Nov 2026 20:00:00 GMT
 *     checked 1795464000
 *     fetched 1795460000
 *     size 1048576
 *
 * One "key value" a line; unknown keys are skipped, so that a newer hisn may add some. */

#include "base/bytes.h"
#include "base/err.h"

enum { FETCH_STATE_MAX = 8192, FETCH_URL_MAX = 2048, FETCH_VALIDATOR_MAX = 256 };

struct fetch_state {
	char url[FETCH_URL_MAX];
	char etag[FETCH_VALIDATOR_MAX];     /* with its quotes and W/; "" if none */
	char modified[FETCH_VALIDATOR_MAX]; /* as the server wrote it; "" if none */
	int64_t checked, fetched;           /* Unix seconds; 0 unknown */
	uint64_t size;
};

/* ERR_FORMAT, ERR_LIMIT. On error *ret is untouched. */
must_use int fetch_state_parse(struct bytes text, struct fetch_state *ret);
/* Text of at most FETCH_STATE_MAX bytes; returns its length. */
size_t fetch_state_format(const struct fetch_state *s, char *buf, size_t cap);

/* PATH.state. -ENOENT, errno values, and those of parsing. */
must_use int fetch_state_read(const char *path, struct fetch_state *ret);
must_use int fetch_state_write(const char *path, const struct fetch_state *s);

/* A validator that may stand in a header: printable, no quotes missing. */
bool fetch_etag_valid(const char *s);
/* RFC 9110 section 8.8.3: only strong ones may guard a range. */
bool fetch_etag_strong(const char *s);
