"""Who has signed a plan, and who is still wanted: two-person rules, kept by state.

A sign-off is a fact that quotes a plan's digest. It counts when the person sits on a
committee in that role, has not left, did not make the plan and does not own the tool; one
person counts once and in one role, however often they sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attending.facts.plan import Plan
    from attending.spec.committee import Committee
    from attending.spec.use_case import UseCase


@dataclass(frozen=True)
class SignOff:
    """One person's signature on a plan's digest, in a role."""

    role: str
    person: str


@dataclass(frozen=True)
class Signers:
    """Who may sign, and who may not whatever role they hold.

    Attributes
    ----------
    roles
        The roles each person holds.
    barred
        Why somebody may not sign, by person.

    """

    roles: dict[str, frozenset[str]]
    barred: dict[str, str]


def signers(
    committees: Iterable[Committee], use_case: UseCase, authors: Iterable[str], gone: Iterable[str]
) -> Signers:
    """Work out who may sign a plan of a use case."""
    roles: dict[str, frozenset[str]] = {}
    for member in (m for committee in committees for m in committee.members):
        roles[member.person] = roles.get(member.person, frozenset()) | {*member.roles}
    barred = dict.fromkeys(authors, "made this plan, and nobody approves their own")
    owner = use_case.after_launch.owner
    barred[owner] = f"owns {use_case.name}, and nobody approves their own"
    barred |= dict.fromkeys(gone, "has left")
    return Signers(roles, barred)


def refusal(plan: Plan, signed: Sequence[SignOff], new: SignOff, who: Signers) -> str | None:
    """Say why a signature would not count; None where it would, or already does."""
    if new.role not in [required.role for required in plan.requires]:
        return f"this plan asks for no sign-off as {new.role}"
    if new.person in who.barred:
        return f"{new.person} {who.barred[new.person]}"
    if new.role not in who.roles.get(new.person, ()):
        return f"{new.person} is no {new.role} on any committee here"
    other = next((s for s in signed if s.person == new.person and s.role != new.role), None)
    if other is not None:
        return f"{new.person} signed as {other.role} already, and one person fills one role"
    return None


def counted(plan: Plan, signed: Sequence[SignOff], who: Signers) -> dict[str, tuple[str, ...]]:
    """Give the people who count for each required role, in the order they signed."""
    kept: list[SignOff] = []
    for each in signed:
        if each not in kept and refusal(plan, kept, each, who) is None:
            kept.append(each)
    return {
        required.role: tuple(s.person for s in kept if s.role == required.role)
        for required in plan.requires
    }


def missing(plan: Plan, signed: Sequence[SignOff], who: Signers) -> tuple[str, ...]:
    """Say which sign-offs are still wanted; empty when nobody is."""
    have = counted(plan, signed, who)
    return tuple(
        f"{required.n} sign-off{'s' if required.n > 1 else ''} as {required.role} wanted, "
        f"{len(have[required.role])} given"
        for required in plan.requires
        if len(have[required.role]) < required.n
    )
