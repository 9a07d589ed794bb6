"""Conditions as people propose them to a committee: to show, to keep, or to do something."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Due, Name, Text


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose cases are read: those of some sites (all of the rollout's when left out)."""

    sites: tuple[str, ...] = ()
    subgroup: str = "all"


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What volume is expected, where none has been seen yet."""

    cases_a_day: Annotated[float, msgspec.Meta(gt=0)]
    event_share: Annotated[float, msgspec.Meta(gt=0, le=1)]


class Show(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A metric that must be shown to be no worse than a floor, by the day it is due."""

    metric: Annotated[str, msgspec.Meta(description="the number it rests on")]
    of: str = ""
    scope: Scope = Scope()
    better: Literal["lower", "higher"] | None = None
    floor: Annotated[float, msgspec.Meta(description="the worst value that is acceptable")]
    goal: Annotated[float, msgspec.Meta(description="the value that is promised")]
    expected: Expected | None = None


class Keep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A metric that must not be shown to be beyond its limit, from the day after on."""

    metric: Annotated[str, msgspec.Meta(description="the number it rests on")]
    of: str = ""
    scope: Scope = Scope()
    better: Literal["lower", "higher"] | None = None
    floor: Annotated[float, msgspec.Meta(description="the worst value that is acceptable")]
    goal: float | None = None
    stop_line: float | None = None


class Do(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fact that must come by the day it is due, and what it must hold."""

    fact: Annotated[str, msgspec.Meta(description="its type, such as resume/1")]
    where: dict[str, str] = {}


class Proposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One condition, before anybody has voted; exactly one of `show`, `keep` and `do`."""

    id: Annotated[Name, msgspec.Meta(description="what packets and plans call it")]
    owner: Annotated[Text, msgspec.Meta(description="who sees to it")]
    effect: Annotated[
        Literal["hold", "suspend"],
        msgspec.Meta(description="what happens when it is broken"),
    ] = "hold"
    due: Due | None = None
    closes: Literal["on_met", "never"] = "on_met"
    show: Show | None = None
    keep: Keep | None = None
    do: Do | None = None


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that one file proposes."""

    conditions: Annotated[
        tuple[Proposed, ...],
        msgspec.Meta(min_length=1, description="what is proposed, as a list"),
    ]


class Voted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person's vote at a meeting that was held elsewhere."""

    person: Text
    choice: Literal["approve", "approve_with_conditions", "re_review", "decline", "abstain"]


class MeetingHeld(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A meeting whose votes are entered at once, as before a replay's first day."""

    meeting: Annotated[Text, msgspec.Meta(description="what the meeting is called")]
    committee: str = ""
    chair: Annotated[Text, msgspec.Meta(description="who closes the item")]
    votes: Annotated[tuple[Voted, ...], msgspec.Meta(min_length=1)]
    conditions: tuple[Proposed, ...] = ()
