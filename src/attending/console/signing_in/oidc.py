"""Signing in by an identity provider: OpenID Connect, the code flow with PKCE.

A sign-in that was begun can be finished once, in the browser that began it, within ten minutes.
What the provider says is believed when its token is signed with a key it publishes, names us
and our nonce, and has not expired; algorithms are RS256 and ES256, and no other. Whoever is
not declared here by the digest of their subject is nobody.

Whatever fails, the browser gets one plain sentence; what exactly failed goes to the log, and
no token and no code goes anywhere.

Reference: OpenID Connect Core 1.0 §3.1; RFC 7636 (PKCE); RFC 9207 (the issuer in the answer)
"""

from __future__ import annotations

import secrets
import threading
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from attending import shapes
from attending.console.signing_in.fetching import Fetching, is_allowed
from attending.errors import Refused
from attending.facts.people import subject_digest

if TYPE_CHECKING:
    from attending.clock import Clock

Shape = TypeVar("Shape", bound=msgspec.Struct)

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
SKEW = timedelta(seconds=60)
BEGUN_MINUTES = 10
MOST_BEGUN = 1000
KNOWN_FOR = timedelta(hours=1)  # discovery and keys
ASK_AGAIN = timedelta(seconds=10)  # for keys, when one is not known
SMALLEST_RSA = 2048
SECRET_BYTES = 32
LONGEST_TOKEN = 16 * 1024
DOTS = 2  # of a signed token, between header, claims and signature


class NotRecognized(Refused):
    """Somebody whom the provider, or what it sent, does not vouch for; why is for the log."""


@dataclass(frozen=True)
class Provider:
    """An identity provider, and what it knows us by.

    Attributes
    ----------
    issuer
        Its address, exactly as it names itself.
    client_id, secret
        Ours; no secret is a public client, for whom PKCE stands alone.

    """

    issuer: str
    client_id: str
    secret: str = ""


@dataclass(frozen=True)
class Begun:
    """A sign-in that has begun: what its end is held against."""

    at: datetime
    browser: str
    nonce: str
    verifier: str
    redirect: str
    person: str = ""  # who shows again who they are, and the session they do it in
    session: str = ""
    back: str = "/"  # the page to go on with


@dataclass(frozen=True)
class Recognized:
    """Whom the provider vouches for: the subject's digest, and when they showed who they are."""

    subject: str
    shown_at: datetime | None
    begun: Begun


class _Discovered(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False
    end_session_endpoint: str = ""


class _Keys(msgspec.Struct):
    keys: list[dict[str, object]]


class _Tokens(msgspec.Struct):
    id_token: str


class _Header(msgspec.Struct):
    alg: str
    kid: str = ""
    crit: list[str] | None = None


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str
    azp: str | None = None
    nbf: float = 0.0
    auth_time: float | None = None


class Oidc:
    """Sign-ins by one provider.

    Parameters
    ----------
    provider
        Whom we trust.
    clock
        The machine's own time: tokens are dated by the world's.

    Raises
    ------
    Refused
        The issuer is not reached by TLS, and is not on this machine either.

    """

    def __init__(self, provider: Provider, clock: Clock) -> None:
        if not is_allowed(provider.issuer, provider.issuer):
            raise Refused("an identity provider is reached by https", where=provider.issuer)
        self._provider = provider
        self._clock = clock
        self._fetching = Fetching(provider.issuer)
        self._lock = threading.Lock()
        self._begun: dict[str, Begun] = {}
        self._discovered: tuple[datetime, _Discovered] | None = None
        self._keys: tuple[datetime, _Keys] | None = None

    def begin(
        self, redirect: str, *, person: str = "", session: str = "", back: str = "/"
    ) -> tuple[str, str]:
        """Begin a sign-in; give the provider's address to go to, and the browser's own mark.

        With a person, they are asked to show again who they are, whatever the provider knows.
        """
        found, now = self._discover(), self._clock.now()
        state, browser, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(4))
        begun = Begun(now, _digest(browser), nonce, verifier, redirect, person, session, back)
        with self._lock:
            kept = now - timedelta(minutes=BEGUN_MINUTES)
            left = {k: b for k, b in self._begun.items() if b.at > kept}
            self._begun = {**dict(list(left.items())[-MOST_BEGUN + 1 :]), _digest(state): begun}
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._provider.client_id,
            "redirect_uri": redirect,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        if person:
            asked |= {"prompt": "login", "max_age": "0"}
        mark = "&" if "?" in found.authorization_endpoint else "?"
        return f"{found.authorization_endpoint}{mark}{urlencode(asked)}", browser

    def sign_out(self, back: str) -> str:
        """Give the provider's address that ends its own session; empty where it has none.

        What it is told is who we are and where to lead the browser back to: no token is kept
        that could name somebody to it, so that it asks them itself.

        Reference: OpenID Connect RP-Initiated Logout 1.0 §2
        """
        try:
            ends = self._discover().end_session_endpoint
        except Refused:
            return ""  # signed out here all the same
        if not ends or not is_allowed(ends, self._provider.issuer):
            return ""
        mark = "&" if "?" in ends else "?"
        told = {"client_id": self._provider.client_id, "post_logout_redirect_uri": back}
        return f"{ends}{mark}{urlencode(told)}"

    def finish(self, answer: dict[str, str], browser: str) -> Recognized:
        """Finish a sign-in with what came back.

        Parameters
        ----------
        answer
            ``state``, ``code``, and ``iss`` where the provider sends it.
        browser
            The mark that `begin` gave this browser.

        Raises
        ------
        NotRecognized
            Whatever is wrong.

        """
        with self._lock:
            begun = self._begun.pop(_digest(answer.get("state", "")), None)
        now = self._clock.now()
        if begun is None or now - begun.at > timedelta(minutes=BEGUN_MINUTES):
            raise NotRecognized("no sign-in of this state has begun, or it was finished already")
        if not compare_digest(begun.browser, _digest(browser)):
            raise NotRecognized("another browser began this sign-in")
        found = self._discover()
        told = answer.get("iss")
        if told is None and found.authorization_response_iss_parameter_supported:
            raise NotRecognized("the provider names itself in its answers, and this one does not")
        if told is not None and told != self._provider.issuer:
            raise NotRecognized("another provider answered")
        if not answer.get("code"):
            raise NotRecognized("the provider sent no code")
        claims = self._claims(self._exchange(found, answer["code"], begun), now)
        self._check(claims, begun, now)
        shown = None if claims.auth_time is None else datetime.fromtimestamp(claims.auth_time, UTC)
        return Recognized(subject_digest(claims.iss, claims.sub), shown, begun)

    def _exchange(self, found: _Discovered, code: str, begun: Begun) -> str:
        ours = self._provider
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect,
            "code_verifier": begun.verifier,
            "client_id": ours.client_id,
        }
        headers = {}
        if ours.secret:
            pair = f"{quote(ours.client_id, safe='')}:{quote(ours.secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        raw = self._fetching.post(found.token_endpoint, urlencode(sent).encode(), headers)
        return _read(raw, _Tokens).id_token

    def _claims(self, token: str, now: datetime) -> _Claims:
        """Read a token's claims, once its signature holds."""
        if len(token) > LONGEST_TOKEN or token.count(".") != DOTS:
            raise NotRecognized("the token is no signed token")
        header, claims, _ = token.split(".")
        head = _read(_bytes(header), _Header)
        if head.alg not in ALGORITHMS or head.crit is not None:
            raise NotRecognized("the token's algorithm is not allowed")
        key = self._key(head, now)
        try:
            jwt.decode(token, key, algorithms=[head.alg])
        except (JoseError, ValueError):
            raise NotRecognized("the token's signature does not hold") from None
        return _read(_bytes(claims), _Claims)

    def _key(self, head: _Header, now: datetime) -> RSAKey | ECKey:
        """Find the key a token names; keys are fetched anew where it is not among those known."""
        for fresh in (False, True):
            told = self._published(now, fresh=fresh).keys
            fits = [k for k in told if k.get("kty") == ALGORITHMS[head.alg]]
            fits = [k for k in fits if k.get("use", "sig") == "sig"]
            named = [k for k in fits if k.get("kid", "") == head.kid]
            if len(named) == 1 and named[0].get("alg", head.alg) == head.alg:
                return _imported(named[0])
        raise NotRecognized("the provider publishes no key of that name")

    def _check(self, claims: _Claims, begun: Begun, now: datetime) -> None:
        ours, skew, at = self._provider, SKEW.total_seconds(), now.timestamp()
        meant = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if claims.iss != ours.issuer:
            raise NotRecognized("another issuer made the token")
        if ours.client_id not in meant or (len(meant) > 1 and claims.azp != ours.client_id):
            raise NotRecognized("the token is meant for somebody else")
        if claims.azp is not None and claims.azp != ours.client_id:
            raise NotRecognized("the token was given to somebody else")
        if at > claims.exp + skew:
            raise NotRecognized("the token has expired")
        if claims.iat > at + skew or claims.nbf > at + skew:
            raise NotRecognized("the token is from the future")
        if not compare_digest(claims.nonce.encode(), begun.nonce.encode()):
            raise NotRecognized("the token answers another sign-in")
        if not claims.sub:
            raise NotRecognized("the token names nobody")
        if begun.person:
            shown = claims.auth_time
            if shown is None or not begun.at.timestamp() - skew <= shown <= at + skew:
                raise NotRecognized("they did not show again who they are")

    def _discover(self) -> _Discovered:
        now = self._clock.now()
        with self._lock:
            known = self._discovered
        if known is not None and now - known[0] < KNOWN_FOR:
            return known[1]
        issuer = self._provider.issuer
        where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _read(self._fetching.get(where), _Discovered)
        if found.issuer != issuer:
            raise NotRecognized("the provider calls itself something else")
        for each in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if not is_allowed(each, issuer):
                raise NotRecognized("the provider names an address that is not reached by https")
        with self._lock:
            self._discovered = (now, found)
        return found

    def _published(self, now: datetime, *, fresh: bool) -> _Keys:
        with self._lock:
            known = self._keys
        longest = ASK_AGAIN if fresh else KNOWN_FOR
        if known is not None and now - known[0] < longest:
            return known[1]
        found = _read(self._fetching.get(self._discover().jwks_uri), _Keys)
        with self._lock:
            self._keys = (now, found)
        return found


def _imported(raw: dict[str, object]) -> RSAKey | ECKey:
    text: dict[str, str | list[str]] = {k: v for k, v in raw.items() if isinstance(v, str)}
    if "d" in text or "k" in text:
        raise NotRecognized("the provider publishes a secret key")
    try:
        if text["kty"] == "EC":
            if text.get("crv") != "P-256":
                raise NotRecognized("ES256 takes a key on P-256")
            return ECKey.import_key(text)
        rsa = RSAKey.import_key(text)
    except (JoseError, ValueError, KeyError):
        raise NotRecognized("the provider's key cannot be read") from None
    if rsa.public_key.key_size < SMALLEST_RSA:
        raise NotRecognized("the provider's key is too small")
    return rsa


def _read(raw: bytes, shape: type[Shape]) -> Shape:
    try:
        return shapes.decode(raw, shape)
    except (msgspec.MsgspecError, RecursionError):
        raise NotRecognized("what the provider sent cannot be read") from None


def _bytes(segment: str) -> bytes:
    try:
        return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise NotRecognized("the token cannot be read") from None


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
