#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The people of the desk: second factor, sessions, passwords; leaving."""
import re, sys, time

sys.dont_write_bytecode = True
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import ANALYST, PASSWORD, SUPERVISOR, administrator, enrolled, founded, second, signed_in, totp

NEW = "five other quiet words here"
PATHS = ("/staff", "/staff/reports", "/staff/members", "/staff/me", "/staff/sessions", "/staff/report")


def trail(desk, action, detail=None):
    sql = "SELECT count(*) FROM audit WHERE action = ?" + (" AND detail = ?" if detail else "")
    return desk.rows(sql, *([action, detail] if detail else [action]))[0][0]


def enrolling(tap, desk, b):
    home = b["amal"].get("/en/staff")
    tap.ok("second step" in home.text and home.status == 200, "a demonstration offers the second factor and does not force it", home.text[-500:])
    page = b["amal"].get("/en/staff/factor")
    tap.ok('<svg class="qr"' in page.body and "otpauth://totp/Desk%20of%20the%20test:amal?secret=" in page.body, "a picture, letters and an address", page.text)
    tap.equal(page.submit({"code": "000000"}, at=page.at("/staff/factor")).status, 422, "a code that does not fit sets nothing up")
    tap.equal(desk.rows("SELECT count(*) FROM factor")[0][0], 0, "nothing is stored before a code was right")
    other = b["samir"].get("/en/staff/factor")
    stolen = page.submit({"code": "000000", "box": other.value("box", other.at("/staff/factor"))}, at=page.at("/staff/factor"))
    tap.ok(stolen.status == 422 and "begin again" in stolen.text, "another member's form is no good", stolen.text[-300:])
    secret, codes, done = enrolled(b["amal"])
    tap.ok(done.status == 200 and len(set(codes)) == 10, "set up: ten recovery codes are shown", done.text)
    tap.ok(not any(c in b["amal"].get("/en/staff/factor").body for c in codes), "and never again")
    with open(f"{desk.folder}/desk.db", "rb") as f, open(f"{desk.folder}/desk.db-wal", "rb") as w:
        data = f.read() + w.read()
    tap.ok(not any(c.encode() in data or c.replace("-", "").encode() in data for c in codes), "no recovery code stands in the database")
    return secret, codes


def asking(tap, desk, secret, codes):
    new, page = signed_in(desk, "amal")
    first = dict(new.cookies)
    tap.ok(page.status == 200 and page.at("/staff/second") is not None, "the password alone leads to the second step", page.text)
    tap.equal([new.ask("/en" + p).headers["Location"] for p in PATHS], ["/en/staff/second"] * len(PATHS), "and to nothing else")
    tap.equal(trail(desk, "refused", "half"), len(PATHS), "each try stands in the audit trail")
    tap.equal(new.ask("/en/staff/factor").headers["Location"], "/en/staff/second", "not to another factor either")
    post = new.ask("/en/staff/me", b"mail=x%40y.example&language=fr")
    tap.equal((post.status, post.headers["Location"]), (303, "/en/staff/second"), "nor does a form work")
    bad = second(page, "123456")
    tap.ok(bad.status == 403 and "wrong" in bad.text, "a wrong code is refused", bad.text[-300:])
    good = totp(secret)
    inside = second(bad, good)
    tap.ok(inside.status == 200 and "Amal" in inside.text, "the right code signs in", inside.text[-300:])
    tap.ok(new.cookies != first, "under a new cookie")
    old = Browser(desk)
    old.cookies = first
    tap.equal(old.ask("/en/staff").headers["Location"], "/en/staff/sign-in", "the one from before is dead")
    again, page = signed_in(desk, "amal")
    tap.equal(second(page, good).status, 403, "the same code serves nobody else")
    page = again.get("/en/staff/second")
    inside = second(page, codes[0].lower().replace("-", " "))
    tap.ok(inside.status == 200 and "9 recovery codes are left" in inside.text, "a recovery code signs in, and is counted", inside.text[-400:])
    third, page = signed_in(desk, "amal")
    statuses = [second(third.get("/en/staff/second"), c).status for c in (codes[0], "111111", "222222")]
    tap.equal(statuses, [403, 403, 403], "a used recovery code and wrong ones are refused")
    tap.equal(second(third.get("/en/staff/second"), codes[1]).status, 429, "then even a good one has to wait")
    desk.write("UPDATE factor SET tried = tried - 1000")
    tap.equal(second(third.get("/en/staff/second"), codes[1]).status, 200, "for a while")
    tap.ok(trail(desk, "refused", "code") >= 5, "wrong codes stand in the audit trail", trail(desk, "refused", "code"))


def replacing(tap, desk, browser, codes):
    page = browser.get("/en/staff/factor")
    at = page.at("/staff/factor")
    fresh = re.search(r'<code><bdi dir="ltr">([A-Z2-7 ]{39})<', page.body).group(1)
    tap.equal([page.submit({"code": totp(fresh), "old": old}, at=at).status for old in ("", "000000")], [422, 422],
              "another device needs the code of the present one")
    secret, more, done = enrolled(browser, old=codes[2])
    tap.ok(done.status == 200 and len(more) == 10 and not set(more) & set(codes), "with it, it is replaced", done.text)
    page = browser.get("/en/staff/factor")
    made = page.submit({"code": totp(secret)}, at=page.at("/staff/factor/codes"))
    newest = re.findall(r'<bdi dir="ltr">([0-9A-Z]{5}-[0-9A-Z]{5})<', made.body)
    tap.ok(len(newest) == 10 and not set(newest) & set(more), "ten new recovery codes, for a code", made.text)
    _, page = signed_in(desk, "amal")
    tap.equal(second(page, more[0]).status, 403, "those of before are gone")
    return secret, newest


def sessions(tap, desk, codes):
    desk.write("UPDATE factor SET wrong = 0, tried = 0")
    one, page = signed_in(desk, "amal")
    second(page, codes[0])
    two, page = signed_in(desk, "amal")
    second(page, codes[1])
    page = one.get("/en/staff/sessions")
    tap.ok(page.status == 200 and "this one" in page.text and "another browser" in page.text, "one's own sessions are listed", page.text)
    times = re.findall(r"\d?\d:(\d\d)", page.text)
    tap.ok(times and set(times) <= {"00", "15", "30", "45"}, "with times to the quarter hour", times)
    forms = [i for i, f in enumerate(page.forms) if f["action"] == "/en/staff/sessions/end"]
    hers = desk.rows("SELECT hash FROM staff_session WHERE member = (SELECT member FROM staff WHERE sign_in = 'samir')")[0][0].hex()
    tap.equal(page.submit({"session": hers}, at=forms[0]).status, 404, "another member's session is not hers to end")
    tap.equal(page.submit({"session": "zz"}, at=forms[0]).status, 404, "nor what is none")
    for i in forms:
        page.submit({}, at=i)
    tap.equal((one.ask("/en/staff").status, two.ask("/en/staff").status), (200, 303), "ended one by one")
    two, page = signed_in(desk, "amal")
    second(page, codes[2])
    page = one.get("/en/staff/sessions")
    page.submit({}, at=page.at("/staff/sessions/others"))
    tap.equal((one.ask("/en/staff").status, two.ask("/en/staff").status), (200, 303), "all but this one at once")
    tap.ok(trail(desk, "session.end") >= 1 and trail(desk, "session.end-others") == 1, "audited")


def password(tap, desk, codes):
    time.sleep(1.1)  # the key process keeps a member's latest four sessions, to the second
    one, page = signed_in(desk, "amal")
    second(page, codes[3])
    two, page = signed_in(desk, "amal")
    second(page, codes[4])
    page = one.get("/en/staff/password")
    for change, says in (({"old": PASSWORD, "password": "short", "again": "short"}, "too short"), ({"old": PASSWORD, "password": NEW, "again": NEW + "x"}, "differ"),
                         ({"old": "wrong here and now", "password": NEW, "again": NEW}, "present password is wrong")):
        bad = page.submit(change)
        tap.ok(bad.status == 422 and says in bad.text and NEW not in bad.body, f"a password is not changed: {says}", bad.text[-300:])
    done = page.submit({"old": PASSWORD, "password": NEW, "again": NEW})
    tap.ok(done.status == 200 and done.title.startswith("Your own page"), "changed", done.text[-300:])
    tap.equal((one.ask("/en/staff").status, two.ask("/en/staff").status), (200, 303), "the other sessions have ended")
    tap.equal(signed_in(desk, "amal")[1].status, 403, "the old password is refused")
    tap.ok(signed_in(desk, "amal", NEW)[1].at("/staff/second") is not None, "the new one is taken")


def fixation(tap, desk):
    planted = Browser(desk)
    planted.cookies = {"hisn": "A" * 43}
    page = planted.get("/en/staff/sign-in").submit({"name": "samir", "password": PASSWORD})
    tap.ok(page.status == 200 and planted.cookies["hisn"] != "A" * 43, "a planted cookie is never taken over", planted.cookies)
    before = dict(planted.cookies)
    planted.get("/en/staff/sign-in").submit({"name": "samir", "password": PASSWORD})
    old = Browser(desk)
    old.cookies = before
    tap.ok(planted.cookies != before and old.ask("/en/staff").status == 303, "signing in again makes a new one and ends the old")


def own_page(tap, desk, browser):
    page = browser.get("/en/staff/me")
    at = page.at("/staff/me")
    for change in ({"mail": "a\r\nBcc: b@c.example"}, {"pager": "not an address"}, {"language": "xx"}):
        tap.equal(page.submit(change, at=at).status, 422, f"refused: {change}")
    done = page.submit({"mail": "samir@desk.example", "pager": "0600@sms.example", "language": "ar"}, at=at)
    tap.ok("Saved." in done.text, "mail, pager and language are kept", done.text[-300:])
    tap.equal(desk.rows("SELECT mail, pager, language FROM staff WHERE sign_in = 'samir'"), [("samir@desk.example", "0600@sms.example", "ar")], "as typed")


with Tap() as tap, Desk(free_port(18350, 18359), keys=["--password-memory", "8"]) as desk:
    admin = administrator(desk)
    b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR})
    secret, codes = enrolling(tap, desk, b)
    asking(tap, desk, secret, codes)
    secret, codes = replacing(tap, desk, b["amal"], codes)
    sessions(tap, desk, codes)
    password(tap, desk, codes)
    fixation(tap, desk)
    own_page(tap, desk, b["samir"])
