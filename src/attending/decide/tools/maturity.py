"""How mature the health system is: which of four stages, and what is missing for the next.

This is the project's own reading of the four stages that the field speaks of. Each test is
computed from facts and cites them; what cannot be computed is not known, and never met.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from attending.decide.tools.tool_findings import Answer, silent_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from attending.decide.tools.portfolio import Portfolio, Use
    from attending.decide.tools.tool_findings import Found, Word

READING = "this project's own reading of the field's four stages"
AT_STAGE_THREE = 3  # tools in production
A_QUARTER = 5  # decisions
QUARTERS = 2
COMPARED = 3  # intakes at either end
UNACTED = timedelta(hours=24)
TOLD = 3  # things named in a sentence


@dataclass(frozen=True)
class Maturity:
    """The stage reached, and every test of the stages.

    Attributes
    ----------
    stage
        0 to 4; 0 is that nothing is live.
    tests
        By stage, what it asks and whether that is so.

    """

    stage: int
    tests: tuple[tuple[int, str, Answer], ...]

    @property
    def missing(self) -> tuple[tuple[str, Answer], ...]:
        """Give what is missing for the next stage."""
        return tuple(
            (asks, answer)
            for stage, asks, answer in self.tests
            if stage == self.stage + 1 and answer.word != "yes"
        )

    @property
    def sentence(self) -> str:
        """Say it: ``Stage 1 of 4; missing for 2: ...``."""
        if not self.missing:
            return f"Stage {self.stage} of 4"
        asks = "; ".join(asks for asks, _ in self.missing)
        return f"Stage {self.stage} of 4; missing for {self.stage + 1}: {asks}"


def headline(found: Sequence[Found]) -> tuple[int, int]:
    """Give how many tools are in production, of how many."""
    return sum(each.production.word == "yes" for each in found), len(found)


def maturity(portfolio: Portfolio, found: Sequence[Found], now: datetime) -> Maturity:
    """Give the stage: the highest whose tests, and all before it, are met."""
    live = [each for each in found if each.use is not None and each.use.live]
    yes = [each for each in found if each.production.word == "yes"]
    tests = (
        (1, "a tool that is live", _count(live, 1, "live", _live_facts(live))),
        (2, "a tool in production", _count(yes, 1, "in production", _facts(yes))),
        (2, "a decision in force behind every live tool", _governed(live, now)),
        (3, "three tools in production", _count(yes, 3, "in production", _facts(yes))),
        (3, "five decisions in each of two quarters", _paced(portfolio)),
        (3, "an owner and reporting monitors for every live tool", _watched(live, now)),
        (4, "from proposal to live faster than at first", _faster(portfolio)),
        (4, "no broken condition left unanswered for a day", _answered(portfolio, now)),
    )
    stage = 0
    while stage < tests[-1][0] and all(a.word == "yes" for s, _, a in tests if s == stage + 1):
        stage += 1
    return Maturity(stage, tests)


def _facts(found: Sequence[Found]) -> tuple[int, ...]:
    return tuple(sorted({fact for each in found for fact in each.production.facts}))


def _live_facts(live: Sequence[Found]) -> tuple[int, ...]:
    uses = (each.use for each in live)
    return tuple(sorted({f for use in uses if use for f in use.live_facts(use.live_sites)}))


def _count(found: Sequence[Found], least: int, what: str, facts: tuple[int, ...]) -> Answer:
    word: Word = "yes" if len(found) >= least else "no"
    names = ", ".join(each.title for each in found[:TOLD])
    told = f": {names}{' and others' if len(found) > TOLD else ''}" if found else ""
    return Answer(word, f"{len(found)} {what}{told}", facts)


def _every(wrong: list[str], right: str, facts: set[int], *, any_live: bool) -> Answer:
    if not any_live:
        return Answer("no", "nothing is live")
    if wrong:
        return Answer("no", "; ".join(wrong[:TOLD]), tuple(sorted(facts)))
    return Answer("yes", right, tuple(sorted(facts)))


def _governed(live: Sequence[Found], now: datetime) -> Answer:
    wrong, facts = [], set[int]()
    for use in map(_use, live):
        for release in sorted({*use.live.values()}):
            facts |= {*use.live_facts(use.live_sites)}
            why_not = use.standing.governed.unapproved(release, now.date().isoformat())
            wrong += [f"{use.title}: {why_not}"] if why_not is not None else []
            facts |= {use.approved_by[release]} if release in use.approved_by else set()
    return _every(wrong, "each is under a decision in force", facts, any_live=bool(live))


def _watched(live: Sequence[Found], now: datetime) -> Answer:
    wrong, facts = [], set[int]()
    for each in live:
        if each.ownerless.word != "no":
            wrong.append(f"{each.title}: {each.ownerless.because}")
        for site in each.use.live_sites if each.use is not None else ():
            wrong += [f"{each.title}: {row}" for row in silent_rows(_use(each), site, now)]
        facts |= {*each.production.facts}
    return _every(wrong, "each has an owner and reports", facts, any_live=bool(live))


def _use(found: Found) -> Use:
    if found.use is None:
        raise TypeError(found.tool)
    return found.use


def _paced(portfolio: Portfolio) -> Answer:
    decisions = [once for use in portfolio.uses.values() for once in use.decisions]
    by_quarter = Counter(quarter(once.at) for once in decisions)
    full = [name for name, n in sorted(by_quarter.items()) if n >= A_QUARTER]
    told = ", ".join(f"{n} in {name}" for name, n in sorted(by_quarter.items())) or "none"
    facts = tuple(sorted({once.fact for once in decisions}))
    return Answer("yes" if len(full) >= QUARTERS else "no", f"decisions: {told}", facts)


def quarter(at: datetime) -> str:
    """Name a moment's quarter.

    >>> from datetime import datetime
    >>> quarter(datetime(2026, 10, 13))
    '2026 Q4'
    """
    return f"{at.year} Q{(at.month + 2) // 3}"


def _faster(portfolio: Portfolio) -> Answer:
    """Compare how long the first three and the last three took from proposal to live."""
    took = []
    for name, (_, use) in portfolio.rows().items():
        intake = portfolio.intakes.get(name)
        if intake is not None and use is not None and use.first_live is not None:
            days = (use.first_live.at - intake.at).total_seconds() / 86_400
            took.append((use.first_live.at, days, (intake.fact, use.first_live.fact)))
    took.sort()
    if len(took) < 2 * COMPARED:
        words = f"{len(took)} tools have both a proposal and a first day live; six are compared"
        return Answer("not known", words)
    facts = tuple(sorted({f for each in (*took[:COMPARED], *took[-COMPARED:]) for f in each[2]}))
    first = median(days for _, days, _ in took[:COMPARED])
    last = median(days for _, days, _ in took[-COMPARED:])
    words = f"the first three took {first:.0f} days at the median, the last three {last:.0f}"
    return Answer("yes" if last < first else "no", words, facts)


def _answered(portfolio: Portfolio, now: datetime) -> Answer:
    """Find conditions to keep that broke more than a day ago and that nothing answered."""
    wrong, facts = [], set[int]()
    for use in portfolio.uses.values():
        for name, once in use.broken.items():
            acted = [fact for fact in use.answered if fact > once.fact]
            facts |= {once.fact, *acted[:1]}
            if not acted and now - once.at > UNACTED:
                wrong.append(f"{use.title}: {name} broke on {once.at.date()}")
    if wrong:
        return Answer("no", "; ".join(wrong[:TOLD]), tuple(sorted(facts)))
    return Answer("yes", "none is left so", tuple(sorted(facts)))
