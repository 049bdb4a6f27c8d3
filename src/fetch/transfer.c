/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/transfer.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t max_default = 256u << 20, page_max = 64u << 10;

void transfer_init(struct transfer *t, const struct fetch_options *o, const struct fetch_item *item,
	size_t index, struct fetch_result *result)
{
	*t = (struct transfer){ .o = o, .item = item, .result = result, .index = index, .fd = -1 };
	*result = (struct fetch_result){ .outcome = FETCH_FAILED };
	(void)snprintf(t->address, sizeof t->address, "%s", item->urls[0] ? item->urls[0] : "");
}

void transfer_drop_handle(struct transfer *t)
{
	if (t->easy)
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	t->easy = NULL;
	t->headers = NULL;
}

void transfer_done(struct transfer *t)
{
	transfer_drop_handle(t);
	if (t->fd >= 0)
		close(t->fd); /* and with it the lock */
	t->fd = -1;
}

int transfer_fail(struct transfer *t, int err)
{
	t->result->outcome = FETCH_FAILED;
	t->result->err = err;
	t->result->note = t->note;
	transfer_done(t);
	return err;
}

void transfer_drop_part(struct transfer *t)
{
	char name[PATH_MAX + 8];
	unlink(t->part);
	(void)snprintf(name, sizeof name, "%s.state", t->part);
	unlink(name);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

/* A part may be continued only from the address that began it, and only under a validator that
 * guards the range (RFC 9110 section 13.1.5). Otherwise it is emptied. */
static void part_resume(struct transfer *t, struct fetch_state *ret)
{
	struct stat st;
	if (fstat(t->fd, &st) == 0 && st.st_size > 0 && fetch_state_read(t->part, ret) == 0 &&
		!strcmp(ret->url, t->item->urls[t->url]) &&
		(fetch_etag_strong(ret->etag) || ret->modified[0])) {
		t->offset = t->size = (uint64_t)st.st_size;
		return;
	}
	t->offset = t->size = 0;
	*ret = (struct fetch_state){ 0 };
}

/* The lock keeps a second process from writing into the same part. */
static int part_open(struct transfer *t)
{
	if (t->fd >= 0)
		return 0;
	if (snprintf(t->part, sizeof t->part, "%s.part", t->item->path) >= (int)sizeof t->part)
		return err_set(&t->note, -ENAMETOOLONG, "%s: the path is too long", t->item->path);
	int fd = open(t->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_set(&t->note, -errno, "%s: %s", t->part, err_text(-errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return err_set(&t->note, -EBUSY, "another update is fetching it");
	}
	t->fd = fd;
	return 0;
}

static void add_header(struct transfer *t, const char *name, const char *value)
{
	char line[FETCH_VALIDATOR_MAX + 64];
	(void)snprintf(line, sizeof line, "%s: %s", name, value);
	struct curl_slist *more = curl_slist_append(t->headers, line);
	if (more)
		t->headers = more;
}

/* Only if the file is still what the state says it is. */
static bool have_old(struct transfer *t)
{
	struct stat st;
	if (t->item->force || fetch_state_read(t->item->path, &t->old) ||
		strcmp(t->old.url, t->item->urls[t->url]) != 0)
		return false;
	return stat(t->item->path, &st) == 0 && (uint64_t)st.st_size == t->old.size;
}

static void set_conditions(struct transfer *t)
{
	struct fetch_state part = { 0 };
	char value[64];
	t->old = (struct fetch_state){ 0 };
	if (!have_old(t))
		t->old = (struct fetch_state){ 0 };
	if (t->old.etag[0])
		add_header(t, "If-None-Match", t->old.etag);
	else if (t->old.modified[0])
		add_header(t, "If-Modified-Since", t->old.modified);
	part_resume(t, &part);
	t->asked_range = t->offset > 0;
	if (t->asked_range) {
		(void)snprintf(value, sizeof value, "bytes=%llu-", (unsigned long long)t->offset);
		add_header(t, "Range", value);
		add_header(t, "If-Range", fetch_etag_strong(part.etag) ? part.etag : part.modified);
	}
}

static const char *header(struct transfer *t, const char *name)
{
	struct curl_header *h;
	return curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

void transfer_validators(struct transfer *t, struct fetch_state *s)
{
	const char *etag = header(t, "ETag"), *modified = header(t, "Last-Modified");
	if (etag && fetch_etag_valid(etag))
		(void)snprintf(s->etag, sizeof s->etag, "%s", etag);
	if (modified && curl_getdate(modified, NULL) > 0 && strlen(modified) < 64)
		(void)snprintf(s->modified, sizeof s->modified, "%s", modified);
}

/* RFC 9110 section 8.8.2.2: a date guards a range only if it lies before the answer's own. */
static bool modified_strong(struct transfer *t)
{
	const char *date = header(t, "Date"), *modified = header(t, "Last-Modified");
	return date && modified && curl_getdate(date, NULL) > curl_getdate(modified, NULL);
}

/* The part starts anew: its validators go first, so that a crash cannot pair old with new. */
static int part_restart(struct transfer *t)
{
	struct fetch_state s = { .fetched = clock_unix() };
	t->offset = t->size = 0;
	if (ftruncate(t->fd, 0) < 0)
		return -errno;
	transfer_validators(t, &s);
	if (!fetch_etag_strong(s.etag))
		s.etag[0] = 0;
	if (!s.etag[0] && !modified_strong(t))
		s.modified[0] = 0;
	(void)snprintf(s.url, sizeof s.url, "%s", t->item->urls[t->url]);
	return fetch_state_write(t->part, &s);
}

/* RFC 9110 section 14.4: "bytes FIRST-LAST/COMPLETE"; anything but our place is refused. */
static bool range_fits(struct transfer *t)
{
	const char *range = header(t, "Content-Range");
	char *end;
	if (!t->asked_range || !range || strncmp(range, "bytes ", 6) != 0)
		return false;
	errno = 0;
	unsigned long long first = strtoull(range + 6, &end, 10);
	return !errno && end > range + 6 && *end == '-' && first == t->offset;
}

/* Whether the end of this body can be told from a cut connection (RFC 9112 section 8). */
static bool length_known(struct transfer *t)
{
	long version = 0;
	(void)curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
	return version >= CURL_HTTP_VERSION_2_0 || header(t, "Content-Length") ||
		header(t, "Transfer-Encoding");
}

static int body_first(struct transfer *t, long status)
{
	const char *coding = header(t, "Content-Encoding");
	if (coding && strcmp(coding, "identity") != 0)
		return err_set(&t->note, ERR_FORMAT, "came as %.32s, though not asked to", coding);
	if (!length_known(t))
		return err_set(&t->note, ERR_TRUNCATED, "the answer does not say where it ends");
	if (status == 206 && !range_fits(t)) {
		transfer_drop_part(t);
		return err_set(&t->note, ERR_MALFORMED, "the answer continues at another place");
	}
	int err = status == 206 ? 0 : part_restart(t);
	if (!err && lseek(t->fd, (off_t)t->size, SEEK_SET) < 0)
		err = -errno;
	if (err)
		return err_set(&t->note, err, "%s: %s", t->part, err_text(err));
	t->result->resumed = t->offset;
	t->body = true;
	return 0;
}

uint64_t transfer_limit(const struct transfer *t)
{
	return or_default(t->item->max_bytes, max_default);
}

static size_t on_body(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	long status = 0;
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->result->received += n;
	if (status != 200 && status != 206)
		return (t->page += n) <= page_max ? n : 0; /* an error's page: not kept */
	if (!t->body && (t->err = body_first(t, status)))
		return 0;
	if (t->size + n > transfer_limit(t)) {
		t->err = err_set(&t->note, ERR_LIMIT, "larger than %llu bytes", (unsigned long long)transfer_limit(t));
		return 0;
	}
	int err = file_write_all(t->fd, p, n);
	if (err) {
		t->err = err_set(&t->note, err, "%s: %s", t->part, err_text(err));
		return 0;
	}
	t->size += n;
	return n;
}

static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
	struct transfer *t = ctx;
	if (!t->body || !t->o->progress)
		return t->o->progress && t->o->progress(t->o->ctx, t->index, 0, 0) ? (t->err = -ECANCELED, 1) : 0;
	t->total = total > 0 ? t->offset + (uint64_t)total : 0;
	return t->o->progress(t->o->ctx, t->index, t->size, t->total) ? (t->err = -ECANCELED, 1) : 0;
}

static int set_options(struct transfer *t)
{
	CURL *e = t->easy;
	const struct fetch_options *o = t->o;
	bool local = fetch_url_loopback(t->address);
	CURLcode c = 0;
	c |= curl_easy_setopt(e, CURLOPT_URL, t->address);
	c |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, t->item->http || local ? "http,https" : "https");
	/* Redirects are followed by hand, since each must pass fetch_check_url. */
	c |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	c |= curl_easy_setopt(e, CURLOPT_USERAGENT, o->user_agent ? o->user_agent : "hisn (+lists)");
	c |= curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	if (local)
		c |= curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	c |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	c |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	c |= curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->ca_file)
		c |= curl_easy_setopt(e, CURLOPT_CAINFO, o->ca_file);
	c |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, (long)or_default(o->connect_s, 15));
	c |= curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)or_default(o->total_s, 900));
	c |= curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 16L);
	c |= curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)or_default(o->stall_s, 30));
	c |= curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer_limit(t));
	c |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	c |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_text);
	c |= curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	c |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	c |= curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	c |= curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	c |= curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	c |= curl_easy_setopt(e, CURLOPT_XFERINFODATA, t);
	c |= curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	return c ? -EINVAL : 0;
}

int transfer_begin(struct transfer *t)
{
	t->err = 0;
	t->body = t->asked_range = false;
	t->note.text[0] = t->curl_text[0] = 0;
	t->offset = t->size = t->total = t->page = 0;
	int err = fetch_check_url(t->address, t->item->http, &t->note);
	if (err || (err = part_open(t)))
		return transfer_fail(t, err);
	t->easy = curl_easy_init();
	if (!t->easy)
		return transfer_fail(t, -ENOMEM);
	/* A resumed range must be one of the bytes themselves, not of a compressed form. */
	add_header(t, "Accept-Encoding", "identity");
	set_conditions(t);
	err = set_options(t);
	if (err)
		return transfer_fail(t, err);
	t->result->tries += t->redirects == 0;
	return 0;
}
