#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One RPZ zone, three readers: hisn (compiled), Unbound and BIND (transferred from Knot DNS). The same
names are asked of all, and the answers compared. Where they differ on purpose, DIFFERENCES says so,
as docs/rpz-differences.md does."""
import os, time

import dnslab
from dnslab import DnsLab
from guardlab import Guard, compile_image, write_file
from hisnflow import NOERROR, NXDOMAIN, Process, Tap, ask, folder, free_port, wait_until

BASE = "insecure.example"
N = 60
ZONE = "policy.example"

ACTIONS = {"block": ("CNAME", "."), "nodata": ("CNAME", "*."), "a": ("A", "192.0.2.221"), "other": ("A", "192.0.2.222"),
           "six": ("AAAA", "2001:db8::221"), "cname": ("CNAME", f"www.{BASE}."), "pass": ("CNAME", "rpz-passthru.")}
PAIRS = {f"{h}-{b}": (ACTIONS[h], ACTIONS[b]) for h in ACTIONS for b in ACTIONS if h != b}


def rules():
    """The zone's records: (owner below the zone, type, data)."""
    for i in range(N):
        yield f"e{i}.{BASE}", "CNAME", "."
        yield f"*.w{i}.{BASE}", "CNAME", "."
        yield f"b{i}.{BASE}", "CNAME", "."
        yield f"*.b{i}.{BASE}", "CNAME", "."
        yield f"*.in.b{i}.{BASE}", "CNAME", "rpz-passthru."
        yield f"ok.w{i}.{BASE}", "CNAME", "rpz-passthru."
        yield f"d{i}.{BASE}", "CNAME", "*."
        yield f"*.d{i}.{BASE}", "CNAME", "*."
        yield f"a{i}.{BASE}", "A", f"192.0.2.{i + 1}"
        yield f"*.a{i}.{BASE}", "A", f"192.0.2.{i + 1}"
        yield f"c{i}.{BASE}", "CNAME", f"www.{BASE}."
        yield f"p{i}.{BASE}", "CNAME", "rpz-passthru."
    # A name and what is below it, each with its own action.
    for n, (here, below) in PAIRS.items():
        yield f"{n}.{BASE}", *here
        yield f"*.{n}.{BASE}", *below
    yield f"in.wild.{BASE}", "A", "192.0.2.211"
    yield f"*.wild.{BASE}", "A", "192.0.2.212"
    yield f"*.in.wild.{BASE}", "A", "192.0.2.213"
    yield f"shut.wild.{BASE}", "CNAME", "."
    yield f"both.{BASE}", "A", "192.0.2.201"
    yield f"both.{BASE}", "AAAA", "2001:db8::201"
    for name in ("32.66.100.51.198", "24.0.113.0.203", "32.7.113.0.203", "128.1.zz.66.db8.2001"):
        yield name + ".rpz-ip", "CNAME", "rpz-passthru." if name.startswith("32.7.") else "."
    yield "one.example", "CNAME", "."
    yield "fine.bogus.example", "CNAME", "."


def data():
    """What the names lead to: everything exists, so that an NXDOMAIN is a verdict."""
    yield "*", "A", "192.0.2.250"
    yield "*", "AAAA", "2001:db8::250"
    yield "*", "TXT", '"text"'
    for i in range(N):
        for kind in ("e", "b", "d", "a", "c"):
            yield f"to-{kind}{i}", "CNAME", f"{kind}{i}"
        yield f"to-below{i}", "CNAME", f"x.w{i}"
        yield f"far{i}", "CNAME", f"far-a{i}"
        yield f"far-a{i}", "CNAME", f"far-b{i}"
        yield f"far-b{i}", "CNAME", f"x.b{i}"
        yield f"fine{i}", "CNAME", f"fine-a{i}"
        yield f"fine-a{i}", "CNAME", f"w{i}"
        yield f"to-pass{i}", "CNAME", f"ok.w{i}"
        yield f"p{i}", "CNAME", f"e{i}"
        yield f"net{i}", "A", f"203.0.113.{i}"
        yield f"mixed{i}", "A", f"203.0.113.{100 + i}"
        yield f"mixed{i}", "A", "203.0.113.7"
        yield f"to-net{i}", "CNAME", f"net{i}"
    yield "ip66", "A", "198.51.100.66"
    yield "ip67", "A", "198.51.100.67"
    yield "ip6", "AAAA", "2001:db8:66::1"
    yield "ip6n", "AAAA", "2001:db8:66::2"
    yield "www.pass", "CNAME", "ok.w0"


def questions():
    """(group, name, types)"""
    for i in range(N):
        for kind in "ebdac":
            n = f"{kind}{i}"
            for p in ("", "x.", "y.x."):
                yield f"{kind}{'+' if p else ''}", f"{p}{n}.{BASE}", ("A", "AAAA", "TXT")
            yield "beside", f"z{n}.{BASE}", ("A",)
        yield "w", f"w{i}.{BASE}", ("A",)
        yield "w+", f"x.w{i}.{BASE}", ("A", "AAAA")
        yield "w+", f"a.b.c.w{i}.{BASE}", ("A",)
        yield "exact passthru", f"ok.w{i}.{BASE}", ("A",)
        yield "below an exact passthru", f"x.ok.w{i}.{BASE}", ("A",)
        yield "inner wildcard passthru", f"x.in.b{i}.{BASE}", ("A",)
        yield "above an inner wildcard", f"in.b{i}.{BASE}", ("A",)
        for name in (f"to-e{i}", f"to-b{i}", f"to-below{i}", f"far{i}"):
            yield "chain to a blocked name", f"{name}.{BASE}", ("A",)
            yield "the same chain, from a cache", f"{name}.{BASE}", ("AAAA",)
        yield "chain past listed ones", f"fine{i}.{BASE}", ("A",)
        yield "chain to a passthru", f"to-pass{i}.{BASE}", ("A",)
        yield "chain to NODATA", f"to-d{i}.{BASE}", ("A",)
        yield "chain to local data", f"to-a{i}.{BASE}", ("A",)
        yield "chain to a local CNAME", f"to-c{i}.{BASE}", ("A",)
        yield "address", f"net{i}.{BASE}", ("A",)
        yield "an excepted name's chain", f"p{i}.{BASE}", ("A",)
        yield "an excepted and a listed address", f"mixed{i}.{BASE}", ("A",)
        yield "address behind a chain", f"to-net{i}.{BASE}", ("A",)
    for name in ("ip66", "ip67", "ip6", "ip6n"):
        yield "address", f"{name}.{BASE}", ("A", "AAAA")
    for n in PAIRS:
        yield "one of a pair", f"{n}.{BASE}", ("A", "AAAA", "TXT")
        yield "below one of a pair", f"x.{n}.{BASE}", ("A", "AAAA", "TXT")
        yield "below one of a pair", f"y.x.{n}.{BASE}", ("A",)
    for name in ("wild", "x.wild", "in.wild", "x.in.wild"):
        yield "answers within answers", f"{name}.{BASE}", ("A", "AAAA")
    yield "a block within an answer", f"shut.wild.{BASE}", ("A",)
    yield "both", f"both.{BASE}", ("A", "AAAA", "TXT")
    yield "signed", "one.example", ("A",)
    yield "signed", "two.example", ("A",)


# group -> (who differs from hisn, why). Each row stands in docs/rpz-differences.md.
DIFFERENCES = {
    "an excepted name's chain": ({"unbound", "bind"}, "an exception is no permission"),
    "an excepted and a listed address": ({"unbound", "bind"}, "an exception is no permission"),
    "a block within an answer": ({"unbound", "bind"}, "an answer holds for all below it"),
    "above an inner wildcard": ({"bind"}, "wildcards reach past an existing name"),
    "the same chain, from a cache": ({"unbound"}, "Unbound 1.17 forgets (its issue 954)"),
    "below an exact passthru": ({"unbound", "bind"}, "wildcards reach past an existing name"),
    "chain to NODATA": ({"unbound", "bind"}, "a chain is blocked in the profile's form"),
    "chain to local data": ({"unbound", "bind"}, "a chain is blocked in the profile's form"),
    "chain to a local CNAME": ({"unbound", "bind"}, "a chain is blocked in the profile's form"),
}


def zone_text():
    lines = ["$TTL 60", f"@ SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 30", f"@ NS ns.{ZONE}."]
    return "\n".join(lines + [f"{o} {t} {d}" for o, t, d in rules()]) + "\n"


def knot(at, port):
    write_file(f"{at}/policy.zone", zone_text())
    os.makedirs(f"{at}/knot")
    write_file(f"{at}/knot.conf", f"""server:
    rundir: "{at}/knot"
    listen: 127.0.0.1@{port}
database:
    storage: "{at}/knot"
acl:
  - id: local
    address: 127.0.0.0/8
    action: transfer
template:
  - id: default
    storage: "{at}"
    semantic-checks: off
    acl: local
zone:
  - domain: {ZONE}
    file: policy.zone
""")
    return Process(["knotd", "-c", f"{at}/knot.conf"])


def unbound(at, port, primary, lab):
    write_file(f"{at}/unbound.conf", f"""server:
    interface: 127.0.0.1@{port}
    directory: ""
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    module-config: "respip iterator"
    num-threads: 1
    access-control: 127.0.0.0/8 allow
rpz:
    name: {ZONE}
    primary: 127.0.0.1@{primary}
    zonefile: "{at}/unbound.zone"
remote-control:
    control-enable: no
include: "{lab.include_path}"
""")
    return Process(["unbound", "-d", "-c", f"{at}/unbound.conf"])


def bind(at, port, primary, lab):
    forward = f"type forward; forward only; forwarders {{ 127.0.0.1 port {lab.port}; }};"
    write_file(f"{at}/named.conf", f"""options {{
    directory "{at}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile none;
    recursion yes;
    allow-query {{ 127.0.0.0/8; }};
    dnssec-validation no;
    empty-zones-enable no;
    response-policy {{ zone "{ZONE}"; }} qname-wait-recurse no;
}};
controls {{ }};
zone "{ZONE}" {{ type secondary; primaries {{ 127.0.0.1 port {primary}; }}; file "{at}/bind.zone"; }};
zone "example" {{ {forward} }};
zone "insecure.example" {{ {forward} }};
""")
    return Process(["named", "-f", "-n", "1", "-c", f"{at}/named.conf"])


def said(a):
    """What is compared: rcode, addresses, and whether there was any answer of the type asked."""
    if a is None:
        return "no answer"
    return (a.rcode, tuple(a.addresses()), bool(a.records(a.question[1])))


def compare(tap, ports):
    asked, verdicts, unlike = 0, set(), {}
    groups = {}
    for group, name, types in questions():
        for qtype in types:
            got = {who: said(ask(port, name, qtype, edns=False)) for who, port in ports.items()}
            asked += 1
            groups[group] = groups.get(group, 0) + 1
            verdicts.add(got["hisn"])
            for who in ("unbound", "bind"):
                if got[who] != got["hisn"]:
                    unlike.setdefault((group, who), []).append((name, qtype, got["hisn"], got[who]))
    tap.note(f"{asked} questions, {len(groups)} groups, {len(verdicts)} different answers")
    for group in groups:
        for who in ("unbound", "bind"):
            by_design, why = DIFFERENCES.get(group, (set(), ""))
            bad = unlike.get((group, who), [])
            if who in by_design:
                tap.ok(len(bad) == groups[group], f"{group}: {who} differs by design: {why}", (len(bad), groups[group], bad[:2]))
            else:
                tap.ok(not bad, f"{group}: as {who} ({groups[group]} questions)", (len(bad), bad[:3]))
    return asked


def forms(tap, ports):
    """What is not compared: TTL, SOA, AUTHORITY, EDE."""
    a = {who: ask(port, f"e0.{BASE}") for who, port in ports.items()}
    tap.ok(a["hisn"].ttl() == 60 and a["hisn"].authority[0].name == f"e0.{BASE}." and a["hisn"].ede_codes() == [17],
           "hisn: the SOA is the name's own, 60 s, and an EDE says why", a)
    tap.ok(not a["bind"].ede, "BIND says nothing (9.18)", a["bind"])
    a = {who: ask(port, "one.example", dnssec_ok=True) for who, port in ports.items()}
    tap.equal(a["hisn"].rcode, NXDOMAIN, "hisn blocks whatever DO says")
    tap.ok(a["bind"].rcode == NOERROR and a["bind"].addresses(), "BIND answers a signed name to DO=1 (break-dnssec no)", a["bind"])
    a = {who: ask(port, f"y.x.e1.{BASE}", "ANY") for who, port in ports.items()}
    tap.ok(a["hisn"].records("HINFO"), "ANY: RFC 8482", a["hisn"])


dnslab.INSECURE.extend(r for r in data())
dnslab.INSECURE.append(("fixed", "A", "192.0.2.249"))

with Tap() as tap, DnsLab(free_port()) as lab:
    at = folder()
    primary, u, b = free_port(), free_port(), free_port()
    image = compile_image(shipped=False, x__policy=(":rpz", f"$ORIGIN {ZONE}.\n" + zone_text()))
    household = {"default": "all", "profiles": [{"name": "all", "close": ["x-policy"], "security": True}]}
    with knot(at, primary), Guard(image, household, upstream=lab) as g:
        tap.ok(wait_until(lambda: ask(primary, ZONE, "SOA", timeout=0.5), 10), "knotd serves the zone")
        with unbound(at, u, primary, lab) as pu, bind(at, b, primary, lab) as pb:
            ports = {"hisn": g.port, "unbound": u, "bind": b}
            for who, port in ports.items():
                ready = lambda: (lambda a: a and a.rcode == NXDOMAIN)(ask(port, f"e0.{BASE}", timeout=0.5))
                tap.ok(wait_until(ready, 20, 0.2), f"{who} has its policy", pu.output() + pb.output())
            start = time.monotonic()
            n = compare(tap, ports)
            tap.ok(n > 2500, f"{n} questions in {time.monotonic() - start:.1f} s")
            forms(tap, ports)
