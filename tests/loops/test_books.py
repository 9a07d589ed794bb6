"""The books of a health system are there from its first fact on, and every process reads them."""

from __future__ import annotations

from attending.facts.fact import By, Fact
from attending.ledger.open_reader import open_reader
from attending.wiring import open_books


def test_what_is_about_no_use_case_is_written_and_read_beside_an_open_ledger(tmp_path):
    with open_books(tmp_path) as books, open_books(tmp_path) as beside:
        body = {"type": "departed/1", "person": "post-1"}
        fact = Fact(kind="said", key="post-1/departed", at=books.at, by=By("admin"), body=body)
        books.write([fact])
        books.write([fact])
        beside.write([Fact(kind="said", key="x", at=beside.at, by=By("admin"), body=body)])

    found = [e.fact.key for e in open_reader(tmp_path).entries()]
    assert found == ["post-1/departed", "x"]
