from __future__ import annotations

from math import log

import pytest

from attending.decide.cautions.short_of_goal import short_of_goal
from attending.decide.rule import Asked
from attending.facts.cells import Cells, Design, Side, Sums
from attending.facts.verdict import Limits
from attending.measure.outcomes.risk_ratio import risk_ratio

SHARE = 0.05
LIMITS = Limits(floor=1.25, goal=0.9)


def asked(alerted, usual, n=1000):
    arms = {"alerted": Sums(n=n, sn=float(alerted)), "usual": Sums(n=n, sn=float(usual))}
    cells = Cells("m", "Alder", arms, 1, 9, "0" * 64, design=Design("alerted", "usual", 0.5))
    return Asked(cells=cells, limits=LIMITS, share=SHARE, as_of=9)


@pytest.mark.parametrize(
    ("alerted", "usual", "word"),
    [(0, 0, "unsettled"), (100, 100, "unsettled"), (60, 100, "unsettled"), (160, 80, "not_met")],
)
def test_it_is_crossed_when_worse_than_promised_is_shown(alerted, usual, word):
    found = short_of_goal.judge(asked(alerted, usual), risk_ratio)
    assert (found.listed, found.rule, found.word) == ("caution", "short_of_goal", word)
    assert found.settled == (word if word == "not_met" else None)


def test_it_asks_exactly_whether_at_or_better_than_the_goal_can_be_rejected():
    question = asked(130, 80)
    found = short_of_goal.judge(question, risk_ratio)
    ln_e = risk_ratio.weigh(question.cells, Side(0.9, 1.25, SHARE))
    assert found.ln_e_against == pytest.approx(ln_e)
    assert found.ln_e_for is None, "a caution never says that all is well"
    assert found.ln_threshold == pytest.approx(log(1 / SHARE))
    assert (found.word == "not_met") == (ln_e >= log(1 / SHARE))


def test_what_cannot_be_weighed_is_an_error_and_not_calm():
    cells = Cells("m", "Alder", {"": Sums(n=10, sn=1.0)}, 1, 9, "0" * 64)
    question = Asked(cells=cells, limits=LIMITS, share=SHARE, as_of=9)
    assert short_of_goal.judge(question, risk_ratio).word == "error"
