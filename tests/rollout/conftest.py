"""A small town: three hospitals, two gateways, a committee, and a tool to be rolled out.

Only what lies outside the platform is made up: what the sites report (sums of cases, as
the lake would give them), what the time is, and whether a gateway is listening. Ledger,
loops, heads and exposures are the real ones.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attending import shapes
from attending.admit import admit
from attending.clock import ReplayClock, stamp
from attending.decide.sign_offs import SignOff
from attending.facts.cells import Design
from attending.facts.fact import By, Fact
from attending.ledger import layout
from attending.ledger.open_ledger import open_ledger
from attending.ledger.salt import derived_salt
from attending.loops.carry_out import apply, renew
from attending.loops.declare import declare
from attending.loops.meeting import hold_meeting
from attending.loops.parts import Folded, Parts
from attending.loops.plan import look, planned, write
from attending.loops.say import Said, order, sign
from attending.loops.turn import turn
from attending.serve.exposure import Exposures
from attending.spec.condition import MeetingHeld

DAY_ZERO = datetime(2000, 1, 1, tzinfo=UTC)
DAY_ONE = 100  # the story's first day: 2000-04-10
SITES = ("Alder", "Birch", "Elm")
RATIO, KNOWN = "outcomes.risk_ratio/fall", "outcomes.completeness/fall"

USE_CASE = {
    "kind": "UseCase",
    "name": "falls",
    "title": "Falls alert",
    "path": "A",
    "priority": "quality_safety",
    "problem": "Patients fall at night.",
    "success": [{"metric": "outcomes.risk_ratio", "of": "fall", "target": 0.9, "by": "day 90"}],
    "executive_sponsor": {"person": "sponsor"},
    "clinical_champion": {"person": "champion"},
    "after_launch": {"owner": "owner", "decides": "d", "funds": "f", "supports": "s"},
    "workflow": {
        "channel": "cds_hooks",
        "hook": "patient-view",
        "card": {"summary": "Risk of a fall", "limits": "Adults only", "call": "Falls desk"},
    },
    "outcomes": [
        {
            "name": "fall",
            "title": "A fall",
            "sources": ["source"],
            "window": "1 d",
            "maturity": "1 d",
        }
    ],
    "risk": {
        "acts_without_person": False,
        "drives_treatment_or_triage": False,
        "time_critical": False,
        "protected_input": False,
        "device": "not_device",
    },
    "value": {"account": "quality", "claim": "Fewer falls"},
    "monitoring": [
        {
            "metric": metric,
            "of": "fall",
            "principle": "impact",
            "cadence": "daily",
            "owner": "watcher",
            "trigger": "crossed",
            "action": "suspend",
        }
        for metric in ("outcomes.risk_ratio", "outcomes.completeness")
    ],
}
SOURCE = {
    "kind": "Source",
    "name": "source",
    "cases": {
        "case": "id",
        "site": {"column": "hospital"},
        "day": {"column": "day", "days_since": "site_launch"},
        "arm": {
            "column": "alert",
            "map": {"1": "alerted", "0": "usual"},
            "probability": {"alerted": 0.5, "usual": 0.5},
        },
        "display": {"column": "alert", "map": {"1": "shown", "0": "silent"}},
    },
    "outcomes": {"fall": {"any": ["fall"], "known_after": "1 d"}},
}
PILOTS = ("5a" * 16, "7c" * 16)  # two nurses, by the names a gateway gives them
LIMITS = {"metric": "outcomes.risk_ratio", "of": "fall", "floor": 1.25}
ROLLOUT = {
    "kind": "Rollout",
    "use_case": "falls",
    "release": "falls-1",
    "waves": [
        {
            "name": "pilot",
            "sites": ["Alder"],
            "users": list(PILOTS),
            "weekly_case_cap": 20,
            "minimum_days": 3,
            "sign_offs": [{"role": "committee_chair"}, {"role": "cmio"}],
        },
        {
            "name": "fifth",
            "sites": ["Alder", "Birch"],
            "share": 0.2,
            "minimum_days": 3,
            "sign_offs": [{"role": "committee_chair"}],
        },
        {
            "name": "rest",
            "sites": ["Alder", "Birch", "Elm"],
            "minimum_days": 3,
            "sign_offs": [{"role": "committee_member", "n": 2}],
        },
    ],
    "gates": [
        {"gate": "no_worse_than", **LIMITS, "goal": 0.9},
        {
            "gate": "enough_outcomes",
            "metric": "outcomes.completeness",
            "of": "fall",
            "at_least": 50,
        },
        {
            "gate": "evidence_fresh",
            "metric": "outcomes.completeness",
            "of": "fall",
            "fresh_days": 7,
        },
    ],
    "cautions": [{"caution": "short_of_goal", **LIMITS, "goal": 0.9}],
    "safety_limits": [{"safety_limit": "beyond_floor", **LIMITS, "stop_line": 1.74}],
    "freezes": [{"starts": "2000-04-24", "ends": "2000-04-29", "reason": "EHR upgrade"}],
}
COMMITTEE = {
    "kind": "Committee",
    "name": "ai",
    "title": "AI committee",
    "members": [
        {"person": "chair", "roles": ["committee_chair", "cmio"]},
        {"person": "cmio", "roles": ["cmio", "committee_member"], "units": ["Alder"]},
        {"person": "member", "roles": ["committee_member"]},
        {"person": "author", "roles": ["committee_chair", "committee_member"]},
        {"person": "owner", "roles": ["committee_chair", "cmio"]},
    ],
    "quorum": {"voting": 3},
}

# What the committee decides before anything goes live: the chair and two members approve.
APPROVED = shapes.convert(
    {
        "meeting": "first",
        "chair": "chair",
        "votes": [{"person": p, "choice": "approve"} for p in ("chair", "cmio", "member")],
    },
    MeetingHeld,
)

# What a site may report of one day: (cases by arm, falls when alerted, falls in usual care,
# outcomes that are not known).
REPORTS = {
    "good": (40, 1, 12, 0),
    "bad": (40, 30, 1, 0),
    "short": (40, 6, 5, 0),
    "thin": (1, 0, 0, 0),
    "lost": (20, 0, 6, 30),
    "none": None,
}


class Sums:
    """What the lake would answer: sums of each day, by site and arm."""

    def __init__(self):
        self.days = {}  # (site, day) -> report
        self.changed = set()
        self.lost = set()  # metrics that answer nothing, as after a renamed column

    def put(self, site, day, report):
        if REPORTS[report] is not None:
            self.days[site, day] = REPORTS[report]
            self.changed.add(("falls", "fall", day))

    def widen(self, entries):
        changed, self.changed = self.changed, set()
        return changed

    def ask(self, name, gather, *, use_case, days):
        rows = []
        for site, day in itertools.product(SITES, days):
            if (site, day) in self.days and name not in self.lost:
                n, alerted, usual, lost = self.days[site, day]
                rows += [
                    self._row(site, day, "alerted", (n, alerted, lost)),
                    self._row(site, day, "usual", (n, usual, 0)),
                ]
        return rows

    @staticmethod
    def _row(site, day, arm, counts):
        n, events, lost = counts
        row = {"site": site, "subgroup": "all", "arm": arm, "evidence_day": day}
        sums = {"n": n, "sn": float(events), "n_missing": lost}  # the two metrics need no more
        return row | {name: value for name, value in sums.items() if value}


class Listeners:
    """Two gateways' own exposures, each of which may be deaf for a while."""

    def __init__(self):
        self.each = {name: Exposures(name) for name in ("g1", "g2")}
        self.deaf = set()
        self.silenced = False

    def latest(self):
        return max(e.seq for e in self.each.values())

    def push(self, snapshot):
        for name, exposures in self.each.items():
            if name not in self.deaf:
                exposures.take(snapshot)
        return {n: None if n in self.deaf else e.seq for n, e in self.each.items()}


def fast_folder():
    """Give a folder whose disk is memory where there is one: these tests are not about disks."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


class Town:
    """One store and everything around it; what a person may do is a method."""

    def __init__(self, folder, store, *, day=DAY_ONE, sums=None, author="platform"):
        self.folder, self.store = folder, Path(store)
        self.clock = ReplayClock(DAY_ZERO + timedelta(days=day, hours=8))
        self.sums = sums or Sums()
        self.listeners = Listeners()
        self.reader, self.pen = open_ledger(
            Path(store),
            salt=derived_salt(b"town"),
            origin="town",
            checkpoint_every=1e9,
            payload_key=layout.payload_key(Path(store)),
        )
        self.parts = Parts(
            folder=folder,
            design=Design("alerted", "usual", 0.5),
            reader=self.reader,
            pen=self.pen,
            lake=self.sums,
            clock=self.clock,
            gateways=self.listeners,
        )
        self.folded = Folded()
        declare(self.parts, by=author)
        if author == "platform" and not self.facts("decision/1"):
            hold_meeting(self.parts, self.folded, APPROVED)
        renew(self.parts, self.folded)

    @property
    def day(self):
        return (self.clock.now() - DAY_ZERO).days

    @property
    def standing(self):
        return self.folded.standing

    # --- what happens ----------------------------------------------------------------------

    def pass_day(self, reports=("good", "good", "good")):
        """Let a day pass, on which each site reports something."""
        self.clock.advance(timedelta(days=1))
        for site, report in zip(SITES, reports, strict=True):
            self.sums.put(site, self.day, report)

    def restate(self, site, day, report):
        """Correct what a site reported of a past day, as late outcomes do."""
        self.sums.put(site, day, report)
        self.folded.changed.add(("fall", day))

    def turn(self):
        """Let the loops run once: a lease renewed, a day closed."""
        renew(self.parts, self.folded)
        done = turn(self.parts, self.folded, self.day)
        renew(self.parts, self.folded)
        return done

    def days(self, n, *reports):
        for _ in range(n):
            self.pass_day(reports or ("good", "good", "good"))
            self.turn()

    # --- what people do --------------------------------------------------------------------

    def plan(self, by="engineer"):
        """Give (digest, plan), or None: what `attending plan` does."""
        view = look(self.parts, self.folded, self.day)
        found = planned(self.parts, view)
        if found is None:
            return None
        return write(self.parts.hands, self.folded, found, by=by), found

    def sign(self, digest, role, person):
        return sign(self.parts, self.folded, digest, SignOff(role, person))

    def apply(self, digest):
        return apply(self.parts, self.folded, digest, self.day)

    def say(self, verb, scope="all", person="nurse", reason="I saw it"):
        self.clock.advance(timedelta(milliseconds=1))  # two orders are never said at once
        return order(self.parts.hands, self.folded, Said(verb, scope, person, reason), self.day)

    def tell(self, **body):
        """Write a fact that no verb writes yet."""
        fact = Fact(
            kind="said",
            key=f"falls/{body['type']}/{stamp(self.clock.now())}/said",
            at=stamp(self.clock.now()),
            by=By(person="desk"),
            use_case="falls",
            body=body,
        )
        self.pen.append([fact])

    # --- what can be seen ------------------------------------------------------------------

    def shown(self, gateway="g1"):
        """Give what a gateway would show: share by place, for places that are live."""
        return {
            (e.site, e.unit): (e.share, e.users)
            for e in self.listeners.each[gateway].entries()
            if e.mode == "live"
        }

    def modes(self, gateway="g1"):
        return {e.site: e.mode for e in self.listeners.each[gateway].entries()}

    def facts(self, kind):
        return [e.fact for e in self.reader.entries() if e.fact.type == kind]

    # --- short ways through ----------------------------------------------------------------

    def through(self, *signatures):
        """Plan, sign and apply whatever is next."""
        digest, _ = self.plan()
        for role, person in signatures:
            self.sign(digest, role, person)
        return self.apply(digest)

    def listen(self, *reports):
        """Answer silently at the pilot's site, and let some days be reported."""
        self.through()
        self.days(4, *reports)

    def pilot(self, *reports):
        """Go live with the named users."""
        self.listen(*reports)
        self.through(("committee_chair", "chair"), ("cmio", "cmio"))

    def fifth(self):
        """Go live for the fifth, on proof."""
        self.pilot()
        self.days(4)
        self.through(("committee_chair", "chair"))

    def close(self):
        with suppress(Exception):
            self.pen.close()
            self.reader.close()


def write_town(folder, **over):
    """Write the town's specs as a folder; JSON is YAML."""
    documents = {
        "usecase": USE_CASE, "source": SOURCE, "rollout": ROLLOUT, "committee": COMMITTEE,
    } | over  # fmt: skip
    sites = [{"kind": "Site", "name": s, "title": f"{s} Hospital"} for s in SITES]
    for name, document in {**documents, **{f"site-{s['name']}": s for s in sites}}.items():
        (folder / f"{name}.yaml").write_text(json.dumps(document), "utf-8")
    return folder


class Making:
    """What a test makes its own town with."""

    town = Town
    write = staticmethod(write_town)
    fast_folder = staticmethod(fast_folder)
    rollout, use_case, committee = ROLLOUT, USE_CASE, COMMITTEE
    sites, ratio, known, reports, first_day = SITES, RATIO, KNOWN, REPORTS, DAY_ONE


@pytest.fixture(scope="session")
def making():
    return Making


@pytest.fixture(scope="session")
def specs(tmp_path_factory):
    """Give the town's specs, admitted."""
    return admit(write_town(tmp_path_factory.mktemp("specs")))


@pytest.fixture
def town(specs):
    with fast_folder() as store:
        made = Town(specs, store)
        yield made
        made.close()


@pytest.fixture
def make_town(tmp_path):
    """Make a town whose specs differ in some documents."""
    with fast_folder() as store:
        made = []

        def make(day=DAY_ONE, **over):
            tmp_path.joinpath("specs").mkdir()
            town = Town(admit(write_town(tmp_path / "specs", **over)), store, day=day)
            made.append(town)
            return town

        yield make
        for town in made:
            town.close()
