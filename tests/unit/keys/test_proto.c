/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static uint8_t buf[4 + KEYS_FRAME_MAX];
static uint8_t large[KEYS_BLOB_MAX + 1];

/* Every field with a value of its own, so that a swapped pair is seen. */
static struct keys_request full_request(enum keys_op op)
{
	struct keys_request q = { .op = op, .kind = 1, .number = 0x01020304, .epoch = 0x1112131415161718,
		.to_epoch = 0x2122232425262728, .when = 1795478645, .unit = "north-2", .fingerprint = "48355 41512 20263 01982",
		.at = { .sequence = 0x31323334, .type = SEAL_NOTE, .schema = SEAL_SCHEMA },
		.a = bytes_str("some plain text"), .b = bytes_str("another") };
	for (unsigned i = 0; i < SEAL_WORDS; i++)
		q.words[i] = (uint16_t)(2047 - i);
	memset(q.session, 0x41, sizeof q.session);
	memset(q.key, 0x42, sizeof q.key);
	memset(q.wrap, 0x43, sizeof q.wrap);
	memset(q.at.report, 0x44, sizeof q.at.report);
	return q;
}

static struct bytes written(const struct keys_request *q)
{
	size_t n = 0;
	assert_int_equal(keys_request_write(q, buf, &n), 0);
	assert_int_equal(le32_get(buf), n - 4);
	return bytes_of(buf + 4, n - 4);
}

static bool carries(enum keys_op op, const char *field)
{
	static const struct {
		const char *field;
		uint32_t ops;
	} table[] = {
		{ "session", 1 << KEYS_OP_ERASE | 1 << KEYS_OP_BLIND | 1 << KEYS_OP_BLIND_ALL | 1 << KEYS_OP_CONFIRM | 1 << KEYS_OP_LEAVE |
			1 << KEYS_OP_SHARE | 1 << KEYS_OP_RESET | 1 << KEYS_OP_SESSION | 1 << KEYS_OP_SIGN_OUT |
			1 << KEYS_OP_PASSWORD | 1 << KEYS_OP_OPEN | 1 << KEYS_OP_SEAL | 1 << KEYS_OP_REWRAP },
		{ "number", 1 << KEYS_OP_CONFIRM | 1 << KEYS_OP_LEAVE | 1 << KEYS_OP_SHARE | 1 << KEYS_OP_RESET |
			1 << KEYS_OP_SIGN_IN | 1 << KEYS_OP_OPEN | 1 << KEYS_OP_SEAL | 1 << KEYS_OP_REWRAP },
		{ "epoch", 1 << KEYS_OP_EPOCHS | 1 << KEYS_OP_ERASE | 1 << KEYS_OP_BLIND | 1 << KEYS_OP_OPEN |
			1 << KEYS_OP_SEAL | 1 << KEYS_OP_REWRAP | 1 << KEYS_OP_HEAD_SIGN },
		{ "key", 1 << KEYS_OP_MAIL | 1 << KEYS_OP_HEAD_SIGN },
		{ "words", 1 << KEYS_OP_RECEIPT | 1 << KEYS_OP_MAIL_OPEN },
		{ "unit", 1 << KEYS_OP_EPOCH | 1 << KEYS_OP_MEMBER_NEW },
		{ "a", 1 << KEYS_OP_MAIL | 1 << KEYS_OP_MAIL_OPEN | 1 << KEYS_OP_BLIND | 1 << KEYS_OP_BLIND_ALL | 1 << KEYS_OP_MEMBER_NEW |
			1 << KEYS_OP_SIGN_IN | 1 << KEYS_OP_PASSWORD | 1 << KEYS_OP_RESET | 1 << KEYS_OP_OPEN |
			1 << KEYS_OP_SEAL | 1 << KEYS_OP_BOX | 1 << KEYS_OP_UNBOX | 1 << KEYS_OP_HEAD_SIGN },
		{ "b", 1 << KEYS_OP_PASSWORD | 1 << KEYS_OP_BOX | 1 << KEYS_OP_UNBOX },
		{ "wrap", 1 << KEYS_OP_OPEN | 1 << KEYS_OP_SEAL | 1 << KEYS_OP_REWRAP },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!strcmp(table[i].field, field))
			return table[i].ops >> op & 1;
	return false;
}

static void request_arrives_as_it_left(void **state)
{
	for (enum keys_op op = KEYS_OP_HELLO; op < KEYS_OP_END; op++) {
		const struct keys_request q = full_request(op);
		struct keys_request r = { .op = 0 };
		assert_int_equal(keys_request_read(written(&q), &r), 0);
		assert_int_equal(r.op, op);
		assert_int_equal(carries(op, "session"), !memcmp(r.session, q.session, sizeof q.session));
		assert_int_equal(carries(op, "number"), r.number == q.number);
		assert_int_equal(carries(op, "epoch"), r.epoch == q.epoch);
		assert_int_equal(carries(op, "words"), !memcmp(r.words, q.words, sizeof q.words));
		assert_int_equal(carries(op, "unit"), !strcmp(r.unit, q.unit));
		assert_int_equal(carries(op, "a"), bytes_equal(r.a, q.a));
		assert_int_equal(carries(op, "wrap"), !memcmp(r.wrap, q.wrap, sizeof q.wrap));
		assert_int_equal(carries(op, "b"), bytes_equal(r.b, q.b));
		assert_int_equal(op == KEYS_OP_REWRAP, r.to_epoch == q.to_epoch);
		assert_int_equal(op == KEYS_OP_EPOCH, r.when == q.when);
		assert_int_equal(op == KEYS_OP_CONFIRM, !strcmp(r.fingerprint, q.fingerprint));
		assert_int_equal(carries(op, "key"), !memcmp(r.key, q.key, sizeof q.key));
		if (op == KEYS_OP_OPEN || op == KEYS_OP_SEAL)
			assert_true(r.at.sequence == q.at.sequence && r.at.type == q.at.type && r.at.schema == q.at.schema);
	}
}

static void request_cut_anywhere_or_longer_is_malformed(void **state)
{
	for (enum keys_op op = KEYS_OP_HELLO; op < KEYS_OP_END; op++) {
		const struct keys_request q = full_request(op);
		struct bytes frame = written(&q);
		struct keys_request r;
		for (size_t n = 0; n < frame.n; n++)
			assert_int_equal(keys_request_read(bytes_of(frame.p, n), &r), ERR_MALFORMED);
		assert_int_equal(keys_request_read(bytes_of(frame.p, frame.n + 1), &r), ERR_MALFORMED);
	}
}

static void request_refuses_unknown_ops(void **state)
{
	struct keys_request r;
	for (unsigned op = 0; op < 256; op++) {
		uint8_t byte = (uint8_t)op;
		bool known = op >= KEYS_OP_HELLO && op < KEYS_OP_END;
		int err = keys_request_read(bytes_of(&byte, 1), &r);
		assert_true(known || err == ERR_MALFORMED);
	}
}

static void request_refuses_values_out_of_range(void **state)
{
	struct keys_request q = full_request(KEYS_OP_EPOCH), r;
	size_t n;
	q.kind = KEYS_CLASS_COUNT;
	assert_int_equal(keys_request_write(&q, buf, &n), ERR_MALFORMED);
	q = full_request(KEYS_OP_MEMBER_NEW);
	q.kind = 0;
	assert_int_equal(keys_request_write(&q, buf, &n), ERR_MALFORMED);
	q = full_request(KEYS_OP_RECEIPT);
	q.words[8] = SEAL_WORD_COUNT;
	assert_int_equal(keys_request_write(&q, buf, &n), ERR_LIMIT);
	q = full_request(KEYS_OP_RECEIPT);
	struct bytes frame = written(&q);
	buf[4 + 1 + 17] = 8; /* the ninth word's high byte: 2,048 and more */
	assert_int_equal(keys_request_read(frame, &r), ERR_MALFORMED);
}

static void request_refuses_text_without_an_end_or_with_more_behind_it(void **state)
{
	struct keys_request q = full_request(KEYS_OP_EPOCH), r;
	struct bytes frame = written(&q);
	buf[4 + 1 + KEYS_UNIT - 1] = 'x'; /* behind the NUL */
	assert_int_equal(keys_request_read(frame, &r), ERR_MALFORMED);
	memset(buf + 4 + 1, 'x', KEYS_UNIT);
	assert_int_equal(keys_request_read(frame, &r), ERR_MALFORMED);
	memset(q.unit, 'x', sizeof q.unit);
	size_t n;
	assert_int_equal(keys_request_write(&q, buf, &n), ERR_MALFORMED);
}

static void blob_keeps_its_limit(void **state)
{
	struct keys_request q = full_request(KEYS_OP_SIGN_IN), r;
	size_t n;
	q.a = bytes_of(large, KEYS_PASSWORD_MAX);
	assert_int_equal(keys_request_write(&q, buf, &n), 0);
	q.a.n++;
	assert_int_equal(keys_request_write(&q, buf, &n), ERR_LIMIT);
	q = full_request(KEYS_OP_OPEN);
	q.a = bytes_of(large, KEYS_BLOB_MAX);
	assert_int_equal(keys_request_read(written(&q), &r), 0);
	assert_int_equal(r.a.n, KEYS_BLOB_MAX);
	q.a.n++;
	assert_int_equal(keys_request_write(&q, buf, &n), ERR_LIMIT);
	/* A length that lies, up to the largest number there is. */
	q = full_request(KEYS_OP_SIGN_IN);
	struct bytes frame = written(&q);
	for (unsigned i = 0; i < 32; i++) {
		uint32_t lie = UINT32_MAX >> i;
		memcpy(buf + 4 + 1 + 4, &lie, 4);
		assert_int_equal(keys_request_read(frame, &r), lie == q.a.n ? 0 : ERR_MALFORMED);
	}
}

/* --- replies --- */

static struct keys_member some_member(uint32_t id)
{
	struct keys_member m = { .id = id, .role = KEYS_OFFICER, .state = KEYS_ACTIVE, .unit = "north",
		.fingerprint = "1 2 3 4", .confirmed_by = { id + 1, id + 2 } };
	memset(m.sign, (int)id, sizeof m.sign);
	return m;
}

static struct keys_epoch some_epoch(uint64_t id)
{
	struct keys_epoch e = { .id = id, .unit = "south", .class = KEYS_HOLD, .from = 1000, .to = 2000 };
	memset(e.pub, (int)id, sizeof e.pub);
	return e;
}

static void reply_arrives_as_it_left(void **state)
{
	struct keys_epoch e[2] = { some_epoch(7), some_epoch(8) }, got_e[2];
	struct keys_member m[2] = { some_member(3), some_member(4) }, got_m[2];
	struct keys_head h = { .key.pub = { 9, 8 }, .state = KEYS_HEAD_DAMAGED, .size = 117 }, got_h;
	for (enum keys_op op = KEYS_OP_HELLO; op < KEYS_OP_END; op++) {
		struct keys_reply r = { .op = op, .epochs = e, .members = m, .n = 2, .a = bytes_str("opened"),
			.process = { 1, 2, 3, 4, true, false, 5, 6 }, .head = &h };
		struct keys_reply got = { .epochs = got_e, .members = got_m, .head = &got_h, .cap = 2 };
		size_t n;
		memset(r.session, 0x51, sizeof r.session);
		memset(r.wrap, 0x52, sizeof r.wrap);
		memset(&r.receipt, 0x53, sizeof r.receipt);
		assert_int_equal(keys_reply_write(&r, buf, &n), 0);
		assert_int_equal(keys_reply_read(bytes_of(buf + 4, n - 4), op, &got), 0);
		assert_int_equal(got.status, 0);
		if (op == KEYS_OP_EPOCHS)
			assert_true(got.n == 2 && got_e[1].id == 8 && got_e[1].class == KEYS_HOLD && !strcmp(got_e[1].unit, "south") &&
				got_e[1].to == 2000 && !memcmp(got_e[1].pub, e[1].pub, SEAL_PUBLIC));
		if (op == KEYS_OP_MEMBERS)
			assert_true(got.n == 2 && got_m[1].id == 4 && got_m[1].confirmed_by[1] == 6 && got_m[1].role == KEYS_OFFICER);
		if (op == KEYS_OP_STATUS)
			assert_true(got.process.founders == 4 && got.process.founded && !got.process.recovery_set &&
				got.process.recoveries == 6);
		if (op == KEYS_OP_HEAD)
			assert_true(got_h.size == 117 && got_h.state == KEYS_HEAD_DAMAGED && !memcmp(got_h.key.pub, h.key.pub, NOTE_PUBLIC));
		if (op == KEYS_OP_OPEN || op == KEYS_OP_HEAD || op == KEYS_OP_HEAD_SIGN)
			assert_true(bytes_equal(got.a, r.a));
		if (op == KEYS_OP_SIGN_IN)
			assert_memory_equal(got.session, r.session, sizeof r.session);
		if (op == KEYS_OP_REWRAP)
			assert_memory_equal(got.wrap, r.wrap, sizeof r.wrap);
		for (size_t cut = 0; cut < n - 4; cut++)
			assert_int_equal(keys_reply_read(bytes_of(buf + 4, cut), op, &got), ERR_MALFORMED);
	}
}

static void reply_with_an_error_has_nothing_else(void **state)
{
	const struct keys_reply r = { .op = KEYS_OP_OPEN, .status = -11, .a = bytes_str("not to be sent") };
	struct keys_reply got = { .n = 0 };
	size_t n;
	assert_int_equal(keys_reply_write(&r, buf, &n), 0);
	assert_int_equal(n, 4 + 1 + 4);
	assert_int_equal(keys_reply_read(bytes_of(buf + 4, n - 4), KEYS_OP_OPEN, &got), 0);
	assert_int_equal(got.status, -11);
}

static void reply_to_another_op_or_with_a_good_number_as_error_is_malformed(void **state)
{
	struct keys_reply r = { .op = KEYS_OP_LEAVE }, got = { .n = 0 };
	size_t n;
	assert_int_equal(keys_reply_write(&r, buf, &n), 0);
	assert_int_equal(keys_reply_read(bytes_of(buf + 4, n - 4), KEYS_OP_CONFIRM, &got), ERR_MALFORMED);
	buf[4 + 1] = 1;
	assert_int_equal(keys_reply_read(bytes_of(buf + 4, n - 4), KEYS_OP_LEAVE, &got), ERR_MALFORMED);
}

static void reply_list_longer_than_the_room_is_refused(void **state)
{
	struct keys_epoch e[3] = { some_epoch(1), some_epoch(2), some_epoch(3) }, got_e[2];
	const struct keys_reply r = { .op = KEYS_OP_EPOCHS, .epochs = e, .n = 3 };
	struct keys_reply got = { .epochs = got_e, .cap = 2 };
	size_t n;
	assert_int_equal(keys_reply_write(&r, buf, &n), 0);
	assert_int_equal(keys_reply_read(bytes_of(buf + 4, n - 4), KEYS_OP_EPOCHS, &got), ERR_LIMIT);
	assert_int_equal(got.n, 0);
}

static void only_what_changes_nothing_twice_is_repeated(void **state)
{
	assert_true(keys_op_repeatable(KEYS_OP_RECEIPT) && keys_op_repeatable(KEYS_OP_OPEN));
	assert_true(keys_op_repeatable(KEYS_OP_EPOCH) && keys_op_repeatable(KEYS_OP_SIGN_IN));
	assert_false(keys_op_repeatable(KEYS_OP_MEMBER_NEW) || keys_op_repeatable(KEYS_OP_CONFIRM));
	assert_false(keys_op_repeatable(KEYS_OP_ERASE) || keys_op_repeatable(KEYS_OP_PASSWORD));
	assert_false(keys_op_repeatable(KEYS_OP_RESET) || keys_op_repeatable(KEYS_OP_SIGN_OUT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_arrives_as_it_left),
		cmocka_unit_test(request_cut_anywhere_or_longer_is_malformed),
		cmocka_unit_test(request_refuses_unknown_ops),
		cmocka_unit_test(request_refuses_values_out_of_range),
		cmocka_unit_test(request_refuses_text_without_an_end_or_with_more_behind_it),
		cmocka_unit_test(blob_keeps_its_limit),
		cmocka_unit_test(reply_arrives_as_it_left),
		cmocka_unit_test(reply_with_an_error_has_nothing_else),
		cmocka_unit_test(reply_to_another_op_or_with_a_good_number_as_error_is_malformed),
		cmocka_unit_test(reply_list_longer_than_the_room_is_refused),
		cmocka_unit_test(only_what_changes_nothing_twice_is_repeated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
