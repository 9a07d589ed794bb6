"""What people said of tiers and rules, as far as it counts: a fold over facts.

Whoever lowers a tier holds one of two roles on a committee of that use case, is not its owner,
did not declare its specs, and has not left; all as it was where they said it in the ledger. A
rule is confirmed by somebody who was then compliance officer on a committee here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attending import shapes
from attending.decide.people import People as Everybody
from attending.decide.people import after, counts
from attending.decide.tier import LOWERED_BY, Spoken
from attending.facts.tier import ConfirmedRule, Override
from attending.spec.committee import Committee

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.facts.entry import Entry
    from attending.facts.fact import Fact

OFFICER = "compliance_officer"


@dataclass(frozen=True)
class People:
    """Who holds which roles for one use case, and who speaks in their own cause."""

    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Confirmed:
    """That a version of a rule binds here: who said so, on which date, in which fact."""

    by: str
    on: str
    index: int


@dataclass(frozen=True)
class Heard:
    """All of it.

    Attributes
    ----------
    people
        By use case.
    gone
        Who has left.
    overrides
        Those that count, by use case, in ledger order.
    confirmed
        By (rulebook/rule, version).
    declared
        Everybody declared: who may say that somebody has left.

    """

    people: Mapping[str, People] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    overrides: Mapping[str, tuple[Spoken, ...]] = field(default_factory=dict)
    confirmed: Mapping[tuple[str, str], Confirmed] = field(default_factory=dict)
    declared: Everybody = field(default_factory=Everybody)

    def may_not_lower(self, use_case: str, person: str, role: str) -> str | None:
        """Say why somebody may not lower a tier in a role; None where they may."""
        people = self.people.get(use_case, People())
        if role not in LOWERED_BY:
            return f"a tier is lowered by a {' and a '.join(LOWERED_BY)}, not by a {role}"
        if person in self.gone:
            return f"{person} has left"
        if person in people.own:
            return f"{person} {people.own[person]}"
        if role not in people.roles.get(person, ()):
            return f"{person} is no {role} on any committee of {use_case}"
        return None

    def may_not_confirm(self, person: str) -> str | None:
        """Say why somebody may not confirm a rule; None where they may."""
        if person in self.gone:
            return f"{person} has left"
        if not any(OFFICER in people.roles.get(person, ()) for people in self.people.values()):
            return f"{person} is no {OFFICER} on any committee here"
        return None


def heard(before: Heard, entry: Entry) -> Heard:
    """Take one fact in."""
    if not counts(before.declared, entry.fact):
        return before
    step = STEPS.get(entry.fact.type)
    now = step(before, entry) if step is not None else before
    declared = after(now.declared, entry.fact)
    return now if declared is now.declared else replace(now, declared=declared)


def _specs(before: Heard, entry: Entry) -> Heard:
    fact = entry.fact
    documents = fact.body.get("documents")
    if not isinstance(documents, dict) or fact.use_case is None:
        return before
    committees = shapes.convert(documents.get("committees", {}), dict[str, Committee])
    roles: dict[str, frozenset[str]] = {}
    for member in (m for committee in committees.values() for m in committee.members):
        roles[member.person] = roles.get(member.person, frozenset()) | {*member.roles}
    owner = str(documents["use_case"]["after_launch"]["owner"])
    own = {fact.by.person: "declared these specs, and nobody judges their own"}
    own[owner] = "owns the tool after launch, and nobody judges their own"
    own.pop("platform", None)
    return replace(before, people={**before.people, fact.use_case: People(roles, own)})


def _departed(before: Heard, entry: Entry) -> Heard:
    return replace(before, gone=before.gone | {str(entry.fact.body["person"])})


def _override(before: Heard, entry: Entry) -> Heard:
    fact, use_case = entry.fact, entry.fact.use_case or ""
    override = shapes.convert(fact.body, Override)
    person = fact.by.person
    if override.lowers and before.may_not_lower(use_case, person, override.role) is not None:
        return before
    there = before.overrides.get(use_case, ())
    spoken = Spoken(override, person, fact.at[:10], entry.index)
    return replace(before, overrides={**before.overrides, use_case: (*there, spoken)})


def _confirmed(before: Heard, entry: Entry) -> Heard:
    fact: Fact = entry.fact
    said = shapes.convert(fact.body, ConfirmedRule)
    if said.by != fact.by.person or before.may_not_confirm(said.by) is not None:
        return before
    new = Confirmed(said.by, fact.at[:10], entry.index)
    return replace(before, confirmed={**before.confirmed, (said.rule, said.version): new})


STEPS: Mapping[str, Callable[[Heard, Entry], Heard]] = {
    "specs/1": _specs,
    "departed/1": _departed,
    "tier_override/1": _override,
    "confirmed_rule/1": _confirmed,
}
