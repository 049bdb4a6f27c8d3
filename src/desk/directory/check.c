/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in the directory. All pure. */
#include "desk/directory/directory.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "seal/packet.h"

enum { NAME_BYTES = 200, POSTAL_BYTES = 500, FORM_BYTES = 300, PHONE_BYTES = 24, MAIL_BYTES = 254, LOCAL_BYTES = 64, LABEL_BYTES = 63 };
enum { FIRST_DAY = 1577836800 }; /* 2020-01-01: before that nobody can have confirmed anything here */

static const char *const names[RECIPIENT_KIND_COUNT] = { [RECIPIENT_POLICE] = "police", [RECIPIENT_PROSECUTOR] = "prosecutor",
	[RECIPIENT_HOSTING] = "hosting", [RECIPIENT_PLATFORM] = "platform", [RECIPIENT_REGISTRAR] = "registrar",
	[RECIPIENT_SEARCH] = "search", [RECIPIENT_ACCESS] = "access", [RECIPIENT_HOTLINE] = "hotline" };
static const char *const labels[RECIPIENT_KIND_COUNT] = { [RECIPIENT_POLICE] = N_("Police"), [RECIPIENT_PROSECUTOR] = N_("Prosecutor"),
	[RECIPIENT_HOSTING] = N_("Hosting provider"), [RECIPIENT_PLATFORM] = N_("Platform"), [RECIPIENT_REGISTRAR] = N_("Domain registrar"),
	[RECIPIENT_SEARCH] = N_("Search engine"), [RECIPIENT_ACCESS] = N_("Internet access provider"),
	[RECIPIENT_HOTLINE] = N_("Hotline abroad") };

const char *recipient_kind_name(enum recipient_kind kind)
{
	return names[kind];
}

const char *recipient_kind_label(enum recipient_kind kind)
{
	return labels[kind];
}

bool recipient_kind_parse(const char *name, enum recipient_kind *ret)
{
	for (unsigned i = 0; name && i < RECIPIENT_KIND_COUNT; i++) {
		if (!strcmp(names[i], name)) {
			*ret = (enum recipient_kind)i;
			return true;
		}
	}
	return false;
}

/* --- single values --- */

/* Characters that turn the direction of what follows them could make one name look like another's. */
static bool turns(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool plain(const char *s, size_t max, bool lines)
{
	struct bytes left = bytes_str(s);
	if (left.n > max)
		return false;
	while (left.n) {
		uint32_t c = utf8_next(&left);
		bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
		if (c == UTF8_BAD || turns(c) || (control && !(lines && c == '\n')))
			return false;
	}
	return true;
}

static bool digit_or_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool local_good(const char *s, size_t n)
{
	if (!n || n > LOCAL_BYTES || !digit_or_letter(s[0]) || !digit_or_letter(s[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!digit_or_letter(s[i]) && (!strchr("._+-", s[i]) || s[i - 1] == '.'))
			return false;
	return true;
}

/* One label at s; how long it is, 0: it is none. */
static size_t label_good(const char *s)
{
	size_t n = 0;
	while (digit_or_letter(s[n]) || (n && s[n] == '-'))
		n++;
	return n && n <= LABEL_BYTES && s[n - 1] != '-' ? n : 0;
}

static bool domain_good(const char *s)
{
	unsigned labels_n = 0;
	for (;;) {
		size_t n = label_good(s);
		if (!n)
			return false;
		labels_n++;
		s += n;
		if (!*s)
			/* The last label is no number: not an address of a machine. */
			return labels_n >= 2 && strspn(s - n, "0123456789") != n;
		if (*s++ != '.')
			return false;
	}
}

bool directory_mail_good(const char *s)
{
	const char *at = strchr(s, '@');
	return at && strlen(s) <= MAIL_BYTES && local_good(s, (size_t)(at - s)) && domain_good(at + 1);
}

static bool phone_good(const char *s)
{
	size_t n = strlen(s), digits = 0;
	for (size_t i = 0; i < n; i++)
		digits += s[i] >= '0' && s[i] <= '9';
	return n <= PHONE_BYTES && digits >= 2 && strspn(s, "+0123456789 -") == n && !strchr(s + 1, '+');
}

static bool form_good(const char *s)
{
	if (strncmp(s, "https://", 8) != 0 || strlen(s) > FORM_BYTES || !digit_or_letter(s[8]))
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || strchr("\"'<>\\`{}|^", *s))
			return false;
	return true;
}

static bool language_good(const char *s)
{
	enum lang l;
	return s && lang_parse(s, strlen(s), &l);
}

bool directory_key_read(const char *s, uint8_t ret[SEAL_PUBLIC])
{
	char hex[2 * SEAL_PUBLIC];
	uint8_t probe[SEAL_WRAP];
	size_t n = 0;
	for (; s && *s; s++) {
		if (*s == ' ' || *s == '\n')
			continue;
		if (n == sizeof hex)
			return false;
		hex[n++] = *s;
	}
	/* A key of low order seals nothing: trying tells. */
	return n == sizeof hex && hex_read(bytes_of(hex, n), ret, SEAL_PUBLIC) && seal_wrap(ret, ret, ret, 0, probe) == 0;
}

bool directory_fingerprint_is(const uint8_t key[SEAL_PUBLIC], const char *typed)
{
	char want[SEAL_FINGERPRINT];
	const char *w = want;
	packet_fingerprint(key, want);
	for (; typed && *typed; typed++) {
		if (*typed == ' ' || *typed == '-' || *typed == '.')
			continue;
		w += *w == ' ';
		if (*typed != *w)
			return false;
		w++;
	}
	return !*w;
}

/* --- whole entries --- */

static const struct directory_fault good = { NULL, NULL };

static struct directory_fault name_check(const char *name)
{
	if (!name || !*name)
		return (struct directory_fault){ "name", N_("A name is needed.") };
	if (!plain(name, NAME_BYTES, false))
		return (struct directory_fault){ "name", N_("The name is too long, or holds characters that cannot be shown.") };
	return good;
}

static struct directory_fault mail_check(const char *mail)
{
	if (mail && !directory_mail_good(mail))
		return (struct directory_fault){ "mail", N_("This is not an e-mail address as we can use it: name@organisation.example.") };
	return good;
}

static struct directory_fault day_check(int64_t confirmed, int64_t now)
{
	if (confirmed < FIRST_DAY || confirmed > now + 86400)
		return (struct directory_fault){ "confirmed", N_("The day somebody confirmed this: not in the future, written 2026-11-23.") };
	return good;
}

struct directory_fault directory_unit_check(const struct desk_data *d, const struct directory_unit *u, int64_t now)
{
	if (!u->code || !desk_territory(d, u->code))
		return (struct directory_fault){ "code", N_("This territory is not known.") };
	struct directory_fault f = name_check(u->name);
	if (!f.why && u->phone && !phone_good(u->phone))
		f = (struct directory_fault){ "phone", N_("A telephone number has digits, blanks and hyphens, and a + at most at its start.") };
	if (!f.why)
		f = mail_check(u->mail);
	if (!f.why && !u->phone && !u->mail)
		f = (struct directory_fault){ "phone", N_("A unit needs a telephone number or an e-mail address.") };
	return f.why ? f : day_check(u->confirmed, now);
}

struct directory_fault directory_recipient_check(const struct directory_recipient *r, int64_t now)
{
	struct directory_fault f = name_check(r->name);
	if (!f.why && !language_good(r->language))
		f = (struct directory_fault){ "language", N_("Choose the language to write in.") };
	if (!f.why)
		f = mail_check(r->mail);
	if (!f.why && r->postal && !plain(r->postal, POSTAL_BYTES, true))
		f = (struct directory_fault){ "postal", N_("The postal address is too long, or holds characters that cannot be shown.") };
	if (!f.why && r->form && !form_good(r->form))
		f = (struct directory_fault){ "form", N_("The address of a form begins with https:// and holds no blanks.") };
	if (!f.why && !r->mail && !r->postal && !r->form)
		f = (struct directory_fault){ "mail", N_("One way to reach them is needed: e-mail, post or a form.") };
	return f.why ? f : day_check(r->confirmed, now);
}
