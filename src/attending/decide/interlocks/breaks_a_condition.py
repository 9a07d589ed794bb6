"""The plan widens use while a condition that a committee set is broken.

Reads: the conditions of every decision, as they were last judged. What is broken stays so
until a later decision closes it: no better figures, no edit of a spec and no lifted
suspension mends it.

It does not tell of conditions that are not due yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each broken condition."""
    if not scene.widened():
        return
    for name, held in scene.standing.governed.of_state("broken").items():
        yield f"{name}: {held.because}"


breaks_a_condition = Interlock(
    sentence="a condition set by the committee is broken",
    trips=trips,
)
