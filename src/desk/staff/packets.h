/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the pages of handover packets show; template desk/pages/staff-packet.html. */

#include "desk/dossier/dossier.h"
#include "desk/layout.h"
#include "desk/staff/field.h"
#include "desk/staff/show.h"

struct packet_line { const char *href, *reference, *report_href, *report, *to, *state, *prepared; };
struct packets_page { struct layout layout; const struct packet_line *line; size_t n; };

struct packet_choice { const char *value, *label, *small; bool on; };
struct packet_new_page {
	struct layout layout;
	const char *action, *csrf, *report_href, *report, *error, *id;
	bool fits, names_seen;
	const struct packet_choice *recipient; size_t recipient_n;
	const struct packet_choice *message; size_t message_n;
	struct packet_choice language[LANG_COUNT];
	struct staff_field letter;
	const struct packet_line *line; size_t n; /* those there are */
};
struct packet_fact { const char *label, *value; bool ltr; };
struct packet_page {
	struct layout layout;
	const char *action, *csrf, *reference, *report_href, *report, *error, *done;
	struct packet_fact fact[10]; size_t fact_n;
	bool may_decide, released, has_key, by_mail;
	bool key_changed;         /* since it was released */
	const char *key;          /* the one shown, to be released for; "": none */
	const char *letter;       /* opened; NULL */
	const char *const *message; size_t message_n;
};
struct packet_print_page { struct layout layout; const struct dossier_document *doc; const char *back, *dir, *made; };

void page_packets(struct html_out *o, const struct packets_page *p);
void page_packet_new(struct html_out *o, const struct packet_new_page *p);
void page_packet(struct html_out *o, const struct packet_page *p);
void page_packet_print(struct html_out *o, const struct packet_print_page *p);

/* Shared by packets.c (prepare, list) and packet.c (one). */
struct packet_line packet_line_of(struct web_request *r, const struct dossier *h);
const char *packet_message_title(enum lang l, uint8_t type); /* NULL: never in a packet */
