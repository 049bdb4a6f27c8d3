#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whom the desk writes to, and its removal notices: directory, letters, sending, what is heard back."""
import datetime, email, email.policy, glob, os, re, sys, tempfile

sys.dont_write_bytecode = True
from desklab import Desk
from hisnflow import Tap, free_port
from stafflab import ANALYST, OFFICER, SUPERVISOR, administrator, confirm, fingerprint, founded, invited, join, signed_in

TODAY = datetime.date.today()
OLD = (TODAY - datetime.timedelta(days=200)).isoformat()


def unit_officer(desk, admin, b):
    """An officer of Casablanca's unit, confirmed by the national desk."""
    number = fingerprint(join(desk, invited(admin, OFFICER, "omar", "MA-CAS"), "omar"))
    for who in ("amal", "samir"):
        confirm(b[who], "Omar", number)
    return signed_in(desk, "omar")[0]


def directory_units(tap, desk, b):
    page = b["samir"].get("/en/staff/directory")
    tap.ok(page.status == 200 and "Casablanca" in page.text, "the directory lists the regions", page.text[-300:])
    form = b["samir"].get("/en/staff/directory/unit/MA-CAS")
    given = {"name": "CAPE Casablanca", "phone": "+212 5 22 00 00 00", "mail": "cape@unit.example", "confirmed": TODAY.isoformat()}
    for change, says in (({"mail": "-x@unit.example"}, "not an e-mail address"), ({"phone": "call me"}, "has digits"),
                         ({"name": ""}, "name is needed"), ({"confirmed": "2199-01-01"}, "not in the future"),
                         ({"confirmed": "yesterday"}, "not in the future"), ({"phone": "", "mail": ""}, "needs a telephone")):
        bad = form.submit(dict(given, **change), at=form.at("/staff/directory/unit/MA-CAS"))
        tap.ok(bad.status == 422 and says in bad.text and bad.value("name", bad.at("/staff/directory/unit/MA-CAS")) == dict(given, **change)["name"],
               f"a unit is refused, what was typed stays: {says}", bad.text[-400:])
    tap.equal(desk.rows("SELECT count(*) FROM unit"), [(0,)], "nothing was stored")
    page = form.submit(given, at=form.at("/staff/directory/unit/MA-CAS"))
    tap.ok(page.status == 200 and "CAPE Casablanca" in page.text and "by Samir" in page.text, "the unit stands in its region's list", page.text[-600:])
    tap.ok("1 member holds keys" in page.text and "Nobody holds keys" in page.text, "with who holds keys there, and who does not", page.text[-900:])
    late = form.submit(dict(given, name="Another"), at=form.at("/staff/directory/unit/MA-CAS"))
    tap.ok(late.status == 409 and "meanwhile" in late.text, "a colleague's change meanwhile is told", late.text[-300:])
    page = b["samir"].get("/en/staff/directory/unit/MA-CAS")
    page = page.submit({"confirmed": OLD}, at=page.at("/staff/directory/unit/MA-CAS"))
    tap.ok("more than six months ago" in page.text, "what was confirmed 200 days ago is said to be old", page.text[-900:])
    tap.equal(desk.rows("SELECT count(*) FROM audit WHERE action = 'unit.put' AND object = 'MA-CAS'"), [(2,)], "each change is in the audit trail")


HOST = {"name": "Host One", "language": "fr", "mail": "abuse@host.example", "confirmed": TODAY.isoformat()}


def recipient(browser, kind, given):
    page = browser.get(f"/en/staff/directory/new/{kind}")
    return page.submit(given, at=page.at(f"/staff/directory/new/{kind}"))


def directory_recipients(tap, desk, b):
    bad = recipient(b["samir"], "hosting", dict(HOST, mail="", postal="", form="http://host.example/form"))
    tap.ok(bad.status == 422 and "begins with https://" in bad.text, "a form's address without https is refused", bad.text[-300:])
    page = recipient(b["samir"], "hosting", dict(HOST, form="https://host.example/abuse"))
    tap.ok(page.status == 200 and "Host One" in page.text and "e-mail, form" in page.text, "a host stands in its list", page.text[-400:])
    tap.ok(not any(u and "host.example" in u for u in page.links), "its form's address is text, no link", page.links)
    key = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    police = dict(HOST, name="Brigade of the test", mail="brigade@police.example", key=key)
    for change, says in (({}, "Call the recipient"), ({"fingerprint": "11111 22222 33333 44444"}, "differs"), ({"key": key[1:]}, "64 digits"),
                         ({"key": "00" * 32}, "64 digits")):
        bad = recipient(b["samir"], "police", dict(police, **change))
        tap.ok(bad.status == 422 and says in bad.text, f"a key is refused: {says}", bad.text[-400:])
    tap.equal(desk.rows("SELECT count(*) FROM recipient WHERE kind = 'police'"), [(0,)], "and nothing was stored")


def may_not(tap, desk, b):
    def status(who, path, post=False):
        return (who.post("/en" + path, [("name", "x")]) if post else who.get("/en" + path)).status
    one = "/staff/directory/recipient/" + desk.rows("SELECT hex(id) FROM recipient")[0][0].lower()
    pages = ["/staff/directory", "/staff/directory/region/MA-06", "/staff/directory/kind/hosting"]
    forms = ["/staff/directory/unit/MA-CAS", "/staff/directory/new/hosting", one]
    tap.equal([status(b["amal"], p) for p in pages + forms], [200] * 3 + [403] * 3, "an analyst reads the directory and does not change it")
    tap.equal([status(b["amal"], p, True) for p in forms] + [status(b["samir"], p, True) for p in forms], [403] * 6, "nor by a form without its token")
    for who in ("omar", "admin"):
        tap.equal({status(b[who], p) for p in pages + forms} | {status(b[who], p, True) for p in forms}, {403}, f"{who} is refused all of it")
    tap.equal([status(b["samir"], p) for p in ("/staff/directory/region/MA-CAS", "/staff/directory/unit/MA-XXX", "/staff/directory/kind/x",
                                               "/staff/directory/new/x", "/staff/directory/recipient/00")], [404] * 5, "what is not there")



# --- notices -------------------------------------------------------------------------------------

BAD, OTHER = "https://planted-address.example/x?y=1", "https://planted-other.example/"
PLANTED = ["planted-address", "planted-other", "planted-words", "planted-change", "planted-answer", "planted-new"]


def do(page, path, go, change=None):
    """The form of the page that posts to this path and has this button."""
    for i, f in enumerate(page.forms):
        if f["action"] and re.sub(r"^/(fr|ar|en)/", "/", f["action"]) == path and go in f["go"]:
            return page.submit(change, go=go, at=i)
    raise AssertionError(f"no form for {path} with {go}: {page.text[-600:]}")


class Mta:
    """A stand-in for sendmail: what it does is a script that may change between calls; what it took is in `took`."""

    def __init__(self, folder):
        self.path, self.script, self.took = f"{folder}/sendmail", f"{folder}/mta.sh", f"{folder}/took"
        with open(self.path, "w") as f:
            f.write(f'#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nexec /bin/sh {self.script} "$@"\n')
        os.chmod(self.path, 0o755)
        self.does("accept")

    def does(self, how):
        keep = f'echo "$@" >{self.took}.args; cat >{self.took}.tmp; mv {self.took}.tmp {self.took}.$$'
        with open(self.script, "w") as f:
            f.write({"accept": keep, "refuse": "cat >/dev/null; exit 69", "die": keep + "; kill -9 $$", "hang": keep + "; sleep 60",
                     "desk dies": keep + "; kill -9 $PPID; sleep 0.2"}.get(how, keep + "; " + how) + "\n")

    def letters(self):
        found = glob.glob(self.took + ".[0-9]*")
        return [email.message_from_binary_file(open(p, "rb"), policy=email.policy.default) for p in sorted(found, key=os.path.getmtime)]


def report(desk):
    page = desk.get("/en/report/address")
    given = {"url": BAD, "more_urls": OTHER, "words": "planted-words"}
    while "next" in page.form().get("go", []):
        shown = {name for name, _ in page.form()["fields"]}
        page = page.submit({k: v for k, v in given.items() if k in shown}, go="next")
    sent = page.submit(go="send")
    assert len(sent.words()) == 9, sent.text[-400:]
    return desk.rows("SELECT hex(id) FROM report ORDER BY received DESC")[0][0].lower()


def state(desk, id):
    """(state, handed?, sent?) of the notice."""
    return desk.rows("SELECT state, handed IS NOT NULL, sent IS NOT NULL FROM notice WHERE hex(id) = ?", id.upper())[0]


def drafted(b, case, change=None, edit=None, kind="hosting"):
    """The notice's page after keeping a draft, and its number."""
    path = f"/staff/notices/new/{case}"
    page = do(b.get(f"/en{path}?kind={kind}"), path, "preview", dict({"addresses": BAD, "offence": "CSAM_DIST", "name": "Host One",
              "mail": "abuse@host.example", "language": "en", "channel": "mail"}, **(change or {})))
    assert page.status == 200, page.text[-600:]
    page = do(page, path, "save", edit)
    return page, page.url.rsplit("/", 1)[1]


def opened(b, id):
    return do(b.get(f"/en/staff/notices/{id}"), f"/staff/notices/{id}", "open")


def press(b, id, go, change=None, open_first=False):
    page = opened(b, id) if open_first else b.get(f"/en/staff/notices/{id}")
    return do(page, f"/staff/notices/{id}", go, change)


def writing(tap, desk, b, case):
    path = f"/staff/notices/new/{case}"
    page = b["amal"].get("/en" + path)
    tap.ok(page.status == 422 and "once the case is confirmed" in page.text, "no notice before the case is confirmed", page.text[-300:])
    desk.write("UPDATE report SET state = 'confirmed', priority = 2")
    page = b["amal"].get("/en" + path)
    tap.ok(page.status == 200 and f"/en{path}?kind=registrar" in page.links, "six kinds of recipient are offered", page.links)
    form = b["amal"].get(f"/en{path}?kind=hosting")
    tap.ok("Host One" in form.text and "planted" not in form.body, "the form offers who is in the directory; nothing of the report is shown", form.text[-600:])
    page = do(form, path, "open")
    tap.ok(BAD in page.text and OTHER in page.text, "the report's addresses are shown when asked for, to choose from", page.text[-900:])
    tap.equal(desk.rows("SELECT count(*) FROM audit WHERE action = 'message.open'"), [(1,)], "which stands in the audit trail")
    tap.ok(not any(u and "planted" in u for u in page.links), "none of them is a link", page.links)
    host = desk.rows("SELECT hex(id) FROM recipient WHERE kind = 'hosting'")[0][0].lower()
    for change, says in (({"addresses": ""}, "Which address"), ({"offence": "HARMFUL_EXPO"}, "an offence"), ({"recipient": "", "name": "X", "language": None}, "language"),
                         ({"recipient": "", "name": ""}, "Who gets"), ({"recipient": "", "name": "X", "mail": ""}, "their address is needed"),
                         ({"recipient": "", "name": "X", "channel": "paper"}, "postal address is needed"),
                         ({"recipient": "", "name": "X", "mail": "x"}, "not an e-mail address")):
        given = dict({"recipient": host, "found": [BAD], "offence": "CSAM_DIST", "language": "fr", "channel": "mail"}, **change)
        if "addresses" in change:
            given["found"] = None
        bad = do(page, path, "preview", given)
        tap.ok(bad.status == 422 and says in bad.text, f"refused: {says}", bad.text[-500:])
    letter = do(page, path, "preview", {"recipient": host, "found": [BAD], "offence": "CSAM_DIST", "language": "fr", "channel": "mail"})
    body = next((letter.value("body", i) for i in range(len(letter.forms)) if letter.value("body", i)), "")
    tap.ok(BAD in body and OTHER not in body and "Demande de retrait" in letter.body and "de bonne foi" in body,
           "the letter is in the recipient's language and names the address chosen", body)
    tap.ok("503-2" in body and "pas été confirmé par un juriste" in body and "not confirmed in our tables" in letter.text,
           "what the tables are not sure of is said so, in the letter and above it", body)
    tap.ok("planted-words" not in body and "Nous travaillons" not in body, "and nothing of the reporter's words", body)
    again = do(letter, path, "save", {"body": ""})
    tap.ok(again.status == 422 and "empty" in again.text, "an empty letter is refused", again.text[-300:])
    kept = do(letter, path, "save")
    id = kept.url.rsplit("/", 1)[1]
    tap.ok(kept.status == 200 and state(desk, id) == ("drafted", 0, 0) and "planted" not in kept.body, "a draft is kept, its page shows no letter", kept.text[-300:])
    twice = do(letter, path, "save")
    tap.equal((twice.url, desk.rows("SELECT count(*) FROM notice")), (kept.url, [(1,)]), "the same form sent twice makes one")
    reference = f"N-{id[:5].upper()}-{id[5:10].upper()}"
    tap.ok(reference in body and reference in kept.text, "its reference stands in the letter", (reference, body[:200]))
    changed = do(opened(b["amal"], id), path, "edit")
    changed = do(changed, path, "save", {"body": body + "\nplanted-change"})
    new = changed.url.rsplit("/", 1)[1]
    tap.equal((state(desk, id)[0], state(desk, new)[0], new != id), ("ended", "drafted", True), "a changed letter is a new draft, the old one ends")
    tap.ok("planted-change" in opened(b["samir"], new).text, "a colleague opens it and reads the change")
    return new


def sending(tap, desk, b, mta, id):
    mta.does("refuse")
    page = press(b["amal"], id, "send", open_first=True)
    tap.ok(page.status == 502 and "stays a draft" in page.text and state(desk, id) == ("drafted", 0, 0), "the mail program refuses: nothing is marked", page.text[-300:])
    desk.write("UPDATE report SET held = 1")
    page = opened(b["amal"], id)
    tap.ok("send" not in [g for f in page.forms for g in f["go"]] and "hold" in page.text, "while the police hold the case there is no button", page.text[-300:])
    bad = b["amal"].post(f"/en/staff/notices/{id}", [p for p in page.posted(at=page.at(f"/staff/notices/{id}")) if p[0] != "go"] + [("go", "send")])
    tap.ok(bad.status == 422 and not mta.letters(), "nor does it go without one", bad.text[-300:])
    desk.write("UPDATE report SET held = 0")
    mta.does("accept")
    page = press(b["amal"], id, "send", open_first=True)
    tap.equal((page.status, state(desk, id)), (200, ("sent", 1, 1)), "it is sent")
    letters = mta.letters()
    tap.equal(len(letters), 1, "one letter has gone out")
    m = letters[0]
    text = m.get_content() if not m.is_multipart() else m.get_body().get_content()
    tap.ok(m["To"] == "abuse@host.example" and m["Subject"].startswith("Demande de retrait de contenu, N-") and BAD in text and "planted-change" in text,
           "to the recipient, with subject and letter as they were kept", (m["To"], m["Subject"], text[:300]))
    tap.ok(open(mta.took + ".args").read().strip().endswith("-- abuse@host.example"), "addressed on the command line, behind --")
    again = b["amal"].post(f"/en/staff/notices/{id}", page.posted({}, go="send", at=page.at(f"/staff/notices/{id}")))
    tap.ok(again.status in (409, 422) and len(mta.letters()) == 1, "it cannot be sent a second time", again.text[-300:])
    tap.equal(desk.rows("SELECT count(*) FROM recheck WHERE notice = ?", bytes.fromhex(id)), [(3,)], "three rechecks wait")


def perhaps(tap, desk, b, mta, case):
    """Whatever dies between the mail program and the database."""
    n = len(mta.letters())
    for how in ("die", "hang", f"sqlite3 {desk.database} 'UPDATE notice SET version = version + 1'"):
        mta.does(how)
        _, id = drafted(b["amal"], case)
        page = press(b["amal"], id, "send", open_first=True)
        n += 1
        name = how.split(" ")[0]
        tap.ok(state(desk, id) == ("drafted", 1, 0) and "Perhaps sent" in page.text and len(mta.letters()) == n, f"{name}: perhaps sent", page.text[-400:])
        again = opened(b["samir"], id)
        tap.ok("send" not in [g for f in again.forms for g in f["go"]], f"{name}: it is not offered to be sent again")
        tap.ok("Perhaps sent: somebody" in b["amal"].get("/en/staff/notices").text, f"{name}: the list says that somebody has to look")
        mta.does("accept")
        raced = b["samir"].post(f"/en/staff/notices/{id}", [p for p in again.posted(at=again.at(f"/staff/notices/{id}"))] + [("go", "send")])
        tap.ok(raced.status == 409 and len(mta.letters()) == n, f"{name}: nor sent by who still had the page", raced.text[-300:])
    press(b["amal"], id, "not-sent")
    tap.equal(state(desk, id), ("drafted", 0, 0), "it was not sent: a draft again")
    press(b["amal"], id, "send", open_first=True)
    tap.equal((state(desk, id), len(mta.letters())), (("sent", 1, 1), n + 1), "and can be sent")
    mta.does("desk dies")
    _, id = drafted(b["amal"], case)
    page = opened(b["amal"], id)
    try:
        do(page, f"/staff/notices/{id}", "send")
    except OSError:
        pass
    desk.desk.wait(10)
    desk.start_desk()
    page = b["amal"].get(f"/en/staff/notices/{id}")
    tap.ok(state(desk, id) == ("drafted", 1, 0) and "Perhaps sent" in page.text, "the desk is killed in the middle: perhaps sent, after a restart", page.text[-300:])
    press(b["amal"], id, "sent")
    tap.equal((state(desk, id), len(mta.letters())), (("sent", 1, 1), n + 2), "it was sent: marked, and nothing goes out twice")
    mta.does("accept")
    return id


def hearing_back(tap, desk, b, id):
    today = {"day": TODAY.isoformat(), "hour": "0"}
    desk.write("UPDATE notice SET sent = sent - 108000 WHERE id = ?", bytes.fromhex(id))
    desk.write("UPDATE recheck SET due = due - 108000 WHERE notice = ?", bytes.fromhex(id))
    desk.write("UPDATE notice SET due = due - 108000, since = since - 108000 WHERE id = ?", bytes.fromhex(id))
    page = b["amal"].get("/en/staff/notices")
    tap.ok("To be looked at again now" in page.text, "a recheck that is due stands in the list", page.text[-800:])
    late = press(b["amal"], id, "acknowledge", {"day": (TODAY + datetime.timedelta(days=2)).isoformat(), "hour": "1"})
    tap.ok(late.status == 422 and "does not fit" in late.text, "an answer from the future is refused", late.text[-300:])
    early = press(b["amal"], id, "acknowledge", {"day": OLD, "hour": "1"})
    tap.equal(early.status, 422, "and one from before it was sent")
    page = press(b["amal"], id, "acknowledge", dict(today, words="planted-answer"))
    tap.ok(page.status == 200 and re.search(r"Acknowledged.*hours? after sending", page.text) and "planted-answer" not in page.body,
           "an answer is entered, with the hours it took", page.text[-900:])
    tap.ok("never opens it" in page.text, "who looks is told how", page.text[-900:])
    none = press(b["amal"], id, "recheck", today)
    tap.ok(none.status == 422 and "Say what was seen" in none.text, "a recheck needs its outcome", none.text[-300:])
    for outcome, want, words in (("still_up", "still_up", "still there"), ("unclear", "still_up", "unclear"), ("offline", "offline", "First seen offline")):
        page = press(b["amal"], id, "recheck", dict(today, outcome=outcome))
        tap.ok(state(desk, id)[0] == want and words in page.text, f"seen: {outcome}", page.text[-900:])
    tap.equal(desk.rows("SELECT outcome FROM recheck WHERE notice = ? AND at IS NOT NULL ORDER BY n", bytes.fromhex(id)), [("still_up",), ("unclear",), ("offline",)],
              "each stands there with its hour")
    page = press(b["amal"], id, "end")
    tap.ok(state(desk, id)[0] == "ended" and "Ended" in page.text, "what is offline can be ended", page.text[-300:])


def moved(tap, desk, b, id, case):
    page = press(b["amal"], id, "recheck", {"day": TODAY.isoformat(), "hour": "0", "outcome": "moved"})
    if page.status == 422:  # it was sent in this hour, after midnight
        now = datetime.datetime.now()
        page = press(b["amal"], id, "recheck", {"outcome": "moved"})
    tap.ok(state(desk, id)[0] == "moved" and "It moved" in page.text, "seen: moved", page.text[-400:])
    form = do(opened(b["amal"], id), f"/staff/notices/new/{case}", "form")
    at = next(i for i, f in enumerate(form.forms) if "preview" in f["go"])
    tap.ok(form.value("name", at) == "Host One" and form.value("mail", at) == "abuse@host.example" and form.value("addresses", at) == "",
           "a new notice begins with the same recipient and no address", form.posted(at=at))
    letter = do(form, f"/staff/notices/new/{case}", "preview", {"addresses": "https://planted-new.example/z"})
    kept = do(letter, f"/staff/notices/new/{case}", "save")
    tap.equal(state(desk, kept.url.rsplit("/", 1)[1])[0], "drafted", "and is a notice of its own")


def on_paper(tap, desk, b, case):
    _, id = drafted(b["amal"], case, {"channel": "paper", "postal": "1 Street\nTown", "language": "ar"}, kind="search")
    page = press(b["amal"], id, "print", open_first=True)
    tap.ok("بحسن نية" in page.text and "1 Street" in page.text and BAD in page.text and 'class="letter"' in page.body, "the letter to print, in Arabic", page.text[-500:])
    tap.ok(f"N-{id[:5].upper()}" in page.text, "with its reference")
    page = press(b["amal"], id, "sent", open_first=True)
    tap.equal(state(desk, id), ("sent", 0, 1), "posted by hand and marked as sent")
    _, id = drafted(b["amal"], case, {"channel": "form", "form": "https://host.example/abuse"})
    bad = b["amal"].post(f"/en/staff/notices/{id}", opened(b["amal"], id).posted({}, go="send", at=opened(b["amal"], id).at(f"/staff/notices/{id}")))
    tap.ok(bad.status == 422 and "not made for e-mail" in bad.text and state(desk, id) == ("drafted", 0, 0), "a letter for a form is not mailed", bad.text[-300:])


def who_may(tap, desk, b, id, case):
    paths = ["/staff/notices", f"/staff/notices/{id}", f"/staff/notices/new/{case}"]
    for who in ("omar", "admin"):
        tap.equal([b[who].get("/en" + p).status for p in paths], [403] * 3, f"{who} sees no notices")
    tap.equal([b["amal"].get("/en/staff/notices/" + x).status for x in ("x", "0" * 32, "new/" + "0" * 32)], [404] * 3, "what is not there")
    tap.equal(b["amal"].post(f"/en/staff/notices/{id}", [("go", "open")]).status, 403, "nothing without the form's token")
    desk.write("UPDATE report SET restricted = 1")
    tap.equal([b["amal"].get("/en" + p).status for p in paths], [200, 404, 404], "of a case an analyst may not see there is no notice")
    tap.ok(f"/en/staff/notices/{id}" not in b["amal"].get("/en/staff/notices").links and f"/en/staff/notices/{id}" in b["samir"].get("/en/staff/notices").links,
           "in no list of theirs, but in a supervisor's")
    desk.write("UPDATE report SET restricted = 0")


def found_by_reference(tap, b, id):
    page = b["samir"].ask(f"/en/staff/notices?q=n-{id[:5]}-{id[5:10]}")
    tap.ok(f"/en/staff/notices/{id}" in page.links and len([u for u in page.links if u and re.search(r"/notices/[0-9a-f]{32}$", u)]) == 1, "an answer's reference finds its notice", page.links)
    tap.ok("looks like this" in b["samir"].ask("/en/staff/notices?q=abc").text, "another text is told what a reference looks like")


def nothing_in_clear(tap, desk):
    data = b"".join(open(p, "rb").read() for p in glob.glob(desk.database + "*"))
    tap.equal([p for p in PLANTED if p.encode() in data], [], f"no word of report or letters in {len(data) // 1024} kB of database")
    tap.equal([p for p in PLANTED if p in desk.desk.output()], [], "nor in the log")


with Tap() as tap, tempfile.TemporaryDirectory(prefix="hisn-mta-") as folder:
    mta = Mta(folder)
    config = f'mail: {{sendmail: {mta.path}, from: desk@desk.example, base: "https://desk.example", seconds: 3}}\ncontact: "+212 5 00 00 00 00"\n'
    with Desk(free_port(18330, 18339), config=config) as desk:
        admin = administrator(desk)
        b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR})
        b["admin"], b["omar"] = admin, unit_officer(desk, admin, b)
        directory_units(tap, desk, b)
        directory_recipients(tap, desk, b)
        may_not(tap, desk, b)
        case = report(desk)
        id = writing(tap, desk, b, case)
        sending(tap, desk, b, mta, id)
        other = perhaps(tap, desk, b, mta, case)
        hearing_back(tap, desk, b, id)
        moved(tap, desk, b, other, case)
        on_paper(tap, desk, b, case)
        found_by_reference(tap, b, other)
        who_may(tap, desk, b, other, case)
        nothing_in_clear(tap, desk)
