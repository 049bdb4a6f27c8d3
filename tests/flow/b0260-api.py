#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Partners' systems: the API as its own OpenAPI document describes it, and what happens when it is used
wrongly, twice, too often, or while the key process is away."""
import json, re, sys, urllib.parse, urllib.request

sys.dont_write_bytecode = True
import openapi
from desklab import Desk
from hisnflow import Tap, free_port
from stafflab import administrator, signed_in

JSON = "application/json"


class Partner:
    """Calls, and keeps what came: each answer is held against the document."""

    def __init__(self, tap, desk, document):
        self.tap, self.desk, self.document, self.n, self.seen, self.got = tap, desk, document, 0, set(), set()

    def get(self, words, key, method="GET", more=None):
        """The status by GET: words, or bytes of a header; None: no header."""
        head = dict(more or {})
        if words is not None:
            head["Hisn-Receipt"] = words if isinstance(words, str) else urllib.parse.quote(" ".join(words))
        if key:
            head["Authorization"] = "Bearer " + key
        page = self.desk._ask(urllib.request.Request(self.desk.base + "/api/v1/status", headers=head, method=method))
        wrong = openapi.answer_problems(self.document, "/api/v1/status", "get", page.status, page.headers.get("Content-Type"), page.body)
        if wrong and method == "GET":
            self.tap.ok(False, f"GET /api/v1/status: {page.status} as described", f"{wrong}\n{page.body[:500]}")
        self.got.add(page.status)
        page.json = json.loads(page.body) if page.body.startswith("{") else {}
        return page

    def call(self, path, body, key=None, once=None, raw=None, type_=JSON, method="POST"):
        data = raw if raw is not None else json.dumps(body, ensure_ascii=False).encode()
        head = {"Content-Type": type_}
        if key:
            head["Authorization"] = "Bearer " + key
        if once:
            head["Idempotency-Key"] = once
        page = self.desk._ask(urllib.request.Request(self.desk.base + path, data, head, method=method))
        wrong = openapi.answer_problems(self.document, path, method.lower(), page.status, page.headers.get("Content-Type"), page.body)
        if wrong:
            self.tap.ok(False, f"{method} {path}: {page.status} as described", f"{wrong}\n{page.body[:500]}")
        self.n += 1
        self.seen.add((path, page.status))
        page.json = json.loads(page.body) if page.body.startswith(("{", "[")) else {}
        return page


def make_key(admin, organisation, read):
    page = admin.get("/en/staff/partners")
    page = page.submit(dict({"organisation": organisation}, **({"scope": ["reports:write", "reports:read"]} if read else {})), at=page.at("/staff/partners"))
    found = re.search(r"hisn_[A-Za-z0-9_-]{20,}", page.body)
    return found.group(0) if found else None


def keys(tap, desk):
    admin = administrator(desk)
    empty = admin.get("/en/staff/partners")
    tap.equal(empty.submit({"organisation": ""}, at=empty.at("/staff/partners")).status, 422, "a key needs an organisation")
    tap.equal(empty.submit({"organisation": "x", "sector": "none"}, at=empty.at("/staff/partners")).status, 422, "and a sector of the list")
    sector = re.findall(r'<option value="([^"]+)"', empty.body)[-1]
    again = empty.submit({"organisation": "", "sector": sector, "scope": "reports:read"}, at=empty.at("/staff/partners"))
    left = dict(again.posted(at=again.at("/staff/partners")))
    tap.equal((left["scope"], left["sector"]), ("reports:read", sector), "what was chosen stays: no other scope is ticked in its place")
    again = empty.submit({"organisation": "Kept Test", "scope": None}, at=empty.at("/staff/partners"))
    tap.equal((again.status, again.value("organisation", again.at("/staff/partners")), "scope" in dict(again.posted(at=again.at("/staff/partners")))), (422, "Kept Test", False),
              "and what was typed")
    full, write, old = (make_key(admin, name, read) for name, read in (("Hotel Test", True), ("Forum Test", False), ("Old Test", True)))
    tap.ok(full and write and old and len({full, write, old}) == 3, "keys are made", [full, write, old])
    page = admin.get("/en/staff/partners")
    tap.ok(full not in page.body and "Hotel Test" in page.text, "a key is shown once, its organisation stays in the list")
    with open(f"{desk.folder}/desk.db", "rb") as f, open(f"{desk.folder}/desk.db-wal", "rb") as w:
        tap.ok(full.encode() not in f.read() + w.read(), "no key stands in the database")
    row = re.search(r'<th scope="row"[^>]*>(?:<[^>]+>)*Old Test(?:</[^>]+>)*</th>.*?name="key" value="([0-9a-f]{64})"', page.body, re.S)
    at = next(i for i, f in enumerate(page.forms) if ("key", row.group(1)) in f["fields"])
    tap.ok("revoked" in page.submit({}, at=at).text, "one is revoked")
    return full, write, old


def the_document(tap, desk):
    page = desk.get("/api/v1/openapi.json")
    document = json.loads(page.body)
    tap.ok(page.status == 200 and page.headers["Content-Type"].startswith("application/vnd.oai.openapi+json"), "the document is there for everybody")
    tap.equal(openapi.problems(document), [], "it is OpenAPI 3.1: structure, references, parameters, schemas")
    try:
        import jsonschema
        for name, schema in document["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
        tap.ok(True, "each schema is JSON Schema 2020-12")
    except ImportError:
        tap.skip("each schema is JSON Schema 2020-12", "python3-jsonschema is not installed")
    broken = json.loads(page.body)
    broken["components"]["schemas"]["Report"]["properties"]["fields"]["$ref"] = "#/components/schemas/None"
    tap.ok(openapi.problems(broken), "(the check finds a reference to nothing)")
    return document


def count(desk):
    return desk.rows("SELECT count(*) FROM report")[0][0]


def examples(tap, desk, p, key):
    media = p.document["paths"]["/api/v1/reports"]["post"]["requestBody"]["content"][JSON]
    for name, example in media["examples"].items():
        tap.equal(openapi.schema_problems(p.document, media["schema"], example["value"]), [], f"the example {name} is of the schema")
        tap.equal(p.call("/api/v1/reports", example["value"], key, f"example-{name}").status, 201, f"and is accepted: {name}")
    tap.equal(count(desk), len(media["examples"]), "each is a report")
    return media["examples"]["address"]["value"]


def every_field(tap, desk, p, key):
    """What the document says of fields is what is taken: every kind, every field, a value of its schema."""
    schema = p.document["components"]["schemas"]["Fields"]["properties"]
    for kind in ("address", "solicitation", "travel", "other"):
        fields = {n: openapi.some_value(s) for n, s in schema.items() if kind in s["x-kinds"]}
        page = p.call("/api/v1/reports", {"kind": kind, "fields": fields, "receipt": False}, key, f"all-fields-{kind}")
        tap.ok(page.status == 201 and "receipt" not in page.json, f"{kind}: all {len(fields)} fields of the document are taken, no receipt if none is wanted", page.body[:600])


def same_again(tap, desk, p, key, write, report):
    before = count(desk)
    first = p.call("/api/v1/reports", report, key, "again-000001")
    second = p.call("/api/v1/reports", report, key, "again-000001")
    tap.equal((first.status, second.status, count(desk)), (201, 200, before + 1), "the same key and body again: 200, one report")
    tap.ok(first.json["id"] == second.json["id"] and first.json["receipt"] == second.json["receipt"] and second.json["repeated"] and not first.json["repeated"],
           "the same number and the same nine words", second.body)
    other = p.call("/api/v1/reports", dict(report, language="ar"), key, "again-000001")
    tap.equal((other.status, count(desk)), (422, before + 1), "the same key with another body: 422, nothing stored")
    elsewhere = p.call("/api/v1/reports", report, write, "again-000001")
    tap.ok(elsewhere.status == 201 and elsewhere.json["receipt"] != first.json["receipt"], "another partner's same key is another report")
    return first.json["receipt"]


def refused(tap, desk, p, full, write, old, report):
    before = count(desk)
    for key, once, want, what in ((full, None, 400, "no Idempotency-Key"), (full, "short", 400, "a short one"), (full, "x" * 256, 400, "a long one"),
                                  (None, "refused-00001", 401, "no key"), ("hisn_wrong", "refused-00002", 401, "a wrong key"),
                                  ("x" * 200, "refused-00003", 401, "far too long a key"), (old, "refused-00004", 401, "a revoked key")):
        page = p.call("/api/v1/reports", report, key, once)
        tap.ok(page.status == want and page.json["status"] == want, f"{what}: {want}", page.body)
        if want == 401:
            tap.ok(page.headers.get("WWW-Authenticate", "").startswith("Bearer"), "with WWW-Authenticate", page.headers)
    scope = p.call("/api/v1/status", {"receipt": ["x"] * 9}, write)
    tap.equal(scope.status, 403, "a key that may only write asks for a status: 403")
    long_name = "é" * 150
    for body, pointers in (({"kind": "address"}, ["#/fields"]), ({"kind": "none", "fields": {"url": "x"}}, ["#/kind"]),
                           ([], ["#"]), ({"kind": "address", "fields": {}}, ["#/fields"]),
                           ({"kind": "address", "fields": {"establishment": "x", "url": 3, "a/b~c": ""}, "more": 1},
                            ["#/more", "#/fields/establishment", "#/fields/url", "#/fields/a~1b~0c"]),
                           ({"kind": "address", "fields": {"words": "x" * 200000}}, None),
                           ({"kind": "address", "fields": {"words": "x" * 60000}}, ["#/fields/words"]),
                           ({"kind": "address", "fields": {"words": "x", "shows": "abuse"}}, ["#/fields/shows"]),
                           ({"kind": "address", "fields": {"words": "x", "shows": ["no-such"]}}, ["#/fields/shows"]),
                           ({"kind": "address", "fields": {"words": "x", "partner": "me"}}, ["#/fields/partner"]),
                           ({"kind": "address", "fields": {"words": "x"}, "receipt": "yes", "language": "de"}, ["#/receipt", "#/language"])):
        page = p.call("/api/v1/reports", body, full, "refused-00005")
        if pointers is None:
            tap.equal(page.status, 413, "too large: 413")
            continue
        have = [e["pointer"] for e in page.json.get("errors", [])]
        tap.ok(page.status == 422 and sorted(have) == sorted(pointers), f"422 points to {', '.join(pointers)}", page.body[:400])
    for length in range(236, 250):
        page = p.call("/api/v1/reports", {"kind": "address", "fields": {"words": "x", "a" * (length % 2) + "é" * (length // 2): "x"}}, full, f"refused-{length:05}")
        if page.status != 422:
            tap.ok(False, f"an unknown field with a long name is refused: {length} bytes", page.body)
    tap.ok(p.call("/api/v1/reports", {"kind": "address", "fields": {"words": "x", long_name: "x"}}, full, "refused-00006").status == 422, "an unknown field with a long name, too")
    for raw in (b"", b"{", b"url=x", b'{"kind":"address","kind":"other","fields":{"words":"x"}}', b'{"kind":"other","fields":{"words":"\xff"}}', b"[" * 5000, b'{"kind":"other","fields":{"words":"a\\u0000b"}}'):
        page = p.call("/api/v1/reports", None, full, "refused-00007", raw=raw)
        tap.equal(page.status, 422, f"not JSON, or not clean: {raw[:24]!r}: 422")
    tap.ok("planted" not in page.body and count(desk) == before, "nothing of all that is stored", count(desk) - before)


def one_key_one_meaning(tap, desk, p, key, words, report):
    """A key that was used for something else: told, where it would have been taken for a repetition and lost."""
    def said():
        return [m["text"] for m in p.call("/api/v1/status", {"receipt": words}, key).json["messages"]]
    before, n = said(), count(desk)
    first = {"receipt": words, "text": "First of two."}
    tap.equal(p.call("/api/v1/answers", first, key, "meaning-00001").status, 201, "an answer under a key")
    got = [p.call("/api/v1/answers", dict(first, text="Second of two."), key, "meaning-00001"),
           p.call("/api/v1/answers", dict(first, text="Instead of a report."), key, "again-000001"),
           p.call("/api/v1/reports", report, key, "meaning-00001")]
    tap.equal([(g.status, g.json.get("type", "")[-10:]) for g in got], [(422, "key-reused")] * 3,
              "another answer under it, an answer under a report's key, a report under an answer's: 422, not 'repeated'")
    tap.equal((said(), count(desk)), (before + ["First of two."], n), "and nothing of these is stored")
    tap.equal(p.call("/api/v1/answers", first, key, "meaning-00001").json, {"repeated": True}, "the same answer again is a repetition")


def after_two_days(tap, desk, p, key, words, report):
    """When the key is forgotten, what comes under it is new; what came before is not told in its place."""
    def age():
        for table in ("partner_request", "once"):
            desk.write(f"UPDATE {table} SET at = at - 3 * 86400")
    n = count(desk)
    first = p.call("/api/v1/reports", report, key, "two-days-0001")
    age()
    again = p.call("/api/v1/reports", report, key, "two-days-0001")
    tap.ok(again.status == 200 and again.json["receipt"] == first.json["receipt"], "the same request three days later: the same report still", again.body)
    age()
    other = p.call("/api/v1/reports", dict(report, language="ar"), key, "two-days-0001")
    tap.ok(other.status == 201 and other.json["id"] != first.json["id"] and not other.json["repeated"] and count(desk) == n + 2,
           "another report under its key, three days later: stored", other.body)
    tap.equal(p.call("/api/v1/status", {"receipt": other.json["receipt"]}, key).status, 200, "its nine words open it")
    p.call("/api/v1/answers", {"receipt": words, "text": "Early."}, key, "two-days-0002")
    age()
    late = p.call("/api/v1/answers", {"receipt": words, "text": "Late."}, key, "two-days-0002")
    tap.ok(late.status == 201 and p.call("/api/v1/status", {"receipt": words}, key).json["messages"][-1]["text"] == "Late.", "and another answer", late.body)


def coming_back(tap, desk, p, full, write, words, report):
    page = p.call("/api/v1/status", {"receipt": words}, full)
    tap.ok(page.status == 200 and page.json == {"status": "received", "can_answer": True, "messages": []}, "the receipt as a list: received", page.body)
    tap.equal(p.call("/api/v1/status", {"receipt": " ".join(words)}, full).status, 200, "as one text, too")
    answers = [p.call("/api/v1/answers", {"receipt": words, "text": "It is still there."}, write, "answer-00001") for _ in range(2)]
    tap.equal([(a.status, a.json) for a in answers], [(201, {"repeated": False}), (200, {"repeated": True})], "an answer sent twice is one")
    said = p.call("/api/v1/status", {"receipt": words}, full).json["messages"]
    tap.ok(len(said) == 1 and said[0]["text"] == "It is still there." and said[0]["from"] == "reporter" and said[0]["hour"] % 3600 == 0, "and stands there, with its hour", said)
    tap.equal(p.call("/api/v1/answers", {"receipt": words, "withdraw": True}, full, "answer-00002").status, 201, "a withdrawal is taken")
    tap.ok(p.call("/api/v1/status", {"receipt": words}, full).json["messages"][-1]["withdrawal"], "and stands there")
    other = words[1:] + words[:1]
    tap.equal([p.call("/api/v1/status", {"receipt": other}, full).status, p.call("/api/v1/answers", {"receipt": other, "text": "x"}, full, "answer-00003").status],
              [404, 404], "other words: 404")
    tap.equal([p.call("/api/v1/status", b, full).status for b in ({}, {"receipt": words[:8]}, {"receipt": 9}, {"receipt": ["zzz"] * 9})], [422] * 4, "no receipt: 422")
    tap.equal([p.call("/api/v1/answers", dict(b, receipt=words), full, "answer-00004").status for b in ({}, {"text": ""}, {"text": "x" * 6001})], [422] * 3,
              "an empty or too long answer: 422")
    tap.equal(p.call("/api/v1/answers", {"receipt": words, "text": "x"}, full).status, 400, "an answer needs an Idempotency-Key")
    one_key_one_meaning(tap, desk, p, full, words, report)
    after_two_days(tap, desk, p, full, words, report)
    desk.write("UPDATE report SET state = 'closed' WHERE lookup IS NOT NULL")
    tap.equal(p.call("/api/v1/answers", {"receipt": words, "text": "late"}, full, "answer-00005").status, 409, "closed: 409")


def asking_again(tap, desk, p, full, second, write, report):
    """GET with ETag: 304 until something changes; a tag tells nothing of another receipt."""
    words, other = (p.call("/api/v1/reports", dict(report, language=l), full, f"etag-{l}-0001").json["receipt"] for l in ("fr", "ar"))
    first, post = p.get(words, full), p.call("/api/v1/status", {"receipt": words}, full)
    tag = first.headers["ETag"]
    tap.ok(first.status == 200 and first.json == post.json and re.fullmatch('"[0-9a-f]{32}"', tag), "GET says what POST says, with a strong ETag", first.body)
    tap.equal(first.headers["Cache-Control"], "no-store", "and no proxy may keep it")
    same = p.get(words, full, more={"If-None-Match": tag})
    tap.ok(same.status == 304 and same.body == "" and same.headers["ETag"] == tag, "304 when it is the same", same.body)
    tap.equal([p.get(words, full, more={"If-None-Match": h}).status for h in (f'"x", W/{tag}', "*", f'{tag[:-2]}0"', '"x"', tag[1:-1])],
              [304, 304, 200, 200, 200], "lists, weak tags, *; not another one")
    head = p.get(words, full, method="HEAD")
    tap.ok(head.status == 200 and head.body == "" and head.headers["ETag"] == tag, "HEAD too")
    tap.equal(p.get(words, full, method="HEAD", more={"If-None-Match": tag}).status, 304, "with 304")
    tap.equal((p.get(other, full).json, p.get(other, full).headers["ETag"] == tag), (first.json, False), "another receipt with the same status has another tag")
    tap.ok(p.get(words, second).headers["ETag"] != tag, "and so has another key")
    tap.equal(p.get(other, full, more={"If-None-Match": tag}).status, 200, "the tag of one is no good for another")
    typed = " ".join(words).upper()
    tap.equal([p.get(w, full).headers["ETag"] == tag for w in (urllib.parse.quote(typed), urllib.parse.quote(" ".join(words), safe=""))], [True, True], "the words count, not how they are typed")
    desk.write("UPDATE report SET status = 1 WHERE id IN (SELECT id FROM report ORDER BY received DESC LIMIT 2)")
    p.call("/api/v1/answers", {"receipt": words, "text": "Asked again."}, full, "etag-answer-01")
    now = p.get(words, full, more={"If-None-Match": tag})
    tap.ok(now.status == 200 and now.json["messages"] and now.headers["ETag"] != tag, "what changed comes whole, under another tag", now.body)
    tap.equal([p.get(w, full).status for w in (None, "", "one two", "%zz", "%00" * 9, "x" * 3000, "%F0%28" * 9)], [422] * 7, "no receipt, half of one, a broken one: 422")
    tap.equal([p.get(words[1:] + words[:1], full).status, p.get(words, write).status, p.get(words, "hisn_no").status, p.get(words, None).status],
              [404, 403, 401, 401], "other words 404, a key that may not 403, no key 401")
    desk.keys.stop()
    away = p.get(words, full)
    desk.start_keys()
    tap.ok(away.status == 503 and away.headers["Retry-After"], "without the key process: 503")
    output = desk.desk.output()
    tap.equal([w for w in words if w in output], [], "no word of a receipt in the log")


def scopes(tap, desk):
    """Several keys an organisation, each with what was ticked."""
    admin = signed_in(desk, "admin")[0]
    page = admin.get("/en/staff/partners")
    at = page.at("/staff/partners")
    tap.equal([page.submit({"organisation": "Scopes Test", "scope": s}, at=at).status for s in (None, "", "reports:all", ["reports:read", "x"])], [422] * 4,
              "no scope, or one that is not there: no key")
    made = [re.search(r"hisn_[A-Za-z0-9_-]{20,}", page.submit({"organisation": "Scopes Test", "scope": s}, at=at).body).group(0)
            for s in ("reports:read", ["reports:read", "reports:write", "reports:read"])]
    tap.equal(sorted(r[0] for r in desk.rows("SELECT scopes FROM partner_key WHERE organisation = 'Scopes Test'")),
              ["reports:read", "reports:write reports:read"], "two keys of one organisation, each scope once")
    return made


def keys_away(tap, desk, p, key, report, words):
    before = count(desk)
    desk.keys.stop()
    away = p.call("/api/v1/reports", report, key, "away-000001")
    tap.ok(away.status == 503 and away.headers.get("Retry-After") and count(desk) == before, "without the key process: 503, Retry-After, nothing stored", away.body)
    tap.equal([p.call("/api/v1/status", {"receipt": words}, key).status, p.call("/api/v1/answers", {"receipt": words, "text": "x"}, key, "away-000002").status],
              [503, 503], "so are status and answers")
    desk.start_keys()
    twice = [p.call("/api/v1/reports", report, key, "away-000001") for _ in range(2)]
    tap.equal(([t.status for t in twice], count(desk)), ([201, 200], before + 1), "the same request afterwards succeeds, once")


def reporters_first(tap, desk, p, key, report):
    """However often partners ask, somebody who comes back with nine words gets in."""
    words = p.call("/api/v1/reports", report, key, "reporters-0001").json["receipt"]
    for n in range(3):
        p.call("/api/v1/answers", {"receipt": words, "text": "More."}, key, f"reporters-more-{n}")
    got = [p.get(words, key).status for _ in range(60)]
    tap.equal(sorted(set(got)), [200, 429], "a program that asks too often is told so: " + str({g: got.count(g) for g in got}))
    back = desk.get("/fr/receipt").submit({"typed": " ".join(words)}, go="open")
    tap.ok(back.status == 200 and "More." in back.text, "and the reporter gets in", (back.status, back.text[-300:]))


def too_often(tap, desk, p, key, write):
    desk.write("UPDATE partner_key SET scopes = 'reports:read' WHERE organisation = 'Forum Test'")
    tap.equal([p.call(path, {}, write, "scope-000001").status for path in ("/api/v1/reports", "/api/v1/answers")], [403, 403], "a key that may only read sends nothing: 403")
    tap.equal([p.call(path, {}, "hisn_wrong", "scope-000001").status for path in ("/api/v1/status", "/api/v1/answers")], [401, 401], "a wrong key: 401 everywhere")
    for n in range(1, 200):
        page = p.call("/api/v1/status", {}, key)
        if page.status == 429:
            break
    tap.ok(page.status == 429 and int(page.headers.get("Retry-After", 0)) > 0 and n > 30, f"too many at once: 429 with Retry-After (after {n})", (page.status, n))
    tap.equal(p.get(["x"] * 9, key).status, 429, "GET too")
    tap.equal([p.call(path, {}, key, "often-000001").status for path in ("/api/v1/reports", "/api/v1/answers")], [429, 429], "everywhere")
    tap.equal(p.call("/api/v1/status", {}, write).status, 422, "another partner's key is not slowed down")


with Tap() as tap, Desk(free_port(18230, 18239), keys=["--password-memory", "8"]) as desk:
    full, write, old = keys(tap, desk)
    p = Partner(tap, desk, the_document(tap, desk))
    report = examples(tap, desk, p, full)
    every_field(tap, desk, p, full)
    words = same_again(tap, desk, p, full, write, report)
    refused(tap, desk, p, full, write, old, report)
    coming_back(tap, desk, p, full, write, words, report)
    read, both = scopes(tap, desk)
    asking_again(tap, desk, p, both, read, write, report)
    keys_away(tap, desk, p, full, report, words)
    reporters_first(tap, desk, p, both, report)
    too_often(tap, desk, p, full, write)
    described = {(path, int(code)) for path, item in p.document["paths"].items() for code in item.get("post", {}).get("responses", {})}
    tap.equal(sorted(p.seen - described), [], f"each of the {p.n} answers is described, and as described")
    by_get = {int(code) for code in p.document["paths"]["/api/v1/status"]["get"]["responses"]}
    tap.equal(sorted(p.got - by_get), [], "each answer to GET too")
    tap.note("described, not seen: " + str(sorted(described - p.seen)))
    tap.ok(full not in desk.desk.output() and "forum.example" not in desk.desk.output(), "no key and no address in the log", desk.desk.output()[-600:])
