"""A fact's page proves it, and says so when it cannot."""

from __future__ import annotations

import sqlite3


def test_a_fact_is_shown_with_its_proof(console, parts):
    text = console.get("/facts/3").text
    row = parts.reader.row(3)

    assert "in the ledger" in text
    assert row.leaf.hex() in text
    assert parts.reader.root() in text
    assert all(step.hex() in text for step in parts.reader.inclusion(3).path)


def test_there_is_no_fact_beyond_the_last(console, parts):
    assert console.get(f"/facts/{parts.reader.size()}").status_code == 404
    for index in ("-1", "x", "1.5", "٣"):
        assert console.get(f"/facts/{index}").status_code == 404


def test_an_altered_fact_is_not_shown_as_one(make_parts, own_store, sign_in):
    with sqlite3.connect(own_store / "ledger.db") as database:
        database.execute(
            "UPDATE fact SET bytes = CAST(replace(bytes, 'watch', 'WATCH') AS BLOB) WHERE idx = 9"
        )
    client = sign_in(make_parts(own_store))
    answer = client.get("/facts/9")

    assert answer.status_code == 500
    assert "Fact 9 is not what was written" in answer.text
