/* SPDX-License-Identifier: Apache-2.0 */
/* Keys sealed to people: wraps of a report's key to an epoch, and nested boxes for recovery. */
#include "seal/seal.h"

#include <sodium.h>

enum { INSIDE = SEAL_KEY + SEAL_ID + 4, BOX = crypto_box_SEALBYTES };
static_assert(SEAL_WRAP == BOX + INSIDE && SEAL_NEST == SEAL_KEY + 3 * BOX && SEAL_MAIL_MORE == crypto_box_SEALBYTES,
	"sizes of seal.h are those of libsodium");

/*   sealed box of: key 32 | report 16 | number 4, big endian
 * A sealed box has no associated data, so what it belongs to stands inside. */
int seal_wrap(const uint8_t epoch_public[SEAL_PUBLIC], const uint8_t key[SEAL_KEY], const uint8_t report[SEAL_ID],
	uint32_t number, uint8_t ret[SEAL_WRAP])
{
	uint8_t inside[INSIDE];
	memcpy(inside, key, SEAL_KEY);
	memcpy(inside + SEAL_KEY, report, SEAL_ID);
	be32_put(inside + SEAL_KEY + SEAL_ID, number);
	/* -1: a public key of low order, with which anybody could open. */
	int err = crypto_box_seal(ret, inside, INSIDE, epoch_public) ? ERR_MALFORMED : 0;
	sodium_memzero(inside, sizeof inside);
	return err;
}

int seal_wrap_open(const uint8_t epoch_public[SEAL_PUBLIC], const uint8_t epoch_secret[SEAL_KEY],
	const uint8_t report[SEAL_ID], uint32_t number, const uint8_t wrap[SEAL_WRAP], uint8_t ret_key[SEAL_KEY])
{
	uint8_t inside[INSIDE], place[SEAL_ID + 4];
	int err = ERR_MALFORMED;
	memcpy(place, report, SEAL_ID);
	be32_put(place + SEAL_ID, number);
	if (crypto_box_seal_open(inside, wrap, SEAL_WRAP, epoch_public, epoch_secret) == 0 &&
		sodium_memcmp(inside + SEAL_KEY, place, sizeof place) == 0) {
		memcpy(ret_key, inside, SEAL_KEY);
		err = 0;
	}
	sodium_memzero(inside, sizeof inside);
	return err;
}

static const uint8_t triples[SEAL_TRIPLES][3] = { { 0, 1, 2 }, { 0, 1, 3 }, { 0, 1, 4 }, { 0, 2, 3 }, { 0, 2, 4 },
	{ 0, 3, 4 }, { 1, 2, 3 }, { 1, 2, 4 }, { 1, 3, 4 }, { 2, 3, 4 } };

void seal_triple(unsigned t, unsigned ret[3])
{
	for (unsigned i = 0; i < 3; i++)
		ret[i] = t < SEAL_TRIPLES ? triples[t][i] : 0;
}

static int nest(const uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC], const uint8_t who[3], const uint8_t secret[SEAL_KEY],
	uint8_t ret[SEAL_NEST])
{
	uint8_t inner[SEAL_KEY + BOX], middle[SEAL_KEY + 2 * BOX];
	if (crypto_box_seal(inner, secret, SEAL_KEY, holders[who[2]]) ||
		crypto_box_seal(middle, inner, sizeof inner, holders[who[1]]) ||
		crypto_box_seal(ret, middle, sizeof middle, holders[who[0]]))
		return ERR_MALFORMED;
	return 0;
}

int seal_nest(const uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC], const uint8_t secret[SEAL_KEY],
	uint8_t ret[SEAL_TRIPLES][SEAL_NEST])
{
	int err = 0;
	for (unsigned t = 0; t < SEAL_TRIPLES && !err; t++)
		err = nest(holders, triples[t], secret, ret[t]);
	return err;
}

int seal_peel(const uint8_t holder_public[SEAL_PUBLIC], const uint8_t holder_secret[SEAL_KEY],
	struct bytes layer, uint8_t *ret)
{
	if (layer.n != SEAL_NEST && layer.n != SEAL_NEST - BOX && layer.n != SEAL_NEST - 2 * BOX)
		return ERR_MALFORMED;
	return crypto_box_seal_open(ret, layer.p, layer.n, holder_public, holder_secret) ? ERR_MALFORMED : 0;
}
