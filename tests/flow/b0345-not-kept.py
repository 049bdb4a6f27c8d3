#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A desk whose disk is full: each form of staff comes back with what was typed, nothing of it is stored, and from that page
it is sent once there is room."""
import shutil, subprocess, sys

sys.dont_write_bytecode = True
from checklab import Crew, confirmed, report
from desklab import Desk
from hisnflow import Tap, free_port

WORDS = "planted words that took a while to write"


class Full:
    """Nothing is written any more behind the first kB of a file: neither the database nor its log."""

    def __init__(self, desk):
        self.desk = desk

    def _limit(self, size):
        subprocess.run(["prlimit", f"--fsize={size}:", "--pid", str(self.desk.desk.pid)], check=True)

    def __enter__(self):
        self._limit(1024)

    def __exit__(self, *_):
        self._limit("unlimited")


def stored(desk, table):
    return desk.rows(f"SELECT count(*) FROM {table}")[0][0]


def once(tap, desk, what, browser, path, fields, table, field="text"):
    """The form at path, sent without room and again with room."""
    page = browser.get("/en" + path)
    before = stored(desk, table)
    with Full(desk):
        back = page.submit(fields, at=page.at(path))
    at = back.at(path)
    tap.ok(back.status in (500, 503) and "othing was stored" in back.text and at is not None and back.value(field, at) == WORDS,
           f"{what}: comes back with what was typed", (back.status, back.url, back.text[:600]))
    tap.equal(stored(desk, table), before, f"{what}: nothing is stored")
    if at is None:
        return
    sent = back.submit({}, at=at)
    tap.ok(sent.status == 200 and stored(desk, table) == before + 1, f"{what}: from that page it is sent, once",
           (sent.status, stored(desk, table), before, sent.text[-300:]))


def no_secrets(tap, desk, browser):
    page = browser.get("/en/staff/password")
    with Full(desk):
        back = page.submit({"old": "a b", "password": "planted new password", "again": "planted new password"}, at=page.at("/staff/password"))
    tap.ok(back.status != 200 and "planted" not in back.body, "a password is never put on a page again", (back.status, back.text[:300]))


with Tap() as tap:
    if not shutil.which("prlimit"):
        tap.skip("a full disk under the forms of staff", "no prlimit")
    else:
        with Desk(free_port(18340, 18349), keys=["--password-memory", "8"]) as desk:
            crew = Crew(desk)
            amal, samir = crew.browser["amal"], crew.browser["samir"]
            id = report(desk, "address", url="https://page.example/x")[0]
            case = f"/staff/reports/{id}"
            once(tap, desk, "a note", amal, f"{case}/do/note", {"text": WORDS}, "message")
            confirmed(amal, id)
            once(tap, desk, "a question", amal, f"{case}/do/ask", {"text": WORDS}, "message")
            once(tap, desk, "a referral", amal, f"{case}/refer", {"text": WORDS, "unit": "MA-CAS", "names_seen": "yes"}, "referral")
            once(tap, desk, "a shift handed over", amal, "/staff/handover", {"text": WORDS}, "sealed")
            once(tap, desk, "a request about data", samir, "/staff/requests/new", {"text": WORDS, "kind": "access"}, "request")
            no_secrets(tap, desk, samir)
