"""An extract leaves with its proof, and the auditor's nineteenth question finds it."""

from __future__ import annotations

import json
import sys

import pytest

from attending.cli import main
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
