"""A rulebook: what a law, an accreditor or the hospital itself asks, as dated, versioned data.

Nothing here is legal advice. A rule says in a sentence of ours what its source asks, when it
applies, and which query over the ledger's facts shows that it is met. When it applies is data
too: a tree of `all`, `any` and `not` over fields that are listed here, and no expression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from attending.errors import NoSuchName, Refused
from attending.spec.rollout import SignOff
from attending.spec.text import Date, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Checked = Literal["V", "V2", "M"]
Force = Literal["inform", "warn", "block"]
Status = Literal["proposed", "final", "superseded"]
Level = Literal["low", "moderate", "high"]
Review = Literal["registration", "fast_track", "full"]

NOT_LEGAL_ADVICE = "Not legal advice."
EVERYWHERE = "any"

YES_NO = ("yes", "no")
ON_A_DATE = ("date",)  # a field that holds a date, and no word

RISK = (
    "acts_without_person",
    "patient_facing_unreviewed",
    "drives_treatment_or_triage",
    "time_critical",
    "denies_or_delays_care",
    "protected_input",
    "device",
    "sends_identifiable_data",
    "continuously_updated",
)

# What a rule may ask about, and the words each may hold; no words is any.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "use_case.path": ("A", "B", "both"),
    "use_case.priority": ("quality_safety", "operations", "finance", "staff", "patient"),
    "use_case.acts_as": ("provider", "payer"),
    "use_case.channel": (),
    "use_case.shown": YES_NO,
    "use_case.predicts": YES_NO,
    "use_case.value": ("cash", "capacity", "quality"),
    **{f"risk.{name}": YES_NO for name in RISK if name != "device"},
    "risk.device": ("device", "not_device", "unclear"),
    "tier": ("low", "moderate", "high"),
    "site.jurisdiction": (),
    "tool.made": ("bought", "built"),
    "tool.vendor": (),
    "incident.kind": (
        "unexpected_behavior", "wrong_output", "data_breach", "outage", "bias", "over_reliance",
        "clinician_concern", "vendor_change",
    ),
    "incident.severity": ("1", "2", "3", "4"),
    "incident.known_on": ON_A_DATE,
    "date": ON_A_DATE,
}  # fmt: skip

COMPARED = ("is", "in", "exists", "before", "after")
JOINED = ("all", "any", "not")


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a rule applies: one of `all`, `any`, `not`, or a field and one comparison."""

    all: tuple[When, ...] | msgspec.UnsetType = msgspec.UNSET
    any: tuple[When, ...] | msgspec.UnsetType = msgspec.UNSET
    not_: When | msgspec.UnsetType = msgspec.field(name="not", default=msgspec.UNSET)
    field: Text | msgspec.UnsetType = msgspec.UNSET
    is_: Text | msgspec.UnsetType = msgspec.field(name="is", default=msgspec.UNSET)
    in_: tuple[Text, ...] | msgspec.UnsetType = msgspec.field(name="in", default=msgspec.UNSET)
    exists: bool | msgspec.UnsetType = msgspec.UNSET
    before: Date | msgspec.UnsetType = msgspec.UNSET
    after: Date | msgspec.UnsetType = msgspec.UNSET

    @property
    def parts(self) -> tuple[When, ...]:
        """Give what it joins; nothing where it compares a field."""
        several = self.all or self.any or ()
        return (self.not_,) if isinstance(self.not_, When) else tuple(several)


class InForce(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The days on which a version counts: from the first, up to and without the last."""

    from_: Annotated[Date, msgspec.Meta(description="the first day on which it counts")] = (
        msgspec.field(name="from")
    )
    to: Date | None = None

    def covers(self, date: str) -> bool:
        """Tell whether a date lies within."""
        return self.from_ <= date and (self.to is None or date < self.to)


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a rulebook comes from, and how well that was read.

    `V` was read in its own text, `V2` in what others wrote of it, `M` not at all.
    """

    title: Annotated[Text, msgspec.Meta(description="the title of the source")]
    url: str = ""
    checked: Annotated[
        Checked, msgspec.Meta(description="V read in its own text, V2 at second hand, M not at all")
    ]
    checked_on: Annotated[Date, msgspec.Meta(description="the day on which it was read")]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which query shows that a rule is met, with what, and how old its facts may be."""

    query: Annotated[
        Text, msgspec.Meta(description="the query over the ledger that shows it is met")
    ]
    args: dict[str, str | int | tuple[str, ...]] = {}
    fresh_days: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A time that runs: from what, how long, and by which calendar."""

    start: Annotated[Text, msgspec.Meta(description="what starts the time")]
    limit: Annotated[Text, msgspec.Meta(description="how long it runs")]
    calendar: Literal["days", "business_days", "hours"] = "days"


class Owes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a rule adds to the duties of a use case, in terms that plans understand."""

    sign_offs: tuple[SignOff, ...] = ()
    silent_weeks: Annotated[int, msgspec.Meta(ge=0)] = 0
    subgroups: tuple[Text, ...] = ()
    explanation: bool = False
    disclosures: tuple[Text, ...] = ()
    review: Review = "registration"
    reauthentication: bool = False


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that is asked.

    `section` is where its source says so; `checked` is set where that was read otherwise than
    the rest of the source.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_.-]*$", description="its name here")]
    section: Annotated[Text, msgspec.Meta(description="where its source says so")]
    applies_when: Annotated[When, msgspec.Meta(description="when it applies, as data")]
    duty: Annotated[Text, msgspec.Meta(description="what is asked, in a sentence of your own")]
    proof: Annotated[Proof, msgspec.Meta(description="what shows that it is met")]
    clock: Limit | None = None
    owes: Owes = Owes()
    force: Annotated[Force, msgspec.Meta(description="inform, warn or block")]
    checked: Checked | None = None


class Tiered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a use case is of a tier; the first that may hold is taken."""

    tier: Annotated[Level, msgspec.Meta(description="the tier")]
    when: Annotated[When, msgspec.Meta(description="the answers that make it so")]


class Rulebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of one rulebook."""

    kind: Literal["Rulebook"]
    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$", description="its name")]
    version: Annotated[Text, msgspec.Meta(description="which version, such as a date")]
    title: Annotated[Text, msgspec.Meta(description="what people call it")]
    jurisdiction: Annotated[
        Text, msgspec.Meta(description="where it holds, such as US-MN; any is everywhere")
    ]
    in_force: Annotated[InForce, msgspec.Meta(description="the days on which this version counts")]
    status: Annotated[Status, msgspec.Meta(description="proposed, final or superseded")]
    source: Annotated[
        Origin, msgspec.Meta(description="where it comes from, and how well that was read")
    ]
    rules: Annotated[tuple[Rule, ...], msgspec.Meta(description="what it asks")]
    tiers: tuple[Tiered, ...] = ()
    weights: dict[str, int] = {}
    notes: tuple[Text, ...] = ()

    def checked(self, rule: Rule) -> Checked:
        """Say how well a rule's own source was read."""
        return rule.checked or self.source.checked


def check(book: Rulebook) -> None:
    """Refuse a rulebook whose rules ask about what is not there, or twice under one name.

    Raises
    ------
    NoSuchName
        With the nearest field or word.
    Refused
        A condition joins and compares at once, or does neither; or two rules bear one id.

    """
    seen: set[str] = set()
    for rule in book.rules:
        if rule.id in seen:
            raise Refused(f"two rules bear the id {rule.id!r}", where=f"{book.id} {book.version}")
        seen.add(rule.id)
        check_when(rule.applies_when, f"{book.id}/{rule.id}")
    for tiered in book.tiers:
        check_when(tiered.when, f"{book.id}/{tiered.tier}")
    for name in book.weights:
        if name not in RISK:
            raise NoSuchName(name, "what a use case is asked about risk", RISK, where=book.id)


def check_when(when: When, where: str = "") -> None:
    """Refuse a condition that cannot be judged; see `check`."""
    joins = [name for name in JOINED if _of(when, name) is not msgspec.UNSET]
    compares = [name for name in COMPARED if _of(when, name) is not msgspec.UNSET]
    named = isinstance(when.field, str)
    if not (named and len(compares) == 1 and not joins) and not (
        len(joins) == 1 and not compares and not named
    ):
        wanted = ["one of all, any, not", f"a field and one of {', '.join(COMPARED)}"]
        raise Refused("a condition is one thing at a time", where=where, accepted=wanted)
    if isinstance(when.field, str):
        _check_field(when, when.field, compares[0], where)
    for part in when.parts:
        check_when(part, where)


def _check_field(when: When, name: str, compared: str, where: str) -> None:
    if name not in FIELDS:
        raise NoSuchName(name, "the fields a rule may ask about", FIELDS, where=where)
    words = FIELDS[name]
    if compared in ("before", "after") and words is not ON_A_DATE:
        dates = [each for each, of in FIELDS.items() if of is ON_A_DATE]
        raise Refused(f"{name} is no date", where=where, accepted=dates)
    if compared in ("is", "in") and words is ON_A_DATE:
        raise Refused(f"{name} is a date", where=where, accepted=["before", "after"])
    for word in _words_of(when):
        if words and word not in words:
            raise NoSuchName(word, f"what {name} may be", words, where=where)


def _words_of(when: When) -> Iterator[str]:
    if isinstance(when.is_, str):
        yield when.is_
    yield from when.in_ or ()


def _of(when: When, name: str) -> object:
    return getattr(when, {"not": "not_", "is": "is_", "in": "in_"}.get(name, name))
