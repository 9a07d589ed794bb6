"""Explaining a verdict says which rule, which number, and which fact says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.demo import BEGAN, STORY
from attending.cli.explain import explain
from attending.cli.staging.playing import Stage, play
from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from pathlib import Path

NAME = "sepsis_alert"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play the first weeks of the demonstration, and keep their ledger."""
    place = tmp_path_factory.mktemp("story")
    with Stage(admit(STORY), place, began=BEGAN) as stage:
        play(stage, place, ["--seed", "13", "--days", "18"])
    return place


def run(*words: str) -> str:
    done = CliRunner().invoke(explain, words, catch_exceptions=False, standalone_mode=False)
    return done.output


def test_it_says_the_finding_the_rules_and_the_fact(store: Path) -> None:
    said = run(NAME, "Larch", "--store", str(store))

    assert said.startswith("sepsis_alert, Larch, day 17 (2026-08-07): good enough.")
    assert "gate no_worse_than on performance.auroc/sepsis: met" in said
    assert "safety limit beyond_floor on performance.auroc/sepsis: not crossed" in said
    assert "of the ledger says so" in said


def test_the_past_is_explained_as_it_was_known_then(store: Path) -> None:
    early = json.loads(run(NAME, "Larch", "--store", str(store), "--as-of", "4", "-o", "json"))

    assert (early["day"], early["date"]) == (4, "2026-07-25")
    assert early["finding"]["found"] == "cannot tell yet"


def test_where_nothing_can_be_weighed_yet_no_figure_is_made_up(store: Path) -> None:
    early = run(NAME, "Larch", "--store", str(store), "--as-of", "3")

    assert "no evidence either way yet" in early
    assert "-700" not in early


def test_an_unknown_scope_or_use_case_is_refused_with_the_nearest(store: Path) -> None:
    with pytest.raises(NoSuchName, match="did you mean 'Larch'"):
        run(NAME, "Lrch", "--store", str(store))
    with pytest.raises(NoSuchName, match=f"did you mean '{NAME}'"):
        run("sepsis_alrt", "--store", str(store))


def test_a_store_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        run(NAME, "--store", str(tmp_path / "none"))
