/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A work bench for whole compiles: files in a scratch folder, an image, and what it says of a name. */

#include "base/file.h"
#include "compile/compile.h"
#include "compile/sidecar.h"
#include "policy/image.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

static char bench_folder[96];

static inline const char *bench_path(const char *name)
{
	static char path[8][256];
	static unsigned turn;
	char *p = path[turn++ % 8];
	(void)snprintf(p, 256, "%s/%.120s", bench_folder, name);
	return p;
}

static inline int bench_open(void **state)
{
	const char *top = getenv("TMPDIR");
	(void)snprintf(
		bench_folder, sizeof bench_folder, "%.60s/hisn-compile-XXXXXX", top ? top : "/tmp");
	return mkdtemp(bench_folder) ? 0 : -1;
}

static inline int bench_close(void **state)
{
	DIR *d = opendir(bench_folder);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			unlink(bench_path(e->d_name));
	if (d)
		closedir(d);
	return rmdir(bench_folder);
}

/* Writes a file and returns its path, which stays valid (tests are short: it is not freed early). */
static inline const char *bench_file(const char *name, const char *text)
{
	const char *p = bench_path(name);
	assert_int_equal(file_replace(p, text, strlen(text), 0644), 0);
	static char kept[64][256];
	static unsigned n;
	char *k = kept[n++ % 64];
	(void)snprintf(k, 256, "%s", p);
	return k;
}

/* Up to 8 lists: a format is guessed unless given. */
struct bench {
	struct compile_options o;
	struct compile_list lists[8];
	char out[256];
	struct compile_report *report;
	struct err_note note;
	struct policy *p;
};

static inline void bench_list(
	struct bench *b, const char *category, const char *path, enum list_format f)
{
	b->lists[b->o.nlists++] =
		(struct compile_list){ .category = category, .path = path, .format = f };
	b->o.lists = b->lists;
}

static inline struct bench bench_new(const char *out)
{
	struct bench b = { .o = { .max_change = -1, .names = true } };
	(void)snprintf(b.out, sizeof b.out, "%s", bench_path(out));
	return b;
}

static inline int bench_run(struct bench *b)
{
	b->o.out = b->out;
	b->o.lists = b->lists;
	compile_report_free(b->report);
	policy_unref(b->p);
	b->report = NULL;
	b->p = NULL;
	b->note.text[0] = 0;
	return compile_run(&b->o, &b->report, &b->note);
}

static inline void bench_compile(struct bench *b)
{
	int err = bench_run(b);
	if (err)
		print_error("%s\n", err_say(&b->note, err));
	assert_int_equal(err, 0);
	err = policy_open(b->out, &b->p, &b->note);
	if (err)
		print_error("%s\n", err_say(&b->note, err));
	assert_int_equal(err, 0);
}

static inline void bench_done(struct bench *b)
{
	compile_report_free(b->report);
	policy_unref(b->p);
}

static inline unsigned bench_hashes(
	const struct policy *p, const char *name, struct name_hash *h, unsigned *labels)
{
	struct dns_name n;
	assert_int_equal(dns_name_from_text(name, strlen(name), &n), 0);
	*labels = n.labels;
	return name_hash_suffixes(p->h->key, &n, h, POLICY_MAX_DEPTH);
}

/* Categories of a name on top of `cats`. */
static inline struct cats bench_look(const struct policy *p, const char *name, struct cats cats)
{
	struct name_hash h[POLICY_MAX_DEPTH];
	unsigned labels, n = bench_hashes(p, name, h, &labels);
	return policy_lookup(p, h, n, labels, cats);
}

/* "adult+bad", "" for none; valid until the next call. */
static inline const char *bench_cats(const struct bench *b, const char *name)
{
	static char text[512];
	struct cats c = bench_look(b->p, name, cats_none());
	size_t at = 0;
	text[0] = 0;
	for (unsigned i = 0; i < b->p->h->cats; i++)
		if (cats_has(c, i))
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", at ? "+" : "",
				b->p->cats[i].name);
	return text;
}
#define assert_cats(b, name, want) assert_string_equal(bench_cats(b, name), want)
