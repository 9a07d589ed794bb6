"""Posting: a message by HTTP, to one address, with a bounded wait, and no redirect followed."""

from __future__ import annotations

import http.client
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attending.act.channel import PATIENCE, Undelivered

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_READ = 65_536  # bytes of an answer, which nobody reads


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Post a message; return when the other side has taken it over.

    Raises
    ------
    Undelivered
        It cannot be reached, does not answer in time, or does not take it.

    """
    to = urlsplit(url)
    is_open = to.scheme == "http" and to.hostname in LOOPBACK
    if to.hostname is None or not (to.scheme == "https" or is_open):
        raise Undelivered("the address is no https address")
    connection = (
        http.client.HTTPConnection(to.hostname, to.port, timeout=PATIENCE)
        if is_open
        else http.client.HTTPSConnection(
            to.hostname, to.port, timeout=PATIENCE, context=ssl.create_default_context()
        )
    )
    path = (to.path or "/") + (f"?{to.query}" if to.query else "")
    try:
        connection.request("POST", path, body, {"content-type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read(MOST_READ)
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(f"no answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Undelivered(f"refused with status {answer.status}")
