"""Rows that repeat and rows that differ are found, however few are compared at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.ingest.streams import repeats as room
from attending.ingest.streams.repeats import AGAIN, DIFFERS, FIRST, Repeats

ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=20)


def expected(rows):
    """Give what each row is, by comparing each with each."""
    found = []
    for n, (about, says) in enumerate(rows):
        said = {other for whom, other in rows if whom == about}
        is_again = (about, says) in rows[:n]
        found.append(AGAIN if is_again else DIFFERS if len(said) > 1 else FIRST)
    return found


def found_in(rows):
    repeats = Repeats()
    for number, (about, says) in enumerate(rows, start=2):
        repeats.put(number, about, says)
    repeats.settle()
    return [repeats[number] for number in range(2, len(rows) + 2)]


@given(ROWS)
def test_a_row_is_the_first_to_say_so_or_says_it_again_or_differs_from_another(rows):
    assert found_in(rows) == expected(rows)


@pytest.mark.parametrize("in_memory", [1, 1 << 20])
def test_what_is_laid_by_is_compared_as_well(monkeypatch, in_memory):
    monkeypatch.setattr(room, "TOGETHER", 1)
    monkeypatch.setattr(room, "IN_MEMORY", in_memory)
    rows = [(str(n * n % 700 if n % 5 else -n), str(n % 3 == 0)) for n in range(2_000)]

    assert found_in(rows) == expected(rows)
    assert {*found_in(rows)} == {FIRST, AGAIN, DIFFERS}


def test_a_row_that_was_not_put_is_the_first_to_say_so():
    assert Repeats()[7] == FIRST


def test_what_is_laid_by_tells_nobody_whom_a_row_is_about(monkeypatch):
    """Two looks at one row lay by other bytes: the key was drawn, and ends with the look."""
    monkeypatch.setattr(room, "TOGETHER", 1)
    kept = []
    for _ in range(2):
        repeats = Repeats()
        repeats.put(2, "p-1", "fell")
        repeats._file.seek(0)
        kept.append(repeats._file.read())
    assert kept[0] != kept[1]
