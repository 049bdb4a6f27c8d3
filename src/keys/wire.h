/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whole runs of bytes over a non-blocking stream socket, until a moment of clock_mono_ms(). */

#include "base/bytes.h"
#include "base/err.h"

/* *ret_done: how much was sent, also on error. -ETIMEDOUT, -EPIPE, -ECONNRESET. */
must_use int wire_send(int fd, const uint8_t *p, size_t n, int64_t until_ms, size_t *ret_done);
/* The same; the other end's end is -EPIPE. */
must_use int wire_receive(int fd, uint8_t *p, size_t n, int64_t until_ms, size_t *ret_done);

/* A frame into buf (4 + KEYS_FRAME_MAX bytes), its length first: what is after the length in *ret.
 * ERR_MALFORMED: empty, or longer than KEYS_FRAME_MAX. *ret_begun: at least one byte came. The first
 * byte may take until first_ms, the rest until_ms after it. */
must_use int wire_frame(int fd, uint8_t *buf, int64_t first_ms, int64_t rest_ms, struct bytes *ret, bool *ret_begun);
