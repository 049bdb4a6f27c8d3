#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What passed through the desk is not found in its memory afterwards: words of a report, a question and its answer, the nine
words, passwords. Both processes' writable memory is read as root on the host could read it; a running request may
hold them, so the reading comes when all are answered."""
import os, sys, time

sys.dont_write_bytecode = True
from checklab import Crew, found, readable
from desklab import Desk
from hisnflow import Tap, free_port, wait_until
from stafflab import PASSWORD, signed_in

SAID, ASKED, ANSWERED = (f"quokka planted in {what}, ocelot tail of {what}" for what in ("a report", "a question", "an answer"))

ACCOUNT, ADDRESS = "ocelot.hides.in.an.account", "https://ocelot-hides.example/in-an-address"


def report(desk):
    page = desk.get("/en/report/other").submit({"concern": ["bullying"], "words": SAID}, go="next")
    for _ in range(6):
        page = page.submit({}, go="next") if "send" not in page.form().get("go", []) else page
    return page.submit(go="send").words()


def account(desk):
    """An address and an account: what of them is put into one form to be recognised again."""
    page = desk.get("/en/report/solicitation")
    given = {"suspect_account": ACCOUNT, "suspect_profile": ADDRESS, "platform": "Instagram", "words": SAID}
    asked = set()
    while "next" in page.form().get("go", []):
        shown = {name for name, _ in page.form()["fields"]} & set(given)
        asked |= shown
        page = page.submit({k: given[k] for k in shown}, go="next")
    assert {"suspect_account", "suspect_profile"} <= asked and len(page.submit(go="send").words()) == 9, (asked, page.text[-500:])


def opened(browser, path):
    """The page on which the report's words stand."""
    page = browser.get(path)
    for i, f in enumerate(page.forms):
        if SAID not in page.text and (f["action"] or "").endswith("/open"):
            return page.submit({}, at=i)
    return page


def ask(browser, path):
    page = browser.get(path)
    at = next((i for i, f in enumerate(page.forms) if "question" in dict(f["fields"])), None)
    if at is not None:
        return page.submit({"question": ASKED}, at=at)
    page = browser.get(path + "/do/ask")
    return page.submit({"text": ASKED}, at=page.at(path.removeprefix("/en") + "/do/ask"))


with Tap() as tap, Desk(free_port(18220, 18229), keys=["--password-memory", "8"]) as desk:
    crew = Crew(desk)
    if not readable(desk.desk.pid):
        tap.skip("nothing stays in memory", "this user may not read the memory of another process")
        sys.exit(0)
    tap.ok(found(desk.desk.pid, ["Desk of the test"]), "what the desk needs is found: memory is read")
    words = report(desk)
    path = "/en/staff/reports/" + desk.rows("SELECT id FROM report")[0][0].hex()
    amal = signed_in(desk, "amal")[0]
    tap.ok(SAID in opened(amal, path).text, "a report is opened")
    account(desk)
    take = amal.get(path)
    if take.at(path.removeprefix("/en") + "/do/take") is not None:
        take.submit({}, at=take.at(path.removeprefix("/en") + "/do/take"))
    tap.equal(ask(amal, path).status, 200, "a question asked")
    back = desk.get("/en/receipt").submit({"typed": " ".join(words)}, go="open")
    tap.ok(ASKED in back.text, "and read with the nine words", back.text[-300:])
    tap.equal(back.submit({"text": ANSWERED}, go="answer").status, 200, "and answered")
    # Freeing writes over the first bytes of what was freed: the tails are looked for, too.
    secret = [SAID, ASKED, ANSWERED, *(t[t.index("ocelot"):] for t in (SAID, ASKED, ANSWERED)), ACCOUNT, "ocelot-hides.example", " ".join(words), " ".join(words[:3]), ", ".join(words[:2]), "+".join(words[:3]), PASSWORD, PASSWORD.replace(" ", "+")]
    for name, pid in (("desk", desk.desk.pid), ("key process", desk.keys.pid)):
        left = wait_until(lambda: not found(pid, secret), 3) or found(pid, secret)
        tap.ok(left is True, f"nothing of it is in the memory of the {name}", left)
