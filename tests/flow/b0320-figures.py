#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures, exact and published, and the register of data subjects' requests: who may look, what leaves, what is
sealed, what stands in the trail."""
import csv, datetime, io, json, re, sys

sys.dont_write_bytecode = True
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import ANALYST, AUDITOR, OFFICER, SUPERVISOR, administrator, confirm, fingerprint, founded, invited, join, signed_in

PLANTED = "planted-request a father asks what is held about his daughter"
ANSWER = "planted-answer told at the counter that nothing can be looked up"
YEAR = datetime.date.today().year
LAST = YEAR - 1


def trail(desk, action):
    return desk.rows("SELECT object, detail FROM audit WHERE action = ? ORDER BY seq", action)


def team(desk, admin):
    b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR})
    for who, role, unit in (("omar", OFFICER, "MA-CAS"), ("zineb", SUPERVISOR, "MA-CAS")):
        number = fingerprint(join(desk, invited(admin, role, who, unit), who))
        for by in ("amal", "samir"):
            confirm(b[by], who.title(), number)
        b[who] = signed_in(desk, who)[0]
    join(desk, invited(admin, AUDITOR, "auda"), "auda")
    b["auda"] = signed_in(desk, "auda")[0]
    b["admin"] = admin
    return b


def counted(desk):
    """A year of small and large numbers; and one report of today."""
    for month, kind, priority, region, n in ((1, "address", 2, "MA-06", 40), (2, "address", 2, "MA-01", 21), (3, "solicitation", 1, "MA-06", 13),
                                             (4, "travel", 0, "MA-08", 2), (5, "other", 3, "", 3), (6, "solicitation", 1, "MA-01", 17),
                                             (7, "travel", 1, "MA-08", 19), (8, "other", 3, "MA-06", 27), (9, "address", 3, "MA-09", 1)):
        desk.write("INSERT INTO figure VALUES (?, ?, ?, ?, 'received', ?)", LAST * 100 + month, kind, priority, region, n)
        desk.write("INSERT INTO figure VALUES (?, ?, ?, ?, 'confirmed', ?)", LAST * 100 + month, kind, priority, region, max(1, n // 2))
    for bucket, n in ((0, 4), (1, 9), (6, 1)):
        desk.write("INSERT INTO figure_step VALUES (?, 'first_look', 2, ?, ?)", LAST * 100 + 1, bucket, n)
    page = desk.get("/en/report/other")
    for _ in range(12):
        at = next((i for i, f in enumerate(page.forms) if "/report/" in (f["action"] or "")), None)
        if at is None:
            break
        go = "send" if "send" in page.forms[at]["go"] else "next"
        page = page.submit({"words": "something to look at"} if any(k == "words" for k, _ in page.forms[at]["fields"]) else {}, go=go, at=at)
    return page


def lines(body):
    return {(r["table"], r["row"], r["column"]): r for r in csv.DictReader(io.StringIO(body))}


def exact(tap, desk, b):
    page = b["amal"].get(f"/en/staff/figures?year={LAST}")
    tap.ok(page.status == 200 and "Do not pass them on" in page.text, "an analyst sees exact figures, and is warned", page.text[:300])
    file = b["amal"].get(f"/staff/figures.csv?year={LAST}&form=exact")
    tap.ok(file.status == 200 and file.headers["Content-Type"] == "text/csv; charset=utf-8" and f"figures-{LAST}-exact.csv" in file.headers["Content-Disposition"],
           "as CSV", dict(file.headers))
    have = lines(file.body)
    tap.equal([have[k]["value"] for k in (("received_by_region", "MA-08", "travel"), ("received_by_region", "unknown", "other"),
                                          ("received_by_month", f"{LAST}-09", "address"), ("received_by_priority", "total", "total"),
                                          ("states_entered", "confirmed", "travel"), ("times", "first_look", "1h"), ("times", "first_look", "median"))],
              ["21", "3", "1", "143", "10", "9", "1h"], "every number as it was counted")
    told = json.loads(b["samir"].get(f"/staff/figures.json?year={YEAR}&form=exact").body)
    month = next(t for t in told["tables"] if t["name"] == "received_by_month")
    tap.equal((month["values"][month["rows"].index(f"{YEAR}-{datetime.date.today().month:02}")][month["columns"].index("other")], month["values"][-1][-1]),
              (1, 1), "a report of today is counted at once")


def published(tap, desk, b):
    for who in ("auda", "admin", "amal"):
        page = b[who].get(f"/en/staff/figures?year={LAST}&form=published")
        tap.ok(page.status == 200 and "less than 10" in page.text and "hidden" in page.text, f"{who} sees what may be published, and how it was made", page.text[:200])
    body = b["auda"].get(f"/staff/figures.csv?year={LAST}").body
    have, true = lines(body), lines(b["amal"].get(f"/staff/figures.csv?year={LAST}&form=exact").body)
    numbers = {k: int(r["value"]) for k, r in have.items() if r["value"].isdigit() and k[2] != "median"}
    tap.ok(numbers and all(v % 5 == 0 and v >= 5 for v in numbers.values()), "rounded, none under 5", numbers)
    tap.equal([k for k, v in numbers.items() if abs(v - int(true[k]["value"])) > 2], [], "to the nearest 5")
    tap.equal([k for k, r in have.items() if k in true and true[k]["value"].isdigit() and k[2] != "median" and int(true[k]["value"]) < 5 and r["hidden"] != "1"], [],
              "every small number is hidden")
    tap.ok(any(r["hidden"] == "1" and true[k]["value"].isdigit() and int(true[k]["value"]) >= 5 for k, r in have.items() if k in true), "and others for their sake")
    tap.equal(have[("received_by_month", "total", "total")]["value"], "145", "the sum of the year is told")
    tap.equal((have[("times", "first_look", "median")]["value"], have[("times", "closed", "median")]["hidden"]), ("1h", "1"), "times: the class in the middle, where there are ten")
    tap.equal(b["auda"].get(f"/staff/figures.csv?year={LAST}").body, body, "asked again: the same file")
    answer = json.loads(b["auda"].get(f"/staff/figures.json?year={LAST}&form=published").body)
    tap.ok(answer["protection"] == {"least": 5, "rounded_to": 5, "uncertain_within": 10, "median_least": 10} and
           any(None in row for t in answer["tables"] for row in t["values"]), "JSON says how, and hides with null", answer["protection"])
    running = b["auda"].get(f"/en/staff/figures?year={YEAR}&form=published")
    tap.ok("has not ended" in running.text and not re.search(r"<table", running.body), "nothing of the year that runs", running.text[-300:])
    tap.equal([b["auda"].get(f"/staff/figures.{k}?year={YEAR}&form=published").status for k in ("csv", "json")], [404, 404], "as no file either")


def who_may(tap, desk, b):
    paths = [f"/staff/figures.csv?year={LAST}&form=exact", f"/staff/figures.json?year={LAST}&form=exact", f"/en/staff/figures?year={LAST}&form=exact"]
    before = len(trail(desk, "refused"))
    tap.equal([b[w].get(p).status for w in ("auda", "admin", "omar", "zineb") for p in paths], [403] * 12, "exact figures: not for auditors, administrators, units")
    tap.equal([b[w].get(f"/en/staff/figures?form=published&year={LAST}").status for w in ("omar", "zineb")], [403, 403], "units: not the others either, here")
    tap.equal(len(trail(desk, "refused")) - before, 14, "each try stands in the audit trail")
    tap.equal([Browser(desk).ask(p).status for p in paths], [303] * 3, "a stranger is sent to sign in")
    tap.equal([b["amal"].get(f"/en/staff/figures?form={f}").status for f in ("x", "EXACT", "")], [404, 404, 404], "another form: 404")
    tap.equal([b["amal"].get(f"/en/staff/figures?year={y}").status for y in ("0", "-1", "99999", "x", "9999", "0000")], [200] * 6, "any year is a page")
    seen = trail(desk, "figures.view")
    tap.ok((f"{LAST} exact", "csv") in seen and (f"{LAST} published", "page") in seen and (f"{YEAR} exact", "json") in seen, "each look stands in the trail", seen)


# --- requests ---

def entered(b, kind="access", day=None, text=PLANTED):
    page = b.get("/en/staff/requests/new")
    change = {"kind": kind, "text": text}
    if day is not None:
        change["received"] = day
    return page.submit(change, at=page.at("/staff/requests/new"))


def requests(tap, desk, b):
    listed = b["amal"].get("/en/staff/requests")
    tap.ok("No request waits" in listed.text and "no list of names exists" in listed.text, "an empty register says what cannot be found", listed.text[:400])
    tap.equal([entered(b["amal"], **bad).status for bad in ({"kind": "x"}, {"text": ""}, {"text": "x" * 4001}, {"day": "2020-02-30"}, {"day": ""},
              {"day": str(datetime.date.today() + datetime.timedelta(2))}, {"day": "2019-01-01"})], [422] * 7, "a request needs kind, day and words")
    kept = entered(b["amal"], text=PLANTED, day="never")
    tap.ok(PLANTED in kept.text and "A date is written" in kept.text, "what was typed stays", kept.text[-500:])
    tap.equal(desk.rows("SELECT count(*) FROM sealed")[0][0], 0, "nothing is stored before all is right")
    day = datetime.date.today() - datetime.timedelta(20)
    late = entered(b["amal"], day=str(day))
    due = (day + datetime.timedelta(11)).strftime("%-d %B %Y")
    tap.ok(late.status == 200 and "Late" in late.text and due in late.text, f"ten clear days: due on {due}, late", late.text)
    entered(b["samir"], "objection", text="planted-request another")
    order = re.findall(r"/staff/requests/([0-9a-f]{32})", b["samir"].get("/en/staff/requests").body)
    tap.equal(len(order), 2, "both are listed")
    first = b["samir"].get("/en/staff/requests/" + order[0])
    tap.ok("Access: what do you hold" in first.text and PLANTED not in first.text, "the late one first; its text is closed", first.text)
    opened = first.submit({}, at=first.at(f"/staff/requests/{order[0]}/open"))
    tap.ok(opened.status == 200 and PLANTED in opened.text, "opened by a form", opened.text)
    tap.equal(trail(desk, "request.open"), [(order[0][:16], None)], "and in the trail")
    return order


def ending(tap, desk, b, order):
    path = f"/staff/requests/{order[0]}"
    page = b["samir"].get("/en" + path)
    at = page.at(path + "/end")
    tap.equal([page.submit(f, at=at).status for f in ({"how": "answered", "why": ""}, {"how": "", "why": "x"}, {"how": "open", "why": "x"}, {"how": "answered", "why": "x" * 4001})],
              [422] * 4, "it ends in one of two ways, with words")
    done = page.submit({"how": "refused", "why": ANSWER}, at=at)
    tap.ok(done.status == 200 and "Refused, with the reason" in done.text, "ended", done.text)
    again = page.submit({"how": "answered", "why": "planted-answer too late"}, at=at)
    tap.ok(again.status == 409 and "meanwhile" in again.text, "once: a colleague is told", again.text)
    opened = b["amal"].get("/en" + path)
    opened = opened.submit({}, at=opened.at(path + "/open"))
    tap.ok(ANSWER in opened.text and opened.at(path + "/end") is None, "both texts can be read, nothing can be ended again", opened.text)
    tap.equal([r[0] for r in trail(desk, "request.refused")], [order[0][:16]], "in the trail")


def not_theirs(tap, desk, b, order):
    path = f"/en/staff/requests/{order[1]}"
    for who in ("omar", "zineb", "auda", "admin"):
        tap.equal([b[who].get(p).status for p in ("/en/staff/requests", "/en/staff/requests/new", path)] +
                  [b[who].post(path + x, [("csrf", "x")]).status for x in ("/open", "/end")], [403] * 5, f"{who}: nothing of the register")
    page = b["amal"].get(path)
    tap.equal(b["amal"].post(path + "/open", [("csrf", page.value("csrf", page.at(f"/staff/requests/{order[1]}/end")))]).status, 403, "another form's token opens nothing")
    tap.equal([b["amal"].get("/en/staff/requests/" + x).status for x in ("0" * 32, "zz", order[1][:30])], [404] * 3, "no such request: 404")
    with open(f"{desk.folder}/desk.db", "rb") as f, open(f"{desk.folder}/desk.db-wal", "rb") as w:
        tap.ok(b"planted-" not in f.read() + w.read(), "nothing of the words in the database's files")
    tap.ok("planted-" not in desk.desk.output() + desk.keys.output(), "nor in the logs")
    tap.equal(desk.rows("SELECT count(*) FROM audit WHERE object LIKE '%planted%' OR detail LIKE '%planted%'")[0][0], 0, "nor in the trail")


def privacy(tap, desk):
    for lang, words in (("en", "ten clear days"), ("fr", "dix jours francs"), ("ar", "من عشرة أيام")):
        tap.ok(words in desk.get(f"/{lang}/privacy").text, f"the public page says how and until when ({lang})")


with Tap() as tap, Desk(free_port(18320, 18329), keys=["--password-memory", "8"]) as desk:
    b = team(desk, administrator(desk))
    tap.ok(counted(desk).words(), "a report is sent")
    exact(tap, desk, b)
    published(tap, desk, b)
    who_may(tap, desk, b)
    order = requests(tap, desk, b)
    ending(tap, desk, b, order)
    not_theirs(tap, desk, b, order)
    privacy(tap, desk)
