"""One value, one spelling, one digest (RFC 8785; C1)."""

from __future__ import annotations

import json
import math
from datetime import date
from enum import IntEnum, StrEnum
from hashlib import sha256

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from attending.digest import canonical, digest, rounded
from attending.errors import NotCanonical


def test_the_worked_example_of_rfc_8785_where_twelve_digits_do_not_change_it():
    # RFC 8785, 3.2.2; its first number has 17 digits and is left out, see the next test.
    value = {
        "numbers": [1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }

    assert (
        canonical(value)
        == (
            '{"literals":[null,true,false],"numbers":[1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_keys_are_sorted_by_utf_16_as_in_rfc_8785():
    # RFC 8785, 3.2.3
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }

    assert list(json.loads(canonical(value)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_floats_have_twelve_significant_digits():
    assert canonical(333333333.33333329) == b"333333333.333"
    assert canonical(0.1 + 0.2) == canonical(0.3) == b"0.3"
    assert canonical(1.23456789012e-7) != canonical(1.23456789013e-7)


def test_whole_numbers_are_not_rounded():
    assert canonical(2**53 - 1) == b"9007199254740991"


def test_minus_nothing_is_nothing():
    assert canonical(-0.0) == canonical(0.0) == b"0"


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, 2**53, {1: "a"}, {"a"}, date(2026, 10, 13), b"a", object()],
    ids=["NaN", "inf", "-inf", "2**53", "number as key", "set", "date", "bytes", "object"],
)
def test_what_cannot_be_compared_with_itself_is_refused_however_deep(value):
    for each in (value, [value], {"a": (value,)}):
        with pytest.raises(NotCanonical):
            digest(each)


def test_a_digest_is_the_sha_256_of_the_canonical_bytes():
    assert digest({"b": 1, "a": 2.50}) == sha256(b'{"a":2.5,"b":1}').hexdigest()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e15, 1e15)  # RFC 8785 writes a larger one as an integer no reader may trust
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc\u20ac"), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(json_values)
def test_the_spelling_is_that_of_a_canonical_json_writer(value):
    assert canonical(value) == rfc8785.dumps(rounded(value))


def rounded_plainly(value):
    """Round as contract C1 says it, a value at a time, with no thought of speed."""
    if isinstance(value, dict):
        return {key: rounded_plainly(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded_plainly(each) for each in value]
    if isinstance(value, float):
        near = float(f"{value:.12g}")
        return int(near) if near.is_integer() and abs(near) < 1e15 else near
    return value


awkward = st.recursive(
    st.sampled_from([-0.0, 1e15, 1e-5, 9e-5, 1e-4, 2**53 - 1, 999_999_999_999_999.0, True, 10**15])
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)
    | st.text('a"\\\x7f\x00\n\u2028\ufb33\U0001f600', max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text('b"\\\x7f\ue000\U0001f600', max_size=2), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(awkward)
@example({"\ue000": 1, "\U0001f600": 2})  # sorted by UTF-16, not by bytes
def test_the_quick_spelling_is_the_slow_one_where_writers_disagree(value):
    assert canonical(value) == rfc8785.dumps(rounded_plainly(value))


def test_a_word_or_a_number_of_an_enumeration_is_spelled_as_what_it_is():
    class Word(StrEnum):
        MET = "met"

    class Size(IntEnum):
        ONE = 1

    assert canonical({Word.MET: [Word.MET, Size.ONE]}) == b'{"met":["met",1]}'


@given(json_values)
def test_reading_it_back_and_writing_it_again_changes_no_byte(value):
    once = canonical(value)

    assert canonical(json.loads(once)) == once


@given(st.dictionaries(st.sampled_from("abcdef"), json_values, min_size=2))
def test_the_order_of_keys_does_not_matter(value):
    assert digest(dict(reversed(value.items()))) == digest(value)


@given(json_values)
def test_rounding_twice_is_rounding_once(value):
    assert rounded(rounded(value)) == rounded(value)


@given(st.lists(json_values, max_size=4))
def test_a_tuple_and_a_list_are_the_same(value):
    assert digest(tuple(value)) == digest(value)


@given(json_values)
@example(2**53 - 1)
@example(1e-7)
@example(True)
def test_what_stands_in_a_list_is_spelled_as_it_is_alone(value):
    assert canonical([value, value]) == b"[%b,%b]" % (canonical(value), canonical(value))


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, {1: 2}, {1}])
def test_what_is_refused_alone_is_refused_in_a_list(value):
    for each in (value, [value], {"a": [1, value]}):
        with pytest.raises(NotCanonical):
            canonical(each)
