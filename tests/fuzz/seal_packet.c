/* SPDX-License-Identifier: Apache-2.0 */
/* A packet's content that may be anybody's: refused, or just what packet_seal would write of the files it
 * gave. The input is the content's beginning; the rest of the 4,096 bytes is zeros. Sealed and opened again,
 * it is the same. */
#include "fuzz.h"

#include "seal/packet.h"

#include <sodium.h>

enum { STEP = 4096 };

static void again(const struct packet_file *file, size_t files, struct bytes content)
{
	static uint8_t seed[32], pub[SEAL_PUBLIC], secret[SEAL_KEY];
	static const uint8_t id[PACKET_ID] = "fuzz";
	struct packet_file got[PACKET_FILES_MAX];
	size_t n = packet_size(file, files), got_n;
	check(n == PACKET_HEAD + content.n + SEAL_BOX_MORE);
	uint8_t *p = malloc(n), *room = malloc(n);
	crypto_box_seed_keypair(pub, secret, seed);
	check(p && room && packet_seal(pub, id, file, files, p) == 0);
	check(packet_open(pub, secret, bytes_of(p, n), room, got, &got_n) == 0 && got_n == files);
	check(memcmp(room, content.p, content.n) == 0);
	p[n - 1] ^= 1;
	check(packet_open(pub, secret, bytes_of(p, n), room, got, &got_n) == ERR_MALFORMED);
	free(p);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct packet_file file[PACKET_FILES_MAX];
	uint8_t id[PACKET_ID];
	size_t files = 0;
	check(seal_start() == 0);
	if (n > 3 * STEP)
		return 0;
	(void)packet_look(bytes_of(p, n), id);
	/* Just as large as it is, so that a byte read behind it is found. */
	size_t all = (n + STEP - 1) / STEP * STEP;
	uint8_t *content = calloc(1, all ? all : 1);
	check(content);
	if (n)
		memcpy(content, p, n);
	if (packet_content(bytes_of(content, all), file, &files) == 0)
		again(file, files, bytes_of(content, all));
	free(content);
	return 0;
}
