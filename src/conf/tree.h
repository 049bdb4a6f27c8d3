/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A YAML document as a tree in which every key and value knows its place. Private to this room:
 * libcyaml fills structs but cannot tell where a wrong key stands, so the same bytes are read twice.
 *
 *   node 0: the document's value. A mapping's children are key, value, key, value ...
 *   A sequence's are its entries. Children are a list: `child`, then `next`; 0 ends it. */

#include "conf/conf.h"
#include "base/arena.h"

enum {
	CONF_DEPTH_MAX = 32,
	CONF_NODES_MAX = 4 << 20,
};

enum conf_kind { CONF_SCALAR, CONF_SEQUENCE, CONF_MAPPING };

struct conf_node {
	const char *text;      /* scalars: NUL-terminated, no NUL inside */
	uint32_t n;            /* its bytes; of a sequence or mapping: its children */
	uint32_t line, column; /* from 1; columns count characters */
	uint32_t child, next;
	uint8_t kind;
	bool plain;            /* a scalar without quotes */
};

struct conf_tree {
	struct arena arena;
	struct conf_node *node;
	uint32_t n, cap;
};

/* ERR_CONFIG (the note says where), -ENOMEM. On error there is nothing to release. */
must_use int conf_tree_init(struct conf_tree *t, const struct conf_source *src, struct err_note *note);
void conf_tree_done(struct conf_tree *t);

/* Keys, kinds, numbers, lengths and choices against the schema: whatever libcyaml would refuse, and
 * what it lets through (any word for a boolean, "12abc" for a number). ERR_CONFIG. */
must_use int conf_tree_check(const struct conf_tree *t, const struct conf_source *src,
	const cyaml_schema_value_t *schema, struct err_note *note);

/* The node at a path, or its deepest ancestor that exists. */
const struct conf_node *conf_tree_find(const struct conf_tree *t, const char *path);
