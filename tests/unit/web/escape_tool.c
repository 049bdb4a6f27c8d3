/* SPDX-License-Identifier: Apache-2.0 */
/* For test_escape.py: each record (4 bytes of length, the bytes) comes back as html_bytes and html_url put
 * them out, each as such a record. */
#include "web/html.h"

#include <stdio.h>

static void record(struct html_out *o)
{
	uint8_t size[4];
	be32_put(size, (uint32_t)o->n);
	fwrite(size, 1, 4, stdout);
	fwrite(o->p, 1, o->n, stdout);
	o->n = 0;
}

int main(void)
{
	static uint8_t size[4], text[65537];
	struct html_out o;
	html_init(&o, LANG_EN, NULL);
	while (fread(size, 1, 4, stdin) == 4) {
		size_t n = be32_get(size);
		if (n >= sizeof text || fread(text, 1, n, stdin) != n)
			return 1;
		text[n] = 0;
		html_bytes(&o, bytes_of(text, n));
		record(&o);
		html_url(&o, (const char *)text);
		record(&o);
	}
	html_done(&o);
	return 0;
}
