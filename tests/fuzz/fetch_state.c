/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a state file: what is taken can be written and read again, and may stand in a header. */
#include "fetch/state.h"

#include <assert.h>

static bool safe(const char *s)
{
	for (; *s; s++)
		if ((uint8_t)*s < 0x20 || (uint8_t)*s > 0x7e)
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct fetch_state a = { 0 }, b = { 0 };
	char text[FETCH_STATE_MAX];
	if (fetch_state_parse(bytes_of(p, n), &a))
		return 0;
	assert(a.url[0] && safe(a.url) && safe(a.etag) && safe(a.modified));
	assert(!a.etag[0] || fetch_etag_valid(a.etag));
	size_t m = fetch_state_format(&a, text, sizeof text);
	assert(fetch_state_parse(bytes_of(text, m), &b) == 0);
	assert(!strcmp(a.url, b.url) && !strcmp(a.etag, b.etag) && !strcmp(a.modified, b.modified));
	assert(a.size == b.size && a.checked == b.checked && a.fetched == b.fetched);
	return 0;
}
