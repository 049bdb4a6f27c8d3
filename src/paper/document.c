/* SPDX-License-Identifier: Apache-2.0 */
#include "paper/document.h"

#include <errno.h>
#include <jansson.h>

static const char *const kinds[PAPER_KIND_COUNT] = { "heading", "text", "notice", "fact", "code" };

/* Reads members; the first error stays. taken: how many there were, since no others may be. */
struct reader {
	struct arena *a;
	json_t *from;
	size_t taken;
	int err;
};

static const char *member(struct reader *r, const char *name, size_t max)
{
	const json_t *v = json_object_get(r->from, name);
	if (r->err)
		return NULL;
	if (!json_is_string(v)) {
		r->err = ERR_MALFORMED;
		return NULL;
	}
	size_t n = json_string_length(v);
	char *s = n <= max ? arena_text(r->a, json_string_value(v), n) : NULL;
	if (!s) {
		r->err = n <= max ? -ENOMEM : ERR_LIMIT;
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		if ((s[i] > 0 && s[i] < 0x20 && s[i] != '\n') || s[i] == 0x7f || !s[i])
			s[i] = ' ';
	r->taken++;
	return s;
}

static int read_block(struct arena *a, json_t *from, struct paper_block *ret)
{
	struct reader r = { a, from, 0, 0 };
	unsigned kind = 0;
	const char *name = member(&r, "kind", PAPER_SHORT_MAX);
	while (name && kind < PAPER_KIND_COUNT && strcmp(kinds[kind], name) != 0)
		kind++;
	if (!r.err && kind == PAPER_KIND_COUNT)
		return ERR_MALFORMED;
	ret->kind = (enum paper_kind)kind;
	if (kind == PAPER_FACT || kind == PAPER_CODE)
		ret->label = member(&r, "label", PAPER_SHORT_MAX);
	ret->text = member(&r, "text", PAPER_TEXT_MAX);
	return r.err ? r.err : r.taken == json_object_size(from) ? 0 : ERR_MALFORMED;
}

static void read_blocks(struct reader *r, struct paper_document *d)
{
	json_t *list = json_object_get(r->from, "blocks");
	size_t n = json_array_size(list);
	if (!r->err && (!json_is_array(list) || n > PAPER_BLOCKS_MAX))
		r->err = n > PAPER_BLOCKS_MAX ? ERR_LIMIT : ERR_MALFORMED;
	if (r->err)
		return;
	d->block = arena_array(r->a, n ? n : 1, sizeof *d->block);
	if (!d->block)
		r->err = -ENOMEM;
	for (; !r->err && d->block_n < n; d->block_n++)
		r->err = read_block(r->a, json_array_get(list, d->block_n), &d->block[d->block_n]);
	r->taken++;
}

int paper_document_read(struct arena *a, struct bytes json, struct paper_document *ret)
{
	struct paper_document d = { 0 };
	if (json.n > PAPER_INPUT_MAX)
		return ERR_LIMIT;
	json_t *top = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	if (!top)
		return ERR_MALFORMED;
	struct reader r = { a, top, 0, 0 };
	d.lang = member(&r, "lang", 16);
	d.title = member(&r, "title", PAPER_SHORT_MAX);
	d.reference = member(&r, "reference", PAPER_SHORT_MAX);
	d.made = member(&r, "made", 32);
	d.printed = member(&r, "printed", PAPER_SHORT_MAX);
	d.page = member(&r, "page", PAPER_SHORT_MAX);
	const json_t *rtl = json_object_get(top, "rtl"), *v = json_object_get(top, "v");
	if (!r.err && (!json_is_boolean(rtl) || !json_is_integer(v) || json_integer_value(v) != 1))
		r.err = ERR_MALFORMED;
	d.rtl = json_is_true(rtl);
	read_blocks(&r, &d);
	if (!r.err && r.taken + 2 != json_object_size(top))
		r.err = ERR_MALFORMED;
	json_decref(top);
	if (!r.err)
		*ret = d;
	return r.err;
}
