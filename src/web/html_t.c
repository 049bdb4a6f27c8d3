/* SPDX-License-Identifier: Apache-2.0 */
/* Translated text in pages: what {{ t }} and its kin in templates become. */
#include "web/html.h"

void html_t(struct html_out *o, const char *msgid, const char *const *args)
{
	html_text(o, args ? text_fill(o->arena, o->lang, msgid, args) : text(o->lang, msgid));
}

void html_tc(struct html_out *o, const char *context, const char *msgid)
{
	html_text(o, text_ctx(o->lang, context, msgid));
}

void html_n(struct html_out *o, const char *one, const char *many, int64_t n, const char *const *args)
{
	html_text(o, text_n_fill(o->arena, o->lang, one, many, n, args));
}

void html_num(struct html_out *o, int64_t v)
{
	html_text(o, text_number(o->arena, o->lang, v));
}

const char *html_arg_text(struct html_out *o, const char *s)
{
	return s ? s : "";
}

const char *html_arg_int(struct html_out *o, int64_t v)
{
	return text_number(o->arena, o->lang, v);
}

static const char *arg_at(const char *const *args, unsigned i)
{
	for (; args && *args; args++, i--)
		if (!i)
			return *args;
	return NULL;
}

void html_t_html(struct html_out *o, const char *msgid, const char *const *args)
{
	const char *s = text(o->lang, msgid), *from = s, *start = s;
	for (; *s; s++) {
		bool in_value = s - start >= 2 && s[-1] == '"' && s[-2] == '=';
		const char *arg = NULL;
		if (s[0] == '{' && s[1] >= '0' && s[1] <= '9' && s[2] == '}')
			arg = arg_at(args, (unsigned)(s[1] - '0'));
		if (!arg && !(in_value && s[0] == '~' && s[1] == '/'))
			continue;
		html_literal(o, from, (size_t)(s - from));
		if (!arg)
			html_text(o, o->base);
		else if (in_value)
			html_url(o, arg);
		else
			html_text(o, text_isolate(o->arena, o->lang, arg));
		from = s + (arg ? 3 : 1);
		s = from - 1;
	}
	html_literal(o, from, (size_t)(s - from));
}
