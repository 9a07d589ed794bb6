"""A proposal: what somebody asks for before there is a pilot, and who will answer for it.

It stands in a file of its own, outside any use-case folder. Where an honest submitter cannot
know, the answer is ``not_known``: it is written, kept and shown, and is never a default. Who
is to sponsor, champion, own, decide, fund and support a tool has to be known: without them
nothing starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

import msgspec

from attending.spec.text import Date, Name

if TYPE_CHECKING:
    from collections.abc import Mapping

NotKnown = Literal["not_known"]

NOT_KNOWN: NotKnown = "not_known"

Told = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Score = Annotated[int, msgspec.Meta(ge=0, le=4)]
Answer = Literal["yes", "no", "not_known"]

BUILD = {
    "core_differentiator": "it sets us apart from others",
    "deep_integration": "it must reach deep into our workflow",
    "talent_in_house": "we have the people to build and keep it",
    "need_unique": "nobody else needs quite this",
}
BUY = {
    "vendor_validated": "a vendor's tool is cleared or clinically validated",
    "commoditized": "many sell the same, and it is no advantage",
    "no_capability": "we have nobody who could build or keep it",
    "vendor_lasting": "the vendor has the size and the means to last",
}
CRITERIA = BUILD | BUY

Criterion = Literal[
    "core_differentiator",
    "deep_integration",
    "talent_in_house",
    "need_unique",
    "vendor_validated",
    "commoditized",
    "no_capability",
    "vendor_lasting",
]
Phase = Literal["design", "run", "evaluate", "scale", "sustain"]

PHASES: tuple[Phase, ...] = ("design", "run", "evaluate", "scale", "sustain")

Field = msgspec.Meta


class Success(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number that would show success, and the value that would count as success."""

    metric: Annotated[Told, Field(description="what is counted, in words")]
    baseline: Annotated[
        float | NotKnown,
        Field(description="its value today; not_known where nobody has counted"),
    ]
    target: Annotated[float, Field(description="the value that would count as success")]
    by: Annotated[Date, Field(description="the day by which, such as 2027-03-31")]


class Impact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One effect hoped for, in numbers: in a bad, a likely and a good case."""

    kind: Literal["revenue", "cost", "clinical", "time"]
    unit: Annotated[Name, Field(description="what the numbers count, such as hours_per_year")]
    low: float | NotKnown
    likely: float | NotKnown
    high: float | NotKnown
    basis: Annotated[Told, Field(description="what the numbers rest on")]


class Feasibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How doable it is, from 0 to 4; 4 is easiest."""

    data: Annotated[Score | NotKnown, Field(description="4: the data are there, and good")]
    complexity: Annotated[Score | NotKnown, Field(description="4: technically simple")]
    vendor: Annotated[Score | NotKnown, Field(description="4: a mature vendor, or none needed")]
    timeline: Annotated[Score | NotKnown, Field(description="4: soon done")]


class Risks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may go wrong, from 0 to 4; 4 is worst."""

    regulatory: Annotated[Score | NotKnown, Field(description="4: heavily regulated")]
    validation: Annotated[Score | NotKnown, Field(description="4: much must be shown first")]
    change: Annotated[Score | NotKnown, Field(description="4: many must work differently")]
    vendor: Annotated[Score | NotKnown, Field(description="4: we could not leave the vendor")]


class Oversight(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The answers from which a risk tier is computed."""

    acts_without_person: Answer
    patient_facing_unreviewed: Answer
    drives_treatment_or_triage: Answer
    time_critical: Answer
    denies_or_delays_care: Answer
    protected_input: Answer
    device: Literal["device", "not_device", "unclear"]
    sends_identifiable_data: Answer
    continuously_updated: Answer


class Judged(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One criterion for building or buying, answered."""

    id: Criterion
    answer: Answer
    why: Annotated[Told, Field(description="why, in a sentence")]


class Alternative(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What could be done without AI, and why that is not enough."""

    what: Annotated[Told, Field(description="another process, more people, training")]
    cost: Told
    effect: Told
    why_not: Annotated[Told, Field(description="why it is not what is proposed")]


class Six(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The six questions that pilots are asked too late."""

    rules: Annotated[Told, Field(description="which rules hold if it spreads?")]
    workflow: Annotated[Told, Field(description="which work changes, and for whom?")]
    data_unique: Annotated[Told, Field(description="are its data to be had at every site?")]
    owner: Annotated[Told, Field(description="who takes it over from the pilot's team, and how?")]
    monitoring: Annotated[Told, Field(description="how is it watched once it is everywhere?")]
    evidence: Annotated[Told, Field(description="what would have to be shown to spread it?")]


class Owners(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who answers for the tool once the project's team has gone home."""

    owner: Annotated[Said, Field(description="who answers for the tool")]
    decides: Annotated[Said, Field(description="who says whether it expands, changes or retires")]
    funds: Annotated[Said, Field(description="whose budget pays for it")]
    supports: Annotated[Said, Field(description="whom clinicians call when it misbehaves")]


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a phase may take: its first and its last day."""

    phase: Phase
    from_on: Annotated[Date, Field(description="its first day")] = msgspec.field(name="from")
    to: Annotated[Date, Field(description="its last day")]


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One proposal. Every field without a default must be answered."""

    kind: Literal["Proposal"]
    proposal: Annotated[Name, Field(description="its name, kept when it is submitted again")]
    prior_digest: str = ""
    tool: Annotated[Name, Field(description="what the inventory calls the tool, or will")]
    title: Annotated[Said, Field(description="the name people know it by")]
    aliases: tuple[Said, ...] = ()
    vendor: Annotated[Said, Field(description="who makes it; not_known, or none if we do")]
    task: Literal[
        "detect", "predict", "triage", "draft", "summarize", "code", "schedule", "converse", "other"
    ]
    output: Annotated[Said, Field(description="what it gives, in a few words")]
    use_case: Name | None = None
    problem: Annotated[Told, Field(description="what goes wrong today, for whom")]
    priority: Annotated[
        Literal["quality_safety", "operations", "finance", "staff", "patient"],
        Field(description="which of the system's priorities it serves"),
    ]
    metrics: Annotated[
        tuple[Success, ...],
        Field(min_length=1, description="what would show success, with targets that can be missed"),
    ]
    impact: Annotated[
        tuple[Impact, ...], Field(min_length=1, description="the effect hoped for, in numbers")
    ]
    feasibility: Annotated[Feasibility, Field(description="how doable it is, 0 to 4")]
    risk: Annotated[Risks, Field(description="what may go wrong, 0 to 4")]
    oversight: Annotated[Oversight, Field(description="the answers a tier is computed from")]
    route: Literal["build", "buy", "hybrid"]
    criteria: Annotated[
        tuple[Judged, ...], Field(min_length=1, description="what speaks for building or buying")
    ]
    alternative: Annotated[Alternative, Field(description="what could be done without AI")]
    six: Annotated[Six, Field(description="the six questions that pilots are asked too late")]
    sponsor: Annotated[Said, Field(description="who leads, stands for it and can stop it")]
    champion: Annotated[Said, Field(description="the clinician who speaks for its users")]
    after_launch: Annotated[
        Owners, Field(description="who owns, decides, funds and supports it after the project")
    ]
    boxes: Annotated[
        tuple[Box, ...], Field(min_length=1, description="how long each phase may take")
    ]


PEOPLE = (
    ("sponsor",),
    ("champion",),
    ("after_launch", "owner"),
    ("after_launch", "decides"),
    ("after_launch", "funds"),
    ("after_launch", "supports"),
)


def within(plain: object, at: tuple[str, ...]) -> object:
    """Give what stands at a path of plain content; None where nothing does."""
    for part in at:
        plain = plain.get(part) if isinstance(plain, dict) else None
    return plain


class Texts(msgspec.Struct, frozen=True):
    """A proposal taken apart: what is ranked and compared, and what somebody wrote."""

    plain: dict[str, object]
    texts: dict[str, str]


WRITTEN = ("metric", "basis", "why")  # keys of lists whose values are free text
SEALED = ("problem", "alternative", "six")


def apart(proposal: Proposal) -> Texts:
    """Take a proposal apart; lists are keyed by what each item is about, where it says so."""
    built: dict[str, object] = msgspec.to_builtins(proposal)
    for name in ("kind", "prior_digest"):
        built.pop(name)
    built["criteria"] = {each["id"]: each for each in _rows(built["criteria"])}
    built["boxes"] = {each["phase"]: each for each in _rows(built["boxes"])}
    built["metrics"] = {str(i): each for i, each in enumerate(_rows(built["metrics"]), 1)}
    built["impact"] = {str(i): each for i, each in enumerate(_rows(built["impact"]), 1)}
    texts: dict[str, str] = {}
    plain = _kept(built, "", texts)
    return Texts(plain, texts)


def _rows(value: object) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", value)


def _kept(node: Mapping[str, object], at: str, texts: dict[str, str]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for key, value in node.items():
        path = f"{at}.{key}" if at else key
        if path.split(".")[0] in SEALED or (at and key in WRITTEN):
            if isinstance(value, dict):
                _kept(value, path, texts)
            else:
                texts[path] = str(value).strip()
        elif isinstance(value, dict):
            kept[key] = _kept(value, path, texts)
        elif key not in ("id", "phase") or not at:
            kept[key] = value.strip() if isinstance(value, str) else value
    return kept
