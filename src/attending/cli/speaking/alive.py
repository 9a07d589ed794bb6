"""Starting one app of several behind one server, and ending it: never waited for without end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from attending.serve.gateway import App, Message, Scope

OPENS_WITHIN = 30.0  # seconds


@asynccontextmanager
async def alive(app: App | None, *, within: float = OPENS_WITHIN) -> AsyncIterator[None]:
    """Start one app of several, and end it; neither is waited for longer than `within` seconds.

    Raises
    ------
    Refused
        It did not start, with what it said or how it broke.

    """
    if app is None:
        yield
        return
    asked: asyncio.Queue[Message] = asyncio.Queue()
    answered: asyncio.Queue[Message] = asyncio.Queue()
    scope: Scope = {"type": "lifespan", "state": {}}
    task = asyncio.ensure_future(app(scope, asked.get, answered.put))
    await asked.put({"type": "lifespan.startup"})
    said = await _started(task, answered, within)
    if said:
        task.cancel()
        raise Refused(f"a door did not open: {said}")
    try:
        yield
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        await asyncio.wait({task}, timeout=within)
        task.cancel()


async def _started(
    task: asyncio.Future[None], answered: asyncio.Queue[Message], within: float
) -> str:
    """Wait until an app has started; give why it did not, empty where it did."""
    answer = asyncio.create_task(answered.get())
    both: set[asyncio.Future[None] | asyncio.Future[Message]] = {task, answer}
    await asyncio.wait(both, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    if answer.done():
        said = answer.result()
        well = said["type"] == "lifespan.startup.complete"
        return "" if well else str(said.get("message", "")) or "it said no more"
    answer.cancel()
    if not task.done():
        return f"it said nothing for {within:g} seconds"
    error = task.exception()
    return "it ended" if error is None else f"{type(error).__name__}: {error}"
