"""The recorded alert under a committee: what it asked for is watched, and acts by itself."""

from __future__ import annotations

import csv
import random
import shutil
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from attending.admit import admit, read_lone
from attending.cli.replay import IN_USE, read
from attending.loops.carry_out import open_first_wave, renew
from attending.loops.declare import declare
from attending.loops.meeting import Voice, close, hold_meeting, vote
from attending.loops.packet import Put, put
from attending.loops.say import Said, order
from attending.loops.take_in import take_in
from attending.loops.turn import turn
from attending.spec.condition import MeetingHeld
from attending.wiring import replay_parts

pytestmark = pytest.mark.timeout(600)  # part of a replay, day by day

DECISION = Path(__file__).with_name("elaia2_decision.yaml")
PLANTED_FROM, PLANTED_AT = 60, "1"
SEEDS, LAST = 50, 300
PARTS = ("death14", "dialysis14", "aki_progression14")
FOR_IT = ("ai-committee-chair", "safety-officer", "nephrology-champion")


class Trial:
    """The trial's rows, a day at a time, under a decision made on day 0."""

    def __init__(self, folder: Path, file: Path, store: Path) -> None:
        self.folder = admit(folder)
        source = self.folder.sources["source"]
        self.recorded = read(self.folder, source, file, file)
        self.replaying = replay_parts(self.folder, source, store)
        self.parts, self.folded = self.replaying.parts, self.replaying.folded
        self.day = -1
        declare(self.parts)
        open_first_wave(self.parts, self.folded, because=IN_USE)
        held, _ = read_lone(DECISION, MeetingHeld)
        hold_meeting(self.parts, self.folded, held)

    def next_day(self) -> None:
        """Let one day pass, as the replay verb does."""
        self.day += 1
        renew(self.parts, self.folded)
        cases = self.recorded.cases.get(self.day, [])
        take_in(self.parts, self.folded, cases, self.recorded.outcomes.get(self.day, []))
        turn(self.parts, self.folded, self.day)
        self.replaying.clock.advance(timedelta(days=1))

    def state(self, condition: str) -> str:
        return self.folded.standing.governed.conditions[condition].state

    def facts(self, kind: str) -> list[Any]:
        return [e.fact for e in self.parts.reader.entries() if e.fact.type == kind]

    def say(self, verb: str, scope: str) -> None:
        said = Said(verb, scope, "safety-officer", "the committee has decided")
        order(self.parts.hands, self.folded, said, self.day)


def planted(rows: list[dict[str, str]], seed: int = 7) -> list[dict[str, str]]:
    """Triple the odds of those alerted at one hospital, from one day on."""
    dice, out = random.Random(seed), []
    for row in rows:
        mine = row["hospital"] == PLANTED_AT and float(row["studytime"]) >= PLANTED_FROM
        had = any(row[part] == "1" for part in PARTS)
        harmed = mine and row["alert"] == "1" and not had and dice.random() < 0.4
        out.append(row | {"aki_progression14": "1"} if harmed else dict(row))
    return out


@pytest.fixture
def rows(data: Path) -> list[dict[str, str]]:
    with (data / "elaia2" / "elaia2.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_planted_harm_breaks_the_condition_and_only_a_decision_ends_it(
    root: Path, rows: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(planted(rows), tmp_path / "planted.csv")
    trial = Trial(root / "usecases" / "aki_alert", file, tmp_path / "store")

    # The keep breaks: suspended in that turn, and read back.
    while trial.state("safe_at_1") == "open":
        trial.next_day()
        assert trial.day < 300
    assert trial.day >= PLANTED_FROM + 14, "nothing of it can be known before"
    broken_on = trial.day
    (receipt,) = [r.body for r in trial.facts("receipt/1") if r.body["cause"] == "condition"]
    assert (receipt["move"], receipt["day"], receipt["scope"]) == ("suspend", broken_on, "1")
    assert receipt["read_back"] == {"replay": receipt["seq"]}
    assert trial.folded.standing.at("1").mode == "suspended"
    assert trial.folded.standing.at("3").mode == "live"

    # It is on the docket, and the next packet shows it. Better days mend nothing.
    assert [d.body["item"] for d in trial.facts("docket/1")] == ["safe_at_1"]
    for _ in range(7):
        trial.next_day()
    assert trial.state("safe_at_1") == "broken"
    asked = Put("2000-06", closes=("safe_at_1",))
    packet = put(trial.parts, trial.folded, asked)
    shown = {each["id"]: each["state"] for each in packet.deciding["conditions"]}
    assert shown["safe_at_1"] == "broken"
    assert packet.deciding["suspended"] == ["1"]

    # A signed decision ends it; named people lift and resume; the days go on.
    for person in FOR_IT:
        vote(trial.parts, trial.folded, Voice(person, packet.digest), "approve")
    done = close(trial.parts, trial.folded, Voice("ai-committee-chair", packet.digest))
    assert (done.body["word"], done.body["closes"]) == ("approved", ["safe_at_1"])
    assert done.body["signature"]["digest"] == packet.digest
    assert trial.state("safe_at_1") == "lapsed"
    trial.say("lift", "1")
    trial.say("resume", "all")
    assert trial.folded.standing.at("1").mode == "silent"
    assert trial.folded.standing.expansion == "moving"
    for _ in range(3):
        trial.next_day()
    assert trial.folded.standing.at("3").mode == "live"
    assert len([r for r in trial.facts("receipt/1") if r.body["cause"] == "condition"]) == 1
    with capsys.disabled():
        print(f"\nplanted from day {PLANTED_FROM}; broken and suspended on day {broken_on}")
    trial.parts.pen.close()


def written(rows: list[dict[str, str]], file: Path) -> Path:
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def wait_for_committee(noticed: date) -> int:
    """Count the days to the first second Tuesday whose packet, due a week before, can be met."""
    there = noticed
    while not (there.weekday() == 1 and 8 <= there.day <= 14 and (there - noticed).days >= 7):
        there += timedelta(days=1)
    return (there - noticed).days


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_hours_from_the_first_degraded_case_to_read_back_are_counted_over_fifty_worlds(
    root: Path, rows: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hours = []
    for seed in range(SEEDS):
        degraded = planted(rows, seed)
        first = min(
            float(new["studytime"]) for old, new in zip(rows, degraded, strict=True) if old != new
        )
        file = written(degraded, tmp_path / f"{seed}.csv")
        trial = Trial(root / "usecases" / "aki_alert", file, tmp_path / str(seed))
        while trial.state("safe_at_1") == "open" and trial.day < LAST:
            trial.next_day()
        receipts = [r.body for r in trial.facts("receipt/1") if r.body["cause"] == "condition"]
        trial.parts.pen.close()
        # A day's cases are judged as it ends: from the start of the first degraded case's day
        # to the end of the day on which the gateway has read the suspension back.
        hours += [24 * (int(r["day"]) + 1 - int(first)) for r in receipts if r["read_back"]]
        shutil.rmtree(tmp_path / str(seed))
    waits = [wait_for_committee(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)]
    with capsys.disabled():
        print(
            f"\n{SEEDS} worlds: suspended in {len(hours)}; hours from the first degraded case to "
            f"read-back: median {median(hours):.0f}, worst {max(hours)}, best {min(hours)} "
            f"(of them 336 until a first outcome is known); a monthly committee that notices at "
            f"once: median {24 * median(waits):.0f}, worst {24 * max(waits)}"
        )

    assert len(hours) == SEEDS
    assert min(hours) >= 24 * 14, "nothing of it can be known before"
