/* SPDX-License-Identifier: Apache-2.0 */
/* The whole database in pg_dump's custom format, and back. One database is one desk. */
#include "store/postgres_int.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTENTS_MAX = 256 * 1024, ARGUMENT_MAX = PATH_MAX + 16 };

/* --- backup --- */

struct watched {
	const char *temp;
	store_progress *progress;
	void *ctx;
};

static void tell_size(void *ctx)
{
	struct watched *w = ctx;
	struct stat st;
	if (w->progress && stat(w->temp, &st) == 0)
		w->progress(w->ctx, (uint64_t)st.st_size, 0);
}

/* Reads and unpacks all of it: a table of contents alone proves little. */
static int check_archive(const char *path)
{
	return tool_run(&(struct tool){ .argv = { "pg_restore", "--file=/dev/null", "--", path } });
}

static int dump_to(struct postgres_store *s, const char *temp, store_progress *progress, void *ctx)
{
	char file[ARGUMENT_MAX];
	struct watched w = { temp, progress, ctx };
	(void)snprintf(file, sizeof file, "--file=%s", temp);
	int err = tool_run(&(struct tool){ .where = s->where, .watch = tell_size, .ctx = &w,
		.argv = { "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password", file } });
	return err ? err : check_archive(temp);
}

int postgres_backup(struct store *base, const char *path, store_progress *progress, void *ctx, struct err_note *note)
{
	char temp[PATH_MAX];
	int fd = -1;
	int err = file_temp(path, 0600, temp, &fd);
	if (err)
		return err;
	err = dump_to((struct postgres_store *)base, temp, progress, ctx);
	if (err) {
		close(fd);
		(void)unlink(temp);
		return err_set(note, err, "%s: %s", path, store_note(base));
	}
	err = file_commit(fd, temp, path);
	return err ? err_set(note, err, "%s: %s", path, err_text(err)) : 0;
}

/* --- restore --- */

/* pg_restore --list: "215; 1259 16386 TABLE public hisn_migration owner". */
static bool has_table(const char *contents, const char *table)
{
	size_t n = strlen(table);
	for (const char *p = contents; (p = strstr(p, " TABLE ")); p++) {
		p += strlen(" TABLE ");
		const char *name = p + strcspn(p, " \n");
		if (*name == ' ' && !strncmp(name + 1, table, n) && name[1 + n] == ' ')
			return true;
	}
	return false;
}

/* pg_restore can drop what is in the backup, in the same transaction as all the rest; it does not know
 * of tables beside these, and left standing they would not fit the older schema. */
static int check_tables(const PGresult *r, const char *contents, bool force, struct err_note *note)
{
	int n = PQntuples(r);
	if (n && !force)
		return err_set(note, ERR_REFUSED, "the database is not empty: it has %d tables", n);
	for (int i = 0; i < n; i++)
		if (!has_table(contents, PQgetvalue(r, i, 0)))
			return err_set(note, ERR_REFUSED, "the database has a table \"%s\" that the backup does not know: "
				"restore into an empty database", PQgetvalue(r, i, 0));
	return 0;
}

static int check_target(const char *where, const char *contents, bool force, struct err_note *note)
{
	struct link *l = NULL;
	int err = link_open(where, &l);
	if (err)
		return err_set(note, err, "%s", store_note(NULL));
	PGresult *r = PQexec(l->pg, "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') AND "
		"relnamespace = to_regnamespace(quote_ident(current_schema()))");
	err = link_check(l, r, NULL);
	if (err)
		(void)err_set(note, err, "%s", store_note(NULL));
	else
		err = check_tables(r, contents, force, note);
	PQclear(r);
	link_close(l);
	return err;
}

static int read_contents(const char *path, char *contents, struct err_note *note)
{
	if (access(path, R_OK) < 0)
		return err_set(note, -errno, "%s: %s", path, err_text(-errno));
	int err = tool_run(&(struct tool){ .argv = { "pg_restore", "--list", "--", path }, .output = contents, .output_size = CONTENTS_MAX });
	if (err)
		return err_set(note, ERR_FORMAT, "%s: %s", path, store_note(NULL));
	if (!has_table(contents, "hisn_migration"))
		return err_set(note, ERR_FORMAT, "%s is a backup, but not one of hisn", path);
	err = check_archive(path);
	return err ? err_set(note, ERR_CHECKSUM, "%s: %s", path, store_note(NULL)) : 0;
}

int postgres_store_restore(const char *where, const char *path, bool force, struct err_note *note)
{
	char *contents = calloc(1, CONTENTS_MAX);
	if (!contents)
		return -ENOMEM;
	int err = read_contents(path, contents, note);
	if (!err)
		err = check_target(where, contents, force, note);
	free(contents);
	if (err)
		return err;
	err = tool_run(&(struct tool){ .where = where, .argv = { "pg_restore", "--single-transaction", "--exit-on-error",
		"--clean", "--if-exists", "--no-owner", "--no-privileges", "--no-password", path } });
	return err ? err_set(note, err, "%s: %s", path, store_note(NULL)) : 0;
}
