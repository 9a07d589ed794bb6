"""A committee: who decides, and how many of whom it takes."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Text


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One member; a vendor's representative never votes."""

    person: Annotated[Text, msgspec.Meta(description="who it is, by name or post")]
    roles: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="in which roles this person signs, as a list"),
    ]
    units: tuple[Text, ...] = ()
    voting: bool = True


class Quorum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many must be there before anything can be decided."""

    voting: Annotated[int, msgspec.Meta(ge=1, description="how many voting members must be there")]
    practicing_from_affected_unit: Annotated[int, msgspec.Meta(ge=0)] = 1


class FastTrack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many must speak where the tier asks for no full review; who practices there always."""

    voting: Annotated[int, msgspec.Meta(ge=1, description="how many voting members must speak")]
    practicing_from_affected_unit: Annotated[int, msgspec.Meta(ge=1)] = 1


class Committee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who decides on use cases here."""

    kind: Literal["Committee"]
    name: Annotated[Text, msgspec.Meta(description="what decisions call it")]
    title: Annotated[Text, msgspec.Meta(description="the name people know it by")]
    members: Annotated[
        tuple[Member, ...],
        msgspec.Meta(min_length=1, description="who decides; without members nobody can"),
    ]
    quorum: Annotated[
        Quorum,
        msgspec.Meta(description="how many must be there before a decision stands"),
    ]
    majority: Literal["simple", "two_thirds"] = "simple"
    meets: Text = "second Tuesday of the month"
    packet_closes_days: Annotated[int, msgspec.Meta(ge=0)] = 7
    approval_days: Annotated[
        int,
        msgspec.Meta(ge=1, description="for how many days an approval stands"),
    ] = 365
    fast_track: (
        Annotated[
            FastTrack,
            msgspec.Meta(description="the quorum for a tier that asks for no full review"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    registration_only: (
        Annotated[
            bool,
            msgspec.Meta(
                description="true if the low tier needs a row in the inventory and no vote"
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
