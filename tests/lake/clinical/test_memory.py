"""A load holds a part of a batch at a time, however large the batch is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from attending.lake.clinical.load import MOST_BYTES, MOST_ROWS, _parts
from attending.lake.clinical.received import Received

# The most it ever held: of this program alone, where getrusage gives its parent's if that is more
TAKES = """
import re, sys
from datetime import UTC, datetime
from pathlib import Path
from attending.fhir.view import view
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.ingest.flat.stored import stored
from attending.lake.clinical import load, unread, views
from attending.lake.clinical.received import Batch
from attending.lake.clinical.store import ClinicalLake
bounds = {load: ["MOST_ROWS", "MOST_BYTES"], unread: ["AT_A_TIME", "BYTES_AT_A_TIME"]}
bounds[views] = ["TOGETHER", "BYTES_TOGETHER", "BYTES_ALIKE", "FEWEST", "MOST_BYTES"]
for of, names in bounds.items():
    for name in names:
        setattr(of, name, getattr(of, name) // int(sys.argv[3]))
of = lambda name: {"column": [{"name": n, "path": n} for n in ("id", "status", name)]}
tried = [view({"name": n, "resource": "Observation", "select": [of(n)]}) for n in "ab"]
with ClinicalLake.open(Path(sys.argv[1])) as lake:
    raw = lake.raw.keep_file(Path(sys.argv[2]))
    batch = Batch("ehr", "east", raw, datetime.now(UTC))
    loaded = lake.load(batch, fhir_ndjson(lake.raw.pieces(raw), Hints()))
    if sys.argv[4] == "views":
        lake.materialize(tried[0], stored(tried[0]))
        lake.materialize(tried[1])
held = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(loaded.new, sum(loaded.parked.values()), held)
"""


def body(n, parts=8):
    filler = [{"text": f"{n:08}" * 12} for _ in range(parts)]
    return json.dumps({"resourceType": "Observation", "id": f"o{n}", "component": filler})


def peak(folder, lines, *, smaller=1, then="views"):
    """Take lines in, in a process of its own; give KiB, and how many were new and set aside."""
    file = folder.with_suffix(".ndjson")
    with file.open("w") as out:
        out.writelines(f"{line}\n" for line in lines)
    given = [sys.executable, "-c", TAKES, str(folder), str(file), str(smaller), then]
    done = subprocess.run(given, capture_output=True, check=True, text=True)
    new, n_aside, held = map(int, done.stdout.split())
    print(f"{file.stat().st_size >> 20} MiB: peak {held >> 10} MiB")
    return held, new, n_aside


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_a_file_eight_times_as_large_takes_a_tenth_more_memory_at_most(tmp_path):
    """From 70 MiB on; a smaller file does not fill every part that is held at once."""
    peaks = []
    for n in (80_000, 640_000):
        held, new, _ = peak(tmp_path / str(n), map(body, range(n)))
        assert new == n
        peaks.append(held)

    assert peaks[1] <= 1.1 * peaks[0]


@pytest.mark.timeout(300)
def test_a_file_ten_times_as_large_takes_hardly_more_memory(tmp_path):
    """In parts an eighth as large, of which the smaller file fills both that are held at once.

    A load that held what it read would hold 36 MiB more, as text alone: an eighth of the peak.
    """
    peaks = []
    for n in (400, 4_000):
        lines = (body(each, 88) for each in range(n))
        held, new, _ = peak(tmp_path / str(n), lines, smaller=8, then="nothing")
        assert new == n
        peaks.append(held)

    assert peaks[1] <= 1.08 * peaks[0]


@pytest.mark.timeout(300)
def test_bad_lines_take_no_memory_however_many_they_are(tmp_path):
    """In parts an eighth as large, so that a small file has many."""
    few, _, _ = peak(tmp_path / "few", ("{" for _ in range(4_000)), smaller=8)
    many, _, n_aside = peak(tmp_path / "many", ("{" for _ in range(64_000)), smaller=8)

    assert n_aside == 64_000
    assert many - few < 16 << 10


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
