"""What may be forgotten, and why the rest may not: a fold over facts, and no clock but the day.

A rule either keeps (a floor) or erases (a schedule). What a schedule covers is due when its
time is over, and is blocked while a longer floor runs, a legal hold reaches it, it is still in
effect, its release is still in use, or a decision in force rests on it. What the fold cannot
date it calls still in effect: when in doubt, nothing is erased.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.evidence import Agreed, Asked, LegalHold, Rule, Rules
from attending.facts.in_effect import EVER, in_effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attending.facts.entry import Entry
    from attending.facts.fact import Fact
    from attending.facts.in_effect import InEffect

# What accounts for erasures, and what forbade them: without these a gap has no reason.
NEVER = frozenset(
    {"erasure/1", "erasure_asked/1", "erasure_agreed/1", "legal_hold/1", "retention_rules/1"}
)
GOVERNING = frozenset({"packet/1", "vote/1", "recusal/1", "decision/1"})
NAME_DIGITS = 64  # of a payload: a SHA-256 in hexadecimal


@dataclass(frozen=True)
class Due:
    """One fact whose time is over under a schedule.

    Attributes
    ----------
    rule, index
        Which schedule, and which fact.
    since
        The day after its last.
    blocked
        Why it may not be erased all the same; empty where it may.
    names
        What may be names of payloads in it.

    """

    rule: str
    index: int
    since: str
    blocked: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Keeping:
    """What people said about keeping and erasing.

    Attributes
    ----------
    rules
        Those in force; None before any were adopted.
    holds
        Legal holds that are not lifted, by name, each with the fact that placed it.
    asked
        Erasures that were asked for, by digest: what, who, and the fact.
    agreed
        Who agreed to them, by digest.

    """

    rules: Rules | None = None
    holds: Mapping[str, tuple[LegalHold, int]] = field(default_factory=dict)
    asked: Mapping[str, tuple[Asked, str, int]] = field(default_factory=dict)
    agreed: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def after(self, entry: Entry) -> Keeping:
        """Take one fact in."""
        fact, index = entry.fact, entry.index
        match fact.type:
            case "retention_rules/1":
                return replace(self, rules=shapes.convert(fact.body, Rules))
            case "legal_hold/1":
                hold = shapes.convert(fact.body, LegalHold)
                holds = {name: each for name, each in self.holds.items() if name != hold.hold}
                placed = {hold.hold: (hold, index)} if hold.state == "placed" else {}
                return replace(self, holds=holds | placed)
            case "erasure_asked/1":
                asked = shapes.convert(fact.body, Asked)
                told = (asked, fact.by.person, index)
                return replace(self, asked={**self.asked, asked.digest: told})
            case "erasure_agreed/1":
                digest = shapes.convert(fact.body, Agreed).digest
                return replace(self, agreed={**self.agreed, digest: (fact.by.person, index)})
        return self


def keeping(entries: Iterable[Entry]) -> Keeping:
    """Fold what people said about keeping and erasing."""
    folded = Keeping()
    for entry in entries:
        folded = folded.after(entry)
    return folded


def due(entries: Sequence[Entry], kept: Keeping, today: str) -> list[Due]:
    """Give every fact whose time is over under a schedule, and whether it may be erased.

    Parameters
    ----------
    entries
        All facts, in order; those erased are not among them.
    kept
        The rules and holds.
    today
        The date it is, in UTC.

    """
    rules = kept.rules.rules if kept.rules is not None else ()
    schedules = [rule for rule in rules if rule.duty == "erase"]
    floors = [rule for rule in rules if rule.duty == "keep"]
    effect = in_effect(entries, today)
    found = []
    for entry in entries:
        for rule in schedules:
            over = _over(entry, rule, effect)
            if over is not None and over < today:
                blocked = _blocked(entry, rule, kept, floors, effect=effect, today=today)
                found.append(Due(rule.rule, entry.index, over, blocked, names_in(entry.fact)))
    return found


def names_in(fact: Fact) -> tuple[str, ...]:
    """Give the texts in a fact that may be names of payloads."""
    return tuple(sorted({text for text in _texts(fact.body) if len(text) == NAME_DIGITS}))


def after_months(start: str, months: int) -> str:
    """Give the date so many months later; the last of the month where there is no such day.

    >>> after_months("2024-02-29", 12), after_months("2026-08-31", 6)
    ('2025-02-28', '2027-02-28')
    """
    began = date.fromisoformat(start)
    year, month = divmod(began.year * 12 + began.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(began.day, last)).isoformat()


def _over(entry: Entry, rule: Rule, effect: InEffect) -> str | None:
    """Give the last day a rule asks for; None where it does not cover, or has no end yet."""
    if not {"*", entry.fact.type} & {*rule.covers}:
        return None
    day = entry.fact.at[:10]
    if rule.counted_from == "last_in_effect":
        day = effect.ends.get(entry.index, EVER)
    return None if day in (EVER, "") else after_months(day, 12 * rule.years + rule.months)


def _blocked(
    entry: Entry,
    rule: Rule,
    kept: Keeping,
    floors: Iterable[Rule],
    *,
    effect: InEffect,
    today: str,
) -> str:
    """Say why a fact, or what it names, may not be erased; empty where it may."""
    fact = entry.fact
    if fact.type in NEVER:
        return "it accounts for what was erased or held"
    for hold, index in kept.holds.values():
        if hold.use_case in ("", fact.use_case) and (hold.site in ("", fact.site) or not fact.site):
            return f"legal hold {hold.hold} (fact {index})"
    for floor in floors:
        covers = {"*", fact.type} & {*floor.covers}
        if covers and (rule.of == "facts" or floor.of == "payloads"):
            over = _over(entry, floor, effect)
            if over is None:
                return f"rule {floor.rule}: it is still in effect"
            if over >= today:
                return f"rule {floor.rule}: until {over}"
    if rule.of == "payloads" and fact.type not in GOVERNING:
        return ""
    return effect.rests_on(entry)


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
