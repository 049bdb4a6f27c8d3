# SPDX-License-Identifier: Apache-2.0
"""What tests of faults share: a process stopped as it enters a system call, what must be true of a desk's database
whatever happened to it, and what of it one action changes."""
import collections, glob, json, os, re, shutil, subprocess

from hisnflow import Process, program, wait_until


class Stopped:
    """strace on a process: SIGKILL as a thread of it enters its Nth call of this kind."""

    def __init__(self, process, number, call):
        self.process = process
        self.strace = Process(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                               f"inject={call}:signal=SIGKILL:when={number}", "-p", process.pid])
        self.good = wait_until(lambda: self._attached() or not self.process.alive(), 5)  # what it does by itself may come first

    def _attached(self):
        tasks = glob.glob(f"/proc/{self.process.pid}/task/*/status")
        try:
            return tasks and self.strace.alive() and all("TracerPid:\t0\n" not in open(t).read() for t in tasks)
        except (FileNotFoundError, ProcessLookupError):
            return False  # a thread ended meanwhile: look again

    def end(self):
        """Whether it was killed, be it only now."""
        self.strace.stop()
        return wait_until(lambda: not self.process.alive(), 10) if self._ends() else not self.process.alive()

    def _ends(self):
        for task in glob.glob(f"/proc/{self.process.pid}/task/*/status"):
            try:
                status = open(task).read()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if re.search(r"^State:\t[ZX]", status, re.M) or int(re.search(r"^SigPnd:\t(\w+)", status, re.M).group(1), 16) >> 8 & 1:
                return True
        return False


class Counted:
    """strace on a process: how many calls of each of these kinds the busiest thread makes."""

    def __init__(self, process, calls, file):
        self.process, self.file = process, file
        self.strace = Process(["strace", "-f", "-qq", "-o", file, "-e", "trace=" + ",".join(calls), "-p", process.pid])
        self.good = wait_until(lambda: Stopped._attached(self), 5)

    def end(self):
        self.strace.stop()
        each = collections.Counter()
        with open(self.file) as f:
            for line in f:
                thread, said = line.split(None, 1)
                if "(" in said and not said.startswith("<"):
                    each[thread, said.split("(")[0]] += 1
        most = {}
        for (_, call), n in each.items():
            most[call] = max(n, most.get(call, 0))
        return most


def can_trace():
    return shutil.which("strace") and subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", "inject=getppid:signal=SIGKILL:when=9",
                                                      "true"], stderr=subprocess.DEVNULL).returncode == 0


# --- what must be true ---------------------------------------------------------------------------

def _did(*actions, of="x.report = r.id"):
    names = ", ".join(f"'case.{a}'" for a in actions)
    return f"(SELECT count(*) FROM audit x WHERE x.action IN ({names}) AND {of})"


def _messages(*types):
    return f"(SELECT count(*) FROM message m WHERE m.report = r.id AND m.type IN ({', '.join(map(str, types))}))"


REPORT, QUESTION, ANSWER, NOTE, WITHDRAWAL, NOTICE, ASSESSMENT, LETTER, TASK = range(1, 10)
OPEN = "('referred', 'accepted', 'done')"
RULES = {
    "a report without its text": "SELECT id FROM report WHERE id NOT IN (SELECT report FROM message WHERE seq = 0 AND type = 1)",
    "a report without its key": "SELECT id FROM report WHERE id NOT IN (SELECT report FROM wrap WHERE number = 0 AND unit = 'national')",
    "a receipt without a mailbox": "SELECT id FROM report WHERE (lookup IS NULL) <> (mailbox IS NULL)",
    "a number of a form that is missing, or doubled": "SELECT id FROM report r WHERE (SELECT count(*) FROM once o WHERE o.report = r.id)"
                                                      f" <> 1 + {_messages(ANSWER, WITHDRAWAL)}",
    "a message missing between others": "SELECT report FROM message GROUP BY report HAVING max(seq) <> count(*) - 1",
    "a message without its key": "SELECT 1 FROM message m WHERE NOT EXISTS"
                                 " (SELECT 1 FROM wrap w WHERE w.report = m.report AND w.number = m.number)",
    "a key without its message": "SELECT 1 FROM wrap w WHERE NOT EXISTS"
                                 " (SELECT 1 FROM message m WHERE m.report = w.report AND m.number = w.number)",
    "two messages under one key of their own": "SELECT report FROM message WHERE number > 0 GROUP BY report, number HAVING count(*) > 1",
    "a key of the wrong kind": "SELECT report, type FROM message WHERE (number = 0) <> (type IN (1, 2, 8)) OR (author IS NULL) <> (type IN (1, 3, 5))",
    "a message without its copy": "SELECT 1 FROM message m WHERE type IN (2, 3, 5) AND NOT EXISTS"
                                  " (SELECT 1 FROM mailbox b WHERE b.report = m.report AND b.seq = m.seq)",
    "a copy without its message": "SELECT 1 FROM mailbox b WHERE NOT EXISTS"
                                  " (SELECT 1 FROM message m WHERE m.report = b.report AND m.seq = b.seq AND m.type IN (2, 3, 5))",
    "a key the desk does not hold, or twice": "SELECT hex(m.report), m.seq FROM message m WHERE (m.author IS NULL OR m.unit = 'national') AND 1 <>"
                                              " (SELECT count(*) FROM wrap w WHERE w.report = m.report AND w.number = m.number AND w.unit = 'national')",
    "keys with a unit that has no right to them": "SELECT hex(w.report), w.unit FROM wrap w JOIN message m ON m.report = w.report AND m.number = w.number"
        " WHERE w.unit <> 'national' AND m.author IS NULL AND NOT EXISTS (SELECT 1 FROM referral f WHERE f.report = w.report AND f.unit = w.unit"
        " AND f.epoch = w.epoch) AND NOT EXISTS (SELECT 1 FROM access x WHERE x.report = w.report AND x.unit = w.unit AND x.epoch = w.epoch)",
    "a unit without its keys": "SELECT hex(m.report), f.unit FROM message m JOIN (SELECT report, unit, epoch FROM referral UNION SELECT report, unit, epoch"
        " FROM access) f ON f.report = m.report WHERE f.epoch <> 0 AND m.author IS NULL AND NOT EXISTS (SELECT 1 FROM wrap w WHERE"
        " w.report = m.report AND w.number = m.number AND w.unit = f.unit AND w.epoch = f.epoch)",
    "a referral's keys against its state": f"SELECT hex(report), state, epoch FROM referral WHERE (epoch <> 0) <> (state IN {OPEN})",
    "a referral's hour against its state": "SELECT hex(report), state FROM referral WHERE (referred IS NULL AND state NOT IN ('proposed', 'revoked'))"
                                           " OR (referred IS NOT NULL AND state = 'proposed') OR (signed_by IS NOT NULL AND state = 'proposed')",
    "a referral shown": f"SELECT hex(report), unit FROM referral GROUP BY report, unit HAVING sum(shown) <> max(state IN {OPEN})",
    "an ended referral shown": f"SELECT hex(report) FROM referral WHERE shown = 1 AND state NOT IN {OPEN}",
    "a referral without its letter": "SELECT hex(report) FROM referral f WHERE NOT EXISTS"
                                     " (SELECT 1 FROM message m WHERE m.report = f.report AND m.seq = f.text AND m.type = 8)",
    "a referral's version": "SELECT hex(report), unit, sum(version) FROM referral f GROUP BY report, unit HAVING sum(version) <> "
        + _did("sign", "decline", "accept", "reject", "revoke", "transfer", "done", of="x.report = f.report AND x.object = f.unit"),
    "referrals": f"SELECT hex(id) FROM report r WHERE (SELECT count(*) FROM referral f WHERE f.report = r.id) <> {_did('propose', 'refer')}",
    "a notice without its letter": "SELECT hex(id) FROM notice n WHERE NOT EXISTS"
                                   " (SELECT 1 FROM message m WHERE m.report = n.report AND m.seq = n.text AND m.type = 6)",
    "notices": f"SELECT hex(id) FROM report r WHERE (SELECT count(*) FROM notice n WHERE n.report = r.id) <> {_did('draft')} OR {_messages(NOTICE)} <> {_did('draft')}",
    "a notice's state": "SELECT hex(id), state FROM notice WHERE (sent IS NULL AND state NOT IN ('drafted', 'ended')) OR (sent IS NOT NULL AND state = 'drafted')"
                        " OR (ended IS NULL) <> (state <> 'ended')",
    "a notice's rechecks": "SELECT hex(id), state FROM notice n WHERE (SELECT count(*) FROM recheck k WHERE k.notice = n.id AND k.n <= 3) <> CASE WHEN sent IS NULL"
                           " THEN 0 WHEN ended IS NULL THEN 3 ELSE (SELECT count(*) FROM recheck k WHERE k.notice = n.id AND k.at IS NOT NULL) END",
    "notices' versions": "SELECT hex(id) FROM report r WHERE (SELECT coalesce(sum(n.version), 0) FROM notice n WHERE n.report = r.id) <> "
                         + _did("send", "acknowledge", "recheck_up", "recheck_offline", "recheck_moved", "recheck_unclear", "end_notice"),
    "a notice handed over": "SELECT hex(n.id) FROM notice n WHERE state = 'drafted' AND (handed IS NOT NULL) <> (SELECT coalesce(sum(CASE x.action"
        " WHEN 'notice.hand' THEN 1 WHEN 'notice.not-sent' THEN -1 ELSE 0 END), 0) FROM audit x WHERE x.object = lower(hex(n.id)))",
    "a report's version": "SELECT hex(id), version FROM report r WHERE version <> (SELECT count(*) FROM audit x WHERE x.report = r.id AND x.action LIKE 'case.%'"
                          " AND x.action <> 'case.view') + " + _did("duplicate", of="x.object = lower(hex(r.id))"),
    "questions and answers": f"SELECT hex(id) FROM report r WHERE {_messages(QUESTION)} <> {_did('ask')} OR {_messages(ANSWER, WITHDRAWAL)} <> {_did('answered')}",
    "assessments": f"SELECT hex(id) FROM report r WHERE {_messages(ASSESSMENT)} <> {_did('confirm', 'unconfirm')}",
    "tasks": "SELECT hex(id) FROM report r WHERE (SELECT count(*) FROM task k WHERE k.report = r.id)"
             f" <> {_did('task', 'opinion')} OR {_messages(TASK)} <> {_did('task', 'opinion')}",
    "a duplicate": "SELECT hex(id) FROM report r WHERE (main IS NULL) = (state = 'duplicate') OR main IN (SELECT o.id FROM report o WHERE o.main IS NOT NULL)",
    "somebody excluded who works on it": "SELECT hex(report) FROM excluded e WHERE EXISTS (SELECT 1 FROM report r WHERE r.id = e.report AND r.assigned = e.member)"
        " OR EXISTS (SELECT 1 FROM task k WHERE k.report = e.report AND k.member = e.member AND k.done IS NULL)",
    "a hold": f"SELECT hex(id) FROM report r WHERE held <> {_did('hold')} - {_did('unhold')}",
    "units told": "SELECT hex(id) FROM report r WHERE (SELECT count(*) FROM outbox o WHERE o.kind = 'referred' AND o.about = lower(substr(hex(r.id), 1, 8))) <> "
                  + _did("refer", "sign"),
    "a figure of what came in": "SELECT n FROM (SELECT coalesce(sum(n), 0) AS n FROM figure WHERE state = 'received') WHERE n <> (SELECT count(*) FROM report)",
    "the trail's head": "SELECT size FROM audit_head WHERE size <> (SELECT count(*) FROM audit) OR size <> (SELECT max(seq) + 1 FROM audit)"
                        " OR chain <> (SELECT chain FROM audit ORDER BY seq DESC LIMIT 1)",
}
# What is counted as each action is done: entering a state, and how long a step took.
FIGURES = {"proposed": ("propose",), "referred": ("refer", "sign"), "accepted": ("accept",), "done": ("done",), "revoked": ("revoke", "decline"),
           "transferred": ("transfer",), "confirmed": ("confirm",), "assessing": ("assess",), "duplicate": ("duplicate",), "drafted": ("draft",), "sent": ("send",)}
STEPS = {"first_look": ("take",), "assessed": ("confirm", "unconfirm"), "referred": ("refer", "sign"), "accepted": ("accept",), "unit_done": ("done",),
         "notice_sent": ("send",), "offline": ("recheck_offline",)}


class Epochs:
    """Number -> (unit, class), as the key process knows them."""

    def __init__(self, desk):
        self.desk, self.known = desk, {0: ("", "")}

    def __getitem__(self, number):
        if number not in self.known:
            said = json.loads(self.desk.run("hisn-keys", "epochs", "--json", "--socket", self.desk.socket))
            self.known.update({e["id"]: (e["unit"], e["class"]) for e in said})
        return self.known[number]


CLASSES = ("triage", "spam", "unfounded", "confirmed", "hold")
NEVER = 253402300800


def trail(desk):
    """What 'hisn desk audit verify' finds."""
    r = subprocess.run([program("hisn-desk"), "audit", "verify", "--config", f"{desk.folder}/desk.yaml"], env=dict(os.environ, **desk.env),
                       text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return [("the audit trail", r.stdout)] if r.returncode else []


def halves(desk, epochs):
    """All that is not whole: what SQLite finds, rows without those that belong to them, keys of another class than their
    report's, figures that are not counts of what was done, a trail that does not verify."""
    bad = [r for r in desk.rows("PRAGMA integrity_check") if r != ("ok",)] + desk.rows("PRAGMA foreign_key_check")
    for what, sql in RULES.items():
        bad += [(what, *r) for r in desk.rows(sql)]
    for table, column, counted in (("figure", "state", FIGURES), ("figure_step", "step", STEPS)):
        for name, actions in counted.items():
            have = desk.rows(f"SELECT coalesce(sum(n), 0), {_did(*actions, of='1 = 1')} FROM {table} WHERE {column} = ?", name)[0]
            bad += [(table, name, *have)] if have[0] != have[1] else []
    for report, held, number in desk.rows("SELECT DISTINCT lower(hex(w.report)), r.class, w.epoch FROM wrap w JOIN report r ON r.id = w.report"
                                          " WHERE w.unit = 'national' UNION SELECT lower(hex(b.report)), r.class, b.epoch FROM blind b JOIN report r ON r.id = b.report"):
        if epochs[number] != ("national", CLASSES[held]):
            bad.append(("keys of another class", report, CLASSES[held], epochs[number]))
    return bad + trail(desk)


# --- what one action changes -----------------------------------------------------------------------

def shape(desk, epochs, reports):
    """What the database says of these reports ({name: id}), without what is another each time: numbers at random, sealed
    bytes, hours. A Counter of lines; the difference of two is what happened between them."""
    names = {id: name for name, id in reports.items()}
    lines = collections.Counter()

    def add(table, sql, keep=lambda *r: r):
        for id, *rest in desk.rows(sql):
            if id in names:
                lines[(table, names[id], *keep(*rest))] += 1
    add("report", "SELECT id, state, unit, priority, class, work, status, assigned, version, held, keep_until IS NULL, due, main FROM report",
        lambda *r: (*r[:-2], r[-2] == NEVER, names.get(r[-1], r[-1])))
    add("message", "SELECT report, seq, type, number, author, unit FROM message")
    add("wrap", "SELECT report, number, unit, epoch FROM wrap", lambda n, unit, e: (n, unit, epochs[e]))
    add("mailbox", "SELECT report, seq FROM mailbox")
    add("blind", "SELECT report, kind, epoch, count(*) FROM blind GROUP BY report, kind, epoch", lambda kind, e, n: (kind, epochs[e], n))
    add("referral", "SELECT report, unit, state, version, text, proposed_by, signed_by, referred IS NULL, shown, epoch FROM referral",
        lambda *r: (*r[:-1], epochs[r[-1]]))
    add("notice", "SELECT report, state, version, kind, channel, template, text, drafted_by, sent IS NULL, acknowledged IS NULL, ended IS NULL, handed IS NULL FROM notice")
    add("recheck", "SELECT n.report, k.n, k.at IS NULL, k.outcome, k.member FROM recheck k JOIN notice n ON n.id = k.notice")
    add("access", "SELECT report, unit, member, granted_by, epoch FROM access", lambda *r: (*r[:-1], epochs[r[-1]]))
    add("excluded", "SELECT report, member, why FROM excluded")
    add("task", "SELECT report, kind, member, unit, text, asked_by, done IS NULL FROM task")
    add("once", "SELECT report FROM once")
    add("audit", "SELECT report, action, member, role, CASE WHEN length(object) = 32 THEN '' ELSE object END, detail FROM audit"
                 " WHERE action NOT IN ('case.view', 'message.open', 'refused')", lambda *r: r if "until=" not in (r[-1] or "") else r[:-1])
    short = {id.hex()[:8]: name for name, id in reports.items()}
    for kind, address, about in desk.rows("SELECT kind, address, '#' || about FROM outbox"):  # of eight digits it would be read as a number
        if about and about[1:] in short:
            lines["outbox", short[about[1:]], kind, address] += 1
    for state, kind, priority, n in desk.rows("SELECT state, kind, priority, sum(n) FROM figure GROUP BY state, kind, priority"):
        lines["figure", state, kind, priority] += n
    for step, priority, n in desk.rows("SELECT step, priority, sum(n) FROM figure_step GROUP BY step, priority"):
        lines["figure_step", step, priority] += n
    return lines


def difference(before, after):
    """{line: +n or -n}"""
    return {k: after[k] - before[k] for k in before | after if after[k] != before[k]}


def summary(delta):
    """How many rows of each table came (+), went (-) or are others (~), as words: "audit+1 message+1 report~1"."""
    came, went = collections.Counter(), collections.Counter()
    for line, n in delta.items():
        (came if n > 0 else went)[line[0]] += abs(n)
    words = []
    for table in sorted(came | went):
        same = min(came[table], went[table])
        more = came[table] - went[table]
        words += [f"{table}~{same}"] if same else []
        words += [f"{table}{more:+d}"] if more else []
    return " ".join(words)
