#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""src/web/gen/po.py: PO files read and refused, messages found, tables that compile; and a language added by a
folder and a line. test_po.py COMPILER..."""
import os, subprocess, sys, tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
sys.path[:0] = [os.path.join(SOURCE, "tests", "flow"), os.path.join(SOURCE, "src", "web", "gen")]
from hisnflow import Tap  # noqa: E402
import po  # noqa: E402

LANGUAGES = "fr ltr over-one narrow Français # a remark\nar rtl arabic narrow العربية\n\nen ltr not-one comma English\n"


class Tree:
    """A scratch locale/ and its sources."""

    def __init__(self, **files):
        self.folder = tempfile.TemporaryDirectory()
        self.put("locale/LANGUAGES", LANGUAGES)
        for name, content in files.items():
            self.put(name.replace("__", "/").replace("_po", ".po"), content)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def put(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())

    def run(self, *args):
        r = subprocess.run([sys.executable, po.__file__, "--locale", "locale", *args], cwd=self.folder.name,
                           capture_output=True, text=True)
        return r.returncode, r.stdout, r.stderr

    def check(self, how="error"):
        return self.run("--check", how, "src")


def entries(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.po")
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return po.parse(path)


def reading(tap):
    e = entries('''# remark
msgid ""
msgstr "Language: fr\\n"

#. for translators
#: a.c:1
#, c-format
msgctxt "ctx"
msgid "a\\tb \\"c\\" \\\\ \\n"
"d"
msgstr ""
"é"
"\\303\\251"
#~ msgid "old"
#~ msgstr "vieux"
msgid "{n} x"
msgid_plural "{n} xs"
msgstr[0] "0"
msgstr[1] "1" 

#, fuzzy, c-format
msgid "f"
msgstr "g"
msgid "after"
msgstr "fuzzy"
''')
    tap.equal([(x.context, x.msgid, x.plural, x.strings, x.fuzzy) for x in e],
              [("ctx", "a\tb \"c\" \\ \nd", None, {None: "éé"}, False), (None, "{n} x", "{n} xs", {0: "0", 1: "1"}, False),
               (None, "f", None, {None: "g"}, True), (None, "after", None, {None: "fuzzy"}, False)], "a PO file with all it may hold")
    for text, why in [(b'msgid "\xff"\nmsgstr "x"\n', "not UTF-8"), ('msgid "a"\n', "missing"), ('msgstr "a"\n', "before msgid"),
                      ('"a"\n', "continues nothing"), ('msgid a\n', "neither"), ('msgid "a\n', "neither"),
                      ('msgid "a"\nmsgid "b"\nmsgstr "x"\n', "twice"), ('msgid "\\q"\nmsgstr ""\n', "unknown escape"),
                      ('msgid "a"\nmsgstr "x"\nmsgstr "y"\n', "twice"), ('msgid "a"\nmsgstr[0] "x"\n', "go with msgid_plural"),
                      ('msgid "a"\nmsgid_plural "b"\nmsgstr "x"\n', "go with msgid_plural"),
                      ('msgid "a"\nmsgid_plural "b"\nmsgstr[1] "x"\n', "without a gap"), ('msgid[0] "a"\nmsgstr "b"\n', "only msgstr")]:
        try:
            entries(text)
            tap.ok(False, f"refused: {text!r}")
        except po.Bad as e:
            tap.ok(why in str(e), f"refused: {text!r}", e)


def judging(tap):
    fr, ar = (po.Language("", *words) for words in (("fr", "ltr", "over-one", "narrow", "F"), ("ar", "rtl", "arabic", "narrow", "A")))

    def faults(language, msgid, *strings, plural=None):
        e = po.Entry("x.po", 1)
        e.msgid, e.plural, e.strings = msgid, plural, dict(enumerate(strings)) if plural else {None: strings[0]}
        return po.faults(e, language)
    for args, plural, why in [(("a {0}", "b"), None, "{0} on one side"), (("a", "b {0}"), None, "{0} on one side"),
                              (("a ", "b"), None, "other blanks"), (("a", "b\n"), None, "other blanks"), (("a", ""), None, "not translated"),
                              (("<b>a</b>", "a"), None, "other tags"), (("<a href=\"/x\">a</a>", "<a href=\"/y\">a</a>"), None, "other tags"),
                              (("<b>a</b> <i>b</i>", "<b>a<i></b>b</i>"), None, "</b> closes <i>"), (("a", "{b"), None, "a brace"),
                              (("{n} a", "b", "{n} c"), "{n} as", "{n} on one side"), (("{n} a", "{n} b"), "{n} as", "1 plural forms, fr has 2"),
                              (("a {n}", "{n}", "{n}", "{n}"), "as {n}", "3 plural forms")]:
        wrong, _ = faults(fr, *args, plural=plural)
        tap.ok(any(why in w for w in wrong), f"wrong: {args!r}", wrong)
    for args, plural in [(("a {0} {1}", "{1} b {0}"), None), (("<b>a</b> <i>b</i>", "<i>x</i> <b>y</b>"), None),
                         (("1 < 2", "1 < 2"), None), (("{n} a", "{n} b", "{n} c"), "{n} as")]:
        tap.equal(faults(fr, *args, plural=plural)[0], [], f"right: {args!r}")
    tap.equal(faults(ar, "{n} day", "لا", "واحد", "اثنان", "{n} أ", "{n} ب", "{n} ج", plural="{n} days"), ([], []), "Arabic names small numbers in words")
    tap.ok(faults(ar, "{n} day", "لا", "واحد", "اثنان", "أ", "{n} ب", "{n} ج", plural="{n} days")[0], "but not large ones")
    tap.equal(faults(ar, "Ask e-Blagh about {0}", "اسأل e-Blagh عن {0}")[1], [], "a name in Latin letters is in the msgid")
    tap.ok(faults(ar, "Ask", "اسأل now")[1], "other Latin letters in Arabic are doubtful")


def finding(tap):
    with Tree() as tree:
        tree.put("src/a.c", '''
#define N_(msgid) msgid
/* text(l, "comment") */
const char *x = text(l, "one" " and " /* . */ "half"); // text(l, "comment")
f(text(l, y ? "yes" : "no"), text(l, dynamic), text_ctx(l, "c", "ctx"), "text(l, \\"string\\")");
text_fill(a, l, "{0} fill", (const char *[]){ "not this", NULL }); text_n(a, l, "{n} x", "{n} xs", g(1, 2));
static const char *t[] = { N_("table"), NC_("cc", "entry") }; context(l, "not a call");
html_t(o, "h", NULL);
''')
        tree.put("src/p/b.html", "{{# void f(struct html_out *o) }}<p>{{ t \"page\" }}{{ t! \"<b>x</b>\" }}</p>")
        found, seen = po.messages([tree.path("src")])
        tap.equal([(m.context, m.msgid, m.plural) for m in found],
                  [(None, "one and half", None), (None, "yes", None), (None, "no", None), ("c", "ctx", None), (None, "{0} fill", None),
                   (None, "{n} x", "{n} xs"), (None, "table", None), ("cc", "entry", None), (None, "h", None), (None, "page", None),
                   (None, "<b>x</b>", None)], "messages of C and templates")
        tap.ok(found[0].place.endswith("a.c:4") and tree.path("src/p") in seen, "their places; folders are watched")


FR = 'msgid "a"\nmsgstr "b"\n'


def checking(tap):
    with Tree(locale__fr__x_po=FR, locale__ar__x_po='msgid "a"\nmsgstr "ب"\n') as tree:
        tree.put("src/a.c", 'text(l, "a")')
        tap.equal(tree.check(), (0, "", ""), "all is translated")
        tree.put("src/b.c", 'text(l, "new")')
        status, _, said = tree.check()
        tap.ok(status == 1 and 'src/b.c:1: no fr translation of "new"' in said and "no ar" in said, "a new text stops the build", said)
        status, said, _ = tree.check("warn")
        tap.ok(status == 0 and 'no fr translation of "new"' in said and "2 faults, 0 remarks" in said, "or warns", said)
        status, said, _ = tree.run("--check", "warn", "--stamp", "stamp", "--depfile", "stamp.d", "src")
        with open(tree.path("stamp"), encoding="utf-8") as stamp, open(tree.path("stamp.d"), encoding="utf-8") as d:
            tap.ok(status == 0 and 'no ar translation of "new"' in stamp.read() and "src/b.c" in d.read(), "the stamp lists it all", said)
        tap.equal(tree.run("--update", "b", "src/b.c")[0], 0, "update")
        with open(tree.path("locale/ar/b.po"), encoding="utf-8") as f:
            added = f.read()
        tap.ok('#: src/b.c\nmsgid "new"\nmsgstr ""\n' in added and "nplurals=6" in added and '"a"' not in added, "it is added for translators", added)
        tree.run("--update", "b", "src/b.c")
        with open(tree.path("locale/ar/b.po"), encoding="utf-8") as f:
            tap.equal(f.read(), added, "once")
        tap.ok(tree.check()[0] == 1, "an empty translation is none")
        for code in ("fr", "ar"):
            tree.put(f"locale/{code}/b.po", '#, fuzzy\nmsgid "new"\nmsgstr "x"\n')
        tap.ok("fuzzy" in tree.check()[2], "a fuzzy translation is none")
        tree.put("locale/fr/b.po", 'msgid "new"\nmsgstr "y"\n')
        tree.put("locale/ar/b.po", 'msgid "new"\nmsgstr "ي"\n')
        tap.equal(tree.check(), (0, "", ""), "all is translated again")
        tree.put("locale/fr/c.po", FR)
        tap.equal(tree.check(), (0, "", ""), "the same translation in two files is fine")
        tree.put("locale/fr/c.po", 'msgid "a"\nmsgstr "c"\n')
        tap.ok("translated otherwise in" in tree.check()[2], "another one is not", tree.check())
        tree.put("locale/fr/c.po", FR + "\n" + FR)
        tap.ok("the same msgid as in line 1" in tree.check()[2], "nor twice in one file", tree.check())
        tree.put("locale/fr/c.po", 'msgid "gone"\nmsgstr "parti"\n')
        status, out, _ = tree.check()
        tap.ok(status == 0 and "no longer used" in out, "what is no longer used is remarked on", out)
        tree.put("locale/en/x.po", FR)
        tap.ok("English is the msgid itself" in tree.check()[2], "English has no file")
    for line, why in [("de ltr sometimes comma Deutsch", "plural rule"), ("de up not-one comma D", "ltr or rtl"), ("de ltr", "code, direction"),
                      ("fr ltr over-one narrow F", "once"), ("d-e ltr not-one comma D", "code of two")]:
        with Tree() as tree:
            tree.put("locale/LANGUAGES", LANGUAGES + line + "\n")
            status, _, said = tree.run("--list", "list.h")
            tap.ok(status == 1 and why in said and "Traceback" not in said, f"refused in LANGUAGES: {line}", said)


PROGRAM = r'''
#include "web/text_table.h"
#include <stdio.h>
int main(void)
{
	struct arena a;
	arena_init(&a, 0);
	enum lang l = LANG_COUNT;
	if (!lang_parse("zgh", 3, &l) || l != LANG_ZGH || LANG_EN != 2)
		return 1;
	printf("%s|%s|%s|%s|%s|%s|%s\n", lang_info(l)->name, lang_info(l)->dir, text(l, "Home"), text_n(&a, l, "{n} day", "{n} days", 1),
		text_n(&a, l, "{n} day", "{n} days", 2000), text(LANG_FR, "Home"), text(lang_negotiate("tzm, zgh;q=0.9", LANG_FR), "A \"q\" ?\?/ \\"));
	arena_done(&a);
	return 0;
}
'''


def adding(tap, compiler):
    """locale/zgh/README says: a folder and a line. So nothing else is done here."""
    with Tree() as tree:
        tree.put("locale/LANGUAGES", LANGUAGES + "zgh ltr not-one narrow ⵜⴰⵎⴰⵣⵉⵖⵜ\n")
        tree.put("locale/fr/x.po", 'msgid "Home"\nmsgstr "Accueil"\n')
        tree.put("locale/zgh/x.po", 'msgid "Home"\nmsgstr "ⴰⵙⵏⵓⴱⴳ"\n\nmsgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "{n} ⵡⴰⵙⵙ"\n'
                                    'msgstr[1] "{n} ⵡⵓⵙⵙⴰⵏ"\n\nmsgid "A \\"q\\" ??/ \\\\"\nmsgstr "ⴰ \\"?\\" ??/ \\\\"\n')
        os.makedirs(tree.path("gen/web"))
        tree.put("main.c", PROGRAM)
        for args in (["--list", "gen/web/lang_list.h"], ["--table", "table.c", "--depfile", "table.d"]):
            status, _, said = tree.run(*args)
            tap.ok(status == 0, f"written: {args[1]}", said)
        with open(tree.path("table.d"), encoding="utf-8") as f:
            tap.ok("locale/zgh/x.po" in f.read(), "the table depends on the new file")
        sources = [os.path.join(SOURCE, "src", n) for n in ("web/text.c", "web/text_date.c", "web/lang.c", "base/arena.c", "base/tz.c",
                                                            "base/tz_rule.c", "base/clock.c", "base/file.c", "base/err.c")]
        r = subprocess.run(compiler + ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-sign-compare", "-include", os.path.join(SOURCE, "src", "banned.h"),
                                       "-I", "gen", "-I", os.path.join(SOURCE, "src"), "-o", "main", "main.c", "table.c"] + sources, cwd=tree.folder.name,
                           capture_output=True, text=True)
        if tap.ok(r.returncode == 0, "a fourth language compiles", r.stderr):
            r = subprocess.run([tree.path("main")], capture_output=True, text=True)
            tap.equal(r.stdout.strip(), "ⵜⴰⵎⴰⵣⵉⵖⵜ|ltr|ⴰⵙⵏⵓⴱⴳ|1 ⵡⴰⵙⵙ|2\u202f000 ⵡⵓⵙⵙⴰⵏ|Accueil|ⴰ \"?\" ??/ \\", "and speaks")


def product(tap):
    r = subprocess.run([sys.executable, po.__file__, "--locale", "locale", "--table", os.devnull], cwd=SOURCE, capture_output=True, text=True)
    tap.ok(r.returncode == 0, "the product's PO files can be read", r.stderr)


with Tap() as tap:
    reading(tap)
    judging(tap)
    finding(tap)
    checking(tap)
    product(tap)
    if sys.argv[1:]:
        adding(tap, sys.argv[1:])
