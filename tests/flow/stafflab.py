# SPDX-License-Identifier: Apache-2.0
"""A desk with people in it: joining by one-time link, signing in, confirming each other's keys, second factors."""
import base64, hashlib, hmac, re, struct, time, urllib.parse

from desklab import Browser

PASSWORD = "four quiet words here"
ANALYST, SUPERVISOR, OFFICER, AUDITOR, ADMINISTRATOR = 1, 2, 3, 4, 5


def link_path(text):
    return urllib.parse.urlsplit(text.strip()).path


def join(desk, link, sign_in, name=None):
    """What a newcomer does with a link; the page after it."""
    page = Browser(desk).get("/en" + link)
    return page.submit({"name": name or sign_in.title(), "sign_in": sign_in, "password": PASSWORD, "again": PASSWORD})


def fingerprint(page):
    found = re.search(r'class="fingerprint"><bdi dir="ltr">([0-9 ]+)<', page.body)
    return found.group(1) if found else None


def signed_in(desk, sign_in, password=PASSWORD):
    """(browser, the page after signing in)."""
    b = Browser(desk)
    return b, b.get("/en/staff/sign-in").submit({"name": sign_in, "password": password})


def totp(secret, off=0):
    """The code of an authenticator; off: steps from now."""
    digest = hmac.new(base64.b32decode(secret.replace(" ", "")), struct.pack(">Q", int(time.time()) // 30 + off), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


def enrolled(browser, old=None, off=-1):
    """Sets up the second factor: (secret, recovery codes, the page after it). off -1: the code of now is still unused."""
    page = browser.get("/en/staff/factor")
    secret = re.search(r'<code><bdi dir="ltr">([A-Z2-7 ]{39})<', page.body).group(1)
    at = page.at("/staff/factor")
    done = page.submit(dict({"code": totp(secret, off)}, **({"old": old} if old else {})), at=at)
    return secret, re.findall(r'<bdi dir="ltr">([0-9A-Z]{5}-[0-9A-Z]{5})<', done.body), done


def second(page, code):
    """The page after the code was given to the page that asks for it."""
    return page.submit({"code": code}, at=page.at("/staff/second"))


def invited(browser, role, name, unit="national"):
    page = browser.get("/en/staff/members")
    page = page.submit({"name": name, "role": str(role), "unit": unit}, at=page.at("/staff/members/invite"))
    found = re.search(r'<code><bdi dir="ltr">([^<]+)<', page.body)
    return link_path(found.group(1)) if found else None


def confirm(browser, name, number):
    """Types what somebody reads aloud, in that person's row."""
    page = browser.get("/en/staff/members")
    row = re.search(rf'<tr><th scope="row">{name}</th>.*?</tr>', page.body, re.S)
    member = re.search(r'name="member" value="(\d+)"', row.group(0)) if row else None
    at = next((i for i, f in enumerate(page.forms) if member and ("member", member.group(1)) in f["fields"]), None)
    return page.submit({"fingerprint": number}, at=at) if at is not None else page


def administrator(desk):
    """Her browser, signed in."""
    joined = join(desk, link_path(desk.run("hisn-desk", "init")), "admin")
    assert joined.status == 200, joined.text
    return signed_in(desk, "admin")[0]


def founded(desk, admin, people):
    """people: {sign-in name: role}; each joins and is confirmed by two. Browsers by name."""
    numbers, browsers = {}, {}
    for who, role in people.items():
        numbers[who] = fingerprint(join(desk, invited(admin, role, who), who))
        browsers[who] = signed_in(desk, who)[0]
    for who in people:
        for other in people:
            if other != who:
                confirm(browsers[who], other.title(), numbers[other])
    return browsers


# --- cases ---

def case_paths(page):
    """Of the queue, as it stands there: /staff/reports/0123..."""
    return re.findall(r'href="/en(/staff/reports/[0-9a-f]{32})"', page.body)


def opened(browser, path, n=0):
    """The n-th message of a case, opened."""
    page = browser.get("/en" + path)
    at = [i for i, f in enumerate(page.forms) if f["action"].endswith(path + "/open")]
    return page.submit(at=at[n])


def opened_last(browser, path):
    """The newest message of the list."""
    page = browser.get("/en" + path)
    listed = re.search(r'<ol class="sealed".*?</ol>', page.body, re.S).group(0)
    return opened(browser, path, listed.count("<form") - 1)


def act(browser, path, action, fields=None, about=None):
    """One action on a case, through its page; the page after it."""
    page = browser.get(f"/en{path}/do/{action}" + (f"?about={about}" if about else ""))
    at = page.at(f"{path}/do/{action}")
    return page if at is None else page.submit(fields or {}, at=at)


def refer(browser, path, unit, text, **boxes):
    page = browser.get(f"/en{path}/refer")
    return page.submit(dict({"unit": unit, "text": text}, **{k: "yes" for k, v in boxes.items() if v}), at=page.at(f"{path}/refer"))
