"""Each reading of a model's file is on record before anything is answered with it."""

from __future__ import annotations

import runpy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from attending import shapes
from attending.clock import ReplayClock
from attending.decide.tools import portfolio
from attending.ledger.open_reader import open_reader
from attending.serve.build import build_tool
from attending.serve.standalone import Doors, standalone
from attending.spec.model import Model
from attending.spec.use_case import UseCase

HERE = Path(__file__).parent
pytest.importorskip("onnx")


@pytest.fixture
def tool(tmp_path):
    """Give a tool whose model is a file, and the digest of its bytes."""
    told = runpy.run_path(str(HERE / "conftest.py"))["USE_CASE"]
    saved = runpy.run_path(str(HERE / "engines" / "test_onnx.py"))["saved"]
    raw = saved(tmp_path)
    model = {"kind": "Model", "name": "kidney", "title": "K", "version": "7", "engine": "onnx",
             "file": "m.onnx", "sha256": sha256(raw).hexdigest(),
             "fields": {"creatinine": {}, "sex": {"codes": {"female": 0, "male": 1}}},
             "order": ["creatinine", "sex"], "output": "probabilities"}  # fmt: skip
    read = shapes.convert(told, UseCase), shapes.convert(model, Model)
    return build_tool(*read, release="r1", folder=tmp_path), sha256(raw).hexdigest()


def facts(store):
    reader = open_reader(store)
    found = [e.fact for e in reader.entries() if e.fact.type == "model_fetched/1"]
    reader.close()
    return found


def test_a_gateway_says_which_bytes_it_read_each_time_it_starts(tool, tmp_path):
    made, digest = tool
    at = datetime(2026, 10, 13, 8, tzinfo=UTC)
    for n in (0, 0, 1):  # the same start told twice is told once
        clock = ReplayClock(at + timedelta(days=n))
        doors = Doors(base_url="http://gateway.example")
        with standalone([made], {"alder": ()}, tmp_path / "s", name="g1", doors=doors, clock=clock):
            assert facts(tmp_path / "s")[-1].at[:10] == str(clock.now().date())

    first, second = facts(tmp_path / "s")
    assert first.body == {"type": "model_fetched/1", "model": "kidney", "version": "7",
                          "file": "m.onnx", "sha256": digest}  # fmt: skip
    assert (first.by.person, first.use_case, first.release) == ("g1", "kidney_watch", "r1")
    assert first.key != second.key


def test_a_reading_is_no_act_that_keeps_a_tool_alive():
    assert "model_fetched/1" in portfolio.AUTOMATIC


def test_what_is_no_file_is_not_said_to_be_read(making, tmp_path):
    rules = runpy.run_path(str(HERE / "conftest.py"))
    made = build_tool(
        shapes.convert(rules["USE_CASE"], UseCase),
        shapes.convert(rules["MODEL"] | {"file": "m", "sha256": "0" * 64}, Model),
        release="r1",
        folder=tmp_path,
    )
    assert made.file is None
