/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The integrity sheet of a handover packet: a text that people read, with a line for each thing that can be
 * checked, as `sha256sum --check` takes it:
 *
 *   hisn integrity sheet 1
 *   ... what it is, who made it, the audit trail's head ...
 *   SHA256 (packet.json) = 64 hexadecimal digits
 *   SHA256 (message 0) = ...
 *
 * Reading is total: at most SHEET_MAX bytes, lines of at most SHEET_LINE. */

#include "base/bytes.h"
#include "base/err.h"

enum { SHEET_MAX = 128 * 1024, SHEET_LINE = 512, SHEET_NAME = 40, SHEET_HASH = 32 };
#define SHEET_FIRST "hisn integrity sheet 1\n"

struct sheet_line { char name[SHEET_NAME + 1]; uint8_t hash[SHEET_HASH]; };
/* *left begins as the whole sheet. 1: a line, 0: there is none left, ERR_FORMAT: not a sheet, ERR_MALFORMED: a line
 * that begins as one to check and is none. */
must_use int sheet_next(struct bytes *left, bool first, struct sheet_line *ret);
/* The hash of a name; -ENOENT: none, ERR_MALFORMED: also when it stands there twice. */
must_use int sheet_find(struct bytes sheet, const char *name, uint8_t ret[SHEET_HASH]);
void sheet_hash(struct bytes of, uint8_t ret[SHEET_HASH]); /* SHA-256 */
