/* SPDX-License-Identifier: Apache-2.0 */
#include "net/udp.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) <= NET_CONTROL, "control data fit");
static_assert(CMSG_SPACE(sizeof(struct in_pktinfo)) <= NET_CONTROL, "control data fit");

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

static int options(int fd, const struct net_address *a, bool wildcard, int buffer)
{
	int err = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	/* The kernel cuts these to its limits, which is fine. */
	(void)set(fd, SOL_SOCKET, SO_RCVBUF, buffer);
	(void)set(fd, SOL_SOCKET, SO_SNDBUF, buffer);
	if (err)
		return err;
	if (a->len == 4) {
		err = set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
		return err || !wildcard ? err : set(fd, IPPROTO_IP, IP_PKTINFO, 1);
	}
	err = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!err)
		err = set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
	return err || !wildcard ? err : set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

static int bind_to(int fd, const struct net_address *a, struct net_address *ret_local)
{
	struct sockaddr_storage ss;
	socklen_t n = net_address_to_sockaddr(a, &ss);
	if (bind(fd, (struct sockaddr *)&ss, n) < 0)
		return -errno;
	n = sizeof ss;
	if (getsockname(fd, (struct sockaddr *)&ss, &n) < 0)
		return -errno;
	net_address_from_sockaddr(&ss, ret_local);
	return 0;
}

int net_udp_open(const struct net_address *a, unsigned buffer_bytes, struct net_udp *ret,
	struct err_note *note)
{
	char text[NET_ADDRESS_TEXT];
	struct net_udp u = { .wildcard = net_address_is_any(a) };
	if (a->len != 4 && a->len != 16)
		return err_set(note, -EAFNOSUPPORT, "no IP address to listen on");
	u.fd = socket(a->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = u.fd < 0 ? -errno : 0;
	if (!err)
		err = options(u.fd, a, u.wildcard, buffer_bytes ? (int)MIN(buffer_bytes, 1u << 30) : 4 << 20);
	if (!err)
		err = bind_to(u.fd, a, &u.local);
	if (err) {
		if (u.fd >= 0)
			close(u.fd);
		return err_set(note, err, "UDP %s: %s", net_address_text(a, text), err_text(err));
	}
	*ret = u;
	return 0;
}

void net_udp_close(struct net_udp *u)
{
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

void net_udp_stop(struct net_udp *u)
{
	/* ENOTCONN as no peer is set, yet Linux wakes who waits (inet_shutdown: "wake up other
	 * listeners ... even on eg. unconnected UDP sockets") and later receives end at once. */
	(void)shutdown(u->fd, SHUT_RD);
}

/* IP_PKTINFO: from the address that was asked, by whatever route leads to the client (no interface
 * index); link-local IPv6 needs the interface. Returns the bytes of control used. */
static size_t control_put(uint8_t *control, const struct net_address *local)
{
	struct msghdr m = { .msg_control = control, .msg_controllen = NET_CONTROL };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (local->len == 4) {
		struct in_pktinfo info = { 0 };
		memcpy(&info.ipi_spec_dst, local->b, 4);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof info);
		memcpy(CMSG_DATA(c), &info, sizeof info);
		return CMSG_SPACE(sizeof info);
	}
	struct in6_pktinfo info = { .ipi6_ifindex = local->scope };
	memcpy(&info.ipi6_addr, local->b, 16);
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof info);
	memcpy(CMSG_DATA(c), &info, sizeof info);
	return CMSG_SPACE(sizeof info);
}

int net_udp_send(const struct net_udp *u, const struct net_address *client,
	const struct net_address *local, const uint8_t *msg, size_t n)
{
	struct sockaddr_storage to;
	uint8_t control[NET_CONTROL] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { .iov_base = (void *)msg, .iov_len = n };
	struct msghdr m = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };
	if (client->len != u->local.len)
		return -EAFNOSUPPORT;
	m.msg_namelen = net_address_to_sockaddr(client, &to);
	if (local->len == client->len && u->wildcard) {
		m.msg_control = control;
		m.msg_controllen = control_put(control, local);
	}
	for (;;) {
		if (sendmsg(u->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

int net_batch_new(const struct net_udp *u, struct net_batch **ret)
{
	struct net_batch *b = aligned_alloc(64, sizeof *b);
	if (!b)
		return -ENOMEM;
	net_batch_init(b, u);
	*ret = b;
	return 0;
}

void net_batch_free(struct net_batch *b)
{
	free(b);
}

void net_batch_init(struct net_batch *b, const struct net_udp *u)
{
	memset(b, 0, sizeof *b);
	b->fd = u->fd;
	b->alen = u->local.len;
	b->wildcard = u->wildcard;
	socklen_t namelen = b->alen == 4 ? sizeof b->from.v4[0] : sizeof b->from.v6[0];
	for (unsigned i = 0; i < NET_BATCH; i++) {
		struct msghdr *rx = &b->rx[i].msg_hdr, *tx = &b->tx[i].msg_hdr;
		b->rx_iov[i] = (struct iovec){ b->in[i], NET_QUERY_MAX };
		b->tx_iov[i] = (struct iovec){ b->out[i], 0 };
		rx->msg_name = b->alen == 4 ? (void *)&b->from.v4[i] : (void *)&b->from.v6[i];
		rx->msg_iov = &b->rx_iov[i];
		rx->msg_iovlen = tx->msg_iovlen = 1;
		rx->msg_namelen = tx->msg_namelen = namelen;
		if (b->wildcard) {
			rx->msg_control = b->control[i];
			rx->msg_controllen = NET_CONTROL;
		}
	}
}

/* A datagram of n slots that was cut, so that its slot must not be seen: the last one takes its place.
 * Rare, so it may copy. */
static unsigned drop_slot(struct net_batch *b, unsigned i, unsigned n)
{
	unsigned last = n - 1;
	if (i != last) {
		b->rx[i].msg_len = b->rx[last].msg_len;
		b->rx[i].msg_hdr.msg_flags = b->rx[last].msg_hdr.msg_flags;
		b->rx[i].msg_hdr.msg_controllen = b->rx[last].msg_hdr.msg_controllen;
		memcpy(b->rx[i].msg_hdr.msg_name, b->rx[last].msg_hdr.msg_name, b->rx[i].msg_hdr.msg_namelen);
		memcpy(b->control[i], b->control[last], NET_CONTROL);
		memcpy(b->in[i], b->in[last], MIN(b->rx[last].msg_len, NET_QUERY_MAX));
	}
	return last;
}

int net_batch_receive(struct net_batch *b, bool wait)
{
	/* Of what recvmsg writes back, the name's length is that of the family every time, and the iov
	 * is left alone: only controllen has to be set again. */
	if (b->wildcard)
		for (unsigned i = 0; i < b->n; i++)
			b->rx[i].msg_hdr.msg_controllen = NET_CONTROL;
	b->n = 0;
	int r = recvmmsg(b->fd, b->rx, NET_BATCH, wait ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
	if (r < 0)
		return -errno;
	unsigned n = (unsigned)r;
	for (unsigned i = 0; i < n; i++) {
		if (unlikely(b->rx[i].msg_hdr.msg_namelen == 0)) { /* net_udp_stop: no datagram at all */
			b->rx[i].msg_hdr.msg_namelen = b->tx[0].msg_hdr.msg_namelen;
			return -ECANCELED;
		}
		if (unlikely(b->rx[i].msg_hdr.msg_flags & MSG_TRUNC))
			n = drop_slot(b, i--, n);
		else
			b->out_len[i] = 0;
	}
	b->n = n;
	return (int)n;
}

/* The kernel's control data of a query become the answer's, in place. */
static size_t control_turn(struct net_batch *b, unsigned i)
{
	struct net_address local;
	net_batch_local(b, i, &local);
	return local.len ? control_put(b->control[i], &local) : 0;
}

static unsigned fill(struct net_batch *b)
{
	unsigned k = 0;
	for (unsigned i = 0; i < b->n; i++) {
		if (!b->out_len[i])
			continue;
		struct msghdr *tx = &b->tx[k++].msg_hdr;
		b->tx_iov[i].iov_len = b->out_len[i];
		tx->msg_iov = &b->tx_iov[i];
		tx->msg_name = b->rx[i].msg_hdr.msg_name;
		if (b->wildcard) {
			tx->msg_controllen = control_turn(b, i);
			tx->msg_control = tx->msg_controllen ? b->control[i] : NULL;
		}
	}
	return k;
}

void net_batch_send(struct net_batch *b)
{
	unsigned k = fill(b), done = 0;
	while (done < k) {
		int r = sendmmsg(b->fd, b->tx + done, k - done, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (r > 0) {
			done += (unsigned)r;
			b->sent += (unsigned)r;
		} else if (errno == EAGAIN) { /* rather lose answers than stall those who ask next */
			b->drops += k - done;
			return;
		} else if (errno != EINTR) { /* no route, a firewall: the next may go */
			done++;
			b->drops++;
		}
	}
}

void net_batch_client(const struct net_batch *b, unsigned i, struct net_address *ret)
{
	net_address_from_sockaddr(b->rx[i].msg_hdr.msg_name, ret);
}

void net_batch_local(const struct net_batch *b, unsigned i, struct net_address *ret)
{
	*ret = (struct net_address){ 0 };
	if (!b->wildcard)
		return;
	struct msghdr *m = (struct msghdr *)&b->rx[i].msg_hdr;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			ret->family = AF_INET;
			ret->len = 4;
			memcpy(ret->b, &info.ipi_spec_dst, 4);
			return;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) /* cannot be a source */
				return;
			ret->family = AF_INET6;
			ret->len = 16;
			memcpy(ret->b, &info.ipi6_addr, 16);
			if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
				ret->scope = (uint32_t)info.ipi6_ifindex;
			return;
		}
	}
}
