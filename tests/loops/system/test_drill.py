"""A drill is a letter drawn by its seed, answered in earnest, and put on record with its time."""

from __future__ import annotations

import pytest

from attending.errors import ProofFailed, Refused
from attending.facts.fact import By, Fact
from attending.loops.system import drill as drills
from attending.loops.system.drill import drill, letter
from attending.report.questions import answerable
from attending.wiring import open_books

AGAIN = 2  # a drill computes no answer again; that takes a gateway's engine


def fact(n):
    body = {"type": "prediction/1", "prediction": f"p{n}", "display": "silent"}
    return Fact(kind="served", key=f"g/{n}", at=f"2026-{n % 12 + 1:02}-03T08:00:00.000Z",
                by=By("g"), body=body, use_case=("watch", "falls")[n % 2],
                site=("east", "west", None)[n % 3], release="r")  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with open_books(tmp_path) as books:
        books.write([fact(n) for n in range(60)])
    return tmp_path


def test_the_same_seed_draws_the_same_letter_and_others_another(store):
    with open_books(store) as books:
        drawn = [letter(books.reader, seed) for seed in range(12)]

        assert drawn == [letter(books.reader, seed) for seed in range(12)]
    assert {each.scope.use_case for each in drawn} == {"watch", "falls"}
    assert {each.scope.site for each in drawn} == {"east", "west"}
    assert len({each.questions for each in drawn}) == 12


def test_a_drill_answers_what_can_be_answered_and_goes_on_record(store):
    for seed in range(3):
        with open_books(store) as books:
            done = drill(books, store, By("auditor"), seed=seed).drill
            last = books.reader.entry(books.reader.size() - 1).fact

        assert (done.holds, done.seconds is not None) == (True, True)
        waits = {*done.asked} - answerable().keys()
        assert {*done.not_yet} - {AGAIN} == waits - {AGAIN}
        assert {*done.answered, *done.partial, *done.not_yet} == {*done.asked}
        assert (last.type, last.body["seed"], last.body["binder"]) == ("drill/1", seed, done.binder)


def test_a_drill_whose_binder_does_not_hold_fails_and_says_so_on_record(store, monkeypatch):
    build = drills.build
    spoiled = lambda *a: build(*a)._replace(raw=build(*a).raw[:-1] + b"x")  # noqa: E731
    monkeypatch.setattr(drills, "build", spoiled)

    with open_books(store) as books:
        with pytest.raises(ProofFailed):
            drill(books, store, By("auditor"), seed=1)
        assert books.reader.entry(books.reader.size() - 1).fact.body["holds"] is False


def test_of_an_empty_ledger_there_is_no_letter(tmp_path):
    with open_books(tmp_path / "e") as books, pytest.raises(Refused):
        letter(books.reader, 1)
