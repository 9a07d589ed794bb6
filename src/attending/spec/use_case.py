"""A use case: what an AI is for, here, who answers for it, and how it is watched."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.person import AfterLaunch, Person
from attending.spec.source import Days

Text = Annotated[str, msgspec.Meta(min_length=1)]


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A success metric with the value that would count as success."""

    metric: str
    of: str = ""
    baseline: float | None = None
    target: float
    by: str


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the clinician reads. `summary` may use {fields} of the answer."""

    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    detail: str = ""
    indicator: Literal["info", "warning", "critical"] = "info"
    limits: Text
    call: Text
    override_reasons: tuple[str, ...] = ()


class Workflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where in the work the answer appears."""

    channel: str
    hook: str
    card: Card
    ignored_after: str = "8 h"


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of the patient, and when that is known for everyone."""

    name: str
    title: Text
    sources: tuple[str, ...]
    window: Days
    offset: Days = "0 d"
    aggregation: Literal["any", "max", "first", "last", "min"] = "any"
    maturity: Days


class Subgroups(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The groups compared, and the smallest count that may be shown."""

    attributes: tuple[str, ...] = ()
    small_cell_floor: Annotated[int, msgspec.Meta(ge=1)] = 11


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The answers a tier is computed from."""

    acts_without_person: bool
    drives_treatment_or_triage: bool
    time_critical: bool
    protected_input: bool
    device: Literal["device", "not_device", "unclear"]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What it is hoped to be worth, in the account it would show in."""

    account: Literal["cash", "capacity", "quality"]
    claim: Text


class MonitoringRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing watched after launch; without owner and action it is not watching."""

    metric: str
    of: str = ""
    principle: Literal["integrity", "performance", "impact"]
    cadence: Text
    owner: Text
    trigger: Text
    action: Literal["page", "hold", "suspend", "review", "retrain", "retire"]


class ModelInUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which model answers, from which score it advises, and what fills a gap."""

    model: str
    threshold: float | None = None
    on_missing: dict[str, str] | str = {}


class UseCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One use case. Every field without a default must be there to be admitted."""

    kind: Literal["UseCase"]
    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    path: Literal["A", "B", "both"]
    priority: Literal["quality_safety", "operations", "finance", "staff", "patient"]
    problem: Text
    success: Annotated[tuple[Target, ...], msgspec.Meta(min_length=1)]
    executive_sponsor: Person
    clinical_champion: Person
    after_launch: AfterLaunch
    model: ModelInUse | None = None
    inputs: dict[str, str] = {}
    workflow: Workflow
    outcomes: Annotated[tuple[Outcome, ...], msgspec.Meta(min_length=1)]
    subgroups: Subgroups = Subgroups()
    risk: Risk
    value: Value
    monitoring: Annotated[tuple[MonitoringRow, ...], msgspec.Meta(min_length=1)]
