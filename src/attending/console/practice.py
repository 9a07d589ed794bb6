"""The practice EHR: asks the gateway in this process as an EHR would, and shows its cards.

Nothing here knows what a tool will answer, and nothing is pretended: the call is recorded,
measured and suspended like any other, under a made-up patient.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio.from_thread

from attending.clock import stamp
from attending.console.made_up_chart import request
from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message

    from attending.clock import Clock
    from attending.serve.gateway import Gateway
    from attending.serve.tool import Tool

MOST_KEPT = 64
GOOD = 200
STRONG = re.compile(r"\*\*(.+?)\*\*")


@dataclass
class Answered:
    """What the gateway answered, for whom, and what was said about each card since."""

    use_case: str
    site: str
    typed: dict[str, str]
    cards: list[dict[str, Any]]
    told: dict[str, str] = field(default_factory=dict)


class Practice:
    """Asks one gateway, and remembers each session's last answer.

    Parameters
    ----------
    gateway
        The machine's door.
    clock
        For the moment of a value or of a response.

    """

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self._lock = threading.Lock()
        self._last: OrderedDict[str, Answered] = OrderedDict()

    @property
    def is_open(self) -> bool:
        """Tell whether this page may call: only where anybody may, as in a demo."""
        return self._gateway.parts.clients is None

    @property
    def sites(self) -> tuple[str, ...]:
        """List the sites that are served."""
        return self._gateway.parts.sites

    def tools(self) -> list[Tool]:
        """List what can be asked over CDS Hooks."""
        tools = self._gateway.parts.tools
        found = [tools.any_release(name) for name in tools.names()]
        return [t for t in found if t is not None and t.use_case.workflow.channel == "cds_hooks"]

    def last(self, session: str) -> Answered | None:
        """Give a session's last answer."""
        with self._lock:
            return self._last.get(session)

    def ask(self, session: str, use_case: str, site: str, typed: Mapping[str, str]) -> Answered:
        """Open the made-up patient's chart, and hear what appears on it."""
        tool = next((t for t in self.tools() if t.name == use_case), None)
        if tool is None:
            raise NoSuchName(use_case, "the tools that answer here", [t.name for t in self.tools()])
        if site not in self.sites:
            raise NoSuchName(site, "the sites served here", self.sites)
        kept = {name: typed.get(name, "").strip() for name in tool.reach.paths}
        message = request(tool, kept, instance=str(uuid4()), now=stamp(self._clock.now()))
        answer = self._post(f"/sites/{site}/cds-services/{use_case}", message)
        made = Answered(use_case, site, kept, answer["cards"])
        with self._lock:
            self._last[session] = made
            self._last.move_to_end(session)
            while len(self._last) > MOST_KEPT:
                self._last.popitem(last=False)
        return made

    def respond(self, session: str, card: str, reason: str) -> None:
        """Say that a card was not useful, and why; or that it was followed."""
        last = self.last(session)
        shown = next((c for c in last.cards if c["uuid"] == card), None) if last else None
        if last is None or shown is None:
            raise Refused("that card is no longer on this chart; open the chart again")
        said: dict[str, Any] = {"card": card, "outcomeTimestamp": stamp(self._clock.now())}
        reasons = {r["code"]: r for r in shown.get("overrideReasons", [])}
        if reason not in reasons:
            raise Refused("say why it was not useful", accepted=reasons)
        coded = {"code": reason, "system": reasons[reason]["system"]}
        said |= {"outcome": "overridden", "overrideReason": {"reason": coded}}
        path = f"/sites/{last.site}/cds-services/{last.use_case}/feedback"
        self._post(path, {"feedback": [said]})
        last.told[card] = str(reasons[reason]["display"])

    def _post(self, path: str, message: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
        body = json.dumps(message).encode()
        status, answer = anyio.from_thread.run(self._call, path, body)
        if status != GOOD:
            raise Refused(f"the gateway answered {status}")
        return json.loads(answer)

    async def _call(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Call the ASGI app as a server would."""
        heard: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(part: Message) -> None:
            heard.append(part)

        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        asked = {"type": "http", "method": "POST", "path": path, "headers": headers}
        await self._gateway(asked, receive, send)
        answer = b"".join(part.get("body", b"") for part in heard[1:])
        return int(heard[0]["status"]), answer


def paragraphs(detail: str) -> list[list[tuple[bool, str]]]:
    """Read a card's little markdown: its lines, and what is strong in them.

    >>> paragraphs("one **two**")
    [[(False, 'one '), (True, 'two'), (False, '')]]
    """
    return [
        [(i % 2 == 1, part) for i, part in enumerate(STRONG.split(line))]
        for line in detail.splitlines()
        if line.strip(" -")
    ]
