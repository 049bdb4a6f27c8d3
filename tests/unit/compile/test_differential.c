/* SPDX-License-Identifier: Apache-2.0 */
/* The image against a naive set of strings: two million questions, no wrong verdict. Arguments: how many
 * names (default 200000), how many questions. */
#include "bench.h"

static unsigned nnames = 200000, nquestions = 2000000;
static uint64_t state64 = 0x123456789abcdefull;

static uint64_t draw(uint64_t n)
{
	state64 ^= state64 << 13;
	state64 ^= state64 >> 7;
	state64 ^= state64 << 17;
	return state64 % n;
}

/* Names as lists have them: one to four labels over a few ends, some below others. */
static size_t make_name(char *buf, size_t cap)
{
	static const char *const ends[] = { "example", "test", "co.example", "org.test",
		"com.example", "x.test" };
	size_t n = 0;
	unsigned labels = 1 + (unsigned)draw(3);
	for (unsigned l = 0; l < labels; l++) {
		unsigned len = l + 1 == labels ? 4 + (unsigned)draw(9) : 1 + (unsigned)draw(3);
		for (unsigned i = 0; i < len; i++)
			buf[n++] = "abcdefghijklmnopqrstuvwxyz0123456789_"[draw(i ? 37 : 26)];
		buf[n++] = '.';
	}
	return n + (size_t)snprintf(buf + n, cap - n, "%s", ends[draw(ARRAY_LEN(ends))]);
}

/* The naive side: open addressing over strings; flags say how each is listed. */
enum { EXACT = 1, BELOW = 2 };
struct naive {
	char **name;
	uint8_t *flags;
	size_t size;
};

static size_t slot(const struct naive *s, const char *name)
{
	uint64_t h = 14695981039346656037ull;
	for (const char *p = name; *p; p++)
		h = (h ^ (uint8_t)*p) * 1099511628211ull;
	size_t i = (h ^ h >> 29) & (s->size - 1);
	while (s->name[i] && strcmp(s->name[i], name))
		i = (i + 1) & (s->size - 1);
	return i;
}

static void put(struct naive *s, const char *name, unsigned flags)
{
	size_t i = slot(s, name);
	if (!s->name[i])
		s->name[i] = strdup(name);
	s->flags[i] |= (uint8_t)flags;
}

static bool has(const struct naive *s, const char *name)
{
	unsigned want = EXACT;
	for (const char *p = name; p; want = BELOW) {
		size_t i = slot(s, p);
		if (s->name[i] && (s->flags[i] & want))
			return true;
		p = strchr(p, '.');
		p = p ? p + 1 : NULL;
	}
	return false;
}

static void question(const struct naive *s, char *const *listed, char *buf, size_t cap)
{
	char other[300];
	const char *base = listed[draw(nnames)];
	switch (draw(5)) {
	case 0:
		(void)snprintf(buf, cap, "%s", base);
		break;
	case 1:
		make_name(other, sizeof other);
		other[strcspn(other, ".")] = 0;
		(void)snprintf(buf, cap, "%s.%s", other, base);
		break;
	case 2: /* beside it: a byte more in front, which is no label */
		(void)snprintf(buf, cap, "%c%s", (char)('a' + draw(26)), base);
		break;
	case 3: /* above it */
		(void)snprintf(buf, cap, "%s", strchr(base, '.') + 1);
		break;
	default:
		make_name(buf, cap);
	}
}

static void no_wrong_verdict(void **state)
{
	struct naive s = { .size = 1 };
	while (s.size < nnames * 3ull)
		s.size *= 2;
	s.name = calloc(s.size, sizeof *s.name);
	s.flags = calloc(s.size, 1);
	char **listed = calloc(nnames, sizeof *listed);
	char *text[3] = { malloc(nnames * 60ull), malloc(nnames * 60ull), malloc(nnames * 60ull) };
	size_t n[3] = { 0 };
	static const char *const forms[] = { "%s\n", "0.0.0.0 %s\n", "*.%s\n" };
	static const unsigned flags[] = { EXACT | BELOW, EXACT, BELOW };
	for (unsigned i = 0; i < nnames; i++) {
		char name[300];
		make_name(name, sizeof name);
		if (i && draw(6) == 0) { /* below a listed one */
			char up[300];
			(void)snprintf(up, sizeof up, "%.3s%s.%s", "sub", name + strlen(name) / 2,
				listed[draw(i)]);
			if (strlen(up) < 44 && !strstr(up, ".."))
				memcpy(name, up, sizeof name);
		}
		unsigned kind = (unsigned)draw(8) < 5 ? 0 : 1 + (unsigned)draw(2);
		listed[i] = strdup(name);
		put(&s, name, flags[kind]);
		n[kind] += (size_t)snprintf(text[kind] + n[kind], 60, forms[kind], name);
	}
	static const char *const files[] = { "d0", "d1", "d2" };
	char path[3][256];
	struct bench b = bench_new("d.img");
	for (int k = 0; k < 3; k++) {
		(void)snprintf(path[k], sizeof path[k], "%s", bench_path(files[k]));
		assert_int_equal(file_replace(path[k], text[k], n[k], 0644), 0);
		free(text[k]);
		bench_list(&b, "bad", path[k], FORMAT_GUESS);
	}
	bench_compile(&b);
	for (int k = 0; k < 3; k++)
		for (unsigned why = BLANK; why < REASONS; why++) {
			if (b.report->lists[k].refused[why])
				print_error("%s: %s\n", reason_key(why),
					b.report->lists[k].examples[why][0].text);
			assert_int_equal(b.report->lists[k].refused[why], 0);
		}
	unsigned hits = 0, wrong = 0;
	for (unsigned q = 0; q < nquestions; q++) {
		char name[700];
		question(&s, listed, name, sizeof name);
		bool want = has(&s, name), got = cats_any(bench_look(b.p, name, cats_none()));
		hits += want;
		if (want != got && wrong++ < 10)
			print_error("%s: %d, not %d\n", name, got, want);
	}
	assert_int_equal(wrong, 0);
	assert_true(hits > nquestions / 4 && hits < nquestions / 4 * 3); /* both kinds were asked */
	print_message("# %u names stored, %u questions, %u of them listed\n", b.p->h->names,
		nquestions, hits);
	bench_done(&b);
	for (unsigned i = 0; i < nnames; i++)
		free(listed[i]);
	for (size_t i = 0; i < s.size; i++)
		free(s.name[i]);
	free(listed);
	free(s.name);
	free(s.flags);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_wrong_verdict) };
	if (argc > 1)
		nnames = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		nquestions = (unsigned)strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
