"""Was the tool in use anywhere before it was approved, or after its approval ended?

One row for every interval in which a release was live at a place, with the decisions it rested
on and how often something was shown. The parts of an interval that no decision in force covers
are the exceptions, to the moment; so is each answer shown where its release was not live. A
decision that its votes do not bear out covers nothing. Where every committee said that the low
tier needs no vote, the tier on record and a row of the inventory cover what no committee has
decided on.

It does not count silent answers as use: nobody sees them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from attending.clock import stamp
from attending.facts.snapshot import LEASE_SECONDS
from attending.report.approvals import (
    ENDLESS,
    REGISTERED_BY,
    Registered,
    decisions,
    in_force,
    registered,
    uncovered,
)
from attending.report.evidence import happened, standing
from attending.report.in_use import Point, live
from attending.report.question import Answer, Question, Row, against
from attending.report.signatures import checked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry
    from attending.report.approvals import Approval, Span
    from attending.report.in_use import Interval
    from attending.report.question import Asked

COLUMNS = ("use_case", "site", "unit", "release", "from", "to", "n_shown", "approved_by", "because")


def answer(asked: Asked) -> Answer:
    """Compare when something was live with when it was approved."""
    entries = list(asked.entries())
    faults = checked(entries).faults
    found = [d for d in decisions(entries) if d.index not in faults]
    intervals = [i for i in live(entries) if asked.is_about(i.place[1])]
    given = [e for e in standing(entries, "prediction/1") if asked.is_about(e.fact.site)]
    shown = [e for e in given if e.fact.body.get("display") == "shown"]
    end = Point(asked.evidence.until, asked.evidence.size) if asked.evidence.until else None
    told = entries
    if asked.use_case:  # the inventory is about no one use case
        told = list(asked.evidence.entries(*REGISTERED_BY))
    enough = {name: registered(told, name) for name in {i.place[0] for i in intervals}}
    rows: list[Row] = []
    wrong: list[Row] = []
    for interval in intervals:
        ended = interval.end or end
        if ended is not None:
            here = _Grounds(found, _unvoted(interval, found, enough[interval.place[0]]))
            rows.append(_row(interval, here, shown, ended))
            wrong += _outside(interval, here, shown, ended)
    wrong += _nowhere_live(intervals, shown)
    if wrong:
        because = f"{len(wrong)} times something was in use without a decision in force."
    elif rows:
        unvoted = ", or waited for no vote" if any(enough.values()) else ""
        because = f"Each of {len(rows)} intervals in use lies inside an approval{unvoted}."
    else:
        because = f"{asked.searched}: nothing was live, and nothing was shown."
    counts = {"intervals": len(intervals), "decisions": len(found), "shown": len(shown)}
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts=counts)


class _Grounds(NamedTuple):
    """What use may rest on: what committees decided, and when no vote was wanted."""

    found: list[Approval]
    enough: list[Registered]


def _unvoted(
    interval: Interval, found: Iterable[Approval], enough: Iterable[Registered]
) -> list[Registered]:
    """Give when a row in the inventory was enough; what a committee has said is never undone."""
    first = min((Point(a.at, a.index) for a in found if _is_on(a, interval)), default=ENDLESS)
    spans = (((r.span[0], min(r.span[1], first)), r.cites) for r in enough)
    return [Registered(span, cites) for span, cites in spans if span[0] < span[1]]


def _row(interval: Interval, grounds: _Grounds, shown: list[Entry], ended: Point) -> Row:
    use_case, site, unit = interval.place
    spans = in_force(grounds.found, use_case, interval.release)
    bearing = [a for (start, end), a in spans if start < ended and end > interval.start]
    rows = [r for r in grounds.enough if r.span[0] < ended and r.span[1] > interval.start]
    names = [f"{a.decision.item}: {a.decision.word}" for a in bearing]
    names += ["low tier, registered: no vote is wanted"] if rows else []
    there = _during(shown, interval, (interval.start, ended))
    cells = {
        "use_case": use_case,
        "site": site,
        "unit": unit,
        "release": interval.release,
        "from": stamp(interval.start.at),
        "to": None if interval.end is None else stamp(interval.end.at),
        "n_shown": len(there),
        "approved_by": "; ".join(names) or None,
        "because": interval.because,
    }
    cites = {*interval.cites, *(a.index for a in bearing), *(i for r in rows for i in r.cites)}
    return Row(interval.key, cells, tuple(sorted(cites)))


def _outside(
    interval: Interval, grounds: _Grounds, shown: list[Entry], ended: Point
) -> Iterable[Row]:
    """Name each part of an interval that nothing in force covers."""
    use_case, site, unit = interval.place
    found, enough = grounds
    spans = [span for span, _ in in_force(found, use_case, interval.release)]
    spans += [each.span for each in enough]
    for start, end in uncovered((interval.start, ended), spans):
        there = _during(shown, interval, (start, end))
        before = [a for a in found if _is_on(a, interval) and a.begins <= start]
        said = "no decision was ever taken"
        if before:
            last = before[-1].decision
            said = f"the last decision was {last.word}, {last.valid_from} to {last.expires_on}"
        because = (
            f"{interval.release} was live at {site} ({unit}) from {stamp(start.at)} to"
            f" {stamp(end.at)}, shown {len(there)} times: {said}"
        )
        cites = {*interval.cites, *(a.index for a in before[-1:]), *(e.index for e in there)}
        yield against(f"{interval.key}/{stamp(start.at)}", because, *sorted(cites))


def _is_on(approval: Approval, interval: Interval) -> bool:
    about = (approval.use_case, approval.decision.release)
    return about == (interval.place[0], interval.release)


def _during(shown: list[Entry], interval: Interval, span: Span) -> list[Entry]:
    there = [e for e in shown if _covers(interval, e)]
    return [e for e in there if span[0] < Point(happened(e), e.index) <= span[1]]


def _covers(interval: Interval, entry: Entry) -> bool:
    unit = str(entry.fact.body.get("unit", ""))
    return interval.covers(entry.fact.use_case or "", entry.fact.site or "", unit)


def _nowhere_live(intervals: list[Interval], shown: list[Entry]) -> Iterable[Row]:
    """Name each answer shown where its release was not live; the lease is let run out first."""
    lease = timedelta(seconds=LEASE_SECONDS)
    for entry in shown:
        there = [i for i in intervals if _covers(i, entry) and i.start.fact < entry.index]
        there = [i for i in there if i.release == entry.fact.release]
        if not any(i.end is None or happened(entry) <= i.end.at + lease for i in there):
            release = entry.fact.release or entry.fact.use_case
            because = f"shown at {entry.fact.site}, where {release} was not live"
            yield against(str(entry.fact.body["prediction"]), because, entry.index)


q04_in_use_unapproved = Question(number=4, answer=answer)
