/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One immutable view of everything that judges: image, overlay, release, household, zone.
 * Built once, then read by any number of threads without locks; swapped whole by pointer. */

#include "base/tz.h"
#include "policy/household.h"
#include "policy/image.h"

enum { VIEW_LAYERS = 3 };
enum view_layer { LAYER_IMAGE, LAYER_OVERLAY, LAYER_RELEASE };

/* What a profile is at an instant; holds until `until`. Keep one per profile and worker, and renew
 * it when the clock reaches `until`: that is all the calendar work there is. */
struct policy_now {
	int64_t until;           /* first second at which anything here, or which grants are live, may
				  * differ; INT64_MAX: never. A grant is live if it ends at `until` or later. */
	int64_t edge;            /* first second at which a schedule or pause may change a verdict */
	int64_t pause_end;       /* pause: the first second without it, or in another one; else INT64_MAX */
	struct cats closed;      /* rule 10 */
	struct cats by_operator; /* those of them for which EDE is 15 */
	struct cats timed;       /* categories whose state a schedule changes: answers are clamped */
	struct cats opened;      /* rule 9: allow categories that count */
	uint8_t pause;           /* enum policy_pause: rule 7 */
	bool allow_only, bypass_floor, security;
	uint8_t safe_search, restricted_video, form;
	bool has_names;          /* it has denies, allows or grants */
	uint64_t names_present;  /* presence mask of their hashes, see names.h */
};

enum policy_pause { PAUSE_NONE, PAUSE_PAUSE, PAUSE_BEDTIME, PAUSE_SCHOOL };

struct view_names;   /* guardians' names of all profiles: names.h */
struct view_clients; /* address -> profile */
struct view_profile; /* masks of one profile: now.c */

/* What a view adds to a layer so that its numbers are the view's. */
struct view_layer_own {
	struct policy policy;         /* overlay, release: the layer with renumbered sets */
	struct policy *held;          /* the reference taken over */
	struct policy_set *sets;
	uint8_t to_view[CATS_MAX];    /* the layer's category -> the view's */
	uint8_t from_view[CATS_MAX];  /* and back; CAT_NONE */
	struct cats rewriting;        /* the view's categories that own rewrites here */
};

struct view {
	uint64_t generation;
	struct policy *layer[VIEW_LAYERS]; /* overlay, release: may be NULL */
	struct name_key key;               /* of all layers, and of the guardians' names */
	unsigned depth;                    /* suffixes worth hashing: max over layers and names */
	unsigned ncats;
	struct policy_cat cats[CATS_MAX];  /* the image's, then those only overlay or release have */
	struct cats lifeline, infrastructure, security, bypass, canary, engines, unsafe_search;
	struct cats statutory;             /* every category of the release */
	struct cats allow;                 /* categories with POLICY_CAT_ALLOW */
	struct household *household;
	struct tz *zone;
	struct view_names *names;
	struct view_clients *clients;
	/* private */
	struct view_profile *profiles;
	const char *labels[CATS_MAX];
	struct view_layer_own own[VIEW_LAYERS];
	unsigned refs;
};

/* Takes over the references to image, overlay, release and household, on success only. overlay and
 * release may be NULL. zone_folder NULL: the system's. Errors: ERR_KEY (a layer made with another
 * key; the note says how to compile it again), ERR_FORMAT (an overlay where an image should be, and
 * the like), ERR_LIMIT (more than 128 categories; a guardian's name of more labels than
 * POLICY_MAX_DEPTH), ERR_TIME, -ENOMEM. A category that a profile names and no layer has is fine:
 * nothing is in it.
 *
 * What a category does comes from household->categories (its kind) and, for POLICY_CAT_ALLOW, from
 * the layer too; a category of neither is content. Names of engines (rewrites for POLICY_ENGINE)
 * must be in the category "engine": others are not looked for. */
must_use int view_new(struct policy *image, struct policy *overlay, struct policy *release,
	struct household *household, const char *zone_folder, uint64_t generation, struct view **ret,
	struct err_note *note);
struct view *view_ref(struct view *v);
void view_unref(struct view *v); /* NULL is fine; the last one frees all it took over */

/* The profile of a client address: 4 or 16 bytes, network order; the longest prefix wins. */
uint16_t view_profile(const struct view *v, const uint8_t *address, size_t n);

/* What profile is at `now` (Unix seconds). Pure, no allocation, bounded. A profile out of range
 * counts as the default one. */
void view_now(const struct view *v, uint16_t profile, int64_t now, struct policy_now *ret);

unsigned view_cat(const struct view *v, const char *name); /* CAT_NONE if no layer has it */

/* A category's label in the household's language, its name where it has none. */
const char *view_label(const struct view *v, unsigned category);
