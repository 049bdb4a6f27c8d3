#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whom the desk writes to, and its removal notices: directory, letters, sending, what is heard back."""
import datetime, re, sys

sys.dont_write_bytecode = True
from desklab import Desk
from hisnflow import Tap, free_port
from stafflab import ANALYST, OFFICER, SUPERVISOR, administrator, confirm, fingerprint, founded, invited, join, signed_in

TODAY = datetime.date.today()
OLD = (TODAY - datetime.timedelta(days=200)).isoformat()


def unit_officer(desk, admin, b):
    """An officer of Casablanca's unit, confirmed by the national desk."""
    number = fingerprint(join(desk, invited(admin, OFFICER, "omar", "MA-CAS"), "omar"))
    for who in ("amal", "samir"):
        confirm(b[who], "Omar", number)
    return signed_in(desk, "omar")[0]


def directory_units(tap, desk, b):
    page = b["samir"].get("/en/staff/directory")
    tap.ok(page.status == 200 and "Casablanca" in page.text, "the directory lists the regions", page.text[-300:])
    form = b["samir"].get("/en/staff/directory/unit/MA-CAS")
    given = {"name": "CAPE Casablanca", "phone": "+212 5 22 00 00 00", "mail": "cape@unit.example", "confirmed": TODAY.isoformat()}
    for change, says in (({"mail": "-x@unit.example"}, "not an e-mail address"), ({"phone": "call me"}, "has digits"),
                         ({"name": ""}, "name is needed"), ({"confirmed": "2199-01-01"}, "not in the future"),
                         ({"confirmed": "yesterday"}, "not in the future"), ({"phone": "", "mail": ""}, "needs a telephone")):
        bad = form.submit(dict(given, **change), at=form.at("/staff/directory/unit/MA-CAS"))
        tap.ok(bad.status == 422 and says in bad.text and bad.value("name", bad.at("/staff/directory/unit/MA-CAS")) == dict(given, **change)["name"],
               f"a unit is refused, what was typed stays: {says}", bad.text[-400:])
    tap.equal(desk.rows("SELECT count(*) FROM unit"), [(0,)], "nothing was stored")
    page = form.submit(given, at=form.at("/staff/directory/unit/MA-CAS"))
    tap.ok(page.status == 200 and "CAPE Casablanca" in page.text and "by Samir" in page.text, "the unit stands in its region's list", page.text[-600:])
    tap.ok("1 member holds keys" in page.text and "Nobody holds keys" in page.text, "with who holds keys there, and who does not", page.text[-900:])
    late = form.submit(dict(given, name="Another"), at=form.at("/staff/directory/unit/MA-CAS"))
    tap.ok(late.status == 409 and "meanwhile" in late.text, "a colleague's change meanwhile is told", late.text[-300:])
    page = b["samir"].get("/en/staff/directory/unit/MA-CAS")
    page = page.submit({"confirmed": OLD}, at=page.at("/staff/directory/unit/MA-CAS"))
    tap.ok("more than six months ago" in page.text, "what was confirmed 200 days ago is said to be old", page.text[-900:])
    tap.equal(desk.rows("SELECT count(*) FROM audit WHERE action = 'unit.put' AND object = 'MA-CAS'"), [(2,)], "each change is in the audit trail")


HOST = {"name": "Host One", "language": "fr", "mail": "abuse@host.example", "confirmed": TODAY.isoformat()}


def recipient(browser, kind, given):
    page = browser.get(f"/en/staff/directory/new/{kind}")
    return page.submit(given, at=page.at(f"/staff/directory/new/{kind}"))


def directory_recipients(tap, desk, b):
    bad = recipient(b["samir"], "hosting", dict(HOST, mail="", postal="", form="http://host.example/form"))
    tap.ok(bad.status == 422 and "begins with https://" in bad.text, "a form's address without https is refused", bad.text[-300:])
    page = recipient(b["samir"], "hosting", dict(HOST, form="https://host.example/abuse"))
    tap.ok(page.status == 200 and "Host One" in page.text and "e-mail, form" in page.text, "a host stands in its list", page.text[-400:])
    tap.ok(not any(u and "host.example" in u for u in page.links), "its form's address is text, no link", page.links)
    key = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    police = dict(HOST, name="Brigade of the test", mail="brigade@police.example", key=key)
    for change, says in (({}, "Call the recipient"), ({"fingerprint": "11111 22222 33333 44444"}, "differs"), ({"key": key[1:]}, "64 digits"),
                         ({"key": "00" * 32}, "64 digits")):
        bad = recipient(b["samir"], "police", dict(police, **change))
        tap.ok(bad.status == 422 and says in bad.text, f"a key is refused: {says}", bad.text[-400:])
    tap.equal(desk.rows("SELECT count(*) FROM recipient WHERE kind = 'police'"), [(0,)], "and nothing was stored")


def may_not(tap, desk, b):
    def status(who, path, post=False):
        return (who.post("/en" + path, [("name", "x")]) if post else who.get("/en" + path)).status
    one = "/staff/directory/recipient/" + desk.rows("SELECT hex(id) FROM recipient")[0][0].lower()
    pages = ["/staff/directory", "/staff/directory/region/MA-06", "/staff/directory/kind/hosting"]
    forms = ["/staff/directory/unit/MA-CAS", "/staff/directory/new/hosting", one]
    tap.equal([status(b["amal"], p) for p in pages + forms], [200] * 3 + [403] * 3, "an analyst reads the directory and does not change it")
    tap.equal([status(b["amal"], p, True) for p in forms] + [status(b["samir"], p, True) for p in forms], [403] * 6, "nor by a form without its token")
    for who in ("omar", "admin"):
        tap.equal({status(b[who], p) for p in pages + forms} | {status(b[who], p, True) for p in forms}, {403}, f"{who} is refused all of it")
    tap.equal([status(b["samir"], p) for p in ("/staff/directory/region/MA-CAS", "/staff/directory/unit/MA-XXX", "/staff/directory/kind/x",
                                               "/staff/directory/new/x", "/staff/directory/recipient/00")], [404] * 5, "what is not there")


with Tap() as tap, Desk(free_port(18330, 18339)) as desk:
    admin = administrator(desk)
    b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR})
    b["admin"], b["omar"] = admin, unit_officer(desk, admin, b)
    directory_units(tap, desk, b)
    directory_recipients(tap, desk, b)
    may_not(tap, desk, b)
