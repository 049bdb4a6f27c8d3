/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/submit_blind.h"

#include <errno.h>

struct list {
	struct arena *arena;
	struct submit_text *at;
	size_t n, addresses;
};

static int put(struct list *l, enum seal_blind_kind kind, struct bytes text)
{
	if (l->n < SUBMIT_BLIND_MAX)
		l->at[l->n++] = (struct submit_text){ kind, text };
	return 0;
}

/* What is no address is not an error here: it was taken as words. */
static int put_address(struct list *l, const char *raw)
{
	const char *url, *host;
	int err = report_canonical_url(l->arena, raw, &url);
	if (err == -ENOMEM || l->addresses == SUBMIT_ADDRESSES_MAX)
		return err == -ENOMEM ? err : 0;
	if (err)
		return 0;
	l->addresses++;
	err = put(l, SEAL_BLIND_ADDRESS, bytes_str(url));
	if (!err && !report_canonical_host(l->arena, url, &host))
		err = put(l, SEAL_BLIND_HOST, bytes_str(host));
	return err;
}

static int put_addresses(struct list *l, const struct report *r)
{
	static const char *const fields[] = { "url", "referrer", "suspect_profile", "more_urls" };
	int err = 0;
	for (size_t i = 0; !err && i < ARRAY_LEN(fields); i++) {
		const char *at = report_get(r, fields[i]);
		/* An address may have been broken over lines; only `more_urls` is a list. */
		if (at && i < 3)
			err = put_address(l, at);
		for (struct bytes one; !err && i == 3 && report_entry(&at, &one);) {
			char *line = arena_text(l->arena, (const char *)one.p, one.n);
			err = line ? put_address(l, line) : -ENOMEM;
		}
	}
	return err;
}

static int put_account(struct list *l, const struct report *r, const char *field)
{
	const char *account, *raw = report_get(r, field);
	if (!raw)
		return 0;
	int err = report_canonical_account(l->arena, report_get(r, "platform"), raw, &account);
	if (err)
		return err == -ENOMEM ? err : 0;
	return put(l, SEAL_BLIND_ACCOUNT, bytes_str(account));
}

int submit_texts(struct arena *a, const struct report *r, struct submit_text *ret, size_t *ret_n)
{
	struct list l = { a, ret, 0, 0 };
	const char *at = report_get(r, "excluded_units");
	int err = 0;
	/* First: a unit that must not see the report may never fall off the end. */
	for (struct bytes one; !err && report_entry(&at, &one);)
		err = put(&l, SEAL_BLIND_EXCLUDED, one);
	if (!err)
		err = put_addresses(&l, r);
	if (!err)
		err = put_account(&l, r, "suspect_account");
	if (!err)
		err = put_account(&l, r, "suspect_profile");
	*ret_n = l.n;
	return err;
}

int submit_blind(struct desk *d, struct arena *a, const uint8_t *session, const struct report *r, uint64_t epoch,
	struct submit_blind *ret, size_t *ret_n)
{
	size_t n;
	struct submit_text *text = arena_array(a, SUBMIT_BLIND_MAX, sizeof *text);
	int err = text ? submit_texts(a, r, text, &n) : -ENOMEM;
	if (err)
		return err;
	for (size_t i = 0; !err && i < n; i++) {
		ret[i].kind = text[i].kind;
		err = keys_blind(d->keys, session, epoch, text[i].kind, text[i].text, ret[i].value);
	}
	*ret_n = n;
	return err;
}
