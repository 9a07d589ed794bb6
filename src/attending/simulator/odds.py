"""How surely each planted effect is found, and each quiet hospital left alone.

A program of its own. The story is drawn many times from the same sizes and put to the
declared questions, by the formulas of `stats` and no other code of the platform's; what is
counted is how often one of them is answered by rejecting within the weeks of the story.

It reads from standard input what each hospital may be asked, and prints a line of JSON. A
hospital at which harm is planted is put to the questions that suspend, every other one to all
that say something against it.
"""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from attending.simulator.hospitals import (
    FORTNIGHTS,
    KNOWN_AFTER,
    SHIFT,
    TERN_VALLEY,
    VITALS,
    risk,
)
from attending.simulator.weeks import DAYS
from attending.stats.delong import delong
from attending.stats.normal_mixture import normal_mixture
from attending.stats.planned_information import planned_information
from attending.stats.ratio_of_sums import ratio_of_sums
from attending.stats.tau_squared import tau_squared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attending.simulator.hospitals import Hospital

    Numbers = NDArray[np.float64]

BINS = 256
AT_ONCE = 50  # stories drawn together: what fits a small machine's memory


class Question(NamedTuple):
    """One question: which value it would reject, toward which, at what chance of error."""

    of: Literal["area", "ratio"]
    null: float
    toward: float
    share: float


class Odds(NamedTuple):
    """In how many of so many stories any of the questions was answered by rejecting."""

    rejected: int
    drawn: int

    @property
    def share(self) -> float:
        """Give the share of stories."""
        return self.rejected / self.drawn


class Sums(NamedTuple):
    """Sums over patients by story and day, each (stories, days): N is sepsis, D the risk."""

    n: Numbers
    sn: Numbers
    sd: Numbers
    snn: Numbers
    snd: Numbers
    sdd: Numbers


def odds(hospital: Hospital, questions: tuple[Question, ...], *, stories: int, seed: int) -> Odds:
    """Draw a hospital's stories; count those in which a question is answered by rejecting.

    Parameters
    ----------
    hospital
        Its size, and what is planted there.
    questions
        Any of them counts, on any day of the story.
    stories, seed
        How many, from where.

    """
    dice = np.random.Generator(np.random.Philox(seed))
    rejected = 0
    for start in range(0, stories, AT_ONCE):
        n = min(AT_ONCE, stories - start)
        with_sepsis, without, sums = _drawn(dice, hospital, range(DAYS - KNOWN_AFTER), n)
        area, ratio = delong(with_sepsis, without), ratio_of_sums(sums, scale="log")
        any_of = np.zeros(n, dtype=bool)
        for question in questions:
            found = area if question.of == "area" else ratio
            paths = np.asarray(found.theta), np.asarray(found.information)
            ln_e = np.where(np.asarray(found.started), _ln_e(*paths, question), -np.inf)
            any_of |= (ln_e >= math.log(1 / question.share)).any(axis=1)
        rejected += int(any_of.sum())
    return Odds(rejected, stories)


def _drawn(
    dice: np.random.Generator, hospital: Hospital, days: range, n: int
) -> tuple[Numbers, Numbers, Sums]:
    """Give, up to each day, histograms of the score with and without sepsis, and sums."""
    counts, sums = _days(dice, hospital, days, n)
    if hospital.bad_fortnight is not None:
        first, last = (day - days.start for day in hospital.bad_fortnight)
        bad = _worst(dice, hospital, range(*hospital.bad_fortnight), n)
        counts[:, :, first:last], sums[:, :, first:last] = bad
    whole = counts.cumsum(axis=2)
    return whole[0], whole[1], Sums(*sums.cumsum(axis=2))


def _worst(
    dice: np.random.Generator, hospital: Hospital, days: range, n: int
) -> tuple[Numbers, Numbers]:
    """Draw each story's fortnight as often as the world does, and keep the worst."""
    counts, sums = _days(dice, hospital, days, n * FORTNIGHTS)
    whole = counts.sum(axis=2)
    worst = np.asarray(delong(whole[0], whole[1]).value).reshape(n, FORTNIGHTS).argmin(axis=1)
    kept = np.arange(n) * FORTNIGHTS + worst
    return counts[:, kept], sums[:, kept]


def _days(
    dice: np.random.Generator, hospital: Hospital, days: range, n: int
) -> tuple[Numbers, Numbers]:
    """Draw days one by one: histograms (2, n, days, bins), and six sums (6, n, days)."""
    counts = np.zeros((2, n, len(days), BINS))
    sums = np.zeros((6, n, len(days)))
    for place, day in enumerate(days):
        story = np.repeat(np.arange(n), dice.poisson(hospital.cases_a_day, n))
        true = dice.normal(size=(len(story), len(VITALS)))
        if hospital.sicker_from is not None and day >= hospital.sicker_from:
            true += SHIFT
        septic = dice.random(len(story)) < risk(true)
        if hospital.mixed_up_from is not None and day >= hospital.mixed_up_from:
            true[:, 0] = dice.normal(size=len(story))
        score, y = risk(true), septic.astype(float)
        bins = np.minimum((score * BINS).astype(int), BINS - 1)
        row_of = np.where(septic, 0, 1)
        np.add.at(counts[:, :, place], (row_of, story, bins), 1)
        for row, each in enumerate((np.ones(len(y)), y, score, y, y * score, score * score)):
            sums[row, :, place] = np.bincount(story, each, minlength=n)
    return counts, sums


def _ln_e(theta: Numbers, information: Numbers, question: Question) -> Numbers:
    scaled = math.log if question.of == "ratio" else _logit
    null, toward = scaled(question.null), scaled(question.toward)
    planned = planned_information(null, toward, share=question.share)
    known = np.isfinite(theta) & (information > 0)
    ln_e = normal_mixture(
        np.where(known, theta, null),
        np.where(known, information, 1.0),
        null=null,
        tau_squared=tau_squared(question.share, planned, sided=1),
        side=1 if toward > null else -1,
    )
    return np.asarray(ln_e)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def main() -> None:
    """Read ``{"stories", "seed", "asked": {site: {"suspending", "accusing"}}}``; write shares."""
    wanted = json.load(sys.stdin)
    found = {}
    for place, hospital in enumerate(TERN_VALLEY):
        harmed = hospital.mixed_up_from is not None
        asked = wanted["asked"][hospital.name]["suspending" if harmed else "accusing"]
        counted = odds(
            hospital,
            tuple(Question(*each) for each in asked),
            stories=wanted["stories"],
            seed=wanted["seed"] + place,
        )
        found[hospital.name] = {
            "of": "found" if harmed else "wrongly accused",
            "share": counted.share,
            "stories": counted.drawn,
        }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
