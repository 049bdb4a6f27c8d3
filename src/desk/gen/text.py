#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""text.py OUT NAME FILE: the file as `const char NAME[]`, and NAME_n, its bytes without the NUL."""
import sys

out, name, path = sys.argv[1:4]
data = open(path, "rb").read()
with open(out, "w", encoding="ascii") as f:
    f.write(f"#include <stddef.h>\nextern const char {name}[];\nextern const size_t {name}_n;\nconst char {name}[] = {{\n")
    for i in range(0, len(data), 24):
        f.write("\t" + "".join(f"{b}," if b < 128 else f"(char){b}," for b in data[i:i + 24]) + "\n")
    f.write(f"\t0\n}};\nconst size_t {name}_n = {len(data)};\n")
