"""The gateway's own server: one worker, heads of requests capped while they arrive."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from attending.errors import Refused

if TYPE_CHECKING:
    from attending.serve.gateway import App

LARGEST_HEAD = 32 * 1024  # bytes of a request line and its headers; a token takes at most 8 KiB
MOST_CONNECTIONS = 1024
SECONDS_TO_END = 2


class CappedHttp(HttpToolsProtocol):
    """Drops a connection whose head does not end.

    The parser beneath keeps what it was given until the head is whole, so that a header
    of any length would be held in memory before anybody could refuse it.
    """

    _n_head = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        """Count what arrives before a head has ended."""
        if self._in_head:
            self._n_head += len(data)
        super().data_received(data)
        if self._in_head and self._n_head > LARGEST_HEAD:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Start to count."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop: the body has a cap of its own."""
        self._in_head, self._n_head = False, 0
        super().on_headers_complete()


def check_address(host: str, *, is_authenticated: bool, is_encrypted: bool) -> None:
    """Refuse to stand open: without authentication or encryption, on loopback only.

    Raises
    ------
    Refused
        With what would be accepted.

    """
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if is_loopback:
        return
    if not is_authenticated:
        raise Refused("callers must be authenticated off loopback", accepted=["--clients FILE"])
    if not is_encrypted:
        raise Refused("no door without encryption", accepted=["--tls-cert FILE --tls-key FILE"])


def server(
    app: App,
    *,
    host: str,
    port: int,
    cert: str | None = None,
    key: str | None = None,
) -> uvicorn.Server:
    """Make the server of an app, a gateway or what holds one; `run()` it.

    Parameters
    ----------
    app
        What answers.
    host, port
        Where it listens.
    cert, key
        Files for TLS.

    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CappedHttp,
        ws="none",
        lifespan="on",
        access_log=False,  # addresses of calls are counted, not written down
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # no address is read, from a header least of all
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=SECONDS_TO_END,
        ssl_certfile=cert,
        ssl_keyfile=key,
    )
    return uvicorn.Server(config)
