"""Ask an ASGI app in this process, as a client would over the network but without one.

For a replay: the app's own routing, limits and answers are in the way, no socket is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Self

import msgspec

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


class Answered(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class InProcess:
    """One caller, on an event loop of its own that lives as long as it does.

    Parameters
    ----------
    app
        The ASGI app.

    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        """Begin; nothing is opened."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the event loop go."""
        self._runner.close()

    def post(self, path: str, body: bytes, *, authorization: bytes = b"") -> Answered:
        """Post JSON; wait for the whole answer."""
        return self._runner.run(self._asked("POST", path, body, authorization))

    def get(self, path: str) -> Answered:
        """Get what is at a path."""
        return self._runner.run(self._asked("GET", path, b""))

    def run(self, ending: Awaitable[None]) -> None:
        """Wait for something of the app's, such as its closing, on the same event loop."""
        self._runner.run(_waited(ending))

    async def _asked(
        self, method: str, path: str, body: bytes, authorization: bytes = b""
    ) -> Answered:
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                *([(b"authorization", authorization)] if authorization else []),
            ],
        }
        status, parts = 0, []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return Answered(status, b"".join(parts))


async def _waited(ending: Awaitable[None]) -> None:
    await ending
