"""What is typed wrongly is refused in a sentence, and nothing is begun or altered by it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from attending.cli import main
from attending.ledger.key_file import key_in
from attending.wiring import open_books

HEART = Path(__file__).parents[3] / "usecases" / "uci_heart"
PATIENT = json.dumps({"resourceType": "Patient", "id": "p1"})
TERMS = """kind: Terms
name: outputs
version: "1"
credit: the laboratory's
written:
  - {source_system: "urn:l", target_system: "urn:t", rows: [{source: a, target: b}]}
columns:
  - {view: outputs, column: code, map: outputs, system_column: of}
"""
VIEW = """kind: View
name: outputs
resource: Observation
select:
  - column:
      - {name: code, path: code.coding.code.first(), type: code}
      - {name: of, path: code.coding.system.first(), type: uri}
"""
PERSONS = """kind: View
name: persons
resource: Patient
select:
  - column:
      - {name: id, path: id, type: id}
"""
LABS = """kind: Checks
name: labs
source: feed
table: labs
key: id
order: at
site: site
day: at
checks:
  - {check: fresh, column: at, within_hours: 26}
"""


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.ndjson").write_text(PATIENT)
    (tmp_path / "terms.yaml").write_text(TERMS)
    (tmp_path / "views.yaml").write_text(VIEW)

    def run(line):
        monkeypatch.setattr(sys, "argv", ["attending", *line.split()])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture
def store(tmp_path):
    with open_books(tmp_path / "store"):
        return tmp_path / "store"


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "line",
    [
        "ingest p.ndjson --site a/.. --source ehr --store new",
        "listen --site e/l --source adt --port 0 --store new",
        "listen --site elm --source a/b --port 0 --store new",
        "identity match p.ndjson --site a/b --store new",
    ],
)
def test_a_site_that_no_spec_could_name_is_refused_before_anything_is_kept(typed, tmp_path, line):
    code, _, err = typed(line)

    assert code == 1
    assert "such as aki_alert" in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "line",
    [
        "terms coverage terms.yaml --view views.yaml --store new",
        "sources check terms.yaml --store new",
    ],
)
def test_what_reads_a_store_begins_none_in_a_folder_that_is_mistyped(typed, tmp_path, line):
    code, _, err = typed(line)

    assert (code, err) == (1, "refused: new: there is no ledger here\n")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("line", ["seal --store other", "seal --key k --store other"])
def test_a_folder_that_is_no_store_is_not_sealed_and_not_called_one(typed, tmp_path, line):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("somebody's")
    code, out, err = typed(line)

    assert (code, out) == (1, "")
    assert "this is no store" in err
    assert [path.name for path in (tmp_path / "other").rglob("*")] == ["notes.txt"]


def test_who_seals_a_store_before_it_is_there_hears_that_an_empty_folder_will_do(typed, tmp_path):
    code, out, err = typed("seal --key k --store begun")
    assert (code, out) == (1, "")
    assert "there is no such folder (accepted: a store's folder; an empty one" in err
    assert not (tmp_path / "k").exists()

    (tmp_path / "begun").mkdir()
    assert typed("seal --key k --store begun")[0] == 0
    assert typed("seal --store begun")[1].startswith("sealed: so is all that comes\n")


def test_a_store_that_holds_nothing_yet_says_that_what_comes_is_not_sealed(typed, store):
    code, out, _ = typed("seal --store store")
    assert (code, out.splitlines()[0][:11]) == (0, "not sealed:")


def test_no_key_is_drawn_for_a_store_whose_own_key_is_not_there(typed, store, tmp_path):
    assert typed("seal --key one.key --store store")[0] == 0
    (tmp_path / "one.key").rename(tmp_path / "moved.key")
    code, _, err = typed("seal --key two.key --store store")

    assert code == 1
    assert "accepted: ATTENDING_LAKE_KEY=FILE" in err
    assert not (tmp_path / "two.key").exists()
    assert typed("seal --key moved.key --store store")[0] == 0, "it is told where the key lies now"


def test_what_is_read_of_sealed_exports_is_what_was_in_them(typed, store, tmp_path):
    (tmp_path / "store" / "gateway").mkdir()
    key_in(tmp_path / "store" / "gateway" / "pseudonym.key")
    (tmp_path / "persons.yaml").write_text(PERSONS)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "e.ndjson").write_text(PATIENT)
    lines = [
        "views run persons.yaml exports/e.ndjson",
        "views run persons.yaml exports/e.ndjson --into rows.parquet",
        "identity match exports/e.ndjson --site elm --store store",
    ]
    before = [typed(line) for line in lines]
    (tmp_path / "rows.parquet").unlink()
    assert typed("seal --export exports --key keys.key")[0] == 0

    assert [typed(line) for line in lines] == before
    assert [code for code, _, _ in before] == [0, 0, 0]


def test_a_file_of_callers_of_another_form_is_refused_with_the_form_it_has(typed, store, tmp_path):
    (tmp_path / "clients.json").write_text('{"clients": []}')
    code, _, err = typed("credential register clients.json --by it-director --store store")

    assert code == 1
    accepted = json.loads(err.partition("(accepted: ")[2].strip()[:-1].replace("...", ""))
    key = ECKey.generate_key("P-384", parameters={"kid": "k1"})
    accepted[0]["jwks"]["keys"] = [key.as_dict(private=False)]
    (tmp_path / "clients.json").write_text(json.dumps(accepted))
    assert typed("credential register clients.json --by it-director --store store")[0] == 0


def test_a_table_that_is_referred_to_and_not_given_is_asked_for_beside(typed, store, tmp_path):
    resolves = "{check: resolves, column: patient, references: [patients, id]}"
    asked = LABS.replace("{check: fresh, column: at, within_hours: 26}", resolves)
    (tmp_path / "labs.yaml").write_text(asked)
    (tmp_path / "labs.csv").write_text("id,at,site,patient\n1,2026-01-01,elm,p1\n")
    (tmp_path / "patients.csv").write_text("id\np1\n")

    line = "sources check labs.yaml labs.csv --store store"
    assert "no 'patients' in the tables given here or by --beside" in typed(line)[2]
    assert typed(f"{line} --beside patients=patients.csv")[0] == 0


def test_days_that_are_all_to_come_are_said_to_be_so(typed, store, tmp_path):
    (tmp_path / "labs.yaml").write_text(LABS)
    (tmp_path / "labs.csv").write_text("id,at,site\n" + "1,2999-01-01,elm\n" * 40)
    _, out, _ = typed("sources check labs.yaml labs.csv --store store")

    assert "or too many of them are still to come" in out


@pytest.mark.parametrize("folder", ["store", "."])
def test_a_store_is_not_sealed_as_though_it_were_a_folder_of_exports(typed, store, folder):
    before = contents(store)
    code, _, err = typed(f"seal --key ../away.key --export {folder}")

    assert code == 1
    assert "a store lies here" in err
    assert contents(store) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("seal --key gone/k --store store", "refused: gone: there is no such folder"),
        ("views run views.yaml p.ndjson --into gone/x.parquet", "refused: gone: there is no such"),
        (f"plan {HEART} --store p.ndjson", "refused: p.ndjson: a store is a folder"),
        ("audit q 32 --since soon --store store", "refused: --since: 'soon' is no moment"),
    ],
)
def test_a_path_or_a_moment_that_is_wrong_is_named(typed, store, line, said):
    code, _, err = typed(line)

    assert (code, err[: len(said)]) == (1, said)
    assert "Traceback" not in err


def test_exports_in_a_folder_that_is_not_there_are_refused_and_never_called_sealed(typed, tmp_path):
    code, out, err = typed("seal --export exprots --key keys.key")

    assert (code, out) == (1, "")
    assert err.startswith("refused: exprots: there is no such folder")
    assert not (tmp_path / "exprots").exists()
    assert not (tmp_path / "keys.key").exists()


def test_an_empty_folder_is_sealed_before_anything_is_fetched_into_it(typed, tmp_path):
    (tmp_path / "exports").mkdir()

    code, out, _ = typed("seal --export exports --key keys.key")

    assert code == 0
    assert "sealed" in out
    assert (tmp_path / "exports" / "sealed.json").is_file()
