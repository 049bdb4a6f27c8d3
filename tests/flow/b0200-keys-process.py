#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hisn keys: the real process over its socket, from an empty store to a founded desk, and what it does
when it is killed, asked by the wrong user, flooded, or out of disk."""
import base64, errno, glob, json, os, pwd, resource, signal, stat, subprocess, sys, time
from hisnflow import Process, Tap, folder, program, run, wait_until

HISN, DRIVER = program("hisn"), program("tests/flow/keys-driver")
PLAIN = "planted-plain-text-of-a-report"
PASSWORD = "correct horse number".replace(" ", "-")
EPERM, EACCES, EAGAIN, ENOENT, ECONNREFUSED = (-e for e in (errno.EPERM, errno.EACCES, errno.EAGAIN, errno.ENOENT, errno.ECONNREFUSED))
NATIONAL = "national"
TRIAGE, SPAM, CONFIRMED = 0, 1, 3
ANALYST, SUPERVISOR, AUDITOR = 1, 2, 4
# A process that nobody may ptrace cannot be searched for leaks from within; and a SIGSEGV is to end it.
SANITIZER = {"ASAN_OPTIONS": "detect_leaks=0:handle_segv=0"}


class Driver(Process):
    """The client: one line asked, one answered. ask() gives a list of words, or the error's number."""

    def __init__(self, socket, user=None):
        argv = [DRIVER, socket]
        if user:
            argv = ["setpriv", f"--reuid={user}", "--clear-groups"] + argv
        super().__init__(argv, pipes=True)

    def ask(self, *words):
        self.say(" ".join(str(w) for w in words))
        answer = self.hear().split(" ")
        if answer[0] == "error":
            return int(answer[1])
        return answer[1:]


class Desk:
    """A store in a folder of its own, and its process."""

    def __init__(self, where=None):
        self.at = where or folder()
        self.store, self.key = f"{self.at}/store/S", f"{self.at}/host.key"
        self.backup, self.socket = f"{self.at}/store/S.backup", f"{self.at}/run/socket"
        self.process = None

    def init(self, *more):
        return run(HISN, "keys", "init", "--store", self.store, "--host-key", self.key, *more)

    def start(self, *more, prefix=()):
        self.process = Process([*prefix, program("hisn-keys"), "serve", "--store", self.store, "--host-key", self.key,
                                "--socket", self.socket, "--backup", self.backup, "--password-memory", "8", *more],
                               env=SANITIZER)
        if not wait_until(lambda: "started" in self.process.output() or not self.process.alive(), 20):
            raise RuntimeError("not started: " + self.process.output())
        return self.process

    def driver(self, **more):
        return Driver(self.socket, **more)


def found(d, unit=NATIONAL):
    """Two national supervisors confirm each other: their numbers, signed in."""
    a, b = d.ask("new", unit, SUPERVISOR, PASSWORD + "-a"), d.ask("new", unit, SUPERVISOR, PASSWORD + "-b")
    for m, end in ((a, "-a"), (b, "-b")):
        d.ask("in", m[0], PASSWORD + end)
    return a, b


def basics(tap, desk):
    code, out = desk.init()
    tap.equal(code, 0, "init makes store and host key")
    tap.equal([stat.S_IMODE(os.stat(p).st_mode) for p in (desk.key, desk.store)], [0o400, 0o600], "modes 0400 and 0600")
    tap.ok("NOT" in out and desk.key in out, "it says what to back up and what not", out)
    before = open(desk.store, "rb").read()
    code, out = desk.init()
    tap.ok(code == 1 and open(desk.store, "rb").read() == before, "init never overwrites a store", out)
    desk.start()
    tap.equal(stat.S_IMODE(os.stat(desk.socket).st_mode), 0o660, "the socket has mode 0660")
    tap.equal(stat.S_IMODE(os.stat(os.path.dirname(desk.socket)).st_mode), 0o750, "its folder 0750")
    tap.ok(os.path.exists(desk.backup), "the store's own backup is made at the start")
    code, out = run(program("hisn-keys"), "serve", "--store", desk.store, "--host-key", desk.key, "--socket", desk.at + "/run/two")
    tap.ok(code == 1 and not os.path.exists(desk.at + "/run/two"), "a second process on the same store is refused", out)
    code, out = run(HISN, "keys", "status", "--json", "--socket", desk.socket)
    tap.ok(code == 0 and json.loads(out)["founded"] is False, "status --json before founding", out)


def members(tap, desk, d):
    a, b = found(d)
    tap.ok(d.ask("report", 0, NATIONAL, TRIAGE, PLAIN), "a report sealed to triage, before founding")
    tap.equal(d.ask("open", a[0], 0), EACCES, "a candidate opens nothing")
    tap.equal(d.ask("confirm", a[0], a[0], a[3]), EPERM, "nobody confirms oneself")
    wrong = "00000" + a[3][5:]
    tap.ok(d.ask("confirm", b[0], a[0], wrong) == -1010, "another fingerprint is refused")
    tap.equal((d.ask("confirm", a[0], b[0], b[3]), d.ask("confirm", b[0], a[0], a[3])), ([], []), "two confirm each other")
    tap.equal(d.ask("status")[3:5], ["2", "1"], "two founders: founded")
    tap.equal(d.ask("who", a[0])[0], a[0], "a session says whose it is")
    tap.equal(d.ask("in", a[0], "not-the-password"), EACCES, "a wrong password is refused")
    tap.ok(wait_until(lambda: f"sign-in refused: member {a[0]}" in desk.process.output()), "the journal has the member's number",
           desk.process.output())
    tap.equal(d.ask("in", a[0], PASSWORD + "-a"), [], "the right one signs in")
    tap.equal(d.ask("password", a[0], PASSWORD + "-a", PASSWORD + "-c"), [], "a new password")
    tap.equal(d.ask("in", a[0], PASSWORD + "-c"), [], "signs in")
    code, out = run(HISN, "keys", "members", "--json", "--socket", desk.socket)
    tap.ok(code == 0 and [m["state"] for m in json.loads(out)] == ["active", "active"], "hisn keys members --json", out)
    return a[0], b[0]


def messages(tap, d, a, b):
    tap.equal(d.ask("open", a, 0), [PLAIN], "founded: a member opens what came before")
    tap.ok(d.ask("report", 0, NATIONAL, TRIAGE, PLAIN), "a report sealed to triage")
    tap.equal(d.ask("open", a, 0), [PLAIN], "a member opens it")
    tap.equal(d.ask("open", 63, 0), EACCES, "without a session nobody does")
    tap.equal(d.ask("note", b, 0, PLAIN + "-note"), [PLAIN + "-note"], "a note under the report's key")
    to = d.ask("rewrap", a, 0, NATIONAL, CONFIRMED)
    tap.ok(isinstance(to, list) and d.ask("open", b, 0) == [PLAIN], "rewrapped to another class, it opens", to)
    tap.equal(d.ask("receipt", 5, 0), d.ask("receipt", 5, 1), "a receipt's lookup is the same on return")
    tap.equal(d.ask("mail", 5, PLAIN + "-mail"), [PLAIN + "-mail"], "mail opens with the words")
    triage = d.ask("epoch", NATIONAL, TRIAGE)[0]
    tap.ok(d.ask("blind", 0, triage, 1, "www.example") == d.ask("blind", a, triage, 1, "www.example"), "blind index, intake and member")
    tap.equal(d.ask("blind", 0, to[0], 1, "www.example"), EACCES, "intake has none of other epochs")
    tap.equal(d.ask("form"), ["1"], "two keys for forms")
    tap.equal(d.ask("epoch", "no/unit", TRIAGE), -errno.EINVAL, "not a unit's name")
    tap.equal((d.ask("out", b), d.ask("open", b, 0)), ([], EACCES), "signed out, it stays closed")


def erasure(tap, desk, d, a):
    spam = d.ask("report", 1, NATIONAL, SPAM, PLAIN)
    tap.equal(d.ask("open", a, 1), [PLAIN], "a report in spam opens")
    path = desk.at + "/pw"
    with open(path, "w") as f:
        f.write(PASSWORD + "-c\n")
    code, out = run(HISN, "keys", "erase", spam[0], "--member", a, "--password-file", path, "--socket", desk.socket)
    os.unlink(path)
    tap.ok(code == 0 and "seven days" in out, "hisn keys erase says when erasure is complete", out)
    tap.equal(d.ask("open", a, 1), ENOENT, "then nobody opens it")
    tap.ok(f"epoch {spam[0]} erased" in desk.process.output(), "the journal has the epoch's number")
    code, out = run(HISN, "keys", "epochs", "--json", "--socket", desk.socket)
    tap.ok(code == 0 and int(spam[0]) not in [e["id"] for e in json.loads(out)], "and 'epochs' no longer has it", out)


def restart(tap, desk, d, a):
    desk.process.stop()
    tap.equal(desk.process.p.returncode, 0, "SIGTERM: a clean end")
    tap.ok("stopped" in desk.process.output() and not os.path.exists(desk.socket), "said so, and the socket is gone")
    tap.equal(d.ask("status"), ECONNREFUSED, "no process: connection refused")
    desk.start()
    tap.ok(isinstance(d.ask("status"), list), "the same client goes on with the next process")
    desk.process.kill()
    desk.start()
    tap.ok(isinstance(d.ask("status"), list), "also over a kept connection whose process was killed")
    tap.equal(d.ask("open", a, 0), EACCES, "sessions end with the process")
    tap.equal((d.ask("in", a, PASSWORD + "-c"), d.ask("open", a, 0)), ([], [PLAIN]), "signed in again, the report opens")


def killed_amid_changes(tap, desk, d, a):
    """kill -9 at moments of a stream of changes: after each, all that was answered is there, and at most
    one more."""
    known = set(d.ask("members"))
    lost = half = 0
    for i in range(8):
        with desk.driver() as other:
            for n in range(6):
                other.say(f"new north {ANALYST} {PASSWORD}-{n}")
            time.sleep(0.03 * i)
            desk.process.kill()
            answers = [other.hear().split() for _ in range(6)]
        desk.start()
        now = set(d.ask("members"))
        made = {f"{w[1]}:1" for w in answers if w[0] == "ok"}
        lost += len((known | made) - now)
        half += len(now - known - made) > 1
        known = now
    tap.equal((lost, half), (0, 0), f"killed eight times: {len(known)} members, nothing lost, nothing half")
    tap.equal((d.ask("in", a, PASSWORD + "-c"), d.ask("open", a, 0)), ([], [PLAIN]), "and the report still opens")
    copy = desk.store + ".new.Ab3dEf"
    with open(copy, "wb") as f:
        f.write(open(desk.store, "rb").read())
    desk.process.kill()
    desk.start()
    left = sorted(os.listdir(os.path.dirname(desk.store)))
    tap.equal(left, ["S", "S.backup", "S.lock"], "no unfinished copy is left beside the store, where erased keys could outlive")
    d.ask("in", a, PASSWORD + "-c")


def limits(tap, desk, d):
    n, err = d.ask("until", 5000)
    tap.ok(int(err) == EAGAIN and int(n) > 10, f"coming back {n} times in a row is told to wait", err)
    tap.ok(wait_until(lambda: "rate limit reached" in desk.process.output(), 5), "the journal counts it", desk.process.output())
    refused = [d.ask("in", 2, "wrong-password-again") for _ in range(6)]
    tap.ok(refused[0] == EACCES and refused[-1] == EAGAIN, "wrong passwords: slower and slower", refused)


def wrong_user(tap, desk):
    if os.geteuid():
        return tap.skip("another user is refused", "needs root")
    os.chmod(desk.at, 0o755)
    with desk.driver(user=pwd.getpwnam("nobody").pw_uid) as n:
        tap.equal(n.ask("status"), EPERM, "another user cannot reach the socket")
    os.chmod(os.path.dirname(desk.socket), 0o755)
    os.chmod(desk.socket, 0o666)
    with desk.driver(user=pwd.getpwnam("nobody").pw_uid) as n:
        tap.equal(n.ask("status"), EPERM, "nor is answered, were the modes wrong")
        tap.equal(n.ask("receipt", 5, 0), EPERM, "not even for a receipt")
    want = f"the last of user {pwd.getpwnam('nobody').pw_uid}"
    tap.ok(wait_until(lambda: want in desk.process.output(), 5), "the journal says which user", desk.process.output())
    desk.process.stop()
    desk.start("--peer-user", "nobody")
    os.chmod(os.path.dirname(desk.socket), 0o755)
    os.chmod(desk.socket, 0o666)
    with desk.driver(user=pwd.getpwnam("nobody").pw_uid) as n:
        tap.ok(isinstance(n.ask("status"), list), "with --peer-user they are answered")


def no_core(tap, desk):
    p = desk.process
    limits = open(f"/proc/{p.pid}/limits").read()
    line = next(l for l in limits.splitlines() if l.startswith("Max core file size"))
    tap.equal(line.split()[4:6], ["0", "0"], "no core file by limit")
    status = dict(l.split(":\t", 1) for l in open(f"/proc/{p.pid}/status").read().splitlines() if ":\t" in l)
    tap.equal((status["NoNewPrivs"].strip(), status["CapEff"].strip().strip("0")), ("1", ""), "no new privileges, no capabilities")
    if "call not confined" not in p.output() and "system calls are not confined" not in p.output():
        tap.equal(status["Seccomp"].strip(), "2", "system calls are filtered")
    else:
        tap.skip("system calls are filtered", "a build with a sanitizer, or no seccomp")
    if not os.geteuid():
        tap.equal(os.stat(f"/proc/{p.pid}/environ").st_uid, 0, "not dumpable: its memory is root's")
    here = set(glob.glob(desk.at + "/**/core*", recursive=True)) | set(glob.glob("core*"))
    p.signal(signal.SIGSEGV)
    tap.equal(p.wait(), -signal.SIGSEGV, "SIGSEGV ends it")
    after = set(glob.glob(desk.at + "/**/core*", recursive=True)) | set(glob.glob("core*"))
    tap.equal(after - here, set(), "without a core file")
    desk.start()


def full_disk(tap, desk, d, a):
    """RLIMIT_FSIZE a little above what the store has: the change that would grow it beyond fails whole."""
    desk.process.stop()
    size = os.path.getsize(desk.store)
    desk.start(prefix=("prlimit", f"--fsize={size + 300}"))
    with_before = d.ask("members")
    before = open(desk.store, "rb").read()
    answers = [d.ask("new", "north", ANALYST, f"{PASSWORD}-full-{i}") for i in range(6)]
    bad = [x for x in answers if not isinstance(x, list)]
    good = [x for x in answers if isinstance(x, list)]
    tap.ok(bad and all(x == -errno.EFBIG for x in bad), "no room: the change is refused", answers)
    tap.equal(len(d.ask("members")), len(with_before) + len(good), "memory is as it was")
    tap.equal((d.ask("in", a, PASSWORD + "-c"), d.ask("open", a, 0)), ([], [PLAIN]), "opening still works")
    tap.ok("could not be kept" in desk.process.output(), "the journal says so", desk.process.output())
    tap.ok(good or open(desk.store, "rb").read() == before, "the file is as it was")
    desk.process.stop()
    desk.start()
    tap.equal(len(d.ask("members")), len(with_before) + len(good), "and with room again nothing is missing")


def nothing_in_clear(tap, desk, output):
    planted = [PLAIN, PASSWORD, "www.example"]
    forms = []
    for p in planted:
        forms += [p.encode(), p.encode("utf-16-le"), base64.b64encode(p.encode())[:-4], p.encode().hex().encode()]
    key = open(desk.key, "rb").read()
    seen = []
    for top, _, names in os.walk(desk.at):
        for name in names:
            path = os.path.join(top, name)
            if not stat.S_ISREG(os.stat(path).st_mode):
                continue
            data = open(path, "rb").read()
            seen += [(path, f) for f in forms if f in data]
            if path != desk.key and key in data:
                seen.append((path, "host key"))
    seen += [("journal", f) for f in forms if f in output.encode()]
    tap.equal(seen, [], "no planted text, password or key in store, backup or journal")
    probe = desk.at + "/probe"
    with open(probe, "w") as f:
        f.write(PLAIN)
    tap.ok(any(f in open(probe, "rb").read() for f in forms), "(a leak planted on purpose is found)")


def recovery(tap):
    desk = Desk()
    public = []
    pw = desk.at + "/passphrase"
    with open(pw, "w") as f:
        f.write("five words that do not belong\n")
    for i in range(5):
        code, out = run(HISN, "keys", "holder", "new", "--out", f"{desk.at}/h{i + 1}", "--password-file", pw)
        public.append(out.splitlines()[0] if not code else "")
    tap.ok(all(len(p) == 64 for p in public), "five holders' pairs", public)
    holders = [x for p in public for x in ("--holder", p)]
    tap.equal(desk.init(*holders)[0], 0, "init with five holders")
    desk.start()
    with desk.driver() as d:
        a, b = found(d)
        d.ask("confirm", a[0], b[0], b[3]), d.ask("confirm", b[0], a[0], a[3])
        d.ask("report", 0, NATIONAL, TRIAGE, PLAIN)
        c = d.ask("new", NATIONAL, ANALYST, PASSWORD + "-d")
        tap.equal((d.ask("confirm", a[0], c[0], c[3]), d.ask("confirm", b[0], c[0], c[3])), ([], []), "a third member")
        epoch = d.ask("epochs")[0]
        north = d.ask("new", "north", SUPERVISOR, PASSWORD + "-n")
        tap.equal((d.ask("confirm", a[0], north[0], north[3]), d.ask("confirm", b[0], north[0], north[3])), ([], []),
                  "the first member of another unit, confirmed by the national desk")
        d.ask("in", north[0], PASSWORD + "-n")
        in_north = d.ask("rewrap", a[0], 0, "north", CONFIRMED)
        tap.equal((d.ask("open", north[0], 0), d.ask("open", a[0], 0)), ([PLAIN], EACCES), "a referral: theirs from then on")
        code, out = run(HISN, "keys", "recovery", "export", in_north[0], "--triple", "1,3,5", "--out", desk.at + "/r0",
                        "--store", desk.store, "--host-key", desk.key)
        tap.ok(code == 1 and "stop it first" in out, "the store is the process's while it runs", out)
        desk.process.stop()
        export = ["--store", desk.store, "--host-key", desk.key]
        code, out = run(HISN, "keys", "recovery", "export", in_north[0], "--triple", "1,3,5", "--out", desk.at + "/r0", *export)
        tap.ok(code == 0 and "holder 1 first" in out, "export", out)
        peel = lambda holder, i, o: run(HISN, "keys", "recovery", "peel", "--in", f"{desk.at}/{i}", "--out", f"{desk.at}/{o}",
                                        "--holder-key", f"{desk.at}/h{holder}", "--password-file", pw)
        code, out = peel(3, "r0", "wrong")
        tap.ok(code == 1 and "turn of holder 1" in out and not os.path.exists(desk.at + "/wrong"), "out of turn: refused", out)
        tap.equal((peel(1, "r0", "r1")[0], peel(3, "r1", "r2")[0]), (0, 0), "two holders peel")
        code, out = peel(5, "r2", "r3")
        tap.ok(code == 1 and "import" in out and not os.path.exists(desk.at + "/r3"), "the last layer never becomes a file", out)
        code, out = run(HISN, "keys", "recovery", "import", "--in", desk.at + "/r2", "--holder-key", desk.at + "/h5",
                        "--password-file", pw, "--member", a[0], *export)
        tap.ok(code == 0 and "recorded" in out, "the third imports, for a national member", out)
        code, out = run(HISN, "keys", "recovery", "list", "--json", *export)
        use = json.loads(out)
        tap.ok(len(use) == 1 and use[0]["epoch"] == int(in_north[0]) and use[0]["holders"] == [1, 3, 5], "the use is recorded", out)
        desk.start()
        d.ask("in", a[0], PASSWORD + "-a")
        tap.equal(d.ask("open", a[0], 0), [PLAIN], "the epoch is open to them")
        code, out = run(HISN, "keys", "status", "--json", "--socket", desk.socket)
        tap.equal(json.loads(out)["recoveries"], 1, "status counts it")
        desk.process.stop()
        code, out = run(HISN, "keys", "rekey", "--new-host-key", desk.at + "/new.key", *export)
        tap.equal(code, 0, "rekey under a new host key")
        code, out = run(HISN, "keys", "recovery", "list", *export)
        tap.ok(code == 1, "the old key opens nothing any more", out)
        desk.key = desk.at + "/new.key"
        desk.start()
        d.ask("in", a[0], PASSWORD + "-a")
        tap.equal(d.ask("open", a[0], 0), [PLAIN], "the new one does")
    desk.process.stop()


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    with Tap() as tap:
        desk = Desk()
        basics(tap, desk)
        output = ""
        with desk.driver() as d:
            a, b = members(tap, desk, d)
            messages(tap, d, a, b)
            erasure(tap, desk, d, a)
            output += desk.process.output()
            restart(tap, desk, d, a)
            limits(tap, desk, d)
            output += desk.process.output()
            no_core(tap, desk)
            full_disk(tap, desk, d, a)
            killed_amid_changes(tap, desk, d, a)
            output += desk.process.output()
        wrong_user(tap, desk)
        output += desk.process.output()
        nothing_in_clear(tap, desk, output)
        desk.process.stop()
        recovery(tap)


main()
