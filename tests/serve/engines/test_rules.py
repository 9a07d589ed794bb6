"""Rows add up, and say why."""

from __future__ import annotations

import pytest

from attending import shapes
from attending.errors import Refused
from attending.serve.engine import BadInput
from attending.serve.engines.rules import rules
from attending.spec.model import Model


def made(rows, **over):
    given = {
        "kind": "Model",
        "name": "m",
        "title": "M",
        "version": "1",
        "engine": "rules",
        "fields": {"age": {}, "ward": {}},
        "rules": rows,
    }
    return rules(shapes.convert(given | over, Model), None)


def test_rows_that_hold_add_their_points_and_their_reasons():
    engine = made(
        [
            {"field": "age", "at_least": 65, "adds": 2, "because": "aged 65 or over"},
            {"field": "age", "above": 80, "adds": 1, "because": "over 80"},
            {"field": "ward", "is": "icu", "adds": -0.5},
        ],
        intercept=1,
    )
    answer = engine.answer({"age": 70, "ward": "icu"})
    assert answer.score == 2.5
    assert answer.details == {"because": "aged 65 or over"}


@pytest.mark.parametrize(
    ("word", "holds"),
    [
        ("is", [False, True, False]),
        ("is_not", [True, False, True]),
        ("above", [False, False, True]),
        ("at_least", [False, True, True]),
        ("below", [True, False, False]),
        ("at_most", [True, True, False]),
    ],
)
def test_each_comparison_holds_where_it_says(word, holds):
    engine = made([{"field": "age", word: 5}])
    assert [engine.answer({"age": v, "ward": ""}).score == 1 for v in (4, 5, 6)] == holds


@pytest.mark.parametrize(
    "row",
    [
        {"field": "height", "is": 1},
        {"field": "age"},
        {"field": "age", "is": 1, "above": 2},
        {"field": "age", "over": 2},
        {"field": "age", "above": "old"},
        {"field": "age", "above": 1, "adds": "lots"},
    ],
)
def test_a_row_that_could_not_be_asked_is_refused(row):
    with pytest.raises(Refused):
        made([row])


def test_text_where_a_number_stands_is_bad_input_and_not_quoted():
    engine = made([{"field": "age", "above": 1}])
    with pytest.raises(BadInput) as refused:
        engine.answer({"age": "canary", "ward": ""})
    assert "canary" not in str(refused.value)
