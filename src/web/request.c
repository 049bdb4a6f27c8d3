/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler may ask of its request. */
#include "web/int.h"

#include <strings.h>

void *web_ctx(struct web_request *r)
{
	return r->web->c.ctx;
}

struct arena *web_arena(struct web_request *r)
{
	return &r->arena;
}

enum lang web_lang(struct web_request *r)
{
	r->negotiated |= !r->has_lang;
	return r->lang;
}

const char *web_method(struct web_request *r)
{
	return r->method;
}

const char *web_path(struct web_request *r)
{
	return r->path;
}

const char *web_param(struct web_request *r, const char *name)
{
	for (unsigned i = 0; i < r->match.n; i++)
		if (strcmp(r->match.name[i], name) == 0)
			return r->match.value[i];
	return NULL;
}

const char *web_field(struct web_request *r, const char *name)
{
	return web_pairs_get(&r->form, name, 0);
}

const char *web_field_at(struct web_request *r, const char *name, unsigned i)
{
	return web_pairs_get(&r->form, name, i);
}

bool web_field_any(struct web_request *r, unsigned i, const char **ret_name, const char **ret_value)
{
	if (i >= r->form.n)
		return false;
	*ret_name = r->form.p[i].name;
	*ret_value = r->form.p[i].value;
	return true;
}

const char *web_query(struct web_request *r, const char *name)
{
	return web_pairs_get(&r->query, name, 0);
}

/* What tells who somebody is, or where from, does not reach a handler. */
static bool is_withheld(const char *name)
{
	static const char *const withheld[] = { "User-Agent", "Referer", "Forwarded", "X-Real-IP",
		"Via", "From", "True-Client-IP", "X-Client-IP", "CF-Connecting-IP" };
	for (size_t i = 0; i < ARRAY_LEN(withheld); i++)
		if (strcasecmp(name, withheld[i]) == 0)
			return true;
	return strncasecmp(name, "X-Forwarded-", 12) == 0 || strncasecmp(name, "Sec-CH-", 7) == 0;
}

const char *web_header(struct web_request *r, const char *name)
{
	const char *value = is_withheld(name) ? NULL : web_header_any(r, name);
	return value && strlen(value) <= WEB_HEADER_VALUE ? value : NULL;
}

struct bytes web_body(struct web_request *r)
{
	return bytes_of(r->body ? r->body : (const uint8_t *)"", r->body_n);
}

const char *web_cookie(struct web_request *r, const char *name)
{
	const char *full = web_cookie_name(&r->arena, name, r->secure);
	return full ? web_pairs_get(&r->cookies, full, 0) : NULL;
}

bool web_secure(struct web_request *r)
{
	return r->secure;
}

void web_slot_set(struct web_request *r, void *p)
{
	r->slot = p;
}

void *web_slot(struct web_request *r)
{
	return r->slot;
}
