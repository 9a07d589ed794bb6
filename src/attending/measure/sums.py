"""The one way cases become additive sums, so that every metric counts the same cases."""

from __future__ import annotations

from typing import Any

KEYS = ("use_case", "site", "subgroup", "arm", "evidence_day")


def yes_or_no(cases: Any) -> Any:
    """Sum a yes-or-no outcome: N is the event, D is one for every case that is known."""
    known = cases.known.cast("int64")
    y = cases.y * known
    return cases.group_by(list(KEYS)).aggregate(
        n=known.sum(),
        sn=y.sum(),
        sd=known.sum(),
        snn=y.sum(),
        snd=y.sum(),
        sdd=known.sum(),
        n_missing=(1 - known).sum(),
        n_partly=(cases.partly.cast("int64") * known).sum(),
    )
