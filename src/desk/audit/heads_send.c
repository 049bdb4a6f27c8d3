/* SPDX-License-Identifier: Apache-2.0 */
/* Heads leave this machine: to a file, and by mail. Who has taken the desk over can stop that, but not unsay
 * what has left; and a day without the mail is seen. */
#include "desk/audit/heads.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "desk/config.h"
#include "desk/post/post.h"
#include "desk/settings.h"
#include "keys/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { HOUR_MS = 3600 * 1000, AGAIN_MS = 600 * 1000, DAY = 86400, TAIL = 4096, NOTES = 500 };
#define SETTING_MAILED "audit_heads_mailed" /* the day of the last mail */

/* --- the file --- */

/* Size of the last head in it; 0: none. What a sudden end left half is passed over. */
static int last_in_file(int fd, const struct note_key *k, uint64_t *ret, bool *ret_whole)
{
	char tail[TAIL];
	off_t end = lseek(fd, 0, SEEK_END);
	ssize_t n = end < 0 ? -1 : pread(fd, tail, sizeof tail, MAX(end - TAIL, 0));
	if (n < 0)
		return -errno;
	struct bytes text = bytes_of(tail, (size_t)n);
	struct checkpoint c;
	int err;
	*ret = 0;
	*ret_whole = !n || tail[n - 1] == '\n';
	while ((err = audit_head_find(&text, k, &c)) != -ENOENT)
		if (!err)
			*ret = c.size;
	return 0;
}

static int append(int fd, const char *note)
{
	char text[CHECKPOINT_NOTE_MAX + 2];
	int n = snprintf(text, sizeof text, "%s\n", note);
	return n < 0 || n >= (int)sizeof text ? ERR_LIMIT : file_write_all(fd, text, (size_t)n);
}

/* The notes past `size`, in order. *ret: the last one's. */
static int append_after(struct desk *d, int fd, uint64_t *size, size_t *ret_n)
{
	struct store_tx *t;
	struct store_rows *rows;
	int row, err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	*ret_n = 0;
	err = STORE_QUERY(t, &rows, "SELECT size, note FROM audit_note WHERE size > $1 ORDER BY size LIMIT $2", S_INT((int64_t)*size),
		S_INT(NOTES));
	if (!err) {
		while (!err && (row = store_next(rows))) {
			err = row < 0 ? row : append(fd, store_text(rows, 1) ? store_text(rows, 1) : "");
			*size = row == 1 ? (uint64_t)store_int(rows, 0) : *size;
			++*ret_n;
		}
		store_end(rows);
	}
	store_rollback(t);
	return err;
}

static int write_file(struct desk *d, const struct note_key *k)
{
	const char *path = d->config->audit.heads_file;
	if (!path)
		return 0;
	uint64_t size = 0;
	bool whole = true;
	size_t n = NOTES;
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	int err = fd < 0 ? -errno : last_in_file(fd, k, &size, &whole);
	if (!err && !whole)
		err = file_write_all(fd, "\n\n", 2);
	while (!err && n == NOTES)
		err = append_after(d, fd, &size, &n);
	if (!err && fsync(fd) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err)
		log_warning("%s: heads of the audit trail could not be written: %s", path, err_text(err));
	return 0; /* it is tried again; the others are not kept from theirs */
}

/* --- mail --- */

struct claim {
	int64_t day;
	bool mine;
};

/* Of several front ends one sends, once a day. */
static int claim(struct store_tx *t, void *ctx)
{
	struct claim *c = ctx;
	struct arena a;
	const char *before = NULL;
	char now[24];
	(void)snprintf(now, sizeof now, "%lld", (long long)c->day);
	arena_init(&a, 4096);
	int err = desk_setting_get(t, &a, SETTING_MAILED, &before);
	c->mine = !err && (!before || strcmp(before, now) != 0);
	arena_done(&a);
	return err || !c->mine ? err : desk_setting_set(t, SETTING_MAILED, now);
}

static int unclaim(struct store_tx *t, void *ctx)
{
	return desk_setting_set(t, SETTING_MAILED, NULL);
}

static const char *letter(struct desk *d, struct arena *a, enum lang l, const struct note_key *k, const struct audit_note *n)
{
	char key[NOTE_KEY_TEXT];
	note_key_write(k, key);
	return arena_printf(a, "%s\n\n%s\n\nhisn desk audit verify --head FILE --key '%s'\n\n%s",
		text(l, N_("Keep this message, apart from the desk: it shows later that nothing was cut from the audit trail.")),
		text(l, N_("It says nothing of a report or a person. With it, whoever has the database checks the trail up to here:")), key,
		n->note);
}

static int send_all(struct desk *d, struct arena *a, const struct note_key *k, const struct audit_note *n)
{
	const struct desk_config *c = d->config;
	enum lang l = LANG_FR;
	if (c->language && !lang_parse(c->language, strlen(c->language), &l))
		l = LANG_FR;
	const char *subject = text(l, N_("Head of the audit trail, to keep")), *body = letter(d, a, l, k, n);
	const char *name = arena_printf(a, "head-%lld.txt", (long long)n->size);
	int failed = body && name ? 0 : -ENOMEM;
	for (unsigned i = 0; !failed && i < c->audit.heads_to_n; i++) {
		struct err_note note = { "" };
		const struct post_attachment file = { name, "application/octet-stream", bytes_str(n->note) }; /* as it is: not a byte may change */
		int err = post_now(d, c->audit.heads_to[i], subject, body, &file, &note);
		if (err) {
			log_warning("a head of the audit trail could not be sent to %s: %s", c->audit.heads_to[i], err_say(&note, err));
			failed = err;
		}
	}
	return failed;
}

static int latest(struct desk *d, struct arena *a, struct audit_note **ret, size_t *ret_n)
{
	struct store_tx *t;
	int err = store_begin(d->store, STORE_READ, &t);
	if (err)
		return err;
	err = audit_notes(t, a, INT64_MAX, 1, ret, ret_n);
	store_rollback(t);
	return err;
}

static int mail(struct desk *d, const struct note_key *k)
{
	struct claim c = { .day = clock_unix() / DAY };
	struct arena a;
	struct audit_note *n;
	size_t count;
	if (!d->config->audit.heads_to_n || !post_configured(d))
		return 0;
	arena_init(&a, 1 << 20);
	int err = latest(d, &a, &n, &count);
	if (!err && count)
		err = store_write(d->store, claim, &c);
	if (!err && c.mine && send_all(d, &a, k, n))
		err = store_write(d->store, unclaim, NULL); /* in an hour again; who has it already gets it twice */
	arena_done(&a);
	return err;
}

/* --- tending --- */

static int sign_and_send(struct desk *d, bool with_mail)
{
	struct keys_head h;
	int err = audit_sign(d, NULL);
	if (err == ERR_REFUSED)
		log_error("the key process does not sign the audit trail: it is not what was signed before. See 'hisn desk audit verify'");
	else if (err == ERR_CHECKSUM)
		log_error("the audit trail or the key process's last head is damaged. See 'hisn desk audit verify', 'hisn keys status'");
	int asked = keys_head(d->keys, &h);
	if (!asked)
		asked = write_file(d, &h.key);
	if (!asked && with_mail)
		asked = mail(d, &h.key);
	return err ? err : asked;
}

int audit_tend(struct desk *d)
{
	static _Atomic int64_t next;
	if (clock_mono_ms() < next)
		return 0;
	int err = sign_and_send(d, true);
	next = clock_mono_ms() + (err ? AGAIN_MS : HOUR_MS);
	return err;
}

int audit_tend_last(struct desk *d)
{
	return sign_and_send(d, false);
}
