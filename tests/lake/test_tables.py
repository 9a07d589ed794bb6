"""The lake says of each case what the ledger said last."""

from __future__ import annotations

from functools import partial
from typing import Any

from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.lake.tables import Lake
from attending.measure.sums import yes_or_no

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


def test_a_case_set_aside_is_measured_no_further() -> None:
    fed = Fed()
    fed.feed(served(1), served(2, set_aside="suspended", display="suppressed"))

    assert fed.cells(3) == [("a", 0, 0, 1)]


def test_a_live_answer_counts_from_the_day_it_was_given_on() -> None:
    fed = Fed()
    live = served(1)
    body = {k: v for k, v in live.body.items() if k != "day"}
    said = {f: getattr(live, f) for f in live.__struct_fields__}
    fed.feed(Fact(**said | {"body": body, "at": "2000-01-06T23:00:00.000Z"}))

    assert fed.cells(5 + 3) == [("a", 0, 0, 1)]
