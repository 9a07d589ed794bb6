"""What a compliance officer reads."""

from __future__ import annotations

import json
import sqlite3

import pytest
from click.testing import CliRunner

from attending.cli.proof.verify import verify
from attending.facts.fact import By
from attending.ledger.open_ledger import open_ledger


@pytest.fixture
def folder(tmp_path, make_fact):
    reader, pen = open_ledger(tmp_path / "l", checkpoint_every=float("inf"))
    pen.append([make_fact(n) for n in range(12)])
    pen.erase([5], by=By("officer"), at="", because="asked")
    pen.append([make_fact(50)])
    reader.close()
    pen._drop()
    return tmp_path / "l"


def _ask(*arguments):
    return CliRunner().invoke(verify, [str(argument) for argument in arguments])


def test_a_sound_ledger_is_said_to_be_sound(folder) -> None:
    answer = _ask(folder)

    assert answer.exit_code == 0
    assert answer.stdout == (
        "The audit log verifies: 13 facts unaltered, in order, under 3 signed checkpoints. "
        "1 fact after the last checkpoint not signed yet. "
        "1 fact erased, each by a signed fact that says why.\n"
    )
    assert "--key" in answer.stderr


def test_an_altered_fact_is_named_and_the_exit_code_is_5(folder) -> None:
    with sqlite3.connect(folder / "ledger.db") as database:
        database.execute("UPDATE fact SET bytes = replace(bytes, '7', '8') WHERE idx = 7")
        database.execute("UPDATE fact SET bytes = CAST(bytes AS BLOB) WHERE idx = 7")
    answer = _ask(folder, "--key", folder / "keys" / "ledger.pub")

    assert answer.exit_code == 5
    assert answer.stdout == (
        "The audit log does not verify: fact 7: its bytes and salt do not give its leaf hash. "
        "The first in doubt is fact 7.\n"
    )
    assert answer.stderr == ""


def test_json_is_data_alone(folder) -> None:
    answer = _ask(folder, "-o", "json")

    found = json.loads(answer.stdout)
    assert (found["because"], found["size"], found["first_bad"]) == ("", 14, None)


def test_a_damaged_file_is_a_failed_proof(folder) -> None:
    (folder / "ledger.db").write_bytes(b"not a database" * 1000)
    for path in folder.glob("ledger.db-*"):
        path.unlink()

    assert _ask(folder).exit_code == 5


def test_no_ledger_and_no_key_are_mistakes_of_the_asker(tmp_path, folder) -> None:
    for path in (folder / "keys").glob("*.pub"):
        path.unlink()

    assert _ask(tmp_path).exit_code == 1
    answer = _ask(folder)
    assert answer.exit_code == 1
    assert "no public key" in answer.stderr
