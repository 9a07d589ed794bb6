"""Explaining a verdict says which rule, which number, and which fact says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attending.cli.demo import demo
from attending.cli.explain import explain
from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from pathlib import Path

NAME = "tern_valley_alert"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demonstration once, checked against what was planted, and keep its ledger."""
    place = tmp_path_factory.mktemp("demo") / "store"
    done = CliRunner().invoke(demo, ["--check", "--store", str(place)])

    assert done.exit_code == 0, done.output
    assert "planted at Larch: ratio 2.2. found: shown to harm" in done.output
    return place


def run(*words: str) -> str:
    done = CliRunner().invoke(explain, words, catch_exceptions=False, standalone_mode=False)
    return done.output


def test_it_says_the_finding_the_rules_and_the_fact(store: Path) -> None:
    said = run(NAME, "Larch", "--store", str(store))

    assert said.startswith("tern_valley_alert, Larch, day 113: shown to harm.")
    assert "safety limit beyond_floor on outcomes.risk_ratio/worsened: crossed" in said
    assert "of the ledger says so" in said


def test_the_past_is_explained_as_it_was_known_then(store: Path) -> None:
    early = json.loads(run(NAME, "Larch", "--store", str(store), "--as-of", "16", "-o", "json"))

    assert early["day"] == 16
    assert early["finding"]["found"] == "cannot tell yet"


def test_an_unknown_scope_or_use_case_is_refused_with_the_nearest(store: Path) -> None:
    with pytest.raises(NoSuchName, match="did you mean 'Larch'"):
        run(NAME, "Lrch", "--store", str(store))
    with pytest.raises(NoSuchName, match=f"did you mean '{NAME}'"):
        run("tern_valey_alert", "--store", str(store))


def test_a_store_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        run(NAME, "--store", str(tmp_path / "none"))
