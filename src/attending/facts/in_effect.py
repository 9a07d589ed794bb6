"""Until when each thing was in effect, and what still rests on what: a fold over facts.

A spec is in effect until the next of its use case; a decision until the next on its release, or
its last day; a packet and its votes as long as the decision they came to; a plan and who signed
it as long as nothing was applied after it. What none of this dates has no end here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.facts.committee import APPROVALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attending.facts.entry import Entry

EVER = "9999-12-31"  # of what is in effect still

Chain = tuple[str, ...]
Body = dict[str, Any]


@dataclass
class InEffect:
    """When things ended, and what is in use.

    Attributes
    ----------
    ends
        The last day on which a fact was in effect, by index; `EVER` while it is.
    in_use
        The releases that answer somewhere, shown or not, by use case.
    in_force
        The approvals in force: use case, release, and the fact.

    """

    ends: dict[int, str] = field(default_factory=dict)
    in_use: dict[str, set[str]] = field(default_factory=dict)
    in_force: list[tuple[str, str, int]] = field(default_factory=list)

    def rests_on(self, entry: Entry) -> str:
        """Say what a fact is still needed for; empty where it is not."""
        fact = entry.fact
        if self.ends.get(entry.index) == EVER:
            return "it is still in effect"
        for use_case, release, index in self.in_force:
            ours = use_case == fact.use_case and fact.release in (None, release)
            if ours and entry.index <= index:
                return f"the decision in force on {release} rests on it (fact {index})"
        used = self.in_use.get(fact.use_case or "", set())
        if used and (fact.release is None or fact.release in used):
            return f"{', '.join(sorted(used))} is still in use"
        return ""


def in_effect(entries: Iterable[Entry], today: str) -> InEffect:
    """Fold when each thing ended, as of a day.

    Parameters
    ----------
    entries
        All facts, in order.
    today
        The date it is, in UTC.

    """
    folding = _Folding()
    for entry in entries:
        step = STEPS.get(entry.fact.type)
        if step is not None:
            step(folding, entry)
    return folding.ended(today)


@dataclass
class _Folding:
    """What is known on the way.

    Attributes
    ----------
    found
        What has ended so far.
    last
        What each chain ends in.
    closed
        The fact that a packet or a plan came to, by its digest.
    followers
        What ends with that fact, by the digest.
    approvals
        The last decision on each use case and release.
    places
        The mode and release at each use case, site and unit.

    """

    found: InEffect = field(default_factory=InEffect)
    last: dict[Chain, int] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    followers: dict[str, list[int]] = field(default_factory=dict)
    approvals: dict[tuple[str, str], tuple[int, Body]] = field(default_factory=dict)
    places: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)

    def chained(self, entry: Entry, *more: str) -> None:
        """Let a fact end what stood before it in its chain."""
        chain = (entry.fact.use_case or "", *more)
        if chain in self.last:
            self.found.ends[self.last[chain]] = entry.fact.at[:10]
        self.last[chain] = entry.index
        self.found.ends[entry.index] = EVER

    def kept(self, entry: Entry) -> None:
        """Take in what stays until the next of its kind."""
        self.chained(entry, entry.fact.type)

    def decision(self, entry: Entry) -> None:
        """Take in what a committee decided."""
        release = str(entry.fact.body["release"])
        self.chained(entry, "decision", release)
        self.closed[str(entry.fact.body["packet_digest"])] = entry.index
        self.approvals[entry.fact.use_case or "", release] = (entry.index, entry.fact.body)

    def no_decision(self, entry: Entry) -> None:
        """Take in that nothing was decided."""
        self.found.ends[entry.index] = entry.fact.at[:10]
        self.closed[str(entry.fact.body["packet_digest"])] = entry.index

    def voted(self, entry: Entry) -> None:
        """Take in a vote or a recusal."""
        self._follows(str(entry.fact.body["packet_digest"]), entry)

    def named(self, entry: Entry) -> None:
        """Take in a packet, a plan, or somebody's signature of one."""
        if entry.fact.type == "plan/1":
            self.chained(entry, "plan")
        self._follows(str(entry.fact.body["digest"]), entry)

    def receipt(self, entry: Entry) -> None:
        """Take in that a plan was carried out."""
        self.chained(entry, "receipt")
        self.closed[str(entry.fact.body.get("plan"))] = entry.index
        for change in shapes.convert(entry.fact.body["changes"], list[dict[str, Any]]):
            place = (entry.fact.use_case or "", str(change["site"]), str(change["unit"]))
            self.places[place] = (str(change["mode"][1]), str(change["release"][1]))

    def ended(self, today: str) -> InEffect:
        """Give what became of everything, as of a day."""
        found = self.found
        for (use_case, release), (index, body) in self.approvals.items():
            expires = str(body["expires_on"])
            if body["word"] not in APPROVALS:
                found.ends[index] = str(body["valid_from"])
            elif expires < today:
                found.ends[index] = expires
            else:
                found.in_force.append((use_case, release, index))
        for digest, indexes in self.followers.items():
            end = found.ends.get(self.closed[digest], EVER) if digest in self.closed else ""
            found.ends |= {i: end or found.ends.get(i, EVER) for i in indexes}
        for (use_case, _, _), (mode, release) in self.places.items():
            if mode not in ("off", "retired"):
                found.in_use.setdefault(use_case, set()).add(release)
        return found

    def _follows(self, digest: str, entry: Entry) -> None:
        self.followers.setdefault(digest, []).append(entry.index)


STEPS: dict[str, Callable[[_Folding, Entry], None]] = {
    "specs/1": _Folding.kept,
    "budget/1": _Folding.kept,
    "retention_rules/1": _Folding.kept,
    "packet/1": _Folding.named,
    "vote/1": _Folding.voted,
    "recusal/1": _Folding.voted,
    "decision/1": _Folding.decision,
    "no_decision/1": _Folding.no_decision,
    "plan/1": _Folding.named,
    "sign_off/1": _Folding.named,
    "receipt/1": _Folding.receipt,
}
