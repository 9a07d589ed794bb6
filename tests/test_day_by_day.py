"""Contract C7's last sentence: rows fed a day at a time give the verdicts of the replay.

The recorded alert's rows come as hospitals would send them: a case on its day, what was
known of it a day later, and what had become of it after two weeks, each in a file dropped
into the inbox of a live store. People open the first wave; the loops of `attending up` do
the rest, by a clock that is set.
"""

from __future__ import annotations

import csv
import json
import math
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attending import shapes
from attending.admit import admit
from attending.cli.replay import read, run
from attending.cli.up import Turns
from attending.decide.sign_offs import SignOff
from attending.ledger.open_reader import open_reader
from attending.loops.carry_out import apply
from attending.loops.declare import declare
from attending.loops.meeting import hold_meeting
from attending.loops.plan import look, planned, write
from attending.loops.say import sign
from attending.loops.today import today
from attending.spec.condition import MeetingHeld
from attending.wiring import open_inbox, open_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.admit import Folder
    from attending.loops.parts import Folded, Parts

BEGAN = datetime(2026, 3, 27, 8, tzinfo=UTC)  # two days before European clocks change
COMPOSITE, STOPPED = 14, 1
AFTER = {
    **dict.fromkeys(("death14", "dialysis14", "aki_progression14"), COMPOSITE),
    **dict.fromkeys(("acearb_stopped24", "nsaid_stopped24", "ppi_stopped24"), STOPPED),
}
TOLD = ("id", "hospital", "studytime", "alert", "sex", "age")
COMMITTEE = """\
kind: Committee
name: ai
title: AI committee
members:
  - {person: chair, roles: [committee_chair]}
  - {person: member, roles: [committee_member], units: ["1"]}
quorum: {voting: 2}
"""

APPROVED = shapes.convert(
    {
        "meeting": "first",
        "chair": "chair",
        "votes": [{"person": person, "choice": "approve"} for person in ("chair", "member")],
    },
    MeetingHeld,
)

Rows = list[dict[str, str]]


class SetClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Live:
    """A live store, its loops and its people, at a clock that is set."""

    def __init__(self, store: Path, folder: Folder) -> None:
        self.clock = SetClock(BEGAN)
        parts, folded = open_parts(store, folder.use_case.name, folder, clock=self.clock)
        self.parts: Parts = parts
        self.folded: Folded = folded
        self.turns = Turns(open_inbox(store))
        self.turns.parts = [(parts, folded)]
        self.place = store / "inbox" / folder.use_case.name / "source"
        declare(parts, by="engineer")

    def turn(self) -> None:
        self.turns.once()
        assert self.turns.failed == {}
        assert self.turns.notice() == ""

    def next_wave(self, *signatures: tuple[str, str]) -> str:
        """Plan, sign and apply what is next; give the mode it brings."""
        view = look(self.parts, self.folded, today(self.parts.hands, self.folded))
        plan = planned(self.parts, view)
        assert plan is not None
        digest = write(self.parts.hands, self.folded, plan, by="engineer")
        for role, person in signatures:
            sign(self.parts, self.folded, digest, SignOff(role, person))
        apply(self.parts, self.folded, digest, today(self.parts.hands, self.folded))
        return plan.changes[0].mode[1]

    def drop(self, day: int, rows: Rows) -> None:
        """Put the day's file in the inbox, under its name only once it is whole."""
        self.place.mkdir(parents=True, exist_ok=True)
        suffix = ".csv" if day % 2 else ".ndjson"
        beside = self.place / f"{day}{suffix}.part"
        with beside.open("w", newline="", encoding="utf-8") as file:
            if suffix == ".csv":
                writer = csv.DictWriter(file, [*TOLD, *AFTER])
                writer.writeheader()
                writer.writerows(rows)
            else:
                file.writelines(json.dumps(row) + "\n" for row in rows)
        beside.rename(self.place / f"{day}{suffix}")


@contextmanager
def live(store: Path, folder: Folder) -> Iterator[Live]:
    made = Live(store, folder)
    yield made
    made.parts.pen.close()
    made.parts.reader.close()


def day_of(row: dict[str, str]) -> int:
    return math.floor(float(row["studytime"]))


def as_sent(rows: Rows, day: int) -> Rows:
    """Give the rows that hospitals send on a day, with what they know by then."""
    return [
        {name: row[name] for name in TOLD}
        | {name: row[name] if day - day_of(row) >= after else "" for name, after in AFTER.items()}
        for row in rows
        if day - day_of(row) in (0, STOPPED, COMPOSITE)
    ]


def decided(store: Path) -> list[dict[str, Any]]:
    reader = open_reader(store)
    found = [e.fact.body for e in reader.entries(kinds=("decided",)) if e.fact.type == "decided/1"]
    reader.close()
    return found


def replayed(folder: Folder, file: Path, store: Path, until: int) -> list[dict[str, Any]]:
    source = folder.sources["source"]
    run(folder, source, read(folder, source, file, file), store, until=until)
    return decided(store)


def fed(folder: Folder, rows: Rows, store: Path, until: int) -> list[dict[str, Any]]:
    """Live through the days up to one, and close it."""
    with live(store, folder) as town:
        assert town.next_wave() == "silent"
        for day in range(until + 1):
            town.clock.at = BEGAN + timedelta(days=day)
            if day == COMPOSITE + 16:  # monitoring has reported from each hospital by then
                hold_meeting(town.parts, town.folded, APPROVED)
                assert town.next_wave(("committee_chair", "chair")) == "live"
            town.drop(day, as_sent(rows, day))
            if day % 7 == 0:
                town.turn()  # by day as well: nothing is decided of a day that is not over
            town.clock.at = BEGAN + timedelta(days=day, hours=16, minutes=5)
            town.turn()
    return decided(store)


@pytest.fixture
def rows(data: Path) -> Rows:
    with (data / "elaia2" / "elaia2.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Folder:
    """Give the shipped use case, with a committee to sign for it."""
    shutil.copytree(root / "usecases" / "aki_alert", tmp_path / "aki_alert")
    (tmp_path / "aki_alert" / "committee.yaml").write_text(COMMITTEE, "utf-8")
    return admit(tmp_path / "aki_alert")


@pytest.mark.parametrize(
    "until", [119, pytest.param(448, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_rows_fed_a_day_at_a_time_give_the_verdicts_of_the_replay(
    folder: Folder, rows: Rows, data: Path, tmp_path: Path, until: int
) -> None:
    live_days = fed(folder, rows, tmp_path / "live", until)
    days = replayed(folder, data / "elaia2" / "elaia2.csv", tmp_path / "replay", until)

    assert [body["day"] for body in live_days] == list(range(until + 1))
    for lived, was in zip(live_days, days, strict=True):
        assert lived == was
