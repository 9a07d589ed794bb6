"""What a committee has decided and what its conditions have come to: a fold over facts.

Members, roles and authors are those in force at each vote's own place in the ledger: the
fold meets the specs, the departures and the votes in their order. A decision is obeyed only
where the votes that were folded here come to the same word; nobody can write one down.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import msgspec

from attending import shapes
from attending.decide.committee import (
    Bench,
    Item,
    affected_by,
    outcome,
    with_recusal,
    with_vote,
)
from attending.decide.proposals.proposed import Backing, with_end, with_submission
from attending.facts.committee import (
    Choice,
    Condition,
    Counted,
    Decision,
    Packet,
    Signature,
)
from attending.facts.verdict import Verdict
from attending.spec.committee import Committee
from attending.spec.rollout import Rollout
from attending.spec.site import Site
from attending.spec.use_case import UseCase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from attending.facts.fact import Fact

State = Literal["open", "met", "broken", "lapsed"]

OPEN: tuple[State, ...] = ("open", "broken")  # still wanting something of somebody


@dataclass(frozen=True)
class Held:
    """A condition, and what has become of it.

    Attributes
    ----------
    condition, decision
        What is asked, and the digest of the decision that asked it.
    state, as_of, because, verdict
        As it was last judged; no day before the first.
    done
        Whether the fact that it waits for has come.

    """

    condition: Condition
    decision: str
    state: State = "open"
    as_of: int | None = None
    because: str = "not judged yet"
    verdict: Verdict | None = None
    done: bool = False


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A condition as the daily `decided` fact has it."""

    id: str
    decision: str
    state: Literal["open", "met", "broken"]
    as_of: int
    because: str
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Governed:
    """What a committee has to do with one use case.

    Attributes
    ----------
    committees
        Those in force, by name.
    affected
        The units its rollout reaches.
    owner, author, gone
        Who owns it after launch, who declared the specs, and who has left.
    items
        By name; each with its last round.
    decisions
        The last on each release.
    conditions
        Every one that was ever set, by id.
    docket
        What waits for the next meeting, with the reason.
    proposed
        What stands of each proposal, by name.

    """

    committees: Mapping[str, Committee] = field(default_factory=dict)
    affected: frozenset[str] = frozenset()
    owner: str = ""
    author: str = ""
    gone: frozenset[str] = frozenset()
    items: Mapping[str, Item] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    conditions: Mapping[str, Held] = field(default_factory=dict)
    docket: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, Backing] = field(default_factory=dict)

    def bench(self, committee: str) -> Bench | None:
        """Give who decides in a committee now; None where there is no such committee."""
        there = self.committees.get(committee)
        if there is None:
            return None
        barred = {self.author: "declared these specs, and nobody approves their own"}
        barred[self.owner] = "owns the tool after launch, and nobody approves their own"
        barred |= dict.fromkeys(self.gone, "has left")
        barred.pop("", None)
        barred.pop("platform", None)
        return Bench(there, barred, self.affected)

    def in_force(self, release: str, date: str) -> Decision | None:
        """Give the decision that approves a release on a date; None where none does."""
        last = self.decisions.get(release)
        return last if last is not None and last.in_force(date) else None

    def expired(self, release: str, date: str) -> Decision | None:
        """Give the approval of a release that has run out by a date."""
        last = self.decisions.get(release)
        return last if last is not None and last.approves and date > last.expires_on else None

    def unapproved(self, release: str, date: str) -> str | None:
        """Say why a release may not be used more widely on a date; None where it may."""
        last = self.decisions.get(release)
        if last is not None and last.in_force(date):
            return None
        if not self.committees:
            return "this folder declares no Committee, so that nobody can approve it"
        if last is None:
            return f"no committee has decided on {release}"
        said = last.word.replace("_", " ")
        if not last.approves:
            return f"the last word on {release} (meeting {last.meeting}) is {said}"
        if date < last.valid_from:
            return f"what meeting {last.meeting} approved begins on {last.valid_from}"
        return f"what meeting {last.meeting} approved ended on {last.expires_on}"

    def of_state(self, *states: State) -> dict[str, Held]:
        """Give the conditions of some states."""
        return {name: held for name, held in self.conditions.items() if held.state in states}

    def judged(self, today: Iterable[Judged]) -> Governed:
        """Take in what open conditions came to; what is broken stays so, whatever follows."""
        conditions = dict(self.conditions)
        for each in today:
            held = conditions.get(each.id)
            if held is not None and held.state == "open":
                conditions[each.id] = replace(
                    held,
                    state=each.state,
                    as_of=each.as_of,
                    because=each.because,
                    verdict=each.verdict,
                )
        return replace(self, conditions=conditions)

    def after(self, fact: Fact) -> Governed:
        """Take one fact in."""
        step = STEPS.get(fact.type)
        governed = step(self, fact) if step is not None else self
        if any(held.condition.form.do for held in governed.conditions.values()):
            governed = _came(governed, fact)
        return governed


def _specs(governed: Governed, fact: Fact) -> Governed:
    documents = fact.body.get("documents")
    if not isinstance(documents, dict):
        return governed
    use_case = shapes.convert(documents["use_case"], UseCase)
    rollout = shapes.convert(documents.get("rollout"), Rollout | None)
    sites = shapes.convert(documents.get("sites", {}), dict[str, Site])
    return replace(
        governed,
        committees=shapes.convert(documents.get("committees", {}), dict[str, Committee]),
        affected=affected_by(rollout, sites),
        owner=use_case.after_launch.owner,
        author=fact.by.person,
    )


def _departed(governed: Governed, fact: Fact) -> Governed:
    return replace(governed, gone=governed.gone | {str(fact.body["person"])})


def _packet(governed: Governed, fact: Fact) -> Governed:
    """Open an item, or put it again once it was closed."""
    packet = shapes.convert(fact.body, Packet)
    there = governed.items.get(packet.item)
    if there is not None and packet.round <= there.packet.round:
        return governed
    return replace(governed, items={**governed.items, packet.item: Item(packet)})


def _vote(governed: Governed, fact: Fact) -> Governed:
    item = governed.items.get(str(fact.body["item"]))
    bench = governed.bench(item.packet.committee) if item is not None else None
    if item is None or bench is None:
        return governed
    vote = Counted(
        person=fact.by.person,
        choice=shapes.convert(fact.body["choice"], Choice),
        at=fact.at,
        dissent=str(fact.body.get("dissent", "")),
    )
    return _with(governed, with_vote(item, bench, vote, _signed(fact)))


def _recusal(governed: Governed, fact: Fact) -> Governed:
    item = governed.items.get(str(fact.body["item"]))
    return governed if item is None else _with(governed, with_recusal(item, fact.by.person))


def _decision(governed: Governed, fact: Fact) -> Governed:
    """Obey a decision whose word the votes bear; what it closes ends, and it ends the docket."""
    decision = shapes.convert(fact.body, Decision)
    item = governed.items.get(decision.item)
    bench = governed.bench(decision.committee)
    if item is None or bench is None or item.closed:
        return governed
    if decision.packet_digest != item.packet.digest:
        return governed
    if decision.word not in ("re_review", outcome(item, bench).word):
        return governed
    conditions = dict(governed.conditions)
    for name in decision.closes:
        if name in conditions and conditions[name].state in OPEN:
            conditions[name] = replace(conditions[name], state="lapsed")
    for condition in decision.conditions:
        conditions.setdefault(condition.id, Held(condition, decision.digest))
    return replace(
        _with(governed, replace(item, closed=True)),
        decisions={**governed.decisions, decision.release: decision},
        conditions=conditions,
        docket={k: v for k, v in governed.docket.items() if _is_broken(conditions.get(k))},
    )


def _is_broken(held: Held | None) -> bool:
    return held is not None and held.state == "broken"


def _no_decision(governed: Governed, fact: Fact) -> Governed:
    item = governed.items.get(str(fact.body["item"]))
    same = item is not None and item.packet.digest == fact.body["packet_digest"]
    return _with(governed, replace(item, closed=True)) if item is not None and same else governed


def _decided(governed: Governed, fact: Fact) -> Governed:
    return governed.judged(shapes.convert(fact.body.get("conditions", []), list[Judged]))


def _docketed(governed: Governed, fact: Fact) -> Governed:
    item, because = str(fact.body["item"]), str(fact.body["because"])
    return replace(governed, docket={**governed.docket, item: because})


def _proposal(governed: Governed, fact: Fact) -> Governed:
    return replace(governed, proposed=with_submission(governed.proposed, fact))


def _pilot_end(governed: Governed, fact: Fact) -> Governed:
    return replace(governed, proposed=with_end(governed.proposed, fact))


def _came(governed: Governed, fact: Fact) -> Governed:
    """Note the facts that conditions wait for."""
    conditions = dict(governed.conditions)
    for name, held in governed.conditions.items():
        task = held.condition.form.do
        if task is None or held.done or held.state != "open" or task.fact != fact.type:
            continue
        same = all(str(fact.body.get(key)) == value for key, value in task.where.items())
        mine = fact.type == "decision/1" and fact.body.get("digest") == held.decision
        if same and not mine:
            conditions[name] = replace(held, done=True)
    return replace(governed, conditions=conditions)


def _with(governed: Governed, item: Item) -> Governed:
    return replace(governed, items={**governed.items, item.packet.item: item})


def _signed(fact: Fact) -> str:
    """Give the digest that a vote's signature is bound to; empty where it is not its own."""
    signature = shapes.convert(fact.body["signature"], Signature)
    named = str(fact.body["packet_digest"])
    mine = signature.person == fact.by.person and signature.digest == named
    return named if mine else ""


STEPS: dict[str, Callable[[Governed, Fact], Governed]] = {
    "specs/1": _specs,
    "departed/1": _departed,
    "packet/1": _packet,
    "vote/1": _vote,
    "recusal/1": _recusal,
    "decision/1": _decision,
    "no_decision/1": _no_decision,
    "decided/1": _decided,
    "docket/1": _docketed,
    "proposal/1": _proposal,
    "pilot_end/1": _pilot_end,
}
