/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/log.h"
#include "guard/serve.h"

#include <errno.h>

static const struct cli_option options[] = {
	{ "config", 'c', "FILE", "settings (docs/guard.md); the options below override it" },
	{ "image", 'i', "FILE", "the policy image, from 'hisn compile'" },
	{ "overlay", 'o', "FILE", "changes on top of it; need not exist yet" },
	{ "household", 'H', "FILE", "who is protected, how and when; without it every client is an adult" },
	{ "listen", 'l', "ADDRESS@PORT", "where to answer, UDP and TCP; may be repeated" },
	{ "upstream", 'u', "ADDRESS@PORT", "ask this resolver instead of the private unbound; may be repeated" },
	{ "state", 's', "FOLDER", "for the control socket and the private unbound" },
	{ "workers", 'w', "N", "UDP threads an address; 0: one per core" },
	{ "verbose", 'v', NULL, "tell more; never what was asked" },
	{ NULL, 0, NULL, NULL },
};

static const struct cli_program program = {
	.name = "hisn guard",
	.usage = "--config FILE\n--image FILE [--household FILE] [--listen ADDRESS@PORT]",
	.about = "The filtering resolver: judges each name for the profile of who asks, at this hour, and answers\n"
		 "or says why not. It keeps no record of what is asked. SIGHUP or 'hisn reload' take changed files\n"
		 "without losing a query; so does changing them.",
	.options = options,
};

enum { UPSTREAMS = GUARD_SERVERS_MAX };

struct arguments {
	const char *config, *image, *overlay, *household, *state, *workers;
	const char *listen[GUARD_LISTEN_MAX], *upstream[UPSTREAMS];
	unsigned nlisten, nupstream;
	bool verbose;
};

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct arguments *a = ctx;
	if (!o)
		return fprintf(stderr, "hisn guard: what is '%s'? Try 'hisn guard --help'.\n", value);
	switch (o->letter) {
	case 'c':
		a->config = value;
		return 0;
	case 'i':
		a->image = value;
		return 0;
	case 'o':
		a->overlay = value;
		return 0;
	case 'H':
		a->household = value;
		return 0;
	case 's':
		a->state = value;
		return 0;
	case 'w':
		a->workers = value;
		return 0;
	case 'v':
		a->verbose = true;
		return 0;
	case 'l':
		if (a->nlisten == GUARD_LISTEN_MAX)
			return fprintf(stderr, "hisn guard: too many --listen\n");
		a->listen[a->nlisten++] = value;
		return 0;
	default:
		if (a->nupstream == UPSTREAMS)
			return fprintf(stderr, "hisn guard: too many --upstream\n");
		a->upstream[a->nupstream++] = value;
		return 0;
	}
}

static int override_rest(struct guard_config *c, const struct arguments *a, struct err_note *note)
{
	if (a->nlisten)
		c->nlisten = 0;
	for (unsigned i = 0; i < a->nlisten; i++) {
		int err = guard_config_listen(c, a->listen[i], note);
		if (err)
			return err;
	}
	if (a->workers) {
		char *end;
		unsigned long n = strtoul(a->workers, &end, 10);
		if (*end || end == a->workers || n > GUARD_WORKERS_MAX)
			return err_set(note, ERR_CONFIG, "--workers %s: a number up to %d", a->workers, GUARD_WORKERS_MAX);
		c->workers = (unsigned)n;
	}
	c->image = a->image ? a->image : c->image;
	c->overlay = a->overlay ? a->overlay : c->overlay;
	c->household = a->household ? a->household : c->household;
	if (a->state) {
		c->state = a->state;
		c->control = arena_printf(&c->arena, "%s/control", a->state);
		if (!c->control)
			return -ENOMEM;
	}
	if (!c->data)
		c->data = cli_data_folder();
	return a->nupstream ? guard_config_forward(c, a->upstream, a->nupstream, note) : 0;
}

int main(int argc, char **argv)
{
	struct arguments a = { NULL };
	int code = cli_parse(&program, argc, argv, take, &a);
	if (code >= 0)
		return code;
	log_open("hisn-guard", a.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	struct guard_config c;
	struct err_note note = { "" };
	guard_config_init(&c);
	int err = a.config ? guard_config_load(&c, a.config, &note) : 0;
	if (!err)
		err = override_rest(&c, &a, &note);
	if (!err)
		err = guard_config_check(&c, &note);
	if (!err)
		err = guard_serve(&c, &note);
	if (err)
		cli_fail(&program, "%s", err_say(&note, err));
	guard_config_done(&c);
	return err ? EXIT_FAILED : EXIT_OK;
}
