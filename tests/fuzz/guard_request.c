/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of clients through the whole path of a request, with a cache that knows something, and what
 * upstream says to those that have to ask. Whatever comes: each answer is a message, echoes its
 * question, fits; what is closed to a client never reaches it.
 *
 * Input: 1 byte of options, 1 of the limit, then records, each a length of two bytes and so many bytes:
 * a client's packet, and after one that has to ask upstream, upstream's message from its flags on,
 * without the question: flags, three counts of a byte, records. */
#include "../unit/policy/testimage.h"
#include "fuzz.h"

#include "guard/entry.h"
#include "guard/request.h"

enum { NOON = 1795435200, ROUNDS = 3 };
enum option {
	OPTION_TCP = 1,
	OPTION_LIMIT = 2,
	OPTION_NO_COOKIES = 4,
	OPTION_CLIENT = 8 /* and 16 */
};
enum profile { CHILD, TEEN, ADULT };

static const uint8_t clients[4][4] = { { 10, 0, 0, CHILD }, { 10, 0, 0, TEEN }, { 10, 0, 0, ADULT },
	{ 192, 0, 2, 1 } };
static const uint8_t help4[4] = { 203, 0, 113, 7 };
static const uint8_t help6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };

/* ---- what judges ---- */

static const struct household_category categories[] = {
	{ "lifeline", CATEGORY_SYSTEM, "help", "aide", "" },
	{ "engine", CATEGORY_SYSTEM, "search", "recherche", "" },
	{ "malware", CATEGORY_SECURITY, "malware", "", "" },
	{ "vpn", CATEGORY_BYPASS, "VPN", "VPN", "" },
	{ "adult", CATEGORY_CONTENT, "adult sites", "", "" },
	{ "games", CATEGORY_CONTENT, "games", "jeux", "" },
};
static const char *const closed[] = { "adult", "games" };
static const struct household_profile profiles[] = {
	[CHILD] = { .name = "child",
		.security = true,
		.bypass_floor = true,
		.closed = closed,
		.nclosed = 2,
		.form = FORM_HELP,
		.safe_search = SAFE_STRICT },
	[TEEN] = { .name = "teen",
		.security = true,
		.bypass_floor = true,
		.closed = closed,
		.nclosed = 2,
		.form = FORM_NODATA,
		.safe_search = SAFE_STRICT },
	[ADULT] = { .name = "adult", .security = true },
};
static const struct household_client members[] = {
	{ { [10] = 0xff, 0xff, 10, 0, 0, CHILD }, 128, CHILD },
	{ { [10] = 0xff, 0xff, 10, 0, 0, TEEN }, 128, TEEN },
};

static struct view *make_view(void)
{
	struct testimage *t = ti_new(POLICY_IMAGE);
	for (size_t i = 0; i < ARRAY_LEN(categories); i++)
		(void)ti_cat(t, categories[i].name);
	ti_add(t, "adult.example", TI_BOTH, "adult");
	ti_add(t, "games.example", TI_BOTH, "games");
	ti_add(t, "malware.example", TI_BOTH, "malware");
	ti_add(t, "vpn.example", TI_BOTH, "vpn");
	ti_add(t, "help.example", TI_EXACT, "lifeline");
	ti_add(t, "find.example", TI_EXACT, "engine");
	ti_add(t, "look.example", TI_EXACT, "engine");
	ti_cname(t, "find.example", POLICY_ENGINE + ENGINE_SEARCH, REWRITE_STRICT,
		"safe.find.example");
	ti_rewrite(t, "look.example", POLICY_ENGINE + ENGINE_SEARCH, REWRITE_STRICT, DNS_A,
		"\xc6\x33\x64\x01", 4);
	ti_addr4(t, 0xc0000280, 0xc00002ff, "malware"); /* 192.0.2.128 and above */
	struct household *h = calloc(1, sizeof *h);
	check(h);
	arena_init(&h->arena, 0);
	h->profiles = profiles;
	h->nprofiles = ARRAY_LEN(profiles);
	h->default_profile = ADULT;
	h->clients = members;
	h->nclients = ARRAY_LEN(members);
	h->categories = categories;
	h->ncategories = ARRAY_LEN(categories);
	h->time_zone = "UTC";
	h->language = "en";
	h->help_text = "http://hisn.home/";
	h->has_help4 = h->has_help6 = true;
	memcpy(h->help4, help4, sizeof help4);
	memcpy(h->help6, help6, sizeof help6);
	struct view *v;
	check(!view_new(ti_build(t), NULL, NULL, h, NULL, 2, &v, NULL));
	return v;
}

/* The same again in the plainest way: is the name closed to this client? */
static bool is_closed(enum profile profile, const struct dns_name *name, bool chain_of_choice)
{
	static const char *const of[] = { "malware.example", "vpn.example", "adult.example",
		"games.example" };
	unsigned n = profile == ADULT ? 1 : chain_of_choice ? 2 : 4;
	for (unsigned i = 0; i < n; i++) {
		struct dns_name top;
		check(!dns_name_from_text(of[i], strlen(of[i]), &top));
		if (dns_name_under(name, &top))
			return true;
	}
	return false;
}

/* ---- the guard without its threads ---- */

static struct guard g;
static struct answerer t;
static struct guard_config config;
static struct request_news news;
static struct cache_copy fresh;
static struct entry_room room;

static void make_guard(void)
{
	static struct guard_reader reader;
	static const uint8_t secret[COOKIE_SECRET] = "fuzz fuzz fuzz 1";
	const struct acl_config acl = { .private_networks = true };
	guard_config_init(&config);
	config.rate_limit =
		(struct limit_config){ .rate = 1, .burst = 1, .slip = 2, .entries = 1024 };
	g = (struct guard){ .config = &config, .nreaders = 1, .reader = &reader };
	cookie_keys_init(&g.cookies, secret);
	check(!acl_new(&acl, &g.acl) && !special_new(NULL, 0, &g.special, NULL) &&
		!guard_publish(&g, make_view()));
	t = (struct answerer){ .g = &g, .reader = &reader, .copy = malloc(sizeof *t.copy) };
	check(t.copy);
}

/* name A, stored `age` seconds ago by the view of `generation`: one record of rdata, or with a target a
 * CNAME to it and its address. */
static void know(const char *text, const char *target, uint32_t age, uint64_t generation)
{
	struct dns_name name, to;
	uint8_t body[DNS_NAME_MAX + 64] = { 0xc0, 12 };
	struct cache_meta m = {
		.generation = generation, .stored = NOON - age, .ttl = 3600, .ancount = 1, .ede = -1
	};
	uint16_t ttl_at[2] = { 6 };
	size_t n = 12;
	check(!dns_name_from_text(text, strlen(text), &name));
	be16_put(body + 4, DNS_IN);
	be32_put(body + 6, 3600);
	if (target) {
		check(!dns_name_from_text(target, strlen(target), &to));
		be16_put(body + 2, DNS_CNAME);
		be16_put(body + 10, to.len);
		memcpy(body + n, to.wire, to.len);
		n += to.len;
		memcpy(body + n, to.wire, to.len);
		n += to.len;
		ttl_at[m.nttl = 1] = (uint16_t)(n + 4);
		m.ancount = 2;
		memcpy(body + n, body + 2, 8);
		n += 10;
		be16_put(body + n - 10, DNS_A);
		be16_put(body + n - 2, 4);
	} else {
		be16_put(body + 2, DNS_A);
		be16_put(body + 10, 4);
	}
	memcpy(body + n, "\xc0\0\2\1", 4);
	m.nttl++;
	m.body = (uint16_t)(n + 4);
	cache_put(g.cache, cache_hash(g.cache, &name, DNS_A, 0), &name, DNS_A, 0, &m, ttl_at, NULL,
		body);
}

static void begin(unsigned options)
{
	check(!cache_new(1 << 20, &g.cache));
	t.tcp = options & OPTION_TCP;
	t.random = 1;
	t.limit = NULL;
	config.cookies = !(options & OPTION_NO_COOKIES);
	if (options & OPTION_LIMIT)
		check(!limit_new(
			&config.rate_limit, (const uint8_t *)"0123456789abcdef", &t.limit));
	know("warm.example", NULL, 10, 2);
	know("stale.example", NULL, 7200, 2);
	know("alias.example", "www.adult.example", 10, 0); /* of another view: judged again */
	know("www.adult.example", NULL, 10, 0);            /* an adult asked for it */
	know("safe.find.example", NULL, 10, 2);
	request_begin(&t);
	for (unsigned i = 0; i < ARRAY_LEN(profiles); i++)
		t.now_of[i].until = 0;
	t.now = NOON; /* whatever the hour of the fuzzing */
	t.now_ms = 1000;
}

static void end(void)
{
	request_end(&t);
	limit_free(t.limit);
	cache_free(g.cache);
}

/* ---- what must hold ---- */

static bool is_help(const struct dns_address *a)
{
	return a->len == 4 ? !memcmp(a->b, help4, 4) : !memcmp(a->b, help6, 16);
}

static void check_closed(
	const struct request *r, enum profile profile, struct bytes msg, const struct dns_reply *a)
{
	struct dns_name name, help, choice;
	check(!dns_name_from_text("help.example", 12, &help) &&
		!dns_name_from_text("find.example", 12, &choice));
	bool closed_name = is_closed(profile, &r->q.qname, false);
	/* A lifeline and the target of a safe search are exempt from rules 9 and 10 */
	bool exempt = dns_name_equal(&r->q.qname, &help) || dns_name_equal(&r->q.qname, &choice);
	for (unsigned i = 0; i < a->naddress; i++) {
		check(!closed_name || (profile == CHILD && is_help(&a->address[i])));
		check(a->address[i].len != 4 || memcmp(a->address[i].b, "\xc0\0\2", 3) ||
			a->address[i].b[3] < 128);
	}
	check(!closed_name || a->nchain == 0);
	for (unsigned i = 0; i < a->nchain; i++) {
		size_t at = a->chain_at[i];
		check(!dns_name_read(msg, &at, &name));
		check(!is_closed(profile, &name, exempt));
	}
}

static void check_answer(
	const struct request *r, enum profile profile, struct bytes msg, size_t limit)
{
	static struct dns_reply a;
	const uint8_t *q = r->q.packet.p;
	size_t most = t.tcp ? limit : MIN(limit, MIN((size_t)r->q.udp_size, (size_t)DNS_MAX_UDP));
	check(msg.n <= most);
	check(!dns_reply_parse(msg, &a));
	check(be16_get(msg.p) == r->q.id && (a.flags & DNS_QR) && !(a.flags & (DNS_AA | DNS_Z)));
	check((a.flags & (DNS_OPCODE_MASK | DNS_RD)) == (r->q.flags & (DNS_OPCODE_MASK | DNS_RD)));
	check(a.question_end == r->q.question_end);
	check(!memcmp(msg.p + DNS_HEADER, q + DNS_HEADER, a.question_end - DNS_HEADER));
	check((a.opt_at != 0) == r->q.edns);
	check(!(a.flags & DNS_TC) ||
		(a.ancount == 0 && (!t.tcp || fresh.meta.body > REQUEST_ANSWER_MAX - 1024)));
	if (a.question_end > DNS_HEADER && !(a.flags & DNS_OPCODE_MASK))
		check_closed(r, profile, msg, &a);
}

/* ---- a request's way ---- */

struct input {
	const uint8_t *p;
	size_t n;
};

static bool next(struct input *in, struct bytes *ret)
{
	if (in->n < 2)
		return false;
	size_t n = be16_get(in->p);
	n = n < in->n - 2 ? n : in->n - 2;
	*ret = bytes_of(in->p + 2, n);
	in->p += 2 + n;
	in->n -= 2 + n;
	return true;
}

/* Upstream's word on what was asked, as the forwarder would hand it over. */
static void learn(struct input *in, const struct request_ask *ask)
{
	static uint8_t msg[DNS_MAX_MESSAGE];
	struct bytes tail;
	size_t n = DNS_HEADER;
	news = (struct request_news){ .hash = ask->hash, .ede = DNS_EDE_NO_REACHABLE_AUTHORITY };
	if (!next(in, &tail) || tail.n < 5)
		return;
	memset(msg, 0, DNS_HEADER);
	be16_put(msg + 2, DNS_QR | be16_get(tail.p));
	msg[5] = 1;
	msg[7] = tail.p[2];
	msg[9] = tail.p[3];
	msg[11] = tail.p[4];
	memcpy(msg + n, ask->name.wire, ask->name.len);
	n += ask->name.len;
	be16_put(msg + n, ask->type);
	be16_put(msg + n + 2, DNS_IN);
	n += 4;
	tail.n = MIN(tail.n - 5, sizeof msg - n);
	memcpy(msg + n, tail.p + 5, tail.n);
	if (entry_read(t.gv->view, &config, bytes_of(msg, n + tail.n), NOON, &room, &fresh))
		return;
	if (fresh.meta.ttl)
		cache_put(g.cache, ask->hash, &ask->name, ask->type, ask->flags, &fresh.meta,
			fresh.ttl_at, fresh.ede_text, fresh.body);
	news.fresh = &fresh;
}

static size_t close_one(struct request *r, const uint8_t *client, struct bytes packet, uint8_t *out,
	size_t limit, const struct request_news *with, struct request_ask *ask)
{
	request_open(&t, r, client, 4, packet.p, packet.n);
	request_probe(&t, r);
	return request_close(&t, r, with, out, limit, ask);
}

static void answer(struct input *in, struct bytes packet, const uint8_t *client, size_t limit)
{
	static struct request r;
	struct request_ask ask;
	enum profile profile = client[0] == 10 ? (enum profile)client[3] : ADULT;
	uint8_t *out = malloc(limit + ANSWER_SLACK), *copy = malloc(packet.n + 1);
	check(out && copy);
	memcpy(copy, packet.p, packet.n);
	packet.p = copy;
	fresh.meta.body = 0;
	size_t n = close_one(&r, client, packet, out, limit, NULL, &ask);
	check(!ask.needed || (n == 0 && r.state == REQUEST_JUDGE));
	struct limit *taken = t.limit; /* whom it has let in goes round without it */
	t.limit = NULL;
	for (unsigned i = 0; ask.needed && i < ROUNDS; i++) {
		uint64_t asked = ask.hash;
		learn(in, &ask);
		news.stale_only = !news.fresh && i == 0;
		n = close_one(&r, client, packet, out, limit, &news, &ask);
		check(!ask.needed || (n == 0 && ask.hash != asked));
		if (!n && !ask.needed && news.stale_only) {
			news.stale_only = false;
			n = close_one(&r, client, packet, out, limit, &news, &ask);
		}
		check(n > 0 || ask.needed);
	}
	t.limit = taken;
	check(n > 0 || ask.needed || r.state == REQUEST_DROP);
	if (n)
		check_answer(&r, profile, bytes_of(out, n), limit);
	free(out);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes packet;
	if (n < 2)
		return 0;
	if (!g.config)
		make_guard();
	struct input in = { p + 2, n - 2 };
	unsigned options = p[0];
	const uint8_t *client = clients[options / OPTION_CLIENT % ARRAY_LEN(clients)];
	size_t limit = options & OPTION_TCP ? REQUEST_ANSWER_MAX : DNS_MIN_UDP + 4u * p[1];
	begin(options);
	while (next(&in, &packet))
		answer(&in, packet, client, limit);
	end();
	return 0;
}
