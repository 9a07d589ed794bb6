"""A test that a clock decides has the machine to itself, also where workers share a run."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise

CONFTEST = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("ours", {ours!r})
ours = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ours)
from pathlib import Path
ours.ROOT = Path({here!r})
pytest_runtest_protocol = ours.pytest_runtest_protocol
"""
TESTS = """
import time, pytest
from pathlib import Path

def stay(who, seconds):
    began = time.monotonic()
    time.sleep(seconds)
    with Path({here!r}, "stays").open("a") as file:
        file.write(f"{{who}} {{began}} {{time.monotonic()}}\\n")

@pytest.mark.parametrize("n", range(12))
def test_beside(n):
    stay("beside", 0.05)

@pytest.mark.alone
@pytest.mark.parametrize("n", range(3))
def test_alone(n):
    stay("alone", 0.05)

@pytest.mark.parametrize("n", range(12))
def test_after(n):
    stay("beside", 0.05)
"""


def test_no_test_runs_beside_one_that_is_alone(root, tmp_path):
    here = str(tmp_path)
    ours = str(root / "tests" / "conftest.py")
    (tmp_path / "conftest.py").write_text(CONFTEST.format(ours=ours, here=here))
    (tmp_path / "test_turns.py").write_text(TESTS.format(here=here))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = alone: by itself\n")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    run = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", here]
    done = subprocess.run(run, cwd=here, env=clean, capture_output=True, text=True, check=False)
    assert "27 passed" in done.stdout, done.stdout + done.stderr

    stays = [line.split() for line in (tmp_path / "stays").read_text().splitlines()]
    times = [(who, float(began), float(ended)) for who, began, ended in stays]
    spans = sorted((began, ended) for who, began, ended in times)
    beside = sum(nxt[0] < this[1] for this, nxt in pairwise(spans))
    assert beside, "the others do run side by side"
    for who, began, ended in times:
        if who == "alone":
            assert sum(b < ended and began < e for _, b, e in times) == 1
