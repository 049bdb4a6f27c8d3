/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/transfer.h"

#include <curl/curl.h>

#include <arpa/inet.h>

static bool loopback(const char *host)
{
	struct in_addr a;
	return !strcmp(host, "localhost") || !strcmp(host, "[::1]") ||
		(inet_pton(AF_INET, host, &a) == 1 && (ntohl(a.s_addr) >> 24) == 127);
}

/* Scheme, host and the two parts that are refused. Strings are curl's: curl_free. */
struct parts {
	char *scheme, *host, *user, *fragment;
};

static int split(const char *url, struct parts *ret)
{
	*ret = (struct parts){ 0 };
	CURLU *u = curl_url();
	if (!u)
		return -1;
	/* curl_url_set refuses relative addresses and unknown schemes, and normalises the rest. */
	int err = curl_url_set(u, CURLUPART_URL, url, 0) ? -1 : 0;
	if (!err) {
		err = curl_url_get(u, CURLUPART_SCHEME, &ret->scheme, 0) ||
			curl_url_get(u, CURLUPART_HOST, &ret->host, 0) ? -1 : 0;
		(void)curl_url_get(u, CURLUPART_USER, &ret->user, 0);
		(void)curl_url_get(u, CURLUPART_FRAGMENT, &ret->fragment, 0);
	}
	curl_url_cleanup(u);
	return err;
}

static void parts_done(struct parts *p)
{
	curl_free(p->scheme);
	curl_free(p->host);
	curl_free(p->user);
	curl_free(p->fragment);
}

bool fetch_url_loopback(const char *url)
{
	struct parts p;
	bool is = split(url, &p) == 0 && loopback(p.host);
	parts_done(&p);
	return is;
}

int fetch_check_url(const char *url, bool http, struct err_note *note)
{
	struct parts p = { 0 };
	int err = 0;
	if (strlen(url) >= FETCH_URL_MAX)
		err = err_set(note, ERR_REFUSED, "the address is longer than %d bytes", FETCH_URL_MAX);
	for (const char *s = url; *s && !err; s++)
		if ((uint8_t)*s <= 0x20 || (uint8_t)*s > 0x7e)
			err = err_set(note, ERR_MALFORMED, "the address has blanks or letters that must be escaped");
	if (err)
		return err;
	if (split(url, &p))
		err = err_set(note, ERR_MALFORMED, "not an address: %s", url);
	else if (p.user || p.fragment)
		err = err_set(note, ERR_REFUSED, "an address with a user name or a '#': %s", url);
	else if (!strcmp(p.scheme, "http") && !http && !loopback(p.host))
		err = err_set(note, ERR_REFUSED, "plain http is refused: %s", url);
	else if (strcmp(p.scheme, "http") != 0 && strcmp(p.scheme, "https") != 0)
		err = err_set(note, ERR_REFUSED, "only https is spoken, not %s", p.scheme);
	parts_done(&p);
	return err;
}
