#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every role tries every staff route that the program itself lists, and every key every call of the
API. EXPECTED says who may; everything else must be refused, and stand in the audit trail. A route without an
expectation fails the test. Forms are sent with a good token, so that it is the role that is refused."""
import base64, hashlib, json, re, struct, sys, time, urllib.parse, urllib.request

sys.dont_write_bytecode = True
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import (ADMINISTRATOR, ANALYST, AUDITOR, OFFICER, SUPERVISOR, administrator, confirm, enrolled, fingerprint, founded, invited,
                      join, signed_in)

READERS = {"analyst", "supervisor", "officer", "unit supervisor"}
NATIONAL = {"analyst", "supervisor"}
SUPERVISORS = {"supervisor", "unit supervisor"}
ADMIN = {"administrator"}
ANYBODY = READERS | ADMIN | {"auditor"}
SIGNED = ANYBODY | {"half"}          # also before the second factor
PUBLIC = SIGNED | {"nobody"}
FIGURES = NATIONAL | ADMIN | {"auditor"}
ACTORS = ["analyst", "supervisor", "officer", "unit supervisor", "auditor", "administrator", "half", "nobody"]

EXPECTED = {
    "/staff": ANYBODY, "/staff/sign-in": PUBLIC, "/staff/sign-out": SIGNED, "/staff/join/:token": PUBLIC, "/staff/reset/:token": PUBLIC,
    "/staff/second": SIGNED, "/staff/factor": ANYBODY, "/staff/factor/codes": ANYBODY, "/staff/me": ANYBODY, "/staff/sessions": ANYBODY,
    "/staff/sessions/end": ANYBODY, "/staff/sessions/others": ANYBODY, "/staff/password": ANYBODY,
    "/staff/members": ANYBODY, "/staff/members/confirm": READERS, "/staff/members/invite": ADMIN, "/staff/members/:member": READERS,
    "/staff/members/:member/share": READERS, "/staff/members/:member/factor": SUPERVISORS, "/staff/members/:member/reset": SUPERVISORS,
    "/staff/members/:member/leave": ANYBODY,
    "/staff/settings": ADMIN, "/staff/settings/open": ADMIN, "/staff/partners": ADMIN, "/staff/partners/revoke": ADMIN,
    "/staff/report": READERS, "/staff/report/:kind": READERS, "/staff/reports": READERS, "/staff/views": READERS, "/staff/views/remove": READERS,
    "/staff/search": READERS, "/staff/tasks": READERS, "/staff/reports/:id": READERS, "/staff/reports/:id/open": READERS,
    "/staff/reports/:id/like": NATIONAL, "/staff/reports/:id/refer": NATIONAL, "/staff/reports/:id/do/:action": READERS,
    "/staff/figures": FIGURES, "/staff/figures.csv": FIGURES, "/staff/figures.json": FIGURES,
    "/staff/directory": NATIONAL, "/staff/directory/region/:code": NATIONAL, "/staff/directory/kind/:kind": NATIONAL,
    "/staff/directory/unit/:code": {"supervisor"}, "/staff/directory/new/:kind": {"supervisor"}, "/staff/directory/recipient/:id": {"supervisor"},
    "/staff/notices": NATIONAL, "/staff/notices/new/:report": NATIONAL, "/staff/notices/:id": NATIONAL,
    "/staff/wall": READERS, "/staff/pause": READERS, "GET /staff/roster": READERS, "POST /staff/roster": SUPERVISORS,
    "/staff/roster/remove": SUPERVISORS, "/staff/handover": READERS, "/staff/handover/cases": READERS, "/staff/handover/:id/open": READERS,
    "/staff/requests": NATIONAL, "/staff/requests/:id": NATIONAL, "/staff/requests/new": NATIONAL, "/staff/requests/:id/end": NATIONAL,
    "/staff/requests/:id/open": NATIONAL,
}
# Which scope a call needs; None: none.
API = {"GET /api/v1/openapi.json": None, "POST /api/v1/reports": "reports:write", "POST /api/v1/status": "reports:read",
       "GET /api/v1/status": "reports:read", "POST /api/v1/answers": "reports:write"}
NONE = "0" * 32
SAMPLE = {":id": NONE, ":report": NONE, ":member": "500", ":token": "x" * 43, ":kind": "other", ":code": "MA-06"}


def routes(desk):
    return [(r["method"], r["path"]) for r in map(json.loads, desk.run("hisn-desk", "routes").splitlines())]


def expected(method, path):
    return EXPECTED.get(f"{method} {path}", EXPECTED.get(path))


def token(browser, path):
    """As web_csrf makes it: of the cookie, the path, the day."""
    secret = hashlib.blake2b(browser.cookies["hisn"].encode(), key=b"csrf", digest_size=32).digest()
    h = hashlib.blake2b(b"hisn form\0" + path.encode() + b"\0" + struct.pack("<q", int(time.time()) // 86400), key=secret, digest_size=32)
    return base64.urlsafe_b64encode(h.digest()).decode().rstrip("=")


def ask(browser, method, path):
    address = path if path.endswith((".csv", ".json")) else "/en" + path
    fields = {"csrf": token(browser, path)} if "hisn" in browser.cookies else {}
    return browser.ask(address, urllib.parse.urlencode(fields).encode() if method == "POST" else None)


def refused_rows(desk):
    return desk.rows("SELECT count(*) FROM audit WHERE action = 'refused' AND detail <> 'token'")[0][0]


def came(desk, admin, by, name, role, unit="national"):
    told = fingerprint(join(desk, invited(admin, role, name, unit), name))
    for c in by if told else ():
        confirm(c, name.title(), told)
    return signed_in(desk, name)[0]


def actors(desk):
    admin = administrator(desk)
    b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR})
    a = {"analyst": b["amal"], "supervisor": b["samir"], "administrator": admin, "nobody": Browser(desk),
         "officer": came(desk, admin, b.values(), "hiba", OFFICER, "MA-CAS"),
         "unit supervisor": came(desk, admin, b.values(), "ilyas", SUPERVISOR, "MA-CAS"), "auditor": came(desk, admin, (), "omar", AUDITOR)}
    yara = came(desk, admin, b.values(), "yara", ANALYST)
    enrolled(yara)
    a["half"] = signed_in(desk, "yara")[0]
    return a


def tried(desk, who, browser, method, path):
    """(may, what went wrong): may is by the answer; a refusal must be in the trail, one of them."""
    before = refused_rows(desk)
    kept = dict(browser.cookies)
    page = ask(browser, method, path)
    browser.cookies = kept
    to = re.sub(r"^/(en|fr|ar)/", "/", urllib.parse.urlsplit(page.headers["Location"] or "").path)
    told = refused_rows(desk) - before
    if path in ("/staff/sign-in", "/staff/sign-out") and who != "nobody":
        return page.status != 403 or path == "/staff/sign-in", None  # a wrong password is 403, signing out leads to signing in
    if who == "nobody":
        return to != "/staff/sign-in", None
    no = page.status == 403 or to in ("/staff/sign-in", "/staff/second")
    if path == "/staff/second":
        return True, None  # the page itself, and who needs it no more is led on
    if who == "half" and path == "/staff/factor":
        return to != "/staff/second", None
    wrong = not told if no else told and page.status != 404  # a case that is not there is told too: it may be somebody's
    return not no, f"{page.status}, {told} entries in the audit trail" if wrong or told > 1 else None


def one_role(tap, desk, who, browser, all_routes):
    wrong = []
    for method, path in all_routes:
        want = who in expected(method, path)
        sample = dict(SAMPLE, **{":action": "accept" if who in ("officer", "unit supervisor") else "take"})
        concrete = re.sub(r":\w+", lambda m: sample[m.group(0)], path)
        may, problem = tried(desk, who, browser, method, concrete)
        if may != want:
            wrong.append(f"{method} {path}: {'may' if may else 'may not'}, should {'' if want else 'not '}")
        elif problem:
            wrong.append(f"{method} {path}: {problem}")
    tap.equal(wrong, [], f"{who}: {len(all_routes)} routes as expected, what is refused is audited")


def call(desk, method, path, key):
    head = {"Content-Type": "application/json", "Idempotency-Key": "matrix-1"}
    if key:
        head["Authorization"] = f"Bearer {key}"
    return desk._ask(urllib.request.Request(desk.base + path, b"{}" if method == "POST" else None, head))


def api(tap, desk, admin, all_routes):
    page = admin.get("/en/staff/partners")
    made = page.submit({"organisation": "Partner"}, at=page.at("/staff/partners"))
    key = re.search(r'<code><bdi dir="ltr">([^<]+)<', made.body).group(1)
    calls = [(m, p) for m, p in all_routes if p.startswith("/api/")]
    tap.equal([f"{m} {p}" for m, p in calls if f"{m} {p}" not in API], [], "each call of the API has an expectation")
    for scopes in ("", "reports:write", "reports:read", "reports:write reports:read", "reports:writer xreports:read"):
        desk.write("UPDATE partner_key SET scopes = ?", scopes)
        wrong = []
        for m, p in calls:
            need = API[f"{m} {p}"]
            before = desk.rows("SELECT count(*) FROM audit WHERE action = 'api.refused'")[0][0]
            status = call(desk, m, p, key).status
            told = desk.rows("SELECT count(*) FROM audit WHERE action = 'api.refused'")[0][0] - before
            may = need is None or need in scopes.split()
            if (status not in (401, 403)) != may or told != (not may):
                wrong.append(f"{m} {p}: {status}, {told} entries")
        tap.equal(wrong, [], f"a key with '{scopes}' may what it says, and nothing else")
    tap.equal({call(desk, m, p, k).status for m, p in calls if API[f"{m} {p}"] for k in (None, "not-a-key")}, {401}, "without a key, or with another: 401")
    desk.write("UPDATE partner_key SET revoked = 1")
    tap.equal({call(desk, m, p, key).status for m, p in calls if API[f"{m} {p}"]}, {401}, "a revoked one: 401")


with Tap() as tap, Desk(free_port(18380, 18389), keys=["--password-memory", "8"]) as desk:
    everything = routes(desk)
    staff = [(m, p) for m, p in everything if p.startswith("/staff")]
    staff.sort(key=lambda r: r[1] == "/staff/sign-out")  # last: it ends the session
    tap.equal([f"{m} {p}" for m, p in staff if expected(m, p) is None], [], f"each of {len(staff)} staff routes has an expectation")
    a = actors(desk)
    tap.equal(sorted(a), sorted(ACTORS), "somebody in every role")
    for who in ACTORS:
        if who != "administrator":
            one_role(tap, desk, who, a[who], staff)
    api(tap, desk, a["administrator"], everything)
    one_role(tap, desk, "administrator", a["administrator"], staff)
    desk.desk.stop()
    tap.ok(desk.rows("SELECT 1 FROM audit WHERE member = 0 AND detail LIKE '% without a session'"), "who has no session is counted, in one entry")
    desk.start_desk()
