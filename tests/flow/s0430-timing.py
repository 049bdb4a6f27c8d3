#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nothing is told by how long an answer takes: whether a name, a receipt, a partner's key or a cookie is nearly right, or
whether somebody has a second factor.

Two kinds of question are asked in turns, in a random order, many times; then the share of pairs in which one kind took
longer than the other (Mann-Whitney) has to be near a half: within 4.5 standard deviations of what chance gives, which
is left once in 150,000 runs; a machine that is busy hits both. No time is asserted. Beside it the calls to the key process are
counted: both kinds make the same.

Seen red: with `if (o.member >> 31) return -EACCES;` before keys_sign_in in staff_sign_in (an unknown name is answered
without Argon2id: share 1.00, and one call less); without
the write of as_long() beside it (the disk is not waited for); with `if (words[0] & 1) return -ENOENT;` first in desk_return (one call
less)."""
import math, random, re, sqlite3, sys, time, urllib.parse, urllib.request

sys.dont_write_bytecode = True
from checklab import COOKIE, Counter, Crew, cookie_of
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import enrolled

DEVIATIONS = 4.5
HELLO, RECEIPT, SIGN_IN = 1, 6, 15  # enum keys_op


class CountedDesk(Desk):
    """The desk reaches its key process through a Counter."""

    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.counter = Counter.between(self)

    def __exit__(self, *a):
        self.counter.close()
        super().__exit__(*a)

    def forget_tries(self):
        """Limits are in memory only."""
        self.keys.stop()
        self.start_keys()
        self.desk.stop()
        self.start_desk()


def share(a, b):
    """How often one of a took longer than one of b; half for a tie."""
    return sum((x > y) + (x == y) / 2 for x in a for y in b) / (len(a) * len(b))


def measured(kinds, rounds, each=1):
    """{kind: [seconds]}: kinds {name: call(i)}, in turns, in a random order; a call makes up nothing by itself, which
    would be timed with it."""
    took = {k: [] for k in kinds}
    for i in range(rounds):
        order = list(kinds) * each
        random.shuffle(order)
        for k in order:
            at = time.perf_counter()
            kinds[k](i)
            took[k].append(time.perf_counter() - at)
    return took


def median(values):
    return sorted(values)[len(values) // 2]


def alike(tap, took, what):
    (a, one), (b, two) = took.items()
    p, n, m = share(one, two), len(one), len(two)
    room = DEVIATIONS * math.sqrt((n + m + 1) / (12 * n * m))
    tap.note(f"{what}: {a} {median(one) * 1000:.2f} ms, {b} {median(two) * 1000:.2f} ms, share {p:.2f} of {n} x {m}, room {room:.2f}")
    tap.ok(abs(p - 0.5) <= room, f"{what}: {a} and {b} take as long", f"share {p:.3f}")


def calls(tap, desk, kinds, what):
    """The fewest of three times: what the desk does beside, by its own clock, is not of the question."""
    got = {k: [desk.counter.during(lambda: call(i))[1] for i in range(3)] for k, call in kinds.items()}
    one, two = ({op: n for op in all_[0] if (n := min(c.get(op, 0) for c in all_))} for all_ in got.values())
    tap.ok(one == two and one, f"{what}: the same calls to the key process", got)


# --- signing in --------------------------------------------------------------------------------

def sign_in(desk, name, password):
    body = urllib.parse.urlencode({"name": name, "password": password}).encode()
    return desk._ask(urllib.request.Request(desk.base + "/en/staff/sign-in", body))


def signing_in(tap, desk, crew):
    """Three wrong passwords a name are free: several names, and the limits forgotten now and then."""
    names = list(crew.browser)
    with_factor = {"samir", "zineb", "omar"}
    for name in with_factor:
        enrolled(crew.browser[name])
    took, by_factor = {"a member": [], "nobody": []}, {"with a second factor": [], "without one": []}
    statuses = set()
    for batch in range(3):
        desk.forget_tries()
        for turn in range(3):
            random.shuffle(names)
            for name in names:
                kinds = {"a member": lambda i: statuses.add(sign_in(desk, name, "a wrong password").status),
                         "nobody": lambda i: statuses.add(sign_in(desk, f"{name[:-1]}.{batch}.{turn}", "a wrong password").status)}
                one = measured(kinds, 1)
                for k, v in one.items():
                    took[k] += v
                by_factor["with a second factor" if name in with_factor else "without one"] += one["a member"]
    tap.equal(statuses, {403}, "each is refused alike")
    alike(tap, took, "signing in")
    alike(tap, by_factor, "a wrong password")
    desk.forget_tries()
    with sqlite3.connect(f"file:{desk.database}?mode=ro", uri=True) as db:
        version = lambda: db.execute("PRAGMA data_version").fetchone()[0]
        moved = {}
        for name in (names[1], "nobody-else"):
            before = version()
            sign_in(desk, name, "a wrong password")
            moved[name] = version() != before
    tap.ok(all(moved.values()), "both wait for the disk: an entry of the audit trail for a member, as long for nobody", moved)
    tried = next(n for n in names[2:] if n not in ("admin", "amal"))  # three times wrong: these two have to sign in again below
    calls(tap, desk, {"a member": lambda i: sign_in(desk, tried, "a wrong password"), "nobody": lambda i: sign_in(desk, f"nobody-here{i}", "a wrong password")},
          "signing in")


# --- receipts ----------------------------------------------------------------------------------

def receipts(tap, desk):
    page = desk.get("/en/report/other").submit({"concern": ["bullying"], "words": "planted"}, go="next")
    for _ in range(6):
        page = page.submit({}, go="next") if "send" not in page.form().get("go", []) else page
    words = page.submit(go="send").words()
    with open(f"{desk.env['HISN_DATA']}/desk/words-en.txt", encoding="utf-8") as f:
        known = [w for w in re.findall(r"^[a-z]+$", f.read(), re.M)]

    def back(typed):
        return desk.post("/en/receipt", [("typed", " ".join(typed)), ("go", "open")]).status

    last = [w for w in known if w != words[8]]
    near, none = [words[:8] + [random.choice(last)] for _ in range(40)], [random.sample(known, 9) for _ in range(40)]
    statuses = set()
    took = measured({"eight words right": lambda i: statuses.add(back(near[i])),
                     "none right": lambda i: statuses.add(back(none[i]))}, 40)
    tap.equal(statuses, {404}, "words of no report: not found")
    alike(tap, took, "a receipt")
    got = {k: desk.counter.during(lambda: back(w)) for k, w in (("there", words), ("not there", random.sample(known, 9)))}
    tap.equal({k: v[0] for k, v in got.items()}, {"there": 200, "not there": 404}, "the right ones open their report")
    tap.equal({k: v[1].get(RECEIPT) for k, v in got.items()}, {"there": 1, "not there": 1}, "the key process is asked once, whether there is a report or not")


# --- cookies and keys: compared by their hash --------------------------------------------------

def changed_last(s):
    return s[:-1] + ("A" if s[-1] != "A" else "Q")


def cookies(tap, desk, crew):
    right = cookie_of(crew.again("amal"))

    def ask(cookie):
        return desk._ask(urllib.request.Request(desk.base + "/en/staff", None, {"Cookie": f"{COOKIE}={cookie}"})).status

    # The last character holds two bits that encode nothing: a change there could be the same 32 bytes.
    near = right[:-2] + changed_last(right[:-1])[-1] + right[-1]
    statuses, others = set(), ["".join(random.sample(right, 43)) for _ in range(60)]
    took = measured({"nearly right": lambda i: statuses.add(ask(near)), "random": lambda i: statuses.add(ask(others[i]))}, 60)
    tap.equal((statuses, ask(right)), ({303}, 200), "a wrong cookie leads to signing in, the right one in")
    alike(tap, took, "a cookie")


def partners(tap, desk, crew):
    admin = crew.again("admin")
    page = admin.get("/en/staff/partners")
    page = page.submit({"organisation": "Planted"}, at=page.at("/staff/partners"))
    key = re.search(r"hisn_[A-Za-z0-9_-]{20,}", page.body).group(0)

    def call(k):
        return desk._ask(urllib.request.Request(desk.base + "/api/v1/reports", b"{}", {"Authorization": "Bearer " + k, "Content-Type": "application/json"})).status

    statuses, near, others = set(), changed_last(key), ["hisn_" + "".join(random.sample(key[5:], len(key) - 5)) for _ in range(50)]
    took = measured({"nearly right": lambda i: statuses.add(call(near)), "random": lambda i: statuses.add(call(others[i]))}, 50)
    tap.ok(statuses == {401} and call(key) not in (401, 403), "a wrong key is refused, the right one is known", (statuses, call(key)))
    alike(tap, took, "a partner's key")


with Tap() as tap, CountedDesk(free_port(18220, 18229), keys=["--password-memory", "8"]) as desk:
    crew = Crew(desk)
    signing_in(tap, desk, crew)
    receipts(tap, desk)
    cookies(tap, desk, crew)
    partners(tap, desk, crew)
