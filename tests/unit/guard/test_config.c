/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/config.h"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct guard_config loaded(const char *text)
{
	struct guard_config c;
	struct err_note note = { "" };
	guard_config_init(&c);
	if (guard_config_parse(&c, "/etc/hisn/g.yaml", (const uint8_t *)text, strlen(text), &note))
		fail_msg("%s", note.text);
	return c;
}

/* The whole note, and the defaults again. */
static void refused(const char *text, const char *wanted)
{
	struct guard_config c;
	struct err_note note = { "" };
	guard_config_init(&c);
	assert_int_equal(guard_config_parse(&c, "g.yaml", (const uint8_t *)text, strlen(text), &note), ERR_CONFIG);
	assert_string_equal(note.text, wanted);
	assert_int_equal(c.nlisten, 0);
	assert_null(c.image);
	assert_int_equal(c.cache.size_mb, 64);
	guard_config_done(&c);
}

static void defaults_hold_where_nothing_is_said(void **state)
{
	struct guard_config c = loaded("image: i\n");
	struct err_note note = { "" };
	char buf[NET_ADDRESS_TEXT];
	assert_string_equal(c.image, "/etc/hisn/i");
	assert_int_equal(c.upstream.mode, GUARD_UNBOUND);
	assert_int_equal(c.cache.max_ttl, 86400);
	assert_int_equal(c.cache.min_ttl, 0);
	assert_int_equal(c.cache.max_negative_ttl, 3600);
	assert_int_equal(c.cache.stale_seconds, 86400);
	assert_true(c.cache.prefetch && c.cookies && c.sandbox && c.rebinding.on && c.acl.private_networks);
	assert_int_equal(c.rate_limit.rate, 0);
	assert_int_equal(c.tcp.idle_ms, 10000);
	c.data = "/d";
	assert_int_equal(guard_config_check(&c, &note), 0);
	assert_int_equal(c.nlisten, 1);
	assert_string_equal(net_address_text(&c.listen[0], buf), "127.0.0.1@53");
	assert_in_range(c.workers, 1, GUARD_WORKERS_MAX);
	assert_string_equal(c.control, "/var/lib/hisn/guard/control");
	guard_config_done(&c);
}

static void every_key_is_taken(void **state)
{
	struct guard_config c = loaded(
		"listen: ['127.0.0.1@5300', '[::1]:5300']\nworkers: 3\nimage: /a/i\noverlay: ../o\n"
		"household: h\nstate: /s\ncontrol: /c\ndata: /d\n"
		"upstream: {servers: ['192.0.2.1#dns.example', '[2001:db8::1]:8853#two.example'], tls: true, "
		"unbound_program: unbound, unbound_include: u.conf, trust_anchor: /k, timeout_ms: 100, tries: 2}\n"
		"cache: {size_mb: 8, max_ttl: 100, min_ttl: 5, max_negative_ttl: 7, stale_seconds: 9, prefetch: no}\n"
		"acl: {private_networks: no, allow: [192.0.2.0/24], deny: ['2001:db8::/32', 192.0.2.1]}\n"
		"rate_limit: {per_second: 10, burst: 11, slip: 3, prefix4: 24, prefix6: 48, entries: 2048, loopback: on}\n"
		"cookies: off\ncookie_secret_file: k\n"
		"tcp: {connections: 5, per_client: 4, idle_seconds: 3, receive_seconds: 2, total_seconds: 60}\n"
		"forward_special: [test, 10.in-addr.arpa]\n"
		"rebinding: {protect: false, allow: [lan.example]}\nuser: nobody\nsandbox: false\n");
	char buf[NET_ADDRESS_TEXT];
	assert_int_equal(c.nlisten, 2);
	assert_string_equal(net_address_text(&c.listen[1], buf), "::1@5300");
	assert_int_equal(c.workers, 3);
	assert_string_equal(c.image, "/a/i");
	assert_string_equal(c.overlay, "/etc/hisn/../o");
	assert_string_equal(c.household, "/etc/hisn/h");
	assert_string_equal(c.state, "/s");
	assert_string_equal(c.control, "/c");
	assert_string_equal(c.data, "/d");
	assert_int_equal(c.upstream.nservers, 2);
	assert_true(c.upstream.tls);
	assert_string_equal(c.upstream.server[0].text, "192.0.2.1@853#dns.example");
	assert_string_equal(c.upstream.server[1].text, "2001:db8::1@8853#two.example");
	assert_string_equal(c.upstream.server[1].tls_name, "two.example");
	assert_int_equal(c.upstream.server[1].address.port, 8853);
	assert_string_equal(c.upstream.unbound_program, "unbound");
	assert_string_equal(c.upstream.unbound_include, "/etc/hisn/u.conf");
	assert_string_equal(c.upstream.trust_anchor, "/k");
	assert_int_equal(c.upstream.timeout_ms, 100);
	assert_int_equal(c.upstream.tries, 2);
	assert_int_equal(c.cache.size_mb, 8);
	assert_int_equal(c.cache.max_ttl, 100);
	assert_int_equal(c.cache.min_ttl, 5);
	assert_int_equal(c.cache.max_negative_ttl, 7);
	assert_int_equal(c.cache.stale_seconds, 9);
	assert_false(c.cache.prefetch || c.acl.private_networks || c.cookies || c.rebinding.on || c.sandbox);
	assert_int_equal(c.acl.nallow, 1);
	assert_int_equal(c.acl.ndeny, 2);
	assert_string_equal(net_prefix_text(&c.acl.deny[1], buf), "192.0.2.1/32");
	assert_int_equal(c.rate_limit.rate, 10);
	assert_int_equal(c.rate_limit.burst, 11);
	assert_int_equal(c.rate_limit.slip, 3);
	assert_int_equal(c.rate_limit.prefix4, 24);
	assert_int_equal(c.rate_limit.prefix6, 48);
	assert_int_equal(c.rate_limit.entries, 2048);
	assert_true(c.rate_limit.loopback);
	assert_string_equal(c.cookie_secret_file, "/etc/hisn/k");
	assert_int_equal(c.tcp.connections, 5);
	assert_int_equal(c.tcp.per_client, 4);
	assert_int_equal(c.tcp.idle_ms, 3000);
	assert_int_equal(c.tcp.receive_ms, 2000);
	assert_int_equal(c.tcp.total_ms, 60000);
	assert_int_equal(c.nforward_special, 2);
	assert_string_equal(c.forward_special[1], "10.in-addr.arpa");
	assert_int_equal(c.rebinding.nallow, 1);
	assert_string_equal(c.rebinding.allow[0], "lan.example");
	assert_string_equal(c.user, "nobody");
	guard_config_done(&c);
}

static void forward_mode_asks_servers(void **state)
{
	struct guard_config c = loaded("upstream: {mode: forward, servers: [192.0.2.1, '192.0.2.2:5300'], trust_ad: yes}\n");
	assert_int_equal(c.upstream.mode, GUARD_FORWARD);
	assert_true(c.upstream.trust_ad);
	assert_string_equal(c.upstream.server[0].text, "192.0.2.1@53");
	assert_string_equal(c.upstream.server[1].text, "192.0.2.2@5300");
	assert_null(c.upstream.server[0].tls_name);
	guard_config_done(&c);
}

static void values_are_refused_at_their_place(void **state)
{
	refused("cache:\n  size_mb: 0\n", "g.yaml:2:12: expected a number from 1 to 65536");
	refused("cache:\n  size_mb: 65537\n", "g.yaml:2:12: expected a number from 1 to 65536");
	refused("cache: {min_ttl: 50, max_ttl: 40}\n", "g.yaml:1:18: min_ttl is above max_ttl");
	refused("workers: 257\n", "g.yaml:1:10: expected a number from 0 to 256");
	refused("tcp: {idle_seconds: 0}\n", "g.yaml:1:21: expected a number from 1 to 600");
	refused("image: i\nlisten: [127.0.0.1, localhost]\n", "g.yaml:2:21: 'localhost': expected an address to "
		"listen on, such as 127.0.0.1, 127.0.0.1@5300 or [::1]:5300");
	refused("listen: [127.0.0.1, 127.0.0.1@53]\n", "g.yaml:1:21: '127.0.0.1@53' is there twice");
	refused("acl:\n  deny:\n  - 10.0.0.0/8\n  - 10.1.0.0/8\n", "g.yaml:4:5: expected an address or a prefix "
		"with no bit set past its length, such as 192.0.2.0/24 or 2001:db8::/32");
	refused("forward_special: [test, www.example]\n",
		"g.yaml:1:25: 'www.example' is no special name: it is sent upstream anyway");
	refused("forward_special: [onion]\n", "g.yaml:1:19: names below 'onion' must never leave");
	refused("rebinding: {allow: [a..b]}\n", "g.yaml:1:21: expected a domain name");
	refused("rate_limit: {prefix6: 65}\n", "g.yaml:1:23: expected a number from 16 to 64");
}

static void upstream_mistakes_are_explained(void **state)
{
	refused("upstream: {mode: forward}\n", "g.yaml:1:11: mode forward needs servers to ask");
	refused("upstream: {mode: forward, servers: ['192.0.2.1#a.example'], tls: true}\n",
		"g.yaml:1:66: mode forward speaks no TLS; mode unbound with these servers does");
	refused("upstream: {tls: true}\n",
		"g.yaml:1:17: tls needs servers: authoritative servers are asked without it");
	refused("upstream: {tls: true, servers: [192.0.2.1]}\n",
		"g.yaml:1:33: tls needs the name in the server's certificate: 192.0.2.1#NAME");
	refused("upstream: {servers: ['192.0.2.1#a_b c']}\n",
		"g.yaml:1:22: after '#' the name in the server's certificate is expected");
	refused("upstream: {servers: [192.0.2.1, 0.0.0.0]}\n", "g.yaml:1:33: expected an address such as "
		"192.0.2.1, 192.0.2.1@53 or 192.0.2.1@853#dns.example");
	refused("upstream: {mode: forward, servers: [192.0.2.1], unbound_include: x}\n",
		"g.yaml:1:66: mode forward starts no unbound");
	refused("upstream: {mode: forward, servers: [192.0.2.1], trust_anchor: x}\n",
		"g.yaml:1:63: mode forward starts no unbound");
	refused("upstream: {trust_ad: true}\n",
		"g.yaml:1:22: mode unbound validates itself; this is for mode forward");
}

/* Refused at a place, with a word in the note. */
static void refused_at(const char *text, const char *place, const char *word)
{
	struct guard_config c;
	struct err_note note = { "" };
	guard_config_init(&c);
	assert_int_equal(guard_config_parse(&c, "g.yaml", (const uint8_t *)text, strlen(text), &note), ERR_CONFIG);
	assert_int_equal(strncmp(note.text, place, strlen(place)), 0);
	assert_non_null(strstr(note.text, word));
	guard_config_done(&c);
}

static void unknown_keys_are_refused(void **state)
{
	refused_at("image: i\ncache: {sise_mb: 3}\n", "g.yaml:2:9: ", "size_mb");
}

/* A statutory release closes names that nobody here can open again: none without its signatures. */
static void an_unsigned_release_cannot_be_loaded(void **state)
{
	refused_at("image: i\nrelease: r\n", "g.yaml:2:1: ", "unknown key");
}

static void check_wants_what_cannot_be_guessed(void **state)
{
	struct guard_config c;
	struct err_note note = { "" };
	guard_config_init(&c);
	assert_int_equal(guard_config_check(&c, &note), ERR_CONFIG);
	assert_non_null(strstr(note.text, "image"));
	c.image = "i";
	memset(&note, 0, sizeof note);
	assert_int_equal(guard_config_check(&c, &note), ERR_CONFIG);
	assert_non_null(strstr(note.text, "data"));
	guard_config_done(&c);
}

static void servers_of_the_command_line_replace_the_file(void **state)
{
	struct guard_config c = loaded("image: i\ndata: d\nupstream: {servers: ['192.0.2.1#dns.example'], tls: true, "
		"unbound_program: /u, unbound_include: x, trust_anchor: k, timeout_ms: 100}\n");
	const char *const servers[] = { "127.0.0.1@5399", "192.0.2.9" };
	struct err_note note = { "" };
	assert_int_equal(guard_config_forward(&c, servers, 2, &note), 0);
	assert_int_equal(c.upstream.mode, GUARD_FORWARD);
	assert_int_equal(c.upstream.nservers, 2);
	assert_int_equal(c.upstream.server[0].address.port, 5399);
	assert_int_equal(c.upstream.server[1].address.port, 53);
	assert_null(c.upstream.server[0].tls_name);
	assert_false(c.upstream.tls);
	assert_null(c.upstream.unbound_program);
	assert_null(c.upstream.unbound_include);
	assert_null(c.upstream.trust_anchor);
	assert_int_equal(c.upstream.timeout_ms, 100);
	assert_int_equal(guard_config_check(&c, &note), 0);
	guard_config_done(&c);

	/* What was trusted to say AD were the file's servers. */
	c = loaded("upstream: {mode: forward, servers: [192.0.2.1], trust_ad: true}\n");
	assert_int_equal(guard_config_forward(&c, servers, 1, &note), 0);
	assert_false(c.upstream.trust_ad);
	guard_config_done(&c);
}

static void what_cannot_be_asked_is_told(void **state)
{
	static const char *const wrong[] = { "", "dns.example", "0.0.0.0", "::", "192.0.2.1@0", "192.0.2.1#a.example" };
	const char *self = "127.0.0.1@53";
	for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
		struct guard_config c = loaded("image: i\n");
		struct err_note note = { "" };
		assert_int_equal(guard_config_forward(&c, &wrong[i], 1, &note), ERR_CONFIG);
		assert_non_null(strstr(note.text, "expected an address to ask"));
		guard_config_done(&c);
	}
	struct guard_config c = loaded("image: i\ndata: d\n");
	struct err_note note = { "" };
	assert_int_equal(guard_config_forward(&c, &self, 1, &note), 0);
	assert_int_equal(guard_config_check(&c, &note), ERR_CONFIG);
	assert_string_equal(note.text, "'127.0.0.1@53' is to be asked, but the guard itself listens there");
	guard_config_done(&c);
}

/* A program may set any field after loading: the check sees the same contradictions as the file's. */
static void check_sees_contradictions(void **state)
{
	struct guard_config c = loaded("image: i\ndata: d\n");
	struct err_note note = { "" };
	c.upstream.mode = GUARD_FORWARD;
	assert_int_equal(guard_config_check(&c, &note), ERR_CONFIG);
	assert_string_equal(note.text, "upstream: mode forward needs servers to ask");
	c.upstream.mode = GUARD_UNBOUND;
	c.upstream.tls = true;
	note = (struct err_note){ "" };
	assert_int_equal(guard_config_check(&c, &note), ERR_CONFIG);
	assert_string_equal(note.text, "upstream.tls: tls needs servers: authoritative servers are asked without it");
	guard_config_done(&c);
}

static void missing_file_is_named(void **state)
{
	struct guard_config c;
	struct err_note note = { "" };
	guard_config_init(&c);
	assert_int_equal(guard_config_load(&c, "/nonexistent/guard.yaml", &note), -ENOENT);
	assert_non_null(strstr(note.text, "/nonexistent/guard.yaml"));
	guard_config_done(&c);
}

/* The example says that it holds the defaults: hold it to that. */
static void example_loads_and_tells_the_defaults(void **state)
{
	char path[4096];
	struct guard_config c, d;
	struct err_note note = { "" };
	const char *root = getenv("HISN_SOURCE");
	if (!root)
		skip();
	(void)snprintf(path, sizeof path, "%s/docs/examples/guard.yaml", root);
	guard_config_init(&c);
	guard_config_init(&d);
	if (guard_config_load(&c, path, &note))
		fail_msg("%s", note.text);
	assert_int_equal(c.nlisten, 2);
	assert_memory_equal(&c.cache, &d.cache, sizeof c.cache);
	assert_memory_equal(&c.tcp, &d.tcp, sizeof c.tcp);
	assert_string_equal(c.state, d.state);
	assert_int_equal(c.workers, d.workers);
	assert_int_equal(c.upstream.mode, d.upstream.mode);
	assert_int_equal(c.upstream.nservers, 0);
	assert_int_equal(c.rate_limit.rate, d.rate_limit.rate);
	assert_int_equal(c.rate_limit.slip, d.rate_limit.slip);
	assert_true(c.cookies == d.cookies && c.sandbox == d.sandbox && c.rebinding.on == d.rebinding.on);
	assert_true(c.acl.private_networks == d.acl.private_networks);
	assert_int_equal(c.acl.nallow + c.acl.ndeny, 0);
	c.data = "/d";
	assert_int_equal(guard_config_check(&c, &note), 0);
	guard_config_done(&c);
	guard_config_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_hold_where_nothing_is_said),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(forward_mode_asks_servers),
		cmocka_unit_test(values_are_refused_at_their_place),
		cmocka_unit_test(upstream_mistakes_are_explained),
		cmocka_unit_test(unknown_keys_are_refused),
		cmocka_unit_test(an_unsigned_release_cannot_be_loaded),
		cmocka_unit_test(check_wants_what_cannot_be_guessed),
		cmocka_unit_test(servers_of_the_command_line_replace_the_file),
		cmocka_unit_test(what_cannot_be_asked_is_told),
		cmocka_unit_test(check_sees_contradictions),
		cmocka_unit_test(missing_file_is_named),
		cmocka_unit_test(example_loads_and_tells_the_defaults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
