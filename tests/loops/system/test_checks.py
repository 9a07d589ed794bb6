"""What is found in the data is written once, holds who depends on it, and names no row."""

from __future__ import annotations

import csv

import pytest

from attending import shapes
from attending.lake.aggregates import open_tables
from attending.loops.books import Books
from attending.loops.say import Said, order
from attending.loops.system.checks import Given, look_into
from attending.loops.today import today
from attending.spec.data.checks import Checks

DOCUMENT = {
    "kind": "Checks",
    "name": "labs",
    "source": "lab_feed",
    "table": "labs",
    "key": "id",
    "order": "id",
    "order_as": "number",
    "site": "hospital",
    "rows_a_day": 50,
    "checks": [
        {"check": "present", "column": "lactate", "holds": ["falls"], "reads": ["falls"]},
        {"check": "in_range", "column": "lactate", "low": 0, "high": 30},
    ],
}


@pytest.fixture
def look(ward, tmp_path):
    """Give what looks into 400 rows of each hospital, of which so many are filled at Birch."""

    def looked(filled):
        path = tmp_path / "labs.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["id", "hospital", "lactate"])
            for n in range(400):
                out.writerow([2 * n, "Alder", "1.5"])
                out.writerow([2 * n + 1, "Birch", "1.5" if n < filled else ""])
        books = Books(ward.parts.reader, ward.parts.pen, ward.clock)
        return look_into(
            books, shapes.convert(DOCUMENT, Checks), Given(open_tables({"labs": [path]})["labs"])
        )

    return looked


def test_a_planted_breach_holds_the_tool_within_one_turn(ward, look):
    ward.begin()
    ward.turn()
    assert ward.folded.standing.expansion != "held"

    found = look(filled=200)
    ward.turn()

    [_, _, breach, _] = found.results
    assert (breach.site, breach.check, breach.state) == ("Birch", "present", "breach")
    held = ward.folded.standing.holds[f"check/{breach.name}/{breach.since_row}"]
    assert (held.cause, held.scope) == ("caution", "Birch")
    assert "labs.lactate" in held.because
    assert ward.folded.standing.expansion == "held"
    [receipt] = [
        e.fact for e in ward.parts.reader.entries(kinds=("acted",))
        if e.fact.body.get("answers") == f"check/{breach.name}/{breach.since_row}"
    ]  # fmt: skip
    assert receipt.body["move"] == "hold"
    assert "read_back" in receipt.body


def test_it_is_answered_once_and_a_person_may_go_on_in_spite_of_it(ward, look):
    ward.begin()
    look(filled=200)
    ward.turn()
    hands = ward.parts.hands
    said = Said("resume", "all", "chair", "the column is not read at night")
    order(hands, ward.folded, said, today(hands, ward.folded))

    look(filled=200)
    ward.turn()

    assert ward.folded.standing.expansion != "held"


def test_where_nothing_falls_short_nothing_is_held(ward, look):
    ward.begin()
    look(filled=400)
    ward.turn()

    assert ward.folded.standing.holds == {}


def test_the_same_found_again_writes_nothing(ward, look):
    assert look(filled=200).is_new
    size = ward.parts.reader.size()

    assert not look(filled=200).is_new
    assert ward.parts.reader.size() == size
    assert look(filled=300).is_new


def test_rows_are_counted_in_the_ledger_and_never_named(ward, look):
    found = look(filled=200)
    assert any(result.sample for result in found.results)

    fact = ward.parts.reader.latest("checks/labs/labs/checked").fact

    assert fact.kind == "measured"
    assert all("sample" not in result for result in fact.body["results"])
