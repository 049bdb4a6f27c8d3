/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a document to print: refused, or bounded texts without control characters. */
#include "fuzz.h"

#include "paper/document.h"

static void text(const char *s, size_t max)
{
	check(s && strlen(s) <= max);
	for (; *s; s++)
		check((unsigned char)*s >= 0x20 || *s == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	struct paper_document d = { .block_n = SIZE_MAX };
	arena_init(&a, 0);
	if (paper_document_read(&a, bytes_of(p, n), &d)) {
		check(d.block_n == SIZE_MAX);
	} else {
		check(d.block_n <= PAPER_BLOCKS_MAX);
		text(d.title, PAPER_SHORT_MAX);
		text(d.page, PAPER_SHORT_MAX);
		text(d.lang, 16);
		for (size_t i = 0; i < d.block_n; i++) {
			check(d.block[i].kind < PAPER_KIND_COUNT);
			check(!d.block[i].label == !(d.block[i].kind == PAPER_FACT || d.block[i].kind == PAPER_CODE));
			text(d.block[i].text, PAPER_TEXT_MAX);
		}
	}
	arena_done(&a);
	return 0;
}
