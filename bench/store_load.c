/* SPDX-License-Identifier: Apache-2.0 */
/* Commits per second through the store: store-load WHERE [SECONDS]. WHERE is a fresh SQLite file or
 * PostgreSQL ("python3 tests/pg.py sh -c 'store-load \"$HISN_TEST_PG\"'"). One commit is a report's:
 * three rows, one of them a sealed text of 4 KiB. */
#include "store/store.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS_MAX = 8 };

static const struct store_migration migrations[] = { { "bench",
	"CREATE TABLE report (id BIGINT PRIMARY KEY, state TEXT NOT NULL, at BIGINT NOT NULL);\n"
	"CREATE TABLE message (report BIGINT NOT NULL REFERENCES report (id), sequence BIGINT, body BLOB, PRIMARY KEY (report, sequence));\n"
	"CREATE TABLE event (id BIGINT PRIMARY KEY, what TEXT NOT NULL);\n" } };

static struct store *store;
static atomic_llong next_id;
static atomic_bool stop;

struct thread {
	pthread_t id;
	int64_t done;
	int64_t slowest_ns;
	int err;
};

static int submit(struct store_tx *t, void *ctx)
{
	static const uint8_t body[4096] = { 1 };
	int64_t id = *(int64_t *)ctx;
	int err = STORE_RUN(t, "INSERT INTO report (id, state, at) VALUES ($1, $2, $3)", S_INT(id), S_TEXT("new"), S_INT(id));
	if (!err)
		err = STORE_RUN(t, "INSERT INTO message (report, sequence, body) VALUES ($1, $2, $3)", S_INT(id), S_INT(0), S_BLOB(body, sizeof body));
	return err ? err : STORE_RUN(t, "INSERT INTO event (id, what) VALUES ($1, $2)", S_INT(id), S_TEXT("received"));
}

static void *submit_on(void *arg)
{
	struct thread *th = arg;
	while (!stop && !th->err) {
		int64_t id = next_id++, start = clock_mono_ns();
		th->err = store_write(store, submit, &id);
		th->done += !th->err;
		th->slowest_ns = MAX(th->slowest_ns, clock_mono_ns() - start);
	}
	return NULL;
}

static int run(unsigned threads, int seconds)
{
	struct thread th[THREADS_MAX] = { 0 };
	struct timespec pause = { seconds, 0 };
	int64_t done = 0, slowest = 0, start = clock_mono_ns();
	int err = 0;
	stop = false;
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&th[i].id, NULL, submit_on, &th[i]))
			return -1;
	(void)nanosleep(&pause, NULL);
	stop = true;
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(th[i].id, NULL);
		done += th[i].done;
		slowest = MAX(slowest, th[i].slowest_ns);
		err = err ? err : th[i].err;
	}
	double s = (double)(clock_mono_ns() - start) / 1e9;
	printf("%s, %u thread%s: %.0f commits/s, slowest %.0f ms%s%s\n", store_is_postgres(store) ? "PostgreSQL" : "SQLite", threads,
		threads > 1 ? "s" : "", (double)done / s, (double)slowest / 1e6, err ? ", ERROR " : "", err ? err_text(err) : "");
	return err;
}

int main(int argc, char **argv)
{
	struct err_note note = { 0 };
	int seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
	int err = argc > 1 ? store_open(argv[1], &store, &note) : ERR_CONFIG;
	if (!err)
		err = store_migrate(store, migrations, ARRAY_LEN(migrations), &note);
	if (err) {
		(void)fprintf(stderr, "usage: store-load WHERE [SECONDS]: %s\n", err_say(&note, err));
		return 1;
	}
	err = run(1, seconds);
	if (!err)
		err = run(THREADS_MAX, seconds);
	store_close(store);
	return err ? 1 : 0;
}
