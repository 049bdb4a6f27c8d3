/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/staff/qr.h"

#include <qrencode.h>

enum { QUIET = 4, LONGEST = 400 };

static void literal(struct html_out *o, const char *s)
{
	html_literal(o, s, strlen(s));
}

/* One run of dark squares: "M5 7h3v1h-3z". */
static void run(struct html_out *o, int x, int y, int n)
{
	literal(o, "M");
	html_int(o, x + QUIET);
	literal(o, " ");
	html_int(o, y + QUIET);
	literal(o, "h");
	html_int(o, n);
	literal(o, "v1h-");
	html_int(o, n);
	literal(o, "z");
}

static void squares(struct html_out *o, const QRcode *q)
{
	for (int y = 0; y < q->width; y++)
		for (int x = 0, n; x < q->width; x += n ? n : 1) {
			n = 0;
			while (x + n < q->width && q->data[y * q->width + x + n] & 1)
				n++;
			if (n)
				run(o, x, y, n);
		}
}

void qr_put(struct html_out *o, const char *s, const char *title)
{
	QRcode *q = strlen(s) <= LONGEST ? QRcode_encodeString8bit(s, 0, QR_ECLEVEL_M) : NULL;
	if (!q)
		return;
	int side = q->width + 2 * QUIET;
	literal(o, "<svg class=\"qr\" role=\"img\" aria-label=\"");
	html_text(o, title);
	literal(o, "\" viewBox=\"0 0 ");
	html_int(o, side);
	literal(o, " ");
	html_int(o, side);
	literal(o, "\" width=\"264\" height=\"264\"><path fill=\"#fff\" d=\"M0 0h");
	html_int(o, side);
	literal(o, "v");
	html_int(o, side);
	literal(o, "h-");
	html_int(o, side);
	literal(o, "z\"/><path fill=\"#000\" shape-rendering=\"crispEdges\" d=\"");
	squares(o, q);
	literal(o, "\"/></svg>");
	QRcode_free(q);
}
