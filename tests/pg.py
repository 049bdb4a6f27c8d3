#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pg.py PROGRAM [ARGUMENT...]: run it with a private PostgreSQL, whose place is in $HISN_TEST_PG."""
import os, signal, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "flow"))
import postgres

if not postgres.available():
    print("1..0 # SKIP PostgreSQL is not installed")
    sys.exit(0)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
with postgres.Postgres() as server:
    # HISN_TEST_PG_PID lets a test end the server by its pid, as a crash would.
    env = dict(os.environ, HISN_TEST_PG=server.where(), HISN_TEST_PG_PID=str(server.p.pid))
    code = subprocess.call(sys.argv[1:], env=env)
sys.exit(code)
