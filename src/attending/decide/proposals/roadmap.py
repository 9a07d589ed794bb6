"""The roadmap: what is to be done first, by an order that is declared and total.

Quick wins come first; then the larger impact times feasibility; then the lower risk; then who
proposed first. What is not known never improves a place: an impact or a feasibility that
nobody knows counts as 0, a risk that nobody knows as 4, and a quick win needs everything it
asks for to be known, the risk tier among it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, cast

from attending.spec.proposals.proposal import BUILD, BUY, NOT_KNOWN, PHASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.decide.proposals.intake import Begun, Intake, Kept, TierSaid
    from attending.facts.proposal import ImpactTable, Submitted

QUICK_DAYS = 16 * 7  # from the day it was submitted to the day it begins to scale
QUICK_FEASIBILITY, QUICK_IMPACT = 3.0, 2
WORST = 4
AHEAD = 2  # criteria more on one side than the other, for that side to be recommended

FEASIBILITY = ("data", "complexity", "vendor", "timeline")
RISKS = ("regulatory", "validation", "change", "vendor")


@dataclass(frozen=True)
class Ranked:
    """One proposal on the roadmap.

    Attributes
    ----------
    kept
        What was proposed.
    impact, feasibility, risk
        0 to 4 each, what is not known counted against it; an impact of None is not known.
    quick
        Whether it is a quick win.
    why_not_quick
        What it lacks to be one; empty where it is.
    days
        From its submission to the day it begins to scale; None where no box says.
    tier
        The newest there is; None where nobody computed one.

    """

    kept: Kept
    impact: int | None
    feasibility: float
    risk: float
    quick: bool
    why_not_quick: tuple[str, ...]
    days: int | None
    tier: TierSaid | None

    @property
    def score(self) -> float:
        """Give impact times feasibility."""
        return (self.impact or 0) * self.feasibility

    @property
    def order(self) -> tuple[bool, float, float, str, int]:
        """Give what the roadmap is sorted by; no two proposals share it."""
        first = self.kept.first
        return (not self.quick, -self.score, self.risk, first.at[:10], first.index)


def roadmap(intake: Intake) -> tuple[Ranked, ...]:
    """Give what is proposed, first things first; pilots that have ended are not on it."""
    open_now = (kept for kept in intake.proposals.values() if kept.end is None)
    ranked = [ranking(intake, kept) for kept in open_now]
    return tuple(sorted(ranked, key=lambda each: each.order))


def ranking(intake: Intake, kept: Kept) -> Ranked:
    """Rank one proposal by itself."""
    last = kept.last
    impact = impact_of(last, intake.table)
    easy, unsure = _mean(last.plain, "feasibility", FEASIBILITY, unknown=0)
    risk, _ = _mean(last.plain, "risk", RISKS, unknown=WORST)
    tier, days = intake.tier(last), _days(last)
    lacks = _lacks(impact, easy, unsure=unsure, tier=tier, days=days)
    return Ranked(
        kept=kept,
        impact=impact,
        feasibility=easy,
        risk=risk,
        quick=not lacks,
        why_not_quick=lacks,
        days=days,
        tier=tier,
    )


def _lacks(
    impact: int | None, easy: float, *, unsure: bool, tier: TierSaid | None, days: int | None
) -> tuple[str, ...]:
    lacks = []
    if tier is None:
        lacks.append("its risk tier is not known")
    elif tier.tier == "high":
        lacks.append("its risk tier is high")
    if easy < QUICK_FEASIBILITY:
        doubt = ", and part of it is not known" if unsure else ""
        lacks.append(f"its feasibility is {easy:g} of 4{doubt}")
    if impact is None:
        lacks.append("its impact is not known")
    elif impact < QUICK_IMPACT:
        lacks.append(f"its impact is {impact} of 4")
    if days is None:
        lacks.append("no box says when it begins to scale")
    elif days > QUICK_DAYS:
        lacks.append(f"it begins to scale {days} days after it was submitted")
    return tuple(lacks)


def impact_of(proposal: Submitted, table: ImpactTable) -> int | None:
    """Give the impact, 0 to 4: the largest of the effects hoped for, by their likely value.

    None where none of them is known, or the table in force knows no such unit.
    """
    found = []
    for row in cast("Mapping[str, Mapping[str, object]]", proposal.plain["impact"]).values():
        bounds = table.levels.get(str(row["kind"]), {}).get(str(row["unit"]))
        likely = row["likely"]
        if bounds is not None and isinstance(likely, int | float):
            found.append(bisect_right(bounds, likely))
    return max(found, default=None)


def _mean(
    plain: Mapping[str, object], name: str, parts: tuple[str, ...], *, unknown: int
) -> tuple[float, bool]:
    told = cast("Mapping[str, object]", plain[name])
    known = [value for part in parts if isinstance(value := told[part], int)]
    missing = len(parts) - len(known)
    return (sum(known) + missing * unknown) / len(parts), bool(missing)


def _days(proposal: Submitted) -> int | None:
    box = boxes(proposal).get("scale")
    if box is None:
        return None
    return (box[0] - date.fromisoformat(proposal.at[:10])).days


def boxes(proposal: Submitted) -> dict[str, tuple[date, date]]:
    """Give the first and the last day of each phase that has a box."""
    told = cast("Mapping[str, Mapping[str, str]]", proposal.plain["boxes"])
    return {
        phase: (date.fromisoformat(told[phase]["from"]), date.fromisoformat(told[phase]["to"]))
        for phase in PHASES
        if phase in told
    }


class Overrun(NamedTuple):
    """A phase whose box is over, and of which nothing on record says that it ended."""

    kept: Kept
    phase: str
    to: date
    days: int


def overruns(intake: Intake, today: date) -> tuple[Overrun, ...]:
    """Give the phases that have run over, the longest first.

    Design ends when the use case first answers anywhere; run and evaluate with the recorded
    end of the pilot, and by nothing else; scale when the rollout is finished; sustain with
    a new submission. A pilot that ended with anything but `scale` has no later phase.
    """
    found = []
    for kept in intake.proposals.values():
        begun = intake.begun.get(kept.last.use_case or "")
        for phase, (_, to) in boxes(kept.last).items():
            days = (today - to).days
            if days > 0 and not _ended(kept, phase, begun):
                found.append(Overrun(kept, phase, to, days))
    return tuple(sorted(found, key=lambda each: (-each.days, each.kept.last.proposal)))


def _ended(kept: Kept, phase: str, begun: Begun | None) -> bool:
    end = kept.end
    if end is not None and (end.choice != "scale" or phase in ("design", "run", "evaluate")):
        return True
    if begun is None:
        return False
    return bool(begun.on if phase == "design" else phase == "scale" and begun.finished)


class Advised(NamedTuple):
    """What the declared criteria speak for: build, buy or hybrid, or None; and why."""

    route: str | None
    because: str


def advised(proposal: Submitted) -> Advised:
    """Weigh the criteria for building against those for buying, as they were answered.

    One side is advised when it is ahead by two whatever the unknown answers turn out to be,
    and the hybrid, to buy the tool and build what joins it to our work, when neither side can
    be and both have something for them. Otherwise it cannot be told yet.
    """
    told = cast("Mapping[str, Mapping[str, str]]", proposal.plain["criteria"])
    answers = {name: told[name]["answer"] for name in told}
    build, buy = _counted(answers, BUILD), _counted(answers, BUY)
    because = f"{_said(build, len(BUILD))} for building, {_said(buy, len(BUY))} for buying"
    if build[0] - buy[1] >= AHEAD:
        return Advised("build", because)
    if buy[0] - build[1] >= AHEAD:
        return Advised("buy", because)
    close = build[1] - buy[0] < AHEAD and buy[1] - build[0] < AHEAD
    return Advised("hybrid" if close and build[0] and buy[0] else None, because)


def _counted(answers: Mapping[str, str], of: Mapping[str, str]) -> tuple[int, int]:
    """Count the criteria that hold: at least, and at most."""
    yes = sum(answers.get(name) == "yes" for name in of)
    return yes, yes + sum(answers.get(name, NOT_KNOWN) == NOT_KNOWN for name in of)


def _said(counted: tuple[int, int], n: int) -> str:
    least, most = counted
    return f"{least} of {n}" if least == most else f"{least} to {most} of {n}"
