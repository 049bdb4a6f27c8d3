#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The web room over real sockets: headers on every answer, languages, forms, limits, hostile requests,
slow clients, TLS, a Unix socket, pressure, a clean stop."""
import re, socket, ssl, threading, time
from hisnflow import Tap, folder, wait_until
from weblab import FORM, Site, certificate, split, timed

HOST = b"Host: desk.test\r\n"


def request(method, path, extra=b"", body=b""):
    return method.encode() + b" " + path.encode() + b" HTTP/1.1\r\n" + HOST + extra + b"\r\n" + body


def answers(tap, site):
    """Each status, from a page, the library or us: all headers, once each."""
    big = "a=" + "x" * 70000
    cases = [
        (200, "a page", lambda: site.ask("/fr/hello")),
        (200, "HEAD", lambda: site.ask("/fr/hello", "HEAD")),
        (303, "no language", lambda: site.ask("/hello")),
        (400, "a stray percent sign", lambda: site.ask("/fr/%zz")),
        (404, "no such page", lambda: site.ask("/fr/nothing")),
        (405, "a method", lambda: site.ask("/tiny", "POST", FORM, "a=1")),
        (405, "OPTIONS", lambda: site.ask("/tiny", "OPTIONS")),
        (411, "no length", lambda: site.ask("/fr/form", "POST")),
        (413, "a body past 64 KiB", lambda: site.form("/fr/form", big)),
        (413, "such a body in chunks", lambda: site.ask("/fr/form", "POST", FORM + "Transfer-Encoding: chunked\r\n",
                                                       b"11172\r\n" + big.encode() + b"\r\n0\r\n\r\n")),
        (413, "such a body, asked for before", lambda: site.ask("/fr/form", "POST", FORM + "Expect: 100-continue\r\nContent-Length: 70002\r\n")),
        (413, "a route's own limit", lambda: site.ask("/api/call", "POST", "", "x" * 1001)),
        (413, "a field past 32 KiB", lambda: site.form("/fr/form", "a=" + "x" * 33000)),
        (413, "257 fields", lambda: site.form("/fr/form", "&".join("a=1" for _ in range(257)))),
        (414, "a target of 9 KiB", lambda: site.ask("/fr/hello?a=" + "x" * 9000)),
        (414, "a target of 100 KiB (the library's)", lambda: site.ask("/fr/hello?a=" + "x" * 100000)),
        (415, "multipart", lambda: site.ask("/fr/form", "POST", "Content-Type: multipart/form-data; boundary=x\r\n", "--x--")),
        (415, "JSON for a form", lambda: site.ask("/fr/form", "POST", "Content-Type: application/json\r\n", "{}")),
        (415, "another charset", lambda: site.ask("/fr/form", "POST", FORM.strip() + "; charset=latin1\r\n", "a=1")),
        (415, "a compressed body", lambda: site.form("/fr/form", "a=1", "Content-Encoding: gzip\r\n")),
        (431, "17 KiB of headers", lambda: site.ask("/fr/hello", headers="X: " + "x" * 17000 + "\r\n")),
        (431, "66 headers", lambda: site.ask("/fr/hello", headers="X: 1\r\n" * 66)),
        (431, "100 KiB of headers (the library's)", lambda: site.ask("/fr/hello", headers="X: " + "x" * 100000 + "\r\n")),
        (431, "3,000 query fields (the library's)", lambda: site.ask("/fr/hello?" + "&a" * 3000)),
        (500, "a handler that says nothing", lambda: site.ask("/quiet")),
        (505, "HTTP/2 without asking (the library's)", lambda: split(site.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))[0]),
        (400, "no Host (the library's)", lambda: split(site.raw(b"GET /tiny HTTP/1.1\r\n\r\n"))[0]),
    ]
    for status, what, ask in cases:
        r = ask()
        tap.ok(r and r.status == status and not r.missing(), f"{status}, {what}: all headers", f"{r} missing {r and r.missing()}")
    r = site.ask("/tiny", "OPTIONS")
    tap.equal(r.headers.get("allow"), "GET, HEAD", "405 says what is allowed")
    r = site.ask("/fr/form", "PUT")
    tap.equal(r.headers.get("allow"), "GET, HEAD, POST", "405 of two routes says both")


def languages(tap, site):
    r = site.ask("/hello?x=1&y=%C3%A9", headers="Accept-Language: ar-MA, fr;q=0.5\r\n")
    tap.ok(r.status == 303 and r.headers["location"] == "/ar/hello?x=1&y=%C3%A9" and "accept-language" in
           r.headers.get("vary", "").lower(), "303 to the negotiated language, query kept, Vary", r)
    tap.equal(site.ask("/hello").headers["location"], "/fr/hello", "without a wish: the site's own language")
    tap.equal(site.ask("/", headers="Accept-Language: en\r\n").headers["location"], "/en/", "the root too")
    for path, want in (("/en/hello", b"hello en /hello"), ("/ar", b"hello ar /"), ("/ar/", b"hello ar /"),
                       ("/en/kind/%C3%A9t%C3%A9?q=a+%2B", "kind été query a +".encode()), ("/fr/kind/fixed", b"hello fr /kind/fixed")):
        r = site.ask(path)
        tap.ok(r.status == 200 and want in r.body, f"{path}", r)
    tap.equal(site.ask("/de/hello").status, 404, "an unknown language is an unknown page")
    tap.equal(site.ask("/fr/tiny").status, 404, "a page without languages has none")
    r = site.ask("/fr/nothing", headers="Accept-Language: ar\r\n")
    tap.ok(b"status 404 in fr" in r.body, "an error below a language is in that language", r)
    r = site.ask("/nothing", headers="Accept-Language: ar\r\n")
    tap.ok(b"status 404 in ar" in r.body, "elsewhere in the negotiated one", r)
    r = site.ask("/fr/go")
    tap.equal((r.status, r.headers["location"]), (303, "/fr/hello"), "~/ is this language")
    tap.equal(site.ask("/fr/go?to=//evil.test/").status, 500, "no redirect to another host")
    tap.equal(site.ask("/fr/go?to=https://evil.test/").status, 500, "nor to another site")
    tap.equal(site.ask("/fr/go?to=/%5Cevil.test").headers.get("location"), "/%5Cevil.test", "nor by a backslash")
    r = site.ask("/fr/go?to=/a%0D%0AX-Evil:1")
    tap.ok("x-evil" not in r.headers and r.headers.get("location") == "/a%0AX-Evil:1", "no header can be put in", r)


def paths(tap, site):
    for path, status in (("/fr/../hello", 400), ("/fr/%2e%2e/hello", 400), ("/fr/./hello", 400), ("//fr/hello", 404),
                         ("/fr//hello", 404), ("/fr/a%00b", 400), ("/fr/a%2fb", 400), ("/fr/a%ff", 400), ("/fr/%C0%AF", 400),
                         ("/fr/a%0a", 400), ("/fr/hello%", 400), ("/fr/%252e%252e/x", 404), ("/fr/hello?a=%zz", 400),
                         ("/fr/hello?a=%ff", 400), ("/fr/hello?a=%00", 400), ("hello", 400), ("*", 400), ("/fr/hello#x", 400),
                         ("http://desk.test/fr/hello", 200), ("/fr/" + "a" * 2000, 414), ("/fr/h\xe9", 400)):
        r = site.ask(path)
        tap.ok(r and r.status == status, f"{path[:40]}: {status}", r)


def forms(tap, site):
    r = site.form("/fr/form", "a=%20%0D%0Ax%0D%0Ay%0Dz+%0A&box=1&box=2")
    tap.ok(b"a=[x\ny\nz] box1=[2] slot=found" in r.body, "line ends folded, outer blanks trimmed, a repeated field, `before`", r)
    for body, what in (("a=%ff", "bad UTF-8"), ("a=%ED%A0%80", "a surrogate"), ("a=%C0%80", "an overlong NUL"), ("a=x%00y", "NUL"),
                       ("a=%4", "a cut escape"), ("%ff=1", "a bad name"), (b"a=\xff", "raw bad UTF-8"), (b"a=\0", "a raw NUL")):
        tap.equal(site.form("/fr/form", body).status, 400, f"{what}: 400")
    tap.ok("[é]".encode() in site.form("/fr/form", "a=é").body, "raw UTF-8 is read")
    tap.ok(b"a=[-]" in site.form("/fr/form", "").body, "an empty form")
    tap.ok(b"[a&amp;b=&lt;]" in site.form("/fr/form", "a=a%26b%3D%3C").body, "what is put out is escaped")
    r = site.ask("/fr/form", "POST", FORM + "Transfer-Encoding: chunked\r\n", b"3\r\na=h\r\n4;x=y\r\nello\r\n0\r\nX-T: 1\r\n\r\n")
    tap.ok(r.status == 200 and b"a=[hello]" in r.body, "chunks, extensions and a trailer", r)
    exact = "a=" + "x" * 32768
    tap.equal(site.form("/fr/form", exact).status, 200, "a field of exactly 32 KiB")
    tap.equal(site.form("/fr/form", exact + "y").status, 413, "and one byte more")
    tap.equal(site.form("/fr/form", "&".join(f"f{i}=1" for i in range(64))).status, 200, "64 fields")
    r = site.ask("/api/call", "POST", "", "")
    tap.ok(r.status == 400 and r.headers["content-type"] == "application/problem+json" and not r.missing() and
           b'"type":"urn:hisn:empty"' in r.body and b'"field":"url"' in r.body and b'"status":400' in r.body, "a problem is JSON", r)
    r = site.ask("/api/nothing")
    tap.ok(r.status == 404 and r.headers["content-type"] == "application/problem+json", "so is a 404 below /api/", r)
    tap.equal(site.ask("/api/call", "POST", "", '{"a":1}').body, b'{"a":1}', "a call's body as it came")
    r = site.ask("/tiny?stop=1")
    tap.ok(r.status == 403 and b"before answered" in r.body, "`before` may answer", r)


def small_things(tap, site):
    r = site.ask("/cookie", headers="Cookie: x=1; c=one\r\nCookie: c=two\r\n")
    set_ = [v for k, v in r.all if k == "set-cookie"]
    tap.ok(b"one" in r.body and set_ == ["c=value; Path=/; HttpOnly; SameSite=Strict",
                                         "old=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"], "cookies", r)
    r = site.ask("/style.css")
    tap.ok(r.status == 200 and not r.missing("public, max-age=31536000, immutable") and r.headers.get("etag"), "a static file is kept for ever", r)
    r = site.ask("/style.css", headers=f"If-None-Match: {r.headers['etag']}\r\n")
    tap.ok(r.status == 304 and r.body == b"" and not r.missing("public, max-age=31536000, immutable"), "304", r)
    r = site.ask("/who", headers="User-Agent: secret/1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Ok: yes\r\nX-Forwarded-Proto: https\r\n")
    tap.ok(b"agent=- by=- ok=yes secure=0" in r.body, "a handler sees no agent and no address; nobody forwards unasked", r)
    data = site.raw(request("HEAD", "/fr/hello") + request("GET", "/fr/hello", b"Connection: close\r\n"))
    got = split(data, {0})
    tap.ok(len(got) == 2 and got[0].headers["content-length"] == got[1].headers["content-length"] and got[1].body,
           "HEAD has GET's length and no body", data)
    big = site.ask("/big", timeout=20)
    tap.equal(len(big.body), 1 << 20, "a large answer arrives whole")
    data = site.raw(b"".join(request("GET", f"/fr/kind/{i}") + request("POST", "/fr/form", FORM.encode() + b"Content-Length: 4\r\n", b"a=%d" % (10 + i))
                             for i in range(20)) + request("GET", "/tiny", b"Connection: close\r\n"))
    got = split(data)
    tap.ok(len(got) == 41 and all(b"kind %d " % i in got[2 * i].body and b"a=[%d]" % (10 + i) in got[2 * i + 1].body for i in range(20)),
           "41 pipelined requests, answered in order", data[-300:])


def hostile(tap, site):
    """Requests that two readers may read as one or as two: one answer, 400, and the end."""
    smuggled = request("GET", "/fr/kind/smuggled")
    form = FORM.encode()
    for what, data in (
            ("two lengths", request("POST", "/fr/form", form + b"Content-Length: 3\r\nContent-Length: 5\r\n", b"a=1")),
            ("the same length twice", request("POST", "/fr/form", form + b"Content-Length: 3\r\nContent-Length: 3\r\n", b"a=1")),
            ("a list of lengths", request("POST", "/fr/form", form + b"Content-Length: 3, 3\r\n", b"a=1")),
            ("length and chunks", request("POST", "/fr/form", form + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
            ("chunks and length", request("POST", "/fr/form", form + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", b"0\r\n\r\n")),
            ("an unknown coding", request("POST", "/fr/form", form + b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n")),
            ("identity", request("POST", "/fr/form", form + b"Transfer-Encoding: identity\r\n", b"0\r\n\r\n")),
            ("a list of codings", request("POST", "/fr/form", form + b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n")),
            ("a blank before the colon", request("POST", "/fr/form", form + b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n")),
            ("a signed length", request("POST", "/fr/form", form + b"Content-Length: +3\r\n", b"a=1")),
            ("a hexadecimal length", request("POST", "/fr/form", form + b"Content-Length: 0x3\r\n", b"a=1")),
            ("chunks in HTTP/1.0", b"POST /fr/form HTTP/1.0\r\n" + HOST + form + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("a bad chunk", request("POST", "/fr/form", form + b"Transfer-Encoding: chunked\r\n", b"zz\r\na=1\r\n0\r\n\r\n")),
            ("two hosts", request("GET", "/tiny", HOST)),
            ("a folded first line", b"GET /tiny HTTP/1.1\r\n Host: x\r\n\r\n"),
            ("a line without a colon", request("GET", "/tiny", b"hello\r\n")),
            ("a blank in a name", request("GET", "/tiny", b"X A: 1\r\n")),
            ("a body with GET", request("GET", "/tiny", b"Content-Length: 40\r\n"))):
        out, took = timed(lambda: site.raw(data + smuggled))
        try:
            got = split(out)
        except ValueError:
            got = []
        tap.ok([r.status for r in got] == [400] and took < 1 and b"smuggled" not in out, f"{what}: one 400 and the end", (took, out))
    out = site.raw(request("POST", "/fr/form", form + b"Content-Length: 99999999999999999999\r\n", b"a=1") + smuggled)
    tap.ok([r.status for r in split(out)] == [413], "a length past 64 bits: 413", out)
    for what, data in (("TLS to a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)) + b"\r\n\r\n"),
                       ("noise", bytes((i * 7919 >> 3) & 255 for i in range(20000))), ("a NUL in a name", request("GET", "/tiny", b"X\0Y: 1\r\n")),
                       ("a NUL in a target", b"GET /ti\0ny HTTP/1.1\r\n" + HOST + b"\r\n")):
        out, took = timed(lambda: site.raw(data + b"\r\n\r\n", 3))
        tap.ok(took < 4 and b" 200 " not in out, f"{what} leads nowhere", (took, out))
    tap.equal(site.ask("/tiny").status, 200, "and the site is still there")


def trickle(tap):
    """A byte now and then holds nobody's place for longer than `total`, and nobody else waits."""
    with Site("total=1500") as site:
        stop, ended, first = threading.Event(), [], []

        def client(head, piece, source):
            s = site.connect(source)
            start = time.monotonic()
            try:
                s.sendall(head)
                s.settimeout(0.2)
                out = b""
                while not stop.is_set() and time.monotonic() - start < 8:
                    try:
                        s.sendall(piece)
                        more = s.recv(4096)
                        if not more:
                            break
                        out += more
                    except socket.timeout:
                        pass
                first.append(out)
            except OSError:
                first.append(out)
            ended.append(time.monotonic() - start)
            s.close()

        kinds = [(b"GET /fr/hello HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"), (b"GET /fr/he", b"l"), (b"", b"G"),
                 (request("POST", "/fr/form", FORM.encode() + b"Content-Length: 5000\r\n"), b"a"),
                 (request("POST", "/fr/form", FORM.encode() + b"Transfer-Encoding: chunked\r\n"), b"1\r\na\r\n")]
        threads = [threading.Thread(target=client, args=(*kinds[i % 5], f"127.0.0.{2 + i % 9}")) for i in range(100)]
        for t in threads:
            t.start()
        worst = 0
        for _ in range(20):
            r, took = timed(lambda: site.ask("/fr/hello"))
            worst = max(worst, took if r and r.status == 200 else 99)
            time.sleep(0.05)
        for t in threads:
            t.join(12)
        stop.set()
        tap.ok(worst < 1, f"others are served meanwhile (slowest {worst * 1000:.0f} ms)", worst)
        tap.ok(len(ended) == 100 and max(ended) < 3 and min(ended) > 1, f"100 trickling clients were cut after {min(ended):.1f} to {max(ended):.1f} s", ended)
        said = [split(o)[0] for o in first if o.startswith(b"HTTP/1.1 408")]
        tap.ok(len(said) >= 75 and all(not r.missing() for r in said), f"{len(said)} of them were told why: 408 with all headers", first[:5])
        tap.ok(site.counters()["cut"] >= 100, "and counted", site.counters())
        with site.connect() as s:
            out, took = timed(lambda: s.recv(100))
            tap.ok(out == b"" and 1 < took < 3, "a connection that says nothing ends without a word", (out, took))
        with site.connect() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.sendall(request("GET", "/big"))
            gone = wait_until(lambda: site.counters()["open"] == 1, 6, 0.2)
            tap.ok(gone, "a client that does not read its answer is cut", site.counters())


def many(tap):
    with Site("total=15000") as site:
        conns = [site.connect(f"127.0.1.{1 + i // 100}") for i in range(500)]
        # Accepted in the order in which they came by each of two threads: the last may still be on its way.
        tap.ok(wait_until(lambda: site.counters()["open"] == 501, 10, 0.05), "500 connections at once", site.counters())
        for c in conns:
            c.sendall(request("GET", "/fr/hello"))
        good = sum(c.recv(4096).startswith(b"HTTP/1.1 200") for c in conns)
        tap.equal(good, 500, "all are answered")
        for c in conns:
            c.close()
        tap.ok(wait_until(lambda: site.counters()["open"] == 1), "and gone", site.counters())
    with Site("each=300", "connections=400", "total=5000") as site:
        conns = [site.connect("127.0.0.9") for i in range(320)]
        time.sleep(0.3)
        tap.equal(site.counters()["open"], 301, "one address has no more than its share")
        more = [site.connect("127.0.0.10") for i in range(150)]
        time.sleep(0.3)
        for c in conns[:20]:
            c.close()
        ok = wait_until(lambda: site.raw(request("GET", "/counters", b"Connection: close\r\n"), 2).startswith(b"HTTP/1.1 200"), 5)
        tap.ok(ok, "past the total, who comes is served as soon as one leaves")
        for c in conns + more:
            c.close()


def pressure(tap):
    with Site("proxy") as site:
        by = "X-Forwarded-For: 198.51.100.1, 203.0.113.{}\r\n"
        times, status = [], set()
        for _ in range(13):
            r, took = timed(lambda: site.form("/fr/slow", "a=1", by.format(5)))
            times.append(took)
            status.add(r.status)
        tap.ok(max(times[:10]) < 0.5, "ten at once are not late", times)
        tap.ok(0.4 < times[10] < 1.2 and 0.9 < times[11] < 1.8 and times[12] > 1.3, "then each is later", times)
        tap.equal(status, {200}, "and none is refused")
        r, took = timed(lambda: site.form("/fr/slow", "a=1", by.format(6)))
        tap.ok(took < 0.5, "another address is not late", took)
        r, took = timed(lambda: site.ask("/fr/hello", headers=by.format(5)))
        tap.ok(took < 0.5, "nor another page", took)
        results = []
        flood = [threading.Thread(target=lambda: results.append(timed(lambda: site.form("/fr/slow", "a=1", by.format(5), timeout=20)))) for _ in range(60)]
        for t in flood:
            t.start()
        _, took = timed(lambda: site.ask("/nap"))
        tap.ok(took < 2.5, "those who wait hold no thread", took)
        for t in flood:
            t.join()
        late = max(took for _, took in results)
        tap.ok(all(r and r.status == 200 for r, _ in results) and 7.5 < late < 9.5, f"60 at once: all answered, the latest after {late:.1f} s", late)
        r = site.ask("/who", headers="X-Forwarded-Proto: https\r\n")
        tap.ok(b"secure=1" in r.body and "strict-transport-security" in r.headers, "a proxy says that TLS ended there", r)
        r = site.ask("/cookie", headers="X-Forwarded-Proto: https\r\nCookie: __Host-c=kept\r\n")
        tap.ok(b"kept" in r.body and r.headers["set-cookie"].startswith("__Host-") and "; Secure" in r.headers["set-cookie"], "cookies are then this host's alone", r)


def full(tap):
    with Site("connections=40", "threads=1") as site:
        conns = [site.connect() for _ in range(30)]
        for c in conns:
            c.sendall(request("GET", "/nap", b"Connection: close\r\n"))
            time.sleep(0.01)
        shed = []
        for c in conns[22:]:
            c.settimeout(1)
            try:
                shed.append(split(c.recv(65536))[0])
            except OSError:
                pass
        tap.ok(len(shed) == 8 and all(r.status == 503 and r.headers.get("retry-after") and not r.missing() for r in shed),
               "more than fit in the queue: 503 at once, and when to come back", shed)
        site.process.kill()


def tls_and_unix(tap):
    d = folder()
    cert, key, context = certificate(d)
    with Site("cert=" + cert, "key=" + key, "total=1500", "onion=http://abc.onion") as site:
        r = site.ask("/fr/hello", context=context)
        tap.ok(r.status == 200 and not r.missing() and r.headers.get("strict-transport-security", "").startswith("max-age="), "TLS, with HSTS", r)
        tap.equal(r.headers.get("onion-location"), "http://abc.onion/fr/hello", "Onion-Location")
        r = site.form("/fr/form", "a=" + "x" * 30000, context=context)
        tap.ok(r.status == 200 and b"xxx" in r.body, "a form over TLS", r)
        r = site.ask("/fr/hello", headers="X: " + "x" * 100000 + "\r\n", context=context)
        tap.ok(r is None or (r.status == 431 and not r.missing()), "the library's refusals over TLS too", r)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            site.ask("/fr/hello", context=old)
            tap.ok(False, "TLS 1.1 is refused")
        except (ssl.SSLError, ConnectionError):
            tap.ok(True, "TLS 1.1 is refused")
        with site.connect() as s:
            s.sendall(b"\x16\x03\x01")
            out, took = timed(lambda: s.recv(100))
            tap.ok(took < 3, "a handshake that does not end is cut", took)
    bad = d + "/bad.pem"
    open(bad, "w").write("no certificate\n")
    with Site("cert=" + bad, "key=" + key) as site:
        tap.ok(site.process.wait(5) == 1 and "webtest: " in site.process.output(), "a bad certificate: it does not start, and says so", site.process.output())
    path = d + "/web.sock"
    with Site("listen=127.0.0.1@0", "listen=unix:" + path, "listen=::1@0") as site:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            s.sendall(request("GET", "/fr/hello", b"Connection: close\r\n"))
            tap.ok(s.recv(4096).startswith(b"HTTP/1.1 200"), "a Unix socket")
        site.process.kill()
        with Site("listen=unix:" + path) as again, socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            s.sendall(request("GET", "/fr/hello", b"Connection: close\r\n"))
            tap.ok(s.recv(4096).startswith(b"HTTP/1.1 200"), "a socket that a crash left is replaced")
            with Site("listen=unix:" + path) as third:
                tap.ok(third.process.wait(5) == 1, "one that is in use is not", third.process.output())
    for bad in ("127.0.0.1", "127.0.0.1@x", "localhost@80", "127.0.0.1@70000", "unix:relative"):
        with Site("listen=" + bad) as site:
            tap.ok(site.process.wait(5) == 1 and bad in site.process.output(), f"{bad}: refused with its name", site.process.output())


def stop(tap):
    with Site("total=3000") as site:
        results = []
        threads = [threading.Thread(target=lambda p=p: results.append((p, site.ask(p)))) for p in ["/nap"] * 3 + ["/big"] * 2]
        threads += [threading.Thread(target=lambda: results.append(("/fr/slow", site.form("/fr/slow", "a=1"))))]
        idle, half = site.connect(), site.connect()
        half.sendall(b"GET /fr/he")
        for t in threads:
            t.start()
        time.sleep(0.5)
        code, took = timed(lambda: site.process.stop(20))
        for t in threads:
            t.join()
        tap.ok(code == 0 and took < 5, f"a stop with requests in flight is clean and soon ({took:.1f} s)", (code, took, site.process.output()))
        tap.ok(len(results) == 6 and all(r and r.status == 200 for _, r in results), "what was whole was answered", results)
        tap.equal(re.sub(r"^port \d+\n", "", site.process.output()), "", "nothing was logged")


with Tap() as tap:
    with Site("total=4000") as site:
        for part in (answers, languages, paths, forms, small_things, hostile):
            part(tap, site)
        tap.equal(re.sub(r"^port \d+\n", "", site.process.output()), "", "nothing was logged")
    for part in (trickle, many, pressure, full, tls_and_unix, stop):
        part(tap)
