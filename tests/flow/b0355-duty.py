#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is on duty and who is told: roster, handover of a shift, pages for imminent danger, what is late, the wall,
the pause; with a program in the place of sendmail."""
import datetime, email, email.policy, os, sys, time, zoneinfo

sys.dont_write_bytecode = True
from desklab import Desk
from hisnflow import Tap, free_port
from stafflab import ANALYST, SUPERVISOR, administrator, founded, opened

WORDS = "planted-words of a child"


def stand_in(desk):
    """Records each message with what it was called with."""
    path = f"{desk.folder}/mta"
    with open(path, "w") as f:
        f.write(f'#!/bin/sh\n{{ echo "-- $*"; cat; echo; }} >>{desk.folder}/mails\n')
    os.chmod(path, 0o755)
    with open(f"{desk.folder}/desk.yaml", "a") as f:
        f.write(f'mail: {{sendmail: "{path}", from: desk@desk.example, base: "https://desk.example"}}\n')


def sent(desk):
    """[(address, subject, text)] of what was sent since the last call. The desk tends when it starts: what alerts there
    are is found before the outbox, with a mark in it, is emptied."""
    desk.desk.stop()
    desk.write("INSERT INTO outbox (id, kind, address, language, due, tries, made) VALUES (zeroblob(16), 'late', 'mark@desk.example', 'en', 0, 0, ?)", int(time.time()))
    desk.start_desk()
    for _ in range(400):
        if not desk.rows("SELECT 1 FROM outbox"):
            break
        time.sleep(0.05)
    try:
        with open(f"{desk.folder}/mails", encoding="utf-8") as f:
            parts = f.read().split("-- -i -f desk@desk.example -- ")[1:]
        os.unlink(f"{desk.folder}/mails")
    except FileNotFoundError:
        return ["nothing at all"]
    found = []
    for p in parts:
        to, message = p.split("\n", 1)
        m = email.message_from_string(message, policy=email.policy.default)
        assert m["To"] == to, (m["To"], to)
        found.append((to, m["Subject"], m.get_content()))
    return sorted(m for m in found if m[0] != "mark@desk.example")


def addresses(mails):
    return [m[0] for m in mails]


def reachable(tap, b):
    for who, pager, language in (("amal", "0600-amal@sms.example", "ar"), ("nadia", "", "en"), ("samir", "", "fr")):
        page = b[who].get("/en/staff/me")
        done = page.submit({"mail": f"{who}@desk.example", "pager": pager, "language": language}, at=page.at("/staff/me"))
        tap.equal(done.status, 200, f"{who} says where alerts reach her")


def add(browser, member, duty, day, start, end, weeks="1"):
    page = browser.get("/en/staff/roster")
    at = page.at("/staff/roster")
    return page if at is None else page.submit({"member": str(member), "duty": duty, "day": day, "from": start, "to": end, "weeks": weeks}, at=at)


def roster(tap, desk, b, admin, who):
    today = datetime.datetime.now(zoneinfo.ZoneInfo("Africa/Casablanca")).date()
    tomorrow = (today + datetime.timedelta(days=1)).isoformat()
    tap.ok(b["amal"].get("/en/staff/roster").at("/staff/roster") is None, "an analyst sees the roster and changes nothing")
    tap.equal((b["amal"].post("/en/staff/roster", []).status, admin.get("/en/staff/roster").status), (403, 403), "nor could she; an administrator has no part in it")
    for args, says in (((who["amal"], "desk", "2026-13-01", "08:00", "16:00"), "date"), ((who["amal"], "desk", tomorrow, "8", "16:00"), "time"),
                       ((who["amal"], "x", tomorrow, "08:00", "16:00"), "duty"), ((999, "desk", tomorrow, "08:00", "16:00"), "nobody of your unit"),
                       ((who["amal"], "desk", "2020-01-01", "08:00", "16:00"), "not over yet"), ((who["amal"], "desk", tomorrow, "08:00", "16:00", "14"), "13 weeks")):
        bad = add(b["samir"], *args)
        tap.ok(bad.status == 422 and says in bad.text, f"a shift is refused: {says}", bad.text[-300:])
    add(b["samir"], who["amal"], "oncall", today.isoformat(), "00:00", "00:00")
    add(b["samir"], who["nadia"], "oncall", tomorrow, "00:00", "00:00")
    page = add(b["samir"], who["nadia"], "desk", today.isoformat(), "00:00", "00:00", "3")
    tap.ok("Amal · on call · till 00:00" in page.text and "Nadia · at the desk" in page.text, "who is on now stands first", page.text)
    tap.equal(desk.rows("SELECT duty, count(*) FROM shift GROUP BY duty ORDER BY duty"), [("desk", 3), ("oncall", 2)], "three weeks at once")
    tap.equal(add(b["samir"], who["amal"], "oncall", today.isoformat(), "10:00", "11:00").status, 422, "nobody is put twice on the same duty")
    removed = [i for i, f in enumerate(page.forms) if f["action"] == "/en/staff/roster/remove"]
    page.submit({}, at=removed[-1])
    tap.equal(desk.rows("SELECT count(*) FROM shift")[0][0], 4, "a supervisor removes one")
    tap.equal(desk.rows("SELECT count(*) FROM audit WHERE action LIKE 'roster.%'")[0][0], 4, "audited")


def danger(tap, desk, b):
    page = desk.get("/en/report/other").submit({"concern": ["bullying"], "words": WORDS}, go="next")
    for _ in range(6):
        if "send" in page.form().get("go", []):
            break
        page = page.submit({}, go="next")
    page.submit(go="send")
    desk.write("UPDATE report SET priority = 0")
    number = desk.rows("SELECT id FROM report")[0][0].hex()[:8]
    mails = sent(desk)
    tap.equal(addresses(mails), ["0600-amal@sms.example"], "imminent danger wakes who is on call, at the address that wakes")
    tap.ok("يجب أن ينظر أحد الآن" == mails[0][1] and number in mails[0][2] and "https://desk.example/ar/staff" in mails[0][2],
           "in her language: a kind, a number, a link", mails)
    tap.ok("planted" not in repr(mails), "no word of the report")
    tap.equal(sent(desk), [], "once")
    desk.write("UPDATE report SET received = received - 301")
    tap.equal(addresses(sent(desk)), ["nadia@desk.example"], "after five minutes the next on call")
    desk.write("UPDATE report SET received = received - 301")
    mails = sent(desk)
    tap.equal(addresses(mails), ["0600-amal@sms.example", "samir@desk.example"], "after ten the supervisors")
    tap.equal(mails[1][1], "Quelqu’un doit regarder maintenant", "in French")
    desk.write("UPDATE report SET opened = 3600")
    desk.write("UPDATE report SET received = received - 900")
    tap.equal(sent(desk), [], "somebody has opened it: quiet")
    return number


def late(tap, desk, who, number):
    now = int(time.time())
    desk.write("UPDATE report SET priority = 2, assigned = ?, work = 1, since = ?, due = ?", who["nadia"], now - 90000, now - 60)
    mails = sent(desk)
    tap.equal(addresses(mails), ["nadia@desk.example"], "what is late is told to who has it")
    tap.ok(mails and mails[0][1] == "Something of yours is late" and number in mails[0][2], "by its number", mails)
    desk.write("UPDATE report SET since = ?, due = ?", now - 20000, now - 11000)
    tap.equal(addresses(sent(desk)), ["samir@desk.example"], "late by as much again: the supervisors")
    tap.equal(sent(desk), [], "nothing is told twice")


def handover(tap, desk, b, admin, who):
    text = "planted-handover: the case of this morning waits for the school"
    page = b["amal"].get("/en/staff/handover")
    tap.equal(page.submit({"text": ""}, at=page.at("/staff/handover")).status, 422, "an empty handover is refused")
    done = page.submit({"text": text}, at=page.at("/staff/handover"))
    tap.ok("It is sealed" in done.text and "planted" not in done.body, "a handover is sealed", done.text[-300:])
    with open(desk.database, "rb") as f, open(desk.database + "-wal", "rb") as w:
        tap.ok(b"planted-handover" not in f.read() + w.read(), "its words are not in the database")
    page = b["nadia"].get("/en/staff/handover")
    at = next(i for i, f in enumerate(page.forms) if f["action"].endswith("/open"))
    tap.ok("Amal" in page.text and "planted" not in page.body, "the next shift sees that there is one")
    opened = page.submit({}, at=at)
    tap.ok(opened.status == 200 and text in opened.text, "and opens it with her keys", opened.text[-300:])
    tap.equal(desk.rows("SELECT count(*) FROM audit WHERE action IN ('handover.write', 'handover.open')")[0][0], 2, "both stand in the audit trail")
    path = page.forms[at]["action"]
    tap.equal((admin.post(path, []).status, b["samir"].post(path, []).status), (403, 403), "an administrator and a copied form open nothing")
    page = b["nadia"].get("/en/staff/handover")
    at = page.at("/staff/handover/cases")
    tap.equal(page.submit({"to": "999"}, at=at).status, 422, "cases go to somebody of the unit")
    done = page.submit({"to": str(who["amal"])}, at=at)
    tap.ok("1 case" in done.text and desk.rows("SELECT assigned FROM report")[0][0] == who["amal"], "her open cases go to amal", done.text[-300:])


def pause(tap, desk, b, admin):
    page = admin.get("/en/staff/settings")
    tap.equal([page.submit({"exposure": v}, at=page.at("/staff/settings")).status for v in ("4", "x", "501", "5")], [422, 422, 422, 200], "an administrator sets the limit, within bounds")
    path = "/staff/reports/" + desk.rows("SELECT id FROM report")[0][0].hex()
    texts = [opened(b["amal"], path).text for _ in range(5)]
    tap.ok(all(WORDS in t for t in texts), "five messages open", texts[-1][-300:])
    offer = opened(b["amal"], path)
    tap.ok("Time for a pause" in offer.text and WORDS not in offer.body and "Whom to talk to" in offer.text, "the sixth offers a pause instead", offer.text[-600:])
    on = offer.submit({}, at=next(i for i, f in enumerate(offer.forms) if f["action"].endswith("/open")))
    tap.ok(on.status == 200 and WORDS in on.text, "it goes on after a choice", on.text[-300:])
    tap.ok(WORDS in opened(b["amal"], path).text, "and does not ask again at once")
    done = offer.submit({}, at=offer.at("/staff/pause"))
    tap.ok("breathe" in done.text, "or the pause is taken", done.text[-300:])
    desk.write("UPDATE exposure SET n = 500")
    desk.write("UPDATE report SET priority = 0")
    tap.ok(WORDS in opened(b["amal"], path).text, "in imminent danger nothing stands before the message")
    page = b["samir"].get("/en/staff/roster")
    tap.ok("offered 1 time" in page.text and "taken 1 time" in page.text and "taken" not in b["amal"].get("/en/staff/roster").text, "supervisors see the sum of their unit", page.text[-400:])


def wall(tap, desk, b, number):
    now = int(time.time())
    desk.write("UPDATE report SET priority = 1, since = ?, due = ?", now - 9000, now - 60)
    for language, says in (("en", "Late"), ("fr", "En retard"), ("ar", "متأخر")):
        page = b["amal"].get(f"/{language}/staff/wall")
        tap.ok(page.status == 200 and number in page.text and says in page.text and WORDS not in page.body, f"the wall shows what is late: {language}", page.text)
    tap.equal(page.headers["Refresh"], "60", "it renews itself")
    tap.equal(b["amal"].get("/en/staff/wall?still=1").headers["Refresh"], None, "unless it is asked not to")


with Tap() as tap:
    desk = Desk(free_port(18370, 18379), keys=["--password-memory", "8"])
    stand_in(desk)
    with desk:
        admin = administrator(desk)
        b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR, "nadia": ANALYST})
        who = {n: m for n, m in desk.rows("SELECT sign_in, member FROM staff")}
        tap.ok("desk@desk.example" in admin.get("/en/staff/settings").text and "No alert is sent" not in b["samir"].get("/en/staff").text, "mail is set up, and the pages say so")
        reachable(tap, b)
        roster(tap, desk, b, admin, who)
        number = danger(tap, desk, b)
        late(tap, desk, who, number)
        handover(tap, desk, b, admin, who)
        wall(tap, desk, b, number)
        pause(tap, desk, b, admin)
        tap.ok("planted" not in desk.desk.output(), "nothing of it in the log")
