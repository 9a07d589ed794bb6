"""What a compliance officer types: a binder that verifies, and an erasure that takes two."""

from __future__ import annotations

import json
import zipfile

import pytest
from click.testing import CliRunner

from attending.cli.drill import drill
from attending.cli.proof.evidence import evidence
from attending.cli.proof.verify import verify
from attending.errors import GateNotMet, Refused
from attending.facts.fact import By, Fact
from attending.ledger import layout
from attending.wiring import open_books


def fact(n):
    body = {"type": "prediction/1", "prediction": f"p{n}", "display": "silent"}
    return Fact(kind="served", key=f"g/{n}", at=f"2001-01-{n + 1:02}T08:00:00.000Z", by=By("g"),
                body=body, use_case="watch", site="east", release="r")  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with open_books(tmp_path / "s") as books:
        books.write([fact(n) for n in range(9)])
    return tmp_path / "s"


def typed(verb, *words):
    done = CliRunner().invoke(verb, [str(word) for word in words])
    if isinstance(done.exception, Refused):
        raise done.exception
    return done


@pytest.fixture
def binder(store):
    file = store.parent / "a.binder.zip"
    done = typed(evidence, "build", "--use-case", "watch", "-o", file, "--store", store)
    assert done.exit_code == 0, done.output
    return file


def test_a_binder_verifies_with_a_key_and_not_without(store, binder):
    key = layout.public_key(store)

    assert typed(verify, binder).exit_code == 1
    alone = typed(verify, binder, "--key", key)
    assert (alone.exit_code, "takes the ledger" in alone.stdout) == (0, True)
    whole = typed(verify, binder, "--key", key, "--ledger", store, "-o", "json")
    told = json.loads(whole.stdout)
    assert (whole.exit_code, told["left_out"], told["answered_otherwise"]) == (0, "nothing", [])


def test_one_altered_byte_names_the_fact_and_the_exit_code_is_5(store, binder):
    raw = bytearray(binder.read_bytes())
    with zipfile.ZipFile(binder) as read:
        facts = read.getinfo("facts.ndjson").header_offset
    raw[raw.index(b"p4", facts)] ^= 1
    binder.write_bytes(raw)

    done = typed(verify, binder, "--key", layout.public_key(store))

    assert done.exit_code == 5
    assert "The first in doubt is fact 4." in done.stdout


def test_nothing_is_written_over_and_a_binder_is_called_one(store, binder):
    words = ("build", "--store", store, "--use-case", "watch")
    was = binder.read_bytes()
    with pytest.raises(Refused, match="nothing is written over"):
        typed(evidence, *words, "--site", "east", "-o", binder)
    assert binder.read_bytes() == was
    with pytest.raises(Refused, match="no name of a binder"):
        typed(evidence, *words, "-o", store / "ledger.db")
    assert typed(evidence, *words, "--as-of", 9, "-o", binder).exit_code == 0
    with pytest.raises(Refused, match="no ledger here"):
        typed(evidence, "due", "--store", store.parent)


def test_rules_are_adopted_and_what_is_due_is_erased_by_two(store):
    assert "No retention rule" in typed(evidence, "due", "--store", store).stdout
    assert "45 CFR 164.316" in typed(evidence, "rules").stdout
    typed(evidence, "adopt", "--as", "privacy-officer", "--store", store)
    typed(evidence, "hold", "m7", "--why", "a court asks", "--as", "counsel", "--store", store)
    both = ("--as", "privacy-officer", "--with", "compliance-officer", "--store", store)
    assert "blocked: legal hold m7" in typed(evidence, "due", "--store", store).stdout
    with pytest.raises(GateNotMet, match="legal hold m7"):
        typed(evidence, "erase", "--rule", "decision_records", *both)
    typed(evidence, "lift", "m7", "--why", "it is settled", "--as", "counsel", "--store", store)
    with pytest.raises(GateNotMet, match="two persons"):
        typed(evidence, "erase", "--rule", "decision_records", "--as", "a", "--with", "a",
              "--store", store)  # fmt: skip

    done = typed(evidence, "erase", "--rule", "decision_records", *both)

    assert "erased: 9 facts" in done.stdout
    again = typed(evidence, "erase", "--rule", "decision_records", *both)
    assert "Nothing is due" in again.stdout
    assert typed(verify, store).exit_code == 0


def test_a_drill_says_how_long_it_took_and_what_waits(store):
    done = typed(drill, "audit", "--seed", 3, "--store", store)

    assert done.exit_code == 0
    assert "it holds" in done.stdout
    assert "seconds" in done.stdout
    assert done.stdout.count("waits for") == done.stdout.count("not yet")
