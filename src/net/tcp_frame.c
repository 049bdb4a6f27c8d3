/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tcp_frame.h"

enum tcp_input_status tcp_input_next(struct tcp_input *in, struct bytes *ret)
{
	size_t left = in->n - in->at;
	if (left < TCP_FRAME)
		return TCP_INPUT_PART;
	size_t n = be16_get(in->b + in->at);
	if (n > NET_TCP_QUERY_MAX)
		return TCP_INPUT_LONG;
	if (left - TCP_FRAME < n)
		return TCP_INPUT_PART;
	*ret = bytes_of(in->b + in->at + TCP_FRAME, n);
	in->at += TCP_FRAME + n;
	return TCP_INPUT_MESSAGE;
}

void tcp_input_pack(struct tcp_input *in)
{
	in->n -= in->at;
	memmove(in->b, in->b + in->at, in->n);
	in->at = 0;
}
