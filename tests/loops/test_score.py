"""A case is answered and recorded by the gateway, or the replay stops and says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from attending.errors import NotDurable, Refused
from attending.facts.case import RecordedCase, RecordedOutcome
from attending.facts.fact import By, Fact
from attending.loops.score import Asked, CasePen, Scoring

CASE = RecordedCase(
    case="0" * 32,
    site="A",
    day=7,
    arm="",
    display="silent",
    subgroups={"sex": "female"},
    inputs={},
    outcomes=(),
)


class Ledger:
    """A ledger that keeps facts, or cannot."""

    def __init__(self, *, full: bool = False) -> None:
        self.facts: list[Fact] = []
        self._full = full

    def append(self, facts: list[Fact], payloads: Any = ()) -> str:
        if self._full:
            raise NotDurable("the disk is full")
        self.facts += facts
        return "receipt"


def answer(pen: CasePen, *, display: str = "silent", reason: str = "") -> Any:
    body: dict[str, object] = {"type": "prediction/1", "prediction": "p1", "display": display}
    if reason:
        body["reason"] = reason
    by = By(person="replay", via="gateway")
    fact = Fact(kind="served", key="k", at="2000-01-08T00:00:00Z", by=by, site="A", body=body)
    pen.about(CASE)
    return pen.submit([fact])


def test_the_gateways_fact_is_kept_with_its_day_and_where_it_came_from() -> None:
    ledger = Ledger()
    pen: Any = CasePen(ledger)  # type: ignore[arg-type]

    assert answer(pen).result() == "receipt"

    [fact] = ledger.facts
    assert fact.body["origin"] == "scored"
    assert (fact.body["day"], fact.body["subgroups"]) == (7, {"sex": "female"})
    assert "set_aside" not in fact.body
    assert pen.answers == {CASE.case: "p1"}


def test_what_was_held_back_is_set_aside() -> None:
    ledger = Ledger()

    answer(CasePen(ledger), display="suppressed", reason="suspended")  # type: ignore[arg-type]

    assert ledger.facts[0].body["set_aside"] == "suspended"


def test_what_could_not_be_kept_is_no_answer() -> None:
    pen: Any = CasePen(Ledger(full=True))  # type: ignore[arg-type]

    with pytest.raises(NotDurable):
        answer(pen).result()

    assert pen.answers == {}


def test_a_case_that_nobody_answered_stops_the_replay() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    app.parts = SimpleNamespace(gateway="replay")  # type: ignore[attr-defined]
    use_case = SimpleNamespace(workflow=SimpleNamespace(hook="patient-view"))
    tool: Any = SimpleNamespace(name="u", use_case=use_case)
    scoring = Scoring(Asked(app, tool, None), CasePen(Ledger()))  # type: ignore[arg-type]

    with pytest.raises(Refused, match="not answered"):
        scoring.ask([CASE])


def test_an_outcome_goes_under_the_predictions_name() -> None:
    pen: Any = CasePen(Ledger())  # type: ignore[arg-type]
    answer(pen)
    outcome = RecordedOutcome("bad", y=True, partly=False, known_after=1)

    [(case, same)] = Scoring(Asked(None, None, None), pen).joined([(CASE, outcome)])  # type: ignore[arg-type]

    assert (case.case, same) == ("p1", outcome)
