/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a recipient is. Stored, and in names of templates: never rename one. */

#include "base/attr.h"

enum recipient_kind {
	RECIPIENT_POLICE, RECIPIENT_PROSECUTOR, /* get handover packets */
	RECIPIENT_HOSTING, RECIPIENT_PLATFORM, RECIPIENT_REGISTRAR, RECIPIENT_SEARCH, RECIPIENT_ACCESS,
	RECIPIENT_HOTLINE,                      /* these get removal notices */
	RECIPIENT_KIND_COUNT,
};
/* "hosting": in the database, in addresses of pages and in names of templates. */
const char *recipient_kind_name(enum recipient_kind kind);
const char *recipient_kind_label(enum recipient_kind kind); /* msgid */
must_use bool recipient_kind_parse(const char *name, enum recipient_kind *ret); /* name NULL: false */
static inline bool recipient_takes_notices(enum recipient_kind kind)
{
	return kind >= RECIPIENT_HOSTING;
}
