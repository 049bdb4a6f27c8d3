/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a list: guessed, and read as each format in turn (the first byte says which). */
#include "compile_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (!n)
		return 0;
	const char *s = (const char *)p + 1;
	enum list_format guess = format_guess(s, n - 1);
	check(guess > FORMAT_GUESS && guess < FORMATS);
	check(format_find(format_name(guess), strlen(format_name(guess))) == guess);
	read_lines(guess, s, n - 1);
	read_lines(p[0] % FORMATS, s, n - 1);
	return 0;
}
