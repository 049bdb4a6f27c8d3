/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration file: refused with a place, or loaded and freed. */
#include "conf/tree.h"

#include <assert.h>

struct item {
	char *name;
	uint16_t port;
	int8_t shift;
};

struct top {
	char *title;
	bool on;
	int colour;
	struct item *items;
	unsigned nitems;
};

static const cyaml_strval_t colours[] = { { "green", 0 }, { "white", 1 } };
static const cyaml_schema_field_t item_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct item, name, 1, 8),
	CYAML_FIELD_UINT("port", CYAML_FLAG_OPTIONAL, struct item, port),
	CYAML_FIELD_INT("shift", CYAML_FLAG_OPTIONAL, struct item, shift),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t item = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct item, item_fields) };
static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR, struct top, title, 0, 100),
	CYAML_FIELD_BOOL("on", CYAML_FLAG_OPTIONAL, struct top, on),
	CYAML_FIELD_ENUM("colour", CYAML_FLAG_OPTIONAL, struct top, colour, colours, 2),
	CYAML_FIELD_SEQUENCE_COUNT("items", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct top, items, nitems,
		&item, 0, 9),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct top, fields) };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct conf_source src = { "f", p, n };
	struct err_note note = { "" };
	void *data = NULL;
	int err = conf_load(&src, &schema, &data, &note);
	assert(err || data);
	assert(err != ERR_CONFIG || strncmp(note.text, "f:", 2) == 0);
	/* Whatever the check lets through, libcyaml takes: else the place in the note is a guess. */
	struct conf_tree tree;
	if (!conf_tree_init(&tree, &src, NULL)) {
		assert((conf_tree_check(&tree, &src, &schema, NULL) == 0) == (err == 0));
		conf_tree_done(&tree);
	}
	if (!err)
		for (unsigned i = 0; i < ((struct top *)data)->nitems; i++)
			assert(strlen(((struct top *)data)->items[i].name) <= 8);
	conf_free(&schema, data);
	unsigned line, column;
	conf_where(&src, "items[1].port", &line, &column);
	assert(line && column);
	return 0;
}
