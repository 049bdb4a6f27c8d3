#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole way of a report by an adult: through the desk and its key process, page by page as a browser
without JavaScript sends them; coming back with the nine words in each language."""
import re, sys

sys.dont_write_bytecode = True
from desklab import Desk
from hisnflow import SOURCE, Tap, free_port

PATHS = {
    "address": [{"url": "hxxps://page[.]example/planted-one", "shows": ["abuse", "intimate"], "danger_now": "no"},
                {"territory": "MA-CAS", "first_seen": "2026-01-02", "still_there": "yes"},
                {"excluded_units": ["MA-CAS", "MA-RAB"], "reach": "words"}],
    "solicitation": [{"contact": ["wants_meeting", "secrecy"], "meeting_planned": "soon", "words": "planted-two"},
                     {"platform": "Insta", "suspect_account": "@Some.Body", "messages": "a\nb"},
                     {"child_age": "10-12", "territory": ""}, {"desk_person": "yes"}],
    "travel": [{"travel": ["paid"], "departure": "later"}, {"place": "planted-three", "date_from": "2026-03-01"},
               {"nationality": "?"}, {"reporter": "travel"}],
    "other": [{"concern": ["bullying"], "words": "planted-four سطر"}, {"place": "x"}, {}],
}


def walk(desk, language, kind):
    page = desk.get(f"/{language}/report/{kind}")
    for answers in PATHS[kind]:
        page = page.submit(answers, go="next")
    return page


def each_kind(tap, desk):
    words = {}
    for kind in PATHS:
        page = walk(desk, "en", kind)
        tap.ok("Read it again and send" in page.title, f"{kind}: the review comes after the last page", page.title)
        tap.ok("Before you send" in page.text and "7 days" in page.text, f"{kind}: what happens with it is said before sending")
        sent = page.submit(go="send")
        words[kind] = sent.words()
        tap.ok(sent.status == 200 and len(words[kind]) == 9, f"{kind}: sent, nine words", sent.text[-500:])
    rows = dict((r[0], r[1:]) for r in desk.rows("SELECT kind, priority, region, restricted, state, unit FROM report"))
    tap.equal(rows["address"], (2, "MA-06", 0, "received", "national"), "address: P2, the region and not the province, to the national desk")
    tap.equal(rows["solicitation"], (0, None, 1, "received", "national"), "solicitation: a meeting soon is P0; restricted, as the desk is concerned")
    tap.equal((rows["travel"][0], rows["other"][0]), (1, 3), "travel is P1, bullying P3")
    tap.equal(desk.rows("SELECT kind, count(*) FROM blind GROUP BY kind ORDER BY kind"), [(1, 1), (2, 1), (3, 1), (4, 2)],
              "blind: an address, its host, an account, two excluded units")
    return words


def nothing_in_clear(tap, desk):
    """Sealed, also where SQLite keeps what it has not moved yet."""
    found = []
    for name in ("desk.db", "desk.db-wal"):
        with open(f"{desk.folder}/{name}", "rb") as f:
            data = f.read()
        found += [t for t in (b"planted", "سطر".encode(), b"Body", b"page.example", b"127.0.0.1", b"Python-urllib") if t in data]
    tap.equal(found, [], "nothing of the reports, no address, no browser in the database's files")
    tap.ok(b"received" in data or b"MA-06" in open(f"{desk.folder}/desk.db", "rb").read(), "(the same search finds what is in clear)")


def shown_words(language, words):
    """The same receipt in another language: by place in the list."""
    lists = {c: [w for w in open(f"{SOURCE}/data/desk/words-{c}.txt", encoding="utf-8").read().split("\n") if w and not w.startswith("#")]
             for c in ("en", language)}
    return [lists[language][lists["en"].index(w)] for w in words]


def coming_back(tap, desk, words):
    status = {"en": "It has been received", "fr": "Reçu", "ar": "تم التوصل به"}
    for language, says in status.items():
        typed = ", ".join(shown_words(language, words["address"])).upper()
        page = desk.get(f"/{language}/receipt").submit({"typed": typed}, go="open")
        tap.ok(page.status == 200 and f'<span class="status">{says}</span>' in page.body, f"{language}: nine words open the status", page.text)
        tap.ok("planted" not in page.text and "page" + ".example" not in page.body, f"{language}: never the report's text")
    ask = desk.get("/en/receipt")
    wrong = list(words["address"])
    wrong[0], wrong[1] = wrong[1], wrong[0]
    page = ask.submit({"typed": " ".join(wrong)}, go="open")
    tap.ok(page.status == 404 and page.value("typed") == " ".join(wrong), "words in another order: none found, what was typed is kept", page.text)
    page = ask.submit({"typed": " ".join(words["address"][:8] + ["zzzebra"])}, go="open")
    tap.ok(page.status == 422 and "Word 9" in page.text and "zzzebra" in page.text, "an unknown word is named", page.text)
    page = ask.submit({"typed": "one"}, go="open")
    tap.equal(page.status, 422, "too few words are refused")


def answering(tap, desk, words):
    page = desk.get("/en/receipt").submit({"typed": " ".join(words["other"])}, go="open")
    desk.write("UPDATE report SET status = 5 WHERE kind = 'other'")
    empty = page.submit({"text": "  "}, go="answer")
    tap.equal(empty.status, 422, "an empty answer is refused")
    first = page.submit({"text": "planted-answer <b>"}, go="answer")
    tap.ok("The desk has your answer" in first.text and "planted-answer <b>" in first.text, "an answer is taken and shown, escaped", first.text)
    tap.ok('class="status">Under review' in first.body, "an answered question is under review again")
    again = page.submit({"text": "planted-answer <b>"}, go="answer")
    tap.equal(again.body.count("planted-answer"), 1, "the same answer sent again is one")
    confirm = again.submit(go="withdraw")
    tap.ok("A person decides" in confirm.text and not desk.rows("SELECT 1 FROM message WHERE type = 5"), "withdrawing asks first")
    back = confirm.submit(go="open")
    tap.ok("Questions and answers" in back.text, "and can be left")
    done = confirm.submit({"text": "no more"}, go="withdraw-yes")
    tap.ok("You asked to withdraw" in done.text and "withdraw" not in done.form()["go"], "the request stands there, once", done.form())
    tap.equal(desk.rows("SELECT type, number FROM message m JOIN report r ON r.id = m.report WHERE r.kind = 'other' ORDER BY seq"),
              [(1, 0), (3, 1), (5, 2)], "report, answer, withdrawal: each under a key of its own")
    desk.write("UPDATE report SET state = 'closed' WHERE kind = 'other'")
    closed = done.submit({"text": "too late"}, go="answer")
    tap.ok(closed.status == 422 and "closed" in closed.text, "a closed report takes no answer", closed.text)


def sent_twice(tap, desk):
    before = desk.rows("SELECT count(*) FROM report")[0][0]
    page = walk(desk, "fr", "other")
    one, two = page.submit(go="send"), page.submit(go="send")
    tap.equal((one.words(), two.status), (two.words(), 200), "sent twice: the same nine words")
    tap.equal(desk.rows("SELECT count(*) FROM report")[0][0], before + 1, "and one report")


def tampered(tap, desk):
    page = desk.get("/en/report/other").submit({"words": "x"}, go="next")
    state = page.value("state")
    middle = len(state) // 2
    other = state[:middle] + ("A" if state[middle] != "A" else "B") + state[middle + 1:]
    tap.equal(page.submit({"state": other}, go="next").status, 400, "a changed state is refused")
    tap.equal(page.submit({"state": None}, go="next").status, 400, "no state is refused")
    tap.equal(desk.post("/en/report/travel", page.posted(go="next")).status, 400, "a state of another form is refused")
    tap.equal(desk.post("/en/receipt", [("state", state), ("go", "open")]).status, 400, "and at the receipt")
    old = page.submit({"state": "AQAG" + state[4:]}, go="next")
    tap.ok(old.status == 400 and "twelve hours" in old.text and old.links.count("/en/report/other") >= 1, "an old one says so and leads to the start", old.text)
    tap.equal(desk.get("/en/report/nothing").status, 404, "a kind that is none: 404")
    tap.equal(page.submit(go="send").status, 200, "'send' on another page than the review only goes on")


def errors_keep_what_was_typed(tap, desk):
    page = desk.get("/en/report/address").submit({"url": "somebody I saw", "words": "long \"story\"\n<b>"}, go="next")
    tap.ok(page.status == 422 and "does not look like an address" in page.text, "what is no address is said beside the field")
    tap.equal((page.value("url"), page.value("words").strip()), ("somebody I saw", "long \"story\"\n<b>"), "and all that was typed is still there")
    tap.ok('href="#f-url"' in page.body and 'aria-invalid="true"' in page.body, "with a way to the field")
    page = page.submit({"url": ""}, go="next")
    back = page.submit({"first_seen": "nonsense", "platform": "kept"}, go="back")
    tap.ok(back.status == 200 and back.value("words").strip() == "long \"story\"\n<b>", "Back never complains, and keeps")
    tap.equal(back.submit(go="next").value("platform"), "kept", "what was right on the page left by Back is kept, too")
    review = page.submit(go="review")
    tap.ok("Read it again" in review.title, "from any page to the review")
    edit = review.submit(go="edit-0")
    tap.ok("What you have seen" in edit.title and edit.value("words").strip().startswith("long"), "Change leads to the page of what is to be changed")
    long = desk.get("/en/report/solicitation").submit({"words": "\"" * 6000}, go="next").submit({"messages": "\"" * 10000}, go="next")
    tap.ok(long.status == 422 and "too long" in long.text, "more than a form can carry is said", long.status)
    bad = desk.get("/en/report/address").submit({"words": "x"}, go="next").submit({"territory": "XX-1"}, go="next")
    tap.equal(bad.status, 422, "a territory that is none is refused")


def emergency(tap, desk):
    page = desk.get("/en/report/solicitation")
    tap.ok("A child may be in danger now" not in page.text, "no alarm before an answer calls for it")
    page = page.submit({"danger_now": "yes"}, go="next")
    top = page.body.split('<form')[0]
    tap.ok("A child may be in danger now" in page.text and 'href="tel:19"' in top and 'href="tel:177"' in top,
           "danger: the emergency lines at once, above the form", top[-800:])
    tap.ok("e-blagh" in page.body, "the police's own page beside them")
    tap.ok(page.form()["go"], "and the form goes on")


def headers(tap, desk):
    page = walk(desk, "ar", "travel")
    tap.ok('dir="rtl"' in page.body and not re.search(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", page.text), "Arabic: from right to left, no English sentence", page.text)
    tap.equal((page.headers.get("Set-Cookie"), page.headers.get("Cache-Control")), (None, "no-store"), "no cookie, nothing stored")
    pages = [desk.get("/fr/report"), desk.get("/fr/receipt"), walk(desk, "fr", "address"), page]
    units = desk.get("/ar/report/other").submit({}, go="next").submit({}, go="next")
    tap.ok(all(len(p.body.encode()) < 60000 for p in pages + [units]), "each page under 60 kB", [len(p.body.encode()) for p in pages + [units]])
    tap.ok("type=\"file\"" not in "".join(p.body for p in pages), "nowhere an upload")


def keys_gone(tap, desk):
    page = desk.get("/en/report/other").submit({"words": "planted-five"}, go="next")
    review = page.submit({"place": "kept place"}, go="next").submit({}, go="next")
    before = desk.rows("SELECT count(*) FROM report")[0][0]
    desk.keys.stop()
    # Whatever the desk can still answer by itself, nothing is lost or half stored.
    wait = review.submit(go="send")
    tap.equal(wait.status, 503, "without the key process: wait")
    tap.equal(desk.rows("SELECT count(*) FROM report")[0][0], before, "no half report")
    desk.start_keys()
    sent = wait.submit(go=None if wait.value("go") else "send")
    tap.ok(len(sent.words()) == 9, "and the same page sends it when the key process is back", sent.text[-400:])


with Tap() as tap, Desk(free_port(18140, 18149)) as desk:
    words = each_kind(tap, desk)
    coming_back(tap, desk, words)
    answering(tap, desk, words)
    sent_twice(tap, desk)
    tampered(tap, desk)
    errors_keep_what_was_typed(tap, desk)
    emergency(tap, desk)
    headers(tap, desk)
    keys_gone(tap, desk)
    nothing_in_clear(tap, desk)
    tap.ok("planted" not in desk.desk.output() + desk.keys.output() and "127.0.0.1" not in desk.desk.output(), "nothing in the logs", desk.desk.output())
