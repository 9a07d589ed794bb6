"""Which rules bind a use case, how hard, and what they add up to (contracts G3 and G4).

Of each rulebook the version counts that was in force on the day of what is judged. What was
never checked, or is only proposed, informs. What was read at second hand may warn. To block, a
rule must have been read in its own text, or a compliance officer here must have confirmed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.decide.applies import applies, asked
from attending.facts.duties import Clock, Duties
from attending.facts.plan import Required
from attending.spec.rulebook import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.decide.applies import Answer
    from attending.decide.heard import Confirmed
    from attending.spec.rulebook import Force, Review, Rule, Rulebook

FORCES: tuple[Force, ...] = ("inform", "warn", "block")

REVIEWS: tuple[Review, ...] = ("registration", "fast_track", "full")


class Bound(NamedTuple):
    """A rule that applies, or may, with the force it has here."""

    book: Rulebook
    rule: Rule
    answer: Answer
    force: Force
    is_confirmed: bool

    @property
    def name(self) -> str:
        """Give the rule's full name."""
        return f"{self.book.id}/{self.rule.id}"


def of_date(books: Iterable[Rulebook], date: str) -> dict[str, Rulebook]:
    """Give the version of each rulebook that is in force on a date, by id.

    Of several, the one that began last.
    """
    found: dict[str, Rulebook] = {}
    for book in sorted(books, key=lambda each: (each.in_force.from_, each.version)):
        if book.in_force.covers(date):
            found[book.id] = book
    return found


def holds_in(book: Rulebook, places: Iterable[str]) -> bool:
    """Tell whether a rulebook is about a place: everywhere, the place, or what it lies in.

    A place that is not known is none: only what holds everywhere is about it.
    """
    if book.jurisdiction == EVERYWHERE:
        return True
    return any(place == book.jurisdiction or place.startswith(f"{book.jurisdiction}-")
               for place in places)  # fmt: skip


def force_of(book: Rulebook, rule: Rule, *, confirmed: bool) -> Force:
    """Give the force a rule has here: never more than how well its source was read allows."""
    if book.status == "proposed":
        ceiling: Force = "inform"
    elif confirmed or book.checked(rule) == "V":
        ceiling = "block"
    else:
        ceiling = "warn" if book.checked(rule) == "V2" else "inform"
    return min(rule.force, ceiling, key=FORCES.index)


def bound(
    books: Iterable[Rulebook],
    known: Mapping[str, str | None],
    places: Iterable[str],
    confirmed: Mapping[tuple[str, str], Confirmed],
) -> tuple[Bound, ...]:
    """Give the rules of these versions that apply, or may.

    A rule of which it is not known whether it applies is there, and can at most warn.
    """
    there, found = tuple(places), []
    for book in books:
        if not holds_in(book, there):
            continue
        for rule in book.rules:
            if any(f.startswith("incident.") and f not in known for f in asked(rule.applies_when)):
                continue  # it is asked of an incident, and this is none
            answer = applies(rule.applies_when, known)
            if answer == "no":
                continue
            is_confirmed = (f"{book.id}/{rule.id}", book.version) in confirmed
            force = force_of(book, rule, confirmed=is_confirmed)
            if answer == "not_known":
                force = min(force, "warn", key=FORCES.index)
            found.append(Bound(book, rule, answer, force, is_confirmed))
    return tuple(found)


def compiled(rules: Iterable[Bound]) -> Duties:
    """Add up what rules ask for; what only informs asks for nothing."""
    binding = [each for each in rules if each.force != "inform"]
    owed = [each.rule.owes for each in binding]
    wanted: dict[str, int] = {}
    for sign_off in (s for each in owed for s in each.sign_offs):
        wanted[sign_off.role] = max(wanted.get(sign_off.role, 0), sign_off.n)
    clocks = [
        Clock(rule=each.name, start=clock.start, limit=clock.limit, calendar=clock.calendar)
        for each in binding
        if (clock := each.rule.clock) is not None
    ]
    return Duties(
        evidence=tuple(dict.fromkeys(each.rule.proof.query for each in binding)),
        sign_offs=tuple(Required(role, n) for role, n in sorted(wanted.items())),
        silent_weeks=max((each.silent_weeks for each in owed), default=0),
        subgroups=tuple(dict.fromkeys(s for each in owed for s in each.subgroups)),
        explanation=any(each.explanation for each in owed),
        disclosures=tuple(dict.fromkeys(d for each in owed for d in each.disclosures)),
        clocks=tuple(clocks),
        review=max((each.review for each in owed), default="registration", key=REVIEWS.index),
    )


def reauthenticates(rules: Iterable[Bound]) -> bool:
    """Tell whether who signs must sign in again first: where a rule that blocks here says so."""
    return any(each.force == "block" and each.rule.owes.reauthentication for each in rules)
