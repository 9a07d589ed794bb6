"""A version changes when what is said changes, and never otherwise."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.fhir.decode import (
    DEPTH,
    LONGEST,
    MOST_VALUES,
    REASONS,
    Malformed,
    decode,
    decode_exact,
)
from attending.fhir.number import body_bytes, body_digest, version

TREES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=6) | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=4), x, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), TREES, max_size=5))
def test_without_decimals_the_one_spelling_is_that_of_rfc_8785(body):
    body = {name: value for name, value in body.items() if name not in ("text", "meta")}
    assert body_bytes(body) == rfc8785.dumps(body)


def test_keys_beyond_the_basic_plane_are_ordered_as_rfc_8785_orders_them():
    body = {"\U0001f600": 1, "\ufb33": 2, "a": 3}
    assert body_bytes(body) == rfc8785.dumps(body)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3), st.integers(0, 4))
def test_a_number_keeps_the_digits_it_came_with(number, zeros):
    written = f"{number}" + "0" * zeros
    body = decode_exact(f'{{"value": {written}}}'.encode())
    assert body["value"] == number
    assert body_bytes(body) == f'{{"value":{written}}}'.encode()


def test_one_point_zero_zero_is_another_version_than_one_point_zero():
    said = [decode_exact(f'{{"value":{n}}}'.encode()) for n in ("1.00", "1.0", "1")]
    assert len({version(body) for body in said}) == 3


def test_a_version_says_what_is_said_and_not_who_served_it_or_in_which_order():
    body = decode_exact(b'{"id":"a","meta":{"profile":["p"]},"value":1.50}')
    served = decode_exact(
        b'{"value":1.50,"text":{"div":"x"},"id":"a",'
        b'"meta":{"versionId":"7","profile":["p"],"lastUpdated":"2026-01-01T00:00:00Z"}}'
    )
    assert version(served) == version(body) == body_digest(body)[:16]
    assert version(body | {"meta": {"profile": ["q"]}}) != version(body)
    assert version({"id": "a", "meta": {"versionId": "1"}}) == version({"id": "a"})
    assert version({"id": "a", "note": {"text": "x"}}) != version({"id": "a", "note": {}})


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a":"' + b"x" * LONGEST + b'"}', "too_long"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "too_deep"),
        (b'{"a":[' + b"0," * MOST_VALUES + b"0]}", "too_wide"),
        (b'{"a":"\\\\","b":[' + b"{}," * MOST_VALUES + b"0]}", "too_wide"),
        (b'{"a":[' + b'"","",' * MOST_VALUES + b"0]}", "too_wide"),
        (b'{"a":"' + b'\\"' * 2**20, "not_json"),  # asked anew from each quote, it takes days
        (b'{"a":1e999}', "not_json"),
        (b'{"a":-1.0e+400}', "not_json"),
        (b'{"a":1e-99999999}', "not_json"),
        (b'{"a":0e99999999}', "not_json"),
        (b'{"a":-1.0E+400}', "not_json"),
        (b'{"a":1' + b"0" * 309 + b".0}", "not_json"),
        (b'{"a":0.' + b"0" * 900 + b"1e1000}", "not_json"),
        (b'{"a":NaN}', "not_json"),
        (b'{"a":-Infinity}', "not_json"),
        (b'{"a":"\\ud800"}', "not_json"),
        (b'{"a":"\xff"}', "not_json"),
        (b'\xef\xbb\xbf{"a":1}', "not_json"),
        (b'{"a":1} {}', "not_json"),
        (b'{"a":1', "not_json"),
        (b"", "not_json"),
        (b'[{"a":1}]', "not_an_object"),
        (b'{"a":{"b":1,"\\u0062":1}}', "said_twice"),
        (b'{"a":1,"a":1}', "said_twice"),
        (b'{"a":{"":1.0,"":[]}}', "said_twice"),
    ],
)
def test_the_same_bytes_are_refused_for_the_same_reason_however_numbers_are_read(raw, reason):
    assert reason in REASONS
    for reader in (decode, decode_exact):
        with pytest.raises(Malformed) as refused:
            reader(raw)
        assert refused.value.reason == reason


NUMBERS = ("0", "-0", "1.0", "-1.50", "1E+2", "1e2", "10e-7", "0.0000001", "1e309", "1E308",
           "0e1000", "1e-999", "1e-1000", "1" + "0" * 310 + ".5", "0" * 2, "1.")  # fmt: skip
WORDS = ('""', '"a"', '"{[,:"', '"9e-1234"', '"é"', "true", "null", "nul")
LEAVES = st.sampled_from([*NUMBERS, *WORDS])
SPACED = st.sampled_from(["", "", " ", "\n\t"])


def said(parts, brackets):
    begin, end = brackets
    return st.tuples(st.lists(parts, max_size=4), SPACED).map(
        lambda told: begin + ("," + told[1]).join(told[0]) + told[1] + end
    )


def members(value):
    return st.tuples(st.sampled_from(["", "a", "b", "ab", "é"]), SPACED, value).map(
        lambda told: f'"{told[0]}":{told[1]}{told[2]}'
    )


TEXTS = st.recursive(LEAVES, lambda x: said(x, "[]") | said(members(x), "{}"), max_leaves=10)
BENT = st.tuples(st.integers(0, 60), st.integers(0, 2), st.sampled_from([*'"{}[]:,1e.- ', ""]))


def as_the_standard_library_reads(raw):
    """Give what was said, numbers as they were spelled; or the reason that it is refused for."""

    def once(pairs):
        twice.append(len({name for name, _ in pairs}) < len(pairs))
        return dict(pairs)

    def number(text):
        exponent = text.lower().partition("e")[2]
        far.append(abs(float(text)) == float("inf") or abs(int(exponent or 0)) >= 1000)
        return Decimal(text)

    twice, far = [], []
    try:
        value = json.loads(raw, object_pairs_hook=once, parse_float=number)
    except ValueError:
        return "not_json"
    if any(far):
        return "not_json"
    return "not_an_object" if type(value) is not dict else "said_twice" if any(twice) else value


def outcome(reader, raw):
    try:
        return reader(raw)
    except Malformed as refused:
        return refused.reason


@settings(max_examples=600, deadline=None)
@given(said(members(TEXTS), "{}") | TEXTS, st.none() | BENT)
def test_what_is_read_and_what_is_refused_is_what_any_strict_reader_would_say(text, bent):
    if bent is not None:
        at, n, sign = bent
        text = text[:at] + sign + text[at + n :]
    raw = text.encode()
    expected = as_the_standard_library_reads(raw)
    exact, fast = outcome(decode_exact, raw), outcome(decode, raw)
    assert repr(exact) == repr(expected)  # in which 1.0 is not 1.00
    if isinstance(expected, str):
        assert fast == expected
    else:
        assert fast == as_floats(expected)


def as_floats(value):
    if isinstance(value, dict):
        return {name: as_floats(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_floats(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("n_before", [0, 1, 7, 8, 20])
@pytest.mark.parametrize("number", ["0e1000", "1E-1000", "1e-9999", "1.5E+1234"])
def test_a_far_number_is_found_behind_texts_that_look_like_one(number, n_before):
    alike = '"9e123456-e12345",' * n_before
    raw = f'{{"a":[{alike}"",{number},"9e12345"]}}'.encode()
    near = raw.replace(number.encode(), b"0.25")
    for reader in (decode, decode_exact):
        assert outcome(reader, raw) == "not_json"
        assert len(reader(near)["a"]) == n_before + 3


@settings(max_examples=400, deadline=None)
@given(st.integers(62, 66), st.data())
def test_depth_is_that_of_brackets_outside_of_texts(depth, data):
    texts = st.sampled_from(['""', '"["', '"]"', '"]]"', '"[["', '"}["', '"a"'])
    within, beside = (data.draw(texts) for _ in range(2))
    half = depth // 2
    opened = "[" * half + f"{within}," + "[" * (depth - half)
    closed = "]" * (depth - half) + f",{beside}" + "]" * half
    raw = f'{{"a":{opened}1{closed},"b":[]}}'.encode()
    for reader in (decode, decode_exact):
        found = outcome(reader, raw)
        assert found == "too_deep" if depth + 1 > DEPTH else isinstance(found, dict)


def test_commas_and_brackets_within_texts_are_no_values():
    text = '[{,\\"' * MOST_VALUES
    assert decode(json.dumps({"a": [text, "\\"]}).encode()) == {"a": [text, "\\"]}


@given(st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False, allow_infinity=False)))
def test_what_is_read_exactly_is_what_is_read_fast_but_for_the_last_bits(value):
    raw = json.dumps(value).encode()
    exact = decode_exact(raw)
    assert all(isinstance(each, Decimal) for each in exact.values())
    assert {name: float(each) for name, each in exact.items()} == decode(raw) == value
