/* SPDX-License-Identifier: Apache-2.0 */
/* `hisn up`: the whole way on one machine, to try it: lists -> image -> household -> guard. */
#include "cli/up.h"

#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

static const struct cli_option options[] = {
	{ "state", 's', "FOLDER", "where everything is kept (default: run/ of the source tree, else\n"
				  "$XDG_STATE_HOME/hisn)" },
	{ "listen", 'l', "ADDRESS@PORT", "where to answer (default 127.0.0.1@5300)" },
	{ "desk", 'd', "ADDRESS@PORT", "where the desk serves its pages (default 127.0.0.1@8080)" },
	{ "no-desk", 0, NULL, "run the guard only" },
	{ "offline", 'n', NULL, "do not try to fetch lists; also HISN_OFFLINE=1" },
	{ "check", 'k', NULL, "prepare everything of the guard, but start nothing" },
	{ NULL, 0, NULL, NULL },
};

static const struct cli_program program = {
	.name = "hisn up",
	.usage = "[--state FOLDER] [--listen ADDRESS@PORT] [--desk ADDRESS@PORT] [--no-desk] [--offline]",
	.about = "Tries hisn on this machine: uses the public lists that were fetched or put into FOLDER/lists, tries\n"
		 "once to fetch some when there are none, compiles them, writes a household to start from, and\n"
		 "runs the guard with its private unbound until Ctrl-C. Beside it the desk: a key process, a SQLite\n"
		 "database, the public and the staff pages, as a demonstration without any made-up data.",
	.options = options,
};

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct up *u = ctx;
	if (!o)
		return fprintf(stderr, "hisn up: what is '%s'? Try 'hisn up --help'.\n", value);
	switch (o->letter) {
	case 's':
		u->state_option = value;
		break;
	case 'l':
		u->listen = value;
		break;
	case 'k':
		u->check = true;
		break;
	case 'd':
		u->desk_listen = value;
		break;
	case 'n':
		u->offline = true;
		break;
	default:
		u->no_desk = true;
	}
	return 0;
}

static const char *default_state(struct up *u)
{
	const char *set = getenv("HISN_STATE"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const char *data = cli_data_folder();
	size_t n = strlen(data);
	if (set && *set)
		return set;
	if (n > 5 && strcmp(data, HISN_DATA) != 0 && !strcmp(data + n - 5, "/data"))
		return arena_printf(&u->arena, "%.*s/run", (int)n - 5, data);
	if (xdg && *xdg)
		return arena_printf(&u->arena, "%s/hisn", xdg);
	return home ? arena_printf(&u->arena, "%s/.local/state/hisn", home) : "/var/lib/hisn";
}

static int make_paths(struct up *u, char resolved[static PATH_MAX])
{
	u->state = u->state_option ? u->state_option : default_state(u);
	if (!u->state)
		return -ENOMEM;
	int err = file_make_folder(u->state);
	if (err)
		return err;
	if (realpath(u->state, resolved))
		u->state = resolved;
	u->lists = arena_printf(&u->arena, "%s/lists", u->state);
	u->image = arena_printf(&u->arena, "%s/policy.image", u->state);
	u->overlay = arena_printf(&u->arena, "%s/overlay.image", u->state);
	u->household = arena_printf(&u->arena, "%s/household.yaml", u->state);
	u->compile_yaml = arena_printf(&u->arena, "%s/compile.yaml", u->state);
	if (!u->lists || !u->image || !u->overlay || !u->household || !u->compile_yaml)
		return -ENOMEM;
	return file_make_folder(u->lists);
}

/* Whether anything there can be compiled: what a download left half done cannot. */
static bool has_lists(struct up *u)
{
	const char *const config[] = { "config", "--quiet", "--folder", u->lists, "--out", u->compile_yaml, NULL };
	return up_run("hisn-lists", config) == 0;
}

static void fetch_lists(struct up *u)
{
	if (has_lists(u))
		return;
	if (u->offline) {
		printf("No lists in %s, and --offline: nothing is fetched.\n", u->lists);
		fflush(stdout);
		return;
	}
	printf("No lists in %s yet: fetching the recommended ones.\n", u->lists);
	fflush(stdout);
	const char *const argv[] = { "update", "--recommended", "--tries", "2", "--folder", u->lists, NULL };
	if (up_run("hisn-lists", argv) != 0 && !has_lists(u))
		printf("\nNothing could be fetched. Until lists are there ('hisn lists update --recommended --folder\n"
		       "%s', or put files such as adult.domains there), this protects: safe search,\n"
		       "restricted video, no DNS bypass, helplines always open. Adult and dangerous sites are NOT\n"
		       "blocked.\n\n", u->lists);
}

static int compile(struct up *u)
{
	int code;
	if (has_lists(u)) {
		const char *const config[] = { "config", "--folder", u->lists, "--out", u->compile_yaml, NULL };
		const char *const argv[] = { "--config", u->compile_yaml, "--out", u->image, NULL };
		code = up_run("hisn-lists", config);
		if (!code)
			code = up_run("hisn-compile", argv);
	} else {
		const char *const argv[] = { "--out", u->image, NULL };
		code = up_run("hisn-compile", argv);
	}
	if (code && !access(u->image, R_OK)) {
		printf("The lists could not be compiled: going on with the image of before.\n");
		return 0;
	}
	return code ? (code < 0 ? code : ERR_REFUSED) : 0;
}

static const char sample[] =
	"# Who is protected, how and when: docs/household.md. The guard takes changes at once.\n"
	"time_zone: %s\n"
	"profiles:\n"
	"  - name: child\n"
	"    band: 10-12\n"
	"    # schedules:\n"
	"    #   - {kind: bedtime, days: [sun, mon, tue, wed, thu], from: \"21:00\", to: \"07:00\"}\n"
	"  - name: grown-up\n"
	"    band: adult\n"
	"default: child\n";

static int make_household(struct up *u)
{
	if (!access(u->household, F_OK))
		return 0;
	char zone[128] = "UTC", target[256];
	ssize_t n = readlink("/etc/localtime", target, sizeof target - 1);
	if (n > 0) {
		target[n] = 0;
		const char *at = strstr(target, "zoneinfo/");
		if (at)
			(void)snprintf(zone, sizeof zone, "%s", at + 9);
	}
	char *text = arena_printf(&u->arena, sample, zone);
	return text ? file_replace(u->household, text, strlen(text), 0644) : -ENOMEM;
}

static void tell(const struct up *u, const char *address, const char *port)
{
	printf("\nThe guard answers at %s port %s, UDP and TCP. In another terminal, try:\n\n"
	       "  dig @%s -p %s use-application-dns.net   # blocked: it would switch the filter off\n"
	       "  dig @%s -p %s www.google.com            # safe search\n"
	       "  hisn explain www.google.com --image %s \\\n"
	       "      --household %s --profile child\n\n"
	       "Block one name more, at once:\n\n"
	       "  hisn compile --overlay --base %s --block adult:bad.example \\\n"
	       "      --out %s\n\n"
	       "Household: %s\nStop with Ctrl-C.\n\n",
		address, port, address, port, address, port, u->image, u->household, u->image, u->overlay,
		u->household);
	fflush(stdout);
}

static int serve(struct up *u)
{
	char address[64];
	const char *const guard[] = { "--image", u->image, "--overlay", u->overlay, "--household", u->household, "--state",
		u->state, "--listen", u->listen, NULL };
	(void)snprintf(address, sizeof address, "%s", u->listen);
	char *at = strrchr(address, '@');
	if (at)
		*at = 0;
	int err = u->no_desk ? 0 : up_desk_paths(u);
	if (!err && !u->no_desk)
		err = up_desk_start(u);
	if (!err) {
		tell(u, address, at ? at + 1 : "53");
		err = up_start("hisn-guard", guard);
	}
	if (!err)
		return up_watch();
	up_end();
	return err;
}

/* Taken by up_watch; children start with them open again. */
static void hold_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	struct up u = { .listen = "127.0.0.1@5300", .desk_listen = "127.0.0.1@8080" };
	char resolved[PATH_MAX];
	int code = cli_parse(&program, argc, argv, take, &u);
	if (code >= 0)
		return code;
	const char *offline = getenv("HISN_OFFLINE");
	u.offline |= offline && *offline;
	arena_init(&u.arena, 0);
	int err = make_paths(&u, resolved);
	if (!err) {
		fetch_lists(&u);
		err = compile(&u);
	}
	if (!err)
		err = make_household(&u);
	if (!err && !u.check) {
		hold_signals();
		err = serve(&u);
	}
	if (err)
		cli_fail(&program, "%s: %s", u.state ? u.state : "state folder", err_text(err));
	arena_done(&u.arena);
	return err ? EXIT_FAILED : EXIT_OK;
}
