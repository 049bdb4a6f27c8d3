/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/work/sql.h"

#include <assert.h>
#include <stdio.h>

void sql_add(struct sql *q, const char *piece)
{
	size_t n = strlen(piece);
	assert(q->n + n < SQL_MAX);
	memcpy(q->text + q->n, piece, n + 1);
	q->n += n;
}

unsigned sql_bind(struct sql *q, struct store_value v)
{
	assert(q->value_n < SQL_VALUES);
	q->value[q->value_n++] = v;
	return (unsigned)q->value_n;
}

void sql_with(struct sql *q, const char *piece, struct store_value v)
{
	char number[8];
	(void)snprintf(number, sizeof number, "$%u", sql_bind(q, v));
	for (const char *at = piece; *at; at++) {
		const char one[] = { *at, '\0' };
		sql_add(q, *at == '?' ? number : one);
	}
}

int sql_query(struct store_tx *t, const struct sql *q, struct store_rows **ret)
{
	assert(!q->open);
	return store_query(t, q->text, q->value, q->value_n, ret);
}
