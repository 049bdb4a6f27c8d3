/* SPDX-License-Identifier: Apache-2.0 */
/* What each format's lines mean, and the 51 real lines that break naive parsers. */
#include "compile/parse.h"

#include "dns/proto.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* What a line gave, in words: "both x.example", "exact x.example = CNAME", "4 192.0.2.0-192.0.2.255". */
struct heard {
	struct reader r;
	char text[2000];
};

static void hear(struct heard *h, const char *format, ...) printf_like(2, 3);
static void hear(struct heard *h, const char *format, ...)
{
	size_t n = strlen(h->text);
	va_list ap;
	va_start(ap, format);
	if (n)
		n += (size_t)snprintf(h->text + n, sizeof h->text - n, ", ");
	(void)vsnprintf(h->text + n, sizeof h->text - n, format, ap);
	va_end(ap);
}

static const char *op_text(unsigned ops)
{
	switch (ops) {
	case ADD_EXACT:
		return "exact";
	case ADD_BELOW:
		return "below";
	case ADD_BOTH:
		return "both";
	case CLEAR_EXACT:
		return "clear exact";
	case CLEAR_BELOW:
		return "clear below";
	case CLEAR_BOTH:
		return "clear both";
	case CLEAR_EXACT | STRONG:
		return "except exact";
	case CLEAR_BELOW | STRONG:
		return "except below";
	case CLEAR_BOTH | STRONG:
		return "except both";
	default:
		return "?";
	}
}

static enum reason on_name(
	struct reader *r, const struct rname *name, unsigned ops, const struct answer *a)
{
	char text[RNAME_MAX + 1];
	rname_text(name->b, name->len, text);
	const char *type = !a                     ? ""
			   : a->type == DNS_A     ? " = A"
			   : a->type == DNS_AAAA  ? " = AAAA"
			   : a->type == DNS_CNAME ? " = CNAME"
						  : " = NODATA";
	hear((struct heard *)r, "%s %s%s", op_text(ops), text, type);
	return TAKEN;
}

static enum reason on_range(struct reader *r, const struct range *g, unsigned ops)
{
	size_t n = g->family == 4 ? 4 : 16;
	char hex[80] = "";
	for (size_t i = 0; i < n; i++)
		(void)snprintf(hex + i * 2, 3, "%02x", g->first[i]);
	hex[n * 2] = '-';
	for (size_t i = 0; i < n; i++)
		(void)snprintf(hex + n * 2 + 1 + i * 2, 3, "%02x", g->last[i]);
	hear((struct heard *)r, "%s %s", op_text(ops), hex);
	return TAKEN;
}

static void on_refuse(struct reader *r, enum reason why, const char *s, size_t n)
{
	hear((struct heard *)r, "not %.*s: %s", (int)n, s, reason_key(why));
}

static struct heard listener(enum list_format f)
{
	return (struct heard){
		.r = { .format = f, .name = on_name, .range = on_range, .refuse = on_refuse }
	};
}

static const char *parse(struct heard *h, const char *line)
{
	h->text[0] = 0;
	enum reason why = parse_line(&h->r, line, strlen(line));
	if (why != TAKEN)
		hear(h, "%s", reason_key(why));
	return h->text;
}

#define expect(f, line, want)                                                                      \
	do {                                                                                       \
		struct heard h_ = listener(f);                                                     \
		assert_string_equal(parse(&h_, line), want);                                       \
	} while (0)

static void plain_lines(void **state)
{
	expect(FORMAT_PLAIN, "Bad.Example", "both bad.example");
	expect(FORMAT_PLAIN, "bad.example.", "both bad.example");
	expect(FORMAT_PLAIN, "  .bad.example\t", "both bad.example");
	expect(FORMAT_PLAIN, "*.bad.example", "below bad.example");
	expect(FORMAT_PLAIN, "bad.example # why", "both bad.example");
	expect(FORMAT_PLAIN, "bad.example other.example", "format");
	expect(FORMAT_PLAIN, "# bad.example", "comment");
	expect(FORMAT_PLAIN, "", "comment");
	expect(FORMAT_PLAIN, "bad.example/page", "url");
	expect(FORMAT_PLAIN, "https://bad.example", "url");
	expect(FORMAT_PLAIN, "192.0.2.1", "address");
	expect(FORMAT_PLAIN, "2001:db8::1", "address");
	expect(FORMAT_PLAIN, "bad..example", "label");
	expect(FORMAT_PLAIN, ".", "label");
	expect(FORMAT_PLAIN, "..", "label");
	expect(FORMAT_PLAIN, "bad-.example", "hyphen");
	expect(FORMAT_PLAIN, "-bad.example", "both -bad.example");
	expect(FORMAT_PLAIN, "example", "single-label");
	expect(FORMAT_PLAIN, "bad.x", "tld");
	expect(FORMAT_PLAIN, "bad.123", "tld");
	expect(FORMAT_PLAIN, "a*.example.test", "pattern");
	expect(FORMAT_PLAIN, "bad,example.test", "character");
	expect(FORMAT_PLAIN, "b\303\274cher.example", "both xn--bcher-kva.example");
	expect(FORMAT_PLAIN, "B\303\234CHER.example", "both xn--bcher-kva.example");
	expect(FORMAT_PLAIN, "\377.example", "idn");
}

static void plain_match_can_be_said(void **state)
{
	struct heard h = listener(FORMAT_PLAIN);
	h.r.match = ADD_EXACT;
	assert_string_equal(parse(&h, "bad.example"), "exact bad.example");
	assert_string_equal(parse(&h, "*.bad.example"), "below bad.example");
}

static void names_have_limits(void **state)
{
	char line[400];
	for (int i = 0; i < 32; i++)
		memcpy(line + i * 2, "a.", 2);
	memcpy(line + 64, "test", 5);
	expect(FORMAT_PLAIN, line, "deep"); /* 33 labels */
	memset(line, 'a', 64);
	memcpy(line + 64, ".test", 6);
	expect(FORMAT_PLAIN, line, "label");
	for (int i = 0; i < 4; i++) {
		memset(line + i * 64, 'a', 63);
		line[i * 64 + 63] = '.';
	}
	memcpy(line + 256, "test", 5);
	expect(FORMAT_PLAIN, line, "length");
	static char big[LINE_MAX_BYTES + 2];
	memset(big, 'a', sizeof big - 1);
	expect(FORMAT_PLAIN, big, "long-line");
}

static void hosts_lines(void **state)
{
	expect(FORMAT_HOSTS, "0.0.0.0 bad.example", "exact bad.example");
	expect(FORMAT_HOSTS, "127.0.0.1\tbad.example www.bad.example # x",
		"exact bad.example, exact www.bad.example");
	expect(FORMAT_HOSTS, "::1 localhost", "boilerplate");
	expect(FORMAT_HOSTS, "fe80::1%lo0 localhost", "boilerplate");
	expect(FORMAT_HOSTS, "0.0.0.0 0.0.0.0", "boilerplate");
	expect(FORMAT_HOSTS, "192.0.2.7 search.example", "exact search.example = A");
	expect(FORMAT_HOSTS, "2001:db8::7 search.example", "exact search.example = AAAA");
	expect(FORMAT_HOSTS, "0.0.0.0 bad.example bad-.example",
		"exact bad.example, not 0.0.0.0 bad.example bad-.example: hyphen");
	expect(FORMAT_HOSTS, "bad.example", "format");
	expect(FORMAT_HOSTS, "0.0.0.0", "address");
}

static void adblock_lines(void **state)
{
	expect(FORMAT_ADBLOCK, "||bad.example^", "both bad.example");
	expect(FORMAT_ADBLOCK, "||*.bad.example^", "below bad.example");
	expect(FORMAT_ADBLOCK, "||bad.example^|", "both bad.example");
	expect(FORMAT_ADBLOCK, "|bad.example^", "exact bad.example");
	expect(FORMAT_ADBLOCK, "@@||good.example^", "except both good.example");
	expect(FORMAT_ADBLOCK, "@@|good.example^", "except exact good.example");
	expect(FORMAT_ADBLOCK, "||bad.example^$important", "both bad.example");
	expect(FORMAT_ADBLOCK, "||bad.example^$third-party", "option");
	expect(FORMAT_ADBLOCK, "||bad.example^$client=x,important", "option");
	expect(FORMAT_ADBLOCK, "||s.example^$dnsrewrite=NOERROR;A;192.0.2.1", "both s.example = A");
	expect(FORMAT_ADBLOCK, "|s.example^$dnsrewrite=safe.example", "exact s.example = CNAME");
	expect(FORMAT_ADBLOCK, "|s.example^$dnsrewrite=NXDOMAIN;;", "exact s.example");
	expect(FORMAT_ADBLOCK, "|s.example^$dnsrewrite=0.0.0.0", "exact s.example");
	expect(FORMAT_ADBLOCK, "|s.example^$dnsrewrite=NOERROR;MX;10 x", "option");
	expect(FORMAT_ADBLOCK, "||bad.example/page^", "url");
	expect(FORMAT_ADBLOCK, "||bad.example", "pattern");
	expect(FORMAT_ADBLOCK, "bad.example##.banner", "option");
	expect(FORMAT_ADBLOCK, "/banner[0-9]+/", "pattern");
	expect(FORMAT_ADBLOCK, "! comment", "comment");
	expect(FORMAT_ADBLOCK, "[Adblock Plus 2.0]", "comment");
	expect(FORMAT_ADBLOCK, "bad.example", "both bad.example");
	expect(FORMAT_ADBLOCK, "0.0.0.0 bad.example", "exact bad.example");
}

static void dnsmasq_and_unbound_lines(void **state)
{
	expect(FORMAT_DNSMASQ, "address=/bad.example/#", "both bad.example");
	expect(FORMAT_DNSMASQ, "address=/bad.example/", "both bad.example");
	expect(FORMAT_DNSMASQ, "address=/bad.example/0.0.0.0", "both bad.example");
	expect(FORMAT_DNSMASQ, "local=/a.example/b.example/", "both a.example, both b.example");
	expect(FORMAT_DNSMASQ, "server=/bad.example/", "both bad.example");
	expect(FORMAT_DNSMASQ, "server=/good.example/#", "clear both good.example");
	expect(FORMAT_DNSMASQ, "server=/x.example/192.0.2.53", "forwarding");
	expect(FORMAT_DNSMASQ, "address=/s.example/192.0.2.1", "both s.example = A");
	expect(FORMAT_DNSMASQ, "cname=a.example,b.example", "directive");
	expect(FORMAT_DNSMASQ, "address=/", "format");
	expect(FORMAT_DNSMASQ, "bad.example", "format");
	expect(FORMAT_UNBOUND, "local-zone: \"bad.example.\" always_nxdomain", "both bad.example");
	expect(FORMAT_UNBOUND, "local-zone: good.example transparent", "clear both good.example");
	expect(FORMAT_UNBOUND, "local-data: \"bad.example A 0.0.0.0\"", "exact bad.example");
	expect(FORMAT_UNBOUND, "local-data: \"s.example 60 IN A 192.0.2.1\"",
		"exact s.example = A");
	expect(FORMAT_UNBOUND, "local-data: \"s.example CNAME safe.example.\"",
		"exact s.example = CNAME");
	expect(FORMAT_UNBOUND, "local-data: \"s.example TXT hello\"", "option");
	expect(FORMAT_UNBOUND, "local-zone: \"bad.example", "directive");
	expect(FORMAT_UNBOUND, "server:", "comment");
}

static void squid_and_v2fly_lines(void **state)
{
	expect(FORMAT_SQUID, ".bad.example", "both bad.example");
	expect(FORMAT_SQUID, "bad.example", "exact bad.example");
	expect(FORMAT_V2FLY, "bad.example", "both bad.example");
	expect(FORMAT_V2FLY, "domain:bad.example @ads", "both bad.example");
	expect(FORMAT_V2FLY, "full:www.bad.example @cn @ads # x", "exact www.bad.example");
	expect(FORMAT_V2FLY, "keyword:bad", "pattern");
	expect(FORMAT_V2FLY, "include:other", "directive");
}

static void address_lines(void **state)
{
	expect(FORMAT_ADDRESS, "192.0.2.7", "exact c0000207-c0000207");
	expect(FORMAT_ADDRESS, "192.0.2.7/24 ; SBL1", "exact c0000200-c00002ff");
	expect(FORMAT_ADDRESS, "192.0.2.7-192.0.2.9", "exact c0000207-c0000209");
	expect(FORMAT_ADDRESS, "2001:db8::/32",
		"exact 20010db8000000000000000000000000-20010db8ffffffffffffffffffffffff");
	expect(FORMAT_ADDRESS, "192.0.2.9-192.0.2.7", "bad-address");
	expect(FORMAT_ADDRESS, "192.0.2.1/42", "url");
	expect(FORMAT_ADDRESS, "0.0.0.0/0", "wide");
	expect(FORMAT_ADDRESS, "10.1.2.3", "special-address");
	expect(FORMAT_ADDRESS, "::1", "special-address");
	expect(FORMAT_ADDRESS, "bad.example", "bad-address");
}

static void rpz_zone(void **state)
{
	static const struct {
		const char *line, *want;
	} lines[] = {
		{ "$TTL 300", "comment" },
		{ "@ IN SOA rpz.test. admin.rpz.test. (", "comment" },
		{ "   1 3600 900 ; serial", "comment" },
		{ "   86400 300 )", "comment" },
		{ "  IN NS localhost.", "comment" },
		{ "$ORIGIN rpz.test.", "comment" },
		{ "bad.example CNAME .", "exact bad.example" },
		{ "*.bad.example 60 IN CNAME .", "below bad.example" },
		{ "bad2.example.rpz.test. CNAME .", "exact bad2.example" },
		{ "elsewhere.test. CNAME .", "format" },
		{ "nodata.example CNAME *.", "exact nodata.example = NODATA" },
		{ "good.example CNAME rpz-passthru.", "clear exact good.example" },
		{ "*.good.example CNAME rpz-passthru.", "clear below good.example" },
		{ "old.example CNAME old.example.", "clear exact old.example" },
		{ "drop.example CNAME rpz-drop.", "action" },
		{ "tcp.example CNAME rpz-tcp-only.", "action" },
		{ "pre.example CNAME *.garden.test.", "action" },
		{ "garden.example CNAME garden.test.", "exact garden.example = CNAME" },
		{ "garden2.example A 192.0.2.1", "exact garden2.example = A" },
		{ "            AAAA 2001:db8::1", "exact garden2.example = AAAA" },
		{ "sink.example A 0.0.0.0", "exact sink.example" },
		{ "mail.example MX 10 mx.test.", "action" },
		{ "24.0.2.0.192.rpz-ip CNAME .", "exact c0000200-c00002ff" },
		{ "32.7.2.0.192.rpz-ip CNAME rpz-passthru.", "clear exact c0000207-c0000207" },
		{ "48.zz.1.db8.2001.rpz-ip CNAME .",
			"exact 20010db8000100000000000000000000-20010db80001ffffffffffffffffffff" },
		{ "33.7.2.0.192.rpz-ip CNAME .", "bad-address" },
		{ "8.0.0.0.10.rpz-client-ip CNAME .", "trigger" },
		{ "ns.example.rpz-nsdname CNAME .", "trigger" },
		{ "$INCLUDE more", "directive" },
		{ "; bad3.example CNAME .", "comment" },
	};
	struct heard h = listener(FORMAT_RPZ);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_string_equal(parse(&h, lines[i].line), lines[i].want);
}

static void rpz_zone_named_by_its_soa(void **state)
{
	struct heard h = listener(FORMAT_RPZ);
	assert_string_equal(parse(&h, "rpz.test. 300 IN SOA a. b. 1 2 3 4 5"), "comment");
	assert_string_equal(parse(&h, "bad.example.rpz.test. 300 IN CNAME ."), "exact bad.example");
	assert_string_equal(parse(&h, "rpz.test. 300 IN NS ns.test."), "comment");
}

static void formats_are_guessed(void **state)
{
	static const struct {
		const char *text;
		enum list_format want;
	} samples[] = {
		{ "# x\nbad.example\nbad2.example\n", FORMAT_PLAIN },
		{ "127.0.0.1 localhost\n0.0.0.0 bad.example\n", FORMAT_HOSTS },
		{ "! x\n||bad.example^\n", FORMAT_ADBLOCK },
		{ "[Adblock Plus]\nbad.example\n||bad2.example^\n", FORMAT_ADBLOCK },
		{ "address=/bad.example/#\n", FORMAT_DNSMASQ },
		{ "*.bad.example\n*.bad2.example\n", FORMAT_WILDCARD },
		{ "bad.example\n*.bad.example\nbad2.example\n", FORMAT_PLAIN },
		{ "$TTL 60\n@ SOA a. b. 1 2 3 4 5\nbad.example CNAME .\n", FORMAT_RPZ },
		{ "server:\nlocal-zone: \"bad.example\" always_null\n", FORMAT_UNBOUND },
		{ ".bad.example\n.bad2.example\n", FORMAT_SQUID },
		{ "bad.example\nfull:www.bad.example\n", FORMAT_V2FLY },
		{ "192.0.2.0/24 ; x\n198.51.100.7\n", FORMAT_ADDRESS },
		{ "192.0.2.1\nbad.example\nbad2.example\n", FORMAT_PLAIN },
		{ "", FORMAT_PLAIN },
	};
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		assert_string_equal(
			format_name(format_guess(samples[i].text, strlen(samples[i].text))),
			format_name(samples[i].want));
}

/* Each real line as a list of its own, in the format it is guessed to be, or in that of its file. */
static const struct {
	const char *format, *line, *want;
} real[] = {
#include "real_lines.inc"
};

static void real_lines(void **state)
{
	assert_int_equal(ARRAY_LEN(real), 51);
	for (size_t i = 0; i < ARRAY_LEN(real); i++) {
		const char *line = real[i].line, *f = real[i].format;
		enum list_format format =
			*f ? format_find(f, strlen(f)) : format_guess(line, strlen(line));
		struct heard h = listener(format);
		char got[2100];
		(void)snprintf(got, sizeof got, "%s: %s", format_name(format), parse(&h, line));
		assert_string_equal(got, real[i].want);
	}
}

/* The table above is the file's, line by line: read from it where it is there. */
static void real_lines_are_the_files(void **state)
{
	const char *data = getenv("HISN_TEST_DATA"), *source = getenv("HISN_SOURCE");
	char path[4096], line[1000];
	(void)snprintf(path, sizeof path, "%s%s/small/real-lines.txt",
		data     ? data
		: source ? source
			 : ".",
		data ? "" : "/../shared/data");
	FILE *f = fopen(path, "re");
	if (!f) {
		print_message("# no %s: set HISN_TEST_DATA\n", path);
		skip();
	}
	size_t i = 0;
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		assert_true(i < ARRAY_LEN(real));
		assert_string_equal(line, real[i++].line);
	}
	fclose(f);
	assert_int_equal(i, ARRAY_LEN(real));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_lines),
		cmocka_unit_test(plain_match_can_be_said),
		cmocka_unit_test(names_have_limits),
		cmocka_unit_test(hosts_lines),
		cmocka_unit_test(adblock_lines),
		cmocka_unit_test(dnsmasq_and_unbound_lines),
		cmocka_unit_test(squid_and_v2fly_lines),
		cmocka_unit_test(address_lines),
		cmocka_unit_test(rpz_zone),
		cmocka_unit_test(rpz_zone_named_by_its_soa),
		cmocka_unit_test(formats_are_guessed),
		cmocka_unit_test(real_lines),
		cmocka_unit_test(real_lines_are_the_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
