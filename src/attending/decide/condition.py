"""What a condition has come to on one day: still open, met, or broken (contract G6).

`show` is a gate that must be met by its day, `keep` a caution or a safety limit from the day
after the decision on, `do` a fact that must come by its day. All read only what came after
the decision; what is broken stays so until a later decision ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from attending.decide.governed import Judged
from attending.facts.verdict import Limits

if TYPE_CHECKING:
    from datetime import date

    from attending.decide.governed import Held
    from attending.facts.committee import Condition
    from attending.facts.verdict import Verdict


@dataclass(frozen=True)
class Question:
    """Which rule of which room a condition is judged by, and with which limits."""

    room: str
    rule: str
    limits: Limits


def question(condition: Condition) -> Question | None:
    """Give what is asked of the cases; None where a fact is waited for."""
    bar = condition.form.bar
    if bar is None:
        return None
    if condition.form.show is not None:
        return Question("gates", "no_worse_than", Limits(floor=bar.floor, goal=bar.goal))
    if condition.effect == "suspend":
        limits = Limits(floor=bar.floor, stop_line=bar.stop_line)
        return Question("safety_limits", "beyond_floor", limits)
    return Question("cautions", "short_of_goal", Limits(floor=bar.floor, goal=bar.goal))


def judged(held: Held, verdict: Verdict | None, *, day: int, due: int | None) -> Judged:
    """Say what a condition has come to at the end of a day.

    Parameters
    ----------
    held
        The condition as it stood.
    verdict
        What its rule says of the cases since the decision; None where a fact is waited for.
    day, due
        The site day that is over, and the day by which it must be met.

    """
    condition = held.condition
    is_due = due is not None and day >= due
    because = verdict.because if verdict is not None else _waits(held)
    state: Literal["open", "met", "broken"] = "open"
    if condition.form.keep is not None:
        crossed = verdict is not None and "not_met" in (verdict.word, verdict.settled)
        state = "broken" if crossed else "open"
    else:
        is_met = held.done if verdict is None else verdict.word == "met"
        if is_met and (condition.closes == "on_met" or is_due):
            state = "met"
        elif is_due:
            state, because = "broken", f"due on {condition.due} and not met: {because}"
    return Judged(
        id=condition.id,
        decision=held.decision,
        state=state,
        as_of=day,
        because=because,
        verdict=verdict,
    )


def _waits(held: Held) -> str:
    task = held.condition.form.do
    wanted = task.fact if task is not None else ""
    return f"{wanted} has come" if held.done else f"{wanted} has not come"


def first_evidence_day(from_day: int, maturity: int) -> int:
    """Give the first evidence day on which all cases happened on or after a day.

    A case stands on its evidence day, the maturity window after it happened; one that had
    happened when the committee decided may not judge what the committee asked.
    """
    return from_day + maturity


def day_after(on: date) -> str:
    """Give the day after a date: the first whose cases a condition reads."""
    return (on + timedelta(days=1)).isoformat()
