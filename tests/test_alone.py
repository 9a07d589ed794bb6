"""Workers that share a run: a test that a clock decides is alone, what takes long begins."""

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
pytest_collection_modifyitems = ours.pytest_collection_modifyitems
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


SHORT = """
import pytest
from pathlib import Path

def began(who):
    with Path({here!r}, "began").open("a") as file:
        file.write(who + "\\n")

def test_short():
    began("short")

@pytest.mark.alone
def test_alone():
    began("alone")
"""
LONG = (
    SHORT
    + """
@pytest.mark.timeout(600)
def test_long():
    began("long")
"""
)


def run(root, here, *, workers, **files):
    """Run files of tests by so many workers, under the hooks of this suite."""
    ours = str(root / "tests" / "conftest.py")
    (here / "conftest.py").write_text(CONFTEST.format(ours=ours, here=str(here)))
    for name, text in files.items():
        (here / f"test_{name}.py").write_text(text.format(here=str(here)))
    (here / "pytest.ini").write_text("[pytest]\nmarkers = alone: by itself\n  timeout: seconds\n")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    asked = [sys.executable, "-m", "pytest", "-q", "-n", str(workers)]
    asked += ["-p", "no:cacheprovider", str(here)]
    done = subprocess.run(asked, cwd=here, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_test_runs_beside_one_that_is_alone(root, tmp_path):
    told = run(root, tmp_path, workers=2, turns=TESTS)
    assert "27 passed" in told

    stays = [line.split() for line in (tmp_path / "stays").read_text().splitlines()]
    times = [(who, float(began), float(ended)) for who, began, ended in stays]
    spans = sorted((began, ended) for who, began, ended in times)
    beside = sum(nxt[0] < this[1] for this, nxt in pairwise(spans))
    assert beside, "the others do run side by side"
    for who, began, ended in times:
        if who == "alone":
            assert sum(b < ended and began < e for _, b, e in times) == 1


def test_what_takes_minutes_begins_with_its_module_after_what_is_alone(root, tmp_path):
    told = run(root, tmp_path, workers=1, a_short=SHORT, z_long=LONG)
    assert "5 passed" in told

    ran = (tmp_path / "began").read_text().split()
    assert ran == ["alone", "alone", "short", "long", "short"]
