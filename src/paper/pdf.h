/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The document as PDF, A4: its reference, page number and who printed it stand on each page. Fonts: Noto Sans and Noto
 * Sans Arabic, embedded. Nothing in it but text: no link, no picture, no script. */

#include "paper/document.h"

enum { PAPER_PAGES_MAX = 400, PAPER_OUTPUT_MAX = 12 << 20 };
struct paper_pdf { uint8_t *p; size_t n; unsigned pages; }; /* p: free() */
/* ERR_LIMIT: more pages or bytes; -ENOMEM; ERR_FORMAT: the libraries could not draw it. */
must_use int paper_pdf(const struct paper_document *d, struct paper_pdf *ret);
/* Loads fonts, so that nothing is opened for the first time after paper_confine. */
void paper_pdf_warm(void);
