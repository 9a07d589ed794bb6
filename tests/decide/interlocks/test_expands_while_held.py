from __future__ import annotations

import pytest

from attending.decide.interlocks.expands_while_held import expands_while_held
from attending.decide.standing import Hold


@pytest.mark.parametrize("cause", ["caution", "safety", "person"])
def test_any_hold_anywhere_forbids(making, trips, cause):
    hold = Hold(cause, "Elm", 3, "I saw it")
    found = trips(expands_while_held, standing=making.standing(holds={"k": hold}))
    assert found == [f"held ({cause}) at Elm: I saw it"]


@pytest.mark.parametrize(("listed", "rule"), [("caution", "short_of_goal"), ("gate", "inside")])
def test_a_crossing_that_nobody_answered_forbids(making, trips, listed, rule):
    crossed = making.verdict(listed=listed, rule=rule, scope="all", word="not_met")
    verdicts = [*making.all_met(), crossed]
    assert trips(expands_while_held, verdicts=verdicts)
    answered = {f"{listed}/{rule}/{making.ratio}/all": 39}
    standing = making.standing(answered=answered)  # and resumed: no hold stands
    assert trips(expands_while_held, verdicts=verdicts, standing=standing) == []


def test_answering_silently_is_no_expansion(making, trips):
    silent = making.change(mode=("off", "silent"), share=(0.0, 0.0))
    held = making.standing(holds={"k": Hold("person", "all", 3, "wait")})
    plan = making.plan(wave="", changes=(silent,))
    assert trips(expands_while_held, standing=held, plan=plan) == []
