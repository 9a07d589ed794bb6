"""Starting one app of several behind one server, and ending it: never waited for without end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OPENS_WITHIN = 30.0  # seconds


@asynccontextmanager
async def alive(app: Any, *, within: float = OPENS_WITHIN) -> AsyncIterator[None]:  # noqa: ANN401  any ASGI app
    """Start one app of several, and end it; neither is waited for longer than `within` seconds.

    Raises
    ------
    Refused
        It did not start, with what it said or how it broke.

    """
    if app is None:
        yield
        return
    asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    answered: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan", "state": {}}, asked.get, answered.put))
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
    task: asyncio.Task[None], answered: asyncio.Queue[dict[str, Any]], within: float
) -> str:
    """Wait until an app has started; give why it did not, empty where it did."""
    answer = asyncio.create_task(answered.get())
    both: set[asyncio.Task[Any]] = {task, answer}
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
