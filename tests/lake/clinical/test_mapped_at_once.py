"""A mapped view's table holds the same rows by one query, its map's rows joined, and one by one."""

from __future__ import annotations

import json
from random import Random

import pytest

from attending.fhir.mapped import MappedColumn, MeasuredColumn
from attending.fhir.mapped_view import mapped_view
from attending.fhir.terms import EQUIVALENCES, TermRow, Terms
from attending.fhir.view import view
from attending.lake.clinical import views
from attending.lake.clinical.store import ClinicalLake

COLUMNS = {
    "code": ("code.coding.code.first()", "code"),
    "of": ("code.coding.system.first()", "uri"),
    "kind": ("category.coding.code.first()", ""),
    "value": ("value.ofType(Quantity).value", "decimal"),
    "value_unit": ("value.ofType(Quantity).code", "code"),
    "whole": ("value.ofType(integer)", "integer"),
    "whole_in": ("status", "code"),
}
VIEW = {
    "name": "labs",
    "resource": "Observation",
    "select": [
        {
            "column": [
                *({"name": n, "path": path, "type": kind} for n, (path, kind) in COLUMNS.items()),
                {"name": "notes", "path": "note.text", "collection": True},
            ]
        },
        {"forEachOrNull": "component", "column": [{"name": "part", "path": "id", "type": "id"}]},
    ],
}
GOING = (
    MappedColumn(view="labs", column="code", map="labs", system_column="of", target="urn:std"),
    MappedColumn(
        view="labs", column="kind", map="kinds", system="urn:a", accept=("wider", "disjoint")
    ),
    MeasuredColumn(view="labs", column="value", unit_column="value_unit", to="umol/L",
                   molar_mass="113.12"),
    MeasuredColumn(view="labs", column="whole", unit_column="whole_in", to="[degF]"),
)  # fmt: skip
CODES = ("A", "a", "B", "C", "Ä", "𝔸", "O'", "", "D ", "E", "{F}", "zz")
SYSTEMS = ("urn:a", "urn:b", "URN:A", "")
TARGETS = ("s-1", "s-1", "s-1", "s-2", "")
DAYS = ("", "2026-01-01", "2026-05-31", "2026-06-01", "2026-06-02", "2027-01-01")
UNITS = ("umol/L", "mg/dL", "g/L", "mmol/L", "grams", "Cel", "", "mol/L", "nmol/L", "{F}")
NUMBERS = (
    "1", "1.5", "1.50", "0.0000001", "0.000000000000000001", "12345678901234567890", "-3.25",
    "99999999999999999999", "98.6", "1e2", "0.1000000000000000055", "7.333333333333333333", "0",
)  # fmt: skip


def term_rows(dice):
    """Give rows of two maps: codes with one target, with more, with none, and ended ones."""
    for name, system, code, to, target in (
        ("labs", "urn:a", "A", "urn:std", "s-1"),
        ("labs", "urn:a", "A", "urn:std", "s-2"),
        ("labs", "", "C", "urn:std", "s-2"),  # whose code it is was not sent
        ("kinds", "urn:a", "B", "urn:std", "s-1"),
        ("kinds", "urn:a", "B", "urn:other", "s-1"),  # the same code of another system
    ):
        yield TermRow(map=name, version="1", source_system=system, source_code=code,
                      target_system=to, target_code=target,
                      equivalence="equal" if name == "labs" else "wider")  # fmt: skip
    for name in ("labs", "kinds"):
        for _ in range(150):
            target = dice.choice(TARGETS)
            yield TermRow(
                map=name,
                version=dice.choice("12"),
                source_system=dice.choice(SYSTEMS[:3]),
                source_code=dice.choice(CODES) or "-",
                target_system=dice.choice(("urn:std", "urn:std", "urn:other")) if target else "",
                target_code=target,
                equivalence=dice.choice((*EQUIVALENCES, *("equivalent", "equal", "wider") * 5)),
                valid_from=dice.choice(("", *DAYS)),
                valid_to=dice.choice(("", "", *DAYS)),
            )


def observation(n, dice):
    coding = [
        {k: v for k, v in (("code", dice.choice(CODES)), ("system", dice.choice(SYSTEMS)))
         if dice.random() < 0.9}
        for _ in range(dice.choice((0, 1, 1, 1, 2)))
    ]  # fmt: skip
    said = [f'"code":{json.dumps({"coding": coding})}']
    if dice.random() < 0.7:
        said.append(f'"category":[{json.dumps({"coding": [{"code": dice.choice(CODES)}]})}]')
    if dice.random() < 0.8:
        unit = f',"code":{json.dumps(dice.choice(UNITS))}' if dice.random() < 0.9 else ""
        said.append(f'"valueQuantity":{{"value":{dice.choice(NUMBERS)}{unit}}}')
    else:
        said.append(f'"valueInteger":{dice.randint(-5, 50)}')
    said.append(f'"status":{json.dumps(dice.choice(("Cel", "[degF]", "K", "final")))}')
    said.append(f'"component":{json.dumps([{"id": f"c{i}"} for i in range(dice.randint(0, 2))])}')
    return f'{{"resourceType":"Observation","id":"o{n}",{",".join(said)}}}'.encode()


@pytest.fixture
def table(tmp_path, send_to, monkeypatch):
    """Give the rows and the parked of a view's table, and what was told of making it."""

    def made(tried, bodies, *, fewest):
        monkeypatch.setattr(views, "FEWEST", fewest)
        monkeypatch.setattr(views, "TOGETHER", 400)
        with ClinicalLake.open(tmp_path / f"{tried.digest[:8]}-{fewest}") as lake:
            send_to(lake)(*bodies)
            told = lake.materialize(tried)
            rows = sorted(lake.rows(lake.view("labs")), key=lambda row: row["key"])
            parked = sorted((p.raw, p.offset, p.reason, p.path) for p in lake.parked())
        return told, rows, parked

    return made


@pytest.mark.parametrize(
    ("seed", "day"), [(1, "2026-06-01"), (2, "2026-05-31"), (3, "2026-06-02"), (4, "2030-01-01")]
)
def test_both_ways_give_the_same_rows_on_any_day_by_any_map(table, seed, day):
    dice = Random(seed)
    bodies = [observation(n, dice) for n in range(900)]
    tried = mapped_view(view(VIEW), GOING, Terms(term_rows(dice)), day)

    told, rows, parked = table(tried, bodies, fewest=1)
    by_hand, expected, parked_by_hand = table(tried, bodies, fewest=10**9)

    assert rows == expected
    assert parked == parked_by_hand
    assert (told.rows, told.parked) == (by_hand.rows, by_hand.parked)
    assert told.by_query > 400
    assert by_hand.by_query == 0
    words = {row["code_map"] for row in rows} | {row["kind_map"] for row in rows}
    assert {"unmapped", "many", "retired", "no code"} < words
    assert {row["value_map"] for row in rows} == {"umol/L", "unmapped", "no value"}
    assert sum(row["whole"] is not None for row in rows) > 50


def test_a_map_that_is_not_there_and_a_code_that_is_no_text_are_read_one_at_a_time():
    def why(*going, rows=()):
        return views.many_versions(mapped_view(view(VIEW), going, Terms(rows), "2026-06-01"))[1]

    assert why(GOING[0]) == "there is no map labs"
    whole = MappedColumn(view="labs", column="whole", map="labs", system="urn:a")
    rows = list(term_rows(Random(1)))
    assert "the type of column whole" in why(whole, rows=rows)
    assert why(*GOING, rows=rows) == ""
