/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* hisn keys: what its verbs share. */

#include "cli/cli.h"
#include "cli/secret.h"
#include "keys/client.h"
#include "keys/serve.h"
#include "keys/vault.h"

enum { KEYS_WORDS_MAX = 64, KEYS_SECRET_MAX = CLI_SECRET_MAX };
#define KEYS_SOCKET "/run/hisn-keys/socket"

struct keys_args {
	const struct cli_program *program;
	const char *words[KEYS_WORDS_MAX]; /* what is not an option: the verb first */
	unsigned nwords;
	const char *store, *host_key, *new_host_key, *socket, *backup, *user, *password_memory;
	const char *in, *out, *holder_key, *triple, *member, *password_file;
	const char *holders[SEAL_HOLDERS], *peers[KEYS_PEERS_MAX];
	unsigned nholders, npeers;
	bool json, no_make;
};

/* Each verb: the exit code. */
int keys_do_init(const struct keys_args *a);
int keys_do_serve(const struct keys_args *a);
int keys_do_rekey(const struct keys_args *a);
int keys_do_holder_set(const struct keys_args *a);
int keys_do_status(const struct keys_args *a);
int keys_do_members(const struct keys_args *a);
int keys_do_epochs(const struct keys_args *a);
int keys_do_erase(const struct keys_args *a);
int keys_do_holder_new(const struct keys_args *a);
int keys_do_export(const struct keys_args *a);
int keys_do_peel(const struct keys_args *a);
int keys_do_import(const struct keys_args *a);
int keys_do_recoveries(const struct keys_args *a);

/* --- shared --- */
int keys_usage(const struct keys_args *a, const char *format, ...) printf_like(2, 3); /* EXIT_USAGE */
int keys_failed(const struct keys_args *a, const char *what, int err, const struct err_note *note);
/* The store, for commands of the host; says why not. Not while the key process has it. Closing gives a
 * store that root has replaced back to whom it belonged. */
must_use int keys_store_open(const struct keys_args *a, struct vault **ret);
void keys_store_close(const struct keys_args *a, struct vault *v);
/* All five --holder, as bytes; else says what is missing. */
must_use int keys_holders_read(const struct keys_args *a, uint8_t ret[SEAL_HOLDERS][SEAL_PUBLIC]);
must_use bool keys_number(const char *s, uint64_t max, uint64_t *ret); /* decimal, nothing else */
void keys_hex(const uint8_t *p, size_t n, char *ret); /* 2 * n + 1 */

/* As cli_secret, from --password-file or the terminal. */
static inline must_use int keys_secret(const struct keys_args *a, const char *prompt, bool twice, uint8_t *ret, size_t *ret_n)
{
	return cli_secret(a->program, a->password_file, prompt, twice, ret, ret_n);
}
