"""Deadlines and holiday calendars as people write them: data with a source, never code."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Date, Name, Text

Unit = Literal["hours", "calendar_days", "business_days"]

Checked = Literal["V", "V2", "M"]


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One holiday: its own day, and the day on which nobody works for it."""

    day: Date
    observed: Date
    name: Text


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The days that are no business days, besides Saturdays and Sundays; known for some years."""

    kind: Literal["Calendar"]
    name: Name
    version: Text
    title: Text
    source: Text
    checked: Checked
    from_on: Date
    to_on: Date
    holidays: tuple[Holiday, ...]


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which incidents start a clock; what is left out does not matter."""

    kinds: tuple[str, ...] = ()
    severity_at_most: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4
    death: bool = False
    widespread: bool = False


class ClockRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One deadline: what starts it, how long it runs, and how well its text was checked.

    A rule that was not checked at its source, or is only proposed, can do no more than inform.
    """

    id: Name
    version: Text
    title: Text
    jurisdiction: Text
    starts: Literal["incident", "authorization", "outcome", "notice"]
    when: When = When()
    limit: Annotated[int, msgspec.Meta(ge=1)]
    unit: Unit
    calendar: str = ""
    closes_at: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "17:00"
    checked: Checked
    status: Literal["proposed", "final", "superseded"] = "final"
    force: Literal["inform", "warn"] = "inform"
    in_force_from: Date
    in_force_to: Date | None = None
    source: Text

    @property
    def can(self) -> Literal["inform", "warn"]:
        """Give what it may do, whatever it claims."""
        return "inform" if self.checked == "M" or self.status == "proposed" else self.force

    def in_force(self, on: str) -> bool:
        """Tell whether it is in force on a date."""
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)


class ClockRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Deadlines, each in all its versions."""

    kind: Literal["ClockRules"]
    name: Name
    rules: Annotated[tuple[ClockRule, ...], msgspec.Meta(min_length=1)]
