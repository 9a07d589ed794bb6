"""An extract leaves with its proof, and the auditor's nineteenth question finds it."""

from __future__ import annotations

import json
import sys

import pytest

from attending.cli import main
from attending.facts.fact import By, Fact
from attending.ledger.open_reader import open_reader
from attending.wiring import open_books

PEOPLE = """
people:
  - {person: keys-post, printed_name: Keeper of keys, roles: [{role: admin}]}
  - {person: privacy-post, printed_name: Privacy, roles: [{role: privacy_officer}]}
"""
PLAN = """
kind: Deidentification
name: falls-extract
purpose: quality improvement
person: mrn
method: safe_harbor
columns:
  mrn: {holds: medical_record_numbers, rule: random_code}
  born: {holds: dates, rule: birth_year}
  fell: {holds: no_identifier, rule: keep}
"""
ROWS = "mrn,born,fell\n17,1950-02-03,yes\n18,1980-02-03,no\n"


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    def run(*words):
        words = [*map(str, words), "--store", str(tmp_path / "l")]
        monkeypatch.setattr(sys, "argv", ["attending", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    open_books(tmp_path / "l").close()
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "plan.yaml").write_text(PLAN)
    assert run("people", "import", tmp_path / "people.yaml", "--by", "me")[0] == 0
    return run


def make(typed, tmp_path, rows, person="privacy-post"):
    (tmp_path / "rows.csv").write_text(rows)
    return typed("deidentify", tmp_path / "rows.csv", "--plan", tmp_path / "plan.yaml",
                 "--out", tmp_path / "out.csv", "--as", person)  # fmt: skip


def test_what_left_is_what_the_record_says(typed, tmp_path):
    code, out, _ = make(typed, tmp_path, ROWS)
    assert code == 0
    assert "2 of 2 rows" in out
    left = (tmp_path / "out.csv").read_text().splitlines()
    assert left[0] == "mrn,born,fell"
    assert [line.split(",")[1:] for line in left[1:]] == [["1950", "yes"], ["1980", "no"]]
    assert not {line.split(",")[0] for line in left} & {"17", "18"}

    code, out, _ = typed("audit", "q", "19", "-o", "json")
    told = json.loads(out)
    assert (told["status"], len(told["rows"]), told["exceptions"]) == ("answered", 18, [])
    held = {row[3]: row[4] for row in told["rows"]}
    assert held["medical_record_numbers"] == "mrn: random_code"
    assert held["names"] == "none held it"
    assert make(typed, tmp_path, ROWS)[0] == 1, "an extract is not written over"


def test_what_is_refused_leaves_nothing_and_no_record(typed, tmp_path):
    code, _, err = make(typed, tmp_path, ROWS + "19,1990-01-01,see 555-123-4567\n")
    assert code == 1
    assert "telephone" in err
    assert "4567" not in err
    assert make(typed, tmp_path, ROWS, person="keys-post")[0] == 4
    assert not (tmp_path / "out.csv").exists()
    reader = open_reader(tmp_path / "l")
    assert not [e for e in reader.entries() if e.fact.type == "deidentified/1"]
    reader.close()


def declare_sites(store, **stays):
    """Put a use case on record whose sites say where their data stay."""
    sites = {
        name: {"kind": "Site", "name": name, "title": name}
        | ({"data_stays_in": places} if places else {})
        for name, places in stays.items()
    }
    body = {"type": "specs/1", "digests": {}, "title": "W", "sites": dict.fromkeys(sites, "t")}
    body["documents"] = {"use_case": {}, "sites": sites}
    with open_books(store) as books:
        books.write([Fact(kind="declared", key="watch/specs/declared", at=books.at,
                          by=By("platform"), use_case="watch", body=body)])  # fmt: skip


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "say whose data"),
        ("sites: [alder]\n", "say where it is"),
        ("sites: [alder]\ndata_in: [US-VA, EU-FR]\n", "not in EU-FR"),
        ("sites: [birch, alder]\ndata_in: [EU-DE]\n", "not in EU-DE"),
        ("sites: [aldr]\ndata_in: [US]\n", "alder"),
        ("sites: [alder]\ndata_in: [us]\n", "data_in"),
    ],
)
def test_data_of_a_site_leave_for_no_place_where_they_may_not_be(typed, tmp_path, said, words):
    declare_sites(tmp_path / "l", alder=["US"], birch=None)
    (tmp_path / "plan.yaml").write_text(PLAN + said)
    code, _, err = make(typed, tmp_path, ROWS)
    assert code == 1
    assert words in err
    assert not (tmp_path / "out.csv").exists()
    reader = open_reader(tmp_path / "l")
    assert not [e for e in reader.entries() if e.fact.type == "deidentified/1"]
    reader.close()


@pytest.mark.parametrize(
    ("sites", "said"),
    [
        ({"alder": ["US"], "birch": None}, "sites: [alder, birch]\ndata_in: [US-VA]\n"),
        ({"alder": ["US"], "birch": None}, "sites: [birch]\n"),
        ({"alder": None}, ""),
    ],
)
def test_where_they_may_be_they_go_and_it_is_on_record(typed, tmp_path, sites, said):
    declare_sites(tmp_path / "l", **sites)
    (tmp_path / "plan.yaml").write_text(PLAN + said)
    assert make(typed, tmp_path, ROWS)[0] == 0
    reader = open_reader(tmp_path / "l")
    (body,) = [e.fact.body for e in reader.entries() if e.fact.type == "deidentified/1"]
    reader.close()
    assert (body["data_in"] == ["US-VA"]) == ("US-VA" in said)
    assert (body["sites"] != []) == bool(said)


def test_a_note_kept_as_harmless_leaves_with_nobody(typed, tmp_path):
    note = "she fell and " * 60
    code, _, err = make(typed, tmp_path, ROWS + f"19,1990-01-01,{note}\n")
    assert code == 1
    assert "fell holds free text" in err
    assert "she fell" not in err
    assert not (tmp_path / "out.csv").exists()
