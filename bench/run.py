#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: the guard against the floor, as ratios in one run, then the desk (desk.py) and its queue (desk_queue.py).
run.py [quick|SIZE ...|desk [SECONDS]|queue [REPORTS [OPEN ...]]]

Everything runs on 127.0.0.1; every process is started here and ended by its pid. Other work on the
machine moves times, so each figure stands beside the floor's of the same seconds, and is a median with
its least and greatest. Results also go to build/bench/results.json."""
import json, os, re, resource, signal, statistics, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lists

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("HISN_BUILD", ROOT + "/build")
DATA = os.environ.get("HISN_BENCH_DATA", "/tmp/hisn-bench")
PORT, FLOOR, FLOOR2, UP = 15410, 15411, 15412, 15413
QUICK = "quick" in sys.argv[1:]
SIZES = [int(a) for a in sys.argv[1:] if a.isdigit()] or ([100000] if QUICK else [100000, 1000000, 5000000])
RUNS, SECONDS = (3, 1) if QUICK else (7, 2)
TICK = os.sysconf("SC_CLK_TCK")
results = {}

def start(core, *argv, **kw):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, argv)], stdout=subprocess.DEVNULL,
                            stderr=kw.pop("stderr", subprocess.DEVNULL), **kw)

def stop(*processes):
    for p in processes:
        if p and p.poll() is None:
            p.terminate()
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()

def cpu(pid):
    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) / TICK

def pss(pid):
    return int(re.search(r"^Pss:\s+(\d+)", open(f"/proc/{pid}/smaps_rollup").read(), re.M).group(1)) * 1024

def load(port, file, seconds, rate=None):
    out = subprocess.run(["taskset", "-c", "0", BUILD + "/bench/load", str(port), file, str(seconds)] + ([str(rate)] if rate else []),
                         stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return {k: float(v) for k, v in zip(out[::2], out[1::2])}

def mid(values, digits=2):
    v = sorted(values)
    return f"{statistics.median(v):.{digits}f} ({v[0]:.{digits}f}-{v[-1]:.{digits}f})"

def timed(*argv):
    """(seconds, peak MiB) of a command"""
    began = time.time()
    p = subprocess.Popen(list(map(str, argv)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = p.stderr.read().decode()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"bench: {argv[0]} failed: {error}")
    return time.time() - began, usage.ru_maxrss / 1024

def say(title, **fields):
    results.setdefault(title, []).append(fields)
    print(f"{title:<22}" + "  ".join(f"{k.replace('_', ' ')} {v}" for k, v in fields.items()), flush=True)

def compile_size(n):
    image = f"{DATA}/{n}.image"
    seconds, peak = timed(BUILD + "/hisn", "compile", "--no-shipped", "--psl", "none", "--list", f"adult={DATA}/list-{n}", "--out", image)
    size, names = os.path.getsize(image), int(re.search(r"of (\d+) names", subprocess.run(
        [BUILD + "/hisn", "check", "--image", image], stdout=subprocess.PIPE, text=True).stdout).group(1))
    say("compile", names=names, seconds=f"{seconds:.2f}", peak_MiB=f"{peak:.0f}", bytes_a_name=f"{size / names:.2f}",
        sidecar_bytes_a_name=f"{os.path.getsize(image + '.names') / names:.2f}")
    return image

def replay(image, n):
    for mix, extra in (("a", ["--warm", f"{DATA}/warm"]), ("b", [])):
        argv = [BUILD + "/bench/replay", image, f"{DATA}/mix-{mix}-{n}", *extra, "--household", ROOT + "/bench/household.yaml"]
        out = subprocess.run(argv + ["--runs", str(RUNS)], stdout=subprocess.PIPE, text=True, check=True).stdout
        f = dict(re.findall(r"(\w+) ([\d.]+)", out))
        say(f"replay mix {mix}", names=n, ns_a_query=f"{f['ns_median']} ({f['ns_min']}-{f['ns_max']})",
            instructions=instructions(argv), blocked=f"{int(f['blocked']) * 100 // int(f['queries'])}%", open_ms=f["open_ms"])

def instructions(argv, queries=20000):
    with tempfile.NamedTemporaryFile() as out:
        r = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=replay_run",
                            f"--callgrind-out-file={out.name}", *argv, "--runs", "1", "--limit", str(queries)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    m = re.search(r"Collected : (\d+)", r.stdout)
    return int(m.group(1)) // queries if m else "n/a"

def guard(image, state):
    began = time.time()
    p = start(1, BUILD + "/src/cli/hisn-guard", "--image", image, "--overlay", f"{state}/overlay", "--household",
              ROOT + "/bench/household.yaml", "--state", state, "--listen", f"127.0.0.1@{PORT}", "--workers", 1,
              "--upstream", f"127.0.0.1@{UP}")
    return p, began

def ask(name, timeout=.2):
    import socket
    q = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        try:
            s.connect(("127.0.0.1", PORT))
            s.send(q)
            return s.recv(2048)[3] & 15
        except OSError:
            return None

def wait_blocked(name, limit=30):
    began = time.time()
    while time.time() - began < limit:
        if ask(name) == 3:
            return
        time.sleep(.001)
    sys.exit("bench: the guard does not block the last name of its list")

def sockets(image, n, state):
    listed = open(f"{DATA}/list-{n}").readline().strip()
    up, floor, floor2 = start(0, BUILD + "/bench/everything", UP), start(1, BUILD + "/bench/floor", FLOOR), start(1, BUILD + "/bench/floor", FLOOR2)
    g, began = guard(image, state)
    try:
        wait_blocked(listed)
        say("open", names=n, first_filtered_answer_ms=f"{(time.time() - began) * 1000:.0f}")
        for _ in range(2):
            load(PORT, f"{DATA}/warm", 4)
        s = json.loads(subprocess.run([BUILD + "/hisn", "reload", "--status", "--state", state], stdout=subprocess.PIPE, text=True).stdout)
        rest = pss(g.pid) - os.path.getsize(image) - s["cache"]["used"]
        say("memory", names=n, pss_MiB=f"{pss(g.pid) / 2**20:.1f}", image_MiB=f"{os.path.getsize(image) / 2**20:.1f}",
            cache_MiB=f"{s['cache']['used'] / 2**20:.1f}", rest_MiB=f"{rest / 2**20:.1f}")
        ratios = {k: [] for k in ("a", "b", "null")}
        cost = {k: [] for k in ("a", "b", "floor")}
        for _ in range(RUNS):
            once = {}
            for what, p, port, file in (("floor", floor, FLOOR, f"mix-a-{n}"), ("a", g, PORT, f"mix-a-{n}"), ("b", g, PORT, f"mix-b-{n}"),
                                        ("null", floor2, FLOOR2, f"mix-a-{n}")):
                c = cpu(p.pid)
                answered = load(port, f"{DATA}/{file}", SECONDS)["answered"]
                once[what] = (cpu(p.pid) - c) * 1e6 / answered
            for k in ratios:
                ratios[k].append(once[k] / once["floor"])
            for k in cost:
                cost[k].append(once[k])
        say("sockets, x floor", names=n, mix_a=mid(ratios["a"]), mix_b=mid(ratios["b"]), null_test=mid(ratios["null"]))
        say("CPU s a million", names=n, floor=mid(cost["floor"]), mix_a=mid(cost["a"]), mix_b=mid(cost["b"]))
        c = cpu(g.pid)
        cold = load(PORT, f"{DATA}/cold", 2)
        say("cold cache (c)", names=n, CPU_s_a_million=f"{(cpu(g.pid) - c) * 1e6 / cold['answered']:.1f}", qps=f"{cold['qps']:.0f}",
            servfail=int(cold["servfail"]))
        updates(image, n, state)
    finally:
        stop(g, up, floor, floor2)

def under_load(n, action):
    """slowest answer in ms, lost, and what action returns, with 2000 queries a second meanwhile"""
    p = subprocess.Popen(["taskset", "-c", "0", BUILD + "/bench/load", str(PORT), f"{DATA}/mix-a-{n}", "4", "2000"],
                         stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    took = action()
    out = p.communicate()[0].split()
    f = {k: float(v) for k, v in zip(out[::2], out[1::2])}
    return f["slowest_ms"], int(f["lost"]), took

def updates(image, n, state):
    added = open(f"{DATA}/added").read().split()
    quiet = [under_load(n, lambda: 0)[0] for _ in range(3)]

    def overlay():
        began = time.time()
        subprocess.run([BUILD + "/hisn", "compile", "--overlay", "--base", image, "--list", f"adult={DATA}/added", "--out",
                        f"{state}/overlay"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run([BUILD + "/hisn", "reload", "--state", state], check=True, stdout=subprocess.DEVNULL)
        took = time.time() - began
        assert ask(added[-1], 2) == 3, "not active after reload"
        return took

    def swap():
        began = time.time()
        os.utime(image)
        subprocess.run([BUILD + "/hisn", "reload", "--state", state], check=True, stdout=subprocess.DEVNULL)
        return time.time() - began
    for title, action in (("overlay, 1000 names", overlay), ("full swap", swap)):
        slow, lost, took = zip(*(under_load(n, action) for _ in range(3)))
        say(title, names=n, active_after_s=mid(took), lost=sum(lost), slowest_ms=mid(slow), without_update_ms=mid(quiet))

def desk(seconds=()):
    sys.exit(subprocess.run([sys.executable, ROOT + "/bench/desk.py", *(["5"] if QUICK else seconds)]).returncode)

def queue(numbers=()):
    return subprocess.run([sys.executable, ROOT + "/bench/desk_queue.py", *(["20000", "10"] if QUICK else numbers)]).returncode

def main():
    if "queue" in sys.argv[1:]:
        sys.exit(queue([a for a in sys.argv[1:] if a.isdigit()]))
    if "desk" in sys.argv[1:]:
        desk([a for a in sys.argv[1:] if a.isdigit()])
    os.sched_setaffinity(0, {0})
    lists.make(DATA, SIZES)
    for n in SIZES:
        image = compile_size(n)
        replay(image, n)
        with tempfile.TemporaryDirectory(prefix="hisn-bench-") as state:
            sockets(image, n, state)
    with open(BUILD + "/bench/results.json", "w") as f:
        json.dump(results, f, indent=1)
    if not any(a.isdigit() for a in sys.argv[1:]):
        queue()
        desk()

main()
