"""The diary of a simulated year: on which day what happens, and what is true of it.

Kept by whoever does a thing, from what they did and from what a clinician sees; nothing of it is
ever told to the platform.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SITES = ("Alder", "Birch", "Elm")


@dataclass(frozen=True)
class Calendar:
    """On which day of the year what happens."""

    days: int = 365
    approval_days: int = 200
    first: int = 6
    declined: int = 20
    found: int = 30
    hold: int = 40
    late: int = 50
    suspend: int = 70
    again: int = 90
    harm: int = 100
    second: int = 160
    stop: int = 240
    paper: int = 3
    view: int = 16
    rotate: int = 55
    outage: int = 56
    incident: int = 110
    erase: int = 180


SHORT = Calendar(
    days=105, approval_days=45, first=6, declined=9, found=12, hold=14, late=20, suspend=26,
    again=32, harm=36, second=50, stop=75, paper=3, view=16, rotate=38, outage=24, incident=44,
    erase=60,
)  # fmt: skip


@dataclass
class Diary:
    """What is true; nothing of it is ever told to the platform.

    Attributes
    ----------
    calls
        Every call: tool, site, user, day, what had to become of it, release, and the card.
    responses
        What was said about cards, in order: card, word, code.
    live
        Intervals in which a tool showed output: tool, site, release, from, to, and how often.
    orders, decisions, declared
        What people said, with the moment.
    unapproved
        Planted: tool, site, release and from when it was in use with no approval.
    retired
        Releases that others took the place of: tool, site, release and when.
    limits
        Where a tool was stopped for the harm that is planted, and when.
    marks
        Moments at which it was noted how every place stood.
    tools
        Rows of the inventory as its keeper last wrote them, by tool.
    views
        Who looked at what was shown, and what somebody else found.
    incidents
        What went wrong: how bad, where, what was done about it, and its clocks.
    keys
        Keys by which the EHR signs: thumbprint, from when, to when.
    sheets
        When the inventory's sheet was handed in.
    parked
        Feedback that named no card: tool, site and when.
    rules, holds, erasures
        What the keeper of records adopted, held and had erased.
    surprises
        What a gateway did that it should not have.

    """

    calls: list[dict[str, Any]] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)
    live: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    declared: list[dict[str, Any]] = field(default_factory=list)
    unapproved: list[dict[str, Any]] = field(default_factory=list)
    retired: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    tools: dict[str, dict[str, str]] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    parked: list[dict[str, Any]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)
    erasures: list[dict[str, Any]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)


def when(reply: dict[str, Any]) -> dict[str, Any]:
    """Give the moment of a reply, and how many facts there were then."""
    return {"at": reply["at"], "facts": reply["facts"]}
