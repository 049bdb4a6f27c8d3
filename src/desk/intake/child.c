/* SPDX-License-Identifier: Apache-2.0 */
/* The child's own paths: one short question a page, in a child's words. The same fields and the same
 * engine as the adults', so that the desk reads both alike. */
#include "desk/intake/pages.h"
#include "desk/pages.h"

#define ONE(ask_) .ask = ask_, .ask_n = ARRAY_LEN(ask_), .legend = true
#define CHOICES(list) .choice = list, .choice_n = ARRAY_LEN(list)

static const struct field_choice yes_no[] = {
	{ "yes", N_("Yes") }, { "no", N_("No") }, { "unknown", N_("I am not sure") },
};
static const struct field_choice does[] = {
	{ "asks_images", N_("Asks me for pictures or videos of my body") },
	{ "sends_obscene", N_("Sends me pictures or words about sex") },
	{ "wants_meeting", N_("Wants to meet me") },
	{ "threatens", N_("Threatens me or wants money") },
	{ "shares_images", N_("Shows pictures of me to others") },
	{ "gifts", N_("Promises me money or presents") },
	{ "secrecy", N_("Says that I must tell nobody") },
	{ "other", N_("Something else") }, { "unknown", N_("I am not sure") },
};
static const struct field_choice about[] = {
	{ "intimate", N_("Somebody has a picture or a video of me") },
	{ "abuse", N_("Somebody touches me or hurts me") },
	{ "bullying", N_("Others are mean to me online") },
	{ "privacy", N_("Somebody uses my account or my name") },
	{ "other", N_("Something else") }, { "unknown", N_("I am not sure") },
};
static const struct field_choice meets[] = {
	{ "no", N_("No") }, { "talked", N_("We talked about it") }, { "soon", N_("Yes, today or tomorrow") },
	{ "later", N_("Yes, later") }, { "met", N_("We have met already") }, { "unknown", N_("I am not sure") },
};
static const struct field_choice threatens[] = {
	{ "images", N_("To show pictures of me") }, { "money", N_("I should pay") },
	{ "violence", N_("To hurt me or somebody I love") }, { "other", N_("Something else") }, { "none", N_("No") },
};
static const struct field_choice ages[] = {
	{ "6-9", N_("6 to 9 years") }, { "10-12", N_("10 to 12 years") }, { "13-15", N_("13 to 15 years") },
	{ "16-17", N_("16 or 17 years") }, { "unknown", N_("I would rather not say") },
};
static const struct field_choice knows[] = {
	{ "online", N_("Only from the Internet") }, { "family", N_("From my family") },
	{ "known", N_("From my street, or a friend of the family") },
	{ "authority", N_("A teacher, a coach or a boss") }, { "peer", N_("Somebody of my age") },
	{ "unknown", N_("I would rather not say") },
};

static const struct step_ask danger[] = { { .field = "danger_now", .label = N_("Are you in danger right now?"), .hint = "", CHOICES(yes_no) } };
static const struct step_ask words[] = { { .field = "words", .label = N_("What happened?"), .hint = N_("Write it as you would tell a friend. Spelling does not matter. You can write little.") } };
static const struct step_ask what[] = { { .field = "contact", .label = N_("What does this person do?"), .hint = N_("You can choose several."), CHOICES(does) } };
static const struct step_ask where[] = { { .field = "platform", .label = N_("Where does it happen?"), .hint = N_("The name of the app, the game or the site.") } };
static const struct step_ask account[] = { { .field = "suspect_account", .label = N_("What is this person called there?"), .hint = N_("A name, a number or an account. Do not write to them to find out.") } };
static const struct step_ask ongoing[] = { { .field = "contact_ongoing", .label = N_("Does this person still write to you?"), .hint = "", CHOICES(yes_no) } };
static const struct step_ask meeting[] = { { .field = "meeting_planned", .label = N_("Does this person want to meet you?"), .hint = N_("You need not go, even if you said yes."), CHOICES(meets) } };
static const struct step_ask threat[] = { { .field = "threat", .label = N_("Does this person threaten you?"), .hint = N_("Do not pay and do not send more. It is not your fault."), CHOICES(threatens) } };
static const struct step_ask age[] = { { .field = "child_age", .label = N_("How old are you?"), .hint = "", CHOICES(ages) } };
static const struct step_ask trusted[] = { { .field = "trusted_adult", .label = N_("Does a grown-up whom you trust know about it?"), .hint = "", CHOICES(yes_no) } };
static const struct step_ask secret[] = { { .field = "excluded_persons", .label = N_("Is there somebody who must not know that you wrote to us?"), .hint = N_("For example somebody in the family, at school or at the police. We take care of that.") } };
static const struct step_ask concern[] = { { .field = "concern", .label = N_("What is it about?"), .hint = N_("You can choose several."), CHOICES(about) } };
static const struct step_ask who[] = { { .field = "suspect_name", .label = N_("Who does it?"), .hint = N_("You can leave this out.") } };
static const struct step_ask known[] = { { .field = "relation", .label = N_("How do you know this person?"), .hint = "", CHOICES(knows) } };
static const struct step_ask saw[] = { { .field = "words", .label = N_("What did you see?"), .hint = N_("Do not look at it again, and do not save it. A few words are enough.") } };
static const struct step_ask link[] = { { .field = "url", .label = N_("Do you still know the address?"), .hint = N_("Only if you know it already. Do not go back to look.") } };

static const struct step contact_steps[] = {
	{ .title = N_("In danger?"), ONE(danger) }, { .title = N_("What happened"), ONE(words) },
	{ .title = N_("What the person does"), ONE(what) }, { .title = N_("Where"), ONE(where) },
	{ .title = N_("The person"), ONE(account) }, { .title = N_("Still going on?"), ONE(ongoing) },
	{ .title = N_("Meeting"), ONE(meeting) }, { .title = N_("Threats"), ONE(threat) }, { .title = N_("Your age"), ONE(age) },
	{ .title = N_("A grown-up"), ONE(trusted) }, { .title = N_("Who must not know"), ONE(secret) },
};
static const struct step other_steps[] = {
	{ .title = N_("What it is about"), ONE(concern) }, { .title = N_("In danger?"), ONE(danger) },
	{ .title = N_("What happened"), ONE(words) }, { .title = N_("Where"), ONE(where) }, { .title = N_("The person"), ONE(who) },
	{ .title = N_("How you know each other"), ONE(known) }, { .title = N_("Threats"), ONE(threat) },
	{ .title = N_("Your age"), ONE(age) }, { .title = N_("A grown-up"), ONE(trusted) },
	{ .title = N_("Who must not know"), ONE(secret) },
};
static const struct step seen_steps[] = {
	{ .title = N_("What I saw"), ONE(saw) }, { .title = N_("Where"), ONE(where) },
	{ .title = N_("The address"), ONE(link) }, { .title = N_("The person"), ONE(account) },
	{ .title = N_("Who must not know"), ONE(secret) },
};

#define PATH(name, what_, kind_, steps_) { .path = "/child/" name, .action = "~/child/" name, .title = what_, \
	.form = FORM_CHILD, .kind = kind_, .by = REPORT_BY_CHILD, .step = steps_, .step_n = ARRAY_LEN(steps_), .child = true, \
	.review_title = N_("Is this right?"), .review_lead = N_("You can change everything. Nothing has been sent yet."), \
	.send = N_("Send, and give me nine words"), .send_plain = N_("Send without words"), \
	.before_send = before_send_child, .sent = page_sent_child }
static const struct { const char *name; struct steps steps; } paths[] = {
	{ "contact", PATH("contact", N_("Somebody writes to me"), REPORT_SOLICITATION, contact_steps) },
	{ "other", PATH("other", N_("Something happened to me"), REPORT_OTHER, other_steps) },
	{ "seen", PATH("seen", N_("I saw something"), REPORT_ADDRESS, seen_steps) },
};

static const struct steps *path_of(struct web_request *r)
{
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (!strcmp(web_param(r, "what"), paths[i].name))
			return &paths[i].steps;
	web_status(r, 404);
	return NULL;
}

static void begin(struct web_request *r)
{
	const struct steps *s = path_of(r);
	if (s)
		steps_get(r, s, REPORT_BY_CHILD);
}

static void go_on(struct web_request *r)
{
	const struct steps *s = path_of(r);
	if (s)
		steps_post(r, s);
}

static void door(struct web_request *r)
{
	const struct child_page p = { { .desk = DESK(r), .title = text(web_lang(r), N_("You can tell us")), .path = "/child",
		.child = true } };
	page_child(web_out(r), &p);
	web_page(r, 200);
}

enum { BODY_MAX = 192 * 1024 };

static const struct web_route routes[] = {
	{ "GET", "/child", door, WEB_LANG, 0 },
	{ "GET", "/child/:what", begin, WEB_LANG, 0 },
	{ "POST", "/child/:what", go_on, WEB_LANG | WEB_SLOW, BODY_MAX },
};
const struct web_route_table desk_child_routes = { routes, ARRAY_LEN(routes) };
