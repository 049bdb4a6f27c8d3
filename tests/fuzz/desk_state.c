/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a form's hidden field, and any bytes as what such a field holds once it opens (a key that
 * leaked must not become a way to crash): refused, or a state that seals and opens to the same. */
#include "base/clock.h"
#include "desk/state.h"
#include "fuzz.h"

#include <errno.h>
#include <sodium.h>

enum { CLEAR = 5 };

/* Linked instead of the key process's client: a key of zeros, no epochs. */
int keys_form(struct keys *k, uint8_t ret_now[SEAL_KEY], uint8_t ret_before[SEAL_KEY])
{
	memset(ret_now, 0, SEAL_KEY);
	memset(ret_before, 0, SEAL_KEY);
	return 0;
}

int keys_epoch(struct keys *k, const char *unit, enum keys_class class, int64_t when, struct keys_epoch *ret)
{
	return -ENOENT;
}

int keys_epochs(struct keys *k, struct keys_epoch *ret, size_t cap, size_t *ret_n)
{
	return -ENOENT;
}

static const char *sealed(struct arena *a, const uint8_t *p, size_t n)
{
	const uint8_t key[SEAL_KEY] = { 0 };
	size_t whole = CLEAR + n + SEAL_BOX_MORE, text_n = sodium_base64_ENCODED_LEN(whole, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	uint8_t *out = arena_alloc(a, whole);
	char *text = arena_alloc(a, text_n);
	if (!out || !text)
		return "";
	out[0] = 1;
	be32_put(out + 1, (uint32_t)(clock_unix() / 3600));
	check(seal_box(key, bytes_of(out, CLEAR), bytes_of(p, n), out + CLEAR) == 0);
	return sodium_bin2base64(text, text_n, out, whole, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void open_it(struct desk *d, struct arena *a, const char *field)
{
	struct form_state s, again;
	const char *text;
	int err = form_open(d, a, field, &s);
	check(err == 0 || err == ERR_MALFORMED || err == ERR_TIME || err == -ENOMEM);
	if (err)
		return;
	for (size_t i = 0; i < SEAL_WORDS; i++)
		check(s.words[i] < SEAL_WORD_COUNT);
	check(s.report.kind < REPORT_KIND_COUNT && s.report.by < REPORT_BY_COUNT);
	err = form_seal(d, a, &s, &text);
	if (err)
		return;
	check(strlen(text) <= 32 * 1024);
	check(form_open(d, a, text, &again) == 0);
	check(memcmp(again.words, s.words, sizeof s.words) == 0 && again.step == s.step && again.path == s.path);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct desk d;
	struct arena a;
	check(seal_start() == 0);
	d.keys = (struct keys *)&d;
	arena_init(&a, 4 << 20);
	char *raw = arena_text(&a, (const char *)p, strnlen((const char *)p, n));
	if (raw)
		open_it(&d, &a, raw);
	open_it(&d, &a, sealed(&a, p, n));
	arena_done(&a);
	return 0;
}
