#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sessions of staff: no id from outside is ever adopted, cookies are as narrow as cookies can be, sessions end; and
no form that changes something is taken from anywhere but its own page: every POST of the program's own routes, for
each role, without a token and with every kind of wrong one. Nothing changes in the database, and each is audited."""
import re, sys, urllib.parse, urllib.request

sys.dont_write_bytecode = True
from checklab import COOKIE, Crew, busy, changed, cookie_of, crawl, csrf_token, filled, picture, refusals, route_of, staff_routes
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import PASSWORD, enrolled, second, signed_in, totp

IDLE, LONGEST = 15 * 60, 12 * 3600
SIGN_IN = "/en/staff/sign-in"


def raw_sign_in(desk, who, headers=None, password=PASSWORD):
    body = urllib.parse.urlencode({"name": who, "password": password}).encode()
    return desk._ask(urllib.request.Request(desk.base + SIGN_IN, body, headers or {}))


def set_cookies(page):
    return page.headers.get_all("Set-Cookie") or []


def value_of(line):
    return line.split(";")[0].split("=", 1)[1]


def sessions(desk):
    return desk.rows("SELECT hash, member FROM staff_session")


def opens(desk, cookie, name=COOKIE, headers=None):
    """The status of the first page with nothing but this cookie."""
    request = urllib.request.Request(desk.base + "/en/staff", None, dict(headers or {}, Cookie=f"{name}={cookie}"))
    return desk._ask(request).status


def fixation(tap, desk, crew):
    planted = "A" * 43
    b = Browser(desk)
    b.cookies[COOKIE] = planted
    page = b.get(SIGN_IN)
    tap.equal((page.status, set_cookies(page)), (200, []), "the page to sign in sets no cookie and takes none")
    before = len(sessions(desk))
    b.post(SIGN_IN, [("name", "amal"), ("password", "a wrong password here")])
    tap.equal((b.cookies[COOKIE], len(sessions(desk))), (planted, before), "a wrong password makes no session and no cookie")
    home = b.post(SIGN_IN, [("name", "amal"), ("password", PASSWORD)])
    fresh = cookie_of(b)
    tap.ok(home.status == 200 and fresh != planted and len(fresh) == 43, "signing in makes an id of its own", home.text[-300:])
    tap.equal(opens(desk, planted), 303, "the one that was planted opens nothing")
    again = Browser(desk)
    again.cookies[COOKIE] = fresh
    again.post(SIGN_IN, [("name", "amal"), ("password", PASSWORD)])
    tap.ok(cookie_of(again) != fresh and opens(desk, cookie_of(again)) == 200, "signing in again makes another one")
    tap.equal(opens(desk, fresh), 303, "and ends the one before")
    # Somebody's own session, put into a colleague's browser: it stays theirs, and is never raised to the colleague's.
    own = cookie_of(crew.again("amal"))
    victim = Browser(desk)
    victim.cookies[COOKIE] = own
    home = victim.post(SIGN_IN, [("name", "samir"), ("password", PASSWORD)])
    who = Browser(desk)
    who.cookies[COOKIE] = own
    tap.ok("Samir" in home.text and "Samir" not in who.get("/en/staff").text, "a colleague's session in a browser does not become whose password is typed")
    return fresh


def attributes(tap, desk):
    line = set_cookies(raw_sign_in(desk, "amal"))
    tap.equal(len(line), 1, "one cookie")
    have = {a.strip().lower() for a in line[0].split(";")[1:]}
    tap.equal(have, {"httponly", "samesite=strict", "path=/"}, "over plain HTTP: for no script, no other site, this host, until the browser ends")
    line = set_cookies(raw_sign_in(desk, "amal", {"X-Forwarded-Proto": "https"}))
    tap.ok(line[0].startswith(COOKIE + "=") and "secure" not in line[0].lower(), "without a proxy in the configuration its header says nothing", line)
    plain = desk.rows("SELECT count(*) FROM staff_session WHERE hash = ?", value_of(line[0]).encode())[0][0]
    tap.equal(plain, 0, "the cookie itself is not in the database")
    stolen = [(h.hex(), h) for h, _ in sessions(desk)]
    tap.equal({opens(desk, text) for text, _ in stolen}, {303}, "what the database has opens nothing")


def ending(tap, desk, crew):
    b = crew.again("amal")
    cookie, member = cookie_of(b), crew.member["amal"]
    desk.write("UPDATE staff_session SET seen = seen - ?", 60)
    tap.equal(opens(desk, cookie), 200, "a minute later it is still there")
    for column, seconds, what in (("seen", IDLE + 1, "a quarter of an hour without a page"), ("created", LONGEST + 1, "twelve hours")):
        cookie = cookie_of(crew.again("amal"))
        desk.write(f"UPDATE staff_session SET {column} = {column} - ? WHERE member = ?", seconds, member)
        tap.equal(opens(desk, cookie), 303, f"{what}: it is over")
        desk.write("DELETE FROM staff_session WHERE member = ?", member)
    b = crew.again("amal")
    home, cookie = b.get("/en/staff"), cookie_of(b)
    page = b.desk.ask("/en/staff/sign-out", urllib.parse.urlencode(home.posted(at=home.at("/staff/sign-out"))).encode()) \
        if hasattr(b.desk, "ask") else b.ask("/en/staff/sign-out", urllib.parse.urlencode(home.posted(at=home.at("/staff/sign-out"))).encode())
    line = set_cookies(page)
    tap.ok(page.status == 303 and line and value_of(line[0]) == "" and "max-age=0" in line[0].lower(), "signing out takes the cookie back", line)
    tap.equal((opens(desk, cookie), desk.rows("SELECT count(*) FROM staff_session WHERE member = ?", member)[0][0]), (303, 0),
              "and the old one is dead")
    # Another's keys under one's own cookie do not open: the box is the cookie's.
    a, s = crew.again("amal"), crew.again("samir")
    desk.write("UPDATE staff_session SET keys = (SELECT keys FROM staff_session WHERE member = ?) WHERE member = ?", crew.member["samir"], member)
    tap.equal((a.ask("/en/staff").status, s.ask("/en/staff").status), (303, 200), "a session's keys moved to another row open nothing")
    tap.equal(opens(desk, "A" * 4000), 303, "a very long cookie is nobody's")


def behind_proxy(tap, desk, crew):
    """As behind nginx with TLS."""
    desk.desk.stop()
    with open(f"{desk.folder}/desk.yaml", "a") as f:
        f.write("tls: { behind_proxy: true }\n")
    desk.start_desk()
    tls = {"X-Forwarded-Proto": "https"}
    line = set_cookies(raw_sign_in(desk, "amal", tls))
    have = {a.strip().lower() for a in line[0].split(";")[1:]}
    tap.ok(line[0].startswith("__Host-" + COOKIE + "="), "over TLS the cookie is bound to the host", line)
    tap.equal(have, {"httponly", "samesite=strict", "path=/", "secure"}, "and Secure")
    cookie = value_of(line[0])
    tap.equal([opens(desk, cookie, "__Host-" + COOKIE, tls), opens(desk, cookie, COOKIE, tls), opens(desk, cookie, "__Host-" + COOKIE)],
              [200, 303, 303], "only under that name, only over TLS: none set by another subdomain or over plain HTTP is read")


def elsewhere(tap, desk, crew):
    """What another site can make a browser send."""
    host = f"127.0.0.1:{desk.port}"
    good = [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": f"http://{host}"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "null"}]
    bad = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site", "Origin": f"http://{host}"}, {"Origin": "http://other.example"},
           {"Origin": "null"}, {"Origin": f"http://{host}.other.example"}, {"Origin": f"http://127.0.0.1:{desk.port + 1}"}]
    tap.equal([raw_sign_in(desk, "amal", h).status for h in good], [303] * len(good), "the form of signing in is taken from its own page")
    before = len(sessions(desk))
    pages = [raw_sign_in(desk, "amal", h) for h in bad]
    tap.equal([p.status for p in pages], [403] * len(bad), "another site signs nobody in")
    tap.equal((len(sessions(desk)), sum((set_cookies(p) for p in pages), [])), (before, []), "no session, no cookie")
    b = crew.again("admin")
    page = b.get("/en/staff/partners")
    tap.equal(page.headers["Referrer-Policy"], "same-origin", "pages of staff let their own forms say where they come from")
    tap.equal(desk.get("/en/").headers["Referrer-Policy"], "no-referrer", "those of the public do not")
    pairs = urllib.parse.urlencode(page.posted({"organisation": "Planted"}, at=page.at("/staff/partners"))).encode()
    got = [b.ask("/en/staff/partners", pairs, h).status for h in bad]
    tap.equal((got, desk.rows("SELECT count(*) FROM partner_key")[0][0]), ([403] * len(bad), 0), "a right token from another site's page is refused")
    tap.equal(b.ask("/en/staff/partners", pairs, {"Origin": f"http://{host}"}).status, 200, "and taken from this one's")
    tap.equal(b.ask("/en/staff/partners", None, {"Sec-Fetch-Site": "cross-site"}).status, 200, "a page may be asked for from anywhere")


# --- every POST --------------------------------------------------------------------------------

# Those whose form has no token, and why that is enough.
WITHOUT_TOKEN = {
    "/staff/sign-in": "nobody is signed in yet; refused from other sites",
    "/staff/join/:token": "the link itself is the secret",
    "/staff/reset/:token": "the same",
    "/staff/report/:kind": "its sealed state can be had only by who is signed in",
}


def plain_form(route, crew):
    """For a route whose form nobody was shown: each parameter that exists somewhere."""
    ids = crew.desk.rows("SELECT id FROM report LIMIT 1")
    some = ids[0][0].hex() if ids else "0" * 32
    return re.sub(r":[^/]+", some, route), [("text", "planted words"), ("id", some), ("name", "planted"), ("version", "0")]


def all_forms(tap, crew, routes):
    """{route: [(who, path, pairs)]}"""
    forms = {}
    for who, browser in crew.browser.items():
        for f in crawl(browser, who, routes, cap=300, each=25)[0]:
            route = route_of(routes, "POST", f.action.split("?")[0])
            tap.ok(route, f"the form of {f.seen_at} goes to a route of the program") if not route else None
            forms.setdefault(route, []).append((who, f.action.split("?")[0], f.pairs))
    return forms


def wrong_tokens(cookie, other, path):
    """What a forger may have: nothing, another form's, another session's, an old one's, the right one but damaged."""
    right = csrf_token(cookie, path)
    return {"none": None, "empty": "", "another form's": csrf_token(cookie, path + "/x"), "the first page's": csrf_token(cookie, "/staff"),
            "another session's": csrf_token(other, path), "of two days ago": csrf_token(cookie, path, 2), "of tomorrow": csrf_token(cookie, path, -1),
            "cut": right[:-1], "longer": right + "A", "changed": right[:-2] + ("A" if right[-2] != "A" else "B") + right[-1]}


def forged(pairs, token):
    """The form with this token instead of its own; None: without."""
    rest = [(k, v) for k, v in pairs if k != "csrf"]
    return rest + ([("csrf", token)] if token is not None else [])


def forge_all(desk, crew, route, some, spare):
    """Each person tries: all kinds of wrong tokens who has this form (or two, where nobody has it), the others two kinds.
    (how many were sent, [those that were not refused])"""
    wrong, sent = [], 0
    for who, browser in crew.browser.items():
        path, pairs = some.get(who, spare)
        other = cookie_of(crew.browser["samir" if who == "amal" else "amal"])
        kinds = wrong_tokens(cookie_of(browser), other, path)
        for kind in kinds if who in (some or ("amal", "admin")) else ("none", "another session's"):
            status = browser.ask("/en" + path, urllib.parse.urlencode(forged(pairs, kinds[kind])).encode()).status
            sent += 1
            if status != 403:
                wrong.append((who, kind, status))
    return sent, wrong


def every_post(tap, desk, crew):
    routes = staff_routes(desk)
    posts = [p for m, p in routes if m == "POST"]
    forms = all_forms(tap, crew, routes)
    tap.note(f"{len(posts)} POST routes; forms seen of {len([r for r in posts if r in forms])}; not: {[r for r in posts if r not in forms]}")
    for route in posts:
        if route in WITHOUT_TOKEN:
            continue
        some = {who: (path, filled(pairs)) for who, path, pairs in forms.get(route, [])}
        spare = next(iter(some.values()), None) or plain_form(route, crew)
        before, counted = picture(desk), refusals(desk)
        sent, wrong = forge_all(desk, crew, route, some, spare)
        moved, told = changed(before, picture(desk)), refusals(desk) - counted
        tap.ok(not wrong and not moved and told == sent, f"POST {route}: {sent} forged, all refused and audited, nothing changed",
               f"not 403: {wrong[:20]}\nchanged: {moved}\naudited: {told} of {sent}")
    return forms


# --- between password and second factor --------------------------------------------------------

HALF_MAY = {("GET", "/staff/sign-in"), ("POST", "/staff/sign-in"), ("GET", "/staff/second"), ("POST", "/staff/second"), ("POST", "/staff/sign-out"),
            ("GET", "/staff/join/:token"), ("POST", "/staff/join/:token"), ("GET", "/staff/reset/:token"), ("POST", "/staff/reset/:token")}


def half(tap, desk, crew, forms):
    """Who has given the password only: every route of the program leads to the second factor, with a right token too."""
    secret = enrolled(crew.again("zineb"))[0]
    browser, page = signed_in(desk, "zineb")
    first = cookie_of(browser)
    before, bad, n = picture(desk), [], 0
    for method, route in staff_routes(desk):
        if (method, route) in HALF_MAY:
            continue
        path, pairs = next(((p, q) for _, p, q in forms.get(route, [])), None) or plain_form(route, crew)
        body = urllib.parse.urlencode(forged(filled(pairs), csrf_token(first, path))).encode() if method == "POST" else None
        page = browser.ask("/en" + path, body)
        page = browser.ask(path, body) if page.status == 404 else page  # files have no language
        n += 1
        if page.status != 303 or not page.headers["Location"].endswith("/staff/second"):
            bad.append((method, path, page.status))
    tap.ok(not bad and not changed(before, picture(desk)), f"the password alone: {n} routes lead to the second factor, nothing changes",
           (bad, changed(before, picture(desk))))
    inside = second(browser.get("/en/staff/second"), totp(secret))
    tap.ok(inside.status == 200 and cookie_of(browser) != first, "the second factor makes another id", inside.text[-300:])
    tap.equal((opens(desk, first), opens(desk, cookie_of(browser))), (303, 200), "and ends the one before")
    browser, _ = signed_in(desk, "zineb")
    desk.write("UPDATE staff_session SET created = created - 601 WHERE whole = 0")
    tap.equal(browser.ask("/en/staff/second").headers["Location"], "/en/staff/sign-in", "a password that waits ten minutes for its second factor is over")


def right_tokens(tap, desk, crew, forms):
    """The same forms with the right token are not refused: the test above could fail. Last, for it does what they say."""
    routes = staff_routes(desk)
    taken, not_taken = set(), {}
    order = sorted((r for m, r in routes if m == "POST"), key=lambda r: (r.endswith("sign-out"), r.endswith(("leave", "reset")), r))
    for route in order:
        if route in WITHOUT_TOKEN:
            continue
        for who in crew.browser:
            path, pairs = next(((p, q) for w, p, q in forms.get(route, []) if w == who), None) or \
                next(((p, q) for w, p, q in forms.get(route, [])), None) or plain_form(route, crew)
            browser = crew.browser[who]
            if not cookie_of(browser):  # made to leave by a colleague, a moment ago
                continue
            body = urllib.parse.urlencode(forged(pairs, csrf_token(cookie_of(browser), path))).encode()
            page = browser.ask("/en" + path, body)
            if page.status == 303 and page.headers["Location"].endswith("/sign-in") and not route.endswith("/sign-out"):
                crew.browser[who] = crew.again(who)
                continue
            not_taken.setdefault(route, []).append((who, page.status))
            if page.status != 403:
                taken.add(route)
                break
    left = {r: not_taken.get(r) for r in order if r not in taken and r not in WITHOUT_TOKEN}
    tap.ok(not left, f"with the right token {len(taken)} routes are open to somebody", left)


with Tap() as tap, Desk(free_port(18220, 18229), keys=["--password-memory", "8"]) as desk:
    crew = Crew(desk)
    fixation(tap, desk, crew)
    attributes(tap, desk)
    ending(tap, desk, crew)
    elsewhere(tap, desk, crew)
    for who in crew.browser:
        crew.browser[who] = crew.again(who)
    busy(desk, crew)
    forms = every_post(tap, desk, crew)
    half(tap, desk, crew, forms)
    right_tokens(tap, desk, crew, forms)
    behind_proxy(tap, desk, crew)
