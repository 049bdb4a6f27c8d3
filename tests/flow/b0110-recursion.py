#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The guard with its private unbound, against a signed world on loopback: what is found, what is
believed, what a chain or an address closes, and what happens when unbound dies."""
import os, re, signal, threading, time

from dnslab import DnsLab
from guardlab import Guard, compile_image
from hisnflow import NOERROR, NXDOMAIN, SERVFAIL, Tap, free_port, wait_until

IMAGE = compile_image(
    adult=["blocked.example\nshut.insecure.example\n", (":address", "192.0.2.66\n198.51.100.0/24\n2001:db8:66::/48\n")],
    malware="malware.example\n", lifeline="help.example\n")
HOUSEHOLD = {"default": "child", "profiles": [
    {"name": "child", "close": ["adult"], "allow": ["free.example"]}, {"name": "open"}],
    "clients": [{"address": "127.0.0.9", "profile": "open"}]}

MORE = [  # what the lab gets besides its own names
    ("blocked.example.", "A", "192.0.2.50"), ("www.blocked.example.", "A", "192.0.2.51"),
    ("malware.example.", "A", "192.0.2.52"), ("help.example.", "A", "192.0.2.53"),
    ("to-blocked.example.", "CNAME", "blocked.example."), ("to-below.example.", "CNAME", "www.blocked.example."),
    ("twice.example.", "CNAME", "to-blocked.example."), ("gate.example.", "DNAME", "blocked.example."),
    ("to-malware.example.", "CNAME", "malware.example."), ("free.example.", "CNAME", "blocked.example."),
    ("www.free.example.", "CNAME", "malware.example."), ("to-help.example.", "CNAME", "help.example."),
    ("listed4.example.", "A", "192.0.2.66"), ("listed-net.example.", "A", "198.51.100.200"),
    ("listed6.example.", "AAAA", "2001:db8:66::1"), ("one-of.example.", "A", "192.0.2.66"),
    ("one-of.example.", "A", "192.0.2.67"), ("hint.example.", "HTTPS", "1 . alpn=h2 ipv4hint=192.0.2.66"),
    ("hint-ok.example.", "HTTPS", "1 . alpn=h2 ipv4hint=192.0.2.67"),
    ("svc-target.example.", "HTTPS", "1 blocked.example. alpn=h2"), ("svc-alias.example.", "HTTPS", "0 blocked.example."),
]


def believed(tap, g):
    a = g.ask("www.example")
    tap.ok(a.addresses() == ["192.0.2.10"] and "ad" not in a.flags and not a.records("RRSIG"), "secure, nothing asked: no AD, no RRSIG", a)
    a = g.ask("www.example", ad=True)
    tap.ok("ad" in a.flags and not a.records("RRSIG"), "AD asked: AD", a)
    a = g.ask("www.example", dnssec_ok=True)
    tap.ok("ad" in a.flags and a.records("RRSIG") and a.dnssec_ok, "DO: AD and signatures", a)
    a = g.ask("www.example", dnssec_ok=True, cd=True)
    tap.ok("ad" not in a.flags and "cd" in a.flags and a.records("RRSIG"), "CD: signatures, no AD", a)
    a = g.ask("www.insecure.example", dnssec_ok=True)
    tap.ok(a.addresses() == ["192.0.2.60"] and "ad" not in a.flags, "insecure: no AD", a)
    for _ in range(2):
        a = g.ask("www.bogus.example")
        tap.ok(a.rcode == SERVFAIL and a.ede_codes() == [6] and not a.answer, "bogus: SERVFAIL and EDE 6, from the cache too", a)
    a = g.ask("www.bogus.example", cd=True)
    tap.ok(a.addresses() == ["192.0.2.79"] and "ad" not in a.flags, "CD: the data, as it is", a)
    a = g.ask("www.bogus.example")
    tap.equal(a.rcode, SERVFAIL, "which nobody else gets from the cache")
    a = g.ask("www.expired.example")
    tap.ok(a.rcode == SERVFAIL and a.ede_codes()[0] in (7, 9), "expired: SERVFAIL and its EDE", a)


def found(tap, g):
    a = g.ask("missing.example", dnssec_ok=True)
    tap.ok(a.rcode == NXDOMAIN and "ad" in a.flags and a.authority, "NXDOMAIN, proven", a)
    a = g.ask("mail.example", "AAAA")
    tap.ok(a.rcode == NOERROR and not a.answer and a.records("SOA") == [] and a.authority, "no such type", a)
    tap.equal(g.ask("any.thing.wild.example").addresses(), ["192.0.2.20"], "wildcard")
    a = g.ask("chain1.example", ad=True)
    tap.ok(a.addresses() == ["192.0.2.10"] and len(a.answer) == 4 and "ad" in a.flags, "a chain of CNAMEs", a)
    a = g.ask("host.old.example")
    tap.ok(a.addresses() == ["192.0.2.30"] and a.records("DNAME"), "DNAME", a)
    a = g.ask("loop1.example")
    tap.ok(a is not None and not a.addresses(), "a loop ends", a)
    a = g.ask("big.example", "TXT")
    tap.ok("tc" in a.flags and not a.answer, "a big answer over UDP: truncated", a)
    a = g.ask("big.example", "TXT", tcp=True)
    tap.ok(len(a.answer) == 20 and len(a.wire) > 4000, "over TCP: whole", a)
    a = g.ask("many.example", tcp=True, dnssec_ok=True)
    tap.equal(len(a.addresses()), 80, "80 addresses")
    with open(os.path.join(g.folder, "state", "unbound", "unbound.conf")) as f:
        room = int(re.search(r"so-rcvbuf: (\d+)", f.read()).group(1))
    tap.ok(room == 0 or room >= 65536, f"unbound's socket has room for a burst ({room})")
    time.sleep(0.25)  # figures are a tick old
    timeouts = g.status()["upstream"]["timeouts"]
    many = [threading.Thread(target=lambda i=i: got.append(g.ask(f"w{i}.wild.example"))) for i in range(40)]
    got = []
    for t in many:
        t.start()
    for t in many:
        t.join()
    tap.ok(len([a for a in got if a and a.addresses() == ["192.0.2.20"]]) == 40, "40 at once")
    time.sleep(0.2)
    tap.equal(g.status()["upstream"]["timeouts"], timeouts, "none of them lost on the way")


def chains(tap, g):
    for name, what in (("to-blocked", "a CNAME to a blocked name"), ("to-below", "to one below"), ("twice", "a chain"),
                       ("x.gate", "a DNAME")):
        for _ in range(2):
            a = g.ask(name + ".example")
            tap.ok(a.rcode == NXDOMAIN and a.ede_codes() == [17] and not a.answer and a.ttl() <= 60, f"{what}: blocked", a)
    for qtype in ("AAAA", "TXT"):
        tap.equal(g.ask("to-blocked.example", qtype).rcode, NXDOMAIN, f"whatever the type: {qtype}")
    tap.equal(g.ask("to-blocked.example", source="127.0.0.9").addresses(), ["192.0.2.50"], "the same entry is open to another profile")
    tap.equal(g.ask("free.example").addresses(), ["192.0.2.50"], "an allowed name on a closed host: open")
    a = g.ask("www.free.example")
    tap.ok(a.rcode == NXDOMAIN and a.ede_codes() == [15], "an allowed name on a malware host: closed", a)
    tap.equal(g.ask("to-malware.example", source="127.0.0.9").rcode, NXDOMAIN, "malware behind a CNAME, for everybody")
    tap.equal(g.ask("to-help.example").addresses(), ["192.0.2.53"], "a CNAME to a lifeline is an answer like any")
    for name, qtype in (("listed4", "A"), ("listed-net", "A"), ("listed6", "AAAA"), ("one-of", "A"), ("hint", "HTTPS"),
                        ("svc-target", "HTTPS"), ("svc-alias", "HTTPS")):
        a = g.ask(name + ".example", qtype)
        tap.ok(a.rcode == NXDOMAIN and a.ede_codes() == [17], f"{name}, {qtype}: closed", a)
        a = g.ask(name + ".example", qtype, source="127.0.0.9")
        tap.ok(a.rcode == NOERROR and a.answer, f"{name}: open to others", a)
    tap.ok(g.ask("hint-ok.example", "HTTPS").answer, "a hint that is not listed")


def silence(tap, g, lab):
    time.sleep(1)
    before, asked = lab.queries(), g.status()["upstream"]["asked"]
    for i in range(40):
        g.ask(f"n{i}.blocked.example")
        g.ask(f"n{i}.malware.example", "AAAA", cd=i % 2 == 0, dnssec_ok=True)
    time.sleep(0.5)
    tap.equal((lab.queries(), g.status()["upstream"]["asked"]), (before, asked), "judged first: no query for a blocked name leaves")


def inside(tap, g):
    for name in ("private", "mixed"):
        a = g.ask(name + ".example")
        tap.ok(a.rcode == NXDOMAIN and a.ede_codes() == [15] and not a.answer, f"{name}: an address of the inside is not told", a)
    tap.equal(g.ask("rebind.example").addresses(), ["127.0.0.1"], "unless the operator said so")


def cache(tap, g, lab):
    first = g.ask("long.example").ttl()
    count = g.counts()
    time.sleep(2.1)
    second = g.ask("long.example").ttl()
    tap.ok(2 <= first - second <= 3, f"TTLs count down: {first}, {second}")
    g.ask("nothing-here.example")
    g.ask("nothing-here.example")
    g.ask("nothing-here.example", "A", edns=False)
    now = g.counts()
    tap.equal((now["misses"] - count["misses"], now["hits"] - count["hits"]), (1, 3), "negative answers are kept")
    tap.ok(g.ask("zero.example").addresses(), "a TTL of 0 is passed on")


def killed(tap, g):
    g.ask("long.example")
    old, restarts = (g.status()["upstream"][k] for k in ("unbound_pid", "unbound_restarts"))
    os.kill(old, signal.SIGKILL)
    start, slowest, new = time.monotonic(), 0, None
    miss = []
    t = threading.Thread(target=lambda: miss.append(g.ask("two.example", timeout=5)))
    t.start()
    while t.is_alive():
        a = g.ask("long.example")
        slowest = max(slowest, a.ms if a and a.addresses() == ["192.0.2.16"] else 9999)
    t.join()
    tap.ok(miss[0] and miss[0].addresses() == ["192.0.2.12", "192.0.2.13"] and miss[0].ms < 1500,
           "unbound killed: a question of that moment is answered", miss)
    tap.note(f"after {miss[0].ms if miss[0] else 0:.0f} ms; slowest hit meanwhile {slowest:.1f} ms")
    tap.ok(slowest < 100, "hits do not notice")
    u = g.status()["upstream"]
    tap.ok(u["unbound_pid"] not in (0, old) and u["unbound_restarts"] == restarts + 1, "a new one runs", u)


with Tap() as tap, DnsLab(free_port()) as lab:
    for record in MORE:
        lab.add_record(*record)
    settings = {"rebinding": {"protect": True, "allow": ["rebind.example"]}}
    with Guard(IMAGE, HOUSEHOLD, upstream=lab, settings=settings) as g:
        tap.ok(wait_until(lambda: (lambda a: a and a.rcode == NOERROR)(g.ask("www.example")), 10, 0.2), "recursion is there")
        believed(tap, g)
        found(tap, g)
        chains(tap, g)
        silence(tap, g, lab)
        inside(tap, g)
        cache(tap, g, lab)
        killed(tap, g)
        pid = g.status()["upstream"]["unbound_pid"]
        tap.equal(g.stop(), 0, "a clean end")
        tap.ok(wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 3), "and no unbound is left")
        tap.ok("example" not in g.output(), "no name in the log", g.output())
