"""A randomized alert at simulated hospitals, with the truth planted and told apart.

The file it writes looks like somebody's export; the truth goes into another file that no
part of the platform reads. What the platform says is compared with it afterwards.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Hospital:
    """One simulated hospital.

    Attributes
    ----------
    name
        Its name in the file.
    cases_a_day
        Mean of the Poisson number of cases on a day.
    usual_risk
        Chance of the outcome in usual care.
    risk_ratio
        What the alert truly does to that chance.
    acts_added
        What the alert truly adds to the chance of the wanted act.

    """

    name: str
    cases_a_day: float
    usual_risk: float
    risk_ratio: float
    acts_added: float


DAYS = 100

# Four hospitals where the alert does what was promised, and one where it harms. Sizes are
# such that the harm is found with near certainty within the time (see tests/simulator).
TERN_VALLEY = (
    Hospital("Alder", 16, 0.24, 0.80, 0.10),
    Hospital("Birch", 14, 0.20, 0.80, 0.10),
    Hospital("Elm", 10, 0.26, 0.80, 0.12),
    Hospital("Larch", 14, 0.22, 2.20, 0.10),
    Hospital("Yarrow", 4, 0.20, 0.80, 0.08),
)


def write_trial(file: Path, truth: Path, *, seed: int) -> int:
    """Write the trial and, elsewhere, its truth; give how many cases there are."""
    dice = np.random.Generator(np.random.Philox(seed))
    rows: list[list[object]] = []
    for day in range(DAYS):
        for hospital in TERN_VALLEY:
            rows += [
                _case(dice, hospital, day, len(rows) + n)
                for n in range(int(dice.poisson(hospital.cases_a_day)))
            ]
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["case", "hospital", "day", "arm", "sex", "age", "outcome", "acted"])
        writer.writerows(rows)
    planted = {h.name: {"risk_ratio": h.risk_ratio} for h in TERN_VALLEY}
    truth.write_text(json.dumps(planted, indent=2), encoding="utf-8")
    return len(rows)


def _case(dice: np.random.Generator, hospital: Hospital, day: int, number: int) -> list[object]:
    alerted = bool(dice.random() < 0.5)  # noqa: PLR2004  a fair coin, as the source declares
    age = int(np.clip(dice.normal(67, 15), 18, 99))
    risk = hospital.usual_risk * (hospital.risk_ratio if alerted else 1.0)
    act = 0.5 + (hospital.acts_added if alerted else 0.0)
    return [
        f"c{number:06d}",
        hospital.name,
        f"{day + dice.random():.4f}",
        "alerted" if alerted else "usual",
        "female" if dice.random() < 0.52 else "male",  # noqa: PLR2004  as in most hospitals
        age,
        int(dice.random() < risk),
        int(dice.random() < act),
    ]
