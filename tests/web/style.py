#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The committed style sheet: what its sources give, within its size, on logical sides only, legible."""
import os, re, subprocess, tempfile, shutil

from webtest import SOURCE, npm_packages
from hisnflow import Tap

STYLE = os.path.join(SOURCE, "style")
SIZE_MAX = 24000
TEXT_ON = {"ink": ("paper", "card", "mist", "sand", "rose", "blush"), "soft": ("paper", "card", "mist", "sand"),
           "teal": ("paper", "card", "mist", "sand", "rose"), "on-teal": ("teal", "teal-deep"), "bad": ("paper", "card"),
           "clay": (), "paper": ("clay", "bad", "ink")}
EDGES_ON = {"edge": ("paper", "card"), "teal": ("card", "paper", "mist"), "ring": ("paper", "card", "mist", "sand", "rose"),
            "bad": ("card", "rose")}
PHYSICAL = re.compile(r"(?<![-a-z])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|"
                      r"(?:min|max)-(?:width|height))\s*:|(?:text-align|float):\s*(?:left|right)")


def read(name):
    with open(os.path.join(STYLE, name), encoding="utf-8") as f:
        return f.read()


def luminance(colour):
    c = colour.lstrip("#")
    c = "".join(x * 2 for x in c) if len(c) == 3 else c
    parts = [int(c[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    a, b = sorted((luminance(a), luminance(b)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def colours(tap):
    """WCAG 2.2: 1.4.6 asks 7:1 of text, 1.4.11 asks 3:1 of what a control is known by."""
    for name, body in re.findall(r"@mixin (\w+) \{(.*?)\n\}", read("_colours.scss"), re.S):
        value = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", body))
        for pairs, least, what in ((TEXT_ON, 7, "text"), (EDGES_ON, 3, "edges")):
            low = [f"{a} on {b}: {contrast(value[a], value[b]):.2f}" for a in pairs for b in pairs[a]
                   if contrast(value[a], value[b]) < least]
            tap.ok(not low, f"{name}: {what} stand out {least}:1 or more", "\n".join(low))


def sources(tap):
    found = []
    for name in sorted(os.listdir(STYLE)):
        if name.endswith(".scss"):
            for number, line in enumerate(read(name).splitlines(), 1):
                if PHYSICAL.search(re.sub(r"//.*|@media[^{]*", "", line)):
                    found.append(f"{name}:{number}: {line.strip()}")
    tap.ok(not found, "our own rules know no left and right", "\n".join(found))


def built(tap):
    css = read("hisn.css")
    tap.ok(len(css.encode()) < SIZE_MAX, f"hisn.css is under {SIZE_MAX} bytes", len(css.encode()))
    tap.ok("Pico CSS" in css and "MIT" in css, "Pico's notice is in it (its licence asks for that)")
    ours = re.findall(r"url\([^)]*\)|@import|@font-face|expression\(", css)
    tap.ok(not ours, "it loads nothing", ours)
    for name in (".npmrc", "package-lock.json"):
        hosts = re.findall(r"https?://(?!github\.com|opencollective\.com|paulmillr\.com|picocss\.com)[^\s\"]+", read(name))
        tap.ok(not hosts, f"{name} names no registry", hosts[:3])


def rebuilt(tap):
    npm, why = npm_packages(STYLE, "style")
    if not npm:
        tap.skip("hisn.css is what its sources give", why)
        return
    with tempfile.TemporaryDirectory() as work:
        for name in os.listdir(STYLE):
            if name.endswith((".scss", ".json")):
                shutil.copy(os.path.join(STYLE, name), work)
        os.symlink(os.path.join(npm, "node_modules"), os.path.join(work, "node_modules"))
        r = subprocess.run(["npm", "run", "--silent", "build"], cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, timeout=120)
        good = r.returncode == 0
        if good:
            with open(os.path.join(work, "hisn.css"), "rb") as f, open(os.path.join(STYLE, "hisn.css"), "rb") as g:
                good = f.read() == g.read()
        tap.ok(good, "hisn.css is what its sources give, byte for byte (else: make style)", r.stdout)


with Tap() as tap:
    colours(tap)
    sources(tap)
    built(tap)
    rebuilt(tap)
