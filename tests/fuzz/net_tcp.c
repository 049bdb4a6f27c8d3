/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of messages arrives in any pieces, and as few are taken at a time as the connection's limits
 * allow: the same messages come out as when the stream is read in one go, and there is always room for
 * more. Input: 1 byte of how the pieces are cut, 1 of how many messages a turn takes, the stream. */
#include "fuzz.h"

#include "net/tcp_frame.h"

/* The stream in one go. Where the message at *at begins and how long it is; false: no more whole ones. */
static bool reference(const uint8_t *p, size_t n, size_t *at, struct bytes *ret, bool *ret_long)
{
	size_t left = n - *at;
	size_t len = left >= 2 ? (size_t)p[*at] * 256 + p[*at + 1] : 0;
	*ret_long = left >= 2 && len > NET_TCP_QUERY_MAX;
	if (left < 2 || *ret_long || left < 2 + len)
		return false;
	*ret = bytes_of(p + *at + 2, len);
	*at += 2 + len;
	return true;
}

struct stream {
	const uint8_t *p;
	size_t n, sent, read; /* sent: given to the input; read: seen by the reference */
	uint32_t cut;
	struct tcp_input *in;
};

/* What one recv brings: something from 1 byte to all the room there is. */
static void arrive(struct stream *s)
{
	size_t room = sizeof s->in->b - s->in->n, n = s->n - s->sent;
	check(room > 0); /* or recv would be taken for the end of the connection */
	s->cut = s->cut * 1664525 + 1013904223;
	size_t piece = 1 + (s->cut >> 16) % (s->cut >> 28 ? 600 : 5);
	n = n < room ? n : room;
	n = n < piece ? n : piece;
	memcpy(s->in->b + s->in->n, s->p + s->sent, n);
	s->in->n += n;
	s->sent += n;
}

/* One turn of the connection; most: of messages. */
static enum tcp_input_status turn(struct stream *s, unsigned most)
{
	enum tcp_input_status status = TCP_INPUT_MESSAGE;
	for (unsigned i = 0; i < most && status == TCP_INPUT_MESSAGE; i++) {
		struct bytes got, wanted;
		bool too_long;
		status = tcp_input_next(s->in, &got);
		bool whole = reference(s->p, s->sent, &s->read, &wanted, &too_long);
		check(whole == (status == TCP_INPUT_MESSAGE));
		check(too_long == (status == TCP_INPUT_LONG));
		check(!whole || bytes_equal(got, wanted));
	}
	tcp_input_pack(s->in);
	check(s->in->at == 0 && s->in->n == s->sent - s->read);
	check(memcmp(s->in->b, s->p + s->read, s->in->n) == 0);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n < 2)
		return 0;
	struct tcp_input *in = calloc(1, sizeof *in);
	struct stream s = { .p = p + 2, .n = n - 2, .cut = p[0], .in = in };
	unsigned most = 1 + p[1] % NET_TCP_OPEN_MAX;
	enum tcp_input_status status = TCP_INPUT_PART;
	while (status != TCP_INPUT_LONG && s.sent < s.n) {
		arrive(&s);
		/* Held back by the limits, the connection is not read until all whole messages are taken. */
		do
			status = turn(&s, most);
		while (status == TCP_INPUT_MESSAGE);
	}
	free(in);
	return 0;
}
