"""A mapped view is a view: in the lake its columns hold standard codes or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from attending.errors import NoSuchName, Refused
from attending.fhir.decode import decode_exact
from attending.fhir.mapped import MappedColumn, MeasuredColumn
from attending.fhir.mapped_view import mapped_view
from attending.fhir.number import body_digest
from attending.fhir.terms import TermRow, Terms
from attending.fhir.view import view
from attending.lake.clinical.received import Batch, Received
from attending.lake.clinical.store import ClinicalLake

VIEW = view(
    {
        "resourceType": "ViewDefinition",
        "resource": "Observation",
        "name": "labs",
        "status": "active",
        "select": [
            {
                "column": [
                    {"name": "id", "path": "getResourceKey()"},
                    {"name": "code", "path": "code.coding.first().code", "type": "code"},
                    {"name": "of", "path": "code.coding.first().system", "type": "uri"},
                    {"name": "value", "path": "value.ofType(Quantity).value", "type": "decimal"},
                    {"name": "unit", "path": "value.ofType(Quantity).code", "type": "code"},
                    {"name": "notes", "path": "note.text", "type": "string", "collection": True},
                ]
            }
        ],
    }
)
CODE = MappedColumn(view="labs", column="code", map="labs", system_column="of", target="urn:std")
VALUE = MeasuredColumn(view="labs", column="value", unit_column="unit", to="mg/dL")


def terms(*pairs, version="1"):
    return Terms(
        TermRow(map="labs", version=version, source_system="urn:local", source_code=code,
                target_system="urn:std", target_code=target)
        for code, target in pairs
    )  # fmt: skip


def observation(n, code, value, unit):
    return {
        "resourceType": "Observation",
        "id": f"o{n}",
        "code": {"coding": [{"system": "urn:local", "code": code}]},
        "valueQuantity": {"value": value, "code": unit},
    }


CAME = [
    observation(1, "CREA", 1.5, "mg/dL"),
    observation(2, "CREA", 0.02, "g/L"),
    observation(3, "crea", 1.0, "grams"),
    observation(4, "s-1", 2.0, "mmol/L"),
]
MAPPED = mapped_view(VIEW, [CODE, VALUE], terms(("CREA", "s-1")), "2026-06-01")


def received(n, body):
    tree = decode_exact(body.encode())
    return Received(n, 1, "Observation", tree["id"], body, body_digest(tree))


def test_a_mapped_view_fills_its_table_in_the_lake_with_standard_codes_or_nothing(tmp_path):
    with ClinicalLake.open(tmp_path) as lake:
        raw = "\n".join(map(json.dumps, CAME)).encode()
        batch = Batch("labs", "larch", lake.raw.keep(raw), datetime(2026, 6, 1, tzinfo=UTC))
        lake.load(batch, [received(n, json.dumps(each)) for n, each in enumerate(CAME)])
        assert lake.materialize(MAPPED).rows == 4
        assert lake.materialize(MAPPED).rows == 0
        rows = sorted(lake.rows(lake.view("labs")), key=lambda row: row["id"])
        later = mapped_view(VIEW, [CODE, VALUE], terms(("CREA", "s-9")), "2026-06-01")
        lake.materialize(later)
        again = {row["code"] for row in lake.rows(lake.view("labs"))}

    assert [row["code"] for row in rows] == ["s-1", "s-1", None, None]
    assert [row["code_raw"] for row in rows] == ["CREA", "CREA", "crea", "s-1"]
    assert [row["code_map"] for row in rows] == ["labs@1", "labs@1", "unmapped", "unmapped"]
    assert [row["value"] for row in rows] == [Decimal("1.5"), Decimal(2), None, None]
    assert [row["value_map"] for row in rows] == ["mg/dL", "mg/dL", "unmapped", "unmapped"]
    assert [row["value_unit"] for row in rows] == ["mg/dL", "g/L", "grams", "mmol/L"]
    assert again == {"s-9", None}


def test_its_rows_have_exactly_its_columns():
    names = [column.name for column in MAPPED.columns]

    assert names == [
        "id", "code", "code_system", "code_raw", "code_map", "of",
        "value", "value_raw", "value_map", "value_unit", "unit", "notes",
    ]  # fmt: skip
    assert [list(row) for each in CAME for row in MAPPED.rows(each)] == [names] * 4


@pytest.mark.parametrize(
    "other",
    [
        mapped_view(VIEW, [CODE], terms(("CREA", "s-1")), "2026-06-01"),
        mapped_view(VIEW, [CODE, VALUE], terms(("CREA", "s-2")), "2026-06-01"),
        mapped_view(VIEW, [CODE, VALUE], terms(("CREA", "s-1"), version="2"), "2026-06-01"),
    ],
)
def test_other_maps_and_other_columns_are_another_view(other):
    same = mapped_view(VIEW, [CODE, VALUE], terms(("CREA", "s-1")), "2026-06-01T08:00:00Z")

    assert MAPPED.digest == same.digest
    assert other.digest != MAPPED.digest != VIEW.digest


def test_a_day_on_which_a_row_ends_makes_another_view_and_no_other_day_does():
    ends = TermRow(
        map="labs", version="1", source_system="s", source_code="CREA",
        target_system="t", target_code="s-1", valid_from="2026-06-01", valid_to="2026-06-05",
    )  # fmt: skip
    days = [f"2026-06-{n:02}" for n in range(1, 9)]
    seen = [mapped_view(VIEW, [CODE, VALUE], Terms([ends]), day).digest for day in days]

    assert seen == [seen[0]] * 4 + [seen[-1]] * 4
    assert seen[0] != seen[-1]


@pytest.mark.parametrize(
    ("column", "refusal"),
    [
        (MappedColumn(view="labs", column="kode", map="labs", system="s"), NoSuchName),
        (MappedColumn(view="labs", column="code", map="labs", system_column="og"), NoSuchName),
        (MappedColumn(view="labs", column="notes", map="labs", system="s"), Refused),
    ],
)
def test_a_column_that_cannot_be_mapped_is_refused(column, refusal):
    with pytest.raises(refusal):
        mapped_view(VIEW, [column], terms(("CREA", "s-1")), "2026-06-01")


def test_columns_of_other_views_are_let_be():
    other = MappedColumn(view="drugs", column="code", map="labs", system="s")

    assert mapped_view(VIEW, [other], terms(("CREA", "s-1")), "2026-06-01").rows(
        CAME[0]
    ) == VIEW.rows(CAME[0])
