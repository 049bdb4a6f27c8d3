/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A password or passphrase, asked of a person. */

#include "cli/cli.h"

enum { CLI_SECRET_MAX = 1024 };
/* The first line of file, or typed without echo (twice if it is new). ret: CLI_SECRET_MAX bytes of sodium_malloc
 * memory. The exit code. */
must_use int cli_secret(const struct cli_program *p, const char *file, const char *prompt, bool twice, uint8_t *ret, size_t *ret_n);
