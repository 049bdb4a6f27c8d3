/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* desk.yaml, and what is set by the administrator in the database. */

#include "base/tz.h"
#include "conf/conf.h"

struct desk_config_tls { char *certificate, *key; bool behind_proxy; };
struct desk_config_mail { char *sendmail, *from, *base; unsigned seconds; }; /* all three or none; base: for links */
struct desk_config_audit { char **heads_to; unsigned heads_to_n; char *heads_file; }; /* signed heads, kept elsewhere */
struct desk_config_hours { char *mon, *tue, *wed, *thu, *fri, *sat, *sun; }; /* "09:00-17:00" or NULL: nobody */

struct desk_config {
	char *name;               /* of the organisation that runs this desk */
	char *contact;            /* how to reach it by other means; may be NULL */
	char **listen; unsigned listen_n;
	char *database;           /* SQLite path or postgresql:// */
	char *keys_socket;
	char *data;               /* a folder of the operator's own tables, in the place of those that ship; NULL: none */
	char *zone;               /* "Africa/Casablanca" */
	char *language;           /* fallback: "fr" */
	char *country;            /* "MA": which helplines stand first */
	char *exit_url;           /* quick exit: a neutral page */
	char *onion;
	struct desk_config_tls tls;
	struct desk_config_mail mail;
	struct desk_config_audit audit;
	struct desk_config_hours hours;
	uint16_t from[7], to[7];  /* of `hours`, in minutes of the day; equal: nobody */
};
/* ERR_CONFIG, errno values; the note says where. */
must_use int desk_config_load(const char *path, struct desk_config **ret, struct err_note *note);
void desk_config_free(struct desk_config *c);

/* Whether a person is there at `now`, and when next: Unix seconds, 0: not known. */
struct desk_staffed { bool now; int64_t from; };
struct desk_staffed desk_staffed(const struct desk_config *c, const struct tz *zone, int64_t now);
