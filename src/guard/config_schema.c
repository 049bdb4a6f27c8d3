/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/config_file.h"

/* The types libcyaml's macros ask for: the groups have no tags of their own. */
#define GROUP(g) __typeof__(((struct config_file *)0)->g)
#define NUMBER(g, key) CYAML_FIELD_UINT_PTR(#key, CYAML_FLAG_OPTIONAL, GROUP(g), key)
#define SWITCH(g, key) CYAML_FIELD_BOOL_PTR(#key, CYAML_FLAG_OPTIONAL, GROUP(g), key)
#define TEXT(type, key) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_OPTIONAL, type, key, 1, 4096)
#define LIST(type, key, most)                                                                     \
	CYAML_FIELD_SEQUENCE_COUNT(#key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, type, key.text, \
		key.n, &word, 0, most)
#define GROUP_FIELD(key) \
	CYAML_FIELD_MAPPING(#key, CYAML_FLAG_OPTIONAL, struct config_file, key, key##_fields)

static const cyaml_schema_value_t word = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 1024) };
static const cyaml_strval_t modes[] = { { "unbound", GUARD_UNBOUND }, { "forward", GUARD_FORWARD } };

static const cyaml_schema_field_t upstream_fields[] = {
	CYAML_FIELD_ENUM("mode", CYAML_FLAG_OPTIONAL, GROUP(upstream), mode, modes, ARRAY_LEN(modes)),
	LIST(GROUP(upstream), servers, GUARD_SERVERS_MAX),
	SWITCH(upstream, tls),
	SWITCH(upstream, trust_ad),
	TEXT(GROUP(upstream), unbound_program),
	TEXT(GROUP(upstream), unbound_include),
	TEXT(GROUP(upstream), trust_anchor),
	NUMBER(upstream, timeout_ms),
	NUMBER(upstream, tries),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t cache_fields[] = {
	NUMBER(cache, size_mb),
	NUMBER(cache, max_ttl),
	NUMBER(cache, min_ttl),
	NUMBER(cache, max_negative_ttl),
	NUMBER(cache, stale_seconds),
	SWITCH(cache, prefetch),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t acl_fields[] = {
	SWITCH(acl, private_networks),
	LIST(GROUP(acl), allow, ACL_PREFIXES_MAX),
	LIST(GROUP(acl), deny, ACL_PREFIXES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t rate_limit_fields[] = {
	NUMBER(rate_limit, per_second),
	NUMBER(rate_limit, burst),
	NUMBER(rate_limit, slip),
	NUMBER(rate_limit, prefix4),
	NUMBER(rate_limit, prefix6),
	NUMBER(rate_limit, entries),
	SWITCH(rate_limit, loopback),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t tcp_fields[] = {
	NUMBER(tcp, connections),
	NUMBER(tcp, per_client),
	NUMBER(tcp, idle_seconds),
	NUMBER(tcp, receive_seconds),
	NUMBER(tcp, total_seconds),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t rebinding_fields[] = {
	SWITCH(rebinding, protect),
	LIST(GROUP(rebinding), allow, GUARD_NAMES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
	LIST(struct config_file, listen, GUARD_LISTEN_MAX),
	CYAML_FIELD_UINT_PTR("workers", CYAML_FLAG_OPTIONAL, struct config_file, workers),
	TEXT(struct config_file, image),
	TEXT(struct config_file, overlay),
	TEXT(struct config_file, household),
	TEXT(struct config_file, state),
	TEXT(struct config_file, control),
	TEXT(struct config_file, data),
	GROUP_FIELD(upstream),
	GROUP_FIELD(cache),
	GROUP_FIELD(acl),
	GROUP_FIELD(rate_limit),
	CYAML_FIELD_BOOL_PTR("cookies", CYAML_FLAG_OPTIONAL, struct config_file, cookies),
	TEXT(struct config_file, cookie_secret_file),
	GROUP_FIELD(tcp),
	LIST(struct config_file, forward_special, GUARD_NAMES_MAX),
	GROUP_FIELD(rebinding),
	TEXT(struct config_file, user),
	CYAML_FIELD_BOOL_PTR("sandbox", CYAML_FLAG_OPTIONAL, struct config_file, sandbox),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t config_file_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_file, fields),
};
