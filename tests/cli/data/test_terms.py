"""What people type about terms, over the real exports that are here and over made-up ones."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from collections import Counter

import pytest

from attending.admit import read_lone
from attending.cli import main
from attending.fhir.coverage import coverage, units_coverage
from attending.ingest.terms.files import Beside, read_terms
from attending.spec.data.terms import Terms

ITEMS = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-d-items"
DRUGS = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-medication-icu"
LOINC, RXNORM = "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm"
DAY = "2026-10-13"

LEFT_OVER = {"227510", "227511", "227488", "226633", "226628", "226632"}

OUTPUTS = f"""
kind: Terms
name: mimic_outputs
version: "2.72"
credit: MIMIC-IV code repository, Apache-2.0; names LOINC codes
files:
  - file: outputevents_to_loinc.csv
    columns:
      source_code: itemid (omop_source_code)
      source_name: label
      target_code: omop_concept_code
      target_name: omop_concept_name
    always: {{source_system: "{ITEMS}", target_system: "{LOINC}"}}
columns:
  - {{view: outputs, column: code, map: mimic_outputs, system_column: of, allowed_unmapped: 0.01}}
units:
  - {{view: outputs, column: amount, unit_column: unit, to: L}}
"""
INPUTS = (
    OUTPUTS.partition("columns:\n  - ")[0]
    .replace("mimic_outputs", "mimic_inputs")
    .replace("outputevents_to_loinc", "inputevents_to_rxnorm")
    .replace(ITEMS, DRUGS)
    .replace(LOINC, RXNORM)
)
VIEW = {
    "kind": "View",
    "name": "outputs",
    "resource": "Observation",
    "status": "active",
    "select": [
        {
            "column": [
                {"name": "code", "path": "code.coding.first().code", "type": "code"},
                {"name": "of", "path": "code.coding.first().system", "type": "uri"},
                {"name": "amount", "path": "value.ofType(Quantity).value", "type": "decimal"},
                {"name": "unit", "path": "value.ofType(Quantity).code", "type": "code"},
            ]
        }
    ],
}


@pytest.fixture
def typed(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["attending", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    made = tmp_path_factory.mktemp("terms")
    for each in (data / "vocab" / "mimic-maps").glob("*.csv"):
        shutil.copy(each, made)
    (made / "outputs.yaml").write_text(OUTPUTS, "utf-8")
    (made / "inputs.yaml").write_text(INPUTS, "utf-8")
    (made / "view.yaml").write_text(json.dumps(VIEW), "utf-8")
    return made


@pytest.fixture(scope="module")
def maps(folder):
    return read_terms(
        Beside(terms=read_lone(folder / name, Terms)[0], folder=folder)
        for name in ("outputs.yaml", "inputs.yaml")
    )


@pytest.fixture(scope="module")
def came(data):
    def of(name):
        codes, units, names = Counter(), Counter(), {}
        with gzip.open(data / "mimic-iv-fhir-demo" / f"Mimic{name}.ndjson.gz") as lines:
            for line in lines:
                tree = json.loads(line)
                concept = tree.get("code") or tree["medicationCodeableConcept"]
                for each in concept["coding"]:
                    codes[each["system"], each["code"]] += 1
                    names[each["system"], each["code"]] = each.get("display", "")
                amount = tree.get("valueQuantity") or tree.get("dosage", {}).get("dose", {})
                if "code" in amount:
                    units[amount["code"]] += 1
        return codes, names, units

    return of


@pytest.mark.parametrize(
    ("file", "map_", "rows", "codes"),
    [
        ("ObservationOutputevents", "mimic_outputs", (8_949, 8_949, 9_362), (33, 33, 39)),
        ("MedicationAdministrationICU", "mimic_inputs", (10_039, 9_467, 20_404), (104, 93, 159)),
        ("ObservationDatetimeevents", "mimic_outputs", (0, 0, 15_280), (0, 0, 87)),
        ("MedicationAdministration", "mimic_inputs", (0, 0, 36_131), (0, 0, 895)),
    ],
)
def test_what_maps_cover_of_a_real_export_is_told_in_rows(
    maps, came, capsys, file, map_, rows, codes
):
    seen, names, _ = came(file)
    told = coverage(seen, names, maps, map_, as_of=DAY)

    assert (told.rows_in_map, told.rows_mapped, told.rows) == rows
    assert (told.codes_in_map, told.codes_mapped, told.codes) == codes
    left = [each.rows for each in told.unmapped]
    assert left == sorted(left, reverse=True)
    assert sum(left) == told.rows - told.rows_mapped
    with capsys.disabled():
        print(
            f"\n{file}: {told.rows_in_map:,} of {told.rows:,} rows in {map_}, {told.codes_in_map} "
            f"of {told.codes} codes; most often left over: "
            + ", ".join(f"{each.code} ({each.rows:,})" for each in told.unmapped[:3])
        )


def test_a_drug_that_is_given_in_two_ways_is_many_and_not_the_first_of_them(maps, came):
    seen, names, _ = came("MedicationAdministrationICU")
    told = coverage(seen, names, maps, "mimic_inputs", as_of=DAY)
    many = {each.display: each for each in told.unmapped if each.word == "many"}

    assert len(many) == 11
    assert many["Vancomycin"].rows == 308
    assert [each.because for each in many["Vancomycin"].candidates] == [
        "one of several in the map, or retired"
    ] * 2


def test_units_that_are_no_codes_are_told_by_rows_and_never_guessed(came):
    told = units_coverage(came("MedicationAdministrationICU")[2])

    assert {each.code: each.rows for each in told.unmapped} == {
        "dose": 1_868, "units": 1_120, "mcg": 822, "grams": 433, "mEq": 412, "mEq.": 105,
    }  # fmt: skip
    assert (told.rows_mapped, told.rows) == (15_644, 20_404)


@pytest.mark.parametrize("most", [600, pytest.param(None, marks=pytest.mark.long)])
def test_the_lake_tells_the_same_and_a_check_fails_past_what_is_allowed(
    typed, folder, data, tmp_path, most
):
    lines = gzip.decompress(
        (data / "mimic-iv-fhir-demo" / "MimicObservationOutputevents.ndjson.gz").read_bytes()
    ).splitlines()[:most]
    (tmp_path / "export.ndjson").write_bytes(b"\n".join(lines))
    several = tmp_path / "views.yaml"
    several.write_text(f"{json.dumps(VIEW)}\n---\n{json.dumps(VIEW | {'name': 'more'})}\n")
    rows = Counter(json.loads(line)["code"]["coding"][0]["code"] for line in lines)
    words = ("--site", "larch", "--source", "icu", "--store", tmp_path / "store")
    assert typed("ingest", tmp_path / "export.ndjson", *words)[0] == 0

    asked = ("terms", "coverage", folder / "outputs.yaml", "--view", several)
    code, out, _ = typed(*asked, "--store", tmp_path / "store", "--as-of", DAY)

    left = sum(rows[each] for each in LEFT_OVER)
    told = out.splitlines()
    codes = f"({len(rows) - len(LEFT_OVER & {*rows})} of {len(rows)} codes)"
    assert code == 4
    assert told[0] == (
        f"outputs.code by mimic_outputs: {len(lines) - left:,} of {len(lines):,} rows {codes}"
    )
    assert told[1] == f"  larch: {left} of {len(lines):,} left over, 1.0% may be; breach"
    assert f"  {rows['227510']:>9,}  227510 TF Residual: unmapped" in told
    assert told[-1] == f"  larch: 0 of {len(lines):,} left over, none may be; ok"  # ml, in L


def test_a_code_is_looked_up_on_a_day(typed, folder):
    asked = ("terms", "lookup", folder / "outputs.yaml", "--map", "mimic_outputs", "--as-of", DAY)
    there = typed(*asked, "--system", ITEMS, "--code", "226597")
    gone = typed(*asked, "--system", ITEMS, "--code", "1")

    assert there[:2] == (0, f"mapped: 9203-1 of {LOINC}, equivalent\n")
    assert gone[:2] == (0, "unmapped\n")


@pytest.mark.parametrize("said", [("--system", f"{ITEMS}x"), ("--system", ITEMS, "--target", "x")])
def test_a_system_that_no_row_names_is_refused_and_not_taken_for_a_code_in_no_map(
    typed, folder, said
):
    asked = ("terms", "lookup", folder / "outputs.yaml", "--map", "mimic_outputs", "--as-of", DAY)
    code, out, err = typed(*asked, *said, "--code", "226597")
    assert (code, out) == (1, "")
    assert (ITEMS if len(said) == 2 else LOINC) in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("98.6", "[degF]", "Cel"), 0, "37 Cel\n"),
        (("1", "mg/dL", "umol/L", "--molar-mass", "113.12"), 0, "88.4016973126 umol/L\n"),
        (("1", "mg/dL", "umol/L"), 1, "molar mass"),
        (("1", "grams", "mg"), 1, "'grams' is no unit"),
        (("1", "degF", "Cel"), 1, "accepted: codes of UCUM, such as mg/dL, Cel, [degF]"),
        (("x", "g", "mg"), 1, "no number"),
    ],
)
def test_an_amount_is_converted_or_refused(typed, words, code, said):
    left, out, err = typed("terms", "convert", *words)

    assert left == code
    assert said in out + err


def test_no_terms_are_served_off_this_machine(typed, tmp_path):
    document = tmp_path / "t.yaml"
    row = {"source": "1", "target": "2"}
    written = [{"source_system": "a", "target_system": "b", "rows": [row]}]
    told = {"kind": "Terms", "name": "t", "version": "1", "credit": "us", "written": written}
    document.write_text(json.dumps(told), "utf-8")

    code, _, err = typed("terms", "serve", document, "--host", "0.0.0.0")

    assert code == 1
    assert "authenticated" in err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"file": "../outputs.csv"}, "outside the folder"),
        ({"file": "none.csv"}, "cannot be read"),
        ({"always": {}}, "where is the source system?"),
        ({"columns": {"source_code": "itemid", "target_code": "code"}}, "no 'itemid'"),
        ({"only": ["urn:x"], "file": "bad.json", "columns": {}, "always": {}}, "neither CSV nor"),
    ],
)
def test_files_that_do_not_hold_what_was_declared_are_refused(tmp_path, change, said):
    from attending.errors import Refused

    (tmp_path / "a.csv").write_text("id,code\n1,2\n", "utf-8")
    (tmp_path / "bad.json").write_text("[", "utf-8")
    file = {
        "file": "a.csv",
        "columns": {"source_code": "id", "target_code": "code"},
        "always": {"source_system": "a", "target_system": "b"},
    }
    told = {"kind": "Terms", "name": "t", "version": "1", "credit": "us", "files": [file | change]}
    (tmp_path / "t.yaml").write_text(json.dumps(told), "utf-8")
    spec = read_lone(tmp_path / "t.yaml", Terms)[0]

    with pytest.raises(Refused, match=said.replace("?", r"\?")):
        read_terms([Beside(terms=spec, folder=tmp_path)])
