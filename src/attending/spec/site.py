"""A site: a hospital or clinic, and its units."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import PLACE, Text

Score = Annotated[int, msgspec.Meta(ge=0, le=4)]


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where care is given. Scores (0 to 4) rank sites for a rollout's order."""

    kind: Literal["Site"]
    name: Annotated[Text, msgspec.Meta(description="what waves, files and gateways call it")]
    title: Annotated[Text, msgspec.Meta(description="the name people know it by")]
    units: tuple[Text, ...] = ()
    timezone: Text = "UTC"
    strategic_value: Score = 2
    readiness: Score = 2
    patient_need: Score = 2
    attributes: dict[str, str] = {}
    jurisdiction: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=PLACE, description="whose law holds there, such as US-NC or EU-DE"
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    data_stays_in: (
        Annotated[
            tuple[Annotated[str, msgspec.Meta(pattern=PLACE)], ...],
            msgspec.Meta(
                min_length=1,
                description="where data of this site may be kept or sent, such as US or EU-DE; "
                "anywhere where nothing is said",
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
