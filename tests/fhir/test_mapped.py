"""A mapped column holds a standard code or nothing; what came is kept beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.fhir.mapped import (
    MappedColumn,
    MeasuredColumn,
    check_columns,
    map_rows,
    measure_rows,
    refuse_raw,
    tally,
)
from attending.fhir.terms import TermRow, Terms

LOCAL, LOINC = "urn:local", "urn:standard"
TERMS = Terms(
    TermRow(map="labs", version="7", source_system=LOCAL, target_system=LOINC, **each)
    for each in (
        {"source_code": "NA", "target_code": "s-1"},
        {"source_code": "K", "target_code": "s-2"},
        {"source_code": "K", "target_code": "s-3"},
        {"source_code": "CL", "target_code": "s-4", "valid_to": "2020-01-01"},
    )
)
CODE = MappedColumn(view="labs", column="code", map="labs", system=LOCAL, target=LOINC)
CREATININE = MeasuredColumn(
    view="labs", column="value", unit_column="unit", to="umol/L", molar_mass="113.12"
)
STANDARD = {"s-1", "s-2", "s-3", "s-4"}
CAME = st.lists(
    st.sampled_from(["NA", "K", "CL", "na", "s-9", "Sodium", "", None]), min_size=1, max_size=20
)


@given(codes=CAME)
def test_no_code_reaches_a_mapped_column_as_it_came(codes):
    came = [{"code": code, "n": i} for i, code in enumerate(codes)]
    rows = map_rows(came, CODE, TERMS, "2026-06-01")

    assert [each["n"] for each in rows] == list(range(len(codes)))
    for code, cells in zip(codes, rows, strict=True):
        assert cells["code"] in {*STANDARD, None}
        assert cells["code_raw"] == code
        assert cells["code_system"] == LOCAL
        assert (cells["code"] is None) == (code != "NA")


@given(codes=CAME)
def test_every_code_that_gave_nothing_is_counted_with_the_reason(codes):
    rows = map_rows([{"code": code} for code in codes], CODE, TERMS, "2026-06-01")
    counted = tally(rows, CODE)

    assert counted.rows == sum(code is not None for code in codes)
    assert counted.mapped == codes.count("NA")
    assert counted.many == codes.count("K")
    assert counted.retired == codes.count("CL")
    assert counted.violated == counted.rows - counted.mapped
    assert counted.rows == sum(counted[3:])


def test_the_cells_say_which_map_gave_the_code():
    (cells,) = map_rows([{"code": "NA"}], CODE, TERMS, "2026-06-01")

    assert cells == {
        "code": "s-1", "code_system": LOCAL, "code_raw": "NA", "code_map": "labs@7",
    }  # fmt: skip


def test_the_system_may_stand_in_a_column_and_none_is_no_match():
    column = MappedColumn(view="labs", column="code", map="labs", system_column="of")
    came = [{"code": "NA", "of": LOCAL}, {"code": "NA", "of": "urn:else"}, {"code": "NA"}]

    assert [each["code"] for each in map_rows(came, column, TERMS, "2026-06-01")] == [
        "s-1", None, None,
    ]  # fmt: skip


def test_an_amount_is_moved_into_the_declared_unit_or_not_at_all():
    came = [
        {"value": Decimal("1.0"), "unit": "mg/dL"},
        {"value": Decimal("88.4"), "unit": "umol/L"},
        {"value": Decimal("1.0"), "unit": "MG/DL"},
        {"value": Decimal("1.0"), "unit": "grams"},
        {"value": Decimal("1.0"), "unit": "mm[Hg]"},
        {"value": Decimal("1.0"), "unit": None},
        {"value": None, "unit": "mg/dL"},
        {"value": Decimal("NaN"), "unit": "mg/dL"},
    ]
    rows = measure_rows(came, CREATININE)

    assert [each["value"] and round(each["value"], 1) for each in rows] == [
        Decimal("88.4"), Decimal("88.4"), None, None, None, None, None, None,
    ]  # fmt: skip
    assert [each["value_unit"] for each in rows] == [each["unit"] for each in came]
    assert rows[0]["value_raw"] == Decimal("1.0")
    assert tally(rows, CREATININE)[2:5] == (7, 2, 5)


@pytest.mark.parametrize(
    "column", ["code_raw", "code_system", "code_map", "value_raw", "value_unit"]
)
def test_nothing_reads_what_came_as_though_it_were_standard(column):
    with pytest.raises(Refused, match="what came from the source") as refused:
        refuse_raw("labs", column, [CODE, CREATININE])

    assert refused.value.accepted == (f"labs.{column.partition('_')[0]}",)


@pytest.mark.parametrize(("view", "column"), [("labs", "code"), ("meds", "code_raw")])
def test_the_mapped_column_and_other_views_may_be_read(view, column):
    refuse_raw(view, column, [CODE, CREATININE])


@pytest.mark.parametrize(
    ("mapped", "measured"),
    [
        ([CODE, CODE], []),
        ([MappedColumn(view="labs", column="code", map="labs")], []),
        ([MappedColumn(view="v", column="c", map="m", system="s", system_column="t")], []),
        ([], [MeasuredColumn(view="v", column="c", unit_column="u", to="grams")]),
    ],
)
def test_a_column_that_cannot_be_mapped_is_refused_when_it_is_declared(mapped, measured):
    with pytest.raises(Refused):
        check_columns(mapped, measured)
