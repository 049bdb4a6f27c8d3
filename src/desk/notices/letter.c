/* SPDX-License-Identifier: Apache-2.0 */
/* What a letter may hold, and as JSON. */
#include "desk/notices/letter.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "desk/directory/directory.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>

static const char *const channels[CHANNEL_COUNT] = { "mail", "paper", "form" };
static const char *const channel_labels[CHANNEL_COUNT] = { N_("By e-mail"), N_("On paper"), N_("By their web form, by hand") };

const char *notice_channel_name(enum notice_channel c)
{
	return channels[c];
}

const char *notice_channel_label(enum notice_channel c)
{
	return channel_labels[c];
}

bool notice_channel_parse(const char *name, enum notice_channel *ret)
{
	for (unsigned i = 0; name && i < CHANNEL_COUNT; i++) {
		if (!strcmp(channels[i], name)) {
			*ret = (enum notice_channel)i;
			return true;
		}
	}
	return false;
}

/* --- checks --- */

static bool plain(const char *s, size_t max, bool lines)
{
	struct bytes left = bytes_str(s);
	if (!left.n || left.n > max)
		return false;
	while (left.n) {
		uint32_t c = utf8_next(&left);
		if (c == UTF8_BAD || (c < 0x20 && !(lines && c == '\n')) || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

int letter_addresses(struct arena *a, const char *typed, const char **ret)
{
	size_t n = 0, lines = 0;
	char *to = arena_alloc(a, strlen(typed) + 1);
	if (!to)
		return -ENOMEM;
	while (*typed) {
		size_t all = strcspn(typed, "\n"), from = 0, end = all;
		while (from < end && (typed[from] == ' ' || typed[from] == '\t'))
			from++;
		while (end > from && (typed[end - 1] == ' ' || typed[end - 1] == '\t' || typed[end - 1] == '\r'))
			end--;
		if (end > from) {
			if (end - from > LETTER_ADDRESS_BYTES || ++lines > LETTER_ADDRESSES_MAX)
				return ERR_LIMIT;
			if (n)
				to[n++] = '\n';
			memcpy(to + n, typed + from, end - from);
			n += end - from;
		}
		typed += all + (typed[all] == '\n');
	}
	to[n] = 0;
	*ret = to;
	return n > LETTER_ADDRESSES_BYTES ? ERR_LIMIT : 0;
}

static struct letter_fault bad(const char *field, const char *why)
{
	return (struct letter_fault){ field, why };
}

static struct letter_fault check_way(const struct notice_letter *l)
{
	if (l->mail && !directory_mail_good(l->mail))
		return bad("mail", N_("This is not an e-mail address as we can use it: name@organisation.example."));
	if (l->channel == CHANNEL_MAIL && !l->mail)
		return bad("mail", N_("To send it by e-mail, their address is needed."));
	if (l->channel == CHANNEL_PAPER && !l->postal)
		return bad("postal", N_("To send it on paper, their postal address is needed."));
	if (l->channel == CHANNEL_FORM && !l->form)
		return bad("form", N_("To use their form, its address is needed."));
	return bad(NULL, NULL);
}

struct letter_fault letter_check(const struct desk_data *d, const struct notice_letter *l, bool text)
{
	enum lang lang;
	const struct desk_offence *o = l->offence ? case_offence(d, l->offence) : NULL;
	if (!l->name || !plain(l->name, 200, false))
		return bad("name", N_("Who gets the letter? Choose a recipient, or type the name."));
	if (!l->language || !lang_parse(l->language, strlen(l->language), &lang))
		return bad("language", N_("Choose the language to write in."));
	if ((l->postal && !plain(l->postal, 500, true)) || (l->form && !plain(l->form, 300, false)))
		return bad(l->form && !plain(l->form, 300, false) ? "form" : "postal", N_("This is too long, or holds characters that cannot be shown."));
	if (!l->addresses || !plain(l->addresses, LETTER_ADDRESSES_BYTES, true))
		return bad("addresses", N_("Which address is it about? One on each line, at most 50."));
	if (!o || !offence_for_notice(o))
		return bad("offence", N_("Choose what the report was filed under: an offence."));
	struct letter_fault f = check_way(l);
	if (!f.why && text && (!l->subject || !plain(l->subject, LETTER_SUBJECT_BYTES, false)))
		f = bad("subject", N_("A subject is needed, on one line."));
	if (!f.why && text && (!l->body || !plain(l->body, LETTER_BODY_BYTES, true)))
		f = bad("body", N_("The letter is empty, too long, or holds characters that cannot be shown."));
	return f;
}

/* --- references --- */

const char *notice_reference(struct arena *a, const uint8_t id[SEAL_ID])
{
	const char *s = arena_printf(a, "N-%02X%02X%X-%X%02X%02X", id[0], id[1], id[2] >> 4, id[2] & 15, id[3], id[4]);
	return s ? s : "";
}

bool notice_reference_read(const char *typed, uint8_t ret[LETTER_NUMBER])
{
	char hex[2 * LETTER_NUMBER];
	size_t n = 0;
	if (*typed == 'N' || *typed == 'n')
		typed++;
	for (; *typed; typed++) {
		if (*typed == '-' || *typed == ' ')
			continue;
		if (n == sizeof hex)
			return false;
		hex[n++] = *typed;
	}
	return n == sizeof hex && hex_read(bytes_of(hex, n), ret, LETTER_NUMBER);
}

/* --- JSON --- */

static int put(json_t *o, const char *name, const char *value)
{
	return value && *value && json_object_set_new(o, name, json_string(value)) ? -ENOMEM : 0;
}

static int put_recipient(json_t *top, const struct notice_letter *l)
{
	json_t *o = json_object();
	if (!o || json_object_set_new(top, "recipient", o))
		return -ENOMEM;
	int err = put(o, "kind", recipient_kind_name(l->kind));
	if (!err)
		err = put(o, "name", l->name);
	if (!err)
		err = put(o, "mail", l->mail);
	if (!err)
		err = put(o, "postal", l->postal);
	return err ? err : put(o, "form", l->form);
}

static int put_addresses(json_t *top, const char *lines)
{
	json_t *list = json_array();
	if (!list || json_object_set_new(top, "addresses", list))
		return -ENOMEM;
	while (*lines) {
		size_t n = strcspn(lines, "\n");
		if (json_array_append_new(list, json_stringn(lines, n)))
			return -ENOMEM;
		lines += n + (lines[n] == '\n');
	}
	return 0;
}

static int put_all(json_t *top, const struct notice_letter *l)
{
	const struct { const char *name, *value; } text[] = { { "language", l->language }, { "channel", channels[l->channel] },
		{ "offence", l->offence }, { "law", l->law }, { "template", l->template }, { "subject", l->subject }, { "body", l->body } };
	int err = json_object_set_new(top, "v", json_integer(1)) ? -ENOMEM : put_recipient(top, l);
	if (!err)
		err = put_addresses(top, l->addresses);
	for (size_t i = 0; i < ARRAY_LEN(text) && !err; i++)
		err = put(top, text[i].name, text[i].value);
	return err;
}

int letter_write(struct arena *a, const struct notice_letter *l, const char **ret)
{
	json_t *top = json_object();
	int err = top ? put_all(top, l) : -ENOMEM;
	size_t n = err ? 0 : json_dumpb(top, NULL, 0, JSON_COMPACT);
	char *p = n && n <= LETTER_BYTES ? arena_alloc(a, n + 1) : NULL;
	if (!err && !p)
		err = n > LETTER_BYTES ? ERR_LIMIT : -ENOMEM;
	if (!err) {
		json_dumpb(top, p, n, JSON_COMPACT);
		*ret = p;
	}
	json_decref(top);
	return err;
}

/* The first error stays. */
struct reader { struct arena *a; int err; };

static const char *get(struct reader *r, const json_t *o, const char *name, bool needed)
{
	const json_t *v = json_object_get(o, name);
	const char *s = json_string_value(v);
	const char *copy = s && !r->err ? arena_text(r->a, s, json_string_length(v)) : NULL;
	if (!r->err && s && !copy)
		r->err = -ENOMEM;
	if (!r->err && (v ? !s : needed))
		r->err = ERR_MALFORMED;
	return copy;
}

static const char *get_addresses(struct reader *r, json_t *list)
{
	const char *lines = "";
	size_t i;
	json_t *v;
	if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > LETTER_ADDRESSES_MAX)
		r->err = r->err ? r->err : ERR_MALFORMED;
	json_array_foreach(list, i, v) {
		const char *s = json_string_value(v);
		if (!r->err && (!s || !*s || strchr(s, '\n')))
			r->err = ERR_MALFORMED;
		if (r->err)
			break;
		lines = arena_printf(r->a, "%s%s%s", lines, i ? "\n" : "", s);
		if (!lines)
			r->err = -ENOMEM;
	}
	return lines;
}

int letter_read(struct arena *a, struct bytes json, struct notice_letter *ret)
{
	struct reader r = { a, 0 };
	json_t *top = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *o = json_object_get(top, "recipient");
	struct notice_letter l = { .language = get(&r, top, "language", true), .offence = get(&r, top, "offence", true),
		.law = get(&r, top, "law", false), .template = get(&r, top, "template", true), .subject = get(&r, top, "subject", true),
		.body = get(&r, top, "body", true), .name = get(&r, o, "name", true), .mail = get(&r, o, "mail", false),
		.postal = get(&r, o, "postal", false), .form = get(&r, o, "form", false) };
	l.addresses = get_addresses(&r, json_object_get(top, "addresses"));
	const char *kind = get(&r, o, "kind", true), *channel = get(&r, top, "channel", true);
	if (!r.err && (json_integer_value(json_object_get(top, "v")) != 1 || !recipient_kind_parse(kind, &l.kind) ||
		!recipient_takes_notices(l.kind) || !notice_channel_parse(channel, &l.channel)))
		r.err = ERR_MALFORMED;
	json_decref(top);
	if (!r.err)
		*ret = l;
	return r.err;
}
