from __future__ import annotations

from math import log

import pytest

from attending.decide.rule import Asked, latch
from attending.decide.safety_limits.beyond_floor import beyond_floor
from attending.facts.cells import Cells, Design, Side, Sums
from attending.facts.verdict import Limits
from attending.measure.outcomes.risk_ratio import risk_ratio

SHARE = 0.0125
LIMITS = Limits(floor=1.25, stop_line=1.74)


def asked(alerted, usual, *, missing=0, day=9):
    arms = {
        "alerted": Sums(n=1000, sn=float(alerted), n_missing=missing),
        "usual": Sums(n=1000, sn=float(usual)),
    }
    cells = Cells("m", "Alder", arms, 1, day, "0" * 64, design=Design("alerted", "usual", 0.5))
    return Asked(cells=cells, limits=LIMITS, share=SHARE, as_of=day)


@pytest.mark.parametrize(
    ("alerted", "usual", "word"),
    [(0, 0, "unsettled"), (125, 100, "unsettled"), (1, 0, "unsettled"), (240, 80, "not_met")],
)
def test_it_is_crossed_when_harm_beyond_the_floor_is_shown(alerted, usual, word):
    found = beyond_floor.judge(asked(alerted, usual), risk_ratio)
    assert (found.listed, found.rule, found.word) == ("safety_limit", "beyond_floor", word)


def test_it_asks_exactly_whether_at_or_better_than_the_floor_can_be_rejected():
    question = asked(200, 90)
    found = beyond_floor.judge(question, risk_ratio)
    ln_e = risk_ratio.weigh(question.cells, Side(1.25, 1.74, SHARE))
    assert found.ln_e_against == pytest.approx(ln_e)
    assert (found.word == "not_met") == (ln_e >= log(1 / SHARE))


def test_harm_does_not_wait_for_complete_outcomes():
    assert beyond_floor.judge(asked(240, 80, missing=900), risk_ratio).word == "not_met"


def test_what_was_crossed_stays_crossed():
    crossed = beyond_floor.judge(asked(240, 80), risk_ratio)
    calm = beyond_floor.judge(asked(300, 300, day=30), risk_ratio)
    assert calm.word == "unsettled"
    later = latch(calm, crossed)
    assert (later.word, later.settled, later.settled_on) == ("not_met", "not_met", 9)
