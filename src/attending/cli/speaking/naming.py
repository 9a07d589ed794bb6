"""How people name a plan or a packet: by its digest, or the first characters of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attending.errors import NoSuchName, Refused
from attending.ledger.open_reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

SHORTEST = 8  # characters of a digest that name something
SHOWN = 12  # characters that are offered


def named(store: Path, digest: str, what: Literal["plan", "packet"]) -> tuple[str, str]:
    """Give the use case and the whole digest of a plan, or of a packet, that this ledger holds.

    Raises
    ------
    NoSuchName
        None here bears that digest.
    Refused
        The name is too short, or names several.

    """
    if len(digest) < SHORTEST:
        raise Refused(f"{digest!r} is too short; give {SHORTEST} characters of the digest or more")
    reader = open_reader(store)
    try:
        there = {
            str(e.fact.body["digest"]): str(e.fact.use_case)
            for e in reader.entries(kinds=("decided",))
            if e.fact.type == f"{what}/1"
        }
    finally:
        reader.close()
    bear = [each for each in there if each.startswith(digest)]
    if not bear:
        raise NoSuchName(digest, f"the {what}s of this ledger", [each[:SHOWN] for each in there])
    if len(bear) > 1:
        raise Refused(f"{digest!r} names {len(bear)} {what}s", accepted=bear)
    return there[bear[0]], bear[0]
