#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of cases: the queue and its views, a message opened, each action as a form, a referral from proposal to
done on both sides, tasks; who may, and what is told when somebody else was faster."""
import re, sys

sys.dont_write_bytecode = True
from desklab import Browser, Desk
from hisnflow import Tap, free_port
from stafflab import (ANALYST, AUDITOR, OFFICER, SUPERVISOR, act, administrator, case_paths, confirm, fingerprint, founded, invited,
                      join, opened, opened_last, refer, signed_in)

URL = "https://pages.example/planted-path"
QUESTIONS = ("necessity", "risk", "view", "others", "alternatives")


def reported(desk, kind, **said):
    """A report from the public: (its path, its nine words). Each answer is given on the page that asks for it."""
    page = desk.get("/en/report/" + kind)
    for _ in range(12):
        if "send" in page.form().get("go", []):
            break
        page = page.submit({k: v for k, v in said.items() if f'name="{k}"' in page.body}, go="next")
    page = page.submit(go="send")
    newest = desk.rows("SELECT id FROM report ORDER BY rowid DESC LIMIT 1")[0][0]
    return "/staff/reports/" + newest.hex(), page.words()


def state(desk, path):
    return desk.rows("SELECT state FROM report WHERE id = ?", bytes.fromhex(path[-32:]))[0][0]


def version(desk, path):
    return desk.rows("SELECT version FROM report WHERE id = ?", bytes.fromhex(path[-32:]))[0][0]


def audited(desk, action):
    return desk.rows("SELECT count(*) FROM audit WHERE action = ?", action)[0][0]


def team(desk):
    admin = administrator(desk)
    b = founded(desk, admin, {"amal": ANALYST, "samir": SUPERVISOR})
    for who, role, unit in (("leila", SUPERVISOR, "national"), ("omar", OFFICER, "MA-CAS"), ("aziz", AUDITOR, "national")):
        number = fingerprint(join(desk, invited(admin, role, who, unit), who))
        b[who] = signed_in(desk, who)[0]
        if number:
            confirm(b["amal"], who.title(), number)
            confirm(b["samir"], who.title(), number)
    b["admin"] = admin
    return b


def queue(tap, desk, b):
    url, _ = reported(desk, "address", url=URL, words="planted words of an adult")
    contact, words = reported(desk, "solicitation", words="planted contact", suspect_account="planted.account", platform="Chat",
                              meeting_planned="later", contact_ongoing="yes")
    danger, _ = reported(desk, "other", words="planted danger", danger_now="yes", child_known="yes")
    page = b["amal"].get("/en/staff/reports")
    order = case_paths(page)
    tap.ok(set(order) == {url, contact, danger} and order[0] == danger, "the queue has all three, imminent danger first", page.text)
    tap.ok("planted" not in page.body and "P0 · imminent danger" in page.text and "Due in" in page.text and "With nobody" in page.text,
           "priority, time limit and who has it in words, no text of any", page.text)
    home = b["amal"].get("/en/staff")
    tap.ok(re.search(r"The desk\s*</h1>.*?Imminent danger.*?Enter a report", home.body, re.S),
           "the first page begins with imminent danger", home.text)
    page = b["amal"].get("/en/staff/reports?kind=address&priority=2")
    tap.equal(case_paths(page), [url], "a filter by kind and priority")
    tap.ok("Shown: P2" in page.text, "and what is shown is said", page.text)
    tap.equal(len(case_paths(b["amal"].get("/en/staff/reports?kind=x&state=y&priority=9&region=z&which=q"))), 3, "nonsense asks for nothing")
    tap.equal(b["amal"].get("/en/staff/reports?after=x").status, 404, "a page mark that is none: 404")
    kept = page.submit({"name": "planted view <i>"}, at=page.at("/staff/views"))
    tap.ok(kept.status == 200 and "planted view <i>" in kept.text and "<i>" not in kept.body, "a view is kept under a name", kept.text[:600])
    link = re.search(r'<a href="/en(/staff/reports\?[^"]*)"><bdi>planted view', kept.body)
    tap.equal(case_paths(b["amal"].get("/en" + link.group(1).replace("&amp;", "&"))), [url], "and shows the same again")
    tap.ok("planted view" not in b["samir"].get("/en/staff/reports").text, "it is one's own")
    gone = kept.submit({}, at=kept.at("/staff/views/remove"))
    tap.ok("planted view" not in gone.text, "and can be taken away")
    nameless = page.submit({"name": " "}, at=page.at("/staff/views"))
    tap.ok(nameless.status == 422 and case_paths(nameless) == [url], "a view needs a name", nameless.text[:400])
    return url, contact, danger, words


def one_message(tap, desk, b, contact, url):
    before = audited(desk, "message.open")
    page = opened(b["amal"], contact)
    tap.equal(audited(desk, "message.open"), before + 1, "an opening is in the audit trail")
    tap.ok("Yes, later" in page.text and "planted.account" in page.text, "what helps to decide stands open", page.text)
    folded = re.findall(r"<details><summary>Show these words.*?</details>", page.body, re.S)
    tap.ok(any("planted contact" in f for f in folded), "the reporter’s own words are folded", page.body)
    page = opened(b["amal"], url)
    tap.ok(URL in page.text and f'href="{URL}' not in page.body and "<img" not in page.body.split("<main")[1],
           "an address is text, never a link, and there is no image", page.body[-2500:])
    tap.ok("hisn never opens one" in page.text, "and it is said that hisn opens none")
    form = b["amal"].get("/en" + url)
    at = next(i for i, f in enumerate(form.forms) if f["action"].endswith("/open"))
    tap.equal([form.submit({"seq": s}, at=at).status for s in ("77", "x", "-1", None)][:2], [404, 200], "a message that is not there: 404")


def duplicates(tap, desk, b, url):
    again, _ = reported(desk, "address", url=URL.replace("https", "hxxps") + "#part", words="planted again")
    case = b["amal"].get("/en" + url)
    taken = case.submit({}, at=case.at(url + "/do/take"))
    tap.ok(taken.status == 200 and "Done: Take it on" in taken.text and "With you" in taken.text, "taken with one button", taken.text[:700])
    act(b["amal"], again, "take")
    page = b["amal"].get(f"/en{url}/like")
    tap.ok(again in case_paths(page) and "1 address in common" in page.text and "planted" not in page.body, "the same address, written otherwise, is found", page.text)
    done = page.submit({}, at=page.at(again + "/do/duplicate"))
    tap.ok(done.status == 200 and state(desk, again) == "duplicate" and "This is a duplicate" in done.text, "it is made a duplicate", done.text[:900])
    tap.ok(again in case_paths(b["amal"].get("/en" + url)), "and stands with its main report")
    self_ = act(b["amal"], url, "duplicate", {"main": url[-32:][:8]})
    tap.equal(self_.status, 422, "a report is no duplicate of itself")
    act(b["amal"], again, "split")
    tap.equal(state(desk, again), "triage", "separated again it comes back")
    typed = act(b["amal"], again, "duplicate", {"main": url[-32:][:8].upper()})
    tap.ok(typed.status == 200 and state(desk, again) == "duplicate", "also by a number that is typed", typed.text[-300:])


def searching(tap, desk, b, url):
    form = b["amal"].get("/en/staff/search")
    def found(who, typed):
        return b[who].get("/en/staff/search").submit({"typed": typed}, at=form.at("/staff/search"))
    page = found("amal", URL)
    tap.ok(url in case_paths(page) and "2 reports found" in page.text and page.url.endswith("/staff/search"), "found by address; it does not stand in the page’s own", page.url)
    tap.equal(case_paths(found("amal", url[-32:][:8])), [url], "by the beginning of a number")
    tap.equal(case_paths(found("omar", URL)), [], "a unit finds nothing that it was not sent")
    tap.ok("Nothing was found" in found("amal", "zz").text and found("amal", "").status == 200, "what is nothing finds nothing")


def acting(tap, desk, b, url):
    tap.ok("With Amal" in b["samir"].get("/en/staff/reports").text, "a colleague sees who has it")
    tap.equal(case_paths(b["amal"].get("/en/staff/reports?which=mine")), [url], "it is among her own")
    early = b["amal"].get(f"/en{url}/do/confirm")
    tap.ok(early.status == 409 and early.at(url + "/do/confirm") is None, "what is not for now is said, without a form", early.text[-400:])
    form = b["amal"].get(f"/en{url}/do/note")
    other = b["samir"].get(f"/en{url}/do/note")
    other.submit({"text": "planted note of Samir"}, at=other.at(url + "/do/note"))
    late = form.submit({"text": "planted note of Amal <b>"}, at=form.at(url + "/do/note"))
    tap.ok(late.status == 409 and "Somebody changed this case meanwhile" in late.text and
           late.value("text", late.at(url + "/do/note")) == "planted note of Amal <b>", "somebody was faster: told, and the words are still there", late.text[-700:])
    done = late.submit({}, at=late.at(url + "/do/note"))
    tap.ok(done.status == 200 and "planted note of Amal" in opened_last(b["samir"], url).text, "sent again it is kept", done.text[-400:])
    low = act(b["amal"], url, "priority", {"priority": "3", "text": "planted"})
    tap.ok(low.status == 422 and "role does not allow" in low.text, "an analyst does not lower a priority", low.text[-500:])
    tap.equal(act(b["samir"], url, "priority", {"priority": "3"}).status, 422, "a supervisor needs a reason")
    act(b["samir"], url, "priority", {"priority": "3", "text": "planted reason"})
    tap.equal(desk.rows("SELECT priority FROM report WHERE id = ?", bytes.fromhex(url[-32:]))[0][0], 3, "and then does")
    act(b["amal"], url, "assess")
    none = act(b["amal"], url, "confirm", {"text": "planted basis"})
    tap.ok(none.status == 422 and "choose a classification" in none.text and "planted basis" in none.body and not re.search(r"\schecked>", none.body),
           "no classification is chosen for anybody", none.text[-500:])
    tap.ok("Penal code 503-2" in none.text and "Not checked against a published text" in none.text, "each offence says its articles, and how sure they are")
    tap.equal(act(b["amal"], url, "confirm", {"classification": "baseline", "offence": "NO_SUCH"}).status, 422, "an offence that is none: refused")
    act(b["amal"], url, "confirm", {"classification": "baseline", "offence": "CSAM_DIST", "text": "planted basis"})
    read = opened_last(b["samir"], url)
    tap.ok(state(desk, url) == "confirmed" and "Illegal everywhere" in read.text and "distributing" in read.text and "planted basis" in read.text,
           "confirmed, and the assessment can be read", read.text)


def referral(tap, desk, b, contact, words):
    tap.equal(case_paths(b["omar"].get("/en/staff/reports")), [], "a unit sees nothing before it is referred")
    tap.equal([b["omar"].get("/en" + contact + p).status for p in ("", "/do/note", "/refer", "/like")], [404, 404, 403, 403], "nor finds it by number")
    act(b["amal"], contact, "take")
    act(b["amal"], contact, "note", {"text": "planted national note"})
    act(b["amal"], contact, "assess")
    page = b["amal"].get(f"/en{contact}/refer?territory=MA-CAS")
    tap.ok("Casablanca" in page.body.split("Which unit")[1] and "never confirmed" in page.text, "units with how sure each is", page.text[-1500:])
    blind = refer(b["amal"], contact, "MA-CAS", "planted letter")
    tap.ok(blind.status == 422 and "who is named" in blind.text and "planted letter" in blind.body, "nobody refers without a look at who is named", blind.text[-700:])
    nowhere = refer(b["amal"], contact, "MA-NADOR", "planted letter", names_seen=True)
    tap.equal(nowhere.status, 422, "a unit that is none, or that nobody works in, is refused")
    done = refer(b["amal"], contact, "MA-CAS", "planted letter", names_seen=True, identifies_child=True)
    tap.ok("Done: Propose a referral" in done.text and "Waiting for a supervisor" in done.text, "with a child in it: proposed, not sent", done.text)
    tap.equal(b["omar"].get("/en" + contact).status, 404, "the unit does not see a proposal")
    about = re.search(r"do/revoke\?about=([0-9a-f]{32})", done.body).group(1)
    tap.equal(b["amal"].get(f"/en{contact}/do/sign?about={about}").status, 403, "an analyst signs nothing")
    home = b["samir"].get("/en/staff")
    tap.ok("1 referral waits for a supervisor" in home.text and contact in case_paths(b["samir"].get("/en/staff/reports?which=waiting")),
           "a supervisor finds it", home.text)
    half = act(b["samir"], contact, "sign", {"necessity": "planted need", "names_seen": "yes"}, about)
    tap.ok(half.status == 422 and "five questions" in half.text and "planted need" in half.body, "each of the five questions needs an answer", half.text[-500:])
    unseen = act(b["samir"], contact, "sign", {q: "planted " + q for q in QUESTIONS}, about)
    tap.ok(unseen.status == 422 and "who is named" in unseen.text, "and a look of their own at who is named", unseen.text[-500:])
    act(b["samir"], contact, "sign", dict({q: "planted " + q for q in QUESTIONS}, names_seen="yes"), about)
    tap.ok("planted risk" in opened_last(b["leila"], contact).text, "the answers are sealed with the case")
    return unit_side(tap, desk, b, contact, words, about)


def unit_side(tap, desk, b, contact, words, about):
    home = b["omar"].get("/en/staff")
    tap.ok("1 referral waits to be accepted" in home.text, "the unit’s first page tells of it", home.text)
    page = b["omar"].get("/en" + contact)
    tap.ok(page.status == 200 and "Before the unit" in page.text and "Amal" not in page.text and "Samir" not in page.text,
           "the unit sees its side, and nobody’s name of the national desk", page.text)
    tap.ok("planted contact" in opened(b["omar"], contact).text, "and opens the report")
    listed = re.search(r'<ol class="sealed".*?</ol>', page.body, re.S).group(0)
    tap.ok("Between desk and unit" in listed and ">Note<" not in listed and "Assessment" not in listed, "the letter is among its messages, the desk’s notes are not", listed)
    tap.equal(act(b["omar"], contact, "done", {"text": "x"}, about).status, 409, "nothing is done before it is accepted")
    act(b["omar"], contact, "accept", {}, about)
    asked = act(b["omar"], contact, "ask", {"text": "planted question of the unit"})
    tap.equal(asked.status, 200, "accepted, the unit asks the reporter")
    back = desk.get("/en/receipt").submit({"typed": " ".join(words)}, go="open")
    tap.ok("planted question of the unit" in back.text, "who reads it with nine words")
    back.submit({"text": "planted answer"}, go="answer")
    tap.ok("planted answer" in opened_last(b["omar"], contact).text, "the unit opens the answer")
    tap.equal(act(b["omar"], contact, "done", {}, about).status, 422, "done needs words")
    act(b["omar"], contact, "done", {"text": "planted end"}, about)
    national = b["amal"].get("/en" + contact)
    tap.ok("Done by the unit" in national.text and "planted end" in opened_last(b["amal"], contact).text, "the national desk reads what was done", national.text)
    act(b["samir"], contact, "revoke", {"text": "planted revoke"}, about)
    tap.equal(b["omar"].get("/en" + contact).status, 404, "taken back: the unit sees nothing any more")


def excluded_unit(tap, desk, b, other):
    path, _ = reported(desk, "other", words="planted family matter", danger_now="yes", child_known="yes", excluded_units=["MA-CAS"])
    act(b["amal"], path, "take")
    act(b["amal"], path, "assess")
    page = b["amal"].get(f"/en{path}/refer?territory=MA-CAS")
    tap.ok('value="MA-CAS"' not in page.body.split('name="unit"', 1)[-1] or 'name="unit" value="MA-CAS"' not in page.body,
           "a unit the reporter does not want is not offered", page.body[-1500:])
    sent = refer(b["amal"], path, "MA-CAS", "planted letter", names_seen=True)
    tap.ok(sent.status == 422 and "does not want this unit" in sent.text, "nor accepted when it is posted by hand", sent.text[-400:])
    offered = [b["samir"].get(f"/en{p}/do/grant").body.split('name="whom"')[1].split("</select>")[0] for p in (path, other)]
    tap.equal(["MA-CAS:0" in o for o in offered], [False, True], "nor offered for access for a time, where it is for another report")
    return path


def together(tap, desk, b, path):
    member = {n: str(m) for n, m in desk.rows("SELECT sign_in, member FROM staff")}
    asked = act(b["amal"], path, "opinion", {"member": member["samir"], "text": "planted: what do you think?", "days": "2"})
    tap.equal(asked.status, 200, "a second opinion is asked for")
    tasks = b["samir"].get("/en/staff/tasks")
    tap.ok(path in case_paths(tasks) and "Second opinion" in tasks.text and "Asked by Amal" in tasks.text, "and is among the tasks of whom it was asked", tasks.text)
    tap.ok("1 task or opinion" in b["samir"].get("/en/staff").text and path not in case_paths(b["leila"].get("/en/staff/tasks")), "of nobody else")
    tap.equal(act(b["amal"], path, "opinion", {"member": member["amal"], "text": "x", "days": "2"}).status, 422, "not of oneself")
    tap.equal(act(b["amal"], path, "task", {"member": "", "text": "x", "days": "2"}).status, 422, "a task is for somebody who is chosen")
    case = b["samir"].get("/en" + path)
    about = re.search(r"do/task_done\?about=([0-9a-f]{32})", case.body).group(1)
    act(b["samir"], path, "task_done", {"text": "planted opinion"}, about)
    tap.ok(path not in case_paths(b["samir"].get("/en/staff/tasks")) and "planted opinion" in opened_last(b["amal"], path).text, "given, it is done and can be read")
    act(b["samir"], path, "assign", {"member": member["leila"]})
    tap.ok(path in case_paths(b["leila"].get("/en/staff/reports?which=mine")), "assigned to a colleague")
    form = b["amal"].get(f"/en{path}/do/ask?to=ar")
    put = form.submit({"text": "planted own words", "snippet": "when"}, go="insert", at=form.at(f"{path}/do/ask"))
    typed = put.value("text", put.at(f"{path}/do/ask"))
    tap.ok(put.status == 200 and typed.startswith("planted own words") and "متى حدث ذلك" in typed, "ready words come after what was typed, in the reporter’s language", typed)
    tap.ok(desk.rows("SELECT count(*) FROM message WHERE report = ? AND type = 2", bytes.fromhex(path[-32:]))[0][0] == 0, "and nothing was sent by that")


def aside(tap, desk, b, path):
    member = {n: str(m) for n, m in desk.rows("SELECT sign_in, member FROM staff")}
    tap.equal(b["amal"].get(f"/en{path}/do/exclude").status, 403, "an analyst keeps nobody away")
    act(b["samir"], path, "exclude", {"member": member["leila"], "text": "planted: related"})
    tap.ok(b["leila"].get("/en" + path).status == 404 and path not in case_paths(b["leila"].get("/en/staff/reports?which=all")),
           "whoever is kept away cannot find it")
    tap.ok("Leila" in b["samir"].get("/en" + path).text and "Leila" not in b["amal"].get("/en" + path).text, "who it is stands before supervisors only")
    away = act(b["amal"], path, "recuse", {"text": "planted: I know them"})
    tap.ok(away.status == 200 and away.url.endswith("/staff/reports") and b["amal"].get("/en" + path).status == 404, "whoever steps aside no longer finds it", away.url)
    hidden, _ = reported(desk, "other", words="planted about the desk", desk_person="yes")
    tap.equal(b["amal"].get("/en" + hidden).status, 404, "an analyst does not find what concerns the desk")
    grant = act(b["samir"], hidden, "grant", {"whom": "national:" + member["amal"], "days": "1", "text": "planted: she is needed"})
    tap.ok(grant.status == 200 and "Access for a time" in grant.text and b["amal"].get("/en" + hidden).status == 200, "access for a time lets her", grant.text[-600:])
    case = b["samir"].get("/en" + hidden)
    end = re.search(r'href="/en([^"]*do/ungrant\?whom=[^"]*)"', case.body).group(1)
    page = b["samir"].get("/en" + end)
    page.submit({}, at=page.at(hidden + "/do/ungrant"))
    tap.equal(b["amal"].get("/en" + hidden).status, 404, "and ends when it is ended")


def who_may(tap, desk, b, path):
    pages = ["/staff/reports", "/staff/search", "/staff/tasks", path, path + "/like", path + "/refer", path + "/do/note", path + "/do/sign"]
    for who in ("admin", "aziz"):
        tap.equal([b[who].get("/en" + p).status for p in pages], [403] * len(pages), f"{who} opens none of it")
    before = audited(desk, "refused")
    b["aziz"].get("/en" + path)
    tap.ok(audited(desk, "refused") > before, "which stands in the audit trail")
    nobody = Browser(desk)
    tap.equal([nobody.ask("/en" + p).status for p in pages], [303] * len(pages), "without a session each leads to signing in")
    tap.equal([b["samir"].get("/en" + path + p).status for p in ("/do/nonsense", "/do/answered", "/do/block_propose", "/do/send")], [404] * 4,
              "an action without a page: 404")


with Tap() as tap, Desk(free_port(18340, 18349), keys=["--password-memory", "8"]) as desk:
    b = team(desk)
    url, contact, danger, words = queue(tap, desk, b)
    one_message(tap, desk, b, contact, url)
    duplicates(tap, desk, b, url)
    searching(tap, desk, b, url)
    acting(tap, desk, b, url)
    referral(tap, desk, b, contact, words)
    path = excluded_unit(tap, desk, b, url)
    together(tap, desk, b, path)
    aside(tap, desk, b, path)
    who_may(tap, desk, b, url)
    log = desk.desk.output() + desk.keys.output()
    tap.ok("planted" not in log, "nothing of it in the logs", log[-800:])
