"""Another party's terminology server, asked as our own maps are.

It answers in time or it does not: tries are few, waits are bounded, and an answer that did not
come, that is too long or that is of another version than was declared is no answer. Nothing is
mapped then, and nothing is taken for unmapped either: whoever asked is told, and asks again later.
What was answered is kept by code for the version that was declared, so that a map is asked about
a code once. No redirect is followed, and but for this machine itself the address is https.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections import OrderedDict
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.fhir.decode import decode
from attending.fhir.terms import ANY_TARGET, TermRow, Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.fhir.terms import Asked, Found

LOOPBACK = ("127.0.0.1", "localhost", "::1")
FHIR = "application/fhir+json"
MOST_READ = 1 << 20  # bytes of an answer
MOST_KEPT = 50_000  # answers
READ_AT_ONCE = 1 << 16
TRY_AGAIN = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class NotAnswered(Refused):
    """A terminology server gave no answer that can be used; nothing was mapped."""


class Patience(NamedTuple):
    """How long one waits: seconds for each try, tries, and seconds before the second try.

    The pause doubles with each further try, so that a question takes at most
    ``tries * seconds`` and the pauses between.
    """

    seconds: float = 3.0
    tries: int = 3
    pause: float = 0.2


PATIENCE = Patience()


class Match(msgspec.Struct, frozen=True):
    """One target that was told."""

    equivalence: str
    system: str
    code: str
    source: str


class TermsClient:
    """One map, or one set of codes, of one version, at one server.

    Parameters
    ----------
    base
        The server's address, to which the operations' paths are added.
    map_, version
        Which map, and which version of it; answers that name another are refused.
    patience
        How long one waits.
    pause
        Waits so many seconds; a test hands in its own.

    """

    def __init__(
        self,
        base: str,
        map_: str,
        version: str,
        *,
        patience: Patience = PATIENCE,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        to = urlsplit(base)
        is_open = to.scheme == "http" and to.hostname in LOOPBACK
        if to.hostname is None or not (to.scheme == "https" or is_open):
            raise Refused(f"{base!r} is no https address")
        self._host, self._port, self._is_open = to.hostname, to.port, is_open
        self._path = to.path.rstrip("/")
        self._map, self._version = map_, version
        self._patience, self._pause = patience, pause
        self._kept: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def lookup(
        self, map_: str, system: str, code: str, as_of: str, *, asked: Asked = ANY_TARGET
    ) -> Found:
        """Say what the map makes of a code; see `attending.fhir.terms.Terms.lookup`.

        Raises
        ------
        NotAnswered
            No answer came that can be used.
        Refused
            Another map is asked for than the one this client was made for.

        """
        if map_ != self._map:
            raise Refused(f"this server is asked about {self._map!r} alone, not {map_!r}")
        read = partial(self._terms, system, code)
        terms: Terms = self._answer("ConceptMap/$translate", system, code, read)
        return terms.lookup(map_, system, code, as_of, asked=asked)

    def holds(self, system: str, code: str) -> bool:
        """Tell whether the set holds a code; `NotAnswered` where that was not told."""
        return bool(self._answer("ValueSet/$validate-code", system, code, _result))

    def _terms(self, system: str, code: str, parameters: dict[str, Any]) -> Terms:
        none = Match("unmatched", "", "", "")
        matches = _matches(parameters) or (none,)
        return Terms(self._row(system, code, each) for each in matches)

    def _row(self, system: str, code: str, match: Match) -> TermRow:
        told = {
            "map": self._map,
            "version": self._version,
            "source_system": system,
            "source_code": code,
            "target_system": match.system,
            "target_code": match.code,
            "equivalence": match.equivalence,
        }
        of_map, _, version = match.source.partition("|")
        if (of_map and of_map != self._map) or (version and version != self._version):
            raise NotAnswered(f"the answer is of {match.source}, not of {self._version}")
        try:
            return shapes.convert(told, TermRow)
        except msgspec.ValidationError:
            raise NotAnswered(f"{match.equivalence!r} is no equivalence of FHIR") from None

    def _answer(
        self, path: str, system: str, code: str, read: Callable[[dict[str, Any]], Any]
    ) -> Any:  # noqa: ANN401  what `read` gives
        key = (path, system, code)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        is_set = path.startswith("ValueSet")
        question = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "url", "valueUri": self._map},
                {
                    "name": "valueSetVersion" if is_set else "conceptMapVersion",
                    "valueString": self._version,
                },
                {"name": "system", "valueUri": system},
                {"name": "code", "valueCode": code},
            ],
        }
        body = self._insist(f"{self._path}/{path}", msgspec.json.encode(question))
        try:
            told = read(decode(body))
        except NotAnswered:
            raise
        except (Refused, KeyError, TypeError, ValueError, AttributeError):
            raise NotAnswered("the answer is no Parameters resource of this operation") from None
        self._kept[key] = told
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return told

    def _insist(self, path: str, question: bytes) -> bytes:
        """Ask, and ask again where the other side was not there; never longer than was said."""
        wait, why = self._patience.pause, ""
        for left in range(self._patience.tries - 1, -1, -1):
            try:
                status, body = self._once(path, question)
            except (OSError, http.client.HTTPException) as error:
                why = type(error).__name__
            else:
                if status == HTTPStatus.OK:
                    return body
                why = f"status {status}"
                if status not in TRY_AGAIN:
                    break
            if left:
                self._pause(wait)
                wait *= 2
        raise NotAnswered(f"the terminology server at {self._host} gave no answer: {why}")

    def _once(self, path: str, question: bytes) -> tuple[int, bytes]:
        kind = http.client.HTTPConnection if self._is_open else http.client.HTTPSConnection
        connection, begin = kind(self._host, self._port), time.monotonic()
        line = self._dial(connection.port)
        # A timeout is for one wait, and an answer may come byte by byte, a handshake too.
        is_cut = threading.Event()
        left = self._patience.seconds - (time.monotonic() - begin)
        end = threading.Timer(left, _hang_up, [line, is_cut])
        end.daemon = True
        end.start()
        try:
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            connection.sock = line
            headers = {"content-type": FHIR, "accept": FHIR}
            connection.request("POST", path, question, headers)
            answer = connection.getresponse()
            body = bytearray()
            while part := answer.read1(READ_AT_ONCE):
                body += part
                if len(body) > MOST_READ:
                    raise NotAnswered(f"the answer has more than {MOST_READ:,} bytes")
            if answer.length or is_cut.is_set():
                raise TimeoutError  # the line was cut before all that was announced had come
            return answer.status, bytes(body)
        finally:
            end.cancel()
            connection.close()
            line.close()

    def _dial(self, port: int) -> socket.socket:
        """Open a line; an encrypted one has yet to shake hands."""
        line = socket.create_connection((self._host, port), self._patience.seconds)
        if self._is_open:
            return line
        return ssl.create_default_context().wrap_socket(
            line, server_hostname=self._host, do_handshake_on_connect=False
        )


def _hang_up(line: socket.socket, is_cut: threading.Event) -> None:
    is_cut.set()
    with contextlib.suppress(OSError):  # closed already
        # As a plain socket, so that whoever waits on an encrypted one sees the line end.
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _result(parameters: dict[str, Any]) -> bool:
    _parameters(parameters)
    (told,) = (each for each in parameters["parameter"] if each["name"] == "result")
    if not isinstance(told["valueBoolean"], bool):
        raise TypeError
    return told["valueBoolean"]


def _matches(parameters: dict[str, Any]) -> tuple[Match, ...]:
    is_there = _result(parameters)
    found = [_match(each) for each in parameters["parameter"] if each["name"] == "match"]
    return tuple(found) if is_there else ()


def _match(told: dict[str, Any]) -> Match:
    parts = {each["name"]: each for each in told["part"]}
    concept = parts["concept"]["valueCoding"]
    source = parts.get("source", {})
    of = source.get("valueUri") or source.get("valueCanonical") or ""
    return Match(parts["equivalence"]["valueCode"], concept["system"], concept["code"], of)


def _parameters(resource: dict[str, Any]) -> None:
    if resource.get("resourceType") != "Parameters":
        raise TypeError
