"""What an admin types, and what the exit code says."""

from __future__ import annotations

import json
import sys

import pytest

from attending.cli import main
from attending.ledger.open_reader import open_reader

FIRST = """
people:
  - {person: keys-post, printed_name: Keeper of keys, roles: [{role: admin}]}
  - person: cmio-post
    printed_name: Chief medical information officer
    signs_in: {issuer: "https://id.example", subject: account-77}
    roles: [{role: cmio, sites: [east], from: 2026-01-01}]
"""


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    def run(*words):
        words = [*map(str, words), "--store", str(tmp_path / "l")]
        monkeypatch.setattr(sys, "argv", ["attending", "people", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture
def file(tmp_path):
    def write(text=FIRST):
        path = tmp_path / "people.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


def listed(typed):
    code, out, _ = typed("list", "-o", "json")
    rows = json.loads(out)["people"] if code == 0 else []
    return {row["person"]: row for row in rows}


def test_the_same_file_twice_writes_nothing_and_keeps_no_account_name(typed, file, tmp_path):
    assert typed("import", file(), "--by", "whoever")[0] == 0
    code, out, _ = typed("import", file(), "--by", "keys-post")
    assert code == 0
    assert "nothing is new" in out
    assert listed(typed)["cmio-post"]["roles"][0]["sites"] == ["east"]
    assert listed(typed)["cmio-post"]["signs_in_by_provider"]
    reader = open_reader(tmp_path / "l")
    assert not any(b"account-77" in row.raw for row in reader.rows())
    reader.close()


def test_a_role_is_given_taken_and_ended_by_an_admin_alone(typed, file):
    typed("import", file(), "--by", "whoever")
    give = ("grant", "cmio-post", "cio", "--site", "east")
    assert typed(*give, "--by", "cmio-post")[0] == 4
    assert typed(*give, "--by", "whoever")[0] == 4
    assert typed(*give, "--by", "keys-post")[0] == 0
    assert [r["role"] for r in listed(typed)["cmio-post"]["roles"]] == ["cmio", "cio"]
    assert typed("revoke", "cmio-post", "cio", "--by", "keys-post")[0] == 0
    assert typed("end", "cmio-post", "--by", "keys-post")[0] == 0
    assert listed(typed)["cmio-post"]["roles"] == []
    assert typed("end", "cmio-post", "--by", "keys-post")[0] == 0
    assert typed(*give, "--by", "keys-post")[0] == 4


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (FIRST.replace("role: admin", "role: cmio"), 4, "nobody is admin here yet"),
        (FIRST.replace("role: cmio", "role: admin"), 4, "this file names one"),
        (FIRST.replace("role: cmio", "role: cmoi"), 1, "did you mean 'cmio'"),
        (FIRST.replace("printed_name: Chief", "printed_nam: Chief"), 1, "printed_name"),
        (FIRST.replace("2026-01-01", "soon"), 1, "a date"),
    ],
)
def test_a_file_with_a_mistake_writes_nothing(typed, file, text, code, words):
    found, _, err = typed("import", file(text), "--by", "whoever")

    assert found == code
    assert words in err
    assert listed(typed) == {}
