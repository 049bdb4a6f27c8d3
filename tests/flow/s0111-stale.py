#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What was known stays known: hot names are asked again in time, and old answers serve when nobody
upstream answers (RFC 8767)."""
import time

from dnslab import DnsLab
from guardlab import Guard, compile_image
from hisnflow import NXDOMAIN, SERVFAIL, Tap, free_port, wait_until

IMAGE = compile_image(adult="blocked.example\n")
HOUSEHOLD = {"default": "child", "profiles": [{"name": "child", "close": ["adult"]}]}

RECORDS = [
    ("stale-refused.example.", "A", "192.0.2.70", 2), ("other-refused.example.", "A", "192.0.2.71", 2),
    ("stale-silent.example.", "A", "192.0.2.70", 2), ("other-silent.example.", "A", "192.0.2.71", 2), ("hot.example.", "A", "192.0.2.72", 10),
]


def prefetch(tap, g, lab):
    """Asked for all the time, it never runs out: a TTL of 10 s, over 22 s; unbound asked early."""
    slow, end = 0, time.monotonic() + 22
    misses = g.counts()["misses"]
    while time.monotonic() < end:
        a = g.ask("hot.example")
        slow = max(slow, a.ms if a and a.addresses() == ["192.0.2.72"] else 9999)
        time.sleep(0.05)
    c = g.counts()
    tap.ok(c["misses"] - misses <= 6, f"a hot name is waited for {c['misses'] - misses} times", c)
    tap.ok(c["prefetched"] >= 1, "a hot name is asked again before it runs out", c)
    tap.note(f"slowest of a hot name: {slow:.1f} ms; misses {c['misses'] - misses}, prefetched {c['prefetched']}")
    return slow


def dead(tap, g, lab, how):
    """Nobody answers: what was known is given, and soon."""
    names = (f"stale-{how}.example", f"other-{how}.example")
    for n in names:
        tap.ok(wait_until(lambda: (lambda a: a and a.addresses() and not a.ede)(g.ask(n)), 10, 0.3), f"{how}: {n} is known")
    gone = g.ask(f"gone-{how}.insecure.example")
    tap.equal(gone.rcode, NXDOMAIN, f"{how}: and that one is not there")
    time.sleep(3.2)
    (lab.pause_server if how == "silent" else lab.stop_server)()
    time.sleep(0.3)  # until it has stopped in all its threads
    a = g.ask(names[0], timeout=8)
    tap.ok(a and a.addresses() == ["192.0.2.70"] and a.ede_codes() == [3], f"{how}: an old answer with EDE 3", a)
    tap.ok(a and a.ms < 2300 and a.ttl() <= 30, f"{how}: within 2 s ({a.ms:.0f} ms), TTL at most 30" if a else "no answer", a)
    a = g.ask(names[0], timeout=8)
    tap.ok(a and a.addresses() == ["192.0.2.70"] and a.ede_codes() == [3] and a.ms < 150, f"{how}: and again at once", a)
    a = g.ask(names[0], tcp=True, timeout=8)
    tap.ok(a and a.addresses() == ["192.0.2.70"] and a.ms < 150, f"{how}: over TCP", a)
    a = g.ask(f"gone-{how}.insecure.example", timeout=8)
    tap.ok(a and a.rcode == NXDOMAIN and a.ede_codes() == [19], f"{how}: an old NXDOMAIN with EDE 19", a)
    start = time.monotonic()
    a = g.ask(f"never-{how}.insecure.example", timeout=12)
    tap.ok(a is None or a.rcode == SERVFAIL, f"{how}: what was never known fails after {time.monotonic() - start:.1f} s, EDE {a and a.ede}", a)
    tap.equal(g.ask("blocked.example").rcode, NXDOMAIN, f"{how}: blocks go on")
    (lab.resume_server if how == "silent" else lab.start_server)()
    fresh = lambda: (lambda a: a and a.addresses() and not a.ede)(g.ask(names[1], timeout=8))
    tap.ok(wait_until(fresh, 20, 0.5), f"{how}: the world is back")


with Tap() as tap, DnsLab(free_port()) as lab:
    for record in RECORDS:
        lab.add_record(*record)
    with open(lab.include_path, "a") as f:
        f.write("server:\n\tcache-max-negative-ttl: 2\n")
    with Guard(IMAGE, HOUSEHOLD, upstream=lab, settings={"cache": {"max_negative_ttl": 3}}) as g:
        tap.ok(wait_until(lambda: (lambda a: a and a.addresses())(g.ask("www.example")), 10, 0.2), "recursion is there")
        prefetch(tap, g, lab)
        dead(tap, g, lab, "refused")
        dead(tap, g, lab, "silent")
        tap.equal(g.stop(), 0, "a clean end")
