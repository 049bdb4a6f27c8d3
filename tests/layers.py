#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LAYERS, enforced: which room includes which, and which libraries' headers."""
import os, re, sys

root = sys.argv[1]
may, libs = {}, {}
for line in open(os.path.join(root, "LAYERS")):
    line = line.split("#")[0].strip()
    if line:
        room, rest = line.split(":", 1)
        inside, outside = rest.split("|")
        may[room] = set(inside.split()) | {room}
        libs[room] = outside.split()

LIBC = set("""malloc arpa assert bits ctype dirent dlfcn errno fcntl fenv float grp inttypes getopt glob ifaddrs limits linux
locale math net netdb netinet poll pthread pwd regex sched semaphore setjmp signal spawn stdalign stdarg stdatomic
stdbool stddef stdint stdio stdlib stdnoreturn string strings sys syslog termios threads time unistd wchar
immintrin x86intrin""".split())
bad = []
for room in sorted(os.listdir(os.path.join(root, "src"))):
    top = os.path.join(root, "src", room)
    if not os.path.isdir(top):
        continue
    if room not in may:
        bad.append(f"src/{room}: not a room of LAYERS")
        continue
    for folder, _, names in os.walk(top):
        for name in names:
            if not name.endswith((".c", ".h")):
                continue
            path = os.path.join(folder, name)
            for number, line in enumerate(open(path, encoding="utf-8"), 1):
                m = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
                if not m:
                    continue
                quoted, what = m.group(1) == '"', m.group(2)
                where = f"{os.path.relpath(path, root)}:{number}"
                if quoted:
                    # "keys/client.h" in LAYERS admits that one header of a room.
                    if what.split("/")[0] not in may[room] and what not in may[room]:
                        bad.append(f"{where}: {room} may not include {what}")
                elif re.split(r"[/.]", what)[0] not in LIBC and not any(what.startswith(l) for l in libs[room]):
                    bad.append(f"{where}: {room} may not use the library of <{what}>")
print("\n".join(bad) or f"{len(may)} rooms keep to LAYERS")
sys.exit(1 if bad else 0)
