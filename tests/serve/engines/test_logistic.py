"""A published model gives the probability its paper gives."""

from __future__ import annotations

import math

import pytest

from attending import shapes
from attending.errors import Refused
from attending.serve.engine import BadInput
from attending.serve.engines.logistic import logistic
from attending.spec.model import Model

FIELDS = {
    "age": {"mean": 60, "scale": 10, "coefficient": 0.8},
    "sex": {"codes": {"female": 0, "male": 0.5}},
}


def made(**over):
    given = {
        "kind": "Model",
        "name": "m",
        "title": "M",
        "version": "1",
        "engine": "logistic",
        "intercept": -1.0,
        "fields": FIELDS,
    }
    return logistic(shapes.convert(given | over, Model), None)


def test_the_score_is_the_logistic_of_the_sum():
    total = -1.0 + 0.8 * (75 - 60) / 10 + 0.5
    score = made().answer({"age": 75, "sex": "male"}).score
    assert score == pytest.approx(1 / (1 + math.exp(-total)), rel=1e-15)


def test_an_extreme_sum_is_still_a_probability():
    assert made().answer({"age": 1e9, "sex": "male"}).score == 1.0
    assert 0.0 <= made().answer({"age": -1e9, "sex": "male"}).score < 1e-300


@pytest.mark.parametrize("fields", [{"age": 1, "sex": "x"}, {"age": "old", "sex": "male"}])
def test_what_the_model_cannot_read_is_bad_input(fields):
    with pytest.raises(BadInput):
        made().answer(fields)


@pytest.mark.parametrize(
    "over",
    [
        {"intercept": None},
        {"fields": {}},
        {"fields": {"a": {}}},
        {"fields": {"a": {"coefficient": 1, "scale": 0}}},
    ],
)
def test_a_model_with_a_part_missing_is_refused(over):
    with pytest.raises(Refused):
        made(**over)
