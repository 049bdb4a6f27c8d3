/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "web/html.h"

struct example {
	const char *title, *day, *phone;
	const char *const *url;
	size_t n;
	int days;
	int64_t count;
};
