/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What about this machine would let keys or reports reach a disk in clear, one line each with what to
 * do; and files only their owner may read. */

#include "base/bytes.h"
#include "base/err.h"
#include "seal/seal.h"

/* Is there swap that is not encrypted? `swaps` as of /proc/swaps; sys: "/sys". */
bool keys_host_swap_open(const char *swaps, const char *sys);
/* Where does this core_pattern take cores: a program ('|...')? */
bool keys_host_cores_taken(const char *core_pattern);
void keys_host_warn(void); /* logs */

/* 32 bytes that nobody else may read: -EPERM when others may, ERR_FORMAT for another length. */
must_use int keys_host_key_read(const char *path, uint8_t ret[SEAL_KEY], struct err_note *note);
/* 0400, never overwritten: -EEXIST. */
must_use int keys_host_key_make(const char *path, struct err_note *note);
/* path's folder into ret (PATH_MAX bytes): "." for a plain name. */
must_use int keys_host_folder_of(const char *path, char *ret);

/* Remove what a kill left beside path in the middle of a replacement (file_temp): an old copy of the store
 * would outlive the keys that have been erased from it. Returns how many. */
unsigned keys_host_remove_temps(const char *path);
