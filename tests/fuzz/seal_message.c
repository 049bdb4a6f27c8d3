/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed forms: none that we did not make opens, and one that we made opens to what was put in, where it
 * was put, and nowhere else. Input: 1 byte of which form, 2 of where it is damaged, 1 of how; then the
 * sealed bytes, or the text. */
#include "fuzz.h"

#include "seal/pad.h"
#include "seal/seal.h"

static const uint8_t key[SEAL_KEY] = "thirty-two bytes for the fuzzer!";

static void message(struct bytes text, unsigned at, uint8_t flip)
{
	struct seal_place here = { .report = "fuzz", .sequence = 1, .type = SEAL_NOTE, .schema = SEAL_SCHEMA }, there = here;
	size_t all = seal_message_size(text.n), n;
	uint8_t *sealed = malloc(all), *room = malloc(all);
	check(sealed && room && seal_message(key, &here, text, sealed) == 0);
	check(seal_message_open(key, &here, bytes_of(sealed, all), room, &n) == 0);
	check(n == text.n && (n == 0 || memcmp(room, text.p, n) == 0));
	there.sequence = 1 + flip;
	check((seal_message_open(key, &there, bytes_of(sealed, all), room, &n) == 0) == (flip == 0));
	sealed[at % all] ^= flip;
	check((seal_message_open(key, &here, bytes_of(sealed, all), room, &n) == 0) == (flip == 0));
	free(sealed);
	free(room);
}

/* What stands under a good tag, but padded by somebody else: one form for each text, or none. */
static void padded(struct bytes p)
{
	size_t n = SIZE_MAX;
	if (pad_strip(p, &n)) {
		check(n == SIZE_MAX);
		return;
	}
	check(n < p.n && pad_bucket(n) == p.n);
	uint8_t *again = malloc(p.n);
	check(again);
	pad_put(bytes_of(p.p, n), again);
	check(memcmp(again, p.p, p.n) == 0);
	free(again);
}

/* The input at the end of a bucket: what a fuzzer would not find by length alone. */
static void padded_tail(struct bytes p)
{
	static uint8_t room[4096];
	for (size_t all = 1024; all <= sizeof room; all *= 2) {
		size_t n = p.n < all ? p.n : all;
		memset(room, 'x', all - n);
		memcpy(room + all - n, p.p, n);
		padded(bytes_of(room, all));
	}
}

static void hostile(struct bytes p)
{
	struct seal_place here = { .type = SEAL_REPORT, .schema = SEAL_SCHEMA };
	static const uint16_t words[SEAL_WORDS] = { 1, 2, 3 };
	struct seal_receipt receipt;
	uint8_t wrap[SEAL_WRAP] = { 0 }, got[SEAL_KEY], *room = malloc(p.n + 1);
	size_t n;
	check(room && seal_receipt(key, words, &receipt) == 0);
	check(seal_message_open(key, &here, p, room, &n) == ERR_MALFORMED);
	check(seal_box_open(key, bytes_of(NULL, 0), p, room, &n) == ERR_MALFORMED);
	check(seal_mail_open(&receipt, p, room, &n) == ERR_MALFORMED);
	check(seal_peel(receipt.mailbox_public, receipt.mailbox_secret, p, room) == ERR_MALFORMED);
	memcpy(wrap, p.p, p.n < SEAL_WRAP ? p.n : SEAL_WRAP);
	check(seal_wrap_open(receipt.mailbox_public, receipt.mailbox_secret, here.report, 0, wrap, got) == ERR_MALFORMED);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	check(seal_start() == 0);
	if (n < 4 || n > SEAL_PLAIN_MAX)
		return 0;
	struct bytes rest = bytes_of(p + 4, n - 4);
	switch (p[0] % 4) {
	case 0:
		message(rest, be16_get(p + 1), p[3]);
		break;
	case 1:
		padded(rest);
		break;
	case 2:
		padded_tail(rest);
		break;
	default:
		hostile(rest);
	}
	return 0;
}
