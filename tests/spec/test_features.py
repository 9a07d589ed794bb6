"""A feature that reads what no view has is refused when it is planned, with the nearest name."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from attending.admit import admit
from attending.spec.mistake import SpecRefused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "death_in_hospital"
    shutil.copytree(root / "usecases" / "death_in_hospital", copy)
    return copy


def change(folder: Path, file: str, was: str, now: str) -> None:
    path = folder / file
    told = path.read_text("utf-8")
    assert was in told
    path.write_text(told.replace(was, now, 1), "utf-8")


def test_the_folder_as_it_is_is_admitted(folder: Path) -> None:
    admitted = admit(folder)

    assert set(admitted.views) >= {"patients", "stays", "departures"}
    assert "View/patients" in admitted.digests


@pytest.mark.parametrize(
    ("file", "was", "now", "said"),
    [
        ("usecase.yaml", "column: born", "column: borne", "did you mean 'born'"),
        ("usecase.yaml", "view: patients", "view: patient", "did you mean 'patients'"),
        ("usecase.yaml", "order: taken", "order: take", "did you mean 'taken'"),
        ("usecase.yaml", "unit_column: unit", "unit_column: units", "did you mean 'unit'"),
        ("usecase.yaml", "reduce: last", "reduce: latest", "did you mean 'last'"),
        ("usecase.yaml", "within: 24 h", "within: 24 hours", "write a length"),
        ("usecase.yaml", "  age: {", "  aged: {", "did you mean 'aged'"),
        ("views.yaml", "path: birthDate", "path: birthDate.(", "cannot be read"),
        ("views.yaml", "resource: Patient", "resurce: Patient", "did you mean 'resource'"),
        ("source.yaml", "cases: stays", "cases: stay", "did you mean 'stays'"),
        ("source.yaml", "asked_at: admitted", "asked_at: admited", "did you mean 'admitted'"),
        ("source.yaml", "column: left_for", "column: left_four", "did you mean 'left_for'"),
        ("source.yaml", "{column: hospital", "{column: hospitals", "did you mean 'hospital'"),
    ],
)
def test_a_slip_is_refused_with_its_place(
    folder: Path, file: str, was: str, now: str, said: str
) -> None:
    change(folder, file, was, now)

    with pytest.raises(SpecRefused) as refused:
        admit(folder)

    assert said in str(refused.value)
    assert re.search(r"\.yaml:\d+", str(refused.value))
