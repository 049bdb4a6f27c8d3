/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include "compile/rname.h"

static char *shown(struct sidecar *a, struct sidecar *b, uint64_t *added, uint64_t *removed)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	assert_int_equal(b ? sidecar_diff(a, b, f, added, removed) : sidecar_dump(a, f), 0);
	fclose(f);
	return text;
}

static struct sidecar *open_names(const char *name)
{
	struct sidecar *s;
	struct err_note note = { "" };
	int err = sidecar_open(bench_path(name), &s, &note);
	if (err)
		print_error("%s\n", err_say(&note, err));
	assert_int_equal(err, 0);
	return s;
}

static void compile_to(const char *out, const char *adult, const char *bad)
{
	struct bench b = bench_new(out);
	bench_list(&b, "adult", bench_file("a", adult), FORMAT_GUESS);
	if (bad)
		bench_list(&b, "bad", bench_file("b", bad), FORMAT_GUESS);
	bench_compile(&b);
	struct sidecar *s;
	char names[300];
	(void)snprintf(names, sizeof names, "%s.names", b.out);
	assert_int_equal(sidecar_open(names, &s, NULL), 0);
	assert_memory_equal(
		sidecar_header(s)->image, b.p->h->checksum, 16); /* they belong together */
	assert_int_equal(sidecar_header(s)->names, b.p->h->names);
	sidecar_close(s);
	bench_done(&b);
}

static void names_come_back_in_order(void **state)
{
	compile_to("a.img",
		"||z.example^\n||a.z.example^$important\n|a.test^\n@@||b.z.example^\n||*.w.test^\n",
		"a.z.example\n");
	struct sidecar *s = open_names("a.img.names");
	char *text = shown(s, NULL, NULL, NULL);
	assert_string_equal(text, "z.example\tboth\t+adult\n"
				  "a.z.example\tboth\t+adult,+bad\n"
				  "b.z.example\tboth\t-adult\n"
				  "a.test\texact\t+adult\n"
				  "w.test\tbelow\t+adult\n");
	free(text);
	sidecar_close(s);
}

static void differences_are_told(void **state)
{
	uint64_t added, removed;
	compile_to("a.img", "one.example\ntwo.example\nthree.example\n", NULL);
	compile_to("b.img", "two.example\nthree.example\nfour.example\n", "three.example\n");
	struct sidecar *a = open_names("a.img.names"), *b = open_names("b.img.names");
	char *text = shown(a, b, &added, &removed);
	assert_string_equal(text,
		"+four.example\tboth\t+adult\n"
		"-one.example\tboth\t+adult\n"
		"-three.example\tboth\t+adult\n+three.example\tboth\t+adult,+bad\n");
	assert_int_equal(added, 2);
	assert_int_equal(removed, 2);
	free(text);
	sidecar_close(a);
	sidecar_close(b);
}

/* More than one block. */
static void many_names_come_back(void **state)
{
	enum { N = 30000 };
	char *text = malloc(N * 24), *p = text;
	for (int i = 0; i < N; i++)
		p += snprintf(p, 24, "n%05d.example\n", (i * 7919) % N);
	compile_to("big.img", text, NULL);
	free(text);
	struct sidecar *s = open_names("big.img.names");
	assert_true(sidecar_header(s)->blocks > 1);
	struct sidecar_name n;
	for (int i = 0; i < N; i++) {
		char want[24], got[RNAME_MAX + 1];
		(void)snprintf(want, sizeof want, "n%05d.example", i);
		assert_int_equal(sidecar_next(s, &n), 1);
		rname_text(n.name, n.len, got);
		assert_string_equal(got, want);
	}
	assert_int_equal(sidecar_next(s, &n), 0);
	sidecar_close(s);
}

static void damage_is_an_error(void **state)
{
	compile_to("a.img", "one.example\ntwo.example\n", NULL);
	struct bytes f;
	assert_int_equal(file_read(bench_path("a.img.names"), 1 << 20, &f), 0);
	uint8_t *b = (uint8_t *)(uintptr_t)f.p;
	struct sidecar *s;
	for (size_t n = 0; n < f.n; n++)
		assert_int_not_equal(sidecar_parse(b, n, &s, NULL), 0);
	for (size_t i = 0; i < f.n; i++) {
		b[i] ^= 0x10;
		assert_int_not_equal(sidecar_parse(b, f.n, &s, NULL), 0);
		b[i] ^= 0x10;
	}
	assert_int_equal(sidecar_parse(b, f.n, &s, NULL), 0);
	sidecar_close(s);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_back_in_order),
		cmocka_unit_test(differences_are_told),
		cmocka_unit_test(many_names_come_back),
		cmocka_unit_test(damage_is_an_error),
	};
	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
