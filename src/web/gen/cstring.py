# SPDX-License-Identifier: Apache-2.0
"""What both generators need of C: its string literals, read and written."""
import re

TOKEN = re.compile(r'''(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<char>'(?:[^'\\\n]|\\.)*')'''
                   r'''|(?P<name>[A-Za-z_]\w*)|(?P<blank>\s+)|(?P<other>.)''', re.S)
SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "0": "\0", "?": "?"}


class Bad(Exception):
    """A sentence for the author, with file and line."""


def tokens(source):
    """(kind, text, place) of each token; comments and blanks are left out."""
    for m in TOKEN.finditer(source):
        if m.lastgroup not in ("comment", "blank"):
            yield m.lastgroup, m.group(), m.start()


def unquote(literal):
    """The text of "…" as C or a PO file reads it. ValueError when an escape is unknown."""
    out, s, i = bytearray(), literal[1:-1], 0
    while i < len(s):
        if s[i] != "\\":
            out += s[i].encode()
            i += 1
            continue
        m = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.S).match(s, i)
        if not m or (m[5] and m[5] not in SIMPLE):
            raise ValueError(f"unknown escape in {literal}")
        if m[1] or m[4]:
            out.append(int(m[1], 16) if m[1] else int(m[4], 8) & 255)
        else:
            out += (chr(int(m[2] or m[3], 16)) if m[2] or m[3] else SIMPLE[m[5]]).encode()
        i = m.end()
    return out.decode()


def quote(text, width=0):
    """A C literal; with a width, cut into several, one a line."""
    pieces, line = [], ""
    for c in text:
        plain = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "?": "\\?" if line.endswith("?") else "?"}.get(c)
        line += plain or (c if c >= " " and c != "\x7f" else f"\\{ord(c):03o}")
        if width and (len(line) >= width or c == "\n"):
            pieces.append(line)
            line = ""
    if line or not pieces:
        pieces.append(line)
    return "\n\t".join(f'"{p}"' for p in pieces)
