"""Is it written down what is done about each protected trait the tool reads, or stands in for?

Reads: the tool's last row in the inventory, and its mitigation. It does not tell whether that
works; comparing subgroups does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.inventory_row import TRAITS, tool_row
from attending.report.proof import Proof, Proved, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Wanted


def prove(wanted: Wanted) -> Proved:
    """Find the tool's row, and a mitigation where a trait is read."""
    row = tool_row(wanted)
    if row is None:
        there = () if wanted.specs is None else (wanted.specs.index,)
        return missing("the inventory holds no row of this tool", *there)
    read = [t for t in TRAITS if row.fact.body.get(t) in ("direct", "proxy")]
    if not read and all(row.fact.body.get(t) == "none" for t in TRAITS):
        return Proved("not_applicable", "it reads none of the six", (row.index,))
    if not str(row.fact.body.get("mitigation") or "").strip():
        return missing("no mitigation is written down", row.index)
    return met("a mitigation is written down", row.index)


protected_traits_mitigated = Proof(
    asks="Is something done about the protected traits it reads?", prove=prove
)
