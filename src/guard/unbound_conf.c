/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/unbound_int.h"

#include "base/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_KEY "/usr/share/dns/root.key"
#define ROOT_HINTS "/usr/share/dns/root.hints"
#define CERTIFICATES "/etc/ssl/certs/ca-certificates.crt"

enum { CACHE_MB = 16, KEY_MAX = 65536, OUTGOING = 4096 };

/* Inside "..." of unbound.conf, which knows no escapes. */
static bool is_quotable(const char *s)
{
	for (; *s; s++)
		if (*s == '"' || (unsigned char)*s < 0x20)
			return false;
	return true;
}

static bool is_forward(const char *s)
{
	return *s && strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:@#_-") == strlen(s);
}

static int join(char *buf, const char *folder, const char *name)
{
	int n = snprintf(buf, PATH_MAX, "%s/%s", folder, name);
	return n > 0 && n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int unbound_paths_init(struct unbound_paths *ret, const char *folder, struct err_note *note)
{
	if (folder[0] != '/' || !is_quotable(folder))
		return err_set(note, ERR_CONFIG, "%s: unbound's folder must be a full path without quotes",
			folder);
	if (join(ret->conf, folder, "unbound.conf") || join(ret->key, folder, "root.key") ||
		join(ret->key_origin, folder, "root.key.origin") || join(ret->pid, folder, "unbound.pid"))
		return err_set(note, -ENAMETOOLONG, "%s: name too long", folder);
	return 0;
}

/* Is there a route for IPv6? Connecting a UDP socket asks the kernel and sends nothing. */
static bool has_ipv6(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(53) };
	if (inet_pton(AF_INET6, "2001:500:2::c", &to.sin6_addr) != 1)
		return false;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool yes = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
	close(fd);
	return yes;
}

/* As many sockets as the limit allows: unbound complains, and takes fewer, when it is told more. */
static unsigned outgoing_range(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_max == RLIM_INFINITY)
		return OUTGOING;
	unsigned half = (unsigned)MIN(r.rlim_max / 2, (rlim_t)OUTGOING + 256);
	return half > 512 ? half - 256 : 128;
}

/* A burst of cold names must fit the socket; more than rmem_max is only a warning in the log. */
static unsigned receive_room(void)
{
	struct bytes text;
	if (file_read("/proc/sys/net/core/rmem_max", 64, &text))
		return 0;
	unsigned long max = strtoul((const char *)text.p, NULL, 10);
	free((void *)text.p);
	return max < 1 << 16 ? 0 : (unsigned)MIN(max, 1ul << 20); /* 0: the system's */
}

static void put_server(FILE *f, const struct unbound_config *c, const struct unbound_paths *paths,
	uint16_t port)
{
	unsigned mb = c->cache_mb ? c->cache_mb : CACHE_MB, range = outgoing_range();
	fprintf(f, "# Written by hisn at each start. Own settings belong in the file it includes.\n"
		"server:\n"
		"\tinterface: 127.0.0.1@%u\n"
		"\taccess-control: 0.0.0.0/0 refuse\n"
		"\taccess-control: ::0/0 refuse\n"
		"\taccess-control: 127.0.0.0/8 allow\n"
		"\tdo-ip4: yes\n\tdo-ip6: %s\n\tdo-udp: yes\n\tdo-tcp: yes\n"
		"\tdo-daemonize: no\n\tusername: \"\"\n\tchroot: \"\"\n\tdirectory: \"\"\n"
		"\tpidfile: \"%s\"\n"
		"\tnum-threads: 1\n\tso-reuseport: no\n\tso-rcvbuf: %u\n"
		"\toutgoing-range: %u\n\tnum-queries-per-thread: %u\n\tincoming-num-tcp: 64\n",
		port, has_ipv6() ? "yes" : "no", paths->pid, receive_room(), range, range / 2);
	/* No names in any log: verbosity 0 tells errors only. */
	fprintf(f, "\tverbosity: 0\n\tval-log-level: 0\n\tlog-queries: no\n\tlog-replies: no\n"
		"\tlog-servfail: no\n\tlog-local-actions: no\n\tuse-syslog: no\n\tlogfile: \"\"\n"
		"\thide-identity: yes\n\thide-version: yes\n\thide-trustanchor: yes\n");
	/* The guard has the large cache and stale answers. Prefetch is for both: asked in the last tenth of
	 * a name's life, as the guard does, unbound answers from its cache and then looks again. */
	fprintf(f, "\tmsg-cache-size: %uk\n\trrset-cache-size: %uk\n\tkey-cache-size: 2m\n"
		"\tneg-cache-size: 1m\n\tmsg-cache-slabs: 1\n\trrset-cache-slabs: 1\n"
		"\tinfra-cache-slabs: 1\n\tkey-cache-slabs: 1\n"
		"\tprefetch: yes\n\tserve-expired: no\n",
		mb * 1024 / 3, mb * 2048 / 3);
	fprintf(f, "\tmodule-config: \"validator iterator\"\n"
		"\tauto-trust-anchor-file: \"%s\"\n\troot-hints: \"%s\"\n"
		"\tede: yes\n\tqname-minimisation: yes\n\taggressive-nsec: yes\n"
		"\tharden-glue: yes\n\tharden-dnssec-stripped: yes\n\tharden-below-nxdomain: yes\n"
		"\tedns-buffer-size: 1232\n\tmax-udp-size: 1232\n\tminimal-responses: yes\n"
		"\tdo-not-query-localhost: no\n\ttls-cert-bundle: \"%s\"\n",
		paths->key, c->root_hints ? c->root_hints : ROOT_HINTS, CERTIFICATES);
	/* A resolver of this network may know its private zones, unsigned. */
	if (c->nforward)
		fprintf(f, "\tunblock-lan-zones: yes\n\tinsecure-lan-zones: yes\n");
	fprintf(f, "remote-control:\n\tcontrol-enable: no\n");
}

static void put_forward(FILE *f, const struct unbound_config *c)
{
	if (!c->nforward)
		return;
	fprintf(f, "forward-zone:\n\tname: \".\"\n\tforward-tls-upstream: %s\n",
		c->forward_tls ? "yes" : "no");
	for (unsigned i = 0; i < c->nforward; i++)
		fprintf(f, "\tforward-addr: %s\n", c->forward[i]);
}

static int check(const struct unbound_config *c, struct err_note *note)
{
	for (unsigned i = 0; i < c->nforward; i++)
		if (!is_forward(c->forward[i]))
			return err_set(note, ERR_CONFIG,
				"'%s' is no resolver's address: 9.9.9.9 or 9.9.9.9@853#dns.example",
				c->forward[i]);
	const char *const files[] = { c->include, c->root_hints, c->trust_anchor };
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (files[i] && (files[i][0] != '/' || !is_quotable(files[i])))
			return err_set(note, ERR_CONFIG, "%s: a full path without quotes is needed", files[i]);
	return 0;
}

int unbound_conf_text(const struct unbound_config *c, const struct unbound_paths *paths,
	uint16_t port, char **ret, struct err_note *note)
{
	int err = check(c, note);
	if (err)
		return err;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	if (!f)
		return -ENOMEM;
	put_server(f, c, paths, port);
	put_forward(f, c);
	if (c->include)
		fprintf(f, "include: \"%s\"\n", c->include);
	bool bad = ferror(f);
	if (fclose(f) || bad) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}

/* The process keeps root.key up to date itself (RFC 5011), so it is copied only when there is none,
 * or when the system's anchor has become another since. */
static int prepare_key(const struct unbound_config *c, const struct unbound_paths *paths,
	struct err_note *note)
{
	const char *from = c->trust_anchor ? c->trust_anchor : ROOT_KEY;
	struct bytes now, before = { 0 };
	int err = file_read(from, KEY_MAX, &now);
	if (err)
		return err_set(note, err, "%s: the trust anchor of DNSSEC: %s%s", from, err_text(err),
			c->trust_anchor ? "" : "; install the Debian package dns-root-data");
	bool same = !file_read(paths->key_origin, KEY_MAX, &before) && bytes_equal(now, before) &&
		access(paths->key, R_OK) == 0;
	if (!same) {
		err = file_replace(paths->key, now.p, now.n, 0600);
		if (!err)
			err = file_replace(paths->key_origin, now.p, now.n, 0600);
		if (err)
			(void)err_set(note, err, "%s: %s", paths->key, err_text(err));
	}
	free((void *)now.p);
	free((void *)before.p);
	return err;
}

static int need_file(const char *path, const char *what, const char *hint, struct err_note *note)
{
	if (access(path, R_OK) == 0)
		return 0;
	int err = -errno;
	return err_set(note, err, "%s: %s: %s%s", path, what, err_text(err), hint);
}

int unbound_conf_prepare(const struct unbound_config *c, const struct unbound_paths *paths,
	uint16_t port, struct err_note *note)
{
	char *text;
	int err = unbound_conf_text(c, paths, port, &text, note);
	if (err)
		return err;
	err = c->root_hints ? need_file(c->root_hints, "the root servers' addresses", "", note)
		: need_file(ROOT_HINTS, "the root servers' addresses",
			"; install the Debian package dns-root-data", note);
	if (!err && c->include)
		err = need_file(c->include, "the settings to include", "", note);
	if (!err && c->nforward && c->forward_tls)
		err = need_file(CERTIFICATES, "the authorities for TLS",
			"; install the Debian package ca-certificates", note);
	if (!err)
		err = file_make_folder(c->folder);
	if (!err && chmod(c->folder, 0700) < 0)
		err = -errno;
	if (err)
		(void)err_set(note, err, "%s: %s", c->folder, err_text(err));
	if (!err)
		err = prepare_key(c, paths, note);
	if (!err) {
		err = file_replace(paths->conf, text, strlen(text), 0600);
		if (err)
			(void)err_set(note, err, "%s: %s", paths->conf, err_text(err));
	}
	free(text);
	return err;
}
