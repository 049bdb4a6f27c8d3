/* SPDX-License-Identifier: Apache-2.0 */
/* Putting layers, household and zone together: one numbering of categories for all of them. */
#include "policy/judge.h"

#include "policy/clients.h"
#include "policy/names.h"
#include "policy/profiles.h"

#include <errno.h>

static const char *const layer_word[VIEW_LAYERS] = { "image", "overlay", "release" };
static const enum policy_kind layer_kind[VIEW_LAYERS] = { POLICY_IMAGE, POLICY_OVERLAY,
	POLICY_RELEASE };

static int check_layer(
	const struct view *v, const struct policy *p, enum view_layer i, struct err_note *note)
{
	if (p->h->kind != layer_kind[i])
		return err_set(note, ERR_FORMAT,
			"this file is of kind %s, where an %s was expected",
			layer_word[p->h->kind - POLICY_IMAGE], layer_word[i]);
	if (p->h->key.k0 != v->key.k0 || p->h->key.k1 != v->key.k1)
		return err_set(note, ERR_KEY,
			"the %s was made with another hash key than the image: "
			"compile it again for this image",
			layer_word[i]);
	return 0;
}

/* The view's number of a category by name, a new one if it has none. */
static unsigned number(struct view *v, const struct policy_cat *c)
{
	unsigned id = view_cat(v, c->name);
	if (id != CAT_NONE) {
		v->cats[id].names += c->names;
		v->cats[id].flags |= c->flags;
		return id;
	}
	if (v->ncats == CATS_MAX)
		return CAT_NONE;
	v->cats[v->ncats] = *c;
	return v->ncats++;
}

static struct cats renumber(const struct view_layer_own *own, struct cats c)
{
	struct cats r = cats_none();
	while (cats_any(c)) {
		unsigned id = cats_first(c);
		c = cats_minus(c, cats_one(id));
		r = cats_or(r, cats_one(own->to_view[id]));
	}
	return r;
}

static int renumber_sets(struct view_layer_own *own, const struct policy *p)
{
	own->sets = calloc(p->h->sets + 1u, sizeof *own->sets);
	if (!own->sets)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->h->sets; i++) {
		own->sets[i].add_exact = renumber(own, p->sets[i].add_exact);
		own->sets[i].add_below = renumber(own, p->sets[i].add_below);
		own->sets[i].clear_exact = renumber(own, p->sets[i].clear_exact);
		own->sets[i].clear_below = renumber(own, p->sets[i].clear_below);
	}
	return 0;
}

static int add_layer(struct view *v, struct policy *p, enum view_layer i, struct err_note *note)
{
	struct view_layer_own *own = &v->own[i];
	int err = check_layer(v, p, i, note);
	if (err)
		return err;
	memset(own->from_view, CAT_NONE, sizeof own->from_view);
	for (unsigned c = 0; c < p->h->cats; c++) {
		unsigned id = number(v, &p->cats[c]);
		if (id == CAT_NONE)
			return err_set(note, ERR_LIMIT,
				"more than %d categories together with the %s", CATS_MAX,
				layer_word[i]);
		own->to_view[c] = (uint8_t)id;
		own->from_view[id] = (uint8_t)c;
		if (i == LAYER_RELEASE)
			v->statutory = cats_or(v->statutory, cats_one(id));
	}
	for (uint32_t r = 0; r < p->nrewrites; r++)
		if (p->rewrites[r].owner < CATS_MAX)
			own->rewriting = cats_or(
				own->rewriting, cats_one(own->to_view[p->rewrites[r].owner]));
	own->held = p;
	v->layer[i] = p;
	v->depth = MAX(v->depth, p->h->max_depth);
	if (i == LAYER_IMAGE) /* its numbers are the view's */
		return 0;
	err = renumber_sets(own, p);
	if (err)
		return err;
	own->policy = *p;
	own->policy.sets = own->sets;
	v->layer[i] = &own->policy;
	return 0;
}

/* What the household's data says of a category; NULL for an operator's own. */
static const struct household_category *about(const struct household *h, const char *name)
{
	for (unsigned i = 0; i < h->ncategories; i++)
		if (!strcmp(h->categories[i].name, name))
			return &h->categories[i];
	return NULL;
}

static const char *label_of(
	const struct household *h, const struct household_category *c, const char *name)
{
	const char *label = NULL;
	if (c && h->language && !strcmp(h->language, "fr"))
		label = c->label_fr;
	else if (c && h->language && !strcmp(h->language, "ar"))
		label = c->label_ar;
	else if (c)
		label = c->label_en;
	return label && *label ? label : name;
}

static void set_masks(struct view *v)
{
	for (unsigned i = 0; i < v->ncats; i++) {
		const struct household_category *c = about(v->household, v->cats[i].name);
		enum category_kind kind = c ? (enum category_kind)c->kind : CATEGORY_CONTENT;
		v->labels[i] = label_of(v->household, c, v->cats[i].name);
		if (kind == CATEGORY_SECURITY)
			v->security = cats_or(v->security, cats_one(i));
		if (kind == CATEGORY_BYPASS)
			v->bypass = cats_or(v->bypass, cats_one(i));
		if (kind == CATEGORY_ALLOW || v->cats[i].flags & POLICY_CAT_ALLOW)
			v->allow = cats_or(v->allow, cats_one(i));
	}
	v->lifeline = cats_one(view_cat(v, "lifeline"));
	v->infrastructure = cats_one(view_cat(v, "infrastructure"));
	v->canary = cats_one(view_cat(v, "canary"));
	v->engines = cats_one(view_cat(v, "engine"));
	v->unsafe_search = cats_one(view_cat(v, "unsafe-search"));
}

static int add_layers(
	struct view *v, struct policy *const layer[VIEW_LAYERS], struct err_note *note)
{
	v->key = layer[LAYER_IMAGE]->h->key;
	for (int i = 0; i < VIEW_LAYERS; i++) {
		int err = layer[i] ? add_layer(v, layer[i], (enum view_layer)i, note) : 0;
		if (err)
			return err;
	}
	return 0;
}

/* All but what it takes over. */
static void free_own(struct view *v)
{
	for (int i = 0; i < VIEW_LAYERS; i++)
		free(v->own[i].sets);
	profiles_free(v->profiles);
	names_free(v->names);
	clients_free(v->clients);
	tz_free(v->zone);
	free(v);
}

int view_new(struct policy *image, struct policy *overlay, struct policy *release,
	struct household *household, const char *zone_folder, uint64_t generation,
	struct view **ret, struct err_note *note)
{
	struct policy *const layer[VIEW_LAYERS] = { image, overlay, release };
	struct view *v = calloc(1, sizeof *v);
	unsigned depth = 0;
	if (!v)
		return -ENOMEM;
	v->generation = generation;
	v->household = household;
	v->refs = 1;
	int err = add_layers(v, layer, note);
	if (err)
		goto out;
	set_masks(v);
	err = tz_open(zone_folder, household->time_zone, &v->zone, note);
	if (err)
		goto out;
	err = names_new(v->key, household, &v->names, &depth, note);
	if (err)
		goto out;
	v->depth = MAX(v->depth, depth);
	err = clients_new(household, &v->clients);
	if (err)
		goto out;
	err = profiles_new(v, &v->profiles);
	if (err)
		goto out;
	*ret = v;
	return 0;
out:
	free_own(v);
	return err;
}

struct view *view_ref(struct view *v)
{
	if (v)
		__atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
	return v;
}

void view_unref(struct view *v)
{
	if (!v || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	for (int i = 0; i < VIEW_LAYERS; i++)
		policy_unref(v->own[i].held);
	household_free(v->household);
	free_own(v);
}

uint16_t view_profile(const struct view *v, const uint8_t *address, size_t n)
{
	return clients_find(v->clients, address, n);
}

unsigned view_cat(const struct view *v, const char *name)
{
	for (unsigned i = 0; i < v->ncats; i++)
		if (!strcmp(v->cats[i].name, name))
			return i;
	return CAT_NONE;
}

struct cats policy_address_cats(const struct view *v, const uint8_t *address, size_t n)
{
	struct cats c = policy_address(v->layer[LAYER_IMAGE], address, n);
	if (v->layer[LAYER_OVERLAY])
		c = cats_or(c, renumber(&v->own[LAYER_OVERLAY],
				       policy_address(v->layer[LAYER_OVERLAY], address, n)));
	return c;
}
