/* SPDX-License-Identifier: Apache-2.0 */
/* What a form remembers between its pages:
 *
 *   field:  base64url( 1 | hour (u32) | box )     the hour is the box's additional data, in clear, so
 *                                                  that an old form is told from a changed one
 *   inside: words 9 x u16 | once 16 | path | step | receipt | zero | length u32 | JSON | padding
 */
#include "desk/state.h"

#include "base/clock.h"
#include "desk/epoch.h"

#include <errno.h>
#include <sodium.h>

enum {
	VERSION = 1, CLEAR = 5, HEAD = 2 * SEAL_WORDS + 16 + 4 + 4,
	HOURS_MAX = 24, /* two periods of the keys */
};
/* Inside, padded. The largest still fits a form's field of 32 KiB. */
static const uint16_t buckets[] = { 512, 1024, 2048, 4096, 8192, 16384, 24000 };

void form_begin(struct form_state *s, enum report_kind kind, enum report_by by, uint8_t path)
{
	*s = (struct form_state){ .report = { .kind = kind, .by = by }, .path = path, .receipt = true };
	seal_words_random(s->words);
	randombytes_buf(s->once, sizeof s->once);
	s->began = seal_round_time(clock_unix());
}

/* --- sealing --- */

static size_t bucket(size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
		if (n <= buckets[i])
			return buckets[i];
	return 0;
}

static void put_head(uint8_t *p, const struct form_state *s, size_t json_n)
{
	for (size_t i = 0; i < SEAL_WORDS; i++, p += 2)
		be16_put(p, s->words[i]);
	p = mempcpy(p, s->once, sizeof s->once);
	*p++ = s->path;
	*p++ = s->step;
	*p++ = s->receipt;
	*p++ = 0;
	be32_put(p, (uint32_t)json_n);
}

int form_seal(struct desk *d, struct arena *a, const struct form_state *s, const char **ret)
{
	struct desk_form_keys keys;
	struct bytes json;
	int err = report_write(a, &s->report, &json);
	if (err)
		return err;
	size_t n = bucket(HEAD + json.n), whole = CLEAR + n + SEAL_BOX_MORE;
	if (!n)
		return ERR_LIMIT;
	uint8_t *plain = arena_alloc(a, n), *out = arena_alloc(a, whole);
	size_t text_n = sodium_base64_encoded_len(whole, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = arena_alloc(a, text_n);
	if (!plain || !out || !text)
		return -ENOMEM;
	err = desk_form_keys(d, false, &keys);
	if (err)
		return err;
	put_head(plain, s, json.n);
	memcpy(plain + HEAD, json.p, json.n);
	out[0] = VERSION;
	be32_put(out + 1, (uint32_t)(s->began / 3600));
	err = seal_box(keys.now, bytes_of(out, CLEAR), bytes_of(plain, n), out + CLEAR);
	sodium_memzero(&keys, sizeof keys);
	sodium_memzero(plain, n);
	if (!err)
		*ret = sodium_bin2base64(text, text_n, out, whole, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return err;
}

/* --- opening --- */

static int read_plain(struct arena *a, struct bytes b, struct form_state *ret)
{
	struct form_state s = { 0 };
	if (b.n < HEAD)
		return ERR_MALFORMED;
	const uint8_t *p = b.p;
	for (size_t i = 0; i < SEAL_WORDS; i++, p += 2)
		if ((s.words[i] = be16_get(p)) >= SEAL_WORD_COUNT)
			return ERR_MALFORMED;
	memcpy(s.once, p, sizeof s.once);
	p += sizeof s.once;
	s.path = p[0];
	s.step = p[1];
	s.receipt = p[2];
	size_t n = be32_get(p + 4);
	if (n > b.n - HEAD)
		return ERR_MALFORMED;
	int err = report_read(a, bytes_of(b.p + HEAD, n), &s.report, NULL);
	if (!err)
		*ret = s;
	return err;
}

static int open_with(struct desk *d, bool fresh, struct bytes whole, uint8_t *plain, size_t *n)
{
	struct desk_form_keys keys;
	struct bytes clear = bytes_of(whole.p, CLEAR), box = bytes_of(whole.p + CLEAR, whole.n - CLEAR);
	int err = desk_form_keys(d, fresh, &keys);
	if (err)
		return err;
	err = seal_box_open(keys.now, clear, box, plain, n);
	if (err == ERR_MALFORMED)
		err = seal_box_open(keys.before, clear, box, plain, n);
	sodium_memzero(&keys, sizeof keys);
	return err;
}

/* A form whose hour in clear is old was most likely left open; who changes the hour learns nothing. */
static bool is_old(const uint8_t *clear)
{
	int64_t age = clock_unix() / 3600 - (int64_t)be32_get(clear + 1);
	return age > HOURS_MAX || age < -1;
}

int form_open(struct desk *d, struct arena *a, const char *field, struct form_state *ret)
{
	size_t text_n = strlen(field), n = 0;
	uint8_t *whole = arena_alloc(a, text_n + 1), *plain = arena_alloc(a, text_n + 1);
	if (!whole || !plain)
		return -ENOMEM;
	if (sodium_base642bin(whole, text_n, field, text_n, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ||
		n < CLEAR + SEAL_BOX_MORE || whole[0] != VERSION)
		return ERR_MALFORMED;
	if (is_old(whole))
		return ERR_TIME;
	struct bytes all = bytes_of(whole, n);
	int err = open_with(d, false, all, plain, &n);
	if (err == ERR_MALFORMED)
		err = open_with(d, true, all, plain, &n);
	if (!err)
		err = read_plain(a, bytes_of(plain, n), ret);
	else if (err == ERR_MALFORMED && clock_unix() / 3600 - (int64_t)be32_get(whole + 1) >= HOURS_MAX / 2)
		err = ERR_TIME;
	if (!err)
		ret->began = (int64_t)be32_get(whole + 1) * 3600;
	sodium_memzero(plain, n);
	return err;
}
