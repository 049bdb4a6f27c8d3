#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What html_text and html_url write, read back by Python's own reader of HTML. test_escape.py TOOL"""
import html, html.parser, os, random, re, struct, subprocess, sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "flow"))
from hisnflow import Tap  # noqa: E402

ALPHABET = list("<>&\"'`=;#/\\:?%+~ \t\n\rabcxjsJS019") + ["&amp;", "&lt", "&#60;", "&#x3c", "javascript:", "//", "~/", "https://",
            "data:", "mailto:", "tel:", "é", "ⵣ", "ش", "🌿", "\u202e", "\u2028", "\0", "\x1b", "\x85", "\ufeff", "\uffff", "]]>", "<!--"]


def framed(tool, texts):
    data = b"".join(struct.pack(">I", len(t)) + t for t in texts)
    out = subprocess.run([tool], input=data, capture_output=True, check=True).stdout
    found, at = [], 0
    while at < len(out):
        n = struct.unpack_from(">I", out, at)[0]
        found.append(out[at + 4:at + 4 + n])
        at += 4 + n
    return list(zip(found[::2], found[1::2]))


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append(("comment", data))


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


with Tap() as tap:
    dice = random.Random(1)
    texts = ["".join(dice.choice(ALPHABET) for _ in range(dice.randrange(24))) for _ in range(20000)]
    wrong, foreign = [], []
    for text, (escaped, url) in zip(texts, framed(sys.argv[1], [t.encode() for t in texts])):
        want = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
        escaped, url = escaped.decode(), url.decode()
        reader = read(f"<p>{escaped}</p><a title=\"{escaped}\" lang='{escaped}'>")
        if html.unescape(escaped) != want or reader.text != want or reader.tags != [("p", []), ("a", [("title", want), ("lang", want)])]:
            wrong.append((text, escaped))
        # As a browser does it (WHATWG URL): blanks and controls before it and tabs and lines within go; \ is /.
        reader = read(f"<a href=\"{url}\">")
        seen = re.sub(r"[\t\n\r]", "", html.unescape(url)).lstrip("".join(map(chr, range(33)))).replace("\\", "/")
        scheme = re.match(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?", seen)[1]
        scheme = scheme.lower() if scheme else ""
        if len(reader.tags) != 1 or scheme not in ("", "https", "http", "tel", "sms", "mailto") or (not scheme and seen.startswith("//")):
            foreign.append((text, url))
    tap.ok(not wrong, "20,000 texts come back as they were, in text and in attributes", wrong[:3])
    tap.ok(not foreign, "20,000 addresses lead nowhere else", foreign[:3])
    junk = [bytes(dice.randrange(256) for _ in range(40)) for _ in range(2000)]
    def valid(b):
        try:
            b.decode()
            return True
        except UnicodeDecodeError:
            return False
    tap.ok(all(valid(e) and not re.search(rb"[<>\"']", e) for e, _ in framed(sys.argv[1], junk)), "any bytes come out as UTF-8 without tags")
