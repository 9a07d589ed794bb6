"""From rows of a view to one value: by what was known then, in no order but the declared one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.errors import Refused
from attending.fhir import feature as subject
from attending.fhir.feature import Feature, Missing, Row, check, length_of, look, moment_of, vector

if TYPE_CHECKING:
    import random

AT = datetime(2150, 3, 1, 12, tzinfo=UTC)
REDUCES = ("one", "first", "last", "min", "max", "count", "any")


def of(reduce: str, **more: Any) -> Feature:
    return Feature(view="vitals", column="value", reduce=reduce, order="taken", **more)


def row(n: int, value: object, hours_before: float, *, late: bool = False) -> Row:
    taken = AT - timedelta(hours=hours_before)
    known = AT + timedelta(seconds=1) if late else taken
    return Row(f"Observation/o{n}@v#0", f"o{n}", 0, known, {"value": value, "taken": str(taken)})


rows = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-50, 50), st.decimals("0.1", "9.9", places=2)),
        st.integers(0, 6),
        st.booleans(),
    ),
    max_size=8,
).map(lambda told: [row(n, v, h, late=late) for n, (v, h, late) in enumerate(told)])
features = st.builds(
    of, st.sampled_from(REDUCES), within=st.sampled_from(["", "3 h"]), on_missing=st.just("null")
)


@settings(max_examples=300, deadline=None)
@given(features, rows, st.randoms(use_true_random=False))
def test_the_order_in_which_rows_came_does_not_matter(
    feature: Feature, told: list[Row], chance: random.Random
) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)

    assert look({"f": feature}, {"vitals": told}, AT) == look(
        {"f": feature}, {"vitals": shuffled}, AT
    )


@settings(max_examples=300, deadline=None)
@given(features, rows)
def test_what_became_known_later_never_matters(feature: Feature, told: list[Row]) -> None:
    known = [each for each in told if each.known_at <= AT]

    assert look({"f": feature}, {"vitals": told}, AT) == look({"f": feature}, {"vitals": known}, AT)


@settings(max_examples=200, deadline=None)
@given(features, rows)
def test_the_rows_named_as_read_alone_give_the_same_value(
    feature: Feature, told: list[Row]
) -> None:
    whole = look({"f": feature}, {"vitals": told}, AT)
    named = [each for each in told if each.key in whole.read["f"]]

    assert look({"f": feature}, {"vitals": named}, AT).values == whole.values


TOLD = [row(1, 80, 5), row(2, 97, 3), row(3, None, 2), row(4, 60, 1), row(5, 200, 0, late=True)]


@pytest.mark.parametrize(
    ("reduce", "within", "wanted"),
    [
        ("one", "", Missing("many")),
        ("one", "90 min", 60),
        ("first", "", 80),
        ("last", "", 60),
        ("min", "", 60),
        ("max", "", 97),
        ("max", "2 h", 60),
        ("count", "", 3),
        ("count", "30 min", 0),
        ("any", "30 min", False),
        ("any", "", True),
        ("last", "30 min", Missing("absent")),
    ],
)
def test_each_way_to_reduce_gives_what_it_says(reduce: str, within: str, wanted: object) -> None:
    assert vector({"f": of(reduce, within=within)}, {"vitals": TOLD}, AT) == {"f": wanted}


def test_a_tie_goes_by_resource_and_then_by_its_row() -> None:
    at = str(AT)
    same = [
        Row("b#0", "b", 0, AT, {"value": 1, "taken": at}),
        Row("b#1", "b", 1, AT, {"value": 2, "taken": at}),
        Row("a#9", "a", 9, AT, {"value": 3, "taken": at}),
    ]

    found = vector({"last": of("last"), "first": of("first")}, {"vitals": same}, AT)

    assert found == {"last": 2, "first": 3}


def test_moments_in_other_time_zones_are_compared_as_moments() -> None:
    told = [
        Row("a", "a", 0, None, {"value": 1, "taken": "2150-03-01T11:00:00-05:00"}),
        Row("b", "b", 0, None, {"value": 2, "taken": "2150-03-01T12:30:00Z"}),
    ]
    assert vector({"f": of("last")}, {"vitals": told}, AT) == {"f": 1}
    assert moment_of("2150") == datetime(2150, 1, 1, tzinfo=UTC)
    assert moment_of("2150-03") == datetime(2150, 3, 1, tzinfo=UTC)
    assert moment_of("hello") is None


def test_what_was_taken_in_a_leap_second_is_the_latest() -> None:
    told = [
        Row("a", "a", 0, None, {"value": 1, "taken": "2150-03-01T11:58:59Z"}),
        Row("b", "b", 0, None, {"value": 2, "taken": "2150-03-01T11:58:60.250Z"}),
    ]
    assert vector({"f": of("last", within="24 h")}, {"vitals": told}, AT) == {"f": 2}
    assert moment_of("2150-03-01T11:59:60Z") == datetime(2150, 3, 1, 12, tzinfo=UTC)
    assert moment_of("2150-03-01T11:59:61Z") is None
    assert moment_of("9999-12-31T23:59:60Z") is None


def test_a_view_that_was_not_sent_is_not_one_without_rows() -> None:
    for reduce in REDUCES:
        assert vector({"f": of(reduce)}, {}, AT) == {"f": Missing("not_sent")}
    assert vector({"f": of("count")}, {"vitals": []}, AT) == {"f": 0}


LOST = {"value": None, "value_raw": "4711", "value_map": "unmapped"}


@settings(max_examples=400, deadline=None)
@given(
    features,
    st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 6), st.booleans()), max_size=6),
    st.lists(st.lists(st.integers(-20, 20), min_size=6, max_size=6), min_size=3, max_size=3),
)
def test_a_value_that_is_given_is_right_whatever_the_unmapped_rows_held(
    feature: Feature, told: list[tuple[int, int, bool]], fillings: list[list[int]]
) -> None:
    came = [
        Row(f"o{n}", f"o{n}", 0, None, {"taken": str(AT - timedelta(hours=h)), "value": v} | lost)
        for n, (v, h, is_lost) in enumerate(told)
        for lost in [LOST if is_lost else {}]
    ]
    given_value = vector({"f": feature}, {"vitals": came}, AT)["f"]
    if isinstance(given_value, Missing):
        return
    for held in fillings:
        filled = [
            each._replace(values=dict(each.values) | {"value": held[n], "value_map": "local@1"})
            if each.values["value"] is None
            else each
            for n, each in enumerate(came)
        ]
        assert vector({"f": feature}, {"vitals": filled}, AT)["f"] == given_value


@pytest.mark.parametrize("word", ["unmapped", "many", "retired"])
@pytest.mark.parametrize(
    ("reduce", "wanted"),
    [
        ("last", 7),
        ("first", Missing("unmapped")),
        ("max", Missing("unmapped")),
        ("count", Missing("unmapped")),
        ("any", True),
    ],
)
def test_an_unmapped_row_is_not_one_that_holds_nothing(
    reduce: str, word: str, wanted: object
) -> None:
    early = Row("a", "a", 0, None, {"taken": str(AT - timedelta(hours=2))} | LOST)
    early = early._replace(values=dict(early.values) | {"value_map": word})
    late = row(2, 7, 1)

    assert vector({"f": of(reduce)}, {"vitals": [early, late]}, AT) == {"f": wanted}
    assert vector({"f": of(reduce)}, {"vitals": [early]}, AT) == {"f": Missing("unmapped")}


def test_a_row_in_another_unit_is_converted_before_rows_are_compared() -> None:
    feature = Feature(
        view="labs",
        column="value",
        reduce="max",
        unit="mmol/L",
        unit_column="unit",
        molar_mass="90.08",
    )
    local = Row("a", "a", 0, None, {"value": Decimal("18.016"), "unit": "mg/dL"})
    ours = Row("b", "b", 0, None, {"value": Decimal("1.5"), "unit": "mmol/L"})
    words = Row("c", "c", 0, None, {"value": Decimal("1.5"), "unit": "millimol"})

    assert vector({"f": feature}, {"labs": [local, ours]}, AT) == {"f": 2}
    assert vector({"f": feature}, {"labs": [local, ours, words]}, AT) == {"f": Missing("unit")}


def test_a_row_whose_unit_does_not_convert_makes_the_feature_missing() -> None:
    feature = Feature(view="labs", column="value", reduce="max", unit="mmol/L", unit_column="unit")
    good = Row("a", "a", 0, None, {"value": Decimal("1.50"), "unit": "mmol/L"})
    bad = Row("b", "b", 0, None, {"value": 18, "unit": "mg/dL"})

    assert vector({"f": feature}, {"labs": [good]}, AT) == {"f": 1.5}
    assert vector({"f": feature}, {"labs": [good, bad]}, AT) == {"f": Missing("unit")}


def test_a_date_may_be_told_as_how_long_ago() -> None:
    feature = Feature(view="patients", column="born", reduce="one", since="a")

    (age,) = vector(
        {"f": feature}, {"patients": [Row("p", "p", 0, None, {"born": "2083"})]}, AT
    ).values()

    assert age == pytest.approx(67.16, abs=0.01)


def test_text_is_given_as_it_is_and_a_list_or_a_note_is_no_value() -> None:
    feature = Feature(view="v", column="c", reduce="one")
    for value, wanted in (
        ("EM", "EM"),
        (["a"], Missing("not_a_value")),
        ("long " * 200, Missing("not_a_value")),
    ):
        assert vector({"f": feature}, {"v": [Row("k", "k", 0, None, {"c": value})]}, AT) == {
            "f": wanted
        }


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (Feature(view="v", column="c", reduce="last"), "needs `order:`"),
        (Feature(view="v", column="c", reduce="max", within="24 h"), "needs `order:`"),
        (Feature(view="v", column="c", reduce="max", order="t", within="a day"), "write a length"),
        (Feature(view="v", column="c", reduce="one", on_missing="value"), "go together"),
        (Feature(view="v", column="c", reduce="one", value=3), "go together"),
        (Feature(view="v", column="c", reduce="count", since="a"), "leave out `since:`"),
        (Feature(view="v", column="c", reduce="one", unit_column="u"), "needs `unit:`"),
        (
            Feature(view="v", column="c", reduce="one", unit_column="u", unit="grams"),
            "'grams' is no unit",
        ),
        (Feature(view="v", column="c", reduce="one", molar_mass="90"), "needs `unit_column:`"),
    ],
)
def test_a_feature_that_means_nothing_is_refused(feature: Feature, said: str) -> None:
    assert said in check(feature)


def test_a_length_is_read_or_refused() -> None:
    assert length_of("24 h") == timedelta(days=1) == length_of("1d")
    with pytest.raises(Refused, match="no length of time"):
        length_of("1 fortnight")


# --- planted defects: each must be told apart by what is promised above --------------------


def _first_come(feature: Feature, held: list[Row]) -> object:
    return held[-1].values[feature.column]


def _string_order(value: object) -> object:
    return None if value is None else str(value)


@pytest.mark.parametrize(
    ("name", "defect"),
    [("_place", _string_order), ("_by_order", _first_come), ("_extreme", _first_come)],
)
def test_a_planted_defect_changes_an_answer(
    name: str, defect: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [row(1, 9, 1), row(2, 10, 5), row(3, 100, 3)]
    asked = {r: of(r) for r in ("first", "last", "min", "max")}
    before = vector(asked, {"vitals": told}, AT)
    assert before == {"first": 10, "last": 9, "min": 9, "max": 100}
    if name == "_place":
        monkeypatch.setattr(subject, name, defect)
    else:
        own = dict(subject._REDUCES)
        for reduce in ("first", "last") if name == "_by_order" else ("min", "max"):
            own[reduce] = defect
        monkeypatch.setattr(subject, "_REDUCES", own)

    assert vector(asked, {"vitals": told}, AT) != before
