/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of work/: what comes out of a browser, before anything is asked of the database. Pure. */

#include "seal/seal.h"

/* Where a page of the queue begins: "2.1764003600.00112233445566778899aabbccddeeff". */
enum { TYPED_CURSOR = 20 + 1 + 20 + 1 + 2 * SEAL_ID + 1 };
struct typed_cursor { int64_t priority, due; uint8_t id[SEAL_ID]; };
void typed_cursor_write(const struct typed_cursor *c, char ret[TYPED_CURSOR]);
must_use int typed_cursor_read(const char *s, struct typed_cursor *ret); /* ERR_MALFORMED */

/* "#3f09-A1 c2", six digits or more, as the first and the last number that begin so; false: it is none. */
must_use bool typed_number(const char *s, uint8_t ret_first[SEAL_ID], uint8_t ret_last[SEAL_ID]);
