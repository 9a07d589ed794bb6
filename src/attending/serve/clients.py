"""Who may call: the six checks on a client's token.

A token is a signed JWT in ``Authorization: Bearer`` on every call, discovery included.

1. the issuer is one we know;
2. the audience is the exact URL called;
3. it has not expired (60 s of leeway), and does not live longer than allowed;
4. the tenant is the client's, where one is on record;
5. the signature is by a key *on record* for that issuer, picked by ``kid``; a ``jku`` must
   be on the client's list and is never fetched;
6. its ``jti`` was not seen before.

A key that the ledger says is retired vouches for nobody, whatever the file of callers says; who
is let in is told with the thumbprint (RFC 7638) of the key that vouched.

Algorithms: ES384 and RS384. ``none``, symmetric ones and all others are refused before a
key is looked for, and lengths are capped before anything is decoded. Whatever fails, the
caller gets a bare 401; the reason goes to the security log, the token nowhere.

Reference: https://cds-hooks.hl7.org/STU2/#trusting-cds-clients
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from attending import shapes
from attending.errors import Refused
from attending.facts.credential import Credential
from attending.serve.callers.on_record import OnRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.serve.seen import Seen

ALGORITHMS = {"ES384": "EC", "RS384": "RSA"}
LONGEST_TOKEN = 8192
LONGEST_HEADER = 2048
LEEWAY = 60.0
LONGEST_LIFE = 300.0  # CDS Hooks: an expiry of no more than five minutes
LONGEST_ID = 256
SMALLEST_RSA = 2048
P384_BYTES = 48  # of each of the two numbers of a signature
_SHA384 = SHA384()
_ECDSA = ECDSA(_SHA384)
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A client on record.

    Attributes
    ----------
    issuer
        Its ``iss``.
    sites
        The sites it may ask for.
    jwks
        Its public keys, as a JSON Web Key Set.
    jku
        The addresses that a token's header may name; nothing is fetched from them.
    tenant
        The tenant its tokens must name; None asks for none.
    longest
        Seconds a token may live.

    """

    issuer: str
    sites: tuple[str, ...]
    jwks: dict[str, list[dict[str, object]]]
    jku: tuple[str, ...] = ()
    tenant: str | None = None
    longest: float = LONGEST_LIFE


class Caller(NamedTuple):
    """Who was let in, and the thumbprint of the key that vouched for them."""

    client: Client
    key: str


class NotAuthenticated(Refused):
    """A caller that is not who it must be; the reason is for the security log alone."""


class _Header(msgspec.Struct):
    alg: str
    kid: str
    typ: str = "JWT"
    jku: str | None = None
    crit: list[str] | None = None


class _Claims(msgspec.Struct):
    iss: str
    aud: str | list[str]
    exp: float
    iat: float
    jti: str
    tenant: str | None = None
    nbf: float = 0.0


_header = shapes.decoder(_Header)
_claims = shapes.decoder(_Claims)


class Clients:
    """The clients on record.

    Parameters
    ----------
    clients
        Who they are, with their keys.
    seen
        The tokens already used.
    on_record
        What the ledger says of keys; nothing was retired when none is given.

    Attributes
    ----------
    on_record
        As given; refreshed with the snapshot.

    """

    def __init__(
        self, clients: Sequence[Client], seen: Seen, on_record: OnRecord | None = None
    ) -> None:
        self.on_record = on_record or OnRecord()
        self._clients = {client.issuer: client for client in clients}
        if len(self._clients) != len(clients):
            raise Refused("an issuer is on record twice")
        self._keys = {client.issuer: _keys(client) for client in clients}
        self._seen = seen

    def credentials(self) -> list[Credential]:
        """Give what this file of callers says of keys."""
        return [each for client in self._clients.values() for each in credentials_of(client)]

    def admit(self, authorization: bytes, url: str, *, now: float) -> Caller:
        """Give the caller whose token this is.

        Parameters
        ----------
        authorization
            The header as it came.
        url
            The exact URL called.
        now
            Seconds since 1970.

        Raises
        ------
        NotAuthenticated
            Whatever is wrong.

        """
        token, header, claimed = _opened(authorization)
        client = self._clients.get(claimed.iss)
        if client is None:
            raise NotAuthenticated("the issuer is not on record")
        if header.jku is not None and header.jku not in client.jku:
            raise NotAuthenticated("the jku is not on record")
        key = self._keys[client.issuer].get((header.alg, header.kid))
        if key is None:
            raise NotAuthenticated("no key on record by that kid")
        if self.on_record.known.is_retired(key.print):
            raise NotAuthenticated("the key was retired")
        if not key.signed(token):
            raise NotAuthenticated("the signature does not hold")
        _check_claims(claimed, client, url, now)
        if not self._seen.first(claimed.iss, claimed.jti, until=claimed.exp + LEEWAY, now=now):
            raise NotAuthenticated("the token was used before")
        return Caller(client, key.print)

    def close(self) -> None:
        """Let go of what remembers used tokens."""
        self._seen.close()


def _opened(authorization: bytes) -> tuple[str, _Header, _Claims]:
    """Read header and claims without believing either."""
    if len(authorization) > LONGEST_TOKEN:
        raise NotAuthenticated("the token is too long")
    scheme, _, token = authorization.decode("ascii", errors="replace").partition(" ")
    parts = token.split(".")
    if scheme.lower() != "bearer" or len(parts) != 3 or not all(map(_SEGMENT.fullmatch, parts)):  # noqa: PLR2004  header, claims, signature
        raise NotAuthenticated("no signed token")
    if len(parts[0]) > LONGEST_HEADER:
        raise NotAuthenticated("the token's header is too long")
    try:
        header, claims = _header.decode(_bytes(parts[0])), _claims.decode(_bytes(parts[1]))
    except (ValueError, RecursionError):
        raise NotAuthenticated("the token cannot be read") from None
    if header.alg not in ALGORITHMS or header.typ.upper() != "JWT" or header.crit is not None:
        raise NotAuthenticated("the algorithm or type is not allowed")
    return token, header, claims


def _bytes(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _check_claims(claims: _Claims, client: Client, url: str, now: float) -> None:
    audience = claims.aud if isinstance(claims.aud, str) else "".join(claims.aud[:1])
    if audience != url or (isinstance(claims.aud, list) and len(claims.aud) != 1):
        raise NotAuthenticated("the audience is not the URL called")
    if not now - LEEWAY <= claims.exp <= now + client.longest + LEEWAY:
        raise NotAuthenticated("the token has expired, or lives too long")
    if claims.iat > now + LEEWAY or claims.nbf > now + LEEWAY:
        raise NotAuthenticated("the token is from the future")
    if client.tenant is not None and claims.tenant != client.tenant:
        raise NotAuthenticated("the tenant is not the one on record")
    if not 0 < len(claims.jti) <= LONGEST_ID:
        raise NotAuthenticated("the token has no jti that can be remembered")


class _Key(NamedTuple):
    key: RSAPublicKey | EllipticCurvePublicKey
    print: str  # computed once: it is told of every call

    def signed(self, token: str) -> bool:
        """Tell whether this key signed a token (RFC 7518 sections 3.3 and 3.4)."""
        said, _, end = token.rpartition(".")
        try:
            signature = _bytes(end)
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, said.encode(), PKCS1v15(), _SHA384)
            else:
                if len(signature) != 2 * P384_BYTES:
                    return False
                halves = (signature[:P384_BYTES], signature[P384_BYTES:])
                r, s = (int.from_bytes(half, "big") for half in halves)
                self.key.verify(encode_dss_signature(r, s), said.encode(), _ECDSA)
        except (InvalidSignature, ValueError):
            return False
        return True


_Keys = dict[tuple[str, str], _Key]


def credentials_of(client: Client) -> list[Credential]:
    """Give a client's keys as they are put on record.

    Raises
    ------
    Refused
        A key cannot be used; as where the gateway reads it.

    """
    found = dict.fromkeys(key.print for key in _keys(client).values())
    return [
        Credential(key=key, client=client.issuer, sites=client.sites, state="registered")
        for key in found
    ]


def _keys(client: Client) -> _Keys:
    found: _Keys = {}
    where = f"client {client.issuer}"
    for raw in client.jwks.get("keys", []):
        kid = raw.get("kid")
        if not isinstance(kid, str) or not kid:
            raise Refused("a key needs a kid", where=where)
        if "d" in raw or "k" in raw:
            raise Refused("a secret key has no place here; give the public one", where=where)
        for algorithm, kind in ALGORITHMS.items():
            if raw.get("kty") == kind and raw.get("alg", algorithm) == algorithm:
                key = _key(raw, where)
                found[algorithm, kid] = _Key(key.public_key, key.thumbprint())
    if not found:
        raise Refused("no usable key on record", where=where, accepted=ALGORITHMS)
    return found


def _key(raw: dict[str, object], where: str) -> ECKey | RSAKey:
    text: dict[str, str | list[str]] = {n: v for n, v in raw.items() if isinstance(v, str)}
    try:
        if raw["kty"] == "EC":
            if raw.get("crv") != "P-384":
                raise Refused("ES384 needs a key on P-384", where=where)
            return ECKey.import_key(text)
        rsa = RSAKey.import_key(text)
        size = rsa.public_key.key_size
    except (JoseError, ValueError, KeyError) as error:
        raise Refused("a key cannot be read", where=where) from error
    if size < SMALLEST_RSA:
        raise Refused(f"an RSA key needs at least {SMALLEST_RSA} bits", where=where)
    return rsa
