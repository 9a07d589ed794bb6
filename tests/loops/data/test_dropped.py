"""A file that is dropped for a Source is taken in, asked what is wanted of it, and told of."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from attending.cli.data.sources import sources
from attending.cli.speaking.watching import Watching, read_watched
from attending.ledger.open_reader import open_reader
from attending.report.data.feeds import feeds

CHECKS = """\
kind: Checks
name: falls_files
source: ward_system
table: falls/source
key: id
order: day
order_as: number
site: hospital
checks:
  - {check: once, column: id}
  - {check: in_value_set, column: alert, values: ["0", "1"], holds: [falls]}
"""
GOOD = [{"id": f"g{n}", "hospital": "1", "day": "0", "alert": "1", "fell": ""} for n in range(9)]
BAD = [each | {"id": f"b{n}", "alert": "yes"} for n, each in enumerate(GOOD)]


@pytest.fixture
def watched(ward, tmp_path):
    """Let the ward's turns look over a folder of documents; give the folder."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "falls.yaml").write_text(CHECKS, "utf-8")
    with Watching(ward.store, read_watched(folder)) as watching:
        ward.turns.watching = watching
        ward.begin()
        yield folder


def found(ward):
    """Give the state of each check at each site, as it was said last, and how often it was."""
    told = ward.facts("data_checked/1")
    last = told[-1].body["results"] if told else ()
    return {(r["check"], r["site"]): r["state"] for r in last}, len(told)


def known_feeds(ward):
    with closing(open_reader(ward.store)) as reader:
        return {f.name: f for f in feeds(reader.entries(kinds=("ingested",)))}


def test_a_dropped_file_that_falls_short_holds_the_tool_in_the_turn_that_takes_it_in(ward, watched):
    ward.drop("one.csv", *GOOD)
    ward.turn()
    assert found(ward)[0]["in_value_set", "1"] in ("ok", "too_few")
    assert ward.folded.standing.expansion != "held"

    ward.drop("two.csv", *BAD)
    ward.turn()
    assert found(ward)[0]["in_value_set", "1"] == "breach"
    assert ward.folded.standing.expansion == "held"

    n = found(ward)[1]
    for _ in range(3):
        ward.turn()
    files = sorted((ward.store / "inbox" / "falls" / "source").iterdir())
    words = ["check", watched / "falls.yaml", *files, "--store", ward.store, "-o", "json"]
    by_hand = CliRunner().invoke(sources, [*map(str, words)])
    assert (by_hand.exit_code, json.loads(by_hand.stdout)["new"]) == (4, False)
    assert found(ward)[1] == n, "the same found again, by a turn or by hand, is written once"


def test_a_broken_file_is_parked_and_told_and_keeps_nothing_else_from_being_looked_at(
    ward, watched
):
    ward.drop("a.csv", "id,hospital\n\xe9\n".encode("latin-1").decode("latin-1"))
    (ward.store / "inbox" / "falls" / "source" / "b.csv").write_bytes(b"id,hosp\xff\n1,2\n")
    ward.drop("c.parquet", "no parquet")
    ward.drop("z.csv", *BAD)
    ward.turn()
    assert found(ward)[0]["in_value_set", "1"] == "breach"
    told = known_feeds(ward)["source"]
    assert told.batches == 1
    assert told.refused == 3
    assert any("not UTF-8" in because for because in told.refused_by)
    assert "is not taken in" in ward.turns.notice()
    listed = CliRunner().invoke(sources, ["list", "--store", str(ward.store)]).output
    assert "refused: not UTF-8" in listed


def test_what_comes_twice_or_brings_outcomes_alone_or_in_another_form_is_asked_as_what_it_is(
    ward, watched
):
    ward.drop("one.csv", *GOOD)
    ward.drop("one-again.csv", *GOOD)
    ward.drop("outcomes.csv", *({"id": each["id"], "fell": "0"} for each in GOOD))
    ward.drop("two.ndjson", "\n".join(json.dumps(each) for each in BAD[:2]))
    ward.drop("half.csv.part", *BAD)
    ward.turn()
    [fact] = ward.facts("data_checked/1")
    counted = {r["check"]: (r["num_violated"], r["num_denominator"]) for r in fact.body["results"]}
    assert counted == {"once": (0, 11), "in_value_set": (2, 11)}
    assert fact.body["table"] == "falls/source"


def test_a_source_that_nobody_declared_is_told_of_and_stops_no_tool(ward, watched):
    (watched / "falls.yaml").write_text(CHECKS.replace("falls/source", "falls/sourse"), "utf-8")
    with Watching(ward.store, read_watched(watched)) as ward.turns.watching:
        ward.drop("one.csv", *GOOD)
        ward.turns.once()
        assert "falls/source" in ward.turns.failed["clinical data"][1]
        assert len(ward.facts("source/1")) == 1, "and the file is taken in"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q.csv", 'id,hospital,day,alert,fell\n"a,1,0,1,1\nb,2,0,0,0\n'),
        ("q.ndjson", '{"id": "a", "hospital": 1, "day": 0, "alert": 1, "fell": 1}\n\0\n'),
    ],
)
def test_a_file_that_is_in_and_that_no_check_can_read_keeps_no_other_from_being_asked(
    ward, watched, name, text
):
    ward.drop(name, text)
    ward.drop("z.csv", *BAD)
    ward.turn()
    assert found(ward)[0]["in_value_set", "1"] == "breach"
    assert f"No check can read the file source/{name}." in ward.turns.notice()

    ward.turn()
    assert f"source/{name}" in ward.turns.notice(), "also when nothing new came"
    (ward.store / "inbox" / "falls" / "source" / name).unlink()
    ward.turn()
    assert ward.turns.notice() == ""


def test_a_document_that_asks_for_what_is_not_there_keeps_no_other_from_being_asked(ward, watched):
    wrong = CHECKS.replace("falls_files", "a_files").replace("column: alert", "column: alrt")
    (watched / "a.yaml").write_text(wrong, "utf-8")
    with Watching(ward.store, read_watched(watched)) as ward.turns.watching:
        ward.drop("two.csv", *BAD)
        ward.turns.once()
        assert "alert" in ward.turns.failed["clinical data"][1]
        assert ("in_value_set", "1") in found(ward)[0]
