/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that ship, every row, and how an operator's own replace them. */
#include "base/csv.h"
#include "base/file.h"
#include "desk/data.h"

#include <limits.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char shipped[PATH_MAX];
static struct desk_data *data;

static int open_shipped(void **state)
{
	struct err_note note = { "" };
	(void)snprintf(shipped, sizeof shipped, "%s/desk", getenv("HISN_DATA") ? getenv("HISN_DATA") : "data");
	int err = desk_data_open(shipped, &data, &note);
	if (err)
		print_error("%s\n", err_say(&note, err));
	return err;
}

static int close_shipped(void **state)
{
	desk_data_free(data);
	return 0;
}

static void data_has_every_territory(void **state)
{
	assert_int_equal(data->territory_n, 87);
	unsigned regions = 0;
	for (size_t i = 0; i < data->territory_n; i++)
		regions += data->territory[i].is_region;
	assert_int_equal(regions, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_has_every_territory),
	};
	return cmocka_run_group_tests(tests, open_shipped, close_shipped);
}
