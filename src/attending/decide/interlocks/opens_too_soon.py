"""The wave before has not been open for its minimum of days.

Reads: the day the wave before was opened, and its `minimum_days`. Harm that takes weeks
to show cannot have shown in days, however many cases there were.

It does not tell whether anything was measured in that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Tell how many days are missing."""
    wave = scene.wave()
    place = scene.rollout.waves.index(wave) if wave is not None else 0
    if wave is None or place == 0 or wave.name in scene.standing.waves:
        return
    before = scene.rollout.waves[place - 1]
    opened = scene.standing.waves.get(before.name)
    if opened is not None and scene.day - opened < before.minimum_days:
        yield f"wave {before.name} opened on day {opened}; {before.minimum_days} days are wanted"


opens_too_soon = Interlock(
    sentence="the wave before has not been open long enough",
    trips=trips,
)
