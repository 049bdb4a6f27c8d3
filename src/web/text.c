/* SPDX-License-Identifier: Apache-2.0 */
#include "web/text_table.h"
#include "web/utf8.h"

#define FSI "\xe2\x81\xa8" /* U+2068 first strong isolate */
#define PDI "\xe2\x81\xa9" /* U+2069 pop directional isolate */

/* As strcmp(context + "\4" + msgid, key), without putting the two together. */
static int key_compare(const char *context, const char *msgid, const char *key)
{
	if (context) {
		for (; *context; context++, key++)
			if (*context != *key)
				return (uint8_t)*context - (uint8_t)*key;
		if (*key != '\4')
			return '\4' - (uint8_t)*key;
		key++;
	}
	return strcmp(msgid, key);
}

static const char *look(enum lang l, const char *context, const char *msgid)
{
	size_t low = 0, high = text_entry_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = key_compare(context, msgid, text_entry[mid].key);
		if (!c)
			return text_entry[mid].of[l] ? text_entry[mid].of[l] : msgid;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return msgid;
}

const char *text(enum lang l, const char *msgid)
{
	return look(l, NULL, msgid);
}

const char *text_ctx(enum lang l, const char *context, const char *msgid)
{
	return look(l, context, msgid);
}

/* Left to right by nature, or several groups of digits, which a right-to-left line would put in the
 * other order ("0800 12 34" as "34 12 0800"). */
static bool keeps_order(const char *s)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + strlen(s);
	bool digit = false, apart = false;
	size_t n;
	for (; p < end; p += n) {
		int32_t c = utf8_next(p, end, &n);
		if (((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= 0xc0 && c <= 0x24f) || (c >= 0x2d30 && c <= 0x2d7f))
			return true;
		digit |= c >= '0' && c <= '9';
		apart |= c > 0 && c < 0x80 && strchr(" +-/*#(", c);
	}
	return digit && apart;
}

static bool isolates(enum lang l, const char *s)
{
	return text_language[l].info.dir[0] == 'r' && keeps_order(s);
}

const char *text_isolate(struct arena *a, enum lang l, const char *s)
{
	if (!isolates(l, s))
		return s;
	const char *p = arena_printf(a, FSI "%s" PDI, s);
	return p ? p : s;
}

static size_t count(const char *const *args)
{
	size_t n = 0;
	while (args && args[n] && n < 10)
		n++;
	return n;
}

/* One pass measures (to NULL), the second writes. */
static size_t put(char *to, const char *s, const char *const *args, const char *number, enum lang l, bool isolate)
{
	size_t n = 0, have = count(args);
	while (*s) {
		const char *arg = NULL;
		if (s[0] == '{' && s[1] && s[2] == '}') {
			if (s[1] >= '0' && s[1] <= '9' && (size_t)(s[1] - '0') < have)
				arg = args[s[1] - '0'];
			else if (s[1] == 'n')
				arg = number;
		}
		bool apart = arg && arg != number && isolate && isolates(l, arg);
		const char *part[] = { apart ? FSI : "", arg ? arg : s, apart ? PDI : "" };
		size_t len[] = { strlen(part[0]), arg ? strlen(arg) : 1, strlen(part[2]) };
		for (int i = 0; i < 3; i++) {
			if (to)
				memcpy(to + n, part[i], len[i]);
			n += len[i];
		}
		s += arg ? 3 : 1;
	}
	return n;
}

const char *text_put(struct arena *a, enum lang l, const char *pattern, const char *const *args, const char *n,
	bool isolate)
{
	char *p = arena_alloc(a, put(NULL, pattern, args, n, l, isolate) + 1);
	if (!p)
		return pattern;
	put(p, pattern, args, n, l, isolate);
	return p;
}

const char *text_fill(struct arena *a, enum lang l, const char *msgid, const char *const *args)
{
	return text_put(a, l, text(l, msgid), args, NULL, true);
}

static const struct text_forms *forms_of(const char *one)
{
	size_t low = 0, high = text_forms_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(one, text_forms[mid].one);
		if (!c)
			return &text_forms[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const char *text_n_fill(struct arena *a, enum lang l, const char *one, const char *many, int64_t n,
	const char *const *args)
{
	uint64_t size = n < 0 ? -(uint64_t)n : (uint64_t)n;
	const struct text_forms *f = forms_of(one);
	const char *pattern = size == 1 ? one : many;
	if (f && f->of[l])
		pattern = f->of[l][text_language[l].plural(size)];
	return text_put(a, l, pattern, args, text_number(a, l, n), true);
}

const char *text_n(struct arena *a, enum lang l, const char *one, const char *many, int64_t n)
{
	return text_n_fill(a, l, one, many, n, NULL);
}

unsigned text_plural_none(uint64_t n)
{
	(void)n;
	return 0;
}

unsigned text_plural_not_one(uint64_t n)
{
	return n != 1;
}

unsigned text_plural_over_one(uint64_t n)
{
	return n > 1;
}

unsigned text_plural_arabic(uint64_t n)
{
	uint64_t rest = n % 100;
	if (n < 3)
		return (unsigned)n;
	return rest >= 3 && rest <= 10 ? 3 : rest >= 11 ? 4 : 5;
}
