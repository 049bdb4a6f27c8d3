/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's user-space work without sockets: packets made beforehand go through request_open,
 * _probe and _close in batches of 64, as a worker does it. Prints nanoseconds a query (median of the
 * runs); under callgrind, started with collection off, only replay_run is counted.
 *
 *   replay IMAGE QUERIES [--warm FILE] [--household FILE] [--profile NAME] [--runs N] [--limit N]
 *
 * QUERIES: lines "name TYPE". --warm: names whose A and AAAA are put into the cache before. */
#include "base/clock.h"
#include "cli/cli.h"
#include "guard/request.h"

#include <time.h>

enum { BATCH = NET_BATCH, QUERIES_MAX = 1 << 20 };

struct packets {
	uint8_t *bytes;
	uint32_t *at;
	unsigned n;
};

static void fail(const char *what, int err, const struct err_note *note)
{
	fprintf(stderr, "replay: %s: %s\n", what, err_say(note, err));
	exit(1);
}

static size_t make_query(uint8_t *p, const struct dns_name *name, uint16_t type)
{
	static const uint8_t header[DNS_HEADER] = { 0, 7, 1, 0, 0, 1 };
	memcpy(p, header, DNS_HEADER);
	memcpy(p + DNS_HEADER, name->wire, name->len);
	be16_put(p + DNS_HEADER + name->len, type);
	be16_put(p + DNS_HEADER + name->len + 2, DNS_IN);
	return DNS_HEADER + name->len + 4u;
}

static bool read_line(FILE *f, struct dns_name *name, uint16_t *type)
{
	char line[512];
	while (fgets(line, sizeof line, f)) {
		char *space = strchr(line, ' ');
		size_t n = space ? (size_t)(space - line) : strcspn(line, "\n");
		*type = space && !strncmp(space + 1, "AAAA", 4) ? DNS_AAAA : DNS_A;
		if (dns_name_from_text(line, n, name) == 0)
			return true;
	}
	return false;
}

static struct packets load(const char *path, unsigned limit)
{
	FILE *f = fopen(path, "r");
	struct packets p = { malloc((size_t)limit * 320), malloc((limit + 1u) * sizeof(uint32_t)), 0 };
	struct dns_name name;
	uint16_t type;
	if (!f || !p.bytes || !p.at)
		fail(path, f ? -12 : -2, NULL);
	p.at[0] = 0;
	while (p.n < limit && read_line(f, &name, &type)) {
		size_t n = make_query(p.bytes + p.at[p.n], &name, type);
		p.at[p.n + 1] = p.at[p.n] + (uint32_t)n;
		p.n++;
	}
	fclose(f);
	return p;
}

/* One answer of one address, as an authoritative server would give it. */
static void warm(struct guard *g, const char *path)
{
	FILE *f = fopen(path, "r");
	struct dns_name name;
	uint16_t type;
	if (!f)
		fail(path, -2, NULL);
	while (read_line(f, &name, &type)) {
		uint8_t body[28] = { 0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 14, 16, 0, type == DNS_A ? 4 : 16, 192, 0, 2, 1 };
		const uint16_t ttl_at[1] = { 6 };
		const struct cache_meta m = { .generation = 1, .stored = (uint32_t)clock_unix(), .ttl = 3600,
			.ancount = 1, .body = type == DNS_A ? 16 : 28, .nttl = 1, .ede = -1 };
		cache_put(g->cache, cache_hash(g->cache, &name, type, 0), &name, type, 0, &m, ttl_at, NULL, body);
	}
	fclose(f);
}

struct tally {
	unsigned answered, blocked, missed;
};

__attribute__((noinline)) void replay_run(struct answerer *t, struct request *r, const struct packets *p,
	uint8_t (*out)[NET_ANSWER_ROW], struct tally *tally);
void replay_run(struct answerer *t, struct request *r, const struct packets *p, uint8_t (*out)[NET_ANSWER_ROW],
	struct tally *tally)
{
	static const uint8_t client[4] = { 127, 0, 0, 1 };
	struct request_ask ask;
	for (unsigned i = 0; i < p->n; i += BATCH) {
		unsigned n = MIN((unsigned)BATCH, p->n - i);
		request_begin(t);
		for (unsigned k = 0; k < n; k++)
			request_open(t, &r[k], client, 4, p->bytes + p->at[i + k], p->at[i + k + 1] - p->at[i + k]);
		for (unsigned k = 0; k < n; k++)
			request_probe(t, &r[k]);
		for (unsigned k = 0; k < n; k++) {
			size_t m = request_close(t, &r[k], NULL, out[k], NET_ANSWER_MAX - ANSWER_SLACK, &ask);
			tally->answered += m > 0;
			tally->missed += ask.needed;
			tally->blocked += m > 3 && (out[k][3] & 15) == DNS_NXDOMAIN;
		}
		request_end(t);
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static struct view *open_view(const char *image, const char *household)
{
	struct err_note note = { "" };
	struct policy *p;
	struct household *h;
	struct view *v = NULL;
	int64_t start = clock_mono_ns();
	int err = policy_open(image, &p, &note);
	if (err)
		fail(image, err, &note);
	int64_t opened = clock_mono_ns();
	err = household ? household_load(household, cli_data_folder(), &h, &note) :
		household_bands(cli_data_folder(), &h, &note);
	if (!err)
		err = view_new(p, NULL, NULL, h, NULL, 1, &v, &note);
	if (err)
		fail("view", err, &note);
	printf("names %u image_bytes %llu open_ms %.1f view_ms %.1f\n", p->h->names, (unsigned long long)p->h->size,
		(double)(opened - start) / 1e6, (double)(clock_mono_ns() - opened) / 1e6);
	return v;
}

int main(int argc, char **argv)
{
	const char *household = NULL, *warm_file = NULL;
	unsigned runs = 7, limit = QUERIES_MAX;
	if (argc < 3)
		return fprintf(stderr, "usage: replay IMAGE QUERIES [--warm F] [--household F] [--runs N] [--limit N]\n"), 2;
	for (int i = 3; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--warm"))
			warm_file = argv[i + 1];
		else if (!strcmp(argv[i], "--household"))
			household = argv[i + 1];
		else if (!strcmp(argv[i], "--runs"))
			runs = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--limit"))
			limit = MIN((unsigned)strtoul(argv[i + 1], NULL, 10), (unsigned)QUERIES_MAX);
	}
	struct guard_config config;
	guard_config_init(&config);
	struct guard_reader *reader = aligned_alloc(64, sizeof *reader);
	static struct guard g;
	static struct answerer t;
	const struct acl_config acl = { .private_networks = true };
	struct request *r = aligned_alloc(64, (BATCH * sizeof *r + 63) & ~(size_t)63);
	uint8_t (*out)[NET_ANSWER_ROW] = aligned_alloc(64, BATCH * sizeof *out);
	if (!reader || !r || !out)
		return 1;
	memset(reader, 0, sizeof *reader);
	g.config = &config;
	g.reader = reader;
	g.nreaders = 1;
	t = (struct answerer){ .g = &g, .reader = reader, .random = 1, .copy = malloc(sizeof *t.copy) };
	if (!t.copy || cache_new((size_t)config.cache.size_mb << 20, &g.cache) || acl_new(&acl, &g.acl) ||
		special_new(NULL, 0, &g.special, NULL) || guard_publish(&g, open_view(argv[1], household)))
		return 1;
	struct packets p = load(argv[2], limit);
	if (warm_file)
		warm(&g, warm_file);
	double *ns = calloc(runs, sizeof *ns);
	struct tally tally = { 0 };
	for (unsigned i = 0; i < runs && ns; i++) {
		struct timespec a, b;
		tally = (struct tally){ 0 };
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		replay_run(&t, r, &p, out, &tally);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		ns[i] = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / p.n;
	}
	if (ns) {
		qsort(ns, runs, sizeof *ns, compare);
		printf("queries %u answered %u blocked %u missed %u ns_median %.0f ns_min %.0f ns_max %.0f\n", p.n,
			tally.answered, tally.blocked, tally.missed, ns[runs / 2], ns[0], ns[runs - 1]);
	}
	return 0;
}
