/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/audit/export.h"

#include "base/clock.h"

#include <errno.h>
#include <sodium.h>

enum { FULL = 1 }; /* audit_each's end before the end */

struct exporting {
	const struct audit_export *e;
	struct audit_exported *ret;
};

/* Quoted; what a spreadsheet would take for a formula gets a mark before it. */
static void csv_text(FILE *f, struct bytes b)
{
	fputs(",\"", f);
	if (b.n && memchr("=+-@\t\r", b.p[0], 6))
		fputc('\'', f);
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '"')
			fputc('"', f);
		fputc(b.p[i], f);
	}
	fputc('"', f);
}

static void csv_row(FILE *f, const struct audit_row *r)
{
	struct civil c = civil_from_seconds(r->at);
	char report[2 * SEAL_ID + 1] = "", leaf[2 * MERKLE_HASH + 1] = "";
	if (r->report.n == SEAL_ID)
		sodium_bin2hex(report, sizeof report, r->report.p, SEAL_ID);
	if (r->leaf.n == MERKLE_HASH)
		sodium_bin2hex(leaf, sizeof leaf, r->leaf.p, MERKLE_HASH);
	fprintf(f, "%lld,%04d-%02d-%02dT%02d:%02d:%02dZ,%lld,%lld", (long long)r->seq, c.year, c.month, c.day, c.hour, c.minute,
		c.second, (long long)r->member, (long long)r->role);
	csv_text(f, r->action);
	csv_text(f, bytes_str(report));
	csv_text(f, r->object);
	csv_text(f, r->detail);
	fprintf(f, ",%s\r\n", leaf);
}

static void withheld(FILE *f, const struct audit_row *r, bool csv)
{
	char leaf[2 * MERKLE_HASH + 1] = "";
	if (r->leaf.n == MERKLE_HASH)
		sodium_bin2hex(leaf, sizeof leaf, r->leaf.p, MERKLE_HASH);
	if (csv)
		fprintf(f, "%lld,,,,\"withheld\",,,,%s\r\n", (long long)r->seq, leaf);
	else
		fprintf(f, "{\"seq\":%lld,\"withheld\":true,\"leaf\":\"%s\"}\n", (long long)r->seq, leaf);
}

static int row(void *ctx, const struct audit_row *r)
{
	struct exporting *x = ctx;
	char line[AUDIT_LINE_MAX];
	size_t n;
	if (x->e->cap && (size_t)x->ret->n == x->e->cap) {
		x->ret->next = r->seq;
		return FULL;
	}
	if (x->e->hidden && audit_hidden_has(x->e->hidden, r)) {
		x->ret->n++;
		x->ret->withheld++;
		withheld(x->e->out, r, x->e->csv);
		return ferror(x->e->out) ? -EIO : 0;
	}
	bool good = audit_row_line(r, r->seq, line, &n);
	x->ret->n++;
	x->ret->damaged += !good;
	if (x->e->csv)
		csv_row(x->e->out, r);
	else if (good)
		fprintf(x->e->out, "%.*s\n", (int)n, line);
	else
		fprintf(x->e->out, "{\"seq\":%lld,\"damaged\":true}\n", (long long)r->seq);
	return ferror(x->e->out) ? -EIO : 0;
}

int audit_export(struct store_tx *t, const struct audit_export *e, struct audit_exported *ret)
{
	struct exporting x = { e, ret };
	*ret = (struct audit_exported){ .next = -1 };
	if (e->csv)
		fputs("seq,at,member,role,action,report,object,detail,leaf\r\n", e->out);
	int err = audit_each(t, &e->filter, e->from, row, &x);
	if (err < 0)
		return err;
	return fflush(e->out) == 0 ? 0 : -EIO;
}
