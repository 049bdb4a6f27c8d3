/* SPDX-License-Identifier: Apache-2.0 */
/* The first member of a zip file (PKWARE APPNOTE 6.3, sections 4.3.7 and 4.3.9):
 *
 *     PK\3\4 | version 2 | flags 2 | method 2 | time 4 | crc 4 | packed 4 | size 4 | name 2 | extra 2
 *     | name | extra | data | with flag 8: [PK\7\8] crc packed size */
#include "fetch/unpack.h"

#include "base/file.h"

#include <zlib.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HEADER = 30, LINE_MAX_BYTES = 300, FLAG_SECRET = 1, FLAG_LATER = 8 };
static const uint64_t total_default = 1ull << 30;
static const size_t archive_max = 64u << 20;

struct names {
	int (*line)(void *ctx, const char *name, size_t n);
	void *ctx;
	uint64_t lines, max_lines, total, max_total;
	uint32_t crc;
	char at[LINE_MAX_BYTES];
	size_t n;
	bool overlong;
};

static bool host_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && c != '-' && c != '_' && c != '.')
			return false;
	}
	return n > 0 && n <= 253;
}

static int line_end(struct names *l)
{
	const char *s = l->at, *comma = memchr(s, ',', l->n);
	size_t n = l->n;
	l->n = 0;
	if (l->overlong) {
		l->overlong = false;
		return 0;
	}
	if (comma) {
		n -= (size_t)(comma - s) + 1;
		s = comma + 1;
	}
	while (n && s[n - 1] == '\r')
		n--;
	if (!host_name(s, n) || (l->max_lines && l->lines >= l->max_lines))
		return 0;
	l->lines++;
	return l->line(l->ctx, s, n);
}

static int take(struct names *l, const uint8_t *p, size_t n)
{
	l->total += n;
	if (l->total > l->max_total)
		return ERR_LIMIT;
	l->crc = (uint32_t)crc32(l->crc, p, (unsigned)n);
	for (size_t i = 0; i < n; i++) {
		int err = 0;
		if (p[i] == '\n')
			err = line_end(l);
		else if (l->n < sizeof l->at)
			l->at[l->n++] = (char)p[i];
		else
			l->overlong = true;
		if (err)
			return err;
	}
	return 0;
}

static int inflate_all(struct names *l, struct bytes data, size_t *ret_used)
{
	uint8_t out[32768];
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)data.p, .avail_in = (unsigned)data.n };
	int code = Z_OK, err = 0;
	if (inflateInit2(&z, -15) != Z_OK)
		return -ENOMEM;
	while (code != Z_STREAM_END && !err) {
		z.next_out = out;
		z.avail_out = sizeof out;
		code = inflate(&z, Z_NO_FLUSH);
		if (code == Z_BUF_ERROR || (code == Z_OK && z.avail_out && !z.avail_in))
			err = ERR_TRUNCATED;
		else if (code != Z_OK && code != Z_STREAM_END)
			err = ERR_FORMAT;
		else
			err = take(l, out, sizeof out - z.avail_out);
	}
	*ret_used = data.n - z.avail_in;
	inflateEnd(&z);
	return err;
}

/* The checksum stands in the header, or after the data, with or without a signature. */
static int check_crc(const struct names *l, const uint8_t *header, struct bytes rest)
{
	static const uint8_t sign[] = { 'P', 'K', 7, 8 };
	uint32_t want = le32_get(header + 14);
	if (header[6] & FLAG_LATER) {
		size_t skip = rest.n >= 4 && !memcmp(rest.p, sign, 4) ? 4 : 0;
		if (rest.n < skip + 4)
			return ERR_TRUNCATED;
		want = le32_get(rest.p + skip);
	}
	return want == l->crc ? 0 : ERR_CHECKSUM;
}

int64_t unpack_zip_names(struct bytes zip, uint64_t max_total, uint64_t max_lines,
	int (*line)(void *ctx, const char *name, size_t n), void *ctx)
{
	static const uint8_t sign[] = { 'P', 'K', 3, 4 };
	if (zip.n < HEADER || zip.n > archive_max || memcmp(zip.p, sign, 4) != 0)
		return ERR_FORMAT;
	const uint8_t *h = zip.p;
	unsigned flags = h[6] | (unsigned)h[7] << 8, method = h[8] | (unsigned)h[9] << 8;
	size_t lead = HEADER + (h[26] | (size_t)h[27] << 8) + (h[28] | (size_t)h[29] << 8), used;
	if ((flags & FLAG_SECRET) || (method != 8 && (method != 0 || (flags & FLAG_LATER))))
		return ERR_VERSION;
	if (lead > zip.n)
		return ERR_TRUNCATED;
	struct names l = { .line = line, .ctx = ctx, .max_lines = max_lines,
		.max_total = max_total ? max_total : total_default };
	struct bytes data = bytes_of(h + lead, zip.n - lead);
	int err;
	if (method == 8) {
		err = inflate_all(&l, data, &used);
	} else {
		used = le32_get(h + 22);
		err = used > data.n ? ERR_TRUNCATED : take(&l, data.p, used);
	}
	if (!err && l.n)
		err = line_end(&l);
	if (!err)
		err = check_crc(&l, h, bytes_of(data.p + used, data.n - used));
	return err ? err : (int64_t)l.lines;
}

static int write_line(void *ctx, const char *name, size_t n)
{
	FILE *f = ctx;
	return fwrite(name, 1, n, f) == n && fputc('\n', f) != EOF ? 0 : -errno;
}

int unpack_popular(const char *archive, const char *out, const struct unpack_limits *limits,
	struct err_note *note)
{
	struct bytes zip;
	char temp[PATH_MAX];
	int fd, err = file_read(archive, archive_max, &zip);
	if (err)
		return err_set(note, err, "%s: %s", archive, err_text(err));
	err = file_temp(out, 0644, temp, &fd);
	if (err)
		goto out;
	FILE *f = fdopen(dup(fd), "w");
	int64_t got = f ? unpack_zip_names(zip, limits ? limits->max_total : 0, limits ? limits->max_lines : 0,
				  write_line, f)
			: -ENOMEM;
	if (f && fclose(f) && got >= 0)
		got = -errno;
	err = got < 0 ? (int)got : got == 0 ? ERR_FORMAT : 0;
	if (err) {
		close(fd);
		unlink(temp);
	} else {
		err = file_commit(fd, temp, out);
	}
out:
	free((void *)(uintptr_t)zip.p);
	return err ? err_set(note, err, "the archive: %s", err_text(err)) : 0;
}
