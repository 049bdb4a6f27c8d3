/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One item on its way: a request, what came back, and the file it goes to. Inside the room only.
 *
 *     begin -> (curl runs) -> finish -> done, again after a pause, or on to the next redirect */

#include "fetch/fetch.h"
#include "fetch/state.h"

#include <curl/curl.h>
#include <limits.h>

enum transfer_next {
	TRANSFER_DONE,     /* result is complete */
	TRANSFER_AGAIN,    /* begin again after wait_ms */
	TRANSFER_REDIRECT, /* begin again at once, with the new address */
};

struct transfer {
	const struct fetch_options *o;
	const struct fetch_item *item;
	struct fetch_result *result;
	size_t index;

	unsigned url, tries, redirects; /* which mirror; tries of it; redirects of this try */
	char address[FETCH_URL_MAX];    /* where this request goes: the mirror, or a redirect's target */
	int64_t wait_ms;                /* TRANSFER_AGAIN */

	struct fetch_state old;         /* of the file that is there; url "" if none */
	char part[PATH_MAX];
	int fd;                         /* of the part, locked; -1 */
	uint64_t offset, size;          /* asked to continue at; the part's size now */
	uint64_t total;                 /* as announced; 0 unknown */
	uint64_t page;                  /* bytes of an error's page */
	bool asked_range, body;         /* body: bytes of a 200 or 206 have been accepted */

	CURL *easy;
	struct curl_slist *headers;
	char curl_text[CURL_ERROR_SIZE];
	int err;                        /* why our own callbacks ended it */
	struct err_note note;
};

/* result and item outlive the transfer. */
void transfer_init(struct transfer *t, const struct fetch_options *o, const struct fetch_item *item,
	size_t index, struct fetch_result *result);
void transfer_done(struct transfer *t);

/* A ready easy handle in t->easy, or a final error: then the result is complete. */
must_use int transfer_begin(struct transfer *t);
enum transfer_next transfer_finish(struct transfer *t, CURLcode code);

/* The pieces the two halves share (transfer.c: the request, outcome.c: its end). */
#define or_default(v, d) ((v) ? (v) : (d))
int transfer_fail(struct transfer *t, int err); /* completes the result; returns err */
void transfer_drop_handle(struct transfer *t);
void transfer_drop_part(struct transfer *t);    /* the files and the lock */
uint64_t transfer_limit(const struct transfer *t); /* bytes the file may have */
void transfer_validators(struct transfer *t, struct fetch_state *s);

bool fetch_url_loopback(const char *url);

/* content.c: what a finished download looks like. ERR_FORMAT with a note, or 0. */
must_use int content_check(const uint8_t *head, size_t n, enum fetch_expect expect, struct err_note *note);
