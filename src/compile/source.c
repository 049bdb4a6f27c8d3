/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/source.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { IN_SIZE = 256 << 10, BOMB_RATIO = 400, XZ_MEMORY = 256 << 20, ZSTD_WINDOW_LOG = 27 };
#define TEXT_MAX   ((uint64_t)8 << 30)
#define BOMB_FLOOR ((uint64_t)64 << 20)

enum packing { PLAIN, GZIP, XZ, ZSTD };

struct source {
	char *path;
	int fd;
	enum packing packing;
	bool eof, done, mid; /* file read; text delivered; inside a compressed frame */
	uint64_t taken, given;
	size_t at, n; /* unread part of in */
	XXH3_state_t *hash;
	z_stream gz;
	lzma_stream xz;
	ZSTD_DStream *zst;
	uint8_t in[IN_SIZE];
};

static int fill(struct source *s)
{
	if (s->eof || s->at < s->n)
		return 0;
	ssize_t r;
	do
		r = read(s->fd, s->in, IN_SIZE);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	s->at = 0;
	s->n = (size_t)r;
	s->eof = r == 0;
	s->taken += (uint64_t)r;
	XXH3_128bits_update(s->hash, s->in, (size_t)r);
	return 0;
}

static enum packing recognise(const struct source *s)
{
	static const struct {
		uint8_t magic[6];
		uint8_t n;
		enum packing packing;
	} known[] = {
		{ { 0x1f, 0x8b }, 2, GZIP },
		{ { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, XZ },
		{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, ZSTD },
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (s->n >= known[i].n && !memcmp(s->in, known[i].magic, known[i].n))
			return known[i].packing;
	return PLAIN;
}

static int start(struct source *s)
{
	s->packing = recognise(s);
	if (s->packing == GZIP && inflateInit2(&s->gz, 15 + 16) != Z_OK)
		return -ENOMEM;
	if (s->packing == XZ &&
		lzma_stream_decoder(&s->xz, XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK)
		return -ENOMEM;
	if (s->packing == ZSTD) {
		s->zst = ZSTD_createDStream();
		if (!s->zst)
			return -ENOMEM;
		(void)ZSTD_DCtx_setParameter(s->zst, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	}
	return 0;
}

int source_open(const char *path, struct source **ret, struct err_note *note)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	if (fd < 0)
		return err_set(note, -errno, "%s: %s", path, strerror(errno));
	struct source *s = calloc(1, sizeof *s);
	if (!s) {
		close(fd);
		return -ENOMEM;
	}
	s->fd = fd;
	s->xz = (lzma_stream)LZMA_STREAM_INIT;
	s->path = strdup(path);
	s->hash = XXH3_createState();
	if (!s->path || !s->hash)
		err = -ENOMEM;
	else if (fstat(fd, &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	if (!err) {
		XXH3_128bits_reset(s->hash);
		err = fill(s);
	}
	if (!err)
		err = start(s);
	if (err) {
		source_close(s);
		return err_set(note, err, "%s: %s", path, err_text(err));
	}
	*ret = s;
	return 0;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->packing == GZIP)
		inflateEnd(&s->gz);
	lzma_end(&s->xz);
	ZSTD_freeDStream(s->zst);
	XXH3_freeState(s->hash);
	close(s->fd);
	free(s->path);
	free(s);
}

static int64_t read_plain(struct source *s, char *buf, size_t cap)
{
	size_t n = MIN(cap, s->n - s->at);
	memcpy(buf, s->in + s->at, n);
	s->at += n;
	s->done = s->eof;
	return (int64_t)n;
}

static int64_t read_gzip(struct source *s, char *buf, size_t cap)
{
	if (s->eof && !s->mid) {
		s->done = true;
		return 0;
	}
	s->gz.next_in = s->in + s->at;
	s->gz.avail_in = (uInt)(s->n - s->at);
	s->gz.next_out = (Bytef *)buf;
	s->gz.avail_out = (uInt)cap;
	int r = inflate(&s->gz, Z_NO_FLUSH);
	s->at = s->n - s->gz.avail_in;
	if (s->eof && s->gz.avail_out == cap)
		return ERR_TRUNCATED;
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return r == Z_MEM_ERROR ? -ENOMEM : ERR_MALFORMED;
	s->mid = r != Z_STREAM_END;
	if (!s->mid && inflateReset(&s->gz) != Z_OK) /* RFC 1952 section 2.2: members may follow */
		return ERR_MALFORMED;
	return (int64_t)(cap - s->gz.avail_out);
}

static int64_t read_xz(struct source *s, char *buf, size_t cap)
{
	s->xz.next_in = s->in + s->at;
	s->xz.avail_in = s->n - s->at;
	s->xz.next_out = (uint8_t *)buf;
	s->xz.avail_out = cap;
	lzma_ret r = lzma_code(&s->xz, s->eof ? LZMA_FINISH : LZMA_RUN);
	s->at = s->n - s->xz.avail_in;
	if (r == LZMA_BUF_ERROR && s->eof)
		return ERR_TRUNCATED;
	if (r == LZMA_MEMLIMIT_ERROR)
		return ERR_LIMIT;
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return r == LZMA_MEM_ERROR ? -ENOMEM : ERR_MALFORMED;
	s->done = r == LZMA_STREAM_END;
	return (int64_t)(cap - s->xz.avail_out);
}

static int64_t read_zstd(struct source *s, char *buf, size_t cap)
{
	if (s->eof && !s->mid) {
		s->done = true;
		return 0;
	}
	ZSTD_inBuffer in = { s->in, s->n, s->at };
	ZSTD_outBuffer out = { buf, cap, 0 };
	size_t r = ZSTD_decompressStream(s->zst, &out, &in);
	if (ZSTD_isError(r))
		return ERR_MALFORMED;
	s->at = in.pos;
	s->mid = r != 0;
	if (s->eof && s->mid && out.pos == 0)
		return ERR_TRUNCATED;
	return (int64_t)out.pos;
}

static int64_t read_some(struct source *s, char *buf, size_t cap)
{
	int err = fill(s);
	if (err)
		return err;
	switch (s->packing) {
	case GZIP:
		return read_gzip(s, buf, cap);
	case XZ:
		return read_xz(s, buf, cap);
	case ZSTD:
		return read_zstd(s, buf, cap);
	default:
		return read_plain(s, buf, cap);
	}
}

int64_t source_read(struct source *s, char *buf, size_t cap, struct err_note *note)
{
	int64_t n = 0;
	while (n == 0 && !s->done)
		n = read_some(s, buf, MIN(cap, (size_t)1 << 30));
	if (n > 0) {
		s->given += (uint64_t)n;
		if (s->given > TEXT_MAX ||
			(s->given > BOMB_FLOOR && s->given / BOMB_RATIO > s->taken))
			n = ERR_LIMIT;
	}
	if (n == ERR_LIMIT)
		return err_set(
			note, ERR_LIMIT, "%s: unpacks to far more than a list can be", s->path);
	if (n < 0)
		return err_set(note, (int)n, "%s: %s", s->path, err_text((int)n));
	return n;
}

uint64_t source_taken(const struct source *s)
{
	return s->taken;
}

uint64_t source_file_size(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

void source_hash(const struct source *s, uint64_t ret[2])
{
	XXH128_hash_t h = XXH3_128bits_digest(s->hash);
	ret[0] = h.low64;
	ret[1] = h.high64;
}
