"""Checks over the clinical lake: found within one turn, kept in both places, holding who reads."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from attending.cli.data.sources import sources
from attending.cli.speaking.watching import Watching, read_watched
from attending.cli.up import Turns
from attending.errors import Refused
from attending.lake.clinical.store import ClinicalLake
from attending.ledger.open_reader import open_reader
from attending.loops.turn import turn
from attending.wiring import open_parts

from .conftest import DOCUMENTS, brought, observation

pytestmark = pytest.mark.filterwarnings("ignore:Arrow output on a DB-API")


def checked(store):
    with ClinicalLake.open(store) as lake:
        return lake.rows(lake.table("check").order_by("received"))


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "labs.yaml").write_text(DOCUMENTS, "utf-8")
    return folder


def states(store):
    reader = open_reader(store)
    found = {}
    for entry in reader.entries(kinds=("measured",)):
        if entry.fact.type == "data_checked/1":
            for each in entry.fact.body["results"]:
                found[each["check"], each["column"], each["site"]] = each["state"]
                assert "sample" not in each
    reader.close()
    return found


def test_a_planted_breach_is_on_the_quality_page_and_holds_who_reads_it_within_one_turn(
    live, documents
):
    store = live.parts.store
    live.go_live()
    whole = [observation(n, site="west", amount=2.5) for n in range(400)]
    brought(store, "west", whole)
    turns = Turns()
    with Watching(store, read_watched(documents)) as watching:
        turns.watching = watching
        turns.once()
        assert states(store)["present", "amount", "west"] == "ok"
        assert "0 of 3 checks are breached" in live.page(path="/quality")
        size = live.parts.reader.size()
        turns.once()
        assert live.parts.reader.size() == size, "the same rows say nothing twice"
        brought(store, "west", [observation(n, site="west", amount=None) for n in range(400, 900)])
        turns.once()
        page = live.page(path="/quality")
    assert turns.failed == {}
    assert "1 of 3 checks is breached" in page
    kept = [row for row in checked(store) if row["state"] == "breach"]
    assert [(row["check"], row["column"], row["site"]) for row in kept] == [
        ("present", "amount", "west")
    ]
    assert kept[0]["sample"], "row keys are in the lake, where rows are"
    assert len(kept[0]["sample"]) <= 20
    assert kept[0]["num_violated"] == 500
    hands, folded = open_parts(store, "watch_alert")
    turn(hands, folded, 0)
    hands.pen.close()
    hands.reader.close()
    assert live.standing.expansion == "held"


def test_what_no_map_knows_is_a_breach_as_well_and_a_result_is_kept_once(
    own_store, documents, capsys
):
    brought(own_store, "east", [observation(n, site="east", amount=1) for n in range(60)])
    odd = [observation(n, site="west", amount=1, code="X") for n in range(60)]
    brought(own_store, "west", odd)
    ask = ["check", str(documents / "labs.yaml"), "--store", str(own_store)]

    first = CliRunner().invoke(sources, ask)
    assert "west  is_mapped of labs.code_map: breach; 60 of 60" in first.output, first
    assert first.exit_code == 4
    n = len(checked(own_store))
    again = CliRunner().invoke(sources, ask)

    assert n == len(checked(own_store)) == 6
    assert "nothing has changed" in again.output


def test_a_check_of_a_view_that_is_not_there_is_refused(own_store, documents):
    text = DOCUMENTS.replace("table: labs", "table: labz")
    (documents / "labs.yaml").write_text(text, "utf-8")

    answer = CliRunner().invoke(
        sources, ["check", str(documents / "labs.yaml"), "--store", str(own_store)]
    )

    assert isinstance(answer.exception, Refused)
    assert "did you mean 'labs'" in str(answer.exception)
