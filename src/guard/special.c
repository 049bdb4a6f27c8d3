/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/special.h"

#include <assert.h>
#include <errno.h>

enum zone_kind {
	EMPTY,      /* NXDOMAIN below, NODATA at the top */
	NODATA_ALL, /* NODATA everywhere (RFC 9462 section 4: consistent and accurate) */
	LOCALHOST,  /* loopback for the top and all below (RFC 6761 section 6.3) */
	ADDRESSES,  /* ipv4only.arpa (RFC 8880 section 7.1) */
	REVERSE,    /* has one PTR */
};

struct zone {
	const char *name;
	uint8_t kind;
	bool fixed;      /* no configuration sends it upstream */
	const char *ptr_owner;
	const uint8_t *target;
	uint8_t target_len;
};

static const uint8_t localhost_wire[] = "\011localhost";
static const uint8_t ipv4only_wire[] = "\010ipv4only\004arpa";
#define NAME(w) (w), sizeof(w)

#define ZEROS "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define CARRIER(a, b) { a b ".100.in-addr.arpa" }

static const struct zone zones[] = {
	/* Special-Use Domain Names. */
	{ "localhost", LOCALHOST, true },
	{ "invalid", EMPTY, true },       /* RFC 6761 section 6.4 */
	{ "test" },                       /* RFC 6761 section 6.2 */
	{ "local" },                      /* RFC 6762 section 22.1: multicast only */
	{ "onion", EMPTY, true },         /* RFC 7686 section 2 */
	{ "alt", EMPTY, true },           /* RFC 9476 section 3 */
	/* RFC 8375 section 4: NXDOMAIN unless the network has such a zone. The delegation in arpa is
	 * insecure on purpose, so a validating client accepts it. */
	{ "home.arpa" },
	{ "service.arpa" },               /* RFC 9665 section 10.1 */
	{ "resolver.arpa", NODATA_ALL, true },
	{ "ipv4only.arpa", ADDRESSES },
	/* Locally-Served DNS Zones: IPv4. */
	{ "10.in-addr.arpa" },
	{ "16.172.in-addr.arpa" }, { "17.172.in-addr.arpa" }, { "18.172.in-addr.arpa" },
	{ "19.172.in-addr.arpa" }, { "20.172.in-addr.arpa" }, { "21.172.in-addr.arpa" },
	{ "22.172.in-addr.arpa" }, { "23.172.in-addr.arpa" }, { "24.172.in-addr.arpa" },
	{ "25.172.in-addr.arpa" }, { "26.172.in-addr.arpa" }, { "27.172.in-addr.arpa" },
	{ "28.172.in-addr.arpa" }, { "29.172.in-addr.arpa" }, { "30.172.in-addr.arpa" },
	{ "31.172.in-addr.arpa" },
	{ "168.192.in-addr.arpa" },
	{ "0.in-addr.arpa" },
	{ "127.in-addr.arpa", REVERSE, false, "1.0.0.127.in-addr.arpa", NAME(localhost_wire) },
	{ "254.169.in-addr.arpa" },
	{ "2.0.192.in-addr.arpa" }, { "100.51.198.in-addr.arpa" }, { "113.0.203.in-addr.arpa" },
	{ "255.255.255.255.in-addr.arpa" },
	{ "170.0.0.192.in-addr.arpa", REVERSE, false, "170.0.0.192.in-addr.arpa", NAME(ipv4only_wire) },
	{ "171.0.0.192.in-addr.arpa", REVERSE, false, "171.0.0.192.in-addr.arpa", NAME(ipv4only_wire) },
	/* RFC 7793: 64.100 to 127.100. */
	CARRIER("6", "4"), CARRIER("6", "5"), CARRIER("6", "6"), CARRIER("6", "7"), CARRIER("6", "8"),
	CARRIER("6", "9"), CARRIER("7", "0"), CARRIER("7", "1"), CARRIER("7", "2"), CARRIER("7", "3"),
	CARRIER("7", "4"), CARRIER("7", "5"), CARRIER("7", "6"), CARRIER("7", "7"), CARRIER("7", "8"),
	CARRIER("7", "9"), CARRIER("8", "0"), CARRIER("8", "1"), CARRIER("8", "2"), CARRIER("8", "3"),
	CARRIER("8", "4"), CARRIER("8", "5"), CARRIER("8", "6"), CARRIER("8", "7"), CARRIER("8", "8"),
	CARRIER("8", "9"), CARRIER("9", "0"), CARRIER("9", "1"), CARRIER("9", "2"), CARRIER("9", "3"),
	CARRIER("9", "4"), CARRIER("9", "5"), CARRIER("9", "6"), CARRIER("9", "7"), CARRIER("9", "8"),
	CARRIER("9", "9"), CARRIER("10", "0"), CARRIER("10", "1"), CARRIER("10", "2"), CARRIER("10", "3"),
	CARRIER("10", "4"), CARRIER("10", "5"), CARRIER("10", "6"), CARRIER("10", "7"), CARRIER("10", "8"),
	CARRIER("10", "9"), CARRIER("11", "0"), CARRIER("11", "1"), CARRIER("11", "2"), CARRIER("11", "3"),
	CARRIER("11", "4"), CARRIER("11", "5"), CARRIER("11", "6"), CARRIER("11", "7"), CARRIER("11", "8"),
	CARRIER("11", "9"), CARRIER("12", "0"), CARRIER("12", "1"), CARRIER("12", "2"), CARRIER("12", "3"),
	CARRIER("12", "4"), CARRIER("12", "5"), CARRIER("12", "6"), CARRIER("12", "7"),
	/* IPv6. */
	{ "0." ZEROS ".ip6.arpa" },
	{ "1." ZEROS ".ip6.arpa", REVERSE, false, "1." ZEROS ".ip6.arpa", NAME(localhost_wire) },
	{ "d.f.ip6.arpa" },
	{ "8.e.f.ip6.arpa" }, { "9.e.f.ip6.arpa" }, { "a.e.f.ip6.arpa" }, { "b.e.f.ip6.arpa" },
	{ "8.b.d.0.1.0.0.2.ip6.arpa" },
};

enum { ZONES = ARRAY_LEN(zones), TABLE = 512, TTL = 10800, LONGEST = 34 };
static_assert(ZONES * 2 <= TABLE, "the table has room");

struct special {
	uint8_t table[TABLE];           /* open addressing: zone number + 1, 0: free */
	uint64_t lengths;               /* bit n: there is a zone of n labels */
	struct dns_name zone[ZONES], ptr[ZONES];
	unsigned nforward;
	struct dns_name *forward;
};

/* The last `labels` labels of a name, as they stand in it. */
static struct bytes suffix(const struct dns_name *n, unsigned labels)
{
	unsigned at = n->at[n->labels - labels];
	return bytes_of(n->wire + at, n->len - at);
}

/* The table's keys are ours alone, so nobody can make its chains long: any quick hash does. */
static unsigned hash(struct bytes s)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 16777619u;
	return (h ^ h >> 16) % TABLE;
}

static int zone_at(const struct special *s, struct bytes name)
{
	for (unsigned i = hash(name);; i = (i + 1) % TABLE) {
		if (!s->table[i])
			return -1;
		const struct dns_name *z = &s->zone[s->table[i] - 1];
		if (bytes_equal(name, bytes_of(z->wire, z->len)))
			return s->table[i] - 1;
	}
}

/* The zone a name is in. No two of them nest. */
static int zone_find(const struct special *s, const struct dns_name *name)
{
	for (unsigned n = 1; n <= name->labels && n <= LONGEST; n++) {
		int z = s->lengths >> n & 1 ? zone_at(s, suffix(name, n)) : -1;
		if (z >= 0)
			return z;
	}
	return -1;
}

static int zones_fill(struct special *s)
{
	for (unsigned i = 0; i < ZONES; i++) {
		const char *ptr = zones[i].ptr_owner;
		if (dns_name_from_text(zones[i].name, strlen(zones[i].name), &s->zone[i]))
			return ERR_NAME;
		if (ptr && dns_name_from_text(ptr, strlen(ptr), &s->ptr[i]))
			return ERR_NAME;
		unsigned h = hash(bytes_of(s->zone[i].wire, s->zone[i].len));
		while (s->table[h])
			h = (h + 1) % TABLE;
		s->table[h] = (uint8_t)(i + 1);
		s->lengths |= 1ull << s->zone[i].labels;
	}
	return 0;
}

/* Inside a special zone, or above one: then all its zones but the fixed ones are sent on. */
static int forward_add(struct special *s, const char *text, struct err_note *note)
{
	struct dns_name *n = &s->forward[s->nforward];
	if (dns_name_from_text(text, strlen(text), n))
		return err_set(note, ERR_NAME, "'%s' is not a domain name", text);
	int z = zone_find(s, n);
	if (z >= 0 && zones[z].fixed)
		return err_set(note, ERR_REFUSED, "names below '%s' must never leave", zones[z].name);
	for (unsigned i = 0; z < 0 && i < ZONES; i++)
		if (n->labels && dns_name_under(&s->zone[i], n))
			z = (int)i;
	if (z < 0)
		return err_set(note, ERR_REFUSED, "'%s' is no special name: it is sent upstream anyway", text);
	s->nforward++;
	return 0;
}

int special_new(const char *const *forward, unsigned nforward, struct special **ret, struct err_note *note)
{
	struct special *s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->forward = calloc(nforward + 1, sizeof *s->forward);
	int err = s->forward ? zones_fill(s) : -ENOMEM;
	for (unsigned i = 0; !err && i < nforward; i++)
		err = forward_add(s, forward[i], note);
	if (err) {
		special_free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void special_free(struct special *s)
{
	if (!s)
		return;
	free(s->forward);
	free(s);
}

static bool forwarded(const struct special *s, const struct dns_name *name)
{
	for (unsigned i = 0; i < s->nforward; i++)
		if (dns_name_under(name, &s->forward[i]))
			return true;
	return false;
}

static enum special_kind address(uint16_t qtype, bool ipv4only, struct special_answer *ret)
{
	static const uint8_t loopback4[] = { 127, 0, 0, 1 }, loopback6[16] = { [15] = 1 };
	static const uint8_t wellknown[] = { 192, 0, 0, 170, 192, 0, 0, 171 }; /* RFC 7050 section 8.2 */
	if (qtype == DNS_A) {
		ret->n = ipv4only ? 2 : 1;
		ret->size = 4;
		ret->rdata = ipv4only ? wellknown : loopback4;
		return SPECIAL_ADDRESS;
	}
	if (qtype == DNS_AAAA && !ipv4only) {
		ret->n = 1;
		ret->size = 16;
		ret->rdata = loopback6;
		return SPECIAL_ADDRESS;
	}
	return SPECIAL_NODATA;
}

static enum special_kind reverse(const struct special *s, int z, const struct dns_name *name,
	uint16_t qtype, struct special_answer *ret)
{
	const struct dns_name *owner = &s->ptr[z];
	if (!dns_name_under(owner, name)) /* equal, or an empty node above it (RFC 8020) */
		return SPECIAL_NXDOMAIN;
	if (qtype != DNS_PTR || !dns_name_equal(owner, name))
		return SPECIAL_NODATA;
	ret->n = 1;
	ret->size = zones[z].target_len;
	ret->rdata = zones[z].target;
	return SPECIAL_NAME;
}

enum special_kind special_lookup(const struct special *s, const struct dns_name *name, uint16_t qtype,
	struct special_answer *ret)
{
	int z = zone_find(s, name);
	if (z < 0 || (!zones[z].fixed && forwarded(s, name)))
		return SPECIAL_NONE;
	bool top = name->labels == s->zone[z].labels;
	*ret = (struct special_answer){ .zone_labels = s->zone[z].labels, .ttl = TTL };
	switch ((enum zone_kind)zones[z].kind) {
	case NODATA_ALL:
		return SPECIAL_NODATA;
	case LOCALHOST:
		return address(qtype, false, ret);
	case ADDRESSES:
		return top ? address(qtype, true, ret) : SPECIAL_NXDOMAIN;
	case REVERSE:
		return reverse(s, z, name, qtype, ret);
	case EMPTY:
		break;
	}
	return top ? SPECIAL_NODATA : SPECIAL_NXDOMAIN;
}
