/* SPDX-License-Identifier: Apache-2.0 */
/* One view, many threads: they judge without locks, and whoever leaves last frees it. */
#include "testview.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 3000 };

static const char *const adult[] = { "adult" };

static void *work(void *arg)
{
	struct view *v = arg;
	uintptr_t wrong = 0;
	for (int i = 0; i < ROUNDS; i++) {
		struct view *mine = view_ref(v);
		struct verdict a = tv_judge(mine, "www.a.example", TV_NOON + i * 60);
		struct verdict b = tv_judge(mine, "game.example", TV_NOON + i * 60);
		wrong += (a.rule != RULE_CLOSED && a.rule != RULE_PAUSE) ||
			 (b.rule != RULE_ALLOW && b.rule != RULE_PAUSE);
		view_unref(mine);
	}
	view_unref(v);
	return (void *)wrong;
}

static void threads_share_a_view(void **state)
{
	struct testview *t = tv_new();
	pthread_t thread[THREADS];
	tv_bedtime(t);
	tv_close(t, adult, 1);
	tv_list(t, "a.example", "adult");
	tv_allow(t, "game.example");
	struct view *v = tv_view(t);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, view_ref(v)), 0);
	view_unref(v);
	for (int i = 0; i < THREADS; i++) {
		void *wrong = NULL;
		assert_int_equal(pthread_join(thread[i], &wrong), 0);
		assert_null(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_share_a_view),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
