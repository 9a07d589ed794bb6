"""What was proposed, and what became of it: a fold over facts.

A submission counts where it quotes the digest of the one before it, and the first one quotes
nothing. Of two people who submit at once, the one whose fact comes first is heard, and the
other is told what changed meanwhile: nothing that was said is ever lost or overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending import shapes
from attending.decide.heard import Heard, heard
from attending.decide.people import counts
from attending.decide.tier import in_force
from attending.facts.proposal import (
    DEFAULT_TABLE,
    TIERS,
    UNSAID,
    Body,
    Ended,
    ImpactTable,
    Submitted,
    ToolClaim,
)
from attending.facts.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attending.facts.entry import Entry
    from attending.facts.fact import Fact, Kind

KINDS: tuple[Kind, ...] = ("said", "ingested", "decided", "acted")  # that the fold looks at

NO_END = "9999-12-31"


@dataclass(frozen=True)
class Kept:
    """One proposal: every submission that counts, in order, and the ends of its pilots."""

    history: tuple[Submitted, ...]
    ends: tuple[Ended, ...] = ()

    @property
    def last(self) -> Submitted:
        """Give what is proposed now."""
        return self.history[-1]

    @property
    def first(self) -> Submitted:
        """Give what was proposed first."""
        return self.history[0]

    @property
    def end(self) -> Ended | None:
        """Give the end of its pilot; None while it goes on, or once it is proposed again."""
        last = self.ends[-1] if self.ends else None
        return last if last is not None and last.index > self.last.index else None


@dataclass(frozen=True)
class TierSaid:
    """A tier, as the newest fact about a use case or a tool has it."""

    tier: str
    index: int
    computed: Tier | None = None
    use_case: str = ""


@dataclass(frozen=True)
class Begun:
    """When a use case first answered anywhere, and when its rollout was finished: dates."""

    on: str | None = None
    finished: str | None = None


@dataclass(frozen=True)
class Intake:
    """Everything that was proposed, and what it is ranked by.

    Attributes
    ----------
    proposals
        By name.
    table, table_index
        The impact table in force, and the fact that put it there; None for the one we ship.
    tools
        What the inventory says, by tool.
    tiers
        By ``use_case/name`` and ``tool/name``.
    begun
        By use case.
    gone
        People who have left.
    heard
        What people said of tiers, as far as it counts.
    on
        The date that tiers are asked as of; empty where none was given.

    """

    proposals: Mapping[str, Kept] = field(default_factory=dict)
    table: ImpactTable = DEFAULT_TABLE
    table_index: int | None = None
    tools: Mapping[str, ToolClaim] = field(default_factory=dict)
    tiers: Mapping[str, TierSaid] = field(default_factory=dict)
    begun: Mapping[str, Begun] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    heard: Heard = field(default_factory=Heard)
    on: str = ""

    def as_of(self, on: str) -> Intake:
        """Give the same as it is on a date, which tiers are asked as of."""
        return replace(self, on=on)

    def tier(self, proposal: Submitted) -> TierSaid | None:
        """Give the tier in force of what a proposal is about; None where nobody computed one.

        It is the newest that was computed, and what people made of it. Where no date is given
        only what raises it counts, for a lowering runs out.
        """
        names = [f"tool/{proposal.tool}"]
        names += [f"use_case/{proposal.use_case}"] if proposal.use_case else []
        found = [self.tiers[name] for name in names if name in self.tiers]
        newest = max(found, key=lambda each: each.index, default=None)
        if newest is None or newest.computed is None:
            return newest
        spoken = self.heard.overrides.get(newest.use_case, ())
        counted = [each for each in spoken if self.on or not each.override.lowers]
        stands = in_force(newest.computed, counted, self.on or NO_END)
        if stands.tier == newest.tier:
            return newest
        return replace(newest, tier=stands.tier, index=stands.cites[-1])

    def of_use_case(self, use_case: str) -> dict[str, Kept]:
        """Give the proposals that name a use case."""
        return {n: k for n, k in self.proposals.items() if k.last.use_case == use_case}

    def after(self, entry: Entry) -> Intake:
        """Take one fact in."""
        if not counts(self.heard.declared, entry.fact):
            return self
        step = STEPS.get(entry.fact.type)
        now = step(self, entry) if step is not None else self
        told = heard(now.heard, entry)
        return now if told is now.heard else replace(now, heard=told)


def after(intake: Intake, entry: Entry) -> Intake:
    """Take one fact in; the step of a fold that follows the ledger."""
    return intake.after(entry)


class Changed(NamedTuple):
    """One field that differs; what is not there is None."""

    field: str
    was: object
    now: object
    is_text: bool = False


def changes(was: Submitted, now: Submitted) -> tuple[Changed, ...]:
    """Give the fields that differ between two submissions of one proposal, in order.

    Of what somebody wrote it is told that it differs; the words are not in the facts.
    """
    before, after_it = _flat(was.plain), _flat(now.plain)
    found = [
        Changed(name, before.get(name), after_it.get(name))
        for name in sorted({*before, *after_it})
        if before.get(name) != after_it.get(name)
    ]
    texts = sorted({*was.texts, *now.texts})
    return (
        *found,
        *(
            Changed(name, was.texts.get(name), now.texts.get(name), is_text=True)
            for name in texts
            if was.texts.get(name) != now.texts.get(name)
        ),
    )


def _flat(node: Mapping[str, object], at: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in node.items():
        path = f"{at}.{key}" if at else key
        if isinstance(value, dict):
            flat |= _flat(value, path)
        elif value not in (None, [], ""):
            flat[path] = value
    return flat


def unknown(proposal: Submitted) -> tuple[str, ...]:
    """Give the fields that were answered with ``not_known``: the questions still open."""
    return tuple(name for name, value in _flat(proposal.plain).items() if value == "not_known")


def submission(body: Body, *, index: int, at: str, person: str) -> Submitted:
    """Read the body of a ``proposal/1`` fact."""
    known = {*UNSAID, "proposal", "texts"}
    return Submitted(
        proposal=str(body["proposal"]),
        n=int(str(body["n"])),
        prior_digest=str(body["prior_digest"]) if body.get("prior_digest") else None,
        digest=str(body["digest"]),
        plain={name: value for name, value in body.items() if name not in known},
        texts=shapes.convert(body["texts"], dict[str, str]),
        sealed=str(body["sealed"]),
        index=index,
        at=at,
        person=person,
    )


def _proposed(intake: Intake, entry: Entry) -> Intake:
    fact = entry.fact
    new = submission(fact.body, index=entry.index, at=fact.at, person=fact.by.person)
    there = intake.proposals.get(new.proposal)
    if new.prior_digest != (there.last.digest if there is not None else None):
        return intake
    history = (*there.history, new) if there is not None else (new,)
    kept = Kept(history, there.ends if there is not None else ())
    return replace(intake, proposals={**intake.proposals, new.proposal: kept})


def _pilot_ended(intake: Intake, entry: Entry) -> Intake:
    fact = entry.fact
    there = intake.proposals.get(str(fact.body["proposal"]))
    if there is None or fact.body["digest"] != there.last.digest or there.end is not None:
        return intake
    told = {name: fact.body[name] for name in ("proposal", "choice", "barriers", "lesson")}
    told |= {"index": entry.index, "at": fact.at, "person": fact.by.person}
    end = shapes.convert(told, Ended)
    kept = replace(there, ends=(*there.ends, end))
    return replace(intake, proposals={**intake.proposals, end.proposal: kept})


def _table(intake: Intake, entry: Entry) -> Intake:
    table = shapes.convert(entry.fact.body["table"], ImpactTable)
    return replace(intake, table=table, table_index=entry.index)


def _tool(intake: Intake, entry: Entry) -> Intake:
    body, names = entry.fact.body, ToolClaim.__struct_fields__
    told = {name: body[name] for name in names if body.get(name) is not None}
    if "tool" not in told:
        return intake
    try:
        claim = shapes.convert(told, ToolClaim)
    except msgspec.ValidationError:
        return intake  # an inventory of another shape tells nothing here
    return replace(intake, tools={**intake.tools, claim.tool: claim})


def _tier(intake: Intake, entry: Entry) -> Intake:
    fact, tier = entry.fact, str(entry.fact.body.get("tier", ""))
    about = [f"use_case/{fact.use_case}"] if fact.use_case else []
    about += [f"tool/{fact.body['tool']}"] if fact.body.get("tool") else []
    if tier not in TIERS or not about:
        return intake
    said = TierSaid(tier, entry.index, _computed(fact), fact.use_case or "")
    return replace(intake, tiers={**intake.tiers, **dict.fromkeys(about, said)})


def _computed(fact: Fact) -> Tier | None:
    """Read a tier with what it rests on; None where the fact holds its word alone."""
    try:
        return shapes.convert(fact.body, Tier)
    except msgspec.ValidationError:
        return None


def _receipt(intake: Intake, entry: Entry) -> Intake:
    fact, name = entry.fact, entry.fact.use_case
    if name is None:
        return intake
    was, on = intake.begun.get(name, Begun()), fact.at[:10]
    opened = bool(fact.body.get("wave"))
    finished = fact.body.get("expansion") == "finished"
    now = Begun(was.on or (on if opened else None), was.finished or (on if finished else None))
    return intake if now == was else replace(intake, begun={**intake.begun, name: now})


def _departed(intake: Intake, entry: Entry) -> Intake:
    return replace(intake, gone=intake.gone | {str(entry.fact.body["person"])})


STEPS: dict[str, Callable[[Intake, Entry], Intake]] = {
    "proposal/1": _proposed,
    "pilot_end/1": _pilot_ended,
    "impact_table/1": _table,
    "tool/1": _tool,
    "tier/1": _tier,
    "receipt/1": _receipt,
    "departed/1": _departed,
}
