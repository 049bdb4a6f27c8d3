#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""schema.py OUT NNNN-name.sql ...: the desk's migrations as a C table, in order of their numbers."""
import os, re, sys

out, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
for i, path in enumerate(files, 1):
    m = re.match(r"(\d{4})-[a-z-]+\.sql$", os.path.basename(path))
    if not m or int(m.group(1)) != i:
        sys.exit(f"{path}: migrations are numbered from 0001 without gaps; {i:04d} was expected here")

def literal(text):
    lines = []
    for line in text.splitlines():
        line = re.sub(r"\s*--.*", "", line).rstrip()
        if line:
            lines.append('\t"' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"')
    return "\n".join(lines)

with open(out, "w", encoding="utf-8") as f:
    f.write('#include "desk/schema.h"\nconst struct store_migration desk_schema[] = {\n')
    for path in files:
        name = os.path.basename(path)[:-4]
        f.write(f'{{ "{name}",\n{literal(open(path, encoding="utf-8").read())} }},\n')
    f.write("};\nconst size_t desk_schema_n = sizeof desk_schema / sizeof *desk_schema;\n")
