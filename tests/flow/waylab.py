# SPDX-License-Identifier: Apache-2.0
"""The way of a case, from its arrival to the end of a notice: who does what, through which form, and what each action
changes in the database. Its people; and the way back for them after a process was killed."""
import glob, os, re, time, urllib.parse

from desklab import Browser
from faultlab import Epochs, halves, shape
from hisnflow import wait_until
from stafflab import ANALYST, OFFICER, SUPERVISOR, administrator, confirm, fingerprint, founded, invited, join, signed_in

QUESTIONS = ("necessity", "risk", "view", "others", "alternatives")
UNIT = "MA-CAS"


# --- who is there ---------------------------------------------------------------------------------

class Mta:
    """A stand-in for sendmail: it keeps what goes to hosts, and has no time for what goes to staff, which waits in the
    outbox then."""

    def __init__(self, folder):
        self.path, self.took = f"{folder}/sendmail", f"{folder}/took"
        with open(self.path, "w") as f:
            f.write("#!/bin/sh\nPATH=/usr/bin:/bin\ncase \"$*\" in *@staff.example*) cat >/dev/null; exit 75;; esac\n"
                    f"cat >{self.took}.$$.tmp; mv {self.took}.$$.tmp {self.took}.$$\n")
        os.chmod(self.path, 0o755)

    def letters(self):
        """How many hosts were written to; after the program had time to end."""
        if not wait_until(lambda: not glob.glob(self.took + ".*.tmp"), 2, 0.01):
            for half in glob.glob(self.took + ".*.tmp"):  # of one that was killed with the desk
                os.unlink(half)
        return len(glob.glob(self.took + ".*[0-9]"))


class Lab:
    """The desk, its people, and the way back after a kill. Who is not signed in any more does so when they are next asked."""

    def __init__(self, desk, mta):
        self.desk, self.mta, self.gone, self.cases = desk, mta, set(), 0
        admin = administrator(desk)
        self.b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR, "leila": SUPERVISOR})
        number = fingerprint(join(desk, invited(admin, OFFICER, "omar", UNIT), "omar"))
        for who in ("amal", "samir"):
            confirm(self.b[who], "Omar", number)
        self.b["omar"], self.b["admin"] = signed_in(desk, "omar")[0], admin
        desk.write("UPDATE staff SET mail = sign_in || '@staff.example' WHERE sign_in <> 'admin'")
        self.number = {n: str(m) for n, m in desk.rows("SELECT sign_in, member FROM staff")}
        self.epochs = Epochs(desk)

    def halves(self):
        return halves(self.desk, self.epochs)

    def by(self, who):
        if who in self.gone:
            self.b[who] = signed_in(self.desk, who)[0]
            self.gone.remove(who)
        return self.b[who]

    def process(self, name):
        return self.desk.desk if name == "desk" else self.desk.keys

    def restart(self, name):
        """A session lives in the key process, its cookie's half in the database. The desk tends when it starts, and signs
        a head of the trail at the end of it: what is killed next is not that."""
        if name == "keys":
            self.desk.start_keys()
            self.gone = set(self.b)
            return
        self.desk.start_desk()
        wait_until(lambda: self.desk.rows("SELECT 1 FROM audit_head h JOIN audit_note n ON n.size = h.size"), 3, 0.01)


def reported(desk, **said):
    """(its number, its nine words)"""
    page = desk.get("/en/report/address")
    before = set(desk.rows("SELECT id FROM report"))
    while "next" in page.form().get("go", []):
        page = page.submit({k: v for k, v in said.items() if f'name="{k}"' in page.body}, go="next")
    words = page.submit(go="send").words()
    return (set(desk.rows("SELECT id FROM report")) - before).pop()[0], words


# --- what they do -----------------------------------------------------------------------------------

class Form:
    """A page in front of somebody: sent as often as wanted, as a browser does that loads its answer again."""

    def __init__(self, browser, page, at, change=None, go=None):
        self.browser, self.page = browser, page
        self.there = at is not None
        if self.there:
            self.action, self.pairs = page.form(at)["action"], page.posted(change, go, at)

    def send(self):
        return self.browser.ask(self.action, urllib.parse.urlencode(self.pairs).encode())

    def renewed(self, other):
        """Ours, with the token of another that was fetched since."""
        token = [p for p in other.pairs if p[0] == "csrf"]
        self.browser, self.pairs = other.browser, [p for p in self.pairs if p[0] != "csrf"] + token


class Step:
    """One action of the way. changes: what it does to each table (summary). form(): its page; told(): it was said to be done."""

    def __init__(self, name, who, changes, fields=None, about=None):
        self.name, self.who, self.changes, self.fields, self.about = name, who, changes, fields or {}, about

    def path(self, case):
        return f"/staff/reports/{case.id.hex()}/do/{self.name}"

    def form(self, lab, case):
        path = self.path(case)
        fields = {k: v(lab) if callable(v) else v for k, v in self.fields.items()}
        page = lab.by(self.who).get("/en" + path + (f"?about={case.referral(lab)}" if self.about else ""))
        return Form(lab.by(self.who), page, page.at(path), fields)

    def told(self, page):
        return page.status == 303 and page.headers["Location"].endswith("done=" + self.name)

    def settle(self, lab, case):
        """What was wrong when somebody had to decide after a kill; None: nobody had to, it is done or not."""

    def as_known(self, change):
        """What changed, without what a decision adds."""
        return change

    def after(self, lab, case):
        """What else is wrong at the end."""
        return []


class Aside(Step):
    """Who did it does not see the case afterwards."""

    def told(self, page):
        return page.status == 303 and page.headers["Location"].endswith("/staff/reports")


class Duplicate(Step):
    def form(self, lab, case):
        path = self.path(case)
        page = lab.by(self.who).get("/en" + path)
        return Form(lab.by(self.who), page, page.at(path), {"main": case.main.hex()})


class Refer(Step):
    def path(self, case):
        return f"/staff/reports/{case.id.hex()}/refer"


class Answer(Step):
    """The reporter's, who comes back with nine words."""

    def form(self, lab, case):
        def back():
            page = lab.desk.get("/en/receipt").submit({"typed": " ".join(case.words)}, go="open")
            return page if page.status != 503 else None
        page = wait_until(back, 30, 0.5)
        return Form(Browser(lab.desk), page, 0, {"text": "an answer of mine"}, "answer")

    def told(self, page):
        return page.status == 200 and "The desk has your answer" in page.text


def button(page, path, go):
    return next((i for i, f in enumerate(page.forms) if re.sub(r"^/(fr|ar|en)/", "/", f["action"] or "") == path and go in f["go"]), None)


class Draft(Step):
    def form(self, lab, case):
        path, b = f"/staff/notices/new/{case.id.hex()}", lab.by(self.who)
        page = b.get(f"/en{path}?kind=hosting")
        at = button(page, path, "preview")
        if at is not None:
            page = page.submit({"addresses": "https://pages.example/x", "offence": "CSAM_DIST", "name": "Host", "mail": "abuse@host.example",
                                "language": "en", "channel": "mail"}, go="preview", at=at)
        return Form(b, page, button(page, path, "save"), go="save")

    def told(self, page):
        return page.status == 303 and "/staff/notices/" in page.headers["Location"]


class OnNotice(Step):
    """A button on the page of the case's notice, opened first where its letter is needed."""

    def __init__(self, name, go, changes, fields=None):
        super().__init__(name, "amal", changes, fields)
        self.go = go

    def form(self, lab, case, go=None):
        path = f"/staff/notices/{case.notice(lab)}"
        page = lab.by("amal").get("/en" + path)
        if button(page, path, "open") is not None:
            page = page.submit(go="open", at=button(page, path, "open"))
        return Form(lab.by("amal"), page, button(page, path, go or self.go), self.fields, go or self.go)

    def told(self, page):
        return page.status == 303 and "/staff/notices/" in page.headers["Location"]


class Send(OnNotice):
    """Between the database and the mail program nobody can know: it is perhaps sent, and a person looks."""

    def told(self, page):
        return False  # the page it leads to says what it is

    def settle(self, lab, case):
        if not lab.desk.rows("SELECT 1 FROM notice WHERE report = ? AND state = 'drafted' AND handed IS NOT NULL", case.id):
            return None
        went = lab.mta.letters() - case.letters
        again = self.form(lab, case)
        wrong = [("offered again",)] if again.there else []
        for go in ("sent",) if went else ("not-sent", "send"):
            page = self.form(lab, case, go).send()
            wrong += [(go, page.status, page.text[:300])] if page.status != 303 else []
        return wrong


    def as_known(self, change):
        """Handed over once, however often it was taken back."""
        out = {k: n for k, n in change.items() if k[:1] != ("audit",) or not k[2].startswith("notice.")}
        out.update({k: 1 for k in change if k[:1] == ("audit",) and k[2] == "notice.hand"})
        return out

    def after(self, lab, case):
        n = lab.mta.letters() - case.letters
        return [] if n == 1 else [("letters that went out", n)]


class Case:
    """Two reports. How much comes from one place, and is opened by one member, has an end, which is forgotten at a start."""

    def __init__(self, lab):
        lab.cases += 1
        if lab.cases % 10 == 0:
            for name in ("keys", "desk"):
                lab.process(name).kill()
                lab.restart(name)
        self.id, self.words = reported(lab.desk, url="https://pages.example/x", words="some words")
        self.main, _ = reported(lab.desk, url="https://pages.example/y", words="other words")
        self.names = {"case": self.id, "main": self.main}
        self.letters = lab.mta.letters()

    def referral(self, lab):
        """The one that is open, or done; else one that has ended."""
        return lab.desk.rows("SELECT id FROM referral WHERE report = ? ORDER BY state IN ('proposed', 'referred', 'accepted', 'done') DESC", self.id)[0][0].hex()

    def notice(self, lab):
        return lab.desk.rows("SELECT id FROM notice WHERE report = ?", self.id)[0][0].hex()

    def shape(self, lab):
        return shape(lab.desk, lab.epochs, self.names)


LETTER = {"unit": UNIT, "text": "a letter", "names_seen": "yes"}
PROPOSE = Refer("propose", "amal", "audit+1 figure+1 message+1 referral+1 report~1", dict(LETTER, identifies_child="yes"))
SIGN = Step("sign", "samir", "audit+1 figure+1 figure_step+1 message+1 outbox+1 referral~1 report~1 wrap+3",
            dict({q: "an answer" for q in QUESTIONS}, names_seen="yes"), True)
REVOKE = Step("revoke", "samir", "audit+1 figure+1 message+1 referral~1 report~1 wrap-2", {"text": "a reason"}, True)
CONFIRM = Step("confirm", "amal", "audit+1 blind~2 figure+1 figure_step+1 message+1 report~1 wrap~3 wrap+1",
               {"classification": "baseline", "offence": "CSAM_DIST", "text": "a basis"})
SEND = Send("send", "send", "audit+2 figure+1 figure_step+1 notice~1 recheck+3 report~1")
WAY = [
    Step("take", "amal", "audit+1 figure+1 figure_step+1 report~1"),
    Step("ask", "amal", "audit+1 figure+1 mailbox+1 message+1 report~1", {"text": "a question"}),
    Answer("answered", None, "audit+1 figure+1 mailbox+1 message+1 once+1 outbox+1 report~1 wrap+1"),
    Duplicate("duplicate", "amal", "audit+1 blind~2 figure+1 report~2 wrap~2"),
    Step("split", "amal", "audit+1 blind~2 figure+1 message+1 report~1 wrap~2 wrap+1", {"text": "a reason"}),
    Step("assess", "amal", "audit+1 figure+1 report~1"),
    CONFIRM,
    PROPOSE,
    SIGN,
    Step("accept", "omar", "audit+1 figure+1 figure_step+1 outbox+1 referral~1 report~1", {}, True),
    Step("done", "omar", "audit+1 figure+1 figure_step+1 message+1 outbox+1 referral~1 report~1", {"text": "what was done"}, True),
    REVOKE,
    Refer("refer", "amal", "audit+1 figure+1 figure_step+1 message+1 outbox+1 referral+1 report~1 wrap+2", LETTER),
    Step("accept", "omar", "audit+1 figure+1 figure_step+1 message+1 outbox+1 referral~1 report~1", {"text": "a word"}, True),
    Aside("transfer", "omar", "audit+1 figure+1 message+1 outbox+1 referral~1 report~1 wrap-2", {"text": "a reason"}, True),
    Step("grant", "samir", "access+1 audit+1 message+1 report~1 wrap+3", {"whom": UNIT + ":0", "days": "1", "text": "a reason"}),
    Step("hold", "amal", "audit+1 blind~2 message+1 report~1 wrap~6 wrap+1", {"text": "who asked"}),
    Step("unhold", "samir", "audit+1 blind~2 message+1 report~1 wrap~7 wrap+1", {"text": "who said so"}),
    Draft("draft", "amal", "audit+1 figure+1 message+1 notice+1 report~1 wrap+1"),
    SEND,
    OnNotice("recheck_up", "recheck", "audit+1 figure+1 notice~1 recheck~1 report~1", {"outcome": "still_up"}),
    OnNotice("recheck_offline", "recheck", "audit+1 figure+1 figure_step+1 notice~1 recheck~1 report~1", {"outcome": "offline"}),
    OnNotice("end_notice", "end", "audit+1 figure+1 notice~1 recheck-1 report~1"),
    Step("opinion", "amal", "audit+1 message+1 report~1 task+1 wrap+1", {"member": lambda lab: lab.number["samir"], "text": "a question", "days": "2"}),
    Step("assign", "samir", "audit+1 report~1", {"member": lambda lab: lab.number["leila"]}),
    Step("exclude", "samir", "audit+1 excluded+1 message+1 report~1 wrap+1", {"member": lambda lab: lab.number["leila"], "text": "a reason"}),
    Aside("recuse", "amal", "audit+1 excluded+1 message+1 report~1 wrap+1", {"text": "a reason"}),
]
BEFORE_SIGN, BEFORE_SEND = ([s for s in WAY if s.name in ("take", "assess", "confirm", last)] for last in ("propose", "draft"))
