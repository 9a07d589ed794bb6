"""Break a feed of the demonstration while somebody looks: its days go on, faster.

The console runs in another process. From here it is reached as hospitals reach it: calls by
HTTP, files by its inbox; and its clock is moved on, day by day.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from attending.cli.staging.playing import drop_file, drop_folder, midnight_after
from attending.clock import StoryClock
from attending.errors import Refused
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.wiring import open_inbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attending.admit import Folder

PATIENCE = 30.0  # seconds for a turn of the loops, which takes one or two
AGAIN = 0.2


class Beside:
    """A demonstration that runs in another process, as its hospitals see it.

    Parameters
    ----------
    store
        Its ledger's folder.
    url
        Where its gateway listens.
    folder
        Its admitted specs.

    """

    def __init__(self, store: Path, url: str, folder: Folder) -> None:
        clock = layout.story_clock(store)
        if not clock.exists():
            raise Refused("no demonstration was played into this store", where=str(store))
        self.clock = StoryClock(clock)
        self._reader = open_reader(store)
        self._url, self._drop = url, drop_folder(open_inbox(store), folder)
        self._next, self._day = 0, -1  # the first fact not read yet, the last day decided
        self._get({"path": "/healthz"})  # refused at once where nothing runs

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one thing the world asks for; nobody signs anything meanwhile."""
        if "at" in request:
            self._until(datetime.fromisoformat(request["at"]))
        verb = request["do"]
        if verb == "get":
            return self._get(request)
        if verb == "post":
            return self._sent(request, json.dumps(request["body"]).encode())
        if verb == "drop":
            drop_file(self._drop, request)
        elif verb == "close":
            self._close()
        return {"plans": []}

    def end(self) -> None:
        """Let go of the ledger; the demonstration goes on."""
        self._reader.close()

    def _until(self, moment: datetime) -> None:
        """Move the clock on, and wait until the gateway's lease is renewed."""
        if moment - self.clock.now() > timedelta(minutes=1):
            self.clock.set(moment)
            self._wait(lambda: self._get({"path": "/readyz"})["status"] == HTTPStatus.OK)

    def _close(self) -> None:
        """Let the day end, and wait until the loops have looked at it."""
        before = self._decided()
        self._until(midnight_after(self.clock.now()))
        self._wait(lambda: self._decided() > before)

    def _decided(self) -> int:
        """Give the last day decided; only what is new in the ledger is read."""
        for entry in self._reader.entries(self._next, kinds=("decided",)):
            self._next = entry.index + 1
            if entry.fact.type == "decided/1":
                self._day = max(self._day, int(str(entry.fact.body["day"])))
        return self._day

    def _wait(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > until:
                raise Refused("the demonstration does not follow; is it still running?")
            time.sleep(AGAIN)

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._sent(request, None)

    def _sent(self, request: dict[str, Any], body: bytes | None) -> dict[str, Any]:
        asked = urllib.request.Request(  # noqa: S310  loopback, by http
            self._url + request["path"], data=body, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as came:  # noqa: S310  same
                return {"status": came.status, "body": came.read().decode()}
        except urllib.error.HTTPError as error:
            return {"status": error.code, "body": ""}
        except urllib.error.URLError as error:
            raise Refused("no demonstration answers there", where=self._url) from error
