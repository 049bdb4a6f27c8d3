/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One error idiom for every room: an int, 0 or positive for success, a negative errno value, or
 * one of ERR_* from -1000 downwards. Each has a sentence for a person. Libraries return errors;
 * only programs (cli) and top loops log them. */

#include "base/attr.h"

enum {
	ERR_FORMAT = -1000,     /* not a file of the expected kind */
	ERR_CHECKSUM = -1001,   /* damaged: checksum does not match */
	ERR_VERSION = -1002,    /* a version this program does not know */
	ERR_LIMIT = -1003,      /* larger than a documented limit */
	ERR_NAME = -1004,       /* not a domain name */
	ERR_MALFORMED = -1005,  /* a message or field that breaks its specification */
	ERR_TRUNCATED = -1006,  /* ends before it should */
	ERR_KEY = -1007,        /* made with another hash key */
	ERR_CONFIG = -1008,     /* a configuration file that was refused; the note says where */
	ERR_TIME = -1009,       /* not a time, date or time zone */
	ERR_REFUSED = -1010,    /* refused by a safety rule; the note says which */
	ERR_CHILD = -1011,      /* a supervised process could not be started, or died */
};

/* A sentence, never NULL, valid for ever. */
const char *err_text(int err);

/* Where and why, for a person: "home.yaml:12:5: unknown key 'bedtme' (known: ...)". */
struct err_note {
	char text[512];
};

/* Write a note (NULL is fine) and return err, so that a caller can `return err_set(...)`.
 * The first note wins: a deeper, more exact one is never overwritten by a caller's. */
int err_set(struct err_note *note, int err, const char *format, ...) printf_like(3, 4);

/* The note's text if it has any, else err_text(err). */
const char *err_say(const struct err_note *note, int err);
