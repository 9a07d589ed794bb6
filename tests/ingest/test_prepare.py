"""Rows are left out as declared, and cases without an id are given a name that stays."""

from __future__ import annotations

from typing import Any

import pytest

from attending.errors import Refused
from attending.ingest.mapping import Mapping, keyed, needed_columns
from attending.ingest.prepare import columns_of, prepare
from attending.ingest.source import Row, Rows
from attending.spec.parse import parse

NAME = "{h}:{row}"
SOURCE: dict[str, Any] = {
    "kind": "Source",
    "missing": {"x": [0]},
    "cases": {
        "case": NAME,
        "site": {"column": "h"},
        "day": {"hash_of": NAME, "per_day": 2},
        "inputs": {"x": {"column": "x"}, "sex": {"column": "s", "map": {"1": "male"}}},
        "left_out": [{"column": "h", "values": ["T"], "because": "it was trained on them"}],
    },
    "outcomes": {"bad": {"column": "y", "known_after": "1 d"}},
}


def rows(*hospitals: str, x: str = "3.5") -> Rows:
    cells = [{"h": h, "x": x, "s": "1.0", "y": str(n % 2)} for n, h in enumerate(hospitals)]
    return Rows(
        ("h", "x", "s", "y"), tuple(Row(n, c) for n, c in enumerate(cells, 2)), (), "0" * 64
    )


def source(**change: Any) -> Any:
    return parse(SOURCE | {"cases": SOURCE["cases"] | change})


def named(told: Rows) -> list[str]:
    return [row.cells[NAME] for row in prepare(told, told, source()).exposures.rows]


def test_a_case_is_named_by_its_site_and_its_place_among_the_sites_rows() -> None:
    assert named(rows("A", "B", "A")) == ["A:0", "B:0", "A:1"]


def test_a_case_keeps_its_name_when_another_sites_rows_come_or_go() -> None:
    assert named(rows("B", "B", "A", "A"))[2:] == named(rows("A", "A")) == ["A:0", "A:1"]


def test_rows_are_left_out_with_the_reason_and_counted_apart_from_parked_ones() -> None:
    told = rows("A", "T", "A", "T")
    ready = prepare(told, told, source())

    mapping = Mapping(source(), sites=frozenset({"A"}), naming=keyed(b"k", source()))
    cases, parked = mapping.cases(ready.exposures, ready.outcomes)

    assert ready.left_out == {"it was trained on them": 2}
    assert [case.site for case in cases] == ["A", "A"]
    assert parked == []


def test_an_outcome_of_a_row_left_out_is_no_surprise() -> None:
    told, became = rows("A", "T"), rows("A", "T")

    ready = prepare(told, became, source())

    assert [row.cells["h"] for row in ready.outcomes.rows] == ["A"]


def test_days_are_filled_by_what_is_replayed_alone() -> None:
    told = rows(*["T"] * 5, *["A"] * 5)
    ready = prepare(told, told, source())
    mapping = Mapping(source(), sites=frozenset({"A"}), naming=keyed(b"k", source()))

    cases, _ = mapping.cases(ready.exposures, ready.outcomes)

    assert sorted(case.day for case in cases) == [0, 0, 1, 1, 2]


def test_a_file_with_an_id_and_nothing_to_leave_out_is_passed_on_as_it_is() -> None:
    told = rows("A", "B")

    ready = prepare(told, told, source(case="h", day={"hash_of": "h", "per_day": 1}, left_out=[]))

    assert ready.exposures.rows == told.rows
    assert ready.exposures is ready.outcomes
    assert ready.left_out == {}


@pytest.mark.parametrize(("x", "inputs"), [("0.0", {"sex": "male"}), ("0", {"sex": "male"})])
def test_a_declared_zero_is_a_gap_however_it_is_written(x: str, inputs: dict[str, str]) -> None:
    told = rows("A", x=x)
    ready = prepare(told, told, source())
    mapping = Mapping(source(), sites=frozenset({"A"}), naming=keyed(b"k", source()))

    [case], _ = mapping.cases(ready.exposures, ready.outcomes)

    assert case.inputs == inputs


def test_the_columns_a_name_is_made_of_are_needed() -> None:
    for_cases, for_outcomes = needed_columns(source())

    assert for_cases == {"h", "x", "s"}
    assert for_outcomes == {"h", "y"}


@pytest.mark.parametrize("text", ["{}", "{h", "h}"])
def test_braces_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        columns_of(text)


def test_a_number_is_left_out_however_it_is_spelled() -> None:
    left = [{"column": "s", "values": ["1"], "because": "it was trained on them"}]
    told = rows("A", "B")

    ready = prepare(told, told, source(left_out=left))

    assert (ready.exposures.rows, ready.left_out) == ((), {"it was trained on them": 2})
