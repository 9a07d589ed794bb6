"""What a data check found is said in words that people read, and from its numbers."""

from __future__ import annotations

import pytest

from attending.decide.looked_at import sentence
from attending.facts.data.checked import CheckResult


@pytest.mark.parametrize(
    ("allowed", "column", "said"),
    [
        (0.0, "class", "in value set of stays.class at elm: 1,200 of 2,000 rows fall short, none"),
        (0.05, "class", "in value set of stays.class at elm: 1,200 of 2,000 rows fall short, 5.0%"),
        (0.0004, "*", "in value set of stays at elm: 1,200 of 2,000 rows fall short, 0.04%"),
    ],
)
def test_a_breach_says_how_many_rows_may_fall_short_and_none_in_a_word(allowed, column, said):
    found = CheckResult(
        check="in_value_set", spec="s", source="adt", site="elm", table="stays", column=column,
        kind="conformance", from_=0, to=2000, num_violated=1200, num_denominator=2000,
        allowed=allowed, state="breach", since_row=7, known_at="2026-10-13T05:00:00.000Z",
    )  # fmt: skip

    assert sentence(found) == f"data check {said} may; since row 7"
