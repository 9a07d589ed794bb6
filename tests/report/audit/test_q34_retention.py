"""What was due, held and erased is told as it happened; what was erased without a rule is named."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "loops" / "system" / "test_retention.py"


@pytest.fixture(scope="module")
def told():
    spec = importlib.util.spec_from_file_location("retention_house", HOUSE)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def house(told, tmp_path):
    made = told.House(tmp_path / "s")
    made.write(*[told.answer(n) for n in range(6)], payloads=[b"given %d" % n for n in range(6)])
    yield made
    made.books.close()


def now(house, told):
    """Write something, so that the ledger says what day it is."""
    days = (house.clock.now() - told.BEGAN).days
    house.write(told.said("said", f"now/{days}", {"type": "x/1"}, day=days, use_case=None))


def test_without_rules_the_answer_says_so_and_is_not_whole(house, auditor):
    answer = auditor(house.store).ask(34)

    assert (answer["status"], answer["rows"]) == ("partial", [])
    assert "no retention rule was adopted" in answer["because"]


def test_what_is_due_is_told_with_what_blocks_it_and_every_fact(house, told, auditor):
    house.adopt(told.rule(), told.rule(rule="floor", duty="keep", years=11))
    told.retention.place(house.books, "matter-7", told.ONE, why=told.WHY, reach=("falls", ""))
    house.on("2037-01-03")
    now(house, told)
    ask = auditor(house.store)

    rows = ask.rows(34, what="due")

    assert {(r["state"], r["n"]) for r in rows} == {
        ("may be erased", 2),
        *{(f"blocked: rule floor: until 2037-01-0{n}", 1) for n in range(3, 7)},
    }
    assert sorted(i for r in rows for i in r["cites"]) == [*range(6)]
    (held,) = ask.rows(34, what="legal hold matter-7")
    assert (held["state"], held["person"]) == ("placed on falls", told.ONE.person)
    assert {r["rule"] for r in ask.rows(34) if r["what"].startswith("rule")} == {"answers", "floor"}


def test_an_erasure_is_told_with_its_rule_and_both_people(house, told, auditor):
    house.adopt(told.rule())
    house.on("2036-01-04").erase()
    ask = auditor(house.store)

    (row,) = ask.rows(34, what="erasure")

    expected = ("answers", 3, told.ONE.person, told.OTHER.person)
    assert (row["rule"], row["n"], row["person"], row["second"]) == expected
    assert len(row["cites"]) == 3
    assert ask.against(34) == {}


def test_an_erasure_under_no_rule_is_not_as_it_should_be(house, told, auditor):
    house.adopt(told.rule())
    receipt = house.books.pen.erase([2], by=told.ONE, at=told.at(3), because="asked")

    against = auditor(house.store).against(34)

    assert against == {f"fact {receipt.indexes[0]}": "it was erased under no retention rule"}


def test_an_erasure_that_one_person_made_alone_is_not_as_it_should_be(house, told, auditor):
    house.adopt(told.rule())
    asked = told.retention.ask(house.on("2036-01-04").books, "answers", told.ONE)
    house.books.pen.erase(
        asked.indexes, by=told.ONE, at=house.books.at, because="x", payloads=asked.payloads
    )

    assert [*auditor(house.store).against(34).values()] == ["no second person agreed to it"]


def test_what_a_rule_on_payloads_has_erased_is_due_no_more(house, told, auditor):
    house.adopt(told.rule(of="payloads"))
    house.on("2036-01-04")
    now(house, told)
    ask = auditor(house.store)
    (before,) = ask.rows(34, what="due")

    house.erase()

    assert before["n"] == 3
    assert ask.rows(34, what="due") == []
    (row,) = ask.rows(34, what="erasure")
    assert row["n"] == 3
