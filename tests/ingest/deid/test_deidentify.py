"""An extract tells nobody's identity by any of the eighteen ways, or it does not leave."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from attending import rooms, shapes
from attending.errors import NoSuchName, Refused
from attending.ingest import deid
from attending.ingest.deid_rule import About
from attending.ingest.deidentify import deidentify
from attending.ingest.source import Row, Rows
from attending.spec.data.deidentification import IDENTIFIERS, Deidentification

KEY, ON = b"k" * 32, date(2026, 11, 1)
COLUMNS = {
    "mrn": ("medical_record_numbers", "random_code"),
    "name": ("names", "drop"),
    "born": ("dates", "birth_year"),
    "seen": ("dates", "year_only"),
    "zip": ("geography", "zip3"),
    "sex": ("no_identifier", "keep"),
    "note": ("free_text", "drop"),
    "lactate": ("no_identifier", "keep"),
}
ONE = {"mrn": "00471", "name": "Quill", "born": "1931-02-03", "seen": "2026-05-06", "zip": "60601",
       "sex": "f", "note": "Mrs Quill rang 555-123-4567", "lactate": "2.1"}  # fmt: skip


def plan(method="safe_harbor", *, small=None, statement=None, **columns):
    told = {name: {"holds": h, "rule": r} for name, (h, r) in (COLUMNS | columns).items()}
    written = {"kind": "Deidentification", "name": "x", "purpose": "quality", "person": "mrn",
               "method": method, "columns": told}  # fmt: skip
    written |= {"small_cells": small} if small else {}
    written |= {"statement": statement} if statement else {}
    return shapes.convert(written, Deidentification)


def rows(*cells):
    found = tuple(Row(n, ONE | each) for n, each in enumerate(cells, start=2))
    return Rows(tuple(ONE), found, (), "0" * 64)


def made(found, asked, key=KEY):
    numbers = count(1)
    return deidentify(found, asked, key=key, code=lambda: f"c{next(numbers)}", on=ON)


def test_what_leaves_has_no_identifier_and_one_code_for_each_person():
    extract = made(rows({}, {"seen": "2026-05-07"}, {"mrn": "9", "name": "Roe"}), plan())
    assert extract.columns == ("mrn", "born", "seen", "zip", "sex", "lactate")
    assert extract.rows[0] == ("c1", "1936-", "2026", "606", "f", "2.1")
    assert [row[0] for row in extract.rows] == ["c1", "c1", "c2"]
    assert extract.table["names"] == {"name": "drop"}
    assert extract.table["dates"] == {"born": "birth_year", "seen": "year_only"}
    assert [*extract.table] == [*IDENTIFIERS]
    assert len(IDENTIFIERS) == 18


@pytest.mark.parametrize(
    ("column", "cell", "what"),
    [
        ("sex", "f, k.quill@example.org", "e-mail"),
        ("sex", "call 555-123-4567", "telephone"),
        ("sex", "123-45-6789", "social security"),
        ("sex", "https://x.example/1", "web address"),
        ("sex", "10.0.0.7", "IP address"),
        ("lactate", "20260501", "long number"),
        ("lactate", "2026-05-01", "a date"),
        ("lactate", "5/1/26", "a date"),
        ("sex", "quill", "repeats what another held"),
        ("sex", "chart 00471", "repeats what another held"),
        ("sex", "(555)123-4567", "telephone"),
        ("sex", "555/123-4567", "telephone"),
        ("sex", "+43 1 588 0123", "telephone"),
        ("lactate", "2026/05/01", "a date"),
        ("lactate", "1.5.2026", "a date"),
        ("sex", "1 May 2026", "a date"),
        ("sex", "Sept. 1st, 2026", "a date"),
        ("sex", "01-May-26", "a date"),
    ],
)
def test_a_kept_cell_that_tells_somebody_refuses_all_of_it_and_is_not_quoted(column, cell, what):
    with pytest.raises(Refused, match=what) as refused:
        made(rows({}, {column: cell}), plan())
    assert "row 3" in str(refused.value)
    assert cell not in str(refused.value)


@pytest.mark.parametrize(
    "cell", ["2.1", "120/80", "5 decreased 10", "004712", "1.25e3", "may 5 mg", "98.6 F", "1-2 /d"]
)
def test_a_measurement_is_not_taken_for_an_identifier(cell):
    assert made(rows({"lactate": cell}), plan()).rows[0][-1] == cell


@pytest.mark.parametrize(
    ("column", "cell"), [("born", "unknown"), ("seen", "May"), ("zip", "606"), ("zip", "W1A 1AA")]
)
def test_a_cell_that_its_rule_cannot_read_refuses_all_of_it(column, cell):
    with pytest.raises(Refused, match="cannot read its cell"):
        made(rows({column: cell}), plan())


def test_a_column_without_a_rule_is_not_passed_on():
    with pytest.raises(Refused, match="'extra' has no rule"):
        made(Rows((*ONE, "extra"), (Row(2, ONE | {"extra": ""}),), (), ""), plan())
    with pytest.raises(NoSuchName, match="lactat"):
        made(rows({}), plan(lactat=("no_identifier", "keep")))


@pytest.mark.parametrize(
    ("column", "holds", "rule"),
    [("name", "names", "keep"), ("note", "free_text", "keep"), ("zip", "geography", "year_only"),
     ("seen", "dates", "date_shift"), ("mrn", "medical_record_numbers", "pseudonym")],
)  # fmt: skip
def test_safe_harbor_takes_no_rule_that_leaves_something(column, holds, rule):
    with pytest.raises(Refused, match=r"does not remove|an expert has to state"):
        made(rows({}), plan(**{column: (holds, rule)}))


def test_an_expert_may_shift_dates_once_they_have_stated_so():
    shifted = {"seen": ("dates", "date_shift"), "mrn": ("medical_record_numbers", "pseudonym")}
    with pytest.raises(Refused, match="statement is wanting"):
        made(rows({}), plan("expert", **shifted))
    stated = {"expert": "biostatistics", "signed_on": "2026-10-01", "sha256": "a" * 64}
    extract = made(rows({}), plan("expert", statement=stated, **shifted))
    assert extract.rows[0][2] != "2026-05-06"


@given(
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.integers(0, 5000),
    st.text(min_size=1, max_size=8),
)
def test_a_shift_keeps_the_time_between_two_dates_and_the_day_of_the_week(day, later, person):
    rule, about = rooms.fetch(deid, "date_shift"), About(person, KEY, "", ON)
    one, two = (date.fromisoformat(rule.change(d.isoformat(), about))
                for d in (day, day + timedelta(days=later)))  # fmt: skip
    assert (two - one).days == later
    assert one.weekday() == day.weekday()
    assert 7 <= abs((one - day).days) <= 364
    other = About(person, b"another" * 5, "", ON)
    assert rule.change("nonsense", other) is None


@given(st.dates(date(1900, 1, 1), ON))
def test_no_year_of_birth_tells_an_age_over_89(born):
    told = rooms.fetch(deid, "birth_year").change(born.isoformat(), About("p", KEY, "", ON))
    oldest = ON.year - int(told.removesuffix("-"))
    assert told.endswith("-") or oldest <= 89
    assert oldest <= 90


def test_rows_of_too_few_alike_are_left_out_and_a_total_does_not_tell_them():
    people = [{"mrn": str(n), "sex": sex} for n, sex in enumerate("f" * 30 + "m" * 14 + "x" * 3)]
    small = {"by": ["sex"], "at_least": 11}
    extract = made(rows(*people), plan(small=small))
    assert {row[4] for row in extract.rows} == {"f"}, "3 of x are few, so 14 of m go as well"
    assert (extract.n_in, extract.n_suppressed, extract.smallest) == (47, 17, 30)


def test_somebody_with_many_rows_is_one_of_the_people_who_are_alike():
    people = [{"mrn": str(n), "sex": "f"} for n in range(12)] + [{"mrn": "77", "sex": "x"}] * 12
    extract = made(rows(*people), plan(small={"by": ["sex"], "at_least": 11}))
    assert extract.rows == (), "12 rows of one patient are one patient, whom 12 others would tell"
    assert extract.n_suppressed == 24


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("fmx")), max_size=80))
def test_whoever_is_left_out_cannot_be_had_by_taking_the_rest_from_the_whole(visits):
    found = rows(*({"mrn": str(person), "sex": sex} for person, sex in visits))
    extract = made(found, plan(small={"by": ["sex"], "at_least": 5}))
    told = {row[4] for row in extract.rows}
    for sex in told:
        assert len({person for person, its in visits if its == sex}) >= 5
    hidden = {person for person, its in visits if its not in told}
    assert not hidden or len(hidden) >= 5 or not told


@given(st.dates(date(1900, 1, 1), ON), st.sampled_from(["birth_year", "year_only"]))
def test_no_year_that_is_left_of_a_date_tells_an_age_over_89(day, rule):
    told = rooms.fetch(deid, rule).change(day.isoformat(), About("p", KEY, "", ON))
    assert told.endswith("-") or ON.year - int(told) <= 89


def test_every_rule_says_what_it_removes_and_reads_nothing_wrongly():
    about = About("00471", KEY, "c1", ON)
    for name in rooms.names(deid):
        rule = rooms.fetch(deid, name)
        assert rule.says
        assert rule.removes <= {*IDENTIFIERS, "free_text"}
        if rule.removes:
            assert rule.change("Quill, of Elm Street", about) in (None, "") or rule.asks_expert


CASES = [
    (path.stem, str(cell), told)
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for cell, told in YAML(typ="safe").load(path.read_text("utf-8")).items()
]


@pytest.mark.parametrize(("name", "cell", "told"), CASES)
def test_a_rule_tells_of_a_cell_what_its_cases_say(name, cell, told):
    assert rooms.fetch(deid, name).change(cell, About("00471", KEY, "c1", ON)) == told
