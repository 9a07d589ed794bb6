"""Did it answer silently for long enough somewhere, before anything was shown?

Reads: receipts of plans that opened a site silently. Args: `weeks`. The time runs to the day of
what is judged. It does not tell what was found in that time; gates do.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.plan import Change
from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Find the first receipt that opened a site silently, long enough ago."""
    if wanted.specs is None:
        return UNDECLARED
    weeks, day = wanted.number("weeks", 1), date.fromisoformat(wanted.date)
    for entry in wanted.entries("receipt/1"):
        changes = shapes.convert(entry.fact.body["changes"], list[Change])
        sites = sorted({c.site for c in changes if c.mode[1] == "silent" and c.mode[0] == "off"})
        if not sites:
            continue
        lasted = (day - date.fromisoformat(entry.fact.at[:10])).days
        said = f"at {', '.join(sites)} since {entry.fact.at[:10]}, {lasted} days of {weeks * 7}"
        if lasted >= weeks * 7:
            return met(said, entry.index, wanted.specs.index)
        return missing(said, entry.index, wanted.specs.index)
    return missing("it was never opened silently", wanted.specs.index)


silent_first = Proof(asks="Did it answer silently first?", prove=prove)
