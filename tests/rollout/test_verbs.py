"""What people type: plan, sign, apply, hold, suspend, resume, lift."""

from __future__ import annotations

import json
import sys

import msgspec
import pytest

from attending import shapes
from attending.cli import main
from attending.facts.cells import Cell, Sums
from attending.facts.fact import By, Fact
from attending.facts.snapshot import Snapshot
from attending.ledger.open_ledger import open_ledger


class Desk:
    """A terminal, a store and a use-case folder."""

    def __init__(self, folder, store, monkeypatch, capsys):
        self.folder, self.store = folder, store
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def type(self, *words):
        """Run one command; give its exit code, what it printed, and what it said."""
        line = [str(w) for w in ("attending", *words, "--store", self.store)]
        self._monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as left:
            main()
        out, err = self._capsys.readouterr()
        return left.value.code, out, err

    def json(self, *words):
        code, out, _ = self.type(*words, "-o", "json")
        return code, json.loads(out)

    def plan(self):
        code, told = self.json("plan", self.folder)
        return code, told["plans"][0]

    def decide(self):
        """Hold the committee's meeting, by typing."""
        _, told = self.json("meeting", "packet", "falls", "--meeting", "first")
        for person in ("chair", "cmio", "member"):
            voted = self.type(
                "meeting", "vote", told["digest"], "--choice", "approve", "--as", person
            )
            assert voted[0] == 0, voted
        assert self.type("meeting", "close", told["digest"], "--as", "chair")[0] == 0

    def modes(self):
        raw = (self.store / "snapshot.json").read_bytes()
        snapshot = shapes.decode(raw, Snapshot)
        return {entry.site: entry.mode for entry in snapshot.entries}

    def report(self, making):
        """Let every site report today, as a loop would write it down."""
        day = 0  # of the use case: something was first done today
        cells = [
            Cell(site, "all", arm, metric, day, Sums(n=40, sn=1.0))
            for site in making.sites
            for arm in ("alerted", "usual")
            for metric in (making.ratio, making.known)
        ]
        body = {"type": "measured/1", "day": day, "cells": msgspec.to_builtins(cells)}
        fact = Fact(
            kind="measured", key=f"falls/{day}/measured", at="2026-10-13T08:00:00.000Z",
            by=By(person="platform"), use_case="falls", body=body,
        )  # fmt: skip
        reader, pen = open_ledger(self.store)
        pen.append([fact])
        pen.close()
        reader.close()


@pytest.fixture
def desk(making, tmp_path, monkeypatch, capsys):
    (tmp_path / "falls").mkdir()
    folder = making.write(tmp_path / "falls")
    return Desk(folder, tmp_path / "store", monkeypatch, capsys)


@pytest.fixture
def live(desk, making):
    """Bring the pilot to life, by typing."""
    _, told = desk.plan()
    desk.type("apply", told["digest"], "--yes")
    desk.decide()
    desk.report(making)
    _, told = desk.plan()
    desk.type("sign", told["digest"], "--as", "committee_chair", "--by", "chair")
    desk.type("sign", told["digest"], "--as", "cmio", "--by", "cmio")
    assert desk.type("apply", told["digest"], "--yes")[0] == 0
    return desk


def test_a_plan_prints_what_changes_and_the_way_back(desk):
    code, out, _ = desk.type("plan", desk.folder)
    assert code == 2
    assert "Alder: off to silent; release none to falls-1" in out
    assert "the way back:\n  Alder: silent to off" in out
    assert "thresholds, ln(1/share):\n  Alder: gate 4.38, caution 3.00, safety limit 4.38" in out
    assert "none is wanting" in out


def test_asking_again_gives_the_same_digest(desk):
    assert desk.plan()[1]["digest"] == desk.plan()[1]["digest"]


def test_nothing_touches_live_patients_without_a_yes(desk):
    _, told = desk.plan()
    code, out, err = desk.type("apply", told["digest"])
    assert (code, out) == (1, "")
    assert "--yes" in err


def test_an_interlock_is_named_and_forbids_signing(desk):
    _, told = desk.plan()
    assert desk.type("apply", told["digest"][:12], "--yes")[0] == 0
    desk.decide()
    assert desk.modes() == {"Alder": "silent"}
    code, told = desk.plan()
    assert code == 2
    (tripped,) = told["interlocks"]
    assert tripped["name"] == "monitoring_silent"
    assert f"{'outcomes.risk_ratio/fall'} has never reported from Alder" in tripped["where"]
    code, _, err = desk.type("sign", told["digest"], "--as", "cmio", "--by", "cmio")
    assert code == 4
    assert "monitoring_silent" in err


def test_signing_is_refused_with_what_would_be_accepted(desk, making):
    _, told = desk.plan()
    desk.type("apply", told["digest"], "--yes")
    desk.decide()
    desk.report(making)
    code, told = desk.plan()
    assert (code, told["wanted"]) == (
        2,
        ["1 sign-off as committee_chair wanted, 0 given", "1 sign-off as cmio wanted, 0 given"],
    )
    digest = told["digest"]
    for role, person, words in (
        ("auditor", "chair", "asks for no sign-off as auditor"),
        ("cmio", "member", "member is no cmio"),
        ("cmio", "owner", "owns falls"),
        ("cmio", "nobody", "nobody is no cmio"),
    ):
        code, _, err = desk.type("sign", digest, "--as", role, "--by", person)
        assert code == 1, role
        assert words in err
        assert "committee_chair" in err
    assert desk.type("sign", digest, "--as", "committee_chair", "--by", "chair")[0] == 0
    code, _, err = desk.type("sign", digest, "--as", "cmio", "--by", "chair")
    assert code == 1
    assert "one person fills one role" in err
    code, told = desk.json("sign", digest, "--as", "committee_chair", "--by", "chair")
    assert (code, told["new"]) == (0, False)
    code, _, err = desk.type("apply", digest, "--yes")
    assert code == 4
    assert "1 sign-off as cmio wanted, 0 given" in err


def test_a_plan_goes_from_a_file_to_the_bedside(desk, making, tmp_path):
    out = tmp_path / "plan.json"
    assert desk.type("plan", desk.folder, "--out", out)[0] == 2
    assert desk.type("apply", out, "--yes")[0] == 0
    desk.decide()
    desk.report(making)
    desk.type("plan", desk.folder, "--out", out)
    desk.type("sign", out, "--as", "committee_chair", "--by", "chair")
    desk.type("sign", out, "--as", "cmio", "--by", "cmio")
    code, told, _ = desk.type("apply", out, "--yes")
    assert code == 0
    assert "Alder: silent to live" in told
    assert "no gateway has been heard of lately" in told
    plan = json.loads(out.read_text())
    plan["changes"][0]["share"] = [0, 1]
    out.write_text(json.dumps(plan))
    code, _, err = desk.type("sign", out, "--as", "cmio", "--by", "cmio")
    assert code == 1
    assert "no " in err


def test_whoever_asked_for_a_plan_does_not_approve_it(desk, making):
    _, told = desk.plan()
    desk.type("apply", told["digest"], "--yes")
    desk.decide()
    desk.report(making)
    desk.type("plan", desk.folder, "--by", "chair")
    _, told = desk.plan()
    code, _, err = desk.type("sign", told["digest"], "--as", "committee_chair", "--by", "chair")
    assert code == 1
    assert "nobody approves their own" in err


def test_stopping_works_at_once_and_starting_again_does_not(live):
    code, told = live.json("suspend", "falls", "--reason", "it misfires", "--by", "nurse")
    assert code == 0
    assert told["move"] == "suspend"
    assert live.modes() == {"Alder": "suspended"}
    code, _, err = live.type("resume", "falls", "--reason", "fine", "--by", "nurse", "--yes")
    assert code == 1
    assert "lift it first" in err
    code, _, err = live.type("lift", "falls", "--reason", "fixed", "--by", "nurse")
    assert code == 1
    assert "--yes" in err
    code, out, _ = live.type("lift", "falls", "--reason", "fixed", "--by", "nurse", "--yes")
    assert code == 0
    assert "Alder: suspended to silent" in out
    assert live.modes() == {"Alder": "silent"}
    assert live.plan()[0] == 0, "held still"
    assert live.type("resume", "falls", "--reason", "fixed", "--by", "nurse", "--yes")[0] == 0
    assert live.modes() == {"Alder": "silent"}


def test_holding_changes_nothing_at_the_bedside(live):
    code, out, _ = live.type("hold", "falls", "--reason", "I wonder", "--by", "nurse")
    assert code == 0
    assert "nothing changes at any bedside" in out
    assert "the rollout is held" in out
    assert live.modes() == {"Alder": "live"}
    assert live.type("plan", live.folder)[1].count("held: nurse: I wonder") == 1


def test_a_place_a_tool_or_a_plan_that_is_not_there_is_refused_with_the_nearest(live):
    code, _, err = live.type("hold", "fals", "--reason", "r", "--by", "p")
    assert code == 1
    assert "'fals'" in err
    code, _, err = live.type("suspend", "falls", "--site", "Aldr", "--reason", "r", "--by", "p")
    assert code == 1
    assert "did you mean 'Alder'" in err
    code, _, err = live.type("apply", "0123456789", "--yes")
    assert code == 1
    assert "no '0123456789'" in err
    assert live.type("lift", "falls", "--reason", "r", "--by", "p", "--yes")[0] == 1
    assert live.type("hold", "falls", "--reason", " ", "--by", "p")[0] == 1


def test_a_plan_applied_twice_is_stale(desk):
    _, told = desk.plan()
    assert desk.type("apply", told["digest"], "--yes")[0] == 0
    code, _, err = desk.type("apply", told["digest"], "--yes")
    assert code == 1
    assert "the state changed" in err


def test_a_store_that_is_not_there_is_not_made(desk, tmp_path):
    code, _, err = desk.type("hold", "falls", "--reason", "r", "--by", "p")
    assert code == 1
    assert "no ledger here" in err
    assert not desk.store.exists()
