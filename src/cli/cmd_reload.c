/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "guard/config.h"
#include "guard/control.h"

#include <errno.h>

static const struct cli_option options[] = {
	{ "config", 'c', "FILE", "the guard's settings: they name its control socket" },
	{ "state", 's', "FOLDER", "the guard's state folder, if it was started with --state" },
	{ "control", 'S', "SOCKET", "the control socket itself" },
	{ "status", 't', NULL, "only tell how the guard is, as JSON" },
	{ "timeout", 'T', "SECONDS", "how long to wait for the guard (default 60)" },
	{ NULL, 0, NULL, NULL },
};

static const struct cli_program program = {
	.name = "hisn reload",
	.usage = "[--config FILE | --state FOLDER | --control SOCKET] [--status]",
	.about = "Makes a running guard take image, overlay and household as they are now, together. When this\n"
		 "returns with 0, no answer from before the change leaves any more. If a file is refused, the guard\n"
		 "keeps what it has, this says why, and returns 1.",
	.options = options,
};

struct arguments {
	const char *config, *state, *control, *timeout;
	bool status;
};

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct arguments *a = ctx;
	if (!o)
		return fprintf(stderr, "hisn reload: what is '%s'? Try 'hisn reload --help'.\n", value);
	switch (o->letter) {
	case 'c':
		a->config = value;
		break;
	case 's':
		a->state = value;
		break;
	case 'S':
		a->control = value;
		break;
	case 'T':
		a->timeout = value;
		break;
	default:
		a->status = true;
	}
	return 0;
}

static int find_socket(const struct arguments *a, struct guard_config *c, const char **ret, struct err_note *note)
{
	if (a->control) {
		*ret = a->control;
		return 0;
	}
	if (a->state) {
		*ret = arena_printf(&c->arena, "%s/control", a->state);
		return *ret ? 0 : -ENOMEM;
	}
	int err = a->config ? guard_config_load(c, a->config, note) : 0;
	if (err)
		return err;
	*ret = c->control ? c->control : arena_printf(&c->arena, "%s/control", c->state); /* as the guard does */
	return *ret ? 0 : -ENOMEM;
}

int main(int argc, char **argv)
{
	struct arguments a = { NULL };
	int code = cli_parse(&program, argc, argv, take, &a);
	if (code >= 0)
		return code;
	char *end, *answer;
	unsigned long seconds = a.timeout ? strtoul(a.timeout, &end, 10) : 60;
	if (a.timeout && (*end || seconds < 1 || seconds > 3600))
		return cli_fail(&program, "--timeout %s: 1 to 3600 seconds", a.timeout);
	struct guard_config c;
	struct err_note note = { "" };
	const char *path = NULL;
	guard_config_init(&c);
	int err = find_socket(&a, &c, &path, &note);
	if (!err)
		err = control_ask(path, a.status ? "status" : "reload", (int)seconds * 1000, &answer);
	if (err == -ENOENT || err == -ECONNREFUSED)
		cli_fail(&program, "no guard is running at %s; name its --state or --control", path);
	else if (err)
		cli_fail(&program, "%s: %s", path ? path : "control socket", err_say(&note, err));
	bool ok = !err && !strncmp(answer, "{\"ok\":true", 10);
	if (!err) {
		fprintf(ok ? stdout : stderr, "%s\n", answer);
		free(answer);
	}
	guard_config_done(&c);
	return ok ? EXIT_OK : EXIT_FAILED;
}
