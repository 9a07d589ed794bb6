"""What a use case owes, and how far it is kept: compiled from rulebooks, never typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from attending.facts.plan import Required

Force = Literal["inform", "warn", "block"]

Checked = Literal["V", "V2", "M"]

Review = Literal["registration", "fast_track", "full"]

NOT_AVAILABLE = "not available"

Kept = Literal["met", "missing", "not_applicable", "not_yet"]


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A time that runs: under which rule, from what, how long, and by which calendar."""

    rule: str
    start: str
    limit: str
    calendar: Literal["days", "business_days", "hours"]


class Duties(msgspec.Struct, frozen=True, kw_only=True):
    """What rules that apply add up to.

    Attributes
    ----------
    evidence
        The queries that must find something.
    sign_offs
        Who must sign before anything goes live, the most that any rule asks of a role.
    silent_weeks
        How long it answers silently first.
    subgroups
        The groups to be compared.
    explanation
        Whether its answers must be explained where they are shown.
    disclosures
        What patients must be told.
    clocks
        Times that run.
    review
        How a committee takes it: all of it, the short way, or only for the record.

    """

    evidence: tuple[str, ...] = ()
    sign_offs: tuple[Required, ...] = ()
    silent_weeks: int = 0
    subgroups: tuple[str, ...] = ()
    explanation: bool = False
    disclosures: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = ()
    review: Review = "registration"


@dataclass(frozen=True)
class Checkup:
    """One rule held against the facts.

    Attributes
    ----------
    book, version, rule
        Which rule, of which version.
    duty, section
        What it asks, and where its source says so.
    kept
        What was found; `because` in a sentence.
    cites
        Ledger indexes of the facts that say so.
    force
        What it may do here; `checked` is how well its source was read.
    is_sure
        Whether it is known to apply; where it is not, it can warn and never block.
    is_confirmed
        Whether a compliance officer here has read it in its own text.
    shown
        What is written, where the rule asks that something be told.

    """

    book: str
    version: str
    rule: str
    duty: str
    section: str
    kept: Kept
    because: str
    cites: tuple[int, ...]
    force: Force
    checked: Checked
    is_sure: bool = True
    is_confirmed: bool = False
    shown: str = ""

    @property
    def name(self) -> str:
        """Give the rule's full name."""
        return f"{self.book}/{self.rule}"

    @property
    def word(self) -> str:
        """Say how it stands; of what nobody read in its own text, only that."""
        if self.shown == NOT_AVAILABLE:
            return NOT_AVAILABLE
        if self.checked == "M" and not self.is_confirmed:
            return "not verified"
        return self.kept.replace("_", " ")
