"""The plan widens use on a day of the rollout's freeze.

Reads: the rollout's go-live calendar and today's date. Holding and suspending always
work; only widening waits.

It does not tell of freezes that nobody wrote down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name the freeze that today lies in."""
    if not scene.widened():
        return
    for freeze in scene.rollout.freezes:
        if freeze.starts <= scene.date <= freeze.ends:
            yield f"{freeze.starts} to {freeze.ends}: {freeze.reason}"


inside_a_freeze = Interlock(
    sentence="today lies in a freeze",
    trips=trips,
)
