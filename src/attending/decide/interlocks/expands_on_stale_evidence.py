"""The last matured case behind a gate is too old.

Reads: the last evidence day of each gate's metric at each site the step rests on, and the
`fresh_days` of the rollout's `evidence_fresh` gate for the same outcome (default 7). A
gate that was met on cases of last month is not met by them today.

It does not tell whether there were enough cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import FRESH_DAYS, Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each metric and site whose last matured case is too old, or missing."""
    days = {g.of: g.fresh_days for g in scene.rollout.gates if g.fresh_days is not None}
    asked = dict.fromkeys((f"{g.metric}/{g.of}", g.of) for g in scene.rollout.gates)
    for site in scene.proof_sites():
        for metric, of in asked:
            last = scene.report(metric, site).last_on
            if last is None:
                yield f"{metric} at {site}: no case has matured"
            elif scene.day - last > days.get(of, FRESH_DAYS):
                yield f"{metric} at {site}: the last case matured {scene.day - last} days ago"


expands_on_stale_evidence = Interlock(
    sentence="the evidence it rests on is not fresh",
    trips=trips,
)
