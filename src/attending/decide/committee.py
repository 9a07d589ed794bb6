"""Who may vote on an item, who is there, and what the votes come to (contract G5).

A member votes when the committee in force names them, with a vote, and the item is not
their own: who wrote the specs, who owns the tool after launch and whoever speaks for a
vendor do not. Who is recused counts for nothing; who abstains counts for the quorum alone.

*Affected* are the units that the rollout's waves name; where a wave takes a site whole, every
unit of that site; and where a site declares no units, the site itself, so that a member
whose `units` name it practices there. The practicing member is never waived.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attending.facts.committee import Attendance, Counted, Uncounted, Word
from attending.spec.committee import FastTrack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.committee import Packet
    from attending.spec.committee import Committee, Member, Quorum
    from attending.spec.rollout import Rollout
    from attending.spec.site import Site

APPROVE, WITH_CONDITIONS, ABSTAIN = "approve", "approve_with_conditions", "abstain"
TWO_THIRDS = (2, 3)
QUICK = ("fast_track", "registration")


@dataclass(frozen=True)
class Bench:
    """Who decides, as it is at one index of the ledger.

    Attributes
    ----------
    committee
        The committee in force.
    barred
        Why somebody may not vote whatever the committee says, by person.
    affected
        Units, or sites without units, where the tool is used or is to be.

    """

    committee: Committee
    barred: Mapping[str, str] = field(default_factory=dict)
    affected: frozenset[str] = frozenset()

    def member(self, person: str) -> Member | None:
        """Give the member of a name."""
        return next((m for m in self.committee.members if m.person == person), None)

    def unfit(self, person: str) -> str | None:
        """Say why somebody may not vote on this use case; None where they may."""
        member = self.member(person)
        if member is None:
            return f"{person} is no member of {self.committee.name}"
        if not member.voting or "vendor" in member.roles:
            return f"{person} has no vote"
        if person in self.barred:
            return f"{person} {self.barred[person]}"
        return None

    def quorum(self, item: Item) -> Quorum | FastTrack:
        """Give how many must be there for an item: fewer only where its tier and they say so."""
        quick = self.committee.fast_track
        return quick if isinstance(quick, FastTrack) and item.is_quick else self.committee.quorum

    def practices(self, person: str) -> bool:
        """Tell whether somebody works where the tool is used or is to be."""
        member = self.member(person)
        return member is not None and bool({*member.units} & self.affected)


@dataclass(frozen=True)
class Item:
    """One item, from its packet to its close: what was said, in ledger order.

    `votes` holds each person's last vote that counted when it was cast.
    """

    packet: Packet
    votes: Mapping[str, Counted] = field(default_factory=dict)
    uncounted: tuple[Uncounted, ...] = ()
    recused: tuple[str, ...] = ()
    closed: bool = False

    @property
    def is_quick(self) -> bool:
        """Tell whether the tier asks for less than a full review; not known asks for one."""
        told = self.packet.deciding.get("oversight")
        return isinstance(told, dict) and told.get("tier") is not None and told["review"] in QUICK

    @property
    def proposes(self) -> bool:
        """Tell whether the packet proposes conditions."""
        return bool(self.packet.deciding.get("proposed"))


@dataclass(frozen=True)
class Outcome:
    """What the votes come to; no word where nothing is decided."""

    word: Word | None
    because: str
    quorum: Attendance


def refusal(item: Item, bench: Bench, person: str, *, choice: str, digest: str) -> str | None:
    """Say why a vote would not count; None where it would."""
    if digest != item.packet.digest:
        return f"{person} voted on another packet than the one that is open"
    if item.closed:
        return f"item {item.packet.item} is closed"
    if person in item.recused:
        return f"{person} is recused"
    if choice == WITH_CONDITIONS and not item.proposes:
        return f"{person} voted for conditions, and the packet proposes none"
    return bench.unfit(person)


def with_vote(item: Item, bench: Bench, vote: Counted, digest: str) -> Item:
    """Take a vote in: the last one of each person stands, until the item closes."""
    because = refusal(item, bench, vote.person, choice=vote.choice, digest=digest)
    if because is not None:
        lost = Uncounted(vote.person, vote.choice, because)
        return replace(item, uncounted=(*item.uncounted, lost))
    return replace(item, votes={**item.votes, vote.person: vote})


def with_recusal(item: Item, person: str) -> Item:
    """Take a recusal in; it undoes the person's vote and stands until the item closes."""
    if item.closed or person in item.recused:
        return item
    left = {name: vote for name, vote in item.votes.items() if name != person}
    return replace(item, votes=left, recused=(*item.recused, person))


def present(item: Item, bench: Bench) -> Attendance:
    """Count who is there: those whose vote counts, abstentions with them."""
    quorum = bench.quorum(item)
    there = list(item.votes)
    return Attendance(
        voting=len(there),
        voting_wanted=quorum.voting,
        practicing=sum(bench.practices(person) for person in there),
        practicing_wanted=quorum.practicing_from_affected_unit,
    )


def outcome(item: Item, bench: Bench) -> Outcome:
    """Count the votes.

    Approvals with and without conditions are both approvals. Together they carry; the
    conditions that the packet proposes are left out only where those who want none of them
    carry alone.
    """
    quorum = present(item, bench)
    choices = (vote.choice for vote in item.votes.values())
    said: Counter[str] = Counter(choice for choice in choices if choice != ABSTAIN)
    told = ", ".join(f"{n} {choice.replace('_', ' ')}" for choice, n in sorted(said.items()))
    if not quorum.is_quorum:
        return Outcome(None, _no_quorum(quorum), quorum)
    n, two_thirds = said.total(), bench.committee.majority == "two_thirds"
    carried: tuple[tuple[Word, int], ...] = (
        ("approved", said[APPROVE]),
        ("approved_with_conditions", said[APPROVE] + said[WITH_CONDITIONS]),
        ("declined", said["decline"]),
        ("re_review", said["re_review"]),
    )
    for word, votes in carried:
        if _carries(votes, n, two_thirds=two_thirds):
            return Outcome(word, told, quorum)
    return Outcome(None, f"no choice carries: {told or 'nobody voted for or against'}", quorum)


def _carries(votes: int, n: int, *, two_thirds: bool) -> bool:
    if two_thirds:
        return n > 0 and votes * TWO_THIRDS[1] >= n * TWO_THIRDS[0]
    return 2 * votes > n


def _no_quorum(quorum: Attendance) -> str:
    return (
        f"no quorum: {quorum.voting} of {quorum.voting_wanted} voting members, "
        f"{quorum.practicing} of {quorum.practicing_wanted} from an affected unit"
    )


def close_refusal(item: Item, bench: Bench, person: str) -> str | None:
    """Say why somebody may not close an item; None where they may."""
    member = bench.member(person)
    if item.closed:
        return f"item {item.packet.item} is closed"
    if member is None or "committee_chair" not in member.roles:
        return f"{person} is no committee_chair of {bench.committee.name}"
    if person in item.recused:
        return f"{person} is recused"
    return bench.unfit(person)


def affected_by(rollout: Rollout | None, sites: Mapping[str, Site]) -> frozenset[str]:
    """Give the units that a rollout reaches; a site without units stands for itself."""
    found: set[str] = set()
    for wave in rollout.waves if rollout is not None else ():
        if wave.units:
            found |= {*wave.units}
            continue
        for name in wave.sites:
            units = sites[name].units if name in sites else ()
            found |= {*units} or {name}
    return frozenset(found)


def lacking(bench: Bench) -> tuple[str, ...]:
    """Say what keeps a committee from ever deciding on this use case."""
    able = [m.person for m in bench.committee.members if bench.unfit(m.person) is None]
    practicing = [person for person in able if bench.practices(person)]
    chairs = [p for p in able if "committee_chair" in getattr(bench.member(p), "roles", ())]
    quorum, wanting = bench.committee.quorum, []
    if len(able) < quorum.voting:
        wanting.append(f"{quorum.voting} voting members make a quorum, and {len(able)} may vote")
    if len(practicing) < quorum.practicing_from_affected_unit:
        wanting.append(
            f"{quorum.practicing_from_affected_unit} of those who may vote must practice in an "
            f"affected unit, and {len(practicing)} do"
        )
    return (*wanting, *([] if chairs else ["nobody who may vote can close the item as chair"]))
