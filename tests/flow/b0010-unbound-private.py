#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The private unbound and the forwarder against a signed world on loopback."""
import os, signal
from dnslab import DnsLab
from hisnflow import NOERROR, NXDOMAIN, SERVFAIL, TYPES, Process, Tap, folder, free_port, program, wait_until


class Tool(Process):
    """upstream-tool: a guard's recursion without the guard."""

    def __init__(self, lab, private):
        super().__init__([program("tests/unit/guard/upstream-tool"), private, free_port(), lab.trust_anchor, "",
                          lab.include_path], pipes=True)

    def answer(self, line):
        self.say(line)
        return dict(w.split("=", 1) for w in self.hear().split())

    def ask(self, name, qtype="A", *words):
        return Reply(self.answer(f"ask {name} {TYPES[qtype]} {' '.join(words)}"))


class Reply:
    def __init__(self, d):
        self.text = d
        self.err, self.rcode, self.ad, self.answers, self.ede, self.size, self.ms = (
            int(d[k]) for k in ("err", "rcode", "ad", "answers", "ede", "size", "ms"))
        self.addresses = sorted(filter(None, d["addresses"].split(",")))

    def __repr__(self):
        return str(self.text)


with Tap() as tap, DnsLab(free_port()) as lab:
    private = os.path.join(folder(), "private")
    tool = Tool(lab, private)

    r = tool.ask("www.example")
    tap.ok(r.err == 0 and r.rcode == NOERROR and r.ad and r.addresses == ["192.0.2.10"], "secure: AD", r)
    r = tool.ask("chain1.example")
    tap.ok(r.rcode == NOERROR and r.ad and r.answers == 4 and r.addresses == ["192.0.2.10"], "a chain is followed", r)
    r = tool.ask("host.old.example")
    tap.ok(r.rcode == NOERROR and r.ad and r.addresses == ["192.0.2.30"], "a DNAME is followed", r)
    r = tool.ask("any.thing.wild.example")
    tap.ok(r.rcode == NOERROR and r.ad and r.addresses == ["192.0.2.20"], "wildcard: AD", r)
    r = tool.ask("missing.example")
    tap.ok(r.rcode == NXDOMAIN and r.ad and r.answers == 0, "NXDOMAIN: proven", r)
    r = tool.ask("mail.example", "AAAA")
    tap.ok(r.rcode == NOERROR and r.ad and r.answers == 0, "no such type: proven", r)
    r = tool.ask("svc.example", "HTTPS")
    tap.ok(r.rcode == NOERROR and r.addresses == ["192.0.2.40", "192.0.2.41"], "HTTPS with hints", r)

    r = tool.ask("www.insecure.example")
    tap.ok(r.rcode == NOERROR and not r.ad and r.addresses == ["192.0.2.60"], "insecure: no AD", r)
    r = tool.ask("away.example")
    tap.ok(r.rcode == NOERROR and not r.ad and r.addresses == ["192.0.2.60"], "secure to insecure: no AD", r)

    r = tool.ask("www.bogus.example")
    tap.ok(r.err == 0 and r.rcode == SERVFAIL and r.ede == 6 and r.answers == 0, "bogus: SERVFAIL and EDE 6", r)
    r = tool.ask("www.bogus.example", "A", "cd")
    tap.ok(r.rcode == NOERROR and not r.ad and r.addresses == ["192.0.2.79"], "bogus with CD: as it is, no AD", r)
    r = tool.ask("fine.bogus.example")
    tap.ok(r.rcode == NOERROR and r.ad, "its other names are secure", r)
    r = tool.ask("www.expired.example")
    tap.ok(r.rcode == SERVFAIL and r.ede in (7, 9), "expired: SERVFAIL and EDE 7, or 9 as its key is, too", r)

    before = int(tool.answer("stats")["tcp"])
    r = tool.ask("big.example", "TXT")
    tap.ok(r.rcode == NOERROR and r.answers == 20 and r.size > 4000, "a big answer is whole", r)
    tap.equal(int(tool.answer("stats")["tcp"]), before + 1, "it came over TCP")
    r = tool.ask("many.example", "A", "do")
    tap.ok(r.err == 0 and r.size > 1232 and len(r.addresses) == 80, "80 addresses, too", r)

    lab.add_record("added.example.", "A", "192.0.2.99")
    r = tool.ask("added.example")
    tap.ok(r.ad and r.addresses == ["192.0.2.99"], "a record added to the lab is signed", r)

    old = int(tool.answer("pid")["pid"])
    os.kill(old, signal.SIGKILL)
    r = tool.ask("www.example")
    tap.ok(r.err == 0 and r.ad and r.ms < 1000, "unbound killed: answers within a second", r)
    d = tool.answer("pid")
    tap.ok(int(d["pid"]) not in (0, old) and d["restarts"] == "1", "by a new process", d)

    lab.stop_server()
    r = tool.ask("one.example")
    tap.ok(r.err == 0 and r.rcode == SERVFAIL or r.err < 0, "the world's server gone: an end, not a hang", r)
    lab.start_server()
    r = wait_until(lambda: (lambda r: r if r.addresses == ["192.0.2.12", "192.0.2.13"] else None)(tool.ask("two.example")), 10, 0.2)
    tap.ok(r, "and back")

    pid = int(tool.answer("pid")["pid"])
    gone = lambda: not os.path.exists(f"/proc/{pid}") or ") Z " in open(f"/proc/{pid}/stat").read()
    tool.kill()
    tap.ok(wait_until(gone, 3), "unbound does not outlive the guard")
    tap.ok("example" not in tool.output(), "no name in the log", tool.output())
