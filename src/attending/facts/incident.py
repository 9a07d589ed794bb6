"""What goes wrong, and what is done about it: incidents, their clocks and corrections (G8)."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "unexpected_behavior",
    "wrong_output",
    "data_breach",
    "outage",
    "bias",
    "over_reliance",
    "clinician_concern",
    "vendor_change",
]

State = Literal["open", "contained", "fixed", "checked", "closed"]

Cause = Literal[
    "model",
    "data",
    "workflow",
    "training",
    "interface",
    "infrastructure",
    "vendor",
    "configuration",
    "not_known",
]

STOPS_AT = 2  # a severity of 1 or 2 suspends

SEVERITIES = {
    1: "a patient died or was seriously harmed",
    2: "a patient was harmed, or serious harm was likely",
    3: "somebody could have been harmed",
    4: "an effect that nobody expected, without harm",
}


def stops(severity: int) -> bool:
    """Tell whether an incident of a severity suspends."""
    return severity <= STOPS_AT


class Clock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A deadline that runs, with all it takes to compute its end again.

    Attributes
    ----------
    rule, version, title, jurisdiction
        Which rule, as it was in force on the day of the event.
    checked, can
        How well the rule's text was checked, and what it may do.
    started_at, zone
        When it began, in UTC, and where days begin and end.
    limit, unit, closes_at
        How long it runs; a business day ends at this local time.
    calendar, holidays, known_from, known_to
        Whose days off count, those that matter here, and the first and last day that is known.
    due_at
        The end as computed when it began; None where the calendar does not reach so far.
    paused
        From when to when it stood still; no end where it still does.
    met_at
        When what it asks for was done.

    """

    rule: str
    version: str
    title: str
    jurisdiction: str
    checked: Literal["V", "V2", "M"]
    can: Literal["inform", "warn"]
    started_at: str
    zone: str
    limit: int
    unit: Literal["hours", "calendar_days", "business_days"]
    closes_at: str = "17:00"
    calendar: str = ""
    holidays: tuple[str, ...] = ()
    known_from: str = ""
    known_to: str = ""
    due_at: str | None = None
    paused: tuple[tuple[str, str | None], ...] = ()
    met_at: str | None = None


class FoundBy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who found it: a loop, a vendor, or a person, who may stay unnamed but for a role."""

    source: Literal["loop", "person", "vendor"]
    role: str = ""
    site: str = ""
    person: str = ""

    @property
    def told(self) -> str:
        """Say who found it, as people read it.

        >>> FoundBy(source="person", role="clinician", site="Elm").told
        'a clinician at Elm'
        """
        if self.person or self.source == "loop":
            return self.person or "the platform"
        who = self.role.replace("_", " ") or self.source
        article = "an" if who[:1] in "aeiou" else "a"
        return f"{article} {who}{f' at {self.site}' if self.site else ''}"


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """Which answers it may have touched: a question to the ledger, and not their keys."""

    sites: tuple[str, ...]
    releases: tuple[str, ...]
    from_on: str
    displays: tuple[str, ...] = ("shown",)


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that went wrong or nearly did, as it was opened.

    Attributes
    ----------
    incident
        Its name.
    kind, severity
        Of what kind, and how bad: 1 is worst.
    use_case, sites, releases
        What it is about, and where.
    found_by
        Who found it.
    began_on, known_at
        The day it began, and when it was known.
    affected
        Which answers it may have touched.
    what
        Digest of what was written about it.
    death, widespread
        Whether somebody died; whether it is not of one place alone.
    orders
        Keys of the orders to suspend that came with it.
    plan
        Digest of the plan that suspended before anybody reported it.
    clocks, no_clocks
        The deadlines that it starts; and why none could be started, where that failed.

    """

    incident: str
    kind: Kind
    severity: int
    use_case: str
    sites: tuple[str, ...]
    releases: tuple[str, ...] = ()
    found_by: FoundBy
    began_on: str
    known_at: str
    affected: Affected
    what: str = ""
    death: bool = False
    widespread: bool = False
    orders: tuple[str, ...] = ()
    plan: str = ""
    clocks: tuple[Clock, ...] = ()
    no_clocks: str = ""

    @property
    def stops(self) -> bool:
        """Tell whether it suspends."""
        return stops(self.severity)


class Corrective(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be done so that it does not happen again.

    Attributes
    ----------
    action
        Its number in the incident.
    what, owner, due
        Digest of what was written, who does it, and by which date.
    check
        The condition that shows whether it worked; empty where none is named yet.

    """

    incident: str
    action: int
    what: str
    owner: str
    due: str
    check: str = ""


class Regraded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`severity/1`: an incident is worse than was said, or not so bad.

    Attributes
    ----------
    severity, was
        How bad it is, and what stood until then.
    why
        Digest of the reason.
    orders, clocks
        Keys of the orders to suspend that came with it, and the deadlines that it starts.
    no_clocks
        Why none could be started, where that failed.

    """

    incident: str
    severity: int
    was: int
    why: str
    orders: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = ()
    no_clocks: str = ""
