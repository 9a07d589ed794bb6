"""What people type about incidents: an action is named before it is said to be done."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from attending.cli.incident import incident
from attending.errors import GateNotMet
from attending.facts.fact import By, Fact
from attending.wiring import open_books


@pytest.fixture
def typed(tmp_path):
    """Type one of the verbs on a ledger, and give what it told."""
    body = {"type": "incident/1", "incident": "i", "use_case": "falls", "sites": ["elm"],
            "severity": 3, "kind": "bias", "what": "0" * 64, "began_on": "2099-01-01",
            "known_at": "2099-01-01T00:00:00Z",
            "affected": {"sites": ["elm"], "releases": [], "from_on": "2099-01-01"},
            "found_by": {"source": "person", "person": "cmio"}}  # fmt: skip
    with open_books(tmp_path) as books:
        books.write([Fact(kind="said", key="i", at=books.at, by=By("cmio"), use_case="falls",
                          body=body)])  # fmt: skip

    def run(*words):
        told = [*map(str, words), "--as", "safety-officer", "--store", str(tmp_path), "-o", "json"]
        return json.loads(CliRunner().invoke(incident, told, catch_exceptions=False).stdout)

    return run


def test_an_action_is_done_only_once_it_is_named(typed):
    typed("contain", "i", "--how", "by hand")
    action = ("--owner", "cmio", "--due", "2099-01-01")
    for what in ("teach", "mend"):
        typed("correct", "i", "--what", what, *action)
    with pytest.raises(GateNotMet, match=r"there are \[1, 2\]"):
        typed("correct", "i", "--done")
    done = typed("correct", "i", "--action", 2, "--done")
    assert [each["done"] for each in done["corrective"]] == [False, True]
