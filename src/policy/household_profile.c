/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: a band's settings, then what the profile says of its own. */
#include "policy/household_raw.h"

#include "policy/format.h"

#include <errno.h>

enum { NAME_MAX_BYTES = 64 };

/* Category names, each once. They live in the household. */
struct list {
	unsigned n;
	const char *name[CATS_MAX];
};

static bool list_has(const struct list *l, const char *name)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->name[i], name) == 0)
			return true;
	return false;
}

static void list_remove(struct list *l, const char *name)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->name[i], name) != 0)
			l->name[kept++] = l->name[i];
	l->n = kept;
}

static int list_add(struct household *h, struct list *l, const char *name)
{
	if (list_has(l, name))
		return 0;
	if (l->n == CATS_MAX)
		return ERR_LIMIT;
	return household_copy_text(h, name, &l->name[l->n++]);
}

static int list_keep(struct household *h, const struct list *l, const char *const **ret, unsigned *ret_n)
{
	const char **copy = arena_array(&h->arena, l->n + 1u, sizeof *copy);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, l->name, l->n * sizeof *copy);
	*ret = copy;
	*ret_n = l->n;
	return 0;
}

/* Edits from one short word to another (Levenshtein). */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[CAT_NAME_MAX + 2];
	size_t na = strnlen(a, CAT_NAME_MAX), nb = strnlen(b, CAT_NAME_MAX);
	for (unsigned j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned keep = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = MIN(keep, MIN(row[j - 1], diagonal) + 1);
		}
	}
	return row[nb];
}

static int unknown_category(struct household_builder *b, const char *path, const char *name)
{
	const char *best = NULL;
	unsigned least = 4;
	for (unsigned i = 0; i < b->h->ncategories; i++) {
		unsigned d = distance(name, b->h->categories[i].name);
		if (d < least) {
			least = d;
			best = b->h->categories[i].name;
		}
	}
	return conf_refuse(b->src, b->note, path,
		"unknown category '%.40s'%s%s%s (categories.yaml has them all; your own lists start with x-)", name,
		best ? ", did you mean '" : "", best ? best : "", best ? "'?" : "");
}

/* Content, or (where that makes sense) an allow category; others have keys of their own. */
static int check_kind(struct household_builder *b, const char *path, const char *name, bool allow_too, int *ret_kind)
{
	static const char *const advice[] = {
		[CATEGORY_SECURITY] = "security stays closed for everybody; 'security: false' is the operator's switch",
		[CATEGORY_BYPASS] = "ways around the filter are closed with 'bypass: closed'",
		[CATEGORY_ALLOW] = "it opens allow-list profiles and closes nothing here",
		[CATEGORY_SYSTEM] = "it is hisn's own and no profile changes it",
	};
	int kind = household_category_kind(b->h, name);
	if (kind < 0)
		return unknown_category(b, path, name);
	if (kind != CATEGORY_CONTENT && !(allow_too && kind == CATEGORY_ALLOW))
		return conf_refuse(b->src, b->note, path, "category '%s' cannot stand here: %s", name, advice[kind]);
	*ret_kind = kind;
	return 0;
}

static int change(struct household_builder *b, const char *path, struct list *l, const char *name, bool add)
{
	if (!add) {
		list_remove(l, name);
		return 0;
	}
	int err = list_add(b->h, l, name);
	return err == ERR_LIMIT ? conf_refuse(b->src, b->note, path, "too many categories (at most %d)", CATS_MAX) : err;
}

/* Closing adds content to the closed and takes good places from the open; opening the reverse. Of an
 * own category only the image knows which it is: both are noted, and the view keeps what fits. */
static int merge_category(struct household_builder *b, const char *path, const char *name, struct list *content,
	struct list *allow, bool close)
{
	int kind, err = check_kind(b, path, name, true, &kind);
	bool own = strncmp(name, "x-", 2) == 0;
	if (!err && (own || kind == CATEGORY_CONTENT))
		err = change(b, path, content, name, close);
	if (!err && (own || kind == CATEGORY_ALLOW))
		err = change(b, path, allow, name, !close);
	return err;
}

static bool in(char *const *names, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int close_and_open(struct household_builder *b, const char *at, const struct raw_profile *raw,
	struct list *closed, struct list *open)
{
	int err = 0;
	for (unsigned i = 0; i < raw->nclose && !err; i++)
		err = merge_category(b, household_path("%s.close[%u]", at, i).text, raw->close[i], closed, open, true);
	for (unsigned i = 0; i < raw->nopen && !err; i++) {
		struct household_path here = household_path("%s.open[%u]", at, i);
		if (in(raw->close, raw->nclose, raw->open[i]) ||
			in(raw->operator_close, raw->noperator_close, raw->open[i]))
			return conf_refuse(b->src, b->note, here.text, "'%.40s' is both closed and opened", raw->open[i]);
		err = merge_category(b, here.text, raw->open[i], closed, open, false);
	}
	return err;
}

static int take_categories(struct household_builder *b, const char *at, const struct raw_profile *raw,
	struct household_profile *p)
{
	struct list closed = { .n = p->nclosed }, open = { .n = p->nopen }, own = { .n = p->noperator };
	for (unsigned i = 0; i < closed.n; i++)
		closed.name[i] = p->closed[i];
	for (unsigned i = 0; i < open.n; i++)
		open.name[i] = p->open[i];
	for (unsigned i = 0; i < own.n; i++)
		own.name[i] = p->operator_closed[i];
	int kind, err = close_and_open(b, at, raw, &closed, &open);
	for (unsigned i = 0; i < raw->noperator_close && !err; i++) {
		struct household_path here = household_path("%s.operator_close[%u]", at, i);
		err = check_kind(b, here.text, raw->operator_close[i], false, &kind);
		err = err ? err : list_add(b->h, &own, raw->operator_close[i]);
		err = err ? err : merge_category(b, here.text, raw->operator_close[i], &closed, &open, true);
	}
	err = err ? err : list_keep(b->h, &closed, &p->closed, &p->nclosed);
	err = err ? err : list_keep(b->h, &open, &p->open, &p->nopen);
	return err ? err : list_keep(b->h, &own, &p->operator_closed, &p->noperator);
}

static int take_name(struct household_builder *b, const char *path, const char *text, struct household_name *ret)
{
	ret->exact = text[0] == '=';
	const char *name = text + ret->exact;
	if (dns_name_from_text(name, strlen(name), &ret->name) || !ret->name.labels || !dns_name_is_hostlike(&ret->name))
		return conf_refuse(b->src, b->note, path, "'%.80s' is not a domain name (as www.example, with all names "
			"below it; '=www.example' for that one alone; international names as xn--...)", text);
	if (ret->name.labels > POLICY_MAX_DEPTH)
		return conf_refuse(b->src, b->note, path, "'%.80s' has more than %d labels", text, POLICY_MAX_DEPTH);
	return 0;
}

static int take_names(struct household_builder *b, const char *at, const char *key, char *const *texts, unsigned n,
	const struct household_name **ret, unsigned *ret_n)
{
	struct household_name *names = arena_array(&b->h->arena, n + 1u, sizeof *names);
	if (!names)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		int err = take_name(b, household_path("%s.%s[%u]", at, key, i).text, texts[i], &names[i]);
		if (err)
			return err;
	}
	*ret = names;
	*ret_n = n;
	return 0;
}

static int take_grants(struct household_builder *b, const char *at, const struct raw_profile *raw,
	struct household_profile *p)
{
	struct household_name *grants = arena_array(&b->h->arena, raw->ngrants + 1u, sizeof *grants);
	if (!grants)
		return -ENOMEM;
	for (unsigned i = 0; i < raw->ngrants; i++) {
		int err = take_name(b, household_path("%s.grants[%u].name", at, i).text, raw->grants[i].name, &grants[i]);
		err = err ? err : household_time(b, household_path("%s.grants[%u].until", at, i).text,
					  raw->grants[i].until, &grants[i].until);
		if (err)
			return err;
	}
	p->grants = grants;
	p->ngrants = raw->ngrants;
	return 0;
}

static int take_all_names(struct household_builder *b, const char *at, const struct raw_profile *raw,
	struct household_profile *p)
{
	if (raw->ndeny + raw->nallow + raw->ngrants > HOUSEHOLD_NAMES_MAX)
		return conf_refuse(b->src, b->note, at, "more than %d names in deny, allow and grants together",
			HOUSEHOLD_NAMES_MAX);
	int err = take_names(b, at, "deny", raw->deny, raw->ndeny, &p->deny, &p->ndeny);
	err = err ? err : take_names(b, at, "allow", raw->allow, raw->nallow, &p->allow, &p->nallow);
	return err ? err : take_grants(b, at, raw, p);
}

static int take_pause(struct household_builder *b, const char *at, const char *text, int64_t *ret)
{
	if (!text)
		return 0;
	if (strcmp(text, "indefinitely") == 0) {
		*ret = INT64_MAX;
		return 0;
	}
	return household_time(b, household_path("%s.pause_until", at).text, text, ret);
}

static bool name_ok(const char *s)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i], low = c | 0x20;
		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c < 0x80)
			return false;
	}
	return n && n <= NAME_MAX_BYTES;
}

static int start_from_band(struct household_builder *b, const char *at, const char *band, struct household_profile *ret)
{
	char known[200] = "";
	*ret = (struct household_profile){ .security = true };
	if (!band)
		return 0;
	for (unsigned i = 0; i < b->nbands; i++) {
		if (strcmp(b->bands[i].name, band) == 0) {
			*ret = b->bands[i];
			ret->band = b->bands[i].name;
			return 0;
		}
		size_t n = strlen(known);
		(void)snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", b->bands[i].name);
	}
	return conf_refuse(b->src, b->note, household_path("%s.band", at).text, "there is no band '%.40s' (bands: %s)",
		band, b->nbands ? known : "none here, as this is their own file");
}

static void take_modes(const struct raw_profile *raw, struct household_profile *p)
{
	p->allow_only = raw->allow_only ? *raw->allow_only : p->allow_only;
	p->security = raw->security ? *raw->security : p->security;
	p->bypass_floor = raw->bypass ? *raw->bypass != 0 : p->bypass_floor;
	p->safe_search = raw->safe_search ? (uint8_t)*raw->safe_search : p->safe_search;
	p->restricted_video = raw->restricted_video ? (uint8_t)*raw->restricted_video : p->restricted_video;
	p->form = raw->block ? (uint8_t)*raw->block : p->form;
}

static int take_profile(struct household_builder *b, const char *at, const struct raw_profile *raw,
	struct household_profile *p)
{
	int err = start_from_band(b, at, raw->band, p);
	if (err)
		return err;
	if (!name_ok(raw->name))
		return conf_refuse(b->src, b->note, household_path("%s.name", at).text,
			"'%.64s' is not a profile's name: up to %d bytes of letters, digits, _ and -", raw->name,
			NAME_MAX_BYTES);
	if (!b->bands && (raw->ndeny || raw->nallow || raw->ngrants || raw->nschedules || raw->pause_until))
		return conf_refuse(b->src, b->note, at, "a band has no names, schedules or pause of its own");
	take_modes(raw, p);
	err = household_copy_text(b->h, raw->name, &p->name);
	err = err ? err : take_categories(b, at, raw, p);
	err = err ? err : take_all_names(b, at, raw, p);
	err = err ? err : household_fill_schedules(b, at, raw, p);
	return err ? err : take_pause(b, at, raw->pause_until, &p->pause_until);
}

static int by_name(const void *a, const void *b, void *profiles)
{
	const struct household_profile *p = profiles;
	uint16_t i = *(const uint16_t *)a, j = *(const uint16_t *)b;
	int order = strcmp(p[i].name, p[j].name);
	return order ? order : i - j;
}

/* Names in order, to find them by and to see the ones that stand there twice. */
static int index_names(struct household_builder *b, const char *key, struct household_profile *p, unsigned n)
{
	b->by_name = calloc(n, sizeof *b->by_name);
	if (!b->by_name)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		b->by_name[i] = (uint16_t)i;
	qsort_r(b->by_name, n, sizeof *b->by_name, by_name, p);
	for (unsigned i = 1; i < n; i++)
		if (strcmp(p[b->by_name[i - 1]].name, p[b->by_name[i]].name) == 0)
			return conf_refuse(b->src, b->note, household_path("%s[%u].name", key, b->by_name[i]).text,
				"profile '%s' stands here twice", p[b->by_name[i]].name);
	return 0;
}

int household_fill_profiles(struct household_builder *b, const char *key, const struct raw_profile *raw, unsigned n,
	const struct household_profile **ret)
{
	struct household_profile *p = arena_array(&b->h->arena, n, sizeof *p);
	if (!p)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		int err = take_profile(b, household_path("%s[%u]", key, i).text, &raw[i], &p[i]);
		if (err)
			return err;
	}
	*ret = p;
	return index_names(b, key, p, n);
}

int household_profile_search(const struct household_builder *b, const char *name, size_t n)
{
	unsigned lo = 0, hi = b->h->nprofiles;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		const char *here = b->h->profiles[b->by_name[mid]].name;
		int order = strncmp(here, name, n);
		if (order == 0 && here[n])
			order = 1;
		if (order == 0)
			return b->by_name[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}
