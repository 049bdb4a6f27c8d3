/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the private unbound: none that holds something like a name is told. */
#include "fuzz.h"
#include "base/bytes.h"
#include "guard/unbound_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char line[512];
	n = MIN(n, sizeof line - 1);
	memcpy(line, p, n);
	line[n] = 0;
	bool hidden;
	const char *text = unbound_log_text(line, &hidden);
	if (!text)
		return 0;
	check(text >= line && text < line + n);
	if (hidden)
		return 0;
	check(!strchr(text, '<') && !strchr(text, '>'));
	/* A letter right after a dot is told in full paths only. */
	for (const char *dot = text; (dot = strchr(dot, '.')); dot++) {
		if (((unsigned char)dot[1] | 0x20) < 'a' || ((unsigned char)dot[1] | 0x20) > 'z')
			continue;
		const char *word = dot;
		while (word > text && word[-1] != ' ')
			word--;
		check(*word == '/');
	}
	return 0;
}
