#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hisn explain: the same verdicts as the guard, told for people and programs."""
import json, os, subprocess, tempfile

from hisnflow import Tap, program

FOLDER = tempfile.TemporaryDirectory()
AT = FOLDER.name
subprocess.run([program("tests/unit/policy/make-test-image"), AT], check=True)
HOUSEHOLD = AT + "/home.yaml"
open(HOUSEHOLD, "w").write("""\
time_zone: Europe/Paris
language: fr
default: adult
help: {text: "http://hisn.home/"}
profiles:
  - name: adult
    band: adult
  - name: amina
    band: 10-12
    schedules:
      - {kind: bedtime, from: "21:00", to: "07:00"}
    grants:
      - {name: games.example, until: "2026-11-23T18:00:00+01:00"}
clients:
  - {address: 192.0.2.7, profile: amina}
""")


def run(*argv):
    r = subprocess.run([program("hisn-explain"), *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return r.returncode, r.stdout, r.stderr


def explain(*argv):
    code, out, err = run(*argv, "--image", AT + "/image", "--json")
    if code:
        raise RuntimeError(err)
    return json.loads(out)


with Tap() as tap:
    a = explain("www.adult.example", "--profile", "13-15")
    tap.equal((a["action"], a["rule"], a["category"], a["ede"], a["ttl"]), ("block", 10, "adult", 17, 60),
              "without a household the bands are the profiles")
    tap.equal([l["name"] for l in a["categories"][0]["lists"]], ["first", "second"], "the lists that feed a category")
    tap.equal([t["rule"] for t in a["trace"]], list(range(1, 11)), "one step a rule, up to the one that applied")
    tap.ok(a["trace"][-1]["applied"] and not any(t["applied"] for t in a["trace"][:-1]), "and only that one applied")
    tap.equal(explain("www.adult.example", "--profile", "adult")["action"], "answer", "an adult is not asked")
    a = explain("video.example", "--profile", "10-12", "--type", "AAAA")
    tap.equal((a["action"], a["target"]), ("rewrite", "strict.example"), "restricted video, strict")
    a = explain("video.example", "--profile", "13-15", "--type", "type65")
    tap.equal((a["action"], a["target"]), ("rewrite", "moderate.example"), "restricted video, moderate, for HTTPS too")
    tap.equal(explain("video.example", "--profile", "13-15", "--type", "MX")["action"], "answer", "never for MX")
    tap.equal(explain("stories.example", "--profile", "0-5")["action"], "answer", "small children have their list")
    tap.equal(explain("other.example", "--profile", "0-5")["rule"], 9, "and nothing else")

    home = ["--household", HOUSEHOLD, "--profile", "amina"]
    a = explain("other.example", *home, "--at", "2026-11-23T22:00")
    tap.equal((a["action"], a["rule"], a["until_local"]), ("block", 7, "2026-11-24T07:00:00+01:00"), "bedtime, in local time")
    tap.equal(a["text"], "Fermé jusqu'à 07:00 (heure du coucher). Demander : http://hisn.home/", "said in the family's words")
    a = explain("help.example", *home, "--at", "2026-11-23T22:00")
    tap.equal((a["action"], a["rule"], a["until"]), ("answer", 1, None), "a lifeline opens at bedtime")
    a = explain("games.example", *home, "--at", "2026-11-23T17:59:59+01:00")
    tap.equal((a["action"], a["rule"]), ("answer", 6), "a grant")
    a = explain("games.example", *home, "--at", "2026-11-23T18:00:00+01:00")
    tap.ok(a["rule"] != 6, "is over at its second", a)
    a = explain("other.example", "--household", HOUSEHOLD, "--client", "192.0.2.7", "--at", "@1795435200")
    tap.equal((a["profile"], a["at"]), ("amina", 1795435200), "the profile of a client")

    a = explain("added.example", "--profile", "10-12", "--overlay", AT + "/overlay")
    tap.equal((a["rule"], a["categories"][0]["lists"][-1]["name"]), (10, "today"), "an overlay counts, and is named")
    a = explain("order.example", "--profile", "adult", "--release", AT + "/release")
    tap.equal((a["rule"], a["ede"]), (2, 16), "a release, too")

    code, out, err = run("www.adult.example", "--image", AT + "/image", "--profile", "10-12")
    tap.ok(code == 0 and " 10  closed categories         YES" in out and "from first, 2026-11-01, CC0-1.0" in out,
           "a table for people", out + err)
    wrong = [(["x.example"], "--image"), (["--image", AT + "/image"], "name"),
             (["x..example", "--image", AT + "/image"], "not a domain name"),
             (["x.example", "--image", AT + "/image", "--profile", "nobody"], "10-12"),
             (["x.example", "--image", AT + "/image", "--at", "noon"], "2026-11-23T18:00"),
             (["x.example", "--image", AT + "/image", "--type", "TYPE99999"], "TYPE65"),
             (["x.example", "--image", AT + "/image", "--client", "1.2.3"], "address"),
             (["x.example", "--image", AT + "/overlay"], "overlay"),
             (["x.example", "--image", AT + "/image", "--overlay", AT + "/otherkey"], "compile it again"),
             (["x.example", "--image", AT + "/nothing"], "No such file"),
             (["x.example", "--image", HOUSEHOLD], "image")]
    for argv, word in wrong:
        code, out, err = run(*argv)
        tap.ok(code != 0 and word in err and not out, f"a clear word: {err.strip()[:90]}", (code, out, err))
