/* SPDX-License-Identifier: Apache-2.0 */
#include "decision/note.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "decision/base64.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

enum { ED25519 = 0x01, SIGNED = NOTE_ID + NOTE_SIGNATURE, SIGNED_TEXT = 92, KEY_TEXT = 44, ANY_MAX = 8 * 1024 /* post-quantum signatures have 5,000 */ };
static const char dash[] = "\xe2\x80\x94 ";

static_assert(crypto_sign_BYTES == NOTE_SIGNATURE && crypto_sign_SECRETKEYBYTES == NOTE_SECRET &&
	crypto_sign_PUBLICKEYBYTES == NOTE_PUBLIC, "Ed25519");

/* White space of Unicode. */
static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
		c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool is_name(struct bytes s)
{
	if (!s.n || s.n >= NOTE_NAME)
		return false;
	while (s.n) {
		uint32_t c = utf8_next(&s);
		if (c == UTF8_BAD || c < ' ' || c == '+' || is_space(c))
			return false;
	}
	return true;
}

/* UTF-8 without control characters other than newline. */
static bool is_clean(struct bytes s)
{
	while (s.n) {
		uint32_t c = utf8_next(&s);
		if (c == UTF8_BAD || (c < ' ' && c != '\n'))
			return false;
	}
	return true;
}

static bool is_text(struct bytes s)
{
	return s.n && s.n <= NOTE_MAX - NOTE_MORE && s.p[s.n - 1] == '\n' && is_clean(s);
}

/* --- keys --- */

int note_key_set(struct note_key *ret, const char *name, const uint8_t pub[NOTE_PUBLIC])
{
	struct bytes b = bytes_str(name);
	const uint8_t kind[] = { '\n', ED25519 };
	uint8_t h[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state s;
	if (!is_name(b))
		return ERR_MALFORMED;
	memcpy(ret->name, b.p, b.n + 1);
	memcpy(ret->pub, pub, NOTE_PUBLIC);
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, b.p, b.n);
	crypto_hash_sha256_update(&s, kind, sizeof kind);
	crypto_hash_sha256_update(&s, pub, NOTE_PUBLIC);
	crypto_hash_sha256_final(&s, h);
	memcpy(ret->id, h, NOTE_ID);
	return 0;
}

void note_key_write(const struct note_key *k, char ret[NOTE_KEY_TEXT])
{
	uint8_t key[1 + NOTE_PUBLIC] = { ED25519 };
	char text[KEY_TEXT + 1];
	memcpy(key + 1, k->pub, NOTE_PUBLIC);
	sodium_bin2base64(text, sizeof text, key, sizeof key, sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(ret, NOTE_KEY_TEXT, "%s+%02x%02x%02x%02x+%s", k->name, k->id[0], k->id[1], k->id[2], k->id[3], text);
}

/* Exactly n bytes of standard base64. */
static bool base64(struct bytes text, uint8_t *ret, size_t n)
{
	size_t got = 0;
	return base64_read(text, ret, n, &got) && got == n;
}

int note_key_read(struct bytes text, struct note_key *ret)
{
	uint8_t id[NOTE_ID], key[1 + NOTE_PUBLIC];
	char name[NOTE_NAME];
	const size_t tail = 1 + 2 * NOTE_ID + 1 + KEY_TEXT;
	if (text.n <= tail || text.n - tail >= NOTE_NAME)
		return ERR_MALFORMED;
	size_t n = text.n - tail;
	const uint8_t *p = text.p + n;
	if (p[0] != '+' || p[1 + 2 * NOTE_ID] != '+' || !hex_read(bytes_of(p + 1, 2 * NOTE_ID), id, NOTE_ID) ||
		!base64(bytes_of(p + tail - KEY_TEXT, KEY_TEXT), key, sizeof key) || key[0] != ED25519 || memchr(text.p, 0, n))
		return ERR_MALFORMED;
	memcpy(name, text.p, n);
	name[n] = 0;
	struct note_key k;
	int err = note_key_set(&k, name, key + 1);
	if (err)
		return err;
	if (memcmp(k.id, id, NOTE_ID) != 0)
		return ERR_KEY;
	*ret = k;
	return 0;
}

/* --- notes --- */

int note_sign(struct bytes text, const struct note_key *k, const uint8_t secret[NOTE_SECRET], char *ret, size_t *ret_n)
{
	uint8_t by[SIGNED];
	char line[SIGNED_TEXT + 1];
	if (!is_text(text))
		return ERR_MALFORMED;
	memcpy(by, k->id, NOTE_ID);
	if (crypto_sign_detached(by + NOTE_ID, NULL, text.p, text.n, secret))
		return ERR_MALFORMED;
	sodium_bin2base64(line, sizeof line, by, sizeof by, sodium_base64_VARIANT_ORIGINAL);
	memcpy(ret, text.p, text.n);
	*ret_n = text.n + (size_t)snprintf(ret + text.n, NOTE_MORE, "\n%s%s %s\n", dash, k->name, line);
	return 0;
}

/* "— name base64", without its newline. Signatures of other lengths are other kinds': read, never ours. */
static int read_line(struct bytes line, struct note *n)
{
	uint8_t any[ANY_MAX];
	size_t prefix = sizeof dash - 1, got = 0;
	if (line.n <= prefix || memcmp(line.p, dash, prefix) != 0)
		return ERR_MALFORMED;
	line = bytes_of(line.p + prefix, line.n - prefix);
	const uint8_t *space = memchr(line.p, ' ', line.n);
	size_t name = space ? (size_t)(space - line.p) : 0;
	if (!space || !is_name(bytes_of(line.p, name)))
		return ERR_MALFORMED;
	struct bytes text = bytes_of(space + 1, line.n - name - 1);
	if (!base64_read(text, any, sizeof any, &got) || got <= NOTE_ID)
		return ERR_MALFORMED;
	struct note_signature *s = &n->by[n->n];
	s->name = bytes_of(line.p, name);
	memcpy(s->id, any, NOTE_ID);
	s->signature = bytes_of(NULL, 0);
	if (got == SIGNED) {
		memcpy(n->signature[n->n], any + NOTE_ID, NOTE_SIGNATURE);
		s->signature = bytes_of(n->signature[n->n], NOTE_SIGNATURE);
	}
	n->n++;
	return 0;
}

/* Where the last empty line stands: the text ends before it. 0: nowhere. */
static size_t split(struct bytes note)
{
	for (size_t i = note.n; i > 1; i--)
		if (note.p[i - 1] == '\n' && note.p[i - 2] == '\n')
			return i - 1;
	return 0;
}

int note_read(struct bytes note, struct note *ret)
{
	if (note.n > NOTE_MAX)
		return ERR_LIMIT;
	size_t n = split(note);
	if (!n || note.p[note.n - 1] != '\n' || n + 1 == note.n || !is_clean(note))
		return ERR_MALFORMED;
	ret->text = bytes_of(note.p, n);
	ret->n = 0;
	for (size_t at = n + 1; at < note.n;) {
		const uint8_t *end = memchr(note.p + at, '\n', note.n - at);
		size_t size = (size_t)(end - (note.p + at));
		if (ret->n == NOTE_SIGNATURES)
			return ERR_LIMIT;
		int err = read_line(bytes_of(note.p + at, size), ret);
		if (err)
			return err;
		at += size + 1;
	}
	return 0;
}

int note_verify(const struct note *n, const struct note_key *k)
{
	int found = -ENOENT;
	for (unsigned i = 0; i < n->n; i++) {
		const struct note_signature *s = &n->by[i];
		if (!bytes_equal(s->name, bytes_str(k->name)) || memcmp(s->id, k->id, NOTE_ID) != 0)
			continue;
		if (s->signature.n != NOTE_SIGNATURE ||
			crypto_sign_verify_detached(s->signature.p, n->text.p, n->text.n, k->pub))
			return ERR_CHECKSUM;
		found = 0;
	}
	return found;
}
