#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench BENCH=desk`: reports sealed and stored beside page views, on SQLite and PostgreSQL.   desk.py [SECONDS]

A real key process and desk; clients of forked processes over kept connections, as a proxy holds them. The desk
is told that a proxy stands before it (tls.behind_proxy) and each reporter has an address of their own in
X-Forwarded-For: so an address's pressure (WEB_SLOW) is what many reporters at home would see. Pages are fetched
beside it by four clients, each as fast as it is answered: the desk is never idle. A report is counted when its
page of words came; afterwards the rows in the database must be as many. Latency counts from when a report was
due, not from when a client was free. Everything is shown beside a floor of the same minute: the pages without
reports, and bare commits of a report's size (store-load). Medians of three runs with least and greatest; also
in build/bench/desk.json."""
import hashlib, json, multiprocessing, os, random, re, socket, sqlite3, statistics, subprocess, sys, tempfile, time, urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.setdefault("HISN_BUILD", ROOT + "/build")
os.environ.setdefault("HISN_SOURCE", ROOT)
sys.dont_write_bytecode = True
sys.path.insert(0, ROOT + "/tests/flow")
import postgres
from desklab import Desk
from hisnflow import free_port

SECONDS = next((int(a) for a in sys.argv[1:] if a.isdigit()), 20)
RUNS, VIEWERS, SENDERS, PER_MINUTE = 3, 4, 4, 500
# The key process derives 100 receipts and 100 blind values a second for all of intake, 1000 at once. A report with
# an address asks one and two: what is measured as fast as it goes must stay within what is allowed at once.
AT_ONCE, REFILL_SECONDS = 450, 10
PAGES = ("/fr/", "/ar/report/address", "/en/help")
PARTNERS = 8  # keys; each may send 120 at once, 600 a minute
TICK = os.sysconf("SC_CLK_TCK")
spawn = multiprocessing.get_context("fork")
reporters = 0


class Client:
    """One kept connection."""
    def __init__(self, port):
        self.port, self.s, self.rest = port, None, b""

    def ask(self, request):
        """(status, body)"""
        if not self.s:
            self.s, self.rest = socket.create_connection(("127.0.0.1", self.port), 20), b""
            self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.s.sendall(request)
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        low = head.lower()
        n = int(re.search(rb"\r\ncontent-length: *(\d+)", low).group(1))
        while len(self.rest) < n:
            self.more()
        body, self.rest = self.rest[:n], self.rest[n:]
        if b"\r\nconnection: close" in low:
            self.s.close()
            self.s = None
        return int(head.split(b" ", 2)[1]), body

    def more(self):
        piece = self.s.recv(65536)
        if not piece:
            raise ConnectionError("closed in the middle of an answer")
        self.rest += piece


def request(method, path, body=b"", kind="application/x-www-form-urlencoded", **headers):
    global reporters
    reporters += method == "GET"
    address = f"10.{reporters >> 16 & 255}.{reporters >> 8 & 255}.{reporters & 255}"
    lines = [f"{method} {path} HTTP/1.1", "Host: desk.example", f"X-Forwarded-For: {address}", "X-Forwarded-Proto: https"]
    lines += [f"{k.replace('_', '-')}: {v}" for k, v in headers.items()]
    if method == "POST":
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# --- what is sent ---

def forms(desk, n):
    """The last request of n reports: each was begun and read again on pages of the desk, and has its own state."""
    client, out = Client(desk.port), []
    state = lambda page: re.search(rb'name="?state"? value="?([\w-]+)', page).group(1).decode()
    for i in range(n):
        path = "/fr/report/address"
        status, page = client.ask(request("GET", path))
        said = [("state", state(page)), ("url", f"https://forum-{reporters}.example/thread/{reporters}"),
                ("words", "Vu ce matin dans un groupe public. " * 8), ("danger_now", "no"), ("go", "review")]
        status, page = client.ask(request("POST", path, urllib.parse.urlencode(said).encode()))
        assert status == 200, status
        out.append(request("POST", path, urllib.parse.urlencode([("state", state(page)), ("go", "send")]).encode()))
    return out


def calls(keys, n):
    """Requests of partners' systems."""
    out = []
    for i in range(n):
        one = random.randbytes(12).hex()
        body = {"kind": "address", "language": "fr", "fields": {"url": f"https://forum-{one}.example/thread/17",
                "danger_now": "no", "words": "Vu ce matin dans un groupe public. " * 8}}
        out.append(request("POST", "/api/v1/reports", json.dumps(body).encode(), "application/json",
                           Authorization=f"Bearer {keys[i % len(keys)]}", Idempotency_Key=one))
    return out


def partner_keys(run):
    keys = [f"hisn-bench-{random.randbytes(16).hex()}" for _ in range(PARTNERS)]
    for k in keys:
        run(hashlib.blake2b(k.encode(), digest_size=32, key=b"hisn partner key").hexdigest())
    return keys


# --- the clients ---

def view(port, at, began, end, out):
    client, took, errors = Client(port), [], 0
    pages = [request("GET", p) for p in PAGES]
    while (now := time.monotonic()) < end:
        try:
            status, _ = client.ask(pages[at % len(pages)])
            errors += status != 200
        except OSError:
            client, errors = Client(port), errors + 1
        at += 1
        if now >= began:
            took.append(time.monotonic() - now)
    out.put((took, errors))


def send(port, work, out):
    """work: [(when it is due; 0: at once, request)]"""
    client, took, errors = Client(port), [], 0
    for due, what in work:
        time.sleep(max(0, due - time.monotonic()) if due else 0)
        began = due or time.monotonic()
        try:
            status, body = client.ask(what)
            # the page of nine words, not the review shown again
            errors += status not in (200, 201) or not (b'class="words"' in body or b'class=words' in body or b'"receipt":' in body)
        except OSError:
            client, errors = Client(port), errors + 1
        took.append(time.monotonic() - began)
    out.put((took, errors))


def gather(jobs):
    """Runs each (function, arguments) in a process; their answers put together by function."""
    queues, processes = {}, []
    for f, args in jobs:
        q = queues.setdefault(f, spawn.Queue())
        processes.append((f, spawn.Process(target=f, args=(*args, q))))
    for _, p in processes:
        p.start()
    all_ = {f: [queues[f].get(timeout=SECONDS + 120) for g, _ in processes if g is f] for f in queues}
    for _, p in processes:
        p.join()
    return {f: (sorted(t for took, _ in v for t in took), sum(e for _, e in v)) for f, v in all_.items()}


def beside_pages(port, requests):
    """Page views for SECONDS, and the requests at moments drawn over them."""
    began = time.monotonic() + 0.5
    due = sorted(began + random.random() * SECONDS for _ in requests)
    jobs = [(view, (port, i, began, began + SECONDS)) for i in range(VIEWERS)]
    work = list(zip(due, requests))
    jobs += [(send, (port, work[i::SENDERS])) for i in range(SENDERS) if work]
    got = gather(jobs)
    views, errors = got[view]
    out = {"views_s": len(views) / SECONDS, "view_p99_ms": at(views, .99), "errors": errors}
    if work:
        took, errors = got[send]
        out |= {"per_minute": (len(took) - errors) * 60 / SECONDS, "median_ms": at(took, .5), "p99_ms": at(took, .99),
                "slowest_ms": took[-1] * 1e3, "errors": out["errors"] + errors}
    return out


def all_at_once(desk, requests):
    before, began = cpu(desk), time.monotonic()
    took, errors = gather([(send, (desk.port, [(0, q) for q in requests[i::SENDERS]])) for i in range(SENDERS)])[send]
    seconds = time.monotonic() - began
    return {"per_s": (len(took) - errors) / seconds, "median_ms": at(took, .5), "p99_ms": at(took, .99), "errors": errors,
            "cpu_desk_ms": (cpu(desk)[0] - before[0]) * 1e3 / len(took), "cpu_keys_ms": (cpu(desk)[1] - before[1]) * 1e3 / len(took)}


def at(sorted_, part):
    return sorted_[min(len(sorted_) - 1, int(len(sorted_) * part))] * 1e3


def cpu(desk):
    def one(pid):
        f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / TICK
    return one(desk.desk.p.pid), one(desk.keys.p.pid)


# --- one run ---

def commits(where):
    """Commits a second of one thread and of eight, of rows of a report's size, with nothing else."""
    out = subprocess.run([BUILD + "/bench/store-load", where, "2"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [float(n) for n in re.findall(r"(\d+) commits/s", out)]


def once(desk, keys, count, floor):
    before = count()
    paced = PER_MINUTE * SECONDS // 60
    r = {"pages alone": beside_pages(desk.port, []),
         "form": beside_pages(desk.port, forms(desk, paced)),
         "partners": beside_pages(desk.port, calls(keys[:1], paced))}
    work = forms(desk, AT_ONCE)
    before_it = commits(floor())
    r["form at once"] = all_at_once(desk, work)
    after_it = commits(floor())
    time.sleep(REFILL_SECONDS)
    r["partners at once"] = all_at_once(desk, calls(keys, AT_ONCE))
    stored, sent = count() - before, 2 * paced + 2 * AT_ONCE
    if stored != sent:
        sys.exit(f"bench: {sent} reports were sent and {stored} are stored")
    return r, [statistics.mean(two) for two in zip(before_it, after_it)]


def behind_proxy(desk):
    with open(f"{desk.folder}/desk.yaml", "a") as f:
        f.write("tls:\n  behind_proxy: true\n")
    return desk


def mid(values):
    v = sorted(values)
    digits = 0 if v[0] >= 100 else 1 if v[0] >= 10 else 2
    return f"{statistics.median(v):.{digits}f} ({v[0]:.{digits}f}-{v[-1]:.{digits}f})"


def show(name, runs, floors):
    """runs: what once() gave, several times"""
    print(f"{name}: load of the machine {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors", flush=True)
    for part in runs[0]:
        fields = {k: mid([r[part][k] for r in runs]) for k in runs[0][part] if k != "errors"}
        if part in ("form", "partners"):
            fields["views_x_alone"] = mid([r[part]["views_s"] / r["pages alone"]["views_s"] for r in runs])
        if part.endswith("at once"):
            fields["x_bare_commits"] = mid([r[part]["per_s"] / f[0] for r, f in zip(runs, floors)])
        fields["errors"] = sum(r[part]["errors"] for r in runs)
        print(f"  {part:<18}" + "  ".join(f"{k.replace('_', ' ')} {v}" for k, v in fields.items()), flush=True)
    print(f"  {'bare commits':<18}one thread a second {mid([f[0] for f in floors])}  eight {mid([f[1] for f in floors])}", flush=True)


def sqlite():
    runs, floors = [], []
    for _ in range(RUNS):
        with behind_proxy(Desk(free_port(18240, 18259))) as desk:
            keys = partner_keys(lambda h: desk.write("INSERT INTO partner_key (hash, organisation, sector, scopes, created) "
                                                     "VALUES (?, 'Bench', 'ICT', 'reports:write', 0)", bytes.fromhex(h)))
            run, floor = once(desk, keys, lambda: desk.rows("SELECT count(*) FROM report")[0][0],
                              lambda: f"{desk.folder}/floor{time.monotonic_ns()}.db")
            runs.append(run)
            floors.append(floor)
    return runs, floors


def on_postgres():
    runs, floors = [], []
    with postgres.Postgres() as server:
        for i in range(RUNS):
            name = f"desk{i}"
            with behind_proxy(Desk(free_port(18240, 18259), server.where(name))) as desk:
                keys = partner_keys(lambda h: server.sql(name, "INSERT INTO partner_key (hash, organisation, sector, scopes, created) "
                                                         f"VALUES ('\\x{h}', 'Bench', 'ICT', 'reports:write', 0)"))
                run, floor = once(desk, keys, lambda: int(server.sql(name, "SELECT count(*) FROM report")),
                                  lambda: server.where(f"floor{time.monotonic_ns()}"))
                runs.append(run)
                floors.append(floor)
    return runs, floors


def main():
    os.sched_setaffinity(0, range(os.cpu_count()))  # run.py keeps itself to one
    results = {}
    for name, what in (("SQLite", sqlite), ("PostgreSQL", on_postgres)):
        if name == "PostgreSQL" and not postgres.available():
            print("PostgreSQL: not installed")
            continue
        runs, floors = what()
        show(name, runs, floors)
        results[name] = {"runs": runs, "bare_commits": floors}
    with open(BUILD + "/bench/desk.json", "w") as f:
        json.dump(results, f, indent=1)


main()
