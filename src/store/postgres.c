/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_int.h"

#include <errno.h>

const struct backend postgres_backend = { 0 };

int postgres_store_open(const char *where, struct store **ret, struct err_note *note)
{
	return note_set(ERR_REFUSED, "PostgreSQL is not supported yet");
}

int postgres_store_restore(const char *where, const char *path, bool force, struct err_note *note)
{
	return err_set(note, ERR_REFUSED, "PostgreSQL is not supported yet");
}
