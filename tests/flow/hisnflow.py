# SPDX-License-Identifier: Apache-2.0
"""What the flow tests share: TAP lines, processes that are always ended, and a tiny DNS client.

    from hisnflow import Tap, Process, ask
    with Tap() as tap, Process([...]) as guard:
        a = ask(5300, "www.example", "A", dnssec_ok=True)
        tap.ok(a.rcode == NOERROR and a.addresses() == ["192.0.2.1"], "www.example has its address", a)

Nothing here talks to anything but loopback."""
import atexit, os, shutil, signal, socket, struct, subprocess, sys, tempfile, time

BUILD = os.environ.get("HISN_BUILD") or os.path.join(os.path.dirname(__file__), "..", "..", "build")
SOURCE = os.environ.get("HISN_SOURCE") or os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS, BADCOOKIE = 0, 1, 2, 3, 4, 5, 16, 23
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "AAAA": 28,
         "SRV": 33, "DNAME": 39, "OPT": 41, "DS": 43, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50,
         "SVCB": 64, "HTTPS": 65, "AXFR": 252, "ANY": 255}
FLAGS = {"qr": 0x8000, "aa": 0x0400, "tc": 0x0200, "rd": 0x0100, "ra": 0x0080, "ad": 0x0020, "cd": 0x0010}
COOKIE, KEEPALIVE, PADDING, EDE = 10, 11, 12, 15


def program(name):
    """The full path of a built program: "hisn-guard", or a path below the build folder."""
    for path in (os.path.join(BUILD, "src", "cli", name), os.path.join(BUILD, name)):
        if os.access(path, os.X_OK):
            return os.path.abspath(path)
    raise FileNotFoundError(f"{name}: not built in {BUILD}")


# --- TAP ---------------------------------------------------------------------------------------

class Tap:
    """Counts and prints; as a context it prints the plan at the end, also after an exception."""

    def __init__(self):
        self.number = self.failed = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error and not isinstance(error, SystemExit):
            self.ok(False, f"ran to its end: {kind.__name__}: {error}")
            import traceback
            for line in "".join(traceback.format_exception(kind, error, trace)).splitlines():
                print("# " + line)
        self.done()

    def ok(self, good, what, detail=None):
        """One test. The detail is shown when it fails."""
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {what}", flush=True)
        if not good and detail is not None:
            self.note(detail)
        return bool(good)

    def equal(self, have, want, what):
        return self.ok(have == want, what, f"have {have!r}\nwant {want!r}")

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def skip(self, what, why):
        self.number += 1
        print(f"ok {self.number} - {what} # SKIP {why}", flush=True)

    def done(self):
        print(f"1..{self.number}", flush=True)
        sys.exit(1 if self.failed or not self.number else 0)


# --- processes, folders, ports, waiting --------------------------------------------------------

_started = []


class Process:
    """A process of ours, ended by its pid at the latest when the test ends. Its output goes to a
    file (see .output()), unless pipes are asked for (then .say(line) and .hear())."""

    def __init__(self, argv, env=None, pipes=False, name=None):
        self.argv, self.name = [str(a) for a in argv], name or os.path.basename(str(argv[0]))
        self.log = tempfile.TemporaryFile()
        self.p = subprocess.Popen(self.argv, env=dict(os.environ, **(env or {})), text=pipes,
                                  stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                                  stdout=subprocess.PIPE if pipes else self.log,
                                  stderr=self.log)
        _started.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.p.pid

    def alive(self):
        return self.p.poll() is None

    def signal(self, number):
        if self.alive():
            self.p.send_signal(number)

    def wait(self, seconds=5):
        """The exit code, or None if it still runs."""
        try:
            return self.p.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, seconds=5):
        """SIGTERM, then SIGKILL; the exit code."""
        self.signal(signal.SIGTERM)
        if self.wait(seconds) is None:
            self.signal(signal.SIGKILL)
            self.wait(seconds)
        for pipe in (self.p.stdin, self.p.stdout):
            if pipe:
                pipe.close()
        if self in _started:
            _started.remove(self)
        return self.p.returncode

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def say(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()

    def hear(self):
        return self.p.stdout.readline().rstrip("\n")

    def output(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")


@atexit.register
def _end_all():
    for p in list(_started):
        p.stop(2)


def run(*argv, seconds=60, env=None, text=None):
    """Run to the end: (exit code, stdout and stderr together)."""
    r = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       timeout=seconds, env=dict(os.environ, **(env or {})), input=text)
    return r.returncode, r.stdout


def folder():
    """A folder that is gone after the test."""
    path = tempfile.mkdtemp(prefix="hisn-flow-")
    atexit.register(shutil.rmtree, path, True)
    return path


def port_is_free(port):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as s:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_port(first=21400, last=21499):
    """A port of 127.0.0.1 that is free for UDP and TCP. $HISN_PORTS ("21400-21499") says which."""
    if os.environ.get("HISN_PORTS"):
        first, last = map(int, os.environ["HISN_PORTS"].split("-"))
    for port in range(first, last + 1):
        if port not in _handed_out and port_is_free(port):
            _handed_out.add(port)
            return port
    raise OSError(f"no free port from {first} to {last}")


_handed_out = set()


def wait_until(what, seconds=5, every=0.02):
    """Call what() until it is true; its value, or the last false one when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() >= end:
            return value
        time.sleep(every)


# --- DNS: writing ------------------------------------------------------------------------------

def name_to_wire(name):
    """"www.Example." -> wire form, case kept. \\DDD and \\. escapes are understood."""
    out, label, i = b"", b"", 0
    while i < len(name):
        c = name[i]
        if c == "\\":
            if name[i + 1:i + 4].isdigit():
                label, i = label + bytes([int(name[i + 1:i + 4])]), i + 4
            else:
                label, i = label + name[i + 1].encode(), i + 2
            continue
        if c == ".":
            if label:
                out, label = out + bytes([len(label)]) + label, b""
        else:
            label += c.encode()
        i += 1
    return out + (bytes([len(label)]) + label if label else b"") + b"\0"


def make_query(name, qtype="A", id=None, rd=True, ad=False, cd=False, dnssec_ok=False, edns=True,
               udp_size=1232, options=(), version=0, qclass=1, opcode=0):
    """A query as bytes. options: (code, bytes) pairs. edns=False leaves the OPT record out."""
    id = int.from_bytes(os.urandom(2), "big") if id is None else id
    flags = opcode << 11 | rd * FLAGS["rd"] | ad * FLAGS["ad"] | cd * FLAGS["cd"]
    m = struct.pack("!6H", id, flags, 1, 0, 0, int(edns))
    m += name_to_wire(name) + struct.pack("!2H", TYPES.get(qtype, qtype), qclass)
    if edns:
        data = b"".join(struct.pack("!2H", code, len(v)) + v for code, v in options)
        m += b"\0" + struct.pack("!HHBBHH", 41, udp_size, 0, version, 0x8000 if dnssec_ok else 0, len(data)) + data
    return m


# --- DNS: reading ------------------------------------------------------------------------------

def read_name(m, at):
    """(name with final dot, offset after it)"""
    labels, end = [], None
    for _ in range(200):
        n = m[at]
        if n >= 0xc0:
            end = end or at + 2
            at = (n & 0x3f) << 8 | m[at + 1]
        elif n == 0:
            return (".".join(labels) + ".", end or at + 1)
        else:
            labels.append("".join(chr(c) if 33 <= c < 127 and c not in b".\\" else f"\\{c:03}" for c in m[at + 1:at + 1 + n]))
            at += 1 + n
    raise ValueError("a name that does not end")


class Record:
    def __init__(self, m, at):
        self.name, at = read_name(m, at)
        self.type, self.rclass, self.ttl, n = struct.unpack_from("!HHIH", m, at)
        self.data = m[at + 10:at + 10 + n]
        self.end = at + 10 + n
        if len(self.data) != n:
            raise ValueError("a record that does not end")
        self.target = None
        if self.type in (TYPES["CNAME"], TYPES["DNAME"], TYPES["NS"], TYPES["PTR"]):
            self.target = read_name(m, at + 10)[0]
        elif self.type in (TYPES["SVCB"], TYPES["HTTPS"], TYPES["MX"]):
            self.target = read_name(m, at + 12)[0]

    def text(self):
        if self.type == TYPES["A"] and len(self.data) == 4:
            return socket.inet_ntop(socket.AF_INET, self.data)
        if self.type == TYPES["AAAA"] and len(self.data) == 16:
            return socket.inet_ntop(socket.AF_INET6, self.data)
        return self.target or self.data.hex()

    def __repr__(self):
        return f"{self.name} {self.ttl} {type_name(self.type)} {self.text()}"


def type_name(number):
    return next((k for k, v in TYPES.items() if v == number), f"TYPE{number}")


class Answer:
    """A response, read: rcode (12 bits), flags (a set of "qr", "ad" ...), question (name, type),
    answer, authority, additional (lists of Record, OPT left out), edns, options {code: bytes},
    ede [(code, text)], ms (how long it took), wire."""

    def __init__(self, wire, ms=0):
        self.wire, self.ms = wire, ms
        self.id, flags, qd, an, ns, ar = struct.unpack_from("!6H", wire)
        self.rcode, self.opcode = flags & 15, flags >> 11 & 15
        self.flags = {k for k, v in FLAGS.items() if flags & v}
        self.edns, self.udp_size, self.options, self.ede, self.dnssec_ok = False, 0, {}, [], False
        at, self.question = 12, None
        for _ in range(qd):
            name, at = read_name(wire, at)
            self.question = (name, struct.unpack_from("!H", wire, at)[0])
            at += 4
        sections = []
        for count in (an, ns, ar):
            records = []
            for _ in range(count):
                r = Record(wire, at)
                at = r.end
                if r.type == TYPES["OPT"]:
                    self._opt(r)
                else:
                    records.append(r)
            sections.append(records)
        self.answer, self.authority, self.additional = sections
        if at != len(wire):
            raise ValueError(f"{len(wire) - at} bytes after the last record")

    def _opt(self, r):
        self.edns, self.udp_size = True, r.rclass
        self.rcode |= r.ttl >> 24 << 4
        self.dnssec_ok = bool(r.ttl & 0x8000)
        at = 0
        while at < len(r.data):
            code, n = struct.unpack_from("!2H", r.data, at)
            value = r.data[at + 4:at + 4 + n]
            self.options[code] = value
            if code == EDE:
                self.ede.append((int.from_bytes(value[:2], "big"), value[2:].decode("utf-8", "replace")))
            at += 4 + n

    def records(self, qtype):
        return [r for r in self.answer if r.type == TYPES.get(qtype, qtype)]

    def addresses(self):
        return sorted(r.text() for r in self.answer if r.type in (TYPES["A"], TYPES["AAAA"]))

    def ede_codes(self):
        return [code for code, _ in self.ede]

    def ttl(self):
        """The least TTL of the answer, or of the authority section when there is none."""
        return min((r.ttl for r in self.answer or self.authority), default=None)

    def __repr__(self):
        lines = [f"rcode {self.rcode} {' '.join(sorted(self.flags))} ede {self.ede} {len(self.wire)} bytes {self.ms:.1f} ms"]
        for title, records in (("answer", self.answer), ("authority", self.authority), ("additional", self.additional)):
            lines += [f"  {title}: {r!r}" for r in records]
        return "\n".join(lines)


# --- DNS: asking -------------------------------------------------------------------------------

def ask(port, name, qtype="A", tcp=False, timeout=3, address="127.0.0.1", source=None, **query):
    """One question; the Answer, or None when nothing came. source: our own address (127.0.0.9)."""
    return ask_wire(port, make_query(name, qtype, **query), tcp, timeout, address, source)


def ask_wire(port, m, tcp=False, timeout=3, address="127.0.0.1", source=None):
    start = time.monotonic()
    if tcp:
        try:
            with TcpClient(port, address, source, timeout) as c:
                c.send(m)
                return c.receive()
        except OSError:
            return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        if source:
            s.bind((source, 0))
        s.connect((address, port))
        s.settimeout(timeout)
        try:
            s.send(m)
            while True:
                r = s.recv(65535)
                if r[:2] == m[:2]:
                    return Answer(r, (time.monotonic() - start) * 1000)
        except OSError:
            return None


class TcpClient:
    """One connection, any number of queries on it; answers in the order they come."""

    def __init__(self, port, address="127.0.0.1", source=None, timeout=3):
        self.s = socket.create_connection((address, port), timeout, (source, 0) if source else None)
        self.kept = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.close()

    def send(self, *messages):
        """All in one write: pipelined."""
        self.s.sendall(b"".join(struct.pack("!H", len(m)) + m for m in messages))

    def receive(self):
        """The next Answer; None at the end of the connection or when the time is over."""
        start = time.monotonic()
        try:
            while len(self.kept) < 2 or len(self.kept) < 2 + int.from_bytes(self.kept[:2], "big"):
                more = self.s.recv(65535)
                if not more:
                    return None
                self.kept += more
        except OSError:
            return None
        n = int.from_bytes(self.kept[:2], "big")
        m, self.kept = self.kept[2:2 + n], self.kept[2 + n:]
        return Answer(m, (time.monotonic() - start) * 1000)
