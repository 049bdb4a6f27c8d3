/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* /staff/requests; the template is pages/staff-requests.html. */

#include "desk/layout.h"
#include "desk/requests/requests.h"
#include "desk/staff/field.h"

struct requests_row {
	const char *id, *short_id, *kind, *state, *received, *due, *ended; /* ended NULL: not yet */
	bool late, open;
};
struct requests_page {
	struct layout layout;
	const struct requests_row *open; size_t open_n;
	const struct requests_row *ended; size_t ended_n;
	bool saved;
};
struct request_new_page {
	struct layout layout;
	const char *csrf, *error, *kind;  /* kind: chosen */
	struct staff_field received, text;
};
struct request_page {
	struct layout layout;
	struct requests_row row;
	const char *csrf_open, *csrf_end, *error;
	const char *asked, *reason;       /* opened; NULL: not */
	const char *how;                  /* chosen */
	struct staff_field why;
};
void page_staff_requests(struct html_out *o, const struct requests_page *p);
void page_staff_request_new(struct html_out *o, const struct request_new_page *p);
void page_staff_request(struct html_out *o, const struct request_page *p);

void staff_requests(struct web_request *r);
void staff_request_new(struct web_request *r);
void staff_request_new_post(struct web_request *r);
void staff_request(struct web_request *r);
void staff_request_open(struct web_request *r);
void staff_request_end(struct web_request *r);
