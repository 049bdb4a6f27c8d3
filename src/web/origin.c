/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a form that came is one of our own pages' (Fetch Metadata; RFC 6454). */
#include "web/server.h"

#include <strings.h>

/* "https://host:port" against the Host header; over TLS only https will do. */
static bool is_ours(const char *origin, const char *host, bool secure)
{
	size_t scheme = strncasecmp(origin, "https://", 8) == 0 ? 8 : !secure && strncasecmp(origin, "http://", 7) == 0 ? 7 : 0;
	return scheme && host && *host && strcasecmp(origin + scheme, host) == 0;
}

bool web_csrf_origin(const char *fetch_site, const char *origin, const char *host, bool secure)
{
	/* What the browser says of itself comes first: it holds behind a proxy that changes Host, too. */
	if (fetch_site)
		return strcmp(fetch_site, "same-origin") == 0 || strcmp(fetch_site, "none") == 0;
	return !origin || is_ours(origin, host, secure);
}
