"""Is every metric that is watched being judged, lately enough?

Reads: the last daily decision of the loops. A rule says how many days old it may be. Before the
first answer is given anywhere there is nothing to watch, and it does not apply. It does not
tell whether an owner looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, Proved, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Wanted


def prove(wanted: Wanted) -> Proved:
    """Find a daily decision that is fresh enough."""
    if wanted.specs is None:
        return UNDECLARED
    rows = wanted.specs.documents.use_case.monitoring
    started = next((e for e in wanted.entries("receipt/1") if e.fact.body["changes"]), None)
    last = wanted.last("decided/1")
    if last is not None:
        said = f"{len(rows)} rows are watched, and day {last.fact.body['day']} was judged"
        return met(said, last.index, wanted.specs.index)
    if started is None:
        return Proved("not_applicable", "nothing has been opened anywhere", (wanted.specs.index,))
    return missing("no day has been judged lately", wanted.specs.index, started.index)


monitored = Proof(asks="Is it being judged, day by day?", prove=prove)
