/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The desk: what all of its pages and calls share. One a process; threads share it. */

#include "desk/data.h"
#include "keys/client.h"
#include "store/store.h"
#include "web/server.h"

struct desk_config; /* desk/config.h */

struct desk {
	const struct desk_config *config;
	struct store *store;
	struct keys *keys;
	const struct desk_data *data;
	const struct tz *zone;
	struct web *web;
	char *paper; /* path of hisn-paper, which makes PDFs; NULL: there is none */
};

#define DESK(r) ((struct desk *)web_ctx(r))

/* All routes of the desk, for web_config: each part gives its own table. */
struct web_route_table { const struct web_route *route; size_t n; };
extern const struct web_route_table desk_intake_routes, desk_child_routes, desk_public_routes, desk_api_routes,
	desk_staff_routes, desk_people_routes, desk_static_routes;
