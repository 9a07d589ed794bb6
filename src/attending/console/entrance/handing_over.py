"""Handing a binder over: a file behind the door that the page of evidence stands behind.

It is looked up by its digest among those that are here, and no path is made of what was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.responses import FileResponse
from starlette.routing import Route

from attending.console.access import reads
from attending.console.guard import session_of
from attending.console.page import Asked, Page
from attending.errors import NoSuchName

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from attending.console.entrance.door import Door
    from attending.console.page import Shown
    from attending.console.parts import Parts


def _nothing(_asked: Asked) -> Shown:
    return {}


BINDER = Page("/binders/{digest}", "What does this binder hold?", _nothing, needs=reads("binder"))


class HandingOver:
    """Hands files over to whoever may have them.

    Parameters
    ----------
    parts, door
        What the console is built from, and the door that every page stands behind.

    """

    def __init__(self, parts: Parts, door: Door) -> None:
        self._parts = parts
        self._door = door

    def routes(self) -> list[Route]:
        """Give the routes of what can be fetched."""
        return [Route(BINDER.path, self.binder, methods=["GET"])]

    async def binder(self, request: Request) -> Response:
        """Hand a binder over; an auditor's fetching is written down before it leaves."""
        asked = Asked(self._parts, session_of(request, self._parts), dict(request.path_params))
        found = await anyio.to_thread.run_sync(self._binder, asked)
        return FileResponse(found, media_type="application/zip", filename=found.name)

    def _binder(self, asked: Asked) -> Path:
        asked, acts = self._door.known(asked, BINDER), self._parts.evidence
        self._door.open(asked, BINDER, "")
        digest = asked.path["digest"]
        found = acts.binder(digest) if acts is not None else None
        if found is None:
            raise NoSuchName(digest, "the binders here", ())
        self._door.note(asked, BINDER)
        return found
