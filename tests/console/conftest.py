"""A small store made by the real loops, a console over it, and somebody signed in."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from attending.admit import admit
from attending.cli.actions.intake import IntakeDesk
from attending.cli.actions.rollouts import Actions
from attending.cli.apply import apply
from attending.cli.meeting import meeting
from attending.cli.plan import plan
from attending.cli.replay import read, run
from attending.clock import WallClock, stamp
from attending.console.app import build
from attending.console.history import History
from attending.console.parts import Parts
from attending.console.sign_in import Sessions
from attending.console.verifying import Verified, Verifying
from attending.facts.cells import Cell, Sums
from attending.facts.fact import By, Fact
from attending.ledger.open_ledger import open_ledger
from attending.ledger.open_reader import open_reader
from attending.serve.readback import acknowledged

VOID = {"meta", "link", "input", "br", "img"}
LABELED = {"input", "select"}
ORIGIN = "http://localhost:8321"
DAYS, A_DAY = 60, 10
RISK = {"east": (0.6, 0.2), "west": (0.15, 0.4)}  # alerted, usual: harm planted in the east

SPECS = """
kind: UseCase
name: watch_alert
title: Alert <b>under</b> "watch" & test
path: A
priority: quality_safety
problem: Something goes wrong <script>alert(1)</script> today.
success:
  - {metric: outcomes.risk_ratio, of: bad, baseline: 1.0, target: 0.80, by: day 60}
executive_sponsor: {person: sponsor-post}
clinical_champion: {person: champion-post}
after_launch: {owner: owner-post, decides: chair-post, funds: fund, supports: desk}
workflow:
  channel: cds_hooks
  hook: order-select
  card: {summary: "Look {twice}", limits: "not for everybody", call: "the desk"}
outcomes:
  - {name: bad, title: A bad outcome within 3 days, sources: [source], window: 3 d, maturity: 3 d}
subgroups: {attributes: [sex], small_cell_floor: 11}
risk:
  acts_without_person: false
  drives_treatment_or_triage: true
  time_critical: false
  protected_input: false
  device: not_device
value: {account: quality, claim: Fewer bad outcomes within 3 days}
monitoring:
  - metric: outcomes.risk_ratio
    of: bad
    principle: impact
    cadence: daily
    owner: owner-post
    trigger: safety limit or caution crossed
    action: suspend
  - metric: outcomes.completeness
    of: bad
    principle: integrity
    cadence: daily
    owner: desk
    trigger: below 0.95
    action: hold
---
kind: Rollout
use_case: watch_alert
release: watch_alert-1
waves:
  - {name: trial, sites: [east, west], minimum_days: 7, sign_offs: [{role: committee_chair}]}
gates:
  - {gate: no_worse_than, metric: outcomes.risk_ratio, of: bad, floor: 1.25, goal: 0.80}
  - {gate: enough_outcomes, metric: outcomes.completeness, of: bad, at_least: 50}
cautions:
  - {caution: short_of_goal, metric: outcomes.risk_ratio, of: bad, floor: 1.25, goal: 0.80}
safety_limits:
  - {safety_limit: beyond_floor, metric: outcomes.risk_ratio, of: bad, floor: 1.25, stop_line: 1.95}
---
kind: Site
name: east
title: East <img src=x onerror=alert(1)>
---
kind: Site
name: west
title: West
---
kind: Source
name: source
title: A generated trial
cases:
  case: id
  site: {column: site}
  day: {column: day, days_since: site_launch}
  arm: {column: arm, map: {1: alerted, 0: usual}, probability: {alerted: 0.5, usual: 0.5}}
  display: {column: arm, map: {1: shown, 0: silent}}
  subgroups: {sex: {column: sex, map: {1: female, 0: male}}}
  inputs: {}
outcomes:
  bad: {any: [bad], known_after: 3 d}
"""

COMMITTEE = """
---
kind: Committee
name: ai
title: AI committee
members:
  - {person: chair-post, roles: [committee_chair]}
  - {person: cmio-post, roles: [cmio, committee_chair]}
  - {person: nurse-post, roles: [committee_member], units: [east]}
  - {person: owner-post, roles: [committee_chair, cmio]}
  - {person: maker-post, roles: [vendor], voting: false}
quorum: {voting: 2}
"""
TWO_WAVES = """
  - name: first
    sites: [east]
    minimum_days: 7
    sign_offs: [{role: committee_chair}, {role: cmio}]
  - {name: rest, sites: [west], minimum_days: 7, sign_offs: [{role: committee_chair}]}
"""


class Whole(HTMLParser):
    """Reads a page and notes what is wrong with it."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.ids, self.labels, self.fields = [], [], [], set(), []
        self.headings, self.links = [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "style", "iframe", "object", "embed"):
            self.faults.append(f"holds <{tag}>")
        for name in told:
            if name.startswith("on") or name == "style":
                self.faults.append(f"<{tag} {name}>")
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "label":
            self.labels.add(told["for"])
        if tag in LABELED and told.get("type") != "hidden":
            self.fields.append(told["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.links += [told[k] for k in ("href", "src", "action") if told.get(k)]
        if tag == "img" and "alt" not in told:
            self.faults.append("an image without words")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def read_markup(text):
    page = Whole()
    page.feed(text)
    page.close()
    return page


@pytest.fixture(scope="session")
def read_page():
    """Read a page's markup."""
    return read_markup


@pytest.fixture(scope="session")
def check_whole():
    """Check what every page keeps: closed tags, one heading, labeled fields, nothing that runs."""

    def check(text):
        page = read_markup(text)
        assert not page.faults
        assert not page.open
        assert len(page.ids) == len(set(page.ids))
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
        assert set(page.fields) <= page.labels

    return check


def write_cases(path):
    """Write a randomized trial at two sites: harm at one, help at the other."""
    dice = random.Random(7)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "site", "day", "arm", "sex", "bad"])
        n = 0
        for day in range(DAYS):
            for site, (alerted, usual) in RISK.items():
                for _ in range(A_DAY):
                    arm = dice.randrange(2)
                    bad = int(dice.random() < (alerted if arm else usual))
                    writer.writerow([n, site, day, arm, dice.randrange(2), bad])
                    n += 1


def typed(verb, *words):
    """Type a verb; give what it printed as JSON."""
    done = CliRunner().invoke(verb, [*map(str, words), "-o", "json"])
    assert done.exit_code in (0, 2), done.exception
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def two_waves(tmp_path_factory):
    """Give a folder whose first wave a committee must sign."""
    where = tmp_path_factory.mktemp("two_waves") / "watch_alert"
    where.mkdir()
    a, b = SPECS.index("  - {name: trial"), SPECS.index("gates:")
    specs = SPECS[:a] + TWO_WAVES.lstrip("\n") + SPECS[b:] + COMMITTEE
    (where / "specs.yaml").write_text(specs, "utf-8")
    return where


@pytest.fixture(scope="session")
def unsigned_store(two_waves, tmp_path_factory):
    """Give a live store made by typing: the first wave answers silently and may be signed."""
    store = tmp_path_factory.mktemp("live") / "ledger"
    (told,) = typed(plan, two_waves, "--store", store)["plans"]
    typed(apply, told["digest"], "--store", store, "--yes")
    decide(store)
    (told,) = typed(plan, two_waves, "--store", store)["plans"]
    report(store, told["day"])
    (told,) = typed(plan, two_waves, "--store", store)["plans"]
    assert told["wanted"], told
    return store


def decide(store):
    """Have the committee approve it, by typing."""
    digest = typed(meeting, "packet", "watch_alert", "--meeting", "first", "--store", store)[
        "digest"
    ]
    for person in ("chair-post", "nurse-post"):
        typed(meeting, "vote", digest, "--choice", "approve", "--as", person, "--store", store)
    typed(meeting, "close", digest, "--as", "chair-post", "--store", store)


def report(store, day):
    """Let both sites report a day, as a loop would write it down."""
    cells = [
        Cell(site, "all", arm, f"outcomes.{metric}/bad", day, Sums(n=40, sn=4.0))
        for site in RISK
        for arm in ("alerted", "usual")
        for metric in ("risk_ratio", "completeness")
    ]
    fact = Fact(
        kind="measured",
        key=f"watch_alert/{day}/measured",
        at=stamp(datetime.now(UTC)),
        by=By(person="platform"),
        use_case="watch_alert",
        body={"type": "measured/1", "day": day, "cells": msgspec.to_builtins(cells)},
    )
    written(store, fact)


def written(store, *facts):
    """Write facts that another process would have written."""
    reader, pen = open_ledger(store)
    pen.append([*facts])
    pen.close()
    reader.close()


class StandingClock:
    """A clock that a test sets."""

    def __init__(self):
        self.at = datetime(2026, 10, 13, 8, 0, tzinfo=UTC)

    def now(self):
        return self.at

    def pass_by(self, **time):
        self.at += timedelta(**time)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("folder") / "watch_alert"
    where.mkdir()
    (where / "specs.yaml").write_text(SPECS, "utf-8")
    return where


@pytest.fixture(scope="session")
def replayed(folder, tmp_path_factory):
    """Give a store, and the report of the replay that made it."""
    file = tmp_path_factory.mktemp("cases") / "cases.csv"
    write_cases(file)
    admitted = admit(folder)
    source = admitted.sources["source"]
    store = tmp_path_factory.mktemp("store") / "ledger"
    told = run(admitted, source, read(admitted, source, file, file), store, until=None)
    return store, told


@pytest.fixture(scope="session")
def store(replayed) -> Path:
    return replayed[0]


@pytest.fixture
def own_store(store, tmp_path) -> Path:
    """Give a copy that a test may write to."""
    return Path(shutil.copytree(store, tmp_path / "ledger"))


def parts_of(store, clock=None, **given):
    clock, reader = clock or StandingClock(), open_reader(store)

    def verify(_store):
        return Verified("2026-10-13T08:00:00.000Z", holds=True, words="it holds", size=1)

    return Parts(
        reader=reader,
        history=History(reader),
        store=store,
        folders={},
        clock=clock,
        sessions=Sessions(clock),
        verifying=Verifying(store, clock, run=verify),
        **given,
    )


def signed_in(parts, person="chair-post"):
    """Give a client with a session, as a browser would have it."""
    client = TestClient(build(parts), base_url=ORIGIN, follow_redirects=False)
    sent = {"token": parts.sessions.issue(), "person": person}
    answer = client.post("/sign-in", data=sent, headers={"origin": ORIGIN})
    assert answer.status_code == 303, answer.text
    return client


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def make_parts():
    """Give what puts the console's parts together over a store."""
    made = []

    def make(store, clock=None, **given):
        made.append(parts_of(store, clock, **given))
        return made[-1]

    yield make
    for parts in made:
        parts.drawing.close()


@pytest.fixture
def sign_in():
    """Give what signs somebody in to a console of some parts."""
    return signed_in


@pytest.fixture(scope="session")
def parts(store):
    made = parts_of(store)
    yield made
    made.drawing.close()


@pytest.fixture(scope="session")
def console(parts):
    """Give a client who is signed in to a console that only reads."""
    return signed_in(parts)


@pytest.fixture
def live_store(unsigned_store, tmp_path) -> Path:
    """Give a copy of the live store that a test may write to."""
    return Path(shutil.copytree(unsigned_store, tmp_path / "live"))


@pytest.fixture
def live(live_store, make_parts):
    """Give what signs somebody in to a console over the live store, and its parts."""
    clock = WallClock()
    desk = IntakeDesk(live_store, open_reader(live_store))
    made = make_parts(live_store, clock, actions=Actions(live_store), intake=desk)
    return Desk(made)


@pytest.fixture
def desk_of():
    """Give what seats people at a console of some parts."""
    return Desk


class Desk:
    """People at a console over one store, each with a browser of their own."""

    def __init__(self, parts):
        self.parts = parts
        self._clients, self._csrf = {}, {}

    def at(self, person):
        if person not in self._clients:
            self._clients[person] = signed_in(self.parts, person)
            self._csrf[person] = list(self.parts.sessions._sessions.values())[-1].csrf
        return self._clients[person]

    @property
    def course(self):
        return self.parts.history.course("watch_alert")

    @property
    def standing(self):
        return self.course.standing()

    @property
    def digest(self):
        (digest,) = (d for d, w in self.standing.pending.items() if not w.plan.interlocks)
        return digest

    def page(self, person="chair-post", path="/rollouts/watch_alert"):
        answer = self.at(person).get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path, person="chair-post", headers=None, **form):
        form = {"csrf": self._csrf[person]} | form
        headers = {"origin": ORIGIN} if headers is None else headers
        return self.at(person).post(path, data=form, headers=headers)

    def sign(self, person, role, **form):
        form = {"what": "sign", "plan": form.pop("plan", None) or self.digest, "role": role} | form
        self.at(person)
        return self.post("/rollouts/watch_alert", person, **form)

    def apply(self, person="chair-post", **form):
        form = {"what": "apply", "plan": form.pop("plan", None) or self.digest, "yes": "yes"} | form
        self.at(person)
        return self.post("/rollouts/watch_alert", person, **form)

    def order(self, verb, scope="east", reason="it misfires", person="nurse-post", **form):
        self.at(person)
        form = {"scope": scope, "reason": reason} | form
        return self.post(f"/orders/watch_alert/{verb}", person, **form)

    def put(self, name="second", *words):
        """Put the use case before the committee; give the packet's digest."""
        made = typed(meeting, "packet", "watch_alert", "--meeting", name, *words,
                     "--store", self.parts.store)  # fmt: skip
        return made["digest"]

    def meet(self, packet, person, what="vote", **form):
        self.at(person)
        return self.post(f"/committee/{packet}", person, what=what, **form)

    def judge_condition(self, name, state):
        """Write a day's judgment of a condition down, as the turn does."""
        held = self.standing.governed.conditions[name]
        judged = {
            "id": name,
            "decision": held.decision,
            "state": state,
            "as_of": 1,
            "because": "late",
        }
        body = {"type": "decided/1", "day": 1, "verdicts": [], "findings": [], "watched": []}
        fact = Fact(
            kind="decided",
            key="watch_alert/watch_alert-1/1/decided",
            at=stamp(datetime.now(UTC)),
            by=By(person="platform"),
            use_case="watch_alert",
            body=body | {"conditions": [judged]},
        )
        written(self.parts.store, fact)

    def hear(self, gateway, seq=0):
        """Let a gateway say what it acts on, as it does twice a minute."""
        written(self.parts.store, acknowledged(gateway, seq, at=stamp(datetime.now(UTC))))

    def say(self, verb, scope, person, reason):
        """Write an order down, and have nobody carry it out."""
        body = {"type": f"{verb}/1", "scope": scope, "person": person, "reason": reason, "day": 0}
        fact = Fact(
            kind="said",
            key=f"watch_alert/{person}/{scope}/{verb}",
            at=stamp(datetime.now(UTC)),
            by=By(person=person, via="console"),
            use_case="watch_alert",
            site=scope,
            body=body,
        )
        written(self.parts.store, fact)

    def go_live(self):
        """Sign and apply the first wave, as people do it."""
        assert self.sign("chair-post", "committee_chair").status_code == 303
        assert self.sign("cmio-post", "cmio").status_code == 303
        assert self.apply().status_code == 303
        assert self.standing.at("east").mode == "live"


@pytest.fixture
def acting(own_store):
    """Give a client who may hold, the parts behind it and its store."""
    made = parts_of(own_store, actions=Actions(own_store))
    yield signed_in(made), made
    made.drawing.close()
