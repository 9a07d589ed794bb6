"""Every state and every rule there can be has its words: no page breaks on a rare one."""

from __future__ import annotations

from typing import get_args

import pytest

from attending import rooms
from attending.admit import admit
from attending.console.charts.rollout_weeks import STATES
from attending.console.rules import ROOMS, sentence
from attending.console.words import EXPANSIONS, FINDINGS, MODES
from attending.facts.finding import Found
from attending.facts.plan import Expansion, Mode

RULES = [(listed, rule) for listed, room in ROOMS.items() for rule in rooms.names(room)]
LIMITS = {"floor": 1.25, "goal": 0.8, "stop_line": 1.95, "inside": (0.7, 1.4)}


def test_every_state_has_a_tag():
    assert set(FINDINGS) == set(get_args(Found))
    assert set(MODES) == set(get_args(Mode))
    assert set(EXPANSIONS) == set(get_args(Expansion))
    assert set(STATES) == {*MODES, "held"}


class Line:
    """A line of a rollout that declares every limit there is."""

    metric, of, at_least, fresh_days = "outcomes.risk_ratio", "bad", 50, 7

    def __init__(self, listed, rule):
        setattr(self, listed, rule)
        for name, value in LIMITS.items():
            setattr(self, name, value)


@pytest.mark.parametrize(("listed", "rule"), RULES)
def test_every_rule_has_a_sentence_with_its_limits(folder, listed, rule):
    class Rollout:
        gates, cautions, safety_limits = (Line(listed, rule),), (), ()

    class Folder:
        rollout = Rollout()

    words = sentence(listed, rule, "outcomes.risk_ratio/bad", Folder())
    assert words.startswith("It ")
    assert "{" not in words
    assert any(character.isdigit() for character in words)


def test_a_rule_whose_limits_are_not_known_is_named(folder):
    assert sentence("gate", "inside", "outcomes.risk_ratio/bad", admit(folder)) == "Inside"
    assert sentence("gate", "no_worse_than", "outcomes.risk_ratio/bad", None) == "No worse than"
