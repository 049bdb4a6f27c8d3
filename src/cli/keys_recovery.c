/* SPDX-License-Identifier: Apache-2.0 */
/* hisn keys: 3-of-5 recovery. Export on the host, two holders peel a layer each on their own machines,
 * the third takes off the last on the host within `import`: so that an epoch's private half never
 * stands in a file. */
#include "cli/keys.h"

#include "base/clock.h"
#include "base/file.h"
#include "keys/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum { PASSPHRASE_MIN = 12 };

/* A new file only its owner reads. Never overwrites: it may be the only copy. */
static int write_new(const struct keys_args *a, const char *text, size_t n)
{
	int fd = open(a->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : file_write_all(fd, text, n);
	if (fd >= 0 && !err && fsync(fd) < 0)
		err = -errno;
	if (fd >= 0) {
		close(fd);
		if (err)
			unlink(a->out);
	}
	return err ? keys_failed(a, a->out, err, NULL) : 0;
}

/* --- a holder's pair --- */

static int make_holder(const struct keys_args *a, struct bytes passphrase, struct keys_paper_holder *ret)
{
	uint8_t *seed = sodium_malloc(SEAL_KEY);
	struct seal_member_secret *s = sodium_malloc(sizeof *s);
	int err = seed && s ? seal_member_new(s, seed) : -ENOMEM;
	if (!err) {
		ret->cost = SEAL_COST_DEFAULT;
		memcpy(ret->pub, s->pub.box, sizeof ret->pub);
		randombytes_buf(ret->salt, sizeof ret->salt);
		err = seal_member_lock(seed, passphrase, ret->cost, ret->salt, ret->box);
	}
	sodium_free(seed);
	sodium_free(s);
	return err ? keys_failed(a, "making keys", err, NULL) : 0;
}

int keys_do_holder_new(const struct keys_args *a)
{
	struct keys_paper_holder h;
	char text[KEYS_PAPER_MAX], pub[2 * SEAL_PUBLIC + 1];
	size_t n = 0;
	if (!a->out)
		return keys_usage(a, "--out FILE is needed: where your key file will stand");
	if (access(a->out, F_OK) == 0)
		return cli_fail(a->program, "%s: is there already", a->out);
	uint8_t *passphrase = sodium_malloc(KEYS_SECRET_MAX);
	int code = passphrase ? keys_secret(a, "A passphrase for your key file: ", true, passphrase, &n) : EXIT_FAILED;
	if (!code && n < PASSPHRASE_MIN)
		code = cli_fail(a->program, "at least %d characters; several words that do not belong together", PASSPHRASE_MIN);
	if (!code)
		code = make_holder(a, bytes_of(passphrase, n), &h);
	sodium_free(passphrase);
	if (!code)
		code = write_new(a, text, keys_paper_holder_write(&h, text));
	if (code)
		return code;
	keys_hex(h.pub, sizeof h.pub, pub);
	printf("%s\n", pub);
	fflush(stdout);
	fprintf(stderr, "This is your public key: read it to the host's keeper. %s is useless without the passphrase;\n"
			"keep two copies, away from the host.\n", a->out);
	return EXIT_OK;
}

static int unlock(const struct keys_args *a, const struct keys_paper_holder *h, struct bytes passphrase,
	struct seal_member_secret *ret)
{
	uint8_t *seed = sodium_malloc(SEAL_KEY);
	int err = seed ? seal_member_unlock(h->box, passphrase, h->cost, h->salt, seed) : -ENOMEM;
	if (err == ERR_MALFORMED)
		err = -EACCES;
	else if (!err)
		err = seal_member_from_seed(seed, ret);
	sodium_free(seed);
	if (err == -EACCES)
		return cli_fail(a->program, "%s: that is not its passphrase", a->holder_key);
	return err ? keys_failed(a, a->holder_key, err, NULL) : 0;
}

/* The holder's pair, after asking for the passphrase. ret: sodium_free. */
static int holder_open(const struct keys_args *a, struct seal_member_secret **ret)
{
	struct keys_paper_holder h;
	struct bytes text;
	size_t n = 0;
	int err = file_read(a->holder_key, KEYS_PAPER_MAX, &text);
	if (!err) {
		err = keys_paper_holder_read(text, &h);
		free((void *)text.p);
	}
	if (err)
		return keys_failed(a, a->holder_key, err, NULL);
	struct seal_member_secret *s = sodium_malloc(sizeof *s);
	uint8_t *passphrase = sodium_malloc(KEYS_SECRET_MAX);
	int code = s && passphrase ? keys_secret(a, "The passphrase of your key file: ", false, passphrase, &n)
				   : EXIT_FAILED;
	if (!code)
		code = unlock(a, &h, bytes_of(passphrase, n), s);
	sodium_free(passphrase);
	if (code)
		sodium_free(s);
	else
		*ret = s;
	return code;
}

/* --- layers --- */

/* "1,3,4": holders as people count them, in their order, to the number of seal_triple. */
static bool triple_of(const char *s, unsigned *ret)
{
	unsigned want[3] = { 0 }, have[3];
	char end;
	if (!s || sscanf(s, "%1u,%1u,%1u%c", &want[0], &want[1], &want[2], &end) != 3)
		return false;
	for (unsigned t = 0; t < SEAL_TRIPLES; t++) {
		seal_triple(t, have);
		if (have[0] + 1 == want[0] && have[1] + 1 == want[1] && have[2] + 1 == want[2]) {
			*ret = t;
			return true;
		}
	}
	return false;
}

static unsigned next_holder(const struct keys_paper_recovery *r)
{
	unsigned order[3];
	seal_triple(r->triple, order);
	return order[3 - r->layers] + 1;
}

static int read_recovery(const struct keys_args *a, struct keys_paper_recovery *ret)
{
	struct bytes text;
	int err = file_read(a->in, KEYS_PAPER_MAX, &text);
	if (!err) {
		err = keys_paper_recovery_read(text, ret);
		free((void *)text.p);
	}
	return err ? keys_failed(a, a->in, err, NULL) : 0;
}

int keys_do_export(const struct keys_args *a)
{
	struct keys_paper_recovery r = { .layers = 3 };
	char text[KEYS_PAPER_MAX];
	struct vault *v = NULL;
	if (a->nwords != 3 || !keys_number(a->words[2], INT64_MAX, &r.epoch))
		return keys_usage(a, "recovery export takes one epoch's number ('hisn keys epochs')");
	if (!a->out || !triple_of(a->triple, &r.triple))
		return keys_usage(a, "--out FILE and --triple A,B,C are needed: three of the holders 1 to 5, in rising order");
	int code = keys_store_open(a, &v);
	if (code)
		return code;
	int err = vault_recovery_export(v, r.epoch, r.triple, r.data);
	vault_close(v);
	if (err == -ENOENT)
		return cli_fail(a->program, "epoch %s: is not there, or was made before there were holders", a->words[2]);
	if (err)
		return keys_failed(a, a->words[2], err, NULL);
	code = write_new(a, text, keys_paper_recovery_write(&r, text));
	if (!code)
		printf("%s: for holder %u first. Nobody but three holders together can open it.\n", a->out, next_holder(&r));
	return code;
}

static int peel(const struct keys_args *a, const struct keys_paper_recovery *r, uint8_t *ret)
{
	struct seal_member_secret *s = NULL;
	int code = holder_open(a, &s);
	if (code)
		return code;
	int err = seal_peel(s->pub.box, s->box, bytes_of(r->data, keys_paper_size(r)), ret);
	sodium_free(s);
	if (err == ERR_MALFORMED)
		return cli_fail(a->program, "%s: is not for this holder; it is the turn of holder %u", a->in, next_holder(r));
	return err ? keys_failed(a, a->in, err, NULL) : 0;
}

int keys_do_peel(const struct keys_args *a)
{
	struct keys_paper_recovery r, less;
	char text[KEYS_PAPER_MAX];
	if (!a->in || !a->out || !a->holder_key)
		return keys_usage(a, "--in FILE, --holder-key FILE and --out FILE are needed");
	int code = read_recovery(a, &r);
	if (code)
		return code;
	if (r.layers == 1)
		return cli_fail(a->program, "%s: the last layer is taken off on the host, by 'hisn keys recovery import', so that "
			"the key never stands in a file", a->in);
	less = r;
	less.layers--;
	code = peel(a, &r, less.data);
	if (!code)
		code = write_new(a, text, keys_paper_recovery_write(&less, text));
	if (!code)
		printf("%s: next is holder %u%s.\n", a->out, next_holder(&less),
			less.layers == 1 ? ", on the host: hisn keys recovery import" : "");
	return code;
}

static int import(const struct keys_args *a, const struct keys_paper_recovery *r, uint32_t member)
{
	uint8_t *secret = sodium_malloc(SEAL_KEY);
	struct vault *v = NULL;
	int code = secret ? peel(a, r, secret) : EXIT_FAILED;
	if (!code)
		code = keys_store_open(a, &v);
	if (!code) {
		int err = vault_recovery_import(v, clock_unix(), r->epoch, r->triple, secret, member);
		keys_store_close(a, v);
		if (err == -EPERM)
			code = cli_fail(a->program, "member %u is not an active member of the epoch's unit or the national desk", member);
		else if (err)
			code = keys_failed(a, a->in, err, NULL);
	}
	sodium_free(secret);
	return code;
}

int keys_do_import(const struct keys_args *a)
{
	struct keys_paper_recovery r;
	uint64_t member = 0;
	if (!a->in || !a->holder_key || !a->member || !keys_number(a->member, UINT32_MAX, &member))
		return keys_usage(a, "--in FILE, --holder-key FILE and --member N are needed");
	int code = read_recovery(a, &r);
	if (code)
		return code;
	if (r.layers != 1)
		return cli_fail(a->program, "%s: holder %u peels first (hisn keys recovery peel)", a->in, next_holder(&r));
	code = import(a, &r, (uint32_t)member);
	if (!code)
		printf("Epoch %llu is open to member %llu again. The use is recorded: 'hisn keys recovery list' and the desk's\n"
		       "public page show it.\n", (unsigned long long)r.epoch, (unsigned long long)member);
	return code;
}

static void show_recoveries(const struct keys_args *a, const struct vault_recovery *r, size_t n)
{
	struct json j;
	unsigned t[3];
	if (a->json) {
		json_open(&j, stdout, true);
		json_begin_array(&j, NULL);
	}
	for (size_t i = 0; i < n; i++) {
		seal_triple(r[i].triple, t);
		if (!a->json) {
			printf("@%lld  epoch %llu  to member %u  by holders %u, %u, %u\n", (long long)r[i].at,
				(unsigned long long)r[i].epoch, r[i].member, t[0] + 1, t[1] + 1, t[2] + 1);
			continue;
		}
		json_begin_object(&j, NULL);
		json_int(&j, "at", r[i].at);
		json_int(&j, "epoch", (int64_t)r[i].epoch);
		json_int(&j, "member", r[i].member);
		json_begin_array(&j, "holders");
		for (unsigned h = 0; h < 3; h++)
			json_int(&j, NULL, t[h] + 1);
		json_end(&j);
		json_end(&j);
	}
	if (a->json) {
		json_end(&j);
		json_close(&j);
	}
}

int keys_do_recoveries(const struct keys_args *a)
{
	struct vault *v = NULL;
	size_t n = 0;
	struct vault_recovery *r = calloc(VAULT_RECOVERIES_MAX, sizeof *r);
	if (!r)
		return keys_failed(a, "memory", -ENOMEM, NULL);
	int code = keys_store_open(a, &v);
	if (!code) {
		int err = vault_recoveries(v, r, VAULT_RECOVERIES_MAX, &n);
		vault_close(v);
		if (err)
			code = keys_failed(a, a->store, err, NULL);
		else
			show_recoveries(a, r, n);
	}
	free(r);
	return code;
}
