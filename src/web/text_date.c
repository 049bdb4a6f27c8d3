/* SPDX-License-Identifier: Apache-2.0 */
#include "web/text_table.h"

static const char *const month[] = { NC_("month", "January"), NC_("month", "February"), NC_("month", "March"),
	NC_("month", "April"), NC_("month", "May"), NC_("month", "June"), NC_("month", "July"),
	NC_("month", "August"), NC_("month", "September"), NC_("month", "October"), NC_("month", "November"),
	NC_("month", "December") };
static const char *const weekday[] = { NC_("weekday", "Monday"), NC_("weekday", "Tuesday"),
	NC_("weekday", "Wednesday"), NC_("weekday", "Thursday"), NC_("weekday", "Friday"),
	NC_("weekday", "Saturday"), NC_("weekday", "Sunday") };

const char *text_number(struct arena *a, enum lang l, int64_t v)
{
	const char *apart = text_language[l].thousands;
	uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
	unsigned group[7], n = 0;
	do
		group[n++] = (unsigned)(size % 1000);
	while (size /= 1000);
	char s[64];
	/* A minus between a right-to-left word and a number would go to its other side. */
	int len = snprintf(s, sizeof s, "%s%s%u", v < 0 && text_language[l].info.dir[0] == 'r' ? "\xe2\x80\x8e" : "",
		v < 0 ? "-" : "", group[n - 1]);
	while (--n)
		len += snprintf(s + len, sizeof s - (size_t)len, "%s%03u", apart, group[n - 1]);
	const char *p = arena_text(a, s, (size_t)len);
	return p ? p : "";
}

static const char *day(struct arena *a, enum lang l, struct civil c, int64_t days)
{
	const char *number = c.day == 1 ? text_ctx(l, "first day of a month", "1") : arena_printf(a, "%d", c.day);
	const char *year = arena_printf(a, "%d", c.year);
	if (!number || !year)
		return "";
	const char *args[] = { text_ctx(l, "weekday", weekday[civil_weekday(days)]), number,
		text_ctx(l, "month", month[c.month - 1]), year, NULL };
	return text_put(a, l, text_ctx(l, "weekday, day, month, year", "{0} {1} {2} {3}"), args, NULL, false);
}

const char *text_date(struct arena *a, enum lang l, const struct tz *zone, int64_t unix_seconds, enum text_date what)
{
	/* Beyond these years nothing of ours lies, and the arithmetic stays far from its ends. */
	int64_t utc = MIN(MAX(unix_seconds, -(1ll << 40)), 1ll << 40);
	int64_t local = utc + (zone ? tz_offset(zone, utc) : 0);
	struct civil c = civil_from_seconds(local);
	const char *time = arena_printf(a, "%02d:%02d", c.hour, c.minute);
	if (!time)
		return "";
	if (what == TEXT_TIME)
		return time;
	const char *date = day(a, l, c, civil_days(c.year, c.month, c.day));
	if (what == TEXT_DAY)
		return date;
	return text_put(a, l, text_ctx(l, "date, time", "{0}, {1}"), (const char *const[]){ date, time, NULL }, NULL, false);
}
