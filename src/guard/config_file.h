/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* guard.yaml as it is written: what libcyaml fills. A pointer is NULL where the file says nothing. */

#include "conf/conf.h"
#include "guard/config.h"

struct config_list {
	char **text;
	unsigned n;
};

struct config_file {
	struct config_list listen, forward_special;
	char *image, *overlay, *household, *state, *control, *data, *cookie_secret_file, *user;
	uint32_t *workers;
	bool *cookies, *sandbox;
	struct {
		int mode;
		struct config_list servers;
		bool *tls, *trust_ad;
		char *unbound_program, *unbound_include, *trust_anchor;
		uint32_t *timeout_ms, *tries;
	} upstream;
	struct {
		uint32_t *size_mb, *max_ttl, *min_ttl, *max_negative_ttl, *stale_seconds;
		bool *prefetch;
	} cache;
	struct {
		bool *private_networks;
		struct config_list allow, deny;
	} acl;
	struct {
		uint32_t *per_second, *burst, *slip, *prefix4, *prefix6, *entries;
		bool *loopback;
	} rate_limit;
	struct {
		uint32_t *connections, *per_client, *idle_seconds, *receive_seconds, *total_seconds;
	} tcp;
	struct {
		bool *protect;
		struct config_list allow;
	} rebinding;
};

extern const cyaml_schema_value_t config_file_schema;
