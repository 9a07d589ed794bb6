"""A live store with an inbox, and a clock that may be set to any moment."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from attending.admit import admit
from attending.cli.up import Turns
from attending.ledger.key_file import key_in
from attending.loops.carry_out import apply
from attending.loops.declare import declare
from attending.loops.plan import look, planned, write
from attending.loops.today import today
from attending.serve.prediction import Display, Prediction, served
from attending.serve.pseudonym import Pseudonyms
from attending.wiring import open_inbox, open_parts

BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)

FALLS = {
    "usecase.yaml": """\
kind: UseCase
name: falls
title: Falls alert
path: A
priority: quality_safety
problem: Patients fall at night.
success: [{metric: outcomes.completeness, of: fall, target: 0.9, by: day 90}]
executive_sponsor: {person: sponsor}
clinical_champion: {person: champion}
after_launch: {owner: owner, decides: d, funds: f, supports: s}
workflow:
  channel: cds_hooks
  hook: patient-view
  card: {summary: Risk of a fall, limits: Adults only, call: Falls desk}
outcomes:
  - {name: fall, title: A fall, sources: [source, feed], window: 2 d, maturity: 2 d}
risk:
  acts_without_person: false
  drives_treatment_or_triage: false
  time_critical: false
  protected_input: false
  device: not_device
value: {account: quality, claim: Fewer falls}
monitoring:
  - metric: outcomes.completeness
    of: fall
    principle: integrity
    cadence: daily
    owner: champion
    trigger: below 0.9
    action: hold
""",
    "rollout.yaml": """\
kind: Rollout
use_case: falls
release: falls-1
waves: [{name: first, sites: [Alder, Birch], mode: silent, sign_offs: []}]
gates: [{gate: enough_outcomes, metric: outcomes.completeness, of: fall, at_least: 1000}]
""",
    "sites.yaml": """\
kind: Site
name: Alder
title: Alder Hospital
---
kind: Site
name: Birch
title: Birch Hospital
""",
    "source.yaml": """\
kind: Source
cases:
  case: id
  site: {column: hospital, map: {1: Alder, 2: Birch}}
  day: {column: day, days_since: site_launch}
  display: {column: alert, map: {1: shown, 0: silent}}
outcomes:
  fall: {column: fell, known_after: 2 d}
""",
    "feed.yaml": """\
kind: Source
name: feed
cases:
  case: encounter
  joined_on: encounter
  site: {column: hospital, map: {1: Alder, 2: Birch}}
outcomes:
  fall: {column: fell, known_after: 2 d}
""",
}


class SetClock:
    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at


class Ward:
    """One store, its loops, its inbox, and the gateway's word for what it answered."""

    def __init__(self, store, folder):
        self.store, self.folder = store, folder
        self.clock = SetClock(BEGAN)
        (store / "gateway").mkdir(mode=0o700, parents=True)
        key = store / "gateway" / "pseudonym.key"
        key.write_bytes(bytes(range(32)))  # the same in every ward, so that two can be compared
        key.chmod(0o600)
        self.open()
        declare(self.parts)

    def open(self):
        """Begin a new process on the store, which knows nothing but what is on record."""
        self.parts, self.folded = open_parts(
            self.store, self.folder.use_case.name, self.folder, clock=self.clock
        )
        self.turns = Turns(open_inbox(self.store))
        self.turns.parts = [(self.parts, self.folded)]

    def close(self):
        self.parts.pen.close()
        self.parts.reader.close()

    def begin(self):
        """Do the first deed: answer silently at both hospitals."""
        day = today(self.parts.hands, self.folded)
        plan = planned(self.parts, look(self.parts, self.folded, day))
        apply(self.parts, self.folded, write(self.parts.hands, self.folded, plan), day)

    def turn(self):
        self.turns.once()
        assert self.turns.failed == {}

    def on(self, day, hour=8):
        """Set the clock to an hour of a day of the use case."""
        self.clock.at = BEGAN.replace(hour=0) + timedelta(days=day, hours=hour)

    def inbox_of(self, source):
        """Give the folder that a source's files are dropped in."""
        place = self.store / "inbox" / "falls" / source
        place.mkdir(parents=True, exist_ok=True)
        return place

    def drop(self, name, *rows, source="source"):
        """Put a file in the inbox: text, or rows of cells to be written as CSV."""
        place = self.inbox_of(source)
        text = rows[0] if isinstance(rows[0], str) else as_csv(rows)
        (place / name).write_text(text, "utf-8")
        return place / name

    def answers(self, prediction, encounter, *, site="Alder", display=("shown", "")):
        """Write down an answer as the store's own gateway does."""
        names = Pseudonyms(key_in(self.store / "gateway" / "pseudonym.key"))
        made = Prediction(
            prediction=prediction,
            use_case="falls",
            site=site,
            unit="",
            release="falls-1",
            display=Display(*display),
            instance="",
            patient=names.of("patient", f"p-{encounter}"),
            user="",
            encounter=names.of("encounter", encounter),
            channel="cds_hooks",
            seq=0,
        )
        at = self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.parts.pen.append([served(made, gateway="g", at=at)])

    def facts(self, kind):
        return [e.fact for e in self.parts.reader.entries() if e.fact.type == kind]

    def outcomes(self):
        """Give what is on record of each case, as it was said last."""
        last = {}
        for fact in self.facts("outcome/1"):
            last[fact.body["prediction"]] = (fact.site, fact.body["y"], fact.body["day"])
        return last

    def cells(self):
        """Give cases known, falls and unknown by site and evidence day, as last measured."""
        last = {}
        for fact in self.facts("measured/1"):
            for cell in fact.body["cells"]:
                if cell["subgroup"] == "all" and cell["metric"].startswith("outcomes.complete"):
                    sums = cell["sums"]
                    last[cell["site"], cell["day"]] = (sums.get("n", 0), sums.get("n_missing", 0))
        return last


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def ward_of(tmp_path):
    """Make a ward whose specs differ in some files."""
    made = []

    def make(name="ward", **over):
        specs = tmp_path / f"{name}-specs"
        specs.mkdir()
        for file, text in (FALLS | over).items():
            (specs / file).write_text(text, "utf-8")
        ward = Ward(tmp_path / name, admit(specs))
        made.append(ward)
        return ward

    yield make
    for ward in made:
        ward.close()


@pytest.fixture
def ward(ward_of):
    return ward_of()
