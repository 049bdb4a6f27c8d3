/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/config.h"

#include "base/file.h"
#include "dns/name.h"
#include "dns/proto.h"
#include "guard/config_file.h"
#include "guard/special.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>

enum {
	FILE_MAX = 4 << 20,
	TLS_PORT = 853,
	DAY = 86400,
};

void guard_config_init(struct guard_config *ret)
{
	memset(ret, 0, sizeof *ret);
	arena_init(&ret->arena, 16 << 20);
	ret->state = "/var/lib/hisn/guard";
	ret->cache.size_mb = 64;
	ret->cache.max_ttl = DAY;
	ret->cache.max_negative_ttl = 3600; /* RFC 2308 section 5: one to three hours work well */
	ret->cache.stale_seconds = DAY;     /* RFC 8767 section 5: one to three days */
	ret->cache.prefetch = true;
	ret->acl.private_networks = true;
	ret->rate_limit.slip = 2;
	ret->cookies = true;
	ret->tcp.connections = 1024;
	ret->tcp.per_client = 64;
	ret->tcp.idle_ms = 10000;
	ret->tcp.receive_ms = 5000;
	ret->tcp.total_ms = 120000;
	ret->rebinding.on = true;
	ret->sandbox = true;
}

void guard_config_done(struct guard_config *c)
{
	arena_done(&c->arena);
}

/* One reading of one file. The first error is kept and ends all later steps. */
struct reading {
	struct guard_config *c;
	const struct conf_source *src;
	struct err_note *note;
	int err;
};

static void refuse(struct reading *r, const char *path, const char *format, ...) printf_like(3, 4);
static void refuse(struct reading *r, const char *path, const char *format, ...)
{
	char what[300];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	if (!r->err)
		r->err = conf_refuse(r->src, r->note, path, "%s", what);
}

static void no_memory(struct reading *r)
{
	if (!r->err)
		r->err = -ENOMEM;
}

static void take_number(struct reading *r, const char *path, const uint32_t *from, uint32_t least,
	uint32_t most, unsigned scale, unsigned *to)
{
	if (!from)
		return;
	if (*from < least || *from > most)
		refuse(r, path, "expected a number from %u to %u", least, most);
	else
		*to = *from * scale;
}

static void take_switch(const bool *from, bool *to)
{
	if (from)
		*to = *from;
}

static const char *keep_text(struct reading *r, const char *from)
{
	const char *kept = arena_text(&r->c->arena, from, strlen(from));
	if (!kept)
		no_memory(r);
	return kept;
}

static void take_text(struct reading *r, const char *from, const char **to)
{
	if (from)
		*to = keep_text(r, from);
}

/* Relative to the folder of the file it stands in, wherever the program was started. */
static void take_path(struct reading *r, const char *from, const char **to)
{
	const char *slash = strrchr(r->src->name, '/');
	if (!from || from[0] == '/' || !slash) {
		take_text(r, from, to);
		return;
	}
	*to = arena_printf(&r->c->arena, "%.*s/%s", (int)(slash - r->src->name), r->src->name, from);
	if (!*to)
		no_memory(r);
}

static void take_listen(struct reading *r, const struct config_list *l)
{
	char path[32];
	for (unsigned i = 0; i < l->n && !r->err; i++) {
		struct err_note note = { "" };
		(void)snprintf(path, sizeof path, "listen[%u]", i);
		if (guard_config_listen(r->c, l->text[i], &note))
			refuse(r, path, "%s", note.text);
	}
}

/* "9.9.9.9@853#dns.quad9.net". The text is written anew, in the one form unbound reads. */
static void take_server(struct reading *r, const char *path, const char *text, struct guard_server *s)
{
	char head[NET_ADDRESS_TEXT], printed[NET_ADDRESS_TEXT];
	const char *mark = strchr(text, '#');
	size_t n = mark ? (size_t)(mark - text) : strlen(text);
	struct dns_name name;
	if (n >= sizeof head || (memcpy(head, text, n), head[n] = 0,
		net_address_parse(head, r->c->upstream.tls ? TLS_PORT : DNS_PORT, &s->address)) ||
		s->address.port == 0 || net_address_is_any(&s->address)) {
		refuse(r, path, "expected an address such as 192.0.2.1, 192.0.2.1@53 or "
			"192.0.2.1@853#dns.example");
		return;
	}
	if (mark && (dns_name_from_text(mark + 1, strlen(mark + 1), &name) || !dns_name_is_hostlike(&name) ||
		name.labels == 0)) {
		refuse(r, path, "after '#' the name in the server's certificate is expected");
		return;
	}
	/* Encrypted to whoever answers is no protection: unbound verifies only against a name. */
	if (!mark && r->c->upstream.tls) {
		refuse(r, path, "tls needs the name in the server's certificate: %s#NAME", head);
		return;
	}
	s->tls_name = mark ? keep_text(r, mark + 1) : NULL;
	s->text = arena_printf(&r->c->arena, "%s%s", net_address_text(&s->address, printed), mark ? mark : "");
	if (!s->text)
		no_memory(r);
}

/* Which key of the upstream group is against another; NULL: none. */
static const char *upstream_wrong(const struct guard_config *c, const char **ret_key)
{
	bool forward = c->upstream.mode == GUARD_FORWARD;
	const struct {
		bool wrong;
		const char *key, *why;
	} rules[] = {
		{ forward && c->upstream.nservers == 0, "upstream", "mode forward needs servers to ask" },
		{ forward && c->upstream.tls, "upstream.tls",
			"mode forward speaks no TLS; mode unbound with these servers does" },
		{ !forward && c->upstream.tls && c->upstream.nservers == 0, "upstream.tls",
			"tls needs servers: authoritative servers are asked without it" },
		{ forward && c->upstream.unbound_program, "upstream.unbound_program", "mode forward starts no unbound" },
		{ forward && c->upstream.unbound_include, "upstream.unbound_include", "mode forward starts no unbound" },
		{ forward && c->upstream.trust_anchor, "upstream.trust_anchor", "mode forward starts no unbound" },
		{ !forward && c->upstream.trust_ad, "upstream.trust_ad",
			"mode unbound validates itself; this is for mode forward" },
	};
	for (unsigned i = 0; i < ARRAY_LEN(rules); i++) {
		if (rules[i].wrong) {
			*ret_key = rules[i].key;
			return rules[i].why;
		}
	}
	return NULL;
}

static void take_upstream(struct reading *r, const struct config_file *f)
{
	char path[32];
	struct guard_config *c = r->c;
	c->upstream.mode = f->upstream.mode;
	take_switch(f->upstream.tls, &c->upstream.tls);
	take_switch(f->upstream.trust_ad, &c->upstream.trust_ad);
	take_number(r, "upstream.timeout_ms", f->upstream.timeout_ms, 50, 10000, 1, &c->upstream.timeout_ms);
	take_number(r, "upstream.tries", f->upstream.tries, 1, 16, 1, &c->upstream.tries);
	if (f->upstream.unbound_program && strchr(f->upstream.unbound_program, '/'))
		take_path(r, f->upstream.unbound_program, &c->upstream.unbound_program);
	else
		take_text(r, f->upstream.unbound_program, &c->upstream.unbound_program);
	take_path(r, f->upstream.unbound_include, &c->upstream.unbound_include);
	take_path(r, f->upstream.trust_anchor, &c->upstream.trust_anchor);
	for (unsigned i = 0; i < f->upstream.servers.n && !r->err; i++) {
		(void)snprintf(path, sizeof path, "upstream.servers[%u]", i);
		take_server(r, path, f->upstream.servers.text[i], &c->upstream.server[i]);
		c->upstream.nservers = i + 1;
	}
	const char *key, *why = upstream_wrong(c, &key);
	if (why)
		refuse(r, key, "%s", why);
}

static void take_cache(struct reading *r, const struct config_file *f)
{
	struct guard_config *c = r->c;
	take_number(r, "cache.size_mb", f->cache.size_mb, 1, 65536, 1, &c->cache.size_mb);
	take_number(r, "cache.max_ttl", f->cache.max_ttl, 1, 7 * DAY, 1, &c->cache.max_ttl);
	take_number(r, "cache.min_ttl", f->cache.min_ttl, 0, 3600, 1, &c->cache.min_ttl);
	take_number(r, "cache.max_negative_ttl", f->cache.max_negative_ttl, 0, DAY, 1,
		&c->cache.max_negative_ttl);
	take_number(r, "cache.stale_seconds", f->cache.stale_seconds, 0, 7 * DAY, 1, &c->cache.stale_seconds);
	take_switch(f->cache.prefetch, &c->cache.prefetch);
	if (c->cache.min_ttl > c->cache.max_ttl)
		refuse(r, f->cache.min_ttl ? "cache.min_ttl" : "cache.max_ttl", "min_ttl is above max_ttl");
}

/* Room for the list's items; NULL: it is empty, or something has failed. */
static void *list_room(struct reading *r, const struct config_list *l, size_t size)
{
	if (!l->n || r->err)
		return NULL;
	void *p = arena_array(&r->c->arena, l->n, size);
	if (!p)
		no_memory(r);
	return p;
}

static void take_prefixes(struct reading *r, const char *key, const struct config_list *l,
	struct net_prefix **to, unsigned *to_n)
{
	char path[32];
	*to = list_room(r, l, sizeof **to);
	for (unsigned i = 0; *to && i < l->n && !r->err; i++) {
		(void)snprintf(path, sizeof path, "acl.%s[%u]", key, i);
		if (net_prefix_parse(l->text[i], *to + i))
			refuse(r, path, "expected an address or a prefix with no bit set past its length, "
				"such as 192.0.2.0/24 or 2001:db8::/32");
		*to_n = i + 1;
	}
}

static void take_limits(struct reading *r, const struct config_file *f)
{
	struct guard_config *c = r->c;
	struct limit_config *l = &c->rate_limit;
	take_number(r, "rate_limit.per_second", f->rate_limit.per_second, 0, 1000000, 1, &l->rate);
	take_number(r, "rate_limit.burst", f->rate_limit.burst, 1, 1000000, 1, &l->burst);
	take_number(r, "rate_limit.slip", f->rate_limit.slip, 0, 100, 1, &l->slip);
	take_number(r, "rate_limit.prefix4", f->rate_limit.prefix4, 8, 32, 1, &l->prefix4);
	take_number(r, "rate_limit.prefix6", f->rate_limit.prefix6, 16, 64, 1, &l->prefix6);
	take_number(r, "rate_limit.entries", f->rate_limit.entries, 1024, 1 << 24, 1, &l->entries);
	take_switch(f->rate_limit.loopback, &l->loopback);
	take_number(r, "tcp.connections", f->tcp.connections, 1, 100000, 1, &c->tcp.connections);
	take_number(r, "tcp.per_client", f->tcp.per_client, 1, 100000, 1, &c->tcp.per_client);
	take_number(r, "tcp.idle_seconds", f->tcp.idle_seconds, 1, 600, 1000, &c->tcp.idle_ms);
	take_number(r, "tcp.receive_seconds", f->tcp.receive_seconds, 1, 60, 1000, &c->tcp.receive_ms);
	take_number(r, "tcp.total_seconds", f->tcp.total_seconds, 1, DAY, 1000, &c->tcp.total_ms);
}

static void take_names(struct reading *r, const char *key, const struct config_list *l, const char ***to,
	unsigned *to_n)
{
	char path[40];
	*to = list_room(r, l, sizeof **to);
	for (unsigned i = 0; *to && i < l->n && !r->err; i++) {
		struct dns_name name;
		(void)snprintf(path, sizeof path, "%s[%u]", key, i);
		if (dns_name_from_text(l->text[i], strlen(l->text[i]), &name) || name.labels == 0)
			refuse(r, path, "expected a domain name");
		(*to)[i] = keep_text(r, l->text[i]);
		*to_n = i + 1;
	}
}

/* special.h knows which names may be sent on; ask it name by name, so that the note has a place. */
static void check_special(struct reading *r)
{
	char path[40];
	for (unsigned i = 0; i < r->c->nforward_special && !r->err; i++) {
		struct special *s;
		struct err_note note = { "" };
		int err = special_new(&r->c->forward_special[i], 1, &s, &note);
		(void)snprintf(path, sizeof path, "forward_special[%u]", i);
		if (err == -ENOMEM)
			no_memory(r);
		else if (err)
			refuse(r, path, "%s", err_say(&note, err));
		else
			special_free(s);
	}
}

static void take_all(struct reading *r, const struct config_file *f)
{
	struct guard_config *c = r->c;
	take_listen(r, &f->listen);
	take_number(r, "workers", f->workers, 0, GUARD_WORKERS_MAX, 1, &c->workers);
	take_path(r, f->image, &c->image);
	take_path(r, f->overlay, &c->overlay);
	take_path(r, f->household, &c->household);
	take_path(r, f->state, &c->state);
	take_path(r, f->control, &c->control);
	take_path(r, f->data, &c->data);
	take_upstream(r, f);
	take_cache(r, f);
	take_switch(f->acl.private_networks, &c->acl.private_networks);
	take_prefixes(r, "allow", &f->acl.allow, &c->acl.allow, &c->acl.nallow);
	take_prefixes(r, "deny", &f->acl.deny, &c->acl.deny, &c->acl.ndeny);
	take_limits(r, f);
	take_switch(f->cookies, &c->cookies);
	take_path(r, f->cookie_secret_file, &c->cookie_secret_file);
	take_names(r, "forward_special", &f->forward_special, &c->forward_special, &c->nforward_special);
	check_special(r);
	take_switch(f->rebinding.protect, &c->rebinding.on);
	take_names(r, "rebinding.allow", &f->rebinding.allow, &c->rebinding.allow, &c->rebinding.nallow);
	take_text(r, f->user, &c->user);
	take_switch(f->sandbox, &c->sandbox);
}

int guard_config_parse(struct guard_config *c, const char *name, const uint8_t *p, size_t n,
	struct err_note *note)
{
	const struct conf_source src = { name, p, n };
	struct reading r = { c, &src, note, 0 };
	void *file = NULL;
	r.err = conf_load(&src, &config_file_schema, &file, note);
	if (!r.err)
		take_all(&r, file);
	conf_free(&config_file_schema, file);
	if (r.err) {
		guard_config_done(c);
		guard_config_init(c);
	}
	return r.err;
}

int guard_config_load(struct guard_config *c, const char *path, struct err_note *note)
{
	struct bytes file;
	int err = file_read(path, FILE_MAX, &file);
	if (err) {
		guard_config_done(c);
		guard_config_init(c);
		return err_set(note, err, "%s: %s", path, err_text(err));
	}
	err = guard_config_parse(c, path, file.p, file.n, note);
	free((void *)file.p);
	return err;
}

int guard_config_listen(struct guard_config *c, const char *text, struct err_note *note)
{
	struct net_address a;
	if (net_address_parse(text, DNS_PORT, &a))
		return err_set(note, ERR_CONFIG, "'%s': expected an address to listen on, such as 127.0.0.1, "
			"127.0.0.1@5300 or [::1]:5300", text);
	for (unsigned i = 0; i < c->nlisten; i++)
		if (net_address_equal(&c->listen[i], &a))
			return err_set(note, ERR_CONFIG, "'%s' is there twice", text);
	if (c->nlisten == GUARD_LISTEN_MAX)
		return err_set(note, ERR_CONFIG, "more than %d addresses to listen on", GUARD_LISTEN_MAX);
	c->listen[c->nlisten++] = a;
	return 0;
}

int guard_config_forward(struct guard_config *c, const char *const *text, unsigned n, struct err_note *note)
{
	c->upstream.mode = GUARD_FORWARD;
	c->upstream.tls = c->upstream.trust_ad = false;
	c->upstream.unbound_program = c->upstream.unbound_include = c->upstream.trust_anchor = NULL;
	if (n > GUARD_SERVERS_MAX)
		return err_set(note, ERR_CONFIG, "more than %d servers to ask", GUARD_SERVERS_MAX);
	for (c->upstream.nservers = 0; c->upstream.nservers < n; c->upstream.nservers++) {
		struct guard_server *s = &c->upstream.server[c->upstream.nservers];
		*s = (struct guard_server){ .text = text[c->upstream.nservers] };
		if (net_address_parse(s->text, DNS_PORT, &s->address) || s->address.port == 0 ||
			net_address_is_any(&s->address))
			return err_set(note, ERR_CONFIG, "'%s': expected an address to ask, such as 192.0.2.1 or "
				"192.0.2.1@53", s->text);
	}
	return 0;
}

/* Cores this process may use, which in a container are fewer than the machine has. */
static unsigned cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return MAX(1u, MIN((unsigned)n, (unsigned)GUARD_WORKERS_MAX));
}

int guard_config_check(struct guard_config *c, struct err_note *note)
{
	if (!c->image)
		return err_set(note, ERR_CONFIG, "no policy image is named: 'image: FILE', made by hisn compile");
	if (!c->data)
		return err_set(note, ERR_CONFIG, "no data folder is named: 'data: FOLDER'");
	/* Not ::1 too: a machine without IPv6 could then not start. */
	if (c->nlisten == 0 && guard_config_listen(c, "127.0.0.1", note))
		return ERR_CONFIG;
	const char *key, *why = upstream_wrong(c, &key);
	if (why)
		return err_set(note, ERR_CONFIG, "%s: %s", key, why);
	for (unsigned i = 0; i < c->nlisten; i++)
		for (unsigned k = 0; k < c->upstream.nservers; k++)
			if (net_address_equal(&c->listen[i], &c->upstream.server[k].address))
				return err_set(note, ERR_CONFIG, "'%s' is to be asked, but the guard itself listens there",
					c->upstream.server[k].text);
	if (c->workers == 0)
		c->workers = cores();
	if (!c->control) {
		c->control = arena_printf(&c->arena, "%s/control", c->state);
		if (!c->control)
			return -ENOMEM;
	}
	return 0;
}
