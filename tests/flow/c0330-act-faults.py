#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Killed at every step of what staff do with a case: afterwards it is done or not done, never half; what was shown as
done is there; and the page that is still in front of somebody does it, once.

A case goes its whole way several times, from its arrival to the end of a notice. The first time nothing is killed, and
what each action changes is written down (and held against what is expected of it). Each further time one of the two
processes is killed in every action, each time somewhere else: the database must then be as before the action, or
exactly as after it; and as after it once the page was sent again."""
import http.client, json, random, re, sys, tempfile, threading, time

sys.dont_write_bytecode = True
import postgres
from desklab import Desk
from faultlab import Counted, Stopped, can_trace, difference, summary, trail
from hisnflow import Tap, free_port, wait_until
from stafflab import ANALYST, act, confirm, fingerprint, invited, join, signed_in
from waylab import BEFORE_SEND, BEFORE_SIGN, CONFIRM, SEND, SIGN, WAY, Case, Form, Lab, Mta, reported

WHAT = "killed at each step of an action"
WALKS = 11
DESK_CALLS = ("pwrite64", "fdatasync", "write", "sendto", "sendmsg")
KEYS_CALLS = ("write", "sendto", "sendmsg")
STORE_CALLS = ("openat", "write", "fsync", "rename", "sendto")
BROKEN = (OSError, http.client.HTTPException)


# --- the first time: nothing is killed -----------------------------------------------------------------

class Known:
    """Of a step of the way: what it changes, and how many calls of each kind a thread makes for it."""

    def __init__(self, change, desk, keys):
        self.change, self.calls = change, {"desk": desk, "keys": keys}


def known_step(lab, case, step, folder, desk_calls=DESK_CALLS):
    """(its Known, the answer)"""
    form, before = step.form(lab, case), case.shape(lab)
    counts = [Counted(lab.process(p), calls, f"{folder}/{p}") for p, calls in (("desk", desk_calls), ("keys", KEYS_CALLS))]
    page = form.send()
    calls = [c.end() for c in counts]
    return Known(difference(before, case.shape(lab)), *calls), page


def first_time(tap, lab, folder):
    case, way, wrong, bad = Case(lab), [], [], lab.halves()
    tap.equal(bad, [], "what must be true of a database is true of this one")
    for step in WAY:
        known, page = known_step(lab, case, step, folder)
        way.append(known)
        if step.changes != summary(known.change):
            wrong.append((step.name, summary(known.change), "expected", step.changes))
        if not (step.told(page) or step is SEND):
            wrong.append((step.name, page.status, page.text[-300:]))
        wrong += [(step.name, *h) for h in lab.halves()]
    tap.equal(wrong, [], f"a case goes its way of {len(WAY)} steps, each changes what it should and leaves all whole")
    return way


# --- killed -------------------------------------------------------------------------------------------

class Kill:
    """Of one process, as it enters its Nth call of a kind, or (no call) after so many seconds."""

    def __init__(self, process, call, n):
        self.process, self.call, self.n = process, call, n

    def begin(self, lab):
        self.stop = Stopped(lab.process(self.process), self.n, self.call) if self.call else None
        if self.stop and not self.stop.good:
            raise RuntimeError(f"{self!r}: strace does not watch it")

    def end(self, lab, sending):
        """Whether it was killed; the process runs again."""
        process = lab.process(self.process)
        if self.stop:
            sending.join(30)
            wait_until(lambda: not process.alive(), 0.1 if sending.page else 2)
            killed = self.stop.end()
        else:
            time.sleep(self.n)
            process.kill()
            sending.join(30)
            killed = True
        if killed:
            lab.restart(self.process)
        return killed

    def __repr__(self):
        return f"{self.process} at {self.call} {self.n}" if self.call else f"{self.process} after {self.n * 1000:.1f} ms"


class Sending(threading.Thread):
    """A browser that sends while we do harm. page: what it was shown; None: nothing came."""

    def __init__(self, form):
        super().__init__(daemon=True)
        self.form, self.page = form, None
        self.start()

    def run(self):
        try:
            self.page = self.form.send()
        except BROKEN:
            pass


class Seen:
    """What went wrong, and how often the kill came before, in and after the writing."""

    def __init__(self):
        self.wrong, self.kills, self.told, self.stored, self.nothing, self.perhaps, self.tries = [], 0, 0, 0, 0, 0, 0

    def __str__(self):
        return (f"{self.kills} kills: {self.nothing} with nothing done, {self.stored} done and not told, {self.told} told"
                f"{f', {self.perhaps} perhaps sent' if self.perhaps else ''}")


def sent_again(lab, case, step, form, kill):
    """The same page; where the session has ended, the same with the token of a new one. None: there is no such page any more."""
    if kill.process == "keys" and step.who:
        other = step.form(lab, case)
        if not other.there:
            return None
        form.renewed(other)
    return form.send()


def killed_step(lab, case, step, known, kill, seen):
    """True: the case can go on."""
    form, before, when = step.form(lab, case), case.shape(lab), (step.name, repr(kill))
    if not form.there:
        seen.wrong.append((when, "no page to send", form.page.status, form.page.text[-300:]))
        return False
    kill.begin(lab)
    sending = Sending(form)
    killed = kill.end(lab, sending)
    wrong = len(seen.wrong)
    told = sending.page is not None and step.told(sending.page)
    bad = lab.halves()
    settled = step.settle(lab, case)
    change = difference(before, case.shape(lab))
    there = bool(change)
    if settled is not None:
        seen.wrong += [(when, "perhaps sent", *w) for w in settled]
        change = step.as_known(change)
    seen.kills += killed
    seen.perhaps += settled is not None
    seen.told += killed and told
    seen.stored += killed and there and not told
    seen.nothing += killed and not there
    if change and change != known.change:
        seen.wrong.append((when, "done by half", difference_of(known.change, change)))
    if told and not there:
        seen.wrong.append((when, "told, but not there"))
    again = sent_again(lab, case, step, form, kill)
    done = again is not None and (step.told(again) or (step is SEND and again.status == 303))
    if again is not None and not done and not (there and again.status in (303, 404, 409, 422)):
        seen.wrong.append((when, "sent again", again.status, again.text[-300:]))
    change = difference(before, case.shape(lab))
    if (step.as_known(change) if settled is not None else change) != known.change:
        seen.wrong.append((when, "sent again: not there once", difference_of(known.change, change)))
    seen.wrong += [(when, *h) for h in bad + lab.halves()] + [(when, *w) for w in step.after(lab, case)]
    return len(seen.wrong) == wrong


def difference_of(want, have):
    return {"missing": sorted(map(str, set(want.items()) - set(have.items()))), "too much": sorted(map(str, set(have.items()) - set(want.items())))}


def kills_of(known):
    """Where one step is killed, the next time each: as it commits, around it, before it, anywhere."""
    desk, keys = known.calls["desk"], known.calls["keys"]
    writes, syncs = desk.get("pwrite64", 0), desk.get("fdatasync", 0)
    at = [("desk", "fdatasync", syncs), ("desk", "pwrite64", writes), ("keys", "sendto", random.randint(1, keys.get("sendto", 1))),
          ("desk", "sendto", desk.get("sendto", 1)), ("desk", "pwrite64", writes - 1), ("desk", None, random.uniform(0, 0.02)),
          ("desk", "pwrite64", random.randint(writes // 2, writes - 1)), ("desk", "fdatasync", 1), ("keys", None, random.uniform(0, 0.01)),
          ("desk", "pwrite64", random.randint(writes // 2, writes - 1)), ("desk", "pwrite64", random.randint(1, writes))]
    return [Kill(*k) for k in at]


def each_walk(tap, lab, way):
    seen, kills = Seen(), [kills_of(k) for k in way]
    for i in range(WALKS):
        case = Case(lab)
        for step, known, at in zip(WAY, way, kills):
            if not killed_step(lab, case, step, known, at[i % len(at)], seen):
                break
    tap.equal(seen.wrong, [], f"{WALKS} times the whole way, killed in each of its {len(WAY)} steps: {seen}")
    tap.ok(min(seen.told, seen.stored, seen.nothing) >= WALKS and seen.kills >= WALKS * len(WAY) // 2, "before, in and after the writing", seen)


# --- one step at each call there is -------------------------------------------------------------------

def begun(lab, steps):
    """A case on which these were done."""
    case = Case(lab)
    for step in steps:
        page = step.form(lab, case).send()
        assert step.told(page), (step.name, page.status, page.text[-300:])
    return case


def at_each_call(tap, lab, step, before, process, calls, folder):
    """N = 1, 2 ... until it was not so far, twice: how many pages change is not always the same."""
    known, _ = known_step(lab, begun(lab, before), step, folder)
    seen, stops = Seen(), {}
    for call in calls:
        n = missed = 0
        while n < 90 and missed < 2:
            n += 1
            kills = seen.kills
            killed_step(lab, begun(lab, before), step, known, Kill(process, call, n), seen)
            missed += seen.kills == kills
        stops[call] = n - missed
    tap.equal(seen.wrong, [], f"{step.name}, the {process} process killed at each call that writes, {stops}: {seen}")
    tap.ok(seen.nothing and (seen.stored or process == "keys"), f"{step.name}, {process}: in and after the writing", seen)


# --- somebody leaves -----------------------------------------------------------------------------------

class Leaver:
    """An analyst who joined, and took a case."""

    def __init__(self, lab, name):
        desk, self.name = lab.desk, name
        number = fingerprint(join(desk, invited(lab.by("admin"), ANALYST, name), name))
        for who in ("amal", "samir"):
            confirm(lab.by(who), name.title(), number)
        self.member = desk.rows("SELECT member FROM staff WHERE sign_in = ?", name)[0][0]
        self.case, _ = reported(desk, url="https://pages.example/x", words="some words")
        act(signed_in(desk, name)[0], f"/staff/reports/{self.case.hex()}", "take")
        self.path = f"/staff/members/{self.member}/leave"

    def form(self, lab):
        page = lab.by("samir").get("/en" + self.path)
        return Form(lab.by("samir"), page, page.at(self.path), {"to": lab.number["amal"], "sure": "yes"})

    def state(self, lab):
        """(their keys are gone, they are off the lists, whose the case is, how often it was given on)"""
        keys = next(m["state"] for m in json.loads(lab.desk.run("hisn-keys", "members", "--json", "--socket", lab.desk.socket)) if m["id"] == self.member)
        gone = lab.desk.rows("SELECT 1 FROM staff WHERE member = ? AND gone IS NOT NULL", self.member)
        whose = lab.desk.rows("SELECT assigned FROM report WHERE id = ?", self.case)[0][0]
        given = lab.desk.rows("SELECT count(*) FROM audit WHERE report = ? AND action = 'case.assign'", self.case)[0][0]
        return keys == "left", len(gone) == 1, {self.member: "theirs", int(lab.number["amal"]): "amal's", None: "nobody's"}[whose], given


HERE, HALF, GONE = (False, False, "theirs", 0), (True, False, "theirs", 0), (True, True, "theirs", 0)
GIVEN, NOBODYS = (True, True, "amal's", 1), (True, True, "nobody's", 1)


def has_left(page):
    return page is not None and page.status == 200 and "has left" in page.text


def tended(lab):
    """The desk killed and started once more: what a crash left is put right when it starts."""
    lab.desk.desk.kill()
    lab.restart("desk")


def killed_leave(lab, kill, seen):
    """Keys, lists and cases are of two processes: the keys go first, and the rest follows, at the latest when the desk tends;
    then the case is whose it was to be, or nobody's, for whoever takes it."""
    seen.tries += 1
    leaver = Leaver(lab, f"{kill.process}-{seen.tries}")
    form, when = leaver.form(lab), repr(kill)
    kill.begin(lab)
    sending = Sending(form)
    killed = kill.end(lab, sending)
    if kill.process == "desk" and killed:
        wait_until(lambda: leaver.state(lab) != HALF, 5)
    at, told = leaver.state(lab), has_left(sending.page)
    seen.kills += killed
    seen.told += killed and told
    seen.stored += killed and not told and at != HERE
    seen.nothing += killed and at == HERE
    may = (GIVEN,) if told else (HERE, GONE, GIVEN) if kill.process == "desk" else (HERE, HALF, GONE, GIVEN)
    wrong = [] if at in may else [("left by half", at, told)]
    other = leaver.form(lab)
    if other.there:
        form.renewed(other)
    again = form.send()
    if has_left(again) != (at == HERE) or again.status >= 500:
        wrong.append(("sent again", at, again.status, again.text[-300:]))
    if at in (HALF, GONE):
        tended(lab)
        wait_until(lambda: leaver.state(lab) == GONE, 5)
        lab.desk.write("UPDATE staff SET gone = gone - 1000 WHERE member = ?", leaver.member)
        tended(lab)
        wait_until(lambda: leaver.state(lab) == NOBODYS, 5)
    if leaver.state(lab) != (NOBODYS if at in (HALF, GONE) else GIVEN):
        wrong.append(("at the end", at, leaver.state(lab)))
    if signed_in(lab.desk, leaver.name)[1].status != 403 or lab.desk.rows("SELECT 1 FROM staff_session WHERE member = ?", leaver.member):
        wrong.append(("is still here",))
    seen.wrong += [(when, *w) for w in wrong + lab.halves()]


def leaving(tap, lab):
    for process, calls in (("desk", ("fdatasync", "sendto")), ("keys", STORE_CALLS)):
        seen, stops = Seen(), {}
        for call in calls:
            n = kills = 0
            while n < 12 and kills == n:
                n += 1
                before = seen.kills
                killed_leave(lab, Kill(process, call, n), seen)
                kills += seen.kills - before
            stops[call] = kills
        tap.equal(seen.wrong, [], f"somebody leaves, the {process} process killed at each call {stops}: {seen}")
        tap.ok(seen.nothing and seen.stored, f"leaving, {process}: before and after the writing", seen)


# --- the same on PostgreSQL ------------------------------------------------------------------------------

class DeskOnPostgres(Desk):
    """rows() and write() of a desk, through psql."""

    def __init__(self, server, *args, **more):
        super().__init__(*args, server.where("desk"), **more)
        self.server = server

    def _sql(self, sql, values):
        for v in values:
            sql = sql.replace("?", f"'\\x{v.hex()}'::bytea" if isinstance(v, bytes) else f"'{v}'", 1)
        return self.server.sql("desk", sql)

    def rows(self, sql, *values):
        def value(s):
            return bytes.fromhex(s[2:]) if s.startswith("\\x") else {"t": 1, "f": 0, "": None}[s] if s in ("t", "f", "") else int(s) if re.fullmatch(r"-?\d+", s) else s
        return [tuple(map(value, line.split("|"))) for line in self._sql(sql, values).splitlines()]

    def write(self, sql, *values):
        self._sql(sql, values)

    def start_desk(self):
        """What the server still does for one that was killed ends first."""
        wait_until(lambda: self.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = 'desk' AND pid <> pg_backend_pid()") == [(0,)], 10)
        super().start_desk()


class LabOnPostgres(Lab):
    def halves(self):
        """The constraints are the server's; of our own, the trail."""
        return trail(self.desk)


def on_postgres(tap, mta, folder):
    what = "the same on PostgreSQL"
    if not postgres.available():
        return tap.skip(what, "not installed")
    with postgres.Postgres() as server, DeskOnPostgres(server, free_port(18330, 18339), keys=["--password-memory", "8"]) as desk:
        lab, seen = LabOnPostgres(desk, mta), Seen()
        def fresh():
            """What a connection has prepared is not sent again: each time from the start."""
            tended(lab)
            return begun(lab, BEFORE_SIGN)
        known, _ = known_step(lab, fresh(), SIGN, folder, ("sendto", "recvfrom"))
        tap.equal(summary(known.change), SIGN.changes.replace("wrap+3", "wrap+2"), "PostgreSQL: a referral is signed")  # nobody has answered
        for call, last in known.calls["desk"].items():
            for n in sorted({last // 3, *range(last - 3, last + 1)}):
                killed_step(lab, fresh(), SIGN, known, Kill("desk", call, n), seen)
        tap.equal(seen.wrong, [], f"PostgreSQL: sign, the desk killed at calls to the server: {seen}")
        tap.ok(seen.nothing and seen.stored, "PostgreSQL: before and after the writing", seen)


def may_trace(process):
    stop = Stopped(process, 65535, "getppid")  # which it never calls
    stop.end()
    return stop.good


def all_of_it(tap, folder):
    mta = Mta(folder)
    config = f'mail: {{sendmail: {mta.path}, from: desk@desk.example, base: "https://desk.example"}}\n'
    with Desk(free_port(18330, 18339), config=config, keys=["--password-memory", "8"]) as desk:
        lab = Lab(desk, mta)
        if not may_trace(desk.desk):
            return tap.skip(WHAT, "ptrace is not permitted")
        way = first_time(tap, lab, folder)
        each_walk(tap, lab, way)
        at_each_call(tap, lab, SIGN, BEFORE_SIGN, "desk", DESK_CALLS, folder)
        at_each_call(tap, lab, SEND, BEFORE_SEND, "desk", ("fdatasync", "write", "wait4"), folder)
        at_each_call(tap, lab, SIGN, BEFORE_SIGN, "keys", KEYS_CALLS, folder)
        at_each_call(tap, lab, CONFIRM, BEFORE_SIGN[:2], "keys", KEYS_CALLS, folder)
        leaving(tap, lab)
    on_postgres(tap, mta, folder)


with Tap() as tap, tempfile.TemporaryDirectory(prefix="hisn-mta-") as folder:
    random.seed(330)
    if can_trace():
        all_of_it(tap, folder)
    else:
        tap.skip(WHAT, "no strace, or ptrace is not permitted")
