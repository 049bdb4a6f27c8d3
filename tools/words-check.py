#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Are the receipt's word lists what they must be? words-check.py FOLDER [--freeze]

Count, letters, length, one normal form a word, lists that share none, no two words one slip apart
(French, English) or one sound apart (Arabic), no known homophones, nothing that should not be read
aloud by a child, and the very lists that receipts were written with (words.sha256: a changed list
makes them unreadable; --freeze writes it, before a first release only)."""
import hashlib, os, re, sys, unicodedata

HOMOPHONES = {
    "fr": """verre vert vers ver|mer mère maire|père paire|sot seau saut sceau|pain pin|vin vingt|cou coup
        coût|champ chant|conte compte comte|foie fois foi|mur mûr mûre|poids pois poix|sel selle celle|tante tente|
        cour cours court|encre ancre|balade ballade|cygne signe|date datte|filtre philtre|forêt foret|port porc|
        toit toi|voie voix|renne reine rêne|chêne chaîne|hôtel autel|cep cèpe|statue statut|panser penser|clé clef""",
    "en": """knight night|sea see|bear bare|flour flower|hare hair|tail tale|sail sale|pear pair pare|plum plumb|
        bee be|son sun|deer dear|hole whole|mail male|meat meet|pail pale|peace piece|plain plane|rain reign rein|
        road rode|root route|steel steal|stair stare|tide tied|toad towed|weather whether|wood would|berry bury|
        cellar seller|cereal serial|sundae sunday|mantel mantle|cymbal symbol|thyme time|leek leak|beet beat""",
    "ar": "",
}
# Stems, sober on purpose: what nobody should have to say aloud. Reading the lists came first.
AVOID = {
    "fr": "arme fusil pistolet couteau guerre soldat sang mort tombe cercueil viol peur cauchemar monstre démon "
          "diable enfer prison esclave drogue alcool tabac vin bière nu sexe église mosquée temple pape roi juif "
          "race police voleur serpent araignée requin maladie virus",
    "en": "weapon gun rifle knife war soldier blood death grave coffin fear nightmare monster demon devil hell "
          "prison slave drug alcohol tobacco wine beer nude sex church mosque temple pope god race police thief "
          "snake spider shark disease virus child girl boy mother father uncle victim secret",
    "ar": "سلاح بندقية مسدس سكين حرب جندي دم موت قبر خوف كابوس وحش شيطان جهنم سجن عبد مخدر خمر تبغ عار جنس كنيسة "
          "مسجد معبد إله شرطة لص أفعى عنكبوت قرش مرض فيروس طفل بنت ولد أم أب عم خال ضحية سر",
}
LENGTH = {"fr": (3, 9), "en": (3, 9), "ar": (3, 9)}
LETTERS = {"fr": r"[a-zàâäçèéêëîïôöùûüÿœæ]+", "en": r"[a-z]+", "ar": r"[ء-غف-ي]+"}
ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و", "ئ": "ي", "ى": "ي", "ة": "ه", "ء": None})
SOUNDS = str.maketrans({"ص": "س", "ط": "ت", "ض": "د", "ظ": "ز", "ذ": "ز", "ث": "ز", "ق": "ك", "ح": "ه",
                        "أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و", "ئ": "ي", "ى": "ا", "ء": None})


def normal(word):
    """As normal_letter() of src/desk/data_normal.c; desk_data_open checks the same thing in C."""
    word = word.lower().replace("œ", "oe").replace("æ", "ae").translate(ARABIC)
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def sound(word):
    """Arabic: letters that many ears do not tell apart as one; the ending of a feminine dropped."""
    word = word.rstrip("ء")
    word = word[:-1] if word.endswith("ة") else word
    return re.sub("ه$", "", word.translate(SOUNDS))


def shorter(word):
    return {word} | {word[:i] + word[i + 1:] for i in range(len(word))}


def one_slip(a, b):
    if len(a) != len(b):
        return min(a, b, key=len) in shorter(max(a, b, key=len))
    d = [i for i in range(len(a)) if a[i] != b[i]]
    return len(d) == 1 or (len(d) == 2 and d[1] == d[0] + 1 and a[d[0]] == b[d[1]] and a[d[1]] == b[d[0]])


def close_pairs(words):
    by, pairs = {}, set()
    for w in words:
        for key in shorter(w):
            for o in by.get(key, ()):
                if one_slip(o, w):
                    pairs.add((o, w))
            by.setdefault(key, []).append(w)
    return pairs


def check(lang, words):
    bad = []
    if len(words) != 2048:
        bad.append(f"{len(words)} words, not 2048")
    forms = {}
    for line, w in enumerate(words, 1):
        if not re.fullmatch(LETTERS[lang], w) or unicodedata.normalize("NFC", w) != w:
            bad.append(f"line {line}: letters: {w}")
        if not LENGTH[lang][0] <= len(w) <= LENGTH[lang][1]:
            bad.append(f"line {line}: length: {w}")
        if normal(w) in forms:
            bad.append(f"line {line}: {w} is {forms[normal(w)]}")
        forms[normal(w)] = w
    for w in set(AVOID[lang].split()) & set(words):
        bad.append(f"not to be read aloud: {w}")
    for group in HOMOPHONES[lang].split("|"):
        both = set(group.split()) & set(words)
        if len(both) > 1:
            bad.append(f"sound alike: {both}")
    if lang == "ar":
        heard = {}
        for w in words:
            if sound(w) in heard:
                bad.append(f"sound alike: {w}, {heard[sound(w)]}")
            heard[sound(w)] = w
            if "ال" + normal(w) in forms:
                bad.append(f"with its article it is another: {w}")
    else:
        bad += [f"one slip apart: {a}, {b}" for a, b in sorted(close_pairs(forms))]
    for w in forms:
        for ending in {"fr": ("s", "x", "e"), "en": ("s", "es", "ed", "ing"), "ar": ("ات", "ون", "ين")}[lang]:
            if len(w) > 3 and w + ending in forms:
                bad.append(f"two forms of one word: {w}, {w + ending}")
    return bad, set(forms)


def main():
    folder, freeze = sys.argv[1], "--freeze" in sys.argv
    failed, seen, sums = False, {}, []
    print(f"1..{len(LETTERS) + 2}")
    for number, lang in enumerate(LETTERS, 1):
        data = open(os.path.join(folder, f"words-{lang}.txt"), "rb").read()
        sums.append(f"{hashlib.sha256(data).hexdigest()}  words-{lang}.txt\n")
        bad, seen[lang] = check(lang, data.decode().split("\n")[:-1])
        for b in bad:
            print(f"# {lang}: {b}")
        if lang == "ar":
            print(f"# ar: {len(close_pairs(seen[lang]))} pairs are one letter apart, each heard as two")
        failed |= bool(bad)
        print(f"{'not ok' if bad else 'ok'} {number} - {lang}")
    shared = {w for a in seen for b in seen if a < b for w in seen[a] & seen[b]}
    print(f"{'not ok' if shared else 'ok'} {len(LETTERS) + 1} - no word in two lists {' '.join(sorted(shared))}")
    path = os.path.join(folder, "words.sha256")
    if freeze:
        open(path, "w").write("".join(sums))
    same = open(path).read() == "".join(sums)
    print(f"{'ok' if same else 'not ok'} {len(LETTERS) + 2} - the lists that receipts were written with")
    sys.exit(1 if failed or shared or not same else 0)


main()
