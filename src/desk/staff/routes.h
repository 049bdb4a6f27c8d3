/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Handlers of the staff pages; the table is routes.c. */

#include "web/server.h"

void staff_sign_in_form(struct web_request *r);
void staff_sign_in_post(struct web_request *r);
void staff_sign_out_post(struct web_request *r);
void staff_join(struct web_request *r);
void staff_join_post(struct web_request *r);
void staff_home(struct web_request *r);
void staff_members(struct web_request *r);
void staff_members_confirm(struct web_request *r);
void staff_members_invite(struct web_request *r);
void staff_settings(struct web_request *r);
void staff_settings_post(struct web_request *r);
void staff_settings_open(struct web_request *r);
void staff_reports(struct web_request *r);
void staff_view_save(struct web_request *r);
void staff_view_remove(struct web_request *r);
void staff_search(struct web_request *r);
void staff_search_post(struct web_request *r);
void staff_tasks(struct web_request *r);
void staff_case(struct web_request *r);
void staff_case_open(struct web_request *r);
void staff_case_like(struct web_request *r);
void staff_case_refer(struct web_request *r);
void staff_case_refer_post(struct web_request *r);
void staff_case_act(struct web_request *r);
void staff_case_act_post(struct web_request *r);
void staff_enter(struct web_request *r);
void staff_enter_begin(struct web_request *r);
void staff_enter_post(struct web_request *r);
void staff_partners(struct web_request *r);
void staff_partners_post(struct web_request *r);
void staff_partners_revoke(struct web_request *r);
void staff_directory(struct web_request *r);
void staff_directory_region(struct web_request *r);
void staff_directory_unit(struct web_request *r);
void staff_directory_unit_post(struct web_request *r);
void staff_directory_kind(struct web_request *r);
void staff_directory_recipient(struct web_request *r);
void staff_directory_recipient_post(struct web_request *r);
void staff_notices(struct web_request *r);
void staff_notice(struct web_request *r);
void staff_notice_post(struct web_request *r);
void staff_notice_new(struct web_request *r);
void staff_notice_new_post(struct web_request *r);
void staff_packets(struct web_request *r);
void staff_packet(struct web_request *r);
void staff_packet_post(struct web_request *r);
void staff_packet_new(struct web_request *r);
void staff_packet_new_post(struct web_request *r);
