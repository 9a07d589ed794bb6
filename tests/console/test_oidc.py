"""Signing in by a real, small identity provider on this machine, and every way to cheat at it."""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient

from attending import shapes
from attending.console.app import build
from attending.console.sign_in import vouched
from attending.console.signing_in.fetching import is_allowed
from attending.console.signing_in.oidc import Oidc, Provider
from attending.errors import Refused
from attending.loops.system.people import Voice, declare
from attending.spec.people import PeopleDeclared
from attending.wiring import open_books

ORIGIN = "http://localhost:8321"
CLIENT, PHRASE = "attending", "a phrase/with+signs"
ACCOUNT = {"cmio-post": "account-77", "nurse-post": "account-78"}


class Now:
    """The world's time, and how far a test has moved it on."""

    def __init__(self):
        self.passed = timedelta()

    def now(self):
        return datetime.now(UTC) + self.passed


@dataclass
class Idp:
    """An identity provider: discovery, keys, an authorization page and a token endpoint."""

    address: str = ""
    key: object = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    alg: str = "RS256"
    published: list = field(default_factory=list)
    codes: dict = field(default_factory=dict)
    account: str = ACCOUNT["cmio-post"]
    document: dict = field(default_factory=dict)  # what discovery says otherwise
    claims: dict = field(default_factory=dict)  # what tokens say otherwise; None leaves it out
    sign: object = None  # makes a token of (header, claims), where a test forges one
    asked: list = field(default_factory=list)
    slow: float = 0.0

    def discovery(self):
        at = self.address
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
        } | self.document

    def keys(self):
        return {"keys": [k.as_dict(private=False) for k in self.published or [self.key]]}

    def authorize(self, query):
        """Recognize somebody, as its page would once they have typed their password."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = {k: v[0] for k, v in query.items()}
        self.asked.append(self.codes[code])
        return code

    def token(self, form, authorization):
        asked = self.codes.pop(form["code"][0], None)
        if asked is None:
            return None
        verifier = form["code_verifier"][0].encode()
        challenge = base64.urlsafe_b64encode(sha256(verifier).digest()).rstrip(b"=").decode()
        pair = base64.b64decode(authorization.partition(" ")[2]).decode()
        known = pair == urlencode({"a": CLIENT})[2:] + ":" + urlencode({"a": PHRASE})[2:].replace(
            "+", "%20"
        )
        same = form["redirect_uri"][0] == asked["redirect_uri"]
        if not known or challenge != asked["code_challenge"] or not same:
            return None
        now = time.time()
        claims = {
            "iss": self.address, "sub": self.account, "aud": CLIENT, "exp": now + 300,
            "iat": now, "nonce": asked["nonce"], "auth_time": now,
        }  # fmt: skip
        claims = {k: v for k, v in (claims | self.claims).items() if v is not None}
        header = {"alg": self.alg, "kid": self.key.kid}
        made = self.sign(header, claims) if self.sign else jwt.encode(
            header, claims, self.key, algorithms=[self.alg]
        )  # fmt: skip
        return {"access_token": "x", "token_type": "Bearer", "id_token": made}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        place = urlsplit(self.path)
        if place.path == "/.well-known/openid-configuration":
            self.give(self.idp.discovery())
        elif place.path == "/keys":
            time.sleep(self.idp.slow)
            self.give(self.idp.keys())
        else:
            self.give(None)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self.give(self.idp.token(form, self.headers.get("authorization", "")))

    def give(self, told):
        raw = json.dumps(told or {"error": "invalid_grant"}).encode()
        self.send_response(200 if told else 400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


@pytest.fixture
def idp():
    made = Idp()
    handler = type("Bound", (Handler,), {"idp": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


class Browser:
    """A console that trusts the provider, and somebody's browser before both."""

    def __init__(self, idp, make_parts, store):
        self.idp, self.clock = idp, Now()
        oidc = Oidc(Provider(idp.address, CLIENT, PHRASE), self.clock)
        self.parts = make_parts(store, self.clock, oidc=oidc)
        self.client = self.another()

    def another(self):
        return TestClient(build(self.parts), base_url=ORIGIN, follow_redirects=False)

    def go(self, path="/sign-in/go", client=None):
        """Go to the provider, be recognized there, and give what it sends back."""
        answer = (client or self.client).get(path)
        assert answer.status_code == 303, answer.text
        place = urlsplit(answer.headers["location"])
        assert f"{place.scheme}://{place.netloc}" == self.idp.address
        query = parse_qs(place.query)
        return {"code": self.idp.authorize(query), "state": query["state"][0]}

    def back(self, told, client=None):
        return (client or self.client).get("/sign-in/back?" + urlencode(told))

    def sign_in(self):
        return self.back(self.go())

    @property
    def session(self):
        return self.parts.sessions.who(self.client.cookies.get("attending_session", ""))

    @property
    def is_in(self):
        return self.client.get("/use-cases").status_code == 200


@pytest.fixture
def store(tmp_path, idp):
    where = tmp_path / "ledger"
    people = [{"person": "keys-post", "printed_name": "K", "roles": [{"role": "admin"}]}]
    people += [
        {"person": person, "printed_name": person, "roles": [{"role": "cmio"}],
         "signs_in": {"issuer": idp.address, "subject": account}}
        for person, account in ACCOUNT.items()
    ]  # fmt: skip
    with open_books(where) as books:
        declare(books, shapes.convert({"people": people}, PeopleDeclared), Voice("keys-post"))
    return where


@pytest.fixture
def browser(idp, make_parts, store):
    return Browser(idp, make_parts, store)


def refused(browser, answer):
    assert answer.status_code == 401, answer.text
    assert "did not vouch for you" in answer.text
    assert not browser.is_in
    return True


def test_whoever_the_provider_vouches_for_is_the_person_declared(browser):
    answer = browser.sign_in()

    assert answer.status_code == 200
    assert browser.is_in
    assert browser.session.person == "cmio-post"
    assert browser.session.auth == ("oidc",)
    cookie = answer.headers["set-cookie"]
    assert "SameSite=strict" in cookie
    assert "HttpOnly" in cookie
    asked = browser.idp.asked[0]
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert len(asked["nonce"]) > 20
    raw = b"".join(row.raw for row in browser.parts.reader.rows())
    assert b"account-77" not in raw


def test_an_elliptic_key_will_do(browser):
    browser.idp.key, browser.idp.alg = ECKey.generate_key("P-256", {"kid": "e"}), "ES256"

    browser.sign_in()
    assert browser.is_in


def test_a_key_that_was_changed_is_fetched(browser):
    browser.sign_in()
    browser.idp.key = RSAKey.generate_key(2048, {"kid": "two"})
    browser.clock.passed = timedelta(seconds=30)

    other = browser.another()
    assert browser.back(browser.go(client=other), other).status_code == 200


def test_a_key_that_is_taken_back_vouches_for_nobody(browser):
    browser.sign_in()
    browser.idp.published = [RSAKey.generate_key(2048, {"kid": "two"})]
    browser.clock.passed = timedelta(hours=2)
    browser.idp.claims = {"iat": time.time() + 7200, "exp": time.time() + 7500}

    other = browser.another()
    assert browser.back(browser.go(client=other), other).status_code == 401


FORGED = {
    "another issuer": {"iss": "https://id.example"},
    "for somebody else": {"aud": "another-client"},
    "for several, given to another": {"aud": [CLIENT, "other"], "azp": "other"},
    "for several, given to nobody": {"aud": [CLIENT, "other"]},
    "for us, given to another": {"azp": "other"},
    "expired": {"exp": time.time() - 3600},
    "from the future": {"iat": time.time() + 7200},
    "not yet": {"nbf": time.time() + 7200},
    "another nonce": {"nonce": "guess"},
    "no nonce": {"nonce": None},
    "empty nonce": {"nonce": ""},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "nobody declared": {"sub": "account-99"},
    "case of the subject": {"sub": "ACCOUNT-77"},
    "no expiry": {"exp": None},
    "text for a number": {"exp": "tomorrow"},
}


@pytest.mark.parametrize("claims", FORGED.values(), ids=FORGED)
def test_a_token_that_does_not_say_what_it_must_signs_nobody_in(browser, claims):
    browser.idp.claims = claims

    assert refused(browser, browser.sign_in())


@pytest.mark.parametrize("seconds", [-50, 50])
def test_clocks_may_differ_by_a_little(browser, seconds):
    browser.idp.claims = {"iat": time.time() + seconds, "exp": time.time() + min(seconds, 300)}

    browser.sign_in()
    assert browser.is_in


def b64(told):
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(alg):
    return lambda header, claims: f"{b64(header | {'alg': alg})}.{b64(claims)}."


def with_public_key_as_secret(idp):
    """The old trick: sign with HMAC, under the key everybody knows."""

    def sign(header, claims):
        said = f"{b64(header | {'alg': 'HS256'})}.{b64(claims)}"
        mac = hmac.digest(idp.key.as_pem(private=False), said.encode(), "sha256")
        return f"{said}.{b64(mac)}"

    return sign


def with_another_key(header, claims):
    key = RSAKey.generate_key(2048, {"kid": "one"})
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def with_a_key_it_brings(header, claims):
    key = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def altered(idp):
    def sign(header, claims):
        token = jwt.encode(header, claims, idp.key, algorithms=["RS256"]).split(".")
        return ".".join([token[0], b64(claims | {"sub": ACCOUNT["nurse-post"]}), token[2]])

    return sign


@pytest.mark.parametrize(
    "forge",
    [
        lambda idp: unsigned("none"),
        lambda idp: unsigned("None"),
        lambda idp: unsigned("RS256"),
        lambda idp: unsigned("HS256"),
        with_public_key_as_secret,
        lambda idp: with_another_key,
        lambda idp: with_a_key_it_brings,
        altered,
        lambda idp: lambda header, claims: "not a token",
        lambda idp: lambda header, claims: "a." * 40_000,
        lambda idp: lambda header, claims: f"{b64(b'{}')}.{b64(claims)}.x",
    ],
)
def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(browser, forge):
    browser.idp.sign = forge(browser.idp)

    assert refused(browser, browser.sign_in())


def test_a_small_key_vouches_for_nobody(browser):
    browser.idp.key = RSAKey.generate_key(1024, {"kid": "one"})

    assert refused(browser, browser.sign_in())


def test_what_came_back_works_once_and_in_the_browser_that_asked(browser):
    told = browser.go()
    thief = browser.another()
    assert browser.back(told, thief).status_code == 401
    assert refused(browser, browser.back(told))  # and is spent

    told = browser.go()
    assert browser.back(told).status_code == 200
    thief.cookies.set("attending_sign_in", "guess")
    assert browser.back(told, thief).status_code == 401
    assert browser.back(told).status_code == 401


def test_a_code_of_another_sign_in_is_of_no_use(browser):
    """Login forgery: somebody's own code, put into another person's browser."""
    theirs = browser.another()
    code = browser.go(client=theirs)["code"]
    mine = browser.go()

    assert refused(browser, browser.back(mine | {"code": code}))


@pytest.mark.parametrize(
    "told", [{}, {"state": ""}, {"state": "guess", "code": "x"}, {"code": "x"}]
)
def test_an_answer_to_nothing_is_refused(browser, told):
    browser.go()

    assert refused(browser, browser.back(told))


def test_an_answer_of_another_provider_is_refused(browser):
    assert refused(browser, browser.back(browser.go() | {"iss": "https://evil.example"}))
    assert browser.back(browser.go() | {"iss": browser.idp.address}).status_code == 200


def test_a_provider_that_says_it_names_itself_must(browser):
    browser.idp.document = {"authorization_response_iss_parameter_supported": True}

    assert refused(browser, browser.back(browser.go()))


def test_a_sign_in_does_not_wait_for_ever(browser):
    told = browser.go()
    browser.clock.passed = timedelta(minutes=11)

    assert refused(browser, browser.back(told))


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://id.example"},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": "file:///etc/hosts"},
        {"authorization_endpoint": "http://10.0.0.1/authorize"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"token_endpoint": 7},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(browser, document):
    browser.idp.document = document
    answer = browser.client.get("/sign-in/go")
    if answer.status_code == 303:  # it is found out on the way back
        answer = browser.back(browser.go())

    assert refused(browser, answer)


def test_plain_http_is_for_this_machine_alone():
    for issuer in ("http://id.example", "ftp://127.0.0.1", "http://127.0.0.1.evil.example", "x"):
        with pytest.raises(Refused, match="https"):
            Oidc(Provider(issuer, CLIENT), Now())
    assert not is_allowed("http://127.0.0.1/keys", "https://id.example")
    assert not is_allowed("https://user@id.example/keys", "https://id.example")


def test_a_session_is_drawn_anew_at_every_sign_in(browser):
    """Fixation: a session id put into a browser beforehand is worth nothing."""
    planted = browser.parts.sessions.begin("nurse-post", auth=("token",))
    browser.client.cookies.set("attending_session", planted, domain="localhost.local")
    answer = browser.sign_in()

    made = answer.headers["set-cookie"].partition("attending_session=")[2].partition(";")[0]
    assert made
    assert made != planted
    assert browser.parts.sessions.who(made).person == "cmio-post"


def test_to_sign_somebody_shows_again_who_they_are(browser):
    browser.sign_in()
    now = browser.clock.now()
    assert vouched(browser.session, now, now).re_auth_at is None
    before = browser.client.cookies["attending_session"]

    told = browser.go("/sign-in/again?back=/use-cases")
    assert browser.idp.asked[-1]["prompt"] == "login"
    assert browser.idp.asked[-1]["max_age"] == "0"
    answer = browser.back(told)
    assert answer.status_code == 200
    assert 'url=/use-cases"' in answer.text
    now = browser.clock.now()
    shown = datetime.fromisoformat(vouched(browser.session, now, now).re_auth_at)
    assert now - shown < timedelta(seconds=30)
    later = now + timedelta(minutes=6)
    assert vouched(browser.session, later, later).re_auth_at is None
    assert browser.parts.sessions.who(before) is None


@pytest.mark.parametrize(
    "cheat",
    [
        {"claims": {"auth_time": None}},
        {"claims": {"auth_time": 1.0}},
        {"claims": {"auth_time": time.time() + 7200}},
        {"account": ACCOUNT["nurse-post"]},
    ],
)
def test_showing_again_takes_the_same_person_and_a_new_moment(browser, cheat):
    browser.sign_in()
    for name, value in cheat.items():
        setattr(browser.idp, name, value)

    assert browser.back(browser.go("/sign-in/again")).status_code == 401
    assert browser.session.person == "cmio-post"
    assert browser.session.re_auth_at is None


def test_whoever_has_left_is_vouched_for_in_vain(browser, store):
    from attending.facts.people import Departed
    from attending.loops.system.people import say

    with open_books(store) as books:
        say(books, Departed(person="cmio-post"), Voice("keys-post"))

    assert refused(browser, browser.sign_in())


def test_signing_out_ends_it(browser):
    browser.sign_in()
    form = {"csrf": browser.session.csrf}

    browser.client.post("/sign-out", data=form, headers={"origin": ORIGIN})
    assert not browser.is_in


@pytest.mark.parametrize(
    ("named", "led"),
    [("/end", True), ("/end?x=1", True), ("", False), ("http://id.example/end", False)],
)
def test_signing_out_leads_to_the_provider_where_it_says_how(browser, named, led):
    """And the session is over at the server first: a cookie that was kept is of no use."""
    address = browser.idp.address
    there = named if "://" in named else f"{address}{named}"
    browser.idp.document = {"end_session_endpoint": there} if named else {}
    browser.sign_in()
    kept = browser.client.cookies["attending_session"]
    form = {"csrf": browser.session.csrf}

    answer = browser.client.post("/sign-out", data=form, headers={"origin": ORIGIN})

    assert browser.parts.sessions.who(kept) is None
    assert "attending_session" not in browser.client.cookies
    if not led:
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        return
    where = urlsplit(unescape(re.search(r'url=([^"]+)"', answer.text)[1]))
    assert f"{where.scheme}://{where.netloc}" == address
    told = parse_qs(where.query)
    assert told["client_id"] == [CLIENT]
    assert told["post_logout_redirect_uri"] == [f"{ORIGIN}/sign-in"]


def test_who_signed_in_by_token_signs_out_here_alone(browser):
    browser.idp.document = {"end_session_endpoint": f"{browser.idp.address}/end"}
    sent = {"token": browser.parts.sessions.issue(), "person": "cmio-post"}
    browser.client.post("/sign-in", data=sent, headers={"origin": ORIGIN})
    form = {"csrf": browser.session.csrf}

    answer = browser.client.post("/sign-out", data=form, headers={"origin": ORIGIN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_provider_that_does_not_answer_keeps_nobody_waiting_or_out(browser, monkeypatch):
    """The token printed at the start still signs a declared person in: break-glass."""
    monkeypatch.setattr("attending.console.signing_in.fetching.SECONDS", 0.3)
    browser.idp.slow = 1.0
    assert refused(browser, browser.sign_in())

    sent = {"token": browser.parts.sessions.issue(), "person": "cmio-post"}
    browser.client.post("/sign-in", data=sent, headers={"origin": ORIGIN})
    assert browser.is_in
