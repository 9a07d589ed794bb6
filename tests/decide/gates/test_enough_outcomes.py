"""Enough outcomes: counted, and enough of them known."""

from __future__ import annotations

import pytest

from attending.decide.gates.enough_outcomes import enough_outcomes


@pytest.mark.parametrize(
    ("n", "missing", "word"),
    [(99, 0, "unsettled"), (100, 0, "met"), (100, 5, "met"), (100, 6, "error"), (10, 9, "error")],
)
def test_it_is_met_by_known_outcomes_alone(making, n, missing, word):
    asked = making.asked({"at_least": 100}, n=n, missing=missing)

    assert enough_outcomes.judge(asked, making.told()).word == word
