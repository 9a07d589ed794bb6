"""A load holds a part of a batch at a time, however large the batch is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from attending.lake.clinical.load import MOST_BYTES, MOST_ROWS, _parts
from attending.lake.clinical.received import Received

LOADS = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Batch
from attending.lake.clinical.store import ClinicalLake
with ClinicalLake.open(Path(sys.argv[1])) as lake:
    raw = lake.raw.keep_file(Path(sys.argv[2]))
    batch = Batch("ehr", "east", raw, datetime.now(UTC))
    loaded = lake.load(batch, fhir_ndjson(lake.raw.pieces(raw), Hints()))
print(loaded.new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def body(n):
    filler = [{"text": f"{n:08}" * 12} for _ in range(8)]
    return json.dumps({"resourceType": "Observation", "id": f"o{n}", "component": filler})


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_a_file_eight_times_as_large_takes_a_tenth_more_memory_at_most(tmp_path):
    peaks = []
    for n in (40_000, 320_000):
        file = tmp_path / f"{n}.ndjson"
        with file.open("w") as lines:
            lines.writelines(f"{body(k)}\n" for k in range(n))
        done = subprocess.run(
            [sys.executable, "-c", LOADS, str(tmp_path / str(n)), str(file)],
            capture_output=True,
            check=True,
            text=True,
        )
        new, peak = done.stdout.split()
        assert int(new) == n
        peaks.append(int(peak))
        print(f"{file.stat().st_size >> 20} MiB: peak {int(peak) >> 10} MiB")

    assert peaks[1] <= 1.1 * peaks[0]


@pytest.mark.parametrize("size", [10, 100_000])
def test_no_part_is_larger_than_its_bounds_and_none_is_read_ahead(size):
    n_given = 0

    def told():
        nonlocal n_given
        for n in range(40_000):
            n_given += 1
            yield Received(n, 1, "Patient", f"p{n}", "x" * size, "")
            if n_given * size > 8 * MOST_BYTES:
                return

    n_taken = 0
    for part in _parts(told()):
        n_taken += len(part)
        assert n_given == n_taken
        assert len(part) <= MOST_ROWS
        assert sum(len(each.body) for each in part) < MOST_BYTES + size
    assert n_taken == n_given
