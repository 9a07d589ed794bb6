"""A condition is judged on whatever is known, and never takes not known for no."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending import shapes
from attending.decide.applies import applies, asked
from attending.errors import NoSuchName, Refused
from attending.spec.rulebook import FIELDS, When, check_when

NAMES = ("tier", "risk.time_critical", "risk.device", "date")
WORDS = {name: FIELDS[name] for name in NAMES[:-1]} | {"date": ("2025-06-01", "2026-06-01")}


def compared(name):
    if name == "date":
        return st.sampled_from([{"field": name, op: "2026-01-01"} for op in ("before", "after")])
    is_ = st.builds(lambda w: {"field": name, "is": w}, st.sampled_from(WORDS[name]))
    several = st.lists(st.sampled_from(WORDS[name]), max_size=2)
    return st.one_of(is_, st.builds(lambda ws: {"field": name, "in": ws}, several))


LEAVES = st.sampled_from(NAMES).flatmap(compared)
ASKS_WHETHER = st.builds(
    lambda name, there: {"field": name, "exists": there}, st.sampled_from(NAMES), st.booleans()
)


def trees(leaves):
    joined = st.sampled_from(["all", "any"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda how, parts: {how: parts}, joined, st.lists(inner, max_size=3)),
            st.builds(lambda part: {"not": part}, inner),
        ),
        max_leaves=6,
    ).map(lambda plain: shapes.convert(plain, When))


KNOWN = st.fixed_dictionaries({n: st.sampled_from([None, *WORDS[n]]) for n in NAMES})


@given(trees(st.one_of(LEAVES, ASKS_WHETHER)), KNOWN)
def test_every_condition_of_the_grammar_has_an_answer(when, known):
    check_when(when)
    assert applies(when, known) in ("yes", "no", "not_known")
    assert {*asked(when)} <= {*NAMES}


@settings(max_examples=300)
@given(trees(LEAVES), KNOWN)
def test_an_answer_stands_whatever_the_unknown_turns_out_to_be(when, known):
    open_ = [name for name, value in known.items() if value is None]
    became = {
        applies(when, known | dict(zip(open_, values, strict=True)))
        for values in itertools.product(*(WORDS[name] for name in open_))
    }

    answer = applies(when, known)
    assert "not_known" not in became
    if answer != "not_known":
        assert became == {answer}


@pytest.mark.parametrize(
    ("plain", "refused", "told"),
    [
        ({"field": "risk.time_crtical", "is": "yes"}, NoSuchName, "risk.time_critical"),
        ({"field": "tier", "is": "hihg"}, NoSuchName, "high"),
        ({"field": "tier", "before": "2026-01-01"}, Refused, "no date"),
        ({"field": "date", "is": "2026-01-01"}, Refused, "is a date"),
        ({"field": "tier"}, Refused, "one thing at a time"),
        ({"field": "tier", "is": "high", "exists": True}, Refused, "one thing at a time"),
        ({"all": [], "any": []}, Refused, "one thing at a time"),
        ({"not": {"field": "nothing", "exists": True}}, NoSuchName, "the fields"),
        ({}, Refused, "one thing at a time"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_what_would_be_accepted(plain, refused, told):
    with pytest.raises(refused, match=told):
        check_when(shapes.convert(plain, When))


def test_an_unknown_field_is_refused_by_the_judge_as_well():
    with pytest.raises(NoSuchName, match="did you mean 'tier'"):
        applies(shapes.convert({"field": "teir", "exists": True}, When), {})
