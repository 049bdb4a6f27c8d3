/* SPDX-License-Identifier: Apache-2.0 */
/* Is this a list, or the page that came instead of it? A captive portal, a moved site and a block
 * page all answer 200. The first bytes tell; the type a server claims does not. */
#include "fetch/transfer.h"

static const uint8_t gzip_sign[] = { 0x1f, 0x8b, 8 };
static const uint8_t zip_sign[] = { 'P', 'K', 3, 4 };

static bool starts(const uint8_t *p, size_t n, const uint8_t *sign, size_t m)
{
	return n >= m && memcmp(p, sign, m) == 0;
}

static int check_text(const uint8_t *p, size_t n, struct err_note *note)
{
	static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };
	size_t at = starts(p, n, bom, sizeof bom) ? sizeof bom : 0;
	while (at < n && (p[at] == ' ' || p[at] == '\t' || p[at] == '\r' || p[at] == '\n'))
		at++;
	if (at < n && p[at] == '<')
		return err_set(note, ERR_FORMAT, "a web page came instead of a list");
	if (memchr(p, 0, n))
		return err_set(note, ERR_FORMAT, "not text: a list was expected");
	return 0;
}

int content_check(const uint8_t *p, size_t n, enum fetch_expect expect, struct err_note *note)
{
	if (n == 0)
		return err_set(note, ERR_FORMAT, "the answer is empty");
	switch (expect) {
	case FETCH_TEXT:
		return check_text(p, n, note);
	case FETCH_GZIP:
		return starts(p, n, gzip_sign, sizeof gzip_sign)
			? 0
			: err_set(note, ERR_FORMAT, "not a gzip file: an archive was expected");
	case FETCH_ZIP:
		return starts(p, n, zip_sign, sizeof zip_sign)
			? 0
			: err_set(note, ERR_FORMAT, "not a zip file: an archive was expected");
	case FETCH_ANY:
		break;
	}
	return 0;
}
