/* SPDX-License-Identifier: Apache-2.0 */
#include "vault_tool.h"

static struct who w[2];
static struct keys_epoch triage;
static struct sealed_report r;

static int setup_desk(void **state)
{
	int err = vault_setup(state);
	if (err)
		return err;
	found(w);
	triage = epoch(KEYS_NATIONAL, KEYS_TRIAGE);
	report(&triage, &r);
	return 0;
}

/* --- opening --- */

static void opening_takes_a_session_and_a_wrap(void **state)
{
	struct who none = { 0 };
	assert_int_equal(opens(&w[0], &r), 0);
	assert_int_equal(opens(&none, &r), -EACCES);
	struct sealed_report other = r;
	other.w.epoch = 77;
	assert_int_equal(opens(&w[0], &other), -ENOENT);
	struct keys_epoch spam = epoch(KEYS_NATIONAL, KEYS_SPAM);
	other.w.epoch = spam.id; /* another epoch of one's own */
	assert_int_equal(opens(&w[0], &other), ERR_MALFORMED);
}

static void opening_refuses_what_was_moved(void **state)
{
	struct sealed_report x = r, y;
	report(&triage, &y);
	memcpy(x.wrap, y.wrap, sizeof x.wrap); /* another report's wrap */
	assert_int_equal(opens(&w[0], &x), ERR_MALFORMED);
	x = r;
	memcpy(x.text, y.text, sizeof x.text);
	assert_int_equal(opens(&w[0], &x), ERR_MALFORMED);
	x = r;
	x.w.number = 1;
	assert_int_equal(opens(&w[0], &x), ERR_MALFORMED);
	x = r;
	x.at.sequence = 1;
	assert_int_equal(opens(&w[0], &x), ERR_MALFORMED);
	x = r;
	x.at.type = SEAL_NOTE;
	assert_int_equal(opens(&w[0], &x), ERR_MALFORMED);
	x = r;
	x.at.schema++;
	assert_int_equal(opens(&w[0], &x), ERR_MALFORMED);
	x = r;
	x.at.report[0] ^= 1;
	assert_int_equal(opens(&w[0], &x), ERR_MALFORMED);
}

static void members_append_under_the_reports_key(void **state)
{
	struct sealed_report note = r;
	uint8_t room[sizeof note.text];
	size_t n;
	struct who none = { 0 };
	static uint8_t huge[SEAL_PLAIN_MAX + 1];
	note.at.sequence = 1;
	note.at.type = SEAL_NOTE;
	r.w.wrap = note.w.wrap = note.wrap;
	assert_int_equal(vault_message_seal(v, now, w[0].session, &note.w, &note.at, bytes_str("seen"), note.text), 0);
	assert_int_equal(vault_message_open(v, now, w[1].session, &note.w, &note.at, bytes_of(note.text, sizeof note.text),
		room, &n), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(room, "seen", 4);
	assert_int_equal(vault_message_seal(v, now, none.session, &note.w, &note.at, bytes_str("x"), note.text), -EACCES);
	assert_int_equal(vault_message_seal(v, now, w[0].session, &note.w, &note.at, bytes_of(huge, sizeof huge), room),
		ERR_LIMIT);
	note.w.epoch = 99;
	assert_int_equal(vault_message_seal(v, now, w[0].session, &note.w, &note.at, bytes_str("x"), note.text), -ENOENT);
}

static void opening_has_a_rate(void **state)
{
	struct who again = w[0];
	for (int i = 0; i < 120; i++)
		assert_int_equal(opens(&w[0], &r), 0);
	assert_int_equal(opens(&w[0], &r), -EAGAIN);
	sign_in(&again, PASSWORD);
	assert_int_equal(opens(&again, &r), -EAGAIN); /* a member's, whatever the session */
	assert_int_equal(opens(&w[1], &r), 0);
	now += 14;
	assert_int_equal(opens(&w[0], &r), -EAGAIN);
	now += 1; /* 240 an hour */
	assert_int_equal(opens(&w[0], &r), 0);
	assert_int_equal(opens(&w[0], &r), -EAGAIN);
	now += 600;
	for (int i = 0; i < 40; i++)
		assert_int_equal(opens(&w[0], &r), 0);
	assert_int_equal(opens(&w[0], &r), -EAGAIN);
	now -= 5000; /* a clock that goes back gives nothing ... */
	assert_int_equal(opens(&w[0], &r), -EAGAIN);
	now += 15; /* ... and takes nothing for ever */
	assert_int_equal(opens(&w[0], &r), 0);
}

static void refusals_cost_nothing_of_the_rate(void **state)
{
	struct who auditor = person("", KEYS_AUDITOR);
	struct sealed_report other = r;
	other.w.epoch = 77;
	for (int i = 0; i < 300; i++) {
		assert_int_equal(opens(&w[0], &other), -ENOENT);
		assert_int_equal(opens(&auditor, &r), -EACCES);
	}
	assert_int_equal(opens(&w[0], &r), 0);
}

/* --- rewrapping --- */

static void rewrapping_moves_a_report_to_a_unit(void **state)
{
	struct who a = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]), none = { 0 };
	struct keys_epoch to = epoch("rabat", KEYS_CONFIRMED);
	struct sealed_report moved = r;
	assert_int_equal(opens(&a, &r), -EACCES);
	assert_int_equal(vault_rewrap(v, now, w[0].session, &r.w, r.at.report, to.id, moved.wrap), 0);
	moved.w.epoch = to.id;
	assert_int_equal(opens(&a, &moved), 0);
	assert_int_equal(opens(&w[0], &moved), -EACCES);
	assert_int_equal(vault_rewrap(v, now, none.session, &r.w, r.at.report, to.id, moved.wrap), -EACCES);
	assert_int_equal(vault_rewrap(v, now, a.session, &r.w, r.at.report, to.id, moved.wrap), -EACCES);
	assert_int_equal(vault_rewrap(v, now, w[0].session, &r.w, r.at.report, 99, moved.wrap), -ENOENT);
	const uint8_t another[SEAL_ID] = "another report.";
	assert_int_equal(vault_rewrap(v, now, w[0].session, &r.w, another, to.id, moved.wrap), ERR_MALFORMED);
}

static void rewrapping_has_a_rate(void **state)
{
	uint8_t wrap[SEAL_WRAP];
	struct keys_epoch to = epoch(KEYS_NATIONAL, KEYS_SPAM);
	for (int i = 0; i < 300; i++)
		assert_int_equal(vault_rewrap(v, now, w[0].session, &r.w, r.at.report, to.id, wrap), 0);
	assert_int_equal(vault_rewrap(v, now, w[0].session, &r.w, r.at.report, to.id, wrap), -EAGAIN);
	assert_int_equal(opens(&w[0], &r), 0); /* each its own */
}

/* --- blind index --- */

static int blind(const uint8_t *session, uint64_t e, const char *text, uint8_t ret[SEAL_BLIND])
{
	return vault_blind(v, now, session, e, SEAL_BLIND_HOST, bytes_str(text), ret);
}

static void blind_without_a_session_is_for_national_triage(void **state)
{
	uint8_t a[SEAL_BLIND], b[SEAL_BLIND];
	struct who m = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	struct keys_epoch spam = epoch(KEYS_NATIONAL, KEYS_SPAM), local = epoch("rabat", KEYS_TRIAGE);
	assert_int_equal(blind(NULL, triage.id, "a.example", a), 0);
	assert_int_equal(blind(NULL, spam.id, "a.example", b), -EACCES);
	assert_int_equal(blind(NULL, local.id, "a.example", b), -EACCES);
	assert_int_equal(blind(NULL, 99, "a.example", b), -ENOENT);
	assert_int_equal(blind(w[0].session, triage.id, "a.example", b), 0);
	assert_memory_equal(a, b, SEAL_BLIND);
	assert_int_equal(blind(w[0].session, spam.id, "a.example", b), 0);
	assert_memory_not_equal(a, b, SEAL_BLIND); /* an epoch's own key */
	assert_int_equal(blind(w[0].session, local.id, "a.example", b), -EACCES);
	assert_int_equal(blind(m.session, local.id, "a.example", b), 0);
	vault_reopen();
	assert_int_equal(blind(NULL, triage.id, "a.example", b), 0);
	assert_memory_equal(a, b, SEAL_BLIND);
}

static void blind_all_is_every_epoch_of_the_member(void **state)
{
	uint8_t one[SEAL_BLIND], all[8][SEAL_BLIND];
	size_t n, found = 0;
	struct who m = colleague("rabat", KEYS_ANALYST, &w[0], &w[1]);
	struct keys_epoch spam = epoch(KEYS_NATIONAL, KEYS_SPAM), local = epoch("rabat", KEYS_TRIAGE);
	const uint64_t ids[] = { triage.id, spam.id };
	assert_int_equal(vault_blind_all(v, now, w[0].session, SEAL_BLIND_HOST, bytes_str("a.example"), all, 8, &n), 0);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(blind(w[0].session, ids[i], "a.example", one), 0);
		for (size_t k = 0; k < n; k++)
			found += !memcmp(all[k], one, SEAL_BLIND);
	}
	assert_int_equal(found, 2);
	assert_int_equal(vault_blind_all(v, now, m.session, SEAL_BLIND_HOST, bytes_str("a.example"), all, 8, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(blind(m.session, local.id, "a.example", one), 0);
	assert_memory_equal(all[0], one, SEAL_BLIND);
	/* No room for all: the newest. */
	assert_int_equal(vault_blind_all(v, now, w[0].session, SEAL_BLIND_HOST, bytes_str("a.example"), all, 1, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(blind(w[0].session, spam.id, "a.example", one), 0);
	assert_memory_equal(all[0], one, SEAL_BLIND);
	const uint8_t none[KEYS_SESSION] = { 0 };
	assert_int_equal(vault_blind_all(v, now, none, SEAL_BLIND_HOST, bytes_str("a.example"), all, 8, &n), -EACCES);
}

static void blind_all_counts_once(void **state)
{
	uint8_t all[8][SEAL_BLIND];
	size_t n;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(vault_blind_all(v, now, w[0].session, SEAL_BLIND_HOST, bytes_str("x"), all, 8, &n), 0);
	assert_int_equal(vault_blind_all(v, now, w[0].session, SEAL_BLIND_HOST, bytes_str("x"), all, 8, &n), -EAGAIN);
}

static void blind_has_a_rate(void **state)
{
	uint8_t a[SEAL_BLIND];
	for (int i = 0; i < 1000; i++)
		assert_int_equal(blind(NULL, triage.id, "a.example", a), 0);
	assert_int_equal(blind(NULL, triage.id, "a.example", a), -EAGAIN);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(blind(w[0].session, triage.id, "a.example", a), 0);
	assert_int_equal(blind(w[0].session, triage.id, "a.example", a), -EAGAIN);
	now++;
	for (int i = 0; i < 100; i++)
		assert_int_equal(blind(NULL, triage.id, "a.example", a), 0);
	assert_int_equal(blind(NULL, triage.id, "a.example", a), -EAGAIN);
}

/* --- for anybody --- */

static const uint16_t words[SEAL_WORDS] = { 5, 6, 7, 8, 9, 10, 11, 12, 13 };

static void receipt_is_the_same_when_somebody_returns(void **state)
{
	struct keys_receipt a, b;
	uint16_t bad[SEAL_WORDS] = { 2048 };
	assert_int_equal(vault_receipt(v, now, words, false, &a), 0);
	vault_reopen();
	assert_int_equal(vault_receipt(v, now, words, true, &b), 0);
	assert_memory_equal(&a, &b, sizeof a);
	assert_int_equal(vault_receipt(v, now, bad, true, &b), ERR_LIMIT);
}

static void returning_has_a_stricter_rate(void **state)
{
	struct keys_receipt a;
	for (int i = 0; i < 100; i++)
		assert_int_equal(vault_receipt(v, now, words, true, &a), 0);
	assert_int_equal(vault_receipt(v, now, words, true, &a), -EAGAIN);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(vault_receipt(v, now, words, false, &a), 0);
	assert_int_equal(vault_receipt(v, now, words, false, &a), -EAGAIN);
	now++;
	for (int i = 0; i < 5; i++)
		assert_int_equal(vault_receipt(v, now, words, true, &a), 0);
	assert_int_equal(vault_receipt(v, now, words, true, &a), -EAGAIN);
}

static void mail_needs_words_and_S(void **state)
{
	struct keys_receipt k;
	struct seal_receipt s;
	static uint8_t box[SEAL_PLAIN_MAX + 128], room[sizeof box];
	uint16_t other[SEAL_WORDS] = { 1 };
	size_t n, size = vault_mail_size(9);
	assert_int_equal(size, 1024 + SEAL_MAIL_MORE + SEAL_BOX_MORE);
	assert_int_equal(vault_receipt(v, now, words, false, &k), 0);
	assert_int_equal(vault_mail(v, k.mailbox_public, bytes_str("question?"), box), 0);
	assert_int_equal(vault_mail_open(v, now, words, bytes_of(box, size), room, &n), 0);
	assert_int_equal(n, 9);
	assert_memory_equal(room, "question?", 9);
	assert_int_equal(vault_mail_open(v, now, other, bytes_of(box, size), room, &n), ERR_MALFORMED);
	/* Words and pepper without the outer key (no S, only what a receipt gives): nothing. */
	assert_int_equal(seal_receipt(v->s->roots->pepper, words, &s), 0);
	assert_int_equal(seal_mail_open(&s, bytes_of(box, size), room, &n), ERR_MALFORMED);
	assert_int_equal(seal_mail_open(&s, bytes_of(box + 24, size - 40), room, &n), ERR_MALFORMED);
	for (size_t bit = 0; bit < 8 * size; bit += 131) {
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
		now++;
		assert_int_equal(vault_mail_open(v, now, words, bytes_of(box, size), room, &n), ERR_MALFORMED);
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < 80; cut++, now++)
		assert_int_equal(vault_mail_open(v, now, words, bytes_of(box, cut), room, &n), ERR_MALFORMED);
	assert_int_equal(vault_mail_open(v, now, words, bytes_of(box, sizeof box), room, &n), ERR_MALFORMED);
	assert_int_equal(vault_mail_size(SEAL_PLAIN_MAX + 1), 0);
	assert_int_equal(vault_mail(v, k.mailbox_public, bytes_of(box, SEAL_PLAIN_MAX + 1), room), ERR_LIMIT);
}

static void mail_opening_counts_as_a_return(void **state)
{
	struct keys_receipt k;
	uint8_t box[1024 + SEAL_MAIL_MORE + SEAL_BOX_MORE], room[sizeof box];
	size_t n;
	assert_int_equal(vault_receipt(v, now, words, false, &k), 0);
	assert_int_equal(vault_mail(v, k.mailbox_public, bytes_str("question?"), box), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(vault_receipt(v, now, words, true, &k), 0);
	assert_int_equal(vault_mail_open(v, now, words, bytes_of(box, sizeof box), room, &n), -EAGAIN);
}

static void form_keys_turn_over_every_twelve_hours(void **state)
{
	uint8_t a[SEAL_KEY], b[SEAL_KEY], c[SEAL_KEY], d[SEAL_KEY];
	int64_t noon = MONDAY + 12 * 3600;
	vault_form(v, noon, a, b);
	vault_form(v, noon + 12 * 3600 - 1, c, d);
	assert_memory_equal(a, c, SEAL_KEY);
	assert_memory_equal(b, d, SEAL_KEY);
	assert_memory_not_equal(a, b, SEAL_KEY);
	vault_form(v, noon + 12 * 3600, c, d);
	assert_memory_equal(a, d, SEAL_KEY); /* what was now is before */
	assert_memory_not_equal(a, c, SEAL_KEY);
	vault_reopen();
	vault_form(v, noon, c, d);
	assert_memory_equal(a, c, SEAL_KEY);
	vault_form(v, -1, c, d);
	vault_form(v, 0, a, b);
	assert_memory_equal(b, c, SEAL_KEY);
}

static void small_secrets_open_under_their_context_only(void **state)
{
	static const uint8_t seed[20] = "a seed of 20 bytes.";
	uint8_t box[sizeof seed + SEAL_BOX_MORE], back[sizeof box];
	size_t n = 0;
	assert_int_equal(vault_box(v, bytes_str("totp 7"), bytes_of(seed, sizeof seed), box), 0);
	vault_reopen(); /* the key is S's own, not this process's */
	assert_int_equal(vault_unbox(v, bytes_str("totp 7"), bytes_of(box, sizeof box), back, &n), 0);
	assert_int_equal(n, sizeof seed);
	assert_memory_equal(back, seed, n);
	assert_int_equal(vault_unbox(v, bytes_str("totp 8"), bytes_of(box, sizeof box), back, &n), ERR_MALFORMED);
	assert_int_equal(vault_unbox(v, bytes_str("totp 7"), bytes_of(box, SEAL_BOX_MORE - 1), back, &n), ERR_MALFORMED);
	box[30] ^= 1;
	assert_int_equal(vault_unbox(v, bytes_str("totp 7"), bytes_of(box, sizeof box), back, &n), ERR_MALFORMED);
	/* Nor is the key that of anything else in S. */
	box[30] ^= 1;
	const uint8_t *const roots[] = { v->s->roots->form, v->s->roots->mail, v->s->roots->blind, v->s->roots->pepper };
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		assert_int_equal(seal_box_open(roots[i], bytes_str("totp 7"), bytes_of(box, sizeof box), back, &n), ERR_MALFORMED);
	assert_int_equal(vault_box(v, bytes_str(""), bytes_of(NULL, 0), box), 0);
	assert_int_equal(vault_unbox(v, bytes_str(""), bytes_of(box, SEAL_BOX_MORE), back, &n), 0);
	assert_int_equal(n, 0);
}

static void status_counts(void **state)
{
	struct keys_status st;
	(void)person("", KEYS_AUDITOR);
	(void)person("rabat", KEYS_ANALYST);
	vault_status(v, now, &st);
	assert_int_equal(st.epochs, 1);
	assert_int_equal(st.members_active, 3);
	assert_int_equal(st.founders, 2);
	assert_int_equal(st.sessions, 4);
	assert_true(st.founded);
	assert_false(st.recovery_set);
	assert_int_equal(st.backup_at, 0);
	assert_int_equal(st.recoveries, 0);
	vault_status(v, now + VAULT_SESSION_IDLE, &st);
	assert_int_equal(st.sessions, 0);
}

int main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, setup_desk, vault_teardown)
	const struct CMUnitTest tests[] = {
		WITH(opening_takes_a_session_and_a_wrap),
		WITH(opening_refuses_what_was_moved),
		WITH(members_append_under_the_reports_key),
		WITH(opening_has_a_rate),
		WITH(refusals_cost_nothing_of_the_rate),
		WITH(rewrapping_moves_a_report_to_a_unit),
		WITH(rewrapping_has_a_rate),
		WITH(blind_without_a_session_is_for_national_triage),
		WITH(blind_all_is_every_epoch_of_the_member),
		WITH(blind_all_counts_once),
		WITH(blind_has_a_rate),
		WITH(receipt_is_the_same_when_somebody_returns),
		WITH(returning_has_a_stricter_rate),
		WITH(mail_needs_words_and_S),
		WITH(mail_opening_counts_as_a_return),
		WITH(form_keys_turn_over_every_twelve_hours),
		WITH(small_secrets_open_under_their_context_only),
		WITH(status_counts),
	};
	return vault_tool_main(tests, ARRAY_LEN(tests));
}
