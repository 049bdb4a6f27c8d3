/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/image.h"

#include "dns/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20, BUCKET_MAX = 64, META_MAX = 16 << 20 };
#define POLICY_FILE_MAX ((uint64_t)16 << 30)

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Private memory, at a huge page's boundary so that the kernel can use huge pages for all of it. */
static int map_private(size_t n, void **ret, size_t *ret_mapped)
{
	size_t want = round_up(n, n >= HUGE_PAGE ? HUGE_PAGE : 4096);
	size_t slack = n >= HUGE_PAGE ? HUGE_PAGE : 0;
	uint8_t *p = mmap(NULL, want + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	size_t lead = slack ? (size_t)(-(uintptr_t)p) & (HUGE_PAGE - 1) : 0;
	if (lead)
		munmap(p, lead);
	if (slack - lead)
		munmap(p + lead + want, slack - lead);
	if (slack)
		(void)madvise(p + lead, want, MADV_HUGEPAGE);
	*ret = p + lead;
	*ret_mapped = want;
	return 0;
}

static int read_exactly(int fd, uint8_t *p, size_t n)
{
	while (n) {
		ssize_t r = read(fd, p, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return ERR_TRUNCATED;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

/* What each section is made of; 0: any number of bytes. */
static const size_t unit[POLICY_SECTIONS] = {
	[POLICY_DIRECTORY] = 8,
	[POLICY_ENTRIES] = 8,
	[POLICY_SETS] = sizeof(struct policy_set),
	[POLICY_CATS] = sizeof(struct policy_cat),
	[POLICY_ADDR4] = sizeof(struct policy_addr4),
	[POLICY_ADDR6] = sizeof(struct policy_addr6),
	[POLICY_REWRITES] = sizeof(struct policy_rewrite),
	[POLICY_RDATA] = 1,
	[POLICY_META] = 1,
};

static int check_sections(const struct policy_header *h, struct err_note *note)
{
	uint64_t end = sizeof *h;
	for (int i = 0; i < POLICY_SECTIONS; i++) {
		uint64_t at = h->section[i].at, n = h->section[i].n;
		if (at % 64 || at < end || at > h->size || n > h->size - at || n % unit[i])
			return err_set(note, ERR_FORMAT, "section %d lies outside the file or overlaps", i);
		end = at + n;
	}
	if (h->names > POLICY_MAX_NAMES || !h->buckets || h->buckets > POLICY_MAX_NAMES)
		return err_set(note, ERR_LIMIT, "%u names in %u buckets: out of range", h->names, h->buckets);
	if (h->section[POLICY_DIRECTORY].n != ((uint64_t)h->buckets + 1) * 8 ||
		h->section[POLICY_ENTRIES].n != (uint64_t)h->names * 8)
		return err_set(note, ERR_FORMAT, "directory or entries have another size than the header says");
	if (h->sets > POLICY_MAX_SETS || h->section[POLICY_SETS].n != h->sets * sizeof(struct policy_set))
		return err_set(note, ERR_FORMAT, "%u sets: not what the section holds", h->sets);
	if (h->cats > CATS_MAX || h->section[POLICY_CATS].n != h->cats * sizeof(struct policy_cat))
		return err_set(note, ERR_FORMAT, "%u categories: not what the section holds", h->cats);
	if (h->max_depth > POLICY_MAX_DEPTH || h->section[POLICY_META].n > META_MAX ||
		h->section[POLICY_RDATA].n > UINT32_MAX)
		return err_set(note, ERR_LIMIT, "depth or metadata: out of range");
	return 0;
}

static int check_entries(const struct policy *p, struct err_note *note)
{
	const uint64_t *d = p->directory, *e = p->entries;
	uint32_t buckets = p->h->buckets, sets = p->h->sets, at = 0;
	for (uint32_t b = 0; b < buckets; b++) {
		uint32_t next = (uint32_t)d[b + 1];
		if ((uint32_t)d[b] != at || next < at || next - at > BUCKET_MAX || next > p->h->names)
			return err_set(note, ERR_FORMAT, "bucket %u: offsets out of order", b);
		for (uint64_t last = 0; at < next; at++) {
			if ((e[at] & 0xffff) >= sets || (e[at] >> 16) < last)
				return err_set(note, ERR_FORMAT, "entry %u: bad set or order", at);
			last = e[at] >> 16;
		}
	}
	return at == p->h->names ? 0 : err_set(note, ERR_FORMAT, "%u entries belong to no bucket",
		p->h->names - at);
}

/* No bit of a category that the table does not have. */
static bool cats_known(struct cats c, unsigned n)
{
	struct cats all = {
		{ n >= 64 ? ~0ull : (1ull << n) - 1, n >= 128 ? ~0ull : n > 64 ? (1ull << (n - 64)) - 1 : 0 }
	};
	return !cats_any(cats_minus(c, all));
}

static int check_sets(const struct policy *p, struct err_note *note)
{
	unsigned n = p->h->cats;
	for (uint32_t i = 0; i < p->h->sets; i++) {
		const struct policy_set *s = &p->sets[i];
		if (!cats_known(cats_or(cats_or(s->add_exact, s->add_below), cats_or(s->clear_exact, s->clear_below)), n))
			return err_set(note, ERR_FORMAT, "set %u: a category that is not in the table", i);
	}
	for (unsigned i = 0; i < n; i++) {
		const char *name = p->cats[i].name;
		size_t len = strnlen(name, sizeof p->cats[i].name);
		if (!len || len > CAT_NAME_MAX || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
			return err_set(note, ERR_FORMAT, "category %u: not a category name", i);
		for (unsigned j = 0; j < i; j++)
			if (!strcmp(p->cats[j].name, name))
				return err_set(note, ERR_FORMAT, "category %u: '%s' stands there twice", i, name);
	}
	return 0;
}

static int compare6(const uint64_t a[2], const uint64_t b[2])
{
	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	return a[1] < b[1] ? -1 : a[1] > b[1];
}

static int check_addresses(const struct policy *p, struct err_note *note)
{
	for (uint32_t i = 0; i < p->naddr4; i++) {
		const struct policy_addr4 *a = &p->addr4[i];
		if (a->first > a->last || (i && a->first <= a[-1].last) || !cats_known(a->cats, p->h->cats))
			return err_set(note, ERR_FORMAT, "IPv4 rule %u: out of order or overlapping", i);
	}
	for (uint32_t i = 0; i < p->naddr6; i++) {
		const struct policy_addr6 *a = &p->addr6[i];
		if (compare6(a->first, a->last) > 0 || (i && compare6(a->first, a[-1].last) <= 0) ||
			!cats_known(a->cats, p->h->cats))
			return err_set(note, ERR_FORMAT, "IPv6 rule %u: out of order or overlapping", i);
	}
	return 0;
}

static bool rdata_fits(const struct policy_rewrite *r, const uint8_t *rdata)
{
	struct dns_name name;
	switch (r->type) {
	case DNS_A:
		return r->n == 4;
	case DNS_AAAA:
		return r->n == 16;
	case DNS_CNAME:
		return dns_name_from_wire(rdata + r->at, r->n, &name) == 0;
	default:
		return r->type == 0 && r->n == 0;
	}
}

static int check_rewrites(const struct policy *p, struct err_note *note)
{
	uint64_t limit = p->h->section[POLICY_RDATA].n;
	for (uint32_t i = 0; i < p->nrewrites; i++) {
		const struct policy_rewrite *r = &p->rewrites[i];
		if (r->at > limit || r->n > limit - r->at || r->mode > REWRITE_STRICT || r->below > 1 ||
			(r->owner < POLICY_ENGINE ? r->owner >= p->h->cats : r->owner > POLICY_ENGINE + ENGINE_VIDEO))
			return err_set(note, ERR_FORMAT, "rewrite %u: fields out of range", i);
		if (i && policy_rewrite_order(&r[-1], r->name, r->owner, r->mode) > 0)
			return err_set(note, ERR_FORMAT, "rewrite %u: out of order", i);
		if (!rdata_fits(r, p->rdata))
			return err_set(note, ERR_FORMAT, "rewrite %u: data does not fit its type", i);
	}
	return 0;
}

static int check_header(const struct policy_header *h, size_t n, struct err_note *note)
{
	if (n < sizeof *h)
		return err_set(note, ERR_TRUNCATED, "shorter than a policy image's header");
	if (memcmp(h->magic, POLICY_MAGIC, 8) != 0)
		return err_set(note, ERR_FORMAT, "not a policy image: compile one with 'hisn compile'");
	if (h->version != POLICY_VERSION || h->flags)
		return err_set(note, ERR_VERSION, "image version %u: this program reads version %d", h->version,
			POLICY_VERSION);
	if (h->kind < POLICY_IMAGE || h->kind > POLICY_RELEASE)
		return err_set(note, ERR_FORMAT, "unknown kind of image: %u", h->kind);
	if (h->size != n)
		return err_set(note, ERR_TRUNCATED, "%zu bytes, but the header says %llu", n,
			(unsigned long long)h->size);
	return 0;
}

static int check_contents(const struct policy *p, struct err_note *note)
{
	static int (*const checks[])(const struct policy *, struct err_note *) = {
		check_entries,
		check_sets,
		check_addresses,
		check_rewrites,
	};
	int err = 0;
	for (size_t i = 0; i < ARRAY_LEN(checks) && !err; i++)
		err = checks[i](p, note);
	return err;
}

/* Checks and takes over `memory`, which holds n bytes; frees it on error. */
static int adopt(void *memory, size_t mapped, size_t n, struct policy **ret, struct err_note *note)
{
	struct policy *p = NULL;
	struct policy_header *h = memory;
	int err = check_header(h, n, note);
	if (err)
		goto out;
	uint64_t sum[2] = { h->checksum[0], h->checksum[1] }, found[2];
	h->checksum[0] = h->checksum[1] = 0;
	policy_checksum(memory, n, found);
	h->checksum[0] = sum[0];
	h->checksum[1] = sum[1];
	if (sum[0] != found[0] || sum[1] != found[1]) {
		err = err_set(note, ERR_CHECKSUM, "damaged: checksum does not match; compile or fetch it again");
		goto out;
	}
	err = check_sections(h, note);
	if (err)
		goto out;
	p = calloc(1, sizeof *p);
	if (!p) {
		err = -ENOMEM;
		goto out;
	}
	const uint8_t *b = memory;
	p->h = h;
	p->directory = (const uint64_t *)(b + h->section[POLICY_DIRECTORY].at);
	p->entries = (const uint64_t *)(b + h->section[POLICY_ENTRIES].at);
	p->sets = (const struct policy_set *)(b + h->section[POLICY_SETS].at);
	p->cats = (const struct policy_cat *)(b + h->section[POLICY_CATS].at);
	p->addr4 = (const struct policy_addr4 *)(b + h->section[POLICY_ADDR4].at);
	p->addr6 = (const struct policy_addr6 *)(b + h->section[POLICY_ADDR6].at);
	p->rewrites = (const struct policy_rewrite *)(b + h->section[POLICY_REWRITES].at);
	p->rdata = b + h->section[POLICY_RDATA].at;
	p->naddr4 = (uint32_t)(h->section[POLICY_ADDR4].n / sizeof *p->addr4);
	p->naddr6 = (uint32_t)(h->section[POLICY_ADDR6].n / sizeof *p->addr6);
	p->nrewrites = (uint32_t)(h->section[POLICY_REWRITES].n / sizeof *p->rewrites);
	p->meta = bytes_of(b + h->section[POLICY_META].at, h->section[POLICY_META].n);
	p->memory = memory;
	p->mapped = mapped;
	p->refs = 1;
	err = check_contents(p, note);
	if (!err && mprotect(memory, mapped, PROT_READ) < 0)
		err = -errno;
out:
	if (err) {
		munmap(memory, mapped);
		free(p);
		return err;
	}
	*ret = p;
	return 0;
}

int policy_open(const char *path, struct policy **ret, struct err_note *note)
{
	struct stat st;
	void *memory;
	size_t mapped;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	if (fd < 0)
		return err_set(note, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = err_set(note, ERR_FORMAT, "%s: not a file", path);
	else if ((uint64_t)st.st_size < sizeof(struct policy_header))
		err = err_set(note, ERR_TRUNCATED, "%s: shorter than a policy image's header", path);
	else if ((uint64_t)st.st_size > POLICY_FILE_MAX)
		err = err_set(note, ERR_LIMIT, "%s: larger than an image can be", path);
	else
		err = map_private((size_t)st.st_size, &memory, &mapped);
	if (!err) {
		err = read_exactly(fd, memory, (size_t)st.st_size);
		if (err) {
			munmap(memory, mapped);
		} else {
			struct err_note why = { "" };
			err = adopt(memory, mapped, (size_t)st.st_size, ret, &why);
			if (err)
				(void)err_set(note, err, "%s: %s", path, err_say(&why, err));
		}
	}
	close(fd);
	return err;
}

int policy_parse(const uint8_t *b, size_t n, struct policy **ret, struct err_note *note)
{
	void *memory;
	size_t mapped;
	if (n < sizeof(struct policy_header))
		return err_set(note, ERR_TRUNCATED, "shorter than a policy image's header");
	int err = map_private(n, &memory, &mapped);
	if (err)
		return err;
	memcpy(memory, b, n);
	return adopt(memory, mapped, n, ret, note);
}

struct policy *policy_ref(struct policy *p)
{
	if (p)
		__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

void policy_unref(struct policy *p)
{
	if (p && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		munmap(p->memory, p->mapped);
		free(p);
	}
}
