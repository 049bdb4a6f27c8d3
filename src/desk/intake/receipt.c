/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/intake/receipt.h"

#include "desk/intake/pages.h"
#include "desk/pages.h"
#include "desk/submit.h"

#include <errno.h>

/* One request with words that were read. */
struct back {
	struct web_request *r;
	struct form_state state;
	const char *done, *error, *typed;
};

static struct layout back_layout(struct web_request *r, const char *title)
{
	return (struct layout){ .desk = DESK(r), .title = text(web_lang(r), title), .path = "/receipt",
		.post = strcmp(web_method(r), "POST") == 0 };
}

/* --- typing the words --- */

static void show_ask(struct web_request *r, struct receipt_ask_page *p, int status)
{
	p->layout = back_layout(r, N_("Come back with nine words"));
	page_receipt_ask(web_out(r), p);
	web_page(r, status);
}

void receipt_ask(struct web_request *r)
{
	show_ask(r, &(struct receipt_ask_page){ .typed = "" }, 200);
}

static const char *ordinal(struct web_request *r, const char *msgid, unsigned n, const char *word)
{
	const char *const args[] = { text_number(web_arena(r), web_lang(r), n), word, NULL };
	return text_fill(web_arena(r), web_lang(r), msgid, args);
}

static void words_wrong(struct web_request *r, const char *typed, int err, const struct words_problem *bad)
{
	struct receipt_ask_page p = { .typed = typed };
	if (err == ERR_MALFORMED) {
		p.error = ordinal(r, N_("Word {0} is not on the list: {1}"), bad->place + 1, bad->typed ? bad->typed : "");
		p.close = bad->close;
		while (p.close_n < ARRAY_LEN(bad->close) && bad->close[p.close_n])
			p.close_n++;
	} else if (err == ERR_TRUNCATED)
		p.error = ordinal(r, N_("There are {0} words here; nine are needed."), bad->count, "");
	else
		p.error = text(web_lang(r), N_("There are more than nine words here."));
	show_ask(r, &p, 422);
}

static void not_found(struct web_request *r, const char *typed)
{
	struct receipt_ask_page p = { .typed = typed, .error = text(web_lang(r),
		N_("No report has these words in this order. Check each one; perhaps two have changed places.")) };
	show_ask(r, &p, 404);
}

/* --- what they open --- */

static const struct { const char *name, *means; } statuses[COARSE_COUNT] = {
	[COARSE_RECEIVED] = { N_("It has been received"), N_("It is stored; nobody has begun with it yet.") },
	[COARSE_REVIEW] = { N_("Under review"), N_("A person of the desk is looking at it.") },
	[COARSE_PASSED_ON] = { N_("Passed on"), N_("It is with the authority or unit that can protect or investigate.") },
	[COARSE_GONE] = { N_("Content gone"), N_("What you reported can no longer be reached at its address.") },
	[COARSE_OUTSIDE] = { N_("Outside our remit"), N_("This desk cannot act on it. The helplines know who can.") },
	[COARSE_QUESTION] = { N_("A question for you"), N_("The desk has asked you something below.") },
	[COARSE_WITHDRAWN] = { N_("Withdrawn"), N_("It was withdrawn as you asked.") },
	[COARSE_CLOSED] = { N_("Closed"), N_("The work on it is done.") },
};

static int fill_talk(struct back *b, const struct returning *back, struct receipt_page *p)
{
	struct arena *a = web_arena(b->r);
	struct talk_line *line = arena_array(a, back->mail_n + 1, sizeof *line);
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < back->mail_n; i++) {
		const struct mail *m = &back->mail[i];
		line[i] = (struct talk_line){ .mine = m->from_reporter, .withdrawal = m->withdrawal,
			.when = text_date(a, web_lang(b->r), DESK(b->r)->zone, m->hour, TEXT_DAY_TIME), .text = *m->text ? m->text : NULL };
	}
	p->line = line;
	p->line_n = back->mail_n;
	return 0;
}

static void show_failed(struct back *b, int err)
{
	if (err == -ENOENT)
		not_found(b->r, web_field(b->r, "typed"));
	else
		steps_again(b->r, false, err);
}

static void show(struct back *b, int status, bool withdraw)
{
	struct returning back;
	struct receipt_page p = { .done = b->done, .error = b->error, .typed = b->typed };
	int err = desk_return(DESK(b->r), web_arena(b->r), b->state.words, &back);
	if (!err)
		err = fill_talk(b, &back, &p);
	if (!err)
		err = form_seal(DESK(b->r), web_arena(b->r), &b->state, &p.state);
	if (err) {
		show_failed(b, err);
		return;
	}
	p.status = statuses[back.status].name;
	p.status_means = statuses[back.status].means;
	p.can_answer = back.can_answer;
	p.withdrawal_asked = back.withdrawal_asked;
	p.layout = back_layout(b->r, withdraw ? N_("Ask to withdraw the report") : N_("Your report"));
	(withdraw ? page_withdraw : page_receipt)(web_out(b->r), &p);
	web_page(b->r, status);
}

static void answer(struct back *b, const char *said, bool withdraw)
{
	int err = desk_answer(DESK(b->r), b->state.words, said, withdraw, b->state.once);
	if (err == ERR_MALFORMED || err == ERR_LIMIT || err == ERR_REFUSED) {
		b->error = err == ERR_LIMIT ? N_("This is too long. Please shorten it.")
			: err == ERR_REFUSED ? N_("This report is closed and takes no more answers.")
					     : N_("There is nothing in it yet.");
		b->typed = said;
		show(b, 422, false);
		return;
	}
	if (err < 0) {
		show_failed(b, err);
		return;
	}
	b->typed = NULL;
	b->done = withdraw ? N_("The desk has your request to withdraw.") : N_("The desk has your answer.");
	/* The next answer is another one: a number of its own. */
	const struct form_state before = b->state;
	form_begin(&b->state, REPORT_OTHER, REPORT_BY_ADULT, FORM_RETURN);
	memcpy(b->state.words, before.words, sizeof before.words);
	show(b, 200, false);
}

static void with_words(struct back *b, const char *go)
{
	const char *said = web_field(b->r, "text");
	said = said ? said : "";
	b->typed = said;
	if (strcmp(go, "answer") == 0)
		answer(b, said, false);
	else if (strcmp(go, "withdraw-yes") == 0)
		answer(b, said, true);
	else
		show(b, 200, strcmp(go, "withdraw") == 0);
}

void receipt_post(struct web_request *r)
{
	struct back b = { .r = r };
	const char *state = web_field(r, "state"), *typed = web_field(r, "typed"), *go = web_field(r, "go");
	struct words_problem bad = { 0 };
	if (!state) {
		form_begin(&b.state, REPORT_OTHER, REPORT_BY_ADULT, FORM_RETURN);
		typed = typed ? typed : "";
		int err = desk_words_read(DESK(r)->data, web_arena(r), typed, web_lang(r), b.state.words, &bad);
		if (err)
			words_wrong(r, typed, err, &bad);
		else
			show(&b, 200, false);
		return;
	}
	int err = form_open(DESK(r), web_arena(r), state, &b.state);
	if (!err && b.state.path != FORM_RETURN)
		err = ERR_MALFORMED;
	if (err == ERR_MALFORMED || err == ERR_TIME)
		steps_refused(r, "/receipt", false, err);
	else if (err)
		steps_again(r, false, err);
	else
		with_words(&b, go ? go : "open");
}
