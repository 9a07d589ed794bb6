"""The plan widens use while the rollout is held.

Reads: the holds that stand, whoever called for them, and cautions and gates that are
crossed today and have not been answered. A hold takes effect with its fact: it needs no
plan and no receipt of its own to forbid every other.

It does not tell whether holding was right; a named person resumes, with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each hold, and each crossing that nobody has answered yet."""
    if not scene.widened():
        return
    for hold in scene.standing.holds.values():
        yield f"held ({hold.cause}) at {hold.scope}: {hold.because}"
    for verdict in scene.verdicts:
        named = f"{verdict.listed}/{verdict.rule}/{verdict.metric}/{verdict.scope}"
        crossed = verdict.listed != "safety_limit" and "not_met" in (verdict.word, verdict.settled)
        if crossed and named not in scene.standing.answered:
            yield f"{verdict.rule} is crossed at {verdict.scope}: {verdict.because}"


expands_while_held = Interlock(
    sentence="the rollout is held",
    trips=trips,
)
