/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tz.h"
#include "base/tz_rule.h"
#include "base/bytes.h"
#include "base/file.h"

#include <errno.h>
#include <limits.h>

enum {
	FILE_MAX = 1 << 20,
	TIMES_MAX = 4000, /* zic writes at most a few hundred */
	RULE_MAX = 256,
	RULE_YEARS = 404,
	HEADER = 44,
	OFFSET_MAX = 26 * 3600, /* RFC 8536 section 3.2: below */
};

/* The Gregorian calendar, weekdays included, repeats after this many seconds. */
#define CYCLE      (146097ll * 86400)
#define TIME_MIN   (-(1ll << 59) - 1) /* zic's "big bang" and no earlier */
#define TIME_MAX   (1ll << 40)
#define ABSURD     (1ll << 61)        /* beyond it arithmetic is clamped */

struct change {
	int64_t at;
	int32_t offset; /* from then on */
};

/* Transitions as in the file, then the footer's for 400 years, after which they repeat: a lookup is
 * one binary search, near or far. Changes of name alone are left out. */
struct tz {
	int32_t first;         /* offset before the first change */
	unsigned n, cap;
	bool repeats;          /* after the last change */
	bool repeats_before;   /* the file has nothing but a footer */
	struct change change[];
};

struct block {
	uint32_t isut, isstd, leap, time, type, chars;
	unsigned width; /* bytes of a time */
	const uint8_t *p;
};

static int header(const uint8_t *p, size_t n, unsigned width, struct block *ret)
{
	if (n < HEADER)
		return ERR_TRUNCATED;
	if (memcmp(p, "TZif", 4) != 0)
		return ERR_FORMAT;
	*ret = (struct block){ be32_get(p + 20), be32_get(p + 24), be32_get(p + 28), be32_get(p + 32),
		be32_get(p + 36), be32_get(p + 40), width, p + HEADER };
	if (ret->time > TIMES_MAX || ret->type > 256 || ret->chars > 4096 || ret->leap > 1000)
		return ERR_LIMIT;
	if (!ret->type || !ret->chars || (ret->isut && ret->isut != ret->type) ||
		(ret->isstd && ret->isstd != ret->type))
		return ERR_FORMAT;
	return 0;
}

/* RFC 8536 section 3.2. Every count is small, so this cannot overflow. */
static size_t block_size(const struct block *b)
{
	return b->time * (b->width + 1) + b->type * 6 + b->chars + b->leap * (b->width + 4) + b->isstd +
		b->isut;
}

static int64_t time_at(const struct block *b, uint32_t i)
{
	const uint8_t *p = b->p + i * b->width;
	if (b->width == 4)
		return (int32_t)be32_get(p);
	return (int64_t)((uint64_t)be32_get(p) << 32 | be32_get(p + 4));
}

static int offset_of(const struct block *b, uint8_t type, int32_t *ret)
{
	if (type >= b->type)
		return ERR_FORMAT;
	int32_t v = (int32_t)be32_get(b->p + b->time * (b->width + 1) + type * 6u);
	if (v <= -OFFSET_MAX || v >= OFFSET_MAX)
		return ERR_FORMAT;
	*ret = v;
	return 0;
}

/* Of two changes at one instant the later wins; one that changes nothing is none. */
static void push(struct tz *z, int64_t at, int32_t offset)
{
	if (z->n && z->change[z->n - 1].at == at)
		z->n--;
	if (offset != (z->n ? z->change[z->n - 1].offset : z->first) && z->n < z->cap)
		z->change[z->n++] = (struct change){ at, offset };
}

static int transitions(const struct block *b, struct tz *z)
{
	int64_t before = TIME_MIN - 1;
	int err = offset_of(b, 0, &z->first); /* RFC 8536 section 3.2: type 0 comes before the first */
	for (uint32_t i = 0; !err && i < b->time; i++) {
		int64_t at = time_at(b, i);
		int32_t offset;
		if (at <= before || at > TIME_MAX)
			return ERR_FORMAT;
		before = at;
		err = offset_of(b, b->p[b->time * b->width + i], &offset);
		if (!err)
			push(z, at, offset);
	}
	return err;
}

/* Both changes of each year, in order: insertion keeps equal instants in the order of their years,
 * so that "dst all year" (each end is the next start) stays dst. */
static unsigned rule_changes(const struct tz_rule *r, int32_t year, struct change *ret)
{
	unsigned n = 0;
	for (int32_t y = year; y < year + RULE_YEARS; y++) {
		struct change both[2] = {
			{ tz_day_in_year(&r->start, y) - r->std, r->dst },
			{ tz_day_in_year(&r->end, y) - r->dst, r->std },
		};
		for (unsigned k = 0; k < 2; k++, n++) {
			unsigned at = n;
			for (; at && ret[at - 1].at > both[k].at; at--)
				ret[at] = ret[at - 1];
			ret[at] = both[k];
		}
	}
	return n;
}

static void apply_rule(const struct block *b, const struct tz_rule *r, struct tz *z)
{
	struct change changes[2 * RULE_YEARS];
	int64_t last = b->time ? time_at(b, b->time - 1) : 0;
	if (!b->time)
		z->first = r->std;
	if (!r->has_dst) {
		if (b->time)
			push(z, last, r->std);
		return;
	}
	int32_t year = civil_from_seconds(MAX(last, civil_days(0, 1, 1) * 86400)).year - 1;
	/* The last year's changes may be undone by those of the year after it, which are not there. */
	int64_t end = civil_days(year + RULE_YEARS - 1, 1, 1) * 86400;
	unsigned n = rule_changes(r, year, changes), own = z->n;
	for (unsigned i = 0; i < n && changes[i].at < end; i++)
		if (!b->time || changes[i].at > last)
			push(z, changes[i].at, changes[i].offset);
	z->repeats = z->n > own + 2;
	z->repeats_before = z->repeats && !b->time;
	if (!b->time && z->n == 1) { /* dst all year, always */
		z->first = z->change[0].offset;
		z->n = 0;
	}
}

/* "\n" TZ-string "\n" (RFC 8536 section 3.3). */
static int footer(const uint8_t *p, size_t n, const struct block *b, struct tz *z)
{
	char text[RULE_MAX + 1];
	if (n < 2)
		return ERR_TRUNCATED;
	const uint8_t *end = memchr(p + 1, '\n', n - 1);
	if (p[0] != '\n')
		return ERR_FORMAT;
	if (!end)
		return ERR_TRUNCATED;
	size_t len = (size_t)(end - p - 1);
	if (len > RULE_MAX)
		return ERR_LIMIT;
	if (len == 0)
		return 0;
	memcpy(text, p + 1, len);
	text[len] = 0;
	struct tz_rule rule;
	if (memchr(text, 0, len) || tz_rule_parse(text, &rule))
		return ERR_FORMAT;
	apply_rule(b, &rule, z);
	return 0;
}

static int fill(const struct block *b, size_t n, bool has_footer, struct tz *z)
{
	size_t size = block_size(b);
	if (n < size)
		return ERR_TRUNCATED;
	int err = transitions(b, z);
	return err || !has_footer ? err : footer(b->p + size, n - size, b, z);
}

int tz_parse(const uint8_t *p, size_t n, struct tz **ret)
{
	struct block b;
	int err = header(p, n, 4, &b);
	if (err)
		return err;
	bool v2 = p[4] >= '2';
	const uint8_t *end = p + n;
	if (v2) { /* the first block is for old readers: skip it */
		size_t skip = HEADER + block_size(&b);
		if (n < skip)
			return ERR_TRUNCATED;
		err = header(p + skip, n - skip, 8, &b);
		if (err)
			return err;
	}
	if (b.leap) /* the "right/" zones count leap seconds, Unix time does not */
		return ERR_FORMAT;
	unsigned cap = b.time + 2 * RULE_YEARS;
	struct tz *z = calloc(1, sizeof *z + cap * sizeof *z->change);
	if (!z)
		return -ENOMEM;
	z->cap = cap;
	err = fill(&b, (size_t)(end - b.p), v2, z);
	if (err) {
		tz_free(z);
		return err;
	}
	*ret = z;
	return 0;
}

static bool name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_/");
	return n && n <= 64 && !name[n] && name[0] != '/';
}

int tz_open(const char *folder, const char *name, struct tz **ret, struct err_note *note)
{
	char path[PATH_MAX];
	struct bytes file;
	if (!name_ok(name))
		return err_set(note, ERR_TIME, "'%.64s' is not the name of a time zone", name);
	int n = snprintf(path, sizeof path, "%s/%s", folder ? folder : "/usr/share/zoneinfo", name);
	if (n < 0 || n >= (int)sizeof path)
		return -ENAMETOOLONG;
	int err = file_read(path, FILE_MAX, &file);
	if (err == -ENOENT || err == -EISDIR || err == -ENOTDIR)
		return err_set(note, ERR_TIME, "no time zone '%s' (looked for %s)", name, path);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	err = tz_parse(file.p, file.n, ret);
	free((void *)file.p);
	return err ? err_set(note, err, "%s: %s", path, err_text(err)) : 0;
}

void tz_free(struct tz *z)
{
	free(z);
}

/* How far back (or on) an instant must go to meet the table. */
static int64_t shift_of(const struct tz *z, int64_t utc)
{
	if (z->repeats && utc >= z->change[z->n - 1].at)
		return ((utc - z->change[z->n - 1].at) / CYCLE + 1) * CYCLE;
	if (z->repeats_before && utc < z->change[0].at)
		return -((z->change[0].at - 1 - utc) / CYCLE + 1) * CYCLE;
	return 0;
}

/* How many changes are at or before utc. */
static unsigned changes_until(const struct tz *z, int64_t utc)
{
	unsigned lo = 0, hi = z->n;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		if (z->change[mid].at <= utc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int64_t clamp(int64_t t)
{
	return MAX(-ABSURD, MIN(t, ABSURD));
}

int32_t tz_offset(const struct tz *z, int64_t utc)
{
	utc = clamp(utc);
	unsigned i = changes_until(z, utc - shift_of(z, utc));
	return i ? z->change[i - 1].offset : z->first;
}

int64_t tz_next_change(const struct tz *z, int64_t utc)
{
	if (utc >= ABSURD)
		return INT64_MAX;
	utc = clamp(utc);
	int64_t shift = shift_of(z, utc);
	unsigned i = changes_until(z, utc - shift);
	return i < z->n ? z->change[i].at + shift : INT64_MAX;
}

/* Wall clock over time climbs by one a second, but for its jumps: the answer is the first instant at
 * which it shows `local` or more. That is the jump itself where local is jumped over, and the first
 * of two where it comes twice. */
int64_t tz_to_utc(const struct tz *z, int64_t local)
{
	local = clamp(local);
	int64_t from = local - OFFSET_MAX;
	for (;;) {
		int64_t at = local - tz_offset(z, from), next = tz_next_change(z, from);
		if (at < next)
			return MAX(at, from);
		from = next;
	}
}
