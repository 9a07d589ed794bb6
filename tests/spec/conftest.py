"""A small folder in which everything agrees, to be spoiled one thing at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attending.admit import admit
from attending.spec.agreement import Vocabulary
from attending.spec.mistake import SpecRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KNOWN = Vocabulary(
    metrics=("adoption.override_rate", "outcomes.completeness", "outcomes.risk_ratio"),
    gates=("enough_outcomes", "evidence_fresh", "no_worse_than"),
    cautions=("short_of_goal",),
    safety_limits=("beyond_floor",),
    engines=("logistic", "onnx"),
    channels=("cds_hooks", "worklist"),
)

FALLS = {
    "usecase.yaml": """\
kind: UseCase
name: falls
title: Falls alert
path: A
priority: quality_safety
problem: Patients fall at night.
success:
  - {metric: outcomes.risk_ratio, of: fall30, target: 0.9, by: day 90}
executive_sponsor: {person: chief-nurse}
clinical_champion: {person: ward-nurse}
after_launch: {owner: falls-lead, decides: committee, funds: quality, supports: desk}
workflow:
  channel: cds_hooks
  hook: patient-view
  card: {summary: Risk of a fall, limits: Adults only, call: Falls desk}
outcomes:
  - {name: fall30, title: A fall within 30 days, sources: [source], window: 30 d, maturity: 30 d}
subgroups: {attributes: [sex]}
risk:
  acts_without_person: false
  drives_treatment_or_triage: false
  time_critical: false
  protected_input: false
  device: not_device
value: {account: quality, claim: Fewer falls}
monitoring:
  - metric: outcomes.risk_ratio
    of: fall30
    principle: impact
    cadence: daily
    owner: ward-nurse
    trigger: safety limit crossed
    action: suspend
""",
    "rollout.yaml": """\
kind: Rollout
use_case: falls
release: falls-1
budget: {expand: 0.05}
waves:
  - {name: first, sites: [Alder, Birch], sign_offs: [{role: cmio}]}
  - {name: next, sites: [Elm]}
pools:
  - {name: rural, sites: [Alder, Elm], reason: few beds}
gates:
  - {gate: no_worse_than, metric: outcomes.risk_ratio, of: fall30, floor: 1.25, goal: 0.9}
cautions:
  - {caution: short_of_goal, metric: outcomes.risk_ratio, of: fall30, floor: 1.25, goal: 0.9}
safety_limits:
  - {safety_limit: beyond_floor, metric: outcomes.risk_ratio, of: fall30, floor: 1.25, stop_line: 2}
freezes:
  - {starts: 2026-12-20, ends: 2027-01-02, reason: holidays}
""",
    "sites.yaml": """\
kind: Site
name: Alder
title: Alder Hospital
units: [4 West]
---
kind: Site
name: Birch
title: Birch Hospital
---
kind: Site
name: Elm
title: Elm Clinic
""",
    "source.yaml": """\
kind: Source
missing: ["", NaN]
cases:
  case: id
  site: {column: hospital, map: {1: Alder, 2: Birch, 3: Elm}}
  day: {column: day, days_since: site_launch}
  arm: {column: alert, map: {1: alerted, 0: usual}, probability: {alerted: 0.5, usual: 0.5}}
  display: {column: alert, map: {1: shown, 0: silent}}
  subgroups: {sex: {column: sex, map: {1: female, 0: male}}, age: {column: age, cuts: [65, 80]}}
outcomes:
  fall30: {any: [fall, fracture], known_after: 30 d}
""",
    "committee.yaml": """\
kind: Committee
name: ai
title: AI committee
members:
  - {person: Ana Ruiz, roles: [committee_chair]}
  - {person: Tom Oduya, roles: [cmio]}
quorum: {voting: 2}
""",
    "model.yaml": """\
kind: Model
name: falls_score
title: Falls score
version: 1.10
engine: logistic
vendor: maker
---
kind: Vendor
name: maker
title: Maker
contact: maker's desk
""",
}


@pytest.fixture
def known() -> Vocabulary:
    return KNOWN


@pytest.fixture
def falls(tmp_path: Path) -> Path:
    for name, text in FALLS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def spoiled(falls: Path) -> Callable[[str, str, str], str]:
    """Write `new` for `old` in one file, and give what the person is told."""

    def spoil(file: str, old: str, new: str) -> str:
        path = falls / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(SpecRefused) as refused:
            admit(falls, known=KNOWN)
        return str(refused.value)

    return spoil
