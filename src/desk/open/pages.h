/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the public pages without forms show; templates in desk/pages/open.html. */

#include "desk/layout.h"

struct open_page { struct layout layout; };
struct privacy_page {
	struct layout layout;
	const char *name, *contact;        /* of the desk; contact may be NULL */
	const char *law;                   /* NULL: not set yet */
	const char *filing, *reference, *date; /* NULL: not filed yet */
	bool onion;
	const char *onion_address;
};

void page_home(struct html_out *o, const struct open_page *p);
void page_help(struct html_out *o, const struct open_page *p);
void page_told(struct html_out *o, const struct open_page *p);
void page_hotel(struct html_out *o, const struct open_page *p);
void page_accessibility(struct html_out *o, const struct open_page *p);
void page_privacy(struct html_out *o, const struct privacy_page *p);
