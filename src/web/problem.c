/* SPDX-License-Identifier: Apache-2.0 */
/* Problem details for calls (RFC 9457). */
#include "web/int.h"

#include "base/json.h"

void web_problem(struct web_request *r, int status, const char *type, const char *title, const char *detail, const char *members)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	if (!f) {
		web_answer_plain(r, 500);
		return;
	}
	struct json j;
	json_open(&j, f, false);
	json_begin_object(&j, NULL);
	json_text(&j, "type", type ? type : "about:blank");
	json_text(&j, "title", title ? title : web_reason(status));
	json_int(&j, "status", status);
	if (detail)
		json_text(&j, "detail", detail);
	/* The caller's own members are JSON already. */
	if (members && *members)
		fprintf(f, ",%s", members);
	json_end(&j);
	json_close(&j);
	if (fclose(f) == 0)
		web_send(r, status, "application/problem+json", bytes_of(text, n));
	else
		web_answer_plain(r, 500);
	free(text);
}
