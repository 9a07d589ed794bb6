"""The quarterly review: four questions of each tool, and what it is sorted into.

Does it fit the workflow, are its data as good everywhere, is it governed, and who owns it after
launch. Four times yes is *expand*; a workflow it does not fit is *redesign*; all else that is
wanting is a gap of the platform, which is fixed first; and what has come to nothing is to *stop*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from attending.decide.rule import COMPLETE
from attending.decide.tools.portfolio import Tally
from attending.decide.tools.tool_findings import OVER, Answer, reports, silent_rows

if TYPE_CHECKING:
    from datetime import datetime

    from attending.decide.tools.portfolio import Once, Portfolio, Use
    from attending.decide.tools.tool_findings import Found

Sorted = Literal["expand", "redesign", "fix the platform first", "stop"]
SORTED: tuple[Sorted, ...] = ("expand", "redesign", "fix the platform first", "stop")

LOOKED_BACK = timedelta(days=90)
LEAST_SHOWN = 30  # fewer say nothing of how a card fits
LEAST_ANSWERED = 0.1  # of what was shown, below which people walk past it
QUESTIONS = (
    "Does it fit the workflow?",
    "Are its data as good everywhere?",
    "Is it governed?",
    "Who owns it after launch?",
)


@dataclass(frozen=True)
class Reviewed:
    """One tool under review.

    Attributes
    ----------
    tool
        Its id.
    answers
        To the four questions, in order.
    computed, because
        What it is sorted into, and why.
    said
        What a person sorted it into instead: the word, the person, the fact.

    """

    tool: str
    answers: tuple[Answer, ...]
    computed: Sorted
    because: str
    said: tuple[str, str, Once] | None = None

    @property
    def result(self) -> str:
        """Give what it is sorted into: a person's word goes before the computed one."""
        return self.said[0] if self.said is not None else self.computed


def reviewed(portfolio: Portfolio, found: Found, now: datetime) -> Reviewed:
    """Ask the four questions of one tool, and sort it."""
    answers = (
        _workflow(found.use, now),
        _data(found.use, now),
        _governed(found.use, now),
        _owned(found, found.use),
    )
    word, because = _sorted(found, answers)
    said = portfolio.sorted_by_people.get(found.tool)
    return Reviewed(found.tool, answers, word, because, said)


def _sorted(found: Found, answers: tuple[Answer, ...]) -> tuple[Sorted, str]:
    claim = found.listed.tool.claimed_status if found.listed is not None else None
    if claim in OVER:
        return "stop", f"it is said to be {claim}"
    if found.stalled.word == "yes":
        return "stop", f"it has stalled: {found.stalled.because}"
    if found.use is None:
        return "fix the platform first", "nothing about its use is on record here"
    if answers[0].word == "no":
        return "redesign", answers[0].because
    wanting = [answer for answer in answers if answer.word != "yes"]
    if not wanting:
        return "expand", "all four questions are answered with yes"
    worst = next((answer for answer in wanting if answer.word == "no"), wanting[0])
    return "fix the platform first", worst.because


def _workflow(use: Use | None, now: datetime) -> Answer:
    """Tell whether people answer what they are shown, and take it as often as not."""
    if use is None:
        return Answer("not known", "nothing about its use is on record here")
    since = (now - LOOKED_BACK).date()
    lately = [t for day, t in use.tallies.items() if day > since]
    shown, accepted, overridden = (
        sum(getattr(t, name) for t in lately) for name in Tally._fields[:3]
    )
    facts = tuple(sorted({t.fact for t in lately}))
    if shown < LEAST_SHOWN:
        return Answer("not known", f"shown {shown} times in 90 days; {LEAST_SHOWN} tell", facts)
    words = f"of {shown} shown in 90 days, {accepted} accepted and {overridden} overridden"
    fits = accepted + overridden >= LEAST_ANSWERED * shown and accepted >= overridden
    return Answer("yes" if fits else "no", words, facts)


def _data(use: Use | None, now: datetime) -> Answer:
    """Tell whether every site where it runs reports lately, and completely."""
    spots = use.standing.spots.items() if use is not None else ()
    sites = tuple(sorted({site for (site, _), s in spots if s.mode in ("live", "silent")}))
    if use is None or not sites:
        return Answer("not known", "it runs at no site here")
    facts = reports(use, sites)
    wrong = [row for site in sites for row in silent_rows(use, site, now)]
    wrong += [
        f"{r.known} of {r.matured} cases could be counted at {site}"
        for (_, site), r in sorted(use.reported.items())
        if site in sites and r.known < COMPLETE * r.matured
    ]
    if wrong:
        return Answer("no", wrong[0], facts)
    return Answer("yes", f"each of {len(sites)} sites reports, and completely", facts)


def _governed(use: Use | None, now: datetime) -> Answer:
    releases = sorted({s.release for s in use.standing.spots.values() if s.release}) if use else []
    if use is None or not releases:
        return Answer("not known", "no release of it runs here")
    facts = tuple(sorted({use.approved_by[r] for r in releases if r in use.approved_by}))
    for release in releases:
        why_not = use.standing.governed.unapproved(release, now.date().isoformat())
        if why_not is not None:
            facts = facts or use.live_facts(use.live_sites)
            return Answer("no", why_not, facts)
    return Answer("yes", "a decision is in force", facts)


def _owned(found: Found, use: Use | None) -> Answer:
    if found.ownerless.word == "yes":
        return Answer("no", found.ownerless.because, found.ownerless.facts)
    if use is None or use.spec is None:
        words = f"{found.ownerless.because}; who decides, funds and supports is not declared"
        return Answer("not known", words, found.ownerless.facts)
    after = use.spec.after_launch
    words = f"{after.owner} owns, {after.decides} decides, {after.funds} funds"
    return Answer("yes", words, found.ownerless.facts)
