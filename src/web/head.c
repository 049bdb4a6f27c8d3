/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at the head of every answer. */
#include "web/int.h"

#include "base/clock.h"

#include <stdarg.h>

/* docs: OWASP Secure Headers; CSP 3; no script anywhere, so default-src 'none' can hold. */
const struct web_pair web_fixed_headers[] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
		"frame-ancestors 'none'; base-uri 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), "
		"encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
		"midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), "
		"usb=(), web-share=(), xr-spatial-tracking=()" },
};
const size_t web_fixed_header_n = ARRAY_LEN(web_fixed_headers);

void web_date(int64_t now, char ret[32])
{
	static const char day[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char month[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = civil_from_seconds(now - now % 60);
	snprintf(ret, 32, "%s, %02d %s %04d %02d:%02d:00 GMT", day[civil_weekday(now / 86400)], c.day % 100,
		month[c.month - 1], (int)c.year % 10000, c.hour % 100, c.minute % 100);
}

const char *web_reason(int status)
{
	switch (status) {
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 411: return "Length Required";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 431: return "Request Header Fields Too Large";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	default: return status < 400 ? "OK" : "Error";
	}
}

struct text {
	char *p;
	size_t n, size;
};

static void printf_like(2, 3) say(struct text *t, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(t->p + t->n, t->size - t->n, format, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < t->size - t->n);
	t->n += (size_t)n;
}

size_t web_canned(const struct web *w, int status, char *buf, size_t size)
{
	struct text t = { buf, 0, size };
	char date[32];
	web_date(clock_unix(), date);
	say(&t, "HTTP/1.1 %d %s\r\nConnection: close\r\nDate: %s\r\nCache-Control: no-store\r\n", status,
		web_reason(status), date);
	for (size_t i = 0; i < web_fixed_header_n; i++)
		say(&t, "%s: %s\r\n", web_fixed_headers[i].name, web_fixed_headers[i].value);
	say(&t, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s\n",
		strlen(web_reason(status)) + 1, web_reason(status));
	return t.n;
}
