/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as guard.yaml: refused with a note, or loaded with every value inside its limits. */
#include "fuzz.h"

#include "guard/config.h"

static void limits(const struct guard_config *c)
{
	check(c->nlisten <= GUARD_LISTEN_MAX && c->workers <= GUARD_WORKERS_MAX);
	check(c->upstream.nservers <= GUARD_SERVERS_MAX);
	for (unsigned i = 0; i < c->upstream.nservers; i++) {
		check(c->upstream.server[i].text && c->upstream.server[i].address.port);
		check(!c->upstream.tls || c->upstream.server[i].tls_name);
	}
	check(c->cache.size_mb >= 1 && c->cache.size_mb <= 65536);
	check(c->cache.min_ttl <= c->cache.max_ttl);
	for (unsigned i = 0; i < c->acl.nallow; i++)
		check(c->acl.allow[i].len);
	for (unsigned i = 0; i < c->acl.ndeny; i++)
		check(c->acl.deny[i].len);
	check(c->rate_limit.prefix4 <= 32 && c->rate_limit.prefix6 <= 64);
	check(c->tcp.connections && c->tcp.per_client && c->tcp.idle_ms && c->tcp.receive_ms && c->tcp.total_ms);
	for (unsigned i = 0; i < c->nforward_special; i++)
		check(c->forward_special[i]);
	check(c->state);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct guard_config c;
	struct err_note note = { "" };
	guard_config_init(&c);
	int err = guard_config_parse(&c, "/etc/g.yaml", p, n, &note);
	check(!err || note.text[0] || err != ERR_CONFIG);
	limits(&c);
	if (!err && guard_config_check(&c, &note) == 0)
		check(c.workers && c.nlisten && c.image && c.control);
	guard_config_done(&c);
	return 0;
}
