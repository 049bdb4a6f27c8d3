/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_int.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Past a 'text', a "name", a -- comment or one character. */
static const char *skip_one(const char *p)
{
	if (*p == '\'' || *p == '"') {
		char quote = *p++;
		while (*p && *p != quote) /* a doubled quote is read as two texts side by side */
			p++;
		return *p ? p + 1 : p;
	}
	if (p[0] == '-' && p[1] == '-')
		return p + strcspn(p, "\n");
	return p + 1;
}

static bool ends_here(const char *p)
{
	if (*p != ';')
		return false;
	p += 1 + strspn(p + 1, " \t\r");
	return *p == '\n' || *p == 0;
}

static const char *skip_space(const char *p)
{
	for (;;) {
		if (is_space(*p))
			p++;
		else if (p[0] == '-' && p[1] == '-')
			p += strcspn(p, "\n");
		else
			return p;
	}
}

bool split_next(const char **script, struct bytes *ret)
{
	const char *start = skip_space(*script), *p = start;
	if (!*start)
		return false;
	while (*p && !ends_here(p))
		p = skip_one(p);
	const char *end = p;
	while (end > start && is_space(end[-1]))
		end--;
	*ret = bytes_of(start, (size_t)(end - start));
	*script = *p ? p + 1 : p;
	return true;
}
