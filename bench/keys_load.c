/* SPDX-License-Identifier: Apache-2.0 */
/* What a running key process answers a second: keys_load SOCKET [THREADS] [SECONDS]. One kind of call
 * after the other, each from all threads; then all that one report asks of it. Where a rate limit says
 * "wait" the kind ends: how many passed is shown, and how fast those were. */
#include "base/clock.h"
#include "keys/client.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MAX = 64, REFILL_S = 11, SAMPLES = 1 << 16, TEXT = 2000 };

struct work {
	const char *name;
	int (*run)(struct keys *k, unsigned n);
	bool limited; /* by a rate: let its bucket fill first */
};

static struct keys *k;
static _Atomic bool stop;
static int64_t until_ns;
static struct keys_epoch triage;
static struct keys_receipt receipt;

struct thread {
	pthread_t id;
	const struct work *w;
	unsigned index, done, limited, failed;
	uint32_t sample_us[SAMPLES];
};

static int epoch(struct keys *c, unsigned n)
{
	struct keys_epoch e;
	return keys_epoch(c, KEYS_NATIONAL, KEYS_TRIAGE, 0, &e);
}

static int form(struct keys *c, unsigned n)
{
	uint8_t now[SEAL_KEY], before[SEAL_KEY];
	return keys_form(c, now, before);
}

static int mail(struct keys *c, unsigned n)
{
	static const uint8_t text[TEXT];
	uint8_t sealed[2 * TEXT];
	return keys_mail(c, receipt.mailbox_public, bytes_of(text, 500), sealed);
}

static int new_receipt(struct keys *c, unsigned n)
{
	uint16_t words[SEAL_WORDS];
	struct keys_receipt r;
	seal_words_random(words);
	return keys_receipt(c, words, false, &r);
}

static int blind(struct keys *c, unsigned n)
{
	char text[32];
	uint8_t b[SEAL_BLIND];
	(void)snprintf(text, sizeof text, "host-%u.example", n);
	return keys_blind(c, NULL, triage.id, SEAL_BLIND_HOST, bytes_str(text), b);
}

/* A report: form keys, epoch, receipt, one blind index, an answer in the mailbox. */
static int report(struct keys *c, unsigned n)
{
	int err = form(c, n);
	err = err ? err : epoch(c, n);
	err = err ? err : new_receipt(c, n);
	err = err ? err : blind(c, n);
	return err ? err : mail(c, n);
}

static void *run(void *arg)
{
	struct thread *t = arg;
	while (!stop && clock_mono_ns() < until_ns) {
		int64_t began = clock_mono_ns();
		int err = t->w->run(k, t->done * THREADS_MAX + t->index);
		if (err == -EAGAIN) {
			t->limited++;
			stop = true; /* the figure is of what is answered, not of refusals */
		} else if (err) {
			t->failed++;
			stop = true;
		} else {
			t->sample_us[t->done++ % SAMPLES] = (uint32_t)((clock_mono_ns() - began) / 1000);
		}
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void measure(const struct work *w, struct thread *t, unsigned threads, unsigned seconds)
{
	static uint32_t all[THREADS_MAX * SAMPLES];
	size_t n = 0, done = 0, limited = 0, failed = 0;
	int64_t began = clock_mono_ns();
	stop = false;
	until_ns = began + (int64_t)seconds * 1000000000;
	for (unsigned i = 0; i < threads; i++) {
		t[i].w = w;
		t[i].index = i;
		t[i].done = t[i].limited = t[i].failed = 0;
		if (pthread_create(&t[i].id, NULL, run, &t[i]))
			abort();
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(t[i].id, NULL);
		memcpy(all + n, t[i].sample_us, MIN(t[i].done, SAMPLES) * sizeof *all);
		n += MIN(t[i].done, SAMPLES);
		done += t[i].done;
		limited += t[i].limited;
		failed += t[i].failed;
	}
	double took = (double)(clock_mono_ns() - began) / 1e9;
	qsort(all, n, sizeof *all, by_size);
	printf("%-8s %8zu in %5.2f s: %8.0f a second, median %u us, 99%% %u us%s%s\n", w->name, done, took, (double)done / took,
		n ? all[n / 2] : 0, n ? all[n * 99 / 100] : 0, limited ? " (then the rate limit)" : "", failed ? " (FAILED)" : "");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct work kinds[] = { { "report", report, true }, { "form", form }, { "epoch", epoch }, { "mail", mail },
		{ "blind", blind, true }, { "receipt", new_receipt, true } };
	unsigned threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 4;
	unsigned seconds = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 3;
	uint16_t words[SEAL_WORDS];
	if (argc < 2 || !threads || threads > THREADS_MAX || !seconds || seal_start()) {
		fprintf(stderr, "usage: keys_load SOCKET [THREADS up to %d] [SECONDS]\n", THREADS_MAX);
		return 2;
	}
	struct thread *t = calloc(threads, sizeof *t);
	int err = t ? keys_open(argv[1], &k) : -ENOMEM;
	seal_words_random(words);
	if (!err)
		err = keys_epoch(k, KEYS_NATIONAL, KEYS_TRIAGE, 0, &triage);
	if (!err)
		err = keys_receipt(k, words, false, &receipt);
	if (err) {
		fprintf(stderr, "keys_load: %s\n", err_text(err));
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].limited && i)
			sleep(REFILL_S);
		measure(&kinds[i], t, threads, seconds);
	}
	keys_close(k);
	free(t);
	return 0;
}
