/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fields. Order is the order of the canonical JSON and of the review page: fields may be
 * added at the end of their group, never renamed (schema 1). Labels are what an adult is asked; the
 * child's path has words of its own for the same fields. */
#include "desk/report.h"

#include "web/text.h"

#define A (1u << REPORT_ADDRESS)
#define S (1u << REPORT_SOLICITATION)
#define T (1u << REPORT_TRAVEL)
#define O (1u << REPORT_OTHER)
#define ALL (A | S | T | O)

enum { LINE = 300, LINK = 2000, NOTE = 2000, STORY = 6000, PASTED = 10000, MANY = 100 };

static const struct field_choice yes_no[] = {
	{ "yes", N_("Yes") }, { "no", N_("No") }, { "unknown", N_("I do not know") },
};

static const struct field_choice shows[] = {
	{ "abuse", N_("Images or videos of the sexual abuse of a child") },
	{ "live", N_("Live streaming of the sexual abuse of a child") },
	{ "generated", N_("Such images, drawn or made by a computer") },
	{ "offer", N_("An offer, an advertisement or a request to exploit a child") },
	{ "exchange", N_("People who exchange such material or advice") },
	{ "intimate", N_("Intimate images of a child, passed on without consent") },
	{ "misleading_domain", N_("A site whose name deceives children") },
	{ "misleading_content", N_("Words or images made to deceive children") },
	{ "other", N_("Something else") }, { "unknown", N_("I am not sure") },
};
static const struct field_choice site_types[] = {
	{ "website", N_("Website") }, { "social", N_("Social network") }, { "messaging", N_("Messaging app or group") },
	{ "forum", N_("Forum") }, { "video", N_("Video platform") }, { "game", N_("Game") },
	{ "files", N_("File sharing") }, { "search", N_("Search engine") }, { "app", N_("Application") },
	{ "onion", N_("Tor (onion) service") }, { "other", N_("Something else") }, { "unknown", N_("I do not know") },
};
static const struct field_choice access_ways[] = {
	{ "open", N_("Anyone can see it") }, { "login", N_("An account is needed") },
	{ "invitation", N_("An invitation is needed") }, { "paywall", N_("One has to pay") },
	{ "password", N_("A password is needed") }, { "tor", N_("Only through Tor") },
	{ "unknown", N_("I do not know") },
};

static const struct field_choice contacts[] = {
	{ "sexual_talk", N_("Talks to the child about sexual things") },
	{ "asks_images", N_("Asks the child for intimate images") },
	{ "sends_obscene", N_("Sends the child sexual images or words") },
	{ "wants_meeting", N_("Wants to meet the child") },
	{ "threatens", N_("Threatens or blackmails the child") },
	{ "gifts", N_("Promises money, gifts or a job") },
	{ "pretends", N_("Pretends to be somebody else, or younger") },
	{ "shares_images", N_("Passes on intimate images of the child") },
	{ "secrecy", N_("Asks the child to keep it secret") },
	{ "other", N_("Something else") }, { "unknown", N_("I am not sure") },
};
static const struct field_choice child_ages[] = {
	{ "0-5", N_("Under 6 years") }, { "6-9", N_("6 to 9 years") }, { "10-12", N_("10 to 12 years") },
	{ "13-15", N_("13 to 15 years") }, { "16-17", N_("16 or 17 years") }, { "unknown", N_("I do not know") },
};
static const struct field_choice suspect_ages[] = {
	{ "child", N_("Under 18") }, { "18-25", N_("18 to 25 years") }, { "26-49", N_("26 to 49 years") },
	{ "50+", N_("50 years or more") }, { "adult", N_("An adult, I do not know the age") },
	{ "unknown", N_("I do not know") },
};
static const struct field_choice relations[] = {
	{ "online", N_("Only from the Internet") }, { "family", N_("A member of the family") },
	{ "known", N_("Somebody the family or the child knows") },
	{ "authority", N_("A teacher, a coach, an employer or another person in charge") },
	{ "peer", N_("Another child") }, { "unknown", N_("I do not know") },
};
static const struct field_choice meetings[] = {
	{ "no", N_("No") }, { "talked", N_("It was talked about") }, { "soon", N_("Yes, within the next two days") },
	{ "later", N_("Yes, later") }, { "met", N_("They have already met") }, { "unknown", N_("I do not know") },
};
static const struct field_choice threats[] = {
	{ "images", N_("To show images of the child") }, { "money", N_("Asks for money") },
	{ "violence", N_("Violence against the child or others") }, { "other", N_("Another threat") },
	{ "none", N_("No threat") }, { "unknown", N_("I do not know") },
};
static const struct field_choice kept[] = {
	{ "yes", N_("Yes, nothing was deleted") }, { "part", N_("Partly") }, { "no", N_("No") },
	{ "unknown", N_("I do not know") },
};

static const struct field_choice travel_signs[] = {
	{ "afraid", N_("A child who seems afraid, ill or under somebody’s control") },
	{ "unrelated", N_("An adult with a child who does not seem to belong to them") },
	{ "paid", N_("Money, gifts or food in exchange for a child’s company") },
	{ "asks", N_("Somebody asks where to find children") },
	{ "offers", N_("Somebody offers children to travellers") },
	{ "visits", N_("Adults come and go to a room where a child is") },
	{ "images", N_("Images of a child are made") },
	{ "advert", N_("An advertisement for such a trip") },
	{ "other", N_("Something else") }, { "unknown", N_("I am not sure") },
};
static const struct field_choice establishments[] = {
	{ "hotel", N_("Hotel") }, { "guesthouse", N_("Guest house, riad or rented flat") },
	{ "leisure", N_("Bar, restaurant or club") }, { "transport", N_("Taxi, bus, train, boat or airport") },
	{ "guide", N_("Guide or excursion") }, { "public", N_("Street, beach or market") },
	{ "agency", N_("Travel agency or website") }, { "other", N_("Something else") },
	{ "unknown", N_("I do not know") },
};
static const struct field_choice departures[] = {
	{ "now", N_("They are leaving now") }, { "today", N_("Today or tomorrow") }, { "later", N_("Later") },
	{ "left", N_("They have left") }, { "unknown", N_("I do not know") },
};

static const struct field_choice concerns[] = {
	{ "abuse", N_("Sexual abuse of a child") }, { "trafficking", N_("Trafficking or sale of a child") },
	{ "prostitution", N_("Exploitation of a child in prostitution") },
	{ "intimate", N_("Intimate images of a child, passed on without consent") },
	{ "bullying", N_("Cyberbullying or violence online") }, { "privacy", N_("A child’s private life or data") },
	{ "harmful", N_("Content that is not for children") },
	{ "other", N_("Something else") }, { "unknown", N_("I am not sure") },
};

static const struct field_choice annotations[] = {
	{ "extortion", N_("Sexual extortion of a child") }, { "asked_material", N_("Material was asked of a child") },
	{ "minor_to_minor", N_("Between minors") }, { "generated", N_("Generated images") },
	{ "live", N_("Live streaming") }, { "self_report", N_("Reported by the child") },
	{ "intimate_image", N_("Intimate image of a minor, without consent") },
};
static const struct field_choice when[] = {
	{ "now", N_("It is happening now") }, { "week", N_("In the last seven days") },
	{ "month", N_("In the last month") }, { "year", N_("In the last year") },
	{ "older", N_("Longer ago") }, { "unknown", N_("I do not know") },
};
static const struct field_choice reporters[] = {
	{ "self", N_("It happens to me") }, { "parent", N_("Parent or guardian") }, { "family", N_("Another member of the family") },
	{ "friend", N_("Friend") }, { "teacher", N_("School staff") }, { "health", N_("Health or social worker") },
	{ "travel", N_("I work in tourism or transport") }, { "digital", N_("I work for a digital service") },
	{ "witness", N_("I saw it by chance") }, { "other", N_("Something else") },
};
static const struct field_choice told[] = {
	{ "police", N_("The police or the gendarmerie") }, { "platform", N_("The platform or the site") },
	{ "helpline", N_("A helpline") }, { "school", N_("The school") }, { "family", N_("The family") },
	{ "other", N_("Somebody else") }, { "nobody", N_("Nobody yet") },
};
static const struct field_choice reach_ways[] = {
	{ "words", N_("Only here, with the nine words") }, { "phone", N_("By telephone") },
	{ "email", N_("By e-mail") }, { "other", N_("Another way") }, { "none", N_("I do not want to be reached") },
};
static const struct field_choice languages[] = {
	{ "fr", N_("French") }, { "ar", N_("Arabic") }, { "en", N_("English") },
};
static const struct field_choice taken[] = {
	{ "phone", N_("By telephone") }, { "counter", N_("At a counter") }, { "letter", N_("By letter") }, { "other", N_("Another way") },
};

#define OF(list) list, ARRAY_LEN(list)
#define FREE NULL, 0

const struct field report_fields[] = {
	/* an address */
	{ "url", FIELD_URL, N_("Address (link)"), N_("As it stands in the browser. Do not go back to look for it, and do not copy any image."), A | S | O, LINK, FREE },
	{ "more_urls", FIELD_TEXT, N_("Other addresses"), N_("One on each line."), A | S | O, NOTE, FREE },
	{ "shows", FIELD_CHOICES, N_("What does it show?"), NULL, A, 10, OF(shows) },
	{ "site_type", FIELD_CHOICE, N_("Where is it?"), NULL, A, LINE, OF(site_types) },
	{ "access", FIELD_CHOICES, N_("How does one get to see it?"), NULL, A, 7, OF(access_ways) },
	{ "access_note", FIELD_LINE, N_("What else is needed to see it?"), N_("The name of a group or a channel, for example. Never your own password."), A, LINE, FREE },
	{ "referrer", FIELD_URL, N_("The address from which you came to it"), N_("A link, if you have it."), A, LINK, FREE },
	{ "first_seen", FIELD_DATE, N_("When did you first see it?"), NULL, A, 10, FREE },
	{ "still_there", FIELD_CHOICE, N_("Was it still there the last time?"), N_("Do not go back to check."), A, LINE, OF(yes_no) },

	/* a contact */
	{ "contact", FIELD_CHOICES, N_("What does this person do?"), NULL, S, 11, OF(contacts) },
	{ "platform", FIELD_LINE, N_("On which app, game or site?"), NULL, A | S | O, LINE, FREE },
	{ "suspect_account", FIELD_LINE, N_("The person’s account, number or identifier"), NULL, A | S | T | O, LINE, FREE },
	{ "suspect_name", FIELD_LINE, N_("The name this person shows or uses"), NULL, ALL, LINE, FREE },
	{ "suspect_profile", FIELD_URL, N_("Link to the person’s profile"), NULL, A | S | O, LINK, FREE },
	{ "suspect_age", FIELD_CHOICE, N_("How old does this person seem to be?"), NULL, S | T | O, LINE, OF(suspect_ages) },
	{ "relation", FIELD_CHOICE, N_("How does the child know this person?"), NULL, S | T | O, LINE, OF(relations) },
	{ "child_account", FIELD_LINE, N_("The child’s account there"), N_("It helps to find the contact again. You can leave it out."), S | O, LINE, FREE },
	{ "contact_ongoing", FIELD_CHOICE, N_("Is the contact still going on?"), NULL, S | O, LINE, OF(yes_no) },
	{ "meeting_planned", FIELD_CHOICE, N_("Is a meeting planned?"), NULL, S | O, LINE, OF(meetings) },
	{ "meeting_note", FIELD_LINE, N_("Where and when?"), NULL, S | O, LINE, FREE },
	{ "threat", FIELD_CHOICES, N_("Does this person threaten?"), NULL, S | T | O, 6, OF(threats) },
	{ "messages", FIELD_TEXT, N_("Messages, copied as text"), N_("Text only. Do not send or copy images."), S | O, PASTED, FREE },
	{ "device_kept", FIELD_CHOICE, N_("Are the messages and the device kept?"), N_("Do not delete anything: it can be a proof."), S | O, LINE, OF(kept) },
	{ "trusted_adult", FIELD_CHOICE, N_("Does an adult whom the child trusts know about it?"), NULL, S | T | O, LINE, OF(yes_no) },

	/* travel and tourism */
	{ "travel", FIELD_CHOICES, N_("What did you see or hear?"), NULL, T, 10, OF(travel_signs) },
	{ "establishment_kind", FIELD_CHOICE, N_("What kind of place?"), NULL, T, LINE, OF(establishments) },
	{ "establishment", FIELD_LINE, N_("Name of the hotel, the house or the company"), NULL, T, LINE, FREE },
	{ "place", FIELD_LINE, N_("Town, street or place"), NULL, T | O, LINE, FREE },
	{ "date_from", FIELD_DATE, N_("From which day?"), NULL, T, 10, FREE },
	{ "date_to", FIELD_DATE, N_("Until which day?"), NULL, T, 10, FREE },
	{ "booking_reference", FIELD_LINE, N_("Booking reference or room number"), NULL, T, LINE, FREE },
	{ "carrier", FIELD_LINE, N_("Airline, train, boat, bus or taxi"), N_("Company, number, direction."), T, LINE, FREE },
	{ "vehicle", FIELD_LINE, N_("Vehicle"), N_("Make, colour, number plate."), T, LINE, FREE },
	{ "nationality", FIELD_LINE, N_("Country or language of the person"), NULL, T, LINE, FREE },
	{ "child_situation", FIELD_TEXT, N_("How is the child?"), N_("Age, clothes, with whom, how the child seems to feel."), T | O, NOTE, FREE },
	{ "departure", FIELD_CHOICE, N_("Are they about to leave?"), NULL, T, LINE, OF(departures) },
	{ "staff_witness", FIELD_CHOICE, N_("Did somebody who works there see it?"), NULL, T, LINE, OF(yes_no) },
	{ "licence_number", FIELD_LINE, N_("Licence number of the establishment"), N_("If you work in the sector and know it."), T, LINE, FREE },

	/* something else */
	{ "concern", FIELD_CHOICES, N_("What does it concern?"), NULL, O, 9, OF(concerns) },

	/* in every report */
	{ "words", FIELD_TEXT, N_("In your own words"), N_("Write what you know, in any language. Nothing has to be complete."), ALL, STORY, FREE },
	{ "when", FIELD_CHOICE, N_("When did it happen?"), NULL, ALL, LINE, OF(when) },
	{ "danger_now", FIELD_CHOICE, N_("Is a child in danger right now?"), NULL, ALL, LINE, OF(yes_no) },
	{ "child_known", FIELD_CHOICE, N_("Do you know who the child is, or how to find the child?"), NULL, ALL, LINE, OF(yes_no) },
	{ "child_age", FIELD_CHOICE, N_("How old is the child?"), N_("Your impression is enough."), ALL, LINE, OF(child_ages) },
	{ "child_who", FIELD_LINE, N_("Who is the child?"), N_("A first name, a school, a district: what you think helps to protect the child."), ALL, LINE, FREE },
	{ "territory", FIELD_TERRITORY, N_("Where in the country?"), NULL, ALL, 15, FREE },
	{ "reporter", FIELD_CHOICE, N_("How are you connected to it?"), NULL, ALL, LINE, OF(reporters) },
	{ "told", FIELD_CHOICES, N_("Whom have you told?"), NULL, ALL, 7, OF(told) },
	{ "excluded_units", FIELD_UNITS, N_("Local units that must not see this report"), N_("The national desk reads every report first. It will not pass yours on to the units you choose here."), ALL, MANY, FREE },
	{ "excluded_persons", FIELD_TEXT, N_("Persons who must not learn of it"), N_("Names or posts, one on each line."), ALL, NOTE, FREE },
	{ "desk_person", FIELD_CHOICE, N_("Is somebody who works at this desk concerned?"), N_("Then only a supervisor can open the report."), ALL, LINE, OF(yes_no) },
	{ "reach", FIELD_CHOICE, N_("How may the desk reach you?"), N_("You do not have to give a name, a number or an address."), ALL, LINE, OF(reach_ways) },
	{ "reach_address", FIELD_LINE, N_("Number, address or name"), NULL, ALL, LINE, FREE },
	{ "reach_safe", FIELD_LINE, N_("When and how is it safe to reach you?"), N_("For example: only in the morning, never by message."), ALL, LINE, FREE },

	/* set by the desk, by staff who write for somebody, by a partner's system */
	{ "language", FIELD_CHOICE, N_("Language to answer in"), NULL, ALL, LINE, OF(languages) },
	{ "taken", FIELD_CHOICE, N_("How the report was taken"), NULL, ALL, LINE, OF(taken) },
	{ "annotations", FIELD_CHOICES, N_("Annotations"), NULL, ALL, 7, OF(annotations) },
	{ "partner", FIELD_LINE, N_("Partner"), NULL, ALL, LINE, FREE },
	{ "partner_reference", FIELD_LINE, N_("The partner’s reference"), NULL, ALL, LINE, FREE },
	{ "incident_time", FIELD_LINE, N_("Time of the incident"), N_("RFC 3339."), ALL, LINE, FREE },
	{ "provider_account", FIELD_LINE, N_("Account at the provider"), NULL, ALL, LINE, FREE },
	{ "address_events", FIELD_TEXT, N_("Address events"), N_("One on each line: address, kind, time, port, proxy."), ALL, PASTED, FREE },
	{ "files", FIELD_TEXT, N_("Files"), N_("One on each line: name, address, hashes, class. Never the file."), ALL, PASTED, FREE },
	{ "viewed_by_staff", FIELD_CHOICE, N_("Viewed by the provider’s staff?"), NULL, ALL, LINE, OF(yes_no) },
	{ "publicly_available", FIELD_CHOICE, N_("Publicly available?"), NULL, ALL, LINE, OF(yes_no) },
	{ "preservation_reference", FIELD_LINE, N_("Preservation reference"), NULL, ALL, LINE, FREE },
};
const size_t report_field_count = ARRAY_LEN(report_fields);
_Static_assert(ARRAY_LEN(report_fields) <= REPORT_FIELD_MAX, "struct report has room");
