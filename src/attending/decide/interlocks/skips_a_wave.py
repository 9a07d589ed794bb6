"""The plan opens a wave while one before it has not been opened.

Reads: the rollout's order of waves, and the waves the standing knows to be open. It also
trips on a plan that goes live without naming a wave of the rollout.

It does not tell whether the waves before have proven anything: see `unsettled_gate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each wave that would be passed over."""
    wave = scene.wave()
    if wave is None:
        if scene.widened():
            yield f"no wave {scene.plan.wave!r} in the rollout"
        return
    before = scene.rollout.waves[: scene.rollout.waves.index(wave)]
    for each in before:
        if each.name not in scene.standing.waves:
            yield f"wave {each.name} is not open"


skips_a_wave = Interlock(
    sentence="it opens a wave before those that come first",
    trips=trips,
)
