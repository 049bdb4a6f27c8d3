#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One guard, one client at a time: what it answers to which packet, and in which form."""
import os, socket, struct, time
from datetime import datetime, timezone

from guardlab import Guard, Upstream, compile_image, free_port
from hisnflow import (BADVERS, COOKIE, FORMERR, NOERROR, NOTIMP, NXDOMAIN, REFUSED, TYPES, Tap, TcpClient,
                      Answer, ask_wire, make_query)

KEEPALIVE = 11
IMAGE = compile_image(
    adult=["both.example\n", (":plain:exact", "exact.example\n"), (":plain:subtree", "below.example\n")],
    malware="malware.example\n", vpn="tunnel.example\n", child="stories.example\n", lifeline="help.example\n",
    gambling="bets.example\n")


def at(seconds):
    return datetime.fromtimestamp(time.time() + seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def hour(seconds):
    return datetime.fromtimestamp(time.time() + seconds, timezone.utc).strftime("%H:%M")


while time.time() % 60 > 40:  # edges are whole minutes; the next one must not come at once
    time.sleep(0.5)
EDGE = (int(time.time()) // 60 + 1) * 60
PROFILES = {  # name: (client, settings)
    "child": ("127.0.0.1", {"close": ["adult", "gambling"], "deny": ["denied.example"], "allow": ["ok.both.example"]}),
    "nodata": ("127.0.0.2", {"close": ["adult"], "deny": ["denied.example"], "block": "nodata"}),
    "help": ("127.0.0.3", {"close": ["adult"], "block": "help"}),
    "small": ("127.0.0.4", {"allow_only": True, "open": ["child"]}),
    "paused": ("127.0.0.5", {"pause_until": at(8)}),
    "edge": ("127.0.0.6", {"close": ["adult"], "schedules": [
        {"kind": "close", "from": hour(EDGE - time.time()), "to": hour(EDGE - time.time() + 600), "categories": ["games"]}]}),
    "school": ("127.0.0.7", {"close": ["gambling"], "operator_close": ["adult"]}),
    "strict": ("127.0.0.8", {"bypass": "closed"}),
    "asleep": ("127.0.0.9", {"schedules": [{"kind": "bedtime", "from": hour(-3600), "to": hour(3600)}]}),
}
HOUSEHOLD = {
    "time_zone": "UTC", "default": "child", "help": {"address4": "192.0.2.80", "text": "http://hisn.home/"},
    "profiles": [dict(p, name=n) for n, (_, p) in PROFILES.items()],
    "clients": [{"address": a, "profile": n} for n, (a, _) in PROFILES.items()],
}
LABEL = "x" * 63


def world(up):
    up.add("www.site.example", "A", "192.0.2.1")
    up.add("www.site.example", "AAAA", "2001:db8::1")
    up.add("www.site.example", "MX", "mail.site.example")
    for i in range(30):
        up.add(f"n{i}.site.example", "A", f"192.0.2.{i + 1}")
    up.add("slow.site.example", "A", "192.0.2.99")
    up.delay["slow.site.example"] = 0.7
    up.add("big.site.example", "TXT", *[f"{i:02}" + "t" * 180 for i in range(6)])      # about 1.2 kB
    up.add("huge.site.example", "TXT", *[f"{i:03}" + "t" * 240 for i in range(120)])   # about 30 kB
    up.add("medium.site.example", "TXT", *["m" * 200, "n" * 200, "o" * 200])
    for name in ("exact", "both", "below", "help", "malware", "tunnel"):
        up.add(name + ".example", "A", "192.0.2.7")
        up.add("www." + name + ".example", "A", "192.0.2.8")
    up.add("ok.both.example", "A", "192.0.2.9")
    up.add("www.stories.example", "A", "192.0.2.10")


def entries(tap, g):
    for name, blocked in (("exact", (True, False)), ("below", (False, True)), ("both", (True, True))):
        for prefix, want in zip(("", "www."), blocked):
            a = g.ask(f"{prefix}{name}.example")
            tap.equal(a.rcode, NXDOMAIN if want else NOERROR, f"{name}: {prefix}{name}.example")
    tap.equal(g.ask("a.b.c.d.e.f.both.example").rcode, NXDOMAIN, "far below")
    tap.equal(g.ask("xboth.example").rcode, NXDOMAIN, "a longer label is another name: upstream was asked")
    tap.equal(g.ask("ok.both.example").addresses(), ["192.0.2.9"], "an allow below a closed name")
    tap.equal([g.ask("both.example", t).rcode for t in ("AAAA", "MX", "TXT", "HTTPS", "DS", 65280)], [NXDOMAIN] * 6,
              "every type of a blocked name")


def forms(tap, g):
    a = g.ask("both.example")
    soa = a.authority[0] if a.authority else None
    tap.ok(not a.answer and soa and soa.type == TYPES["SOA"] and soa.name == "both.example.", "NXDOMAIN with an SOA", a)
    tap.equal((soa.ttl, int.from_bytes(soa.data[-4:], "big")), (60, 60), "closed categories: 60 s, TTL and MINIMUM")
    tap.ok("aa" not in a.flags and "ad" not in a.flags and "ra" in a.flags, "flags of a block", a)
    a = g.ask("denied.example")
    tap.equal(a.ttl(), 10, "what a guardian chose: 10 s")
    a = g.ask("both.example", source="127.0.0.2")
    tap.ok(a.rcode == NOERROR and not a.answer and a.ttl() == 60 and a.ede_codes() == [17], "nodata form", a)
    a = g.ask("both.example", source="127.0.0.3")
    tap.ok(a.addresses() == ["192.0.2.80"] and a.ttl() == 60 and a.ede_codes() == [17], "help form: the address", a)
    a = g.ask("both.example", "AAAA", source="127.0.0.3")
    tap.ok(a.rcode == NOERROR and not a.answer and a.authority, "help form without an AAAA: NODATA", a)
    a = g.ask("both.example", "HTTPS", source="127.0.0.3")
    tap.ok(a.rcode == NOERROR and not a.answer, "help form, HTTPS: NODATA", a)
    a = g.ask("both.example", edns=False)
    tap.ok(a.rcode == NXDOMAIN and not a.edns and not a.ede, "no OPT where there was none", a)
    a = g.ask("both.example", dnssec_ok=True, ad=True)
    tap.ok(a.rcode == NXDOMAIN and "ad" not in a.flags and a.dnssec_ok, "blocked whatever DO says", a)
    a = g.ask("both.example", cd=True)
    tap.ok(a.rcode == NXDOMAIN and "cd" in a.flags, "and whatever CD says", a)


def reasons(tap, g):
    def why(name, source, **kw):
        a = g.ask(name, source=source, **kw)
        return (a.rcode, *(a.ede[0] if a.ede else (None, None)))
    tap.equal(why("malware.example", "127.0.0.8"), (NXDOMAIN, 15, "Blocked for safety: malware. Ask: http://hisn.home/"), "rule 3")
    tap.equal(g.ask("malware.example", source="127.0.0.8").ttl(), 60, "security: 60 s")
    tap.equal(why("tunnel.example", "127.0.0.8"), (NXDOMAIN, 17, "Closed: it would go around the protection (VPN). Ask: http://hisn.home/"),
              "rule 4")
    tap.equal(why("use-application-dns.net", "127.0.0.8")[:2], (NXDOMAIN, 17), "the canary")
    tap.equal(why("denied.example", "127.0.0.1"), (NXDOMAIN, 17, "Closed by your family. Ask: http://hisn.home/"), "rule 5")
    r = why("www.site.example", "127.0.0.9")
    tap.ok(r[:2] == (NXDOMAIN, 17) and r[2].startswith("Closed until ") and "(bedtime)" in r[2], "rule 7", r)
    tap.equal(why("www.site.example", "127.0.0.4"), (NXDOMAIN, 17, "Not on your list of sites. Ask: http://hisn.home/"), "rule 9")
    tap.equal(g.ask("www.stories.example", source="127.0.0.4").addresses(), ["192.0.2.10"], "a good place is open")
    tap.equal(why("both.example", "127.0.0.1"), (NXDOMAIN, 17, "Closed for you: adult sites. Ask: http://hisn.home/"), "rule 10")
    r = why("both.example", "127.0.0.7")
    tap.ok(r[:2] == (NXDOMAIN, 15) and r[2].startswith("Closed on this network: adult sites."), "rule 10, the operator's", r)
    tap.equal(why("bets.example", "127.0.0.7")[:2], (NXDOMAIN, 17), "rule 10, the profile's own beside it")
    for client in ("127.0.0.9", "127.0.0.4"):
        tap.equal(g.ask("help.example", source=client).addresses(), ["192.0.2.7"], f"rule 1: a lifeline, for {client}")


def times(tap, g):
    left = EDGE - time.time()
    ttls = [g.ask("www.site.example", source="127.0.0.6").ttl() for _ in range(25)]
    tap.ok(all(1 <= t <= left + 1 for t in ttls), "an answer of 300 s ends with the schedule's edge", (ttls, left))
    tap.ok(len(set(ttls)) > 2, "spread, so that not all ask again at once", ttls)
    left = EDGE - time.time()
    tap.ok(1 <= g.ask("both.example", source="127.0.0.6").ttl() <= left + 1, "a block of 60 s too")
    tap.ok(g.ask("www.site.example").ttl() > 250, "nobody else's TTL is cut")


def pause(tap, g):
    """First of all, as the pause runs from the start."""
    a = g.ask("www.site.example", source="127.0.0.5")
    tap.ok(a.rcode == NXDOMAIN and a.ede and "paused until" in a.ede[0][1] and 1 <= a.ttl() <= 8, "rule 7: paused, cut below 10 s", a)
    return time.time() + 8


def headers(tap, g):
    a = ask_wire(g.port, make_query("WwW.sItE.eXaMpLe"))
    tap.equal(a.question[0], "WwW.sItE.eXaMpLe.", "0x20: the case is kept")
    a = g.ask("bOtH.ExAmPlE")
    tap.equal((a.rcode, a.question[0]), (NXDOMAIN, "bOtH.ExAmPlE."), "in a block too")
    a = g.ask("www.site.example", "ANY")
    tap.ok(a.rcode == NOERROR and [(r.type, r.data) for r in a.answer] == [(13, b"\7RFC8482\0")], "ANY: HINFO (RFC 8482)", a)
    tap.equal(g.ask("both.example", "ANY").rcode, NXDOMAIN, "ANY of a blocked name")
    a = g.ask("www.site.example", version=1)
    tap.ok(a.rcode == BADVERS and a.edns and not a.answer, "EDNS version 1: BADVERS", a)
    tap.equal([g.ask("www.site.example", opcode=o).rcode for o in (1, 2, 4, 5, 15)], [NOTIMP] * 5, "other opcodes: NOTIMP")
    m = bytearray(make_query("www.site.example"))
    m[2] |= 0x80
    tap.ok(ask_wire(g.port, bytes(m), timeout=0.3) is None, "QR set: no answer")
    tap.ok(ask_wire(g.port, b"\0\1\1\0\0\1\0\0\0\0\0", timeout=0.3) is None, "eleven bytes: no answer")
    q = make_query("www.site.example")
    wrong = {
        "two questions": q[:4] + b"\0\2" + q[6:],
        "no question": struct.pack("!6H", 7, 0x100, 0, 0, 0, 0),
        "a compressed question": struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1",
        "a label of 64": struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + b"\x40" + b"x" * 64 + b"\0\0\1\0\1",
        "a name of 256": struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + (b"\x3f" + b"x" * 63) * 4 + b"\0\0\1\0\1",
        "cut in the question": q[:20],
        "a byte too many": q + b"\0",
        "an OPT that promises more": q[:-2] + b"\0\4",
        "two OPTs": q[:10] + b"\0\2" + q[12:] + q[-11:],
        "an OPT of a name": q[:-11] + b"\1a" + q[-11:],
        "a cookie of 9 bytes": make_query("www.site.example", options=[(COOKIE, b"123456789")]),
    }
    for what, m in wrong.items():
        a = ask_wire(g.port, m, timeout=1)
        tap.ok(a is not None and a.rcode == FORMERR and not a.answer, f"FORMERR: {what}", a)
    name = ".".join([LABEL] * 3 + ["x" * 61])
    tap.equal(g.ask(name).rcode, NXDOMAIN, "a name of 255 bytes is one")
    tap.equal(g.ask(".", "NS").rcode in (NOERROR, NXDOMAIN), True, "the root too")
    a = g.ask("www.site.example", options=[(65001, b"x" * 40), (8, b"\0\1\x18\0\x7f\0\0"), (12, b"\0" * 100), (3, b"")])
    tap.ok(a.addresses() == ["192.0.2.1"] and not a.options, "unknown options, ECS, padding, NSID: ignored", a)
    a = ask_wire(g.port, make_query("www.site.example")[:10] + b"\0\2" + make_query("www.site.example", id=1)[12:] +
                 b"\0" + struct.pack("!HHIH", 250, 255, 0, 0))
    tap.ok(a is not None and a.rcode == NOERROR, "a TSIG we do not know is skipped", a)
    tap.equal(g.ask("www.site.example", qclass=3).rcode, REFUSED, "class CH: refused")
    tap.equal(g.ask("version.bind", "TXT", qclass=3).rcode, REFUSED, "version.bind, too")
    tap.ok(g.ask("site.example", "AXFR").rcode in (REFUSED, NOTIMP), "AXFR over UDP")
    tap.ok(g.ask("site.example", "AXFR", tcp=True).rcode in (REFUSED, NOTIMP), "AXFR over TCP")
    tap.ok(g.ask("site.example", 251).rcode in (REFUSED, NOTIMP), "IXFR")
    a = g.ask("www.site.example", rd=False)
    tap.equal((a.addresses(), "rd" in a.flags), (["192.0.2.1"], False), "RD=0: from the cache")
    tap.equal(g.ask("never.asked.example", rd=False).rcode, REFUSED, "RD=0 and not in the cache: refused")
    tap.equal(g.ask("both.example", rd=False).rcode, NXDOMAIN, "RD=0 of a blocked name")


def cookies(tap, g):
    client = os.urandom(8)
    a = g.ask("www.site.example", options=[(COOKIE, client)])
    full = a.options.get(COOKIE, b"")
    tap.ok(len(full) == 24 and full[:8] == client and full[8] == 1, "client cookie: a server cookie of version 1", a)
    b = g.ask("www.site.example", options=[(COOKIE, full)])
    tap.ok(b.rcode == NOERROR and b.options.get(COOKIE, b"")[:8] == client, "it is accepted", b)
    b = g.ask("www.site.example", options=[(COOKIE, client + b"\1\0\0\0" + bytes(12))])
    tap.ok(b.rcode == NOERROR and b.options[COOKIE] != client + b"\1\0\0\0" + bytes(12), "a wrong one: a new one, and an answer", b)
    b = g.ask("www.site.example", options=[(COOKIE, client)], source="127.0.0.2")
    tap.ok(b.options[COOKIE][16:] != full[16:], "it is made for an address")
    tap.ok(COOKIE in g.ask("both.example", options=[(COOKIE, client)]).options, "in a block too")
    tap.ok(COOKIE not in g.ask("www.site.example").options, "never unasked")


def sizes(tap, g):
    a = g.ask("medium.site.example", "TXT", edns=False)
    tap.ok("tc" in a.flags and len(a.wire) <= 512 and not a.answer, "over 512 without EDNS: truncated", a)
    a = g.ask("medium.site.example", "TXT", udp_size=1232)
    tap.ok("tc" not in a.flags and len(a.answer) == 3, "600 bytes in 1232", a)
    a = g.ask("medium.site.example", "TXT", udp_size=100)
    tap.ok("tc" in a.flags and len(a.wire) <= 512, "a size below 512 is 512", a)
    a = g.ask("big.site.example", "TXT", udp_size=4096)
    tap.ok("tc" in a.flags and len(a.wire) <= 1232 and a.edns, "over 1232, whatever the client takes", a)
    a = g.ask("big.site.example", "TXT", tcp=True)
    tap.ok("tc" not in a.flags and len(a.answer) == 6, "over TCP: whole", a)
    a = g.ask("huge.site.example", "TXT", tcp=True)
    tap.ok(a is not None and len(a.answer) == 120 and len(a.wire) > 28000, "30 kB, too", a)
    a = g.ask(".".join(["y" * 60] * 3) + ".both.example", udp_size=512)
    tap.ok(a.rcode == NXDOMAIN and len(a.wire) <= 512, "a block with a long name and a text fits 512", a)


def edges(tap, g, up):
    """Answers of every size around the limit, with an OPT that fits, or not: whole or cut, never both."""
    wrong, cut, whole = [], 0, 0
    for limit in (512, 1232):
        for n in range(limit - 120, limit + 10):
            name = f"t{n}.site.example"
            up.add(name, "TXT", "s" * (n - 60))
            for options in ((), ((COOKIE, b"12345678"),)):
                a = ask_wire(g.port, make_query(name, "TXT", udp_size=limit, options=options))
                good = a and len(a.wire) <= limit and a.edns and a.question == (name + ".", 16) and bool(a.answer) != ("tc" in a.flags)
                wrong += [] if good else [(n, a)]
                cut, whole = cut + ("tc" in a.flags), whole + bool(a.answer)
    tap.ok(not wrong and cut > 40 and whole > 200, f"answers around the limit: {whole} whole, {cut} truncated", wrong[:2])


def tcp(tap, g, up):
    with TcpClient(g.port) as c:
        c.send(*[make_query(f"n{i}.site.example", id=i) for i in range(30)])
        got = [c.receive() for _ in range(30)]
        tap.equal(sorted((a.id, a.addresses()[0]) for a in got if a), [(i, f"192.0.2.{i + 1}") for i in range(30)], "30 pipelined")
        c.send(make_query("slow.site.example", id=1), make_query("both.example", id=2), make_query("n1.site.example", id=3))
        order = [c.receive().id for _ in range(3)]
        tap.equal((order[-1], set(order)), (1, {1, 2, 3}), "out of order: nobody waits for the slow one")
        c.s.sendall(b"\0\x05hello\0\0")
        c.send(make_query("n1.site.example", id=4))
        a = c.receive()
        tap.ok(a is not None and KEEPALIVE not in a.options, "no word on keeping alive to who did not ask")
        c.send(make_query("n1.site.example", id=5, options=[(KEEPALIVE, b"")]))
        k = c.receive().options.get(KEEPALIVE)
        tap.ok(k is not None and 0 < int.from_bytes(k, "big") <= 100, "RFC 7828: how long it may idle", k)
        tap.ok(a is not None and a.id == 4, "five bytes and none before a query do not hurt it")
    with TcpClient(g.port, timeout=6) as c:
        m = make_query("www.site.example")
        c.s.sendall(struct.pack("!H", len(m)))
        start, cut = time.monotonic(), False
        for b in m:
            try:
                c.s.sendall(bytes([b]))
                c.s.settimeout(0.35)
                cut = c.s.recv(10) == b""
            except socket.timeout:
                continue
            except OSError:
                cut = True
            if cut:
                break
        tap.ok(cut and 0.7 < time.monotonic() - start < 3, f"a slow sender is cut off after {time.monotonic() - start:.1f} s")
    with TcpClient(g.port, timeout=6) as c:
        start = time.monotonic()
        tap.ok(c.receive() is None and time.monotonic() - start < 4, "an idle connection is ended")
    tap.equal(g.ask("n2.site.example", tcp=True).addresses(), ["192.0.2.3"], "others are served meanwhile and after")


def special(tap, g, up):
    up.forget()
    tap.equal(g.ask("localhost").addresses(), ["127.0.0.1"], "localhost")
    tap.equal(g.ask("www.localhost", "AAAA").addresses(), ["::1"], "and below")
    tap.equal(g.ask("ipv4only.arpa").addresses(), ["192.0.0.170", "192.0.0.171"], "ipv4only.arpa: both addresses (RFC 7050)")
    a = g.ask("ipv4only.arpa", "AAAA")
    tap.ok(a.rcode == NOERROR and not a.answer, "and no AAAA", a)
    a = g.ask("1.0.0.127.in-addr.arpa", "PTR")
    tap.equal([r.target for r in a.answer], ["localhost."], "the reverse of loopback")
    for name in ("hidden.onion", "x.invalid", "x.test", "printer.local", "tv.home.arpa", "x.alt", "4.3.2.10.in-addr.arpa",
                 "1.1.168.192.in-addr.arpa", "1.0.0.0.d.f.ip6.arpa"):
        a = g.ask(name)
        tap.ok(a.rcode == NXDOMAIN and a.authority, f"{name}: NXDOMAIN", a)
    a = g.ask("_dns.resolver.arpa", "SVCB")
    tap.ok(a.rcode == NOERROR and not a.answer and a.authority, "resolver.arpa: NODATA (RFC 9462)", a)
    tap.equal(up.count(), 0, "none of them was sent on")


def access(tap, g):
    a = g.ask("www.site.example", source="127.0.0.66")
    tap.ok(a.rcode == REFUSED and a.ede_codes() == [18] and not a.answer, "an address that may not ask: REFUSED, EDE 18", a)
    a = g.ask("www.site.example", source="127.0.0.66", tcp=True)
    tap.ok(a is not None and a.rcode == REFUSED, "over TCP too", a)
    a = ask_wire(g.port, make_query("www.site.example", opcode=4), source="127.0.0.66")
    tap.ok(a is not None and a.rcode == REFUSED, "it learns nothing from another opcode", a)
    before = g.counts()["refused"]
    g.ask("both.example", source="127.0.0.66")
    tap.equal(g.counts()["refused"], before + 1, "it is counted")


def addresses(tap):
    """All addresses at once: the answer leaves from the one that was asked; a client by its IPv6 address."""
    port = free_port()
    household = {"default": "none", "profiles": [{"name": "none", "close": ["adult"]}, {"name": "six"}],
                 "clients": [{"address": "::1", "profile": "six"}]}
    with Upstream(free_port()) as up, Guard(IMAGE, household, upstream=up, port=port, settings={
            "listen": [f"0.0.0.0@{port}", f"[::1]:{port}"]}) as g:
        up.anything = "192.0.2.1"
        for tcp in (False, True):
            for name in ("new.example", "both.example"):
                a = g.ask(name, address="127.0.0.77", tcp=tcp)
                tap.ok(a is not None and a.question[0] == name + ".", f"{name} at 127.0.0.77, {'TCP' if tcp else 'UDP'}: from that address", a)
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.connect(("::1", port))
            s.settimeout(3)
            s.send(make_query("both.example"))
            tap.equal(Answer(s.recv(4096)).addresses(), ["192.0.2.1"], "::1 has its own profile")


def rates(tap):
    settings = {"rate_limit": {"per_second": 1, "burst": 10, "slip": 2, "loopback": True}}
    with Upstream(free_port()) as up, Guard(IMAGE, HOUSEHOLD, upstream=up, settings=settings) as g:
        up.add("www.site.example", "A", "192.0.2.1")
        full = g.ask("www.site.example", options=[(COOKIE, os.urandom(8))], source="127.0.0.2").options[COOKIE]
        got = [g.ask("www.site.example", timeout=0.15, source="127.0.0.30") for _ in range(30)]
        whole, cut, none = (len([a for a in got if f(a)]) for f in (
            lambda a: a and a.answer, lambda a: a and "tc" in a.flags and not a.answer, lambda a: a is None))
        tap.ok(10 <= whole <= 14, f"rate limit: {whole} answers", got)
        tap.ok(7 <= cut <= 10 and abs(cut - none) <= 1, f"then half truncated ({cut}), half none ({none})", got)
        tap.ok(g.ask("www.site.example", source="127.0.0.31").answer, "another client has its own")
        tap.ok(g.ask("www.site.example", source="127.0.0.30", tcp=True).answer, "TCP is not limited")
        got = [g.ask("www.site.example", source="127.0.0.2", timeout=0.3, options=[(COOKIE, full)]) for _ in range(30)]
        tap.ok(all(a and a.answer for a in got), "nor is who shows a good cookie")
        tap.ok(g.counts()["limited"] >= 14, "limited ones are counted", g.counts())


with Tap() as tap:
    settings = {"acl": {"deny": ["127.0.0.66/32"]}, "tcp": {"receive_seconds": 1, "idle_seconds": 2}}
    with Upstream(free_port()) as up, Guard(IMAGE, HOUSEHOLD, upstream=up, settings=settings) as g:
        world(up)
        pause_end = pause(tap, g)
        entries(tap, g)
        forms(tap, g)
        reasons(tap, g)
        times(tap, g)
        headers(tap, g)
        cookies(tap, g)
        sizes(tap, g)
        edges(tap, g, up)
        special(tap, g, up)
        access(tap, g)
        tcp(tap, g, up)
        time.sleep(max(0, pause_end - time.time() + 0.5))
        tap.equal(g.ask("www.site.example", source="127.0.0.5").addresses(), ["192.0.2.1"], "the pause is over")
        blocked = [n for n, _ in up.asked if n.split(".")[-2:] == ["both", "example"] and n != "ok.both.example" or "denied" in n]
        tap.equal(blocked, [], "no blocked name was ever sent on")
        tap.ok("example" not in g.output(), "no name in the log", g.output())
        tap.equal(g.stop(), 0, "SIGTERM: a clean end")
    rates(tap)
    addresses(tap)
