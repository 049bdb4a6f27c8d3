# SPDX-License-Identifier: Apache-2.0
"""What the browser tests need: their npm packages, and a desk that serves.

The packages go to the build folder, by `npm ci` from the lock file here; where neither they nor a
registry are to be had, the tests are skipped, with a word."""
import fcntl, hashlib, os, shutil, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "flow"))
from hisnflow import BUILD, SOURCE, Process, folder, free_port, program, run, wait_until  # noqa: E402,F401

CHROMIUM = os.environ.get("HISN_CHROMIUM") or "/usr/bin/chromium"
EXIT_URL = "https://quick-exit.example/"


def skip(why):
    print(f"1..0 # SKIP {why}", flush=True)
    sys.exit(0)


def npm_packages(source, name):
    """A folder with node_modules as source/package-lock.json says; None and why not."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None, "node and npm are not installed"
    into = os.path.join(os.path.abspath(BUILD), "tests", "web", name)
    os.makedirs(into, exist_ok=True)
    with open(os.path.join(source, "package-lock.json"), "rb") as f:
        want = hashlib.sha256(f.read()).hexdigest()
    with open(os.path.join(into, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run at the same time
        stamp = os.path.join(into, "stamp")
        if os.path.exists(stamp) and open(stamp).read() == want:
            return into, None
        for file in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(os.path.join(source, file), into)
        try:
            r = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1",
                                "--fetch-timeout=20000"], cwd=into, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, timeout=240)
        except subprocess.TimeoutExpired:
            return None, "npm ci took more than four minutes"
        if r.returncode:
            words = [line for line in r.stdout.splitlines() if "error" in line.lower()] or r.stdout.splitlines() or ["?"]
            # A lock file that does not fit package.json is our own fault, not the network's.
            if "EUSAGE" in r.stdout or "EINTEGRITY" in r.stdout:
                raise RuntimeError("\n".join(words))
            return None, "no npm registry within reach: " + words[0][:120]
        with open(stamp, "w") as f:
            f.write(want)
    return into, None


class Desk:
    """A key process and a desk with a database of its own, as `hisn up` starts them. link: the first
    administrator's one-time link."""

    def __init__(self, **settings):
        self.state = folder()
        self.port = free_port(18100, 18119)
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes = []
        s = dict(name="Bureau d’essai", contact="desk@desk.example", listen=f'["127.0.0.1@{self.port}"]',
                 database=self.at("desk.db"), keys=self.at("socket"), data=os.path.join(SOURCE, "data", "desk"),
                 time_zone="Africa/Casablanca", language="fr", country="MA", quick_exit=EXIT_URL)
        s.update(settings)
        with open(self.at("desk.yaml"), "w", encoding="utf-8") as f:
            f.write("".join(f"{k}: {v}\n" for k, v in s.items()))
        self.config = self.at("desk.yaml")

    def at(self, name):
        return os.path.join(self.state, name)

    def start(self):
        keys = ["--store", self.at("store"), "--host-key", self.at("host.key")]
        code, out = run(program("hisn-keys"), "init", *keys)
        if code:
            raise RuntimeError("hisn keys init: " + out)
        self.add(program("hisn-keys"), "serve", *keys, "--socket", self.at("socket"), "--backup", self.at("store.backup"))
        if not wait_until(lambda: os.path.exists(self.at("socket")), 15):
            raise RuntimeError("hisn keys serve: " + self.processes[-1].output())
        code, self.link = run(program("hisn-desk"), "init", "--config", self.config, "--base", self.url)
        if code:
            raise RuntimeError("hisn desk init: " + self.link)
        self.add(program("hisn-desk"), "serve", "--config", self.config)
        if not wait_until(self.answers, 15):
            raise RuntimeError("hisn desk serve: " + self.processes[-1].output())
        return self

    def add(self, *argv):
        self.processes.append(Process(argv))

    def answers(self):
        import http.client
        try:
            c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            c.request("GET", "/robots.txt")
            return c.getresponse().status == 200
        except OSError:
            return False

    def stop(self):
        for p in reversed(self.processes):
            p.stop()

    __enter__ = start

    def __exit__(self, *_):
        self.stop()
