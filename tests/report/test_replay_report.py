"""A report says what the facts say: every number in a sentence follows its count."""

from __future__ import annotations

import re
from typing import Any

import pytest

from attending.decide.cautions.short_of_goal import short_of_goal
from attending.decide.finding import Scope, find
from attending.decide.gates.no_worse_than import no_worse_than
from attending.decide.rule import Asked
from attending.decide.safety_limits.beyond_floor import beyond_floor
from attending.facts.cells import Bounds, Cells, Design, Side, Sums
from attending.facts.verdict import Limits
from attending.measure.outcomes.risk_ratio import risk_ratio
from attending.report.scope import told
from attending.report.summary import summary
from attending.report.text import text

FLOOR, GOAL, STOP = 1.25, 0.90, 1.74
COUNTS = {"k1": 40, "n1": 200, "k0": 44, "n0": 210}


def sums(k: int, n: int) -> Sums:
    return Sums(n=n, sn=k, sd=n, snn=k, snd=k, sdd=n)


def scope(day: int = 60, **counts: int) -> dict[str, Any]:
    c = COUNTS | counts
    cells = Cells(
        metric="outcomes.risk_ratio/bad",
        scope="A",
        by_arm={"alerted": sums(c["k1"], c["n1"]), "usual": sums(c["k0"], c["n0"])},
        from_on=14,
        to_on=day,
        digest="0" * 64,
        design=Design("alerted", "usual", 0.5),
        bounds=Bounds(Side(GOAL, FLOOR, 0.04), Side(FLOOR, GOAL, 0.01)),
    )
    limits = Limits(floor=FLOOR, goal=GOAL, stop_line=STOP)
    verdicts = [
        rule.judge(Asked(cells, limits, share, day), risk_ratio)
        for rule, share in ((no_worse_than, 0.01), (short_of_goal, 0.04), (beyond_floor, 0.01))
    ]
    about = Scope(cells, risk_ratio.estimate(cells), limits, verdicts, day)
    finding = find(about, risk_ratio, None)
    return told(finding, verdicts, [], title="Alder", withheld=0, floor=FLOOR)


def report(*scopes: dict[str, Any], moves: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"scopes": list(scopes), "floor": FLOOR, "moves": moves or []}


@pytest.mark.parametrize("name", list(COUNTS))
@pytest.mark.parametrize("by", [-1, 1])
def test_a_count_moved_by_one_moves_the_number_in_the_sentence(name: str, by: int) -> None:
    before, after = scope(), scope(**{name: COUNTS[name] + by})
    places = list(COUNTS)
    counts_in = r"(\d+) of (\d+) shown the answer against (\d+) of (\d+) in usual care"

    for found, counts in ((before, COUNTS), (after, COUNTS | {name: COUNTS[name] + by})):
        said = re.match(counts_in, found["because"])
        assert said is not None
        assert [int(g) for g in said.groups()] == [counts[p] for p in places]
    value = COUNTS | {name: COUNTS[name] + by}
    ratio = (value["k1"] / value["n1"]) / (value["k0"] / value["n0"])
    assert f": {ratio:.2f} (" in after["because"]


def test_while_it_cannot_be_told_the_cases_still_needed_are_said() -> None:
    found = scope()

    assert found["finding"] == "cannot tell yet"
    for need in found["needed"]:
        assert f"{need['cases']:,} more cases ({need['events']:,} events)" in found["because"]
        assert need["days_at_current_volume"] > 0
    assert "may harm" not in found["because"]


def test_cases_needed_do_not_come_from_the_estimate() -> None:
    """Two files alike in evidence and rate differ only in what the estimate says."""
    better, worse = scope(n0=205), scope(n0=215)

    for a, b in zip(better["needed"], worse["needed"], strict=True):
        assert (a["if"], a["events"]) == (b["if"], b["events"])


def test_each_scope_has_exactly_one_finding_and_it_fits_the_verdicts() -> None:
    many = {"k1": 400, "n1": 2000, "k0": 440, "n0": 2000}
    worst = {"k1": 600, "n1": 2000, "k0": 300, "n0": 2000}
    short = {"k1": 300, "n1": 1500, "k0": 255, "n0": 1500}
    best = {"k1": 200, "n1": 2000, "k0": 440, "n0": 2000}

    assert scope(**many)["finding"] == "no worse than 1.25"
    assert scope(**worst)["finding"] == "shown to harm"
    assert scope(**short)["finding"] == "worse than promised (caution)"
    assert scope(**best)["finding"] == "shown to help"


def test_the_first_paragraph_names_each_scope_once() -> None:
    good, bad = scope(k1=400, n1=2000, k0=440, n0=2000), scope(k1=600, n1=2000, k0=300, n0=2000)
    bad |= {"scope": "B", "title": "Birch"}
    said = summary(
        report(good, bad, moves=[{"day": 60, "move": "suspend", "scope": "B", "because": ""}])
    )

    assert said == (
        "Birch is shown to harm (on day 60). Alder is shown to be no worse than 1.25 times usual"
        " care (on day 60). Output was suspended: Birch on day 60."
    )


def test_with_nothing_found_the_paragraph_says_so() -> None:
    said = summary(report(scope()))

    assert said == (
        "Nothing is shown to help or to harm. Alder cannot be told yet. Nothing is suspended."
    )


def test_where_no_arms_are_compared_the_paragraph_speaks_of_good_enough() -> None:
    named = {"Alder": "good enough", "Birch": "not good enough", "Elm": "cannot tell yet"}
    scopes = [
        scope() | {"scope": title, "title": title, "found": found, "settled_on": 9}
        for title, found in named.items()
    ]

    assert summary(report(*scopes)) == (
        "Birch is shown to be not good enough (on day 9). Alder is shown to be good enough (on"
        " day 9). Elm cannot be told yet. Nothing is suspended."
    )


def test_the_text_carries_the_root_and_the_budget() -> None:
    whole = report(scope()) | {
        "title": "An alert",
        "watched": [],
        "source": {"title": "A file", "rows": 410, "parked": 2, "credit": "", "calendar": False},
        "budget": {"budget": {"expand": 0.05, "hold": 0.2, "suspend": 0.05}},
        "ledger": {"size": 3, "root": "ab" * 32},
        "not_replayed": {"parked_because": {"no site (column 'h')": 2}},
    }
    said = text(whole)

    assert "ab" * 32 in said
    assert "parked 2: no site (column 'h')" in said
    assert "no calendar" in said
