/* SPDX-License-Identifier: Apache-2.0 */
/* The letters of removal notices. A wrong one stops the desk at its start: it must not be found when it is
 * to go out. */
#include "desk/data_inside.h"

#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

static int read_letter(struct desk_data *d, const char *path, struct notice_template *ret, struct err_note *note)
{
	struct bytes text;
	int err = file_read(path, NOTICE_TEMPLATE_MAX, &text);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	err = notice_template_parse(&d->arena, path, text, ret, note);
	free((void *)(uintptr_t)text.p);
	return err;
}

static int read_one(struct desk_data *d, const char *folder, const char *own, unsigned kind, unsigned l, struct err_note *note)
{
	char path[PATH_MAX];
	const char *name = recipient_kind_name((enum recipient_kind)kind);
	if (!own || snprintf(path, sizeof path, "%s/notices/%s.%s.txt", own, name, data_lang[l]) >= (int)sizeof path || access(path, F_OK))
		if (snprintf(path, sizeof path, "%s/notices/%s.%s.txt", folder, name, data_lang[l]) >= (int)sizeof path)
			return -ENAMETOOLONG;
	return read_letter(d, path, &d->notice[kind][l], note);
}

int data_read_notices(struct desk_data *d, const char *folder, const char *own, struct err_note *note)
{
	int err = 0;
	for (unsigned kind = 0; kind < RECIPIENT_KIND_COUNT; kind++)
		for (unsigned l = 0; l < LANG_COUNT && !err; l++)
			if (recipient_takes_notices((enum recipient_kind)kind))
				err = read_one(d, folder, own, kind, l, note);
	return err;
}
