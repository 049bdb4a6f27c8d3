#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starting, failing to start with a clear word, ending, and starting again after a crash."""
import json, os, signal, socket, time

from dnslab import DnsLab
from guardlab import SANITIZED, Guard, Upstream, compile_image, write_file
from hisnflow import COOKIE, NXDOMAIN, Process, Tap, TcpClient, folder, free_port, make_query, program, run, wait_until

IMAGE = compile_image(adult="bad.example\n")
HOUSEHOLD = {"default": "child", "profiles": [{"name": "child", "close": ["adult"]}]}
AT = folder()


def config(text, name="guard.yaml"):
    return write_file(f"{AT}/{name}", text if isinstance(text, str) else json.dumps(text))


def refused(tap, what, word, text):
    code, said = run(program("hisn-guard"), "--config", config(text), seconds=30)
    tap.ok(code == 1 and word in said, f"{what}: {said.strip().splitlines()[-1][-110:] if said.strip() else code}", (code, said))


def bad_starts(tap, g):
    good = {"image": IMAGE, "listen": [f"127.0.0.1@{free_port()}"], "state": f"{AT}/state", "sandbox": not SANITIZED,
            "upstream": {"mode": "forward", "servers": ["127.0.0.1@9"]}}
    code, said = run(program("hisn-guard"), "--config", f"{AT}/nothing.yaml")
    tap.ok(code == 1 and "nothing.yaml" in said, "no such file", said)
    refused(tap, "an unknown key", "guard.yaml:2:1: unknown key 'imagee'", f"image: {IMAGE}\nimagee: x\n")
    refused(tap, "a number out of range", "guard.yaml:2:10: expected", f"image: {IMAGE}\nworkers: 1000\n")
    refused(tap, "not YAML", "not valid YAML", "image: [\n")
    refused(tap, "a port that is taken", f"127.0.0.1@{g.port}", dict(good, listen=[f"127.0.0.1@{g.port}"]))
    refused(tap, "an address that is not here", "192.0.2.9", dict(good, listen=["192.0.2.9@5300"]))
    refused(tap, "a second guard on one folder", "another guard", dict(good, state=os.path.join(g.folder, "state")))
    refused(tap, "no unbound", "nobound", dict(good, upstream={"mode": "unbound", "unbound_program": "/usr/sbin/nobound"}))
    refused(tap, "a trust anchor that is not there", "nokey", dict(good, upstream={"mode": "unbound", "trust_anchor": "/nokey"}))
    refused(tap, "unbound settings that are wrong", "unbound", dict(good, upstream={
        "mode": "unbound", "unbound_include": write_file(f"{AT}/extra.conf", "server:\n\tno-such-setting: 1\n")}))
    refused(tap, "a cookie secret that is none", "32 hex", dict(good, cookie_secret_file=write_file(f"{AT}/secret", "xyz\n")))
    refused(tap, "a user that is not there", "nosuchuser", dict(good, user="nosuchuser")) if os.getuid() == 0 else None
    code, said = run(program("hisn-guard"), "--image", IMAGE, "--listen", "nonsense")
    tap.ok(code == 1 and "nonsense" in said, "an address that is none, on the command line", said)
    code, said = run(program("hisn-guard"), "--wrong")
    tap.ok(code == 2 and "--wrong" in said, "an option that is none", (code, said))


def twice(tap, g):
    """A second guard at the same address, by mistake: the first one loses nothing."""
    asked = lost = 0
    for i in range(8):
        with Process([program("hisn-guard"), "--image", IMAGE, "--listen", f"127.0.0.1@{g.port}", "--state", f"{AT}/state{i}",
                      "--upstream", "127.0.0.1@9"]) as second:
            while second.alive():
                asked, lost = asked + 1, lost + (g.ask("bad.example", timeout=0.5) is None)
    tap.ok(not lost and asked >= 8, f"eight times started twice: {asked} questions to the first, {lost} lost")


def crash(tap, up):
    """A crash leaves a control socket; the next start takes its place."""
    secret = write_file(f"{AT}/cookie", "00112233445566778899aabbccddeeff\n")
    with Guard(IMAGE, HOUSEHOLD, upstream=up, settings={"cookie_secret_file": secret}) as g:
        client = b"8 bytes!"
        one = g.ask("www.site.example", options=[(COOKIE, client)]).options[COOKIE]
        g.process.kill()
        tap.ok(os.path.exists(os.path.join(g.folder, "state", "control")), "killed: its socket is left")
        g.start()
        tap.equal(g.ask("bad.example").rcode, NXDOMAIN, "started again at the same place")
        a = g.ask("www.site.example", options=[(COOKIE, one)])
        tap.ok(a.options[COOKIE] == one, "a cookie outlives a restart where the secret is a file", a)
        g.process.signal(signal.SIGINT)
        tap.equal(g.process.wait(5), 0, "SIGINT ends it")
        tap.ok(not os.path.exists(os.path.join(g.folder, "state", "control")), "and takes the socket along")


def with_unbound(tap):
    """kill -9 of the guard leaves no unbound behind; a guard starts whose lab is not there yet."""
    with DnsLab(free_port()) as lab, Guard(IMAGE, HOUSEHOLD, upstream=lab) as g:
        tap.ok(wait_until(lambda: (lambda a: a and a.addresses())(g.ask("www.example")), 10, 0.2), "with its unbound")
        tap.equal(oct(os.stat(os.path.join(g.folder, "state", "control")).st_mode & 0o777), "0o600", "the control socket is its owner's")
        pid = g.status()["upstream"]["unbound_pid"]
        g.process.kill()
        gone = lambda: not os.path.exists(f"/proc/{pid}") or ") Z " in open(f"/proc/{pid}/stat").read()
        tap.ok(wait_until(gone, 5), "killed: no unbound is left")
        start = time.monotonic()
        g.start()
        tap.ok(wait_until(lambda: (lambda a: a and a.addresses())(g.ask("www.example")), 10, 0.05),
               f"and all is there again after {time.monotonic() - start:.1f} s")
        pid = g.status()["upstream"]["unbound_pid"]
        tap.equal(g.stop(), 0, "a clean end")
        tap.ok(wait_until(gone, 5), "without an unbound")


def connections(tap, up):
    """One client cannot take all places; the oldest idle one makes room."""
    with Guard(IMAGE, HOUSEHOLD, upstream=up, settings={"tcp": {"connections": 20, "per_client": 8}}) as g:
        held = [TcpClient(g.port) for _ in range(30)]
        time.sleep(0.3)
        def open_ones():
            n = 0
            for c in held:
                try:
                    c.send(make_query("bad.example"))
                    n += c.receive() is not None
                except OSError:
                    pass
            return n
        tap.equal(open_ones(), 8, "30 connections of one client: 8 are served")
        others = [TcpClient(g.port, source=f"127.0.1.{i}") for i in range(1, 40)]
        a = g.ask("bad.example", tcp=True, source="127.0.2.1")
        tap.ok(a and a.rcode == NXDOMAIN, "40 clients more than there are places: a newcomer is served", a)
        for c in held + others:
            c.s.close()


with Tap() as tap, Upstream(free_port()) as up:
    up.anything = "192.0.2.1"
    with Guard(IMAGE, HOUSEHOLD, upstream=up) as g:
        bad_starts(tap, g)
        twice(tap, g)
    crash(tap, up)
    connections(tap, up)
    with_unbound(tap)
