/* SPDX-License-Identifier: Apache-2.0 */
/* Any texts as a letter: refused, or a message whose headers are ours alone and whose lines are short.
 * Parts between NULs: to, subject, name, text, attachment's name, type, body. */
#include "desk/post/write.h"
#include "fuzz.h"

#include <string.h>

static bool known(const char *line)
{
	static const char *const header[] = { "From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "MIME-Version: ",
		"Auto-Submitted: ", "Content-Type: ", "Content-Transfer-Encoding: ", " " };
	for (size_t i = 0; i < ARRAY_LEN(header); i++)
		if (!strncmp(line, header[i], strlen(header[i])))
			return true;
	return false;
}

static void look(struct bytes m)
{
	bool head = true;
	unsigned headers = 0;
	check(m.n && m.p[m.n - 1] == '\n' && !memchr(m.p, '\r', m.n) && !memchr(m.p, 0, m.n));
	for (const uint8_t *at = m.p, *end; at < m.p + m.n; at = end + 1) {
		end = memchr(at, '\n', (size_t)(m.p + m.n - at));
		head &= end != at;
		headers += head && *at != ' ';
		check(!head || known((const char *)at));
		check(end - at <= (head ? 320 : 200));
		for (const uint8_t *c = at; c < end; c++)
			check(*c < 0x7f && (*c >= 0x20 || *c == '\t'));
	}
	check(!head && headers >= 7 && headers <= 9);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a;
	struct bytes message = { NULL, 0 };
	const char *part[7] = { "a@b.example", "", NULL, "", NULL, NULL, "" };
	char *text = malloc(n + 1), *at = text;
	memcpy(text, p, n);
	text[n] = 0;
	for (size_t i = 0; i < ARRAY_LEN(part) && at <= text + n; i++, at += strlen(at) + 1)
		part[i] = at;
	const struct post_attachment x = { part[4] ? part[4] : "", part[5] ? part[5] : "", bytes_str(part[6]) };
	struct post_letter l = { .from = "desk@desk.example", .name = part[2], .to = part[0], .subject = part[1],
		.text = part[3], .attached = part[4] ? &x : NULL, .at = (int64_t)n * 86400, .automatic = n & 1 };
	arena_init(&a, 0);
	int err = post_write(&a, &l, &message);
	check(err == 0 || err == ERR_MALFORMED || err == ERR_LIMIT);
	if (!err)
		look(message);
	else
		check(!message.p);
	arena_done(&a);
	free(text);
	return 0;
}
