/* SPDX-License-Identifier: Apache-2.0 */
/* Whole compiles, judged by the guard's own reader. */
#include "bench.h"

#include "dns/proto.h"

#include <lzma.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

static void matches_mean_what_they_say(void **state)
{
	struct bench b = bench_new("m.img");
	bench_list(&b, "plain", bench_file("p", "both.example\n*.below.example\n"), FORMAT_GUESS);
	bench_list(&b, "hosts", bench_file("h", "0.0.0.0 exact.example\n"), FORMAT_GUESS);
	bench_compile(&b);
	assert_cats(&b, "both.example", "plain");
	assert_cats(&b, "a.b.both.example", "plain");
	assert_cats(&b, "xboth.example", "");
	assert_cats(&b, "below.example", "");
	assert_cats(&b, "a.below.example", "plain");
	assert_cats(&b, "exact.example", "hosts");
	assert_cats(&b, "a.exact.example", "");
	assert_cats(&b, "example", "");
	bench_done(&b);
}

static void categories_add_up(void **state)
{
	struct bench b = bench_new("c.img");
	bench_list(&b, "adult", bench_file("a", "x.example\ny.example\n"), FORMAT_GUESS);
	bench_list(&b, "bad", bench_file("b", "x.example\nsub.y.example\n"), FORMAT_GUESS);
	bench_compile(&b);
	assert_cats(&b, "x.example", "adult+bad");
	assert_cats(&b, "y.example", "adult");
	assert_cats(&b, "sub.y.example", "adult+bad");
	bench_done(&b);
}

static void redundant_names_are_pruned_and_only_they(void **state)
{
	struct bench b = bench_new("p.img");
	bench_list(&b, "adult",
		bench_file("a",
			"x.example\nsub.x.example\nwww.sub.x.example\nx-y.example\nx.example\n"),
		FORMAT_GUESS);
	bench_list(&b, "bad", bench_file("b", "sub.x.example\n"), FORMAT_GUESS);
	bench_list(&b, "adult",
		bench_file(
			"h", "0.0.0.0 w.sub.x.example\n0.0.0.0 z.example\n0.0.0.0 w.z.example\n"),
		FORMAT_GUESS);
	bench_compile(&b);
	/* x, sub.x (bad as well), x-y, z, w.z: an exact name covers nothing below it */
	assert_int_equal(b.p->h->names, 5);
	assert_int_equal(b.report->lists[0].pruned, 1); /* www.sub.x; sub.x stays, for bad */
	assert_int_equal(b.report->lists[0].duplicates, 1);
	assert_int_equal(b.report->lists[2].pruned, 1);
	assert_cats(&b, "www.sub.x.example", "adult+bad");
	assert_cats(&b, "x-y.example", "adult");
	bench_done(&b);
}

static void exceptions_clear_their_category(void **state)
{
	struct bench b = bench_new("e.img");
	bench_list(&b, "adult",
		bench_file("a", "||x.example^\n||deep.good.x.example^\n@@||good.x.example^\n"
				"@@||both.example^\n@@|one.example^\n||one.example^\n"),
		FORMAT_GUESS);
	bench_list(
		&b, "adult", bench_file("a2", "both.example\nwww.good.x.example\n"), FORMAT_GUESS);
	bench_list(&b, "bad", bench_file("b", "good.x.example\n"), FORMAT_GUESS);
	bench_compile(&b);
	assert_cats(&b, "x.example", "adult");
	assert_cats(&b, "good.x.example", "bad");
	assert_cats(&b, "deep.good.x.example", "bad");
	assert_cats(&b, "www.good.x.example", "bad");
	assert_cats(&b, "both.example", "");
	assert_cats(&b, "one.example", "");
	assert_cats(&b, "a.one.example", "adult");
	assert_int_equal(b.report->lists[0].refused[EXCEPTED], 1);
	assert_int_equal(b.report->lists[1].refused[EXCEPTED], 2);
	bench_done(&b);
}

static void in_rpz_the_most_specific_name_wins(void **state)
{
	struct bench b = bench_new("r.img");
	bench_list(&b, "bad",
		bench_file("z",
			"$TTL 60\n@ SOA a. b. 1 2 3 4 5\n"
			"x.example CNAME .\n*.x.example CNAME .\n"
			"*.good.x.example CNAME rpz-passthru.\ngood.x.example CNAME rpz-passthru.\n"
			"evil.good.x.example CNAME .\n"),
		FORMAT_GUESS);
	bench_compile(&b);
	assert_cats(&b, "a.x.example", "bad");
	assert_cats(&b, "good.x.example", "");
	assert_cats(&b, "a.good.x.example", "");
	assert_cats(&b, "evil.good.x.example", "bad");
	assert_cats(&b, "a.evil.good.x.example", ""); /* an exact entry */
	bench_done(&b);
}

static const char psl[] =
	"// x\ncom\ntest\nexample\nco.example\n*.wild.example\n!city.wild.example\n"
	"pages.hosting.example\n";

static void public_suffixes_are_refused(void **state)
{
	struct bench b = bench_new("s.img");
	b.o.psl = bench_file("psl", psl);
	bench_list(&b, "adult",
		bench_file("a", "co.example\nx.co.example\na.wild.example\nb.a.wild.example\n"
				"city.wild.example\nwild.example\nhosting.example\npages.hosting."
				"example\nx.pages.hosting.example\ncom\n"),
		FORMAT_PLAIN);
	bench_list(&b, "adult", bench_file("h", "0.0.0.0 hosting.example\n"), FORMAT_GUESS);
	bench_compile(&b);
	assert_cats(&b, "co.example", "");
	assert_cats(&b, "x.co.example", "adult");
	assert_cats(&b, "a.wild.example", "");
	assert_cats(&b, "b.a.wild.example", "adult");
	assert_cats(
		&b, "city.wild.example", "adult"); /* no suffix: an exception of the suffix list */
	assert_cats(&b, "wild.example", "");
	assert_cats(&b, "y.pages.hosting.example",
		""); /* hosting.example would have covered a suffix */
	assert_cats(&b, "x.pages.hosting.example", "adult");
	assert_cats(&b, "hosting.example", "adult"); /* the exact entry covers nothing */
	assert_int_equal(b.report->lists[0].refused[PUBLIC_SUFFIX], 5);
	assert_int_equal(b.report->lists[0].refused[SINGLE_LABEL], 1);
	assert_true(b.report->checked == 6);
	bench_done(&b);
}

static void a_customer_below_a_private_wildcard_can_be_named(void **state)
{
	struct bench b = bench_new("v.img");
	b.o.psl = bench_file("psl",
		"// ===BEGIN ICANN DOMAINS===\nexample\n*.wild.example\n"
		"// ===END ICANN DOMAINS===\n// ===BEGIN PRIVATE DOMAINS===\n"
		"*.r.host.example\n// ===END PRIVATE DOMAINS===\n");
	bench_list(&b, "adult",
		bench_file("a", "customer.r.host.example\nr.host.example\nhost.example\n"
				"*.r.host.example\na.wild.example\n"),
		FORMAT_PLAIN);
	bench_compile(&b);
	assert_cats(&b, "customer.r.host.example", "adult");
	assert_cats(&b, "www.customer.r.host.example", "adult");
	assert_cats(&b, "other.r.host.example", "");
	assert_cats(&b, "r.host.example", "");
	assert_cats(&b, "host.example", "");
	assert_cats(&b, "a.wild.example", "");
	assert_int_equal(b.report->lists[0].refused[PUBLIC_SUFFIX], 4);
	bench_done(&b);
}

static void a_list_of_good_places_may_open_anything(void **state)
{
	struct bench b = bench_new("k.img");
	b.o.psl = bench_file("psl", psl);
	const char *popular[] = { bench_file("popular", "search.example\n") };
	b.o.popular = popular;
	b.o.npopular = 1;
	bench_list(&b, "good",
		bench_file("g", "co.example\nhosting.example\na.wild.example\n"
				"search.example\ncom\n"),
		FORMAT_PLAIN);
	b.lists[0].allow = true;
	bench_list(&b, "adult", bench_file("a", "co.example\nsearch.example\n"), FORMAT_PLAIN);
	bench_compile(&b);
	assert_cats(&b, "co.example", "good");
	assert_cats(&b, "school.co.example", "good");
	assert_cats(&b, "x.pages.hosting.example", "good");
	assert_cats(&b, "x.a.wild.example", "good");
	assert_cats(&b, "search.example", "good");
	assert_cats(&b, "x.com", ""); /* a whole top-level domain is a mistake, here too */
	assert_int_equal(b.report->lists[0].refused[PUBLIC_SUFFIX], 0);
	assert_int_equal(b.report->lists[0].refused[SINGLE_LABEL], 1);
	assert_int_equal(b.report->lists[1].refused[PUBLIC_SUFFIX], 1);
	bench_done(&b);
}

static void an_operator_accepts_by_name(void **state)
{
	static const char *const accept[] = { "adult:co.example", "adult:zone" };
	struct bench b = bench_new("a.img");
	b.o.psl = bench_file("psl", psl);
	b.o.accept = accept;
	b.o.naccept = 2;
	bench_list(&b, "adult", bench_file("a", "co.example\nzone\n"), FORMAT_PLAIN);
	bench_list(&b, "bad", bench_file("b", "co.example\nzone\n"), FORMAT_PLAIN);
	bench_compile(&b);
	assert_cats(&b, "x.co.example", "adult"); /* accepted for adult, not for bad */
	assert_cats(&b, "x.zone", "adult");
	bench_done(&b);
}

static const char protected_rows[] =
	"name\tmatch\tcategory\tsource\trecheck\tsuspended\tnote\n"
	"help.example\texact\tprotected\tx\t2027-01-01\tno\t\n"
	"deep.platform.example\texact\tprotected\tx\t2027-01-01\tno\t\n"
	"gone.example\texact\tprotected\tx\t2027-01-01\thijacked\t\n";

static void protected_and_popular_names_are_refused(void **state)
{
	struct bench b = bench_new("g.img");
	b.o.protected_names = bench_file("protected.tsv", protected_rows);
	const char *popular[] = { bench_file("popular", "1,search.example\nnews.example\n") };
	b.o.popular = popular;
	b.o.npopular = 1;
	bench_list(&b, "adult",
		bench_file("a", "help.example\nx.help.example\nplatform.example\ngone.example\n"
				"search.example\nx.search.example\n*.news.example\n"),
		FORMAT_PLAIN);
	bench_list(&b, "good", bench_file("g", "search.example\n"), FORMAT_PLAIN);
	b.lists[1].allow = true;
	bench_compile(&b);
	assert_cats(&b, "help.example", "");
	assert_cats(&b, "x.help.example", "adult");
	assert_cats(&b, "platform.example", "");
	assert_cats(&b, "gone.example", "adult");
	assert_cats(&b, "search.example", "good"); /* a list of good places may name it */
	assert_cats(&b, "x.search.example", "adult+good");
	assert_cats(&b, "a.news.example", "");
	assert_int_equal(b.report->lists[0].refused[PROTECTED], 2);
	assert_int_equal(b.report->lists[0].refused[POPULAR], 2);
	assert_string_equal(b.report->lists[0].examples[PROTECTED][0].text, "help.example");
	unsigned good = policy_cat(b.p, "good");
	assert_true(b.p->cats[good].flags & POLICY_CAT_ALLOW);
	bench_done(&b);
}

static void lists_that_agree_confirm_a_popular_name(void **state)
{
	struct bench b = bench_new("f.img");
	const char *popular[] = { bench_file(
		"popular", "one.example\ntwo.example\nwww.two.example\n") };
	b.o.popular = popular;
	b.o.npopular = 1;
	b.o.confirm = 2;
	bench_list(&b, "adult", bench_file("a", "one.example\none.example\ntwo.example\n"),
		FORMAT_PLAIN);
	bench_list(&b, "adult", bench_file("b", "two.example\n"), FORMAT_PLAIN);
	bench_list(&b, "bad", bench_file("c", "one.example\n"), FORMAT_PLAIN);
	bench_compile(&b);
	assert_cats(&b, "one.example",
		""); /* twice in one list is not two lists; another category is another matter */
	assert_cats(&b, "two.example", "adult");
	assert_cats(&b, "www.two.example", "adult");
	bench_done(&b);
}

static void where_popular_names_are_the_point_they_are_taken(void **state)
{
	static const char *const expected[] = { "social", "nobody-has-this" };
	struct bench b = bench_new("x.img");
	const char *popular[] = { bench_file("popular", "meet.example\nhelp.example\n") };
	b.o.popular = popular;
	b.o.npopular = 1;
	b.o.expected = expected;
	b.o.nexpected = 2;
	b.o.protected_names = bench_file("protected.tsv", protected_rows);
	bench_list(&b, "social", bench_file("a", "meet.example\nhelp.example\n"), FORMAT_PLAIN);
	bench_list(&b, "adult", bench_file("b", "meet.example\n"), FORMAT_PLAIN);
	bench_compile(&b);
	assert_cats(&b, "www.meet.example", "social");
	assert_cats(&b, "help.example", ""); /* popular and protected: protected wins */
	assert_int_equal(b.report->lists[0].refused[PROTECTED], 1);
	assert_int_equal(b.report->lists[0].refused[POPULAR], 0);
	assert_int_equal(b.report->lists[1].refused[POPULAR], 1);
	bench_done(&b);
}

static const struct policy_rewrite *rewrite(
	const struct bench *b, const char *name, unsigned owner, unsigned mode, unsigned *n)
{
	struct name_hash h[POLICY_MAX_DEPTH];
	unsigned labels, count = bench_hashes(b->p, name, h, &labels);
	return policy_rewrite_find(b->p, h, count, labels, owner, mode, n);
}

static void answers_become_rewrites(void **state)
{
	struct bench b = bench_new("w.img");
	const char *popular[] = { bench_file("popular", "famous.example\n") };
	b.o.popular = popular;
	b.o.npopular = 1;
	bench_list(&b, "search",
		bench_file("h", "192.0.2.7 s.example\n192.0.2.8 s.example\n2001:db8::7 s.example\n"
				"192.0.2.7 famous.example\n"),
		FORMAT_GUESS);
	bench_list(&b, "search", bench_file("h2", "192.0.2.99 s.example\n"), FORMAT_HOSTS);
	bench_list(&b, "bad",
		bench_file("z",
			"$TTL 60\nw.example CNAME wall.test.\n*.w.example CNAME wall.test.\n"
			"n.example CNAME *.\n"),
		FORMAT_RPZ);
	bench_compile(&b);
	unsigned n, search = policy_cat(b.p, "search"), bad = policy_cat(b.p, "bad");
	const struct policy_rewrite *r = rewrite(&b, "s.example", search, REWRITE_ANY, &n);
	assert_non_null(r);
	assert_int_equal(n, 3); /* the other list's answer is not mixed in */
	assert_int_equal(r->type, DNS_A);
	assert_memory_equal(b.p->rdata + r->at, "\300\000\002\007", 4);
	assert_int_equal(r[2].type, DNS_AAAA);
	assert_int_equal(b.report->lists[1].refused[TWO_ANSWERS], 1);
	assert_null(rewrite(&b, "a.s.example", search, REWRITE_ANY, &n));
	assert_null(rewrite(&b, "famous.example", search, REWRITE_ANY,
		&n)); /* nor is a popular name led elsewhere */
	r = rewrite(&b, "a.w.example", bad, REWRITE_ANY, &n);
	assert_non_null(r);
	assert_int_equal(r->type, DNS_CNAME);
	assert_int_equal(r->ttl, 60);
	assert_memory_equal(b.p->rdata + r->at, "\004wall\004test", 11);
	r = rewrite(&b, "n.example", bad, REWRITE_ANY, &n);
	assert_non_null(r);
	assert_int_equal(r->type, 0);
	assert_cats(&b, "a.w.example", "bad");
	bench_done(&b);
}

/* The last byte of the answer's address, 0 for NODATA, -1 where it is blocked without an answer. */
static int answer_of(const struct bench *b, const char *name)
{
	unsigned n;
	assert_cats(b, name, "bad");
	const struct policy_rewrite *r = rewrite(b, name, policy_cat(b->p, "bad"), REWRITE_ANY, &n);
	assert_true(!r || n == 1);
	return !r ? -1 : r->n ? b->p->rdata[r->at + r->n - 1] : 0;
}

static void a_name_and_those_below_it_have_their_own_answers(void **state)
{
	static const struct {
		const char *name;
		int here, below;
	} wanted[] = { { "a.example", -1, 1 }, { "b.example", 1, -1 }, { "c.example", 1, 2 },
		{ "d.example", 0, 1 }, { "e.example", 1, 0 }, { "f.example", 3, 3 },
		{ "in.c.example", 4, 2 }, { "in.f.example", 3, 5 } };
	struct bench b = bench_new("w2.img");
	bench_list(&b, "bad",
		bench_file("z", "$TTL 60\n"
				"a.example CNAME .\n*.a.example A 192.0.2.1\n"
				"b.example A 192.0.2.1\n*.b.example CNAME .\n"
				"c.example A 192.0.2.1\n*.c.example A 192.0.2.2\n"
				"d.example CNAME *.\n*.d.example A 192.0.2.1\n"
				"e.example A 192.0.2.1\n*.e.example CNAME *.\n"
				"in.c.example A 192.0.2.4\n*.in.f.example A 192.0.2.5\n"),
		FORMAT_RPZ);
	bench_list(&b, "bad", bench_file("k", "||f.example^$dnsrewrite=192.0.2.3\n"), FORMAT_ADBLOCK);
	/* another list says otherwise of one place alone */
	bench_list(&b, "bad", bench_file("h", "192.0.2.9 b.example\n192.0.2.9 a.example\n"),
		FORMAT_HOSTS);
	bench_compile(&b);
	assert_int_equal(answer_of(&b, "a.example"), 9);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		char below[64];
		(void)snprintf(below, sizeof below, "y.x.%s", wanted[i].name);
		if (i)
			assert_int_equal(answer_of(&b, wanted[i].name), wanted[i].here);
		assert_int_equal(answer_of(&b, below), wanted[i].below);
	}
	assert_int_equal(b.report->lists[0].refused[TWO_ANSWERS], 0);
	assert_int_equal(b.report->lists[2].refused[TWO_ANSWERS], 1);
	b.o.nlists = 2;
	bench_compile(&b);
	assert_int_equal(answer_of(&b, "a.example"), wanted[0].here);
	bench_done(&b);
}

static struct cats address(const struct bench *b, const char *text)
{
	uint8_t a[16];
	int family = parse_ip(text, strlen(text), a);
	return policy_address(b->p, a, family == 4 ? 4 : 16);
}

static void address_rules_do_not_overlap(void **state)
{
	struct bench b = bench_new("d.img");
	bench_list(&b, "bad", bench_file("a", "192.0.2.0/24\n198.51.100.7\n2001:db8::/32\n"),
		FORMAT_GUESS);
	bench_list(&b, "adult", bench_file("b", "192.0.2.128/25\n"), FORMAT_GUESS);
	bench_list(&b, "bad", bench_file("z", "$TTL 60\n32.9.2.0.192.rpz-ip CNAME rpz-passthru.\n"),
		FORMAT_RPZ);
	bench_compile(&b);
	struct cats bad = cats_one(policy_cat(b.p, "bad")),
		    adult = cats_one(policy_cat(b.p, "adult"));
	assert_true(cats_equal(address(&b, "192.0.2.1"), bad));
	assert_false(cats_any(address(&b, "192.0.2.9")));
	assert_true(cats_equal(address(&b, "192.0.2.10"), bad));
	assert_true(cats_equal(address(&b, "192.0.2.200"), cats_or(bad, adult)));
	assert_false(cats_any(address(&b, "192.0.3.0")));
	assert_true(cats_equal(address(&b, "198.51.100.7"), bad));
	assert_false(cats_any(address(&b, "198.51.100.8")));
	assert_true(cats_equal(address(&b, "2001:db8::1"), bad));
	assert_true(cats_equal(address(&b, "::ffff:192.0.2.1"), bad));
	bench_done(&b);
}

static void what_ships_is_in_every_image(void **state)
{
	struct bench b = bench_new("i.img");
	b.o.shipped = getenv("HISN_DATA");
	assert_non_null(b.o.shipped);
	bench_compile(&b);
	unsigned n;
	assert_cats(&b, "use-application-dns.net", "canary");
	assert_cats(&b, "www.bing.com", "engine");
	assert_cats(&b, "xwww.bing.com", "");
	const struct policy_rewrite *r =
		rewrite(&b, "www.youtube.com", POLICY_ENGINE + ENGINE_VIDEO, REWRITE_STRICT, &n);
	assert_non_null(r);
	assert_int_equal(r->type, DNS_CNAME);
	r = rewrite(&b, "www.youtube.com", POLICY_ENGINE + ENGINE_VIDEO, REWRITE_MODERATE, &n);
	assert_non_null(r);
	bench_done(&b);
}

static void missing_data_is_an_error_that_says_so(void **state)
{
	struct bench b = bench_new("i.img");
	b.o.shipped = bench_folder;
	assert_int_equal(bench_run(&b), -ENOENT);
	assert_non_null(strstr(b.note.text, "lifelines.tsv"));
	bench_done(&b);
}

static struct bytes slurp(const char *path)
{
	struct bytes r;
	assert_int_equal(file_read(path, 1 << 30, &r), 0);
	return r;
}

static void assert_same_file(const char *a, const char *b)
{
	struct bytes x = slurp(a), y = slurp(b);
	assert_true(bytes_equal(x, y));
	free((void *)(uintptr_t)x.p);
	free((void *)(uintptr_t)y.p);
}

/* A list of n names with sub-domains, in an order that `seed` gives. */
static const char *big_list(const char *file, unsigned n, unsigned seed)
{
	char *text = malloc(n * 40), *p = text;
	for (unsigned i = 0; i < n; i++) {
		unsigned k = (unsigned)(((uint64_t)i * 7919 + seed) % n); /* 7919 is prime */
		p += snprintf(p, 40, "%sn%u.z%u.example\n", k % 5 ? "" : "www.", k / 2, k % 97);
	}
	const char *path = bench_path(file);
	assert_int_equal(file_replace(path, text, (size_t)(p - text), 0644), 0);
	free(text);
	static char kept[4][256];
	static unsigned turn;
	return memcpy(kept[turn++ % 4], path, 256);
}

static void same_inputs_same_bytes(void **state)
{
	static const unsigned threads[] = { 1, 2, 7 };
	struct bench first = bench_new("one.img");
	bench_list(&first, "adult", big_list("l1", 150000, 0), FORMAT_GUESS);
	bench_list(&first, "bad", big_list("l2", 70001, 5), FORMAT_GUESS);
	bench_compile(&first);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		struct bench b = bench_new("two.img");
		b.o.threads = threads[i];
		bench_list(&b, "adult", first.lists[0].path, FORMAT_GUESS);
		bench_list(&b, "bad", first.lists[1].path, FORMAT_GUESS);
		bench_compile(&b);
		assert_same_file(first.out, b.out);
		assert_same_file(bench_path("one.img.names"), bench_path("two.img.names"));
		bench_done(&b);
	}
	bench_done(&first);
}

static void the_order_of_lines_does_not_matter(void **state)
{
	struct bench a = bench_new("one.img"), b = bench_new("two.img");
	bench_list(&a, "adult", big_list("l1", 20000, 0), FORMAT_GUESS);
	bench_list(&b, "adult", big_list("l2", 20000, 12345), FORMAT_GUESS);
	bench_compile(&a);
	bench_compile(&b);
	/* All but the metadata (it has the lists' checksums) and the file's own checksum. */
	const struct policy_header *x = a.p->h, *y = b.p->h;
	assert_int_equal(x->names, y->names);
	assert_memory_equal(a.p->directory, b.p->directory, x->section[POLICY_DIRECTORY].n);
	assert_memory_equal(a.p->entries, b.p->entries, x->section[POLICY_ENTRIES].n);
	assert_memory_equal(a.p->sets, b.p->sets, x->section[POLICY_SETS].n);
	bench_done(&a);
	bench_done(&b);
}

static void packed_lists_are_read(void **state)
{
	struct bench b = bench_new("g.img");
	const char *path = bench_path("l.gz");
	gzFile z = gzopen(path, "wb");
	assert_non_null(z);
	assert_true(gzputs(z, "bad.example\n") > 0);
	gzclose(z);
	bench_list(&b, "bad", path, FORMAT_GUESS);
	bench_compile(&b);
	assert_cats(&b, "bad.example", "bad");
	struct bytes whole = slurp(path);
	char cut[256];
	(void)snprintf(cut, sizeof cut, "%s", bench_path("cut.gz"));
	assert_int_equal(file_replace(cut, whole.p, whole.n - 9, 0644), 0);
	free((void *)(uintptr_t)whole.p);
	b.lists[0].path = cut;
	assert_int_equal(bench_run(&b), ERR_TRUNCATED);
	bench_done(&b);
}

static void a_bomb_is_stopped(void **state)
{
	struct bench b = bench_new("bomb.img");
	char path[256];
	(void)snprintf(path, sizeof path, "%s", bench_path("bomb.gz"));
	gzFile z = gzopen(path, "wb9");
	static char zeros[1 << 20];
	memset(zeros, '\n', sizeof zeros);
	for (int i = 0; i < 80; i++)
		assert_int_equal(gzwrite(z, zeros, sizeof zeros), sizeof zeros);
	gzclose(z);
	bench_list(&b, "bad", path, FORMAT_PLAIN);
	assert_int_equal(bench_run(&b), ERR_LIMIT);
	assert_int_not_equal(access(b.out, F_OK), 0);
	bench_done(&b);
}

typedef size_t packer(const uint8_t *text, size_t n, uint8_t *to, size_t cap);

static size_t pack_xz(const uint8_t *text, size_t n, uint8_t *to, size_t cap)
{
	size_t at = 0;
	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, text, n, to, &at, cap), LZMA_OK);
	return at;
}

static size_t pack_zstd(const uint8_t *text, size_t n, uint8_t *to, size_t cap)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	assert_non_null(z);
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1))); /* as zstd(1) */
	size_t r = ZSTD_compress2(z, to, cap, text, n);
	ZSTD_freeCCtx(z);
	assert_false(ZSTD_isError(r));
	return r;
}

/* Unpacks `packed` as the list of a compile; what compile_run returns. */
static int run_packed(struct bench *b, const uint8_t *packed, size_t n)
{
	static char path[256];
	(void)snprintf(path, sizeof path, "%s", bench_path("packed"));
	assert_int_equal(file_replace(path, packed, n, 0644), 0);
	b->o.nlists = 0;
	bench_list(b, "bad", path, FORMAT_PLAIN);
	return bench_run(b);
}

static void check_packing(packer *pack)
{
	enum { NAMES = 2000, CAP = 1 << 20, ZEROS = 80 << 20 };
	struct bench b = bench_new("pack.img");
	char *text = malloc(NAMES * 24), *p = text;
	uint8_t *packed = malloc(CAP), *zeros = malloc(ZEROS);
	assert_true(text && packed && zeros);
	for (unsigned i = 0; i < NAMES; i++)
		p += snprintf(p, 24, "n%u.example\n", i * 2654435761u);
	size_t n = pack((const uint8_t *)text, (size_t)(p - text), packed, CAP / 2);
	assert_true(n < (size_t)(p - text));
	assert_int_equal(run_packed(&b, packed, n), 0);
	assert_int_equal(b.report->names, NAMES);
	/* two packed one after the other are one text */
	memcpy(packed + n, packed, n);
	assert_int_equal(run_packed(&b, packed, n * 2), 0);
	assert_int_equal(b.report->lists[0].lines, NAMES * 2);
	struct bytes before = slurp(b.out);
	/* cut anywhere, first and last byte included; but not so short that it is no packed file */
	static const unsigned cut[] = { 0, 1, 25, 50, 75, 99, 100 };
	for (size_t i = 0; i < ARRAY_LEN(cut); i++)
		assert_int_equal(run_packed(&b, packed, 12 + (n - 13) * cut[i] / 100), ERR_TRUNCATED);
	/* a damaged one */
	packed[n / 2] ^= 0x55;
	packed[n / 2 + 1] ^= 0x55;
	int err = run_packed(&b, packed, n);
	assert_true(err == ERR_MALFORMED || err == ERR_TRUNCATED);
	memset(zeros, '\n', ZEROS);
	n = pack(zeros, ZEROS, packed, CAP);
	assert_int_equal(run_packed(&b, packed, n), ERR_LIMIT);
	struct bytes after = slurp(b.out);
	assert_true(bytes_equal(before, after));
	free((void *)(uintptr_t)before.p);
	free((void *)(uintptr_t)after.p);
	free(text);
	free(packed);
	free(zeros);
	bench_done(&b);
}

static void xz_whole_cut_damaged_and_a_bomb(void **state)
{
	check_packing(pack_xz);
}

static void zstd_whole_cut_damaged_and_a_bomb(void **state)
{
	check_packing(pack_zstd);
}

static void a_failed_compile_leaves_the_old_image(void **state)
{
	struct bench b = bench_new("old.img");
	bench_list(&b, "bad", bench_file("a", "bad.example\n"), FORMAT_GUESS);
	bench_compile(&b);
	struct bytes before = slurp(b.out);
	bench_list(&b, "bad", bench_path("absent"), FORMAT_GUESS);
	assert_int_equal(bench_run(&b), -ENOENT);
	assert_non_null(strstr(b.note.text, "absent"));
	struct bytes after = slurp(b.out);
	assert_true(bytes_equal(before, after));
	free((void *)(uintptr_t)before.p);
	free((void *)(uintptr_t)after.p);
	/* and nothing half written beside it */
	DIR *d = opendir(bench_folder);
	for (struct dirent *e; (e = readdir(d));)
		assert_true(
			strncmp(e->d_name, "old.img.", 8) || !strcmp(e->d_name, "old.img.names"));
	closedir(d);
	bench_done(&b);
}

static void too_large_a_change_is_refused(void **state)
{
	struct bench b = bench_new("cap.img");
	char list[256];
	(void)snprintf(list, sizeof list, "%s",
		bench_file("l", "a.example\nb.example\nc.example\nd.example\n"));
	bench_list(&b, "bad", list, FORMAT_GUESS);
	b.o.max_change = 20;
	bench_compile(&b);
	bench_file("l", "a.example\nb.example\nc.example\nd.example\ne.example\n");
	assert_int_equal(bench_run(&b), ERR_REFUSED);
	assert_int_equal(b.report->added, 1);
	assert_non_null(strstr(b.note.text, "--yes"));
	b.o.max_change = 25;
	bench_compile(&b);
	assert_cats(&b, "e.example", "bad");
	/* Other lists than before are the operator's own change. */
	b.o.max_change = 20;
	bench_list(
		&b, "adult", bench_file("l2", "f.example\ng.example\nh.example\n"), FORMAT_GUESS);
	bench_compile(&b);
	bench_done(&b);
}

static void rejected_lines_are_all_told(void **state)
{
	struct bench b = bench_new("rej.img");
	b.o.psl = bench_file("psl", psl);
	char rejected[256];
	(void)snprintf(rejected, sizeof rejected, "%s", bench_path("rejected"));
	b.o.rejected = rejected;
	bench_list(&b, "bad",
		bench_file("l", "# c\nx.example/p\nok.example\nco.example\nbad-.example\n"),
		FORMAT_PLAIN);
	bench_compile(&b);
	struct bytes t = slurp(rejected);
	const char *s = (const char *)t.p;
	assert_non_null(strstr(s, "\t2\turl\tx.example/p\n"));
	assert_non_null(strstr(s, "\t5\thyphen\tbad-.example\n"));
	assert_non_null(strstr(s, "\t0\tpublic-suffix\tco.example\n"));
	assert_null(strstr(s, "ok.example"));
	free((void *)(uintptr_t)t.p);
	assert_int_equal(b.report->lists[0].lines, 5);
	assert_int_equal(b.report->lists[0].refused[BLANK], 1);
	bench_done(&b);
}

static void ut1_folders_say_what_they_are_for(void **state)
{
	char good[256], bad[256];
	(void)snprintf(good, sizeof good, "%s", bench_path("good"));
	(void)snprintf(bad, sizeof bad, "%s", bench_path("bad"));
	assert_int_equal(mkdir(good, 0755) | mkdir(bad, 0755), 0);
	bench_file("good/domains", "nice.example\n");
	bench_file("good/usage", "white\nchild\n");
	bench_file("bad/domains", "bad.example\n");
	bench_file("bad/usage", "black\nwhite\n");
	bench_file("bad/urls", "innocent.example/page\n");
	struct bench b = bench_new("u.img");
	bench_list(&b, "kids", good, FORMAT_GUESS);
	bench_list(&b, "adult", bad, FORMAT_GUESS);
	bench_compile(&b);
	assert_true(b.p->cats[policy_cat(b.p, "kids")].flags & POLICY_CAT_ALLOW);
	assert_false(b.p->cats[policy_cat(b.p, "adult")].flags & POLICY_CAT_ALLOW);
	assert_cats(&b, "nice.example", "kids");
	assert_cats(&b, "bad.example", "adult");
	assert_cats(&b, "innocent.example", "");
	static const char *const files[] = { "good/domains", "good/usage", "bad/domains",
		"bad/usage", "bad/urls" };
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlink(bench_path(files[i]));
	rmdir(good);
	rmdir(bad);
	bench_done(&b);
}

static void an_overlay_adds_and_clears(void **state)
{
	static const char *const unblock[] = { "x.example", "both.example:bad" };
	static const char *const block[] = { "new:fresh.example", "adult:co.example" };
	struct bench base = bench_new("base.img"), over = bench_new("over.img");
	base.o.has_key = true;
	base.o.key = (struct name_key){ 1, 2 };
	bench_list(&base, "adult", bench_file("a", "x.example\nboth.example\nsub.x.example\n"),
		FORMAT_GUESS);
	bench_list(&base, "bad", bench_file("b", "both.example\ndeep.x.example\n"), FORMAT_GUESS);
	bench_compile(&base);
	over.o.overlay = true;
	over.o.base = base.out;
	over.o.psl = bench_file("psl", psl);
	over.o.unblock = unblock;
	over.o.nunblock = 2;
	over.o.block = block;
	over.o.nblock = 2;
	bench_list(&over, "adult", bench_file("c", "x2.example\n*.x3.example\n"), FORMAT_PLAIN);
	bench_compile(&over);
	assert_int_equal(over.p->h->kind, POLICY_OVERLAY);
	assert_memory_equal(&over.p->h->key, &base.p->h->key, sizeof over.p->h->key);
	assert_string_equal(over.p->cats[0].name, "adult");
	assert_string_equal(over.p->cats[2].name, "new");
	struct cats adult = cats_one(0), bad = cats_one(1), new = cats_one(2);
#define over_base(name) bench_look(over.p, name, bench_look(base.p, name, cats_none()))
	assert_false(cats_any(over_base("x.example")));
	assert_false(cats_any(over_base("a.deep.x.example")));
	assert_true(cats_equal(over_base("both.example"), adult));
	assert_true(cats_equal(over_base("a.fresh.example"), new));
	assert_true(cats_equal(over_base("co.example"), adult)); /* said by name */
	assert_true(cats_equal(over_base("x2.example"), adult));
	assert_true(cats_equal(over_base("a.x3.example"), adult));
	assert_false(cats_meet(over_base("x2.example"), bad));
	bench_done(&base);
	bench_done(&over);
}

static void options_that_do_not_fit_are_told(void **state)
{
	static const char *const unblock[] = { "x.example" };
	struct bench b = bench_new("o.img");
	b.o.overlay = true;
	assert_int_equal(bench_run(&b), ERR_CONFIG);
	b.o.overlay = false;
	b.o.unblock = unblock;
	b.o.nunblock = 1;
	assert_int_equal(bench_run(&b), ERR_CONFIG);
	b.o.nunblock = 0;
	bench_list(&b, "Adult!", bench_file("a", "x.example\n"), FORMAT_PLAIN);
	assert_int_equal(bench_run(&b), ERR_NAME);
	b.lists[0].category = "kids";
	bench_list(&b, "kids", b.lists[0].path, FORMAT_PLAIN);
	b.lists[1].allow = true;
	assert_int_equal(bench_run(&b), ERR_CONFIG);
	bench_done(&b);
}

/* Found by hashing forty million names under COMPILE_KEY: these two have one tag of 48 bits. */
static void names_that_look_alike_get_another_key(void **state)
{
	static const char pair[] = "n1740422.example\nn16371170.example\n";
	struct bench b = bench_new("twin.img"), over = bench_new("twin.over");
	bench_list(&b, "bad", bench_file("twins", pair), FORMAT_PLAIN);
	bench_compile(&b);
	assert_int_equal(b.report->rekeyed, 1);
	assert_int_equal(b.p->h->key.k0, COMPILE_KEY.k0 + 1);
	assert_int_equal(b.p->h->names, 2);
	assert_cats(&b, "n1740422.example", "bad");
	assert_cats(&b, "n16371170.example", "bad");
	/* One of them alone keeps the key; the presence mask happens to tell the other apart. */
	bench_file("twins", "n1740422.example\n");
	bench_compile(&b);
	assert_int_equal(b.report->rekeyed, 0);
	assert_cats(&b, "n16371170.example", "");
	/* An overlay cannot choose: it says so. */
	over.o.overlay = true;
	over.o.base = b.out;
	bench_list(&over, "bad", bench_file("twins2", pair), FORMAT_PLAIN);
	assert_int_equal(bench_run(&over), ERR_KEY);
	assert_non_null(strstr(over.note.text, "--key"));
	bench_done(&b);
	bench_done(&over);
}

static void nothing_at_all_compiles(void **state)
{
	struct bench b = bench_new("empty.img");
	bench_compile(&b);
	assert_cats(&b, "x.example", "");
	assert_int_equal(b.p->h->names, 0);
	bench_done(&b);
}

/* A line longer than a block, a missing last line end, CRLF, NUL bytes. */
static void odd_files_are_read_whole(void **state)
{
	struct bench b = bench_new("odd.img");
	size_t n = 3 << 20;
	char *text = malloc(n + 200);
	size_t at = (size_t)snprintf(text, 200, "first.example\r\n");
	memset(text + at, 'a', n);
	at += n;
	at += (size_t)snprintf(text + at, 100, "\nsecond.example\nnul");
	text[at++] = 0;
	at += (size_t)snprintf(text + at, 80, ".example\nlast.example");
	assert_int_equal(file_replace(bench_path("odd"), text, at, 0644), 0);
	free(text);
	bench_list(&b, "bad", bench_path("odd"), FORMAT_PLAIN);
	bench_compile(&b);
	assert_cats(&b, "first.example", "bad");
	assert_cats(&b, "second.example", "bad");
	assert_cats(&b, "last.example", "bad");
	assert_int_equal(b.report->lists[0].lines, 5);
	assert_int_equal(b.report->lists[0].refused[LINE_TOO_LONG], 1);
	assert_int_equal(b.report->lists[0].refused[BAD_CHARACTER], 1);
	assert_int_equal(
		b.report->lists[0].examples[BAD_CHARACTER][0].line, 4); /* counted across blocks */
	bench_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_mean_what_they_say),
		cmocka_unit_test(categories_add_up),
		cmocka_unit_test(redundant_names_are_pruned_and_only_they),
		cmocka_unit_test(exceptions_clear_their_category),
		cmocka_unit_test(in_rpz_the_most_specific_name_wins),
		cmocka_unit_test(public_suffixes_are_refused),
		cmocka_unit_test(a_customer_below_a_private_wildcard_can_be_named),
		cmocka_unit_test(a_list_of_good_places_may_open_anything),
		cmocka_unit_test(an_operator_accepts_by_name),
		cmocka_unit_test(protected_and_popular_names_are_refused),
		cmocka_unit_test(lists_that_agree_confirm_a_popular_name),
		cmocka_unit_test(where_popular_names_are_the_point_they_are_taken),
		cmocka_unit_test(answers_become_rewrites),
		cmocka_unit_test(a_name_and_those_below_it_have_their_own_answers),
		cmocka_unit_test(address_rules_do_not_overlap),
		cmocka_unit_test(what_ships_is_in_every_image),
		cmocka_unit_test(missing_data_is_an_error_that_says_so),
		cmocka_unit_test(same_inputs_same_bytes),
		cmocka_unit_test(the_order_of_lines_does_not_matter),
		cmocka_unit_test(packed_lists_are_read),
		cmocka_unit_test(a_bomb_is_stopped),
		cmocka_unit_test(xz_whole_cut_damaged_and_a_bomb),
		cmocka_unit_test(zstd_whole_cut_damaged_and_a_bomb),
		cmocka_unit_test(a_failed_compile_leaves_the_old_image),
		cmocka_unit_test(too_large_a_change_is_refused),
		cmocka_unit_test(rejected_lines_are_all_told),
		cmocka_unit_test(ut1_folders_say_what_they_are_for),
		cmocka_unit_test(an_overlay_adds_and_clears),
		cmocka_unit_test(options_that_do_not_fit_are_told),
		cmocka_unit_test(names_that_look_alike_get_another_key),
		cmocka_unit_test(nothing_at_all_compiles),
		cmocka_unit_test(odd_files_are_read_whole),
	};
	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
