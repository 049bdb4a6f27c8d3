/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads of one process on one store; run against both backends, and under TSan. */
#include "testdb.h"

#include "store/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { THREADS = 8, INCREMENTS = 200 };

struct job {
	struct store *s;
	int err;
	atomic_bool *stop;
};

static void run_threads(struct store *s, void *(*body)(void *), struct job *jobs, pthread_t *threads)
{
	for (int i = 0; i < THREADS; i++) {
		jobs[i].s = s;
		assert_int_equal(pthread_create(&threads[i], NULL, body, &jobs[i]), 0);
	}
}

/* --- counting --- */

/* Read, then write what was read plus one: without isolation counts are lost. */
static int increment(struct store_tx *t, void *ctx)
{
	struct store_rows *r = NULL;
	int err = STORE_QUERY(t, &r, "SELECT n FROM counter WHERE id = $1", S_INT(1));
	if (err)
		return err;
	err = store_next(r);
	int64_t n = store_int(r, 0);
	store_end(r);
	if (err != 1)
		return err < 0 ? err : ERR_FORMAT;
	return STORE_RUN(t, "UPDATE counter SET n = $1 WHERE id = $2", S_INT(n + 1), S_INT(1));
}

static void *increment_often(void *arg)
{
	struct job *j = arg;
	for (int i = 0; i < INCREMENTS && !j->err; i++)
		j->err = store_write(j->s, increment, NULL);
	return NULL;
}

static void eight_threads_count_to_1600(void **state)
{
	struct store *s = testdb_open();
	struct job jobs[THREADS] = { 0 };
	pthread_t threads[THREADS];
	run_threads(s, increment_often, jobs, threads);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(jobs[i].err, 0);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter"), THREADS * INCREMENTS);
	store_close(s);
}

/* --- readers beside a writer --- */

static int move_one(struct store_tx *t, void *ctx)
{
	int err = store_run(t, "UPDATE counter SET n = n - 1 WHERE id = 1", NULL, 0, NULL);
	return err ? err : store_run(t, "UPDATE counter SET n = n + 1 WHERE id = 2", NULL, 0, NULL);
}

static int read_int(struct store_tx *t, const char *sql, int64_t *ret)
{
	struct store_rows *r = NULL;
	int err = store_query(t, sql, NULL, 0, &r);
	if (err)
		return err;
	err = store_next(r);
	*ret = store_int(r, 0);
	store_end(r);
	return err < 0 ? err : 0;
}

static void *read_often(void *arg)
{
	struct job *j = arg;
	while (!*j->stop && !j->err) {
		struct store_tx *t = NULL;
		int64_t one = 0, two = 0;
		if ((j->err = store_begin(j->s, STORE_READ, &t)))
			break;
		j->err = read_int(t, "SELECT n FROM counter WHERE id = 1", &one);
		if (!j->err)
			j->err = read_int(t, "SELECT n FROM counter WHERE id = 2", &two);
		store_rollback(t);
		if (!j->err && one + two != 0)
			j->err = ERR_CHECKSUM;
	}
	return NULL;
}

static void readers_see_the_sum_unchanged(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(testdb_run(s, "INSERT INTO counter (id, n) VALUES (2, 0)"), 0);
	atomic_bool stop = false;
	struct job jobs[THREADS] = { 0 };
	for (int i = 0; i < THREADS; i++)
		jobs[i].stop = &stop;
	pthread_t threads[THREADS];
	run_threads(s, read_often, jobs, threads);
	for (int i = 0; i < 200; i++)
		assert_int_equal(store_write(s, move_one, NULL), 0);
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(jobs[i].err, 0);
	assert_int_equal(testdb_int(s, "SELECT n FROM counter WHERE id = 2"), 200);
	store_close(s);
}

static void two_stores_of_one_process(void **state)
{
	struct store *a = testdb_open(), *b = testdb_reopen(testdb_last());
	struct job jobs[THREADS] = { 0 };
	pthread_t threads[THREADS];
	for (int i = 0; i < 4; i++) {
		jobs[i].s = i & 1 ? a : b;
		assert_int_equal(pthread_create(&threads[i], NULL, increment_often, &jobs[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(jobs[i].err, 0);
	}
	store_close(b); /* a must keep its locks */
	assert_int_equal(testdb_run(a, "UPDATE counter SET n = n + 1"), 0);
	assert_int_equal(testdb_int(a, "SELECT n FROM counter"), 4 * INCREMENTS + 1);
	store_close(a);
}

static void notes_are_of_the_thread(void **state)
{
	struct store *s = testdb_open();
	assert_int_equal(testdb_run(s, "SELEKT 1"), ERR_MALFORMED);
	struct job j = { .s = s };
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, increment_often, &j), 0);
	pthread_join(thread, NULL);
	assert_non_null(strstr(store_note(s), "SELEKT"));
	store_close(s);
}

/* --- the line --- */

static void *wait_in_line(void *arg)
{
	return (void *)(intptr_t)queue_enter(arg, 10000);
}

static void queue_gives_up_in_time(void **state)
{
	struct queue q;
	queue_init(&q, 2);
	assert_int_equal(queue_enter(&q, 10), 0);
	assert_int_equal(queue_enter(&q, 10), 0);
	assert_int_equal(queue_enter(&q, 10), -EAGAIN);
	queue_leave(&q);
	assert_int_equal(queue_enter(&q, 10), 0);
	queue_leave(&q);
	queue_leave(&q);
	queue_done(&q);
}

static bool somebody_waits(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	bool waits = q->first != NULL;
	pthread_mutex_unlock(&q->lock);
	return waits;
}

static void queue_hands_over_to_who_waits(void **state)
{
	struct queue q;
	pthread_t thread;
	void *err = (void *)1;
	queue_init(&q, 1);
	assert_int_equal(queue_enter(&q, 10), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_in_line, &q), 0);
	for (int i = 0; i < 5000 && !somebody_waits(&q); i++)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	queue_leave(&q);
	assert_int_equal(queue_enter(&q, 1), -EAGAIN); /* it is the other's already */
	pthread_join(thread, &err);
	assert_null(err);
	queue_leave(&q);
	queue_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_threads_count_to_1600),
		cmocka_unit_test(readers_see_the_sum_unchanged),
		cmocka_unit_test(two_stores_of_one_process),
		cmocka_unit_test(notes_are_of_the_thread),
		cmocka_unit_test(queue_gives_up_in_time),
		cmocka_unit_test(queue_hands_over_to_who_waits),
	};
	return cmocka_run_group_tests_name("store threads", tests, testdb_begin, testdb_finish);
}
