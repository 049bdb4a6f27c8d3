/* SPDX-License-Identifier: Apache-2.0 */
/* hisn keys: the key process, and what the host's keeper and the recovery holders do. */
#include "cli/keys.h"

#include "base/log.h"
#include "seal/seal.h"

#include <stdarg.h>
#include <stdlib.h>

static const struct cli_option options[] = {
	{ "store", 's', "FILE", "the key store" },
	{ "host-key", 'k', "FILE", "the 32 bytes it is sealed under; bound to this host" },
	{ "socket", 'S', "PATH", "where the key process answers (" KEYS_SOCKET ")" },
	{ "json", 0, NULL, "status, members, epochs, recovery list: as JSON" },
	{ "backup", 'b', "FILE", "serve: the store's own backup, one generation, overwritten daily" },
	{ "peer-user", 'p', "NAME", "serve: a user who may ask, besides our own and root; may be repeated" },
	{ "user", 'u', "NAME", "serve, init: as root, become or give to this user (hisn-keys, if it exists)" },
	{ "password-memory", 0, "MIB", "serve: memory of one Argon2id for new passwords (256)" },
	{ "holder", 0, "PUBLICKEY", "init, holder set: five times, the recovery holders in order" },
	{ "no-make", 0, NULL, "init: the host key must be there already" },
	{ "new-host-key", 0, "FILE", "rekey: seal under this one from now on; made if missing" },
	{ "member", 'm', "N", "erase: who asks; recovery import: for whom" },
	{ "password-file", 0, "FILE", "the password or passphrase in its first line; else it is asked for" },
	{ "triple", 0, "A,B,C", "recovery export: which three holders, 1 to 5 in their order" },
	{ "holder-key", 0, "FILE", "recovery peel, import: the holder's key file" },
	{ "in", 'i', "FILE", "recovery peel, import: what is to be opened" },
	{ "out", 'o', "FILE", "holder new, recovery: where to write; never overwritten" },
	{ NULL },
};

static const struct cli_program program = {
	.name = "hisn keys",
	.usage = "init --store FILE --host-key FILE [--holder PUBLICKEY ...five] [--no-make]\n"
		 "serve --store FILE --host-key FILE [--socket PATH] [--backup FILE] [--peer-user NAME ...]\n"
		 "status|members|epochs [--json] [--socket PATH]\n"
		 "erase EPOCH... --member N [--password-file FILE] [--socket PATH]\n"
		 "holder new --out FILE [--password-file FILE]\n"
		 "holder set --store FILE --host-key FILE --holder PUBLICKEY ...five\n"
		 "recovery export EPOCH --triple A,B,C --out FILE --store FILE --host-key FILE\n"
		 "recovery peel --in FILE --holder-key FILE --out FILE\n"
		 "recovery import --in FILE --holder-key FILE --member N --store FILE --host-key FILE\n"
		 "recovery list [--json] --store FILE --host-key FILE\n"
		 "rekey --store FILE --host-key FILE --new-host-key FILE",
	.about = "The key process holds the key store: without it nothing that was reported can be opened, and\n"
		 "without a member who has signed in neither. It has no network, answers only over its socket, and\n"
		 "keeps keys in memory only while somebody works. 'init' makes a store and says what to back up.\n"
		 "Commands with --store are for the host's keeper, while the process is stopped. 'holder new' is\n"
		 "for the five people of whom three together can recover an epoch: on a machine of their own.",
	.options = options,
};

static const struct {
	const char *first, *second; /* second NULL: none */
	unsigned more;              /* how many words may follow */
	bool store;                 /* needs --store and --host-key */
	int (*run)(const struct keys_args *a);
} verbs[] = {
	{ "init", NULL, 0, true, keys_do_init },
	{ "serve", NULL, 0, true, keys_do_serve },
	{ "status", NULL, 0, false, keys_do_status },
	{ "members", NULL, 0, false, keys_do_members },
	{ "epochs", NULL, 0, false, keys_do_epochs },
	{ "erase", NULL, KEYS_WORDS_MAX, false, keys_do_erase },
	{ "rekey", NULL, 0, true, keys_do_rekey },
	{ "holder", "new", 0, false, keys_do_holder_new },
	{ "holder", "set", 0, true, keys_do_holder_set },
	{ "recovery", "export", 1, true, keys_do_export },
	{ "recovery", "peel", 0, false, keys_do_peel },
	{ "recovery", "import", 0, true, keys_do_import },
	{ "recovery", "list", 0, true, keys_do_recoveries },
};

int keys_usage(const struct keys_args *a, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fprintf(stderr, "%s: ", program.name);
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\nTry '%s --help'.\n", program.name);
	va_end(ap);
	return EXIT_USAGE;
}

static int take_repeated(struct keys_args *a, const struct cli_option *o, const char *value)
{
	bool holder = !strcmp(o->name, "holder");
	if (holder && a->nholders < SEAL_HOLDERS)
		a->holders[a->nholders++] = value;
	else if (!holder && a->npeers < KEYS_PEERS_MAX)
		a->peers[a->npeers++] = value;
	else
		return keys_usage(a, "too many --%s", o->name);
	return 0;
}

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct keys_args *a = ctx;
	const struct {
		const char *name;
		const char **text;
	} to[] = {
		{ "store", &a->store }, { "host-key", &a->host_key }, { "socket", &a->socket },
		{ "backup", &a->backup }, { "user", &a->user }, { "password-memory", &a->password_memory },
		{ "new-host-key", &a->new_host_key }, { "member", &a->member }, { "triple", &a->triple },
		{ "password-file", &a->password_file }, { "holder-key", &a->holder_key }, { "in", &a->in },
		{ "out", &a->out },
	};
	if (!o) {
		if (a->nwords == KEYS_WORDS_MAX)
			return keys_usage(a, "too many words");
		a->words[a->nwords++] = value;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		if (!strcmp(o->name, to[i].name)) {
			*to[i].text = value;
			return 0;
		}
	}
	if (o->value)
		return take_repeated(a, o, value);
	*(!strcmp(o->name, "json") ? &a->json : &a->no_make) = true;
	return 0;
}

static int dispatch(struct keys_args *a)
{
	if (!a->nwords)
		return keys_usage(a, "say what to do: init, serve, status, members, epochs, erase, holder, recovery or rekey");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		unsigned own = verbs[i].second ? 2 : 1;
		if (strcmp(a->words[0], verbs[i].first) != 0)
			continue;
		if (verbs[i].second && (a->nwords < 2 || strcmp(a->words[1], verbs[i].second) != 0))
			continue;
		if (a->nwords > own + verbs[i].more)
			return keys_usage(a, "what is '%s'?", a->words[own + verbs[i].more]);
		if (verbs[i].store && (!a->store || !a->host_key))
			return keys_usage(a, "--store FILE and --host-key FILE are needed");
		return verbs[i].run(a);
	}
	return keys_usage(a, "what is '%s%s%s'?", a->words[0], a->nwords > 1 ? " " : "", a->nwords > 1 ? a->words[1] : "");
}

int main(int argc, char **argv)
{
	static struct keys_args a = { .program = &program, .socket = KEYS_SOCKET };
	int code = cli_parse(&program, argc, argv, take, &a);
	if (code >= 0)
		return code;
	log_open("hisn-keys", LOG_LEVEL_INFO);
	int err = seal_start();
	if (err)
		return cli_fail(&program, "libsodium cannot start: %s", err_text(err));
	return dispatch(&a);
}
