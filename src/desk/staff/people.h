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
void staff_member(struct web_request *r);
void staff_member_share(struct web_request *r);
void staff_member_factor(struct web_request *r);
void staff_member_reset(struct web_request *r);
void staff_member_leave_form(struct web_request *r);
void staff_member_leave(struct web_request *r);
void staff_reset(struct web_request *r);
void staff_reset_post(struct web_request *r);
void staff_pause(struct web_request *r);
void staff_pause_post(struct web_request *r);
void staff_roster(struct web_request *r);
void staff_roster_post(struct web_request *r);
void staff_roster_remove(struct web_request *r);
void staff_handover(struct web_request *r);
void staff_handover_post(struct web_request *r);
void staff_handover_open(struct web_request *r);
void staff_handover_cases(struct web_request *r);
void staff_wall(struct web_request *r);
