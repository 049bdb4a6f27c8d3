/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/tree.h"

#include <errno.h>
#include <yaml.h>

/* The sequence or mapping being filled. */
struct open {
	uint32_t node, last;
};

struct builder {
	struct conf_tree *tree;
	const struct conf_source *src;
	struct err_note *note;
	struct open stack[CONF_DEPTH_MAX];
	unsigned depth, documents;
	bool done;
};

static int refuse(struct builder *b, yaml_mark_t at, const char *what)
{
	return err_set(b->note, ERR_CONFIG, "%s:%zu:%zu: %s", b->src->name, at.line + 1, at.column + 1,
		what);
}

static int grow(struct conf_tree *t)
{
	uint32_t cap = t->cap ? t->cap * 2 : 64;
	struct conf_node *more = reallocarray(t->node, cap, sizeof *more);
	if (!more)
		return -ENOMEM;
	t->node = more;
	t->cap = cap;
	return 0;
}

/* Append a node below the one being filled. */
static int add(struct builder *b, enum conf_kind kind, yaml_mark_t at)
{
	struct conf_tree *t = b->tree;
	if (t->n == CONF_NODES_MAX)
		return refuse(b, at, "too many values in one file");
	if (t->n == t->cap && grow(t))
		return -ENOMEM;
	uint32_t me = t->n++;
	t->node[me] = (struct conf_node){
		.kind = (uint8_t)kind,
		.line = (uint32_t)at.line + 1,
		.column = (uint32_t)at.column + 1,
	};
	if (b->depth) {
		struct open *o = &b->stack[b->depth - 1];
		struct conf_node *parent = &t->node[o->node];
		if (o->last)
			t->node[o->last].next = me;
		else
			parent->child = me;
		parent->n++;
		o->last = me;
	}
	if (kind != CONF_SCALAR) {
		if (b->depth == CONF_DEPTH_MAX)
			return refuse(b, at, "nested too deeply (at most 32 levels)");
		b->stack[b->depth++] = (struct open){ .node = me };
	}
	return 0;
}

static bool expects_key(const struct builder *b)
{
	if (!b->depth)
		return false;
	const struct conf_node *parent = &b->tree->node[b->stack[b->depth - 1].node];
	return parent->kind == CONF_MAPPING && parent->n % 2 == 0;
}

static int add_scalar(struct builder *b, const yaml_event_t *e)
{
	if (memchr(e->data.scalar.value, 0, e->data.scalar.length))
		return refuse(b, e->start_mark, "text may not contain a zero byte");
	int err = add(b, CONF_SCALAR, e->start_mark);
	if (err)
		return err;
	struct conf_node *n = &b->tree->node[b->tree->n - 1];
	n->n = (uint32_t)e->data.scalar.length;
	n->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->text = arena_text(&b->tree->arena, (char *)e->data.scalar.value, n->n);
	return n->text ? 0 : -ENOMEM;
}

static int add_collection(struct builder *b, enum conf_kind kind, const yaml_event_t *e)
{
	if (expects_key(b))
		return refuse(b, e->start_mark, "a key must be a word, not a list or a mapping");
	return add(b, kind, e->start_mark);
}

static int marked(struct builder *b, const yaml_event_t *e, const void *anchor, const void *tag)
{
	if (anchor)
		return refuse(b, e->start_mark, "anchors (&name) are not allowed here");
	return tag ? refuse(b, e->start_mark, "tags (!name) are not allowed here") : 0;
}

static int take(struct builder *b, const yaml_event_t *e)
{
	int err;
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return b->documents++ ? refuse(b, e->start_mark, "only one document in a file") : 0;
	case YAML_ALIAS_EVENT:
		return refuse(b, e->start_mark, "aliases (*name) are not allowed here");
	case YAML_SCALAR_EVENT:
		err = marked(b, e, e->data.scalar.anchor, e->data.scalar.tag);
		return err ? err : add_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		err = marked(b, e, e->data.sequence_start.anchor, e->data.sequence_start.tag);
		return err ? err : add_collection(b, CONF_SEQUENCE, e);
	case YAML_MAPPING_START_EVENT:
		err = marked(b, e, e->data.mapping_start.anchor, e->data.mapping_start.tag);
		return err ? err : add_collection(b, CONF_MAPPING, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	case YAML_STREAM_END_EVENT:
		b->done = true;
		return 0;
	default:
		return 0;
	}
}

/* libyaml gives a byte offset, not a mark, for bytes that are no text. */
static yaml_mark_t mark_of_offset(const struct conf_source *src, size_t offset)
{
	yaml_mark_t at = { 0 };
	for (size_t i = 0; i < offset && i < src->n; i++) {
		at.column += (src->p[i] & 0xc0) != 0x80;
		if (src->p[i] == '\n') {
			at.line++;
			at.column = 0;
		}
	}
	return at;
}

static int syntax(struct builder *b, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	yaml_mark_t at = p->problem_mark;
	if (p->error == YAML_READER_ERROR)
		at = mark_of_offset(b->src, p->problem_offset);
	char what[160];
	(void)snprintf(what, sizeof what, "not valid YAML: %s%s%s", p->context ? p->context : "",
		p->context ? ", " : "", p->problem ? p->problem : "unreadable");
	return refuse(b, at, what);
}

static int build(struct builder *b, yaml_parser_t *p)
{
	while (!b->done) {
		yaml_event_t e;
		if (!yaml_parser_parse(p, &e))
			return syntax(b, p);
		int err = take(b, &e);
		yaml_event_delete(&e);
		if (err)
			return err;
	}
	if (!b->tree->n)
		return refuse(b, (yaml_mark_t){ 0 }, "the file is empty");
	return 0;
}

int conf_tree_init(struct conf_tree *t, const struct conf_source *src, struct err_note *note)
{
	*t = (struct conf_tree){ 0 };
	arena_init(&t->arena, 0);
	struct builder b = { .tree = t, .src = src, .note = note };
	yaml_parser_t p;
	if (!yaml_parser_initialize(&p))
		return -ENOMEM;
	yaml_parser_set_input_string(&p, src->p, src->n);
	int err = build(&b, &p);
	yaml_parser_delete(&p);
	if (err)
		conf_tree_done(t);
	return err;
}

void conf_tree_done(struct conf_tree *t)
{
	arena_done(&t->arena);
	free(t->node);
	*t = (struct conf_tree){ 0 };
}

/* One step of a path: "name" or "[3]". Moves *path past it; NULL when there is no such child. */
static const struct conf_node *step(const struct conf_tree *t, const struct conf_node *at,
	const char **path)
{
	const char *s = *path;
	if (*s == '[') {
		char *end;
		unsigned long want = strtoul(s + 1, &end, 10);
		if (*end != ']' || at->kind != CONF_SEQUENCE || want >= at->n)
			return NULL;
		*path = end + 1;
		uint32_t i = at->child;
		while (want--)
			i = t->node[i].next;
		return &t->node[i];
	}
	s += *s == '.';
	size_t n = strcspn(s, ".[");
	if (at->kind != CONF_MAPPING || !n)
		return NULL;
	*path = s + n;
	for (uint32_t i = at->child; i; i = t->node[t->node[i].next].next) {
		const struct conf_node *key = &t->node[i];
		if (key->n == n && memcmp(key->text, s, n) == 0)
			return &t->node[key->next];
	}
	return NULL;
}

const struct conf_node *conf_tree_find(const struct conf_tree *t, const char *path)
{
	const struct conf_node *at = &t->node[0];
	while (*path) {
		const struct conf_node *next = step(t, at, &path);
		if (!next)
			break;
		at = next;
	}
	return at;
}
