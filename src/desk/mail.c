/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/mail.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>

int mail_write(struct arena *a, const struct mail *m, struct bytes *ret)
{
	json_t *top = json_object();
	int err = -ENOMEM;
	if (top && !json_object_set_new(top, "v", json_integer(1)) &&
		!json_object_set_new(top, "from", json_string(m->from_reporter ? "reporter" : "desk")) &&
		!json_object_set_new(top, "text", json_string(m->text)) &&
		!json_object_set_new(top, "withdrawal", json_boolean(m->withdrawal))) {
		size_t n = json_dumpb(top, NULL, 0, JSON_COMPACT);
		char *p = n ? arena_alloc(a, n + 1) : NULL;
		if (p) {
			*ret = bytes_of(p, json_dumpb(top, p, n, JSON_COMPACT));
			err = n > SEAL_PLAIN_MAX ? ERR_LIMIT : 0;
		}
	}
	json_decref(top);
	return err;
}

int mail_read(struct arena *a, struct bytes json, struct mail *ret)
{
	json_error_t where;
	json_t *top = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &where);
	const char *from = json_string_value(json_object_get(top, "from")), *text = json_string_value(json_object_get(top, "text"));
	int err = ERR_MALFORMED;
	if (json_integer_value(json_object_get(top, "v")) == 1 && from && text) {
		char *copy = arena_text(a, text, strlen(text));
		err = copy ? 0 : -ENOMEM;
		if (copy) {
			ret->from_reporter = strcmp(from, "reporter") == 0;
			ret->withdrawal = json_is_true(json_object_get(top, "withdrawal"));
			ret->text = copy;
		}
	}
	json_decref(top);
	return err;
}

int desk_mail(struct desk *d, struct arena *a, const uint8_t mailbox_public[SEAL_PUBLIC], const struct mail *m,
	struct bytes *ret)
{
	struct bytes plain;
	int err = mail_write(a, m, &plain);
	if (err)
		return err;
	size_t n = keys_mail_size(plain.n);
	uint8_t *blob = n ? arena_alloc(a, n) : NULL;
	err = n ? -ENOMEM : ERR_LIMIT;
	if (blob)
		err = keys_mail(d->keys, mailbox_public, plain, blob);
	sodium_memzero((void *)(uintptr_t)plain.p, plain.n);
	*ret = bytes_of(blob, n);
	return err;
}
