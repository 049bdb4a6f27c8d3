/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "desk/desk.h"

/* /receipt: nine words, then go: open | answer | withdraw | withdraw-yes. Once read, the words travel
 * sealed in `state`, so that they are typed once. */
void receipt_ask(struct web_request *r);
void receipt_post(struct web_request *r);
