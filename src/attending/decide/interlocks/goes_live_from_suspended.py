"""The plan shows output where it is suspended.

Reads: the standing, never the plan's own account of it. A place is suspended when it, or
the whole site around it, is. `lift` leads to `silent` and no further, by a named person
with a reason; only then can a new plan go live.

It does not tell why it was suspended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each suspended place that would change other than by lifting."""
    lifts = any(o.verb == "lift" and o.key == scene.plan.answers for o in scene.standing.orders)
    for change in scene.plan.changes:
        if not scene.standing.is_suspended(change.site, change.unit):
            continue
        is_lifted = lifts and change.mode[1] == "silent"
        if change.mode[1] != "suspended" and not is_lifted:
            yield f"{change.site} {change.unit} is suspended; the plan makes it {change.mode[1]}"


goes_live_from_suspended = Interlock(
    sentence="what is suspended stays so until a named person lifts it",
    trips=trips,
)
