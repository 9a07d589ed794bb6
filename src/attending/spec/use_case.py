"""A use case: what an AI is for, here, who answers for it, and how it is watched."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.fhir.feature import Feature
from attending.spec.device import DeviceCriteria
from attending.spec.person import AfterLaunch, Person
from attending.spec.source_attributes import SourceAttributes
from attending.spec.text import Code, Days, Name, Sha256, Text

Answer = Literal["yes", "no", "not_known"]


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A success metric with the value that would count as success."""

    metric: Annotated[
        Text,
        msgspec.Meta(description="which number would show success, such as outcomes.risk_ratio"),
    ]
    of: str = ""
    baseline: float | None = None
    target: Annotated[
        float,
        msgspec.Meta(
            description="the value that would count as success, written before the first case",
        ),
    ]
    by: Annotated[Text, msgspec.Meta(description="by when, such as day 448 or 2027-03-31")]


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the clinician reads. `summary` may use {fields} of the answer."""

    summary: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=140, description="the one line a clinician reads"),
    ]
    detail: str = ""
    indicator: Literal["info", "warning", "critical"] = "info"
    limits: Annotated[
        Text,
        msgspec.Meta(description="what the answer is not good for, said on the card itself"),
    ]
    call: Annotated[Text, msgspec.Meta(description="whom the clinician calls about the card")]
    override_reasons: tuple[str, ...] = ()
    suggestion: Annotated[
        str,
        msgspec.Meta(max_length=80, description="what a button to accept the advice says"),
    ] = ""


class Workflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where in the work the answer appears."""

    channel: Annotated[
        str,
        msgspec.Meta(description="how the answer reaches people, such as cds_hooks"),
    ]
    hook: Annotated[
        str,
        msgspec.Meta(
            description="the moment in the work at which it appears, such as order-select",
        ),
    ]
    card: Annotated[Card, msgspec.Meta(description="what the clinician reads")]
    ignored_after: str = "8 h"
    # Not declared is not known: then no role is ever written down.
    roles: (
        Annotated[
            dict[str, tuple[Code, ...]],
            msgspec.Meta(
                description="what people at the bedside do: each with the codes, system|code, by "
                "which a PractitionerRole says so; the first that fits counts",
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of the patient, and when that is known for everyone."""

    name: Annotated[Name, msgspec.Meta(description="what metrics are `of`")]
    title: Annotated[Text, msgspec.Meta(description="the outcome in words a clinician would use")]
    sources: Annotated[
        tuple[Text, ...],
        msgspec.Meta(min_length=1, description="the `kind: Source` documents that provide it"),
    ]
    window: Annotated[
        Days,
        msgspec.Meta(description="how long after the case it still counts, such as 14 d"),
    ]
    offset: Days = "0 d"
    aggregation: Literal["any", "max", "first", "last", "min"] = "any"
    maturity: Annotated[
        Days,
        msgspec.Meta(description="days after which it is known for every case, such as 14 d"),
    ]


class Subgroups(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The groups compared, and the smallest count that may be shown."""

    attributes: tuple[str, ...] = ()
    small_cell_floor: Annotated[int, msgspec.Meta(ge=1)] = 11


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The answers a tier is computed from."""

    acts_without_person: Annotated[
        bool,
        msgspec.Meta(description="true if it changes care with no person between"),
    ]
    drives_treatment_or_triage: Annotated[
        bool,
        msgspec.Meta(description="true if treatment or triage follows from it"),
    ]
    time_critical: Annotated[bool, msgspec.Meta(description="true if acting on it cannot wait")]
    protected_input: Annotated[
        bool,
        msgspec.Meta(description="true if it reads race, religion or the like"),
    ]
    device: Annotated[
        Literal["device", "not_device", "unclear"],
        msgspec.Meta(description="whether it is a medical device in law"),
    ]
    # Not answered is not known, and never no.
    patient_facing_unreviewed: (
        Annotated[
            Answer,
            msgspec.Meta(description="yes if patients read its answers and no clinician did first"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    denies_or_delays_care: (
        Annotated[
            Answer,
            msgspec.Meta(description="yes if somebody may get care later, or not, because of it"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    sends_identifiable_data: (
        Annotated[
            Answer,
            msgspec.Meta(description="yes if data that name a patient leave the health system"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    continuously_updated: (
        Annotated[
            Answer,
            msgspec.Meta(description="yes if it goes on learning, or its maker changes it at will"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    device_criteria: DeviceCriteria | msgspec.UnsetType = msgspec.UNSET


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What it is hoped to be worth, in the account it would show in."""

    account: Annotated[
        Literal["cash", "capacity", "quality"],
        msgspec.Meta(description="the account in which its worth would show"),
    ]
    claim: Annotated[
        Text,
        msgspec.Meta(
            description="what it is hoped to be worth, in one sentence that could prove false",
        ),
    ]


class MonitoringRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing watched after launch; without owner and action it is not watching."""

    metric: Annotated[
        str,
        msgspec.Meta(description="which number is watched, such as outcomes.risk_ratio"),
    ]
    of: str = ""
    principle: Annotated[
        Literal["integrity", "performance", "impact"],
        msgspec.Meta(description="what the row guards"),
    ]
    cadence: Annotated[Text, msgspec.Meta(description="how often somebody looks, such as daily")]
    owner: Annotated[
        Text,
        msgspec.Meta(description="who looks; a number that nobody owns is not watched"),
    ]
    trigger: Annotated[Text, msgspec.Meta(description="what makes the owner act")]
    action: Annotated[
        Literal["page", "hold", "suspend", "review", "retrain", "retire"],
        msgspec.Meta(description="what is done then; without it the row cannot be activated"),
    ]


class ModelInUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which model answers, from which score it advises, and what fills a gap."""

    model: Annotated[str, msgspec.Meta(description="the `kind: Model` document that answers")]
    threshold: float | None = None
    on_missing: dict[str, str] | str = {}


class UseCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One use case. Every field without a default must be there to be admitted."""

    kind: Literal["UseCase"]
    name: Annotated[
        Name,
        msgspec.Meta(description="what plans, gateways and the ledger call it, such as aki_alert"),
    ]
    title: Annotated[Text, msgspec.Meta(description="the name people know it by")]
    path: Annotated[
        Literal["A", "B", "both"],
        msgspec.Meta(description="A: same tool, more sites; B: more tools, same people; or both"),
    ]
    priority: Annotated[
        Literal["quality_safety", "operations", "finance", "staff", "patient"],
        msgspec.Meta(description="which of the system's priorities it serves"),
    ]
    problem: Annotated[
        Text,
        msgspec.Meta(
            description="what goes wrong today, for whom; an AI without a problem has no use",
        ),
    ]
    success: Annotated[
        tuple[Target, ...],
        msgspec.Meta(
            min_length=1,
            description="metrics with targets that can be missed, written before the first case",
        ),
    ]
    executive_sponsor: Annotated[
        Person,
        msgspec.Meta(description="who stands for it among those who lead, and can stop it"),
    ]
    clinical_champion: Annotated[
        Person,
        msgspec.Meta(description="the clinician who uses it and speaks for those who must"),
    ]
    after_launch: Annotated[
        AfterLaunch,
        msgspec.Meta(description="who owns, decides, funds and supports it once the project ends"),
    ]
    model: ModelInUse | None = None
    inputs: dict[str, str] = {}
    features: (
        Annotated[
            dict[Name, Feature],
            msgspec.Meta(description="inputs made of the rows of this folder's views"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    free_text: (
        Annotated[
            bool,
            msgspec.Meta(description="whether features may read what people wrote, such as a note"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    workflow: Annotated[Workflow, msgspec.Meta(description="where in the work the answer appears")]
    outcomes: Annotated[
        tuple[Outcome, ...],
        msgspec.Meta(min_length=1, description="what becomes of patients; gates rest on it"),
    ]
    subgroups: Subgroups = Subgroups()
    risk: Annotated[Risk, msgspec.Meta(description="the answers from which its tier is computed")]
    value: Annotated[
        Value,
        msgspec.Meta(description="what it is hoped to be worth, and in which account"),
    ]
    monitoring: Annotated[
        tuple[MonitoringRow, ...],
        msgspec.Meta(
            min_length=1,
            description="who watches what after launch, and what is done then",
        ),
    ]
    acts_as: (
        Annotated[
            Literal["provider", "payer"],
            msgspec.Meta(description="whether it serves those who give care or those who pay"),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    source_attributes: SourceAttributes | msgspec.UnsetType = msgspec.UNSET
    proposal: (
        Annotated[Sha256, msgspec.Meta(description="digest of the proposal it came of")]
        | msgspec.UnsetType
    ) = msgspec.UNSET

    @property
    def reads_free_text(self) -> bool:
        """Tell whether it says that its features may read free text."""
        return self.free_text is True

    def features_by_name(self) -> dict[str, Feature]:
        """Give its features; none where it declares none."""
        return {} if isinstance(self.features, msgspec.UnsetType) else self.features
