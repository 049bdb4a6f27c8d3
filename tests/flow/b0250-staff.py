#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The people behind the desk: from the first link to an answered report, who may see what, and the way
out of demonstration mode."""
import json, re, sys, time

sys.dont_write_bytecode = True
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import ANALYST, PASSWORD, SUPERVISOR, act, case_paths, confirm, enrolled, fingerprint, invited, join, link_path, opened, opened_last, second, signed_in, totp

TEXT = "Somebody writes to pupils: planted-staff-text <b>"


def send(get, path, *answers):
    page = get(path)
    for a in answers:
        page = page.submit(a, go="next")
    for _ in range(6):
        if "send" in page.form().get("go", []):
            break
        page = page.submit({}, go="next")
    return page.submit(go="send")


def first_link(tap, desk):
    link = link_path(desk.run("hisn-desk", "init", "--base", "https://desk.example"))
    tap.ok(re.fullmatch(r"/staff/join/[A-Za-z0-9_-]{20,}", link), "init prints the administrator's one-time link", link)
    page = Browser(desk).get("/en" + link)
    tap.ok(page.status == 200 and "administrator" in page.text, "the link says as what one joins", page.text[-300:])
    for change, says in (({"password": "short", "again": "short"}, "too short"), ({"again": "another password"}, "differ"),
                         ({"sign_in": "a b"}, "sign-in name"), ({"name": ""}, "your name")):
        given = dict({"name": "Admin", "sign_in": "admin", "password": PASSWORD, "again": PASSWORD}, **change)
        bad = page.submit(given)
        tap.ok(bad.status == 422 and says in bad.text and PASSWORD not in bad.body, f"joining is refused, the link stays: {says}", bad.text[-300:])
    done = join(desk, link, "admin")
    tap.ok(done.status == 200 and fingerprint(done) is None, "the administrator joins, without keys to reports", done.text)
    tap.equal((Browser(desk).get("/en" + link).status, join_again(desk, page).status), (410, 410), "the used link is refused, also from an open page")
    tap.equal(desk.run("hisn-desk", "init"), "", "init a second time prints no link")
    b, home = signed_in(desk, "ADMIN")
    tap.ok(home.status == 200 and "administrator" in home.text, "signs in, in capitals too", home.text)
    return b


def join_again(desk, page):
    return page.submit({"name": "Second", "sign_in": "second", "password": PASSWORD, "again": PASSWORD})


def team(tap, desk, admin):
    numbers, b = {}, {}
    for who, role in (("amal", ANALYST), ("samir", SUPERVISOR)):
        page = join(desk, invited(admin, role, who), who)
        numbers[who] = fingerprint(page)
        tap.ok(numbers[who] and len(re.sub(" ", "", numbers[who])) == 20, f"{who} joins and is told a number of 20 digits", page.text)
        b[who], home = signed_in(desk, who)
        tap.ok(home.status == 200 and who.title() in home.text, f"{who} signs in", home.text)
    taken = join(desk, invited(admin, ANALYST, "x"), "Amal")
    tap.ok(taken.status == 422 and "taken" in taken.text, "a taken sign-in name is refused", taken.text)
    tap.ok(numbers["samir"] not in b["amal"].get("/en/staff/members").body, "whoever confirms is not shown the number")
    wrong = confirm(b["amal"], "Samir", numbers["amal"])
    tap.ok(wrong.status == 422 and "differs" in wrong.text, "a wrong fingerprint is refused", wrong.text)
    tap.ok("not yet confirmed" in wrong.text and not status(desk)["founded"], "and nobody is confirmed by it", status(desk))
    tap.equal(confirm(b["amal"], "Samir", numbers["samir"]).status, 200, "the right one is taken")
    tap.equal(confirm(b["samir"], "Amal", numbers["amal"].replace(" ", "-")).status, 200, "with hyphens, too")
    tap.ok(status(desk)["founded"], "two who confirmed each other: founded", status(desk))
    return b


def status(desk):
    return json.loads(desk.run("hisn-keys", "status", "--json", "--socket", desk.socket))


def one_report(tap, desk, b):
    sent = send(desk.get, "/en/report/other", {"concern": ["bullying"], "words": TEXT}, {"place": "a school"})
    words = sent.words()
    tap.equal(len(words), 9, "a report comes in")
    before = desk.rows("SELECT received FROM report")[0][0]
    late = before - before % 3600 + 61
    desk.write("UPDATE report SET received = ?", late)
    desk.write("UPDATE message SET at = ?", late)
    page = b["amal"].get("/en/staff/reports")
    ids = case_paths(page)
    tap.ok(len(ids) == 1 and "planted" not in page.body, "the analyst's list has it, without its text", page.text)
    tap.ok("1 report waits" in b["amal"].get("/en/staff").text, "and the desk's first page counts it")
    closed = b["amal"].get("/en" + ids[0])
    tap.ok(closed.status == 200 and "planted" not in closed.body, "the case shows no text either", closed.text)
    page = opened(b["amal"], ids[0])
    tap.ok("0 reports wait" in b["amal"].get("/en/staff").text, "no longer once it is open", b["amal"].get("/en/staff").text[-500:])
    tap.ok(page.status == 200 and TEXT in page.text and "a school" in page.text and "<b>" not in page.body,
           "opened: the text in full, escaped", page.text)
    times = [desk.rows("SELECT received, opened FROM report")[0], desk.rows("SELECT at FROM message")[0]]
    tap.ok(all(t is not None and t % 3600 == 0 for row in times for t in row), "and the times are whole hours", times)
    tap.ok("planted" not in b["amal"].get("/en" + ids[0]).body, "it stood in that answer only")
    act(b["amal"], ids[0], "take")
    empty = act(b["amal"], ids[0], "ask", {"text": ""})
    tap.ok(empty.status == 422 and "in words" in empty.text, "an empty question is refused", empty.text[-300:])
    asked = act(b["amal"], ids[0], "ask", {"text": "planted-question: since when?"})
    tap.ok(asked.status == 200 and "planted-question" in opened_last(b["amal"], ids[0]).text, "a question stands in the report", asked.text[-400:])
    back = desk.get("/en/receipt").submit({"typed": " ".join(words)}, go="open")
    tap.ok("planted-question: since when?" in back.text and "planted-staff" not in back.text, "the reporter reads it with nine words", back.text)
    said = back.submit({"text": "planted-answer since May"}, go="answer")
    tap.equal(said.status, 200, "and answers")
    tap.ok("planted-answer since May" in opened_last(b["samir"], ids[0]).text, "the supervisor reads the answer")
    tap.ok("planted-answer since May" in opened_last(b["amal"], ids[0]).text, "so does the analyst")
    said.submit(go="withdraw").submit({"text": "planted-no-more"}, go="withdraw-yes")
    page = opened_last(b["amal"], ids[0])
    tap.ok("asks to withdraw" in page.text and "planted-no-more" in page.text, "a withdrawal shows", page.text)
    tap.ok(TEXT in opened(b["amal"], ids[0]).text, "and takes nothing away")
    tap.equal((b["amal"].get("/en/staff/reports/" + "0" * 32).status, b["amal"].get("/en/staff/reports/x").status), (404, 404), "no such report: 404")
    return ids[0]


def for_someone(tap, desk, b):
    tap.equal(b["amal"].get("/en/staff/report").status, 200, "the page to enter a report for someone")
    sent = send(b["amal"].get, "/en/staff/report/travel", {"words": "planted by telephone"}, {"establishment": "Hotel Test"})
    tap.ok(sent.status == 200 and len(sent.words()) == 9, "a report entered for someone gives nine words", sent.text[-400:])
    back = desk.get("/en/receipt").submit({"typed": " ".join(sent.words())}, go="open")
    tap.ok(back.status == 200 and "received" in back.text.lower(), "the person can come back with them", back.text)


def restricted(tap, desk, b):
    send(desk.get, "/en/report/solicitation", {"words": "planted-about-us"}, {}, {}, {"desk_person": "yes"})
    raw = desk.rows("SELECT id FROM report WHERE restricted = 1")
    tap.equal(len(raw), 1, "a report about the desk is marked")
    path = "/staff/reports/" + raw[0][0].hex()
    tap.ok(path not in case_paths(b["amal"].get("/en/staff/reports")), "it is not in an analyst's list")
    tap.equal(b["amal"].get("/en" + path).status, 404, "nor there when its number is known")
    tap.ok("1 report waits" in b["amal"].get("/en/staff").text and "2 reports wait" in b["samir"].get("/en/staff").text,
           "an analyst's first page does not count it, a supervisor's does", b["samir"].get("/en/staff").text[-500:])
    page = b["amal"].get("/en/staff/reports")
    tap.ok(path in case_paths(b["samir"].get("/en/staff/reports")) and page.status == 200, "it is in a supervisor's")
    tap.ok("planted-about-us" in opened(b["samir"], path).text, "who opens it")
    act(b["samir"], path, "take")
    act(b["samir"], path, "ask", {"text": "planted-q"})
    form = b["samir"].get(f"/en{path}/do/ask")
    copied = form.posted({"text": "x"}, at=form.at(f"{path}/do/ask"))
    tap.equal(Browser(desk).post(f"/en{path}/do/ask", copied).url.endswith("/en/staff/sign-in"), True,
              "a copied form without the session leads to signing in")
    tap.equal(desk.rows("SELECT count(*) FROM message WHERE type = 2")[0][0], 2, "and stores nothing")


def who_may(tap, desk, admin, b, report):
    tap.equal([admin.get("/en" + p).status for p in ("/staff/reports", report, "/staff/report", "/staff/report/other")], [403] * 4,
              "the administrator opens, lists and enters no report")
    for who in b:
        tap.equal([b[who].get("/en" + p).status for p in ("/staff/settings", "/staff/partners")], [403, 403],
                  f"{who} has neither settings nor partners")
    nobody = Browser(desk)
    paths = ("/staff", "/staff/reports", report, "/staff/members", "/staff/settings", "/staff/partners", "/staff/report/other")
    tap.equal([nobody.ask("/en" + p).status for p in paths], [303] * len(paths), "without a session each leads to signing in")
    posts = {"/staff/members/confirm": b["amal"], "/staff/members/invite": admin, "/staff/settings": admin, "/staff/settings/open": admin,
             "/staff/partners": admin, "/staff/partners/revoke": admin, "/staff/sign-out": b["amal"], report + "/open": b["amal"],
             report + "/do/note": b["amal"], "/staff/views": b["amal"], "/staff/search": b["amal"]}
    other = b["samir"].get("/en" + report).value("csrf")
    for path, browser in posts.items():
        got = [browser.post("/en" + path, pairs).status for pairs in ([("x", "y")], [("csrf", "AAAA")], [("csrf", other)])]
        tap.equal(got, [403, 403, 403], f"POST {path[:24]} without, with a wrong or another's token: 403")
    tap.equal((b["amal"].get("/en/staff").status, len(desk.rows("SELECT 1 FROM partner_key"))), (200, 0), "nothing came of them")


def signing(tap, desk, b):
    spare, home = signed_in(desk, "amal")
    cookie = dict(spare.cookies)
    line = Browser(desk).ask("/en/staff/sign-in", b"name=amal&password=four+quiet+words+here").headers["Set-Cookie"]
    tap.ok("HttpOnly" in line and "SameSite=" in line, "the cookie is for no script and no other site", line.split(";", 1)[1])
    home.submit(at=home.at("/staff/sign-out"))
    spare.cookies = cookie
    tap.equal(spare.ask("/en/staff").status, 303, "signed out: the old cookie opens nothing")
    clear = [v.encode() for v in cookie.values()]
    with open(f"{desk.folder}/desk.db", "rb") as f, open(f"{desk.folder}/desk.db-wal", "rb") as w:
        data = f.read() + w.read()
    tap.ok(clear and not any(c in data for c in clear), "no cookie stands in the database")
    took, texts = {"samir": 9, "nobody-here": 9}, {}
    for i in range(3):
        for who in took: # in turns: what else the machine does hits both
            at = time.monotonic()
            page = signed_in(desk, who, f"wrong password {i}")[1]
            took[who] = min(took[who], time.monotonic() - at)
            texts[who] = page.status, re.sub(who, "WHO", re.sub(r'value="[^"]*"', "", page.body))
    tap.equal(texts["samir"][0], 403, "a wrong password: 403")
    tap.equal(texts["nobody-here"], texts["samir"], "an unknown name has the same answer to the byte")
    tap.ok(took["samir"] / 3 < took["nobody-here"] < 3 * took["samir"] + 0.1, "in a similar time", {k: f"{v * 1000:.0f} ms" for k, v in took.items()})
    tap.note({k: f"{v * 1000:.0f} ms" for k, v in took.items()})
    for who in ("samir", "nobody-here"):
        seen = signed_in(desk, who, "wrong again here")[1].status
        tap.equal(seen, 429, f"after three wrong ones wait: {who}")
    page = signed_in(desk, "samir")[1]
    tap.ok(page.status == 429 and "Too many" in page.text, "even the right one has to wait", page.status)
    tap.equal(b["samir"].get("/en/staff").status, 200, "who is in stays in")


def demonstration(tap, desk, admin):
    page = admin.get("/en/staff/settings")
    tap.ok(page.text.count("Missing:") >= 5 and page.at("/staff/settings/open") is None, "what is missing is listed, no way to open", page.text[-900:])
    said = [p for p in ("/", "/report", "/receipt", "/child", "/privacy", "/report/other", "/nowhere") if "demonstration" in desk.get("/en" + p).text]
    tap.equal(len(said), 7, f"every public page says: demonstration {said}")
    # The button is not there; its token can be had for whoever has two tabs open while something gets lost again.
    direct = admin.post("/en/staff/settings/open", [("csrf", "x")])
    tap.equal(direct.status, 403, "and cannot be opened without a token of that page")
    done = page.submit({"law": "Law of the test 1-23", "filing": "declared", "reference": "D-TEST-1", "date": "2026-11-2x"}, at=0)
    tap.ok(done.status == 422 and done.value("law").strip() == "Law of the test 1-23", "a wrong date is refused; what was typed stays", done.text)
    done = page.submit({"law": "Law of the test 1-23", "filing": "declared", "reference": "D-TEST-1", "date": "2026-11-20",
                        "passed_on": "Planted words on passing on."}, at=0)
    tap.ok("Saved." in done.text and "Done: The legal basis" in done.text and "Done: The filing" in done.text, "law and filing are kept", done.text[-900:])
    tap.ok("Law of the test 1-23" in desk.get("/en/privacy").text, "and stand on the privacy page")


def holders(desk):
    """Five recovery holders' public keys, as each makes on a machine of their own."""
    args = []
    with open(f"{desk.folder}/phrase", "w") as f:
        f.write("a long passphrase of the test\n")
    for i in range(5):
        out = desk.run("hisn-keys", "holder", "new", "--out", f"{desk.folder}/holder{i}", "--password-file", f"{desk.folder}/phrase")
        args += ["--holder", re.search(r"[0-9a-f]{64}", out).group(0)]
    return args


def going_live(tap, desk, everybody):
    """What the settings page asks for is done; only then the desk opens, and says so."""
    secrets = [enrolled(b)[0] for b in everybody]
    desk.keys.stop()
    desk.run("hisn-keys", "holder", "set", "--store", f"{desk.folder}/store", "--host-key", f"{desk.folder}/host.key", *holders(desk))
    desk.keys_more += ["--backup", f"{desk.folder}/store.backup"]
    desk.start_keys()
    desk.desk.stop()
    with open(f"{desk.folder}/desk.yaml", "a") as f:
        f.write('contact: "0500 000 000"\nhours: { mon: "09:00-17:00" }\ntls: { behind_proxy: true }\n')
    desk.start_desk()
    admin, asked = signed_in(desk, "admin")
    second(asked, totp(secrets[0]))
    page = admin.get("/en/staff/settings")
    tap.equal(re.findall(r"Missing: [^.]{0,40}", page.text), [], "nothing is missing any more")
    tap.ok("demonstration" in desk.get("/en/").text, "still a demonstration until somebody opens it")
    page.submit({"law": ""}, at=0)
    early = page.submit({}, at=page.at("/staff/settings/open"))
    tap.ok(early.status == 422 and "Something is still missing" in early.text, "the button of an old page opens nothing once something is missing", early.text[-300:])
    page.submit({}, at=0)
    opened = page.submit({}, at=page.at("/staff/settings/open"))
    tap.ok(opened.status == 200 and "This desk is open" in opened.text, "opened", opened.text[-400:])
    said = [p for p in ("/", "/report", "/receipt", "/child", "/privacy", "/report/other") if "demonstration" in desk.get("/en" + p).text]
    tap.equal(said, [], "no public page calls it a demonstration")
    gone = opened.submit({"law": ""}, at=0)
    tap.ok(gone.status == 422 and "cannot be without" in gone.text, "an open desk keeps its legal basis", gone.text[-300:])


with Tap() as tap, Desk(free_port(18220, 18229), keys=["--password-memory", "8"]) as desk:
    admin = first_link(tap, desk)
    b = team(tap, desk, admin)
    report = one_report(tap, desk, b)
    for_someone(tap, desk, b)
    restricted(tap, desk, b)
    who_may(tap, desk, admin, b, report)
    demonstration(tap, desk, admin)
    signing(tap, desk, b)
    going_live(tap, desk, [admin, b["amal"], b["samir"]])
    tap.ok("planted" not in desk.desk.output() + desk.keys.output() and PASSWORD not in desk.desk.output() + desk.keys.output(),
           "nothing of it in the logs", desk.desk.output()[-800:])
