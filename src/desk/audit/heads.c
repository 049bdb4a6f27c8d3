/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/heads.h"

#include "desk/audit/trail.h"
#include "keys/client.h"

#include <errno.h>
#include <stdlib.h>

/* --- where the hashes of a proof come from --- */

/* The perfect subtrees of the old head are its edge, as it was kept with its note; what came after is read. */
struct leaves {
	struct store_tx *t;
	struct merkle old; /* size 0: nothing is known of it, all is read */
};

struct folding {
	struct merkle tree;
	uint64_t next, until;
};

static int fold(struct folding *f, struct store_rows *rows)
{
	struct bytes leaf = store_blob(rows, 1);
	if (store_int(rows, 0) != (int64_t)f->next || leaf.n != MERKLE_HASH)
		return ERR_CHECKSUM;
	f->next++;
	return merkle_append(&f->tree, leaf.p);
}

static int fold_page(struct store_tx *t, struct folding *f)
{
	enum { PAGE = 2000 };
	struct store_rows *rows;
	int row, err = STORE_QUERY(t, &rows, "SELECT seq, leaf FROM audit WHERE seq >= $1 AND seq < $2 ORDER BY seq LIMIT $3",
		S_INT((int64_t)f->next), S_INT((int64_t)f->until), S_INT(PAGE));
	const uint64_t before = f->next;
	if (err)
		return err;
	while (!err && (row = store_next(rows)))
		err = row < 0 ? row : fold(f, rows);
	store_end(rows);
	return err ? err : f->next == before ? ERR_CHECKSUM : 0;
}

/* Its edge's hash of the subtree of 1 << level leaves from `first`, if it is one of them. */
static bool from_edge(const struct merkle *old, uint64_t first, unsigned level, uint8_t ret[MERKLE_HASH])
{
	uint64_t at = 0;
	unsigned n = 0;
	for (int bit = 62; bit >= 0; bit--) {
		if (!(old->size >> bit & 1))
			continue;
		if (at == first && (unsigned)bit == level) {
			memcpy(ret, old->edge[n], MERKLE_HASH);
			return true;
		}
		at += (uint64_t)1 << bit;
		n++;
	}
	return false;
}

static int source(void *ctx, uint64_t first, unsigned level, uint8_t ret[MERKLE_HASH])
{
	const struct leaves *l = ctx;
	if (from_edge(&l->old, first, level, ret))
		return 0;
	struct folding f = { .next = first, .until = first + ((uint64_t)1 << level) };
	int err = 0;
	while (!err && f.next < f.until)
		err = fold_page(l->t, &f);
	if (!err)
		merkle_root(&f.tree, ret);
	return err;
}

/* --- signing --- */

struct signing {
	struct merkle tree;
	struct merkle_proof proof;
	uint8_t root[MERKLE_HASH];
	char note[CHECKPOINT_NOTE_MAX];
};

static int read_tree(struct store_tx *t, struct merkle *ret)
{
	struct arena a;
	struct audit_end end;
	arena_init(&a, 16 * 1024);
	int err = audit_end_read(t, &a, &end);
	if (!err)
		err = !end.there || end.size < 0 || merkle_load(ret, (uint64_t)end.size, end.edge) ? ERR_CHECKSUM : 0;
	arena_done(&a);
	return err;
}

/* 1: the database has the note of this size, and *ret the edge that was kept with it. */
static int read_edge(struct store_tx *t, uint64_t size, struct merkle *ret)
{
	struct store_rows *rows;
	int err = STORE_QUERY(t, &rows, "SELECT edge FROM audit_note WHERE size = $1", S_INT((int64_t)size));
	if (err)
		return err;
	err = store_next(rows);
	if (err == 1 && merkle_load(ret, size, store_blob(rows, 0)))
		ret->size = 0; /* it is of no use: all is read */
	store_end(rows);
	return err;
}

/* Trail and proof as they are at one moment. *ret_has: the note of the last head is stored. */
static int prepare(struct desk *d, const struct keys_head *last, struct signing *s, bool *ret_has)
{
	struct leaves l = { .old.size = 0 };
	int err = store_begin(d->store, STORE_READ, &l.t);
	if (err)
		return err;
	err = read_tree(l.t, &s->tree);
	if (!err && last->size) {
		err = read_edge(l.t, last->size, &l.old);
		*ret_has = err == 1;
		err = err < 0 ? err : 0;
	}
	if (!err && s->tree.size < last->size)
		err = ERR_REFUSED; /* it would be: the trail is shorter than what was signed */
	if (!err)
		err = merkle_consistency(source, &l, last->size, s->tree.size, &s->proof);
	if (!err)
		merkle_root(&s->tree, s->root);
	store_rollback(l.t);
	return err;
}

static int insert(struct store_tx *t, void *ctx)
{
	const struct signing *s = ctx;
	struct bytes edge = merkle_edge(&s->tree);
	return STORE_RUN(t, "INSERT INTO audit_note (size, note, edge) VALUES ($1, $2, $3) ON CONFLICT (size) DO NOTHING",
		S_INT((int64_t)s->tree.size), S_TEXT(s->note), S_BLOB(edge.p, edge.n));
}

static bool same_root(const struct keys_head *last, const uint8_t root[MERKLE_HASH])
{
	struct checkpoint c;
	return !last->size || (checkpoint_open(bytes_str(last->note), &last->key, &c) == 0 && memcmp(c.root, root, MERKLE_HASH) == 0);
}

static int sign(struct desk *d, struct signing *s, uint64_t *ret_size)
{
	struct keys_head last;
	bool has = true;
	int err = keys_head(d->keys, &last);
	if (!err)
		err = prepare(d, &last, s, &has);
	if (err)
		return err;
	*ret_size = s->tree.size;
	if (s->tree.size == last.size && !same_root(&last, s->root))
		return ERR_REFUSED;
	if (!s->tree.size || (has && s->tree.size == last.size))
		return 0;
	/* Also when it was signed before and the note did not arrive: the same one comes again. */
	err = keys_head_sign(d->keys, s->tree.size, s->root, &s->proof, s->note);
	return err ? err : store_write(d->store, insert, s);
}

int audit_sign(struct desk *d, uint64_t *ret_size)
{
	uint64_t size;
	struct signing *s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	int err = sign(d, s, &size);
	if (!err && ret_size)
		*ret_size = size;
	free(s);
	return err;
}

/* --- reading --- */

int audit_notes(struct store_tx *t, struct arena *a, int64_t before, size_t cap, struct audit_note **ret, size_t *ret_n)
{
	struct store_rows *rows;
	size_t n = 0;
	struct audit_note *all = arena_array(a, cap + 1, sizeof *all);
	int row, err = all ? STORE_QUERY(t, &rows, "SELECT size, note FROM audit_note WHERE size < $1 ORDER BY size DESC LIMIT $2",
		S_INT(before), S_INT((int64_t)cap)) : -ENOMEM;
	if (err)
		return err;
	while (!err && (row = store_next(rows))) {
		if (row < 0) {
			err = row;
			break;
		}
		const char *note = store_text(rows, 1);
		all[n] = (struct audit_note){ store_int(rows, 0), arena_text(a, note ? note : "", note ? strlen(note) : 0) };
		err = all[n++].note ? 0 : -ENOMEM;
	}
	store_end(rows);
	*ret = all;
	*ret_n = n;
	return err;
}

/* The next line without its end ("\r\n" too, as mail has it). */
static bool next_line(struct bytes *text, struct bytes *ret)
{
	if (!text->n)
		return false;
	const uint8_t *end = memchr(text->p, '\n', text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n;
	*ret = bytes_of(text->p, n && text->p[n - 1] == '\r' ? n - 1 : n);
	*text = bytes_of(text->p + n + (end != NULL), text->n - n - (end != NULL));
	return true;
}

/* A head has five lines: origin, size, root, none, signature. */
static int open_at(struct bytes *text, struct bytes origin, const struct note_key *k, struct checkpoint *ret)
{
	char note[CHECKPOINT_NOTE_MAX];
	size_t n = 0;
	struct bytes line = origin, rest = *text;
	for (int i = 0; i < 5; i++) {
		if ((i && !next_line(&rest, &line)) || line.n + 1 > sizeof note - n)
			return ERR_MALFORMED;
		memcpy(note + n, line.p, line.n);
		n += line.n;
		note[n++] = '\n';
	}
	int err = checkpoint_open(bytes_of(note, n), k, ret);
	if (!err)
		*text = rest;
	return err == -ENOENT ? ERR_KEY : err;
}

int audit_head_find(struct bytes *text, const struct note_key *k, struct checkpoint *ret)
{
	struct bytes line;
	while (next_line(text, &line)) {
		if (!bytes_equal(line, bytes_str(k->name)))
			continue;
		int err = open_at(text, line, k, ret);
		if (err != ERR_MALFORMED) /* half a head: a sudden end left it in a file */
			return err;
	}
	return -ENOENT;
}
