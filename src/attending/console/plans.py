"""Plans that wait for people: exactly what each would change, the way back, who has signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from attending import rooms
from attending.console.words import opened, role_words, with_titles
from attending.decide import interlocks
from attending.decide.interlock import Interlock
from attending.decide.sign_offs import (
    Signers,
    SignOff,
    counted,
    missing,
    refusal,
    signers,
)
from attending.decide.standing import WHOLE_SITE

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.console.course import Course
    from attending.decide.standing import Pending, Standing
    from attending.facts.plan import Change


class Line(NamedTuple):
    """One place, and what each thing about it goes from and to."""

    where: str
    went: tuple[tuple[str, str, str], ...]  # what, from, to


class Wanted(NamedTuple):
    """One role that must sign, and who has."""

    role: str
    n: int
    people: tuple[str, ...]


@dataclass(frozen=True)
class Waits:
    """A plan that waits, for one who looks at it.

    Attributes
    ----------
    digest, title, because, author, until
        What it is called, what for and why, who made it, and when its time is up.
    changes, way_back
        A line for each place.
    wanted
        Who must sign, and who has.
    wanting
        Sign-offs that are still missing, a phrase for each; empty once it may be applied.
    is_seen
        Whether patients and clinicians would notice it: something goes live.
    against
        Why nobody may sign or apply it; empty where nothing is.
    roles, why_not
        The roles this person may sign it in now; where none, why.

    """

    digest: str
    title: str
    because: str
    author: str
    until: str
    changes: tuple[Line, ...]
    way_back: tuple[Line, ...]
    wanted: tuple[Wanted, ...]
    wanting: tuple[str, ...]
    is_seen: bool
    against: tuple[str, ...]
    roles: tuple[str, ...]
    why_not: str


def plans(course: Course, folder: Folder | None, standing: Standing, person: str) -> list[Waits]:
    """Tell one person of every plan that waits.

    One that cannot be applied is left out where another for the same can.
    """
    found = [
        _waits(course, folder, (digest, waits), (standing, person))
        for digest, waits in standing.pending.items()
    ]
    good = {waits.title for waits in found if not waits.against}
    return [waits for waits in found if not waits.against or waits.title not in good]


def _waits(
    course: Course,
    folder: Folder | None,
    named: tuple[str, Pending],
    seen: tuple[Standing, str],
) -> Waits:
    (digest, waits), (standing, person) = named, seen
    plan, who = waits.plan, may_sign(course, folder, standing, waits.author)
    roles, why_not = _roles(waits, person, who)
    have = counted(plan, waits.signed, who)
    return Waits(
        digest=digest,
        title=f"wave {plan.scope}" if plan.wave else f"wave {plan.scope}, silently first",
        because=with_titles(plan.because, course.sites),
        author=waits.author,
        until=plan.valid_until,
        changes=tuple(_line(course, change) for change in plan.changes),
        way_back=tuple(_line(course, change) for change in plan.way_back),
        wanted=tuple(Wanted(r.role, r.n, have[r.role]) for r in plan.requires),
        wanting=missing(plan, waits.signed, who),
        is_seen=any(change.mode[1] == "live" for change in plan.changes),
        against=tuple(_against(course, standing, waits)),
        roles=roles,
        why_not=why_not,
    )


def may_sign(course: Course, folder: Folder | None, standing: Standing, author: str) -> Signers:
    """Work out who may sign a plan, as `loops.carry_out` does from the same facts."""
    declared_by = course.specs[-1].fact.by.person if course.specs else ""
    if folder is None:
        return Signers({}, {})  # the specs are not known, so nor is any role
    authors = {author, declared_by} - {"", "platform"}
    return signers(folder.committees.values(), folder.use_case, authors, standing.departed)


def _roles(waits: Pending, person: str, who: Signers) -> tuple[tuple[str, ...], str]:
    """Give the roles in which somebody may sign now; where there is none, why."""
    asked = [required.role for required in waits.plan.requires]
    done = [sign.role for sign in waits.signed if sign.person == person and sign.role in asked]
    if done:
        return (), f"You signed as {role_words(done[0])}."
    refused = {
        role: refusal(waits.plan, waits.signed, SignOff(role, person), who) for role in asked
    }
    roles = tuple(role for role, because in refused.items() if because is None)
    if roles or not asked:
        return roles, ""
    words = str(refused[asked[0]]).replace(asked[0], role_words(asked[0]))
    return (), f"{opened(words)}."


def _against(course: Course, standing: Standing, waits: Pending) -> list[str]:
    """Say what forbids a plan, or that the state it was made for is no more."""
    said = []
    for name in waits.plan.interlocks:
        interlock = rooms.fetch(interlocks, name)
        words = interlock.sentence if isinstance(interlock, Interlock) else name
        said.append(f"Forbidden whoever signs: {words} ({name}).")
    moved = waits.plan.state_digest != standing.digest(course.digests)
    if moved or waits.plan.parent != standing.parent:
        said.append("Stale: the state changed since it was made. It must be planned again.")
    return said


def _line(course: Course, c: Change) -> Line:
    site = course.title_of(c.site)
    where = site if c.unit == WHOLE_SITE else f"{site}, {c.unit}"
    told = [
        ("mode", *c.mode),
        ("release", *(name or "none" for name in c.release)),
        ("users reached", *(f"{share:.0%}" for share in c.share)),
        ("named users", *(", ".join(users) or "none" for users in c.users)),
        ("cases a week", *("no cap" if n is None else f"at most {n:,}" for n in c.weekly_case_cap)),
    ]
    return Line(where, tuple((what, a, b) for what, a, b in told if a != b))
