"""The plan widens use and no committee has approved it, or the approval has run out.

Reads: the last decision on this use case and release, and today's date. To go live, to reach a
larger share, more users or another site, and to come back live after a suspension wait for
`approved` or `approved with conditions`. The last word counts: a later re-review or refusal
ends an approval. Answering silently waits for nobody: nothing is shown, and it is how the
evidence comes about that a committee decides on. A tool of the low tier waits for no vote where
every committee here says that its row in the inventory is enough, and that tier is on record.

It does not tell whether what was approved is wise, nor judge conditions, which is asked apart.
A replay of a recorded tool opens its first wave without it: the tool was in use already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Say what is wanting of an approval, for each release that the plan widens."""
    for release in sorted({change.release[1] or "" for change in scene.widened()}):
        wanting = scene.standing.governed.unapproved(release, scene.date)
        if wanting is not None and not _is_registration_enough(scene, release):
            yield wanting


def _is_registration_enough(scene: Scene, release: str) -> bool:
    """Tell whether no vote was ever wanted; a word that a committee has said is never undone."""
    return release not in scene.standing.governed.decisions and scene.registered()


not_approved = Interlock(
    sentence="no committee's approval is in force",
    trips=trips,
)
