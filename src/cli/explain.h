/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* hisn explain: what is asked for, and what was judged. */

#include "cli/cli.h"
#include "dns/proto.h"
#include "policy/judge.h"

struct explain {
	const char *name, *image, *overlay, *release, *household, *profile, *client, *at, *type;
	bool json;
	struct view *view;
	struct dns_name qname;
	uint16_t number; /* of the profile */
	uint16_t qtype;
	int64_t now;
	struct policy_now state;
	struct policy_facts facts;
	struct verdict verdict;
	struct trace trace;
};

/* "A", "https", "TYPE65". */
bool explain_type(const char *s, uint16_t *ret);

void explain_text(const struct explain *e);
void explain_json(const struct explain *e);
