# SPDX-License-Identifier: Apache-2.0
"""wapiti and sqlmap over pages that need a session, with what they asked for and what they found; and a small site with
holes, on which both have to find something before their silence about the desk counts.

    found = wapiti(folder, base, cookie, paths, seconds=60)
    found = sqlmap(folder, base, cookie, requests, dbms="SQLite")"""
import base64, collections, csv, glob, html, http.server, json, os, re, signal, sqlite3, subprocess, threading, urllib.parse

# Sessions of theirs, not of the whole machine's: nothing is asked of a proxy.
QUIET = {"http_proxy": "", "https_proxy": "", "HTTP_PROXY": "", "HTTPS_PROXY": "", "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1"}


class Found:
    """findings: tuples; asked: {path: {status: how often}}; said: what the program printed."""

    def __init__(self, findings, asked, said):
        self.findings, self.asked, self.said = findings, asked, said

    def statuses(self):
        return dict(self.asked.get("all", {}))


def _run(argv, folder, seconds):
    """Its output; what runs too long is ended with all that it started."""
    log = open(os.path.join(folder, "said"), "w+", errors="replace")
    p = subprocess.Popen(argv, env=dict(os.environ, HOME=folder, TMPDIR=folder, **QUIET), text=True, stdin=subprocess.DEVNULL, stdout=log,
                         stderr=subprocess.STDOUT, start_new_session=True)
    try:
        p.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        p.wait()
    log.seek(0)
    said = log.read()
    log.close()
    return said


# --- wapiti ------------------------------------------------------------------------------------

# Not those that ask something outside (nikto, wapp: databases; ssrf, xxe: an endpoint), nor buster, which guesses names of files.
MODULES = "backup,cookieflags,crlf,csp,csrf,exec,file,http_headers,methods,permanentxss,redirect,sql,xss"


# With -x this wapiti stops under Python 3.11: its expression has flags where they may not be. And each start would ask the
# Internet for the database of a module that is not even used. Everything else is as installed.
START = """
import re, sys
from wapitiCore.attack import mod_nikto, mod_wapp
from wapitiCore.net import crawler
for kind in [*vars(mod_nikto).values(), *vars(mod_wapp).values()]:
    if isinstance(kind, type) and "update" in vars(kind):
        kind.update = lambda self: None
crawler.wildcard_translate = lambda p: re.compile("(?ms)" + ".*".join(map(re.escape, p.split("*"))) + r"\\Z")
from wapitiCore.main.wapiti import wapiti_main
sys.argv[0] = "wapiti"
sys.exit(wapiti_main())
"""


def wapiti(folder, base, cookie, paths, without, crawl_seconds=240, attack_seconds=10, modules=MODULES, limit=900):
    os.makedirs(folder)
    report = f"{folder}/report.json"
    argv = ["/usr/bin/python3", "-c", START, "-u", base + "/en/", "--scope", "folder", "-m", modules, "--flush-session", "-f", "json", "-o", report,
            "-H", f"Cookie: {cookie}", "--max-scan-time", str(crawl_seconds), "--max-attack-time", str(attack_seconds),
            "--max-links-per-page", "60", "-d", "3", "--store-session", f"{folder}/w", "--store-config", f"{folder}/wc",
            "--no-bugreport", "-t", "12", "-v", "1"]
    for p in paths:
        argv += ["-s", base + p]
    for p in without:
        argv += ["-x", base + p]
    said = _run(argv, folder, limit)
    if not os.path.exists(report):
        raise RuntimeError("wapiti wrote no report: " + said[-2000:])
    with open(report, encoding="utf-8") as f:
        read = json.load(f)
    findings = [(f["level"], name, f["method"], f["path"], f.get("parameter"), f["info"])
                for group in ("vulnerabilities", "anomalies") for name, found in read[group].items() for f in found]
    return Found(findings, _wapiti_asked(folder), said)


def _wapiti_asked(folder):
    """What it crawled, from its own store."""
    asked = {}
    for name in glob.glob(f"{folder}/w/*.db"):
        with sqlite3.connect(name) as db:
            columns = [r[1] for r in db.execute("PRAGMA table_info(paths)")]
            status = "http_status" if "http_status" in columns else "NULL"
            for path, method, code in db.execute(f"SELECT path, method, {status} FROM paths WHERE evil = 0"):
                at = f"{method} {urllib.parse.urlsplit(path).path}"
                asked.setdefault(at, collections.Counter())[code] += 1
    return asked


# --- sqlmap ------------------------------------------------------------------------------------

class Request:
    """path may hold one '*': the place to attack; without one, each field of query and body is."""

    def __init__(self, method, path, pairs=()):
        self.method, self.path, self.pairs = method, path, list(pairs)

    def has_field(self):
        """Whether there is anything to attack in it."""
        fields = [k for k, _ in self.pairs + urllib.parse.parse_qsl(self.path.partition("?")[2])]
        return "*" in self.path or any(k not in SKIP.split(",") for k in fields)

    def key(self):
        """What it is, whichever number stands in it."""
        path, _, query = self.path.partition("?")
        return self.method, re.sub(r"[0-9a-f]{32}", "{}", path), tuple(k for k, _ in urllib.parse.parse_qsl(query)), tuple(k for k, _ in self.pairs)

    def burp(self, base, cookie):
        at = urllib.parse.urlsplit(base)
        body = urllib.parse.urlencode([(k, v) for k, v in self.pairs]).replace("*", "%2A")
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: {at.netloc}\r\nCookie: {cookie}\r\n"
        if self.method == "POST":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        raw = base64.b64encode((head + "\r\n" + body).encode()).decode()
        return f"<item><port>{at.port}</port><request base64=\"true\"><![CDATA[{raw}]]></request></item>\n"


# Tokens and sealed states are checked before anything else: attacking them would keep the scanner from all the rest.
SKIP = "csrf,state,hisn,user-agent,referer,host"


def sqlmap(folder, base, cookie, requests, dbms, level=3, risk=2, technique="BEUST", limit=900):
    if not requests:
        return Found([], {"all": collections.Counter()}, "")
    os.makedirs(folder)
    with open(f"{folder}/requests.xml", "w") as f:
        f.write("<items>\n" + "".join(r.burp(base, cookie) for r in requests) + "</items>\n")
    argv = ["sqlmap", "-r", f"{folder}/requests.xml", "--batch", "--ignore-stdin", "--disable-coloring", "--dbms", dbms, "--level", str(level),
            "--risk", str(risk), "--technique", technique, "--time-sec", "3", "--skip", SKIP, "--skip-waf", "--flush-session",
            "--ignore-redirects", "--ignore-code", "401,404", "--timeout", "15", "--retries", "1", "--output-dir", f"{folder}/out",
            "--results-file", f"{folder}/results.csv", "-t", f"{folder}/traffic", "-v", "1", "--answers", "quit=N,follow=N,skip further tests=N,skip those kind of cases=N,exploit=N"]
    said = _run(argv, folder, limit)
    return Found(_sqlmap_findings(folder, said), _sqlmap_asked(folder, said, requests), said)


def _sqlmap_findings(folder, said):
    findings = [("sqlmap", p.strip()) for p in re.findall(r"^Parameter: (.+)$", said, re.M)]
    if os.path.exists(f"{folder}/results.csv"):
        with open(f"{folder}/results.csv", newline="", encoding="utf-8", errors="replace") as f:
            findings += [("sqlmap", *row) for row in list(csv.reader(f))[1:] if row]
    return findings


def _sqlmap_asked(folder, said, requests):
    """{"POST /path": {status: n}} of what it came to a verdict about; an attack on the path counts under its beginning. Its record of
    the traffic has no path for an answer without content, so the targets are from what it said, and the statuses of all
    of them together stand under "all"."""
    asked, total = {}, collections.Counter()
    for block in re.split(r"^\[\d+/\d+\] URL:$", said, flags=re.M)[1:]:
        m = re.match(r"\s*(?:GET|POST) (\S+)", block)
        verdicts = tested(block)
        if m and verdicts:
            method = "POST" if re.search(r"^POST data: ", block, re.M) else "GET"
            asked.setdefault(f"{method} {urllib.parse.urlsplit(m.group(1)).path}", collections.Counter())[200] += verdicts
    if len(requests) == 1 and tested(said):  # a single one has no title
        asked[f"{requests[0].method} {requests[0].path.split('?')[0]}"] = collections.Counter({200: tested(said)})
    if os.path.exists(f"{folder}/traffic"):
        with open(f"{folder}/traffic", encoding="utf-8", errors="replace") as f:
            total.update(int(m.group(1)) for m in re.finditer(r"^HTTP response \[#\d+\] \((\d+)", f.read(), re.M))
        os.unlink(f"{folder}/traffic")
    asked["all"] = total
    return asked


def tested(said):
    """How many parameters sqlmap came to a verdict about."""
    return len(re.findall(r"(?:parameter '[^']*' does not seem to be injectable|parameter '[^']*' is vulnerable)", said)) + \
        len(re.findall(r"^Parameter: ", said, re.M))


# --- a site with holes -------------------------------------------------------------------------

class Planted(http.server.ThreadingHTTPServer):
    """/en/staff behind a cookie: a search that puts its field into SQL, and a form that echoes its text unescaped."""
    daemon_threads = True

    def __init__(self, port, cookie):
        self.cookie, self.seen = cookie, collections.Counter()
        super().__init__(("127.0.0.1", port), _PlantedHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        """A scanner that goes away in the middle."""


class _PlantedHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _page(self, status, inner):
        body = f"<!doctype html><html lang='en'><head><title>Planted</title></head><body>{inner}</body></html>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        n = int(self.headers.get("Content-Length", 0))
        self._answer(dict(urllib.parse.parse_qsl(self.rfile.read(n).decode("utf-8", "replace"), keep_blank_values=True)))

    def do_GET(self):
        self._answer(None)

    def _answer(self, form):
        at = urllib.parse.urlsplit(self.path)
        self.server.seen[at.path] += 1
        if self.server.cookie not in (self.headers.get("Cookie") or ""):
            self._page(403, "<p>Sign in.</p>")
        elif at.path == "/en/staff/search" and form is not None:
            self._search(form.get("typed", ""))
        elif at.path == "/en/staff/note" and form is not None:
            self._page(200, f"<p>{form.get('text', '')}</p>")
        elif at.path == "/en/" or at.path.startswith("/en/staff"):
            self._page(200, "<a href='/en/staff/notes'>Notes</a>" + "".join(
                f"<form method='post' action='/en/staff/{a}'><input type='hidden' name='csrf' value='{self.server.cookie[-20:]}'>"
                f"<input name='{f}'><button>Go</button></form>" for a, f in (("search", "typed"), ("note", "text"))))
        else:
            self._page(404, "<p>Not here.</p>")

    def _search(self, typed):
        with sqlite3.connect(":memory:") as db:
            db.execute("CREATE TABLE thing (name TEXT)")
            db.execute("INSERT INTO thing VALUES ('planted')")
            try:
                rows = db.execute(f"SELECT name FROM thing WHERE name = '{typed}'").fetchall()
            except (sqlite3.Error, sqlite3.Warning) as e:
                self._page(500, f"<p>{html.escape(str(e))}</p>")
                return
        self._page(200, "<p>Found.</p>" if rows else "<p>Nothing.</p>")
