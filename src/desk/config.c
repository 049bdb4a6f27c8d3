/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/config.h"

#include "base/file.h"
#include "desk/post/write.h"
#include "web/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>

enum { CONFIG_MAX = 256 * 1024, LISTEN_MAX = 8, HEADS_MAX = 8, MAIL_SECONDS = 20, MAIL_SECONDS_MAX = 120 };

#define TEXT(key, member, max) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct desk_config, member, 1, max)
#define TLS_TEXT(key, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct desk_config_tls, member, 1, PATH_MAX)
#define MAIL_TEXT(key, max) \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct desk_config_mail, key, 1, max)
#define DAY(day) \
	CYAML_FIELD_STRING_PTR(#day, CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct desk_config_hours, day, 1, 11)

static const cyaml_schema_value_t line = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 300) };

static const cyaml_schema_field_t tls_fields[] = {
	TLS_TEXT("certificate", certificate),
	TLS_TEXT("key", key),
	CYAML_FIELD_BOOL("behind_proxy", CYAML_FLAG_OPTIONAL, struct desk_config_tls, behind_proxy),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t mail_fields[] = {
	MAIL_TEXT(sendmail, PATH_MAX),
	MAIL_TEXT(from, 254),
	MAIL_TEXT(base, 300),
	CYAML_FIELD_UINT("seconds", CYAML_FLAG_OPTIONAL, struct desk_config_mail, seconds),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t audit_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("heads_to", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct desk_config_audit, heads_to,
		heads_to_n, &line, 0, HEADS_MAX),
	CYAML_FIELD_STRING_PTR("heads_file", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct desk_config_audit, heads_file, 1, PATH_MAX),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t hours_fields[] = {
	DAY(mon), DAY(tue), DAY(wed), DAY(thu), DAY(fri), DAY(sat), DAY(sun),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t fields[] = {
	TEXT("name", name, 200),
	TEXT("contact", contact, 300),
	CYAML_FIELD_SEQUENCE_COUNT("listen", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct desk_config, listen,
		listen_n, &line, 0, LISTEN_MAX),
	TEXT("database", database, PATH_MAX),
	TEXT("keys", keys_socket, 107),
	TEXT("data", data, PATH_MAX),
	TEXT("time_zone", zone, 64),
	TEXT("language", language, 8),
	TEXT("country", country, 2),
	TEXT("quick_exit", exit_url, 300),
	TEXT("onion", onion, 100),
	CYAML_FIELD_MAPPING("tls", CYAML_FLAG_OPTIONAL, struct desk_config, tls, tls_fields),
	CYAML_FIELD_MAPPING("mail", CYAML_FLAG_OPTIONAL, struct desk_config, mail, mail_fields),
	CYAML_FIELD_MAPPING("audit", CYAML_FLAG_OPTIONAL, struct desk_config, audit, audit_fields),
	CYAML_FIELD_MAPPING("hours", CYAML_FLAG_OPTIONAL, struct desk_config, hours, hours_fields),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct desk_config, fields),
};

/* "09:00-17:30" into minutes of the day. */
static bool read_hours(const char *s, uint16_t *from, uint16_t *to)
{
	unsigned v[4];
	static const char form[] = "00:00-00:00";
	if (strlen(s) != sizeof form - 1)
		return false;
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] == '0' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
			return false;
	for (int i = 0; i < 4; i++)
		v[i] = (unsigned)(s[3 * i] - '0') * 10 + (unsigned)(s[3 * i + 1] - '0');
	if (v[0] > 23 || v[1] > 59 || v[2] > 24 || v[3] > 59 || (v[2] == 24 && v[3]))
		return false;
	*from = (uint16_t)(v[0] * 60 + v[1]);
	*to = (uint16_t)(v[2] * 60 + v[3]);
	return *from < *to;
}

static int check_hours(const struct conf_source *src, struct desk_config *c, struct err_note *note)
{
	static const char *const day[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	char *const said[7] = { c->hours.mon, c->hours.tue, c->hours.wed, c->hours.thu, c->hours.fri, c->hours.sat,
		c->hours.sun };
	for (int i = 0; i < 7; i++) {
		char path[16];
		(void)snprintf(path, sizeof path, "hours.%s", day[i]);
		if (said[i] && !read_hours(said[i], &c->from[i], &c->to[i]))
			return conf_refuse(src, note, path, "hours are written \"09:00-17:00\", within one day");
	}
	return 0;
}

static int check_mail(const struct conf_source *src, struct desk_config_mail *m, struct err_note *note)
{
	if (!m->sendmail && !m->from && !m->base)
		return m->seconds ? conf_refuse(src, note, "mail", "'sendmail', 'from' and 'base' must be set") : 0;
	if (!m->sendmail || !m->from || !m->base)
		return conf_refuse(src, note, "mail", "'sendmail', 'from' and 'base' belong together");
	if (m->sendmail[0] != '/')
		return conf_refuse(src, note, "mail.sendmail", "a path from the root, as /usr/bin/msmtp");
	if (!post_address_good(m->from))
		return conf_refuse(src, note, "mail.from", "one address, as desk@desk.example");
	if ((strncmp(m->base, "https://", 8) != 0 && strncmp(m->base, "http://", 7) != 0) || m->base[strlen(m->base) - 1] == '/')
		return conf_refuse(src, note, "mail.base", "an address as in https://desk.example, without a last slash");
	if (m->seconds > MAIL_SECONDS_MAX)
		return conf_refuse(src, note, "mail.seconds", "at most %d", MAIL_SECONDS_MAX);
	m->seconds = m->seconds ? m->seconds : MAIL_SECONDS;
	return 0;
}

static int check_audit(const struct conf_source *src, const struct desk_config *c, struct err_note *note)
{
	for (unsigned i = 0; i < c->audit.heads_to_n; i++)
		if (!post_address_good(c->audit.heads_to[i]))
			return conf_refuse(src, note, "audit.heads_to", "one address each, as audit@elsewhere.example");
	if (c->audit.heads_to_n && !c->mail.from)
		return conf_refuse(src, note, "audit.heads_to", "'mail' must be set, too");
	if (c->audit.heads_file && c->audit.heads_file[0] != '/')
		return conf_refuse(src, note, "audit.heads_file", "a path from the root");
	return 0;
}

static int check(const struct conf_source *src, struct desk_config *c, struct err_note *note)
{
	enum lang l;
	struct tz *zone;
	if (!c->database || !c->keys_socket)
		return conf_refuse(src, note, "", "'database' and 'keys' must be set");
	if (c->language && !lang_parse(c->language, strlen(c->language), &l))
		return conf_refuse(src, note, "language", "not a language of this desk");
	if (!c->tls.certificate != !c->tls.key)
		return conf_refuse(src, note, "tls", "'certificate' and 'key' belong together");
	if (c->exit_url && strncmp(c->exit_url, "https://", 8) != 0)
		return conf_refuse(src, note, "quick_exit", "an https:// address");
	if (c->onion && strncmp(c->onion, "http://", 7) != 0)
		return conf_refuse(src, note, "onion", "an address as in \"http://....onion\"");
	if (c->zone) {
		int err = tz_open(NULL, c->zone, &zone, NULL);
		if (err)
			return conf_refuse(src, note, "time_zone", "no such time zone");
		tz_free(zone);
	}
	int err = check_mail(src, &c->mail, note);
	if (!err)
		err = check_audit(src, c, note);
	return err ? err : check_hours(src, c, note);
}

int desk_config_load(const char *path, struct desk_config **ret, struct err_note *note)
{
	struct bytes text;
	int err = file_read(path, CONFIG_MAX, &text);
	if (err)
		return err_set(note, err, "%s: %s", path, err_text(err));
	const struct conf_source src = { path, text.p, text.n };
	struct desk_config *c = NULL;
	err = conf_load(&src, &schema, (void **)&c, note);
	if (!err) {
		if (!c->country)
			c->country = strdup("MA"); /* libcyaml frees with free() */
		err = c->country ? check(&src, c, note) : -ENOMEM;
		if (err)
			desk_config_free(c);
		else
			*ret = c;
	}
	free((void *)(uintptr_t)text.p);
	return err;
}

void desk_config_free(struct desk_config *c)
{
	if (c)
		conf_free(&schema, c);
}

struct desk_staffed desk_staffed(const struct desk_config *c, const struct tz *zone, int64_t now)
{
	struct desk_staffed r = { 0 };
	int64_t local = now + (zone ? tz_offset(zone, now) : 0);
	int64_t today = (local - ((local % 86400) + 86400) % 86400) / 86400;
	int minute = (int)((local - today * 86400) / 60);
	for (int64_t day = today; day < today + 8; day++) {
		int w = civil_weekday(day);
		if (c->from[w] == c->to[w])
			continue;
		if (day == today && minute >= c->from[w] && minute < c->to[w])
			r.now = true;
		if (day > today || minute < c->from[w]) {
			int64_t at = day * 86400 + c->from[w] * 60;
			r.from = zone ? tz_to_utc(zone, at) : at;
			return r;
		}
	}
	return r;
}
