# SPDX-License-Identifier: Apache-2.0
"""Deterministic names and query streams for the benches; nothing in them exists."""
import itertools, os, random

ENDINGS = ["com", "com", "com", "com", "net", "org", "info", "de", "fr", "ru", "xyz", "top", "site", "co.uk", "com.br", "ma"]
PARTS = ("lumen garden river stone cloud silver north east market paper tower bridge copper velvet harbor "
         "meadow signal orbit canyon ember forest marble ocean prairie quartz ridge summit timber valley winter").split()
BELOW = "www m cdn img static api mail shop blog a b x1 x2 live news".split()

def _names(r):
    seen = set()
    while True:
        label = r.choice(PARTS) + (r.choice(["", "-"]) + r.choice(PARTS) if r.random() < .8 else "") + \
            (str(r.randrange(10000)) if r.random() < .5 else "".join(r.choice("aeioubdglmnprst") for _ in range(r.randrange(2, 7))))
        name = label + "." + r.choice(ENDINGS)
        if r.random() < .25:
            name = r.choice(BELOW) + str(r.randrange(100)) + "." + name
        if name not in seen:
            seen.add(name)
            yield name

def _put(folder, name, lines):
    path = os.path.join(folder, name)
    with open(path + ".new", "w") as f:
        f.writelines(line + "\n" for line in lines)
    os.rename(path + ".new", path)

def make(folder, sizes, queries=1000000):
    """list-N, mix-a-N, mix-b-N, cold, warm, added; made once, kept in folder."""
    os.makedirs(folder, exist_ok=True)
    if all(os.path.exists(f"{folder}/mix-b-{n}") for n in sizes):
        return
    r = random.Random(1)
    source = _names(r)
    names = list(itertools.islice(source, max(sizes)))
    listed = set(names)
    free = (n for n in source if not any(n.split(".", i)[-1] in listed for i in range(1, n.count(".") + 1)))
    allowed, added, cold = (list(itertools.islice(free, n)) for n in (100000, 1000, 200000))
    _put(folder, "warm", (n + t for n in allowed for t in (" A", " AAAA")))
    _put(folder, "added", added)
    _put(folder, "cold", (n + " A" for n in cold))
    weights = list(itertools.accumulate(1 / (i + 1) for i in range(len(allowed))))
    kind = lambda: " A" if r.random() < .7 else " AAAA"
    for n in sizes:
        _put(folder, f"list-{n}", names[:n])
        q = r.choices(allowed, cum_weights=weights, k=queries * 7 // 10)
        q += r.choices(names[:n], k=queries * 15 // 100)
        q += [r.choice(BELOW) + "." + d for d in r.choices(names[:n], k=queries * 15 // 100)]
        r.shuffle(q)
        _put(folder, f"mix-a-{n}", (d + kind() for d in q))
        _put(folder, f"mix-b-{n}", (d + kind() for d in r.sample(names[:n], min(n, queries))))
