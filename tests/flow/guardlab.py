# SPDX-License-Identifier: Apache-2.0
"""A running guard for flow tests, images to give it, and an upstream that says what a script tells it.

    from guardlab import Guard, Upstream, compile_image, compile_overlay
    with Upstream(free_port()) as up, Guard(compile_image(adult="bad.example"), upstream=up) as guard:
        up.add("www.site.example", "A", "192.0.2.1")
        guard.ask("www.site.example").addresses()
        guard.household({...}); guard.reload(); guard.status()["counts"]["hits"]; guard.stop()

Settings, households and lists are given as Python values: JSON is YAML."""
import json, os, shutil, socket, struct, threading, time

from hisnflow import (BUILD, FLAGS, NOERROR, NXDOMAIN, SERVFAIL, SOURCE, TYPES, Process, ask, folder, free_port,
                      name_to_wire, program, read_name, run, wait_until)

os.environ.setdefault("HISN_DATA", os.path.join(SOURCE, "data"))
def _sanitized():
    """A sanitizer's own system calls at the end of a thread are not those of the guard's sandbox."""
    try:
        with open(os.path.join(BUILD, "meson-info", "intro-buildoptions.json")) as f:
            return next(o["value"] for o in json.load(f) if o["name"] == "b_sanitize") != "none"
    except OSError:
        return False


SANITIZED = _sanitized()
KEY = "000102030405060708090a0b0c0d0e0f"  # images of one key share their overlays


# --- images ------------------------------------------------------------------------------------

def write_file(path, text):
    """Atomic, as an editor or `hisn home` does it."""
    data = text.encode() if isinstance(text, str) else text
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.replace(path + ".new", path)
    return path


def compile_image(out=None, argv=(), shipped=True, **lists):
    """The path of an image made of lists: category="names, one a line", or (":FORMAT", "text"), or
    several of these. A '-' in a category's name is written as two '_': x__own. argv: more arguments."""
    out = out or os.path.join(folder(), "policy.image")
    at = os.path.dirname(out)
    words = ["--out", out + ".tmp", "--key", KEY, "--psl", "none", *argv]
    words += [] if shipped else ["--no-shipped"]
    for category, several in lists.items():
        category = category.replace("__", "-")
        for text in several if isinstance(several, list) else [several]:
            form, text = text if isinstance(text, tuple) else (":plain:both", text)
            path = write_file(os.path.join(at, category + form.replace(":", "-") + ".list"), text)
            words += ["--list", f"{category}{form}={path}"]
    code, said = run(program("hisn-compile"), *words, seconds=120)
    if code:
        raise RuntimeError(said)
    os.replace(out + ".tmp", out)
    return out


def compile_overlay(base, out, block=(), unblock=(), argv=()):
    """An overlay on top of an image. block: "category:name"; unblock: "name"."""
    words = ["--overlay", "--base", base, "--out", out, "--psl", "none", *argv]
    for b in block:
        words += ["--block", b]
    for u in unblock:
        words += ["--unblock", u]
    code, said = run(program("hisn-compile"), *words)
    if code:
        raise RuntimeError(said)
    return out


# --- the guard ---------------------------------------------------------------------------------

class Guard:
    """hisn-guard in a folder of its own. image, overlay, household: paths (copied in) or, for the
    household, a value. upstream: an Upstream, or a DnsLab (then with a private unbound), or None
    (a port where nobody is). settings: more of guard.yaml."""

    def __init__(self, image=None, household=None, overlay=None, upstream=None, settings=None, ready=True,
                 port=None, argv=()):
        self.folder, self.port, self.argv = folder(), port or free_port(), list(argv)
        self.image_path, self.overlay_path, self.household_path = (
            os.path.join(self.folder, n) for n in ("policy.image", "overlay.image", "household.yaml"))
        s = {"listen": [f"127.0.0.1@{self.port}"], "image": "policy.image", "overlay": "overlay.image",
             "state": "state", "workers": 1, "sandbox": not SANITIZED,
             "upstream": self._upstream(upstream)}
        for key, value in (settings or {}).items():
            s[key] = dict(s[key], **value) if isinstance(value, dict) and key in s else value
        if household is not None:
            s["household"] = "household.yaml"
            self.household(household)
        if image:
            shutil.copy(image, self.image_path)
        if overlay:
            shutil.copy(overlay, self.overlay_path)
        self.config = write_file(os.path.join(self.folder, "guard.yaml"), json.dumps(s, indent=1))
        self.start(ready)

    def _upstream(self, u):
        if hasattr(u, "include_path"):
            return {"mode": "unbound", "unbound_include": u.include_path, "trust_anchor": u.trust_anchor}
        return {"mode": "forward", "servers": [f"127.0.0.1@{u.port if u else free_port()}"]}

    def start(self, ready=True):
        self.process = Process([program("hisn-guard"), "--config", self.config, *self.argv])
        up = lambda: not self.process.alive() or self._answers(ready)
        if not wait_until(up, 20) or not self.process.alive():
            raise RuntimeError(f"the guard does not start ({self.process.p.returncode}):\n" + self.output())

    def _answers(self, ready):
        try:
            return self.status()["ready"] or not ready
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Its exit code."""
        return self.process.stop(10)

    def alive(self):
        return self.process.alive()

    def output(self):
        return self.process.output()

    def ask(self, name, qtype="A", **kw):
        return ask(self.port, name, qtype, **kw)

    def household(self, value):
        """Replaced at once, as by rename(2); text is written as it is."""
        write_file(self.household_path, value if isinstance(value, str) else json.dumps(value, indent=1))

    def control(self, verb):
        """A verb to the control socket; what it says."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(60)
            s.connect(os.path.join(self.folder, "state", "control"))
            s.sendall(verb.encode() + b"\n")
            text = b""
            while more := s.recv(65536):
                text += more
        return json.loads(text)

    def status(self):
        return self.control("status")

    def counts(self):
        return self.status()["counts"]

    def reload(self):
        """Through `hisn reload`: (did it work, what it said)."""
        code, said = run(program("hisn-reload"), "--config", self.config)
        return code == 0, said


# --- an upstream that does as it is told -------------------------------------------------------

def rdata(qtype, value):
    if isinstance(value, bytes):
        return value
    if qtype == "A":
        return socket.inet_pton(socket.AF_INET, value)
    if qtype == "AAAA":
        return socket.inet_pton(socket.AF_INET6, value)
    if qtype == "TXT":
        data = value.encode()
        return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255) or [0])
    if qtype == "MX":
        return b"\0\x0a" + name_to_wire(value)
    if qtype in ("HTTPS", "SVCB"):  # "TARGET ADDRESS...": priority 1, the addresses as ipv4hint
        target, *hints = value.split()
        out = b"\0\1" + name_to_wire(target)
        if hints:
            data = b"".join(map(socket.inet_aton, hints))
            out += struct.pack("!2H", 4, len(data)) + data
        return out
    return name_to_wire(value)


class Upstream:
    """A recursive resolver as the guard sees one: UDP and TCP on one port of 127.0.0.1. Names are
    lower case without a final dot. CNAMEs among its names are followed."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.names, self.asked, self.lock = {}, [], threading.Lock()
        self.silent = False      # no answer at all
        self.rcode = None        # this for everything
        self.delay = {}          # name: seconds before its answer
        self.anything = None     # an address for every name that is not known
        self.negative_ttl = 30
        self.ad = False
        self.mangle = None       # what becomes of each answer before it is sent

    def add(self, name, qtype, *values, ttl=300):
        self.names.setdefault(name.lower(), {})[qtype] = [(ttl, rdata(qtype, v), v) for v in values]

    def count(self, name=None, qtype=None):
        """How often it was asked for a name (or anything)."""
        with self.lock:
            return sum((name is None or n == name.lower()) and (qtype is None or t == TYPES[qtype]) for n, t in self.asked)

    def forget(self):
        with self.lock:
            self.asked.clear()

    def __enter__(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(("127.0.0.1", self.port))
        self.tcp.listen(64)
        for loop in (self._udp, self._tcp):
            threading.Thread(target=loop, daemon=True).start()
        return self

    def __exit__(self, *_):
        for s in (self.udp, self.tcp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def _udp(self):
        while True:
            try:
                m, client = self.udp.recvfrom(4096)
            except OSError:
                return
            self._later(m, lambda r, c=client: self.udp.sendto(r, c), 1232)

    def _tcp(self):
        while True:
            try:
                s, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._connection, args=(s,), daemon=True).start()

    def _connection(self, s):
        with s, s.makefile("rb") as f:
            try:
                while len(n := f.read(2)) == 2:
                    m = f.read(int.from_bytes(n, "big"))
                    self._later(m, lambda r: s.sendall(struct.pack("!H", len(r)) + r), 65535)
            except OSError:
                pass

    def _later(self, m, send, limit):
        try:
            name, at = read_name(m, 12)
            qtype, = struct.unpack_from("!H", m, at)
        except (ValueError, IndexError, struct.error):
            return
        name = name.rstrip(".").lower()
        with self.lock:
            self.asked.append((name, qtype))
        if self.silent:
            return
        def go():
            try:
                r = self.answer(m, at + 4, name, qtype, limit)
                send(self.mangle(r) if self.mangle else r)
            except OSError:
                pass
        if self.delay.get(name):
            threading.Timer(self.delay[name], go).start()
        else:
            go()

    def answer(self, m, question_end, name, qtype, limit):
        kind = next((k for k, v in TYPES.items() if v == qtype), None)
        rcode, records, owner = NOERROR, [], name
        for _ in range(12):
            known = self.names.get(owner)
            if known is None and self.anything and kind == "A":
                records.append((owner, 1, 300, rdata("A", self.anything)))
            elif known is None:
                rcode = NXDOMAIN
            elif "CNAME" in known and kind != "CNAME":
                ttl, data, target = known["CNAME"][0]
                records.append((owner, 5, ttl, data))
                owner = target.lower().rstrip(".")
                continue
            else:
                records += [(owner, qtype, ttl, data) for ttl, data, _ in known.get(kind, [])]
            break
        if self.rcode is not None:
            rcode, records = self.rcode, []
        body = b"".join(name_to_wire(o) + struct.pack("!HHIH", t, 1, ttl, len(d)) + d for o, t, ttl, d in records)
        authority = b""
        if rcode == NXDOMAIN or (rcode == NOERROR and not (records and records[-1][1] == qtype)):
            soa = name_to_wire("ns.example") + name_to_wire("admin.example") + struct.pack("!5I", 1, 3600, 600, 86400, self.negative_ttl)
            authority = b"\7example\0" + struct.pack("!HHIH", 6, 1, self.negative_ttl, len(soa)) + soa
        flags = FLAGS["qr"] | FLAGS["ra"] | FLAGS["rd"] | rcode | (FLAGS["ad"] if self.ad else 0) | (m[3] & 0x10)
        opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000 if b"\x80\0" in m[-6:] else 0, 0)
        out = struct.pack("!HHHHHH", int.from_bytes(m[:2], "big"), flags, 1, len(records), bool(authority), 1)
        out += m[12:question_end]
        if len(out + body + authority + opt) > limit:
            return out[:2] + struct.pack("!5H", flags | FLAGS["tc"], 1, 0, 0, 1) + m[12:question_end] + opt
        return out + body + authority + opt
