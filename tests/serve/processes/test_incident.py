"""A severe incident stops the real gateway, and is not confirmed until that one says so."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import UTC, datetime

from click.testing import CliRunner

from attending.cli.incident import incident
from attending.clock import stamp
from attending.errors import GateNotMet
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader

PATIENCE = 20.0


def write_live(store):
    """Write the receipt of a plan that made it live, as the loops do."""
    change = {"site": "alder", "unit": "*", "release": [None, "1"], "mode": ["off", "live"],
              "share": [0.0, 1.0]}  # fmt: skip
    body = {
        "type": "receipt/1", "plan": "p", "move": "advance", "cause": "wave", "scope": "all",
        "day": 0, "because": "test", "wave": "w", "answers": "", "expansion": "moving",
        "changes": [change], "signed": {}, "seq": 1, "read_back": {}, "not_confirmed": [],
    }  # fmt: skip
    reader, pen = open_ledger(store)
    pen.append([Fact(kind="acted", key="kidney_watch/p/receipt", at=stamp(datetime.now(UTC)),
                     by=By("platform"), use_case="kidney_watch", body=body)])  # fmt: skip
    pen.close()
    reader.close()


def until(what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    return None


def typed(*words):
    return CliRunner().invoke(incident, [*map(str, words)])


def test_it_is_stopped_where_people_look_and_not_confirmed_until_the_gateway_says_so(
    gateways, running, making
):
    store = gateways.store
    north = gateways.start("--name", "north")
    reader = open_reader(store)
    assert until(lambda: reader.latest("gateway/north/1/read_back"))
    write_live(store)
    callers = running.callers([north.port], making.question, n=2, pause=0.01)
    assert until(lambda: any(call.advice for call in callers.acknowledged[-50:]))
    callers.stop()
    os.kill(north.pid, signal.SIGSTOP)  # it hears nothing, as one that is cut off
    try:
        opened = typed("open", "kidney_watch", "--kind", "wrong_output", "--severity", 1, "--what",
                       "it was wrong", "--site", "alder", "--as", "nurse", "--store", store,
                       "-o", "json")  # fmt: skip
        told = json.loads(opened.stdout)
        assert (told["not_confirmed"], told["state"]) == (["north"], "open")
        name = told["incident"]
        refused = typed("contain", name, "--as", "officer", "--store", store)
        assert isinstance(refused.exception, GateNotMet)
        assert "not confirmed at north" in str(refused.exception)
        assert "not confirmed at north" in typed("show", name, "--store", store).stdout
        assert "not confirmed at north" in typed("list", "--store", store).stdout
    finally:
        os.kill(north.pid, signal.SIGCONT)
    confirmed = until(lambda: "not confirmed" not in typed("show", name, "--store", store).stdout)
    assert confirmed
    size = reader.size()
    again = running.callers([north.port], making.question, n=2, pause=0.01)
    assert until(lambda: len(again.acknowledged) > 20)
    again.stop()
    assert typed("contain", name, "--as", "officer", "--store", store).exit_code == 0
    north.end()
    shown = [
        e for e in reader.entries(size, kinds=("served",)) if e.fact.body["display"] == "shown"
    ]
    reader.close()
    assert not any(call.advice for call in again.acknowledged)
    assert shown == []
