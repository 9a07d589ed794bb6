"""What an export fetched is taken in as what it is: the manifest stands with every file of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from attending.cli import door
from attending.ingest.history import deliver
from attending.lake.clinical.store import ClinicalLake
from attending.ledger.open_reader import open_reader
from attending.spec.data.history import History

from .conftest import CUT

HISTORY = History(cases="stays", outcomes="ends", patient="patient", asked_at="at")


@pytest.fixture
def ingest(tmp_path):
    """Take files of the folder in; give the exit code and what was said."""

    def run(*files):
        words = ["ingest", *files, "--site", "east", "--source", "ehr", "--store", tmp_path / "s"]
        done = CliRunner().invoke(door, list(map(str, words)))
        return done.exit_code, done.output + str(done.exception)

    return run


def told(store):
    """Give what the lake and the ledger say of batches, and the manifests that are kept."""
    reader = open_reader(store)
    facts = [each.fact.body for each in reader.entries(kinds=("ingested",))]
    reader.close()
    with ClinicalLake.open(store) as lake:
        rows = lake.rows(lake.table("batch").order_by("received"))
        kept = {b"".join(lake.raw.pieces(row["manifest"])) for row in rows if row["manifest"]}
    pairs = [(each["manifest"], each["transaction_time"]) for each in rows]
    said = [(each.get("manifest"), each.get("transaction_time")) for each in facts]
    return pairs, said, kept


def test_what_an_export_brought_names_its_manifest_in_the_lake_and_in_the_ledger(
    exporting, ingest, tmp_path
):
    state = exporting().run()
    files = [tmp_path / "out" / each.file for each in state.fetched if each.what == "output"]

    assert ingest(*files)[0] == 0
    first = told(tmp_path / "s")
    assert ingest(*files)[0] == 0

    pairs, said, kept = first
    assert kept == {(tmp_path / "out" / "manifest.json").read_bytes()}
    assert pairs == said
    assert {cut for _, cut in pairs} == {CUT}
    assert told(tmp_path / "s") == first, "the same files again write nothing"


def test_what_lies_by_itself_names_no_export(exporting, ingest, tmp_path):
    state = exporting().run()
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "export.json").write_text("[]")
    path = tmp_path / "alone" / state.fetched[0].file
    path.write_bytes((tmp_path / "out" / path.name).read_bytes())

    assert ingest(path)[0] == 0
    assert told(tmp_path / "s") == ([("", "")], [(None, None)], set())


def test_a_file_that_is_not_what_was_fetched_is_refused_and_so_is_one_without_its_manifest(
    exporting, ingest, tmp_path
):
    state = exporting().run()
    one, other = (tmp_path / "out" / each.file for each in state.fetched[:2])
    one.write_bytes(one.read_bytes().replace(b'"Patient"', b'"Person"'))

    code, says = ingest(one)
    assert code != 0
    assert "not what the export in this folder fetched" in says
    (tmp_path / "out" / "manifest.json").unlink()
    code, says = ingest(other)
    assert code != 0
    assert "manifest is not there" in says
    with ClinicalLake.open(tmp_path / "s") as lake:
        assert lake.rows(lake.table("resource")) == []


def test_a_history_that_an_export_brought_names_its_manifest_too(exporting, tmp_path):
    exporting(types=["Patient"]).run()
    at = datetime(2026, 11, 2, tzinfo=UTC)

    with ClinicalLake.open(tmp_path / "s") as lake:
        deliver(lake, tmp_path / "out", HISTORY, site="east", at=at)
        rows = lake.rows(lake.table("batch"))
        kept = {b"".join(lake.raw.pieces(row["manifest"])) for row in rows}

    assert {row["transaction_time"] for row in rows} == {CUT}
    assert kept == {(tmp_path / "out" / "manifest.json").read_bytes()}
