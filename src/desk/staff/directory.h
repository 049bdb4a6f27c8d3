/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the directory's pages show; templates in desk/pages/staff-directory.html and staff-recipient.html. */

#include "desk/directory/directory.h"
#include "desk/layout.h"
#include "desk/staff/field.h"
#include "desk/staff/session.h"

struct directory_region_row { const char *code, *name; unsigned all, there, good; };
struct directory_kind_row { const char *kind, *label; int64_t all, good; };
struct directory_page {
	struct layout layout;
	const struct directory_region_row *region; size_t region_n;
	struct directory_kind_row kind[RECIPIENT_KIND_COUNT];
};

/* How sure an entry is, in words and as a class of the notice that says it. */
struct directory_state { const char *words; bool good; };

struct directory_unit_row {
	const char *code, *territory, *name, *phone, *mail;
	struct directory_state state;
	unsigned holders;
	bool there; /* in the directory */
};
struct directory_region_page {
	struct layout layout;
	const struct directory_unit_row *row; size_t row_n;
	bool may_edit;
};
struct directory_unit_page {
	struct layout layout;
	const char *action, *csrf, *back;
	struct staff_field field[4];
	bool active;
	uint64_t version;
	const char *error;
	unsigned holders;
};

struct directory_recipient_row { const char *id, *name, *language, *ways, *fingerprint; struct directory_state state; };
struct directory_kind_page {
	struct layout layout;
	const char *kind;
	const struct directory_recipient_row *row; size_t row_n;
	bool packets, may_edit;
};
struct directory_recipient_page {
	struct layout layout;
	const char *action, *csrf, *back;
	struct staff_field field[7]; size_t field_n; /* name, mail, postal, form, confirmed; key, fingerprint */
	const char *language, *language_error;
	const char *fingerprint; /* of the key that is stored; NULL: none */
	bool packets, active;
	uint64_t version;
	const char *error;
};

void page_directory(struct html_out *o, const struct directory_page *p);
void page_directory_region(struct html_out *o, const struct directory_region_page *p);
void page_directory_unit(struct html_out *o, const struct directory_unit_page *p);
void page_directory_kind(struct html_out *o, const struct directory_kind_page *p);
void page_directory_recipient(struct html_out *o, const struct directory_recipient_page *p);

/* --- shared by these pages and those of notices and packets --- */
/* As staff_may, for members of the national desk only. */
must_use bool staff_may_national(struct web_request *r, unsigned roles);
/* "Confirmed on ... by ..." */
struct directory_state directory_state_words(struct web_request *r, int64_t confirmed, uint32_t by, bool active);
/* A colleague's name, or "?". */
const char *staff_member_name(struct web_request *r, uint32_t member);
