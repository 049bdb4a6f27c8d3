# SPDX-License-Identifier: Apache-2.0
"""The staff's pages over HTTP, with a real key process and people who are signed in, on a database of many reports: what
desk_queue.py times of the database alone, as a browser gets it. One connection, which stays open.

    with Pages(where) as pages:   # then fill the database
        pages.timed()             # [{"name", "p50_ms", "p95_ms", "rows", "bytes"}]"""
import http.client, os, re, sys, time, urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT + "/tests/flow")
from desklab import Desk
from hisnflow import free_port
from stafflab import ANALYST, OFFICER, SUPERVISOR, administrator, confirm, fingerprint, founded, invited, join, signed_in

RUNS = 41
LISTS = ("", "?which=all", "?which=mine", "?which=unassigned", "?which=late", "?priority=3", "?state=confirmed", "?kind=travel", "?region=MA-05",
         "?which=all&state=closed", "?which=all&priority=1&kind=address&region=MA-12")


def percentile(took, part):
    return sorted(took)[min(len(took) * part // 100, len(took) - 1)] * 1000


class Pages:
    def __init__(self, where=None):
        self.desk = Desk(free_port(18360, 18369), database=where, keys=["--password-memory", "8"])

    def __enter__(self):
        self.desk.__enter__()
        admin = administrator(self.desk)
        self.people = founded(self.desk, admin, {"amal": ANALYST, "samir": SUPERVISOR})
        number = fingerprint(join(self.desk, invited(admin, OFFICER, "omar", "MA-CAS"), "omar"))
        for who in ("amal", "samir"):
            confirm(self.people[who], "Omar", number)
        self.people["omar"] = signed_in(self.desk, "omar")[0]
        self.people["admin"] = admin
        return self

    def __exit__(self, *args):
        self.desk.__exit__(*args)

    def _one(self, who, path, pairs=None):
        """Times of RUNS requests after two to warm; the last answer's text."""
        browser = self.people[who]
        line = http.client.HTTPConnection("127.0.0.1", self.desk.port, timeout=60)
        head = {"Cookie": "; ".join(f"{k}={v}" for k, v in browser.cookies.items())}
        body = None
        if pairs:
            head["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(pairs)
        took = []
        for i in range(-2, RUNS):
            at = time.perf_counter()
            line.request("POST" if pairs else "GET", path, body, head)
            answer = line.getresponse()
            text = answer.read().decode()
            if i >= 0:
                took.append(time.perf_counter() - at)
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}\n{text[:500]}")
        line.close()
        return took, text

    def _row(self, name, who, path, pairs=None):
        took, text = self._one(who, path, pairs)
        return {"name": f"{who}, {name}", "p50_ms": percentile(took, 50), "p95_ms": percentile(took, 95),
                "rows": len(set(re.findall(r"/staff/reports/[0-9a-f]{32}\"", text))), "bytes": len(text)}

    def timed(self):
        rows = [self._row("floor: a page without reports", "amal", "/en/staff/sign-in")]
        rows += [self._row(f"queue {q or 'as it opens'}", "amal", "/en/staff/reports" + q) for q in LISTS]
        rows += [self._row("first page with its counts", who, "/en/staff") for who in ("amal", "samir", "omar", "admin")]
        rows += [self._row(f"queue {q or 'as it opens'}", "omar", "/en/staff/reports" + q) for q in ("", "?which=late")]
        rows += [self._row("wall", "samir", "/en/staff/wall"), self._row("tasks", "samir", "/en/staff/tasks")]
        form = self.people["amal"].get("/en/staff/search")
        at = form.at("/staff/search")
        for typed in ("00a1b2", "https://rare.example/x", "instagram some.name"):
            rows.append(self._row(f"search {typed}", "amal", "/en/staff/search", form.posted({"typed": typed}, at=at)))
        return rows
