"""Tern Valley Health, as it truly is: ten hospitals, and what is planted at them.

Only the world and the planner import this; an import contract says so. The judge is handed
what it holds, and the demonstration's own verb knows no more than the weeks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import IO, TYPE_CHECKING

import numpy as np

from attending.simulator.weeks import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN_AFTER = 2  # days until it is known who had sepsis

# What the bought model was fitted to, and what is true: the logit of the risk is INTERCEPT
# plus these, each input standardized. The model reads nearly nothing but lactate.
INTERCEPT = -2.1
WEIGHTS = (2.4, 0.5, 0.45, 0.3, 0.2)


@dataclass(frozen=True)
class Vital:
    """One input: its name, how it is coded, and its usual level and spread."""

    name: str
    loinc: str
    mean: float
    scale: float
    digits: int


VITALS = (
    Vital("lactate", "2524-7", 2.2, 0.6, 2),
    Vital("heart_rate", "8867-4", 88.0, 16.0, 0),
    Vital("respiratory_rate", "9279-1", 19.0, 4.0, 0),
    Vital("white_cells", "6690-2", 9.8, 2.6, 1),
    Vital("temperature", "8310-5", 37.2, 0.7, 1),
)


@dataclass(frozen=True)
class Hospital:
    """One hospital.

    Attributes
    ----------
    name
        Its name.
    cases_a_day
        Mean of the Poisson number of patients seen on a day.
    mixed_up_from
        The day from which its analyzer reports each patient somebody else's lactate.
    sicker_from
        The day from which its patients are sicker: every input a quarter of its spread up.
    bad_fortnight
        Days of which, out of forty ways chance could have gone, the worst is what happened.

    """

    name: str
    cases_a_day: float
    mixed_up_from: int | None = None
    sicker_from: int | None = None
    bad_fortnight: tuple[int, int] | None = None


TERN_VALLEY = (
    Hospital("Alder", 16),
    Hospital("Birch", 14),
    Hospital("Elm", 12),
    Hospital("Hazel", 12, bad_fortnight=(50, 64)),
    Hospital("Juniper", 10),
    Hospital("Larch", 24, mixed_up_from=28),
    Hospital("Quince", 10),
    Hospital("Sorrel", 9),
    Hospital("Spruce", 12, sicker_from=52),
    Hospital("Yarrow", 1.5),
)
SHIFT = 0.25
FORTNIGHTS = 40


@dataclass(frozen=True)
class Patients:
    """The patients of one hospital on one day.

    Attributes
    ----------
    reported
        The inputs as the hospital's systems report them, standardized; (patients, 5).
    septic
        Who has sepsis; (patients,).
    acts
        A number from 0 to 1 for each, by which clinicians decide what to do with a card.

    """

    reported: np.ndarray
    septic: np.ndarray
    acts: np.ndarray


@lru_cache(maxsize=64)  # a day is asked about several times
def patients(hospital: Hospital, day: int, *, seed: int, planted: bool) -> Patients:
    """Draw a day's patients: the same for the same seed, whatever was drawn before."""
    plain = Hospital(hospital.name, hospital.cases_a_day)
    now = hospital if planted else plain
    fortnight = now.bad_fortnight
    if fortnight is not None and fortnight[0] <= day < fortnight[1]:
        return _drawn(now, day, (seed, _worst(now, seed)))
    return _drawn(now, day, (seed, 0))


def _drawn(hospital: Hospital, day: int, seeds: tuple[int, int]) -> Patients:
    place = [each.name for each in TERN_VALLEY].index(hospital.name)
    dice = np.random.Generator(np.random.Philox(np.random.SeedSequence([*seeds, place, day])))
    n = int(dice.poisson(hospital.cases_a_day))
    true = dice.normal(size=(n, len(VITALS)))
    if hospital.sicker_from is not None and day >= hospital.sicker_from:
        true += SHIFT
    septic = dice.random(n) < risk(true)
    reported = true.copy()
    if hospital.mixed_up_from is not None and day >= hospital.mixed_up_from and n:
        reported[:, 0] = dice.permutation(dice.normal(size=n))
    return Patients(reported, septic, dice.random(n))


def risk(inputs: np.ndarray) -> np.ndarray:
    """Give the risk of sepsis, from true inputs; the model says the same of reported ones."""
    said: np.ndarray = 1 / (1 + np.exp(-(INTERCEPT + inputs @ np.asarray(WEIGHTS))))
    return said


@cache
def _worst(hospital: Hospital, seed: int) -> int:
    """Find which of forty fortnights looks worst: the model is as good as ever, luck is not."""
    start, end = hospital.bad_fortnight or (0, 0)
    areas = []
    for turn in range(1, FORTNIGHTS + 1):
        days = [_drawn(hospital, day, (seed, turn)) for day in range(start, end)]
        score = np.concatenate([risk(each.reported) for each in days])
        septic = np.concatenate([each.septic for each in days])
        with_it, without = score[septic], score[~septic]
        areas.append(float(np.mean(with_it[:, None] > without[None, :])))
    return 1 + int(np.argmin(areas))


def truth(*, seed: int, planted: bool, seen: Mapping[str, Mapping[str, int]]) -> dict[str, object]:
    """Tell what is true: what is planted where, and how much really happened.

    Parameters
    ----------
    seed, planted
        Which world, and whether anything is planted in it.
    seen
        By hospital, how many patients were put to the platform, how many outcomes were
        handed to it, and how many of them were sepsis.

    """
    return {
        "schema": "truth/1",
        "seed": seed,
        "first_day": FIRST_DAY.isoformat(),
        "harmed": [
            {"site": h.name, "from_day": h.mixed_up_from, "what": "lactates of other patients"}
            for h in TERN_VALLEY
            if planted and h.mixed_up_from is not None
        ],
        "left_alone": [
            {"site": h.name, "what": _looks(h) if planted else "nothing happens"}
            for h in TERN_VALLEY
            if not (planted and h.mixed_up_from is not None)
        ],
        "seen": {name: dict(counts) for name, counts in seen.items()},
    }


def _looks(hospital: Hospital) -> str:
    if hospital.bad_fortnight is not None:
        return "a bad fortnight, by chance"
    if hospital.sicker_from is not None:
        return "sicker patients; the model is as right as before"
    return "nothing happens"


def write_truth(told: Mapping[str, object], file: IO[str]) -> None:
    """Write the truth where only its holder can read it."""
    file.seek(0)
    file.truncate()
    json.dump(told, file, indent=2)
    file.flush()
