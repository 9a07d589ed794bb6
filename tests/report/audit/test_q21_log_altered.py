"""One changed byte is found, and the fact it stands in is named."""

from __future__ import annotations

import random
import shutil
import sqlite3

import pytest

from attending.errors import ProofFailed


def test_a_log_that_holds_is_said_to_hold_over_every_fact(lived):
    for _, auditor in lived:
        answer = auditor.ask(21)
        (row,) = auditor.rows(21)

        assert answer["exceptions"] == []
        assert row["verifies"] is True
        assert row["facts"] == row["facts_signed"] == answer["ledger"]["size"]
        assert row["root"] == answer["ledger"]["root"]
        assert row["cites"] == [row["facts"] - 1]


@pytest.mark.parametrize("seed", range(6))
def test_one_changed_byte_is_located(lived, tmp_path, auditor, seed):
    dice, (_, sound) = random.Random(seed), lived[0]
    size = sound.ask(21)["ledger"]["size"]
    index = dice.randrange(size)
    shutil.copytree(sound.store, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "ledger.db") as database:
        ((raw,),) = database.execute("SELECT bytes FROM fact WHERE idx = ?", (index,))
        place = dice.randrange(len(raw))
        flipped = raw[:place] + bytes([raw[place] ^ 1 << dice.randrange(8)]) + raw[place + 1 :]
        database.execute("UPDATE fact SET bytes = ? WHERE idx = ?", (flipped, index))
    altered = auditor(tmp_path / "copy")

    answer = altered.ask(21)

    assert [*altered.against(21)] == [f"fact {index}"]
    assert answer["rows"] == []
    assert answer["ledger"]["root"] is None
    with pytest.raises(ProofFailed):  # nothing else is answered from facts that do not hold
        altered.ask(3)


def test_a_fact_that_was_taken_out_is_missed(lived, tmp_path, auditor):
    _, sound = lived[0]
    shutil.copytree(sound.store, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / "ledger.db") as database:
        database.execute("DELETE FROM fact WHERE idx = 17")
    altered = auditor(tmp_path / "copy")

    assert [*altered.against(21)] == ["fact 17"]
    for number in (3, 4, 13, 15):
        with pytest.raises(ProofFailed):
            altered.ask(number)
