"""What an unquoted word means: never less than what was typed."""

from __future__ import annotations

import math

import pytest

from attending.spec.scalar import meaning


@pytest.mark.parametrize("typed", ["", "~", "null"])
def test_nothing_is_nothing(typed):
    assert meaning(typed) is None


@pytest.mark.parametrize(
    ("typed", "value"),
    [("true", True), ("false", False), ("14", 14), ("-3", -3), ("0.20", 0.2), ("1e3", 1000.0)],
)
def test_a_number_is_a_number(typed, value):
    assert meaning(typed) == value
    assert type(meaning(typed)) is type(value)


@pytest.mark.parametrize(
    "typed",
    ["yes", "no", "on", "off", "True", "NULL", "NaN", "2026-10-13", "0x1f", "1_000", "12:30", "1d"],
)
def test_a_word_stays_the_word_that_was_typed(typed):
    assert meaning(typed) == typed


def test_yaml_has_its_own_spelling_of_what_is_no_number():
    assert math.isnan(meaning(".nan"))
    assert meaning("-.inf") == -math.inf


def test_a_thousand_digits_are_text():
    assert meaning("9" * 1000) == "9" * 1000
