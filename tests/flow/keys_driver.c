/* SPDX-License-Identifier: Apache-2.0 */
/* For flow tests: the client of src/keys as a program that reads commands, one a line, and answers
 * each with one line: "ok ..." or "error NUMBER". keys-driver SOCKET */
#include "keys/client.h"

#include <errno.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

enum { MEMBERS = 64, REPORTS = 16, WORDS = 12, TEXT = 4096 };

struct report {
	bool used;
	struct seal_place at;
	uint8_t wrap[SEAL_WRAP], sealed[2 * TEXT];
	uint64_t epoch;
	size_t n;
};

static struct keys *k;
static uint8_t sessions[MEMBERS][KEYS_SESSION];
static struct report reports[REPORTS];
static char *w[WORDS]; /* the command's words; the rest of the line stands in the last one asked for */

static unsigned number(const char *s)
{
	return (unsigned)strtoul(s ? s : "0", NULL, 10);
}

static const uint8_t *session(const char *s)
{
	return sessions[number(s) % MEMBERS];
}

static struct bytes text(const char *s)
{
	return bytes_str(s ? s : "");
}

static char *swap(char *s, char from, char to)
{
	for (char *p = s; p && *p; p++)
		*p = *p == from ? to : *p;
	return s;
}

/* The fingerprint as one word: its spaces as '.'. */
static int say_member(int err, struct keys_member *m)
{
	if (!err)
		printf("ok %u %d %d %s\n", m->id, m->role, m->state, swap(m->fingerprint, ' ', '.'));
	return err;
}

static int new_member(void)
{
	struct keys_member m;
	return say_member(keys_member_new(k, strcmp(w[1], "-") ? w[1] : "", number(w[2]), text(w[3]), &m), &m);
}

static int reset(void)
{
	struct keys_member m;
	return say_member(keys_member_reset(k, session(w[1]), number(w[2]), text(w[3]), &m), &m);
}

static int who(void)
{
	struct keys_member m;
	return say_member(keys_session(k, session(w[1]), &m), &m);
}

static int members(void)
{
	static struct keys_member m[KEYS_MEMBER_MAX];
	size_t n;
	int err = keys_members(k, m, ARRAY_LEN(m), &n);
	if (err)
		return err;
	printf("ok");
	for (size_t i = 0; i < n; i++)
		printf(" %u:%d", m[i].id, m[i].state);
	printf("\n");
	return 0;
}

static int sign_in(void)
{
	int err = keys_sign_in(k, number(w[1]), text(w[2]), sessions[number(w[1]) % MEMBERS]);
	if (!err)
		printf("ok\n");
	return err;
}

static int done(int err)
{
	if (!err)
		printf("ok\n");
	return err;
}

static int epoch(void)
{
	struct keys_epoch e;
	int err = keys_epoch(k, w[1], number(w[2]), 0, &e);
	if (!err)
		printf("ok %llu\n", (unsigned long long)e.id);
	return err;
}

static int epochs(void)
{
	static struct keys_epoch e[65536];
	size_t n;
	int err = keys_epochs(k, e, ARRAY_LEN(e), &n);
	if (err)
		return err;
	printf("ok");
	for (size_t i = 0; i < n; i++)
		printf(" %llu", (unsigned long long)e[i].id);
	printf("\n");
	return 0;
}

/* report SLOT UNIT CLASS TEXT: sealed here, as the desk does it. */
static int report(void)
{
	struct report *r = &reports[number(w[1]) % REPORTS];
	struct keys_epoch e;
	uint8_t key[SEAL_KEY];
	int err = keys_epoch(k, w[2], number(w[3]), 0, &e);
	if (err)
		return err;
	*r = (struct report){ .used = true, .epoch = e.id, .at = { .type = SEAL_REPORT, .schema = SEAL_SCHEMA } };
	randombytes_buf(key, sizeof key);
	randombytes_buf(r->at.report, sizeof r->at.report);
	r->n = seal_message_size(text(w[4]).n);
	err = seal_message(key, &r->at, text(w[4]), r->sealed);
	if (!err)
		err = seal_wrap(e.pub, key, r->at.report, 0, r->wrap);
	sodium_memzero(key, sizeof key);
	if (!err)
		printf("ok %llu\n", (unsigned long long)e.id);
	return err;
}

/* load SLOT REPORT EPOCH WRAP: a wrap from a database, in hexadecimal; without its text. */
static int load(void)
{
	struct report r = { .used = true, .epoch = number(w[3]) };
	r.at = (struct seal_place){ .type = SEAL_REPORT, .schema = SEAL_SCHEMA };
	if (!w[4] || sodium_hex2bin(r.at.report, sizeof r.at.report, w[2], strlen(w[2]), NULL, NULL, NULL) ||
	    sodium_hex2bin(r.wrap, sizeof r.wrap, w[4], strlen(w[4]), NULL, NULL, NULL))
		return ERR_MALFORMED;
	reports[number(w[1]) % REPORTS] = r;
	printf("ok\n");
	return 0;
}

static int open_report(void)
{
	const struct report *r = &reports[number(w[2]) % REPORTS];
	const struct keys_wrapped wrapped = { r->epoch, 0, r->wrap };
	uint8_t plain[sizeof r->sealed];
	size_t n = 0;
	int err = keys_message_open(k, session(w[1]), &wrapped, &r->at, bytes_of(r->sealed, r->n), plain, &n);
	if (!err)
		printf("ok %.*s\n", (int)n, (const char *)plain);
	return err;
}

/* note BY SLOT TEXT: appended under the report's key, and opened again. */
static int note(void)
{
	const struct report *r = &reports[number(w[2]) % REPORTS];
	const struct keys_wrapped wrapped = { r->epoch, 0, r->wrap };
	struct seal_place at = r->at;
	uint8_t sealed[2 * TEXT], plain[2 * TEXT];
	size_t n = seal_message_size(text(w[3]).n), got = 0;
	at.sequence = 1;
	at.type = SEAL_NOTE;
	int err = keys_message_seal(k, session(w[1]), &wrapped, &at, text(w[3]), sealed);
	if (!err)
		err = keys_message_open(k, session(w[1]), &wrapped, &at, bytes_of(sealed, n), plain, &got);
	if (!err)
		printf("ok %.*s\n", (int)got, (const char *)plain);
	return err;
}

static int rewrap(void)
{
	struct report *r = &reports[number(w[2]) % REPORTS];
	const struct keys_wrapped wrapped = { r->epoch, 0, r->wrap };
	uint8_t wrap[SEAL_WRAP];
	struct keys_epoch e;
	int err = keys_epoch(k, w[3], number(w[4]), 0, &e);
	if (!err)
		err = keys_rewrap(k, session(w[1]), &wrapped, r->at.report, e.id, wrap);
	if (err)
		return err;
	memcpy(r->wrap, wrap, sizeof wrap);
	r->epoch = e.id;
	printf("ok %llu\n", (unsigned long long)e.id);
	return 0;
}

static void read_words(uint16_t ret[SEAL_WORDS], unsigned from)
{
	for (unsigned i = 0; i < SEAL_WORDS; i++)
		ret[i] = (uint16_t)(from + i);
}

static void say_hex(const uint8_t *p, size_t n)
{
	char hex[129];
	printf("ok %s\n", sodium_bin2hex(hex, sizeof hex, p, n));
}

static int receipt(void)
{
	uint16_t words[SEAL_WORDS];
	struct keys_receipt r;
	read_words(words, number(w[1]));
	int err = keys_receipt(k, words, number(w[2]), &r);
	if (!err)
		say_hex(r.lookup, sizeof r.lookup);
	return err;
}

/* mail WORD TEXT: to the mailbox of the receipt that starts with WORD, and out of it again. */
static int mail(void)
{
	uint16_t words[SEAL_WORDS];
	struct keys_receipt r;
	uint8_t sealed[2 * TEXT], plain[2 * TEXT];
	size_t n = keys_mail_size(text(w[2]).n), got = 0;
	read_words(words, number(w[1]));
	int err = keys_receipt(k, words, true, &r);
	if (!err)
		err = keys_mail(k, r.mailbox_public, text(w[2]), sealed);
	if (!err)
		err = keys_mail_open(k, words, bytes_of(sealed, n), plain, &got);
	if (!err)
		printf("ok %.*s\n", (int)got, (const char *)plain);
	return err;
}

/* until TIMES: receipts of somebody who comes back, until one is not answered. */
static int until(void)
{
	uint16_t words[SEAL_WORDS];
	struct keys_receipt r;
	unsigned n = 0, most = number(w[1]);
	int err = 0;
	read_words(words, 7);
	while (n < most && !(err = keys_receipt(k, words, true, &r)))
		n++;
	printf("ok %u %d\n", n, err);
	return 0;
}

static int blind(void)
{
	uint8_t b[SEAL_BLIND];
	int err = keys_blind(k, number(w[1]) ? session(w[1]) : NULL, number(w[2]), number(w[3]), text(w[4]), b);
	if (!err)
		say_hex(b, sizeof b);
	return err;
}

static int form(void)
{
	uint8_t now[SEAL_KEY], before[SEAL_KEY];
	int err = keys_form(k, now, before);
	if (!err)
		printf("ok %d\n", memcmp(now, before, sizeof now) != 0);
	return err;
}

static int status(void)
{
	struct keys_status s;
	int err = keys_status(k, &s);
	if (!err)
		printf("ok %llu %llu %u %u %d %d\n", (unsigned long long)s.epochs, (unsigned long long)s.sessions,
			s.members_active, s.founders, s.founded, s.recovery_set);
	return err;
}

static int command(void)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} commands[] = {
		{ "new", new_member }, { "reset", reset }, { "who", who }, { "members", members }, { "in", sign_in },
		{ "epoch", epoch }, { "epochs", epochs }, { "report", report }, { "load", load }, { "open", open_report },
		{ "note", note }, { "rewrap", rewrap }, { "receipt", receipt }, { "mail", mail }, { "until", until },
		{ "blind", blind }, { "form", form }, { "status", status },
	};
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(w[0], commands[i].name))
			return commands[i].run();
	if (!strcmp(w[0], "confirm"))
		return done(keys_member_confirm(k, session(w[1]), number(w[2]), w[3] ? swap(w[3], '.', ' ') : ""));
	if (!strcmp(w[0], "leave"))
		return done(keys_member_leave(k, session(w[1]), number(w[2])));
	if (!strcmp(w[0], "share"))
		return done(keys_member_share(k, session(w[1]), number(w[2]), NULL));
	if (!strcmp(w[0], "erase"))
		return done(keys_epoch_erase(k, session(w[1]), number(w[2])));
	if (!strcmp(w[0], "out"))
		return done(keys_sign_out(k, session(w[1])));
	if (!strcmp(w[0], "password"))
		return done(keys_password(k, session(w[1]), text(w[2]), text(w[3])));
	return -ENOSYS;
}

static void split(char *line)
{
	unsigned n = 0;
	for (size_t i = 0; i < WORDS; i++)
		w[i] = NULL;
	line[strcspn(line, "\n")] = 0;
	for (char *p = line; p && n < WORDS; p = strchr(p, ' ')) {
		if (n)
			*p++ = 0;
		w[n++] = p;
	}
}

int main(int argc, char **argv)
{
	char line[TEXT];
	if (argc != 2 || seal_start() || keys_open(argv[1], &k))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof line, stdin)) {
		split(line);
		int err = command();
		if (err)
			printf("error %d\n", err);
	}
	keys_close(k);
	return 0;
}
