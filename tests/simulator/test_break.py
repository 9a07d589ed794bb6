"""A feed that is broken while somebody looks: the running demonstration says so by itself."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.demo import BEGAN, STORY, demo
from attending.cli.staging.playing import Stage, play
from attending.clock import StoryClock
from attending.errors import NoSuchName, Refused
from attending.ledger import layout
from attending.ledger.open_reader import open_reader

DAYS, MORE = 5, 6
STARTS_WITHIN = 60  # seconds; it takes about four on a machine that has nothing else to do


@pytest.fixture
def running(tmp_path):
    """Play the first days, then let the console, the gateway and the loops run on the store."""
    store = tmp_path / "store"
    store.mkdir()
    with Stage(admit(STORY), store, began=BEGAN) as stage:
        play(stage, store, ["--seed", "13", "--days", str(DAYS)])
    StoryClock(layout.story_clock(store)).set(BEGAN + timedelta(days=DAYS, hours=7))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from attending.cli import main; main()", "up", str(STORY)]
    wanted = ["--store", str(store), "--port", str(port), "--no-auth", "--no-browser"]
    with subprocess.Popen([*command, *wanted], stderr=subprocess.DEVNULL) as process:
        try:
            ready(f"http://127.0.0.1:{port}/readyz")
            yield store, port
        finally:
            process.terminate()


def ready(url):
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail("it did not start")


def decided(store):
    reader = open_reader(store)
    last = [e.fact.body for e in reader.entries(kinds=("decided",)) if e.fact.type == "decided/1"]
    reader.close()
    return last[-1]


@pytest.mark.timeout(240)
def test_days_go_by_and_the_broken_hospital_alone_cannot_be_judged(running):
    store, port = running
    before = decided(store)["day"]
    asked = ["break", "larch", "--store", str(store), "--port", str(port), "--days", str(MORE)]
    done = CliRunner().invoke(demo, asked, catch_exceptions=False)

    assert done.exit_code == 0, done.output
    last = decided(store)
    assert last["day"] == before + MORE
    gates = {v["scope"]: v for v in last["verdicts"] if v["rule"] == "enough_outcomes"}
    assert gates["Larch"]["word"] == "error"
    assert "outcomes are not known" in gates["Larch"]["because"]
    for site in ("Alder", "Birch"):
        assert gates[site]["word"] == "met"


@pytest.mark.parametrize(
    ("asked", "kind", "said"),
    [
        (["break", "Lrch"], NoSuchName, "did you mean 'Larch'"),
        (["break", "Larch"], Refused, "no demonstration was played"),
    ],
)
def test_what_cannot_be_broken_is_refused_with_the_reason(tmp_path, asked, kind, said):
    with pytest.raises(kind, match=said):
        CliRunner().invoke(
            demo, [*asked, "--store", str(tmp_path)], catch_exceptions=False, standalone_mode=False
        )
