/* SPDX-License-Identifier: Apache-2.0 */
/* Why a name is answered or not: the guard's own judgement. What to judge is read and opened here. */
#include "base/clock.h"
#include "cli/explain.h"

#include <arpa/inet.h>
#include <errno.h>

static const struct cli_option options[] = {
	{ "image", 'i', "FILE", "the policy image ('hisn compile' makes one)" },
	{ "overlay", 'o', "FILE", "an overlay on it" },
	{ "release", 0, "FILE", "a statutory release" },
	{ "household", 'H', "FILE",
		"the household file; without it the shipped age bands are the profiles" },
	{ "profile", 'p', "NAME", "for whom" },
	{ "client", 'c', "ADDRESS", "for the profile of this client" },
	{ "at", 'a', "TIME",
		"when: 2026-11-23T18:00 (local time of the household),\n2026-11-23T18:00:00+01:00, "
		"or @SECONDS; now, if not given" },
	{ "type", 't', "TYPE", "type of the query: A (if not given), AAAA, HTTPS, MX, TYPE65 ..." },
	{ "json", 'j', NULL, "for programs" },
	{ NULL, 0, NULL, NULL },
};

static const struct cli_program program = {
	"hisn explain",
	"NAME --image FILE [--overlay FILE] [--household FILE] [--profile NAME | --client ADDRESS] "
	"[--at TIME] [--type TYPE] [--json]",
	"Tells rule by rule why a name is answered, closed or answered otherwise for a profile\n"
	"at a time, which categories the name is in, and which lists these come from. It asks no\n"
	"resolver: what an answer's CNAME chain and addresses would add is not told.",
	options,
};

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	struct explain *e = ctx;
	if (!o) {
		if (e->name) {
			fprintf(stderr, "hisn explain: one name at a time: '%s' is one too many\n",
				value);
			return 1;
		}
		e->name = value;
		return 0;
	}
	const char **into[] = { &e->image, &e->overlay, &e->release, &e->household, &e->profile,
		&e->client, &e->at, &e->type };
	size_t i = (size_t)(o - options);
	if (i < ARRAY_LEN(into))
		*into[i] = value;
	else
		e->json = true;
	return 0;
}

static int open_view(struct explain *e)
{
	struct policy *layer[VIEW_LAYERS] = { NULL, NULL, NULL };
	const char *const path[VIEW_LAYERS] = { e->image, e->overlay, e->release };
	struct household *h = NULL;
	struct err_note note = { "" };
	int err = 0;
	for (int i = 0; i < VIEW_LAYERS && !err; i++)
		if (path[i])
			err = policy_open(path[i], &layer[i], &note);
	if (!err)
		err = e->household ? household_load(e->household, cli_data_folder(), &h, &note)
				   : household_bands(cli_data_folder(), &h, &note);
	if (!err)
		err = view_new(layer[0], layer[1], layer[2], h, NULL, 1, &e->view, &note);
	if (!err)
		return 0;
	for (int i = 0; i < VIEW_LAYERS; i++)
		policy_unref(layer[i]);
	household_free(h);
	return cli_fail(&program, "%s", err_say(&note, err));
}

static int no_profile(const struct household *h, const char *name)
{
	fprintf(stderr, "hisn explain: no profile '%s'; there are:", name);
	for (unsigned i = 0; i < h->nprofiles && i < 20; i++)
		fprintf(stderr, " %s", h->profiles[i].name);
	fprintf(stderr, "%s\n", h->nprofiles > 20 ? " ..." : "");
	return EXIT_FAILED;
}

static int find_profile(struct explain *e)
{
	const struct household *h = e->view->household;
	uint8_t b[16];
	if (e->profile) {
		int i = household_profile_find(h, e->profile);
		if (i < 0)
			return no_profile(h, e->profile);
		e->number = (uint16_t)i;
	} else if (e->client) {
		size_t n = inet_pton(AF_INET, e->client, b) == 1    ? 4
			   : inet_pton(AF_INET6, e->client, b) == 1 ? 16
								    : 0;
		if (!n)
			return cli_fail(&program, "'%s' is not an IPv4 or IPv6 address", e->client);
		e->number = view_profile(e->view, b, n);
	} else {
		e->number = h->default_profile;
	}
	return 0;
}

/* "2026-11-23T18:00" is taken with seconds, too. */
static int find_time(struct explain *e)
{
	char with_seconds[40];
	bool local = false;
	if (!e->at) {
		e->now = clock_unix();
		return 0;
	}
	(void)snprintf(with_seconds, sizeof with_seconds, "%.20s:00", e->at);
	if (clock_parse_rfc3339(e->at, &e->now, &local) &&
		clock_parse_rfc3339(with_seconds, &e->now, &local))
		return cli_fail(&program,
			"'%s' is not a time: write 2026-11-23T18:00, 2026-11-23T18:00:00+01:00 or "
			"@1795435200",
			e->at);
	if (local)
		e->now = tz_to_utc(e->view->zone, e->now);
	return 0;
}

static int run(struct explain *e)
{
	if (!e->name)
		return cli_fail(&program,
			"give the name to explain: hisn explain www.example.org --image FILE");
	if (!e->image)
		return cli_fail(&program, "give --image FILE; 'hisn compile' makes one");
	if (dns_name_from_text(e->name, strlen(e->name), &e->qname))
		return cli_fail(&program,
			"'%s' is not a domain name; write an internationalised one in its xn-- "
			"form",
			e->name);
	e->qtype = DNS_A;
	if (e->type && !explain_type(e->type, &e->qtype))
		return cli_fail(&program,
			"'%s' is not a type: write A, AAAA, HTTPS, MX ... or TYPE65", e->type);
	int code = open_view(e);
	if (!code)
		code = find_profile(e);
	if (!code)
		code = find_time(e);
	if (code)
		return code;
	policy_facts(e->view, &e->qname, e->qtype, &e->facts);
	view_now(e->view, e->number, e->now, &e->state);
	policy_trace(e->view, e->number, &e->state, &e->facts, &e->verdict, &e->trace);
	if (e->json)
		explain_json(e);
	else
		explain_text(e);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct explain e = { 0 };
	int code = cli_parse(&program, argc, argv, take, &e);
	if (code >= 0)
		return code;
	code = run(&e);
	view_unref(e.view);
	if (fflush(stdout) == EOF || ferror(stdout))
		return cli_fail(&program, "cannot write the answer: %s", strerror(errno));
	return code;
}
