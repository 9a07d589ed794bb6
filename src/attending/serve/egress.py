"""The one way out for what a record says of a patient: cleared fields, to one vendor's address.

It takes what a field contract cleared and nothing else, and fails closed. Before a byte leaves
it asks: is the address the vendor's declared one, and encrypted; does the vendor's contract list
every field; may data of this site be where the vendor keeps what it is sent? What is sent is the
fields' names and values, one JSON object; no header, address or query tells anything more. No
redirect is followed, no proxy is asked, nothing is sent twice, and an answer is bounded in time
and size. The other side is verified against the system's authorities, or those in the file that
``SSL_CERT_FILE`` names.

It does not tell what a vendor does with what it was given; the contract does.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import msgspec

from attending.errors import Refused
from attending.fhir.cleared import Cleared, NotCleared
from attending.spec.residency import beyond

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.spec.site import Site
    from attending.spec.vendor import Vendor

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 2.0  # for one answer, whole; a card's own deadline is shorter and is kept elsewhere
MOST_READ = 1 << 16  # bytes of an answer
GOOD = 200
HEADERS = {"content-type": "application/json", "accept": "application/json"}
_encode = msgspec.json.Encoder(order="sorted").encode


class NoAnswer(Refused):
    """A vendor gave no answer that can be used; what it wrote is not repeated."""


class Sent(NamedTuple):
    """What left, and what came back: the digest of the very bytes, and the answer's bytes."""

    digest: str
    answer: bytes


class Egress:
    """The way out to one vendor.

    Parameters
    ----------
    vendor
        Whose address, contract and places are declared.
    sites
        By name: those whose data may be asked about.
    seconds
        How long an answer may take, whole.

    Raises
    ------
    Refused
        The vendor declares no address, or one that is not encrypted.

    """

    def __init__(
        self, vendor: Vendor, sites: Mapping[str, Site], *, seconds: float = SECONDS
    ) -> None:
        self.vendor = vendor.name
        self.fields = frozenset(vendor.fields_allowed)
        self._why_not = {name: beyond(site, vendor.data_in) for name, site in sites.items()}
        self._scheme, self._host, self._port, self._path = _address(vendor)
        self._seconds = seconds

    def check(self, fields: Iterable[str]) -> None:
        """Refuse fields that the vendor's contract does not list.

        Raises
        ------
        NotCleared
            With those that it does.

        """
        unlisted = sorted({*fields} - self.fields)
        if unlisted:
            raise NotCleared(
                f"vendor {self.vendor} may not be sent {', '.join(unlisted)}",
                where="fields_allowed",
                accepted=sorted(self.fields),
            )

    def send(self, given: Cleared) -> Sent:
        """Send cleared values, once, and give the answer.

        Raises
        ------
        NotCleared
            Nothing left: they are not cleared, not in the contract, or may not be where it goes.
        NoAnswer
            The vendor did not answer well, wholly and in time.

        """
        if type(given) is not Cleared:
            raise NotCleared("only what a field contract cleared leaves")
        self.check(given)
        why = self._why_not.get(given.site, f"site {given.site!r} is not declared here")
        if why:
            raise NotCleared(why)
        body = _encode({"fields": dict(given)})
        return Sent(sha256(body).hexdigest(), self._post(body))

    def _post(self, body: bytes) -> bytes:
        link, is_cut = self._link(), threading.Event()
        # A timeout is for one wait, and an answer may come byte by byte, a handshake too.
        end = threading.Timer(self._seconds, _hang_up, [link, is_cut])
        end.daemon = True
        end.start()
        try:
            link.request("POST", self._path, body, HEADERS)
            answer = link.getresponse()
            raw = answer.read(MOST_READ + 1)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{self.vendor} did not answer ({type(error).__name__})") from None
        finally:
            end.cancel()
            link.close()
        if answer.status != GOOD:
            raise NoAnswer(f"{self.vendor} answered with status {answer.status}")
        if is_cut.is_set() or answer.length or len(raw) > MOST_READ:
            raise NoAnswer(f"{self.vendor} did not answer wholly, in time and in bounds")
        return raw

    def _link(self) -> http.client.HTTPConnection:
        if self._scheme == "http":
            return http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._seconds, context=context
        )


def _address(vendor: Vendor) -> tuple[str, str, int | None, str]:
    """Take a vendor's address apart; refuse one that is none, or not encrypted."""
    where = f"vendor {vendor.name}"
    try:
        to = urlsplit(vendor.base_url or "")
        port = to.port
    except ValueError:
        raise Refused("no address", where=where, accepted=["https://…"]) from None
    here = to.scheme == "http" and to.hostname in LOOPBACK
    plain = not (to.query or to.fragment or to.username or to.password)
    if not to.hostname or not (to.scheme == "https" or here) or port == 0 or not plain:
        raise Refused("a vendor is called by https, at one plain address", where=where,
                      accepted=["base_url: https://…"])  # fmt: skip
    return to.scheme, to.hostname, port, to.path or "/"


def _hang_up(link: http.client.HTTPConnection, is_cut: threading.Event) -> None:
    is_cut.set()
    line = link.sock
    if line is not None:
        with suppress(OSError):  # closed already
            # As a plain socket, so that whoever waits on an encrypted one sees the line end.
            socket.socket.shutdown(line, socket.SHUT_RDWR)
