"""A committee: who decides, and how many of whom it takes."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One member; a vendor's representative never votes."""

    person: str
    roles: tuple[str, ...]
    units: tuple[str, ...] = ()
    voting: bool = True


class Quorum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many must be there before anything can be decided."""

    voting: Annotated[int, msgspec.Meta(ge=1)]
    practicing_from_affected_unit: Annotated[int, msgspec.Meta(ge=0)] = 1


class Committee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who decides on use cases here."""

    kind: Literal["Committee"]
    name: str
    title: str
    members: Annotated[tuple[Member, ...], msgspec.Meta(min_length=1)]
    quorum: Quorum
    majority: Literal["simple", "two_thirds"] = "simple"
    meets: str = "second Tuesday of the month"
    packet_closes_days: int = 7
