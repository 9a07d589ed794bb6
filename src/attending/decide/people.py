"""Who holds which role, at one place of the ledger and on one date: a fold over facts.

What is said of people counts when an admin says it. Where nobody is admin on that day, it
counts from whoever could open the store: so the first admin is named, and so a health system
whose last admin has left is not locked out. No page opens that way; only the command line does.

Nobody gives a role to themselves, a name that has left is not given again, and some roles go
with no other: who keeps the keys, who audits and who sells.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.facts.people import Departed, Person, Role, RoleEnded
from attending.spec.person import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.entry import Entry
    from attending.facts.fact import Fact

ADMIN, VENDOR, AUDITOR = "admin", "vendor", "auditor"
ALONE = (ADMIN, VENDOR, AUDITOR)
DOORS = ("cli", "sheet")  # through which whoever opened the store speaks
TYPES = ("person/1", "role/1", "role_ended/1", "departed/1")

Said = Person | Role | RoleEnded | Departed


@dataclass(frozen=True)
class People:
    """Everybody declared, what they hold, and who has left.

    Attributes
    ----------
    persons
        By name.
    roles
        By person and role; the last one said stands.
    departed
        Who has left.

    """

    persons: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], Role] = field(default_factory=dict)
    departed: frozenset[str] = frozenset()

    @property
    def is_declared(self) -> bool:
        """Tell whether anybody was declared: before that, whoever opens the store may do all."""
        return bool(self.persons)

    def is_here(self, person: str) -> bool:
        """Tell whether somebody is declared and has not left."""
        return person in self.persons and person not in self.departed

    def held(self, person: str, date: str) -> tuple[Role, ...]:
        """Give the roles that somebody holds on a date."""
        if not self.is_here(person):
            return ()
        return tuple(r for (who, _), r in self.roles.items() if who == person and r.on(date))

    def admins(self, date: str) -> list[str]:
        """Name who keeps people and keys on a date."""
        return [
            who
            for (who, role), held in self.roles.items()
            if role == ADMIN and held.on(date) and self.is_here(who)
        ]

    def by_subject(self, subject: str) -> str | None:
        """Name the person an identity provider's digest stands for; None where none or several."""
        found = [p.person for p in self.persons.values() if subject and p.subject == subject]
        return found[0] if len(found) == 1 and self.is_here(found[0]) else None


def refusal(people: People, said: Said, *, by: str, via: str, date: str) -> str | None:
    """Say why something said of people does not count; None where it does.

    Parameters
    ----------
    people
        As they stand.
    said
        What is said of one of them.
    by, via
        Who says it, and through which door.
    date
        The day it is said on.

    """
    who, barred = said.person, _voice_refusal(people, by=by, via=via, date=date)
    if barred is None and who in people.departed:
        barred = f"{who} has left, and the name is not given again"
    if barred is None and isinstance(said, Person):
        return _person_refusal(people, said)
    if barred is None and who not in people.persons:
        barred = f"nobody of the name {who} is declared here"
    if barred is None and isinstance(said, Role):
        return _role_refusal(people, said, by=by, date=date)
    if barred is None and isinstance(said, RoleEnded) and (who, said.role) not in people.roles:
        barred = f"{who} holds no role {said.role}"
    return barred


def _voice_refusal(people: People, *, by: str, via: str, date: str) -> str | None:
    admins = people.admins(date)
    if admins and by not in admins:
        return f"{by} is no admin here, and only an admin says who people are and what they hold"
    if not admins and via not in DOORS:
        return "nobody is admin here; whoever can open the store names one: attending people import"
    return None


def _person_refusal(people: People, said: Person) -> str | None:
    same = [p.person for p in people.persons.values() if p.subject and p.subject == said.subject]
    if said.subject and any(name != said.person for name in same):
        return f"{same[0]} signs in by that subject already"
    folded = [name for name in people.persons if name.casefold() == said.person.casefold()]
    if folded and folded != [said.person]:
        return f"{said.person} differs from {folded[0]} by the case of letters alone"
    return None


def _role_refusal(people: People, said: Role, *, by: str, date: str) -> str | None:
    if said.role not in ROLES:
        return f"there is no role {said.role}"
    if by == said.person and people.admins(date):
        return f"{by} may not give a role to themselves"
    if said.role == VENDOR and not said.tools:
        return "a vendor's role names the tools that are the vendor's own"
    if said.to is not None and said.to < said.since:
        return "a role ends before it begins"
    others = [r.role for (who, _), r in people.roles.items() if who == said.person]
    others = [r for r in others if r != said.role and _lasts(people, said, r, date)]
    if others and (said.role in ALONE or {*others} & {*ALONE}):
        return f"{said.person} holds {others[0]}, which goes not with {said.role}: end it first"
    return None


def _lasts(people: People, said: Role, other: str, date: str) -> bool:
    """Tell whether a role already given is held, now or later, while another would be."""
    held = people.roles[said.person, other]
    starts, ends = max(held.since, said.since, date), min(held.to or "9", said.to or "9")
    return starts <= ends


def counts(people: People, fact: Fact) -> bool:
    """Tell whether who says a fact may say such things of people, as they stood before it.

    True of every fact that says nothing of people. Where nobody is declared, whoever writes to
    the store may say it. It does not ask whether the person it is about is declared: a spec may
    name somebody who is not.
    """
    if fact.type not in SHAPES or not people.is_declared:
        return True
    date = fact.at[:10]
    barred = _voice_refusal(people, by=fact.by.person, via=fact.by.via, date=date)
    return fact.kind == "said" and barred is None


def step(people: People, entry: Entry) -> People:
    """Take one fact in; what does not count changes nothing."""
    return after(people, entry.fact)


def after(people: People, fact: Fact) -> People:
    """Take one fact in; what does not count changes nothing."""
    said = read(fact)
    if said is None:
        return people
    date = fact.at[:10]
    if refusal(people, said, by=fact.by.person, via=fact.by.via, date=date) is not None:
        return people
    if isinstance(said, Person):
        return replace(people, persons={**people.persons, said.person: said})
    if isinstance(said, Role):
        return replace(people, roles={**people.roles, (said.person, said.role): said})
    if isinstance(said, RoleEnded):
        left = {k: r for k, r in people.roles.items() if k != (said.person, said.role)}
        return replace(people, roles=left)
    return replace(people, departed=people.departed | {said.person})


SHAPES: dict[str, type[Said]] = {
    "person/1": Person,
    "role/1": Role,
    "role_ended/1": RoleEnded,
    "departed/1": Departed,
}


def read(fact: Fact) -> Said | None:
    """Read what a fact says of a person; None where it says nothing that can be read."""
    shape = SHAPES.get(fact.type)
    if shape is None or fact.kind != "said":
        return None
    try:
        return shapes.convert(fact.body, shape)
    except msgspec.ValidationError:
        return None
