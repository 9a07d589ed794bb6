"""Verification runs apart, and says what `attending verify` would."""

from __future__ import annotations

import sqlite3

from attending.clock import WallClock
from attending.console.verify_apart import found
from attending.console.verifying import Verified, Verifying


def test_a_ledger_that_holds_is_said_to(own_store, parts):
    seen = Verifying(own_store, WallClock()).now()

    assert seen.holds
    assert f"{parts.reader.size():,} facts" in seen.words


def test_the_first_bad_fact_is_named(own_store):
    with sqlite3.connect(own_store / "ledger.db") as database:
        database.execute(
            "UPDATE fact SET bytes = CAST(replace(bytes, 'watch', 'WATCH') AS BLOB) WHERE idx = 9"
        )

    told = found(own_store)
    assert not told["holds"]
    assert told["words"].startswith("fact 9")


def test_no_ledger_is_no_proof(tmp_path):
    assert not found(tmp_path)["holds"]


def test_what_cannot_be_run_is_said(own_store, monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    assert not Verifying(own_store, WallClock()).now().holds


def test_the_last_answer_is_kept(own_store, clock):
    asked = []

    def run(_store):
        asked.append(1)
        return Verified("now", holds=True, words="w")

    verifying = Verifying(own_store, clock, run=run)
    assert verifying.last is None
    verifying.now()
    assert verifying.last.holds
    assert len(asked) == 1
