"""A field that the tool reads is filled at the pilot, and not where it would go live.

Reads: the last data checks of the columns that the use case reads. Where 95 % of the pilot's
rows hold something and fewer than 80 % do at a site that goes live, the tool would answer
there from what it was never tried on. A column that is not connected there holds next to
nothing, and counts so. Where the values are declared, a row that holds another counts as one that
holds nothing the tool can read.

It does not tell of fields that nobody checks, nor of what is filled with something else where no
values are declared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.interlock import Interlock, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator


def trips(scene: Scene) -> Iterator[str]:
    """Name each field and site."""
    pilot = scene.rollout.waves[0].sites
    looked_at = scene.standing.looked_at
    for site in dict.fromkeys(change.site for change in scene.widened()):
        for missing in looked_at.missing(scene.plan.use_case, pilot=pilot, site=site):
            yield str(missing)


field_missing_here = Interlock(
    sentence="a field it reads is filled at the pilot and not here",
    trips=trips,
)
