/* SPDX-License-Identifier: Apache-2.0 */
#include "testview.h"

static const char *const adult[] = { "adult" };

static int new_view(struct testview *t, struct view **ret, struct err_note *note)
{
	struct policy *layer[VIEW_LAYERS] = { NULL, NULL, NULL };
	for (int i = 0; i < VIEW_LAYERS; i++)
		if (t->layer[i])
			layer[i] = ti_build(t->layer[i]);
	int err = view_new(layer[0], layer[1], layer[2], t->h, NULL, 7, ret, note);
	if (err) { /* nothing was taken over */
		for (int i = 0; i < VIEW_LAYERS; i++)
			policy_unref(layer[i]);
		household_free(t->h);
	}
	free(t);
	return err;
}

static void overlay_and_release_are_renumbered(void **state)
{
	struct testview *t = tv_new();
	struct testimage *o = tv_layer(t, LAYER_OVERLAY);
	/* in another order than the image's, and with one of its own */
	ti_add(o, "new.example", TI_BOTH, "own");
	ti_add(o, "new.example", TI_BOTH, "adult");
	ti_add(o, "bad.example", TI_BOTH, "malware");
	ti_clear(o, "fine.example", TI_BOTH, "adult");
	ti_addr4(o, 0x0a000001, 0x0a000001, "malware");
	tv_list(t, "fine.example", "adult");
	tv_statutory(t, "order.example");
	tv_close(t, adult, 1);
	struct view *v = NULL;
	assert_int_equal(new_view(t, &v, NULL), 0);
	assert_int_equal(v->generation, 7);
	assert_int_equal(v->ncats, ARRAY_LEN(tv_categories) + 2);
	assert_int_equal(view_cat(v, "adult"), policy_cat(v->layer[LAYER_IMAGE], "adult"));
	assert_verdict(tv_judge(v, "www.new.example", TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	assert_verdict(tv_judge(v, "bad.example", TV_NOON), ACTION_BLOCK, RULE_SECURITY);
	assert_verdict(tv_judge(v, "fine.example", TV_NOON), ACTION_ANSWER, RULE_OPEN);
	assert_verdict(tv_judge(v, "order.example", TV_NOON), ACTION_BLOCK, RULE_STATUTORY);
	assert_verdict(
		tv_chain(v, "a.example", NULL, 0x0a000001, TV_NOON), ACTION_BLOCK, RULE_SECURITY);
	view_unref(v);
}

static void one_overlay_serves_two_views(void **state)
{
	struct testview *a = tv_new(), *b = tv_new();
	free(b->layer[LAYER_IMAGE]);
	struct testimage *first = b->layer[LAYER_IMAGE] = ti_new(POLICY_IMAGE);
	(void)ti_cat(first, "adult"); /* b numbers it 0 */
	struct testimage *o = ti_new(POLICY_OVERLAY);
	ti_add(o, "new.example", TI_BOTH, "adult");
	struct policy *overlay = ti_build(o);
	tv_close(a, adult, 1);
	tv_close(b, adult, 1);
	struct view *va = NULL, *vb = NULL;
	assert_int_equal(view_new(ti_build(a->layer[0]), policy_ref(overlay), NULL, a->h, NULL, 1,
				 &va, NULL),
		0);
	assert_int_equal(
		view_new(ti_build(b->layer[0]), overlay, NULL, b->h, NULL, 2, &vb, NULL), 0);
	assert_verdict(tv_judge(va, "new.example", TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	assert_verdict(tv_judge(vb, "new.example", TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	view_unref(va);
	assert_verdict(tv_judge(vb, "new.example", TV_NOON), ACTION_BLOCK, RULE_CLOSED);
	view_unref(vb);
	free(a);
	free(b);
}

static void layers_of_another_key_or_kind_are_refused(void **state)
{
	struct testview *t = tv_new();
	struct err_note note = { "" };
	struct view *v = NULL;
	tv_layer(t, LAYER_OVERLAY)->key.k0++;
	assert_int_equal(new_view(t, &v, &note), ERR_KEY);
	assert_non_null(strstr(note.text, "overlay"));
	t = tv_new();
	t->layer[LAYER_OVERLAY] = ti_new(POLICY_RELEASE);
	note.text[0] = 0;
	assert_int_equal(new_view(t, &v, &note), ERR_FORMAT);
	assert_null(v);
}

static void too_many_categories_are_refused(void **state)
{
	struct testview *t = tv_new();
	struct err_note note = { "" };
	struct view *v = NULL;
	for (int i = 0; i < CATS_MAX; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "x-%d", i);
		(void)ti_cat(tv_layer(t, LAYER_OVERLAY), name);
	}
	assert_int_equal(new_view(t, &v, &note), ERR_LIMIT);
	assert_non_null(strstr(note.text, "128"));
}

static void unknown_zone_and_too_deep_a_name_are_refused(void **state)
{
	struct testview *t = tv_new();
	struct view *v = NULL;
	t->h->time_zone = "Atlantis/Capital";
	assert_int_equal(new_view(t, &v, NULL), ERR_TIME);
	t = tv_new();
	tv_deny(t, "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.example");
	struct err_note note = { "" };
	assert_int_equal(new_view(t, &v, &note), ERR_LIMIT);
	assert_non_null(strstr(note.text, "amina"));
}

static void guardians_names_set_the_depth(void **state)
{
	struct testview *t = tv_new();
	tv_list(t, "a.example", "adult");
	tv_deny(t, "a.b.c.d.e.example");
	struct view *v = NULL;
	assert_int_equal(new_view(t, &v, NULL), 0);
	assert_int_equal(v->depth, 6);
	assert_verdict(tv_judge(v, "x.a.b.c.d.e.example", TV_NOON), ACTION_BLOCK, RULE_DENY);
	view_unref(v);
}

/* A provider's file: the same few names in thousands of profiles, each with its own meaning. */
static void the_same_name_in_many_profiles(void **state)
{
	enum { PROFILES = 20000 };
	struct testview *t = tv_new();
	struct household_profile *p = arena_array(&t->h->arena, PROFILES, sizeof *p);
	assert_non_null(p);
	struct household_name *names = arena_array(&t->h->arena, 4, sizeof *names);
	assert_non_null(names);
	names[0] = tv_name("video.example", 0);
	names[1] = tv_name("chat.example", 0);
	names[2] = tv_name("video.example", TV_NOON + 9);
	for (int i = 0; i < PROFILES; i++) {
		p[i] = (struct household_profile){ .name = "p" };
		p[i].deny = names + i % 2;
		p[i].ndeny = 1;
		p[i].grants = names + 2;
		p[i].ngrants = i % 3 == 0;
	}
	t->h->profiles = p;
	t->h->nprofiles = PROFILES;
	struct view *v = NULL;
	assert_int_equal(new_view(t, &v, NULL), 0);
	for (int i = 0; i < PROFILES; i++) {
		struct verdict r = tv_judge_as(v, (uint16_t)i, "www.video.example", DNS_A, TV_NOON);
		assert_int_equal(r.rule, i % 2 == 0   ? RULE_DENY
					 : i % 3 == 0 ? RULE_GRANT
						      : RULE_OPEN);
		r = tv_judge_as(v, (uint16_t)i, "chat.example", DNS_A, TV_NOON);
		assert_int_equal(r.rule, i % 2 == 1 ? RULE_DENY : RULE_OPEN);
	}
	view_unref(v);
}

static void last_reference_frees(void **state)
{
	struct view *v = tv_view(tv_new());
	assert_ptr_equal(view_ref(v), v);
	view_unref(v);
	assert_verdict(tv_judge(v, "a.example", TV_NOON), ACTION_ANSWER, RULE_OPEN);
	view_unref(v);
	view_unref(NULL);
}

static const char *text_of(const struct view *v, const struct verdict *r)
{
	static char buf[256];
	buf[verdict_text(v, r, buf, sizeof buf - 1)] = 0;
	return buf;
}

static struct view *family(const char *language)
{
	struct testview *t = tv_new();
	tv_bedtime(t);
	tv_close(t, adult, 1);
	tv_list(t, "a.example", "adult");
	tv_statutory(t, "order.example");
	t->h->time_zone = "Africa/Casablanca";
	t->h->language = language;
	return tv_view(t);
}

static void texts_say_what_why_and_how_to_ask(void **state)
{
	struct view *v = family("en");
	int64_t night = TV_NOON + 11 * 3600;
	struct verdict r = tv_judge(v, "b.example", night);
	assert_string_equal(text_of(v, &r), "Closed until 07:00 (bedtime). Ask: http://hisn.home/");
	r = tv_judge(v, "a.example", TV_NOON);
	assert_string_equal(text_of(v, &r), "Closed for you: adult sites. Ask: http://hisn.home/");
	r = tv_judge(v, "c.example", TV_NOON);
	assert_string_equal(text_of(v, &r), "");
	view_unref(v);
	v = family("ar");
	r = tv_judge(v, "a.example", TV_NOON);
	assert_string_equal(
		text_of(v, &r), "مغلق بالنسبة لك: مواقع للكبار. للطلب: http://hisn.home/");
	view_unref(v);
	v = family("fr");
	r = tv_judge(v, "b.example", night);
	assert_string_equal(text_of(v, &r),
		"Fermé jusqu'à 07:00 (heure du coucher). Demander : http://hisn.home/");
	r = tv_judge(v, "order.example", TV_NOON);
	assert_null(strstr(text_of(v, &r), "hisn.home"));
	assert_non_null(strstr(text_of(v, &r), "recours"));
	view_unref(v);
}

/* Whatever the room: whole sentences, so never half a character. */
static void texts_fit(void **state)
{
	static const char *const languages[] = { "en", "fr", "ar" };
	for (size_t l = 0; l < ARRAY_LEN(languages); l++) {
		struct view *v = family(languages[l]);
		for (unsigned i = 0; i < 9 * 3; i++) {
			struct verdict r = { .action = ACTION_BLOCK,
				.rule = (uint8_t)(RULE_STATUTORY + i / 3),
				.pause = (uint8_t)(PAUSE_PAUSE + i % 3),
				.category = (uint8_t)view_cat(v, "adult"),
				.until = i % 2 ? TV_NOON : INT64_MAX };
			char whole[240], part[240];
			size_t n = verdict_text(v, &r, whole, sizeof whole);
			assert_in_range(n, 10, 200);
			for (size_t cap = 0; cap < n; cap++) {
				size_t m = verdict_text(v, &r, part, cap);
				assert_true(m <= cap && (m == 0 || part[m - 1] == '.'));
				assert_memory_equal(part, whole, m);
			}
		}
		view_unref(v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlay_and_release_are_renumbered),
		cmocka_unit_test(one_overlay_serves_two_views),
		cmocka_unit_test(layers_of_another_key_or_kind_are_refused),
		cmocka_unit_test(too_many_categories_are_refused),
		cmocka_unit_test(unknown_zone_and_too_deep_a_name_are_refused),
		cmocka_unit_test(guardians_names_set_the_depth),
		cmocka_unit_test(the_same_name_in_many_profiles),
		cmocka_unit_test(last_reference_frees),
		cmocka_unit_test(texts_say_what_why_and_how_to_ask),
		cmocka_unit_test(texts_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
