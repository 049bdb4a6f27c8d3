/* SPDX-License-Identifier: Apache-2.0 */
/* hisn desk: the hotline. */
#include "base/file.h"
#include "base/log.h"
#include "base/notify.h"
#include "cli/desk.h"
#include "desk/audit/audit.h"
#include "desk/sample.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const struct cli_option options[] = {
	{ "config", 'c', "FILE", "desk.yaml; else /etc/hisn/desk.yaml" },
	{ "out", 'o', "FILE", "backup: the new file" },
	{ "from", 'f', "FILE", "restore: the backup" },
	{ "force", 0, NULL, "restore: replace a database that holds something" },
	{ "name", 'n', "NAME", "init, invite: of the person the link is for" },
	{ "base", 'b', "URL", "init, invite: what stands before the link's path" },
	{ "count", 0, "N", "sample: how many (12)" },
	{ "quiet", 'q', NULL, "no progress" },
	{ "json", 0, NULL, "audit verify, audit head: as JSON" },
	{ "head", 0, "FILE", "audit verify: heads kept elsewhere; may be given again" },
	{ "key", 0, "KEY", "audit verify: the trail's key, where the key process is not asked" },
	{ "database", 0, "WHERE", "audit verify: this one, without desk.yaml and key process (a copy)" },
	{ "sign", 0, NULL, "audit head: sign the trail as it is now" },
	{ "csv", 0, NULL, "audit export: for a spreadsheet; else lines of JSON" },
	{ "report", 0, "NUMBER", "audit export: only about this report" },
	{ "member", 0, "N", "audit export: only of this member; 0: the desk itself" },
	{ "action", 0, "NAME", "audit export: only these; 'case.' for all that begin so" },
	{ "since", 0, "TIME", "audit export: not before" },
	{ "until", 0, "TIME", "audit export: before" },
	{ NULL },
};

static const struct cli_program program = {
	.name = "hisn desk",
	.usage = "init [--config FILE] [--name NAME] [--base URL]\n"
		 "serve [--config FILE]\n"
		 "invite [--config FILE] [--name NAME] [--base URL]\n"
		 "backup --out FILE [--config FILE]\n"
		 "restore --from FILE [--force] [--config FILE]\n"
		 "sample [--count N] [--config FILE]\n"
		 "audit verify [--head FILE ...] [--key KEY] [--json] [--config FILE | --database WHERE]\n"
		 "audit export [--csv] [--report NUMBER] [--member N] [--action NAME] [--since TIME] [--until TIME]\n"
		 "audit head [--sign] [--json] [--config FILE]",
	.about = "The hotline: public intake, sealed reports, staff pages. Needs a key process ('hisn keys serve').\n"
		 "'init' makes the database's tables and prints the first administrator's one-time link; where\n"
		 "there is an administrator already it changes nothing. 'backup' copies the database while the desk\n"
		 "runs; the key store is not in it, and neither opens anything without the other. 'sample' puts made-up\n"
		 "reports into a desk that is still a demonstration. 'audit verify' reads the whole audit trail, holds it\n"
		 "against its hashes and every signed head there is, and says what was changed, and where: it exits with 0\n"
		 "when nothing was, 1 when something was, 2 when it could not tell. 'audit export' writes it out, 'audit\n"
		 "head' the last signed head, to be kept elsewhere.",
	.options = options,
};

static int take_word(struct desk_args *a, const char *value)
{
	const char **to = !a->verb ? &a->verb : !strcmp(a->verb, "audit") && !a->what ? &a->what : NULL;
	if (!to)
		return fprintf(stderr, "hisn desk: what is '%s'? Try 'hisn desk --help'.\n", value);
	*to = value;
	return 0;
}

static int take_head(struct desk_args *a, const char *value)
{
	if (a->nheads == DESK_HEADS_MAX)
		return fprintf(stderr, "hisn desk: at most %d times --head\n", DESK_HEADS_MAX);
	a->heads[a->nheads++] = value;
	return 0;
}

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct desk_args *a = ctx;
	const struct { const char *name; const char **to; } texts[] = { { "config", &a->config }, { "out", &a->out },
		{ "from", &a->from }, { "name", &a->name }, { "base", &a->base }, { "count", &a->count }, { "key", &a->key },
		{ "database", &a->database }, { "report", &a->report }, { "member", &a->member }, { "action", &a->action },
		{ "since", &a->since }, { "until", &a->until } };
	if (!o)
		return take_word(a, value);
	if (!strcmp(o->name, "head"))
		return take_head(a, value);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!strcmp(o->name, texts[i].name))
			*texts[i].to = value;
	a->force |= !strcmp(o->name, "force");
	a->quiet |= !strcmp(o->name, "quiet");
	a->json |= !strcmp(o->name, "json");
	a->csv |= !strcmp(o->name, "csv");
	a->sign |= !strcmp(o->name, "sign");
	return 0;
}

int desk_cli_fail(const char *format, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	return cli_fail(&program, "%s", text);
}

int desk_cli_open(const struct desk_args *a, struct desk_open want, struct desk **ret)
{
	struct err_note note = { 0 };
	char data[PATH_MAX];
	(void)snprintf(data, sizeof data, "%s/desk", cli_data_folder());
	int err = desk_open(a->config ? a->config : "/etc/hisn/desk.yaml", data, want, ret, &note);
	return err ? cli_fail(&program, "%s", err_say(&note, err)) : 0;
}

/* What the host's keeper does stands in the trail too, under member 0. */
static int tell_trail(struct desk *d, const char *action)
{
	int err = audit_now(d, &(struct audit_entry){ .action = action });
	return err ? cli_fail(&program, "the audit trail: %s; see 'hisn desk audit verify'", err_text(err)) : EXIT_OK;
}

static const char *link_base(const struct desk_args *a)
{
	return a->base ? a->base : "http://127.0.0.1:8080";
}

static int print_link(const struct desk_args *a, struct desk *d)
{
	struct arena arena;
	const char *path;
	arena_init(&arena, 0);
	const struct desk_invitation i = { .role = KEYS_ADMINISTRATOR, .unit = "", .name = a->name ? a->name : "Administrator" };
	int err = desk_invite(d, &arena, &i, &path);
	if (!err)
		printf("%s%s\n", link_base(a), path);
	arena_done(&arena);
	return err ? cli_fail(&program, "the link could not be made: %s", err_text(err)) : EXIT_OK;
}

static int verb_init(const struct desk_args *a)
{
	struct desk *d;
	bool has;
	int code = desk_cli_open(a, (struct desk_open){ .migrate = true }, &d);
	if (code)
		return code;
	int err = desk_has_administrator(d, &has);
	if (err)
		code = cli_fail(&program, "%s", err_text(err));
	else if (has)
		fprintf(stderr, "hisn desk: there is an administrator already; 'hisn desk invite' makes another link.\n");
	else if (!(code = tell_trail(d, "desk.init")))
		code = print_link(a, d);
	desk_close(d);
	return code;
}

static int verb_invite(const struct desk_args *a)
{
	struct desk *d;
	int code = desk_cli_open(a, (struct desk_open){ 0 }, &d);
	if (code)
		return code;
	code = print_link(a, d);
	desk_close(d);
	return code;
}

static volatile int stop;
static void on_signal(int s)
{
	stop = s;
}

static void ready(void *ctx, unsigned port)
{
	log_info("listening, first port %u", port);
	notify_send("READY=1");
}

static int verb_serve(const struct desk_args *a)
{
	struct desk *d;
	struct err_note note = { 0 };
	const struct sigaction end = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
	log_open("hisn-desk", LOG_LEVEL_INFO);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	int code = desk_cli_open(a, (struct desk_open){ .keys = true, .migrate = true }, &d);
	if (code)
		return code;
	int err = desk_serve(d, &stop, ready, NULL, &note);
	desk_close(d);
	return err ? cli_fail(&program, "%s", err_say(&note, err)) : EXIT_OK;
}

static void show(void *ctx, uint64_t done, uint64_t total)
{
	progress_set(ctx, done, total, NULL);
}

static int verb_backup(const struct desk_args *a)
{
	struct desk *d;
	struct err_note note = { 0 };
	struct progress p;
	if (!a->out)
		return cli_fail(&program, "backup: say where to with --out FILE");
	int code = desk_cli_open(a, (struct desk_open){ 0 }, &d);
	if (code)
		return code;
	code = tell_trail(d, "desk.backup"); /* before: it is a read of everything, and so the copy says it is one */
	if (code) {
		desk_close(d);
		return code;
	}
	progress_start(&p, "backup");
	int err = store_backup(d->store, a->out, a->quiet ? NULL : show, &p, &note);
	progress_end(&p);
	desk_close(d);
	return err ? cli_fail(&program, "%s", err_say(&note, err)) : EXIT_OK;
}

static int verb_restore(const struct desk_args *a)
{
	struct desk_config *c;
	struct err_note note = { 0 };
	if (!a->from)
		return cli_fail(&program, "restore: say from where with --from FILE");
	int err = desk_config_load(a->config ? a->config : "/etc/hisn/desk.yaml", &c, &note);
	if (!err) {
		err = store_restore(c->database, a->from, a->force, &note);
		desk_config_free(c);
	}
	if (err)
		return cli_fail(&program, "%s", err_say(&note, err));
	struct desk *d;
	int code = desk_cli_open(a, (struct desk_open){ .migrate = true }, &d);
	if (code)
		return code;
	code = tell_trail(d, "desk.restore");
	desk_close(d);
	return code;
}

static int verb_sample(const struct desk_args *a)
{
	struct desk *d;
	unsigned long n = a->count ? strtoul(a->count, NULL, 10) : 12;
	if (!n || n > SAMPLE_MAX)
		return cli_fail(&program, "sample: --count is 1 to %d", SAMPLE_MAX);
	int code = desk_cli_open(a, (struct desk_open){ .keys = true }, &d);
	if (code)
		return code;
	int err = desk_sample(d, (unsigned)n);
	desk_close(d);
	if (err == ERR_REFUSED)
		return cli_fail(&program, "sample: this desk is open to the public; it takes no made-up reports");
	return err ? cli_fail(&program, "sample: %s", err_text(err)) : EXIT_OK;
}

/* Not in the help: for the test that asks for an expectation of each, a line of JSON a route. */
static int verb_routes(const struct desk_args *a)
{
	size_t n;
	struct web_route *r = desk_routes(&n);
	if (!r)
		return cli_fail(&program, "%s", err_text(-ENOMEM));
	for (size_t i = 0; i < n; i++)
		printf("{\"method\":\"%s\",\"path\":\"%s\"}\n", r[i].method, r[i].path);
	free(r);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct desk_args a = { 0 };
	static const struct { const char *name; int (*run)(const struct desk_args *a); } verbs[] = { { "init", verb_init },
		{ "serve", verb_serve }, { "invite", verb_invite }, { "backup", verb_backup }, { "restore", verb_restore },
		{ "sample", verb_sample }, { "audit", desk_do_audit }, { "routes", verb_routes } };
	int code = cli_parse(&program, argc, argv, take, &a);
	if (code >= 0)
		return code;
	for (size_t i = 0; a.verb && i < ARRAY_LEN(verbs); i++)
		if (!strcmp(a.verb, verbs[i].name))
			return verbs[i].run(&a);
	fprintf(stderr, "hisn desk: say init, serve, invite, backup, restore, sample or audit. Try 'hisn desk --help'.\n");
	return EXIT_USAGE;
}
