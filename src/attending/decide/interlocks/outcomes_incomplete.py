"""Too few of the matured outcomes behind a gate are known.

Reads: matured and known cases of each gate's metric at each site the step rests on. Below
95 in 100 (contract C3) the missing ones could carry the answer.

It does not tell why they are missing, nor whether they are like the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPLETE_IN_100 = 95


def trips(scene: Scene) -> Iterator[str]:
    """Name each metric and site where too much is missing."""
    asked = dict.fromkeys(f"{g.metric}/{g.of}" for g in scene.rollout.gates)
    for site in scene.proof_sites():
        for metric in asked:
            seen = scene.report(metric, site)
            if 100 * seen.known < COMPLETE_IN_100 * seen.matured:
                yield f"{metric} at {site}: {seen.known} of {seen.matured} cases could be counted"


outcomes_incomplete = Interlock(
    sentence="too many cases behind it could not be counted",
    trips=trips,
)
