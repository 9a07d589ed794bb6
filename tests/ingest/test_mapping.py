"""A row becomes a case or is parked with the reason; nothing is guessed at."""

from __future__ import annotations

from typing import Any

import pytest

from attending.ingest.mapping import Mapping, keyed
from attending.ingest.source import Row, Rows
from attending.spec.parse import parse

SOURCE: dict[str, Any] = {
    "kind": "Source",
    "missing": ["", "NaN"],
    "cases": {
        "case": "id",
        "site": {"column": "h", "map": {"1": "A", "2": "B"}},
        "day": {"column": "t", "days_since": "site_launch"},
        "arm": {
            "column": "arm",
            "map": {"1": "alerted", "0": "usual"},
            "probability": {"alerted": 0.5, "usual": 0.5},
        },
        "display": {"column": "arm", "map": {"1": "shown", "0": "silent"}},
        "subgroups": {"age": {"column": "age", "cuts": [65, 80]}},
    },
    "outcomes": {"bad": {"any": ["d", "p"], "known_after": "14 d"}},
}

GOOD = {"id": "1", "h": "1", "t": "2.7", "arm": "1", "age": "70", "d": "0", "p": "1"}


def mapping(change: dict[str, Any] | None = None) -> Mapping:
    source: Any = parse(SOURCE | (change or {}))
    return Mapping(source, sites=frozenset({"A", "B"}), naming=keyed(b"k", source))


def rows(*cells: dict[str, str]) -> Rows:
    return Rows(tuple(GOOD), tuple(Row(n, c) for n, c in enumerate(cells, 2)), (), "0" * 64)


def read(*cells: dict[str, str], change: dict[str, Any] | None = None) -> Any:
    told = rows(*cells)
    return mapping(change).cases(told, told)


def test_a_good_row_is_a_case_on_its_own_day() -> None:
    [case], parked = read(GOOD)

    assert parked == []
    assert (case.site, case.day, case.arm, case.display) == ("A", 2, "alerted", "shown")
    assert case.subgroups == {"age": "65 to under 80"}
    assert case.outcomes[0].y is True
    assert case.case != "1", "the file's own id never enters a fact"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"h": "9"}, "value not listed in the map (listed: 1, 2)"),
        ({"h": ""}, "no site (column 'h')"),
        ({"t": "soon"}, "column 't': a number of days is wanted"),
        ({"t": "-1"}, "the case is from before the tool went live at its site"),
        ({"t": "inf"}, "column 't': a number of days is wanted"),
        ({"arm": "2"}, "value not listed in the map (listed: 1, 0)"),
        ({"id": "NaN"}, "no case id (column 'id')"),
        ({"d": "maybe"}, "column 'd': neither yes nor no (1, 0, true, false, yes, no)"),
    ],
)
def test_what_cannot_be_read_is_parked_with_the_reason(change: dict[str, str], why: str) -> None:
    cases, [parked] = read(GOOD | change)

    assert cases == []
    assert (parked.row, parked.because) == (2, why)


@pytest.mark.parametrize(
    ("d", "p", "y", "partly"),
    [
        ("1", "", True, False),
        ("0", "", False, True),
        ("0", "0", False, False),
        ("", "", None, False),
        ("NaN", "1.0", True, False),
    ],
)
def test_a_composite_is_missing_only_where_no_part_is_recorded(
    d: str, p: str, y: bool | None, partly: bool
) -> None:
    [case], _ = read(GOOD | {"d": d, "p": p})

    assert (case.outcomes[0].y, case.outcomes[0].partly) == (y, partly)


def test_the_same_row_twice_is_one_case() -> None:
    cases, parked = read(GOOD, GOOD)

    assert (len(cases), parked) == (1, [])


def test_a_case_told_in_two_ways_is_parked_whole_since_neither_can_be_trusted() -> None:
    cases, parked = read(GOOD, GOOD | {"t": "9"}, GOOD | {"id": "2"})

    assert [c.day for c in cases] == [2]
    assert [p.row for p in parked] == [2, 3]
    assert {p.because for p in parked} == {"this case stands in the file twice with other contents"}


def test_an_outcome_for_an_unknown_case_is_parked_and_counted() -> None:
    told, became = rows(GOOD), rows(GOOD, GOOD | {"id": "7"})

    cases, [parked] = mapping().cases(told, became)

    assert len(cases) == 1
    assert parked.because == "an outcome for a case that no exposure row names"


def test_a_case_without_an_outcome_row_is_a_case_whose_outcome_is_not_known() -> None:
    [case], parked = mapping().cases(rows(GOOD), rows())

    assert parked == []
    assert case.outcomes[0].y is None


def test_days_may_be_dates_with_a_start_for_each_site() -> None:
    day = {"column": "t", "as": "datetime", "since": {"A": "2021-03-01", "B": "2021-04-01"}}
    change = {"cases": SOURCE["cases"] | {"day": day}}

    cases, parked = read(
        GOOD | {"t": "2021-03-08T23:59:00"},
        GOOD | {"id": "2", "h": "2", "t": "2021-04-02"},
        GOOD | {"id": "3", "t": "08/03/2021"},
        change=change,
    )

    assert [c.day for c in cases] == [7, 1]
    assert [p.because for p in parked] == ["column 't': an ISO date or time is wanted"]


def test_without_any_time_cases_arrive_in_the_order_of_a_hash() -> None:
    change = {"cases": SOURCE["cases"] | {"day": {"hash_of": "id", "per_day": 2}}}

    cases, _ = read(*(GOOD | {"id": str(n)} for n in range(5)), change=change)

    assert sorted(c.day for c in cases) == [0, 0, 1, 1, 2]
    assert [c.day for c in cases] != sorted(c.day for c in cases), "file order is not time"


def test_a_value_missing_in_one_column_is_a_value_in_another() -> None:
    cases, _ = read(GOOD | {"age": "0"}, change={"missing": {"age": ["0"]}})

    assert cases[0].subgroups == {"age": "unknown"}
    assert cases[0].outcomes[0].y is True


@pytest.mark.parametrize(
    ("listed", "cell", "y"),
    [
        ([2], "2.0", True),
        (["2"], "2.00", True),
        ([2], "3.0", False),
        ([True], "true", True),
        ([True], "TRUE", True),
        ([1], "true", True),
        ([True], "1", True),
        ([0], "false", True),
        ([True], "false", False),
        (["DIED"], "DIED", True),
        (["DIED"], "HOME", False),
    ],
)
def test_an_outcome_that_is_spelled_otherwise_than_it_is_listed_is_no_silent_no(
    listed: list[Any], cell: str, y: bool
) -> None:
    outcomes = {"bad": {"column": "d", "true_when": listed, "known_after": "14 d"}}

    [case], _ = read(GOOD | {"d": cell}, change={"outcomes": outcomes})

    assert case.outcomes[0].y is y


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf"])
def test_what_is_no_finite_number_is_neither_above_a_limit_nor_below(cell: str) -> None:
    outcomes = {"bad": {"column": "d", "above": 1, "known_after": "14 d"}}

    cases, parked = read(GOOD | {"d": cell}, change={"outcomes": outcomes})

    assert (cases, [each.because for each in parked]) == (
        [],
        ["column 'd': a number is wanted"],
    )


@pytest.mark.parametrize("cell", ["nan", "inf"])
def test_what_is_no_finite_number_is_in_no_band(cell: str) -> None:
    [case], _ = read(GOOD | {"age": cell})

    assert case.subgroups == {"age": "unknown"}


def test_nothing_is_nothing_however_its_number_is_spelled() -> None:
    cases, _ = read(GOOD | {"d": "-9.0", "p": "-9"}, change={"missing": [-9]})

    assert cases[0].outcomes[0].y is None
