#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Killed, and out of disk, at every step of a submission and of an answer: what was shown as received is
there and opens; what was not is there whole or not at all; and the page a person still has in front of
them sends it, once."""
import glob, http.client, os, random, shutil, sqlite3, subprocess, sys, tempfile, threading, time

sys.dont_write_bytecode = True
from desklab import Desk
from faultlab import Stopped, can_trace
from hisnflow import Tap, free_port, wait_until

ROUNDS, KEYS_ROUNDS = 40, 16
# strace counts each system call by itself: one is swept after the other.
DESK_CALLS = ("pwrite64", "fdatasync", "write", "sendto", "sendmsg")
KEYS_CALLS = ("openat", "write", "writev", "pwrite64", "fsync", "fdatasync", "fchmod", "rename", "renameat", "renameat2", "sendto", "sendmsg")
BROKEN = (OSError, http.client.HTTPException)


def review(desk):
    page = desk.get("/en/report/other").submit({"words": "a few words"}, go="next")
    return page.submit({"place": "a place"}, go="next").submit({}, go="next")


def opened(desk, words):
    """The receipt's page; who comes back too often is told to wait, and we do."""
    return wait_until(lambda: (lambda p: p if p.status != 503 else None)(
        desk.get("/en/receipt").submit({"typed": " ".join(words)}, go="open")), 30, 0.5)


def count(desk):
    return desk.rows("SELECT count(*) FROM report")[0][0]


def halves(desk):
    """All that is not whole: what SQLite finds, and rows without those that belong to them."""
    bad = [r for r in desk.rows("PRAGMA integrity_check") if r != ("ok",)] + desk.rows("PRAGMA foreign_key_check")
    for what, sql in {
        "a report without its text": "SELECT id FROM report WHERE id NOT IN (SELECT report FROM message WHERE seq = 0 AND type = 1)",
        "a report without its key": "SELECT id FROM report WHERE id NOT IN (SELECT report FROM wrap WHERE number = 0)",
        "a receipt without a mailbox": "SELECT id FROM report WHERE (lookup IS NULL) <> (mailbox IS NULL)",
        "a report without its number": "SELECT id FROM report WHERE id NOT IN (SELECT report FROM once)",
        "a message without its key": "SELECT 1 FROM message m WHERE NOT EXISTS"
                                     " (SELECT 1 FROM wrap w WHERE w.report = m.report AND w.number = m.number)",
        "an answer without its copy": "SELECT 1 FROM message m WHERE seq > 0 AND NOT EXISTS"
                                      " (SELECT 1 FROM mailbox b WHERE b.report = m.report AND b.seq = m.seq)",
        "a figure that is wrong": "SELECT n FROM (SELECT coalesce(sum(n), 0) AS n FROM figure WHERE state = 'received')"
                                  " WHERE n <> (SELECT count(*) FROM report)",
    }.items():
        bad += [(what, *r) for r in desk.rows(sql)]
    return bad


class Sending(threading.Thread):
    """A browser that sends while we do harm. page: what it was shown; None: nothing came."""

    def __init__(self, desk, page, pairs):
        super().__init__(daemon=True)
        self.desk, self.action, self.pairs, self.page = desk, page.form()["action"], pairs, None
        self.start()

    def run(self):
        try:
            self.page = self.desk.post(self.action, self.pairs)
        except BROKEN:
            pass

    def again(self):
        return self.desk.post(self.action, self.pairs)


class Seen:
    """What went wrong in a sweep, and how often the fault came before, in and after the writing."""

    def __init__(self):
        self.wrong, self.shown, self.stored, self.nothing = [], 0, 0, 0

    def report(self, desk, before, when, send):
        """After the restart: the same page sent again."""
        there, shown = count(desk) - before, send.page.words() if send.page else []
        self.shown += bool(shown)
        self.stored += there and not shown
        self.nothing += not there
        again = send.again()
        words = again.words()
        if shown and (not there or words != shown):
            self.wrong.append((when, "shown, but not there", there, words == shown))
        if send.page and not shown and send.page.status != 503:
            self.wrong.append((when, "neither a receipt nor a page to go on", send.page.status, send.page.text[:300]))
        if len(words) != 9 or count(desk) != before + 1:
            self.wrong.append((when, "sent again", again.status, len(words), count(desk) - before))
        elif 'class="status"' not in opened(desk, words).body:
            self.wrong.append((when, "the receipt does not open"))
        self.wrong += [(when, *h) for h in halves(desk)]

    def __str__(self):
        return f"{self.shown} with the receipt shown, {self.stored} stored unseen, {self.nothing} not stored"


def killed_desk(tap, desk):
    seen = Seen()
    for i in range(ROUNDS):
        page, before = review(desk), count(desk)
        wait = i * 0.0005 if i < ROUNDS // 2 else random.uniform(0, 0.06)
        send = Sending(desk, page, page.posted(go="send"))
        time.sleep(wait)
        desk.desk.kill()
        send.join(20)
        desk.start_desk()
        seen.report(desk, before, f"{wait * 1000:.1f} ms", send)
    tap.equal(seen.wrong, [], f"the desk killed {ROUNDS} times while it takes a report: {seen}")
    tap.ok(seen.shown and seen.nothing, "before and after the writing", str(seen))


def killed_keys(tap, desk):
    seen = Seen()
    refused = 0
    for i in range(KEYS_ROUNDS):
        page, before = review(desk), count(desk)
        wait = 0 if i % 4 == 0 else random.uniform(0, 0.02)
        if i % 4 == 0:
            desk.keys.kill()
        send = Sending(desk, page, page.posted(go="send"))
        time.sleep(wait)
        desk.keys.kill()
        send.join(30)
        desk.start_keys()
        if send.page and send.page.status == 503:
            refused += 1
            on = send.page.submit(go=None if send.page.value("go") else "send")
            if len(on.words()) != 9 or on.words() != send.again().words() or count(desk) != before + 1:
                seen.wrong.append((i, "going on from the page", on.status, on.text[:200]))
            before = count(desk) - 1
            send.page = on
        seen.report(desk, before, i, send)
    tap.equal(seen.wrong, [], f"the key process killed {KEYS_ROUNDS} times: the page that was shown goes on")
    tap.ok(refused >= KEYS_ROUNDS // 4, f"{refused} times it was a page that carries everything", refused)


def stopped_once(desk, process, restart, prepare, seen, number, call):
    """None: may not be tried. False: it was never so far."""
    page, pairs, check = prepare(desk)
    stop = Stopped(process(), number, call)
    if not stop.good:
        stop.end()
        return None
    send = Sending(desk, page, pairs)
    send.join(20)
    wait_until(lambda: not process().alive(), 0.2 if send.page and send.page.status == 200 else 2)
    killed = stop.end()
    if killed:
        restart()
    check(seen, (call, number), send)
    return killed


def sweep(once, call, misses):
    """N = 1, 2 ... until it was not so far as often as said: how many pages change is not always the same.
    How often it was stopped; None: it may not be tried."""
    n = ended = 0
    while n < 80 and ended < misses:
        n += 1
        killed = once(n, call)
        if killed is None:
            return None
        ended += not killed
    return n - ended


def each_call(tap, what, calls, once, seen, least):
    stops = {call: sweep(once, call, 3 if call == "pwrite64" and least > 9 else 1) for call in calls}
    if None in stops.values():
        return tap.skip(what, "ptrace is not permitted")
    stops = {call: n for call, n in stops.items() if n}
    tap.equal(seen.wrong, [], f"{what}: stopped at each call that writes {stops}: {seen}")
    tap.ok(sum(stops.values()) >= least and seen.stored and seen.nothing, f"{what}: before, in and after the writing", (stops, str(seen)))


def desk_calls(tap, desk, what, prepare):
    seen = Seen()
    each_call(tap, "the desk, " + what, DESK_CALLS,
              lambda n, call: stopped_once(desk, lambda: desk.desk, desk.start_desk, prepare, seen, n, call), seen, 12)


def prepare_report(desk):
    page, before = review(desk), count(desk)
    return page, page.posted(go="send"), lambda seen, n, send: seen.report(desk, before, n, send)


def answers(desk, words):
    return opened(desk, words).body.count("an answer of mine")


def prepare_answer(desk):
    words = review(desk).submit(go="send").words()
    page = opened(desk, words)

    def check(seen, n, send):
        shown = send.page is not None and "The desk has your answer" in send.page.text
        there = answers(desk, words)
        seen.shown += shown
        seen.stored += there and not shown
        seen.nothing += not there
        if shown and not there:
            seen.wrong.append((n, "shown, but not there"))
        again = wait_until(lambda: (lambda p: p if p.status != 503 else None)(send.again()), 30, 0.5)
        kept = desk.rows("SELECT count(*) FROM message WHERE seq > 0")[0][0]
        if again.status != 200 or answers(desk, words) != 1 or kept != desk.rows("SELECT count(*) FROM mailbox")[0][0]:
            seen.wrong.append((n, "sent again", again.status, answers(desk, words), again.text[:300]))
        seen.wrong += [(n, *h) for h in halves(desk)]
    return page, page.posted({"text": "an answer of mine"}, go="answer"), check


def at_each_call(tap, desk):
    if not can_trace():
        return tap.skip("stopped at each call that writes", "no strace, or ptrace is not permitted")
    desk_calls(tap, desk, "a report", prepare_report)
    desk_calls(tap, desk, "an answer", prepare_answer)


def new_epoch(tap):
    """The first report of a desk makes its first epoch: the key store is written, synced and renamed."""
    if not can_trace():
        return tap.skip("the key process stopped while it makes an epoch", "no strace, or ptrace is not permitted")
    seen, port = Seen(), free_port(18200, 18209)

    def once(n, call):
        with Desk(port) as desk:
            return stopped_once(desk, lambda: desk.keys, desk.start_keys, prepare_report, seen, n, call)
    stops = {call: sweep(once, call, 1) for call in KEYS_CALLS}
    stops = {call: n for call, n in stops.items() if n}
    tap.equal(seen.wrong, [], f"the key process stopped at each call while it makes the first epoch {stops}: {seen}")
    tap.ok(sum(stops.values()) >= 4, "there are such calls", stops)


# --- no room left ------------------------------------------------------------------------------

class Small:
    """A file system of a few MB, if we may mount one."""

    def __init__(self, size):
        self.at = tempfile.mkdtemp(prefix="hisn-small-")
        self.good = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.at], stderr=subprocess.DEVNULL).returncode == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.good:
            subprocess.run(["umount", "-l", self.at], check=False)
        shutil.rmtree(self.at, ignore_errors=True)

    def fill(self, free_pages=0):
        s = os.statvfs(self.at)
        with open(self.at + "/filler", "wb", buffering=0) as f:
            try:
                f.write(b"\0" * ((s.f_bavail - free_pages) * s.f_bsize))
            except OSError:
                pass

    def free(self):
        os.unlink(self.at + "/filler")


def refused_then_sent(seen, desk, when, page, pairs, full, free):
    """Sent on a full disk, and from the page that came once there is room. True: it was refused."""
    before = count(desk)
    full()
    send = Sending(desk, page, pairs)
    send.join(30)
    inside = count(desk) - before
    free()
    shown = send.page
    if shown is None or (shown.words() and inside != 1) or (not shown.words() and (shown.status != 503 or inside)):
        seen.wrong.append((when, "on a full disk", shown and (shown.status, shown.text[:300]), inside))
        return False
    if not shown.words():
        sent = shown.submit(go=None if shown.value("go") else "send")
        if len(sent.words()) != 9 or count(desk) != before + 1:
            seen.wrong.append((when, "with room again", sent.status, sent.text[:300], count(desk) - before))
        send.page, before = sent, count(desk) - 1
    seen.report(desk, before, when, send)
    return not shown.words()


def full_disk(tap, full, free, desk, what):
    seen, refused, rounds = Seen(), 0, 16
    for pages in range(0, 5 * rounds, 5):  # a report with its indexes takes a few dozen
        page = review(desk)
        refused += refused_then_sent(seen, desk, f"{pages} pages free", page, page.posted(go="send"), lambda: full(pages), free)
    tap.equal(seen.wrong, [], f"{what}, full after 0 to {5 * (rounds - 1)} pages: refused or received, nothing half, and sent afterwards")
    tap.ok(0 < refused < rounds, f"{what}: {refused} of {rounds} refused with a page to go on")
    words = review(desk).submit(go="send").words()
    page = opened(desk, words)
    full(0)
    shown = page.submit({"text": "an answer of mine"}, go="answer")
    inside = answers(desk, words)
    free()
    tap.equal((shown.status, inside), (503, 0), f"{what}: no answer is taken")
    tap.ok("an answer of mine" in shown.body, f"{what}: the page carries it")
    shown.submit()
    shown.submit()
    tap.equal((answers(desk, words), halves(desk)), (1, []), f"{what}: sent twice with room again, it is there once")


def limited(tap):
    """Without a file system of our own: no file of the desk may grow."""
    with Desk(free_port(18200, 18209)) as desk:
        def full(pages):
            size = max(os.path.getsize(f) for f in glob.glob(desk.database + "*")) + pages * 4096
            subprocess.run(["prlimit", f"--fsize={size}:", "--pid", str(desk.desk.pid)], check=True)

        def free():
            subprocess.run(["prlimit", "--fsize=unlimited:", "--pid", str(desk.desk.pid)], check=True)
        full_disk(tap, full, free, desk, "files that may not grow")


def full_database(tap):
    with Small("8m") as small:
        if not small.good:
            return tap.skip("a full disk under the database", "no file system can be mounted here")
        with Desk(free_port(18200, 18209), small.at + "/desk.db") as desk:
            full_disk(tap, small.fill, small.free, desk, "a full disk")


def full_keys(tap):
    """The first report makes the first epoch: the key process must keep it before anything is sealed to it."""
    with Small("1m") as small:
        if not small.good:
            return tap.skip("a full disk under the key store", "no file system can be mounted here")
        database = tempfile.mkdtemp(prefix="hisn-db-")
        tempfile.tempdir = small.at
        desk = Desk(free_port(18200, 18209), database + "/desk.db")
        tempfile.tempdir = None
        seen = Seen()
        with desk:
            page = review(desk)
            epochs = os.path.getsize(desk.folder + "/store")
            refused = refused_then_sent(seen, desk, "new epoch", page, page.posted(go="send"), small.fill, small.free)
            tap.equal(seen.wrong, [], "a full disk under the key store: nothing half, and sent afterwards")
            tap.ok(refused and os.path.getsize(desk.folder + "/store") > epochs, "it was refused while no epoch could be kept")
            desk.keys.kill()
            desk.start_keys()
            tap.ok(os.path.getsize(desk.folder + "/store") > epochs and len(page.submit(go="send").words()) == 9,
                   "and the epoch is still there after the key process was killed")
        shutil.rmtree(database, ignore_errors=True)


with Tap() as tap:
    random.seed(240)
    with Desk(free_port(18200, 18209)) as desk:
        killed_desk(tap, desk)
        killed_keys(tap, desk)
        at_each_call(tap, desk)
    new_epoch(tap)
    limited(tap)
    full_database(tap)
    full_keys(tap)
