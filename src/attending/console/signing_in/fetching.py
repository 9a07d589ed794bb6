"""Fetching from an identity provider: bounded in time and size, by TLS, and never led elsewhere."""

from __future__ import annotations

import http.client
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 5.0  # for one answer, whole
MOST_BYTES = 256 * 1024
STEP = 16 * 1024
GOOD = 200
ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def is_allowed(address: str, issuer: str) -> bool:
    """Tell whether an address may be asked: by https, or on this machine where the issuer is.

    >>> is_allowed("https://id.example/keys", "https://id.example")
    True
    >>> is_allowed("http://127.0.0.1/keys", "https://id.example")
    False
    """
    try:
        asked, ours = urlsplit(address), urlsplit(issuer)
        if asked.port == 0 or asked.username or asked.password or asked.fragment:
            return False
    except ValueError:
        return False
    if asked.scheme == "https":
        return bool(asked.hostname)
    here = asked.hostname in ON_THIS_MACHINE and ours.hostname in ON_THIS_MACHINE
    return asked.scheme == ours.scheme == "http" and here


class Fetching:
    """Asks one provider.

    Parameters
    ----------
    issuer
        Whose addresses are asked.

    """

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get(self, address: str) -> bytes:
        """Give what stands at an address."""
        return self._ask("GET", address, None, {})

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a form, and give the answer."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self._ask("POST", address, body, {**headers, **kind})

    def _ask(
        self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        """Ask, once.

        Raises
        ------
        Refused
            The address may not be asked, or did not answer well, wholly and in time.

        """
        if not is_allowed(address, self._issuer):
            raise Refused("an identity provider is reached by https")
        place = urlsplit(address)
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        until = time.monotonic() + SECONDS
        link = _linked(place.scheme, place.hostname or "", place.port)
        try:
            link.request(method, path, body, {"accept": "application/json", **headers})
            answer = link.getresponse()
            if answer.status != GOOD:
                raise Refused(f"the identity provider answered {answer.status}")
            return _whole(answer, until)
        except (OSError, http.client.HTTPException) as error:
            raise Refused("the identity provider did not answer") from error
        finally:
            link.close()


def _linked(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, port, timeout=SECONDS)


def _whole(answer: http.client.HTTPResponse, until: float) -> bytes:
    raw = b""
    while part := answer.read1(STEP):
        raw += part
        if len(raw) > MOST_BYTES or time.monotonic() > until:
            raise Refused("the identity provider sends too much, or too slowly")
    return raw
