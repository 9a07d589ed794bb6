"""Fresh evidence: judged anew each day, never kept."""

from __future__ import annotations

import pytest

from attending.decide.gates.evidence_fresh import evidence_fresh
from attending.decide.rule import latch


@pytest.mark.parametrize(
    ("last", "fresh_days", "word"),
    [(12, 7, "met"), (5, 7, "met"), (4, 7, "unsettled"), (4, None, "unsettled"), (4, 9, "met")],
)
def test_it_is_met_while_the_last_case_matured_within_the_days_allowed(
    making, last, fresh_days, word
):
    asked = making.asked({"fresh_days": fresh_days}, to_on=last)

    assert evidence_fresh.judge(asked, making.told()).word == word


def test_before_a_case_has_matured_it_is_not(making):
    found = evidence_fresh.judge(making.asked({}, to_on=None), making.told())

    assert (found.word, found.because) == ("unsettled", "no case has matured yet")


def test_what_was_fresh_does_not_stay_so(making):
    fresh = evidence_fresh.judge(making.asked({}, to_on=12), making.told())
    stale = evidence_fresh.judge(making.asked({}, to_on=1), making.told())

    assert fresh.settled is None
    assert latch(stale, fresh).word == "unsettled"
