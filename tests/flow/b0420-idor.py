#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What somebody may not see is for them as if it were not there. A desk with reports of every kind of secrecy: restricted, of
another unit, only proposed to a unit, taken back from it, such as name a member; and for each person every page and
every form that anybody was shown, asked for with the numbers of what is hidden from them: the answer is, to the
byte, the one for a number that nobody has; nothing changes, the key process is asked as often, and both stand in the
audit trail. Who sees what is worked out here anew, from the tables."""
import re, sys, time, urllib.parse

sys.dont_write_bytecode = True
from checklab import OTHER_UNIT, UNIT, Counter, Crew, act, bare, changed, confirmed, cookie_of, crawl, csrf_token, filled, handed_over, noticed, picture, refer, report, rostered, staff_routes
from desklab import Desk
from hisnflow import Tap, free_port
from stafflab import SUPERVISOR

NOWHERE = "0f" * 16
HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
ADDRESS = "https://planted-page.example/a"
READERS = ("amal", "samir", "omar", "hind", "zineb")


class World:
    """Reports by name."""

    def __init__(self, desk):
        self.desk = desk
        self.crew = c = Crew(desk, {"hind": (SUPERVISOR, UNIT), "karim": (SUPERVISOR, "national")})
        c.with_mail()
        b, self.id, self.words = c.browser, {}, {}
        for name, kind, fields in (("open", "address", {"url": ADDRESS}), ("twin", "address", {"url": ADDRESS}),
                                   ("restricted", "solicitation", {"words": "planted", "desk_person": "yes"}),
                                   ("named", "address", {"url": ADDRESS, "excluded_persons": "Amal"}),
                                   ("unit", "solicitation", {"words": "planted"}), ("elsewhere", "solicitation", {"words": "planted"}),
                                   ("proposed", "solicitation", {"words": "planted"}), ("returned", "solicitation", {"words": "planted"}),
                                   ("unit-named", "solicitation", {"words": "planted", "excluded_persons": "Omar"})):
            self.id[name], self.words[name] = report(desk, kind, **fields)
        by = {"restricted": b["samir"], "named": b["samir"]}
        for name in ("open", "named", "unit", "elsewhere", "proposed", "returned", "unit-named"):
            confirmed(by.get(name, b["amal"]), self.id[name])
        refer(b["amal"], self.id["unit"], UNIT)
        refer(b["amal"], self.id["unit-named"], UNIT)
        refer(b["amal"], self.id["elsewhere"], OTHER_UNIT)
        refer(b["amal"], self.id["returned"], UNIT)
        refer(b["amal"], self.id["proposed"], UNIT, identifies_child="yes")
        self.referral = {desk_name: desk.rows("SELECT id FROM referral WHERE report = ?", bytes.fromhex(self.id[desk_name]))[0][0].hex()
                         for desk_name in ("unit", "unit-named", "elsewhere", "returned", "proposed")}
        act(b["omar"], self.id["unit"], "accept", about=self.referral["unit"])
        act(b["hind"], self.id["unit-named"], "accept", about=self.referral["unit-named"])
        act(b["zineb"], self.id["elsewhere"], "accept", about=self.referral["elsewhere"])
        act(b["omar"], self.id["returned"], "reject", about=self.referral["returned"], text="not of this place")
        self._notes(b)

    def _notes(self, b):
        for who, name in (("amal", "open"), ("samir", "named"), ("amal", "unit"), ("omar", "unit"), ("hind", "unit-named"), ("zineb", "elsewhere"),
                          ("samir", "restricted")):
            act(b[who], self.id[name], "note", text=f"planted note of {who}")
        samir, hind = self.crew.member["samir"], self.crew.member["hind"]
        act(b["amal"], self.id["open"], "task", member=str(samir), days="2", text="planted task")
        act(b["samir"], self.id["named"], "task", member="0", days="2", text="planted task")
        act(b["omar"], self.id["unit"], "task", member=str(hind), days="2", text="planted task")
        act(b["zineb"], self.id["elsewhere"], "task", member="0", days="2", text="planted task")
        act(b["samir"], self.id["twin"], "take")
        act(b["samir"], self.id["twin"], "duplicate", main=self.id["named"])
        self.notice = {name: noticed(b[who], self.id[name], ADDRESS) for who, name in (("amal", "open"), ("samir", "named"))}
        for who in ("amal", "samir"):
            page = b[who].get("/en/staff/reports?which=all")
            page.submit({"name": f"view of {who}"}, at=page.at("/staff/views"))

    # --- who sees what, from the tables alone ---

    def visible(self, who):
        member, role, unit = self.desk.rows("SELECT member, role, unit FROM staff WHERE sign_in = ?", who)[0]
        kept = {r[0] for r in self.desk.rows("SELECT report FROM excluded WHERE member = ?", member)}
        granted = {r[0] for r in self.desk.rows("SELECT report FROM access WHERE unit = ? AND member IN (0, ?) AND until > ?", unit, member, int(time.time()))}
        referred = {r[0] for r in self.desk.rows("SELECT report FROM referral WHERE unit = ? AND state IN ('referred', 'accepted', 'done')", unit)}
        out = set()
        for id, where, restricted in self.desk.rows("SELECT id, unit, restricted FROM report"):
            national = unit == "national" and where == "national" and (not restricted or role == SUPERVISOR or id in granted)
            local = unit not in ("national", "") and (id in referred or id in granted)
            if role in (1, 2, 3) and id not in kept and (national or local):
                out.add(id.hex())
        return out

    def hidden(self, who):
        seen = self.visible(who)
        return {name: id for name, id in self.id.items() if id not in seen}

    def marks(self, who):
        """{what would tell of something hidden: its name}"""
        out = {id[:8]: name for name, id in self.hidden(who).items()}
        out.update({f"N-{id[:5]}-{id[5:10]}".upper(): f"notice of {name}" for name, id in self.notice.items() if name in self.hidden(who)})
        return out

    def things(self, who):
        """Numbers of referrals, notices, tasks that are not this person's to name."""
        seen, unit = self.visible(who), self.desk.rows("SELECT unit FROM staff WHERE sign_in = ?", who)[0][0]
        out = []
        for sql in ("SELECT id, report, unit FROM referral", "SELECT id, report, unit FROM task", "SELECT id, report, 'national' FROM notice"):
            out += [id.hex() for id, of, where in self.desk.rows(sql) if of.hex() not in seen or (unit != "national" and where != unit)]
        return out


def as_nobody(text, *ids):
    """A page without what differs by the number that was asked for: the number itself and tokens."""
    for id in ids:
        text = text.replace(id, "ID").replace(id[:8], "NUMBER")
    return re.sub(r'name="csrf" value="[^"]*"', "csrf", text)


def answer(browser, path, body=None, *ids):
    page = browser.ask("/en" + path, body)
    return page.status, as_nobody(page.headers["Location"] or "", *ids), as_nobody(page.body, *ids)


def shapes(crew, routes):
    """What anybody was shown: addresses and forms with a number in them, the number taken out; once each."""
    paths, forms, own, read = {}, {}, {}, {}
    for who, browser in crew.browser.items():
        seen_forms, seen = crawl(browser, who, routes, cap=500, each=60, bodies=read.setdefault(who, {}))
        own[who] = seen_forms
        for p in (p for list_ in seen.values() for p in list_):
            if HEX.search(p.split("?")[0]):
                paths.setdefault(HEX.sub("{}", p.split("?")[0]), p)
        for f in seen_forms:
            if HEX.search(f.action):
                forms.setdefault((HEX.sub("{}", f.action.split("?")[0]), tuple(k for k, _ in f.pairs)), f.pairs)
    return paths, forms, own, read


def body_of(browser, path, pairs):
    token = csrf_token(cookie_of(browser), path)
    return urllib.parse.urlencode([("csrf", token)] + [(k, v) for k, v in filled(pairs) if k != "csrf"]).encode()


def hidden_reports(tap, world, who, paths, forms):
    """Every page and form with a number, with those of hidden reports and one that nobody has."""
    browser, reports = world.crew.browser[who], world.hidden(who)
    things = dict(reports, **{f"thing {i}": id for i, id in enumerate(world.things(who))})
    before, bad, asked = picture(world.desk), [], 0
    of = lambda shape: reports if shape.startswith("/staff/reports") else things
    for shape in paths:
        nothing = answer(browser, shape.replace("{}", NOWHERE), None, NOWHERE)
        for name, id in of(shape).items():
            asked += 1
            if answer(browser, shape.replace("{}", id), None, id) != nothing or nothing[0] == 200:
                bad.append(("GET", shape, name, nothing[0]))
    for (shape, _), pairs in forms.items():
        at = shape.replace("{}", NOWHERE)
        nothing = answer(browser, at, body_of(browser, at, pairs), NOWHERE)
        for name, id in of(shape).items():
            asked += 1
            at = shape.replace("{}", id)
            if answer(browser, at, body_of(browser, at, pairs), id) != nothing or nothing[0] in (200, 303):
                bad.append(("POST", shape, name, nothing[0]))
    tap.ok(not bad, f"{who}: {len(reports)} hidden reports and {len(things) - len(reports)} things in {len(paths)} pages and {len(forms)} forms ({asked} requests): as if there were none", bad[:20])
    tap.equal(changed(before, picture(world.desk)), [], f"{who}: and nothing changed")


def hidden_things(tap, world, who, forms):
    """In one's own forms each number that stands in a field, by one that is somebody else's."""
    browser, before, bad, asked = world.crew.browser[who], picture(world.desk), [], 0
    others = world.things(who) + list(world.hidden(who).values())
    for f in forms:
        for i, (k, v) in enumerate(f.pairs):
            if k == "csrf" or not re.fullmatch(r"[0-9a-f]{32}", v) or (f.action.startswith("/staff/notices/new/") and k == "id"):
                continue  # the last: the form's own new number, so that sent twice it makes one
            put = lambda id: [(a, id if n == i else b) for n, (a, b) in enumerate(f.pairs)]
            nothing = answer(browser, f.action, body_of(browser, f.action, put(NOWHERE)), NOWHERE)
            for id in others:
                asked += 1
                if answer(browser, f.action, body_of(browser, f.action, put(id)), id) != nothing:
                    bad.append((f.action, k, id, nothing[0]))
    tap.ok(not bad and not changed(before, picture(world.desk)), f"{who}: numbers of others in fields of one's own forms ({asked} requests): as if there were none",
           (bad[:20], changed(before, picture(world.desk))))


def nowhere_listed(tap, world, who, read):
    """No page that this person comes to tells a hidden report's number; nor does the search."""
    browser, hidden = world.crew.browser[who], world.hidden(who)
    # The trail itself, which an auditor reads whole, is numbers: who did what to which. Its own tests: b0315.
    told = [(path, name) for path, body in read.items() if who != "nadia" or not path.startswith("/staff/audit") for mark, name in world.marks(who).items() if mark in body]
    tap.ok(not told, f"{who}: no page of {len(read)} tells the number of a hidden report", told[:10])
    page = browser.get("/en/staff/search")
    if page.status != 200:
        return
    search = lambda typed: as_nobody(page.submit({"typed": typed}, at=page.at("/staff/search")).body, typed)
    found = [name for name, id in hidden.items() if search(id[:8]) != search(NOWHERE[:8]) or search(id) != search(NOWHERE)]
    tap.ok(not found, f"{who}: nor does the search find it by its number", found)
    body = page.submit({"typed": ADDRESS}, at=page.at("/staff/search")).body
    tap.ok(not [n for n, id in hidden.items() if id[:8] in body], f"{who}: nor by what is in it")


def other_sides(tap, world):
    """Messages of the other side within a report that both have."""
    for who, name, side in (("omar", "unit", "national"), ("amal", "unit", UNIT)):
        browser, id = world.crew.browser[who], world.id[name]
        at = f"/staff/reports/{id}/open"
        opened = lambda seq: answer(browser, at, body_of(browser, at, [("seq", str(seq))]), id)
        theirs = [s for s, in world.desk.rows("SELECT seq FROM message WHERE report = ? AND unit = ? AND type <> 8", bytes.fromhex(id), side)]
        nothing = opened(9999)
        tap.ok(theirs and all(opened(s) == nothing for s in theirs) and nothing[0] == 404, f"{who}: notes of {side} on a report that both have: not there",
               (theirs, nothing[0], [opened(s)[0] for s in theirs]))


def small_things(tap, world):
    """Sessions and views of others; what one unit says to its next shift, and who is on it."""
    c, desk = world.crew, world.desk
    handed_over(c.browser["hind"])
    rostered(c.browser["hind"], c.member["omar"])
    hers = desk.rows("SELECT id FROM sealed WHERE kind = 'handover'")[0][0].hex()
    at = "/staff/handover/{}/open"
    got = [answer(c.browser["samir"], at.replace("{}", id), body_of(c.browser["samir"], at.replace("{}", id), []), id) for id in (hers, NOWHERE)]
    tap.ok(got[0] == got[1] and got[0][0] == 404, "another unit's handover is as one that is not there", got[0][0])
    theirs = desk.rows("SELECT id FROM shift")[0][0].hex()
    at = "/staff/roster/remove"
    got = [answer(c.browser["samir"], at, body_of(c.browser["samir"], at, [("shift", id)]), id) for id in (theirs, NOWHERE)]
    tap.ok(got[0] == got[1] and got[0][0] == 404 and desk.rows("SELECT count(*) FROM shift")[0][0] == 1, "nor is another unit's shift taken away", got[0][0])
    hers = desk.rows("SELECT hash FROM staff_session WHERE member = ?", c.member["samir"])[0][0].hex()
    at = "/staff/sessions/end"
    got = [answer(c.browser["amal"], at, body_of(c.browser["amal"], at, [("session", s)]), s) for s in (hers, "0" * 64)]
    tap.ok(got[0] == got[1] and got[0][0] == 404 and c.browser["samir"].ask("/en/staff").status == 200, "another's session is as one that is not there", got[0][0])
    c.browser["amal"].ask("/en/staff/views/remove", body_of(c.browser["amal"], "/staff/views/remove", [("name", "view of samir")]))
    tap.equal(desk.rows("SELECT count(*) FROM saved_view WHERE name = 'view of samir'")[0][0], 1, "another's view is not taken away")


def as_long(tap, world, counter):
    """As many calls to the key process and entries in the trail, for what is hidden and what is not there."""
    browser, hidden = world.crew.browser["amal"], world.hidden("amal")
    entries = lambda: world.desk.rows("SELECT count(*) FROM audit")[0][0]
    notices = {"notice of named": world.notice["named"]}
    for method, path in (("GET", "/staff/notices/{}"), ("POST", "/staff/notices/{}"), ("GET", "/staff/reports/{}"), ("POST", "/staff/reports/{}/open"), ("POST", "/staff/reports/{}/do/note"), ("GET", "/staff/reports/{}/like")):
        got = {}
        for name, id in dict(notices if "notices" in path else hidden, nowhere=NOWHERE).items():
            at, before = path.replace("{}", id), entries()
            body = body_of(browser, at, [("seq", "0"), ("text", "x"), ("version", "0")]) if method == "POST" else None
            _, ops = counter.during(lambda: browser.ask("/en" + at, body))
            got[name] = ops, entries() - before
        tap.ok(len({repr(v) for v in got.values()}) == 1 and got["nowhere"][1] == 1, f"{method} {path}: the same calls, and one entry in the trail", got)


def told_by_mail(tap, world):
    """Who was written to about which report."""
    short = {id[:8]: id for id in world.id.values()}
    wrong = [(to, about) for to, about in world.desk.rows("SELECT address, about FROM outbox WHERE about IS NOT NULL")
             if about in short and short[about] not in world.visible(to.split("@")[0])
             and short[about] != world.id["returned"]]  # it was theirs when it was sent
    n = world.desk.rows("SELECT count(*) FROM outbox")[0][0]
    tap.ok(n and not wrong, f"{n} letters: each to somebody who sees the report", wrong)


desk = Desk(free_port(18220, 18229), keys=["--password-memory", "8"], config="mail: { sendmail: /bin/false, from: desk@mail.example, base: \"http://desk.example\" }\n")
counter = Counter.between(desk)
with Tap() as tap, desk:
    world, routes = World(desk), staff_routes(desk)
    tap.equal({w: sorted(n for n, id in world.id.items() if id in world.visible(w)) for w in READERS + ("nadia", "admin")},
              {"amal": ["elsewhere", "open", "proposed", "returned", "twin", "unit", "unit-named"], "samir": sorted(world.id), "omar": ["unit"],
               "hind": ["unit", "unit-named"], "zineb": ["elsewhere"], "nadia": [], "admin": []}, "the reports are as secret as they are meant to be")
    seen = {w: sorted(n for n, id in world.id.items() if world.crew.browser[w].ask(f"/en/staff/reports/{id}").status == 200) for w in READERS}
    tap.equal(seen, {w: sorted(n for n, id in world.id.items() if id in world.visible(w)) for w in READERS}, "each sees theirs, by the pages as by the tables")
    told_by_mail(tap, world)
    paths, forms, own, read = shapes(world.crew, routes)
    tap.note(sorted(paths))
    tap.note(sorted(s for s, _ in forms))
    for who in READERS + ("nadia", "admin"):
        if world.hidden(who):
            hidden_reports(tap, world, who, paths, forms)
            nowhere_listed(tap, world, who, read[who])
        hidden_things(tap, world, who, own[who])
    other_sides(tap, world)
    small_things(tap, world)
    as_long(tap, world, counter)
    words = [line for line in desk.desk.output().splitlines() if "rror" in line]
    tap.equal(words[:5], [], "the desk says nothing of errors")
