"""A rule that binds here is not met, and the plan would show more to more people.

Reads: the rules of every rulebook in force today that may block, each with what its proof found
among the ledger's facts. Only a rule read in its own text, or confirmed by a compliance officer
here, may block; all others are told in the plan and forbid nothing. What the platform cannot
show yet forbids nothing either.

It does not tell whether the law is kept: that is for people, and nothing here is legal advice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each rule that is not met, its version, and what is missing."""
    if not scene.widened():
        return
    for each in scene.unmet("block"):
        yield f"{each.name} {each.version}: {each.because}"


duty_missing = Interlock(
    sentence="a rule that binds here is not met",
    trips=trips,
)
