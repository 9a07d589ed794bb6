"""The export holds everything that was said, in the columns that HTI-1 names, and no names."""

from __future__ import annotations

import csv
import io

from attending.report.answer_text import rows_csv

WHEN = "2026-03-02T09:00:00.000Z"


def test_each_response_is_a_row_in_the_columns_that_are_asked_for(wrote):
    wrote.add(
        wrote.card("a", WHEN, unit="icu"),
        wrote.response("a", WHEN, "overridden", "patient-ineligible"),
        wrote.response("a", "2026-03-02T10:00:00.000Z"),
        wrote.card("b", WHEN, user=""),
        wrote.response("b", WHEN),
    )

    answer = wrote.auditor.ask(11)
    assert answer["columns"] == [
        "key", "intervention", "action", "feedback", "user", "date", "location", "cites",
    ]  # fmt: skip
    assert answer["rows"] == [
        ["a/1", "falls falls-1", "overridden", "s|patient-ineligible", "u1", WHEN, "Alder/icu",
         [0, 1]],
        ["a/2", "falls falls-1", "accepted", None, "u1", "2026-03-02T10:00:00.000Z", "Alder/icu",
         [0, 2]],
        ["b/4", "falls falls-1", "accepted", None, "not named", WHEN, "Alder", [3, 4]],
    ]  # fmt: skip
    assert "under pseudonyms" in answer["because"]


def test_what_somebody_wrote_is_told_by_its_digest_alone(wrote):
    said = wrote.response("a", WHEN, "overridden", reason={"listed": False}, comment="c" * 64)
    wrote.add(wrote.card("a", WHEN), said)

    (row,) = wrote.auditor.rows(11)
    assert row["feedback"] == f"own words, sealed as {'c' * 64}"


def test_a_response_about_an_answer_that_is_not_on_record_is_told_and_named(wrote):
    wrote.add(wrote.response("gone", WHEN))

    assert wrote.auditor.against(11) == {"gone/0": "about an answer that is not on record"}
    assert wrote.auditor.rows(11)[0]["user"] == "not named"


def test_the_table_reads_back_and_starts_no_formula(wrote):
    """A spreadsheet takes what begins with = for something to compute."""
    wrote.add(
        wrote.card("=1+1", WHEN, unit='a "quoted", unit'),
        wrote.response("=1+1", WHEN, "overridden", "+cmd"),
    )
    table = rows_csv(wrote.auditor.ask(11))

    (row,) = csv.DictReader(io.StringIO(table, newline=""))
    assert row["key"] == "'=1+1/1"
    assert row["location"] == 'Alder/a "quoted", unit'
    assert row["cites"] == "0 1"
    assert table.endswith("\r\n")


def test_where_nobody_said_anything_it_says_what_was_searched(wrote):
    wrote.add(wrote.card("a", WHEN))

    because = wrote.auditor.ask(11)["because"]
    assert because == "Searched 1 facts: nobody said anything about a card."
