"""A rollout of two waves, an evening before the second; one thing is spoiled at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attending import shapes
from attending.decide.governed import Governed
from attending.decide.interlock import Reported, Scene
from attending.decide.plan import Seen, Wanted, next_plans
from attending.decide.standing import Spot, Standing
from attending.facts.committee import Attendance, Decision, Signature
from attending.facts.estimate import Estimate
from attending.facts.plan import Change, Plan, Required
from attending.facts.verdict import Verdict
from attending.spec.committee import Committee
from attending.spec.rollout import Rollout
from attending.spec.use_case import UseCase

DAY = 40
RATIO, KNOWN = "outcomes.risk_ratio/fall", "outcomes.completeness/fall"
LIMITS = {"metric": "outcomes.risk_ratio", "of": "fall", "floor": 1.25}
ROLLOUT = {
    "kind": "Rollout",
    "use_case": "falls",
    "release": "falls-1",
    "waves": [
        {"name": "one", "sites": ["Alder"], "minimum_days": 14, "sign_offs": [{"role": "cmio"}]},
        {"name": "two", "sites": ["Alder", "Birch"], "share": 0.5, "minimum_days": 7,
         "weekly_case_cap": 30, "sign_offs": [{"role": "cmio"}, {"role": "committee_chair"}]},
    ],
    "pools": [{"name": "rural", "sites": ["Birch"], "reason": "few beds"}],
    "gates": [
        {"gate": "no_worse_than", **LIMITS, "goal": 0.9},
        {"gate": "evidence_fresh", "metric": "outcomes.completeness", "of": "fall",
         "fresh_days": 5},
    ],
    "cautions": [{"caution": "short_of_goal", **LIMITS, "goal": 0.9}],
    "safety_limits": [{"safety_limit": "beyond_floor", **LIMITS, "stop_line": 1.74}],
    "freezes": [{"starts": "2026-12-20", "ends": "2027-01-02", "reason": "holidays"}],
}  # fmt: skip
USE_CASE = {
    "kind": "UseCase",
    "name": "falls",
    "title": "Falls",
    "path": "A",
    "priority": "quality_safety",
    "problem": "Falls.",
    "success": [{"metric": "outcomes.risk_ratio", "of": "fall", "target": 0.9, "by": "day 9"}],
    "executive_sponsor": {"person": "sponsor"},
    "clinical_champion": {"person": "champion"},
    "after_launch": {"owner": "owner", "decides": "d", "funds": "f", "supports": "s"},
    "workflow": {"channel": "cds_hooks", "hook": "patient-view",
                 "card": {"summary": "s", "limits": "l", "call": "c"}},
    "outcomes": [{"name": "fall", "title": "Fall", "sources": ["source"], "window": "1 d",
                  "maturity": "1 d"}],
    "risk": {"acts_without_person": False, "drives_treatment_or_triage": False,
             "time_critical": False, "protected_input": False, "device": "not_device"},
    "value": {"account": "quality", "claim": "Fewer falls"},
    "monitoring": [
        {"metric": m, "of": "fall", "principle": "impact", "cadence": "daily", "owner": "watcher",
         "trigger": "crossed", "action": "suspend"}
        for m in ("outcomes.risk_ratio", "outcomes.completeness")
    ],
}  # fmt: skip
COMMITTEE = {
    "kind": "Committee",
    "name": "ai",
    "title": "AI committee",
    "members": [
        {"person": "chair", "roles": ["committee_chair"]},
        {"person": "nurse", "roles": ["committee_member"], "units": ["Alder"]},
    ],
    "quorum": {"voting": 2},
}


def estimate(**over):
    given = {
        "value": 0.8, "low": 0.6, "high": 1.1, "n_cases": 400, "n_events": 40,
        "information": 10.0, "from_on": 1, "to_on": DAY - 1, "matured": 400, "unused": 0,
    }  # fmt: skip
    return Estimate(**(given | over))


def verdict(listed="gate", rule="no_worse_than", metric=RATIO, scope="Alder", **over):
    word = over.get("word", "met" if listed == "gate" else "unsettled")
    settled = word if word in ("met", "not_met") else None
    given = {
        "as_of": DAY, "word": word, "ln_e_for": 1.0, "ln_e_against": -1.0, "ln_threshold": 3.0,
        "estimate": estimate(), "needed": (), "because": f"{rule} says {word}",
        "cells_digest": "0" * 64, "settled": settled, "settled_on": DAY if settled else None,
    }  # fmt: skip
    return Verdict(listed=listed, rule=rule, metric=metric, scope=scope, **(given | over))


def all_met():
    return [
        verdict(),
        verdict(rule="evidence_fresh", metric=KNOWN),
        *(verdict(listed="safety_limit", rule="beyond_floor", scope=s) for s in ("Alder", "all")),
    ]


def change(site="Birch", **over):
    given = {
        "unit": "*", "release": ("falls-1", "falls-1"), "mode": ("silent", "live"),
        "share": (0.0, 0.5), "users": ((), ()), "weekly_case_cap": (None, 30),
    }  # fmt: skip
    return Change(site, **(given | over))


def plan(**over):
    given = {
        "use_case": "falls", "parent": "p" * 64, "state_digest": "s" * 64, "cause": "wave",
        "as_of": DAY, "because": "every gate is met", "evidence": (1, 2),
        "valid_until": "2026-11-01T00:00:00.000Z", "expansion": ("moving", "moving"),
        "scope": "two", "changes": (change(),), "wave": "two",
        "requires": (Required("cmio"), Required("committee_chair")),
    }  # fmt: skip
    return Plan(**(given | over))


def standing(**over):
    given = {
        "spots": {
            ("Alder", "*"): Spot("falls-1", "live", 1.0),
            ("Birch", "*"): Spot("falls-1", "silent", 0.0),
        },
        "expansion": "moving",
        "waves": {"one": 20},
        "parent": "p" * 64,
        "governed": governed(),
    }
    return Standing(**(given | over))


def decision(**over):
    """Give what a committee decided last month."""
    given = {
        "digest": "d" * 64, "item": "falls/2026-09", "meeting": "2026-09", "round": 1,
        "committee": "ai", "release": "falls-1", "word": "approved", "because": "3 approve",
        "packet_digest": "a" * 64, "votes": (), "uncounted": (), "recused": (),
        "quorum": Attendance(3, 3, 1, 1), "conditions": (), "closes": (),
        "valid_from": "2026-09-08", "expires_on": "2027-09-08",
        "signature": Signature(person="chair", printed_name="chair", at="2026-09-08T10:00:00.000Z",
                               meaning="responsibility", digest="a" * 64, auth=("store",)),
    }  # fmt: skip
    return Decision(**(given | over))


def governed(*decisions, **over):
    """Give what a committee decided, last things last; by default an approval in force."""
    ai = shapes.convert(COMMITTEE, Committee)
    last = {d.release: d for d in decisions or (decision(),)}
    return Governed(**({"committees": {"ai": ai}, "decisions": last} | over))


def scene(**over):
    last = Reported(matured=400, known=400, last_on=DAY - 1)
    given = {
        "plan": plan(),
        "rollout": shapes.convert(ROLLOUT, Rollout),
        "use_case": shapes.convert(USE_CASE, UseCase),
        "standing": standing(),
        "verdicts": all_met(),
        "reported": {(m, s): last for m in (RATIO, KNOWN) for s in ("Alder", "Birch")},
        "day": DAY,
        "date": "2026-10-13",
    }
    return Scene(**(given | over))


class Making:
    decision, governed = staticmethod(decision), staticmethod(governed)
    day, ratio, known = DAY, RATIO, KNOWN
    estimate, verdict, change = staticmethod(estimate), staticmethod(verdict), staticmethod(change)
    plan, standing, scene = staticmethod(plan), staticmethod(standing), staticmethod(scene)
    all_met, reported, spot = staticmethod(all_met), Reported, Spot

    @staticmethod
    def rollout(**over):
        return shapes.convert(ROLLOUT | over, Rollout)

    @staticmethod
    def use_case(**over):
        return shapes.convert(USE_CASE | over, UseCase)

    @staticmethod
    def reporting(day, **over):
        """Give what every metric reported, but for some (metric, site)."""
        last = Reported(matured=400, known=400, last_on=day)
        return {(m, s): last for m in (RATIO, KNOWN) for s in ("Alder", "Birch")} | over

    @staticmethod
    def next(seen=None, verdicts=(), *, rollout=None, day=DAY):
        """Give the plans that are called for."""
        wanted = Wanted("falls", {"Rollout/falls": "r"}, day, "2026-11-01T00:00:00.000Z",
                        rollout or shapes.convert(ROLLOUT, Rollout))  # fmt: skip
        return next_plans(wanted, Seen(seen or standing(), verdicts, (1, 2)))


@pytest.fixture(scope="session")
def making():
    return Making


@pytest.fixture
def trips(making):
    """Ask one interlock about a scene in which one thing is spoiled."""

    def ask(interlock, **over):
        return list(interlock.trips(replace(making.scene(), **over)))

    return ask
