"""Does each signature behind the last decision bear a printed name, a time and a meaning?

Reads: the last decision, its packet, the votes it counts, and their signatures, each checked
against what it signs. It does not tell who sat at the keyboard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import Proof, met, missing
from attending.report.signatures import FACTS, checked

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


TOLD = ("printed_name", "at", "meaning")


def prove(wanted: Wanted) -> Proved:
    """Check the signatures behind the last decision."""
    entries = list(wanted.entries(*FACTS))
    last = next((e for e in reversed(entries) if e.fact.type == "decision/1"), None)
    if last is None:
        return missing("nothing has been decided and signed")
    signed = checked(entries)
    cites = (last.index, *signed.behind(last.fact.body))
    by_index = {entry.index: entry for entry in entries}
    for index in cites:
        signature = by_index[index].fact.body.get("signature")
        if index in signed.faults:
            return missing(f"fact {index}: {signed.faults[index]}", *cites)
        if isinstance(signature, dict) and not all(signature.get(name) for name in TOLD):
            return missing(f"fact {index}: its signature lacks a name, a time or a meaning", *cites)
    return met(f"{len(cites)} signed facts, each with name, time and meaning", *cites)


signatures_tell_why = Proof(asks="Do signatures say who, when and why?", prove=prove)
