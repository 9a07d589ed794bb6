"""The lake says of each case what the ledger said last."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.lake.tables import Lake
from attending.measure.sums import yes_or_no

if TYPE_CHECKING:
    from pathlib import Path

BY = By(person="test")


def served(n: int, *, day: int = 0, arm: str = "a", **more: Any) -> Fact:
    body = {"type": "prediction/1", "prediction": f"p{n}", "day": day, "display": "shown"}
    return Fact(
        kind="served", key=f"u/p{n}/served", at="", by=BY, site="s", use_case="u",
        body=body | {"arm": arm, "subgroups": {"sex": "f"}} | more,
    )  # fmt: skip


def observed(n: int, *, y: bool) -> Fact:
    body = {"type": "outcome/1", "prediction": f"p{n}", "outcome": "o", "y": y, "day": 3}
    return Fact(
        kind="observed", key=f"u/p{n}/o/observed", at="", by=BY, site="s", use_case="u", body=body
    )


class Fed:
    def __init__(self) -> None:
        self.lake = Lake({"u": {"o": 3}})
        self.index = 0

    def feed(self, *facts: Fact) -> set[tuple[str, str, int]]:
        entries = [Entry(self.index + n, fact) for n, fact in enumerate(facts)]
        self.index += len(facts)
        return self.lake.widen(entries)

    def cells(self, day: int, group: str = "all") -> list[tuple[Any, ...]]:
        gather = partial(yes_or_no, self.lake.cases("o"))
        rows = self.lake.ask("m/o", gather, use_case="u", days=[day])
        return [(r["arm"], r["n"], r["sn"], r["n_missing"]) for r in rows if r["subgroup"] == group]


def corrected(fact: Fact, index: int) -> Fact:
    return Fact(**{f: getattr(fact, f) for f in fact.__struct_fields__} | {"supersedes": index})


def test_a_case_counts_on_its_evidence_day_whatever_its_outcome() -> None:
    fed = Fed()
    changed = fed.feed(served(1), served(2), served(3), observed(1, y=True), observed(2, y=False))

    assert changed == {("u", "o", 3)}
    assert fed.cells(3) == [("a", 2, 1, 1)]
    assert fed.cells(3, "sex=f") == [("a", 2, 1, 1)]
    assert fed.cells(0) == []


def test_a_late_outcome_restates_its_evidence_day() -> None:
    fed = Fed()
    fed.feed(served(1))

    assert fed.cells(3) == [("a", 0, 0, 1)]
    assert fed.feed(observed(1, y=True)) == {("u", "o", 3)}
    assert fed.cells(3) == [("a", 1, 1, 0)]


def test_a_correction_replaces_what_it_corrects() -> None:
    fed = Fed()
    fed.feed(served(1), observed(1, y=True))

    fed.feed(corrected(observed(1, y=False), 1))
    assert fed.cells(3) == [("a", 1, 0, 0)]

    assert fed.feed(corrected(served(1, day=4), 0)) == {("u", "o", 3), ("u", "o", 7)}
    assert fed.cells(3) == []
    assert fed.cells(7) == [("a", 1, 0, 0)]


def test_a_correction_of_anything_else_takes_no_row_out() -> None:
    fed = Fed()
    fed.feed(served(1), observed(1, y=True))
    body = {"type": "measured/1", "day": 3, "cells": []}
    told = Fact(kind="measured", key="u/r/3/measured", at="", by=BY, use_case="u", body=body)
    fed.feed(told)
    fed.feed(corrected(told, 2))

    assert fed.cells(3) == [("a", 1, 1, 0)]


def test_a_case_set_aside_is_measured_no_further() -> None:
    fed = Fed()
    fed.feed(served(1), served(2, set_aside="suspended", display="suppressed"))

    assert fed.cells(3) == [("a", 0, 0, 1)]


def live(n: int, at: str, **more: Any) -> Fact:
    """Give an answer as a gateway records it, without a day."""
    fact = served(n, **more)
    body = {k: v for k, v in fact.body.items() if k != "day"}
    return Fact(**{f: getattr(fact, f) for f in fact.__struct_fields__} | {"body": body, "at": at})


def receipt(at: str, use_case: str = "u") -> Fact:
    body: dict[str, object] = {"type": "receipt/1", "day": 7}
    return Fact(
        kind="acted", key=f"{use_case}/{at}/receipt", at=at, by=BY, use_case=use_case, body=body
    )


def test_a_live_answer_counts_in_days_from_the_first_receipt_of_its_use_case() -> None:
    fed = Fed()
    fed.feed(
        receipt("2026-03-01T10:00:00.000Z", use_case="another"),
        live(1, "2026-03-02T10:00:00.000Z"),
        receipt("2026-03-02T23:59:59.000Z"),
        live(2, "2026-03-03T00:00:00.000Z"),
        receipt("2026-03-03T08:00:00.000Z"),
        live(3, "2026-03-07T23:00:00.000Z"),
        live(4, "2026-02-20T10:00:00.000Z"),
    )

    assert fed.cells(0 + 3) == [("a", 0, 0, 2)], (
        "before the first receipt, and by a clock gone back"
    )
    assert fed.cells(1 + 3) == [("a", 0, 0, 1)]
    assert fed.cells(5 + 3) == [("a", 0, 0, 1)]


@pytest.mark.parametrize(
    ("display", "reason", "counted"),
    [
        ("suppressed", "off", False),
        ("suppressed", "suspended", False),
        ("suppressed", "retired", False),
        ("suppressed", "not_in_share", True),
        ("suppressed", "cap", True),
        ("no_advice", "", True),
        ("silent", "", True),
        ("late", "", True),
        ("failed", "engine", True),
    ],
)
def test_an_answer_where_the_tool_was_off_is_no_case(
    display: str, reason: str, *, counted: bool
) -> None:
    fed = Fed()
    said = {"display": display} | ({"reason": reason} if reason else {})
    fed.feed(receipt("2026-03-01T10:00:00.000Z"), live(1, "2026-03-01T11:00:00.000Z", **said))

    assert bool(fed.cells(3)) is counted


def test_predictions_are_found_by_what_the_gateway_was_asked_about() -> None:
    fed = Fed()
    fed.feed(
        receipt("2026-03-01T10:00:00.000Z"),
        live(1, "2026-03-02T11:00:00.000Z", encounter="e1", patient="p"),
        live(2, "2026-03-03T11:00:00.000Z", encounter="e2", patient="p"),
        live(3, "2026-03-03T11:00:00.000Z", encounter="e2", display="suppressed", reason="off"),
        live(4, "2026-03-03T11:00:00.000Z", encounter=""),
    )

    def of(column: str, *names: str) -> dict[str, list[tuple[str, int, bool]]]:
        found = fed.lake.asked("u", column, names)
        return {n: [(a.prediction, a.day, a.set_aside) for a in each] for n, each in found.items()}

    assert of("encounter", "e2", "e9", "") == {"e2": [("p2", 2, False), ("p3", 2, True)]}
    assert of("patient", "p") == {"p": [("p1", 1, False), ("p2", 2, False)]}
    assert of("prediction", "p4") == {"p4": [("p4", 2, False)]}
    assert fed.lake.asked("another", "patient", ["p"]) == {}


def test_what_does_not_fit_into_memory_is_spilled_encrypted(tmp_path: Path) -> None:
    """No store says how these facts lie, so what is spilled of them is never in the clear."""
    lake = Lake({"watch": {"died": 1}})
    lake._con.execute(f"SET temp_directory = '{tmp_path}'")
    lake._con.execute("SET memory_limit = '32MB'")
    lake._con.execute("SET threads = 1")
    word = "CANARY-4711"
    spell = f"'{word}' || repeat(md5(i::VARCHAR), 4)"
    rows = f"i, {spell}, 'watch', 'r', 's', '', 'shown', 1, NULL, 0.5, {spell}, ''"
    for start in range(0, 200_000, 100_000):
        among = f"range({start}, {start + 100_000}) AS t(i)"
        lake._con.execute(f"INSERT INTO served SELECT {rows} FROM {among}")
    spilled = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in spilled) > 1 << 20, "something was spilled"
    assert not any(word.encode() in path.read_bytes() for path in spilled)
