/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's part of `hisn up`: everything on one machine, as a demonstration. */
#include "cli/up.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOCKET_MAX = 107, SOCKET_WAIT_MS = 10000 };

static const char sample[] =
	"# The hotline: docs/desk.md. Restart the desk after a change.\n"
	"name: \"hisn, a demonstration\"\n"
	"listen: [\"%s\"]\n"
	"database: \"%s/desk.db\"\n"
	"keys: \"%s\"\n"
	"time_zone: Africa/Casablanca\n"
	"language: fr\n"
	"country: MA\n"
	"quick_exit: https://www.wikipedia.org/\n"
	"# contact: \"telephone or address\"\n"
	"# hours: {mon: \"09:00-17:00\", tue: \"09:00-17:00\"}\n"
	"# tls: {behind_proxy: true}\n";

int up_desk_paths(struct up *u)
{
	u->desk = arena_printf(&u->arena, "%s/desk", u->state);
	u->desk_yaml = arena_printf(&u->arena, "%s/desk/desk.yaml", u->state);
	u->store = arena_printf(&u->arena, "%s/keys/store", u->state);
	u->store_backup = arena_printf(&u->arena, "%s/keys-backup/store", u->state);
	u->host_key = arena_printf(&u->arena, "%s/keys/host.key", u->state);
	u->socket = arena_printf(&u->arena, "%s/keys/socket", u->state);
	if (!u->desk || !u->desk_yaml || !u->store || !u->store_backup || !u->host_key || !u->socket)
		return -ENOMEM;
	if (strlen(u->socket) > SOCKET_MAX) {
		fprintf(stderr, "hisn up: %s: too long for a socket; choose a shorter --state\n", u->socket);
		return -ENAMETOOLONG;
	}
	const char *const folders[] = { "desk", "keys", "keys-backup" };
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		const char *path = arena_printf(&u->arena, "%s/%s", u->state, folders[i]);
		int err = path ? file_make_folder(path) : -ENOMEM;
		if (!err && chmod(path, 0700) < 0)
			err = -errno;
		if (err)
			return err;
	}
	return 0;
}

static int write_config(struct up *u)
{
	if (!access(u->desk_yaml, F_OK))
		return 0;
	char *text = arena_printf(&u->arena, sample, u->desk_listen, u->desk, u->socket);
	return text ? file_replace(u->desk_yaml, text, strlen(text), 0600) : -ENOMEM;
}

static int make_store(struct up *u)
{
	if (!access(u->store, F_OK))
		return 0;
	char said[4096]; /* what to keep safe: for a real desk, not for a trial */
	const char *const argv[] = { "init", "--store", u->store, "--host-key", u->host_key, NULL };
	int code = up_ask("hisn-keys", argv, said, sizeof said);
	return code > 0 ? ERR_CHILD : code;
}

static int wait_for_socket(const struct up *u)
{
	for (int64_t end = clock_mono_ms() + SOCKET_WAIT_MS; access(u->socket, F_OK); poll(NULL, 0, 20))
		if (clock_mono_ms() > end)
			return -ETIMEDOUT;
	return 0;
}

/* "127.0.0.1@8080" -> "http://127.0.0.1:8080" */
static const char *base_url(struct up *u)
{
	const char *at = strrchr(u->desk_listen, '@');
	int host = at ? (int)(at - u->desk_listen) : (int)strlen(u->desk_listen);
	return arena_printf(&u->arena, "http://%.*s%s%s", host, u->desk_listen, at ? ":" : "", at ? at + 1 : "");
}

static int tell(struct up *u)
{
	char link[512];
	const char *base = base_url(u);
	const char *const argv[] = { "init", "--config", u->desk_yaml, "--base", base ? base : "", NULL };
	int code = up_ask("hisn-desk", argv, link, sizeof link);
	if (code)
		return code > 0 ? ERR_CHILD : code;
	printf("The desk (a demonstration until an administrator opens it): %s/\n", base);
	if (link[0])
		printf("Its first administrator's link, good once and for three days:\n\n  %s\n", link);
	fflush(stdout);
	return 0;
}

int up_desk_start(struct up *u)
{
	int err = write_config(u);
	if (!err)
		err = make_store(u);
	if (err)
		return err;
	(void)unlink(u->socket);
	const char *const keys[] = { "serve", "--store", u->store, "--host-key", u->host_key, "--socket", u->socket,
		"--backup", u->store_backup, NULL };
	err = up_start("hisn-keys", keys);
	if (!err)
		err = wait_for_socket(u);
	if (!err)
		err = tell(u);
	const char *const desk[] = { "serve", "--config", u->desk_yaml, NULL };
	return err ? err : up_start("hisn-desk", desk);
}
