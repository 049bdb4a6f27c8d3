/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a request: keep what came, try again, go on to a mirror, or give up. */
#include "fetch/transfer.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const int64_t wait_max_ms = 60000;

static int check_part(struct transfer *t)
{
	uint8_t head[512];
	ssize_t n = pread(t->fd, head, sizeof head, 0);
	if (n < 0)
		return -errno;
	int err = content_check(head, (size_t)n, t->item->expect, &t->note);
	if (!err && t->item->accept)
		err = t->item->accept(t->item->ctx, t->part, &t->note);
	return err;
}

static int keep(struct transfer *t)
{
	struct fetch_state s = { .checked = clock_unix(), .fetched = clock_unix(), .size = t->size };
	char name[PATH_MAX + 8];
	(void)snprintf(s.url, sizeof s.url, "%s", t->item->urls[t->url]);
	transfer_validators(t, &s);
	/* Without its state the old file would be asked for unconditionally: the safe side, should
	 * this machine stop between the two. */
	(void)snprintf(name, sizeof name, "%s.state", t->item->path);
	unlink(name);
	int fd = t->fd;
	t->fd = -1;
	int err = file_commit(fd, t->part, t->item->path);
	if (!err)
		err = fetch_state_write(t->item->path, &s);
	transfer_drop_part(t);
	return err ? err_set(&t->note, err, "%s: %s", t->item->path, err_text(err)) : 0;
}

static enum transfer_next succeed(struct transfer *t, enum fetch_outcome outcome, uint64_t size)
{
	t->result->outcome = outcome;
	t->result->err = 0;
	t->result->note.text[0] = 0;
	t->result->size = size;
	transfer_done(t);
	return TRANSFER_DONE;
}

/* The next try, the next mirror, or the end. */
static enum transfer_next later(struct transfer *t, int err, bool again)
{
	unsigned tries = or_default(t->o->tries, 3);
	curl_off_t asked = 0;
	if (t->easy)
		(void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &asked);
	transfer_drop_handle(t);
	t->redirects = 0;
	t->result->note = t->note;
	t->tries++;
	if (again && t->tries < tries && asked * 1000 <= wait_max_ms) {
		t->wait_ms = (int64_t)or_default(t->o->backoff_ms, 1000) << (t->tries - 1);
		t->wait_ms = MIN(MAX(t->wait_ms, (int64_t)asked * 1000), wait_max_ms);
	} else if (t->url + 1 < FETCH_URLS_MAX && t->item->urls[t->url + 1] && err != -ENOSPC) {
		t->url++;
		t->tries = 0;
		t->wait_ms = 0;
	} else {
		(void)transfer_fail(t, err);
		return TRANSFER_DONE;
	}
	(void)snprintf(t->address, sizeof t->address, "%s", t->item->urls[t->url]);
	return TRANSFER_AGAIN;
}

static enum transfer_next redirect(struct transfer *t, long status)
{
	char *to = NULL;
	(void)curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &to);
	if (!to || strlen(to) >= sizeof t->address) {
		t->note.text[0] = 0;
		return later(t, err_set(&t->note, -EREMOTEIO, "answered %ld without a new address", status), false);
	}
	if (++t->redirects > FETCH_REDIRECTS_MAX) {
		return later(t, err_set(&t->note, -ELOOP, "redirected more than %d times", FETCH_REDIRECTS_MAX),
			false);
	}
	/* The fragment of a Location is for browsers. */
	(void)snprintf(t->address, sizeof t->address, "%.*s", (int)strcspn(to, "#"), to);
	int err = fetch_check_url(t->address, t->item->http, &t->note);
	/* A public address must not lead into this machine. */
	if (!err && !fetch_url_loopback(t->item->urls[t->url]) && fetch_url_loopback(t->address))
		err = err_set(&t->note, ERR_REFUSED, "redirected to this machine: %s", t->address);
	if (err)
		return later(t, err, false);
	transfer_drop_handle(t);
	return TRANSFER_REDIRECT;
}

static enum transfer_next finish_status(struct transfer *t, long status)
{
	if (status == 304 && t->old.url[0]) {
		t->old.checked = clock_unix();
		uint64_t size = t->old.size;
		int err = fetch_state_write(t->item->path, &t->old);
		if (err)
			return later(t, err_set(&t->note, err, "%s.state: %s", t->item->path, err_text(err)), false);
		transfer_drop_part(t);
		return succeed(t, FETCH_SAME, size);
	}
	if (status >= 301 && status <= 308 && status != 304)
		return redirect(t, status);
	if (status == 416 && t->asked_range) { /* the part is no beginning of what is there now */
		if (ftruncate(t->fd, 0) < 0)
			return later(t, err_set(&t->note, -errno, "%s: %s", t->part, err_text(-errno)), false);
		return later(t, err_set(&t->note, -EREMOTEIO, "cannot be continued"), true);
	}
	bool again = status >= 500 || status == 429 || status == 408;
	return later(t, err_set(&t->note, -EREMOTEIO, "the server answered %ld", status), again);
}

static int curl_errno(CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return -EHOSTUNREACH;
	case CURLE_COULDNT_CONNECT:
		return -ECONNREFUSED;
	case CURLE_PARTIAL_FILE:
		return ERR_TRUNCATED;
	case CURLE_FILESIZE_EXCEEDED:
		return ERR_LIMIT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return -EKEYREJECTED;
	default:
		return -ECONNRESET;
	}
}

/* What will not get better by asking again. */
static bool permanent(CURLcode code, int err)
{
	return code == CURLE_FILESIZE_EXCEEDED || code == CURLE_PEER_FAILED_VERIFICATION ||
		code == CURLE_SSL_CACERT_BADFILE || code == CURLE_UNSUPPORTED_PROTOCOL ||
		code == CURLE_URL_MALFORMAT || (err && err != ERR_MALFORMED && err != ERR_TRUNCATED);
}

enum transfer_next transfer_finish(struct transfer *t, CURLcode code)
{
	long status = 0;
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status)
		t->result->http = status;
	if (code == CURLE_WRITE_ERROR && !t->err) /* an error's page, too long to read to its end */
		return finish_status(t, status);
	if (code != CURLE_OK) {
		int err = t->err ? t->err : curl_errno(code);
		if (code == CURLE_FILESIZE_EXCEEDED)
			(void)err_set(&t->note, err, "larger than %llu bytes", (unsigned long long)transfer_limit(t));
		(void)err_set(&t->note, err, "%s", t->curl_text[0] ? t->curl_text : curl_easy_strerror(code));
		if (err == -ECANCELED) {
			(void)transfer_fail(t, err);
			return TRANSFER_DONE;
		}
		if (t->err == -ENOSPC || t->err == -EDQUOT || t->err == ERR_LIMIT || err == ERR_LIMIT)
			transfer_drop_part(t); /* a full disk is not filled further */
		return later(t, err, !permanent(code, t->err));
	}
	if (status != 200 && status != 206)
		return finish_status(t, status);
	int err = t->body ? check_part(t) : err_set(&t->note, ERR_FORMAT, "the answer is empty");
	if (!err)
		err = keep(t);
	if (!err)
		return succeed(t, FETCH_NEW, t->size);
	/* ENOSPC: unpacking or committing; anything else was refused for what it is. */
	transfer_drop_part(t);
	return later(t, err, false);
}
