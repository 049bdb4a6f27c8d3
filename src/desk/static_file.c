/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/static_file.h"

#include "desk/layout.h"

#include <assert.h>

const struct static_file *static_file(const char *name)
{
	const struct static_file *found = NULL;
	for (size_t i = 0; i < static_file_n && !found; i++)
		if (!strcmp(static_files[i].name, name))
			found = &static_files[i];
	assert(found);
	return found;
}

const char *layout_style(void)
{
	return static_file("hisn.css")->path;
}

const char *layout_logo(void)
{
	return static_file("logo.svg")->path;
}
