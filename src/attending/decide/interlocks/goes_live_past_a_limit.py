"""The plan widens use in a scope whose safety limit stands crossed.

Reads: every safety limit, judged again today. One that nobody has answered forbids every
expansion. One that was answered and lifted still forbids going live in its own scope: the
evidence that crossed it has not gone away. A new release brings new evidence.

It does not tell how bad it was; the verdict does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene
from attending.spec.budget import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each crossed limit that the plan would pass."""
    going = {change.site for change in scene.widened()}
    if not going:
        return
    pools = {pool.name: {*pool.sites} for pool in scene.rollout.pools}
    for verdict in scene.verdicts:
        crossed = "not_met" in (verdict.word, verdict.settled)
        if verdict.listed != "safety_limit" or not crossed:
            continue
        named = f"{verdict.listed}/{verdict.rule}/{verdict.metric}/{verdict.scope}"
        inside = pools.get(verdict.scope, {verdict.scope})
        answered = named in scene.standing.answered
        if not answered or verdict.scope == EVERYWHERE or going & inside:
            yield f"{verdict.rule} at {verdict.scope}: {verdict.because}"


goes_live_past_a_limit = Interlock(
    sentence="a safety limit is crossed there",
    trips=trips,
)
