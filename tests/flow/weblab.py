# SPDX-License-Identifier: Apache-2.0
"""A site of webtest and a plain HTTP client that sends exactly what it is told."""
import os, socket, ssl, subprocess, time
from hisnflow import Process, program, wait_until

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                               "frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin"}
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


class Reply:
    """One answer: status, headers (names in lower case; .all keeps repeated ones), body."""

    def __init__(self, status, lines, body):
        self.status, self.body = status, body
        self.all = [(k.strip().lower(), v.strip()) for k, _, v in (line.partition(":") for line in lines)]
        self.headers = dict(self.all)

    def missing(self, cache="no-store"):
        """What of the headers that every answer has is not there; [] is good."""
        bad = [k for k, v in HEADERS.items() if self.headers.get(k) != v]
        bad += [k for k, _ in self.all if k in HEADERS and [n for n, _ in self.all].count(k) != 1]
        if "camera=()" not in self.headers.get("permissions-policy", ""):
            bad.append("permissions-policy")
        if self.headers.get("cache-control") != cache:
            bad.append("cache-control")
        if "server" in self.headers:
            bad.append("server is told")
        if not self.headers.get("date", "").endswith(":00 GMT"):
            bad.append("date finer than the minute")
        return bad

    def __repr__(self):
        return f"{self.status} {self.all} {self.body[:200]!r}"


def split(data, heads=()):
    """All answers in a run of bytes. heads: numbers of those that answer HEAD."""
    out = []
    while data:
        head, sep, rest = data.partition(b"\r\n\r\n")
        if not sep:
            raise ValueError(f"no answer: {data[:200]!r}")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        r = Reply(status, lines[1:], b"")
        n = 0 if len(out) in heads or status in (100, 304) else int(r.headers.get("content-length", 0))
        r.body, data = rest[:n], rest[n:]
        out.append(r)
    return out


class Site:
    def __init__(self, *options, env=None):
        self.process = Process([program("tests/flow/webtest"), *options], env=env)
        line = wait_until(lambda: self.process.output().startswith("port ") and "\n" in self.process.output() or
                          not self.process.alive(), 20) and self.process.output().splitlines()[0]
        self.port = int(line.split()[1]) if line.startswith("port ") else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop(30)

    def connect(self, source="127.0.0.1", timeout=10, context=None):
        s = socket.create_connection(("127.0.0.1", self.port), timeout, (source, 0))
        return context.wrap_socket(s, server_hostname="localhost") if context else s

    def raw(self, data, timeout=10, source="127.0.0.1", until=None, context=None):
        """Everything that comes back until the end of the connection (or `until` answers)."""
        out = b""
        with self.connect(source, timeout, context) as s:
            try:
                s.sendall(data)
            except OSError:
                pass
            while True:
                try:
                    more = s.recv(65536)
                except OSError:
                    break
                out += more
                if not more or (until and out.count(b"HTTP/1.1 ") >= until):
                    break
        return out

    def ask(self, path, method="GET", headers="", body=None, timeout=10, source="127.0.0.1", context=None):
        """One request; the Reply, or None when nothing came."""
        body = body.encode() if isinstance(body, str) else body
        length = "" if body is None or "Transfer-Encoding" in headers else f"Content-Length: {len(body)}\r\n"
        head = f"{method} {path} HTTP/1.1\r\nHost: desk.test\r\nConnection: close\r\n{length}{headers}\r\n"
        data = self.raw(head.encode("latin-1") + (body or b""), timeout, source, context=context)
        got = [r for r in split(data, {0} if method == "HEAD" else ()) if r.status != 100]
        return got[0] if got else None

    def form(self, path, body, headers="", **more):
        return self.ask(path, "POST", FORM + headers, body, **more)

    def counters(self):
        import json
        return json.loads(self.ask("/counters").body)


def certificate(folder):
    """(certificate, key, a client's context that trusts it)"""
    cert, key = folder + "/cert.pem", folder + "/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    context = ssl.create_default_context(cafile=cert)
    return cert, key, context


def timed(what):
    start = time.monotonic()
    value = what()
    return value, time.monotonic() - start
