#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two children, two profiles: who gets what, until when, and what happens when the files change."""
import os, shutil, signal, time
from datetime import datetime, timezone

from guardlab import Guard, Upstream, compile_image, compile_overlay, write_file
from hisnflow import NOERROR, NXDOMAIN, SERVFAIL, Tap, free_port, program, run, wait_until

IMAGE = compile_image(adult="bad.example\ncdn.example\n", youtube="youtube.com\nwww.youtube.com\nyoutubei.googleapis.com\n",
                      games="games.example\n", child="stories.example\n", malware="malware.example\n",
                      lifeline="help.example\nwww.help.example\n")
LINA, YASSINE = "127.0.0.2", "127.0.0.3"


def iso(t):
    return datetime.fromtimestamp(t, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def hour(t):
    return datetime.fromtimestamp(t, timezone.utc).strftime("%H:%M")


def household(**more):
    """Two profiles; more: additions to Yassine's."""
    return {"time_zone": "UTC", "default": "guests", "profiles": [
        {"name": "guests", "close": ["adult", "games"]},
        {"name": "lina", "band": "6-9", "allow": ["friends.example"]},
        dict({"name": "yassine", "band": "10-12", "close": ["games"], "open": ["youtube"]}, **more)],
        "clients": [{"address": LINA, "profile": "lina"}, {"address": YASSINE, "profile": "yassine"}]}


def world(up):
    for name, address in (("www.site", 1), ("bad", 2), ("games", 3), ("stories", 4), ("help", 5), ("www.help", 6), ("cdn", 7),
                          ("a.cdn", 8), ("friends", 10), ("www.friends", 11), ("malware", 12)):
        up.add(name + ".example", "A", f"192.0.2.{address}")
    up.add("shop.example", "CNAME", "a.cdn.example")
    up.add("trap.friends.example", "CNAME", "malware.example")
    up.add("www.help.example", "CNAME", "a.cdn.example")
    up.add("restrict.youtube.com", "A", "192.0.2.120")
    up.add("restrict.youtube.com", "AAAA", "2001:db8::120")
    up.add("restrictmoderate.youtube.com", "A", "192.0.2.119")
    up.add("www.youtube.com", "A", "198.51.100.1")
    up.add("www.youtube.com", "MX", "mail.youtube.com")
    up.add("www.youtube.com", "HTTPS", ".")
    up.add("www.google.com", "A", "198.51.100.2")
    up.add("forcesafesearch.google.com", "A", "192.0.2.130")


def two_children(tap, g):
    for name, lina, yassine, guest in (("stories.example", True, True, True), ("www.site.example", False, True, True),
                                       ("bad.example", False, False, False), ("games.example", False, False, False),
                                       ("friends.example", True, True, True), ("malware.example", False, False, False),
                                       ("help.example", True, True, True)):
        got = [bool((a := g.ask(name, source=s)) and a.addresses()) for s in (LINA, YASSINE, "127.0.0.4")]
        tap.equal(got, [lina, yassine, guest], f"{name}: Lina, Yassine, a guest")
    a = g.ask("www.site.example", source=LINA)
    tap.ok(a.rcode == NXDOMAIN and a.ede_codes() == [17] and "list" in a.ede[0][1], "and Lina learns why", a)


def video(tap, g, up):
    for _ in range(2):
        a = g.ask("www.youtube.com", source=YASSINE)
        tap.equal(a.addresses(), ["192.0.2.120"], "youtube, opened: still restricted (strict)")
        tap.ok([r.target for r in a.records("CNAME")] == ["restrict.youtube.com."] and a.ede_codes() == [4], "by CNAME, EDE 4", a)
    a = g.ask("www.youtube.com", "AAAA", source=YASSINE)
    tap.equal(a.addresses(), ["2001:db8::120"], "AAAA too")
    a = g.ask("www.youtube.com", "HTTPS", source=YASSINE)
    tap.ok(a.rcode == NOERROR and not a.records("HTTPS"), "HTTPS does not lead past it", a)
    a = g.ask("www.youtube.com", "MX", source=YASSINE)
    tap.equal([r.target for r in a.answer], ["mail.youtube.com."], "mail stays as it is")
    tap.ok("ad" not in g.ask("www.youtube.com", source=YASSINE, dnssec_ok=True, ad=True).flags, "AD is not claimed for it")
    a = g.ask("www.youtube.com", source="127.0.0.4")
    tap.equal(a.addresses(), ["198.51.100.1"], "for a profile that asks for nothing: as it is")
    tap.equal(g.ask("www.google.com", source=YASSINE).addresses(), ["192.0.2.130"], "safe search")
    tap.equal(g.ask("WWW.google.COM", source=YASSINE).question[0], "WWW.google.COM.", "the case is kept there, too")


def video_allowed(tap, g):
    """Not the category opened, but the name allowed; and under a moderate profile."""
    g.household(household(open=[], close=["youtube"], allow=["youtube.com"]))
    tap.ok(g.reload()[0], "a household with youtube.com closed as a service, and allowed by name")
    tap.equal(g.ask("www.youtube.com", source=YASSINE).addresses(), ["192.0.2.120"], "allowed: restricted all the same")
    g.household(household(open=[], close=["youtube"], grants=[{"name": "youtube.com", "until": iso(time.time() + 600)}],
                          restricted_video="moderate"))
    tap.ok(g.reload()[0], "or granted, and moderate")
    a = g.ask("www.youtube.com", source=YASSINE)
    tap.ok(a.addresses() == ["192.0.2.119"] and a.ttl() <= 600, "granted: the moderate kind", a)
    g.household(household(open=[], close=["youtube"]))
    g.reload()
    tap.equal(g.ask("www.youtube.com", source=YASSINE).rcode, NXDOMAIN, "neither: closed")


def cdn(tap, g):
    g.household(household(allow=["shop.example", "friends.example"]))
    tap.ok(wait_until(lambda: g.ask("shop.example", source=YASSINE).addresses(), 3), "an allowed site on a closed CDN opens")
    tap.equal(g.ask("shop.example", source=YASSINE).addresses(), ["192.0.2.8"], "whole, with its chain")
    tap.equal(g.ask("a.cdn.example", source=YASSINE).rcode, NXDOMAIN, "the CDN itself does not")
    tap.equal(g.ask("shop.example", source="127.0.0.4").rcode, NXDOMAIN, "nor for others")
    tap.equal(g.ask("trap.friends.example", source=YASSINE).rcode, NXDOMAIN, "allowed, but led to malware: closed")


def bedtime(tap, g):
    now = time.time()
    asleep = {"kind": "bedtime", "from": hour(now - 3600), "to": hour(now + 3600)}
    g.household(household(schedules=[asleep], allow=["www.site.example"]))
    tap.ok(wait_until(lambda: g.ask("www.site.example", source=YASSINE).rcode == NXDOMAIN, 3), "bedtime closes, also what is allowed")
    a = g.ask("www.site.example", source=YASSINE)
    tap.ok("bedtime" in a.ede[0][1] and a.ttl() <= 10, "and says so", a)
    tap.equal(g.ask("help.example", source=YASSINE).addresses(), ["192.0.2.5"], "a lifeline opens at bedtime")
    tap.equal(g.ask("www.help.example", source=YASSINE).addresses(), ["192.0.2.8"], "with the host it needs")
    tap.equal(g.ask("www.site.example", source="127.0.0.4").addresses(), ["192.0.2.1"], "others are awake")


def grant(tap, g):
    g.ask("games.example", source="127.0.0.4")
    end = int(time.time()) + 4
    g.household(household(grants=[{"name": "games.example", "until": iso(end)}]))
    opened = lambda: g.ask("games.example", source=YASSINE).addresses()
    tap.ok(wait_until(opened, 3), "a grant opens")
    a = g.ask("games.example", source=YASSINE)
    tap.ok(1 <= a.ttl() <= end - time.time() + 1, "for no longer than it lasts", (a, end - time.time()))
    last = first = 0
    while time.time() < end + 1:
        t = time.time()
        if g.ask("games.example", source=YASSINE).addresses():
            last = t
        elif not first:
            first = t
        time.sleep(0.01)
    tap.ok(end - 0.15 < last < end + 0.02 and end - 0.02 < first < end + 0.15,
           f"and ends at its second ({(last - end) * 1000:.0f} and {(first - end) * 1000:.0f} ms beside it)")
    tap.equal(g.ask("games.example", source=YASSINE, tcp=True).rcode, NXDOMAIN, "over TCP too")


def changes(tap, g):
    g.household(household())
    wait_until(lambda: g.ask("www.site.example", source=YASSINE).addresses(), 3)
    for deny in (True, False):
        generation = g.status()["generation"]
        start = time.monotonic()
        g.household(household(**({"deny": ["site.example"]} if deny else {})))
        want = NXDOMAIN if deny else NOERROR
        tap.ok(wait_until(lambda: g.ask("www.site.example", source=YASSINE).rcode == want, 3, 0.005),
               f"{'denied' if deny else 'opened'}: the file is taken by itself")
        took = time.monotonic() - start
        tap.ok(took < 1, f"within a second ({took * 1000:.0f} ms)")
        tap.equal(g.status()["generation"], generation + 1, "once")


def bad_files(tap, g):
    good = g.status()["generation"]
    bad = {"a tab": "default: x\n\tprofiles: []\n", "an unknown key": "default: a\nprofiles:\n  - name: a\n    colour: blue\n",
           "a wrong type": "default: a\nprofiles:\n  - name: a\n    allow_only: 7\n",
           "an unknown category": "default: a\nprofiles:\n  - name: a\n    close: [adlut]\n",
           "no such profile": "default: b\nprofiles:\n  - name: a\n", "nothing": ""}
    for what, text in bad.items():
        g.household(text)
        ok, said = g.reload()
        tap.ok(not ok and '"ok":false' in said.replace(" ", ""), f"{what}: refused", said)
        s = g.status()
        place = f"{g.household_path}:" in (s["error"] or "")
        tap.ok(place and s["generation"] == good and s["ready"], f"with its place: {(s['error'] or '')[len(g.folder) + 1:]}", s["error"])
    g.household("default: a\nprofiles:\n  - name: a\n    colour: blue\n")
    g.reload()
    tap.ok(":4:5: " in g.status()["error"], "line and column", g.status()["error"])
    tap.equal(g.ask("www.site.example", source=YASSINE).addresses(), ["192.0.2.1"], "what was there stays")
    tap.equal(g.ask("bad.example", source=YASSINE).rcode, NXDOMAIN, "and protects")
    os.unlink(g.household_path)
    ok, said = g.reload()
    tap.ok(not ok and g.ask("www.site.example", source=LINA).rcode == NXDOMAIN, "a household that is gone: nobody becomes an adult", said)
    g.household(household())
    tap.ok(wait_until(lambda: g.status()["error"] is None, 3), "mended")
    shutil.copy(g.image_path, g.image_path + ".good")
    write_file(g.image_path, b"not an image" * 100)
    ok, said = g.reload()
    tap.ok(not ok and "policy.image" in said, "a bad image: refused, with its name", said)
    tap.equal(g.ask("bad.example", source=YASSINE).rcode, NXDOMAIN, "the old one protects")
    os.rename(g.image_path + ".good", g.image_path)
    tap.ok(g.reload()[0], "mended")


def overlays(tap, g):
    compile_overlay(g.image_path, g.overlay_path + ".tmp", block=["adult:fresh.example"], unblock=["bad.example"])
    tap.equal(g.ask("www.fresh.example", source=YASSINE).ede_codes(), [], "not yet closed")
    os.rename(g.overlay_path + ".tmp", g.overlay_path)
    tap.ok(g.reload()[0], "an overlay appears")
    tap.equal(g.ask("www.fresh.example", source=YASSINE).ede_codes(), [17], "what it adds is closed")
    tap.equal(g.ask("bad.example", source=YASSINE).addresses(), ["192.0.2.2"], "what it clears is open")
    os.unlink(g.overlay_path)
    tap.ok(wait_until(lambda: g.ask("bad.example", source=YASSINE).rcode == NXDOMAIN, 3), "and all is as before when it is gone")
    generation = g.status()["generation"]
    g.process.signal(signal.SIGHUP)
    tap.ok(wait_until(lambda: g.status()["generation"] == generation + 1, 3), "SIGHUP takes the files, too")


def other_key(tap, g):
    other = compile_image(argv=["--key", "ff" * 16], adult="bad.example\n")
    compile_overlay(other, g.overlay_path, block=["adult:fresh.example"])
    ok, said = g.reload()
    tap.ok(not ok and g.ask("bad.example", source=YASSINE).rcode == NXDOMAIN, "an overlay of another image's key: refused", said)
    os.unlink(g.overlay_path)
    g.reload()


def not_ready(tap, up):
    with Guard(None, household(), upstream=up, ready=False) as g:
        a = g.ask("www.site.example", source=YASSINE)
        tap.ok(a.rcode == SERVFAIL and a.ede_codes() == [14], "no image: SERVFAIL and EDE 14, never an open answer", a)
        tap.equal(g.ask("www.site.example", tcp=True).rcode, SERVFAIL, "over TCP too")
        s = g.status()
        tap.ok(not s["ready"] and "policy.image" in s["error"], "and the status tells what is missing", s)
        shutil.copy(IMAGE, g.image_path + ".new")
        os.rename(g.image_path + ".new", g.image_path)
        tap.ok(wait_until(lambda: g.ask("www.site.example", source=YASSINE).addresses(), 3), "mended when the file appears")
        tap.equal(g.ask("bad.example", source=YASSINE).rcode, NXDOMAIN, "and it protects")


def copied_in_place(tap, g):
    """As `cp` does it: the file is opened and written over."""
    new = compile_image(adult="bad.example\nlate.example\n", lifeline="help.example\n")
    with open(new, "rb") as f, open(g.image_path, "wb") as to:
        data = f.read()
        to.write(data[:len(data) // 2])
        to.flush()
        time.sleep(0.3)
        tap.ok(g.ask("bad.example", source=YASSINE).rcode == NXDOMAIN, "an image half copied changes nothing")
        to.write(data[len(data) // 2:])
    tap.ok(wait_until(lambda: g.ask("late.example", source=YASSINE).ede_codes() == [17], 3), "once it is whole it is taken")


with Tap() as tap, Upstream(free_port()) as up:
    world(up)
    with Guard(IMAGE, household(), upstream=up) as g:
        two_children(tap, g)
        video(tap, g, up)
        video_allowed(tap, g)
        cdn(tap, g)
        bedtime(tap, g)
        grant(tap, g)
        changes(tap, g)
        bad_files(tap, g)
        overlays(tap, g)
        other_key(tap, g)
        copied_in_place(tap, g)
        tap.equal(g.stop(), 0, "a clean end")
        tap.ok(".example" not in g.output(), "no name in the log", g.output())
    not_ready(tap, up)
    code, said = run(program("hisn-reload"), "--state", "/nowhere/at/all")
    tap.ok(code != 0 and "no guard is running" in said, "reload without a guard says so", said)
