"""Rehearse an auditor's letter: draw it, answer it, seal it, check it as they would, and time it.

The letter is drawn with a seed from what the ledger is about, so that the same seed on the same
facts is the same letter.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec

from attending.clock import WallClock
from attending.errors import ProofFailed, Refused
from attending.facts.evidence import Drill, Scope
from attending.facts.fact import Fact
from attending.ledger import layout
from attending.ledger.offline_binder import files_in
from attending.loops.system.binders import build
from attending.report.binder import Wanted
from attending.report.questions import CATALOG

if TYPE_CHECKING:
    from attending.facts.fact import By
    from attending.ledger.read import Reader
    from attending.loops.books import Books
    from attending.loops.system.binders import Made

QUESTIONS = 10  # a letter's worth
BEFORE, AFTER = 30, 7  # days around the one that is drawn
LONGEST = 600  # seconds that the shipped file may take


@dataclass(frozen=True)
class Drilled:
    """A drill: what is on record of it, and the binder it made."""

    drill: Drill
    made: Made


def letter(reader: Reader, seed: int) -> Wanted:
    """Draw a letter: a use case, a site, some weeks, and questions.

    Raises
    ------
    Refused
        The ledger holds nothing about a use case.

    """
    about = [
        (e.fact.use_case, e.fact.site or "", e.fact.at[:10])
        for e in reader.entries()
        if e.fact.use_case and e.fact.at
    ]
    if not about:
        raise Refused("no fact here is about a use case, so that no letter can be drawn")
    dice = Random(seed)  # noqa: S311  a rehearsal, and no secret
    use_case = dice.choice(sorted({each[0] for each in about}))
    ours = [each for each in about if each[0] == use_case]
    site = dice.choice(sorted({each[1] for each in ours if each[1]}) or [""])
    day = date.fromisoformat(dice.choice(sorted({e[2] for e in ours if e[1] in ("", site)})))
    scope = Scope(
        use_case=use_case,
        site=site,
        since=(day - timedelta(days=BEFORE)).isoformat(),
        until=(day + timedelta(days=AFTER)).isoformat(),
    )
    drawn = dice.sample([each.number for each in CATALOG], QUESTIONS)
    return Wanted(scope, tuple(sorted(drawn)))


def drill(books: Books, store: Path, by: By, *, seed: int) -> Drilled:
    """Draw a letter, answer what can be answered, and check the binder with the shipped file.

    Raises
    ------
    ProofFailed
        The shipped file says that the binder does not hold.

    """
    began = time.monotonic()
    asked = letter(books.reader, seed)
    made = build(books, store, asked, by)
    holds = _holds(made.raw, layout.public_key(store))
    took = round(time.monotonic() - began, 1) if isinstance(books.clock, WallClock) else None
    told = Drill(
        drill="audit",
        seed=seed,
        scope=made.built.scope,
        asked=asked.questions,
        answered=_of(made, "answered"),
        partial=_of(made, "partial"),
        not_yet=_of(made, "not_yet"),
        binder=made.built.digest,
        holds=holds,
        seconds=took,
    )
    key = f"drill/{books.reader.size()}/audit"
    books.write([Fact(kind="acted", key=key, at=books.at, by=by, body=msgspec.to_builtins(told))])
    if not holds:
        raise ProofFailed("the shipped file says that the drill's binder does not hold")
    return Drilled(told, made)


def _of(made: Made, status: str) -> tuple[int, ...]:
    return tuple(number for number, each in made.statuses.items() if each == status)


def _holds(raw: bytes, key: Path) -> bool:
    """Run the binder's own file over it, apart, with nothing but the standard library."""
    with tempfile.TemporaryDirectory() as folder:
        file, shipped = Path(folder, "drill.binder.zip"), Path(folder, "verify.py")
        file.write_bytes(raw)
        shipped.write_bytes(files_in(raw)["verify.py"])
        ran = subprocess.run(  # noqa: S603  our own file, on names of our own
            [sys.executable, "-I", "-S", shipped, file, key.resolve()],
            capture_output=True,
            check=False,
            timeout=LONGEST,
        )
        return ran.returncode == 0
