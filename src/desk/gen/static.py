#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files -> one C file: each as an array, under an address with a hash of its bytes (so that it can be
kept for ever, and a changed file is another address). static.py OUT.c FILE..."""
import hashlib, os, re, sys

TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8"}


def array(data):
    rows = [",".join(str(b) for b in data[i:i + 32]) for i in range(0, len(data), 32)]
    return ",\n".join(rows)


def main(out, files):
    text = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Written by src/desk/gen/static.py. */",
            '#include "desk/static_file.h"', ""]
    table, names = [], set()
    for path in files:
        name = os.path.basename(path)
        stem, end = os.path.splitext(name)
        if not re.fullmatch(r"[a-z0-9-]+", stem) or end not in TYPES or name in names:
            sys.exit(f"{path}: a name of small letters, of its own, and {', '.join(TYPES)}")
        names.add(name)
        with open(path, "rb") as f:
            data = f.read()
        mark = hashlib.sha256(data).hexdigest()[:10]
        text += [f"static const uint8_t file_{len(table)}[] = {{", array(data), "};"]
        table.append(f'\t{{ "{name}", "/s/{stem}-{mark}{end}", "{TYPES[end]}", {{ file_{len(table)}, sizeof file_{len(table)} }} }},')
    text += ["", "const struct static_file static_files[] = {", *table, "};",
             "const size_t static_file_n = ARRAY_LEN(static_files);", ""]
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(text))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
