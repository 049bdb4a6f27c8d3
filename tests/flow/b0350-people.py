#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The people of the desk: second factor, sessions, passwords; leaving."""
import re, shutil, sqlite3, sys, time

sys.dont_write_bytecode = True
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import (ANALYST, PASSWORD, SUPERVISOR, administrator, confirm, enrolled, fingerprint, founded, invited, join, link_path,
                      second, signed_in, totp)

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


def reported(desk, words):
    """A report of the adults' path; its path at the desk."""
    before = {r[0] for r in desk.rows("SELECT id FROM report")}
    page = desk.get("/en/report/other").submit({"concern": ["bullying"], "words": words}, go="next")
    for _ in range(6):
        if "send" in page.form().get("go", []):
            break
        page = page.submit({}, go="next")
    page.submit(go="send")
    return "/staff/reports/" + next(r[0] for r in desk.rows("SELECT id FROM report") if r[0] not in before).hex()


def look(browser, path):
    """The case's page with its first message opened; the page as it is where it cannot be."""
    page = browser.get("/en" + path)
    at = next((i for i, f in enumerate(page.forms) if f["action"].endswith("/open")), None)
    return page if at is None else page.submit(at=at)


def number(desk, name):
    return desk.rows("SELECT member FROM staff WHERE sign_in = ?", name)[0][0]


def manage(browser, member, what, fields=None):
    """The form on a member's page, or on the page of leaving."""
    page = browser.get(f"/en/staff/members/{member}" + ("/leave" if what == "leave" else ""))
    at = page.at(f"/staff/members/{member}/{what}")
    return page if at is None else page.submit(fields or {}, at=at)


def came(desk, admin, confirmers, name, role, unit="national"):
    told = fingerprint(join(desk, invited(admin, role, name, unit), name))
    for c in confirmers:
        confirm(c, name.title(), told)
    return signed_in(desk, name)[0]


def leaving(tap, desk, admin, b):
    nadia, ilyas = came(desk, admin, b.values(), "nadia", ANALYST), came(desk, admin, b.values(), "ilyas", SUPERVISOR, "MA-CAS")
    before = reported(desk, "planted-before-she-left")
    desk.write("UPDATE report SET assigned = ?, work = 1", number(desk, "nadia"))
    tap.ok("planted-before-she-left" in look(nadia, before).text, "nadia opens a report")
    shutil.copy(f"{desk.folder}/store", f"{desk.folder}/store.old")
    member = number(desk, "nadia")
    for who, browser in (("a colleague", b["amal"]), ("another unit's supervisor", ilyas), ("the administrator", admin)):
        seen = browser.get(f"/en/staff/members/{member}/leave").status
        tap.equal((seen, browser.post(f"/en/staff/members/{member}/leave", [("to", "0"), ("sure", "yes")]).status), (403, 403), f"not by {who}")
    tap.ok(trail(desk, "refused", "member") >= 3, "which stands in the audit trail", trail(desk, "refused", "member"))
    own = b["samir"].get(f"/en/staff/members/{number(desk, 'samir')}/leave")
    stolen = manage(b["samir"], member, "leave", {"csrf": own.value("csrf"), "sure": "yes"})
    tap.equal(stolen.status, 403, "the token of one's own form is not good for another's")
    for fields, says in (({"to": "0"}, "cannot be taken back"), ({"to": "999", "sure": "yes"}, "who goes on"), ({"to": str(number(desk, "ilyas")), "sure": "yes"}, "who goes on")):
        bad = manage(b["samir"], member, "leave", fields)
        tap.ok(bad.status == 422 and says in bad.text, f"nobody leaves: {says}", bad.text[-300:])
    done = manage(b["samir"], member, "leave", {"to": str(number(desk, "amal")), "sure": "yes"})
    tap.ok(done.status == 200 and "Nadia has left" in done.text and "1 case" in done.text, "a supervisor sees her off, her case goes to amal", done.text[-400:])
    tap.equal(desk.rows("SELECT assigned FROM report")[0][0], number(desk, "amal"), "it is hers")
    tap.equal(nadia.ask("/en/staff").headers["Location"], "/en/staff/sign-in", "her session is dead")
    tap.equal(desk.rows("SELECT count(*) FROM staff_session WHERE member = ?", member)[0][0], 0, "and not in the database")
    tap.equal(signed_in(desk, "nadia")[1].status, 403, "the old password is refused")
    tap.ok(trail(desk, "member.leave") == 1 and trail(desk, "case.assign") == 1, "all of it stands in the audit trail")
    row = re.search(r'<th scope="row">Nadia</th>.*?</tr>', b["samir"].get("/en/staff/members").body, re.S)
    tap.ok(row and ">left<" in row.group(0), "her name stays, as of somebody who left", row and row.group(0))
    after = reported(desk, "planted-after-she-left")
    tap.ok("planted-after-she-left" in look(b["amal"], after).text, "amal opens what comes in afterwards")
    epochs = [desk.rows("SELECT epoch FROM wrap WHERE report = ?", bytes.fromhex(p.rsplit("/", 1)[1])) for p in (before, after)]
    tap.ok(not set(epochs[0]) & set(epochs[1]), "it is sealed to another epoch: the keys were changed", epochs)
    return before, after, ilyas


def with_old_copies(tap, desk, before, after):
    """What an enemy has: S and its host key from before, the database of now, the old password."""
    with Desk(free_port(18360, 18369), keys=["--password-memory", "8"]) as enemy:
        enemy.desk.stop()
        enemy.keys.stop()
        shutil.copy(f"{desk.folder}/store.old", f"{enemy.folder}/store")
        shutil.copy(f"{desk.folder}/host.key", f"{enemy.folder}/host.key")
        with sqlite3.connect(f"file:{desk.database}?mode=ro", uri=True) as now, sqlite3.connect(enemy.database) as copy:
            now.backup(copy)
        enemy.write("UPDATE staff SET gone = NULL")
        enemy.start_keys()
        enemy.start_desk()
        nadia = signed_in(enemy, "nadia")[0]
        tap.ok("planted-before-she-left" in look(nadia, before).text, "old copies still open what she could open before: docs/sealing.md says so")
        page = look(nadia, after)
        tap.ok("planted-after-she-left" not in page.body, "they open nothing that came after", page.text[-300:])


def not_sent(tap, desk, admin, ilyas, after):
    tap.equal([ilyas.get("/en" + after).status, admin.get("/en" + after).status], [404, 403], "a unit's supervisor and an administrator open nothing of it")


def lost_device(tap, desk, b, ilyas):
    enrolled(ilyas)
    member = number(desk, "ilyas")
    tap.equal(b["amal"].get(f"/en/staff/members/{member}").at(f"/staff/members/{member}/factor"), None, "an analyst is not offered to remove a second step")
    tap.equal(b["amal"].post(f"/en/staff/members/{member}/factor", []).status, 403, "nor could she")
    done = manage(b["samir"], member, "factor")
    tap.ok("is removed" in done.text and trail(desk, "factor.remove") == 1, "the national supervisor removes a lost one; audited", done.text[-300:])
    tap.equal(ilyas.ask("/en/staff").status, 303, "the sessions end with it")
    back, page = signed_in(desk, "ilyas")
    tap.ok(page.status == 200 and "Set up the second step" in page.text, "at the next sign-in it is set up anew", page.text[-300:])
    mine = b["samir"].get(f"/en/staff/members/{number(desk, 'samir')}")
    tap.ok(not any("/factor" in f["action"] or "/reset" in f["action"] for f in mine.forms), "nobody does it to themselves")
    return back


def forgotten(tap, desk, admin, b):
    member = number(desk, "amal")
    amal = b["amal"]
    done = manage(b["samir"], member, "reset")
    link = re.search(r'<code><bdi dir="ltr">([^<]+)<', done.body)
    tap.ok(done.status == 200 and link, "a supervisor makes a one-time link for who forgot a password", done.text[-400:])
    path = link_path(link.group(1))
    tap.equal(amal.ask("/en/staff").status, 303, "the sessions end")
    tap.equal(signed_in(desk, "amal", NEW)[1].status, 403, "the old password is refused")
    tap.ok(path.rsplit("/", 1)[1].encode() not in open(desk.database, "rb").read(), "the link's token is not in the database")
    page = Browser(desk).get("/en" + path)
    tap.equal(page.submit({"password": "short", "again": "short"}).status, 422, "a short password is refused, the link stays")
    made = page.submit({"password": PASSWORD, "again": PASSWORD})
    told = fingerprint(made)
    tap.ok(made.status == 200 and told, "with the link new keys are made, and a new number is told", made.text[-300:])
    tap.equal((Browser(desk).get("/en" + path).status, page.submit({"password": PASSWORD, "again": PASSWORD}).status), (410, 410), "the link works once")
    desk.write("DELETE FROM factor")
    b["amal"] = signed_in(desk, "amal")[0]
    case = reported(desk, "planted-while-waiting")
    tap.ok("planted-while-waiting" not in look(b["amal"], case).body, "a candidate again: she opens nothing")
    confirm(b["samir"], "Amal", told)
    tap.ok("planted-while-waiting" in look(b["amal"], case).text, "confirmed again, she does")
    tap.ok("nothing more to share" in manage(b["samir"], member, "share").text, "her confirmation by the unit shared what there was")
    tap.ok(trail(desk, "member.reset") == 1 and trail(desk, "member.reset.done") == 1, "audited")


def by_oneself(tap, desk, admin, b):
    mona = came(desk, admin, b.values(), "mona", ANALYST)
    desk.write("UPDATE report SET assigned = ?, work = 1", number(desk, "mona"))
    n = desk.rows("SELECT count(*) FROM report")[0][0]
    done = manage(mona, number(desk, "mona"), "leave", {"sure": "yes"})
    tap.ok(done.status == 200 and "You have left" in done.text and "hisn" not in mona.cookies, "who leaves by herself needs nobody for it", done.text[-300:])
    tap.equal(desk.rows("SELECT count(*) FROM report WHERE assigned IS NULL")[0][0], n, "what she had waits for whoever takes it")
    manage(b["amal"], number(desk, "amal"), "leave", {"sure": "yes"})
    last = manage(b["samir"], number(desk, "samir"), "leave", {"sure": "yes"})
    tap.ok(last.status == 422 and "opened by nobody" in last.text, "the last one cannot leave the desk without keys", last.text[-300:])


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
    b["amal"] = signed_in(desk, "amal", NEW)[0]
    second(b["amal"].get("/en/staff/second"), codes[5])
    before, after, ilyas = leaving(tap, desk, admin, b)
    with_old_copies(tap, desk, before, after)
    not_sent(tap, desk, admin, ilyas, after)
    ilyas = lost_device(tap, desk, b, ilyas)
    forgotten(tap, desk, admin, b)
    by_oneself(tap, desk, admin, b)
