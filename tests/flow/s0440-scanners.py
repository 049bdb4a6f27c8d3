#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""wapiti and sqlmap over the pages of staff, signed in as each role, on loopback and for a bounded time: nothing of medium or
above. First both have to find the holes of a planted site through the same calls; afterwards what they asked for is
held against the program's own routes, and each session must have lasted to the end.

sqlmap attacks each field of every form and query, and each part of a path that is a parameter: on SQLite for every role
(thoroughly once, by the first who has it), on PostgreSQL for each once."""
import concurrent.futures, re, shutil, sys, tempfile, time, urllib.parse

sys.dont_write_bytecode = True
import postgres
from checklab import COOKIE, Crew, bare, busy, cookie_of, crawl, filled, route_of, staff_routes
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from scanlab import Found, Planted, Request, sqlmap, tested, wapiti

MEDIUM = 2
TOGETHER = 2  # scanners at a time: two cores
# Would end the scanner's own session, take its second factor or its colleagues away, or wait for Argon2id each time.
LEAVES = ("/staff/sign-out", "/staff/sessions/end", "/staff/sessions/others", "/staff/password", "/staff/factor", "/staff/factor/codes",
          "/staff/second", "/staff/members/:member/leave", "/staff/members/:member/reset", "/staff/members/:member/factor", "/staff/sign-in",
          "/staff/join/:token", "/staff/reset/:token")
# (name of the finding, path): why it is none.
EXCEPTIONS = {
    ("Cross Site Request Forgery", "/staff/report/:kind"): "its sealed state takes the place of a token: b0410",
    ("Cross Site Request Forgery", "/staff/members/:member/share"): "of a member who is not confirmed yet it is refused with the right token too",
}


def leaves(path):
    return any(route_of([("POST", r)], "POST", path) for r in LEAVES)


def marked(route, path):
    """A '*' after the first part of the path that is a parameter."""
    parts = path.split("/")
    at = next(i for i, p in enumerate(route.split("/")) if p.startswith(":"))
    parts[at] += "*"
    return "/".join(parts)


class Scope:
    """What one person can reach: paths to begin at, requests to attack."""

    def __init__(self, crew, who, routes):
        self.who, self.cookie = who, f"{COOKIE}={cookie_of(crew.browser[who])}"
        forms, self.pages = crawl(crew.browser[who], who, routes, each=2)
        self.requests, seen = [], set()
        for f in forms:
            at = f.action.split("?")[0]
            key = route_of(routes, "POST", at), tuple(sorted({k for k, _ in f.pairs}))
            if key in seen or leaves(at):
                continue
            seen.add(key)
            self.requests.append(Request("POST", "/en" + f.action, filled(f.pairs)))
        for route, paths in self.pages.items():
            self._queries(paths)
            if ":" in route and not leaves(paths[0].split("?")[0]):
                self.requests.append(Request("GET", "/en" + marked(route, paths[0].split("?")[0])))
        self.requests = [q for q in self.requests if q.has_field()]

    def _queries(self, paths):
        with_query = {tuple(sorted(dict(urllib.parse.parse_qsl(p.partition("?")[2])))): p for p in paths if "?" in p}
        for p in with_query.values():
            self.requests.append(Request("GET", "/en" + p))

    def starts(self):
        return ["/en" + p for paths in self.pages.values() for p in paths[:2]]

    def reached(self, asked, routes, good=(200, 303, 404, 409, 413, 422, 429)):
        """{(method, route)} that came past signing in and CSRF."""
        out = set()
        for line, statuses in asked.items():
            if line == "all":
                continue
            method, path = line.split(" ", 1)
            route = route_of(routes, method, bare(path.replace("*", "")))
            if route and any(s in good for s in statuses):
                out.add((method, route))
        return out


def planted(tap, folder):
    cookie = "P" * 43
    site = Planted(free_port(18230, 18239), cookie)
    base = f"http://127.0.0.1:{site.server_address[1]}"
    found = sqlmap(f"{folder}/planted-sql", base, f"{COOKIE}={cookie}",
                   [Request("POST", "/en/staff/search", [("csrf", "x"), ("typed", "planted")]), Request("POST", "/en/staff/note", [("csrf", "x"), ("text", "y")])], "SQLite")
    tap.ok(any("typed" in str(f) for f in found.findings), "sqlmap finds SQL made of a field behind a cookie", found.said[-1500:])
    found = sqlmap(f"{folder}/planted-out", base, f"{COOKIE}=other", [Request("POST", "/en/staff/search", [("csrf", "x"), ("typed", "planted")])], "SQLite")
    tap.equal(found.findings, [], "and without the cookie it does not: the cookie is what lets it in")
    found = wapiti(f"{folder}/planted-web", base, f"{COOKIE}={cookie}", ["/en/staff"], [], 10, 10, "sql,xss,csrf")
    names = {(name, path) for level, name, _, path, *_ in found.findings if level >= MEDIUM}
    tap.ok({("Cross Site Scripting", "/en/staff/note"), ("Cross Site Request Forgery", "/en/staff/note")} <= names,
           "wapiti finds text put out unescaped, and a token that nobody checks", names)
    site.shutdown()


def judged(tap, desk, routes, who, what, found):
    """Findings that are no exception."""
    bad = []
    for f in found.findings:
        if f[0] == "sqlmap" or f[0] >= MEDIUM:
            route = "sqlmap" if f[0] == "sqlmap" else route_of(routes, f[2], bare(f[3]))
            if f[0] == "sqlmap" or (f[1], route) not in EXCEPTIONS:
                bad.append(f)
    tap.equal(bad[:10], [], f"{what} as {who}: nothing of medium or above")


def with_wapiti(folder, desk, scope):
    without = ["/en" + re.sub(r":[^/]+", "*", r) for r in LEAVES] + ["/fr*", "/ar*", "/en/report*", "/en/receipt*", "/en/child*", "/en/exit", "/exit"]
    return wapiti(f"{folder}/web-{scope.who}", desk.base, scope.cookie, scope.starts(), without)


def on_both_levels(folder, desk, role, scope, done):
    """What nobody attacked before at the third level, the rest at the first."""
    new = [q for q in scope.requests if done[q.key()] == role]
    old = [q for q in scope.requests if done[q.key()] != role]
    one = sqlmap(f"{folder}/sql-{role}", desk.base, scope.cookie, new, "SQLite")
    two = sqlmap(f"{folder}/sql1-{role}", desk.base, scope.cookie, old, "SQLite", level=1)
    one.asked["all"].update(two.asked.pop("all"))
    one.asked.update(two.asked)
    return Found(one.findings + two.findings, one.asked, one.said + two.said)


def on_sqlite(tap, folder):
    # The quick way out must not lead the scanner to anybody.
    with Desk(free_port(18220, 18229), config='quick_exit: "https://127.0.0.1:9/"\n', keys=["--password-memory", "8"]) as desk:
        crew, routes = Crew(desk), staff_routes(desk)
        busy(desk, crew)
        scopes = {role: Scope(crew, who, routes) for role, who in Crew.roles.items()}
        tap.note({role: f"{len(s.requests)} requests, {len(s.pages)} pages" for role, s in scopes.items()})
        done = {}
        for role, s in scopes.items():
            for q in s.requests:
                done.setdefault(q.key(), role)
        with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
            at = time.monotonic()
            sql = {role: pool.submit(on_both_levels, folder, desk, role, s, done) for role, s in scopes.items()}
            web = {role: pool.submit(with_wapiti, folder, desk, s) for role, s in scopes.items()}
            sql, web = {k: v.result() for k, v in sql.items()}, {k: v.result() for k, v in web.items()}
            tap.note(f"{time.monotonic() - at:.0f} s")
        everywhere = set()
        for role, s in scopes.items():
            judged(tap, desk, routes, role, "sqlmap", sql[role])
            judged(tap, desk, routes, role, "wapiti", web[role])
            reached = {"sqlmap": s.reached(sql[role].asked, routes), "wapiti": s.reached(web[role].asked, routes)}
            everywhere |= reached["sqlmap"] | reached["wapiti"]
            tap.note(f"{role}: sqlmap {sum(sql[role].statuses().values())} requests to {len(reached['sqlmap'])} routes, "
                     f"{tested(sql[role].said)} fields, {sql[role].statuses()}; wapiti {len(reached['wapiti'])} routes, {web[role].said.count('Launching module')} modules")
            want = {("GET", r) for r in s.pages if not leaves(r)}
            tap.equal(sorted(want - reached["wapiti"]), [], f"wapiti was on each page that the {role} has ({len(want)})")
            want = {(q.method, route_of(routes, q.method, bare(q.path.replace("*", "").split("?")[0]))) for q in s.requests}
            tap.equal(sorted(want - reached["sqlmap"]), [], f"sqlmap attacked each form of theirs ({len(want)})")
            still = Browser(desk)
            still.cookies[COOKIE] = s.cookie.split("=", 1)[1]
            tap.equal(still.ask("/en/staff").status, 200, f"the {role} was signed in to the end")
        tap.ok(desk.desk.alive() and desk.get("/en/").status == 200, "the desk is still there")
        words = [line for line in desk.desk.output().splitlines() if "rror" in line or "anitizer" in line]
        tap.equal(words[:5], [], "and said nothing of errors")
        return everywhere


def on_postgres(tap, folder):
    with postgres.Postgres() as server, Desk(free_port(18220, 18229), database=server.where("desk"), keys=["--password-memory", "8"]) as desk:
        value = lambda s: bytes.fromhex(s[2:]) if s.startswith("\\x") else int(s) if s.isdigit() else s
        desk.rows = lambda sql: [tuple(map(value, line.split("|"))) for line in server.sql("desk", sql).splitlines()]
        crew, routes = Crew(desk), staff_routes(desk)
        busy(desk, crew)
        done, jobs = set(), []
        for role, who in Crew.roles.items():
            s = Scope(crew, who, routes)
            s.requests = [q for q in s.requests if q.key() not in done and not done.add(q.key())]
            if s.requests:
                jobs.append((role, s))
        with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
            for (role, s), found in zip(jobs, pool.map(lambda j: sqlmap(f"{folder}/pg-{j[0]}", desk.base, j[1].cookie, j[1].requests, "PostgreSQL"), jobs)):
                judged(tap, desk, routes, role, "sqlmap on PostgreSQL", found)
                tap.note(f"{role}: {sum(found.statuses().values())} requests, {tested(found.said)} fields, {found.statuses()}")
                tap.ok(tested(found.said) >= len(s.requests) // 2, f"with a verdict on {tested(found.said)} fields", found.said[-1500:])
        log = open(server.log, errors="replace").read()
        tap.equal([line for line in log.splitlines() if "syntax error" in line][:3], [], "no statement was broken by a field")


with Tap() as tap:
    if not shutil.which("wapiti") or not shutil.which("sqlmap"):
        tap.skip("wapiti and sqlmap over the pages of staff", "they are not installed")
    else:
        folder = tempfile.mkdtemp(prefix="hisn-scan-")
        try:
            planted(tap, folder)
            on_sqlite(tap, folder)
            if postgres.available():
                on_postgres(tap, folder)
            else:
                tap.skip("sqlmap on PostgreSQL", "PostgreSQL is not installed")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
