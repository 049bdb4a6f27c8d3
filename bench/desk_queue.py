#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench BENCH=queue`: the staff's queue, counts and search at 200,000 reports, on SQLite and PostgreSQL.
desk_queue.py [REPORTS [OPEN ...]]

Fills a database with made-up rows (bench/queue_load.c), OPEN per cent of the reports still open (10, then
60), and times every way of asking 41 times. Other work on the machine moves times: beside each stands the
floor's (one row by its key) and, with SQLite, the CPU it took, which moves less. Then the pages
themselves over HTTP (bench/desk_queue_pages.py). Also in build/bench/queue.json."""
import json, os, re, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.setdefault("HISN_BUILD", ROOT + "/build")
sys.dont_write_bytecode = True
sys.path.insert(0, ROOT + "/tests/flow")
import postgres
from desk_queue_pages import Pages

NUMBERS = [int(a) for a in sys.argv[1:] if a.isdigit()]
REPORTS, OPEN = (NUMBERS + [200000])[0], NUMBERS[1:] or [10, 60]
LINE = re.compile(r"(.*): p50 ([\d.]+) p95 ([\d.]+) ms, CPU ([\d.]+), (\d+) rows")


def ask(where, open_part):
    out = subprocess.run([BUILD + "/bench/queue-load", where, str(REPORTS), str(open_part)], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = [LINE.fullmatch(line) for line in out.splitlines()]
    return [{"name": m[1], "p50_ms": float(m[2]), "p95_ms": float(m[3]), "cpu_ms": float(m[4]), "rows": int(m[5])} for m in found if m]


def show(engine, open_part, load, results):
    floor = max(results[0]["p50_ms"], 0.05)
    print(f"{engine}, {REPORTS} reports, {open_part} % open; load of the machine {load:.1f}, {os.cpu_count()} processors", flush=True)
    for r in results:
        cpu = f"  CPU {r['cpu_ms']:6.1f}" if engine == "SQLite" else ""
        over = "   over 100 ms" if r["p95_ms"] > 100 else ""
        print(f"  {r['name']:<34}p50 {r['p50_ms']:7.1f}  p95 {r['p95_ms']:7.1f} ms{cpu}  x floor {r['p50_ms'] / floor:6.0f}  {r['rows']} rows{over}", flush=True)


def show_pages(rows):
    floor = rows[0]["p50_ms"]
    for r in rows:
        over = "   over 100 ms" if r["p95_ms"] > 100 else ""
        print(f"  {'page: ' + r['name']:<66}p50 {r['p50_ms']:6.1f}  p95 {r['p95_ms']:6.1f} ms  x floor {r['p50_ms'] / floor:4.0f}  "
              f"{r['rows']} rows, {r['bytes'] // 1024} kB{over}", flush=True)


def both(where, open_part):
    """What the database takes, and what a page takes: people first, so that the made-up ones come beside them."""
    with Pages(where) as pages:
        return ask(where, open_part), pages.timed()


def run(engine, open_part):
    if engine == "SQLite":
        with tempfile.TemporaryDirectory(prefix="hisn-bench-") as folder:
            return both(folder + "/queue.db", open_part)
    with postgres.Postgres(["shared_buffers=128MB"]) as server:  # its own default
        return both(server.where("queue"), open_part)


def main():
    os.sched_setaffinity(0, range(os.cpu_count()))  # run.py keeps itself to one
    all_ = []
    for engine in ("SQLite", "PostgreSQL"):
        if engine == "PostgreSQL" and not postgres.available():
            print("PostgreSQL: not installed")
            continue
        for open_part in OPEN:
            results, pages = run(engine, open_part)
            load = os.getloadavg()[0]
            show(engine, open_part, load, results)
            show_pages(pages)
            all_.append({"engine": engine, "reports": REPORTS, "open": open_part, "load": load, "results": results, "pages": pages})
    with open(BUILD + "/bench/queue.json", "w") as f:
        json.dump(all_, f, indent=1)


if __name__ == "__main__":
    main()
