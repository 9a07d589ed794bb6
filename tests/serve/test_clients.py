"""Six checks on a token; whatever fails, a bare 401."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha384

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from attending.errors import Refused
from attending.facts.credential import Credential, Credentials
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.serve.callers.on_record import OnRecord, registering
from attending.serve.clients import Client, Clients
from attending.serve.seen import Seen

ISSUER = "https://ehr.example"
URL = "http://gateway.example/cds-services/kidney_watch"
JKU = "https://ehr.example/jwks.json"
EC = ECKey.generate_key("P-384", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
STRANGER = ECKey.generate_key("P-384", {"kid": "ec-1"})


def client(**over):
    given = {
        "issuer": ISSUER,
        "sites": ("alder",),
        "jwks": {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]},
        "jku": (JKU,),
        "tenant": "north",
    }
    return Client(**(given | over))


@pytest.fixture
def locked(open_door):
    return open_door(clients=Clients([client()], Seen()))


n_tokens = iter(range(10**6))


def token(now, *, key=EC, header=None, **claims):
    at = now.timestamp()
    head = {"alg": "ES384" if key in (EC, STRANGER) else "RS384", "kid": key.kid, "typ": "JWT"}
    body = {
        "iss": ISSUER,
        "aud": URL,
        "iat": at,
        "exp": at + 240,
        "jti": f"t{next(n_tokens)}",
        "tenant": "north",
    }
    wanted = {k: v for k, v in (body | claims).items() if v is not None}
    lax = JWSRegistry(algorithms=["ES384", "RS384"], strict_check_header=False)
    return jwt.encode(head | (header or {}), wanted, key, registry=lax)


def segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged(now, header, *, sign=None):
    body = {
        "iss": ISSUER,
        "aud": URL,
        "iat": now.timestamp(),
        "exp": now.timestamp() + 240,
        "jti": f"f{next(n_tokens)}",
        "tenant": "north",
    }
    signed = f"{segment(header)}.{segment(body)}"
    mark = sign(signed.encode()) if sign else b"x"
    return f"{signed}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def asked(door, making, bearer):
    headers = {"authorization": f"Bearer {bearer}"} if bearer is not None else {}
    return door.post("/cds-services/kidney_watch", json=making.question(), headers=headers)


@pytest.mark.parametrize("key", [EC, RSA])
def test_a_client_on_record_is_let_in(locked, making, key):
    assert asked(locked, making, token(making.now, key=key)).status_code == 200
    assert len(locked.pen.facts) == 1


class Ledger:
    """Facts to be read forward, as a gateway reads a ledger."""

    def __init__(self):
        self.facts = []

    def say(self, key, state):
        said = Credential(key=key, client=ISSUER, sites=("alder",), state=state)
        body = msgspec.to_builtins(said)
        self.facts.append(Fact(kind="said", key=key, at="", by=By("keys-post"), body=body))

    def entries(self, start=0, **_):
        return (Entry(n, f) for n, f in enumerate(self.facts) if n >= start)


def test_every_call_and_response_names_the_key_that_vouched(locked, making):
    for key in (EC, RSA):
        asked(locked, making, token(making.now, key=key))
    card = locked.pen.facts[0].body["prediction"]
    said = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-10-13T08:01:00Z"}
    url = URL + "/feedback"
    locked.post(
        "/cds-services/kidney_watch/feedback",
        json={"feedback": [said]},
        headers={"authorization": f"Bearer {token(making.now, aud=url)}"},
    )

    told = [fact.body["credential"] for fact in locked.pen.facts]
    assert told == [EC.thumbprint(), RSA.thumbprint(), EC.thumbprint()]


def test_a_key_that_was_retired_lets_nobody_in_and_nothing_brings_it_back(open_door, making):
    ledger = Ledger()
    clients = Clients([client()], Seen(), OnRecord(ledger))
    door = open_door(clients=clients)
    assert asked(door, making, token(making.now)).status_code == 200
    for state in ("retired", "registered"):
        ledger.say(EC.thumbprint(), state)
        clients.on_record.refresh()
        assert asked(door, making, token(making.now)).status_code == 401
    assert asked(door, making, token(making.now, key=RSA)).status_code == 200
    assert len(door.pen.facts) == 2


def test_what_a_file_holds_is_put_on_record_once():
    clients = Clients([client()], Seen())
    known = Credentials()
    made = registering(clients.credentials(), known, by=By("g1"), at="")
    assert {f.body["key"] for f in made} == {EC.thumbprint(), RSA.thumbprint()}
    for n, fact in enumerate(made):
        known = known.after(Entry(n, fact))
    assert registering(clients.credentials(), known, by=By("g1"), at="") == []


def attacks(now):
    rsa_as_secret = RSA.as_pem(private=False)
    return {
        "no token": None,
        "alg none": forged(now, {"alg": "none", "kid": "ec-1", "typ": "JWT"}),
        "RSA key as HMAC secret": forged(
            now,
            {"alg": "HS384", "kid": "rsa-1", "typ": "JWT"},
            sign=lambda raw: hmac.digest(rsa_as_secret, raw, sha384),
        ),
        "another algorithm": forged(now, {"alg": "RS256", "kid": "rsa-1", "typ": "JWT"}),
        "a key of its own in the header": token(
            now, key=STRANGER, header={"jwk": STRANGER.as_dict(private=False)}
        ),
        "signed by a stranger": token(now, key=STRANGER),
        "another audience": token(now, aud="http://gateway.example/cds-services/other"),
        "audience a prefix": token(now, aud="http://gateway.example"),
        "two audiences": token(now, aud=[URL, "https://elsewhere.example"]),
        "unknown issuer": token(now, iss="https://other.example"),
        "issuer a prefix": token(now, iss=ISSUER + ".evil.example"),
        "another tenant": token(now, tenant="south"),
        "no tenant": token(now, tenant=None),
        "expired": token(now, exp=now.timestamp() - 61),
        "never expires": token(now, exp=now.timestamp() + 86400),
        "no expiry": token(now, exp=None),
        "from the future": token(now, iat=now.timestamp() + 120),
        "no jti": token(now, jti=None),
        "an empty jti": token(now, jti=""),
        "unknown jku": token(now, header={"jku": "https://evil.example/jwks.json"}),
        "jku a prefix": token(now, header={"jku": JKU + "?x"}),
        "kid a path": token(now, header={"kid": "../../../../dev/null"}),
        "unknown kid": token(now, header={"kid": "ec-2"}),
        "kid of the other kind": token(now, key=EC, header={"kid": "rsa-1"}),
        "a critical extension": forged(
            now, {"alg": "ES384", "kid": "ec-1", "typ": "JWT", "crit": ["exp"]}
        ),
        "a header past the cap": token(now, header={"x": "y" * 4000}),
        "a token past the cap": token(now, x="y" * 9000),
        "five parts": token(now) + ".a.b",
        "not base64": "a.b.c",
        "not JSON": "e30x.e30x.e30x",
        "a list for claims": f"{segment({'alg': 'ES384', 'kid': 'ec-1'})}.{segment([])}.AA",
    }


@pytest.mark.parametrize("name", sorted(attacks(datetime.now(UTC))))
def test_an_attack_gets_a_bare_401(locked, making, name, capsys):
    bearer = attacks(making.now)[name]
    answer = asked(locked, making, bearer)

    assert answer.status_code == 401
    assert answer.content == b""
    assert "www-authenticate" not in answer.headers
    assert locked.pen.facts == []
    assert locked.parts.tally.count("refused_clients") == 1
    said = "".join(capsys.readouterr())
    assert "client_refused" in said
    assert bearer is None or bearer not in said


def test_a_token_is_taken_once(locked, making):
    bearer = token(making.now)
    assert [asked(locked, making, bearer).status_code for _ in range(3)] == [200, 401, 401]


def test_a_token_taken_before_a_restart_is_not_taken_after(open_door, making, tmp_path):
    bearer = token(making.now)
    codes = []
    for _ in range(2):
        seen = Seen(tmp_path / "seen", now=making.now.timestamp())
        codes.append(
            asked(open_door(clients=Clients([client()], seen)), making, bearer).status_code
        )
    assert codes == [200, 401]


def test_every_path_of_the_channel_asks_who_calls(locked):
    assert locked.get("/cds-services").status_code == 401
    assert locked.post("/cds-services/none", json={}).status_code == 401
    assert locked.post("/cds-services/kidney_watch/feedback", json={}).status_code == 401
    assert locked.get("/elsewhere").status_code == 401
    assert locked.get("/healthz").status_code == 200


def test_a_large_header_is_refused_before_it_is_decoded(locked, making, monkeypatch):
    decoded = []
    monkeypatch.setattr("attending.serve.clients._bytes", decoded.append)
    assert asked(locked, making, "A" * 50_000_000).status_code == 401
    assert decoded == []


def test_a_client_reaches_its_own_sites_only(making, tmp_path):
    clients = Clients([client(sites=("birch",))], Seen())
    parts = making.parts([making.tool(tmp_path)], clients=clients, sites=("alder", "birch"))
    door = making.door(parts)
    for site, code in (("alder", 404), ("birch", 200), ("nowhere", 404)):
        url = f"http://gateway.example/sites/{site}/cds-services"
        bearer = token(making.now, aud=url)
        headers = {"authorization": f"Bearer {bearer}"}
        assert door.get(f"/sites/{site}/cds-services", headers=headers).status_code == code
    door.close()


@pytest.mark.filterwarnings("ignore:Key size")
def test_keys_that_could_not_protect_are_refused():
    small = RSAKey.generate_key(1024, {"kid": "small"}).as_dict(private=False)
    for key in (
        small,
        EC.as_dict(private=True),
        ECKey.generate_key("P-256", {"kid": "p256"}).as_dict(private=False),
        {"kty": "oct", "kid": "s", "k": "c2VjcmV0"},
        {k: v for k, v in EC.as_dict(private=False).items() if k != "kid"},
    ):
        with pytest.raises(Refused):
            Clients([client(jwks={"keys": [key]})], Seen())


def test_a_cache_that_is_full_lets_nobody_in_twice():
    seen = Seen(most=2)
    assert seen.first("i", "a", until=100, now=0)
    assert seen.first("i", "b", until=100, now=0)
    assert not seen.first("i", "c", until=100, now=0)
    assert not seen.first("i", "a", until=100, now=0)
    assert seen.first("i", "c", until=200, now=101), "what has expired makes room"


def test_the_cache_on_disk_forgets_what_has_expired(tmp_path):
    path = tmp_path / "seen"
    seen = Seen(path, most=5)
    for i in range(40):
        assert seen.first("i", str(i), until=10.0 + i, now=float(i * 9))
    seen.close()
    assert len(path.read_text().splitlines()) <= 10
    again = Seen(path, now=39 * 9.0, most=5)
    again.close()
    (path).write_bytes(b"junk \xff\n12 zz\n" + path.read_bytes())
    Seen(path, now=0).close()


def test_two_issuers_may_use_the_same_jti():
    seen = Seen()
    assert seen.first("a", "x", until=9, now=0)
    assert seen.first("b", "x", until=9, now=0)
    assert seen.first("ab", "", until=9, now=0)
    assert seen.first("a", "b", until=9, now=0)
