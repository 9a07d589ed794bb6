"""Seal all that a store keeps of patients, and tell how it lies."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from attending.lake.at_rest import (
    DECLARED,
    EXPORTS,
    SEALED,
    WIRE,
    AtRest,
    at_rest,
    files_of,
    seal_lake,
)
from attending.lake.inbox import inbox_file, open_inbox

if TYPE_CHECKING:
    from pathlib import Path

DROPPED = "inbox"
SPILLED = "spilled"


class Sealed(NamedTuple):
    """How many files, and how many messages, were sealed anew."""

    files: int
    messages: int


class Lies(NamedTuple):
    """How much lies in one place of a store, and how much of it is not sealed as is written now.

    `may_be` tells whether the platform seals what lies there at all.
    """

    place: str
    holds: str
    total: int
    clear: int
    may_be: bool = True


def seal_store(store: Path, key: Path) -> Sealed:
    """Seal a store's raw files, tables, exports and messages with a key, or with a new one.

    What queries that were killed left behind is removed.

    Raises
    ------
    Refused
        The key lies in the store itself, an older key is not there, or somebody reads the
        messages.

    """
    messages = 0

    def seal_messages(_: AtRest) -> None:
        nonlocal messages
        if inbox_file(store).exists():
            with closing(open_inbox(store)) as inbox:
                messages = inbox.seal()

    files = seal_lake(store / "lake", key, beside={WIRE: seal_messages})
    for path in (store / "lake" / SPILLED).glob("*"):
        path.unlink()  # of a query that was killed, before what is spilled was encrypted
    return Sealed(files, messages)


def how_it_lies(store: Path) -> list[Lies]:
    """Tell of each place that holds patients' data how it lies.

    Raises
    ------
    Refused
        The store is sealed, and its key is not there.

    """
    found = {SEALED[0]: "raw files", SEALED[1]: "files of tables", EXPORTS: "fetched exports"}
    lake = store.resolve() / "lake"
    counted = dict.fromkeys(found, (0, 0))
    for path in files_of(lake):
        is_export = path.is_relative_to(lake.parent / EXPORTS)
        name = EXPORTS if is_export else path.relative_to(lake).parts[0]
        total, clear = counted[name]
        counted[name] = (total + 1, clear + (not at_rest(path).seals(path)))
    told = [
        Lies(name if name == EXPORTS else f"lake/{name}", holds, *counted[name])
        for name, holds in found.items()
    ]
    if inbox_file(store).exists():
        with closing(open_inbox(store)) as inbox:
            told.append(Lies(WIRE, "HL7 v2 messages", *inbox.unsealed()))
    dropped = _dropped(store)
    return [*told, Lies(DROPPED, "dropped files", dropped, dropped, may_be=False)]


def dropped_in_sealed(store: Path) -> int:
    """Give how many dropped files lie as they came in a store that is sealed; else none."""
    return _dropped(store) if (store / "lake" / DECLARED).exists() else 0


def _dropped(store: Path) -> int:
    return sum(path.is_file() for path in (store / DROPPED).rglob("*"))
