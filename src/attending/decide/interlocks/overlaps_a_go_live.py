"""Another AI has just gone live at one of the plan's sites.

Reads: receipts of other use cases. A site takes in one new tool at a time: within seven
days of one go-live there, nothing else is widened, or nobody could tell what caused what.

It does not tell of changes that the platform did not make, such as an EHR upgrade: write
those down as a freeze.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

APART = 7  # days


def trips(scene: Scene) -> Iterator[str]:
    """Name each go-live that is too near."""
    going = {change.site for change in scene.widened()}
    for other in scene.elsewhere:
        near = scene.day - other.day < APART  # a loop's day is over; theirs may be today
        if near and other.site in going and other.use_case != scene.plan.use_case:
            yield f"{other.use_case} went live at {other.site} on day {other.day}"


overlaps_a_go_live = Interlock(
    sentence="another AI went live at the same site within the week",
    trips=trips,
)
