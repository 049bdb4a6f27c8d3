/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/packet_check.h"

#include "seal/sheet.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define SHEET "integrity.txt"

static const struct packet_file *find(const struct packet_file *file, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(file[i].name, name))
			return &file[i];
	return NULL;
}

static int check_one(struct bytes sheet, const char *name, struct bytes body, FILE *out)
{
	uint8_t want[SHEET_HASH], have[SHEET_HASH];
	int err = sheet_find(sheet, name, want);
	sheet_hash(body, have);
	if (!err && memcmp(want, have, SHEET_HASH) != 0)
		err = ERR_CHECKSUM;
	if (err == -ENOENT)
		err = ERR_CHECKSUM; /* nobody vouches for it */
	fprintf(out, "%s: %s\n", name, err ? "DIFFERS" : "right");
	return err;
}

/* The exact words of each message. */
static int check_messages(struct bytes sheet, struct bytes json, FILE *out)
{
	json_t *top = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL), *m;
	const json_t *list = json_object_get(top, "messages");
	int err = json_is_array(list) ? 0 : ERR_MALFORMED;
	size_t i;
	json_array_foreach(list, i, m) {
		char name[SHEET_NAME + 1];
		const json_t *text = json_object_get(m, "text"), *number = json_object_get(m, "number");
		if (!json_is_string(text) || !json_is_integer(number)) {
			err = ERR_MALFORMED;
			break;
		}
		(void)snprintf(name, sizeof name, "message %lld", (long long)json_integer_value(number));
		int one = check_one(sheet, name, bytes_of(json_string_value(text), json_string_length(text)), out);
		err = err ? err : one;
	}
	json_decref(top);
	return err;
}

int packet_check(const struct packet_file *file, size_t n, FILE *out)
{
	const struct packet_file *sheet = find(file, n, SHEET), *json = find(file, n, "packet.json");
	if (!sheet || !json)
		return ERR_FORMAT;
	int err = 0;
	for (size_t i = 0; i < n; i++) {
		if (&file[i] == sheet)
			continue;
		int one = check_one(sheet->body, file[i].name, file[i].body, out);
		err = err ? err : one;
	}
	int messages = check_messages(sheet->body, json->body, out);
	return err ? err : messages;
}
