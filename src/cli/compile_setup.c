/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/compile_cli.h"

#include "base/hex.h"

#include <errno.h>

static int room(struct compile_setup *s, void **p, unsigned n, unsigned *cap, size_t size)
{
	if (n < *cap)
		return 0;
	unsigned more = *cap ? *cap * 2 : 16;
	if (more > COMPILE_ITEMS_MAX * 64)
		return ERR_LIMIT;
	void *q = arena_array(&s->arena, more, size);
	if (!q)
		return -ENOMEM;
	if (n)
		memcpy(q, *p, n * size);
	*p = q;
	*cap = more;
	return 0;
}

int setup_text(struct compile_setup *s, struct texts *to, const char *text)
{
	int err = room(s, (void **)&to->p, to->n, &to->cap, sizeof *to->p);
	char *copy = err ? NULL : arena_text(&s->arena, text, strlen(text));
	if (!err && !copy)
		err = -ENOMEM;
	if (!err)
		to->p[to->n++] = copy;
	return err;
}

int setup_list(struct compile_setup *s, const struct compile_list *l)
{
	int err = room(s, (void **)&s->lists, s->nlists, &s->lists_cap, sizeof *s->lists);
	if (!err)
		s->lists[s->nlists++] = *l;
	return err;
}

bool setup_match(const char *s, size_t n, unsigned *ret)
{
	static const struct {
		const char *word;
		unsigned ops;
	} known[] = { { "exact", ADD_EXACT }, { "subtree", ADD_BELOW }, { "both", ADD_BOTH } };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i].word) == n && !memcmp(known[i].word, s, n)) {
			*ret = known[i].ops;
			return true;
		}
	return false;
}

static int read_word(
	const char *w, size_t n, struct compile_list *l, const char *text, struct err_note *note)
{
	enum list_format f = format_find(w, n);
	if (f < FORMATS)
		l->format = f;
	else if (n == 5 && !memcmp(w, "allow", 5))
		l->allow = true;
	else if (!(n == 5 && !memcmp(w, "block", 5)) && !setup_match(w, n, &l->match))
		return err_set(note, ERR_CONFIG,
			"--list '%.100s': '%.*s' is no format (plain, hosts, adblock, dnsmasq, "
			"wildcard, rpz, unbound, squid, "
			"v2fly, address), nor exact, subtree, both, allow, block",
			text, (int)MIN(n, (size_t)40), w);
	return 0;
}

int setup_list_text(struct compile_setup *s, const char *text, struct err_note *note)
{
	const char *equal = strchr(text, '=');
	if (!equal || equal == text || !equal[1])
		return err_set(note, ERR_CONFIG, "--list '%.100s': CATEGORY[:FORMAT]=PATH", text);
	size_t left = (size_t)(equal - text), n = strcspn(text, ":=");
	struct compile_list l = { 0 };
	l.category = arena_text(&s->arena, text, n);
	l.path = arena_text(&s->arena, equal + 1, strlen(equal + 1));
	if (!l.category || !l.path)
		return -ENOMEM;
	while (n < left) {
		const char *w = text + n + 1;
		size_t len = strcspn(w, ":=");
		int err = read_word(w, len, &l, text, note);
		if (err)
			return err;
		n += 1 + len;
	}
	return setup_list(s, &l);
}

int setup_key(struct compile_setup *s, const char *hex, struct err_note *note)
{
	uint8_t k[16];
	if (!hex_read(bytes_str(hex), k, sizeof k))
		return err_set(note, ERR_CONFIG, "a key is 32 hexadecimal digits");
	s->o.key = (struct name_key){ be64_get(k), be64_get(k + 8) };
	s->o.has_key = true;
	return 0;
}
