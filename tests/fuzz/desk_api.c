/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a partner's report: taken with every member it has, or refused with a list of pointers that
 * is JSON itself. The same request always stands for the same report and the same words. */
#include "desk/api/api.h"
#include "fuzz.h"

#include <errno.h>
#include <jansson.h>

static void check_taken(const json_t *top, const struct api_report *in)
{
	const char *name;
	json_t *v;
	json_t *fields = json_object_get(top, "fields");
	check(json_object_size(fields) > 0 && in->report.by == REPORT_BY_PARTNER);
	json_object_foreach(fields, name, v) {
		const struct field *f = report_field(name);
		check(f && (f->kinds & 1u << in->report.kind) && strcmp(name, "partner") != 0);
		check(!json_is_string(v) || strlen(json_string_value(v)) <= f->max || f->type == FIELD_CHOICE);
		check(json_is_string(v) || json_is_array(v));
	}
	json_object_foreach((json_t *)(uintptr_t)top, name, v)
		check(!strcmp(name, "kind") || !strcmp(name, "fields") || !strcmp(name, "receipt") || !strcmp(name, "language"));
}

static void check_refused(const char *errors)
{
	size_t i;
	json_t *e;
	json_t *list = json_loads(errors, JSON_REJECT_DUPLICATES, NULL);
	check(json_array_size(list) > 0 && json_array_size(list) <= 50);
	json_array_foreach(list, i, e) {
		const char *pointer = json_string_value(json_object_get(e, "pointer"));
		check(pointer && pointer[0] == '#' && (!pointer[1] || pointer[1] == '/'));
		check(json_string_length(json_object_get(e, "detail")) > 0);
	}
	json_decref(list);
}

/* The same bytes as a header of a GET: the receipt as it is typed, and a list of tags. */
static void check_headers(struct arena *a, struct bytes in)
{
	static const uint16_t words[SEAL_WORDS] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	char etag[API_ETAG], other[API_ETAG];
	const char *header = arena_text(a, (const char *)in.p, in.n), *typed = NULL;
	if (!header)
		return;
	int err = api_receipt_header(a, header, &typed);
	check(err == 0 || err == -ENOMEM || err == ERR_MALFORMED);
	check(err || (strlen(typed) <= strlen(header) && (strchr(header, '%') || !strcmp(typed, header))));
	api_etag("hisn_token", words, in, etag);
	api_etag("hisn_other", words, in, other);
	check(strlen(etag) == API_ETAG - 1 && strcmp(etag, other) != 0);
	check(api_etag_given(header, etag) == (header[strspn(header, " \t")] == '*' && !header[strspn(header, " \t") + 1]));
	check(api_etag_given(etag, etag) && !api_etag_given(other, etag) && !api_etag_given(NULL, etag));
}

/* The idempotency key is the input's end: what it is must not matter. */
static void check_once(struct arena *a, struct bytes in)
{
	struct api_once one, two, other;
	size_t n = MIN(in.n, (size_t)API_IDEMPOTENCY_MAX);
	const char *key = arena_text(a, (const char *)in.p + in.n - n, n);
	if (!key)
		return;
	api_once_derive("hisn_token", key, in, &one);
	api_once_derive("hisn_token", key, in, &two);
	api_once_derive("hisn_other", key, in, &other);
	check(!memcmp(one.once, two.once, 16) && !memcmp(one.fingerprint, two.fingerprint, 16));
	check(!memcmp(one.words, two.words, sizeof one.words));
	check(memcmp(one.once, other.once, 16) != 0 && memcmp(one.words, other.words, sizeof one.words) != 0);
	check(memcmp(one.once, one.fingerprint, 16) != 0);
	for (int i = 0; i < SEAL_WORDS; i++)
		check(one.words[i] < SEAL_WORD_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	struct api_report in;
	const char *errors = NULL;
	arena_init(&a, 8 << 20);
	int err = api_report_read(&a, bytes_of(p, n), &in, &errors);
	check(err == 0 || err == -ENOMEM || err == ERR_MALFORMED);
	if (err == 0) {
		json_t *top = json_loadb((const char *)p, n, 0, NULL);
		check_taken(top, &in);
		json_decref(top);
	} else if (err == ERR_MALFORMED) {
		check_refused(errors);
	}
	check_once(&a, bytes_of(p, n));
	check_headers(&a, bytes_of(p, n));
	arena_done(&a);
	return 0;
}
