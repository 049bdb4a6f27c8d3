/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/field.h"

#include "base/clock.h"

#include <sodium.h>

const char *const staff_not_kept = N_("This could not be kept just now: nothing was stored, and what you typed is still below. Please try again in a moment.");

const char *staff_field_described(struct html_out *o, const struct staff_field *f)
{
	if (f->hint && f->error)
		return arena_printf(o->arena, "f-%s-hint f-%s-error", f->name, f->name);
	return f->hint || f->error ? arena_printf(o->arena, "f-%s-%s", f->name, f->error ? "error" : "hint") : NULL;
}

const char *staff_given(struct web_request *r, const char *name)
{
	const char *s = web_field(r, name);
	return s && *s ? s : NULL;
}

const char *staff_day_field(struct arena *a, int64_t day)
{
	const struct civil c = civil_from_seconds(day);
	return arena_printf(a, "%04d-%02d-%02d", (int)c.year, c.month, c.day);
}

const char *staff_hex(struct arena *a, const uint8_t *p, size_t n)
{
	char *s = arena_alloc(a, 2 * n + 1);
	return s ? sodium_bin2hex(s, 2 * n + 1, p, n) : NULL;
}

bool staff_ticked(struct web_request *r, const char *name, const char *value)
{
	const char *one;
	for (unsigned i = 0; (one = web_field_at(r, name, i)); i++)
		if (!strcmp(one, value))
			return true;
	return false;
}
