#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wapiti over the public pages, on loopback, for a bounded time: nothing of level 2 or above. Its modules
that ask something outside (nikto, wapp: databases; ssrf, xxe: an endpoint) stay away. So does csrf: it calls for a token in
each public form, where no cookie or sign-in could be abused; those of staff are in b0250."""
import json, os, shutil, subprocess, sys

sys.dont_write_bytecode = True
from desklab import Desk
from hisnflow import Tap, free_port
from scanlab import START
from stafflab import join, link_path

MODULES = ("backup,blindsql,buster,cookieflags,crlf,csp,exec,file,htaccess,http_headers,methods,permanentxss,"
           "redirect,shellshock,sql,xss")
# A form sent too often is answered up to 8 s late: with less than 12 s to wait that would look like blind SQL.
SCAN_SECONDS, ATTACK_SECONDS = 40, 8
LEVEL = 2


def scan(desk):
    report = f"{desk.folder}/wapiti.json"
    env = dict(os.environ, HOME=desk.folder, http_proxy="", https_proxy="", HTTP_PROXY="", HTTPS_PROXY="", no_proxy="*")
    argv = ["/usr/bin/python3", "-c", START, "-u", desk.base + "/en/", "--scope", "folder", "-m", MODULES, "--flush-session", "-f", "json", "-o", report,
            "--max-scan-time", str(SCAN_SECONDS), "--max-attack-time", str(ATTACK_SECONDS), "--max-links-per-page", "60", "-d", "6",
            "--store-session", f"{desk.folder}/w", "--store-config", f"{desk.folder}/wc",
            "--no-bugreport", "-t", "12", "-v", "1", "-s", desk.base + "/en/staff/sign-in"]
    r = subprocess.run(argv, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=560, stdin=subprocess.DEVNULL)
    if not os.path.exists(report):
        raise RuntimeError(r.stdout[-3000:])
    with open(report, encoding="utf-8") as f:
        return json.load(f), r.stdout


def findings(report):
    for group in ("vulnerabilities", "anomalies"):
        for name, found in report[group].items():
            for f in found:
                yield f["level"], name, f["method"], f["path"], f.get("parameter"), f["info"]


with Tap() as tap:
    if not shutil.which("wapiti"):
        tap.skip("wapiti over the public pages", "wapiti is not installed")
    else:
        # The quick way out must not lead the scanner to anybody.
        away = 'quick_exit: "https://127.0.0.1:9/"\n'
        with Desk(free_port(18220, 18229), config=away, keys=["--password-memory", "8"]) as desk:
            joined = join(desk, link_path(desk.run("hisn-desk", "init")), "admin")
            report, said = scan(desk)
            found = sorted(set(findings(report)), reverse=True, key=str)
            for f in found:
                tap.note(f)
            launched = said.count("Launching module")
            pages = report["infos"].get("crawled_pages_nbr") or report["infos"].get("crawled_pages") or 0
            tap.note(f"{launched} modules, {pages} pages; {len(found)} findings")
            tap.ok(launched >= 15, "the modules ran", said[-2000:])
            tap.equal([f for f in found if f[0] >= LEVEL], [], f"no finding of level {LEVEL} or above")
            tap.ok(desk.desk.alive() and desk.get("/en/").status == 200, "the desk is still there")
            words = [line for line in desk.desk.output().splitlines() if "rror" in line or "anitizer" in line]
            tap.equal(words[:5], [], "and said nothing of errors")
