/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a report's JSON: refused with the member's name, or read, written and read again to the
 * same bytes; its priority is one of four. */
#include "desk/report.h"
#include "fuzz.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	struct report r, again;
	struct bytes json, twice;
	struct err_note note = { "" };
	arena_init(&a, 8 << 20);
	int err = report_read(&a, bytes_of(p, n), &r, &note);
	check(err == 0 || err == -ENOMEM || (err == ERR_MALFORMED && note.text[0]));
	if (!err) {
		check(report_priority(&r) < PRIORITY_COUNT);
		for (size_t i = 0; i < report_field_count; i++) {
			const struct field *f = &report_fields[i];
			check(!r.value[i] || f->kinds & 1u << r.kind);
			check(!r.value[i] || f->type != FIELD_CHOICE || report_choice_label(f, bytes_str(r.value[i])));
			check(!r.value[i] || f->type != FIELD_LINE || strlen(r.value[i]) <= f->max);
		}
		if (!report_write(&a, &r, &json)) {
			check(report_read(&a, json, &again, NULL) == 0);
			check(report_write(&a, &again, &twice) == 0 && bytes_equal(json, twice));
		}
	}
	arena_done(&a);
	return 0;
}
