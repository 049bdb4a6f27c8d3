#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The auditor's pages: who sees what of the audit trail, what is hidden from whom, that reading it stands in it, and that
what is exported there closes the tree of a signed head."""
import base64, hashlib, json, re, sqlite3, sys

sys.dont_write_bytecode = True
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import ANALYST, AUDITOR, PASSWORD, SUPERVISOR, administrator, founded, invited, join, signed_in

LIST, HEADS, EXPORT = "/en/staff/audit", "/en/staff/audit/heads", "/staff/audit/export"


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", root(leaves[:k]), root(leaves[k:]))


def edge(leaves):
    out, at = b"", 0
    for bit in reversed(range(64)):
        if len(leaves) >> bit & 1:
            out += root(leaves[at:at + (1 << bit)])
            at += 1 << bit
    return out


def last(desk):
    return desk.rows("SELECT member, role, action, object, detail, hex(report) FROM audit ORDER BY seq DESC LIMIT 1")[0]


def numbers(page):
    """The numbers of the entries that are shown, as they stand."""
    return [int(x) for x in re.findall(r'<th scope="row"><bdi dir="ltr">(\d+)</bdi>', page.body)]


def lists(tap, desk, auditor):
    page = auditor.get(LIST)
    seen = numbers(page)
    tap.ok(page.status == 200 and len(seen) == 50 and seen == sorted(seen, reverse=True), "an auditor sees fifty entries, the latest first", seen[:5])
    tap.equal(last(desk)[:4], (desk.dina, AUDITOR, "audit.read", None), "and that stands in the trail")
    tap.ok("Amal" in page.text and "Signed in" in page.text and "The desk itself" in page.text, "with names and words")
    earlier = [x for x in page.links if x and "before=" in x]
    more = auditor.get(earlier[0])
    tap.equal(numbers(more)[0], seen[-1] - 1, "the next page goes on where this one ended")
    tap.ok(any(x and x.endswith("report=") for x in more.links), "and leads back to the latest", more.links)
    for lang, word in (("fr", "Journal d’audit"), ("ar", "سجل التدقيق")):
        tap.ok(word in auditor.get(f"/{lang}/staff/audit").text, f"in {lang}")


def filters(tap, desk, auditor):
    member = desk.rows("SELECT member FROM staff WHERE sign_in = 'amal'")[0][0]
    page = auditor.get(f"{LIST}?member={member}&action=sign-in&report=")
    want = [r[0] for r in desk.rows("SELECT seq FROM audit WHERE member = ? AND action = 'sign-in' ORDER BY seq DESC", member)]
    tap.ok(want and numbers(page) == want, "chosen by member and action", (numbers(page), want))
    tap.equal(last(desk)[3], f"member {member}, sign-in", "and what was chosen stands in the trail")
    tap.equal(numbers(auditor.get(f"{LIST}?action=member.")), [r[0] for r in desk.rows("SELECT seq FROM audit WHERE action LIKE 'member.%' ORDER BY seq DESC")],
              "a group of actions")
    page = auditor.get(f"{LIST}?report=12")
    tap.ok(page.status == 422 and "32 digits" in page.text and not numbers(page), "a report's number that is none is told")
    report = desk.report
    page = auditor.get(f"{LIST}?report={report}")
    tap.ok(numbers(page) and last(desk)[5].lower() == report, "one report's entries; the reading is about that report", numbers(page))
    for odd in ("member=-1", "member=9" * 20, "member=x", "action=%25", "action=nothing", "before=-1", "before=x", "before=" + "9" * 40, "member=%00"):
        tap.ok(auditor.get(f"{LIST}?{odd}").status in (200, 400), f"no fault: {odd[:30]}")


def who_may(tap, desk, people, admin):
    for who, browser in people.items():
        if who in ("amal", "badr"):
            tap.equal(browser.get(LIST).status, 200, f"{who}, supervisor of the national desk, sees the list")
            tap.equal(browser.get(HEADS).status, 200, f"{who} sees the heads")
        else:
            for path in (LIST, HEADS):
                tap.equal(browser.get(path).status, 403, f"{who} does not see {path}")
                tap.ok(last(desk)[2] == "refused" and path[3:] in last(desk)[3], "and that stands in the trail", last(desk))
        tap.equal(browser.get(EXPORT).status, 403, f"{who} exports nothing")
    page = admin.get(LIST)
    shown = numbers(page)
    about = {r[0]: r[1] for r in desk.rows("SELECT seq, action FROM audit")}
    tap.ok(shown and not any(about[s].startswith(("case.", "message.", "refused", "search", "report.", "audit.")) for s in shown),
           "an administrator sees what is about accounts, settings and the desk", sorted({about[s] for s in shown}))
    tap.equal(numbers(admin.get(f"{LIST}?action=case.")), numbers(admin.get(LIST)), "and cannot ask for more")
    tap.equal(numbers(admin.get(f"{LIST}?report={desk.report}")), [], "nor about a report")
    tap.equal((admin.get(HEADS).status, admin.get(EXPORT).status), (403, 403), "no heads, no export")
    tap.equal(Browser(desk).ask(LIST).status, 303, "nobody without a session")


def unit_supervisor(tap, desk, admin):
    join(desk, invited(admin, SUPERVISOR, "Zineb", "MA-RAB"), "zineb")
    z, _ = signed_in(desk, "zineb")
    for path in (LIST, HEADS):
        tap.equal(z.get(path).status, 403, f"a unit's supervisor does not see {path}")
        tap.equal(last(desk)[2:5:2], ("refused", "unit"), "and that stands in the trail")


def exported(browser, start=0):
    page = browser.ask(f"{EXPORT}?from={start}")
    return page, page.body.split("\n")[:-1]


def exports(tap, desk, auditor):
    desk.run("hisn-desk", "audit", "head", "--sign")
    note = desk.run("hisn-desk", "audit", "head")
    size = int(note.split("\n")[1])
    page, lines = exported(auditor)
    tap.ok(page.status == 200 and page.headers["Content-Disposition"] == 'attachment; filename="audit-0.jsonl"' and
           page.headers["Content-Type"] == "application/jsonl", "an auditor exports lines of JSON", page.headers)
    tap.equal([json.loads(x)["seq"] for x in lines], list(range(len(lines))), "all of them, in order")
    tap.equal(base64.b64encode(root([sha(b"\0", x.encode()) for x in lines[:size]])).decode(), note.split("\n")[2], "their tree is what was signed")
    tap.equal(last(desk)[2:4], ("audit.export", "from 0"), "and that stands in the trail")
    tap.equal(json.loads(exported(auditor, 7)[1][0])["seq"], 7, "a part begins where it is asked to")
    return note, size


def hidden(tap, desk, auditor, people, note, size):
    """Somebody whom the reporter named, or who stepped aside, does not find the case here either."""
    with sqlite3.connect(desk.database, timeout=10) as db:
        for who in ("dina", "badr"):
            db.execute("INSERT INTO excluded (report, member, why) SELECT ?, member, 'reporter' FROM staff WHERE sign_in = ?",
                       (bytes.fromhex(desk.report), who))
    about = [r[0] for r in desk.rows("SELECT seq FROM audit WHERE report = ? OR object LIKE ?", bytes.fromhex(desk.report), f"%{desk.report[:8]}%")]  # LIKE: large letters too
    for who, browser in (("the auditor", auditor), ("a supervisor", people["badr"])):
        tap.equal(numbers(browser.get(f"{LIST}?report={desk.report}")), [], f"{who} who is excluded finds no entry of the report")
        seen = []
        page = browser.get(LIST)
        while True:
            seen += numbers(page)
            tap.ok(desk.report[:8] not in re.sub(r'value="[^"]*"', "", page.body), f"{who}: its number is nowhere on the page")
            earlier = [x for x in page.links if x and "before=" in x]
            if not earlier:
                break
            page = browser.get(earlier[0])
        tap.ok(not set(seen) & set(about) and len(seen) > 50, f"{who}: nor in the whole list")
        everything = {r[0] for r in desk.rows("SELECT seq FROM audit WHERE (report IS NULL OR report <> ?) AND (object IS NULL OR object NOT LIKE ?)",
                                              bytes.fromhex(desk.report), f"%{desk.report[:8]}%")}
        tap.ok(set(seen) < everything and not [s for s in everything if min(seen) < s < max(seen) and s not in seen], f"{who}: which is whole without them")
        full = browser.get(f"{LIST}?action=case.")
        tap.equal(len(numbers(full)), 50, f"{who}: a page is as long as without it")
        page = browser.get(f"{LIST}?report={desk.report}")
        tap.equal([x for x in page.links if x and "before=" in x], [], f"{who}: and nothing leads on to more of its entries")
    seen = numbers(people["amal"].get(f"{LIST}?report={desk.report}"))
    tap.ok(set(seen) >= set(r for r in about if r in seen) and seen, "who is not excluded finds them")
    _, lines = exported(auditor)
    held = [json.loads(x) for x in lines if "withheld" in x]
    tap.ok({x["seq"] for x in held} >= set(about) and all(set(x) == {"seq", "withheld", "leaf"} for x in held), "the export withholds them", held[:2])
    leaves = [bytes.fromhex(json.loads(x)["leaf"]) if "withheld" in x else sha(b"\0", x.encode()) for x in lines]
    tap.equal(base64.b64encode(root(leaves[:size])).decode(), note.split("\n")[2], "and with their hashes the tree still closes")


def heads(tap, desk, auditor, note):
    page = auditor.get(HEADS)
    size = note.split("\n")[1]
    key = re.search(r"audit key +(\S+)", desk.run("hisn-keys", "status", "--socket", desk.socket)).group(1)
    tap.ok(page.status == 200 and note.split("\n")[2] in page.body and key in page.text, "the heads page has the last head and the key", page.text[:600])
    tap.ok(f"signed the trail at the size of {size}" in page.text and "stay on this machine" in page.text,
           "says how large it was, and that heads are kept nowhere else", page.text[:900])
    tap.equal(last(desk)[2:4], ("audit.read", "heads"), "reading it stands in the trail")
    for lang, word in (("fr", "Têtes signées"), ("ar", "الرؤوس الموقَّعة")):
        tap.ok(word in auditor.get(f"/{lang}/staff/audit/heads").text, f"in {lang}")
    kept = desk.rows("SELECT size, chain, edge FROM audit_head")[0]
    desk.write("UPDATE audit_head SET size = 4, edge = zeroblob(32)")
    tap.equal(auditor.get(HEADS).status, 500, "where the reading cannot be written down, nothing is shown")
    desk.write("UPDATE audit_head SET size = ?, chain = ?, edge = ?", *kept)
    cut = int(size) - 16
    leaves = [r[0] for r in desk.rows("SELECT leaf FROM audit ORDER BY seq")][:cut]
    desk.write("DELETE FROM audit WHERE seq >= ?", cut)
    desk.write("UPDATE audit_head SET size = ?, chain = (SELECT chain FROM audit WHERE seq = ?), edge = ?", cut, cut - 1, edge(leaves))
    page = auditor.get(HEADS)
    tap.ok("Entries are missing" in page.text and f"at the size of {size}; in the database its size is {cut}" in page.text,
           "a trail that was cut is told, head row or not", page.text[:700])
    desk.keys.stop()
    with open(f"{desk.folder}/store.head", "a") as f:
        f.write("x")
    desk.start_keys()
    auditor = signed_in(desk, "dina")[0]
    tap.ok("Nothing is signed any more" in auditor.get(HEADS).text, "a key process that cannot read its last head is told")


def main():
    with Tap() as tap, Desk(free_port(18330, 18349)) as desk:
        admin = administrator(desk)
        people = founded(desk, admin, {"amal": SUPERVISOR, "badr": SUPERVISOR, "chadia": ANALYST})
        join(desk, invited(admin, AUDITOR, "Dina"), "dina")
        desk.dina = desk.rows("SELECT member FROM staff WHERE sign_in = 'dina'")[0][0]
        desk.run("hisn-desk", "sample", "--count", "2")
        desk.report, desk.other = (r[0].lower() for r in desk.rows("SELECT hex(id) FROM report ORDER BY id"))
        people["amal"].get(f"/en/staff/reports/{desk.report}")
        people["chadia"].get(f"/en/staff/reports/{desk.report}")
        admin.get(f"/en/staff/reports/{desk.report}")  # refused, and its number stands in the path
        admin.get(f"/en/staff/reports/{desk.report.upper()}")
        for _ in range(52):
            people["amal"].get(f"/en/staff/reports/{desk.other}")
            people["chadia"].get(f"/en/staff/reports/{desk.report}")
        for _ in range(45):
            admin.get("/en/staff/tasks")
        auditor = signed_in(desk, "dina")[0]
        lists(tap, desk, auditor)
        filters(tap, desk, auditor)
        who_may(tap, desk, people, admin)
        unit_supervisor(tap, desk, admin)
        note, size = exports(tap, desk, auditor)
        hidden(tap, desk, auditor, people, note, size)
        heads(tap, desk, auditor, desk.run("hisn-desk", "audit", "head"))


main()
