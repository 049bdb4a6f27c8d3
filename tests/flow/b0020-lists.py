#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hisn lists over a local server: what is fetched, what is spared, and what happens when it goes wrong."""
import gzip, hashlib, io, json, os, re, shutil, signal, socket, ssl, subprocess, sys, tarfile, tempfile, threading, time, zipfile, zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SOURCE = os.environ.get("HISN_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("HISN_BUILD") or SOURCE + "/build"
HISN = BUILD + "/src/cli/hisn-lists"
os.environ["HISN_DATA"] = SOURCE + "/data"
os.environ.pop("HISN_STATE", None)
os.environ["https_proxy"] = os.environ["http_proxy"] = "http://127.0.0.1:1" # nothing leaves this machine

tests = 0
failed = 0
def ok(what, cond, detail=""):
    global tests, failed
    tests += 1
    print(("ok" if cond else "not ok"), tests, "-", what, flush=True)
    if not cond:
        failed += 1
        print("# " + str(detail).replace("\n", "\n# "), flush=True)
def skip(what, why):
    global tests
    tests += 1
    print("ok", tests, "-", what, "# SKIP", why, flush=True)

def names(n, seed="a"):
    return "".join(f"{hashlib.sha1(f'{seed}{i}'.encode()).hexdigest()[:12]}.example\n" for i in range(n)).encode()

# ---- the server ----

class Resource:
    def __init__(self, body, **kw):
        self.body, self.etag, self.modified = body, None, None
        self.cut = []          # for each answer to come: close after so many body bytes
        self.status = []       # for each answer to come: this status instead
        self.always = None     # (status, headers) for ever
        self.headers = {}
        self.delay = 0         # seconds between chunks of 1 kB
        self.hang = 0          # seconds of silence after 10 bytes
        self.length = True
        self.ranges = True
        self.seen = []         # request headers
        self.sent = 0          # body bytes
        self.__dict__.update(kw)

resources = {}
busy = {"now": 0, "most": 0}
lock = threading.Lock()

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a):
        pass
    def do_GET(self):
        counted = self.path.startswith("/side-by-side")
        with lock:
            busy["now"] += counted
            busy["most"] = max(busy["most"], busy["now"])
        try:
            self.answer(resources.get(self.path))
        except OSError:
            self.close_connection = True
        finally:
            with lock:
                busy["now"] -= counted
    def head(self, status, headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k, v)
        self.end_headers()
    def answer(self, r):
        if r is None:
            return self.head(404, {"Content-Length": "0"})
        r.seen.append(dict(self.headers))
        if r.always:
            return self.head(r.always[0], {"Content-Length": "0", **r.always[1]})
        if r.status:
            return self.head(r.status.pop(0), {"Content-Length": "0", **r.headers})
        h = dict(r.headers)
        if r.etag:
            h["ETag"] = r.etag
        if r.modified:
            h["Last-Modified"] = r.modified
        if (r.etag and self.headers.get("If-None-Match") == r.etag) or \
           (r.modified and not r.etag and self.headers.get("If-Modified-Since") == r.modified):
            return self.head(304, h)
        body, status = r.body, 200
        m = re.match(r"bytes=(\d+)-$", self.headers.get("Range") or "")
        guard = self.headers.get("If-Range")
        if m and r.ranges and guard in (None, r.etag, r.modified):
            at = int(m[1])
            if at >= len(body):
                return self.head(416, {"Content-Length": "0", "Content-Range": f"bytes */{len(body)}"})
            h["Content-Range"] = f"bytes {at}-{len(body) - 1}/{len(body)}"
            body, status = body[at:], 206
        if r.length:
            h["Content-Length"] = str(len(body))
        else:
            h["Connection"] = "close"
            self.close_connection = True
        self.head(status, h)
        if r.cut:
            n = r.cut.pop(0)
            body = body[:n]
            self.close_connection = True
        if r.hang:
            self.wfile.write(body[:10])
            self.wfile.flush()
            time.sleep(r.hang)
            return self.connection.shutdown(socket.SHUT_RDWR)
        step = 1024 if r.delay else 65536
        for i in range(0, len(body), step):
            time.sleep(r.delay)
            self.wfile.write(body[i:i + step])
            r.sent += len(body[i:i + step])
        if self.close_connection:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

class Server(ThreadingHTTPServer):
    daemon_threads = True
    def handle_error(self, request, address):
        pass

def serve(tls=None):
    for port in range(21500, 21580):
        try:
            s = Server(("127.0.0.1", port), Handler)
            break
        except OSError:
            continue
    if tls:
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(*tls)
        s.socket = c.wrap_socket(s.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    return s

# ---- the client ----

top = tempfile.mkdtemp(prefix="hisn-lists-")
server = serve()
BASE = f"http://127.0.0.1:{server.server_address[1]}"

class Folder:
    """A lists folder of its own, with lists named after the resources they fetch."""
    def __init__(self, **lists):
        self.path = tempfile.mkdtemp(dir=top)
        self.lists = ""
        for name, what in lists.items():
            self.add(name.replace("_", "-"), **(what if isinstance(what, dict) else {"url": what}))
    def add(self, name, url, format="domains", category="adult", **more):
        urls = url if isinstance(url, list) else [url]
        self.lists += f"  - name: {name}\n    urls: [{', '.join(json.dumps(BASE + u if u[0] == '/' else u) for u in urls)}]\n"
        self.lists += f"    format: {format}\n"
        if category:
            self.lists += f"    category: {category}\n"
        for k, v in more.items():
            self.lists += f"    {k.replace('_', '-')}: {v}\n"
        with open(self.path + "/lists.yaml", "w") as f:
            f.write("lists:\n" + self.lists)
    def run(self, *args, **kw):
        return subprocess.run([HISN, *args, "--folder", self.path], capture_output=True, text=True, timeout=60, **kw)
    def update(self, *args):
        """(exit code, {name: result})"""
        r = self.run("update", "--json", *args)
        try:
            return r.returncode, {l["name"]: l for l in json.loads(r.stdout)["lists"]}
        except ValueError:
            return r.returncode, {"": r.stdout + r.stderr}
    def file(self, name):
        try:
            with open(f"{self.path}/{name}", "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None
    def leftovers(self):
        return [n for n in os.listdir(self.path + "/fetched") if ".part" in n]

def plain():
    body = names(20000)
    r = resources["/plain"] = Resource(body, etag='"v1"', modified="Mon, 23 Nov 2026 10:00:00 GMT")
    f = Folder(plain="/plain")
    code, got = f.update()
    ok("a list is fetched whole", code == 0 and f.file("fetched/plain.domains") == body, got)
    ok("nothing of the download is left over", f.leftovers() == [])
    ua = r.seen[0].get("User-Agent", "")
    ok("it says who asks, and nothing else: no cookie, no referrer", ua.startswith("hisn/") and ua.endswith(" (+lists)")
       and not {"Cookie", "Referer", "Authorization", "Range", "If-None-Match"} & set(r.seen[0]), r.seen[0])
    sent = r.sent
    code, got = f.update()
    ok("unchanged: 304, and not a byte of it is sent again",
       code == 0 and got["plain"]["result"] == "same" and r.sent == sent and got["plain"]["received"] == 0, got)
    ok("the question carried the validator", r.seen[-1].get("If-None-Match") == '"v1"', r.seen[-1])
    r.body, r.etag = names(21000, "b"), '"v2"'
    code, got = f.update()
    ok("changed: the new one replaces it", code == 0 and got["plain"]["result"] == "new" and f.file("fetched/plain.domains") == r.body)
    with open(f.path + "/fetched/plain.domains", "ab") as h:
        h.write(b"x")
    f.update()
    ok("a file somebody changed is fetched again, not trusted", f.file("fetched/plain.domains") == r.body)
    code, got = f.update("--force")
    ok("--force asks unconditionally", got["plain"]["result"] == "new" and "If-None-Match" not in r.seen[-1])
    with open(f.path + "/fetched/plain.domains.state", "wb") as h:
        h.write(b"hisn-fetch 1\nurl " + b"x" * 300)
    code, got = f.update()
    ok("a damaged state file costs a download, nothing more", code == 0 and got["plain"]["result"] == "new", got)
    r2 = resources["/dated"] = Resource(body, modified="Mon, 23 Nov 2026 10:00:00 GMT")
    f = Folder(dated="/dated")
    f.update()
    code, got = f.update()
    ok("without ETag the date asks", got["dated"]["result"] == "same" and r2.seen[-1].get("If-Modified-Since") == r2.modified, got)

def resume():
    body = names(40000)
    r = resources["/cut"] = Resource(body, etag='"c1"', cut=[100000])
    f = Folder(cut="/cut")
    code, got = f.update()
    g = got.get("cut", {})
    ok("a cut connection is continued where it broke", code == 0 and f.file("fetched/cut.domains") == body and g.get("tries") == 2
       and g.get("resumed") == 100000, got)
    ok("each byte came once", r.sent == len(body), (r.sent, len(body)))
    ok("the range was guarded by the validator", r.seen[-1].get("If-Range") == '"c1"' and r.seen[-1].get("Range") == "bytes=100000-")

    r = resources["/cut2"] = Resource(body, etag='"c1"', cut=[100000])
    f = Folder(cut2="/cut2")
    code, got = f.update("--tries", "1")
    ok("given up: exit code 1, the part stays for the next time", code == 1 and "cut2.domains.part" in f.leftovers()
       and f.file("fetched/cut2.domains") is None, got)
    code, got = f.update("--tries", "1")
    ok("the next run continues it", code == 0 and got["cut2"]["resumed"] == 100000 and f.file("fetched/cut2.domains") == body, got)

    r = resources["/moved"] = Resource(body, etag='"m1"', cut=[100000])
    f = Folder(moved="/moved")
    f.update("--tries", "1")
    r.body, r.etag = names(40000, "other"), '"m2"'
    code, got = f.update("--tries", "1")
    ok("a list that changed meanwhile is never mixed with the old part", code == 0 and f.file("fetched/moved.domains") == r.body
       and got["moved"]["resumed"] == 0, got)

    r = resources["/short"] = Resource(body, etag='"s1"', cut=[100000])
    f = Folder(short="/short")
    f.update("--tries", "1")
    r.body = body[:50000]
    code, got = f.update()
    ok("416: begun anew", code == 0 and f.file("fetched/short.domains") == r.body, got)

    r = resources["/weak"] = Resource(body, etag='W/"w1"', cut=[100000])
    f = Folder(weak="/weak")
    code, got = f.update()
    ok("a weak validator does not guard a range: begun anew", code == 0 and f.file("fetched/weak.domains") == body
       and "Range" not in r.seen[-1], got)

def failures():
    old = names(100)
    f = Folder()
    what = {
        "gone": dict(always=(404, {})), "broken": dict(always=(500, {})), "loop": dict(always=(302, {"Location": "/loop"})),
        "down": dict(always=(301, {"Location": "http://lists.example/x"})),
        "ftp": dict(always=(301, {"Location": "ftp://127.0.0.1/x"})), "nowhere": dict(always=(302, {})),
    }
    pages = {
        "page": Resource(b"\n\n <!DOCTYPE html><html><body>Sign in to this network</body></html>"),
        "empty": Resource(b""), "binary": Resource(b"\x00\x01" * 500),
        "squeezed": Resource(gzip.compress(old), headers={"Content-Encoding": "gzip"}),
        "endless": Resource(names(1000), length=False), "huge": Resource(names(60000), etag='"h"'),
        "hugelater": Resource(b"x" * 3000000, headers={"Transfer-Encoding": "identity"}, length=False),
        "stalled": Resource(names(400), hang=8),
    }
    for n in list(what) + list(pages):
        resources["/" + n] = Resource(old, etag='"first"')
        f.add(n, "/" + n, **({"max_mib": 1} if n.startswith("huge") else {}))
    code, got = f.update()
    ok("all of them were good once", code == 0, got)
    for n, kw in what.items():
        resources["/" + n] = Resource(old, **kw)
    resources.update({"/" + n: r for n, r in pages.items()})
    resources["/good"] = Resource(names(500))
    f.add("good", "/good")
    code, got = f.update("--tries", "1", "--stall", "1")
    expect = {"gone": "404", "broken": "500", "loop": "redirected more than", "down": "plain http is refused", "ftp": "only https",
              "nowhere": "without a new address", "page": "a web page came", "empty": "empty", "binary": "not text",
              "squeezed": "gzip", "endless": "does not say where it ends", "huge": "larger than 1048576", "hugelater": "larger than 1048576", "stalled": "too slow"}
    for n, word in expect.items():
        g = got.get(n, {})
        ok(f"{n}: the old list stays, and it is said why ({g.get('error', '')[:60]})", g.get("result") == "failed" and word in g.get("error", "")
           and f.file(f"fetched/{n}.domains") == old, g)
    ok("exit code 1, though what was good was kept", code == 1 and got["good"]["result"] == "new" and f.file("fetched/good.domains") == resources["/good"].body, got)
    code, got = f.update("gone", "broken", "--tries", "2")
    ok("a 404 is asked once, a 500 again", got["gone"]["tries"] == 1 and got["broken"]["tries"] == 2, got)
    r = f.run("update", "gone", "good", "--tries", "1")
    ok("the table says so to people", r.returncode == 1 and re.search(r"gone +failed .*404 \(the old one stays\)", r.stdout)
       and re.search(r"good +(new|same)", r.stdout) and "\033" not in r.stderr, r.stdout + r.stderr)

def trouble():
    r = resources["/flaky"] = Resource(names(100), status=[503, 502])
    f = Folder(flaky="/flaky")
    code, got = f.update()
    ok("503, 502, then well: three tries", code == 0 and got["flaky"]["tries"] == 3, got)
    resources["/later"] = Resource(names(100), status=[503], headers={"Retry-After": "2"})
    f = Folder(later="/later")
    t = time.time()
    code, got = f.update()
    ok("Retry-After is respected", code == 0 and time.time() - t >= 2, (time.time() - t, got))
    resources["/mirror"] = Resource(names(100))
    f = Folder(mirrored={"url": ["/nothing-here", "/mirror"]})
    code, got = f.update()
    ok("a mirror helps out", code == 0 and f.file("fetched/mirrored.domains") == resources["/mirror"].body, got)
    resources["/here"] = Resource(b"", always=(302, {"Location": "/there#part"}))
    resources["/there"] = Resource(names(10))
    f = Folder(moved="/here")
    code, got = f.update()
    ok("a redirect within the rules is followed", code == 0 and f.file("fetched/moved.domains") == names(10), got)
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    f = Folder(dead=f"http://127.0.0.1:{s.getsockname()[1]}/x")
    code, got = f.update("--tries", "1")
    ok("nobody there: said plainly", code == 1 and "onnect" in got["dead"]["error"], got)
    s.close()
    f = Folder(**{f"dead{i}": f"http://127.0.0.1:{21580 + i}/x" for i in range(12)})
    t = time.time()
    r = f.run("update", "--tries", "2")
    ok("nobody answers at all: given up after a few, and said so", r.returncode == 1 and time.time() - t < 5 and "online?" in r.stderr
       and r.stdout.count("given up") > 0, r.stdout + r.stderr)
    f = Folder(plain={"url": "http://lists.example/x"})
    r = f.run("list")
    ok("plain http is refused in the file, with its place", r.returncode == 1 and re.search(r"lists.yaml:3:\d+: plain http is refused", r.stderr), r.stderr)

def parallel():
    f = Folder()
    for i in range(8):
        resources[f"/side-by-side{i}"] = Resource(names(400), delay=0.1) # 8 kB in steps of 1 kB: 0.8 s
        f.add(f"p{i}", f"/side-by-side{i}")
    busy["most"] = 0
    t = time.time()
    code, got = f.update()
    t = time.time() - t
    ok(f"eight slow lists, four at a time ({t:.1f} s)", code == 0 and busy["most"] == 4 and t < 4.5, (busy, t, got))

def together():
    body = names(1500)
    resources["/shared"] = Resource(body, delay=0.1, etag='"s"')
    f = Folder(shared="/shared")
    p = subprocess.Popen([HISN, "update", "--folder", f.path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.8)
    code, got = f.update("--tries", "1")
    ok("two updates at once: the second leaves it to the first", code == 1 and "another update" in got["shared"]["error"], got)
    p.send_signal(signal.SIGINT)
    rc = p.wait(10)
    ok("interrupted: it ends at once, and keeps the part", rc == 1 and "shared.domains.part" in f.leftovers(), (rc, f.leftovers()))
    resources["/shared"].delay = 0
    code, got = f.update()
    ok("and goes on from there the next time", code == 0 and got["shared"]["resumed"] > 0 and f.file("fetched/shared.domains") == body, got)

def tar(members):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w", format=tarfile.GNU_FORMAT) as t:
        for name, data, kind in members:
            i = tarfile.TarInfo(name)
            i.type = kind
            i.size = len(data) if kind == tarfile.REGTYPE else 0
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                i.linkname = "/etc/passwd"
            t.addfile(i, io.BytesIO(data) if kind == tarfile.REGTYPE else None)
    return b.getvalue()

def archives():
    R, D, S = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE
    first = tar([("testing", b"", D), ("testing/domains", names(5000), R), ("testing/urls", b"a.example/x\n", R),
                 ("testing/usage", b"black\n", R), ("testing/very_restrictive_expression", b"x", R)])
    r = resources["/adult.tar.gz"] = Resource(gzip.compress(first), etag='"1"')
    f = Folder(toulouse={"url": "/adult.tar.gz", "format": "ut1", "folder": "testing", "category": "adult"})
    code, got = f.update()
    ok("a UT1 archive is unpacked", code == 0 and f.file("ut1/testing/domains") == names(5000) and f.file("ut1/testing/usage") == b"black\n", got)
    ok("only what is known is taken from it", sorted(os.listdir(f.path + "/ut1/testing")) == ["domains", "urls", "usage"]
       and os.listdir(f.path + "/ut1") == ["testing"], os.listdir(f.path + "/ut1"))
    evil = {
        "escape": tar([("../../escaped/domains", b"x\n", R), ("/tmp/escaped/domains", b"x\n", R), ("testing/../../e/domains", b"x\n", R)]),
        "links": tar([("testing/domains", b"", S), ("testing", b"", S)]),
        "twice": tar([("testing/domains", b"one\n", R), ("testing/domains", b"two\n", R)]),
        "cut": first[:20000], "damaged": first[:100] + b"\xff" + first[101:], "nothing": tar([("readme", b"x", R)]),
        "bomb": tar([("testing/domains", b"", R)])[:124] + b"77777777777\0" + b"\0" * 376 + b"\0" * 1000,
    }
    for name, data in evil.items():
        r.body, r.etag = gzip.compress(data), f'"{name}"'
        code, got = f.update("--tries", "1")
        ok(f"{name}: refused, the old list stays ({got['toulouse'].get('error', '')[:50]})", code == 1 and f.file("ut1/testing/domains") == names(5000)
           and os.listdir(f.path + "/ut1") == ["testing"] and not os.path.exists("/tmp/escaped"), got)
    # 1.5 GiB of zeroes in 1.5 MB, honestly declared member by member
    def block(data):
        c = zlib.compressobj(9, zlib.DEFLATED, -15)
        return c.compress(data) + c.flush(zlib.Z_FULL_FLUSH)
    i = tarfile.TarInfo("testing/other")
    i.size = 300 << 20
    member = block(i.tobuf(tarfile.GNU_FORMAT)) + block(b"\0" * (1 << 20)) * 300
    r.body, r.etag = b"\x1f\x8b\x08" + b"\0" * 7 + member * 5, '"zeroes"'
    code, got = f.update("--tries", "1")
    ok("a decompression bomb ends at its limit", code == 1 and f.file("ut1/testing/domains") == names(5000) and "limit" in got["toulouse"]["error"], got)
    r.body, r.etag = gzip.compress(tar([("testing/domains", names(10), R), ("testing/usage", b"black\n", R)])), '"2"'
    code, got = f.update()
    ok("after all that the next good one replaces it whole", code == 0 and f.file("ut1/testing/domains") == names(10)
       and not os.path.exists(f.path + "/ut1/testing/urls") and os.listdir(f.path + "/ut1") == ["testing"], got)
    shutil.rmtree(f.path + "/ut1")
    code, got = f.update()
    ok("a folder somebody removed comes back", code == 0 and f.file("ut1/testing/domains") == names(10), got)

    z = io.BytesIO()
    with zipfile.ZipFile(z, "w", zipfile.ZIP_DEFLATED) as a:
        a.writestr("top-1m.csv", "".join(f"{i},{i}.example\r\n" for i in range(1, 3001)) + "3001,not a name\n")
    resources["/top.zip"] = Resource(z.getvalue())
    f = Folder(top={"url": "/top.zip", "format": "ranking", "category": None, "kind": "popular", "rows": 1000})
    code, got = f.update()
    ok("a zipped ranking becomes names, as many as asked", code == 0 and f.file("fetched/top.popular") == b"".join(b"%d.example\n" % i for i in range(1, 1001)), got)

def full_disk():
    mount = tempfile.mkdtemp(dir=top)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], capture_output=True).returncode:
        return skip("a full disk", "no tmpfs can be mounted here")
    try:
        r = resources["/fits"] = Resource(names(5000), etag='"1"')
        f = Folder()
        f.path = mount
        f.add("fits", "/fits")
        code, got = f.update()
        good = f.file("fetched/fits.domains")
        ok("a small disk holds a small list", code == 0 and good == r.body, got)
        r.body, r.etag = names(60000, "more"), '"2"'
        code, got = f.update()
        ok("a full disk: the old list stays, it is said, and no part fills it", code == 1 and f.file("fetched/fits.domains") == good
           and "No space left" in got["fits"]["error"] and f.leftovers() == [], (got, f.leftovers()))
        r.body, r.etag = gzip.compress(tar([("testing/domains", names(60000), tarfile.REGTYPE)]), 9), '"3"'
        f.lists = ""
        f.add("arch", "/fits", format="ut1", folder="testing")
        code, got = f.update()
        ok("a disk that fills while unpacking: nothing half is left", code == 1 and "No space left" in got["arch"]["error"]
           and not os.path.exists(mount + "/ut1/testing") and not [n for n in os.listdir(mount + "/ut1")], got)
    finally:
        subprocess.run(["umount", mount])

def https():
    if not shutil.which("openssl"):
        return skip("https", "no openssl to make a certificate")
    key, cert = top + "/key.pem", top + "/cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
                    "-days", "2", "-subj", "/CN=lists.test", "-addext", "subjectAltName=IP:127.0.0.1"], capture_output=True, check=True)
    s = serve((cert, key))
    resources["/secure"] = Resource(names(100))
    f = Folder(secure=f"https://127.0.0.1:{s.server_address[1]}/secure")
    code, got = f.update()
    ok("a certificate nobody vouches for is refused, at once", code == 1 and "certificate" in got["secure"]["error"] and got["secure"]["tries"] == 1, got)
    code, got = f.update("--ca-file", cert)
    ok("a certificate of one's own authority is accepted", code == 0 and f.file("fetched/secure.domains") == names(100), got)
    s.shutdown()

def choosing():
    f = Folder()
    r = f.run("list", "--json")
    cat = json.loads(r.stdout)["lists"]
    ok("the catalogue: each list with licence, home and address", r.returncode == 0 and len(cat) > 60 and all(
        l["licence"] and l["home"] and l["attribution"] and l["urls"] and l["certainty"] in ("verified", "knowledge") for l in cat))
    ok("the catalogue speaks https only", all(u.startswith("https://") for l in cat for u in l["urls"]))
    known = re.findall(r"- *\{? *name: *([\w-]+)", open(SOURCE + "/data/categories.yaml").read()) if os.path.exists(SOURCE + "/data/categories.yaml") else None
    if known:
        ok("its categories exist", all(l["category"] in known for l in cat if l["category"]), [l["name"] for l in cat if l["category"] and l["category"] not in known])
    else:
        skip("its categories exist", "data/categories.yaml is not there")
    r = f.run("config")
    ok("no lists, no configuration, and it says what to do", r.returncode == 3 and r.stdout == "" and "hisn lists update" in r.stderr, r.stderr)
    r = f.run("add", "ut1-adult")
    ok("add: a name of the catalogue", r.returncode == 0 and "- name: ut1-adult" in f.file("lists.yaml").decode(), r.stderr)
    with open(f.path + "/lists.yaml", "a") as h:
        h.write("  # what the school wants closed\n")
    r = f.run("add", "https://lists.example/a/School.txt", "--category", "games", "--format", "hosts", "--licence", 'its "own"')
    text = f.file("lists.yaml").decode()
    ok("add: an address; comments of people stay", r.returncode == 0 and "what the school wants closed" in text and "name: lists-example-school" in text, text + r.stderr)
    l = {l["name"]: l for l in json.loads(f.run("list", "--json").stdout)["lists"]}
    ok("both are chosen", l["ut1-adult"]["chosen"] and l["lists-example-school"]["chosen"] and l["lists-example-school"]["licence"] == 'its "own"')
    for bad in (["add", "no-such-list"], ["add", "http://lists.example/x", "--category", "games", "--format", "hosts"],
                ["add", "https://lists.example/y", "--category", "games", "--format", "zip"],
                ["add", "https://lists.example/y", "--category", "no-such", "--format", "hosts"],
                ["add", "https://u:p@lists.example/y", "--category", "games", "--format", "hosts"],
                ["add", "https://lists.example/a/School.txt", "--category", "games", "--format", "hosts"]):
        before = f.file("lists.yaml")
        r = f.run(*bad)
        ok("refused: " + " ".join(bad[:2]) + f" ({r.stderr.strip()[12:60]})", r.returncode == 1 and f.file("lists.yaml") == before, r)
    with open(f.path + "/lists.yaml", "a") as h:
        h.write("extra: 1\n")
    before = f.file("lists.yaml")
    r = f.run("list")
    ok("an unknown key is refused with its place", r.returncode == 1 and re.search(r"lists\.yaml:\d+:\d+: .*extra", r.stderr), r.stderr)
    ok("a verb that is none: exit code 2", f.run("fetch").returncode == 2)

def configuration():
    resources["/one"] = Resource(names(10), etag='"1"')
    f = Folder(one={"url": "/one", "licence": "MIT", "attribution": "Somebody"})
    f.update()
    os.makedirs(f.path + "/ut1/sexual_education")
    os.makedirs(f.path + "/ut1/dangerous_material")
    os.makedirs(f.path + "/ut1/unheard_of")
    os.makedirs(f.path + "/ut1/gambling")
    for n, text in {"ut1/sexual_education/domains": "a.example\n", "ut1/sexual_education/usage": "white\n", "ut1/dangerous_material/domains": "b.example\n",
                    "ut1/unheard_of/domains": "c.example\n",
                    "ut1/gambling/domains": "i.example\n", "ut1/gambling/usage": "white\n", "child.domains": "j.example\n", "gambling.mine.hosts": "0.0.0.0 d.example\n", "popular.domains": "e.example\n", "x-ours.adblock.txt": "||g.example^\n", "nonsense.domains": "h.example\n",
                    "what-is-this.pdf": "", "accept.txt": "# ours\nadult:f.example\n\n", "public_suffix_list.dat": "com\n"}.items():
        with open(f.path + "/" + n, "w") as h:
            h.write(text)
    r = f.run("config", "--out", f.path + "/compile.yaml")
    text = f.file("compile.yaml").decode()
    def entry(path):
        m = re.search(r"  - category: (\S+)\n    path: \"" + re.escape(f.path + "/" + path) + r"\"\n((?:    .*\n)*)", text)
        return (m[1], dict(re.findall(r"    (\w+): \"?([^\"\n]*)", m[2]))) if m else (None, {})
    c, e = entry("fetched/one.domains")
    ok("config: what was fetched, with origin, licence, attribution and date", r.returncode == 0 and c == "adult" and e.get("kind") == "block"
       and e.get("origin") == BASE + "/one" and e.get("licence") == "MIT" and e.get("attribution") == "Somebody" and re.match(r"20\d\d-\d\d-\d\d$", e.get("date", "")), text + r.stderr)
    c, e = entry("gambling.mine.hosts")
    ok("config: what was put there by hand, by its name", c == "gambling" and e.get("format") == "hosts" and e.get("kind") == "block", text)
    c, e = entry("x-ours.adblock.txt")
    ok("config: a category of one's own", c == "x-ours" and e.get("format") == "adblock", text)
    c, e = entry("ut1/sexual_education/domains")
    ok("config: UT1's own usage says allow", c == "sexual_education" and e.get("kind") == "allow", text)
    ok("config: UT1 folders by the catalogue's categories", entry("ut1/dangerous_material/domains")[0] == "dangerous", text)
    ok("config: a UT1 category that changed sides is left out", "ut1/gambling" not in text and "ut1/gambling/domains: left out" in r.stderr, r.stderr)
    ok("config: good places by hand are an allow list", entry("child.domains")[1].get("kind") == "allow", text)
    ok("config: strangers are left out and named", "unheard_of" not in text and "unheard_of" in r.stderr and "what-is-this.pdf" in r.stderr and "nonsense.domains: left out" in r.stderr, r.stderr)
    ok("config: popular names, suffixes, accepted names", re.search(r"popular:\n  files:\n    - \".*/popular.domains\"\n  confirm: 2\n  expected: \[", text)
       and 'public_suffix_list.dat"' in text and 'accept:\n  - "adult:f.example"' in text, text)
    expected = re.search(r"  expected: \[(.*)\]\n", text).group(1).split(", ")
    ok("config: where popular names are the point", {"social_networks", "webmail", "video"} <= set(expected) and "adult" not in expected, expected)
    os.remove(f.path + "/compile.yaml")
    ok("config: the same folder, the same bytes", f.run("config").stdout == f.run("config").stdout == text)

def compiled():
    compile = BUILD + "/src/cli/hisn-compile"
    if not os.path.exists(compile) or "--config" not in subprocess.run([compile, "--help"], capture_output=True, text=True).stdout:
        return skip("what config writes is compiled", "this build has no hisn compile --config")
    resources["/c1"], resources["/c2"] = Resource(names(1000), etag='"1"'), Resource(names(1200, "hosts"))
    f = Folder(c1={"url": "/c1", "licence": "MIT", "attribution": 'Some "body"'})
    f.update()
    with open(f.path + "/x-ours.hosts", "w") as h:
        h.write("".join(f"0.0.0.0 {n}\n" for n in names(50, "x").decode().split()))
    f.run("config", "--out", f.path + "/compile.yaml")
    r = subprocess.run([compile, "--config", f.path + "/compile.yaml", "--out", f.path + "/image"], capture_output=True, text=True, timeout=60)
    ok("what config writes is compiled", r.returncode == 0 and os.path.getsize(f.path + "/image") > 1000, r.stdout + r.stderr)

def terminal():
    import pty
    resources["/seen"] = Resource(names(1500), delay=0.05)
    f = Folder(seen="/seen")
    master, slave = pty.openpty()
    p = subprocess.Popen([HISN, "update", "--folder", f.path], stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    drawn = b""
    while True:
        try:
            more = os.read(master, 4096)
        except OSError:
            break
        if not more:
            break
        drawn += more
    out = p.communicate(timeout=30)[0].decode()
    os.close(master)
    ok("a bar on a terminal, a table at the end", b"seen" in drawn and re.search(rb"\[#+ +\] [\d.]+ kB of [\d.]+ kB", drawn) and re.search(r"seen +new", out), (drawn[:300], out))

try:
    for part in (plain, resume, failures, trouble, parallel, together, archives, full_disk, https, choosing, configuration, compiled, terminal):
        part()
finally:
    server.shutdown()
    shutil.rmtree(top, ignore_errors=True)
print(f"1..{tests}")
sys.exit(1 if failed else 0)
