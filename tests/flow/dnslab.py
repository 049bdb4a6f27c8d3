# SPDX-License-Identifier: Apache-2.0
"""A signed DNS world on loopback, so that recursion can be tested without the Internet.

    from dnslab import DnsLab
    with DnsLab(21400) as lab:            # one UDP and TCP port of 127.0.0.1
        lab.trust_anchor                  # file with the DS of the root: unbound_config.trust_anchor
        lab.include_path                  # file with the root and stub-zones: unbound_config.include
        lab.add_record("new.example.", "A", "192.0.2.99", ttl=5)   # not in the root
        lab.stop_server(); lab.start_server()

  .                   signed; unbound gets it as a file
  example.            signed by knotd, with what is added; names: see EXAMPLE below
  insecure.example.   unsigned, and the parent proves it
  bogus.example.      signed, but the address of www was changed afterwards
  expired.example.    signed, but the signatures are years old

More zones: DnsLab(port, extra={"shop.test-tld.": [("www", "A", "192.0.2.50")]}); they are unsigned, and
their top-level domain is delegated without DS. `anchor_in_include=True` puts the trust anchor
into the include file, for a plain unbound.conf that has none of its own."""
import glob, os, shutil

from hisnflow import Process, ask, folder, run, wait_until

SOA = "SOA ns.example. admin.example. 1 3600 600 86400 30"

EXAMPLE = [  # owner below the zone, type, data
    ("@", "A", "192.0.2.1"), ("@", "MX", "10 mail"), ("@", "TXT", '"a zone for tests"'),
    ("ns", "A", "127.0.0.1"), ("mail", "A", "192.0.2.25"),
    ("www", "A", "192.0.2.10"), ("www", "AAAA", "2001:db8::10"),
    ("www", "HTTPS", "1 . alpn=h2 ipv4hint=192.0.2.10 ipv6hint=2001:db8::10"),
    ("one", "A", "192.0.2.11"), ("two", "A", "192.0.2.12"), ("two", "A", "192.0.2.13"),
    ("only6", "AAAA", "2001:db8::6"),
    ("alias", "CNAME", "www"),                      # chains
    ("chain1", "CNAME", "chain2"), ("chain2", "CNAME", "chain3"), ("chain3", "CNAME", "www"),
    ("away", "CNAME", "www.insecure.example."), ("nowhere", "CNAME", "missing.example."),
    ("loop1", "CNAME", "loop2"), ("loop2", "CNAME", "loop1"),
    ("old", "DNAME", "new"), ("host.new", "A", "192.0.2.30"),
    ("*.wild", "A", "192.0.2.20"), ("fixed.wild", "A", "192.0.2.21"),
    ("svc", "HTTPS", "1 target alpn=h2,h3 ipv4hint=192.0.2.40,192.0.2.41"), ("target", "A", "192.0.2.40"),
    ("svcalias", "HTTPS", "0 www"), ("_dns.svc", "SVCB", "1 target alpn=dot port=853 ipv6hint=2001:db8::40"),
    ("_sip._tcp", "SRV", "1 2 5060 www"),
    ("private", "A", "192.168.1.10"), ("rebind", "A", "127.0.0.1"), ("mixed", "A", "192.0.2.14"),
    ("mixed", "A", "10.0.0.14"),
    ("short", "A", "192.0.2.15", 2), ("long", "A", "192.0.2.16", 86400), ("zero", "A", "192.0.2.17", 0),
] + [("big", "TXT", '"' + f"{i:03} " + "x" * 200 + '"') for i in range(20)] \
  + [("many", "A", f"192.0.2.{i}") for i in range(100, 180)]

INSECURE = [("@", "A", "192.0.2.2"), ("www", "A", "192.0.2.60"), ("www", "AAAA", "2001:db8::60"),
            ("*.wild", "A", "192.0.2.61"), ("alias", "CNAME", "www"), ("back", "CNAME", "www.example."),
            ("big", "TXT", '"' + '" "'.join(["y" * 250] * 8) + '"')]


def zone_text(records, ttl=60):
    lines = [f"$TTL {ttl}", f"@ {SOA}", "@ NS ns.example."]
    for owner, kind, data, *own_ttl in records:
        lines.append(f"{owner} {own_ttl[0] if own_ttl else ''} {kind} {data}")
    return "\n".join(lines) + "\n"


def must(*argv):
    code, text = run(*argv)
    if code:
        raise RuntimeError(f"{' '.join(map(str, argv))}: {text}")
    return text


class DnsLab:
    def __init__(self, port, extra=None, anchor_in_include=False):
        self.port, self.extra, self.anchor_in_include = port, extra or {}, anchor_in_include
        self.knot, self.changes = None, []

    def __enter__(self):
        self.folder = folder()
        self.trust_anchor, self.include_path, self.conf = (
            self.path(n) for n in ("anchor.ds", "stub.conf", "knot.conf"))
        os.mkdir(self.path("db"))
        broken = {"bogus.example.": self._sign_and_break(), "expired.example.": self._sign_long_ago()}
        self.signed = [".", "example."]
        self.plain = ["insecure.example.", *broken, *self.extra]
        self._write_conf()
        ds = {z: self._make_key(z) for z in self.signed}
        ds.update({z: self._ds_of_files(z) for z in broken})
        self.write("insecure.example.zone", zone_text(INSECURE))
        for zone, records in self.extra.items():
            self.write(zone + "zone", zone_text(records))
        cuts = ["insecure NS ns"]
        for zone in broken:
            cuts += [zone.split(".")[0] + " NS ns", *ds[zone]]
        self.write("example.zone", zone_text(EXAMPLE) + "\n".join(cuts) + "\n")
        tops = {z.rstrip(".").split(".")[-1] for z in self.extra} - {"example"}
        delegations = ["example. NS ns.example.", "ns.example. A 127.0.0.1", *ds["example."]]
        delegations += [f"{t}. NS ns.example." for t in sorted(tops)]
        self.write(".zone", zone_text([]) + "\n".join(delegations) + "\n")
        self.write("anchor.ds", "\n".join(ds["."]) + "\n")
        self.start_server()
        self._keep_root()
        self._write_include()
        return self

    def __exit__(self, *_):
        self.stop_server()
        shutil.rmtree(self.folder, True)

    # --- while it runs

    def start_server(self):
        self.knot = Process(["knotd", "-c", self.conf], name="knotd")
        ready = lambda: self.knot.alive() and all(self._serves(z) for z in self.signed + self.plain)
        if not wait_until(ready, 20, 0.05):
            raise RuntimeError("knotd does not serve the lab:\n" + self.knot.output())
        for change in self.changes:  # it reads its files anew
            self._change(*change)

    def stop_server(self):
        """The world's only server is gone: its port refuses."""
        if self.knot:
            self.knot.stop()
        self.knot = None

    def pause_server(self):
        """It is there, and silent: questions time out."""
        self.knot.signal(19)

    def resume_server(self):
        self.knot.signal(18)

    def add_record(self, name, kind, data, ttl=60):
        """Full names with final dots, in data too; signed zones sign it."""
        self.changes.append(("zone-set", name, str(ttl), kind, data))
        self._change(*self.changes[-1])

    def remove_record(self, name, kind):
        self.changes.append(("zone-unset", name, kind))
        self._change(*self.changes[-1])

    def queries(self):
        """How many questions the server has got (UDP and TCP)."""
        text = self.knotc("stats", "server") + self.knotc("-f", "stats", "mod-stats")
        return sum(int(l.split("=")[1]) for l in text.splitlines() if "request-protocol" in l)

    def knotc(self, *argv):
        socket = os.path.join(self.folder, "knot.sock")
        wait_until(lambda: os.path.exists(socket), 10, 0.02)  # it answers questions before it takes commands
        return must("knotc", "-c", self.conf, *argv)

    # --- making it

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(text)

    def zone_of(self, name):
        return max((z for z in self.signed + self.plain if z == "." or name == z or name.endswith("." + z)), key=len)

    def _change(self, verb, name, *what):
        zone = self.zone_of(name)
        self.knotc("zone-begin", zone)
        try:
            self.knotc(verb, zone, name, *what)
        except RuntimeError:
            self.knotc("zone-abort", zone)
            raise
        self.knotc("-b", "zone-commit", zone)

    def _serves(self, zone):
        a = ask(self.port, zone, "SOA", timeout=0.5, dnssec_ok=True)
        want = "RRSIG" if zone in self.signed else "SOA"
        return a is not None and bool(a.records(want))

    def _write_conf(self):
        text = f"""server:
    rundir: "{self.folder}"
    listen: 127.0.0.1@{self.port}
    udp-workers: 1
    tcp-workers: 2
    background-workers: 1
database:
    storage: "{self.folder}/db"
log:
  - target: "{self.path('knotd.log')}"
    any: notice
acl:
  - id: local
    address: 127.0.0.0/8
    action: transfer
policy:
  - id: lab
    algorithm: ecdsap256sha256
    single-type-signing: on
    manual: on
mod-stats:
  - id: all
    request-protocol: on
template:
  - id: default
    storage: "{self.folder}"
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    acl: local
    global-module: mod-stats/all
zone:
"""
        for zone in self.signed + self.plain:
            text += f'  - domain: "{zone}"\n    file: "{zone if zone != "." else "."}zone"\n'
            if zone in self.signed:
                text += "    dnssec-signing: on\n    dnssec-policy: lab\n"
        self.write("knot.conf", text)

    def _make_key(self, zone):
        must("keymgr", "-c", self.conf, zone, "generate", "algorithm=ECDSAP256SHA256", "ksk=yes", "zsk=yes")
        lines = must("keymgr", "-c", self.conf, zone, "ds").splitlines()
        return [l for l in lines if " DS " in l and " 2 " in l]  # SHA-256 (RFC 4509)

    def _sign(self, zone, records, *options):
        """Sign once, with files; what knotd then serves as it is."""
        must("dnssec-keygen", "-q", "-K", self.folder, "-a", "ECDSAP256SHA256", "-f", "KSK", zone)
        self.write(zone + "zone", zone_text(records))
        must("dnssec-signzone", "-q", "-S", "-z", "-P", "-K", self.folder, "-d", self.folder, "-o", zone,
             "-f", self.path(zone + "zone"), *options, self.path(zone + "zone"))

    def _ds_of_files(self, zone):
        key, = glob.glob(self.path(f"K{zone}+*.key"))
        return must("dnssec-dsfromkey", "-2", key).splitlines()

    def _sign_and_break(self):
        zone = "bogus.example."
        self._sign(zone, [("www", "A", "192.0.2.70"), ("fine", "A", "192.0.2.71")])
        with open(self.path(zone + "zone"), encoding="ascii") as f:
            text = f.read()
        assert text.count("192.0.2.70") == 1
        self.write(zone + "zone", text.replace("192.0.2.70", "192.0.2.79"))

    def _sign_long_ago(self):
        self._sign("expired.example.", [("www", "A", "192.0.2.80")], "-s", "20200101000000", "-e", "20200201000000")

    def _keep_root(self):
        """The signed root as a file, for an auth-zone (RFC 8806): unbound's root hints know no port,
        and go before a stub-zone of the root."""
        lines = must("dig", "@127.0.0.1", "-p", self.port, ".", "AXFR", "+onesoa", "+nocomments").splitlines()
        self.write("root.signed", "\n".join(l for l in lines if l and not l.startswith(";")) + "\n")

    def _write_include(self):
        # outgoing-interface: whatever is asked, nothing leaves this machine
        text = "server:\n\tdo-ip6: no\n\tdo-not-query-localhost: no\n\toutgoing-interface: 127.0.0.1\n"
        if self.anchor_in_include:
            text += f'\ttrust-anchor-file: "{self.trust_anchor}"\n'
        text += (f'auth-zone:\n\tname: "."\n\tzonefile: "{self.path("root.signed")}"\n'
                 "\tfor-downstream: no\n\tfor-upstream: yes\n\tfallback-enabled: no\n")
        for zone in self.signed[1:] + self.plain:
            text += f'stub-zone:\n\tname: "{zone}"\n\tstub-addr: 127.0.0.1@{self.port}\n\tstub-prime: no\n'
        self.write("stub.conf", text)
