"""What the portfolio finds is what happened here; what is claimed of a tool changes none of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.portfolio import portfolio as portfolio_verb
from attending.clock import stamp
from attending.decide.governed import Governed
from attending.decide.tools.maturity import headline, maturity
from attending.decide.tools.portfolio import Once, Portfolio
from attending.decide.tools.scale_review import reviewed
from attending.decide.tools.tool_findings import findings
from attending.facts.cells import Cell, Sums
from attending.facts.committee import Attendance, Decision, Signature
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact

BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def spec(root):
    """Give a real use case's spec, as a ledger holds it."""
    return msgspec.to_builtins(admit(Path(root) / "usecases" / "aki_alert").use_case)


class System:
    """A health system's facts, written one after the other by whoever does a thing."""

    def __init__(self, spec):
        self.spec, self.now, self.entries = spec, BEGAN, []

    def write(self, kind, body, use_case=None, person="platform"):
        fact = Fact(
            kind=kind,
            key=f"{len(self.entries)}",
            at=stamp(self.now),
            by=By(person=person),
            use_case=use_case,
            body=body,
        )
        self.entries.append(Entry(len(self.entries), fact))
        return len(self.entries) - 1

    def declare(self, name, owner="owner-post"):
        after = self.spec["after_launch"] | {"owner": owner}
        documents = {"use_case": self.spec | {"name": name, "title": name, "after_launch": after},
                     "rollout": None, "sites": {}, "committees": {}}  # fmt: skip
        return self.write("declared", {"type": "specs/1", "documents": documents}, name)

    def go_live(self, name, *sites, mode="live"):
        changes = [
            {"site": s, "unit": "*", "release": [None, f"{name}-1"], "mode": ["off", mode],
             "share": [0, 1], "users": [[], []], "weekly_case_cap": [None, None]}
            for s in sites
        ]  # fmt: skip
        body = {"type": "receipt/1", "changes": changes, "day": 0, "scope": "all", "plan": "p",
                "cause": "wave", "because": "b", "expansion": "moving", "seq": 0}  # fmt: skip
        return self.write("acted", body, name)

    def report(self, name, *sites, missing=0):
        day = (self.now.date() - BEGAN.date()).days
        metrics = {f"{r['metric']}/{r.get('of', '')}" for r in self.spec["monitoring"]}
        cells = [
            Cell(s, "all", "", m, day, Sums(n=40 - missing, n_missing=missing))
            for s in sites
            for m in sorted(metrics)
        ]
        body = {"type": "measured/1", "day": day, "cells": msgspec.to_builtins(cells)}
        return self.write("measured", body, name)

    def answer(self, name, n, response="accepted"):
        for _ in range(n):
            self.write("served", {"type": "prediction/1", "display": "shown"}, name)
            self.write("observed", {"type": "response/1", "response": response}, name)

    def list(self, tool, **values):
        origin = {"workbook_digest": "0" * 64, "sheet": "s", "row": 2, "cells": {"name": "B2"}}
        body = {"type": "tool/1", "tool": tool, "name": tool, "from": origin} | values
        return self.write("ingested", body)

    @property
    def portfolio(self):
        known = Portfolio()
        for entry in self.entries:
            known = known.after(entry)
        return known

    def found(self):
        return {f.tool: f for f in findings(self.portfolio, self.now)}

    @property
    def in_production(self):
        return headline(findings(self.portfolio, self.now))


@pytest.fixture
def system(spec):
    return System(spec)


@pytest.fixture
def running(system):
    """Give a system in which one tool is in production."""
    system.declare("a")
    system.list("a", owner="owner-post", claimed_status="live")
    system.go_live("a", "Alder", "Birch")
    system.now += timedelta(days=30)
    system.report("a", "Alder", "Birch")
    assert system.in_production == (1, 1)
    return system


def test_the_headline_falls_when_the_owner_s_job_ends(running):
    left = running.write("said", {"type": "departed/1", "person": "owner-post"})

    assert running.in_production == (0, 1)
    answer = running.found()["a"].production
    assert answer.because == "it was owned by owner-post, who has left"
    assert left in answer.facts


@pytest.mark.parametrize(
    ("happens", "because"),
    [
        (lambda s: s.go_live("a", "Birch", mode="suspended"), "live at 1 sites"),
        (lambda s: setattr(s, "now", s.now + timedelta(days=8)), "not current"),
        (lambda s: s.declare("a", owner="somebody-else") and None, None),
        (lambda s: s.write("said", {"type": "departed/1", "person": "a-stranger"}), None),
        (lambda s: s.list("a", claimed_status="retired", owner=None), None),
    ],
)
def test_only_what_happened_ends_production_and_no_claim_does(running, happens, because):
    happens(running)

    assert running.in_production[0] == (because is None)
    assert because is None or because in running.found()["a"].production.because


def test_no_claim_puts_a_tool_into_production(system):
    for status in ("live", "pilot", "idea"):
        system.list(status, claimed_status=status, owner="p", sites=["Alder", "Birch"])

    assert system.in_production == (0, 3)
    assert {f.production.word for f in system.found().values()} == {"not known"}


def test_every_cited_fact_is_needed(running):
    """Without any one fact that the answer cites, it is told otherwise."""
    cited = running.found()["a"].production.facts
    assert len(cited) == 3  # the specs, the receipt, the report
    for index in cited:
        entries, running.entries = running.entries, [e for e in running.entries if e.index != index]
        found = running.found().get("a")
        assert found is None or found.production.word != "yes", index
        running.entries = entries


def test_a_pilot_stalls_after_90_days_without_answer_or_act(system):
    system.declare("a")
    system.list("a", claimed_status="pilot", owner="p")
    system.go_live("a", "Alder", mode="silent")
    words = []
    for _ in range(3):
        system.now += timedelta(days=89)
        words.append(system.found()["a"].stalled.word)
        system.write("served", {"type": "prediction/1", "display": "silent"}, "a")
    system.now += timedelta(days=90)

    assert words == ["no"] * 3
    assert system.found()["a"].stalled.word == "yes"


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"claimed_status": "pilot", "last_used_on": "2025-08-01"}, "yes"),
        ({"claimed_status": "in_review", "last_used_on": "2026-03-01"}, "no"),
        ({"claimed_status": "pilot"}, "not known"),
        ({}, "not known"),
        ({"claimed_status": "live", "last_used_on": "2020-01-01"}, "no"),
        ({"claimed_status": "stopped"}, "no"),
    ],
)
def test_a_tool_that_is_not_here_stalls_by_its_own_dates_or_is_not_known(system, values, word):
    system.list("a", owner="p", **values)

    assert system.found()["a"].stalled.word == word


LOOKS_ALIKE = ("Sepsis Watch", "sepsis-watch v2", "SEPSIS WATCH", "Sepsis_Watch", "Sepsis  watch",
               "sepsis watch 3.1", "Sepsis Watch version 4")  # fmt: skip


def test_six_duplicates_and_six_look_alikes_are_told_apart(typed, tmp_path):
    """Six pairs do one thing in one unit under other names; six names are one, for other things."""
    header = "tool,name,owner,sites,units,task,population,setting,output,claimed_status"
    rows = []
    for n in range(6):
        for half, name in (("a", f"Left {chr(65 + n)}"), ("b", f"Right {chr(75 + n)}")):
            rows.append(f"{half}{n},{name},p,Alder; Site {n},ICU; ward {half},predict,"
                        f"Adults; group {n},inpatient,Risk no. {n},live")  # fmt: skip
    for n, name in enumerate(LOOKS_ALIKE):
        rows.append(f"l{n},{name},p,Alder,ICU,predict,adults,inpatient,its own output {n},live")
    # Overlaps that are no duplicates: another unit, and another site with a unit of that name.
    rows += [
        "o1,Over One,p,Elm,ER,triage,all,ER,level,live",
        "o2,Over Two,p,Elm,ICU,triage,adults,er,Level,live",
        "o3,Over Three,p,Oak,ER,triage,children,ER,level,live",
        "s1,Gone One,p,Elm,ER,triage,all,ER,level,retired",
        "k1,Not Known,p,Elm,ER,triage,,,,",
        "k2,Whose Not Known,p,Elm,ER,triage,,ER,level,live",
    ]
    (tmp_path / "t.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")

    told = typed("import", tmp_path / "t.csv", "--as", "cmio-office")
    done = CliRunner().invoke(portfolio_verb, ["show", "--store", str(typed.store), "-o", "json"])
    tools = {t["tool"]: t for t in json.loads(done.stdout)["tools"]}

    found = {(t, o["other"]) for t in tools for o in tools[t]["overlaps"] if o["units"]}
    assert found == {p for n in range(6) for p in ((f"a{n}", f"b{n}"), (f"b{n}", f"a{n}"))}
    over = {(t, o["other"]) for t in tools for o in tools[t]["overlaps"] if not o["units"]}
    assert over == {("o1", "o2"), ("o2", "o1"), ("o1", "o3"), ("o3", "o1")}
    alike = {(d["tool"], d["reading"]) for d in told["doubts"]}
    assert alike == {(f"l{n}", "l0") for n in range(1, 7)}
    assert all(d["why"] == "maybe_same_as" for d in told["doubts"])


def test_what_a_person_says_is_one_tool_is_counted_once(typed, tmp_path):
    (tmp_path / "t.csv").write_text(
        "tool,name,owner\na,Sepsis Watch,p\nb,sepsis watch,p\nc,SEPSIS WATCH,p\n", "utf-8"
    )
    told = typed("import", tmp_path / "t.csv", "--as", "cmio-office")
    doubts = {d["tool"]: d["id"] for d in told["doubts"]}

    def counted():
        done = CliRunner().invoke(portfolio_verb, ["show", "--store", str(typed.store)])
        return done.stdout.splitlines()[0]

    assert counted() == "In production: 0 of 3"
    typed("answer", doubts["b"], "a", "--as", "cmio-office")
    typed("answer", doubts["c"], "no", "--as", "cmio-office")
    assert counted() == "In production: 0 of 2"


def stage(system):
    found = findings(system.portfolio, system.now)
    return maturity(system.portfolio, found, system.now)


def test_the_stage_names_the_proof_that_is_missing(system):
    """Each gap is planted in turn; the named test is the one that it breaks."""
    assert stage(system).sentence == "Stage 0 of 4; missing for 1: a tool that is live"
    system.declare("a")
    system.go_live("a", "Alder")
    one = stage(system)
    assert one.stage == 1
    assert [asks for asks, _ in one.missing] == [
        "a tool in production", "a decision in force behind every live tool",
    ]  # fmt: skip
    system.go_live("a", "Birch")
    system.report("a", "Alder", "Birch")
    two = stage(system)
    assert [asks for asks, _ in two.missing] == ["a decision in force behind every live tool"]
    assert "nobody can approve it" in two.missing[0][1].because


def approved(name, *, until="2027-01-01"):
    """Give a decision in force on a tool's release, as the fold of its votes would have it."""
    signature = Signature(person="c", printed_name="c", at="", meaning="responsibility", digest="d",
                          auth=())  # fmt: skip
    decision = Decision(
        digest="d", item="i", meeting="m", round=1, committee="ai", release=f"{name}-1",
        word="approved", because="b", packet_digest="p", votes=(), uncounted=(), recused=(),
        quorum=Attendance(1, 1, 1, 1), conditions=(), closes=(), valid_from="2026-01-01",
        expires_on=until, signature=signature,
    )  # fmt: skip
    return Governed(committees={"ai": None}, decisions={f"{name}-1": decision})


def at_stage_four(system):
    """Make a system that lacks nothing: six tools live, each faster than the one before."""
    for n in range(6):
        name = f"t{n}"
        system.write("said", {"type": "proposal/1", "tool": name})
        system.now += timedelta(days=40 - 5 * n)
        system.declare(name)
        system.go_live(name, "Alder", "Birch")
    system.now = BEGAN + timedelta(days=200)
    for n in range(6):
        began = system.portfolio.uses[f"t{n}"].standing.days.began
        day = system.now.date() - began
        cells = [
            Cell(s, "all", "", f"{r['metric']}/{r.get('of', '')}", day.days, Sums(n=9))
            for s in ("Alder", "Birch")
            for r in system.spec["monitoring"]
        ]
        body = {"type": "measured/1", "day": day.days, "cells": msgspec.to_builtins(cells)}
        system.write("measured", body, f"t{n}")
    return system


def with_decisions(known, quarters=(1, 4), until="2027-01-01"):
    """Put decisions in force behind every tool, five in each of some quarters."""
    made = tuple(
        Once(datetime(2026, 3 * q - 1, 1 + i, tzinfo=UTC), 900 + i)
        for q in quarters
        for i in range(5)
    )
    uses = {
        name: replace(
            use,
            standing=replace(use.standing, governed=approved(name, until=until)),
            decisions=made if name == "t0" else (),
            approved_by={f"{name}-1": 900},
        )
        for name, use in known.uses.items()
    }
    return replace(known, uses=uses)


def changed(known, name, **values):
    return replace(known, uses={**known.uses, name: replace(known.uses[name], **values)})


def left(known, _now):
    return replace(known, departed={"owner-post": 1})


def ran_out(known, _now):
    return with_decisions(known, until="2026-05-01")


def fewer(known, _now):
    return changed(known, "t0", decisions=known.uses["t0"].decisions[1:])


def one_quarter(known, _now):
    return with_decisions(known, quarters=(1,))


def silent(known, _now):
    return changed(known, "t0", reported={})


def no_proposal(known, _now):
    return replace(known, intakes={})


def slower(known, _now):
    return replace(known, intakes={tool: Once(BEGAN, 1) for tool in known.intakes})


def broke(hours, **values):
    def plant(known, now):
        once = Once(now - timedelta(hours=hours), 9)
        return changed(known, "t0", broken={"safe": once}, **values)

    return plant


IN_PRODUCTION = "a tool in production"
IN_FORCE = "a decision in force behind every live tool"
PACE = "five decisions in each of two quarters"
WATCHED = "an owner and reporting monitors for every live tool"
FASTER = "from proposal to live faster than at first"
ANSWERED = "no broken condition left unanswered for a day"

GAPS = {
    "nothing": (4, set(), lambda known, _now: known),
    "an owner left": (1, {IN_PRODUCTION}, left),
    "one decision ran out": (1, {IN_FORCE}, ran_out),
    "four decisions in one quarter": (2, {PACE}, fewer),
    "one quarter alone": (2, {PACE}, one_quarter),
    "a silent monitor": (2, {WATCHED}, silent),
    "no proposal": (3, {FASTER}, no_proposal),
    "slower": (3, {FASTER}, slower),
    "a broken condition": (3, {ANSWERED}, broke(25)),
    "one broken today": (4, set(), broke(23)),
    "one broken and acted on": (4, set(), broke(99, answered=(10,))),
}


@pytest.mark.parametrize("gap", GAPS)
def test_two_systems_that_differ_in_one_gap_differ_in_its_stage_and_its_name(system, gap):
    stage_is, missing, plant = GAPS[gap]
    at_stage_four(system)
    known = plant(with_decisions(system.portfolio), system.now)

    found = maturity(known, findings(known, system.now), system.now)

    assert found.stage == stage_is
    assert {asks for asks, _ in found.missing} == missing


def test_a_review_sorts_each_tool_by_what_is_wanting(running):
    def word():
        found = running.found()["a"]
        return reviewed(running.portfolio, found, running.now)

    assert word().computed == "fix the platform first"  # no decision is in force
    assert [a.word for a in word().answers] == ["not known", "yes", "no", "yes"]
    running.answer("a", 40, "overridden")
    assert word().computed == "redesign"
    running.answer("a", 41)
    assert [a.word for a in word().answers] == ["yes", "yes", "no", "yes"]
    running.report("a", "Alder", "Birch", missing=10)
    assert word().answers[1].word == "no"
    running.write(
        "said", {"type": "scale_review/1", "tool": "a", "quarter": "2026 Q2", "sorted": "stop",
                 "why": "0" * 64}, person="cmio",
    )  # fmt: skip
    assert (word().result, word().computed, word().said[1]) == (
        "stop", "fix the platform first", "cmio",
    )  # fmt: skip


def test_a_fold_of_the_parts_is_the_fold_of_the_whole(running):
    """A portfolio that is kept up says what one read of the whole ledger says."""
    known = Portfolio()
    for entry in running.entries[:2]:
        known = known.after(entry)
    first = findings(known, running.now)
    for entry in running.entries[2:]:
        known = known.after(entry)

    assert findings(known, running.now) == findings(running.portfolio, running.now)
    assert first != findings(known, running.now)


def test_only_what_is_plainly_said_is_added_up(typed, tmp_path):
    """A doubtful amount, an amount without a currency and an empty cell are not known, not 0."""
    (tmp_path / "t.csv").write_text(
        "tool,name,owner,spend_2025_fees,spend_2026_fees,spend_2026_staff,currency\n"
        "a,A,p,5,100,20.5,USD\nb,B,p,,1000,,USD\nc,C,p,,7,,EUR\nd,D,p,,9,,\n"
        'e,E,p,,"$1,000",5,USD\nf,F,p,,,,USD\n', "utf-8"
    )  # fmt: skip
    typed("import", tmp_path / "t.csv", "--as", "cmio-office")
    done = CliRunner().invoke(portfolio_verb, ["show", "--store", str(typed.store), "-o", "json"])

    assert json.loads(done.stdout)["spend"] == [
        {"year": "2025", "amounts": [["USD", 5.0]], "n_not_known": 5},
        {"year": "2026", "amounts": [["EUR", 7.0], ["USD", 1120.5]], "n_not_known": 3},
    ]
