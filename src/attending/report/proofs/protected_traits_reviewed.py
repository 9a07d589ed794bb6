"""Was it asked of each protected trait whether the tool's inputs measure it?

Reads: the tool's last row in the inventory: race, color, national origin, sex, age, disability,
each `direct`, `proxy` or `none`, and the date of the review. It does not look at the inputs.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attending.report.inventory_row import TRAITS, tool_row
from attending.report.proof import Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Find the tool's row, with all six answered and reviewed lately enough."""
    row = tool_row(wanted)
    if row is None:
        there = () if wanted.specs is None else (wanted.specs.index,)
        return missing("the inventory holds no row of this tool", *there)
    open_ = [t for t in TRAITS if row.fact.body.get(t) not in ("direct", "proxy", "none")]
    if open_:
        return missing(f"not known: {', '.join(open_)}".replace("_", " "), row.index)
    on = str(row.fact.body.get("protected_reviewed_on") or "")
    if not on or not _is_young(on, wanted):
        return missing(f"last reviewed: {on or 'never'}", row.index)
    return met(f"all six, reviewed on {on}", row.index)


def _is_young(on: str, wanted: Wanted) -> bool:
    """Tell whether a review is as young as the rule wants; a date that is none is not."""
    try:
        age = date.fromisoformat(wanted.date) - date.fromisoformat(on[:10])
    except ValueError:
        return False
    return wanted.fresh_days is None or age.days <= wanted.fresh_days


protected_traits_reviewed = Proof(asks="Is it known which protected traits it reads?", prove=prove)
