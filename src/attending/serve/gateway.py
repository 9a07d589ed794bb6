"""The gateway: an ASGI app built from parts handed in, and deployable alone.

======================================  ================================================
``GET /cds-services``                   what may be asked here
``POST /cds-services/{id}``             a call; answered with 200 whatever broke inside
``POST /cds-services/{id}/feedback``    what people did with cards
``/sites/{site}/...``                   the same for one of several sites
``GET /healthz``                        the process answers
``GET /readyz``                         it holds a fresh snapshot and can record
``GET /metrics``                        counts, in the Prometheus text format
======================================  ================================================

A request is refused, in this order, for its size (413, unread), its caller (a bare 401),
its address (404), its media type (415), its form (400).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import structlog

from attending.fhir.decode import Malformed, decode, decode_exact
from attending.serve.channel import Channel, NotUnderstood
from attending.serve.clients import NotAuthenticated
from attending.serve.desk import Desk
from attending.serve.exposure import Lapsed
from attending.serve.feedback import Came, Feedback

if TYPE_CHECKING:
    from attending.serve.parts import Parts
    from attending.serve.tool import Tool

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON, TEXT = b"application/json", b"text/plain; version=0.0.4; charset=utf-8"
LONGEST_PATH = 512
_log = structlog.get_logger("attending.serve")


class Refusal(Exception):  # noqa: N818  a status, on its way to the caller
    """A request that is not taken: a status and a few words that quote nothing."""

    def __init__(self, status: int, words: str = "") -> None:
        self.status = status
        self.words = words
        super().__init__(words)


class Request(msgspec.Struct, frozen=True):
    """What is known of a request before its body is read."""

    method: str
    path: str
    headers: dict[bytes, bytes]


class Address(msgspec.Struct, frozen=True):
    """What a path means."""

    channel: Channel
    site: str | None
    service: str | None
    feedback: bool


class _From(NamedTuple):
    site: str
    credential: str


class Gateway:
    """The ASGI app.

    Parameters
    ----------
    parts
        Everything it needs.

    Attributes
    ----------
    beside
        What runs beside it for as long as it is up, such as the watch for snapshots.

    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.desk = Desk(parts)
        self.feedback = Feedback(parts, self.desk.keeper)
        self.beside: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._channels = {channel.path: channel for channel in parts.channels}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            raise NotImplementedError(scope["type"])

    async def close(self) -> None:
        """Pay what is owed, and let threads and files go."""
        for task in self._tasks:
            task.cancel()
        await self.desk.keeper.close()
        self.parts.tools.close()
        if self.parts.clients is not None:
            self.parts.clients.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                loop = asyncio.get_running_loop()
                self._tasks = [loop.create_task(run()) for run in self.beside]
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope["method"], scope["path"], dict(scope["headers"]))
        try:
            status, kind, body = await self._routed(request, receive)
        except Refusal as refusal:
            self.parts.tally.add("refused_requests", status=str(refusal.status))
            status, kind, body = refusal.status, JSON, _words(refusal)
        headers = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
        if body:
            headers.append((b"content-type", kind))
        if status >= 400:  # noqa: PLR2004  a refused body may be half read: the connection is spent
            headers.append((b"connection", b"close"))
        headers += self._cors(request)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _routed(self, request: Request, receive: Receive) -> tuple[int, bytes, bytes]:
        own = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics}
        if request.path in own:
            if request.method != "GET":
                raise Refusal(405)
            return own[request.path]()
        if request.method == "OPTIONS":
            if not self._cors(request):
                raise Refusal(403)
            return 204, TEXT, b""
        self._check_length(request)
        sites, credential = self._authenticated(request)
        address = self._address(request, sites)
        if address.service is None:
            if request.method != "GET":
                raise Refusal(405)
            return 200, JSON, address.channel.discovery(self._listed(address))
        tool = self._tool(address)
        if request.method != "POST":
            raise Refusal(405)
        message = await self._message(request, receive, exact=tool.views is not None)
        site = self._site(address, sites)
        if address.feedback:
            await self._hear(address.channel, message, tool, _From(site, credential))
            return 200, JSON, b"{}"
        return (
            200,
            JSON,
            await self._answer(address.channel, message, tool, _From(site, credential)),
        )

    async def _answer(
        self,
        channel: Channel,
        message: dict[str, object],
        tool: Tool,
        caller: _From,
    ) -> bytes:
        try:
            ask = channel.ask(message, tool, caller.site)
        except NotUnderstood as error:
            raise Refusal(400, error.what) from None
        if caller.credential:
            ask = msgspec.structs.replace(ask, credential=caller.credential)
        try:
            reply = await self.desk.take(ask)
            return channel.answer(reply.cards)
        except Exception as error:  # noqa: BLE001  whatever broke, care goes on
            _log.error("call_failed", use_case=tool.name, error=type(error).__name__)
            return channel.answer(())

    async def _hear(
        self,
        channel: Channel,
        message: dict[str, object],
        tool: Tool,
        caller: _From,
    ) -> None:
        try:
            responses = channel.responses(message)
        except NotUnderstood as error:
            raise Refusal(400, error.what) from None
        came = Came(channel.name, tool, caller.site, caller.credential)
        if not await self.feedback.take(responses, came):
            raise Refusal(503, "not recorded; send it again")

    def _check_length(self, request: Request) -> None:
        length = request.headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise Refusal(400, "content-length")
        if int(length) > self.parts.options.max_body:
            raise Refusal(413)

    def _authenticated(self, request: Request) -> tuple[tuple[str, ...], str]:
        """Give the sites that the caller may ask for, and the key that vouched for them."""
        if self.parts.clients is None:
            return self.parts.sites, ""
        url = self.parts.options.base_url + request.path
        token = request.headers.get(b"authorization", b"")
        try:
            now = self.parts.clock.now().timestamp()
            caller = self.parts.clients.admit(token, url, now=now)
        except NotAuthenticated as error:
            self.parts.tally.add("refused_clients")
            _log.warning("client_refused", because=error.what)
            raise Refusal(401) from None
        return caller.client.sites, caller.key

    def _address(self, request: Request, sites: tuple[str, ...]) -> Address:
        parts = request.path.split("/")[1:] if len(request.path) <= LONGEST_PATH else []
        site: str | None = None
        if len(parts) > 2 and parts[0] == "sites":  # noqa: PLR2004  the word and the name
            site, parts = parts[1], parts[2:]
            if site not in sites or site not in self.parts.sites:
                raise Refusal(404)
        channel = self._channels.get(parts[0]) if parts else None
        if channel is None or parts[2:] not in ([], ["feedback"]):
            raise Refusal(404)
        return Address(channel, site, parts[1] if parts[1:] else None, bool(parts[2:]))

    def _tool(self, address: Address) -> Tool:
        tool = self.parts.tools.any_release(address.service or "")
        if tool is None or tool.use_case.workflow.channel != address.channel.name:
            raise Refusal(404)
        return tool

    def _site(self, address: Address, sites: tuple[str, ...]) -> str:
        if address.site is not None:
            return address.site
        there = [site for site in sites if site in self.parts.sites]
        if len(there) != 1:
            raise Refusal(404, "say which site: /sites/{site}/...")
        return there[0]

    def _listed(self, address: Address) -> list[Tool]:
        """List what is not off; without a fresh snapshot, all: an outage unlists nothing."""
        tools = [self.parts.tools.any_release(name) for name in self.parts.tools.names()]
        named = [t for t in tools if t and t.use_case.workflow.channel == address.channel.name]
        return [tool for tool in named if self._is_listed(tool, address.site)]

    def _is_listed(self, tool: Tool, site: str | None) -> bool:
        now = self.parts.clock.now()
        for each in self.parts.sites if site is None else (site,):
            standing = self.parts.exposures.standing(tool.name, each, "", now=now)
            if isinstance(standing, Lapsed):
                return True
            if standing is not None and standing.mode not in ("off", "retired"):
                return True
        return False

    async def _message(
        self, request: Request, receive: Receive, *, exact: bool
    ) -> dict[str, object]:
        if request.headers.get(b"content-type", b"").split(b";")[0].strip().lower() != JSON:
            raise Refusal(415, "send application/json")
        if request.headers.get(b"content-encoding", b"identity") != b"identity":
            raise Refusal(415, "send it uncompressed")
        try:
            async with asyncio.timeout(self.parts.options.body_seconds):
                raw = await self._body(receive)
        except TimeoutError:
            raise Refusal(408) from None
        try:
            return decode_exact(raw) if exact else decode(raw)
        except Malformed as error:
            raise Refusal(400, error.what) from None

    async def _body(self, receive: Receive) -> bytes:
        message = await receive()
        whole: bytes = message.get("body", b"")
        if not message.get("more_body"):
            if len(whole) > self.parts.options.max_body:
                raise Refusal(413)
            return whole
        chunks, size = [whole], len(whole)
        while message.get("more_body"):
            if size > self.parts.options.max_body:
                raise Refusal(413)
            message = await receive()
            if message["type"] != "http.request":
                raise Refusal(400, "cut short")
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
        if size > self.parts.options.max_body:
            raise Refusal(413)
        return b"".join(chunks)

    def _healthz(self) -> tuple[int, bytes, bytes]:
        return 200, TEXT, b"ok\n"

    def _readyz(self) -> tuple[int, bytes, bytes]:
        until, now = self.parts.exposures.valid_until, self.parts.clock.now()
        wrong = []
        if until is None or now >= until:
            wrong.append("no fresh snapshot")
        if not self.desk.keeper.durable:
            wrong.append("the last record could not be made durable")
        return (503 if wrong else 200), TEXT, ("; ".join(wrong) or "ready").encode() + b"\n"

    def _metrics(self) -> tuple[int, bytes, bytes]:
        return 200, TEXT, self.parts.tally.text(self._gauges).encode()

    def _gauges(self) -> dict[str, float]:
        until, now = self.parts.exposures.valid_until, self.parts.clock.now()
        return {
            "snapshot_seq": float(self.parts.exposures.seq),
            "snapshot_lease_seconds": (until - now).total_seconds() if until else 0.0,
            "records_waiting": float(self.desk.keeper.n_owed),
            "engine_slots_lost": float(self.parts.tools.n_lost()),
        }

    def _cors(self, request: Request) -> list[tuple[bytes, bytes]]:
        origin = request.headers.get(b"origin", b"")
        if not origin or origin.decode("latin-1") not in self.parts.options.origins:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", b"Authorization, Content-Type"),
            (b"vary", b"Origin"),
        ]


def _words(refusal: Refusal) -> bytes:
    return msgspec.json.encode({"refused": refusal.words}) if refusal.words else b""
