#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTML templates -> C functions. See README.md.

    templates.py -o OUT.c PAGE.html              one template, one C file
    templates.py --header OUT.h PAGE.html...     the prototypes of all of them
    templates.py --messages PAGE.html...         every msgid with its place"""
import argparse, os, re, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cstring import Bad, quote, tokens, unquote  # noqa: E402
from html_state import Html  # noqa: E402

HOLE = re.compile(r"\{([0-9])\}")


def inside(source, start):
    """The end of a directive that starts at `start`: its }} outside C strings and characters."""
    m = re.compile(r'(?:"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|(?!\}\}).)*?\}\}', re.S).match(source, start)
    return m.end() if m else -1


def split(source, path):
    """("text" | "do", content, line) in order. A line that holds only directives without output goes whole."""
    parts, at = [], 0
    while True:
        start = source.find("{{", at)
        if start < 0:
            break
        end = inside(source, start + 2)
        line = source.count("\n", 0, start) + 1
        if end < 0:
            raise Bad(f"{path}:{line}: {{{{ without }}}}")
        parts.append(["text", source[at:start], source.count("\n", 0, at) + 1])
        parts.append(["do", source[start + 2:end - 2].strip(), line])
        at = end
    parts.append(["text", source[at:], source.count("\n", 0, at) + 1])
    for i in range(1, len(parts) - 1, 2):
        if not SILENT.match(parts[i][1]):
            continue
        before, after = parts[i - 1][1], parts[i + 1][1]
        if (re.search(r"\n[ \t]*\Z", before) or (i == 1 and not before.strip())) and re.match(r"[ \t]*(\n|\Z)", after):
            parts[i - 1][1] = before.rstrip(" \t")
            cut = re.match(r"[ \t]*(\n|\Z)", after).end()
            parts[i + 1][1] = after[cut:]
            parts[i + 1][2] += after[:cut].count("\n")
    return parts


SILENT = re.compile(r"(#|!|if\s|elif\s|else\Z|end\Z|for\s|call\s)")
KEYWORD = re.compile(r'(t!|tc|t|n)\s+(?=")')


class Text:
    """{{ t … }} and its kin, read: msgid, plural, context, arguments as C."""

    def __init__(self, kind, body, where):
        self.kind, self.plural, self.context = kind, None, None
        strings, rest = leading_strings(body, {"n": 2, "tc": 2}.get(kind, 1), where)
        self.msgid = strings[-1] if kind == "tc" else strings[0]
        if kind == "tc":
            self.context = strings[0]
        if kind == "n":
            self.plural = strings[1]
        self.args = arguments(rest)
        self.count = None
        if kind == "n":
            if not self.args:
                raise Bad(f"{where}: a plural needs its number")
            self.count = self.args.pop(0)
        self.check(where)

    def check(self, where):
        if not self.msgid.strip():
            raise Bad(f"{where}: an empty text")
        used = {int(d) for d in HOLE.findall(self.msgid)} | {int(d) for d in HOLE.findall(self.plural or "")}
        if used != set(range(len(self.args))):
            raise Bad(f"{where}: {len(self.args)} arguments for the placeholders "
                      f"{' '.join('{%d}' % d for d in sorted(used)) or '(none)'}; an expression with blanks goes in ( )")
        if self.kind == "tc" and self.args:
            raise Bad(f"{where}: a text with context takes no arguments")
        if self.kind == "n" and "{n}" not in self.plural:
            raise Bad(f"{where}: the plural does not hold {{n}}")
        if self.kind == "t!":
            fault = fragment_fault(self.msgid)
            if fault:
                raise Bad(f"{where}: {fault[0]}")
        elif re.search(r"</?[a-z]|&[a-z]+;", self.msgid + (self.plural or "")):
            raise Bad(f"{where}: a text with HTML of its own is {{{{ t! … }}}}")

    def code(self):
        args = "NULL"
        if self.args:
            args = "(html_args){ " + ", ".join(f"html_arg(o, {a})" for a in self.args) + ", NULL }"
        m = quote(self.msgid)
        return {"t": f"html_t(o, {m}, {args});", "t!": f"html_t_html(o, {m}, {args});",
                "tc": f"html_tc(o, {quote(self.context or '')}, {m});",
                "n": f"html_n(o, {m}, {quote(self.plural or '')}, {self.count}, {args});"}[self.kind]


def leading_strings(body, count, where):
    found, end, joined = [], 0, False
    for kind, text, at in tokens(body):
        if kind != "string" or (len(found) == count and not joined):
            break
        gap = body[end:at]
        # "a" on the next line goes on with the text of this one, as in C.
        if found and "\n" in gap:
            found[-1] += unquote(text)
        elif len(found) == count:
            break
        else:
            found.append(unquote(text))
        end, joined = at + len(text), True
    if len(found) != count:
        raise Bad(f"{where}: {count} texts in quotes")
    return found, body[end:]


def arguments(rest):
    """C expressions apart by blanks outside brackets."""
    args, depth, last = [], 0, None
    for kind, text, at in tokens(rest):
        blank = last is not None and at > last
        if depth == 0 and (blank or not args):
            args.append("")
        elif blank:
            args[-1] += " "
        args[-1] += text
        if kind == "other":
            depth += (text in "([{") - (text in ")]}")
        last = at + len(text)
    return args


def fragment_fault(html):
    """What is wrong with the HTML of a {{ t! }} text, in a list; empty: nothing."""
    h = Html("")
    try:
        for i, piece in enumerate(re.split(r"(\{[0-9]\})", html)):
            if i % 2 == 0:
                h.feed(piece)
            else:
                place = h.place()
                if place not in ("text", "url"):
                    raise Bad("a placeholder stands in a tag only as a whole address: href=\"{0}\"")
                h.value()
        h.end()
    except Bad as e:
        return [str(e)]
    return []


class Function:
    def __init__(self, prototype, path, line):
        m = re.fullmatch(r"(.*\))((?:\s+(?:opens|closes)(?:\s+[a-z0-9]+)+)*)", prototype, re.S)
        if not m or not re.search(r"\bstruct html_out \*o\b", m[1]):
            raise Bad(f"{path}:{line}: a prototype with struct html_out *o, then perhaps: opens html body")
        self.prototype, self.path, self.line = re.sub(r"\s+", " ", m[1].strip()), path, line
        self.opens = self.closes = ()
        for word, tags in re.findall(r"(opens|closes)((?:\s+(?!opens|closes)[a-z0-9]+)+)", m[2]):
            setattr(self, word, tuple(tags.split()))
        self.code = []  # ("text", str) | ("c", line, str)

    def static(self):
        return self.prototype.startswith("static ")

    def literal(self, text):
        if self.code and self.code[-1][0] == "text":
            self.code[-1] = ("text", self.code[-1][1] + text)
        elif text:
            self.code.append(("text", text))

    def c(self, line, code):
        self.code.append(("c", line, code))


class Template:
    def __init__(self, path):
        with open(path, encoding="utf-8", newline=None) as f:
            source = f.read()
        self.path, self.includes, self.functions, self.texts, self.ids = path, [], [], [], {}
        self.function, self.html, self.blocks = None, None, []
        for kind, content, line in split(source, path):
            where = f"{path}:{line}"
            if kind == "text":
                self.text(content, line)
            elif content.startswith("!"):
                continue
            elif content.startswith("#"):
                self.preamble(content[1:].strip(), line, where)
            elif self.function is None:
                raise Bad(f"{where}: before the first {{{{# function }}}}")
            else:
                self.directive(content, line, where)
        self.finish(source.count("\n") + 1)
        if not self.functions:
            raise Bad(f"{path}:1: no {{{{# function }}}}")

    def text(self, content, line):
        if self.function is None:
            if content.strip():
                raise Bad(f"{self.path}:{line}: text before the first {{{{# function }}}}")
            return
        self.html.line = line
        self.html.feed(content)

    def preamble(self, content, line, where):
        m = re.fullmatch(r'include\s+("[^"]+"|<[^>]+>)', content)
        if m:
            self.includes.append((line, m[1]))
            return
        self.finish(line)
        self.function = Function(content, self.path, line)
        self.functions.append(self.function)
        self.html = Html(self.path, self.function.literal, lambda: self.function.c(self.html.line, "html_text(o, o->base);"),
                         self.function.closes, self.ids)

    def finish(self, line):
        if self.function is None:
            return
        if self.blocks:
            raise Bad(f"{self.path}:{self.blocks[-1][1]}: no {{{{ end }}}}")
        self.html.line = line
        self.html.end(self.function.opens)

    def directive(self, content, line, where):
        f, h = self.function, self.html
        h.line = line
        h.flush()
        m = re.match(r"(if|elif|for|call(?=\s+\w)|num(?=\s+[\w(*]))\s+(.*)", content, re.S)
        if content in ("end", "else") or (m and m[1] in ("if", "elif", "for")):
            return self.block(m[1] if m else content, m[2] if m else "", line, where)
        if m and m[1] == "call":
            if h.place() != "text":
                raise Bad(f"{where}: call stands between tags")
            h.after_block = False
            return f.c(line, m[2].strip().rstrip(";") + ";")
        if m and m[1] == "num":
            h.value()
            return f.c(line, f"html_num(o, {m[2].strip()});")
        k = KEYWORD.match(content)
        if k:
            text = Text(k[1], content[k.end():], where)
            place = h.place()
            if place in ("url", "part"):
                raise Bad(f"{where}: a text is no address")
            if text.kind == "t!" and place != "text":
                raise Bad(f"{where}: t! holds tags, so it stands between tags")
            h.value()
            self.texts.append((where, text.msgid, text.plural, text.context))
            return f.c(line, text.code())
        if not content:
            raise Bad(f"{where}: empty")
        place = h.place()
        put = {"text": "html_put", "value": "html_put", "url": "html_url", "part": "html_put_part", "phone": "html_phone"}
        h.value()
        f.c(line, f"{put.get(place, 'html_put')}(o, {content});")

    def block(self, word, rest, line, where):
        f, h = self.function, self.html
        if word in ("if", "for"):
            self.blocks.append((word, line, h.mark()))
            h.enter(word == "for")
            return f.c(line, f"{word} ({rest.strip()}) {{")
        if not self.blocks:
            raise Bad(f"{where}: {word} without if or for")
        opened, since, mark = self.blocks[-1]
        if opened == "for" and word != "end":
            raise Bad(f"{where}: {word} in a for")
        if h.mark() != mark:
            raise Bad(f"{where}: what is open here ({h.describe()}) was not at line {since}, or the reverse")
        (h.leave if word == "end" else h.other_branch)()
        if word == "end":
            self.blocks.pop()
            return f.c(line, "}")
        if word == "else":
            if opened == "else":
                raise Bad(f"{where}: else twice")
            self.blocks[-1] = ("else", since, mark)
            return f.c(line, "} else {")
        if opened == "else":
            raise Bad(f"{where}: elif after else")
        f.c(line, f"}} else if ({rest.strip()}) {{")


def structs(functions):
    found = set()
    for f in functions:
        found |= set(re.findall(r"\bstruct (\w+)", f.prototype))
    return sorted(found - {"html_out", "html", "bytes", "arena"})


def c_file(t, header):
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* Written by src/web/gen/templates.py from {os.path.basename(t.path)}. */",
           '#include "web/html.h"']
    if header:
        out.append(f'#include "{header}"')
    for line, what in t.includes:
        out += [f'#line {line} "{t.path}"', f"#include {what}"]
    for f in t.functions:
        out += [f'#line {f.line} "{t.path}"', f.prototype, "{"]
        for piece in f.code:
            if piece[0] == "text":
                out.append(f"\thtml_literal(o, {quote(piece[1], 100)}, {len(piece[1].encode())});")
            else:
                out += [f'#line {piece[1]} "{t.path}"', f"\t{piece[2]}"]
        out += ["}", ""]
    return "\n".join(out)


def header_file(templates):
    """An enum cannot be declared ahead, so a file with one in a prototype has its includes here too."""
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", "#pragma once", "/* Written by src/web/gen/templates.py. */",
           '#include "web/html.h"']
    for t in templates:
        if any("enum " in f.prototype for f in t.functions if not f.static()):
            out += [f"#include {what}" for _, what in t.includes]
    shown = [f for t in templates for f in t.functions if not f.static()]
    names = {}
    for f in shown:
        name = re.search(r"(\w+)\s*\(", f.prototype)[1]
        if name in names:
            raise Bad(f"{f.path}:{f.line}: {name} is also in {names[name]}")
        names[name] = f"{f.path}:{f.line}"
    out += [""] + [f"struct {s};" for s in structs(shown)] + [""] + [f.prototype + ";" for f in shown] + [""]
    return "\n".join(out)


def messages(path):
    """(place, msgid, plural, context) of each text."""
    return Template(path).texts


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("-o", dest="out")
    p.add_argument("--include", help="of the header with the prototypes")
    p.add_argument("--header")
    p.add_argument("--messages", action="store_true")
    p.add_argument("template", nargs="*")
    a = p.parse_args()
    found = [Template(t) for t in a.template]
    if a.messages:
        for t in found:
            for where, msgid, plural, context in t.texts:
                print(f"{where}: {quote(msgid)}" + (f" {quote(plural)}" if plural else "") + (f" ({context})" if context else ""))
        return
    from po import write
    if a.header:
        write(a.header, header_file(found))
    if a.out:
        if len(found) != 1:
            raise Bad("-o takes one template")
        write(a.out, c_file(found[0], a.include))


if __name__ == "__main__":
    try:
        main()
    except Bad as e:
        print(e, file=sys.stderr)
        sys.exit(1)
