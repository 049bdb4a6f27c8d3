/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts in one form. Platforms differ in what makes a name; what is the same everywhere is folded
 * (case of ASCII letters, the @ before a name, blanks), no more: two people are never made one. */
#include "desk/report.h"

#include <errno.h>

enum { ACCOUNT_MAX = 512, PLATFORM_MAX = 64 };

static const struct { const char *written, *meant; } platforms[] = {
	{ "insta", "instagram" }, { "ig", "instagram" }, { "fb", "facebook" }, { "messenger", "facebook" },
	{ "m.me", "facebook" }, { "x", "twitter" }, { "snap", "snapchat" }, { "tt", "tiktok" }, { "tik tok", "tiktok" },
	{ "wa", "whatsapp" }, { "wa.me", "whatsapp" }, { "whats app", "whatsapp" }, { "t.me", "telegram" },
	{ "tg", "telegram" }, { "yt", "youtube" }, { "dc", "discord" },
	{ "انستغرام", "instagram" }, { "إنستغرام", "instagram" }, { "فيسبوك", "facebook" }, { "فايسبوك", "facebook" },
	{ "واتساب", "whatsapp" }, { "تيك توك", "tiktok" }, { "تيكتوك", "tiktok" }, { "سناب", "snapchat" },
	{ "سناب شات", "snapchat" }, { "تلغرام", "telegram" }, { "تيليغرام", "telegram" }, { "يوتيوب", "youtube" },
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool after(const char **s, const char *start)
{
	size_t n = strlen(start);
	if (strncmp(*s, start, n) != 0)
		return false;
	*s += n;
	return true;
}

/* A name or a host ("www.Instagram.com") to the platform's name. ret: PLATFORM_MAX + 1 bytes. */
static void canonical_platform(const char *s, char *ret)
{
	static const char *const ends[] = { ".com", ".net", ".org" };
	char text[PLATFORM_MAX + 1];
	size_t n = 0;
	for (; *s && n < PLATFORM_MAX; s++)
		if ((uint8_t)*s > ' ' || (n && *s == ' ' && text[n - 1] != ' '))
			text[n++] = *s == '/' || (uint8_t)*s < ' ' ? '-' : lower(*s);
	while (n && text[n - 1] == ' ')
		n--;
	text[n] = 0;
	const char *t = text;
	if (!after(&t, "www."))
		(void)after(&t, "m.");
	size_t m = strlen(t);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (m > strlen(ends[i]) && strcmp(t + m - strlen(ends[i]), ends[i]) == 0)
			m -= strlen(ends[i]);
	memcpy(ret, t, m);
	ret[m] = 0;
	for (size_t i = 0; i < ARRAY_LEN(platforms); i++)
		if (strcmp(ret, platforms[i].written) == 0)
			memcpy(ret, platforms[i].meant, strlen(platforms[i].meant) + 1);
}

/* "+212 6-00 (00) 00 00" -> "+2126000000 00"; false: not a telephone number. */
static bool telephone(const char *s, char *ret)
{
	size_t n = 0;
	if (*s == '+' || strncmp(s, "00", 2) == 0) {
		ret[n++] = '+';
		s += *s == '+' ? 1 : 2;
	}
	size_t first = n;
	for (; *s; s++)
		if (*s >= '0' && *s <= '9' && n < 17)
			ret[n++] = *s;
		else if (!strchr(" -.()/", *s))
			return false;
	ret[n] = 0;
	return n - first >= 8;
}

/* The first segment of a profile's path that names somebody. */
static const char *profile_name(struct arena *a, const char *url)
{
	static const char *const before[] = { "@", "u/", "user/", "users/", "add/", "profile/", "in/", "s/", "c/" };
	const char *path = strstr(url, "://");
	path = path ? strchr(path + 3, '/') : NULL;
	if (!path || !path[1])
		return NULL;
	path++;
	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		if (after(&path, before[i]))
			break;
	size_t n = strcspn(path, "/?");
	/* "profile.php?id=1" and the like: the whole says who. */
	return strstr(path, ".php") || !n ? arena_text(a, path, strlen(path)) : arena_text(a, path, n);
}

static int put_account(struct arena *a, const char *platform, const char *name, const char **ret)
{
	char who[ACCOUNT_MAX + 1], phone[20];
	size_t n = 0;
	if (telephone(name, phone)) {
		*ret = arena_printf(a, "%s/%s", platform, phone);
		return *ret ? 0 : -ENOMEM;
	}
	while (*name == '@' || (*name && (uint8_t)*name <= ' '))
		name++;
	for (; *name && n < ACCOUNT_MAX; name++)
		if ((uint8_t)*name > ' ' && *name != 0x7F)
			who[n++] = lower(*name);
	who[n] = 0;
	if (!n || *name)
		return n ? ERR_LIMIT : ERR_MALFORMED;
	const char *out = arena_printf(a, "%s/%s", platform, who);
	if (!out)
		return -ENOMEM;
	*ret = out;
	return 0;
}

int report_canonical_account(struct arena *a, const char *platform, const char *raw, const char **ret)
{
	char where[PLATFORM_MAX + 1];
	canonical_platform(platform ? platform : "", where);
	const char *url, *host, *name;
	bool link = strstr(raw, "://") || strchr(raw, '/');
	if (link && !report_canonical_url(a, raw, &url) && !report_canonical_host(a, url, &host) &&
		(name = profile_name(a, url))) {
		canonical_platform(host, where);
		return put_account(a, where, name, ret);
	}
	return put_account(a, where, raw, ret);
}
