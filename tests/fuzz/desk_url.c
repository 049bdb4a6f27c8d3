/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as an address or an account. What is canonical stays as it is, is printable ASCII without
 * blanks, and has no dot segments; its host is in lower case. */
#include "desk/report.h"
#include "fuzz.h"

static void address(struct arena *a, const char *raw)
{
	const char *url, *again, *host;
	if (report_canonical_url(a, raw, &url))
		return;
	for (const char *p = url; *p; p++)
		check(*p > ' ' && *p < 0x7F && *p != '#');
	bool placed = strncmp(strchr(url, ':'), "://", 3) == 0;
	check(!placed || strchr(url, '?') || (!strstr(url, "/../") && !strstr(url, "/./")));
	if (strlen(url) < 4096) {
		check(report_canonical_url(a, url, &again) == 0);
		check(strcmp(url, again) == 0);
	}
	if (!report_canonical_host(a, url, &host))
		for (const char *p = host; *p; p++)
			check(!(*p >= 'A' && *p <= 'Z') && *p != '/' && *p != '@');
}

static void account(struct arena *a, const char *raw)
{
	const char *one, *again;
	if (report_canonical_account(a, "x", raw, &one))
		return;
	const char *slash = strchr(one, '/');
	check(slash && slash[1]);
	for (const char *p = one; *p; p++)
		check(!(*p >= 'A' && *p <= 'Z') && (uint8_t)*p >= ' ');
	check(report_canonical_account(a, "x", raw, &again) == 0 && strcmp(one, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	arena_init(&a, 1 << 20);
	char *raw = arena_text(&a, (const char *)p, strnlen((const char *)p, n));
	if (raw) {
		address(&a, raw);
		account(&a, raw);
	}
	arena_done(&a);
	return 0;
}
