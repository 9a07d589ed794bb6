"""Days on which somebody looked at more patients than is usual, or more people looked at one.

A flag is a reason to look, and accuses nobody. How often it is raised by chance alone is set
beforehand: `A_YEAR` flags in a year over everybody, so that each day of each person is held
against the share of it. What is usual is a person's own mean over the days of the four weeks
before on which they looked at anybody, or everybody's where that is more; counts are taken as
Poisson. Somebody new is so held against their colleagues, and a quiet year against itself.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from math import exp, lgamma, log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

A_YEAR = 4  # flags in a year by chance alone, as many as an owner of alarms is asked to bear (C32)
DAYS_A_YEAR = 365
BEFORE = timedelta(weeks=4)
FEWEST_DAYS = 5  # days on which anybody looked, before anything can be called usual

Counts = dict[str, dict[date, set[str]]]  # by whom or whose, by day: the others


class Look(NamedTuple):
    """One person was shown something about one patient."""

    fact: int  # its index
    person: str
    patient: str
    on: date


class Unusual(NamedTuple):
    """A day that somebody should look into.

    Attributes
    ----------
    who
        The person who looked, or the patient who was looked at.
    whose
        ``person`` or ``patient``.
    on
        The day.
    n, usual
        How many patients, or people, that day; and how many are usual.
    cites
        The facts of that day's views.

    """

    who: str
    whose: str
    on: date
    n: int
    usual: float
    cites: tuple[int, ...]


def unusual(looks: Iterable[Look]) -> list[Unusual]:
    """Find the days to look into, in order; each is judged by what came before it alone."""
    looks = list(looks)
    by_person: Counts = defaultdict(lambda: defaultdict(set))
    by_patient: Counts = defaultdict(lambda: defaultdict(set))
    cites: dict[tuple[str, str, date], set[int]] = defaultdict(set)
    for look in looks:
        by_person[look.person][look.on].add(look.patient)
        by_patient[look.patient][look.on].add(look.person)
        cites["person", look.person, look.on].add(look.fact)
        cites["patient", look.patient, look.on].add(look.fact)
    found = [
        Unusual(who, whose, on, n, usual, tuple(sorted(cites[whose, who, on])))
        for whose, counts in (("person", by_person), ("patient", by_patient))
        for who, on, n, usual in _over(counts)
    ]
    return sorted(found, key=lambda each: (each.on, each.whose, each.who))


def _over(counts: Mapping[str, Mapping[date, set[str]]]) -> Iterator[tuple[str, date, int, float]]:
    by_day: dict[date, list[tuple[str, int]]] = defaultdict(list)
    for who, days in counts.items():
        for on, others in days.items():
            by_day[on].append((who, len(others)))
    for on, seen in sorted(by_day.items()):
        before = [day for day in by_day if on - BEFORE <= day < on]
        if len(before) < FEWEST_DAYS:
            continue
        earlier = [(who, n) for day in before for who, n in by_day[day]]
        own: dict[str, list[int]] = defaultdict(list)
        for who, n in earlier:
            own[who].append(n)
        everybody = sum(n for _, n in earlier) / len(earlier)
        n_who = len(own.keys() | {who for who, _ in seen})
        share = A_YEAR / DAYS_A_YEAR / n_who / 2  # people and patients share it
        for who, n in seen:
            usual = max(everybody, sum(own[who]) / len(own[who]) if who in own else 0.0)
            # A day counts only once somebody looked: the first view of it is no surprise.
            if n - 1 > usual and _tail(n - 1, usual) < share:
                yield who, on, n, usual


def _tail(n: int, mean: float) -> float:
    """Give the probability of a Poisson count of ``n`` or more, for ``n`` above the mean.

    Terms only fall from there on, so that they are summed until they no longer count.

    >>> round(_tail(3, 1.0), 4)
    0.0803
    """
    term = exp(n * log(mean) - mean - lgamma(n + 1))
    tail = 0.0
    while term > tail * 1e-12:
        n, tail = n + 1, tail + term
        term *= mean / n
    return tail
