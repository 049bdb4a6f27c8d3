#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""After reports and answers: whatever the desk and its key process leave on the disk holds nothing of what was
written, of who wrote it, or of the nine words; in no encoding. That the search finds is shown with
copies into which a leak is put."""
import base64, bz2, glob, gzip, http.client, lzma, os, re, resource, shutil, signal, socket, sqlite3, subprocess, sys, urllib.parse, zlib

sys.dont_write_bytecode = True
from desklab import Desk, Page
from hisnflow import Process, Tap, folder, free_port, program, run

SOURCE_ADDRESS, FORWARDED, AGENT = "127.77.66.55", "198.51.100.73", "PlantedBrowser/7.31"
PLANTED = ["planted-zebra-ascii", "علامة مزروعة فريدة", "repère-planté-éàçœ", "planted-host.example", "Planted.Account",
           "planted-answer-of-mine", "planted-mot-d’enfant"]
MARKS = PLANTED + [SOURCE_ADDRESS, FORWARDED, AGENT, "PlantedBrowser"]


class Source(Desk):
    """A browser that is easy to recognise: its address, its name, a proxy's header."""
    ports = ()

    def _ask(self, request):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(SOURCE_ADDRESS, 0))
        headers = {"User-Agent": AGENT, "X-Forwarded-For": FORWARDED, "Forwarded": f"for={FORWARDED}", "X-Real-IP": FORWARDED}
        if request.data:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        c.request("POST" if request.data else "GET", request.full_url[len(self.base):], request.data, headers)
        self.ports += (c.sock.getsockname()[1],)
        r = c.getresponse()
        page = Page(self, r.status, r.headers, r.read().decode("utf-8"), request.full_url)
        c.close()
        return page


# --- the search --------------------------------------------------------------------------------

def base64_parts(data):
    """What of it stands in any base64 of a text around it: three alignments, both alphabets."""
    out = set()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data)
        first, last = (0, 2, 3)[before], len(data) + before
        part = whole[first:last * 8 // 6]
        out |= {part, part.translate(bytes.maketrans(b"+/", b"-_"))}
    return out


def forms(text):
    """Every way in which a text is looked for."""
    utf8 = text.encode()
    out = {utf8, text.encode("utf-16-le"), text.encode("utf-16-be"), utf8.hex().encode(), utf8.hex().upper().encode(),
           urllib.parse.quote(text, safe="").encode(), urllib.parse.quote(text, safe="").lower().encode(),
           urllib.parse.quote_plus(text, safe="").encode(), "".join(f"%{b:02x}" for b in utf8).encode(),
           "".join(f"%{b:02X}" for b in utf8).encode(), text.encode("unicode_escape"),
           text.lower().encode(), text.upper().encode()}
    if "." in text:
        out.add(text.replace(".", "[.]").encode())
    return out | base64_parts(utf8)


def packed(ports):
    """The client's address as the kernel has it: family, port, address; and the address alone with a port."""
    address = socket.inet_aton(SOURCE_ADDRESS)
    out = {socket.AF_INET.to_bytes(2, sys.byteorder) + p.to_bytes(2, "big") + address for p in ports}
    out |= {address + p.to_bytes(2, order) for p in ports for order in ("big", "little")}
    return out | {b"\0" * 10 + b"\xff\xff" + address, address.hex().encode(), b"%d" % int.from_bytes(address, "big")}


def needles(words, ports):
    out = {mark: forms(mark) for mark in MARKS}
    out["the address, packed"] = packed(ports)
    for i, nine in enumerate(words):
        out[f"the words of receipt {i}"] = set().union(*(forms(sep.join(nine)) for sep in (" ", ", ", "\n", "\0", "-", ",", ""))) | {
            t for pair in zip(nine, nine[1:]) for sep in (" ", ", ", "\n", "\0") for t in (sep.join(pair).encode(),)}
    return {k: {n for n in v if len(n) >= 6} for k, v in out.items()}


def unpacked(data):
    """What compressed members in it hold, found by how they begin; members in members too."""
    starts = {b"\x1f\x8b\x08": 31, b"\x78\x01": 15, b"\x78\x5e": 15, b"\x78\x9c": 15, b"\x78\xda": 15}
    for magic, bits in starts.items():
        for m in re.finditer(re.escape(magic), data):
            try:
                out = zlib.decompressobj(bits).decompress(data[m.start():], 16 << 20)
            except zlib.error:
                continue
            if out:
                yield out
    for magic, opened in ((b"BZh", bz2.BZ2Decompressor), (b"\xfd7zXZ\0", lzma.LZMADecompressor)):
        for m in re.finditer(re.escape(magic), data):
            try:
                yield opened().decompress(data[m.start():], 16 << 20)
            except (OSError, lzma.LZMAError):
                continue


def search(data, wanted, deep=2):
    found = {name for name, some in wanted.items() if any(n in data for n in some)}
    if deep:
        for inner in unpacked(data):
            found |= search(inner, wanted, deep - 1)
    return found


def read_all(where, logs):
    """Name -> bytes: all files under the folders, names too, and what the processes have said."""
    out = {"(names)": "\n".join(glob.glob(where + "/**", recursive=True, include_hidden=True)).encode()}
    for path in glob.glob(where + "/**", recursive=True, include_hidden=True):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                out[os.path.relpath(path, where)] = f.read()
    for name, text in logs.items():
        out[name] = text.encode("utf-8", "surrogateescape")
    return out


# --- what is done ------------------------------------------------------------------------------

def write_reports(desk):
    """An address, a child's contact, an answer, a withdrawal; wrong words; a page full of errors; a path."""
    url = f"https://{PLANTED[3]}/{PLANTED[0]}"
    page = desk.get("/ar/report/address").submit({"url": url, "words": f"{PLANTED[0]} {PLANTED[1]} {PLANTED[2]}",
                                                  "shows": ["abuse"], "danger_now": "no"}, go="next")
    page = page.submit({"platform": PLANTED[4]}, go="next").submit({}, go="next")
    sent = [page.submit(go="send")]
    child = desk.get("/fr/child/contact")
    for _ in range(14):
        shown = {n for n in re.findall(r'name="([a-z_]+)"', child.body)}
        fill = {"words": PLANTED[6] + " " + PLANTED[2], "suspect_account": PLANTED[4], "platform": PLANTED[1],
                "excluded_persons": PLANTED[0], "meeting_planned": "later"}
        go = child.form()["go"]
        if "send" in go:
            sent.append(child.submit(go="send"))
            break
        child = child.submit({k: v for k, v in fill.items() if k in shown}, go="next")
    words = [s.words() for s in sent]
    mine = desk.get("/fr/receipt").submit({"typed": " ".join(words[1])}, go="open")
    answered = mine.submit({"text": f"{PLANTED[5]} {PLANTED[1]}"}, go="answer")
    answered.submit({"text": PLANTED[5]}, go="withdraw-yes")
    desk.get("/ar/receipt").submit({"typed": " ".join(words[0][:8]) + " " + PLANTED[0]}, go="open")
    desk.get("/en/report/address").submit({"url": PLANTED[1], "words": PLANTED[0]}, go="next")
    desk.get("/" + PLANTED[0] + "?" + urllib.parse.urlencode({"q": PLANTED[1]}))
    desk.post("/en/report/address", [("state", PLANTED[0]), ("go", PLANTED[0])])
    return words, answered


def start(desk, temp):
    """Both processes in a folder of their own, with cores allowed as far as we may."""
    os.makedirs(temp)
    os.environ["TMPDIR"] = temp
    here = os.getcwd()
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    os.chdir(temp)
    try:
        if os.path.exists(desk.socket):
            os.unlink(desk.socket)
        desk.keys = Process([program("hisn-keys"), "serve", "--store", f"{desk.folder}/store", "--host-key", f"{desk.folder}/host.key",
                             "--socket", desk.socket, "--backup", f"{desk.folder}/store.backup", "--password-memory", "8"])
        desk._wait(desk._keys_answer, desk.keys)
        desk.start_desk()
    finally:
        os.chdir(here)
        del os.environ["TMPDIR"]


def crashed(tap, desk, temp):
    """A fault in either leaves no core file: memory holds reports in clear."""
    for p, name in ((desk.desk, "the desk"), (desk.keys, "the key process")):
        limit = open(f"/proc/{p.pid}/limits").read()
        tap.ok(re.search(r"Max core file size +0 +0 ", limit), f"{name} has forbidden itself core files", limit)
        p.signal(signal.SIGSEGV)
        tap.equal(p.wait(10), -signal.SIGSEGV, f"{name} is ended by SIGSEGV")
    left = [f for f in glob.glob(temp + "/**", recursive=True, include_hidden=True) if os.path.isfile(f)]
    tap.equal(left, [], "no core file and no temporary file is left")
    pattern = open("/proc/sys/kernel/core_pattern").read().strip()
    if pattern.startswith(("|", "/")):
        return tap.skip("another program here does leave a core file", f"core_pattern is {pattern}")
    other = subprocess.Popen(["sh", "-c", "ulimit -c unlimited; kill -SEGV $$"], cwd=temp, stderr=subprocess.DEVNULL)
    other.wait(10)
    cores = glob.glob(temp + "/core*")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        tap.skip("another program here does leave a core file", "cores are forbidden to all")
    else:
        tap.ok(cores, "(another program does leave one here)")
    for c in cores:
        os.unlink(c)


def search_finds(tap, files, wanted, ports):
    """The same files with a leak: found in each encoding, and nothing else than what was put in."""
    base = files["desk.db"]
    missed = []
    address = socket.inet_aton(SOURCE_ADDRESS)
    leaks = {f"{mark} as {name}": (mark, make(mark)) for mark in MARKS for name, make in {
        "UTF-8": lambda m: m.encode(), "UTF-16LE": lambda m: m.encode("utf-16-le"), "UTF-16BE": lambda m: m.encode("utf-16-be"),
        "hex": lambda m: m.encode().hex().encode(), "percent": lambda m: urllib.parse.quote(m, safe="").encode(),
        "base64 0": lambda m: base64.b64encode(m.encode() + b" end"), "base64 1": lambda m: base64.b64encode(b"x" + m.encode() + b" end"),
        "base64 2": lambda m: base64.urlsafe_b64encode(b"xy" + m.encode() + b" end"),
        "gzip": lambda m: gzip.compress(b"before " + m.encode()), "zlib": lambda m: zlib.compress(b"before " + m.encode(), 9),
        "zlib in gzip": lambda m: gzip.compress(b"x" + zlib.compress(m.encode() * 3)), "xz": lambda m: lzma.compress(m.encode()),
        "bzip2": lambda m: bz2.compress(m.encode())}.items()}
    leaks["packed"] = ("the address, packed", socket.AF_INET.to_bytes(2, sys.byteorder) + ports[0].to_bytes(2, "big") + address)
    leaks["packed, IPv6"] = ("the address, packed", socket.inet_pton(socket.AF_INET6, "::ffff:" + SOURCE_ADDRESS))
    leaks["nine words"] = ("the words of receipt 0", next(n for n in wanted["the words of receipt 0"] if b" " in n))
    for name, (mark, leak) in leaks.items():
        at = len(base) // 2 + 1
        if mark not in search(base[:at] + leak + base[at:], wanted):
            missed.append(name)
    tap.equal(missed, [], f"the same search finds {len(leaks)} leaks put into a copy, in every encoding")
    tap.ok(b"received" in base + files["desk.db-wal"], "(and reads what stands in clear)")


# --- what a stolen copy opens ------------------------------------------------------------------

class Driver(Process):
    def __init__(self, where):
        super().__init__([program("tests/flow/keys-driver"), where], pipes=True)

    def ask(self, *words):
        self.say(" ".join(str(w) for w in words))
        answer = self.hear().split(" ")
        return int(answer[1]) if answer[0] == "error" else answer[1:]


def without_its_store(tap, backup, words):
    """The database's backup beside another key store: the words that were right open nothing."""
    with Desk(free_port(18210, 18219)) as other:
        other.desk.stop()
        code, out = run(program("hisn-desk"), "restore", "--from", backup, "--force", "--config", f"{other.folder}/desk.yaml", env=other.env)
        tap.equal(code, 0, "the backup is restored beside a fresh key store")
        other.start_desk()
        tap.equal(other.rows("SELECT count(*) FROM report"), [(2,)], "the reports are there, sealed")
        for lang, nine in zip(("ar", "fr"), words):
            page = other.get(f"/{lang}/receipt").submit({"typed": " ".join(nine)}, go="open")
            tap.equal((page.status, "planted" in page.text.replace(" ".join(nine), "")), (404, False), "a receipt opens nothing there")
        with Driver(other.socket) as d:
            a = founded(d)
            refused = [d.ask(*wrap) == [] and d.ask("rewrap", a, 0, "national", 1) for wrap in wraps(backup)]
        tap.ok(refused and all(isinstance(r, int) for r in refused), "nor does a founder of that store open a single key", refused)


def wraps(backup):
    """The keys of the reports in a backup, as the driver takes them in."""
    with sqlite3.connect(f"file:{backup}?mode=ro", uri=True) as db:
        return [("load", 0, report.hex(), epoch, sealed.hex()) for report, epoch, sealed in
                db.execute("SELECT report, epoch, sealed FROM wrap WHERE number = 0")]


def founded(d):
    """Two supervisors who have confirmed each other; the first is signed in."""
    a, b = d.ask("new", "national", 2, "first-pass-phrase-a"), d.ask("new", "national", 2, "first-pass-phrase-b")
    d.ask("in", a[0], "first-pass-phrase-a")
    d.ask("in", b[0], "first-pass-phrase-b")
    d.ask("confirm", a[0], b[0], b[3])
    d.ask("confirm", b[0], a[0], a[3])
    return a[0]


def with_its_store(tap, desk, backup):
    """The same keys, opened where they belong: else the tests without would prove nothing. Then the password
    is changed, and the old one opens nothing of what was stored before."""
    desk.start_keys()
    with Driver(desk.socket) as d:
        a, some = founded(d), wraps(backup)
        opened = [d.ask(*wrap) == [] and d.ask("rewrap", a, 0, "national", 1) for wrap in some]
        tap.ok(len(some) == 2 and all(isinstance(r, list) for r in opened), "with its own store a founder opens both reports' keys", opened)
        tap.equal(d.ask("password", a, "first-pass-phrase-a", "second-pass-phrase-a"), [], "a new password")
        d.ask("out", a)
        tap.ok(isinstance(d.ask("in", a, "first-pass-phrase-a"), int), "the old one no longer signs in")
        d.ask(*some[0])
        tap.ok(isinstance(d.ask("rewrap", a, 0, "national", 1), int), "and opens nothing of the backup")


def erased_and_changed(tap):
    """The key process alone: a backup of what was stored opens nothing more once the epoch is erased; and the
    old password opens nothing."""
    with Desk(free_port(18210, 18219)) as other, Driver(other.socket) as d:
        a = founded(d)
        epoch = d.ask("report", 0, "national", 1, "planted-kept")[0]
        tap.equal(d.ask("open", a, 0), ["planted-kept"], "a member opens a report")
        d.ask("password", a, "first-pass-phrase-a", "second-pass-phrase-a")
        d.ask("out", a)
        tap.ok(isinstance(d.ask("in", a, "first-pass-phrase-a"), int) and isinstance(d.ask("open", a, 0), int),
               "after a change the old password opens nothing of what was stored before")
        tap.equal((d.ask("in", a, "second-pass-phrase-a"), d.ask("open", a, 0)), ([], ["planted-kept"]), "the new one does")
        tap.equal(d.ask("erase", a, epoch), [], "the epoch is erased")
        tap.ok(isinstance(d.ask("open", a, 0), int), "its wrap, kept outside as a backup keeps it, opens no more")
        other.keys.kill()
        other.start_keys()
        d.ask("in", a, "second-pass-phrase-a")
        tap.ok(isinstance(d.ask("open", a, 0), int) and epoch not in d.ask("epochs"), "nor after a restart")


def swap_said(tap, desk):
    on = len(open("/proc/swaps").read().splitlines()) > 1
    said = "swap is on" in desk.keys.output()
    if on:  # encrypted swap is well: then nothing is said, which we cannot tell apart here
        tap.note(f"swap is on here; the key process {'warns' if said else 'says nothing'}")
        tap.ok(said or any("dm-" in line for line in open("/proc/swaps")), "swap that is not encrypted is said at the start")
    else:
        tap.ok(not said, "no swap: no warning of it")


with Tap() as tap, Source(free_port(18210, 18219)) as desk:
    desk.desk.stop()
    desk.keys.stop()
    temp = f"{desk.folder}/temp"
    start(desk, temp)
    words, answered = write_reports(desk)
    tap.equal([len(w) for w in words], [9, 9], "an address and a child's contact are sent")
    tap.ok(PLANTED[5] in answered.body and desk.rows("SELECT count(*) FROM message") == [(4,)], "answered, and asked back", answered.text[:300])
    code, out = run(program("hisn-desk"), "backup", "--quiet", "--out", f"{desk.folder}/backup.db", "--config", f"{desk.folder}/desk.yaml",
                    env=desk.env)
    tap.equal((code, os.path.exists(f"{desk.folder}/store.backup")), (0, True), "both have a backup")
    swap_said(tap, desk)
    outside = folder()
    shutil.copy(f"{desk.folder}/backup.db", outside)
    live = read_all(desk.folder, {"desk's log": desk.desk.output(), "key process's log": desk.keys.output(), "backup's log": out})
    crashed(tap, desk, temp)
    files = read_all(desk.folder, {"desk's log, to its end": desk.desk.output(), "key process's log, to its end": desk.keys.output()})
    wanted = needles(words, desk.ports)
    for when, some in (("while they run", live), ("after a crash", files)):
        leaks = {name: found for name, data in some.items() if (found := search(data, wanted))}
        tap.equal(leaks, {}, f"{when}: nothing in {len(some)} files and logs ({sum(map(len, some.values())) // 1024} kB)")
    tap.ok({"desk.db", "desk.db-wal", "desk.db-shm", "backup.db", "store", "store.backup"} <= live.keys(), "all files were read", list(live))
    search_finds(tap, live, wanted, desk.ports)
    without_its_store(tap, outside + "/backup.db", words)
    with_its_store(tap, desk, outside + "/backup.db")
    erased_and_changed(tap)
