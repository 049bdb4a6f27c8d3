# SPDX-License-Identifier: Apache-2.0
"""Reads a template's HTML as a browser would, knows at each point where a value would land, folds blanks,
and refuses what is not well formed."""
import re

from cstring import Bad

VOID = set("area base br col embed hr img input link meta source track wbr".split())
SVG = set("svg g path circle ellipse rect line polyline polygon text tspan title desc defs use symbol".split())
BLOCK = set("""address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer form
h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li link main menu meta nav ol p pre search section summary table
tbody td tfoot th thead title tr ul caption colgroup col optgroup option datalist""".split())
INLINE = set("""a abbr b bdi bdo br button cite code data del dfn em i img input ins kbd label mark meter noscript
output picture progress q s samp script select small source span strong style sub sup svg textarea time u var wbr
template""".split())
PARENT = {"li": "ul ol menu", "dt": "dl div", "dd": "dl div", "tr": "tbody thead tfoot table", "td": "tr", "th": "tr",
          "tbody": "table", "thead": "table", "tfoot": "table", "caption": "table", "colgroup": "table",
          "col": "colgroup", "option": "select optgroup datalist", "optgroup": "select", "legend": "fieldset",
          "summary": "details", "figcaption": "figure", "head": "html", "body": "html"}
ONLY = {"ul": "li", "ol": "li", "menu": "li", "dl": "dt dd div", "table": "caption colgroup thead tbody tfoot tr",
        "thead": "tr", "tbody": "tr", "tfoot": "tr", "tr": "td th", "select": "option optgroup hr", "optgroup": "option",
        "colgroup": "col", "html": "head body"}
PHRASING = set("p h1 h2 h3 h4 h5 h6 pre span strong em b i small label button summary legend dt".split())
PHRASING_BUT = {"summary": set("h1 h2 h3 h4 h5 h6".split()), "legend": set("h1 h2 h3 h4 h5 h6".split())}
INTERACTIVE = set("a button input select textarea label details".split())
URLS = set("href src action formaction cite poster".split())
URL = re.compile(r"~?/(?!/)|#|\?|https?://|tel:|sms:|mailto:")
ENTITY = re.compile(r"&(?:#[0-9]+|#x[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);|&(?=\s)")
BLANK = " \t\n"


class Html:
    def __init__(self, path, literal=lambda s: None, base=lambda: None, stack=(), ids=None):
        self.path, self.line, self.literal, self.base = path, 1, literal, base
        self.stack, self.state, self.blank, self.after_block = list(stack), "text", "", True
        self.name = self.attribute = self.tag = self.prefix = ""
        self.attributes, self.ids, self.started, self.whole = {}, ids if ids is not None else {}, False, True
        self.branches, self.loops = [], 0

    def bad(self, what):
        return Bad(f"{self.path}:{self.line}: {what}" if self.path else what)

    # --- what the generator asks ---

    def place(self):
        """Where a value would land: text, value, url (an address from its start), part (of an address), phone, tag."""
        if self.state in ("text", "rcdata"):
            return "text"
        if self.state == "value":
            if self.attribute not in URLS:
                return "value"
            if not self.started:
                return "url"
            return "phone" if re.match("tel:|sms:", self.prefix) else "part"
        return "tag" if self.state in ("tag", "attribute") else self.state

    def value(self):
        """A value is put here: refused where no escaping would make it safe."""
        self.flush()
        if self.state not in ("text", "rcdata", "value"):
            raise self.bad({"tag": "a value in a tag stands in an attribute's quotes",
                            "attribute": "a value in a tag stands in an attribute's quotes",
                            "equals": "a value without quotes around it", "raw": f"no values in <{self.raw_name()}>",
                            "comment": "no values in a comment"}.get(self.state, "no value here"))
        if self.state == "value":
            if self.attribute in ("srcset", "imagesrcset"):
                raise self.bad(f"no values in {self.attribute}")
            if self.attribute in URLS and not self.started:
                self.started = True
            elif self.attribute in URLS and self.prefix and not self.checked:
                self.check_url()
            self.whole = False
        elif self.stack and self.stack[-1] in ONLY and self.state == "text":
            raise self.bad(f"no text directly in <{self.stack[-1]}>")
        self.after_block = False

    def mark(self):
        return (self.state, tuple(self.stack), self.name if self.state != "text" else "",
                self.attribute if self.state == "value" else "")

    def describe(self):
        if self.state == "value":
            return f"the attribute {self.attribute}"
        return " ".join(f"<{t}>" for t in self.stack[-3:]) or "nothing"

    def enter(self, loop):
        state = (dict(self.attributes), dict(self.ids), self.prefix, self.started)
        self.branches.append((state, [], loop))
        self.loops += loop
        if loop:
            self.after_block = False  # nor is a blank there in the next round

    def other_branch(self):
        start, ended, _ = self.branches[-1]
        ended.append((self.attributes, dict(self.ids)))
        self.attributes = dict(start[0])
        self.ids.clear()
        self.ids.update(start[1])
        self.prefix, self.started = start[2], start[3]
        self.after_block = False

    def leave(self):
        _, ended, loop = self.branches.pop()
        for attributes, ids in ended:
            self.attributes = {**attributes, **self.attributes}
            self.ids.update(ids)
        self.loops -= loop
        self.after_block = False

    def end(self, opens=()):
        self.flush()
        if self.state != "text":
            raise self.bad(f"ends within a tag, a comment or <{self.name}>")
        if self.stack != list(opens):
            raise self.bad(f"ends with {self.describe()} open, declared: {' '.join(opens) or 'nothing'}")

    # --- reading ---

    def flush(self):
        """Writes the blanks that are due; those beside a block's tag are not. Called at each directive."""
        if self.state == "attribute":
            self.state = "tag"
        if self.blank:
            blank, self.blank = self.blank, ""
            if self.state == "value":
                self.literal(" ")
            elif self.state == "tag":
                pass  # each attribute writes its own
            elif self.keeps():
                self.literal(blank)
            elif not self.after_block and not (self.stack and self.stack[-1] in ONLY):
                self.literal("\n" if "\n" in blank else " ")

    def keeps(self):
        return "pre" in self.stack or "textarea" in self.stack

    def raw_name(self):
        return self.stack[-1] if self.stack else ""

    def feed(self, source):
        i = 0
        while i < len(source):
            step = getattr(self, "in_" + self.state)(source, i)
            self.line += source.count("\n", i, i + step)
            i += step

    def in_text(self, s, i):
        c = s[i]
        if c in BLANK:
            self.blank += c
            return 1
        if c == "<":
            if s.startswith("<!--", i):
                self.state = "comment"
                return 4
            if s[i:i + 9].lower() == "<!doctype":
                end = s.find(">", i)
                self.literal("<!doctype html>")
                return (end if end >= 0 else len(s)) + 1 - i
            m = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)").match(s, i)
            if not m:
                raise self.bad("a < that starts no tag: write &lt;")
            self.begin(m[1], m[2])
            return m.end() - i
        if self.stack and self.stack[-1] in ONLY:
            raise self.bad(f"no text directly in <{self.stack[-1]}>")
        return self.character(s, i)

    def character(self, s, i):
        self.flush()
        self.after_block = False
        if s[i] != "&":
            self.literal(s[i])
            return 1
        m = ENTITY.match(s, i)
        if not m:
            raise self.bad("write &amp; for &")
        self.literal(m.group())
        return m.end() - i

    def in_rcdata(self, s, i):
        """<textarea>, <title>: text with entities, no tags."""
        if s[i] in BLANK:
            self.blank += s[i]
            return 1
        if s[i] == "<":
            end = f"</{self.stack[-1]}"
            if not s.startswith(end, i):
                raise self.bad(f"no tags in <{self.stack[-1]}>")
            if not self.keeps():
                self.blank = ""
            self.flush()
            self.state = "text"
            self.begin("/", self.stack[-1])
            return len(end)
        return self.character(s, i)

    def in_raw(self, s, i):
        end = s.find(f"</{self.stack[-1]}", i)
        if end < 0:
            self.literal(s[i:])
            return len(s) - i
        self.literal(s[i:end])
        if end == i:
            self.state = "text"
            name = self.stack[-1]
            self.begin("/", name)
            return 2 + len(name)
        return end - i

    def in_comment(self, s, i):
        end = s.find("-->", i)
        if end >= 0:
            self.state = "text"
        return (end + 3 if end >= 0 else len(s)) - i

    def begin(self, slash, name):
        if "svg" not in self.stack and name != name.lower():
            raise self.bad(f"<{name}>: small letters")
        if name in BLOCK and not self.keeps():
            self.blank = ""
        self.flush()
        self.name, self.tag, self.attributes, self.state = name, slash, {}, "tag"
        if slash:
            if not self.stack or self.stack[-1] != name:
                raise self.bad(f"</{name}> closes {'<' + self.stack[-1] + '>' if self.stack else 'nothing'}")
        else:
            self.nest(name)
        self.literal(f"<{slash}{name}")

    def nest(self, name):
        parent = self.stack[-1] if self.stack else None
        if "svg" in self.stack:
            if name not in SVG:
                raise self.bad(f"<{name}> is not known here")
            return
        if name not in VOID | BLOCK | INLINE:
            raise self.bad(f"<{name}> is not known here")
        if parent in ONLY and name not in ONLY[parent].split() + ["template", "script"]:
            raise self.bad(f"<{name}> in <{parent}>")
        if parent and name in PARENT and parent not in PARENT[name].split():
            raise self.bad(f"<{name}> in <{parent}>: it belongs in {PARENT[name].replace(' ', ', ')}")
        for above in self.stack:
            if above in PHRASING and name in BLOCK - {"link", "meta"} - PHRASING_BUT.get(above, set()):
                if name != "option" and not (name in PARENT and parent in PARENT[name].split()):
                    raise self.bad(f"<{name}> in <{above}>")
            if (above in ("a", "button") and name in INTERACTIVE) or (above == name and name in ("form", "label")):
                raise self.bad(f"<{name}> in <{above}>")

    def in_tag(self, s, i):
        c = s[i]
        if c in BLANK:
            self.blank = " "
            return 1
        if c == ">" or s.startswith("/>", i):
            self.blank = ""
            self.close(c == "/")
            return 1 if c == ">" else 2
        m = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:.-]*").match(s, i)
        if not m or self.tag:
            raise self.bad(f"{c!r} in a tag")
        self.begin_attribute(m.group())
        return m.end() - i

    def begin_attribute(self, name):
        if "svg" not in self.stack and self.name != "svg" and name != name.lower():
            raise self.bad(f"{name}: small letters")
        if name.startswith("on") or name in ("style", "srcdoc", "ping", "background"):
            raise self.bad(f"the attribute {name} has no place in our pages (Content-Security-Policy)")
        if name in self.attributes:
            raise self.bad(f"{name} twice in a tag")
        self.literal(" " + name)
        self.blank = ""
        self.attribute, self.attributes = name, {**self.attributes, name: None}
        self.state = "attribute"

    def in_attribute(self, s, i):
        if s[i] == "=":
            self.literal("=")
            self.state = "equals"
            return 1
        if s[i] not in BLANK + ">/":
            raise self.bad(f"{s[i]!r} after the attribute {self.attribute}")
        self.state = "tag"
        return 0

    def in_equals(self, s, i):
        if s[i] not in "\"'":
            raise self.bad(f"{self.attribute}: an attribute's value stands in quotes")
        self.state, self.quote, self.prefix, self.started, self.whole = "value", s[i], "", False, True
        self.checked = False
        self.literal('"')
        return 1

    def in_value(self, s, i):
        c = s[i]
        if c in BLANK:
            self.blank = " "
            self.prefix += " "
            return 1
        if c == self.quote:
            self.flush()
            self.end_value()
            return 1
        if c == '"':
            raise self.bad("write &quot; within '…'")
        self.flush()
        if self.attribute in URLS and not self.started:
            self.started = True
            if s.startswith("~/", i):
                self.base()
                self.prefix = "~"
                return 1
        m = ENTITY.match(s, i) if c == "&" else None
        if c == "&" and not m:
            raise self.bad("write &amp; for &")
        piece = m.group() if m else c
        self.literal(piece)
        self.prefix += piece
        return len(piece)

    def check_url(self):
        if self.attribute in URLS and not URL.match(self.prefix):
            raise self.bad(f"{self.attribute}=\"{self.prefix}\": an address starts with / ~/ # ? http:// https:// tel: sms: mailto:")
        self.checked = True

    def end_value(self):
        if self.whole:
            self.check_url()
        if self.attribute == "id" and self.whole:
            if self.loops:
                raise self.bad(f"id=\"{self.prefix}\" in a for is there several times")
            if self.prefix in self.ids:
                raise self.bad(f"id=\"{self.prefix}\" is also in line {self.ids[self.prefix]}")
            self.ids[self.prefix] = self.line
        self.attributes[self.attribute] = self.prefix if self.whole else None
        self.literal('"')
        self.state = "tag"

    def close(self, self_closing):
        name = self.name
        self.state, self.after_block = "text", name in BLOCK
        if self.tag:
            self.literal(">")
            self.stack.pop()
            return
        if name == "img" and "alt" not in self.attributes:
            raise self.bad("<img> without alt")
        if name == "meta" and "http-equiv" in self.attributes and self.attributes.get("content", "") is None:
            raise self.bad("no values in <meta http-equiv>")
        if "svg" in self.stack and self_closing:
            self.literal("/>")
            return
        if self_closing and name not in VOID:
            raise self.bad(f"<{name}/> is not closed by that in HTML")
        self.literal(">")
        if name in VOID:
            return
        self.stack.append(name)
        if name in ("script", "style"):
            self.state = "raw"
        elif name in ("textarea", "title") and "svg" not in self.stack:
            self.state = "rcdata"
