/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Messages with a two-byte length before each (RFC 1035 section 4.2.2), from whatever pieces they arrive
 * in. Pure. */

#include "base/bytes.h"
#include "net/tcp.h"

enum { TCP_FRAME = 2 }; /* the length before each message */

/* Room for the longest message allowed: a message that does not fit is refused by its length alone. */
struct tcp_input {
	size_t at, n; /* b[at .. n) has arrived and is not taken yet; 0 <= at <= n */
	uint8_t b[TCP_FRAME + NET_TCP_QUERY_MAX];
};

enum tcp_input_status {
	TCP_INPUT_PART,    /* no whole message: more must arrive, for which there is room */
	TCP_INPUT_MESSAGE,
	TCP_INPUT_LONG,    /* the next one is above NET_TCP_QUERY_MAX: nothing after it can be read */
};

/* Take the next message. *ret, set for TCP_INPUT_MESSAGE alone, is valid until tcp_input_pack. */
enum tcp_input_status tcp_input_next(struct tcp_input *in, struct bytes *ret);
/* What is left moves to the front: b[n ..] is room for what arrives next. */
void tcp_input_pack(struct tcp_input *in);
