/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/data_inside.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

const char *const data_lang[LANG_COUNT] = { [LANG_FR] = "fr", [LANG_AR] = "ar", [LANG_EN] = "en" };

static const struct table {
	const char *file;
	int (*read)(struct desk_data *d, const struct csv *c, struct err_note *note);
} tables[] = {
	{ "territories.csv", data_read_territories },
	{ "offences.csv", data_read_offences },
	{ "helplines.csv", data_read_helplines },
	{ "sectors.csv", data_read_sectors },
	{ "snippets.csv", data_read_snippets },
};

static bool has_file(const char *folder, const char *name)
{
	char path[PATH_MAX];
	return folder && snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path && !access(path, F_OK);
}

static int read_table(struct desk_data *d, const struct table *t, const char *folder, struct err_note *note)
{
	struct csv c;
	int err = csv_open(&d->arena, folder, t->file, &c, note);
	if (!err && !c.rows)
		err = err_set(note, ERR_CONFIG, "%s: it has no rows", c.file);
	return err ? err : t->read(d, &c, note);
}

int desk_data_open_with(const char *folder, const char *own, struct desk_data **ret, struct err_note *note)
{
	struct desk_data *d = calloc(1, sizeof *d);
	if (!d)
		return -ENOMEM;
	arena_init(&d->arena, 64 << 20);
	int err = 0;
	for (size_t i = 0; i < ARRAY_LEN(tables) && !err; i++)
		err = read_table(d, &tables[i], has_file(own, tables[i].file) ? own : folder, note);
	if (!err)
		err = data_read_notices(d, folder, own, note);
	if (!err)
		err = data_read_words(d, folder, note);
	if (err) {
		desk_data_free(d);
		return err;
	}
	*ret = d;
	return 0;
}

void desk_data_free(struct desk_data *d)
{
	if (!d)
		return;
	arena_done(&d->arena);
	free(d);
}

const struct desk_territory *desk_territory(const struct desk_data *d, const char *code)
{
	for (size_t i = 0; i < d->territory_n; i++)
		if (!strcmp(d->territory[i].code, code))
			return &d->territory[i];
	return NULL;
}
