"""Merges are said with a reason, found by rules, and taken back; no fact ever changes."""

from __future__ import annotations

import gzip
import json
import sys

import pytest

from attending.cli import main
from attending.ledger.key_file import key_in
from attending.ledger.open_reader import open_reader
from attending.serve.pseudonym import Pseudonyms
from attending.wiring import open_books

PEOPLE = """
people:
  - {person: keys-post, printed_name: Keeper of keys, roles: [{role: admin}]}
  - {person: privacy-post, printed_name: Privacy, roles: [{role: privacy_officer}]}
  - {person: nurse-post, printed_name: Informatics, roles: [{role: nurse_informaticist}]}
"""
SAY = ("--as", "privacy-post", "--why", "looked at both charts")


def patient(number, family="Doe", **more):
    name = [{"family": family, "given": ["Alex"]}]
    return {"resourceType": "Patient", "id": number, "name": name, "birthDate": "1950-02-03"} | more


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
    assert run("people", "import", tmp_path / "people.yaml", "--by", "me")[0] == 0
    return run


@pytest.fixture
def names(tmp_path):
    (tmp_path / "l" / "gateway").mkdir(parents=True, exist_ok=True)
    return Pseudonyms(key_in(tmp_path / "l" / "gateway" / "pseudonym.key"))


@pytest.fixture
def file(tmp_path):
    def write(name, *resources):
        path = tmp_path / name
        path.write_text("".join(json.dumps(each) + "\n" for each in resources))
        return path

    return write


def queue(typed):
    code, out, _ = typed("identity", "queue", "-o", "json")
    assert code == 0
    return json.loads(out)


def leaves(tmp_path):
    reader = open_reader(tmp_path / "l")
    found = [row.raw for row in reader.rows()]
    reader.close()
    return found


def test_rules_merge_what_is_sure_and_ask_about_the_rest_once(typed, names, file, tmp_path):
    number = [{"system": "urn:n", "value": "7"}]
    east = file("e.ndjson", patient("1", identifier=number), patient("2", "Roe"))
    west = file("w.ndjson", patient("9", "Wed", identifier=number), patient("8", "Roe"))
    asked = ("identity", "match", east, "--site", "east", "--also", "west", west,
             "--unique", "urn:n")  # fmt: skip
    assert "1 merged, 1 for a person" in typed(*asked)[1]
    wrote = leaves(tmp_path)
    assert "0 merged, 0 for a person" in typed(*asked)[1]
    assert leaves(tmp_path) == wrote
    assert not any(text in raw for raw in wrote for text in (b"Doe", b"Roe", b"1950", b"urn:n"))

    told = queue(typed)
    of = {n: names.of("patient", n) for n in "1289"}
    assert [(m["record"], m["into"]) for m in told["merges"]] == [
        (f"west/{of['9']}", f"east/{of['1']}")
    ]
    (doubt,) = told["to_look_at"]
    code, out, _ = typed("identity", "review", doubt["one"], doubt["other"],
                         "--found", "different", *SAY)  # fmt: skip
    assert code == 0
    assert "two patients" in out
    assert queue(typed)["to_look_at"] == []
    assert "0 merged, 0 for a person" in typed(*asked)[1], "it is not asked again"


def test_a_merge_is_taken_back_by_who_may_and_no_byte_of_the_ledger_changes(typed, tmp_path):
    before = leaves(tmp_path)
    assert typed("identity", "merge", "west/q", "east/p", *SAY)[0] == 0
    (merge,) = queue(typed)["merges"]
    assert typed("identity", "merge", "east/p", "west/q", *SAY)[0] == 4, "no circle"
    nurse = ("--as", "nurse-post", "--why", "looked at both charts")
    assert typed("identity", "unmerge", merge["fact"], *nurse)[0] == 4
    assert typed("identity", "unmerge", merge["fact"], "--as", "privacy-post", "--why", "")[0] == 1
    assert typed("identity", "unmerge", merge["fact"], *SAY)[0] == 0
    assert typed("identity", "unmerge", merge["fact"], *SAY)[0] == 4, "once"
    assert queue(typed)["merges"] == []
    assert leaves(tmp_path)[: len(before)] == before
    assert not any(b"charts" in raw for raw in leaves(tmp_path)), "the reason is sealed"


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "not JSON"), ('{"resourceType": "Observation", "id": "1"}', "no Patient resource")],
)
def test_a_line_that_is_no_patient_is_told_with_its_number(typed, names, tmp_path, line, words):
    path = tmp_path / "p.ndjson"
    path.write_text(json.dumps(patient("1")) + "\n" + line + "\n")
    code, _, err = typed("identity", "match", path, "--site", "east")
    assert code == 1
    assert words in err
    assert "p.ndjson:2" in err
    assert queue(typed)["merges"] == []


def test_a_merge_that_somebody_took_back_is_asked_about_and_not_made_again(typed, names, tmp_path):
    links = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]}
    path = tmp_path / "p.ndjson"
    path.write_text("".join(json.dumps(p) + "\n" for p in (patient("1", **links), patient("2"))))
    assert typed("identity", "match", path, "--site", "east")[0] == 0
    (merge,) = queue(typed)["merges"]
    assert typed("identity", "unmerge", merge["fact"], *SAY)[0] == 0

    code, out, _ = typed("identity", "match", path, "--site", "east")
    assert (code, "1 for a person" in out, "took a merge" in out) == (0, True, True)
    now = queue(typed)
    assert (now["merges"], len(now["to_look_at"])) == ([], 1)
    before = leaves(tmp_path)
    assert typed("identity", "match", path, "--site", "east")[0] == 0
    assert leaves(tmp_path) == before, "asked once"


def test_a_compressed_file_is_read_and_one_cut_off_merges_nobody(typed, names, tmp_path):
    links = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]}
    told = "".join(json.dumps(each) + "\n" for each in (patient("1", **links), patient("2")))
    whole = gzip.compress(told.encode())
    (tmp_path / "cut.ndjson.gz").write_bytes(whole[:-12])
    code, _, err = typed("identity", "match", tmp_path / "cut.ndjson.gz", "--site", "east")
    assert (code, "truncated" in err) == (1, True)
    assert queue(typed)["merges"] == []

    (tmp_path / "p.ndjson.gz").write_bytes(whole)
    assert typed("identity", "match", tmp_path / "p.ndjson.gz", "--site", "east")[0] == 0
    assert len(queue(typed)["merges"]) == 1
