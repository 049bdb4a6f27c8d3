/* SPDX-License-Identifier: Apache-2.0 */
/* hisn packet: for police and prosecutors who get cases from a desk. A key of their own; packets opened and verified. */
#include "base/file.h"
#include "cli/packet_check.h"
#include "cli/secret.h"
#include "keys/paper.h"
#include "seal/sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSPHRASE_MIN = 12 };

static const struct cli_option options[] = {
	{ "key", 'k', "FILE", "your key file, as 'keygen' made it" },
	{ "out", 'o', "PATH", "keygen: the key file; open: a new folder for what is in the packet" },
	{ "password-file", 0, "FILE", "the passphrase in its first line; else it is asked for" },
	{ NULL },
};
static const struct cli_program program = {
	.name = "hisn packet",
	.usage = "keygen --out FILE [--password-file FILE]\n"
		 "verify PACKET --key FILE [--password-file FILE]\n"
		 "open PACKET --key FILE --out FOLDER [--password-file FILE]",
	.about = "For who gets a case from a desk. 'keygen' makes a key file under a passphrase and prints the public\n"
		 "key to give to the desk, and twenty digits to read to them by telephone. 'verify' opens a packet in\n"
		 "memory and checks each file and message against its integrity sheet; 'open' does the same and then\n"
		 "writes the files into a new folder that only you can read. Neither overwrites anything. The SHA-256\n"
		 "printed is of the packet itself: compare it with the desk, by telephone.",
	.options = options,
};

struct args { const char *verb, *packet, *key, *out, *password_file; };

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct args *a = ctx;
	if (!o && (!a->verb || !a->packet)) {
		*(a->verb ? &a->packet : &a->verb) = value;
		return 0;
	}
	if (!o)
		return fprintf(stderr, "hisn packet: what is '%s'? Try 'hisn packet --help'.\n", value);
	*(!strcmp(o->name, "key") ? &a->key : !strcmp(o->name, "out") ? &a->out : &a->password_file) = value;
	return 0;
}

/* A new file only its owner reads. */
static int write_new(const char *path, struct bytes b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = fd < 0 ? -errno : file_write_all(fd, b.p, b.n);
	if (fd >= 0 && !err && fsync(fd) < 0)
		err = -errno;
	if (fd >= 0) {
		close(fd);
		if (err)
			unlink(path);
	}
	return err;
}

static void print_fingerprint(const uint8_t pub[SEAL_PUBLIC])
{
	char hex[2 * SEAL_PUBLIC + 1], digits[SEAL_FINGERPRINT];
	sodium_bin2hex(hex, sizeof hex, pub, SEAL_PUBLIC);
	packet_fingerprint(pub, digits);
	printf("public key  %s\nnumber      %s\n", hex, digits);
}

/* --- keygen --- */

static int make_key(struct bytes passphrase, struct keys_paper_holder *ret)
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
	return err;
}

static int verb_keygen(const struct args *a)
{
	struct keys_paper_holder h;
	char text[KEYS_PAPER_MAX];
	size_t n = 0;
	if (!a->out || a->packet)
		return cli_fail(&program, "keygen: say where the key file is to stand with --out FILE"), EXIT_USAGE;
	if (!access(a->out, F_OK))
		return cli_fail(&program, "%s: is there already", a->out);
	uint8_t *pass = sodium_malloc(CLI_SECRET_MAX);
	int code = pass ? cli_secret(&program, a->password_file, "A passphrase for your key file: ", true, pass, &n) : EXIT_FAILED;
	if (!code && n < PASSPHRASE_MIN)
		code = cli_fail(&program, "at least %d characters; several words that do not belong together", PASSPHRASE_MIN);
	int err = code ? 0 : make_key(bytes_of(pass, n), &h);
	sodium_free(pass);
	if (!code && !err)
		err = write_new(a->out, bytes_of(text, keys_paper_packet_write(&h, text)));
	if (code || err)
		return code ? code : cli_fail(&program, "%s: %s", a->out, err_text(err));
	print_fingerprint(h.pub);
	fprintf(stderr, "Give the public key to the desk, and read the number to them when they call you. %s is useless without\n"
			"its passphrase, and no packet opens without it: keep a copy in a safe.\n", a->out);
	return EXIT_OK;
}

/* --- opening --- */

static int unlock(const struct args *a, struct seal_member_secret *ret)
{
	struct keys_paper_holder h;
	struct bytes text;
	size_t n = 0;
	int err = file_read(a->key, KEYS_PAPER_MAX, &text);
	if (!err) {
		err = keys_paper_packet_read(text, &h);
		free((void *)(uintptr_t)text.p);
	}
	if (err)
		return cli_fail(&program, "%s: %s", a->key, err_text(err));
	uint8_t *seed = sodium_malloc(SEAL_KEY), *pass = sodium_malloc(CLI_SECRET_MAX);
	int code = seed && pass ? cli_secret(&program, a->password_file, "The passphrase of your key file: ", false, pass, &n) : EXIT_FAILED;
	if (!code) {
		err = seal_member_unlock(h.box, bytes_of(pass, n), h.cost, h.salt, seed);
		if (!err)
			err = seal_member_from_seed(seed, ret);
		if (err)
			code = cli_fail(&program, "%s: %s", a->key, err == ERR_MALFORMED ? "that is not its passphrase" : err_text(err));
	}
	sodium_free(seed);
	sodium_free(pass);
	return code;
}

static bool path_of(const struct args *a, const struct packet_file *file, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s", a->out, file->name) < PATH_MAX;
}

/* All or nothing: half a packet on a full disk would be taken for a whole one. */
static void take_away(const struct args *a, const struct packet_file *file, size_t n)
{
	char path[PATH_MAX];
	for (size_t i = 0; i < n; i++)
		if (path_of(a, &file[i], path))
			unlink(path);
	rmdir(a->out);
}

static int write_files(const struct args *a, const struct packet_file *file, size_t n)
{
	char path[PATH_MAX];
	if (mkdir(a->out, 0700) < 0)
		return cli_fail(&program, "%s: %s", a->out, errno == EEXIST ? "is there already; nothing is overwritten" : strerror(errno));
	for (size_t i = 0; i < n; i++) {
		int err = path_of(a, &file[i], path) ? write_new(path, file[i].body) : -ENAMETOOLONG;
		if (!err)
			continue;
		take_away(a, file, i);
		return cli_fail(&program, "%s: %s; nothing was left there", path, err_text(err));
	}
	return EXIT_OK;
}

static void print_packet(struct bytes packet)
{
	uint8_t hash[SHEET_HASH];
	char hex[2 * SHEET_HASH + 1];
	sheet_hash(packet, hash);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	printf("SHA-256 of the packet: %s\n", hex);
}

static int use(const struct args *a, const struct seal_member_secret *s, struct bytes packet, uint8_t *room, bool write)
{
	struct packet_file file[PACKET_FILES_MAX];
	size_t n = 0;
	int err = packet_open(s->pub.box, s->box, packet, room, file, &n);
	if (err)
		return cli_fail(&program, "%s: %s", a->packet, err == ERR_MALFORMED ? "is not for this key, or is damaged" : err_text(err));
	print_packet(packet);
	err = packet_check(file, n, stdout);
	if (err)
		return cli_fail(&program, "%s: what is in it is not what its sheet says. Nothing is written; call the desk", a->packet);
	return write ? write_files(a, file, n) : EXIT_OK;
}

static int open_or_verify(const struct args *a, bool write)
{
	struct bytes packet;
	if (!a->packet || !a->key || (write && !a->out))
		return cli_fail(&program, "say which PACKET, your --key FILE%s", write ? ", and a new folder with --out" : ""), EXIT_USAGE;
	int err = file_read(a->packet, PACKET_MAX, &packet);
	if (err)
		return cli_fail(&program, "%s: %s", a->packet, err_text(err));
	struct seal_member_secret *s = sodium_malloc(sizeof *s);
	uint8_t *room = malloc(packet.n + 1);
	int code = s && room ? unlock(a, s) : EXIT_FAILED;
	if (!code)
		code = use(a, s, packet, room, write);
	if (room)
		sodium_memzero(room, packet.n + 1);
	free(room);
	sodium_free(s);
	free((void *)(uintptr_t)packet.p);
	return code;
}

int main(int argc, char **argv)
{
	struct args a = { 0 };
	int code = cli_parse(&program, argc, argv, take, &a);
	if (code >= 0)
		return code;
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error like a full disk, not an end */
	if (seal_start())
		return cli_fail(&program, "libsodium cannot start");
	if (a.verb && !strcmp(a.verb, "keygen"))
		return verb_keygen(&a);
	if (a.verb && (!strcmp(a.verb, "open") || !strcmp(a.verb, "verify")))
		return open_or_verify(&a, a.verb[0] == 'o');
	fprintf(stderr, "hisn packet: say keygen, verify or open. Try 'hisn packet --help'.\n");
	return EXIT_USAGE;
}
