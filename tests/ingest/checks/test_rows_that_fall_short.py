"""Each check of rows finds exactly what is planted, and nothing where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from attending.ingest import checks as room
from attending.rooms import fetch

CASES = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.yaml"))}
PATIENTS = {"patients": {"id": ["p1", "p2"]}}


@pytest.fixture(params=CASES)
def case(request):
    return YAML(typ="safe").load(CASES[request.param])


def test_what_is_planted_is_found_row_by_row(case, ask):
    [result] = ask(case["planted"], case["line"], tables=PATIENTS, rows_a_day=1)

    assert result.state == "breach"
    assert list(result.sample) == case["short"]
    assert result.num_violated == len(case["short"])
    assert result.since_row == int(case["short"][0][1:]) + 1 or result.check == "present"
    assert result.kind == fetch(room, result.check).kind


def test_what_is_clean_is_ok(case, ask):
    [result] = ask(case["clean"], case["line"], tables=PATIENTS)

    assert (result.state, result.num_violated, result.sample) == ("ok", 0, ())


def test_all_lines_of_a_table_are_one_query(ask, monkeypatch):
    from attending.ingest import checking

    asked, queries = checking.gathered, []
    monkeypatch.setattr(checking, "gathered", lambda *a, **k: queries.append(1) or asked(*a, **k))
    lines = [
        {"check": "present", "column": "a"},
        {"check": "once", "column": "a"},
        {"check": "resolves", "column": "a", "references": ["patients", "id"]},
        {"check": "in_range", "column": "b", "low": 0},
    ]
    columns = {"a": ["p1", "p2"] * 20, "b": ["1", "-1"] * 20}

    results = ask(columns, *lines, tables=PATIENTS)

    assert len(queries) == 1
    assert [r.state for r in results] == ["ok", "breach", "ok", "breach"]


def test_sites_are_judged_apart(ask):
    columns = {"site": ["A", "B", "A", "B"], "a": ["1", "x", "2", "3"]}

    north, south = ask(
        columns, {"check": "has_type", "column": "a", "type": "integer"}, site="site",
        sites={"A": "north"},
    )  # fmt: skip

    assert (north.site, north.state, north.to) == ("north", "ok", 2)
    assert (south.site, south.state, south.sample) == ("B", "breach", ("k1",))
