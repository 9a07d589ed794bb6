"""A log and its witness, in two folders, by the words that people type."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from attending.cli.proof.verify import verify
from attending.cli.proof.witness import witness
from attending.facts.fact import By, Fact
from attending.ledger import layout
from attending.ledger.open_ledger import open_ledger


def fact(number):
    return Fact(kind="served", key=f"t/{number}", at="2026-10-13T08:00:00.000Z", by=By("gateway"),
                body={"type": "prediction/1", "number": number})  # fmt: skip


@pytest.fixture
def log(tmp_path):
    reader, pen = open_ledger(tmp_path / "l", checkpoint_every=float("inf"))
    pen.append([fact(n) for n in range(5)])
    pen.checkpoint()
    yield tmp_path / "l", pen
    pen.close()
    reader.close()


def say(*words, given=None, code=0):
    done = CliRunner().invoke(witness, [str(word) for word in words], input=given)
    assert (done.exit_code == 0) == (code == 0), (done.output, done.exception)
    return done.stdout


@pytest.fixture
def both(log, tmp_path):
    store, pen = log
    other = tmp_path / "w"
    printed = say("new", other, "--name", "audit.example.org/w1")
    assert printed == (other / "witness.pub").read_text()
    say("trust", other, layout.public_key(store))
    return store, pen, other, ("--store", store, "--key", other / "witness.pub")


def check(store, other, *more):
    keys = ["--witness", str(other / "witness.pub"), *map(str, more)]
    return CliRunner().invoke(verify, [str(store), *keys])


def test_what_a_log_asks_a_witness_answers_and_an_auditor_holds_against_it(both, tmp_path):
    store, pen, other, at = both
    unseen = check(store, other)
    line = say("cosign", other, given=say("ask", *at))
    added = say("add", *at, given=line)
    pen.append([fact(n) for n in range(5, 8)])
    pen.checkpoint()
    origin = layout.public_key(store).read_text().split("+")[0]
    (tmp_path / "kept").write_text(say("latest", other, origin))
    seen = check(store, other, "--witnessed", tmp_path / "kept")
    plain = json.loads(check(store, other, "-o", "json").stdout)["witnessed"]

    assert unseen.exit_code == 5
    assert "no checkpoint here bears a signature of audit.example.org/w1" in unseen.stdout
    assert added == "audit.example.org/w1 vouches for the first 5 facts\n"
    assert seen.exit_code == 0
    assert "audit.example.org/w1 saw the first 5 of them stand so on" in seen.stdout
    assert (plain["by"], plain["size"]) == ("audit.example.org/w1", 5)
    assert say("ask", *at).startswith("old 5\n"), "it goes on from where it was vouched for"
    assert "8 facts" in say("add", *at, given=say("cosign", other, given=say("ask", *at)))


def test_mistakes_are_told_with_what_would_be_accepted(both, tmp_path):
    store, _, other, at = both
    alone = CliRunner().invoke(verify, [str(store), "--witnessed", str(other / "witness.pub")])

    assert "--witness FILE besides" in alone.stderr
    say("new", other, "--name", "audit.example.org/w2", code=1)
    say("cosign", tmp_path / "nobody", given=say("ask", *at), code=1)
    say("cosign", other, given="hello", code=1)
    say("add", *at, given="hello", code=5)
    say("latest", other, "nobody", code=1)
