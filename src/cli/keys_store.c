/* SPDX-License-Identifier: Apache-2.0 */
/* hisn keys: the verbs of the host's keeper, on the store itself. */
#include "cli/keys.h"

#include "base/hex.h"
#include "keys/host.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MEMORY_MIN = 8, MEMORY_WEAK = 64, MEMORY_MAX = 4096 };
#define DEFAULT_USER "hisn-keys"

int keys_failed(const struct keys_args *a, const char *what, int err, const struct err_note *note)
{
	return note && *note->text ? cli_fail(a->program, "%s", note->text)
				   : cli_fail(a->program, "%s: %s", what, err_text(err));
}

bool keys_number(const char *s, uint64_t max, uint64_t *ret)
{
	char *end;
	if (!s || *s < '0' || *s > '9')
		return false;
	errno = 0;
	unsigned long long v = strtoull(s, &end, 10);
	*ret = v;
	return !errno && !*end && v <= max;
}

void keys_hex(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[p[i] >> 4];
		ret[2 * i + 1] = digits[p[i] & 15];
	}
	ret[2 * n] = 0;
}

int keys_holders_read(const struct keys_args *a, uint8_t ret[SEAL_HOLDERS][SEAL_PUBLIC])
{
	if (a->nholders != SEAL_HOLDERS)
		return keys_usage(a, "five --holder are needed, one for each recovery holder ('hisn keys holder new')");
	for (unsigned i = 0; i < SEAL_HOLDERS; i++) {
		if (!hex_read(bytes_str(a->holders[i]), ret[i], SEAL_PUBLIC))
			return keys_usage(a, "--holder %s: a public key is 64 hexadecimal digits", a->holders[i]);
		for (unsigned j = 0; j < i; j++)
			if (!memcmp(ret[i], ret[j], SEAL_PUBLIC))
				return keys_usage(a, "--holder %s: twice; five different people hold them", a->holders[i]);
	}
	return 0;
}

static struct stat owner; /* of the store, before it is replaced */

int keys_store_open(const struct keys_args *a, struct vault **ret)
{
	struct err_note note = { "" };
	if (stat(a->store, &owner) < 0)
		return keys_failed(a, a->store, -errno, NULL);
	uint8_t *key = sodium_malloc(SEAL_KEY);
	if (!key)
		return keys_failed(a, "memory", -ENOMEM, NULL);
	int err = keys_host_key_read(a->host_key, key, &note);
	if (!err)
		err = vault_open(a->store, key, ret, &note);
	sodium_free(key);
	if (err == -EBUSY)
		return cli_fail(a->program, "%s: the key process has it; stop it first (systemctl stop hisn-keys)", a->store);
	return err ? keys_failed(a, a->store, err, &note) : 0;
}

void keys_store_close(const struct keys_args *a, struct vault *v)
{
	vault_close(v);
	if (geteuid() == 0 && lchown(a->store, owner.st_uid, owner.st_gid) < 0)
		fprintf(stderr, "hisn keys: %s: chown: %s\n", a->store, strerror(errno));
}

/* Whom files are given to, and whom the process becomes: NULL when not root, or nobody is there. */
static const char *which_user(const struct keys_args *a, bool say)
{
	if (geteuid() != 0)
		return NULL;
	if (a->user || getpwnam(DEFAULT_USER))
		return a->user ? a->user : DEFAULT_USER;
	if (say)
		fprintf(stderr, "hisn keys: there is no user " DEFAULT_USER ": going on as root; better: "
				"useradd --system --no-create-home " DEFAULT_USER "\n");
	return NULL;
}

static int give_to(const char *path, const struct passwd *pw)
{
	return !pw || lchown(path, pw->pw_uid, pw->pw_gid) == 0 || errno == ENOENT ? 0 : -errno;
}

/* The store's folder is made if missing: for the user who will replace the store in it. */
static int make_folder(const char *store, const struct passwd *pw)
{
	char folder[PATH_MAX];
	int err = keys_host_folder_of(store, folder);
	if (err)
		return err;
	if (mkdir(folder, 0700) == 0)
		return give_to(folder, pw);
	return errno == EEXIST ? 0 : -errno;
}

static int create(const struct keys_args *a, const uint8_t (*holders)[SEAL_PUBLIC], const struct passwd *pw,
	struct err_note *note)
{
	char lock[PATH_MAX];
	uint8_t *key = sodium_malloc(SEAL_KEY);
	if (!key)
		return -ENOMEM;
	int err = keys_host_key_read(a->host_key, key, note);
	if (!err)
		err = make_folder(a->store, pw);
	if (!err)
		err = vault_create(a->store, key, holders);
	sodium_free(key);
	(void)snprintf(lock, sizeof lock, "%s.lock", a->store);
	if (!err)
		err = give_to(a->store, pw);
	if (!err)
		err = give_to(lock, pw);
	return err;
}

static void tell_init(const struct keys_args *a, bool made)
{
	printf("Made the key store %s%s%s.\n", a->store, made ? " and the host key " : "", made ? a->host_key : "");
	printf("\nBack up, once, on paper or a token in a safe: %s. Whoever has it and a copy of the store\n"
	       "has what a running key process has; keep it away from every other backup.\n"
	       "Do NOT put %s into the backup of the machine: an erased report stays erased only if no old\n"
	       "copy of the store is left. Its own backup is one file, overwritten every day: serve --backup FILE.\n",
		a->host_key, a->store);
	if (!a->nholders)
		printf("\nThere are no recovery holders yet: if all members of a unit forget their passwords, what is sealed\n"
		       "to it is lost. Five people run 'hisn keys holder new', then: hisn keys holder set.\n");
}

int keys_do_init(const struct keys_args *a)
{
	uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC];
	struct err_note note = { "" };
	bool made = false;
	int err = a->nholders ? keys_holders_read(a, holders) : 0;
	if (err)
		return err;
	const char *user = which_user(a, true);
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	if (user && !pw)
		return cli_fail(a->program, "--user %s: no such user", user);
	if (access(a->store, F_OK) == 0)
		return cli_fail(a->program, "%s: is there already; a new store could not open what was sealed with it", a->store);
	if (access(a->host_key, F_OK) < 0 && errno == ENOENT && !a->no_make) {
		err = keys_host_key_make(a->host_key, &note);
		made = !err;
	}
	if (!err)
		err = create(a, a->nholders ? (const uint8_t(*)[SEAL_PUBLIC])holders : NULL, pw, &note);
	if (err)
		return keys_failed(a, a->store, err, &note);
	tell_init(a, made);
	return EXIT_OK;
}

int keys_do_serve(const struct keys_args *a)
{
	struct keys_serve_config c = { .store = a->store, .host_key = a->host_key, .socket = a->socket,
		.backup = a->backup, .user = which_user(a, true), .npeers = a->npeers, .cost = SEAL_COST_DEFAULT };
	struct err_note note = { "" };
	uint64_t mib = 0;
	memcpy(c.peers, a->peers, sizeof c.peers);
	if (a->password_memory) {
		if (!keys_number(a->password_memory, MEMORY_MAX, &mib) || mib < MEMORY_MIN)
			return keys_usage(a, "--password-memory %s: %d to %d MiB", a->password_memory, MEMORY_MIN, MEMORY_MAX);
		c.cost.memory_kib = (uint32_t)mib * 1024;
		if (mib < MEMORY_WEAK)
			fprintf(stderr, "hisn keys: --password-memory %s: passwords are cheaper to guess than they should be; "
					"64 MiB is the least for real reports (RFC 9106)\n", a->password_memory);
	}
	int err = keys_serve(&c, &note);
	return err ? keys_failed(a, "serve", err, &note) : EXIT_OK;
}

int keys_do_rekey(const struct keys_args *a)
{
	struct err_note note = { "" };
	struct vault *v = NULL;
	if (!a->new_host_key)
		return keys_usage(a, "--new-host-key FILE is needed");
	int code = keys_store_open(a, &v);
	if (code)
		return code;
	int err = 0;
	uint8_t *key = sodium_malloc(SEAL_KEY);
	if (!key)
		err = -ENOMEM;
	if (!err && access(a->new_host_key, F_OK) < 0 && errno == ENOENT)
		err = keys_host_key_make(a->new_host_key, &note);
	if (!err)
		err = keys_host_key_read(a->new_host_key, key, &note);
	if (!err)
		err = vault_rekey(v, key);
	sodium_free(key);
	keys_store_close(a, v);
	if (err)
		return keys_failed(a, a->store, err, &note);
	printf("%s is now sealed under %s. Destroy %s and every copy of it: older copies of the store are then\n"
	       "useless at once. Put the new key where 'serve' reads it.\n", a->store, a->new_host_key, a->host_key);
	return EXIT_OK;
}

int keys_do_holder_set(const struct keys_args *a)
{
	uint8_t holders[SEAL_HOLDERS][SEAL_PUBLIC];
	struct vault *v = NULL;
	int code = keys_holders_read(a, holders);
	if (!code)
		code = keys_store_open(a, &v);
	if (code)
		return code;
	int err = vault_holders(v, (const uint8_t(*)[SEAL_PUBLIC])holders);
	keys_store_close(a, v);
	if (err)
		return keys_failed(a, a->store, err, NULL);
	printf("Epochs made from now on can be recovered by any three of these five. Earlier ones keep their holders,\n"
	       "or have none.\n");
	return EXIT_OK;
}
