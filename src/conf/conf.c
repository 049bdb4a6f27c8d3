/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/tree.h"

#include <errno.h>
#include <stdarg.h>

/* The first line that libcyaml logs is the reason; the rest is its backtrace. */
struct heard {
	char text[200];
};

static void hear(cyaml_log_t level, void *ctx, const char *format, va_list args) printf_like(3, 0);
static void hear(cyaml_log_t level, void *ctx, const char *format, va_list args)
{
	struct heard *h = ctx;
	if (!h || h->text[0])
		return;
	(void)vsnprintf(h->text, sizeof h->text, format, args);
	h->text[strcspn(h->text, "\n")] = 0;
}

static cyaml_config_t config(struct heard *h)
{
	return (cyaml_config_t){
		.log_fn = hear,
		.log_ctx = h,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
}

/* Nothing that passed the check is refused here, but for a schema that contradicts itself. */
static int load(const struct conf_source *src, const cyaml_schema_value_t *schema, void **ret,
	struct err_note *note)
{
	struct heard heard = { "" };
	cyaml_config_t c = config(&heard);
	cyaml_data_t *data = NULL;
	cyaml_err_t e = cyaml_load_data(src->p, src->n, &c, schema, &data, NULL);
	if (e == CYAML_ERR_OOM)
		return -ENOMEM;
	if (e != CYAML_OK)
		return err_set(note, ERR_CONFIG, "%s:1:1: %s (%s)", src->name, cyaml_strerror(e), heard.text);
	if (!data)
		return err_set(note, ERR_CONFIG, "%s:1:1: the file is empty", src->name);
	*ret = data;
	return 0;
}

int conf_load(const struct conf_source *src, const cyaml_schema_value_t *schema, void **ret,
	struct err_note *note)
{
	struct conf_tree tree;
	int err = conf_tree_init(&tree, src, note);
	if (err)
		return err;
	err = conf_tree_check(&tree, src, schema, note);
	conf_tree_done(&tree);
	return err ? err : load(src, schema, ret, note);
}

void conf_free(const cyaml_schema_value_t *schema, void *data)
{
	cyaml_config_t c = config(NULL);
	if (data)
		(void)cyaml_free(&c, schema, data, 0);
}

void conf_where(const struct conf_source *src, const char *path, unsigned *ret_line, unsigned *ret_column)
{
	struct conf_tree tree;
	*ret_line = *ret_column = 1;
	if (conf_tree_init(&tree, src, NULL))
		return;
	const struct conf_node *n = conf_tree_find(&tree, path);
	*ret_line = n->line;
	*ret_column = n->column;
	conf_tree_done(&tree);
}

int conf_refuse(const struct conf_source *src, struct err_note *note, const char *path, const char *format,
	...)
{
	char what[400];
	unsigned line, column;
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	conf_where(src, path, &line, &column);
	return err_set(note, ERR_CONFIG, "%s:%u:%u: %s", src->name, line, column, what);
}
