"""A token for a machine that asks: SMART Backend Services 2.2.

The client says who it is by a JWT that it signs with its own key, RS384 or ES384; it lives
for five minutes at most, and each bears a name of its own, so that none is taken twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from attending import shapes
from attending.errors import Refused
from attending.ingest.bulk.asking import Away, ask, check_address
from attending.ingest.bulk.later import is_later, seconds_asked

if TYPE_CHECKING:
    from pathlib import Path

    from attending.clock import Clock
    from attending.spec.data.bulk_server import BulkServer

GOOD, FAILED = 200, 500
LIVES = 300  # seconds: the longest that Backend Services allows an assertion
EARLY = 30  # seconds before a token ends in which a new one is asked for
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN = re.compile(r"[\x21-\x7e]+")  # RFC 6749, appendix A.12; anything else is no header
ALGORITHMS = {"RSA": "RS384", "EC": "ES384"}


class Given(msgspec.Struct):
    """A token as the server gives it."""

    access_token: str
    expires_in: int = LIVES


class Configuration(msgspec.Struct):
    """What a server says of itself at ``.well-known/smart-configuration``."""

    token_endpoint: str


@dataclass
class Tokens:
    """Gives a token that holds, and asks for a new one in time.

    Parameters
    ----------
    server
        Whose tokens.
    key
        The client's private key; None where no client is named.
    clock
        Tells when a token ends.

    """

    server: BulkServer
    key: RSAKey | ECKey | None
    clock: Clock
    _token: str = ""
    _until: float = field(default=0.0)

    def headers(self) -> dict[str, str]:
        """Give the header that proves who asks; none where no client is named.

        Raises
        ------
        Refused
            The server gives no token.
        Away
            It does not answer, or gives none at the moment.

        """
        if self.key is None:
            return {}
        now = self.clock.now().timestamp()
        if now >= self._until:
            given = self._ask(int(now))
            self._token, self._until = given.access_token, now + given.expires_in - EARLY
        return {"authorization": f"Bearer {self._token}"}

    def forget(self) -> bool:
        """Let go of a token that a server will not have; tell whether there was one."""
        had, self._token, self._until = bool(self._token), "", 0.0
        return had

    def _ask(self, now: int) -> Given:
        address = self.server.token_url or self._found()
        check_address(address)
        claims = {
            "iss": self.server.client_id,
            "sub": self.server.client_id,
            "aud": address,
            "exp": now + LIVES,
            "jti": str(uuid4()),
        }
        if self.key is None:
            raise Refused("no key to ask for a token with")
        algorithm = ALGORITHMS[self.key.key_type]
        header = {"alg": algorithm, "typ": "JWT", "kid": self.key.kid or self.key.thumbprint()}
        signed = jwt.encode(header, claims, self.key, algorithms=[algorithm])
        form = {
            "grant_type": "client_credentials",
            "scope": self.server.scope,
            "client_assertion_type": ASSERTION,
            "client_assertion": signed,
        }
        kind = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        answer = ask("POST", address, kind, urlencode(form).encode())
        if answer.status >= FAILED or is_later(answer):
            wait = seconds_asked(answer.header("retry-after"), self.clock.now())
            raise Away(f"the server gives no token now ({answer.status})", again_in=wait)
        if answer.status != GOOD:
            raise Refused(f"the server gives no token: it answered {answer.status}")
        try:
            given = shapes.decode(answer.body, Given)
        except msgspec.MsgspecError as error:
            raise Refused("what the server gives is no token") from error
        if not TOKEN.fullmatch(given.access_token):
            raise Refused("what the server gives is no token")
        return given

    def _found(self) -> str:
        address = f"{self.server.base_url.rstrip('/')}/.well-known/smart-configuration"
        answer = ask("GET", address, {"accept": "application/json"})
        try:
            return shapes.decode(answer.body, Configuration).token_endpoint
        except msgspec.MsgspecError as error:
            because = "the server does not say where tokens are given; write token_url"
            raise Refused(because) from error


def key_of(server: BulkServer, folder: Path) -> RSAKey | ECKey | None:
    """Read the client's private key from its file; None where no client is named.

    Raises
    ------
    Refused
        There is no such file, others may read it, or it is no private key for RS384 or ES384.

    """
    if not server.client_id:
        return None
    path = folder / server.key_file
    if not server.key_file or not path.is_file():
        raise Refused("a client needs its private key", where=str(path))
    if path.stat().st_mode & 0o077:
        raise Refused("others may read this key; chmod 600 it", where=str(path))
    try:
        raw = msgspec.json.decode(path.read_bytes())
        is_rsa = {"RSA": True, "EC": False}[raw["kty"]]
        key = RSAKey.import_key(raw) if is_rsa else ECKey.import_key(raw)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, JoseError) as error:
        accepted = ["a JWK of kty RSA", "a JWK of kty EC, crv P-384"]
        raise Refused("this is no key", where=str(path), accepted=accepted) from error
    if not key.is_private or not (is_rsa or raw.get("crv") == "P-384"):
        raise Refused("a private key is wanted, RSA or EC P-384", where=str(path))
    return key
