/* SPDX-License-Identifier: Apache-2.0 */
/* {"v":1,"classification":"national","offence":"CSAM_POSS","text":"..."}; what was not said is left out. */
#include "desk/work/work.h"

#include <errno.h>
#include <jansson.h>

static int put(json_t *top, const char *name, const char *value)
{
	return value && *value && json_object_set_new(top, name, json_string(value)) ? ERR_MALFORMED : 0;
}

int work_assessment_write(struct arena *a, const struct work_assessment *as, struct bytes *ret)
{
	json_t *top = json_object();
	if (!top || json_object_set_new(top, "v", json_integer(1))) {
		json_decref(top);
		return -ENOMEM;
	}
	int err = put(top, "classification", as->classification ? case_classification_name(as->classification) : NULL);
	if (!err)
		err = put(top, "offence", as->offence);
	if (!err)
		err = put(top, "text", as->text);
	size_t n = err ? 0 : json_dumpb(top, NULL, 0, JSON_COMPACT);
	char *p = n ? arena_alloc(a, n) : NULL;
	if (!err && !p)
		err = -ENOMEM;
	if (!err)
		*ret = bytes_of(p, json_dumpb(top, p, n, JSON_COMPACT));
	json_decref(top);
	return err;
}

/* A text member; NULL: not there. */
static int member(struct arena *a, const json_t *top, const char *name, const char **ret)
{
	const json_t *j = json_object_get(top, name);
	const char *s = json_string_value(j);
	*ret = s ? arena_text(a, s, json_string_length(j)) : NULL;
	return s && !*ret ? -ENOMEM : j && !s ? ERR_MALFORMED : 0;
}

int work_assessment_read(struct arena *a, struct bytes plain, struct work_assessment *ret)
{
	json_error_t where;
	const char *name = NULL;
	struct work_assessment as = { .text = NULL };
	json_t *top = json_loadb((const char *)plain.p, plain.n, JSON_REJECT_DUPLICATES, &where);
	int err = json_integer_value(json_object_get(top, "v")) == 1 ? 0 : ERR_MALFORMED;
	if (!err)
		err = member(a, top, "classification", &name);
	if (!err && name)
		err = case_classification_parse(name, &as.classification);
	if (!err)
		err = member(a, top, "offence", &as.offence);
	if (!err)
		err = member(a, top, "text", &as.text);
	if (!as.text)
		as.text = "";
	if (!err)
		*ret = as;
	json_decref(top);
	return err;
}
