#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slowhttptest, 20 seconds of each kind from one address against a site of 400 connections: slow headers,
slow bodies, slow reading. Whoever comes from elsewhere is served meanwhile, and the attackers are cut."""
import re, time
from hisnflow import Process, Tap
from weblab import FORM, Site, timed

SECONDS = 20


def attack(tap, what, path, *options):
    with Site("total=3000", "each=300", "connections=400") as site:
        url = f"http://127.0.0.1:{site.port}{path}"
        with Process(["slowhttptest", "-c", "600", "-r", "200", "-l", SECONDS, "-p", "3", "-v", "1", "-u", url, *options]) as enemy:
            worst, served, most, start = 0, 0, 0, time.monotonic()
            while time.monotonic() - start < SECONDS + 2 and enemy.alive():
                r, took = timed(lambda: site.ask("/counters", source="127.0.0.5", timeout=5))
                worst = max(worst, took if r and r.status == 200 else 99)
                most = max(most, int(re.search(rb'"open":(\d+)', r.body)[1]) if r else 0)
                r, took = timed(lambda: site.form("/fr/form", "a=1", source="127.0.0.5", timeout=5))
                worst = max(worst, took if r and r.status == 200 else 99)
                served += 2
                time.sleep(0.1)
            lasted = time.monotonic() - start
            enemy.stop()
        c = site.counters()
        tap.note(f"{what}: {lasted:.0f} s, up to {most} connections, {c['cut']} cut, {served} others served, slowest {worst * 1000:.0f} ms")
        tap.ok(served >= 20 and worst < 1, f"{what}: others are served within a second", worst)
        tap.ok(100 < most <= 302, f"{what}: the attack was one, and stayed within its share", most)
        tap.ok(c["cut"] >= 200, f"{what}: slow clients are cut", c)


with Tap() as tap:
    attack(tap, "slow headers", "/fr/hello", "-H", "-i", "1", "-x", "24")
    attack(tap, "slow bodies", "/fr/form", "-B", "-i", "1", "-s", "8192", "-x", "10", "-t", "POST")
    attack(tap, "slow reading", "/big", "-X", "-w", "512", "-y", "1024", "-n", "2", "-z", "32")
