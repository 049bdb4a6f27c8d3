/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/sidecar.h"

#include "base/file.h"
#include "compile/rname.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define SIDECAR_FILE_MAX ((size_t)16 << 30)

struct sidecar {
	uint8_t *file;
	size_t n;
	struct sidecar_header h;
	struct policy_cat cats[CATS_MAX];
	struct policy_set *sets;
	const uint8_t *index;
	/* where reading stands */
	uint32_t block, left, at, raw_n;
	uint64_t seen;
	uint8_t *raw;
	uint8_t name[256], last[256];
	unsigned len;
};

static int check(struct sidecar *s, struct err_note *note)
{
	if (s->n < sizeof s->h)
		return err_set(note, ERR_TRUNCATED, "shorter than a header");
	memcpy(&s->h, s->file, sizeof s->h);
	if (memcmp(s->h.magic, SIDECAR_MAGIC, sizeof s->h.magic))
		return err_set(note, ERR_FORMAT, "not a file of names (IMAGE.names)");
	if (s->h.version != SIDECAR_VERSION)
		return err_set(note, ERR_VERSION, "version %u: this program reads version %d",
			s->h.version, SIDECAR_VERSION);
	if (s->h.size != s->n)
		return err_set(note, ERR_TRUNCATED, "%zu bytes, but the header says %llu", s->n,
			(unsigned long long)s->h.size);
	uint64_t sum[2], zero[2] = { 0, 0 };
	memcpy(s->file + offsetof(struct sidecar_header, checksum), zero, sizeof zero);
	policy_checksum(s->file, s->n, sum);
	if (memcmp(sum, s->h.checksum, sizeof sum))
		return err_set(note, ERR_CHECKSUM, "damaged: checksum does not match");
	if (s->h.cats > CATS_MAX || s->h.sets > POLICY_MAX_SETS || s->h.names > POLICY_MAX_NAMES)
		return err_set(note, ERR_LIMIT, "counts out of range");
	uint64_t need = sizeof s->h + s->h.cats * (uint64_t)sizeof *s->cats +
			s->h.sets * (uint64_t)sizeof *s->sets +
			s->h.blocks * (uint64_t)sizeof(struct sidecar_block);
	return need > s->n ? err_set(note, ERR_TRUNCATED, "tables longer than the file") : 0;
}

static int set_up(struct sidecar *s)
{
	size_t cats = s->h.cats * sizeof *s->cats, sets = s->h.sets * sizeof *s->sets;
	s->sets = malloc(sets + 1);
	s->raw = malloc(SIDECAR_RAW_MAX);
	if (!s->sets || !s->raw)
		return -ENOMEM;
	memcpy(s->cats, s->file + sizeof s->h, cats);
	for (unsigned i = 0; i < s->h.cats; i++)
		s->cats[i].name[CAT_NAME_MAX] = 0;
	memcpy(s->sets, s->file + sizeof s->h + cats, sets);
	s->index = s->file + sizeof s->h + cats + sets;
	return 0;
}

static int adopt(uint8_t *file, size_t n, struct sidecar **ret, struct err_note *note)
{
	struct sidecar *s = calloc(1, sizeof *s);
	if (!s) {
		free(file);
		return -ENOMEM;
	}
	s->file = file;
	s->n = n;
	int err = check(s, note);
	if (!err)
		err = set_up(s);
	if (err) {
		sidecar_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

int sidecar_open(const char *path, struct sidecar **ret, struct err_note *note)
{
	struct bytes b;
	struct err_note why = { "" };
	int err = file_read(path, SIDECAR_FILE_MAX, &b);
	if (!err)
		err = adopt((uint8_t *)(uintptr_t)b.p, b.n, ret, &why);
	return err ? err_set(note, err, "%s: %s", path, err_say(&why, err)) : 0;
}

int sidecar_parse(const uint8_t *p, size_t n, struct sidecar **ret, struct err_note *note)
{
	uint8_t *copy = malloc(n + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, p, n);
	return adopt(copy, n, ret, note);
}

void sidecar_close(struct sidecar *s)
{
	if (!s)
		return;
	free(s->file);
	free(s->sets);
	free(s->raw);
	free(s);
}

const struct sidecar_header *sidecar_header(const struct sidecar *s)
{
	return &s->h;
}

const char *sidecar_cat(const struct sidecar *s, unsigned i)
{
	return i < s->h.cats ? s->cats[i].name : "";
}

static int next_block(struct sidecar *s)
{
	struct sidecar_block b;
	memcpy(&b, s->index + s->block * sizeof b, sizeof b);
	if (b.at > s->n || b.packed > s->n - b.at || b.raw > SIDECAR_RAW_MAX || !b.names ||
		b.names > SIDECAR_BLOCK_NAMES || b.zero)
		return ERR_MALFORMED;
	size_t n = ZSTD_decompress(s->raw, SIDECAR_RAW_MAX, s->file + b.at, b.packed);
	if (ZSTD_isError(n) || n != b.raw)
		return ERR_MALFORMED;
	s->block++;
	s->left = b.names;
	s->at = 0;
	s->raw_n = b.raw;
	return 0;
}

static bool is_rname(const uint8_t *b, unsigned n)
{
	unsigned label = 0, labels = 1;
	for (unsigned i = 0; i < n; i++) {
		bool sep = b[i] == RNAME_SEP;
		if ((!sep && b[i] < '-') || b[i] >= 0x7f || (sep && !label) ||
			(!sep && label == DNS_LABEL_MAX))
			return false;
		label = sep ? 0 : label + 1;
		labels += sep;
	}
	return label > 0 && n <= RNAME_MAX && labels <= RNAME_LABELS_MAX;
}

int sidecar_next(struct sidecar *s, struct sidecar_name *ret)
{
	if (!s->left) {
		if (s->block == s->h.blocks)
			return s->at == s->raw_n && s->seen == s->h.names ? 0 : ERR_MALFORMED;
		if (s->at != s->raw_n)
			return ERR_MALFORMED;
		int err = next_block(s);
		if (err)
			return err;
	}
	if (s->raw_n - s->at < 4)
		return ERR_MALFORMED;
	const uint8_t *p = s->raw + s->at;
	unsigned shared = p[0], rest = p[1], set = p[2] | p[3] << 8;
	if (rest > s->raw_n - s->at - 4 || shared + rest > RNAME_MAX || set >= s->h.sets ||
		shared > s->len)
		return ERR_MALFORMED;
	memcpy(s->last, s->name, s->len);
	unsigned last_len = s->len;
	memcpy(s->name + shared, p + 4, rest);
	s->len = shared + rest;
	int order = memcmp(s->last, s->name, MIN(last_len, s->len));
	if (!is_rname(s->name, s->len) || order > 0 || (!order && last_len >= s->len))
		return ERR_MALFORMED;
	s->at += 4 + rest;
	s->left--;
	s->seen++;
	*ret = (struct sidecar_name){ s->name, s->len, &s->sets[set] };
	return 1;
}
