/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a signed note, as the text of a head, and as a key. What can be read is written back the
 * same; nothing that is not ours is verified; our own signature under the same text is. */
#include "decision/checkpoint.h"

#include "fuzz.h"

#include <errno.h>
#include <sodium.h>

static struct note_key key;
static uint8_t secret[NOTE_SECRET];

static void prepare(void)
{
	uint8_t pub[NOTE_PUBLIC], seed[32] = { 7 };
	if (key.name[0])
		return;
	check(sodium_init() >= 0 && crypto_sign_seed_keypair(pub, secret, seed) == 0);
	check(note_key_set(&key, "desk.example/audit", pub) == 0);
}

static void as_head(struct bytes text)
{
	struct checkpoint c, again;
	char back[CHECKPOINT_MAX];
	size_t n;
	if (checkpoint_read(text, &c))
		return;
	checkpoint_write(&c, back, &n);
	check(n < sizeof back && n <= text.n && !memcmp(back, text.p, n));
	check(checkpoint_read(bytes_of(back, n), &again) == 0);
	check(again.size == c.size && !strcmp(again.origin, c.origin) && !memcmp(again.root, c.root, MERKLE_HASH));
}

static void as_note(struct bytes bytes)
{
	static struct note n, again;
	static char out[NOTE_MAX + NOTE_MORE];
	struct checkpoint c;
	size_t size;
	if (note_read(bytes, &n)) {
		check(checkpoint_open(bytes, &key, &c) != 0);
		return;
	}
	check(n.n > 0 && n.n <= NOTE_SIGNATURES && n.text.n && n.text.p == bytes.p && n.text.p[n.text.n - 1] == '\n');
	int err = note_verify(&n, &key);
	check(err == 0 || err == -ENOENT || err == ERR_CHECKSUM);
	as_head(n.text);
	if (note_sign(n.text, &key, secret, out, &size))
		return;
	check(note_read(bytes_of(out, size), &again) == 0 && again.n == 1 && bytes_equal(again.text, n.text));
	check(note_verify(&again, &key) == 0);
}

static void as_key(struct bytes text)
{
	struct note_key k, again;
	char out[NOTE_KEY_TEXT];
	if (note_key_read(text, &k))
		return;
	note_key_write(&k, out);
	check(strlen(out) == text.n);
	check(note_key_read(bytes_str(out), &again) == 0 && !memcmp(again.pub, k.pub, NOTE_PUBLIC) && !strcmp(again.name, k.name));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t *exact = malloc(n + !n); /* so that a byte too far is seen */
	check(exact);
	if (n)
		memcpy(exact, p, n);
	prepare();
	as_note(bytes_of(exact, n));
	as_head(bytes_of(exact, n));
	as_key(bytes_of(exact, n));
	free(exact);
	return 0;
}
