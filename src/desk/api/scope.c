/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/api/api.h"

const struct api_scope api_scopes[] = {
	{ "reports:write", N_("Send reports and answers") },
	{ "reports:read", N_("Ask for the status of its reports") },
};
const size_t api_scope_count = ARRAY_LEN(api_scopes);

bool api_scope_has(const char *scopes, const char *scope)
{
	size_t n = strlen(scope);
	for (const char *at = scopes; (at = strstr(at, scope)); at += n)
		if ((at == scopes || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}
