#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""web.py TEST.mjs [KEY=VALUE ...]: runs a browser test (lib.mjs) against a desk of its own; settings
go to its desk.yaml. The test finds the desk in $HISN_URL, the first administrator's link in
$HISN_LINK, the database in $HISN_DATABASE, its npm packages in $HISN_NPM, and puts pictures into $HISN_SHOTS."""
import os, subprocess, sys

from webtest import BUILD, CHROMIUM, EXIT_URL, HERE, Desk, folder, npm_packages, program, skip


def main():
    test, settings = sys.argv[1], dict(a.split("=", 1) for a in sys.argv[2:])
    for name in ("hisn-keys", "hisn-desk"):
        try:
            program(name)
        except FileNotFoundError as e:
            skip(str(e))
    if not os.access(CHROMIUM, os.X_OK):
        skip(f"{CHROMIUM} is not installed")
    npm, why = npm_packages(HERE, "npm")
    if not npm:
        skip(why)
    shots = os.path.join(BUILD, "tests", "web", "shots")
    os.makedirs(shots, exist_ok=True)
    with Desk(**settings) as desk:
        env = dict(os.environ, HISN_URL=desk.url, HISN_LINK=desk.link.strip().splitlines()[-1] if desk.link.strip() else "",
                   HISN_NPM=npm, HISN_SHOTS=shots, HISN_DATABASE=desk.at("desk.db"), HISN_CHROMIUM=CHROMIUM, HISN_EXIT=EXIT_URL, HISN_PROFILE=folder())
        code = subprocess.run(["node", os.path.abspath(test)], env=env).returncode
        for p in desk.processes:
            if not p.alive():
                print(f"not ok 9999 - {p.name} still runs\n# " + p.output().replace("\n", "\n# "))
                code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
