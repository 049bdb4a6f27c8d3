#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The audit trail of a real desk: each way to change it is found by 'hisn desk audit verify', and said where; heads
are signed, leave the machine, and a desk that was taken over gets no rewritten history signed. Trees, chain and
signatures are worked out here again, from docs/audit.md."""
import base64, email, email.policy, hashlib, json, os, shutil, socket, sqlite3, struct, subprocess, sys, time

sys.dont_write_bytecode = True
from desklab import Desk
from hisnflow import Process, Tap, free_port, program
from stafflab import AUDITOR, SUPERVISOR, administrator, founded, invited, join, signed_in


# --- docs/audit.md, written down again ---------------------------------------------------------

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def line(seq, at, member, role, action, report, obj, detail):
    """The bytes of an entry."""
    def text(s):
        out = ""
        for c in s:
            out += "\\" + c if c in '"\\' else f"\\u{ord(c):04x}" if c < " " or c == "\x7f" else c
        return '"' + out + '"'
    fields = [f'"seq":{seq}', f'"at":{at}', f'"member":{member}', f'"role":{role}', f'"action":{text(action)}']
    fields += [f'"{k}":{text(v)}' for k, v in (("report", report and report.hex()), ("object", obj), ("detail", detail)) if v is not None]
    return ("{" + ",".join(fields) + "}").encode()


def leaf(entry):
    return sha(b"\0", entry)


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", root(leaves[:k]), root(leaves[k:]))


def consistency(old, leaves, whole=True):
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= k:
        return consistency(old, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(old - k, leaves[k:], False) + [root(leaves[:k])]


def edge(leaves):
    out, at = b"", 0
    for bit in reversed(range(64)):
        if len(leaves) >> bit & 1:
            out += root(leaves[at:at + (1 << bit)])
            at += 1 << bit
    return out


def signed_by(note, key):
    """Whether openssl says so."""
    text, by = note.split("\n\n")
    blob = base64.b64decode(by.split(" ")[2])
    name, number, public = key.split("+", 2)
    public = base64.b64decode(public)
    if blob[:4].hex() != number or sha(name.encode(), b"\n\x01", public[1:])[:4] != blob[:4]:
        return False
    folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    paths = [f"{folder}/hisn-c0310-{os.getpid()}-{x}" for x in ("text", "sig", "key")]
    der = bytes.fromhex("302a300506032b6570032100") + public[1:]
    for path, b in zip(paths, ((text + "\n").encode(), blob[4:], der)):
        with open(path, "wb") as f:
            f.write(b)
    r = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[2], "-rawin", "-in", paths[0],
                        "-sigfile", paths[1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    for path in paths:
        os.unlink(path)
    return r.returncode == 0


# --- the desk and its trail --------------------------------------------------------------------

def audit(desk, *args, config=True):
    own = ["--config", f"{desk.folder}/desk.yaml"] if config else []
    r = subprocess.run([program("hisn-desk"), "audit", *args, *own], env=dict(os.environ, **desk.env), text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return r.returncode, r.stdout, r.stderr


COLUMNS = "seq, at, member, role, action, report, object, detail"


def rewrite(db, change=None, cut=None, head=True):
    """As somebody would who knows how: change(row) for each row, then hashes, chain and head row again."""
    rows = db.execute(f"SELECT {COLUMNS} FROM audit ORDER BY seq").fetchall()
    leaves, chain = [], b"\0" * 32
    for row in rows:
        if cut is not None and row[0] >= cut:
            db.execute("DELETE FROM audit WHERE seq = ?", (row[0],))
            continue
        row = change(row) if change else row
        leaves.append(leaf(line(*row)))
        chain = sha(b"\2", chain, leaves[-1])
        db.execute("UPDATE audit SET at = ?, member = ?, role = ?, action = ?, report = ?, object = ?, detail = ?, leaf = ?, chain = ? "
                   "WHERE seq = ?", (*row[1:], leaves[-1], chain, row[0]))
    if head:
        db.execute("UPDATE audit_head SET size = ?, chain = ?, edge = ?", (len(leaves), chain, edge(leaves)))
    return leaves


class Trail:
    """The database as it is now; what a test does to it is undone."""

    def __init__(self, desk):
        self.desk, self.kept = desk, desk.database + ".kept"
        with sqlite3.connect(desk.database) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(desk.database, self.kept)

    def damaged(self, what, *args):
        """(exit code, what verify says) after what(db)."""
        with sqlite3.connect(self.desk.database) as db:
            what(db)
            db.commit()
        db.close()
        code, out, _ = audit(self.desk, "verify", *args)
        return code, out

    def restore(self):
        for end in ("-wal", "-shm"):
            if os.path.exists(self.desk.database + end):
                os.unlink(self.desk.database + end)
        shutil.copy(self.kept, self.kept + ".new")
        os.rename(self.kept + ".new", self.desk.database)


def flipped(column, where, bit, table="audit"):
    def do(db):
        value, kind = db.execute(f"SELECT {column}, typeof({column}) FROM {table} WHERE {where}").fetchone()
        if kind == "integer":
            new = value ^ (1 << bit)
            new -= 1 << 64 if new >> 63 else 0
            db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (new,))
        else:
            b = bytearray(value.encode() if kind == "text" else value)
            b[bit // 8 % len(b)] ^= 1 << bit % 8
            as_text = "CAST(? AS TEXT)" if kind == "text" else "?"
            db.execute(f"UPDATE {table} SET {column} = {as_text} WHERE {where}", (bytes(b),))
    return do


def swapped(a, b):
    def do(db):
        for was, now in ((a, -1), (b, a), (-1, b)):
            db.execute("UPDATE audit SET seq = ? WHERE seq = ?", (now, was))
    return do


# --- what a desk that was taken over could ask the key process -----------------------------------

class KeyProcess:
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.s.settimeout(10)
        self.s.connect(path)
        self.ask(1, b"\x02")

    def ask(self, op, fields=b""):
        """(status, fields)"""
        frame = bytes([op]) + fields
        self.s.sendall(struct.pack("<I", len(frame)) + frame)
        n = struct.unpack("<I", self._get(4))[0]
        answer = self._get(n)
        return struct.unpack("<i", answer[1:5])[0], answer[5:]

    def _get(self, n):
        out = b""
        while len(out) < n:
            part = self.s.recv(n - len(out))
            if not part:
                raise OSError("the key process hung up")
            out += part
        return out

    def sign(self, size, tree_root, proof):
        status, fields = self.ask(27, struct.pack("<Q", size) + tree_root + struct.pack("<I", 32 * len(proof)) + b"".join(proof))
        return status, fields[4:].decode() if status == 0 else None


REFUSED, DAMAGED = -1010, -1001


# --- the test ------------------------------------------------------------------------------------

def happenings(tap, desk):
    """People, and what they do: some of it refused."""
    admin = administrator(desk)
    people = founded(desk, admin, {"amal": SUPERVISOR, "badr": SUPERVISOR})
    join(desk, invited(admin, AUDITOR, "Dina"), "dina")
    page = admin.get("/en/staff/settings")
    page.submit({"law": "a law"}, at=page.at("/staff/settings"))
    for _ in range(12):
        admin.get("/en/staff/reports")
    return admin, people


def actions(desk):
    return [r[0] for r in desk.rows("SELECT action FROM audit ORDER BY seq")]


def what_stands_in_it(tap, desk):
    have = actions(desk)
    for action in ("desk.init", "desk.start", "member.invite", "member.join", "sign-in", "member.confirm", "setting.change", "refused"):
        tap.ok(action in have, f"in the trail: {action}", have)
    rows = desk.rows(f"SELECT {COLUMNS} FROM audit WHERE action = 'refused' AND member = 1 ORDER BY seq")
    tap.ok(len(rows) >= 12 and all(r[3] == 5 for r in rows), "each refused attempt, with who and which role", rows[:3])
    tap.ok(all(r[0] % 3600 == 0 for r in desk.rows("SELECT at FROM audit")), "times are whole hours")
    everything = json.dumps([[str(x) for x in r] for r in desk.rows("SELECT * FROM audit")])
    for secret in ("four quiet words", "a law", "/staff/join/"):
        tap.ok(secret not in everything, f"never in it: {secret!r}")


def heads(tap, desk, admin):
    """Two heads; the texts."""
    code, first, err = audit(desk, "head", "--sign")
    tap.ok(code == 0 and first.startswith("hisn-audit/"), "a head is signed and printed", (code, first, err))
    size = int(first.split("\n")[1])
    for _ in range(8):
        admin.get("/en/staff/reports")
    code, second, _ = audit(desk, "head", "--sign")
    tap.ok(code == 0 and int(second.split("\n")[1]) >= size + 8, "and a later one of what came since", second)
    return first, second


def keep(desk, first, second):
    """In somebody's drawer."""
    with open(f"{desk.folder}/kept-heads", "w") as f:
        f.write(f"Printed on Friday:\n\n{first}\n and on Monday\n{second}")


def by_hand(tap, desk, note):
    code, out, _ = audit(desk, "export")
    lines = out.encode().splitlines()
    rows = desk.rows(f"SELECT {COLUMNS} FROM audit ORDER BY seq")
    tap.ok(code == 0 and lines[:-1] == [line(*r) for r in rows][:len(lines) - 1], "each exported line is the bytes of docs/audit.md")
    tap.ok(lines[-1].find(b"audit.export") > 0, "and the last one is the export itself")
    size = int(note.split("\n")[1])
    tap.equal(base64.b64encode(root([leaf(x) for x in lines[:size]])).decode(), note.split("\n")[2], "their tree has the root that was signed")
    code, status, _ = keys_status(desk)
    key = status["audit_head"]["key"]
    tap.ok(signed_by(note, key), "and openssl says the key of 'hisn keys status' signed it", key)
    tap.ok(not signed_by(note.replace(f"\n{size}\n", f"\n{size + 1}\n"), key), "and not for another size")
    code, csv, _ = audit(desk, "export", "--csv", "--action", "member.")
    tap.ok(code == 0 and csv.startswith("seq,at,member,role,action,report,object,detail,leaf\n") and csv.count("member.") == len(csv.splitlines()) - 1,
           "CSV of some of them", csv[:300])
    return key


def keys_status(desk):
    r = subprocess.run([program("hisn-keys"), "status", "--json", "--socket", desk.socket], text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=20)
    return r.returncode, json.loads(r.stdout or "{}"), r.stderr


def each_column(tap, trail, n):
    sayings = {"leaf": "its hash was changed; its content is what the chain knows",
               "chain": "its link of the chain was changed; its content is what the chain knows"}
    for column in ("at", "member", "role", "action", "object", "detail", "leaf", "chain"):
        code, out = trail.damaged(flipped(column, f"seq = {n}", 13 if column in ("leaf", "chain", "at") else 2))
        want = f"entry {n}: " + sayings.get(column, "its content differs from its hash")
        tap.ok(code == 1 and want in out.splitlines() and "Something was changed." in out, f"one bit of {column}: {want}", (code, out))
        trail.restore()
    code, out = trail.damaged(flipped("seq", f"seq = {n}", 9))
    tap.ok(code == 1 and f"entry {n} is missing" in out and f"entry {n} stands in the place of entry {n ^ 512}" in out,
           "one bit of seq: missing there, and where it stands", (code, out))
    trail.restore()
    for column, want in (("size", "the head row knows"), ("chain", "the head row: its chain does not end with"), ("edge", "the head row: its edge"),
                         ("id", "the head row, which says how long the trail is, is missing")):
        code, out = trail.damaged(flipped(column, "id = 1", 1, "audit_head"))
        tap.ok(code == 1 and want in out, f"one bit of the head row's {column}: {want} ...", (code, out))
        trail.restore()
    for column in ("note", "edge"):
        code, out = trail.damaged(flipped(column, "size = (SELECT min(size) FROM audit_note)", 170, "audit_note"))
        tap.ok(code == 1 and "the stored head of size" in out, f"one bit of a stored head's {column}", (code, out))
        trail.restore()


def rows(tap, trail, n):
    code, out = trail.damaged(lambda db: db.execute("DELETE FROM audit WHERE seq IN (?, ?)", (n, n + 1)))
    tap.ok(code == 1 and f"entries {n} to {n + 1} are missing" in out, "two rows removed", (code, out))
    trail.restore()
    code, out = trail.damaged(swapped(n, n + 1))
    tap.ok(code == 1 and f"entries {n} and {n + 1} changed places" in out, "two rows swapped", (code, out))
    trail.restore()


def tail(tap, desk, trail, second, key):
    size = int(second.split("\n")[1])
    count = trail.desk.rows("SELECT count(*) FROM audit")[0][0]
    cut = size - 3
    code, out = trail.damaged(lambda db: db.execute("DELETE FROM audit WHERE seq >= ?", (cut,)))
    tap.ok(code == 1 and f"the head row knows {count} entries, the trail has {cut}: the last {count - cut} are missing" in out,
           "the tail cut, head row left", (code, out))
    trail.restore()
    code, out = trail.damaged(lambda db: rewrite(db, cut=cut))
    tap.ok(code == 1 and f"knows {size} entries, the trail has {cut}: the last 3 are missing" in out,
           "the tail cut, head row put right: a signed head knows", (code, out))
    trail.restore()

    def thorough(db):
        rewrite(db, cut=cut)
        db.execute("DELETE FROM audit_note WHERE size > ?", (cut,))
    code, out = trail.damaged(thorough)
    tap.ok(code == 1 and f"the signed head of the key process knows {size} entries" in out and f"the head of size {size} was signed" in out,
           "and the stored heads, too: the key process knows", (code, out))
    shutil.copy(desk.database, desk.database + ".copy")
    trail.restore()
    args = ("verify", "--database", desk.database + ".copy", "--key", key)
    code, out, err = audit(desk, *args, config=False)
    tap.ok(code == 0 and "Nothing is missing" in out, "a copy alone, cut like this, looks good ...", (code, out, err))
    code, out, err = audit(desk, *args, "--head", f"{desk.folder}/kept-heads", config=False)
    tap.ok(code == 1 and f"the signed head in {desk.folder}/kept-heads knows {size} entries, the trail has {cut}: the last 3 are missing" in out,
           "... but not beside a head that was kept elsewhere", (code, out, err))
    for end in ("", "-wal", "-shm"):
        if os.path.exists(desk.database + ".copy" + end):
            os.unlink(desk.database + ".copy" + end)


def on_its_way(tap, desk, trail):
    """The desk stores a head after the key process has signed and kept it: looked for in between, it is no sign of a thief."""
    size, note, edge = desk.rows("SELECT size, note, edge FROM audit_note ORDER BY size DESC LIMIT 1")[0]
    code, out = trail.damaged(lambda db: db.execute("DELETE FROM audit_note WHERE size = ?", (size,)))
    tap.ok(code == 1 and f"the head of size {size} was signed, and is not among those in the database" in out, "a stored head taken away is told", out)
    verify = Process([program("hisn-desk"), "audit", "verify", "--config", f"{desk.folder}/desk.yaml"], env=desk.env)
    time.sleep(0.5)
    early = verify.alive()
    desk.write("INSERT INTO audit_note (size, note, edge) VALUES (?, ?, ?)", size, note, edge)
    tap.ok(early and verify.wait(10) == 0, "a signed head that is stored a moment later is waited for", verify.output())
    trail.restore()


def rewritten(tap, desk, trail, first):
    a = int(first.split("\n")[1])
    b = desk.rows("SELECT min(size) FROM audit_note WHERE size > ?", a)[0][0]

    def change(row):
        return row if row[0] != a + 2 else row[:4] + ("case.close",) + row[5:]
    code, out = trail.damaged(lambda db: rewrite(db, change))
    tap.ok(code == 1 and f"the trail was rewritten between the heads of size {a} and {b} (" in out and f"entries {a} to {b - 1} are not" in out,
           "the whole trail rewritten, all hashes right: between which heads", (code, out))
    code, out, _ = audit(desk, "verify", "--json")
    said = json.loads(out)
    tap.ok(code == 1 and not said["good"] and said["findings"][0]["fault"] == "rewritten" and said["findings"][0]["from"] == a,
           "the same as JSON", out)
    trail.restore()
    code, out, _ = audit(desk, "verify", "--head", f"{desk.folder}/kept-heads", "--json")
    said = json.loads(out)
    tap.ok(code == 0 and said["good"] and said["found"] == 0 and said["heads_elsewhere"] >= 3, "and as it was: good", out)


def taken_over(tap, desk, trail, second):
    """What the key process answers to a desk that lies."""
    size = int(second.split("\n")[1])
    with sqlite3.connect(desk.database) as db:
        true = [leaf(line(*r)) for r in db.execute(f"SELECT {COLUMNS} FROM audit ORDER BY seq")]
    db.close()
    lied = list(true)
    lied[4] = leaf(b"another history")
    k = KeyProcess(desk.socket)
    more, still = lied + [leaf(b"x")] * 3, true[:size]
    for what, n, leaves, proof in (("longer, rewritten", len(more), more, consistency(size, more)),
                                   ("of the same size, rewritten", size, lied[:size], []),
                                   ("shorter", size - 3, true[:size - 3], []),
                                   ("longer, rewritten, with the true trail's proof", len(more), more, consistency(size, true + [leaf(b"x")] * 3)),
                                   ("longer, without a proof", len(more), true + [leaf(b"x")] * 3, [])):
        tap.equal(k.sign(n, root(leaves), proof), (REFUSED, None), f"the key process does not sign one {what}")
    tap.equal(k.sign(size, root(still), []), (0, second), "and gives the last one again")
    trail.damaged(lambda db: rewrite(db, lambda r: r[:2] + (7,) + r[3:] if r[0] == 4 else r))
    code, out, err = audit(desk, "head", "--sign")
    tap.ok(code == 1 and "does not sign it" in err, "nor does the desk get one with a rewritten database", (code, out, err))
    desk.start_desk()
    end = time.time() + 20
    while time.time() < end and "does not sign the audit trail" not in desk.desk.output():
        time.sleep(0.1)
    tap.ok("does not sign the audit trail" in desk.desk.output(), "a running desk says so in its log", desk.desk.output()[-600:])
    tap.equal(len(desk.rows("SELECT size FROM audit_note WHERE size > ?", size)), 0, "and no head was added")
    desk.desk.stop()
    trail.restore()


def damaged_end(tap, desk, trail):
    """Nothing that must stand in the trail is done when it cannot."""
    trail.damaged(lambda db: db.execute("DELETE FROM audit_head"))
    desk.start_desk()
    tap.ok("audit trail's end is damaged" in desk.desk.output(), "a desk whose trail has no end says so", desk.desk.output()[-400:])
    tap.equal(desk.get("/en/").status, 200, "the public side goes on")
    _, page = signed_in(desk, "admin")
    tap.equal(page.status, 500, "nobody signs in")
    desk.desk.stop()
    trail.restore()


def file_of_the_keys(tap, desk, second):
    """The key process's own file, changed or taken away."""
    path = f"{desk.folder}/store.head"
    with open(path) as f:
        tap.equal(f.read(), second, "the key process remembers the last head beside its store")
    desk.keys.stop()
    with open(path, "w") as f:
        f.write(second.replace("\n", "\n1", 1))
    desk.start_keys()
    tap.equal(keys_status(desk)[1]["audit_head"]["state"], "damaged", "a changed one is told")
    tap.equal(KeyProcess(desk.socket).sign(1, b"\0" * 32, [])[0], DAMAGED, "and nothing is signed")
    desk.keys.stop()
    os.unlink(path)
    desk.start_keys()
    tap.equal(keys_status(desk)[1]["audit_head"]["state"], "none", "one that is gone is told")
    desk.keys.stop()
    with open(path, "w") as f:
        f.write(second)
    desk.start_keys()


def kept_elsewhere(tap, desk):
    """The file that desk.yaml names gets every head, also after a restart, once."""
    path = f"{desk.folder}/elsewhere/heads"
    os.mkdir(os.path.dirname(path))
    with open(f"{desk.folder}/desk.yaml", "a") as f:
        f.write(f'audit: {{ heads_file: "{path}" }}\n')
    for _ in range(2):
        desk.start_desk()
        desk.desk.stop()
    with open(path) as f:
        sizes = [int(x.split("\n")[1]) for x in f.read().split("hisn-audit/")[1::2] if "\n" in x]
    stored = [r[0] for r in desk.rows("SELECT size FROM audit_note ORDER BY size")]
    tap.equal(sizes, stored, "the file has every head, in order, once")
    tap.ok(actions(desk)[-1] == "desk.stop" and stored[-1] == desk.rows("SELECT count(*) FROM audit")[0][0], "the last of them when the desk stops")
    code, out, _ = audit(desk, "verify", "--json")
    tap.ok(code == 0 and json.loads(out)["heads_elsewhere"] == len(sizes) + 1, "and verify reads it by itself", out)


def mailed(tap, desk):
    """Once a day to each address; the attachment is a head that verifies."""
    script, box = f"{desk.folder}/sendmail", f"{desk.folder}/mails"
    with open(script, "w") as f:
        f.write(f"#!/bin/sh\ncat >> {box}\nprintf '\\000' >> {box}\n")
    os.chmod(script, 0o755)
    with open(f"{desk.folder}/desk.yaml", "a") as f:
        f.write(f'mail: {{ sendmail: {script}, from: desk@desk.example, base: "https://desk.example" }}\n')
    with open(f"{desk.folder}/desk.yaml") as f:
        text = f.read().replace("audit: {", "audit: { heads_to: [a@one.example, b@two.example],")
    with open(f"{desk.folder}/desk.yaml", "w") as f:
        f.write(text)
    for _ in range(2):
        desk.start_desk()
        end = time.time() + 20
        while time.time() < end and not desk.rows("SELECT 1 FROM setting WHERE name = 'audit_heads_mailed'"):
            time.sleep(0.1)
        desk.desk.stop()
    with open(box, "rb") as f:
        mails = [email.message_from_bytes(m, policy=email.policy.default) for m in f.read().split(b"\0") if m]
    tap.equal(sorted(m["To"] for m in mails), ["a@one.example", "b@two.example"], "a head is mailed to each, once on a day of two starts")
    path = f"{desk.folder}/attached"
    attached = [a.get_content().decode() for a in mails[0].iter_attachments()]
    body = mails[0].get_body().get_content()
    for what, text in (("attachment", attached[0]), ("text", body)):
        with open(path, "w") as f:
            f.write(text)
        code, out, err = audit(desk, "verify", "--head", path)
        tap.equal((code, err), (0, ""), f"verify takes the mail's {what}")
    everything = body + attached[0] + mails[0]["Subject"]
    tap.ok("journal d’audit" in everything and "amal" not in everything.lower(), "it names no person", everything)


def usage(tap, desk):
    for args in (("verify", "--head", "/nonexistent"), ("verify", "--key", "nonsense"), ("export", "--report", "12"), ("what",), (),
                 ("export", "--since", "yesterday"), ("verify", "--head", f"{desk.folder}/desk.yaml")):
        code, out, err = audit(desk, *args)
        tap.ok(code == 2 and err, f"exit 2: audit {' '.join(args).replace(desk.folder, '')}", (code, out, err))
    desk.keys.stop()
    code, out, _ = audit(desk, "verify")
    tap.ok(code == 2 and "Signatures were not checked" in out, "without the key process and without --key: exit 2, and it says why", out)
    desk.start_keys()


def main():
    with Tap() as tap, Desk(free_port(18310, 18329)) as desk:
        admin, _ = happenings(tap, desk)
        what_stands_in_it(tap, desk)
        first, second = heads(tap, desk, admin)
        desk.desk.stop()
        code, second, _ = audit(desk, "head")  # the one that was signed when the desk stopped
        keep(desk, first, second)
        key = by_hand(tap, desk, second)
        code, out, err = audit(desk, "verify")
        tap.ok(code == 0 and "Nothing is missing, nothing was changed." in out, "a trail that nobody touched is good", (code, out, err))
        trail = Trail(desk)
        row = desk.rows("SELECT seq FROM audit WHERE action = 'refused' AND object IS NOT NULL AND detail IS NOT NULL ORDER BY seq")[5][0]
        each_column(tap, trail, row)
        rows(tap, trail, row)
        tail(tap, desk, trail, second, key)
        on_its_way(tap, desk, trail)
        rewritten(tap, desk, trail, first)
        file_of_the_keys(tap, desk, second)
        taken_over(tap, desk, trail, second)
        damaged_end(tap, desk, trail)
        kept_elsewhere(tap, desk)
        mailed(tap, desk)
        usage(tap, desk)


main()
