"""Nobody answers for the tool any more.

Reads: the use case's owner after launch, the owners of its monitoring rows, and the
people of whom the platform was told that they have left. A number that nobody looks at
is not watched, and a tool that nobody answers for does not grow.

It does not tell whether a named owner still has the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name who has left, and what was theirs."""
    if not scene.widened():
        return
    gone, use_case = scene.standing.departed, scene.use_case
    if use_case.after_launch.owner in gone:
        yield f"{use_case.after_launch.owner} owned it and has left"
    for row in use_case.monitoring:
        if row.owner in gone:
            yield f"{row.owner} watched {row.metric} and has left"


lacks_an_owner = Interlock(
    sentence="it has no living owner",
    trips=trips,
)
