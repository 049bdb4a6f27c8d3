/* SPDX-License-Identifier: Apache-2.0 */
/* hisn keys: what a running key process tells, and erasure. */
#include "cli/keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

static const char *const classes[KEYS_CLASS_COUNT] = { "triage", "spam", "unfounded", "confirmed", "hold" };
static const char *const roles[] = { "?", "analyst", "supervisor", "officer", "auditor", "administrator" };
static const char *const states[] = { "?", "candidate", "active", "left" };

static int reach(const struct keys_args *a, struct keys **ret)
{
	int err = keys_open(a->socket, ret);
	return err ? keys_failed(a, a->socket, err, NULL) : 0;
}

static int not_reached(const struct keys_args *a, struct keys *k, int err)
{
	keys_close(k);
	if (err == -ECONNREFUSED)
		return cli_fail(a->program, "%s: nothing answers; is the key process running?", a->socket);
	if (err == -EPERM)
		return cli_fail(a->program, "%s: this user may not ask (serve --peer-user)", a->socket);
	return keys_failed(a, a->socket, err, NULL);
}

static void day(int64_t when, char ret[16])
{
	struct tm tm;
	time_t t = (time_t)when;
	if (!gmtime_r(&t, &tm) || !strftime(ret, 16, "%Y-%m-%d", &tm))
		memcpy(ret, "?", 2);
}

static const char *const head_states[] = { "none", "kept", "damaged" };

static void show_head(const struct keys_head *h)
{
	char key[NOTE_KEY_TEXT];
	note_key_write(&h->key, key);
	if (h->state == KEYS_HEAD_KEPT)
		printf("audit head   signed at %llu entries\n", (unsigned long long)h->size);
	else if (h->state == KEYS_HEAD_NONE)
		printf("audit head   none signed yet, or its file (STORE.head) has been taken away: the next one\n"
		       "             is signed whatever it is\n");
	else
		printf("audit head   DAMAGED: none is signed until its file (STORE.head) is removed; docs/audit.md\n");
	printf("audit key    %s\n", key);
}

static void head_json(struct json *j, const struct keys_head *h)
{
	char key[NOTE_KEY_TEXT];
	note_key_write(&h->key, key);
	json_begin_object(j, "audit_head");
	json_text(j, "state", head_states[h->state]);
	json_int(j, "size", (int64_t)h->size);
	json_text(j, "key", key);
	json_text(j, "note", h->note[0] ? h->note : NULL);
	json_end(j);
}

static void show_status(const struct keys_status *s)
{
	char when[16] = "never";
	if (s->backup_at)
		day(s->backup_at, when);
	printf("epochs       %llu\nsessions     %llu\nmembers      %u active, %u of the national desk\n",
		(unsigned long long)s->epochs, (unsigned long long)s->sessions, s->members_active, s->founders);
	printf("founded      %s\n", s->founded ? "yes"
					       : "no: until two members of the national desk have confirmed each other,\n"
						 "             what is taken in is sealed under this machine's keys alone");
	printf("recovery     %s, used %llu times\nbackup       %s\n",
		s->recovery_set ? "five holders are set" : "no holders: hisn keys holder set",
		(unsigned long long)s->recoveries, when);
}

int keys_do_status(const struct keys_args *a)
{
	struct keys *k;
	struct keys_status s;
	struct keys_head head;
	int code = reach(a, &k);
	if (code)
		return code;
	int err = keys_status(k, &s);
	if (!err)
		err = keys_head(k, &head);
	if (err)
		return not_reached(a, k, err);
	keys_close(k);
	if (!a->json) {
		show_status(&s);
		show_head(&head);
		return EXIT_OK;
	}
	struct json j;
	json_open(&j, stdout, true);
	json_begin_object(&j, NULL);
	json_int(&j, "epochs", (int64_t)s.epochs);
	json_int(&j, "sessions", (int64_t)s.sessions);
	json_int(&j, "members_active", s.members_active);
	json_int(&j, "founders", s.founders);
	json_bool(&j, "founded", s.founded);
	json_bool(&j, "recovery_set", s.recovery_set);
	json_int(&j, "backup_at", s.backup_at);
	json_int(&j, "recoveries", (int64_t)s.recoveries);
	head_json(&j, &head);
	json_end(&j);
	json_close(&j);
	return EXIT_OK;
}

static void member_json(struct json *j, const struct keys_member *m)
{
	char sign[2 * sizeof m->sign + 1];
	keys_hex(m->sign, sizeof m->sign, sign);
	json_begin_object(j, NULL);
	json_int(j, "id", m->id);
	json_text(j, "role", roles[m->role]);
	json_text(j, "state", states[m->state]);
	json_text(j, "unit", m->unit);
	json_text(j, "fingerprint", m->fingerprint);
	json_text(j, "sign", sign);
	json_begin_array(j, "confirmed_by");
	for (size_t i = 0; i < ARRAY_LEN(m->confirmed_by); i++)
		if (m->confirmed_by[i])
			json_int(j, NULL, m->confirmed_by[i]);
	json_end(j);
	json_end(j);
}

static void show_members(const struct keys_args *a, const struct keys_member *m, size_t n)
{
	struct json j;
	if (!a->json) {
		for (size_t i = 0; i < n; i++)
			printf("%5u  %-13s  %-9s  %-15s  %s\n", m[i].id, roles[m[i].role], states[m[i].state], m[i].unit,
				m[i].fingerprint);
		return;
	}
	json_open(&j, stdout, true);
	json_begin_array(&j, NULL);
	for (size_t i = 0; i < n; i++)
		member_json(&j, &m[i]);
	json_end(&j);
	json_close(&j);
}

int keys_do_members(const struct keys_args *a)
{
	static struct keys_member m[KEYS_MEMBER_MAX];
	struct keys *k;
	size_t n = 0;
	int code = reach(a, &k);
	if (code)
		return code;
	int err = keys_members(k, m, ARRAY_LEN(m), &n);
	if (err)
		return not_reached(a, k, err);
	keys_close(k);
	show_members(a, m, n);
	return EXIT_OK;
}

static void show_epochs(const struct keys_args *a, const struct keys_epoch *e, size_t n)
{
	struct json j;
	char from[16], pub[2 * SEAL_PUBLIC + 1];
	if (a->json) {
		json_open(&j, stdout, true);
		json_begin_array(&j, NULL);
	}
	for (size_t i = 0; i < n; i++) {
		day(e[i].from, from);
		if (!a->json) {
			printf("%8llu  %-15s  %-9s  %s\n", (unsigned long long)e[i].id, e[i].unit, classes[e[i].class], from);
			continue;
		}
		keys_hex(e[i].pub, sizeof e[i].pub, pub);
		json_begin_object(&j, NULL);
		json_int(&j, "id", (int64_t)e[i].id);
		json_text(&j, "unit", e[i].unit);
		json_text(&j, "class", classes[e[i].class]);
		json_int(&j, "from", e[i].from);
		json_int(&j, "to", e[i].to);
		json_text(&j, "public", pub);
		json_end(&j);
	}
	if (a->json) {
		json_end(&j);
		json_close(&j);
	}
}

int keys_do_epochs(const struct keys_args *a)
{
	struct keys *k;
	size_t n = 0;
	struct keys_epoch *e = calloc(VAULT_EPOCHS_MAX, sizeof *e);
	if (!e)
		return keys_failed(a, "memory", -ENOMEM, NULL);
	int code = reach(a, &k);
	if (code) {
		free(e);
		return code;
	}
	int err = keys_epochs(k, e, VAULT_EPOCHS_MAX, &n);
	if (err) {
		free(e);
		return not_reached(a, k, err);
	}
	keys_close(k);
	show_epochs(a, e, n);
	free(e);
	return EXIT_OK;
}

static int erase_each(const struct keys_args *a, struct keys *k, const uint8_t session[KEYS_SESSION])
{
	int code = EXIT_OK;
	for (unsigned i = 1; i < a->nwords; i++) {
		uint64_t id = 0;
		int err = keys_number(a->words[i], UINT64_MAX, &id) ? keys_epoch_erase(k, session, id) : -EINVAL;
		if (err)
			code = keys_failed(a, a->words[i], err, NULL);
		else
			printf("Epoch %s is erased. Nobody can open what it sealed, once the key store's own backup has turned\n"
			       "over: in at most seven days.\n", a->words[i]);
	}
	return code;
}

int keys_do_erase(const struct keys_args *a)
{
	uint8_t session[KEYS_SESSION];
	uint64_t member = 0;
	size_t n = 0;
	struct keys *k = NULL;
	if (a->nwords < 2)
		return keys_usage(a, "erase takes the numbers of epochs ('hisn keys epochs')");
	if (!a->member || !keys_number(a->member, UINT32_MAX, &member))
		return keys_usage(a, "--member N is needed: a supervisor's number ('hisn keys members')");
	uint8_t *password = sodium_malloc(KEYS_SECRET_MAX);
	int code = password ? keys_secret(a, "Password: ", false, password, &n) : EXIT_FAILED;
	if (!code)
		code = reach(a, &k);
	if (code) {
		sodium_free(password);
		return code;
	}
	int err = keys_sign_in(k, (uint32_t)member, bytes_of(password, n), session);
	sodium_free(password);
	if (err)
		return not_reached(a, k, err);
	code = erase_each(a, k, session);
	err = keys_sign_out(k, session);
	sodium_memzero(session, sizeof session);
	keys_close(k);
	return err && !code ? keys_failed(a, "signing out", err, NULL) : code;
}
