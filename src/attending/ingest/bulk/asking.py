"""One question to a server: by TLS, bounded, and never led elsewhere with a token."""

from __future__ import annotations

import http.client
import re
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 60.0  # without a byte; a kick-off may look long for what it has
MOST_BYTES = 16 << 20  # of an answer that is no file
STEP = 1 << 16
PRINTED = re.compile(r"[\x21-\x7e]+")  # RFC 3986: spaces, controls and other letters are encoded
ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class Answer(NamedTuple):
    """What a server answered; names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Give a header; empty where there is none."""
        return self.headers.get(name.lower(), "")


class Stream(NamedTuple):
    """An answer that is read piece by piece."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


class Away(Exception):  # noqa: N818  (it says what is so; whoever asks tries again)
    """The server did not answer, or not wholly.

    Attributes
    ----------
    again_in
        In how many seconds it wants to be asked again; 0 where it does not say.

    """

    def __init__(self, because: str, *, again_in: float = 0.0) -> None:
        super().__init__(because)
        self.again_in = again_in


def check_address(address: str) -> None:
    """Refuse an address that is neither https nor on this machine.

    Raises
    ------
    Refused
        With what would be accepted.

    """
    try:
        place = urlsplit(address)
        port = place.port
    except ValueError as error:
        raise Refused("no address", where=address[:80]) from error
    if not PRINTED.fullmatch(address):
        raise Refused("no address: it holds what has to be encoded", where=ascii(address[:80]))
    here = place.scheme == "http" and on_this_machine(address)
    if port == 0 or not place.hostname or not (place.scheme == "https" or here):
        raise Refused("a server of patients' data is asked by https", accepted=["https://…"])


def on_this_machine(address: str) -> bool:
    """Tell whether an address names this machine.

    >>> on_this_machine("http://127.0.0.1:8080/x"), on_this_machine("https://a.example/x")
    (True, False)
    """
    return urlsplit(address).hostname in ON_THIS_MACHINE


def same_place(one: str, other: str) -> bool:
    """Tell whether two addresses are of one scheme, host and port.

    >>> same_place("https://a.example/x", "https://a.example:443/y")
    True
    >>> same_place("https://a.example/x", "https://b.example/x")
    False
    """
    return _place(one) == _place(other)


def ask(method: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """Ask once, and read the answer whole.

    Raises
    ------
    Away
        No whole answer came.
    Refused
        The address may not be asked, or the answer is past the bound.

    """
    with streamed(method, address, headers, body) as answer:
        raw = bytearray()
        for piece in answer.pieces:
            raw += piece
            if len(raw) > MOST_BYTES:
                raise Refused(f"the server answers with more than {MOST_BYTES:,} bytes")
        return Answer(answer.status, answer.headers, bytes(raw))


@contextmanager
def streamed(
    method: str, address: str, headers: Mapping[str, str], body: bytes | None = None
) -> Iterator[Stream]:
    """Ask once, and give the answer as it comes; a piece that fails raises `Away`.

    What fails of the caller's own while it reads, such as a disk that is full, stays what it is.
    """
    check_address(address)
    place = urlsplit(address)
    host = place.hostname or ""
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    link = _link(place.scheme, host, place.port)
    try:
        with _answering(host):
            link.request(method, path, body, dict(headers))
            answer = link.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        yield Stream(answer.status, told, _pieces(answer, host))
    finally:
        link.close()


@contextmanager
def _answering(host: str) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise Away(f"{host} did not answer: {type(error).__name__}") from error


def _pieces(answer: http.client.HTTPResponse, host: str) -> Iterator[bytes]:
    while True:
        with _answering(host):
            piece = answer.read(STEP)
        if not piece:
            break
        yield piece
    if answer.length:  # http.client takes a body that is cut short for a whole one
        raise Away(f"{answer.length:,} bytes are wanting")


def _link(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, port, timeout=SECONDS)


def _place(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
