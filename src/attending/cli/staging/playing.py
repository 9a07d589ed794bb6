"""The platform's side of a simulated health system: what the world asks for is done.

The world is another program (`simulator/world.py`). It asks by the doors that an EHR, a
file drop and a person have, and says when it is what time; nothing of what it knows is
known here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, Self

from attending import shapes
from attending.cli.staging.paperwork import hand_in
from attending.clock import stamp
from attending.decide.sign_offs import SignOff
from attending.errors import Refused
from attending.lake.raw import RawFiles
from attending.loops.carry_out import apply, renew
from attending.loops.data.reading import keep_maps_of
from attending.loops.declare import declare
from attending.loops.meeting import hold_meeting
from attending.loops.plan import look, planned, write
from attending.loops.say import sign
from attending.loops.today import last_over
from attending.loops.turn import take_turn
from attending.serve.replaying.in_process import InProcess
from attending.spec.condition import MeetingHeld
from attending.wiring import Staged, staged_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attending.admit import Folder
    from attending.loops.drops import Inbox

WORLD = "attending.simulator.world"
AUTHOR = "engineer"  # who asked for the plans; somebody else signs them


class Stage:
    """One platform on a clock that the world sets.

    Parameters
    ----------
    folder
        The admitted specs.
    store
        The ledger's folder.
    began
        When an empty store's story begins.

    """

    def __init__(self, folder: Folder, store: Path, *, began: datetime) -> None:
        self._store = store
        self._staged: Staged = staged_parts(folder, store, began=began)
        self._ehr = InProcess(self._staged.gateway)
        self._drop = drop_folder(self._staged.inbox, folder)
        self._ended = False
        declare(self._staged.parts, by=AUTHOR)
        keep_maps_of(folder, RawFiles(store / "lake" / "raw"))
        renew(self._staged.parts, self._staged.folded)

    def __enter__(self) -> Self:
        """Begin; everything is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let everything go."""
        self.end()

    def end(self) -> None:
        """Sign what is not signed, and let the store go; once."""
        if self._ended:
            return
        self._ended = True
        with self._ehr as caller:
            caller.run(self._staged.gateway.close())
        self._staged.parts.pen.checkpoint()
        self._staged.parts.pen.close()
        self._staged.parts.reader.close()

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one thing the world asks for; give what it sees of that."""
        verbs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "get": self._get,
            "post": self._post,
            "drop": self._dropped,
            "waits": self._waits,
            "meeting": self._meeting,
            "sign": self._sign,
            "apply": self._apply,
            "close": self._close,
            **dict.fromkeys(("inventory", "tier", "propose", "retention"), self._handed_in),
        }
        if "at" in request:
            self._until(datetime.fromisoformat(request["at"]))
        return verbs[request["do"]](request)

    def _until(self, moment: datetime) -> None:
        clock = self._staged.clock
        if moment > clock.now():
            clock.advance(moment - clock.now())
            renew(self._staged.parts, self._staged.folded)

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        came = self._ehr.get(request["path"])
        return {"status": came.status, "body": came.body.decode()}

    def _post(self, request: dict[str, Any]) -> dict[str, Any]:
        came = self._ehr.post(request["path"], json.dumps(request["body"]).encode())
        return {"status": came.status, "body": came.body.decode()}

    def _dropped(self, request: dict[str, Any]) -> dict[str, Any]:
        drop_file(self._drop, request)
        return {}

    def _waits(self, _: dict[str, Any]) -> dict[str, Any]:
        """Tell which plans wait for people, and whose sign-off each wants.

        Each turn writes down what waits; only the very first plan has to be asked for.
        """
        staged = self._staged
        parts, folded = staged.parts, staged.folded
        day, now = last_over(parts.hands, folded), stamp(staged.clock.now())
        if not folded.standing.waves and not folded.standing.pending:
            found = planned(parts, look(parts, folded, day))
            if found is not None:
                write(parts.hands, folded, found, by=AUTHOR)
        plans = [
            {"digest": digest, "roles": [each.role for each in waits.plan.requires]}
            for digest, waits in folded.standing.pending.items()
            if waits.plan.valid_until >= now and not waits.plan.interlocks
        ]
        return {"plans": plans}

    def _meeting(self, request: dict[str, Any]) -> dict[str, Any]:
        """Hold a meeting of the committee: its votes, then its close by the chair."""
        told = {k: v for k, v in request.items() if k not in ("do", "at")}
        try:
            held = shapes.convert(told, MeetingHeld)
            done = hold_meeting(self._staged.parts, self._staged.folded, held)
        except Refused as refused:
            return {"refused": str(refused)}
        return {"word": done.body["word"]}

    def _handed_in(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            hand_in(self._staged, self._store, request)
        except Refused as refused:
            return {"refused": str(refused)}
        return {}

    def _sign(self, request: dict[str, Any]) -> dict[str, Any]:
        by = SignOff(request["role"], request["person"])
        try:
            sign(self._staged.parts, self._staged.folded, request["plan"], by)
        except Refused as refused:
            return {"refused": str(refused)}
        return {}

    def _apply(self, request: dict[str, Any]) -> dict[str, Any]:
        parts, folded = self._staged.parts, self._staged.folded
        try:
            apply(parts, folded, request["plan"], last_over(parts.hands, folded))
        except Refused as refused:
            return {"refused": str(refused)}
        return {}

    def _close(self, _: dict[str, Any]) -> dict[str, Any]:
        """Close the day: it is midnight, what was dropped is taken in, and a turn is taken."""
        staged = self._staged
        self._until(midnight_after(staged.clock.now()))
        take_turn(staged.parts, staged.folded, staged.inbox)
        staged.gateway.parts.found_here.refresh()
        return {}


def drop_folder(inbox: Inbox, folder: Folder) -> Path:
    """Give the folder that the story's outcomes are dropped in."""
    return inbox.place(folder.use_case.name, next(iter(folder.sources)))


def drop_file(place: Path, request: dict[str, Any]) -> None:
    """Put a file into the inbox; it is whole before it bears its name."""
    beside = place / f"{request['name']}.part"
    beside.write_text(request["text"], "utf-8")
    beside.replace(place / request["name"])


def midnight_after(moment: datetime) -> datetime:
    """Give the end of a moment's day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


class Player(Protocol):
    """Whoever does what a world asks for."""

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one thing; give what the world sees of it."""

    def end(self) -> None:
        """Let everything go: the story is over."""


def play(stage: Player, store: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """Let a world play; give what its judge says, who reads the ledger alone.

    The world is the only process that holds what it planted, and starts the judge.

    Raises
    ------
    Refused
        The world, or the judge it starts, ended badly.

    """
    with subprocess.Popen(  # noqa: S603  a program of this package, by its own name
        [sys.executable, "-m", WORLD, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as world:
        last = ""
        for line in world.stdout or ():
            last = line
            if not line.startswith("["):
                break
            asked = json.loads(line)
            if asked == [{"do": "end"}]:
                stage.end()
                replies: list[dict[str, Any]] = [{"store": str(store)}]
            else:
                replies = [stage.do(each) for each in asked]
            print(json.dumps(replies), file=world.stdin, flush=True)
        status = world.wait()
    if status != 0:
        raise Refused(f"the simulated world ended with status {status}")
    said: dict[str, Any] = json.loads(last)
    return said
