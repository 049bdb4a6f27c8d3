#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""src/web/gen/templates.py: what it writes, what it refuses, and that the compiler names the template's line.
test_templates.py COMPILER..."""
import os, re, subprocess, sys, tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
BUILD = os.environ.get("HISN_BUILD") or os.path.join(SOURCE, "build")
sys.path[:0] = [os.path.join(SOURCE, "tests", "flow"), os.path.join(SOURCE, "src", "web", "gen")]
from hisnflow import Tap  # noqa: E402
import templates  # noqa: E402

HEAD = "{{# void f(struct html_out *o, const struct p *p) }}"


def made(body, head=HEAD):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.html")
        with open(path, "w", encoding="utf-8") as f:
            f.write(head + body)
        return templates.Template(path)


def literals(body, head=HEAD):
    """All that is put out as it stands, values as @."""
    out = ""
    for piece in made(body, head).functions[0].code:
        out += piece[1] if piece[0] == "text" else "@" if re.match(r"html_", piece[2]) else ""
    return out


def calls(body, head=HEAD):
    return [piece[2] for f in made(body, head).functions for piece in f.code if piece[0] == "c"]


def refusal(body, head=HEAD):
    try:
        made(body, head)
    except templates.Bad as e:
        return re.sub(r"^.*page\.html:", "", str(e))
    return None


REFUSED = [
    ("<p>x", "ends with <p> open"),
    ("<p></div>", "closes <p>"),
    ("</p>", "closes nothing"),
    ("<p><div></div></p>", "<div> in <p>"),
    ("<p><ul></ul></p>", "<ul> in <p>"),
    ("<ul><p></p></ul>", "<p> in <ul>"),
    ("<div><li></li></div>", "it belongs in ul"),
    ("<ul>text</ul>", "no text directly in <ul>"),
    ("<ul>{{ p->x }}</ul>", "no text directly in <ul>"),
    ("<table><td></td></table>", "<td> in <table>"),
    ("<a href=\"/\"><button>x</button></a>", "<button> in <a>"),
    ("<form><p><form></form></p></form>", "<form> in <"),
    ("<blink></blink>", "not known"),
    ("<DIV></DIV>", "small letters"),
    ("<div/>", "not closed by that"),
    ("<p class=x></p>", "in quotes"),
    ("<p class={{ p->x }}></p>", "without quotes"),
    ("<p {{ p->x }}></p>", "in an attribute's quotes"),
    ("<p class{{ p->x }}></p>", "in an attribute's quotes"),
    ("<{{ p->x }}></p>", "starts no tag"),
    ("<p class=\"a\" class=\"b\"></p>", "twice"),
    ("<p onclick=\"x\"></p>", "Content-Security-Policy"),
    ("<p style=\"color:red\"></p>", "Content-Security-Policy"),
    ("<script>{{ p->x }}</script>", "no values in <script>"),
    ("<style>p { color: {{ p->x }} }</style>", "no values in <style>"),
    ("<!-- {{ p->x }} -->", "no values in a comment"),
    ("<img src=\"/a.png\">", "without alt"),
    ("<img src=\"/a.png\" alt=\"\" srcset=\"{{ p->x }}\">", "no values in srcset"),
    ("<p id=\"a\"></p><p id=\"a\"></p>", "is also in line 1"),
    ("{{ for int i = 0; i < 2; i++ }}<p id=\"a\"></p>{{ end }}", "several times"),
    ("<a href=\"javascript:x\">x</a>", "an address starts with"),
    ("<a href=\"//host/\">x</a>", "an address starts with"),
    ("<a href=\"data:{{ p->x }}\">x</a>", "an address starts with"),
    ("<a href=\"{{ t \"x\" }}\">x</a>", "a text is no address"),
    ("<a href=\"\">x</a>", "an address starts with"),
    ("<meta http-equiv=\"refresh\" content=\"{{ p->x }}\">", "no values in <meta"),
    ("<meta content=\"{{ p->x }}\" http-equiv=\"refresh\">", "no values in <meta"),
    ("a & b &c", "write &amp;"),
    ("a &", "write &amp;"),
    ("a < b", "write &lt;"),
    ("<textarea><b></b></textarea>", "no tags in <textarea>"),
    ("{{ if p->x }}<p>{{ end }}</p>", "was not at line 1"),
    ("{{ if p->x }}<p>{{ else }}</p>{{ end }}", "was not at line 1"),
    ("<p {{ if p->x }}class=\"{{ end }}a\"></p>", "was not at line 1"),
    ("{{ if p->x }}", "no {{ end }}"),
    ("{{ end }}", "end without"),
    ("{{ else }}", "else without"),
    ("{{ for ;; }}{{ else }}{{ end }}", "else in a for"),
    ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", "else twice"),
    ("{{ if 1 }}{{ else }}{{ elif 2 }}{{ end }}", "elif after else"),
    ("{{ p->x", "without }}"),
    ("{{ }}", "empty"),
    ("{{ t \"{0}\" }}", "0 arguments for the placeholders {0}"),
    ("{{ t \"a\" p->x }}", "1 arguments for the placeholders (none)"),
    ("{{ t \"{0}\" p->x + 1 }}", "with blanks goes in ( )"),
    ("{{ t \"{1}\" p->x }}", "arguments"),
    ("{{ t \"\" }}", "an empty text"),
    ("{{ t \"<b>x</b>\" }}", "is {{ t! … }}"),
    ("{{ t! \"<b>x\" }}", "ends with <b> open"),
    ("{{ t! \"<b onclick='x'>x</b>\" }}", "Content-Security-Policy"),
    ("{{ t! \"<b class=\\\"{0}\\\">x</b>\" p->x }}", "only as a whole address"),
    ("<p class=\"{{ t! \"<b>x</b>\" }}\"></p>", "between tags"),
    ("{{ n \"{n} day\" \"{n} days\" }}", "needs its number"),
    ("{{ n \"{n} day\" \"days\" p->x }}", "does not hold {n}"),
    ("{{ n \"day\" p->x }}", "2 texts in quotes"),
    ("<p title=\"{{ call f(o, p) }}\"></p>", "call stands between tags"),
    ("<p>\n</p>\n<b>", "3: ends with <b>"),
]


def refusals(tap):
    for body, why in REFUSED:
        have = refusal(body)
        tap.ok(have and why in have, f"refused: {body!r}", f"want {why!r}\nhave {have!r}")
    tap.ok("2: " in (refusal("\n<img src=\"/\">") or ""), "a refusal names the line")
    tap.ok("before the first" in (refusal("x", "") or ""), "text before a function is refused")
    tap.ok("prototype with struct html_out *o" in (refusal("x", "{{# void f(int x) }}") or ""), "a function without o is refused")


def output(tap):
    def same(body, want, what, head=HEAD):
        tap.equal(literals(body, head), want, what)
    same("\n<div>\n  <p>a\n   b  c</p>\n\n</div>\n", "<div><p>a\nb c</p></div>", "blanks are folded")
    same("<p>a <b>b</b> <i>c</i></p>", "<p>a <b>b</b> <i>c</i></p>", "a blank between words stays")
    same("<p>{{ p->a }} {{ p->b }}</p>", "<p>@ @</p>", "a blank between values stays")
    same("<p>a {{ if p->x }}b{{ end }} c</p>", "<p>a b c</p>", "blanks beside an if stay")
    same("<div>{{ for ;; }} a{{ end }}</div>", "<div> a</div>", "a blank at the start of a loop stays")
    same("<div>{{ call g(o) }} a</div>", "<div> a</div>", "and one after a call")
    same("<pre>\n a\n  b </pre>", "<pre>\n a\n  b </pre>", "<pre> keeps its blanks")
    same("<p><textarea> a\n </textarea></p>", "<p><textarea> a\n </textarea></p>", "<textarea> keeps its blanks")
    same("<!-- x --><p>a<!-- > -->b</p>", "<p>ab</p>", "comments are left out")
    same("<p  class='a  b'\n id=\"i\" hidden >x</p >", "<p class=\"a b\" id=\"i\" hidden>x</p>", "tags are folded")
    same("<input{{ if p->x }} checked{{ end }} name=\"a\"{{ if p->y }} disabled{{ else }} required{{ end }}>",
         "<input checked name=\"a\" disabled required>", "conditional attributes")
    same("{{ if p->x }}<p id=\"a\"></p>{{ else }}<p id=\"a\"></p>{{ end }}", "<p id=\"a\"></p><p id=\"a\"></p>",
         "an id may stand in each branch of one if")
    same("<br><br/><svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"/></svg>", "<br><br><svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"/></svg>",
         "void elements and SVG")
    same("<body><p>x</p>", "<body><p>x</p>", "opens", "{{# void f(struct html_out *o) opens body }}")
    same("</main></body>", "</main></body>", "closes", "{{# void f(struct html_out *o) closes body main }}")
    same("&amp; &lt;&#39;&nbsp;é", "&amp; &lt;&#39;&nbsp;é", "entities and other letters")
    same("<p>a</p>\n{{! a comment }}\n<p>b</p>", "<p>a</p><p>b</p>", "template comments")
    same("<p title=\"{{ \"}}\" }}\">x</p>", "<p title=\"@\">x</p>", "}} within a C string")


def code(tap):
    def same(body, want, what):
        tap.equal(calls(body), want, what)
    same("<p class=\"{{ p->x }}\">{{ p->y }}</p>", ["html_put(o, p->x);", "html_put(o, p->y);"], "values")
    same("<a href=\"{{ p->x }}\">x</a>", ["html_url(o, p->x);"], "an address")
    same("<a href=\"~/a/{{ p->x }}?b={{ p->y }}\">x</a>",
         ["html_text(o, o->base);", "html_put_part(o, p->x);", "html_put_part(o, p->y);"], "parts of an address")
    same("<a href=\"{{ p->x }}{{ p->y }}\">x</a>", ["html_url(o, p->x);", "html_put_part(o, p->y);"], "what follows an address")
    same("<a href=\"tel:{{ p->x }}\">x</a>", ["html_phone(o, p->x);"], "a telephone number")
    same("<a href=\"/x\" title=\"{{ p->x }}\">x</a>", ["html_put(o, p->x);"], "an attribute after an address")
    same("{{ t \"a\" }}", ["html_t(o, \"a\", NULL);"], "a text")
    same("{{ t \"{0} {1}\" p->x f(a, b) }}",
         ["html_t(o, \"{0} {1}\", (html_args){ html_arg(o, p->x), html_arg(o, f(a, b)), NULL });"], "a text with arguments")
    same("{{ t \"{0}\" (x ? \"a b\" : p->y) }}", ["html_t(o, \"{0}\", (html_args){ html_arg(o, (x ? \"a b\" : p->y)), NULL });"],
         "an argument in brackets")
    same("{{ t \"a \"\n     \"b\" }}", ["html_t(o, \"a b\", NULL);"], "a text over two lines")
    same("{{ tc \"verb\" \"Open\" }}", ["html_tc(o, \"verb\", \"Open\");"], "a text with context")
    same("{{ n \"{n} day\" \"{n} days\" p->n }}", ["html_n(o, \"{n} day\", \"{n} days\", p->n, NULL);"], "a plural")
    same("{{ n \"{n} of {0}\" \"{n} of {0}\" p->n p->x }}",
         ["html_n(o, \"{n} of {0}\", \"{n} of {0}\", p->n, (html_args){ html_arg(o, p->x), NULL });"], "a plural with an argument")
    same("{{ t! \"<a href=\\\"{0}\\\">x</a>\" p->u }}",
         ["html_t_html(o, \"<a href=\\\"{0}\\\">x</a>\", (html_args){ html_arg(o, p->u), NULL });"], "a text with tags")
    same("{{ num p->n }}{{ num }}{{ t }}{{ n }}", ["html_num(o, p->n);", "html_put(o, num);", "html_put(o, t);", "html_put(o, n);"],
         "words of ours are variables when alone")
    same("{{ call g(o, p); }}", ["g(o, p);"], "a call")
    same("{{ if !p->x }}a{{ elif (p->y) }}b{{ else }}c{{ end }}", ["if (!p->x) {", "} else if ((p->y)) {", "} else {", "}"], "if")
    same("{{ for size_t i = 0; i < p->n; i++ }}a{{ end }}", ["for (size_t i = 0; i < p->n; i++) {", "}"], "for")


def compiled(tap, compiler):
    """What a page's author sees after a slip."""
    include = ["-I", os.path.join(SOURCE, "src"), "-I", os.path.join(BUILD, "src")]
    fields = "struct p { const char *title; int n; double d; };\n"

    def errors(body):
        with tempfile.TemporaryDirectory() as folder:
            path, c, h = (os.path.join(folder, n) for n in ("page.html", "page.c", "fields.h"))
            with open(h, "w") as f:
                f.write(fields)
            with open(path, "w") as f:
                f.write("{{#include \"fields.h\" }}\n{{# void f(struct html_out *o, const struct p *p) }}\n" + body)
            subprocess.run([sys.executable, templates.__file__, "--header", os.path.join(folder, "pages.h"), path], check=True)
            subprocess.run([sys.executable, templates.__file__, "--include", "pages.h", "-o", c, path], check=True)
            r = subprocess.run(compiler + ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Wmissing-prototypes", "-fsyntax-only",
                                           "-I", folder] + include + [c], capture_output=True, text=True,
                               env={**os.environ, "LC_ALL": "C"})
            return r.returncode, r.stderr

    status, said = errors("<p>\n{{ p->title }} {{ p->n }} {{ t \"{0}, {1}\" p->title p->n }}</p>\n")
    tap.ok(status == 0, "a good template compiles without a warning", said)
    for body, line, what in [("<p>\n\n{{ p->titel }}</p>", 5, "a misspelt field"),
                             ("<p>{{ p->d }}</p>", 3, "a type that has no text"),
                             ("\n{{ t \"{0}\" p->titel }}", 4, "a misspelt argument"),
                             ("\n<a href=\"{{ p->n }}\">x</a>", 4, "a number as an address"),
                             ("{{ if p->nn }}x{{ end }}", 3, "a misspelt condition"),
                             ("\n\n{{ call g(o) }}", 5, "a function that is not there")]:
        status, said = errors(body)
        tap.ok(status != 0 and re.search(rf"page\.html:{line}:\d+: (error|warning|note)", said), f"{what} is an error in its line", said)


def files(tap):
    t = made("<p>{{ t \"a\" }}</p>\n{{# static void g(struct html_out *o, enum lang l) }}\n{{ n \"{n} b\" \"{n} c\" l }}{{ tc \"x\" \"d\" }}")
    tap.equal([m[1:] for m in t.texts], [("a", None, None), ("{n} b", "{n} c", None), ("d", None, "x")], "its messages")
    tap.ok(re.search(r":1$", t.texts[0][0]) and re.search(r":3$", t.texts[1][0]), "and where they stand", t.texts)
    header = templates.header_file([t])
    tap.ok("void f(struct html_out *o, const struct p *p);" in header and "struct p;" in header and " g(" not in header,
           "the header declares what is not static", header)
    try:
        templates.header_file([t, made("x")])
        tap.ok(False, "two functions of one name are refused")
    except templates.Bad as e:
        tap.ok("f is also in" in str(e), "two functions of one name are refused", e)


with Tap() as tap:
    refusals(tap)
    output(tap)
    code(tap)
    files(tap)
    if sys.argv[1:]:
        compiled(tap, sys.argv[1:])
