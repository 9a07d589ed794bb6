"""What a committee decided, and when each decision was in force.

The last decision on a use case and a release counts, whatever its word: an approval ends when
its last day is over, or with the next decision. Where no vote was wanted is found from the facts
alone too, and apart from what let a tool go live.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from attending import shapes
from attending.facts.committee import APPROVALS, Decision
from attending.facts.tier import Override, Tier
from attending.report.evidence import happened
from attending.report.in_use import Point
from attending.spec.committee import Committee
from attending.spec.risk import inputs_digest
from attending.spec.use_case import Risk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry

ENDLESS = Point(datetime.max.replace(tzinfo=UTC), 0)


@dataclass(frozen=True)
class Approval:
    """One decision of a committee, and where it stands in the ledger."""

    use_case: str
    index: int
    at: datetime
    decision: Decision

    @property
    def approves(self) -> bool:
        """Tell whether it approves, with conditions or without."""
        return self.decision.word in APPROVALS

    @property
    def begins(self) -> Point:
        """Give when it begins to count: not before it was taken."""
        valid = _midnight(self.decision.valid_from)
        return max(Point(self.at, self.index), Point(valid, self.index))

    @property
    def expires(self) -> Point:
        """Give when its last day is over."""
        return Point(_midnight(self.decision.expires_on) + timedelta(days=1), -1)


def decisions(entries: Iterable[Entry]) -> list[Approval]:
    """Read every decision, in ledger order."""
    return [
        Approval(
            entry.fact.use_case or "",
            entry.index,
            happened(entry),
            shapes.convert(entry.fact.body, Decision),
        )
        for entry in entries
        if entry.fact.type == "decision/1"
    ]


Span = tuple[Point, Point]

REGISTERED_BY = ("specs/1", "tier/1", "tier_override/1", "tool/1")


def in_force(found: Iterable[Approval], use_case: str, release: str) -> list[tuple[Span, Approval]]:
    """Give when each approval of a release was in force."""
    of = [a for a in found if (a.use_case, a.decision.release) == (use_case, release)]
    spans = []
    for n, each in enumerate(of):
        later = Point(of[n + 1].at, of[n + 1].index) if n + 1 < len(of) else ENDLESS
        end = min(each.expires, later)
        if each.approves and each.begins < end:
            spans.append(((each.begins, end), each))
    return spans


def uncovered(span: Span, covered: Iterable[Span]) -> list[Span]:
    """Give the parts of a span that no other covers.

    >>> day = lambda n: Point(datetime(2026, 1, n, tzinfo=UTC), 0)
    >>> [(a.at.day, b.at.day) for a, b in uncovered((day(1), day(9)), [(day(3), day(5))])]
    [(1, 3), (5, 9)]
    """
    left, end = span
    found = []
    for start, stop in sorted(covered):
        if start > left:
            found.append((left, min(start, end)))
        left = max(left, stop)
        if left >= end:
            return [each for each in found if each[0] < each[1]]
    return [each for each in [*found, (left, end)] if each[0] < each[1]]


class Registered(NamedTuple):
    """A span in which a row was enough, and the facts that say so."""

    span: Span
    cites: tuple[int, ...]


@dataclass
class _Seen:
    specs: Entry | None = None
    tier: Entry | None = None
    row: Entry | None = None
    is_raised: bool = False

    def take(self, entry: Entry, use_case: str) -> None:
        fact = entry.fact
        if fact.type == "tool/1":
            self.row = entry if fact.body.get("use_case") == use_case else self.row
        elif fact.use_case != use_case:
            return
        elif fact.type == "specs/1":
            self.specs = entry
        elif fact.type == "tier/1":
            self.tier = entry
        else:
            self.is_raised |= not shapes.convert(fact.body, Override).lowers

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts by which a row is enough; none where it is not."""
        if self.specs is None or self.tier is None or self.row is None or self.is_raised:
            return ()
        documents = shapes.convert(self.specs.fact.body.get("documents", {}), dict[str, object])
        committees = shapes.convert(documents.get("committees", {}), dict[str, Committee])
        if not committees or any(c.registration_only is not True for c in committees.values()):
            return ()
        use_case = shapes.convert(documents["use_case"], dict[str, object])
        answers = inputs_digest(shapes.convert(use_case["risk"], Risk))
        tier = shapes.convert(self.tier.fact.body, Tier)
        if tier.tier != "low" or tier.inputs_digest != answers:
            return ()
        return tuple(sorted((self.specs.index, self.tier.index, self.row.index)))


def registered(entries: Iterable[Entry], use_case: str) -> list[Registered]:
    """Give when a row in the inventory was enough and no vote was wanted, in order.

    Every committee that was declared said that the low tier needs no vote, the tier on record was
    low and computed from the answers then declared, and a row named the use case. From the fact
    that made one of these untrue on, it was not enough; nor ever again once somebody raised the
    tier. One that two people lowered is not taken for low: an auditor is to look at such use.
    """
    seen, found = _Seen(), list[Registered]()
    began, cites = ENDLESS, tuple[int, ...]()
    for entry in entries:
        if entry.fact.type not in REGISTERED_BY:
            continue
        seen.take(entry, use_case)
        if seen.cites == cites:
            continue
        point = Point(happened(entry), entry.index)
        if cites:
            found.append(Registered((began, point), cites))
        began, cites = point, seen.cites
    return [*found, Registered((began, ENDLESS), cites)] if cites else found


def conditions(entries: Iterable[Entry]) -> dict[tuple[str, str], tuple[str, str, int]]:
    """Give the state of each condition by (use case, id): the state, why, and the fact."""
    found: dict[tuple[str, str], tuple[str, str, int]] = {}
    for entry in entries:
        use_case, body = entry.fact.use_case or "", entry.fact.body
        if entry.fact.type == "decision/1":
            for each in _rows(body.get("conditions", [])):
                found[use_case, str(each["id"])] = ("open", "set by this decision", entry.index)
            for name in shapes.convert(body.get("closes", []), list[str]):
                found[use_case, name] = ("lapsed", "closed by this decision", entry.index)
        elif entry.fact.type == "decided/1":
            for each in _rows(body.get("conditions", [])):
                _judged(found, (use_case, str(each["id"])), each, entry.index)
    return found


def _judged(
    found: dict[tuple[str, str], tuple[str, str, int]],
    key: tuple[str, str],
    said: dict[str, Any],
    index: int,
) -> None:
    """Take a day's judgment in: what was met or broken once stays so until it is closed."""
    before = found.get(key)
    if before is not None and before[0] == "open" and said["state"] in ("open", "met", "broken"):
        found[key] = (str(said["state"]), str(said["because"]), index)


def _rows(value: object) -> list[dict[str, Any]]:
    return shapes.convert(value, list[dict[str, Any]])


def _midnight(on: str) -> datetime:
    return datetime.combine(date.fromisoformat(on), time.min, UTC)
