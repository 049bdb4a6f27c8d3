#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A case handed over: prepared by one, released by another, made, opened and verified by who has the key, and by nobody
else; what it leaves behind at the desk."""
import glob, hashlib, json, os, re, stat, subprocess, sys, tempfile, urllib.parse, urllib.request

sys.dont_write_bytecode = True
from checklab import confirmed, found, readable
from desklab import Desk
from hisnflow import Tap, free_port, program, wait_until
from stafflab import ANALYST, SUPERVISOR, administrator, founded
import datetime

TODAY = datetime.date.today().isoformat()
URL, WORDS, LETTER = "https://planted-url.example/x", "planted-words خاصة, then an ocelot", "planted-letter: il faut agir"
PLANTED = ["planted-url", "planted-words", "planted-letter"]
PASS = "several calm words here"


class Police:
    """The recipient's side: a key file and the program."""

    def __init__(self, folder, name):
        self.key, self.secret = f"{folder}/{name}.key", f"{folder}/{name}.pass"
        with open(self.secret, "w") as f:
            f.write(PASS + "\n")
        out = self.run("keygen", "--out", self.key)
        assert out.returncode == 0, out.stderr
        self.public = re.search(r"public key +([0-9a-f]{64})", out.stdout).group(1)
        self.number = re.search(r"number +([0-9 ]{23})", out.stdout).group(1)

    def run(self, *args):
        return subprocess.run([program("hisn-packet"), *args, "--password-file", self.secret], text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def report(desk):
    page = desk.get("/en/report/address")
    given = {"url": URL, "words": WORDS}
    while "next" in page.form().get("go", []):
        shown = {name for name, _ in page.form()["fields"]}
        page = page.submit({k: v for k, v in given.items() if k in shown}, go="next")
    assert len(page.submit(go="send").words()) == 9
    return desk.rows("SELECT hex(id) FROM report")[0][0].lower()


def recipient(b, kind, given):
    page = b.get(f"/en/staff/directory/new/{kind}")
    page = page.submit(dict({"language": "fr", "confirmed": TODAY}, **given), at=page.at(f"/staff/directory/new/{kind}"))
    assert page.status == 200, page.text[-400:]


def prepare(b, case, who, change=None):
    path = f"/staff/packets/new/{case}"
    page = b.get("/en" + path)
    return page.submit(dict({"recipient": who, "language": "fr", "letter": LETTER, "names_seen": "yes"}, **(change or {})), at=page.at(path))


def do(page, path, go):
    for i, f in enumerate(page.forms):
        if f["action"] and re.sub(r"^/(fr|ar|en)/", "/", f["action"]) == path and go in f["go"]:
            return page.submit(go=go, at=i)
    raise AssertionError(f"no {go} in {page.text[-500:]}")


def press(b, id, go):
    return do(b.get(f"/en/staff/packets/{id}"), f"/staff/packets/{id}", go)


def download(b, id):
    """(headers, bytes) of the sealed file."""
    page = b.get(f"/en/staff/packets/{id}")
    i = next(i for i, f in enumerate(page.forms) if "download" in f["go"])
    body = urllib.parse.urlencode(page.posted(go="download", at=i)).encode()
    head = {"Cookie": "; ".join(f"{k}={v}" for k, v in b.cookies.items())}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(b.desk.base + page.form(i)["action"], body, head), timeout=90) as r:
        return r.headers, r.read()


def id_of(page):
    return page.url.rsplit("/", 1)[1]


def two_people(tap, desk, b, case, who):
    bad = b["amal"].get(f"/en/staff/packets/new/{case}")
    tap.ok("once it is confirmed" in bad.text and "e-blagh.ma" in bad.text and "plaintes.pmp.ma" in bad.text and "19" in bad.text,
           "no packet before the case is confirmed; police, e-Blagh and the prosecutor's portal are at hand", bad.text[-500:])
    tap.ok("connected to none of them" in bad.text, "and it is said that nothing is connected")
    confirmed(b["amal"], case)
    for change, says in (({"recipient": ""}, "who gets"), ({"message": None}, "at least one message"), ({"names_seen": None}, "who is named"),
                         ({"language": None}, "language")):
        page = prepare(b["amal"], case, who, change)
        tap.ok(page.status == 422 and says in page.text and LETTER in page.body, f"refused, what was typed stays: {says}", page.text[-300:])
    page = prepare(b["amal"], case, who, {"message": ["0", "1"]})
    id = id_of(page)
    tap.ok(page.status == 200 and desk.rows("SELECT state FROM packet") == [("prepared",)], "an analyst prepares it", page.text[-300:])
    tap.ok("planted" not in page.body and LETTER in press(b["samir"], id, "open").text, "its letter is shown only when asked for")
    tap.ok("release" not in [g for f in page.forms for g in f["go"]], "who prepared it has no button to release it")
    for go in ("release", "download", "mail", "print"):
        page = b["amal"].post(f"/en/staff/packets/{id}", b["amal"].get(f"/en/staff/packets/{id}").posted({}, go=go, at=page.at(f"/staff/packets/{id}")))
        tap.ok(page.status in (403, 422) and desk.rows("SELECT state, made FROM packet") == [("prepared", 0)], f"{go} without a button: refused", page.text[-200:])
    tap.ok(f"/en/staff/packets/{id}" in b["samir"].get("/en/staff/packets").links, "a supervisor's list has it")
    own = id_of(prepare(b["samir"], case, who))
    page = b["samir"].get(f"/en/staff/packets/{own}")
    tap.ok("release" not in [g for f in page.forms for g in f["go"]], "a supervisor does not release what they prepared themselves")
    page = b["samir"].post(f"/en/staff/packets/{own}", page.posted({}, go="release", at=page.at(f"/staff/packets/{own}")))
    tap.ok(page.status == 403 and desk.rows("SELECT count(*) FROM packet WHERE state = 'released'") == [(0,)], "not without the button either", page.text[-200:])
    tap.equal(press(b["sonia"], own, "refuse").status, 200, "another supervisor refuses one")
    page = press(b["samir"], id, "release")
    tap.ok("Released" in page.text and desk.rows("SELECT count(*) FROM packet WHERE state = 'released'") == [(1,)], "and one is released", page.text[-300:])
    tap.equal(desk.rows("SELECT action, count(*) FROM audit WHERE action LIKE 'packet.%' GROUP BY action ORDER BY action"),
              [("packet.prepare", 2), ("packet.refuse", 1), ("packet.release", 1), ("packet.show", 1)], "all of it stands in the audit trail")
    return id


def made(tap, desk, b, id, police, folder):
    headers, packet = download(b["amal"], id)
    tap.ok(packet.startswith(b"hisn-packet\n\x01") and "no-store" in headers["Cache-Control"] and ".hisn-packet" in headers["Content-Disposition"],
           f"the sealed file, {len(packet) // 1024} kB, is not stored on the way", dict(headers))
    tap.ok(not any(p.encode() in packet for p in PLANTED) and b"%PDF" not in packet, "nothing of it is readable")
    digest = hashlib.sha256(packet).hexdigest()
    tap.equal(desk.rows("SELECT detail FROM audit WHERE action = 'packet.make'"), [(digest,)], "its checksum stands in the audit trail")
    tap.ok(digest in b["samir"].get(f"/en/staff/packets/{id}").text, "and on the packet's page, to be read aloud")
    path = f"{folder}/a.hisn-packet"
    with open(path, "wb") as f:
        f.write(packet)
    out = police.run("verify", path, "--key", police.key)
    tap.ok(out.returncode == 0 and digest in out.stdout and out.stdout.count(": right") == 4, "the recipient verifies it: both files and both messages", out.stdout + out.stderr)
    out = police.run("open", path, "--key", police.key, "--out", f"{folder}/opened")
    tap.equal((out.returncode, sorted(os.listdir(f"{folder}/opened"))), (0, ["integrity.txt", "packet.json", "packet.pdf"]), "and opens it")
    modes = {oct(stat.S_IMODE(os.stat(p).st_mode)) for p in glob.glob(f"{folder}/opened/*")} | {oct(stat.S_IMODE(os.stat(f"{folder}/opened").st_mode))}
    tap.equal(modes, {"0o600", "0o700"}, "for their own eyes only")
    tap.equal(police.run("open", path, "--key", police.key, "--out", f"{folder}/opened").returncode, 1, "nothing is overwritten")
    out = subprocess.run(["prlimit", "--fsize=2048", program("hisn-packet"), "open", path, "--key", police.key, "--password-file", police.secret, "--out",
                          f"{folder}/no-room"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    tap.ok(out.returncode == 1 and "nothing was left" in out.stderr and not os.path.exists(f"{folder}/no-room"), "a full disk leaves nothing half", out)
    check = subprocess.run(["sha256sum", "--check", "--ignore-missing", "--quiet", "integrity.txt"], cwd=f"{folder}/opened", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.equal(check.returncode, 0, "sha256sum agrees with the sheet")
    return packet, path


def content(tap, folder):
    j = json.load(open(f"{folder}/opened/packet.json"))
    said = json.loads(j["messages"][0]["text"])
    tap.ok(j["format"] == "hisn-packet" and j["version"] == 1 and j["letter"] == LETTER and said["fields"]["words"] == WORDS and j["webPages"] == [{"url": URL}],
           "packet.json has letter, exact words and addresses", j)
    tap.equal(hashlib.sha256(j["messages"][0]["text"].encode()).hexdigest(), j["messages"][0]["sha256"], "each message with its checksum")
    tap.ok((j["preparedBy"], j["releasedBy"], j["recipient"]["name"]) == ("Amal", "Samir", "Brigade"), "who prepared, released and gets it", j)
    sheet = open(f"{folder}/opened/integrity.txt").read()
    tap.ok(re.search(r"audit trail \d+ entries, chain [0-9a-f]{64}", sheet) and "prepared by Amal" in sheet and "SHA256 (message 0)" in sheet, "the sheet has the audit trail's head", sheet)
    pdf = f"{folder}/opened/packet.pdf"
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], stdout=subprocess.PIPE, text=True).stdout
    tap.ok("Paquet de transmission" in text and URL in text and LETTER in text and j["reference"] in text and re.search(r"Page 1 sur \d", text) and "Amal" in text,
           "the PDF reads in French, with reference, page numbers and who made it", text)
    judged = [json.loads(m["text"]).get("text") for m in j["messages"] if m["type"] == "assessment"]
    tap.ok(judged and all(words and words in text for words in judged), "what the desk wrote of it stands in both", (judged, text))
    fonts = subprocess.run(["pdffonts", pdf], stdout=subprocess.PIPE, text=True).stdout
    tap.ok("NotoSans" in fonts and "NotoSansArabic" in fonts and not re.search(r" no +(yes|no) +(yes|no) +\d", fonts), "its fonts are embedded, Arabic letters too", fonts)
    raw = open(pdf, "rb").read()
    tap.ok(not any(x in raw for x in (b"/JavaScript", b"/URI", b"/Launch", b"/EmbeddedFile")), "nothing in it runs or leads elsewhere")


def nobody_else(tap, packet, path, police, other, folder):
    out = other.run("verify", path, "--key", other.key)
    tap.ok(out.returncode == 1 and "not for this key" in out.stderr, "another's key opens nothing", out.stderr)
    wrong = f"{folder}/wrong.pass"
    with open(wrong, "w") as f:
        f.write("another passphrase\n")
    out = subprocess.run([program("hisn-packet"), "verify", path, "--key", police.key, "--password-file", wrong], stderr=subprocess.PIPE, text=True, timeout=120)
    tap.ok(out.returncode == 1 and "not its passphrase" in out.stderr, "nor the key file with another passphrase", out.stderr)
    for at in (0, 12, 20, 100, 200, len(packet) // 2, len(packet) - 1):
        with open(path, "wb") as f:
            f.write(packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1:])
        out = police.run("open", path, "--key", police.key, "--out", f"{folder}/damaged")
        tap.ok(out.returncode == 1 and not os.path.exists(f"{folder}/damaged"), f"byte {at} flipped: found, nothing is written", out.stderr)
    with open(path, "wb") as f:
        f.write(packet[:-100])
    tap.equal(police.run("verify", path, "--key", police.key).returncode, 1, "its end cut off: found")
    tap.equal(police.run("keygen", "--out", police.key).returncode, 1, "a key file is not overwritten")
    tap.equal(oct(stat.S_IMODE(os.stat(police.key).st_mode)), "0o600", "and is its owner's only")


def another_key(b, kind, id, police):
    """The directory's entry gets another key, as one supervisor can do it alone."""
    page = b.get(f"/en/staff/directory/recipient/{id}")
    at = page.at(f"/staff/directory/recipient/{id}")
    page = page.submit({"key": police.public, "fingerprint": police.number, "confirmed": TODAY}, at=at)
    assert page.status == 200 and police.number in page.text, page.text[-400:]


def ways(page):
    return [g for f in page.forms for g in f["go"]]


def released_for_one_key(tap, desk, b, case, who, police, other):
    """Two people decide who can open it: neither of them exchanges the key behind the other's back."""
    path = lambda id: f"/en/staff/packets/{id}"
    id = id_of(prepare(b["samir"], case, who))
    seen = b["sonia"].get(path(id))
    another_key(b["samir"], "police", who, other)
    page = do(seen, f"/staff/packets/{id}", "release")
    tap.ok(page.status == 409 and desk.rows("SELECT state FROM packet WHERE id = ?", bytes.fromhex(id)) == [("prepared",)],
           "the key was exchanged after the page was shown: not released", (page.status, page.text[-300:]))
    another_key(b["samir"], "police", who, police)
    tap.ok("download" in ways(press(b["sonia"], id, "release")), "released for the key that was seen")
    offered = b["samir"].get(path(id))
    another_key(b["samir"], "police", who, other)
    for go in ("download", "mail"):
        page = b["samir"].post(path(id), offered.posted({}, go=go, at=offered.at(f"/staff/packets/{id}")))
        tap.ok(page.status == 422 and "another key" in page.text, f"{go} after the key was exchanged: refused", (page.status, page.text[-300:]))
    page = b["samir"].get(path(id))
    tap.ok("download" not in ways(page) and "another key" in page.text and "print" in ways(page), "no button for it either, and it is said; paper is left", page.text[-500:])
    tap.equal(desk.rows("SELECT made FROM packet WHERE id = ?", bytes.fromhex(id)), [(0,)], "nothing was made")
    another_key(b["samir"], "police", who, police)
    tap.ok(download(b["amal"], id)[1].startswith(b"hisn-packet"), "for the key it was released for it is made")


def while_it_waits(tap, desk, b, case, who):
    """A case that was reopened after the packet was prepared is not handed over."""
    id = id_of(prepare(b["amal"], case, who))
    desk.write("UPDATE report SET state = 'triage'")
    page = press(b["samir"], id, "release")
    tap.ok(page.status == 422 and "once it is confirmed" in page.text and desk.rows("SELECT state FROM packet WHERE id = ?", bytes.fromhex(id)) == [("prepared",)],
           "the case was reopened meanwhile: not released", (page.status, page.text[-300:]))
    tap.equal(press(b["samir"], id, "refuse").status, 200, "it can be refused")
    desk.write("UPDATE report SET state = 'confirmed'")


def not_there(tap, desk, b, id):
    """A packet of a case that is hidden from somebody, and one that is not there: the same, to them and in the trail."""
    refused = lambda: desk.rows("SELECT count(*) FROM audit WHERE action = 'refused'")[0][0]
    desk.write("INSERT INTO excluded (report, member, why) SELECT p.report, s.member, 'reporter' FROM packet p, staff s WHERE s.sign_in = 'sonia' LIMIT 1")
    for what, path in (("hidden", id), ("not there", "0" * 32)):
        before = refused()
        tap.equal((b["sonia"].get(f"/en/staff/packets/{path}").status, refused() - before), (404, 1), f"a packet that is {what}: 404, and an entry")


def a_long_case(tap, desk, b, case, who):
    """Each answer is a box that is ticked: a long case loses neither what was typed nor, unsaid, its last messages."""
    for n in range(120):
        desk.write("INSERT INTO message (report, seq, type, number, blob, at) SELECT report, ?, 3, ?, blob, at FROM message WHERE seq = 0", 1000 + n, 1000 + n)
    n = desk.rows("SELECT count(*) FROM packet")[0][0]
    page = prepare(b["amal"], case, who)
    tap.ok(page.status == 422 and "at most 100" in page.text and LETTER in page.body and page.body.count('name="message"') == 122,
           "too many at once are told, what was typed stays", (page.status, page.text[-300:]))
    page = prepare(b["amal"], case, who, {"message": [str(1000 + i) for i in range(100)]})
    tap.ok(page.status == 200 and desk.rows("SELECT count(*) FROM packet") == [(n + 1,)], "a hundred fit", (page.status, page.text[-300:]))
    desk.write("DELETE FROM message WHERE seq >= 1000")


def on_paper(tap, desk, b, case, arabic):
    id = id_of(prepare(b["amal"], case, arabic, {"language": "ar"}))
    page = press(b["samir"], id, "release")
    tap.ok("download" not in [g for f in page.forms for g in f["go"]] and "no key" in page.text, "without a key there is only paper", page.text[-600:])
    opened = lambda: desk.rows("SELECT count(*) FROM audit WHERE action = 'message.open'")
    before, page = opened(), b["samir"].get(f"/en/staff/packets/{id}")
    page = b["samir"].post(f"/en/staff/packets/{id}", page.posted({}, go="download", at=page.at(f"/staff/packets/{id}")))
    tap.ok(page.status == 422 and "no key" in page.text and opened() == before, "not without the button either: nothing is opened for it", (page.status, page.text[-300:]))
    page = press(b["samir"], id, "print")
    tap.ok("حزمة" in page.text and "planted-words" in page.text and URL in page.text and 'dir="rtl"' in page.body, "the packet to print, in Arabic", page.text[-400:])


def left_behind(tap, desk):
    data = b"".join(open(p, "rb").read() for p in glob.glob(f"{desk.folder}/**", recursive=True) if os.path.isfile(p))
    tap.equal([p for p in PLANTED if p.encode() in data], [], f"no word of it is in {len(data) // 1024} kB of the desk's folder")
    tap.equal([p for p in PLANTED if p in desk.desk.output()], [], "nor in the log")
    pid, secret = desk.desk.pid, PLANTED + ["il faut agir", "then an ocelot"]
    if readable(pid):
        left = wait_until(lambda: not found(pid, secret), 3) or found(pid, secret)
        tap.ok(left is True, "nor in the desk's memory", left)
    else:
        tap.skip("nor in the desk's memory", "this user may not read the memory of another process")
    temp = [p for p in glob.glob(tempfile.gettempdir() + "/*") if os.path.isfile(p) and os.path.getsize(p) < 1 << 22 and os.stat(p).st_mtime > START
            and any(w.encode() in open(p, "rb").read() for w in PLANTED)]
    tap.equal(temp, [], "nor in a temporary file")


START = __import__("time").time()
with Tap() as tap, tempfile.TemporaryDirectory(prefix="hisn-police-") as folder, Desk(free_port(18340, 18349)) as desk:
    police, other = Police(folder, "police"), Police(folder, "other")
    admin = administrator(desk)
    b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR, "sonia": SUPERVISOR})
    case = report(desk)
    recipient(b["samir"], "police", {"name": "Brigade", "mail": "brigade@police.example", "key": police.public, "fingerprint": police.number})
    recipient(b["samir"], "prosecutor", {"name": "Parquet", "postal": "1 Street"})
    ids = dict(desk.rows("SELECT name, lower(hex(id)) FROM recipient"))
    id = two_people(tap, desk, b, case, ids["Brigade"])
    packet, path = made(tap, desk, b, id, police, folder)
    content(tap, folder)
    nobody_else(tap, packet, path, police, other, folder)
    on_paper(tap, desk, b, case, ids["Parquet"])
    released_for_one_key(tap, desk, b, case, ids["Brigade"], police, other)
    while_it_waits(tap, desk, b, case, ids["Brigade"])
    a_long_case(tap, desk, b, case, ids["Brigade"])
    not_there(tap, desk, b, id)
    left_behind(tap, desk)
