"""A drop taken in by a process of its own: what it holds in memory, and what a kill leaves."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

# The most it ever held: of this program alone, where getrusage gives its parent's if that is more
TAKES = """
import re, sys
from pathlib import Path
from attending.admit import admit
from attending.loops.drops import take_in_drops
from attending.wiring import open_inbox, open_parts
store, specs, at_once = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if at_once:
    from attending.loops.taking import news
    news.AT_ONCE = at_once
parts, folded = open_parts(store, "falls", admit(specs))
take_in_drops(parts, folded, open_inbox(store))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
MORE = [f"x{n}" for n in range(35)]


def rows(n):
    for each in range(n):
        cells = dict(zip(MORE, map(str, range(each, each + 35)), strict=True))
        case = {"id": f"c{each}", "hospital": "1", "day": "0", "alert": "1"}
        yield case | {"fell": str(each % 2)} | cells


def begin_taking(ward, at_once=0):
    ward.close()
    given = [sys.executable, "-c", TAKES, str(ward.store), str(ward.folder.path), str(at_once)]
    return subprocess.Popen(given, stdout=subprocess.PIPE, text=True)


def taken(ward, at_once=0):
    with begin_taking(ward, at_once) as process:
        said, _ = process.communicate()
    assert process.returncode == 0
    ward.open()
    return said


@pytest.mark.timeout(300)
def test_a_drop_eight_times_as_large_takes_hardly_more_memory(ward_of):
    """Forty columns. Read whole, the larger file took a sixth of the peak more."""
    peaks = []
    for n in (1_000, 8_000):
        ward = ward_of(f"of-{n}")
        ward.begin()
        ward.drop("big.csv", *rows(n))
        peaks.append(int(taken(ward)))
        assert ward.facts("source/1")[0].body["cases"] == n
    print(f"peaks: {', '.join(f'{peak >> 10} MiB' for peak in peaks)}")

    assert peaks[1] <= 1.1 * peaks[0]


@pytest.mark.timeout(300)
def test_a_process_that_is_killed_in_a_drop_loses_nothing_and_doubles_nothing(ward_of):
    """Killed at once where the ledger holds so many facts, whatever it was doing then."""
    calm, ward = ward_of("calm"), ward_of("killed")
    for each in (calm, ward):
        each.begin()
        each.drop("big.csv", *rows(400))
    calm.turn()
    begun = ward.parts.reader.size()
    for n in (150, 780):
        process = begin_taking(ward, at_once=20)
        ward.open()
        while process.poll() is None and ward.parts.reader.size() < begun + n:
            time.sleep(0.002)  # asks the disk no more than it must
        process.kill()
        process.communicate()
    half = len(ward.facts("outcome/1"))
    taken(ward, at_once=20)

    assert half < 400
    for kind in ("prediction/1", "outcome/1", "source/1", "parked/1"):
        told = [(fact.key, fact.body) for fact in ward.facts(kind)]
        assert told == [(fact.key, fact.body) for fact in calm.facts(kind)]
        assert len(told) == len({key for key, _ in told})
