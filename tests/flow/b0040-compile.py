#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hisn compile, as an operator uses it: a configuration, a report, an overlay; and what does not work."""
import json, lzma, os, resource, subprocess

from hisnflow import Tap, folder, program

AT = folder()
COMPILE, EXPLAIN = program("hisn-compile"), program("hisn-explain")


def put(name, data):
    path = os.path.join(AT, name)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path


def run(*argv, limit=None):
    """(exit code, stdout, stderr)"""
    before = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
    r = subprocess.run([COMPILE, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       preexec_fn=before, timeout=60)
    return r.returncode, r.stdout, r.stderr


def read(path):
    with open(path, "rb") as f:
        return f.read()


def explain(name, image, *more):
    r = subprocess.run([EXPLAIN, name, "--image", image, "--profile", "13-15", "--json", *more],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    return json.loads(r.stdout) if r.returncode == 0 else r.stderr


put("adult.txt.xz", lzma.compress(b"bad.example\nwww.bad.example\nworse.example/page\ngithub.io\n"))
put("gambling.hosts", "0.0.0.0 bet.example\n")
config = put("compile.yaml", """\
out: image
lists:
  - {category: adult, path: adult.txt.xz, origin: "https://lists.example/adult", licence: MIT, attribution: "A. Author"}
  - {category: gambling, path: gambling.hosts, format: hosts}
popular: {files: [popular.txt], expected: [gambling]}
""")
put("popular.txt", "bet.example\n")
image = os.path.join(AT, "image")

with Tap() as tap:
    code, out, err = run("--config", config, "--json")
    tap.equal((code, err), (0, ""), "a configuration compiles, silently where nobody looks on")
    report = json.loads(out)
    adult = [l for l in report["lists"] if l["category"] == "adult"][0]
    tap.equal((adult["lines"], adult["names"], adult["pruned"]), (4, 3, 1), "lines, names, pruned")
    tap.equal({k: v["count"] for k, v in adult["refused"].items()}, {"url": 1, "public-suffix": 1}, "what is not taken")
    bets = [l for l in report["lists"] if l["path"].endswith("gambling.hosts")][0]
    tap.equal((bets["names"], bets["refused"]), (1, {}), "a popular name, in a category where such are expected")
    tap.ok(report["written"] and report["categories"]["lifeline"] > 0, "what ships is in it")

    a = explain("www.bad.example", image)
    tap.ok(a["action"] == "block" and a["category"] == "adult", "a listed name is blocked for a child", a)
    tap.equal(a["categories"][0]["lists"][0]["licence"], "MIT", "and its list is told")
    tap.equal(explain("worse.example", image)["action"], "answer", "a page's address blocks no host")
    tap.equal(explain("x.github.io", image)["action"], "answer", "nor does a public suffix")
    tap.equal(explain("www.bing.com", image)["action"], "rewrite", "safe search")

    first = read(image)
    tap.ok(run("--config", config)[0] == 0 and read(image) == first, "same inputs, same bytes")
    code, out, err = run("--dump", image + ".names")
    tap.ok(code == 0 and "bad.example\tboth\t+adult\n" in out and "bet.example\texact\t+gambling\n" in out,
           "the names are there", out)

    overlay = os.path.join(AT, "overlay")
    code, out, err = run("--overlay", "--base", image, "--unblock", "www.bad.example", "--block",
                         "adult:new.example", "--out", overlay)
    tap.equal(code, 0, "an overlay")
    tap.equal(explain("www.bad.example", image, "--overlay", overlay)["action"], "answer", "clears")
    tap.equal(explain("bad.example", image, "--overlay", overlay)["action"], "block", "only what it names")
    tap.equal(explain("a.new.example", image, "--overlay", overlay)["action"], "block", "and adds")

    put("adult.txt.xz", lzma.compress("".join(f"n{i}.example\n" for i in range(1000)).encode()))
    code, out, err = run("--config", config)
    tap.ok(code == 1 and "--yes" in err and read(image) == first, "a change too large is refused, with a way to say yes", err)
    code, out, err = run("--config", config, limit=4096)
    tap.ok(code == 1 and read(image) == first, "a change, and a full disk", err)
    code, out, err = run("--config", config, "--yes", limit=4096)
    tap.ok(code == 1 and "image" in err and read(image) == first, "a full disk leaves the old image", err)
    tap.equal(sorted(n for n in os.listdir(AT) if n.startswith("image")), ["image", "image.names"], "and nothing beside it")
    code, out, err = run("--config", config, "--yes")
    tap.ok(code == 0 and read(image) != first, "yes takes the change", err)

    put("adult.txt.xz", read(os.path.join(AT, "adult.txt.xz"))[:-20])
    second = read(image)
    code, out, err = run("--config", config, "--yes")
    tap.ok(code == 1 and "adult.txt.xz" in err and read(image) == second, "a list cut short is an error", err)

    for text, want in (("out: x\nlist: []\n", "yaml:2:1"), ("lists:\n  - {category: a, path: b, format: hots}\n", "'hots'"),
                       ("lists:\n  - {category: a, path: b, kind: maybe}\n", "block or allow"),
                       ("key: 12\n", "32 hexadecimal"), ("max_change: -1\n", "percentage")):
        code, out, err = run("--config", put("wrong.yaml", text), "--out", image)
        tap.ok(code == 1 and want in err, f"told: {want}", err)
    tap.ok(run("--list", "adult")[0] == 2 and run("--frob")[0] == 2, "mistakes in options: exit code 2")
    code, out, err = run("--list", "adult:hots=x", "--out", image)
    tap.ok(code == 2 and "hosts" in err, "an unknown format lists the known ones", err)
