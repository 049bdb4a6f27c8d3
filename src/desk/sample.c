/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/sample.h"

#include "desk/settings.h"
#include "desk/submit.h"

#include <errno.h>

struct said { const char *field, *value; };
static const struct {
	enum report_kind kind;
	enum report_by by;
	struct said said[6];
} samples[] = {
	{ REPORT_ADDRESS, REPORT_BY_ADULT, { { "url", "https://forum.example/thread/%u" }, { "site_type", "forum" },
		{ "still_there", "yes" }, { "words", "Made up: I came across this page by chance." } } },
	{ REPORT_ADDRESS, REPORT_BY_PROFESSIONAL, { { "url", "https://files.test/%u" }, { "site_type", "files" },
		{ "reporter", "digital" }, { "words", "Made up: found by our moderators." } } },
	{ REPORT_SOLICITATION, REPORT_BY_CHILD, { { "platform", "game.example" }, { "suspect_account", "player%u" },
		{ "contact_ongoing", "yes" }, { "meeting_planned", "no" }, { "child_age", "13-15" },
		{ "words", "Made up: somebody in the game writes to me." } } },
	{ REPORT_SOLICITATION, REPORT_BY_CARER, { { "platform", "chat.example" }, { "suspect_account", "user%u" },
		{ "threat", "money" }, { "child_age", "16-17" }, { "words", "Made up: my child told me today." } } },
	{ REPORT_TRAVEL, REPORT_BY_ADULT, { { "establishment", "Hotel Test %u" }, { "place", "Agadir" },
		{ "territory", "MA-AGD" }, { "departure", "today" }, { "words", "Made up: seen at the front desk." } } },
	{ REPORT_OTHER, REPORT_BY_ADULT, { { "concern", "bullying" }, { "territory", "MA-06" },
		{ "words", "Made up: a group writes about a pupil." } } },
};

static int one(struct desk *d, unsigned i)
{
	struct arena a;
	uint8_t id[SEAL_ID];
	const size_t which = i % ARRAY_LEN(samples);
	struct report r = { .kind = samples[which].kind, .by = samples[which].by };
	int err = 0;
	arena_init(&a, 0);
	for (size_t k = 0; k < ARRAY_LEN(samples[which].said) && samples[which].said[k].field && !err; k++) {
		const char *value = arena_printf(&a, samples[which].said[k].value, i);
		err = value ? report_set(&a, &r, samples[which].said[k].field, value) : -ENOMEM;
	}
	const struct submission s = { .report = &r, .language = "fr" };
	if (!err)
		err = desk_submit(d, &s, id);
	arena_done(&a);
	return err;
}

int desk_sample(struct desk *d, unsigned n)
{
	int err = desk_live(d) ? ERR_REFUSED : 0;
	for (unsigned i = 0; i < MIN(n, (unsigned)SAMPLE_MAX) && !err; i++)
		err = one(d, i);
	return err;
}
