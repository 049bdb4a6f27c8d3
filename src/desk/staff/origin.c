/* SPDX-License-Identifier: Apache-2.0 */
/* No other site sends a form here, the form of signing in among them: it has no session whose token it could
 * carry, and who is made to sign in as somebody else writes into a stranger's desk. */
#include "desk/staff/session.h"

#include <string.h>

static bool is_own(struct web_request *r)
{
	return strcmp(web_method(r), "POST") != 0 ||
		web_csrf_origin(web_header(r, "Sec-Fetch-Site"), web_header(r, "Origin"), web_header(r, "Host"), web_secure(r));
}

void staff_arrive(struct web_request *r)
{
	if (strncmp(web_path(r), "/staff", 6) != 0)
		return;
	web_header_set(r, "Referrer-Policy", "same-origin"); /* else the forms of these pages would say "Origin: null" */
	staff_before(r);
	if (is_own(r))
		return;
	if (strncmp(web_path(r), "/staff/join/", 12) == 0) /* the path is a secret, no object of an audit entry */
		web_status(r, 403);
	else
		staff_refuse(r, "origin");
}
