#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""locale/LANG/*.po -> C tables, and what is missing in them. See README.md.

    po.py --locale DIR --list OUT.h
    po.py --locale DIR --table OUT.c [--depfile D]
    po.py --locale DIR --check warn|error [--stamp S] [--depfile D] SOURCE...
    po.py --locale DIR --update AREA SOURCE...
    po.py --messages SOURCE..."""
import argparse, glob, os, re, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cstring import Bad, quote, tokens, unquote  # noqa: E402

# name in LANGUAGES: forms, and those that stand for one number alone (they may leave {n} out)
PLURALS = {"none": (1, ()), "not-one": (2, (0,)), "over-one": (2, ()), "arabic": (6, (0, 1, 2))}
HEADERS = {"none": "nplurals=1; plural=0;", "not-one": "nplurals=2; plural=(n != 1);",
           "over-one": "nplurals=2; plural=(n > 1);",
           "arabic": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"}
THOUSANDS = {"narrow": "\u202f", "comma": ",", "dot": ".", "none": ""}
HOLE = re.compile(r"\{[a-z0-9_]+\}")
TAG = re.compile(r"</?[a-z][^>]*>")
SHOWN = 5  # faults on the screen when they do not stop the build


class Language:
    def __init__(self, place, code, direction, plural, thousands, name):
        if not re.fullmatch("[a-z]{2,3}", code) or direction not in ("ltr", "rtl"):
            raise Bad(f"{place}: code of two or three letters, then ltr or rtl")
        if plural not in PLURALS or thousands not in THOUSANDS:
            raise Bad(f"{place}: plural rule of {', '.join(PLURALS)}; thousands of {', '.join(THOUSANDS)}")
        self.code, self.direction, self.plural, self.thousands, self.name = code, direction, plural, thousands, name


def languages(locale):
    found = []
    path = os.path.join(locale, "LANGUAGES")
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            words = line.split(None, 4)
            if len(words) != 5:
                raise Bad(f"{path}:{number}: code, direction, plural rule, thousands, name")
            found.append(Language(f"{path}:{number}", *words))
    codes = [x.code for x in found]
    if len(set(codes)) != len(codes) or "en" not in codes:
        raise Bad(f"{path}: each language once, English among them")
    return found


# --- PO files ----------------------------------------------------------------------------------

class Entry:
    def __init__(self, path, line):
        self.path, self.line = path, line
        self.context = self.msgid = self.plural = None
        self.strings, self.fuzzy = {}, False

    @property
    def key(self):
        return (self.context, self.msgid, self.plural is not None)

    @property
    def place(self):
        return f"{self.path}:{self.line}"


def parse(path):
    """Every entry of a PO file but its header and what is obsolete (#~). Bad: not a PO file."""
    try:
        with open(path, "rb") as f:
            lines = f.read().decode("utf-8").lstrip("\ufeff").split("\n")
    except UnicodeDecodeError as e:
        raise Bad(f"{path}: not UTF-8: {e}")
    entries, entry, field, fuzzy = [], None, None, False

    def finish():
        if entry is None:
            return
        if entry.msgid is None or not entry.strings:
            raise Bad(f"{entry.place}: msgid or msgstr is missing")
        if (entry.plural is None) != (list(entry.strings) == [None]):
            raise Bad(f"{entry.place}: msgstr[0], msgstr[1]... go with msgid_plural, msgstr with msgid alone")
        if entry.plural is not None and sorted(entry.strings) != list(range(len(entry.strings))):
            raise Bad(f"{entry.place}: forms are numbered from 0 without a gap")
        if entry.msgid or entry.context:
            entries.append(entry)

    for number, line in enumerate(lines, 1):
        where, line = f"{path}:{number}", line.strip()
        if not line or line.startswith("#"):
            if field and (field[0] == "msgstr"):
                finish()
                entry = field = None
                fuzzy = False
            if line.startswith("#,") and "fuzzy" in re.split(r"[,\s]+", line):
                fuzzy = True
            continue
        m = re.fullmatch(r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])?\s*)?("(?:[^"\\]|\\.)*")', line)
        if not m:
            raise Bad(f"{where}: neither a keyword and a text in quotes, nor a comment")
        try:
            value = unquote(m[3])
        except (ValueError, UnicodeDecodeError) as e:
            raise Bad(f"{where}: {e}")
        word, index = m[1], int(m[2]) if m[2] else None
        if index is not None and word != "msgstr":
            raise Bad(f"{where}: only msgstr is numbered")
        if word is None:
            if field is None:
                raise Bad(f"{where}: a text that continues nothing")
            word, index, more = *field, True
        else:
            more = False
            if entry is not None and field[0] == "msgstr" and word != "msgstr":
                finish()
                entry, fuzzy = None, False
            if entry is None:
                if word not in ("msgctxt", "msgid"):
                    raise Bad(f"{where}: {word} before msgid")
                entry = Entry(path, number)
                entry.fuzzy = fuzzy
            field = (word, index)
        slot = {"msgctxt": "context", "msgid": "msgid", "msgid_plural": "plural"}.get(word)
        have = getattr(entry, slot) if slot else entry.strings.get(index)
        if not more and have is not None:
            raise Bad(f"{where}: {word} twice")
        if slot:
            setattr(entry, slot, (have or "") + value)
        else:
            entry.strings[index] = (have or "") + value
    finish()
    return entries


def tags_of(text):
    return sorted(TAG.findall(text))


def blanks(text):
    return text[:len(text) - len(text.lstrip())], text[len(text.rstrip()):]


def faults(entry, language):
    """What is wrong with a translation, each a sentence; and what is doubtful."""
    forms, exact = PLURALS[language.plural]
    wrong, doubtful = [], []
    if entry.fuzzy:
        return ["fuzzy: look at it and take the mark off"], []
    if not all(entry.strings.values()):
        return ["not translated"], []
    if entry.plural is not None and len(entry.strings) != forms:
        wrong.append(f"{len(entry.strings)} plural forms, {language.code} has {forms}")
    source = entry.msgid if entry.plural is None else entry.plural
    for index, s in entry.strings.items():
        want, have = set(HOLE.findall(source)), set(HOLE.findall(s))
        if index in exact:
            want.discard("{n}")
            have.discard("{n}")
        if want != have:
            wrong.append(f"{' '.join(sorted(want ^ have))} on one side only")
        if "{" in HOLE.sub("", s) and "{" not in HOLE.sub("", source):
            wrong.append("a brace that is no placeholder")
        if tags_of(source) != tags_of(s):
            wrong.append(f"other tags: {' '.join(tags_of(s)) or 'none'} for {' '.join(tags_of(source)) or 'none'}")
        elif TAG.search(s):
            from templates import fragment_fault
            wrong += fragment_fault(s)
        if blanks(source) != blanks(s):
            wrong.append("other blanks at its ends than the msgid")
        if language.direction == "rtl":
            latin = set(re.findall(r"[A-Za-z]{2,}", HOLE.sub("", TAG.sub("", s)))) - set(re.findall(r"[A-Za-z]+", source))
            if latin:
                doubtful.append(f"Latin letters: {' '.join(sorted(latin))}")
    return wrong, doubtful


class Catalogue:
    """All translations of one language. `good`: key -> entry; `bad`: key -> (entry, faults)."""

    def __init__(self, locale, language):
        self.language, self.good, self.bad, self.doubts = language, {}, {}, []
        self.folder = os.path.join(locale, language.code)
        self.files = sorted(glob.glob(os.path.join(self.folder, "*.po")))
        twins = {}
        for path in self.files:
            for e in parse(path):
                # A msgid is "one" of a plural once: lookups go by it.
                same = twins.setdefault((e.key, e.path), e)
                if same is not e:
                    raise Bad(f"{e.place}: the same msgid as in line {same.line}")
                other = self.good.get(e.key) or self.bad.get(e.key, (None,))[0]
                wrong, doubtful = faults(e, language)
                if other and not wrong and other.key in self.good and (other.strings, other.plural) != (e.strings, e.plural):
                    raise Bad(f"{e.place}: translated otherwise in {other.place}")
                if wrong:
                    if e.key not in self.good:
                        self.bad[e.key] = (e, wrong)
                else:
                    self.good[e.key] = e
                    self.bad.pop(e.key, None)
                self.doubts += [f"{e.place}: {d}" for d in doubtful]


# --- what the sources say ------------------------------------------------------------------------

class Message:
    def __init__(self, place, msgid, plural=None, context=None):
        self.place, self.msgid, self.plural, self.context = place, msgid, plural, context

    @property
    def key(self):
        return (self.context, self.msgid, self.plural is not None)


# function: (argument of the msgid, of the plural, of the context)
CALLS = {"text": (1, None, None), "text_fill": (2, None, None), "text_ctx": (2, None, 1), "text_n": (2, 3, None),
         "text_n_fill": (2, 3, None), "N_": (0, None, None), "NC_": (1, None, 0), "html_t": (1, None, None),
         "html_tc": (2, None, 1), "html_n": (1, 2, None), "html_t_html": (1, None, None)}


def arguments(list_of_tokens, i):
    """The arguments after the "(" at i, each a list of tokens."""
    args, depth = [[]], 0
    for kind, text, _ in list_of_tokens[i:]:
        if text in "([{" and kind == "other":
            depth += 1
            if depth == 1:
                continue
        elif text in ")]}" and kind == "other":
            depth -= 1
            if depth == 0:
                return args
        elif text == "," and depth == 1:
            args.append([])
            continue
        args[-1].append((kind, text))
    return []


def literals(arg):
    """Each text of an argument: "a" "b" is one, x ? "a" : "b" two."""
    found, open_ = [], False
    for kind, text in arg:
        if kind == "string":
            if open_:
                found[-1] += unquote(text)
            else:
                found.append(unquote(text))
        open_ = kind == "string"
    return found


def c_messages(path):
    with open(path, encoding="utf-8") as f:
        source = f.read()
    # A macro's own definition names no text.
    source = re.sub(r"(?m)^[ \t]*#[ \t]*define[ \t]+(N_|NC_)\b.*$", "", source)
    all_ = list(tokens(source))
    found = []
    for i, (kind, name, at) in enumerate(all_[:-1]):
        if kind != "name" or name not in CALLS or all_[i + 1][1] != "(":
            continue
        args = arguments(all_, i + 1)
        one, many, context = CALLS[name]
        if max(one, many or 0, context or 0) >= len(args):
            continue
        place = f"{path}:{source.count(chr(10), 0, at) + 1}"
        ids = literals(args[one])
        plurals = literals(args[many]) if many is not None else [None] * len(ids)
        contexts = literals(args[context]) if context is not None else [None]
        if len(plurals) != len(ids) or (ids and len(contexts) != 1 and context is not None):
            continue
        found += [Message(place, m, p, contexts[0]) for m, p in zip(ids, plurals) if m]
    return found


def messages(paths):
    """Every message of these files and folders, in order; and the files and folders looked at."""
    found, seen = [], []
    for top in paths:
        files = [top]
        if os.path.isdir(top):
            files = []
            for folder, inner, names in os.walk(top):
                inner.sort()
                seen.append(folder)
                files += [os.path.join(folder, n) for n in sorted(names)]
        for path in files:
            if path.endswith((".c", ".h")):
                found += c_messages(path)
            elif path.endswith(".html"):
                import templates
                found += [Message(*m) for m in templates.messages(path)]
            else:
                continue
            seen.append(path)
    return found, seen


# --- what is written -----------------------------------------------------------------------------

def write(path, text):
    """Only when it is another: what depends on it is then not built anew."""
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    except OSError:
        pass
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def write_depfile(path, target, inputs):
    if path:
        with open(path, "w", encoding="utf-8") as f:
            f.write(target.replace(" ", "\\ ") + ": " + " ".join(i.replace(" ", "\\ ") for i in inputs) + "\n")


def list_header(langs):
    names = ", ".join("LANG_" + x.code.upper() for x in langs)
    return ("/* SPDX-License-Identifier: Apache-2.0 */\n#pragma once\n/* From locale/LANGUAGES. */\n"
            f"enum lang {{ {names}, LANG_COUNT }};\n")


def table(langs, catalogues):
    texts, forms = {}, {}
    for l, c in zip(langs, catalogues):
        for (context, msgid, plural), e in c.good.items():
            if plural:
                if context:
                    raise Bad(f"{e.place}: a plural has no context here")
                forms.setdefault(msgid, {})[l.code] = [e.strings[i] for i in sorted(e.strings)]
            else:
                texts.setdefault((context + "\4" if context else "") + msgid, {})[l.code] = e.strings[None]
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Written by src/web/gen/po.py from locale/. */",
           '#include "web/text_table.h"', "", "const struct text_language text_language[LANG_COUNT] = {"]
    for l in langs:
        out.append(f"\t[LANG_{l.code.upper()}] = {{ {{ {quote(l.code)}, {quote(l.name)}, {quote(l.direction)} }}, "
                   f"text_plural_{l.plural.replace('-', '_')}, {quote(THOUSANDS[l.thousands])} }},")
    out += ["};", "", "const struct text_entry text_entry[] = {"]
    for key in sorted(texts, key=str.encode):
        out.append(f"\t{{ {quote(key)}, {{")
        out += [f"\t\t[LANG_{l.code.upper()}] = {quote(texts[key][l.code])}," for l in langs if l.code in texts[key]]
        out.append("\t} },")
    out += ["\t{ NULL, { NULL } },", "};", f"const size_t text_entry_count = {len(texts)};", "",
            "const struct text_forms text_forms[] = {"]
    for one in sorted(forms, key=str.encode):
        out.append(f"\t{{ {quote(one)}, {{")
        for l in langs:
            if l.code in forms[one]:
                strings = ", ".join(map(quote, forms[one][l.code]))
                out.append(f"\t\t[LANG_{l.code.upper()}] = (const char *const[]){{ {strings} }},")
        out.append("\t} },")
    out += ["\t{ NULL, { NULL } },", "};", f"const size_t text_forms_count = {len(forms)};", ""]
    return "\n".join(out)


def show(message):
    s = message.msgid if len(message.msgid) < 70 else message.msgid[:67] + "..."
    return quote(s) + (f" ({message.context})" if message.context else "")


def check(langs, catalogues, used):
    """(errors, remarks)"""
    errors, remarks, plural_of = [], [], {}
    for m in used:
        if m.plural is not None and plural_of.setdefault(m.msgid, m.plural) != m.plural:
            errors.append(f"{m.place}: {show(m)} has another plural elsewhere")
    keys = {m.key: m for m in reversed(used)}
    for l, c in zip(langs, catalogues):
        if l.code == "en":
            errors += [f"{f}: English is the msgid itself" for f in c.files]
            continue
        errors += [f"{e.place}: {', '.join(wrong)}" for e, wrong in c.bad.values() if wrong != ["not translated"]]
        for key, m in keys.items():
            if key not in c.good and c.bad.get(key, (None, ["not translated"]))[1] == ["not translated"]:
                errors.append(f"{m.place}: no {l.code} translation of {show(m)}")
            elif key in c.good and key[2] and c.good[key].plural != m.plural:
                errors.append(f"{c.good[key].place}: msgid_plural is not that of {m.place}")
        remarks += c.doubts + [f"{e.place}: no longer used" for k, e in c.good.items() if k not in keys]
    return errors, remarks


def update(locale, langs, catalogues, area, used):
    """Adds to locale/LANG/AREA.po what has no entry in any file of the language."""
    for l, c in zip(langs, catalogues):
        if l.code == "en":
            continue
        path, added, done = os.path.join(c.folder, area + ".po"), [], set()
        for m in used:
            if m.key in c.good or m.key in c.bad or m.key in done:
                continue
            done.add(m.key)
            lines = [f"#: {re.sub(':[0-9]+$', '', m.place)}"]
            if m.context:
                lines.append(f"msgctxt {quote(m.context)}")
            lines.append(f"msgid {quote(m.msgid)}")
            if m.plural is None:
                lines.append('msgstr ""')
            else:
                lines.append(f"msgid_plural {quote(m.plural)}")
                lines += [f'msgstr[{i}] ""' for i in range(PLURALS[l.plural][0])]
            added.append("\n".join(lines) + "\n")
        if not added:
            continue
        os.makedirs(c.folder, exist_ok=True)
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as f:
                f.write(f'# SPDX-License-Identifier: Apache-2.0\nmsgid ""\nmsgstr ""\n"Language: {l.code}\\n"\n'
                        f'"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {HEADERS[l.plural]}\\n"\n')
        with open(path, "a", encoding="utf-8") as f:
            f.write("\n" + "\n".join(added))
        print(f"{path}: {len(added)} added")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--locale")
    p.add_argument("--list")
    p.add_argument("--table")
    p.add_argument("--check", choices=["warn", "error"])
    p.add_argument("--stamp")
    p.add_argument("--depfile")
    p.add_argument("--update", metavar="AREA")
    p.add_argument("--messages", action="store_true")
    p.add_argument("source", nargs="*")
    a = p.parse_args()
    if a.messages:
        for m in messages(a.source)[0]:
            print(f"{m.place}: {quote(m.msgid)}" + (f" {quote(m.plural)}" if m.plural else "") +
                  (f" ({m.context})" if m.context else ""))
        return 0
    langs = languages(a.locale)
    if a.list:
        write(a.list, list_header(langs))
        return 0
    catalogues = [Catalogue(a.locale, l) for l in langs]
    inputs = [a.locale, os.path.join(a.locale, "LANGUAGES")] + [f for c in catalogues for f in [c.folder] + c.files
                                                               if os.path.exists(f)]
    if a.table:
        write(a.table, table(langs, catalogues))
        write_depfile(a.depfile, a.table, inputs)
        return 0
    used, seen = messages(a.source)
    if a.update:
        update(a.locale, langs, catalogues, a.update, used)
        return 0
    errors, remarks = check(langs, catalogues, used)
    report = errors + [f"{line} (remark)" for line in remarks]
    if errors and a.check == "error":
        print("\n".join(report), file=sys.stderr)
        print(f"{len(errors)} faults in locale/; while pages are being written: meson configure -Dtranslations=warn",
              file=sys.stderr)
        return 1
    # A build that goes on says little; the whole list is in the stamp.
    shown = report if not a.stamp else errors[:SHOWN]
    if report:
        print("\n".join(shown + [f"{len(errors)} faults, {len(remarks)} remarks in locale/" +
                                 (f": {a.stamp} lists them" if a.stamp else "")]))
    if a.stamp:
        write(a.stamp, "\n".join(report) + "\n")
        write_depfile(a.depfile, a.stamp, inputs + seen)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Bad as e:
        print(e, file=sys.stderr)
        sys.exit(1)
