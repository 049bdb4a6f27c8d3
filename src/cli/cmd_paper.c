/* SPDX-License-Identifier: Apache-2.0 */
/* hisn-paper: a document as JSON on standard input, as PDF on standard output. Run by the desk, one process a
 * document; not among the verbs of `hisn`. */
#include "base/file.h"
#include "cli/cli.h"
#include "paper/confine.h"
#include "paper/pdf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const struct cli_option options[] = { { NULL } };
static const struct cli_program program = {
	.name = "hisn-paper",
	.usage = "< DOCUMENT.json > DOCUMENT.pdf",
	.about = "Makes a PDF of a document (src/paper/document.h). The desk runs it; it reads no file but fonts and has no\n"
		 "network. Nothing of the document is said in its errors.",
	.options = options,
};

static int take(void *ctx, const struct cli_option *o, const char *value)
{
	fprintf(stderr, "hisn-paper: what is '%s'?\n", value);
	return EXIT_USAGE;
}

static int read_all(int fd, uint8_t *to, size_t cap, size_t *ret)
{
	size_t n = 0;
	while (n < cap) {
		ssize_t got = read(fd, to + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			*ret = n;
			return got < 0 ? -errno : 0;
		}
		n += (size_t)got;
	}
	return ERR_LIMIT;
}

static int print(uint8_t *room)
{
	struct arena a;
	struct paper_document d;
	struct paper_pdf out = { NULL };
	size_t n = 0;
	arena_init(&a, 64 << 20);
	int err = read_all(STDIN_FILENO, room, PAPER_INPUT_MAX + 1, &n);
	if (!err)
		err = paper_document_read(&a, bytes_of(room, n), &d);
	if (!err)
		err = paper_pdf(&d, &out);
	if (!err)
		err = file_write_all(STDOUT_FILENO, out.p, out.n);
	free(out.p);
	arena_done(&a);
	return err;
}

int main(int argc, char **argv)
{
	struct err_note note = { "" };
	int code = cli_parse(&program, argc, argv, take, NULL);
	if (code >= 0)
		return code;
	uint8_t *room = malloc(PAPER_INPUT_MAX + 1);
	paper_pdf_warm();
	int err = room ? paper_confine(&note) : -ENOMEM;
	if (!err)
		err = print(room);
	free(room);
	return err ? cli_fail(&program, "%s", err_say(&note, err)) : EXIT_OK;
}
