/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "web/html.h"

/* text as a QR code (libqrencode), an SVG with a title: black on white in every colour scheme, with the quiet zone
 * that cameras need. At most 400 bytes; nothing is written where it cannot be made. */
void qr_put(struct html_out *o, const char *text, const char *title);
