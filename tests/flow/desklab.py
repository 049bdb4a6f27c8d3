# SPDX-License-Identifier: Apache-2.0
"""A desk with its key process in a folder of its own, and a browser without JavaScript.

    with Desk() as desk:
        page = desk.get("/en/report/address")
        page = page.submit({"url": "https://page.example/x"}, go="next")

A page knows its forms: submit() sends every field it shows (as a browser does), changed by what is given.
desk.get() forgets cookies; a Browser(desk) keeps them, and goes where it is sent."""
import contextlib, html.parser, os, re, shutil, socket, sqlite3, subprocess, tempfile, time, urllib.error, urllib.parse, urllib.request

from hisnflow import BUILD, SOURCE, Process, program


class _Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms, self.text, self.title, self._area, self._select, self._title = [], [], "", None, None, False
        self._skip = 0
        self.links = []

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        form = self.forms[-1] if self.forms else None
        if tag == "form":
            self.forms.append({"action": a.get("action"), "method": a.get("method", "get"), "fields": [], "go": []})
        elif tag == "a":
            self.links.append(a.get("href"))
        elif tag == "title":
            self._title = True
        elif form is None:
            return
        elif tag == "input" and a.get("name"):
            if a.get("type") not in ("checkbox", "radio") or "checked" in a:
                form["fields"].append((a["name"], a.get("value", "")))
        elif tag == "textarea":
            self._area = [a["name"], ""]
        elif tag == "select":
            self._select = [a["name"], None]
        elif tag == "option" and self._select:
            if "selected" in a or self._select[1] is None:
                self._select[1] = a.get("value", "")
        elif tag == "button" and a.get("name") == "go":
            form["go"].append(a["value"])

    def handle_endtag(self, tag):
        if tag == "textarea" and self._area:
            self.forms[-1]["fields"].append(tuple(self._area))
            self._area = None
        elif tag == "select" and self._select:
            self.forms[-1]["fields"].append(tuple(self._select))
            self._select = None
        elif tag == "title":
            self._title = False

    def handle_data(self, data):
        if self._title:
            self.title += data
        elif self._area is not None:
            self._area[1] += data
        self.text.append(data)


class Page:
    def __init__(self, desk, status, headers, body, url):
        self.desk, self.status, self.headers, self.body, self.url = desk, status, headers, body, url
        parser = _Forms()
        parser.feed(body)
        self.forms, self.title, self.links = parser.forms, parser.title, parser.links
        self.text = re.sub(r"\s+", " ", "".join(parser.text))

    def form(self, at=0):
        return self.forms[at]

    def at(self, action):
        """The place of the form that posts to this action, without its language; None: there is none."""
        for i, f in enumerate(self.forms):
            if f["method"].lower() == "post" and f["action"] and re.sub(r"^/(fr|ar|en)/", "/", f["action"]) == action:
                return i
        return None

    def value(self, name, at=0):
        return dict(self.form(at)["fields"]).get(name)

    def posted(self, change=None, go=None, at=0):
        """What a browser would send: a list of pairs. A list as value: several; None: left out."""
        change = dict(change or {})
        pairs = [(k, v) for k, v in self.form(at)["fields"] if k not in change]
        for k, v in change.items():
            pairs += [(k, one) for one in v] if isinstance(v, list) else [] if v is None else [(k, v)]
        return pairs + ([("go", go)] if go else [])

    def submit(self, change=None, go=None, at=0):
        return self.desk.post(self.form(at)["action"], self.posted(change, go, at))

    def words(self):
        """The nine words of a receipt's page."""
        grid = re.search(r'<ol class="words".*?</ol>', self.body, re.S)
        return re.findall(r"<li[^>]*>([^<]+)</li>", grid.group(0)) if grid else []


class Desk:
    def __init__(self, port=18140, database=None, config="", keys=()):
        """config: more lines of desk.yaml; keys: more arguments of 'hisn keys serve'."""
        self.folder = tempfile.mkdtemp(prefix="hisn-desk-")
        self.port, self.database = port, database or f"{self.folder}/desk.db"
        self.base = f"http://127.0.0.1:{port}"
        self.keys = self.desk = None
        self.keys_more = list(keys)
        self.socket = f"{self.folder}/keys.socket"
        with open(f"{self.folder}/desk.yaml", "w") as f:
            f.write(f'name: "Desk of the test"\nlisten: ["127.0.0.1@{port}"]\ndatabase: "{self.database}"\n'
                    f'keys: "{self.socket}"\ntime_zone: Africa/Casablanca\nlanguage: fr\ncountry: MA\n{config}')
        self.env = {"HISN_DATA": f"{SOURCE}/data"}
        subprocess.run([program("hisn-keys"), "init", "--store", f"{self.folder}/store", "--host-key",
                        f"{self.folder}/host.key"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_keys(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.keys = Process([program("hisn-keys"), "serve", "--store", f"{self.folder}/store", "--host-key",
                             f"{self.folder}/host.key", "--socket", self.socket] + self.keys_more)
        self._wait(self._keys_answer, self.keys)

    def _keys_answer(self):
        """The socket's name is there a moment before anybody listens on it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            return s.connect_ex(self.socket) == 0

    def start_desk(self):
        self.desk = Process([program("hisn-desk"), "serve", "--config", f"{self.folder}/desk.yaml"], env=self.env)
        self._wait(lambda: self._answers(), self.desk)

    def _answers(self):
        try:
            return self.get("/en/").status == 200
        except OSError:
            return False

    def _wait(self, ready, process, seconds=20):
        end = time.time() + seconds
        while not ready():
            if time.time() > end or not process.alive():
                raise RuntimeError(f"{process.name} did not start:\n{process.output()}")
            time.sleep(0.05)

    def __enter__(self):
        self.start_keys()
        self.start_desk()
        return self

    def __exit__(self, *_):
        for p in (self.desk, self.keys):
            if p:
                p.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, name, *args):
        """A command of hisn with this desk's files; what it printed."""
        own = {"hisn-desk": ["--config", f"{self.folder}/desk.yaml"]}.get(name, [])
        r = subprocess.run([program(name)] + [str(a) for a in args] + own, env=dict(os.environ, **self.env), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        if r.returncode:
            raise RuntimeError(f"{name} {args}: {r.returncode}\n{r.stderr}")
        return r.stdout

    def _ask(self, request):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *a):
                return None
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
        try:
            with opener.open(request, timeout=20) as r:
                return Page(self, r.status, r.headers, r.read().decode("utf-8"), r.url)
        except urllib.error.HTTPError as e:
            with e:
                return Page(self, e.code, e.headers, e.read().decode("utf-8"), request.full_url)

    def get(self, path):
        return self._ask(urllib.request.Request(self.base + path))

    def post(self, path, pairs):
        body = urllib.parse.urlencode(pairs).encode()
        return self._ask(urllib.request.Request(self.base + path, body))

    # Closed at once: with a reader still there, a desk that was killed starts on its log's index as it was left,
    # and does not read the log again.
    def rows(self, sql, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            return db.execute(sql, values).fetchall()

    def write(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as db, db:
            db.execute(sql, values)


class Browser:
    """One person's: its own cookies; follows what answers a form with another page."""

    def __init__(self, desk):
        self.desk, self.cookies = desk, {}

    def ask(self, path, body=None, headers=None):
        head = dict(headers or {})
        if self.cookies:
            head["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        page = self.desk._ask(urllib.request.Request(self.desk.base + path, body, head))
        page.desk = self
        for line in page.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
            if not value or "max-age=0" in line.lower():
                del self.cookies[name]
        return page

    def follow(self, page):
        for _ in range(4):
            if page.status not in (301, 302, 303, 307, 308):
                break
            to = urllib.parse.urlsplit(page.headers["Location"])
            page = self.ask(to.path + (f"?{to.query}" if to.query else ""))
        return page

    def get(self, path):
        return self.follow(self.ask(path))

    def post(self, path, pairs):
        return self.follow(self.ask(path, urllib.parse.urlencode(pairs).encode()))
