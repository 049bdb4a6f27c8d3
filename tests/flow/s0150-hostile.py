#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packets, upstream answers and files made to hurt. The guard never ends, never says more than it was
asked, and answers its clients rightly all the while. The seed is printed; HISN_SEED sets it."""
import ctypes, os, random, select, shutil, socket, struct, time

from guardlab import Guard, Upstream, compile_image, compile_overlay, write_file
from hisnflow import NOERROR, NXDOMAIN, TYPES, Answer, Tap, TcpClient, ask_wire, folder, free_port, make_query, read_name, wait_until

SEED = int(os.environ.get("HISN_SEED", time.time_ns() % 1000000))
random.seed(SEED)
HOUSEHOLD = {"default": "child", "profiles": [{"name": "child", "close": ["adult", "x-rpz"], "deny": ["denied.example"],
                                               "allow": ["ok.bad.example"], "safe_search": "strict"}]}
AT = folder()
XXH = ctypes.CDLL("libxxhash.so.0")


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


XXH.XXH3_128bits.restype = Hash128
XXH.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
CHECKSUM, HEADER, SECTIONS = 24, 224, 9  # docs/format-policy.md


def sealed(image):
    """The same bytes with a right checksum: only the checks of offsets and contents are left."""
    image = bytearray(image)
    if len(image) < CHECKSUM + 16:
        return bytes(image)
    image[CHECKSUM:CHECKSUM + 16] = bytes(16)
    h = XXH.XXH3_128bits(bytes(image), len(image))
    image[CHECKSUM:CHECKSUM + 16] = struct.pack("<QQ", h.low, h.high)
    return bytes(image)


def right(g):
    """Does it still answer, and rightly? A name nobody has asked yet, a blocked one, TCP."""
    n = f"new{random.getrandbits(40):x}.example"
    a, b, c, d = g.ask(n, timeout=5), g.ask("www.bad.example", timeout=5), g.ask("bad.example", tcp=True, timeout=5), g.ask("ok.bad.example", timeout=5)
    return (a and a.addresses() == ["192.0.2.1"] and b and b.rcode == NXDOMAIN and b.ede_codes() == [17] and c and
            c.rcode == NXDOMAIN and d and d.addresses() == ["192.0.2.1"])


# --- packets -----------------------------------------------------------------------------------

NAMES = ["www.site.example", "bad.example", "www.bad.example", "denied.example", ".", "a." * 100 + "example", "www.google.com",
         "localhost", "x." * 126, "y" * 63 + ".bad.example", "4.3.2.10.in-addr.arpa", "_dns.resolver.arpa"]


def some_query():
    options = [(random.choice([3, 8, 10, 11, 12, 15, 65001]), os.urandom(random.choice([0, 1, 8, 16, 24, 40, 60])))
               for _ in range(random.choice([0, 0, 1, 3]))]
    return make_query(random.choice(NAMES), random.choice([1, 28, 65, 64, 255, 252, 41, 0, 16, 65535]), edns=random.random() < 0.7,
                      options=options, udp_size=random.choice([0, 511, 512, 1232, 65535]), version=random.choice([0, 0, 0, 1, 255]),
                      qclass=random.choice([1, 1, 1, 3, 255]), opcode=random.choice([0, 0, 0, 0, 2, 4, 5, 15]),
                      cd=random.random() < 0.2, dnssec_ok=random.random() < 0.2)


def mutated(m):
    m = bytearray(m)
    for _ in range(random.choice([1, 1, 2, 5])):
        kind, at = random.randrange(8), random.randrange(len(m)) if m else 0
        if kind == 0 and m:
            m[at] ^= 1 << random.randrange(8)
        elif kind == 1 and m:
            m[at] = random.choice([0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff])
        elif kind == 2:
            del m[at:]
        elif kind == 3:
            m += os.urandom(random.randrange(40))
        elif kind == 4 and len(m) >= 12:
            struct.pack_into("!H", m, random.choice([4, 6, 8, 10]), random.choice([0, 1, 2, 255, 65535]))
        elif kind == 5:
            m[at:at] = bytes([0xc0, random.randrange(256)])
        elif kind == 6 and len(m) > 12:
            m[12:12] = m[12:min(len(m), 12 + random.randrange(300))]
        elif kind == 7:
            del m[at:at + random.randrange(8)]
    return bytes(m)


def some_packet():
    r = random.random()
    return os.urandom(random.choice([0, 1, 11, 12, 13, 40, 512, 1500])) if r < 0.15 else mutated(some_query()) if r < 0.9 else some_query()


def fits(packet, reply):
    """What may be said to a packet."""
    if len(packet) < 12 or packet[2] & 0x80:
        return False
    if reply[:2] != packet[:2] or not reply[2] & 0x80 or len(reply) > 1232:
        return False
    try:
        Answer(reply)
    except (ValueError, IndexError, struct.error):
        return False
    return True


def over_udp(tap, g, count):
    replies = wrong = 0
    bad = None
    start = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.connect(("127.0.0.1", g.port))
        s.setblocking(False)
        sent = {}
        for i in range(count):
            p = some_packet()
            if len(p) >= 2:  # the id says which packet a reply is for
                p = struct.pack("!H", i & 0xffff) + p[2:]
                sent[i & 0xffff] = p
            try:
                s.send(p)
            except OSError:
                pass
            while i % 50 == 0 and select.select([s], [], [], 0.0005)[0]:
                r = s.recv(65535)
                replies += 1
                p = sent.get(int.from_bytes(r[:2], "big"), b"")
                if not fits(p, r):
                    wrong += 1
                    bad = bad or (p.hex(), r.hex())
            if i % 20000 == 19999:
                tap.ok(g.alive() and right(g), f"{i + 1} packets over UDP: alive, and right", g.output()[-3000:])
    tap.ok(not wrong and replies > count / 10, f"{replies} replies, each for its packet, well formed, within 1232 bytes", bad)
    tap.note(f"{count / (time.monotonic() - start):.0f} packets a second")


def over_tcp(tap, g, count):
    done = replies = refused = 0
    bad = None
    while done < count:
        try:
            with TcpClient(g.port, timeout=2) as c:
                c.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(40):
                    packets = [struct.pack("!H", i) + some_packet()[2:] for i in range(16)]
                    if random.random() < 0.02:  # a length that is not true, or silence in the middle
                        c.s.sendall(struct.pack("!H", random.choice([0, 1, 5, 5000, 65535])) + os.urandom(20))
                        break
                    marker = make_query("www.bad.example", id=0x7fff)
                    c.send(*packets, marker)
                    done += len(packets)
                    while True:
                        if (a := c.receive()) is None:
                            raise ConnectionError
                        replies += 1
                        if a.id == 0x7fff:
                            break
                        if a.id >= 16:
                            bad = bad or a
        except (ConnectionError, OSError):
            refused += 1
            if refused > count:
                break
        except (ValueError, IndexError, struct.error) as e:
            bad = bad or e
    tap.ok(g.alive() and right(g) and not bad, f"{done} messages over TCP, {replies} replies, {refused} connections ended: alive, and right",
           (bad, g.output()[-3000:]))


def well_formed(m):
    """Every name and length within its bounds, and CNAMEs of the answer; other data is the client's matter."""
    try:
        counts = struct.unpack_from("!4H", m, 4)
        at = 12
        for _ in range(counts[0]):
            at = read_name(m, at)[1] + 4
        for i in range(sum(counts[1:])):
            at = read_name(m, at)[1]
            kind, n = struct.unpack_from("!H6xH", m, at)
            if kind == TYPES["CNAME"] and i < counts[1] and read_name(m, at + 10)[1] != at + 10 + n:
                return False
            at += 10 + n
        return at == len(m)
    except (ValueError, IndexError, struct.error):
        return False


def over_upstream(tap, up, count):
    """Now the other side lies: mutated answers, right ids or not."""
    settings = {"upstream": {"timeout_ms": 50, "tries": 1}, "workers": 2}
    with Guard(f"{AT}/policy.image", HOUSEHOLD, upstream=up, settings=settings) as g:
        up.mangle = lambda r: mutated(r) if random.random() < 0.5 else r[:2] + mutated(r[2:]) if random.random() < 0.9 else os.urandom(len(r))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", g.port))
            s.setblocking(False)
            for i in range(count):
                name = random.choice([f"u{i}.example", f"chain{i % 50}.site.example", "svc.site.example", "txt.site.example"])
                s.send(make_query(name, random.choice(["A", "AAAA", "HTTPS", "TXT"]), cd=i % 7 == 0))
                while select.select([s], [], [], 0)[0]:
                    r = s.recv(65535)
                    if not well_formed(r):
                        tap.ok(False, "a malformed answer was passed on", r.hex())
                        return
                if i % 25 == 0:
                    time.sleep(0.01)
        up.mangle = None
        time.sleep(0.3)
        tap.ok(g.alive() and wait_until(lambda: right(g), 10, 0.3), f"{count} questions with mutated answers: alive, and right after", g.output()[-3000:])
        tap.ok(g.ask("ok.bad.example").addresses() == ["192.0.2.1"], "and no lie is kept for what was fine", g.status()["upstream"])


def flood(tap, up):
    """Names nobody answers for, thousands a second: those who ask for what is known do not notice."""
    with Guard(f"{AT}/policy.image", HOUSEHOLD, upstream=up, settings={"workers": 2}) as g:
        g.ask("ok.bad.example")
        up.silent = True
        slow, lost, asked = [], 0, 0
        end = time.monotonic() + 6
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", g.port))
            while time.monotonic() < end:
                for _ in range(100):
                    s.send(make_query(f"f{random.getrandbits(60):x}.example"))
                asked += 100
                for name in ("ok.bad.example", "www.bad.example"):
                    a = g.ask(name, timeout=1)
                    slow, lost = slow + [a.ms if a else 1000], lost + (a is None)
        status = g.status()
        tap.ok(not lost and g.alive(), f"{asked} questions into silence in 6 s: {len(slow)} others, none lost", (lost, status))
        slow.sort()
        tap.note(f"their answers: median {slow[len(slow) // 2]:.2f} ms, slowest {slow[-1]:.1f} ms; pending {status['upstream']['pending']}, "
                 f"overflow {status['counts']['overflow']}")
        up.silent = False
        tap.ok(wait_until(lambda: right(g), 15, 0.3), "and all is well when it ends")
        pending = wait_until(lambda: g.status()["upstream"]["pending"] == 0, 15, 0.3)
        tap.ok(pending, "nothing is left pending", g.status()["upstream"])


def control(tap, g):
    path = os.path.join(g.folder, "state", "control")
    for data in (b"", b"\n", b"x" * 100000, b"reload", b"status\nstatus\nreload\n", os.urandom(300), b"\0\0\n", b"status\r\n"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(1)
            s.connect(path)
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                s.recv(100)
            except OSError:
                pass
    tap.ok(g.status()["ok"] and right(g), "rubbish to the control socket")


# --- files -------------------------------------------------------------------------------------

def take(g, path, data):
    """Put it there and reload; (taken, error)."""
    write_file(path, data)
    r = g.control("reload")
    return r["ok"], r.get("error", "")


def clear(error, path):
    """It names the file, or, where two do not fit together, both by their kind."""
    return path in error and len(error) > len(path) + 10 or "overlay was made with another hash key" in error


def damaged_files(tap, g, what, path, good):
    """Whatever is changed without the checksum: refused, and said why."""
    took, unclear = [], []

    def one(data, how):
        ok, error = take(g, path, data)
        if ok and data != good:
            took.append(how)
        if not ok and not clear(error, path):
            unclear.append((how, error))

    for at in range(HEADER):
        one(good[:at] + bytes([good[at] ^ 1 << random.randrange(8)]) + good[at + 1:], f"header {at}")
    for _ in range(1500):
        at = random.randrange(HEADER, len(good))
        one(good[:at] + bytes([good[at] ^ 1 << random.randrange(8)]) + good[at + 1:], f"byte {at}")
    for n in [*range(0, HEADER + 20, 7), *[random.randrange(len(good)) for _ in range(150)], len(good) - 1]:
        one(good[:n], f"cut at {n}")
    one(good + b"\0", "a byte too many")
    one(good * 2, "twice")
    tap.ok(not took, f"{what}: bits flipped, cut, too long: all refused", took[:5])
    tap.ok(not unclear, f"{what}: each with its file and a reason", unclear[:5])
    ok, error = take(g, path, good)
    tap.ok(ok and right(g), f"{what}: the good one is taken again", error)


def crafted_files(tap, g, what, path, good):
    """With a right checksum: refused, or harmless. What it then answers is the author's will."""
    taken = refused = 0
    unclear = []

    def one(data, how):
        nonlocal taken, refused
        ok, error = take(g, path, sealed(data))
        if not ok:
            refused += 1
            if not clear(error, path):
                unclear.append((how, error))
            return
        taken += 1
        for name in ("www.bad.example", "x.y.local.example", "www.google.com", "1.2.3.example"):
            a = g.ask(name, random.choice(["A", "AAAA", "HTTPS", "TXT"]), timeout=3)
            if a is None and not g.alive():
                raise RuntimeError(f"{how}: the guard has died\n" + g.output()[-4000:])

    for at in range(8, HEADER):
        if not CHECKSUM <= at < CHECKSUM + 16:
            for bit in random.sample(range(8), 4):
                one(good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1:], f"header {at} bit {bit}")
    for at in range(56, HEADER, 4):  # whole numbers: counts and offsets
        for value in (0, 1, 0x7fffffff, 0xffffffff, len(good), random.getrandbits(32)):
            one(good[:at] + struct.pack("<I", value) + good[at + 4:], f"header {at} = {value}")
    sections = [struct.unpack_from("<QQ", good, 80 + 16 * i) for i in range(SECTIONS)]
    for i, (at, n) in enumerate(sections):
        for _ in range(min(n, 220) and 220):
            p = at + random.randrange(n)
            size = min(random.choice([1, 1, 4, 8]), at + n - p)
            value = random.choice([bytes(size), b"\xff" * size, os.urandom(size), bytes([good[p] ^ 1 << random.randrange(8)]) + good[p + 1:p + size]])
            one(good[:p] + value + good[p + size:], f"section {i} at {p}")
    for n in [random.randrange(len(good)) for _ in range(60)]:
        cut = bytearray(good[:n])
        if n >= HEADER:
            struct.pack_into("<Q", cut, 16, n)
        one(bytes(cut), f"cut at {n}, with its size")
    tap.ok(g.alive(), f"{what}: {refused} crafted files refused, {taken} taken: alive", g.output()[-3000:])
    tap.ok(refused > 300, f"{what}: offsets, orders and counts are checked")
    tap.ok(not unclear, f"{what}: each refusal has its file and a reason", unclear[:5])
    ok, error = take(g, path, good)
    tap.ok(ok and right(g), f"{what}: the good one is taken again", error)


def households(tap, g):
    good = open(g.household_path, "rb").read()
    for i in range(400):
        ok, error = take(g, g.household_path, mutated(mutated(good)))
        if not g.alive():
            break
        if not ok and g.household_path not in error:
            tap.ok(False, "a household's error has its place", error)
            break
    tap.ok(g.alive(), "400 mutated households", g.output()[-3000:])
    ok, error = take(g, g.household_path, good)
    tap.ok(ok and right(g), "the good one is taken again", error)


RPZ = """$ORIGIN rpz.example.
@ SOA a b 1 1 1 1 1
local.example A 192.0.2.9
*.local.example CNAME www.site.example.
none.example CNAME *.
24.0.2.51.198.rpz-ip CNAME .
128.1.zz.66.db8.2001.rpz-ip CNAME .
"""

with Tap() as tap, Upstream(free_port()) as up:
    tap.note(f"seed {SEED}")
    up.anything = "192.0.2.1"
    for i in range(50):
        up.add(f"chain{i}.site.example", "CNAME", f"chain{i + 1}.site.example")
    up.add("chain50.site.example", "A", "192.0.2.2")
    up.add("svc.site.example", "HTTPS", "www.site.example 192.0.2.3 192.0.2.4")
    up.add("txt.site.example", "TXT", "t" * 400, "u" * 300)
    image = compile_image(f"{AT}/policy.image", adult="bad.example\n" + "".join(f"l{i}.example\n" for i in range(300)), x__rpz=(":rpz", RPZ))
    overlay = compile_overlay(image, f"{AT}/overlay.image", block=[f"adult:o{i}.example" for i in range(40)], unblock=["l1.example"])
    with Guard(image, HOUSEHOLD, overlay=overlay, upstream=up, settings={"workers": 2, "tcp": {"idle_seconds": 1, "receive_seconds": 1}}) as g:
        tap.ok(right(g), "right to begin with")
        over_udp(tap, g, 150000)
        over_tcp(tap, g, 50000)
        control(tap, g)
        for what, path in (("image", g.image_path), ("overlay", g.overlay_path)):
            with open(path, "rb") as f:
                good = f.read()
            tap.equal(sealed(good), good, f"{what}: this test knows its checksum")
            damaged_files(tap, g, what, path, good)
            crafted_files(tap, g, what, path, good)
        households(tap, g)
        tap.equal(g.stop(), 0, "a clean end")
        for word in ("Sanitizer", "runtime error", "assert"):
            tap.ok(word not in g.output(), f"no '{word}' in its output", g.output()[-3000:])
    over_upstream(tap, up, 6000)
    flood(tap, up)
