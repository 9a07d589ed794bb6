"""Put a query of the room of proofs to a ledger's facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending import rooms
from attending.report import proofs
from attending.report.proof import Proof

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def queries() -> tuple[str, ...]:
    """List every query a rule may name."""
    return rooms.names(proofs)


def proved(query: str, wanted: Wanted, *, where: str = "") -> Proved:
    """Put a query.

    Raises
    ------
    NoSuchName
        There is none of this name, with the nearest.

    """
    found = rooms.fetch(proofs, query, where=where)
    if not isinstance(found, Proof):
        raise TypeError(query)
    return found.prove(wanted)
