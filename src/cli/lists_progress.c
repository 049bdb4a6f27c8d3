/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lists.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char hashes[] = "####################";
enum { WIDTH = sizeof hashes - 1 };

int lists_bars_start(struct lists_bars *b, const struct lists_entry *const *entries, size_t n, bool quiet)
{
	*b = (struct lists_bars){ .entries = entries, .n = n };
	b->at = calloc(n + 1, sizeof *b->at);
	b->shown = !quiet && isatty(STDERR_FILENO) == 1;
	return b->at ? 0 : -ENOMEM;
}

/* The lines of the last drawing go; the cursor stands where the first was. */
static void wipe(struct lists_bars *b)
{
	for (; b->drawn; b->drawn--)
		fputs("\033[A\r\033[K", stderr);
}

static void draw_line(struct lists_bars *b, size_t i)
{
	char done[16], total[16];
	uint64_t all = b->at[i].total, now = MIN(b->at[i].done, all ? all : UINT64_MAX);
	unsigned parts = all ? (unsigned)((double)now / (double)all * WIDTH) : 0;
	fprintf(stderr, "%-28.28s [%.*s%*s] %s%s%s\n", b->entries[i]->name, (int)parts, hashes, (int)(WIDTH - parts),
		"", lists_size(now, done), all ? " of " : "", all ? lists_size(all, total) : "");
	b->drawn++;
}

void lists_bars_set(struct lists_bars *b, size_t i, uint64_t done, uint64_t total)
{
	int64_t now = clock_mono_ms();
	if (done || total) {
		b->at[i].running = true;
		b->at[i].done = done;
		b->at[i].total = total;
	}
	if (!b->shown || now - b->last_ms < 100)
		return;
	b->last_ms = now;
	wipe(b);
	for (size_t k = 0; k < b->n; k++)
		if (b->at[k].running && !b->at[k].finished)
			draw_line(b, k);
	fprintf(stderr, "%zu of %zu lists\n", b->nfinished, b->n);
	b->drawn++;
	fflush(stderr);
}

void lists_bars_finished(struct lists_bars *b, size_t i)
{
	b->at[i].finished = true;
	b->nfinished++;
}

void lists_bars_end(struct lists_bars *b)
{
	if (b->shown)
		wipe(b);
	free(b->at);
	b->at = NULL;
}
