/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

enum colour { GREEN, WHITE };

struct slot {
	char *name;
	int8_t shift;
	uint16_t port;
};

struct thing {
	char *title;
	bool on;
	int colour;
	uint32_t marks;
	double ratio;
	char *note;
	struct slot *slots;
	unsigned nslots;
};

static const cyaml_strval_t colours[] = { { "green", GREEN }, { "white", WHITE } };
static const cyaml_strval_t marks[] = { { "one", 1 }, { "two", 2 } };

static const cyaml_schema_field_t slot_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct slot, name, 1, 8),
	CYAML_FIELD_INT("shift", CYAML_FLAG_OPTIONAL, struct slot, shift),
	CYAML_FIELD_UINT("port", CYAML_FLAG_OPTIONAL, struct slot, port),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t slot = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct slot, slot_fields) };

static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct thing, title, 0, 100),
	CYAML_FIELD_BOOL("on", CYAML_FLAG_OPTIONAL, struct thing, on),
	CYAML_FIELD_ENUM("colour", CYAML_FLAG_OPTIONAL, struct thing, colour, colours, ARRAY_LEN(colours)),
	CYAML_FIELD_FLAGS("marks", CYAML_FLAG_OPTIONAL, struct thing, marks, marks, ARRAY_LEN(marks)),
	CYAML_FIELD_FLOAT("ratio", CYAML_FLAG_OPTIONAL, struct thing, ratio),
	CYAML_FIELD_STRING_PTR("note", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR, struct thing, note, 0,
		100),
	CYAML_FIELD_SEQUENCE_COUNT("slots", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct thing, slots, nslots,
		&slot, 0, 3),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct thing, fields) };

static struct conf_source source(const char *text)
{
	return (struct conf_source){ "t.yaml", (const uint8_t *)text, strlen(text) };
}

/* The whole note, so that a place or a word that is off by one is seen. */
static void refused(const char *text, const char *note_wanted)
{
	struct conf_source src = source(text);
	struct err_note note = { "" };
	void *untouched = &note, *data = untouched;
	assert_int_equal(conf_load(&src, &schema, &data, &note), ERR_CONFIG);
	assert_string_equal(note.text, note_wanted);
	assert_ptr_equal(data, untouched);
}

static struct thing *loaded(const char *text)
{
	struct conf_source src = source(text);
	struct err_note note = { "" };
	void *data = NULL;
	int err = conf_load(&src, &schema, &data, &note);
	if (err)
		fail_msg("%s", note.text);
	return data;
}

static void loads_every_type(void **state)
{
	struct thing *t = loaded("# a comment\ntitle: 'ahlan'\non: yes\ncolour: white\nmarks: [two]\nratio: 0.5\n"
				 "note: ~\nslots:\n  - {name: a, shift: -128, port: 65535}\n  - name: b\n");
	assert_string_equal(t->title, "ahlan");
	assert_true(t->on);
	assert_int_equal(t->colour, WHITE);
	assert_int_equal(t->marks, 2);
	assert_true(t->ratio == 0.5);
	assert_null(t->note);
	assert_int_equal(t->nslots, 2);
	assert_int_equal(t->slots[0].shift, -128);
	assert_int_equal(t->slots[0].port, 65535);
	assert_string_equal(t->slots[1].name, "b");
	conf_free(&schema, t);
	conf_free(&schema, NULL);
}

static void off_is_false_and_empty_text_is_text(void **state)
{
	struct thing *t = loaded("title: ''\non: off\n");
	assert_false(t->on);
	assert_string_equal(t->title, "");
	conf_free(&schema, t);
}

static void unknown_key(void **state)
{
	refused("title: a\nbla: 1\n",
		"t.yaml:2:1: unknown key 'bla' (known here: title, on, colour, marks, ratio, note, slots)");
	refused("title: a\nslots:\n  - name: x\n    prot: 5\n",
		"t.yaml:4:5: unknown key 'prot' (known here: name, shift, port)");
	refused("title: a\nslots: [{name: x}, {prot: 5, name: y}]\n",
		"t.yaml:2:21: unknown key 'prot' (known here: name, shift, port)");
	refused("<<: {}\ntitle: a\n",
		"t.yaml:1:1: unknown key '<<' (known here: title, on, colour, marks, ratio, note, slots)");
}

static void missing_and_duplicate_keys(void **state)
{
	refused("on: true\n", "t.yaml:1:1: key 'title' is missing");
	refused("title: a\nslots:\n  - name: x\n  - port: 5\n", "t.yaml:4:5: key 'name' is missing");
	refused("title: a\non: true\ntitle: b\n", "t.yaml:3:1: key 'title' stands here twice");
}

static void wrong_kinds(void **state)
{
	refused("- a\n", "t.yaml:1:1: expected a mapping (key: value), found a list");
	refused("hello\n", "t.yaml:1:1: expected a mapping (key: value), found 'hello'");
	refused("title: [a]\n", "t.yaml:1:8: expected text, found a list");
	refused("title: {a: b}\n", "t.yaml:1:8: expected text, found a mapping");
	refused("title: a\nslots: x\n", "t.yaml:2:8: expected a list, found 'x'");
	refused("title: a\nslots:\n", "t.yaml:2:7: expected a list, found nothing");
	refused("title: a\nslots:\n  - x\n", "t.yaml:3:5: expected a mapping (key: value), found 'x'");
	refused("title: a\nmarks: one\n", "t.yaml:2:8: expected a list, found 'one'");
}

static void wrong_numbers(void **state)
{
	static const char *const bad[] = { "65536", "-1", "1x", "010", "0x10", "'80 '", "1.5", "+5",
		"99999999999999999999999" };
	static const char *const shown[] = { "65536", "-1", "1x", "010", "0x10", "80 ", "1.5", "+5",
		"99999999999999999999999" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char text[120], want[200];
		(void)snprintf(text, sizeof text, "title: a\nslots:\n  - name: x\n    port: %s\n", bad[i]);
		(void)snprintf(want, sizeof want,
			"t.yaml:4:11: expected a whole number from 0 to 65535, found '%s'", shown[i]);
		refused(text, want);
	}
	refused("title: a\nslots: [{name: x, shift: -129}]\n",
		"t.yaml:2:26: expected a whole number from -128 to 127, found '-129'");
	refused("title: a\nslots: [{name: x, shift: []}]\n",
		"t.yaml:2:26: expected a whole number from -128 to 127, found a list");
	refused("title: a\nratio: 1,5\n", "t.yaml:2:8: expected a number, found '1,5'");
}

static void wrong_words(void **state)
{
	refused("title: a\non: ture\n", "t.yaml:2:5: expected true or false, found 'ture'");
	refused("title: a\non: 1\n", "t.yaml:2:5: expected true or false, found '1'");
	refused("title: a\ncolour: red\n", "t.yaml:2:9: expected one of: green, white; found 'red'");
	refused("title: a\ncolour: 1\n", "t.yaml:2:9: expected one of: green, white; found '1'");
	refused("title: a\nmarks: [one, three]\n", "t.yaml:2:14: expected one of: one, two; found 'three'");
}

static void wrong_lengths(void **state)
{
	refused("title: a\nslots: [{name: abcdefghi}]\n", "t.yaml:2:16: 'abcdefghi' is too long (at most 8 bytes)");
	refused("title: a\nslots: [{name: ''}]\n", "t.yaml:2:16: expected text, found nothing");
	refused("title: a\nslots:\n- {name: a}\n- {name: b}\n- {name: c}\n- {name: d}\n",
		"t.yaml:6:3: the list is too long (at most 3 entries)");
}

static void long_and_odd_values_are_shown_short(void **state)
{
	refused("title: a\ncolour: 0123456789012345678901234567890123456789abc\n",
		"t.yaml:2:9: expected one of: green, white; found '0123456789012345678901234567890123456789...'");
	refused("title: a\ncolour: \"a\\nb\"\n", "t.yaml:2:9: expected one of: green, white; found 'a?b'");
	/* Cut between characters, never inside one. */
	refused("title: a\ncolour: x\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d"
		"\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\n",
		"t.yaml:2:9: expected one of: green, white; found 'x\u062d\u062d\u062d\u062d\u062d\u062d\u062d"
		"\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d\u062d...'");
}

static void columns_count_characters(void **state)
{
	refused("title: a\nslots: [{name: \u062d\u0635\u0646, port: x}]\n",
		"t.yaml:2:27: expected a whole number from 0 to 65535, found 'x'");
}

static void not_yaml(void **state)
{
	refused("title: a\n\tb: c\n",
		"t.yaml:2:1: not valid YAML: while scanning a plain scalar, found a tab character that violates "
		"indentation");
	refused("title: [a\n", "t.yaml:2:1: not valid YAML: while parsing a flow sequence, did not find "
			       "expected ',' or ']'");
	refused("title: \"a\n",
		"t.yaml:2:1: not valid YAML: while scanning a quoted scalar, found unexpected end of stream");
	refused("title: a\nno\xffte: b\n", "t.yaml:2:3: not valid YAML: invalid leading UTF-8 octet");
	refused("title: \x01\n", "t.yaml:1:8: not valid YAML: control characters are not allowed");
}

static void empty_and_several_documents(void **state)
{
	refused("", "t.yaml:1:1: the file is empty");
	refused("# nothing\n", "t.yaml:1:1: the file is empty");
	refused("---\n", "t.yaml:2:1: expected a mapping (key: value), found nothing");
	refused("title: a\n---\ntitle: b\n", "t.yaml:2:1: only one document in a file");
}

static void anchors_aliases_tags_and_odd_keys(void **state)
{
	refused("title: &x a\n", "t.yaml:1:8: anchors (&name) are not allowed here");
	refused("title: a\nslots: &x []\n", "t.yaml:2:8: anchors (&name) are not allowed here");
	refused("title: *x\n", "t.yaml:1:8: aliases (*name) are not allowed here");
	refused("title: !!str a\n", "t.yaml:1:8: tags (!name) are not allowed here");
	refused("? [a]\n: b\n", "t.yaml:1:3: a key must be a word, not a list or a mapping");
	refused("title: \"a\\0b\"\n", "t.yaml:1:8: text may not contain a zero byte");
}

static void nesting_is_bounded(void **state)
{
	char text[128] = "title: ";
	size_t at = strlen(text);
	memset(text + at, '[', 31);
	refused(text, "t.yaml:2:1: not valid YAML: while parsing a flow node, did not find expected node content");
	memset(text + at, '[', 40);
	refused(text, "t.yaml:1:39: nested too deeply (at most 32 levels)");
}

static void where(const char *path, unsigned line, unsigned column)
{
	struct conf_source src = source("title: a\nslots:\n  - name: x\n    port: 1\n  - {name: y, port: 2}\n");
	unsigned l, c;
	conf_where(&src, path, &l, &c);
	if (l != line || c != column)
		fail_msg("%s: %u:%u, not %u:%u", path, l, c, line, column);
}

static void where_finds_values_and_falls_back(void **state)
{
	where("", 1, 1);
	where("title", 1, 8);
	where("slots", 3, 3);
	where("slots[0]", 3, 5);
	where("slots[0].port", 4, 11);
	where("slots[1].port", 5, 21);
	where("slots[1].nothing", 5, 5);
	where("slots[2].port", 3, 3);
	where("slots[", 3, 3);
	where("nothing.at.all", 1, 1);
	where("title.deeper", 1, 8);
	where("..", 1, 1);
}

static void refuse_says_where(void **state)
{
	struct conf_source src = source("title: a\nslots: [{name: x, port: 7}]\n");
	struct err_note note = { "" };
	assert_int_equal(conf_refuse(&src, &note, "slots[0].port", "port %d is taken", 7), ERR_CONFIG);
	assert_string_equal(note.text, "t.yaml:2:25: port 7 is taken");
	assert_int_equal(conf_refuse(&src, NULL, "slots[0].port", "x"), ERR_CONFIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_every_type),
		cmocka_unit_test(off_is_false_and_empty_text_is_text),
		cmocka_unit_test(unknown_key),
		cmocka_unit_test(missing_and_duplicate_keys),
		cmocka_unit_test(wrong_kinds),
		cmocka_unit_test(wrong_numbers),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(wrong_lengths),
		cmocka_unit_test(long_and_odd_values_are_shown_short),
		cmocka_unit_test(columns_count_characters),
		cmocka_unit_test(not_yaml),
		cmocka_unit_test(empty_and_several_documents),
		cmocka_unit_test(anchors_aliases_tags_and_odd_keys),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(where_finds_values_and_falls_back),
		cmocka_unit_test(refuse_says_where),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
