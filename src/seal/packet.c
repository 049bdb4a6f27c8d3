/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/packet.h"

#include <sodium.h>
#include <stdio.h>

enum { MAGIC = 12, NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, STEP = 4096 };
static const char magic[MAGIC + 1] = "hisn-packet\n";
enum { VERSION = 1 };

/* As a file's name it must neither hide, nor leave its folder, nor be an option. */
static bool good_name(const char *s, size_t n)
{
	if (!n || n > PACKET_NAME_MAX || *s == '.' || *s == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');
		if (!letter && s[i] != '-' && (s[i] != '.' || s[i - 1] == '.'))
			return false;
	}
	return true;
}

static bool name_before(const struct packet_file *file, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(file[i].name, name))
			return true;
	return false;
}

/* Of the content with its padding; 0: not one. */
static size_t content_size(const struct packet_file *file, size_t n)
{
	size_t size = 1;
	if (!n || n > PACKET_FILES_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!good_name(file[i].name, strnlen(file[i].name, PACKET_NAME_MAX + 1)) || name_before(file, i, file[i].name) ||
			file[i].body.n > PACKET_PLAIN_MAX)
			return 0;
		size += 1 + strlen(file[i].name) + 4 + file[i].body.n;
	}
	size = (size + 1 + STEP - 1) / STEP * STEP;
	return size <= PACKET_PLAIN_MAX ? size : 0;
}

size_t packet_size(const struct packet_file *file, size_t n)
{
	size_t size = content_size(file, n);
	return size ? PACKET_HEAD + size + SEAL_BOX_MORE : 0;
}

static void content_put(const struct packet_file *file, size_t n, uint8_t *p, size_t size)
{
	uint8_t *end = p + size;
	*p++ = (uint8_t)n;
	for (size_t i = 0; i < n; i++) {
		size_t name = strlen(file[i].name);
		*p++ = (uint8_t)name;
		memcpy(p, file[i].name, name);
		be32_put(p + name, (uint32_t)file[i].body.n);
		p += name + 4;
		if (file[i].body.n)
			memcpy(p, file[i].body.p, file[i].body.n);
		p += file[i].body.n;
	}
	*p++ = 0x80;
	memset(p, 0, (size_t)(end - p));
}

int packet_seal(const uint8_t recipient[SEAL_PUBLIC], const uint8_t id[PACKET_ID], const struct packet_file *file, size_t n,
	uint8_t *ret)
{
	uint8_t key[SEAL_KEY], *box = ret + PACKET_HEAD;
	size_t size = content_size(file, n);
	if (!size)
		return ERR_LIMIT;
	memcpy(ret, magic, MAGIC);
	ret[MAGIC] = VERSION;
	memcpy(ret + MAGIC + 1, id, PACKET_ID);
	randombytes_buf(key, sizeof key);
	int err = seal_wrap(recipient, key, id, 0, ret + MAGIC + 1 + PACKET_ID);
	if (!err) {
		/* Written where its sealed form will stand, and encrypted in place: no other copy. */
		randombytes_buf(box, NONCE);
		content_put(file, n, box + NONCE, size);
		crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE, NULL, box + NONCE, size, ret, PACKET_HEAD, NULL, box, key);
	}
	sodium_memzero(key, sizeof key);
	return err;
}

int packet_look(struct bytes packet, uint8_t ret_id[PACKET_ID])
{
	if (packet.n < MAGIC || memcmp(packet.p, magic, MAGIC) != 0)
		return ERR_FORMAT;
	if (packet.n < PACKET_HEAD + SEAL_BOX_MORE)
		return ERR_TRUNCATED;
	if (packet.p[MAGIC] != VERSION)
		return ERR_VERSION;
	if (packet.n > PACKET_MAX)
		return ERR_LIMIT;
	memcpy(ret_id, packet.p + MAGIC + 1, PACKET_ID);
	return 0;
}

int packet_open(const uint8_t public[SEAL_PUBLIC], const uint8_t secret[SEAL_KEY], struct bytes packet, uint8_t *room,
	struct packet_file *ret, size_t *ret_n)
{
	uint8_t id[PACKET_ID], key[SEAL_KEY];
	size_t n;
	int err = packet_look(packet, id);
	if (!err)
		err = seal_wrap_open(public, secret, id, 0, packet.p + MAGIC + 1 + PACKET_ID, key);
	if (err)
		return err;
	err = seal_box_open(key, bytes_of(packet.p, PACKET_HEAD), bytes_of(packet.p + PACKET_HEAD, packet.n - PACKET_HEAD), room, &n);
	sodium_memzero(key, sizeof key);
	return err ? err : packet_content(bytes_of(room, n), ret, ret_n);
}

/* --- reading a content --- */

/* The next n bytes of what is left; NULL: there are fewer. */
static const uint8_t *take(struct bytes *left, size_t n)
{
	const uint8_t *p = left->p;
	if (left->n < n)
		return NULL;
	left->p += n;
	left->n -= n;
	return p;
}

static int take_file(struct bytes *left, struct packet_file *ret)
{
	const uint8_t *length = take(left, 1);
	const uint8_t *name = length ? take(left, *length) : NULL;
	if (!name || !good_name((const char *)name, *length))
		return ERR_MALFORMED;
	memcpy(ret->name, name, *length);
	ret->name[*length] = 0;
	const uint8_t *size = take(left, 4);
	ret->body.n = size ? be32_get(size) : 0;
	ret->body.p = size ? take(left, ret->body.n) : NULL;
	return ret->body.p ? 0 : ERR_MALFORMED;
}

/* What follows the last file: the mark and zeros, no more than are needed. */
static bool good_end(struct bytes left)
{
	if (!left.n || left.n > STEP || left.p[0] != 0x80)
		return false;
	return left.n == 1 || sodium_is_zero(left.p + 1, left.n - 1);
}

int packet_content(struct bytes content, struct packet_file *ret, size_t *ret_n)
{
	struct bytes left = content;
	const uint8_t *count = take(&left, 1);
	if (!count || !*count || *count > PACKET_FILES_MAX || content.n % STEP || content.n > PACKET_PLAIN_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < *count; i++)
		if (take_file(&left, &ret[i]) || name_before(ret, i, ret[i].name))
			return ERR_MALFORMED;
	if (!good_end(left))
		return ERR_MALFORMED;
	*ret_n = *count;
	return 0;
}

void packet_fingerprint(const uint8_t recipient[SEAL_PUBLIC], char ret[SEAL_FINGERPRINT])
{
	static const char what[] = "hisn packet key 1";
	uint8_t h[32];
	unsigned group[4];
	crypto_generichash_state st;
	crypto_generichash_init(&st, NULL, 0, sizeof h);
	crypto_generichash_update(&st, (const uint8_t *)what, sizeof what - 1);
	crypto_generichash_update(&st, recipient, SEAL_PUBLIC);
	crypto_generichash_final(&st, h, sizeof h);
	for (int i = 0; i < 4; i++)
		group[i] = (unsigned)(be64_get(h + 8 * i) % 100000);
	(void)snprintf(ret, SEAL_FINGERPRINT, "%05u %05u %05u %05u", group[0], group[1], group[2], group[3]);
}
