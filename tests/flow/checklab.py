# SPDX-License-Identifier: Apache-2.0
"""What the checks of the staff pages share: the program's own routes, a desk with one person of each role, every form
these people can see, CSRF tokens made from a cookie as the desk makes them, pictures of the database, and a
socket between desk and key process that counts.

    with Desk(...) as desk:
        crew = Crew(desk)
        for method, path in staff_routes(desk): ..."""
import base64, hashlib, os, re, socket, struct, subprocess, threading, time, urllib.parse

from desklab import Browser
from hisnflow import SOURCE, program
from stafflab import (ADMINISTRATOR, ANALYST, AUDITOR, OFFICER, SUPERVISOR, administrator, confirm, fingerprint, invited, join,
                      signed_in)

UNIT, OTHER_UNIT = "MA-RAB", "MA-CAS"
COOKIE = "hisn"


def staff_routes(desk):
    """[(method, path)] of /staff, from the tables in the sources."""
    found = set()
    for folder, _, names in os.walk(f"{SOURCE}/src/desk"):
        for name in names:
            if name.endswith(".c"):
                with open(f"{folder}/{name}", encoding="utf-8") as f:
                    found.update(re.findall(r'{ "(GET|POST)", "(/staff[^"]*)",', f.read()))
    return sorted(found)


# --- tokens ------------------------------------------------------------------------------------

def derived(cookie, what):
    return hashlib.blake2b(cookie.encode(), digest_size=32, key=what.encode()).digest()


def csrf_token(cookie, form, days_ago=0):
    """The token that the desk puts into this form for this cookie."""
    h = hashlib.blake2b(b"hisn form\0" + form.encode() + b"\0" + struct.pack("<q", int(time.time()) // 86400 - days_ago),
                        digest_size=32, key=derived(cookie, "csrf"))
    return base64.urlsafe_b64encode(h.digest()).decode().rstrip("=")


def cookie_of(browser):
    return browser.cookies.get(COOKIE) or browser.cookies.get("__Host-" + COOKIE)


def bare(action):
    """/en/staff/x -> /staff/x"""
    return re.sub(r"^/(fr|ar|en)/", "/", action or "")


def route_of(routes, method, path):
    """The pattern that a path goes to; the one with the fewest parameters, as the server chooses."""
    fits = [p for m, p in routes if m == method and
            re.fullmatch(re.sub(r":[^/]+", "[^/]+", p), path)]
    return min(fits, key=lambda p: p.count(":"), default=None)


# --- people ------------------------------------------------------------------------------------

class Crew:
    """One person of each role, signed in (.browser[name]), and an officer of a second unit."""
    people = {"amal": (ANALYST, "national"), "samir": (SUPERVISOR, "national"), "omar": (OFFICER, UNIT),
              "zineb": (OFFICER, OTHER_UNIT), "nadia": (AUDITOR, "national")}
    roles = {"analyst": "amal", "supervisor": "samir", "officer": "omar", "auditor": "nadia", "administrator": "admin"}

    def __init__(self, desk, more=None):
        self.desk, self.browser, numbers = desk, {"admin": administrator(desk)}, {}
        self.people = dict(Crew.people, **(more or {}))
        for who, (role, unit) in self.people.items():
            page = join(desk, invited(self.browser["admin"], role, who, unit), who)
            if page.status != 200:
                raise RuntimeError(f"{who} did not join: {page.text}")
            numbers[who] = fingerprint(page)
            self.browser[who] = signed_in(desk, who)[0]
        holders = [w for w, (role, _) in self.people.items() if role in (ANALYST, SUPERVISOR, OFFICER)]
        # The two who found the desk confirm each other first.
        pairs = [("amal", "samir"), ("samir", "amal")] + [(by, who) for who in holders for by in ("amal", "samir") if who not in ("amal", "samir")]
        for by, who in pairs:
            page = confirm(self.browser[by], who.title(), numbers[who])
            if page.status != 200:
                raise RuntimeError(f"{by} could not confirm {who}: {page.text[-300:]}")
        self.member = dict(desk.rows("SELECT sign_in, member FROM staff"))

    def with_mail(self):
        """Everybody can be told: NAME@mail.example."""
        for who, browser in self.browser.items():
            page = browser.get("/en/staff/me")
            page.submit({"mail": f"{who}@mail.example"}, at=page.at("/staff/me"))

    def again(self, who):
        """Signed in anew: a session that may be spoilt."""
        return signed_in(self.desk, who)[0]


# --- cases -------------------------------------------------------------------------------------

def report(desk, kind, **fields):
    """Sent by somebody without an account: (id, the nine words)."""
    before = {r[0] for r in desk.rows("SELECT id FROM report")}
    page = desk.get(f"/en/report/{kind}")
    for _ in range(9):
        if "send" in page.form().get("go", []):
            break
        page = page.submit({k: v for k, v in fields.items() if f'name="{k}"' in page.body}, go="next")
    words = page.submit(go="send").words()
    new = [r[0] for r in desk.rows("SELECT id FROM report") if r[0] not in before]
    if len(new) != 1 or len(words) != 9:
        raise RuntimeError(f"no report was made: {page.text[-500:]}")
    return new[0].hex(), words


def act(browser, id, action, about=None, **fields):
    """An action of a case as its own form offers it; the page after it."""
    at = f"/staff/reports/{id}/do/{action}"
    page = browser.get("/en" + at + (f"?about={about}" if about else ""))
    if page.at(at) is None:  # done at once, by a button of the case's page
        page = browser.get(f"/en/staff/reports/{id}")
    if page.at(at) is None:
        raise RuntimeError(f"{action} is not offered: {page.status} {page.text[-400:]}")
    done = page.submit(fields, at=page.at(at))
    if done.status != 200:
        raise RuntimeError(f"{action}: {done.status} {done.text[-600:]}")
    return done


def refer(browser, id, unit, **fields):
    page = browser.get(f"/en/staff/reports/{id}/refer?territory={unit}")
    done = page.submit(dict({"unit": unit, "text": "please look after it", "names_seen": "yes"}, **fields), at=page.at(f"/staff/reports/{id}/refer"))
    if done.status != 200:
        raise RuntimeError(f"refer: {done.status} {done.text[-600:]}")
    return done


def confirmed(browser, id):
    act(browser, id, "take")
    act(browser, id, "assess")
    act(browser, id, "confirm", classification="baseline", text="planted assessment")


def noticed(browser, id, address):
    """The number of a removal notice that was drafted."""
    path = f"/staff/notices/new/{id}"
    page = browser.get(f"/en{path}?kind=hosting")
    for go, given in (("preview", {"addresses": address, "offence": "CSAM_DIST", "name": "Host One", "mail": "abuse@host.example", "language": "en", "channel": "mail"}),
                      ("save", {})):
        at = next((i for i, f in enumerate(page.forms) if bare(f["action"]) == path and go in f["go"]), None)
        if at is None:
            raise RuntimeError(f"no {go}: {page.status} {page.text[-400:]}")
        page = page.submit(given, go=go, at=at)
    return page.url.rsplit("/", 1)[1]


def rostered(browser, member):
    """A shift of the day after tomorrow, by a supervisor of the member's unit."""
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 86400))
    page = browser.get("/en/staff/roster")
    return page.submit({"member": str(member), "day": day, "from": "08:00", "to": "16:00", "duty": "desk"}, at=page.at("/staff/roster"))


def handed_over(browser, text="planted words for the next shift"):
    page = browser.get("/en/staff/handover")
    return page.submit({"text": text}, at=page.at("/staff/handover"))


def busy(desk, crew):
    """So that as many forms as can be are on somebody's pages."""
    b, admin = crew.browser, crew.browser["admin"]
    join(desk, invited(admin, ANALYST, "leila"), "leila")  # whom the others may confirm
    one, two = report(desk, "address", url="https://planted-page.example/a")[0], report(desk, "solicitation", words="planted")[0]
    confirmed(b["amal"], one)
    noticed(b["amal"], one, "https://planted-page.example/a")
    act(b["amal"], one, "task", member="0", days="2", text="planted task")
    confirmed(b["amal"], two)
    refer(b["amal"], two, UNIT)
    rostered(b["samir"], crew.member["amal"])
    handed_over(b["amal"])
    page = admin.get("/en/staff/partners")
    page.submit({"organisation": "Planted"}, at=page.at("/staff/partners"))
    page = b["amal"].get("/en/staff/reports?which=all")
    page.submit({"name": "planted view"}, at=page.at("/staff/views"))
    page = b["samir"].get("/en/staff/directory/new/hosting")
    page.submit({"name": "Host One", "language": "fr", "mail": "abuse@host.example", "confirmed": "2026-01-05"}, at=page.at("/staff/directory/new/hosting"))


# --- forms -------------------------------------------------------------------------------------

class Form:
    def __init__(self, who, action, pairs, seen_at):
        self.who, self.action, self.pairs, self.seen_at = who, action, pairs, seen_at


def crawl(browser, who, routes, start=("/staff", "/staff/reports?which=all"), cap=150, each=4, bodies=None):
    """Pages below /staff that this person is led to: (forms, {GET route: [paths seen]}). A route is looked at with at
    most `each` different addresses. bodies: gets what each page said."""
    forms, seen, waiting = [], {}, list(start)
    tried = set()
    while waiting and len(tried) < cap:
        path = waiting.pop(0)
        route = route_of(routes, "GET", urllib.parse.urlsplit(path).path)
        if path in tried or not route or len(seen.get(route, ())) >= each:
            continue
        tried.add(path)
        page = browser.ask("/en" + path)
        if page.status != 200:
            continue
        seen.setdefault(route, []).append(path)
        if bodies is not None:
            bodies[path] = page.body
        for link in page.links:
            link = bare((link or "").split("#")[0])
            if link.startswith("/staff"):
                waiting.append(link)
            elif link.startswith("?"):
                waiting.append(path.split("?")[0] + link)
        for i, f in enumerate(page.forms):
            action = bare(f["action"] or path)
            if f["method"].lower() == "post" and action.startswith("/staff"):
                forms.append(Form(who, action, page.posted(at=i, go=(f["go"] or [None])[0]), path))
            elif action.startswith("/staff"):
                waiting.append(action + "?" + urllib.parse.urlencode(f["fields"]))
    return forms, seen


def filled(pairs, but=()):
    """A form as somebody in a hurry fills it: what is empty gets a word."""
    return [(k, v if v or k in but else "planted words") for k, v in pairs]


# --- the database ------------------------------------------------------------------------------

# Grows or moves by looking alone.
MOVING = {"audit", "audit_head", "audit_note", "once"}
MOVING_COLUMNS = {("staff_session", "seen"), ("outbox", "due"), ("outbox", "tries")}


def tables(desk):
    return [r[0] for r in desk.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]


def picture(desk, without=MOVING):
    """{table: sorted rows}, to see what an act changed."""
    out = {}
    for table in tables(desk):
        if table in without:
            continue
        columns = [r[1] for r in desk.rows(f"PRAGMA table_info({table})")]
        columns = [c for c in columns if (table, c) not in MOVING_COLUMNS]
        out[table] = sorted(desk.rows(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)
    return out


def changed(before, after):
    return sorted(t for t in set(before) | set(after) if before.get(t) != after.get(t))


def refusals(desk):
    """How many entries of the audit trail say "refused"."""
    return desk.rows("SELECT count(*) FROM audit WHERE action = 'refused'")[0][0] if "audit" in tables(desk) else 0


# --- between desk and key process --------------------------------------------------------------

class Counter:
    """A socket in front of the key process's: counts requests by their op, and can make each one slow."""

    def __init__(self, path, behind):
        self.path, self.behind, self.ops, self.slow = path, behind, {}, 0.0
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                server.connect(self.behind)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self._replies, args=(server, client), daemon=True).start()

    def _requests(self, a, b):
        kept = b""
        try:
            while more := a.recv(65536):
                kept += more
                while len(kept) >= 5 and len(kept) >= 4 + int.from_bytes(kept[:4], "little"):
                    n = 4 + int.from_bytes(kept[:4], "little")
                    with self.lock:
                        self.ops[kept[4]] = self.ops.get(kept[4], 0) + 1
                    if self.slow:
                        time.sleep(self.slow)
                    b.sendall(kept[:n])
                    kept = kept[n:]
        except OSError:
            pass
        b.close()

    def _replies(self, a, b):
        try:
            while more := a.recv(65536):
                b.sendall(more)
        except OSError:
            pass
        b.close()

    def close(self):
        self.listener.close()

    @staticmethod
    def between(desk):
        """Puts one in front of a desk's key process that has not started yet."""
        front = f"{desk.folder}/counted.socket"
        with open(f"{desk.folder}/desk.yaml") as f:
            text = f.read().replace(desk.socket, front)
        with open(f"{desk.folder}/desk.yaml", "w") as f:
            f.write(text)
        return Counter(front, desk.socket)

    def during(self, what):
        """(value of what(), {op: how often}) without the greeting of new connections."""
        with self.lock:
            self.ops = {}
        value = what()
        with self.lock:
            return value, {k: v for k, v in sorted(self.ops.items()) if k != 1}


# --- what stays in the memory of a process ---

def memory(pid):
    """All that can be written, region by region."""
    with open(f"/proc/{pid}/maps") as f:
        lines = f.read().splitlines()
    with open(f"/proc/{pid}/mem", "rb", 0) as m:
        for line in lines:
            span, how = line.split()[:2]
            begin, end = (int(x, 16) for x in span.split("-"))
            if not how.startswith("rw") or "[v" in line:
                continue
            try:
                m.seek(begin)
                yield m.read(end - begin)
            except (OSError, OverflowError, MemoryError): # a sanitizer's shadow is larger than any memory
                continue


def found(pid, texts):
    """{text: how often}"""
    hits = {}
    for region in memory(pid):
        for t in texts:
            n = region.count(t.encode())
            if n:
                hits[t] = hits.get(t, 0) + n
    return hits


def readable(pid):
    try:
        return any(memory(pid))
    except OSError:
        return False
