"""Was nothing of this ledger forgotten before its time?

Reads: erasures, and the first fact about the use case. Args: `years`. No fact is older than the
first one; so an erasure of facts within those years of it came too soon. Erasing what a patient
may have erased (payloads) is no erasure of facts. It does not tell what backups hold.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Hold each erasure of facts against the first fact there is."""
    if wanted.specs is None:
        return UNDECLARED
    years = wanted.number("years", 6)
    first = wanted.entries()[0]
    for entry in wanted.entries("erasure/1"):
        if entry.fact.body.get("indexes") and _years(first, entry) < years:
            return missing(f"facts were erased within {years} years", entry.index)
    return met(f"nothing was erased since {first.fact.at[:10]}", first.index, wanted.specs.index)


def _years(first: Entry, last: Entry) -> int:
    """Give the whole years between two facts."""
    a, b = date.fromisoformat(first.fact.at[:10]), date.fromisoformat(last.fact.at[:10])
    return b.year - a.year - ((b.month, b.day) < (a.month, a.day))


kept = Proof(asks="Was nothing forgotten before its time?", prove=prove)
