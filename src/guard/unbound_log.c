/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/unbound_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <unistd.h>

enum { LINES_A_MINUTE = 20 };

/* Names have dots, or stand in <name TYPE CLASS>. Numbers and addresses (digits, hex, ':', '@',
 * '.') and full paths are none. Better too much left out than one name in a log. */
static bool may_be_name(const char *w, size_t n)
{
	if (memchr(w, '<', n) || memchr(w, '>', n))
		return true;
	while (n && (w[n - 1] == '.' || w[n - 1] == ',' || w[n - 1] == ':') && n > 1)
		n--; /* the sentence's */
	if (w[0] == '/' || !memchr(w, '.', n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!strchr("0123456789.:@", w[i]))
			return true;
	return false;
}

const char *unbound_log_text(const char *line, bool *ret_hidden)
{
	*ret_hidden = false;
	const char *levels[] = { "fatal error: ", "error: ", "warning: " };
	const char *text = NULL;
	for (size_t i = 0; i < ARRAY_LEN(levels) && !text; i++) {
		text = strstr(line, levels[i]);
		/* "[1700000000] unbound[12:0] error: ...": the level stands before any other text. */
		if (text && (size_t)(text - line) > 60)
			text = NULL;
	}
	if (!text)
		return NULL;
	for (const char *w = text; *w;) {
		size_t n = strcspn(w, " ");
		if (n && may_be_name(w, n))
			*ret_hidden = true;
		w += n + (w[n] == ' ');
	}
	return text;
}

static void tell(struct unbound_log *l)
{
	bool hidden;
	const char *text = unbound_log_text(l->line, &hidden);
	if (!text)
		return;
	int64_t minute = clock_mono_ms() / 60000;
	if (minute != l->minute)
		l->lines = 0;
	l->minute = minute;
	if (l->lines++ >= LINES_A_MINUTE)
		return;
	if (hidden)
		log_warning("unbound: (a message that may hold a name is left out)");
	else
		log_warning("unbound: %s", text);
}

static void take_byte(struct unbound_log *l, char c)
{
	if (c == '\n') {
		l->line[l->n] = 0;
		if (!l->skip)
			tell(l);
		l->n = 0;
		l->skip = false;
	} else if (l->n + 1 < sizeof l->line) {
		l->line[l->n++] = (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
	} else {
		l->skip = true; /* cut, half a name might look like none */
	}
}

bool unbound_log_read(struct unbound_log *l, int fd)
{
	char buf[4096];
	for (int reads = 0; reads < 16; reads++) {
		ssize_t n = read(fd, buf, sizeof buf);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		for (ssize_t i = 0; i < n; i++)
			take_byte(l, buf[i]);
	}
	return true;
}
