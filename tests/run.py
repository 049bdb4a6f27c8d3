#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All tests in all builds: run.py [gcc|clang|asan|tsan ...]. Ends with `N passed, N failed`.

Each build is a meson folder; each test speaks TAP or counts as one. Flow tests run in the gcc build
(all of them) and the asan build (those not marked slow); tests with threads also under TSan."""
import json, os, re, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.chdir(ROOT)
BUILDS = {
    "gcc": ("build", "gcc", ["--buildtype=debugoptimized", "--werror"], ["unit", "flow", "slow"]),
    "clang": ("build-clang", "clang", ["--buildtype=debugoptimized", "--werror"], ["unit"]),
    "asan": ("build-asan", "clang", ["--buildtype=debugoptimized", "-Db_sanitize=address,undefined",
                                     "-Db_lundef=false", "-Dfuzz=true"], ["unit", "flow"]),
    "tsan": ("build-tsan", "clang", ["--buildtype=debugoptimized", "-Db_sanitize=thread",
                                     "-Db_lundef=false"], ["threads"]),
}

def run(*argv, **kw):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)

def count(log):
    """(passed, failed, skipped, names of failures) of one meson testlog.json"""
    ok = bad = skip = 0
    names = []
    for line in open(log, encoding="utf-8"):
        t = json.loads(line)
        lines = re.findall(r"^(not ok|ok)\b([^\n]*)", t.get("stdout") or "", re.M)
        if not lines:
            lines = [("ok" if t["result"] in ("OK", "SKIP", "EXPECTEDFAIL") else "not ok", "")]
        failed = [w for w in lines if w[0] == "not ok" and "# TODO" not in w[1]]
        skipped = [w for w in lines if w[0] == "ok" and "# SKIP" in w[1].upper()]
        if t["result"] == "SKIP" and not skipped:
            skipped = lines
        if t["result"] not in ("OK", "SKIP") and not failed:
            failed = [("not ok", t["result"])]
        ok += len(lines) - len([w for w in lines if w[0] == "not ok"]) - len(skipped)
        bad += len(failed)
        skip += len(skipped)
        if failed:
            names.append(t["name"])
    return ok, bad, skip, names

def one(name):
    folder, cc, options, suites = BUILDS[name]
    env = dict(os.environ, CC=cc, ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1",
               UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1", TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1")
    started = time.time()
    if not os.path.exists(folder + "/build.ninja"):
        r = run("meson", "setup", folder, *options, env=env)
        if r.returncode:
            print(r.stdout)
            return 0, 1, 0
    r = run("ninja", "-C", folder, env=env)
    if r.returncode:
        print(r.stdout[-6000:])
        return 0, 1, 0
    if name == "gcc":
        run("make", "build")
    argv = ["meson", "test", "-C", folder, "--no-rebuild", "--print-errorlogs", "--num-processes", "2",
            "--timeout-multiplier", "3"]  # a machine may be busy; what hangs still ends
    for s in suites:
        argv += ["--suite", s]
    log = folder + "/meson-logs/testlog.json"
    if os.path.exists(log):
        os.unlink(log)
    r = run(*argv, env=env)
    if not os.path.exists(log):
        print(r.stdout[-3000:])
        none = "No suitable tests" in r.stdout or "No tests defined" in r.stdout
        return 0, 0 if none else 1, 0
    ok, bad, skip, names = count(log)
    if bad or r.returncode:
        print(r.stdout[-20000:])
        bad = max(bad, 1)
    print(f"{name}: {ok} passed, {bad} failed, {skip} skipped in {time.time() - started:.0f} s"
          + (": " + ", ".join(names) if names else ""), flush=True)
    return ok, bad, skip

def main():
    totals = [one(n) for n in (sys.argv[1:] or BUILDS)]
    ok, bad, skip = (sum(t[i] for t in totals) for i in range(3))
    print(f"{ok} passed, {bad} failed" + (f", {skip} skipped" if skip else ""))
    sys.exit(1 if bad or not ok else 0)

main()
