#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two front ends on one PostgreSQL and one key process: what is sent to one is seen through the other, and of two people who
do the same thing at the same moment, one through each, one has done it; no letter goes out twice; the audit trail that
both write holds together."""
import glob, os, re, sys, tempfile, threading

sys.dont_write_bytecode = True
import postgres
from checklab import Crew
from desklab import Browser, Desk
from hisnflow import Tap, free_port, wait_until

CASES = 12


class Second(Desk):
    """Another front end beside a desk: its database, its key process."""

    def __init__(self, first, port, config):
        super().__init__(port, database=first.database, config=config)
        with open(f"{self.folder}/desk.yaml") as f:
            text = f.read().replace(self.socket, first.socket)
        with open(f"{self.folder}/desk.yaml", "w") as f:
            f.write(text)

    def __enter__(self):
        self.start_desk()
        return self


def rows_of(server):
    value = lambda s: bytes.fromhex(s[2:]) if s.startswith("\\x") else int(s) if re.fullmatch(r"-?\d+", s) else s
    return lambda sql: [tuple(map(value, line.split("|"))) for line in server.sql("desk", sql).splitlines()]


def elsewhere(browser, desk):
    """The same person, with the same session, through another front end."""
    other = Browser(desk)
    other.cookies = dict(browser.cookies)
    return other


def both(*what):
    """At the same moment; their results."""
    gate, got = threading.Barrier(len(what)), [None] * len(what)

    def one(i):
        gate.wait()
        try:
            got[i] = what[i]()
        except Exception as e:  # told by the test that looks at it
            got[i] = e
    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(what))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return got


def arriving(tap, a, b):
    """(id of each report)"""
    words = {}

    def send(desk):
        page = desk.get("/en/report/other").submit({"words": "a few words"}, go="next")
        while "send" not in page.form().get("go", []):
            page = page.submit({}, go="next")
        return page.submit(go="send").words()
    for _ in range(CASES // 2):
        for desk, got in zip((a, b), both(lambda: send(a), lambda: send(b))):
            words[tuple(got)] = desk
    ids = [i.hex() for i, in a.rows("SELECT id FROM report")]
    tap.equal((len(words), len(ids), {len(w) for w in words}), (CASES, CASES, {9}), "each report sent through either has its nine words")
    wrong = [w for w, desk in words.items() if 'class="status"' not in
             (b if desk is a else a).get("/en/receipt").submit({"typed": " ".join(w)}, go="open").body]
    tap.equal(wrong, [], "and they open it through the other")
    return ids


def sessions(tap, crew, b):
    seen = {who: elsewhere(browser, b).get("/en/staff").status for who, browser in crew.browser.items()}
    tap.equal(set(seen.values()), {200}, "who signed in at one is signed in at the other")


def form(browser, path, action):
    """(the page, the place of the form): without a page of its own it is a button of the case's page."""
    page = browser.get(f"/en{path}/do/{action}")
    if page.at(f"{path}/do/{action}") is None:
        page = browser.get(f"/en{path}")
    return page, page.at(f"{path}/do/{action}")


def at_once(tap, a, action, cases, one, two, fields, expect):
    """Two people, each with the form in front of them, press at the same moment. expect: the case's row afterwards."""
    wrong = []
    for id in cases:
        path = f"/staff/reports/{id}"
        (page, at), (other, there) = form(one, path, action), form(two, path, action)
        got = both(lambda: page.submit(fields, at=at), lambda: other.submit(fields, at=there))
        won = [g for g in got if not isinstance(g, Exception) and g.status == 200]
        lost = [g for g in got if not isinstance(g, Exception) and g.status in (409, 422)]
        row = a.rows(f"SELECT state, version FROM report WHERE id = '\\x{id}'")
        done = a.rows(f"SELECT count(*) FROM audit WHERE action = 'case.{action}' AND report = '\\x{id}'")
        if len(won) != 1 or len(lost) != 1 or row != [expect] or done != [(1,)]:
            wrong.append((id[:8], [getattr(g, "status", g) for g in got], row, done))
    tap.equal(wrong, [], f"{action} by two at once, one through each front end: one has done it, the other is told ({len(cases)} cases)")


def deeds(tap, a, b, crew, cases):
    amal, samir = crew.browser["amal"], elsewhere(crew.browser["samir"], b)
    at_once(tap, a, "take", cases, amal, samir, {}, ("triage", 1))
    at_once(tap, a, "assess", cases, amal, samir, {}, ("assessing", 2))
    at_once(tap, a, "confirm", cases[:6], amal, samir, {"classification": "baseline", "offence": "CSAM_DIST", "text": "planted assessment"}, ("confirmed", 3))
    messages = a.rows("SELECT count(*), count(DISTINCT (report, number)) FROM message WHERE seq > 0")[0]
    tap.equal(messages, (6, 6), "and each assessment is there once")
    queue = [sorted(re.findall(r"/staff/reports/([0-9a-f]{32})", who.get("/en/staff/reports?which=all").body)) for who in (amal, samir)]
    tap.ok(queue[0] == queue[1] and len(set(queue[0])) == CASES, "both show the same queue")


def letters(tap, a, crew, confirmed, folder):
    """A referral to a unit tells its officer by mail: the outbox is emptied by both."""
    crew.with_mail()
    for id in confirmed:
        path = f"/staff/reports/{id}/refer"
        page = crew.browser["amal"].get("/en" + path)
        done = page.submit({"unit": "MA-CAS", "text": "please look after it", "names_seen": "yes"}, at=page.at(path))
        if done.status != 200:
            raise RuntimeError(f"refer: {done.status} {done.text[-300:]}")
    waiting = lambda: a.rows("SELECT count(*) FROM outbox")[0][0]
    wait_until(lambda: waiting() == 0, 150, 0.5)
    sent = [open(p, errors="replace").read() for p in glob.glob(f"{folder}/took.*") if not p.endswith(".tmp")]
    ids = re.findall(r"^Message-ID: (\S+)", "\n".join(sent), re.M)
    tap.ok(waiting() == 0 and ids and len(ids) == len(set(ids)), f"{len(ids)} letters went out, none of them twice", (waiting(), len(ids), len(set(ids))))


def ended(tap, a, b, crew):
    amal = elsewhere(crew.browser["amal"], b)
    page = crew.browser["amal"].get("/en/staff")
    page.submit({}, at=page.at("/staff/sign-out"))
    tap.equal(amal.ask("/en/staff").status, 303, "who signs out at one is signed out at the other")


def trail(tap, a):
    first, last, n, heads = a.rows("SELECT min(seq), max(seq), count(*), count(DISTINCT chain) FROM audit")[0]
    tap.ok(last - first + 1 == n == heads, f"the trail's {n} entries have no gap, and no entry follows another twice", (first, last, n, heads))
    tap.ok("entries" in a.run("hisn-desk", "audit", "verify"), "and `hisn desk audit verify` says that it holds together")


def stand_in(folder):
    with open(f"{folder}/sendmail", "w") as f:
        f.write(f"#!/bin/sh\nPATH=/usr/bin:/bin\ncat >{folder}/took.$$.tmp; mv {folder}/took.$$.tmp {folder}/took.$$\n")
    os.chmod(f"{folder}/sendmail", 0o755)
    os.chmod(folder, 0o777)
    return f'mail: {{sendmail: "{folder}/sendmail", from: desk@desk.example, base: "https://desk.example"}}\n'


with Tap() as tap, tempfile.TemporaryDirectory(prefix="hisn-mta-") as folder:
    if not postgres.available():
        tap.skip("two front ends on one PostgreSQL", "PostgreSQL is not installed")
    else:
        config = stand_in(folder)
        with postgres.Postgres() as server, Desk(free_port(18350, 18354), database=server.where("desk"), config=config, keys=["--password-memory", "8"]) as a:
            a.rows = rows_of(server)
            crew = Crew(a)
            with Second(a, free_port(18355, 18359), config) as b:
                cases = arriving(tap, a, b)
                sessions(tap, crew, b)
                deeds(tap, a, b, crew, cases)
                letters(tap, a, crew, cases[:6], folder)
                ended(tap, a, b, crew)
                trail(tap, a)
                log = "".join(p.output() for p in (a.desk, b.desk, a.keys))
                tap.equal([line for line in log.splitlines() if "rror" in line][:5], [], "neither said anything of errors")
