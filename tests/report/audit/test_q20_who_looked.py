"""Whoever looked is named with what for, and what should not have been is named by its key."""

from __future__ import annotations

import random

import pytest

from attending import shapes
from attending.errors import GateNotMet, Refused
from attending.facts.fact import By, Fact
from attending.facts.people import Viewed, ViewReviewed
from attending.ledger.open_reader import open_reader
from attending.loops.system.people import Voice, declare, look, review
from attending.report.evidence import evidence
from attending.report.question import Asked
from attending.report.questions import answered
from attending.spec.people import PeopleDeclared
from attending.wiring import open_books

PURPOSES = ("treatment", "quality_improvement", "audit", "incident_review", "break_glass")
HERE = {"keys-post": "admin", "privacy-post": "privacy_officer", "nurse-post": "case_manager",
        "second-privacy-post": "privacy_officer"}  # fmt: skip


def prediction(n):
    body = {"type": "prediction/1", "prediction": f"p{n}", "patient": f"patient-{n % 5}"}
    return Fact(
        kind="served", key=f"gateway/p{n}/served", at=f"2026-10-13T08:00:{n:02}.000Z",
        by=By("gateway"), site="east" if n % 2 else "west", use_case="watch", body=body,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    people = [{"person": p, "printed_name": p, "roles": [{"role": r}]} for p, r in HERE.items()]
    with open_books(tmp_path) as books:
        books.write([prediction(n) for n in range(20)])
        declare(books, shapes.convert({"people": people}, PeopleDeclared), Voice("keys-post"))
    return tmp_path


def ask(store, **about):
    reader = open_reader(store)
    try:
        return answered(20, Asked(evidence(reader), **about))
    finally:
        reader.close()


def seen(person, purpose, *keys, **more):
    page = "/facts/{index}"
    return Viewed(person=person, purpose=purpose, page=page, objects=keys, **more)


def test_every_look_is_told_with_its_purpose_and_nobody_elses(store):
    dice, diary, on_record = random.Random(4), [], 0
    with open_books(store) as books:
        for _ in range(60):
            who, purpose = dice.choice([*HERE]), dice.choice(PURPOSES)
            if dice.random() < 0.2:
                on_record += 1
                told = seen(who, "on_record", "watch", patient=False)
                look(books, told, Voice(who, "console"))
                continue
            keys = [f"gateway/p{dice.randrange(20)}/served" for _ in range(dice.randrange(1, 3))]
            keys = [*dict.fromkeys(keys)]
            breaks = purpose == "break_glass"
            told = seen(who, purpose, *keys, break_glass=breaks)
            index = look(books, told, Voice(who, "console"), why="needed now" if breaks else "")
            diary += [(index, key, who, purpose, breaks) for key in keys]

    found = ask(store)
    rows = [
        (r.cites[-1], r.cells["object"], r.cells["person"], r.cells["purpose"],
         r.cells["break_glass"])
        for r in found.rows
    ]  # fmt: skip
    assert sorted(rows) == sorted(diary)
    assert found.counts["on_record"] == on_record
    broken = {f"fact {index}" for index, *_, breaks in diary if breaks}
    assert {r.key for r in found.exceptions} == broken
    east = ask(store, site="east")
    assert {r.cells["site"] for r in east.rows} == {"east"}
    assert all(r.cells["patient"].startswith("patient-") for r in found.rows)


def test_a_view_without_a_purpose_is_an_exception_by_its_key(store):
    """Only another program can write one: the console and the loop both refuse."""
    with open_books(store) as books:
        with pytest.raises(Refused, match="what you look at it for"):
            look(books, seen("nurse-post", "", "gateway/p1/served"), Voice("nurse-post"))
        index = books.reader.size()
        body = {"type": "viewed/1", "person": "nurse-post", "objects": ["gateway/p1/served"]}
        books.write([Fact(kind="acted", key="x", at=books.at, by=By("nurse-post"), body=body)])

    (wrong,) = ask(store).exceptions
    assert wrong.key == f"fact {index}"
    assert "without a purpose" in wrong.cells["because"]


def test_break_glass_stands_as_an_exception_until_somebody_else_has_looked_into_it(store):
    with open_books(store) as books:
        told = seen("privacy-post", "break_glass", "gateway/p1/served", break_glass=True)
        for why in ("", "  ", "x" * 3000):
            with pytest.raises(Refused, match="takes a reason"):
                look(books, told, Voice("privacy-post", "console"), why=why)
        index = look(books, told, Voice("privacy-post", "console"), why="found unconscious")
    assert "nobody has looked into it" in ask(store).exceptions[0].cells["because"]

    def reviewed(person, found="proper"):
        with open_books(store) as books:
            told = ViewReviewed(view=index, found=found, person=person)
            return review(books, told, Voice(person))

    for person in ("privacy-post", "nurse-post", "keys-post"):
        with pytest.raises(GateNotMet):
            reviewed(person)
    assert ask(store).exceptions
    assert reviewed("second-privacy-post")
    assert not reviewed("second-privacy-post")
    (row,) = ask(store).rows
    assert row.cells["reviewed_by"] == "second-privacy-post"
    assert not ask(store).exceptions
    assert reviewed("second-privacy-post", "improper")
    assert "improperly" in ask(store).exceptions[0].cells["because"]


def test_the_reason_is_sealed_and_its_digest_alone_is_on_record(store):
    with open_books(store) as books:
        told = seen("nurse-post", "break_glass", "gateway/p1/served", break_glass=True)
        look(books, told, Voice("nurse-post", "console"), why="a very particular reason")
        raw = b"".join(row.raw or b"" for row in books.reader.rows())

    assert b"particular" not in raw
    assert len(ask(store).rows[0].cells["reason"]) == 64


def test_where_nobody_looked_it_says_what_was_searched(store):
    assert ask(store).because.startswith("Searched 28 facts")
