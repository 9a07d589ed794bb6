"""No fact is cited for nothing: without it, what it was cited for is told no more, or otherwise."""

from __future__ import annotations

import random

import pytest


def told(auditor, number):
    """Give rows without their facts, and what stands against them, by key."""
    answer = auditor.ask(number)
    rows = {row[0]: row[1:-1] for row in answer["rows"]}
    return rows, {each["key"]: each["because"] for each in answer["exceptions"]}


@pytest.mark.parametrize("number", [3, 4, 6, 12, 13, 15, 32])
def test_without_a_cited_fact_its_row_is_told_no_more_or_otherwise(lived, tmp_path, number):
    dice = random.Random(number)
    for n in range(8):
        _, auditor = dice.choice(lived)
        rows, wrong = told(auditor, number)
        key, cites = dice.choice([(r[0], r[-1]) for r in auditor.ask(number)["rows"]])
        index = dice.choice(cites)

        left, against = told(auditor.without(index, tmp_path / f"{n}"), number)

        assert left.get(key) != rows[key] or against != wrong, (key, index)
