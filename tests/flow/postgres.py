# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL for a test: its own folder, a Unix socket there and no TCP port, gone at the end.

    from postgres import Postgres
    with Postgres() as server:
        where = server.where("desk")      # "host=/tmp/... user=hisn dbname=desk", a new database
"""
import glob, os, shutil, signal, subprocess, tempfile, time


def _bin():
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if found:
        return os.path.dirname(max(found, key=lambda p: int(p.split("/")[4].split(".")[0])))
    path = shutil.which("postgres")
    return path and os.path.dirname(os.path.realpath(path))


def available():
    return _bin() is not None


class Postgres:
    """PostgreSQL refuses to run as root; then it runs as nobody, who owns its folder."""

    def __init__(self, settings=()):
        self.bin = _bin()
        if not self.bin:
            raise FileNotFoundError("PostgreSQL is not installed")
        self.folder = tempfile.mkdtemp(prefix="hisn-pg-")
        self.data, self.log, self.p = os.path.join(self.folder, "data"), os.path.join(self.folder, "log"), None
        self.settings = list(settings)
        os.chmod(self.folder, 0o755)  # root's tests and nobody's server meet here
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        try:
            self._run("initdb", "--pgdata", self.data, "--username=hisn", "--encoding=UTF8", "--locale=C", "--auth=trust",
                      "--no-instructions")
            self.start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _argv(self, *argv):
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        return [*as_nobody, os.path.join(self.bin, argv[0]), *argv[1:]]

    def _run(self, *argv):
        r = subprocess.run(self._argv(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, timeout=120, cwd="/")
        if r.returncode:
            raise OSError(f"{argv[0]}: {r.stdout}")
        return r.stdout

    def start(self):
        options = ["listen_addresses=", f"unix_socket_directories={self.folder}", "shared_buffers=32MB", *self.settings]
        argv = self._argv("postgres", "-D", self.data, *(w for o in options for w in ("-c", o)))
        with open(self.log, "ab") as log:
            self.p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        end = time.monotonic() + 60
        while time.monotonic() < end and self.p.poll() is None:
            if subprocess.run([os.path.join(self.bin, "pg_isready"), "-q", "-h", self.folder, "-U", "hisn"]).returncode == 0:
                return
            time.sleep(0.05)
        raise OSError("PostgreSQL did not start: " + open(self.log, errors="replace").read()[-2000:])

    def end(self, how=signal.SIGINT):
        """SIGINT ends it at once and in order; SIGQUIT as a crash does. start() may follow."""
        if self.p and self.p.poll() is None:
            self.p.send_signal(how)
            try:
                self.p.wait(30)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()
        self.p = None

    def stop(self):
        self.end()
        shutil.rmtree(self.folder, True)

    def where(self, database=None):
        """Connection words; with a name, of a new empty database."""
        if not database:
            return f"host={self.folder} user=hisn dbname=postgres"
        self._run("createdb", "-h", self.folder, "-U", "hisn", "--template=template0", database)
        return f"host={self.folder} user=hisn dbname={database}"

    def sql(self, database, statement):
        return self._run("psql", "-X", "-A", "-t", "-h", self.folder, "-U", "hisn", "-d", database, "-c", statement).strip()
