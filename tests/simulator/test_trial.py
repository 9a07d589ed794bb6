"""The simulated trial holds what was planted, the same for the same seed."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from attending.simulator.trial import TERN_VALLEY, write_trial

if TYPE_CHECKING:
    from pathlib import Path


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_trial(tmp_path / f"{name}.csv", tmp_path / f"{name}.json", seed=5)

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_the_planted_ratio_is_in_the_file_within_four_standard_errors(tmp_path: Path) -> None:
    n = write_trial(tmp_path / "t.csv", tmp_path / "truth.json", seed=1)
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))

    assert len(rows) == n
    assert set(truth) == {h.name for h in TERN_VALLEY}
    for hospital in TERN_VALLEY:
        for arm, ratio in (("alerted", hospital.risk_ratio), ("usual", 1.0)):
            of = [r for r in rows if r["hospital"] == hospital.name and r["arm"] == arm]
            risk = hospital.usual_risk * ratio
            seen = sum(r["outcome"] == "1" for r in of) / len(of)
            assert seen == pytest.approx(risk, abs=4 * (risk * (1 - risk) / len(of)) ** 0.5)


def test_the_file_says_nothing_of_the_truth(tmp_path: Path) -> None:
    write_trial(tmp_path / "t.csv", tmp_path / "truth.json", seed=1)

    assert "ratio" not in (tmp_path / "t.csv").read_text(encoding="utf-8")
