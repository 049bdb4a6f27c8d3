/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The Cookie header (RFC 6265bis section 5.7, read leniently) and Set-Cookie. Pure and total. */

#include "web/form.h"

enum { COOKIES = 32 };

/* What is no cookie is left out; the first of a name counts. Never more than COOKIES. -ENOMEM. */
must_use int web_cookies_parse(struct arena *a, const char *header, struct web_pairs *ret);
/* "__Host-name" over TLS: the browser then takes it only from this host, with Secure and Path=/. */
const char *web_cookie_name(struct arena *a, const char *name, bool secure);
/* The Set-Cookie value. NULL: a name or value that no cookie may have, or out of memory. */
const char *web_cookie_text(struct arena *a, const char *name, const char *value, int age, bool secure);
