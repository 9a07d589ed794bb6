"""Real exports, loaded twice: every resource once, every reference accounted for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Batch

SMALL = ["Organization", "Practitioner", "Patient", "Goal", "AllergyIntolerance"]


@pytest.fixture
def files_of(data):
    return lambda name: sorted((data / name).glob("*.ndjson.gz"))


def load(lake, files):
    """Load files; give lines, rows, no-ops and how many were set aside."""
    n_lines = n_rows = n_no_ops = n_parked = 0
    for path in files:
        raw = lake.raw.keep_file(path)
        batch = Batch("export", "east", raw, datetime.now(UTC))
        loaded = lake.load(batch, fhir_ndjson(lake.raw.pieces(raw), Hints()))
        n_lines, n_rows = n_lines + loaded.lines, n_rows + loaded.rows
        n_no_ops, n_parked = n_no_ops + loaded.no_ops, n_parked + sum(loaded.parked.values())
    return n_lines, n_rows, n_no_ops, n_parked


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(
    ("name", "n_files", "n", "references"),
    [
        ("synthea-r4", 16, 189_111, (694_786, 658_590, 658_590, 36_196)),
        ("mimic-iv-fhir-demo", 28, 152_346, (366_084, 366_084, 366_084, 0)),
    ],
)
def test_a_whole_export_is_loaded_once(lake, files_of, name, n_files, n, references):
    files = files_of(name)

    assert len(files) == n_files
    assert load(lake, files) == (n, n, 0, 0)
    written = lake.files("resource")
    assert load(lake, files) == (n, 0, n, 0)
    assert lake.files("resource") == written
    assert lake.references() == references


def test_a_few_files_of_an_export_are_loaded_once(lake, files_of):
    files = [path for path in files_of("synthea-r4") if path.name.partition(".")[0] in SMALL]

    assert load(lake, files) == (2_340, 2_340, 0, 0)
    assert load(lake, files) == (2_340, 0, 2_340, 0)
    found = lake.references()  # 1,521 to patients and organizations, whose files are all here
    assert found == (1_521, 1_521, 1_521, 0)
