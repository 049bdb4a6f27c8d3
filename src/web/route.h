/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* From a request target to a route. Pure and total. */

#include "web/server.h"

enum { ROUTE_PARAMS = 8, ROUTE_PATH = 1024 };

struct web_match {
	const struct web_route *route; /* NULL: none */
	const char *name[ROUTE_PARAMS], *value[ROUTE_PARAMS];
	unsigned n;
	const char *allow; /* the path exists, with these methods: "GET, HEAD" (no route: 405) */
};

/* "/a/%C3%A9?x" -> path and query apart, as they came; the absolute form (RFC 9112 section 3.2.2) loses its
 * front. ERR_MALFORMED. */
must_use int web_target_split(struct arena *a, const char *target, const char **ret_path, const char **ret_query);
/* Percent-decoded once, valid UTF-8. ERR_MALFORMED: control bytes, an encoded slash, "." or ".." as a
 * segment, a stray "%". ERR_LIMIT. ERR_NAME: an empty segment ("//"): there is no such page. */
must_use int web_path_clean(struct arena *a, const char *raw, const char **ret);
/* "/fr/x" -> true, LANG_FR, "/x"; "/fr" -> "/". */
bool web_path_lang(const char *path, enum lang *ret, const char **ret_rest);
/* The route with the fewest parameters wins, then the first. lang: only those with WEB_LANG, or only
 * those without. method: HEAD finds GET. */
must_use int web_route_find(struct arena *a, const struct web_route *route, size_t n, const char *method,
	const char *path, bool lang, struct web_match *ret);
