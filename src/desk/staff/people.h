/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Handlers of the pages about the people of the desk; their table is people_routes.c. */

#include "web/server.h"

void staff_second(struct web_request *r);
void staff_second_post(struct web_request *r);
void staff_factor(struct web_request *r);
void staff_factor_post(struct web_request *r);
void staff_factor_codes(struct web_request *r);
void staff_me(struct web_request *r);
void staff_me_post(struct web_request *r);
void staff_sessions_page(struct web_request *r);
void staff_sessions_end_one(struct web_request *r);
void staff_sessions_end_others(struct web_request *r);
void staff_password(struct web_request *r);
void staff_password_post(struct web_request *r);
